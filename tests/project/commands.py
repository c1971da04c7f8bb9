"""The commands that write, what each begins with and what it leaves, to be run under all sorts of faults."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from tests.centre_of_parts import coded, entries
from tests.helpers import Issued, collection_of, family, project, single
from tests.loaded import opened
from tests.project.faults import Case, copied, half_written, held, run, unkept, unrecorded
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.judge.opening import Desk

PARENT = project("A3", "党群服务", sub_projects=(project("A3-1", "书记工作室"), project("A3-2", "社区环境")))
ROOTS = (project("A1", "社区培训"), project("A2", "文化活动"), PARENT)


class Ready(NamedTuple):
    """Collections before and after what came back was imported, and before anything was sent out."""

    roster: Path
    came_back: Path
    imported: Path
    reported: Path  # an earlier 汇总.xlsx is there


def ready_in(folder: Path, package: Path) -> Ready:
    """Made once; whoever runs a command copies one of them."""
    place = Ready(*(folder / name / "任务" for name in ("名册", "交回", "导入", "汇总")))
    collection_of(place.roster, *ROOTS)
    copied(place.roster, place.came_back)
    collection = Collection(place.came_back)
    generate(collection, packaged_catalogue(), split=True)
    parts = entries(coded(family(2), PARENT))
    answers = {"A1": single(), "A2": single(annual_goal=None), **parts}
    for issue in collection.issues().values():
        issued = Issued(collection, collection.folder / issue.file, Desk(collection))
        (collection.folder / "收回" / f"{issue.project_code}.xlsx").write_bytes(
            issued.filled(answers[issue.project_code])
        )
    (collection.folder / "收回" / package.name).write_bytes(package.read_bytes())
    copied(place.came_back, place.imported)
    (done,) = run([Case(["import", place.imported])], folder / "说")
    assert done.code == 1, done.output
    copied(place.imported, place.reported)
    (done,) = run([Case(["report", place.reported])], folder / "说")
    assert done.code == 0, done.output
    return place


def sent_out(folder: Path) -> dict[str, object]:
    """What generate gives, apart from what it draws by chance."""
    collection = Collection(folder)
    assert generate(collection, packaged_catalogue(), split=True).written == ()
    latest = collection.latest_issues()
    rows = list(
        opened((collection.outgoing / "下发清单.xlsx").read_bytes()).worksheets[0].iter_rows(3, values_only=True)
    )
    assert {row[5]: row[-2:] for row in rows[1:]} == {c: (one.issue_id, one.sha256) for c, one in latest.items()}
    files = {path.relative_to(folder).as_posix() for path in collection.outgoing.rglob("*.xlsx")}
    archive = {path.name for path in collection.archive.glob("[模规空]*")}
    issues = {code: (issue.file, issue.fingerprint, issue.prefilled, issue.part) for code, issue in latest.items()}
    return {"issues": issues, "files": files, "list": [row[:-2] for row in rows], "archive": archive}


class Command(NamedTuple):
    """A command, the collection with which it begins, and what it leaves."""

    before: Callable[[Ready], Path]
    words: Callable[[Path], list[str | Path]]
    leaves: Callable[[Path], dict[str, object]]
    code: int = 0
    of_rerun: tuple[int, ...] = (0,)  # an import that only meets what it knows has nothing to be sent back
    minutes: tuple[int, int] = (0, 0)  # at which it is killed and run again


COMMANDS = {
    "import": Command(lambda ready: ready.came_back, lambda folder: ["import", folder], held, 1, (0, 1)),
    "generate": Command(lambda ready: ready.roster, lambda folder: ["generate", folder, "--split"], sent_out),
    "report": Command(lambda ready: ready.imported, lambda folder: ["report", folder, "--csv", folder / "csv"], held),
    "report again": Command(lambda ready: ready.reported, lambda folder: ["report", folder], held, minutes=(1, 2)),
    "package": Command(lambda ready: ready.imported, lambda folder: ["package", folder], held),
    "rollover": Command(
        lambda ready: ready.imported,
        lambda folder: ["rollover", folder, folder.parent / "明年", "--to", "2023"],
        lambda folder: held(folder.parent),
    ),
}


def wrong_in(folder: Path) -> Iterator[str]:
    """What an ended run must not leave."""
    collection = Collection(folder)
    yield from half_written(folder.parent)
    yield from unrecorded(collection)
    yield from unkept(collection)
