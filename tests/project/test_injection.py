"""What a unit types, or a name says, stays a text in everything we write: no formula, link, macro, path, escape sequence.

One office to whose roster, workbooks, file names, comments and reviews every payload comes in every kind of place; then
all commands run, and all that they wrote is looked at as bytes.
"""

import csv
import io
import json
import os
import re
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import pytest
from lxml import etree, html
from openpyxl.comments import Comment

from tests.centre_of_parts import coded, entries
from tests.helpers import Issued, collection_of, family, project, row, saved, single, write_roster
from tests.loaded import opened
from tests.project.payloads import ACTING, LINE, PAYLOADS, WORD, acts, acts_in_word, is_illegal
from tests.recorded import FORM, YEAR
from workbook_builder.cli.app import main
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.collection.roster import Roster, RosterProject, Settings, Unit
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.approvals import Approval
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.reviews import Remark, Review

pytestmark = pytest.mark.slow

COUNT = len(PAYLOADS)
UNITS = 5
LONGEST_CODE = 200
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
CAME_IN = ("收回", "原件", "申报表")  # bytes of others, kept as they are; the last in packages


def payload(number: int) -> str:
    return PAYLOADS[number % COUNT]


def roots() -> Iterator[RosterProject]:
    """A project for each payload, which is its code; its name and the rest are others."""
    for number in range(COUNT):
        code = payload(number)
        yield project(
            f"长{number}" if len(code) > LONGEST_CODE else f"{code}{number}", payload(number + 7), unit_code=f"U{number % UNITS}{payload(number % UNITS)}",
            department=payload(number + 13), implementing_unit=payload(number + 17),
        )  # fmt: skip


def units() -> tuple[Unit, ...]:
    return tuple(
        Unit(
            f"U{n}{payload(n)}",
            payload(3 * n),
            payload(3 * n + 1),
            payload(3 * n + 2),
            payload(n + 20),
            reviewer=payload(n + 9),
        )
        for n in range(UNITS)
    )


def answer(number: int) -> dict[str, Any]:
    """What the unit types: accepted for one half, sent back for the other."""
    text = [payload(number + 3 * place) for place in range(14)]
    sections = ("overview", "legal_basis", "implementer", "plan", "period", "annual_budget", "performance_goals")
    entry = single(filler=text[0], phone=text[1], annual_goal=text[2] + "全年组织培训五次，覆盖全部党支部，服务群众。")
    entry["narrative"] = dict(zip(sections, text[3:10], strict=True))
    entry["indicators"][1] = row("社会效益指标", text[10], "定性", text[11])
    if number % 2:
        entry["indicators"][0] = row("数量指标", text[12], text[13], text[12], text[13])
        entry["total_fiscal"] = text[13]
    del entry["department"], entry["implementing_unit"]
    return entry


def scribbled(data: bytes, number: int) -> bytes:
    """With texts, formulas, comments and a sheet of the unit's own beside the form, as a foreign program leaves them."""
    book = opened(data)
    for place, sheet in enumerate(book.worksheets[:3]):
        words = re.sub("[\x00-\x08\x0b-\x1f]", "", payload(number + place))
        cell = sheet.cell(70 + place, 3, words)
        cell.data_type = "s"
        cell.comment = Comment(words, words)
        sheet.cell(80, 3, f"={words}" if place else f"=cmd|'/C {WORD}'!A0")
    book.create_sheet(re.sub(r"[\\/*?:\[\]\x00-\x1f]", "", payload(number))[:31] or "表")["A1"] = WORD
    book.properties.title = book.properties.creator = WORD
    return saved(book)


def as_name(words: str) -> str:
    """A payload as a file name here: all but slashes, and not too long."""
    return words.replace("/", "／").encode()[:150].decode(errors="ignore") + ".xlsx"


class Said(NamedTuple):
    """What a command said and how it ended."""

    code: int
    out: str
    err: str


def says(*words: object) -> Said:
    """The command, run where a person reads it."""
    streams = [io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2)]
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = streams
    try:
        code = main([str(word) for word in words])
        for stream in streams:
            stream.flush()
    finally:
        sys.stdout, sys.stderr = before
    return Said(code, *(stream.buffer.getvalue().decode() for stream in streams))


class Office(NamedTuple):
    """All that was written, and all that was said."""

    folder: Path
    said: dict[str, Said]

    def workbooks(self) -> dict[str, tuple[bytes, Path]]:
        """Every workbook that is ours, those in packages too, with the folder in which it lies."""
        found = {}
        for path in self.folder.rglob("*"):
            name = path.relative_to(self.folder).as_posix()
            if path.suffix == ".xlsx" and not set(CAME_IN) & set(path.relative_to(self.folder).parts):
                found[name] = path.read_bytes(), path.parent
            elif path.suffix == ".zip" and "收回" not in path.parts:
                with zipfile.ZipFile(path) as archive:
                    for member in archive.namelist():
                        if member.endswith(".xlsx") and member.split("/")[0] not in CAME_IN:
                            found[f"{name}!{member}"] = archive.read(member), path.parent
        return found


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "20000")
        patch.setattr("workbook_builder.ooxml.foreign.office.PROGRAMS", ())  # a PDF of each document takes seconds
        folder = tmp_path_factory.mktemp("office")
        said = dict(year_of(folder / "任务", folder))
        said |= {f"parts: {name}": one for name, one in parts_of_whole(folder / "分开")}
        yield Office(folder, said)


def year_of(folder: Path, around: Path) -> Iterator[tuple[str, Said]]:
    collection = collection_of(folder)
    write_roster(
        collection.roster, Roster(Settings(YEAR, "一上", None, payload(0), payload(1)), units(), tuple(roots()))
    )
    yield "generate", says("generate", folder, "--zip")
    comes_back(collection, around / "填好")
    yield "check", says("check", *sorted((folder / "收回").glob("*.xlsx"))[:8], "--details")
    yield "check --json", says("check", *sorted((folder / "收回").glob("*.xlsx"))[:8], "--json")
    yield "import", says("import", folder)
    reviewed(collection)
    for name in ("status", "return", "report", "package"):
        yield name, says(name, folder, *(["--csv", around / "csv"] if name == "report" else []))
    yield "report again", says("report", folder, "--split")
    yield "publish", says("publish", folder, "--draft")
    yield "publish --json", says("publish", folder, "--draft", "--json")
    yield "publish --check", says("publish", folder, "--check", folder / "征求意见稿" / "公开汇编.docx")
    for name in ("import", "status", "return", "report"):
        yield f"{name} --json", says(name, folder, "--json")
    yield "package --json", says("package", folder, "-o", around / "包.zip", "--json")
    yield "rollover", says("rollover", folder, around / "明年", "--to", YEAR + 1)
    yield "generate next year", says("generate", around / "明年")
    approved(collection)
    for name in ("二上", "批复"):
        yield f"rollover {name}", says("rollover", folder, around / name, "--round", name)
        yield f"generate {name}", says("generate", around / name)
    yield "no such file", says("check", around / f"{WORD}\x1b[31m\n{LINE}.xlsx")


def comes_back(collection: Collection, filled: Path) -> None:
    """Into 收回/ with payloads as names, some in an archive whose members lead elsewhere; filled holds what fill wrote."""
    filled.mkdir()
    desk, incoming = Desk(collection), collection.folder / "收回"
    with zipfile.ZipFile(incoming / "打包.zip", "w") as archive:
        for number, issue in enumerate(collection.issues().values()):
            data = Issued(collection, collection.folder / issue.file, desk).filled(answer(number))
            (filled / f"{number}.xlsx").write_bytes(data)
            if number % 4 == 3:
                data = scribbled(data, number)
            if number % 5 == 4:
                archive.writestr(f"../../{payload(number)[:150]}.xlsx", data)
            else:
                (incoming / as_name(payload(number))).write_bytes(data)
        archive.writestr(f"长.{WORD * 60}", b"no workbook")
        archive.writestr(f"名.xlsx:{WORD}", b"no workbook either")
    Path(os.fsdecode(os.fsencode(incoming) + b"/\xff\xfe" + WORD.encode() + b".xlsx")).write_bytes(b"no workbook")


def reviewed(collection: Collection) -> None:
    with closing(Ledger(sqlite_url(collection.ledger))) as ledger:
        rows = ledger.current(FORM, YEAR)
        reviews = [
            Review(
                r.project_code,
                r.sha256,
                ("退回", "修改后通过")[n % 2],
                payload(n),
                payload(n + 1),
                remarks=(Remark(None, 0, None, payload(n + 2)),),
                is_disputed=n % 5 == 4,
            )
            for n, r in enumerate(rows[:12])
        ]
        ledger.within(collection).keep_reviews(FORM, YEAR, reviews)


def approved(collection: Collection) -> None:
    with closing(Ledger(sqlite_url(collection.ledger))) as ledger:
        rows, amounts = ledger.current(FORM, YEAR), {"annual_funds": Decimal("1.00")}
        approvals = [Approval(r.project_code, {r.project_code: amounts}, payload(n)) for n, r in enumerate(rows)]
        ledger.within(collection).keep_approvals(FORM, YEAR, approvals)


def parts_of_whole(folder: Path) -> Iterator[tuple[str, Said]]:
    """One project that two units fill in apart."""
    subs = tuple(project(f"S{n}{payload(n)}", payload(n + 5)) for n in (11, 32))
    root = project("根" + payload(3), payload(10), sub_projects=subs)
    collection = collection_of(folder, root)
    generate(collection, packaged_catalogue(), split=True)
    answers = entries(coded(family(2, filler=payload(33)), root))
    known = {issue.project_code: issue for issue in collection.issues().values()}
    for number, (entry, issue) in enumerate(zip(answers.values(), known.values(), strict=True)):
        data = Issued(collection, folder / issue.file, Desk(collection)).filled(
            entry | {"filler": payload(30 + number)}
        )
        (folder / "收回" / as_name(payload(number))).write_bytes(data)
    yield "import", says("import", folder)
    yield "merge", says("merge", folder)


def test_workbooks__hold_as_texts_only_what_was_typed(office: Office) -> None:
    books = office.workbooks()
    assert {
        name: problems for name, (data, folder) in books.items() if (problems := list(acts(data, folder))[:3])
    } == {}
    lists = "下发清单", "催报清单", "延续清单", "汇总清单", "汇总.xlsx", "名册"
    kinds = *lists, "填好/", "退回", "审核/", "合并/", "明年/下发", "二上/下发", "批复/下发"
    missing = [kind for kind in kinds if not any(kind in name for name in books)]
    assert missing == []


def test_texts__are_there_as_they_were_typed(office: Office) -> None:
    """Else nothing above would be tested."""
    book = opened((office.folder / "任务" / "汇总.xlsx").read_bytes())
    shown = {str(cell.value) for sheet in book.worksheets for row in sheet.iter_rows() for cell in row}
    assert {words for words in PAYLOADS if words.startswith(("<r>", "=cmd", "{{", "../", "@", "+"))} <= shown


def test_documents_for_the_public__hold_as_texts_only_what_was_typed(office: Office) -> None:
    documents = list((office.folder / "任务" / "征求意见稿").glob("*.docx"))
    assert len(documents) > 5
    assert {path.name: problems for path in documents if (problems := list(acts_in_word(path.read_bytes()))[:3])} == {}
    texts = [etree.fromstring(zipfile.ZipFile(path).read("word/document.xml")) for path in documents]
    shown = {words for text in texts for words in text.itertext()}
    assert all(any(words in one for one in shown) for words in ("{{annual_funds}}zqx", "<r><t>zqx</t></r>", "=cmd|"))


def test_page_for_the_public__leads_to_files_beside_it_and_nowhere_else(office: Office) -> None:
    page = office.folder / "任务" / "征求意见稿" / "公开目录.html"
    root = html.fromstring(page.read_bytes().decode())
    elements = list(root.iter(etree.Element))
    assert {one.tag for one in elements} <= {
        "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "ul", "li", "table", "caption", "thead", "tbody", "tr",
        "th", "td", "a",
    }  # fmt: skip
    attributes = {name for one in elements for name, value in one.attrib.items() if WORD in value}
    assert attributes <= {"href", "aria-label"}
    links = [unquote(str(one.get("href"))) for one in elements if one.tag == "a"]
    assert len(links) > 5
    assert [link for link in links if not (page.parent / link).is_file() or "/" in link.removeprefix("./")] == []


def test_csv_files__hold_no_cell_that_begins_as_a_formula(office: Office) -> None:
    paths = list((office.folder / "csv").glob("*.csv"))
    texts = [io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="") for path in paths]
    cells = [cell for text in texts for line in csv.reader(text) for cell in line]
    acting = [cell for cell in cells if cell.startswith(FORMULA_STARTS) and not re.fullmatch(r"-[0-9.]+", cell)]
    assert acting == []
    assert any(WORD in cell for cell in cells)


def test_files_and_members__have_names_that_lead_nowhere_else(office: Office) -> None:
    made = {"任务", "分开", "明年", "二上", "批复", "填好", "csv", "包.zip"}
    assert {path.name for path in office.folder.iterdir()} == made
    ours = [path for path in office.folder.rglob("*") if "收回" not in path.parts]
    members = [name for path in ours if path.suffix == ".zip" for name in zipfile.ZipFile(path).namelist()]
    names = [path.relative_to(office.folder).as_posix() for path in ours]
    assert [name for name in (*names, *members) if is_illegal(name)] == []
    assert any(WORD in name for name in members)


def test_terminal__shows_and_obeys_nothing(office: Office) -> None:
    for name, said in office.said.items():
        if name.endswith("--json"):
            continue
        lines = f"{said.out}\n{said.err}".split("\n")
        assert [line for line in lines if ACTING.search(line) or line.startswith(LINE)] == [], name
        assert said.code in (0, 1, 2, 3), said.err
    assert "[bold]zqx[/bold]" in office.said["import"].out
    assert WORD in office.said["no such file"].out


def test_json__is_one_document_in_which_nothing_acts(office: Office) -> None:
    documents = {name: said.out for name, said in office.said.items() if name.endswith("--json")}
    assert {name: ACTING.findall(text) for name, text in documents.items()} == {name: [] for name in documents}
    assert all(WORD in json.dumps(json.loads(text)) for text in documents.values())


def test_manifest__names_every_member_by_its_hash(office: Office) -> None:
    with zipfile.ZipFile(office.folder / "包.zip") as archive:
        manifest = json.loads(archive.read("清单.json"))
        assert WORD in json.dumps(manifest)
        assert {*manifest["files"], "清单.json"} == set(archive.namelist())


def test_log_of_a_crash__shows_what_was_typed_on_lines_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection = collection_of(tmp_path / "任务", project())
    generate(collection, packaged_catalogue())
    for number, words in enumerate(PAYLOADS[:-1]):
        (collection.folder / "收回" / f"{number}{as_name(words)}").write_bytes(words.encode())

    def breaks(*_: object, **__: object) -> None:
        raise ValueError("".join(PAYLOADS))

    monkeypatch.setattr("workbook_builder.judge.batch.FEW", 1000)  # here, where it breaks
    monkeypatch.setattr("workbook_builder.judge.check._checked", breaks)
    assert says("import", collection.folder).code == 3
    log = (collection.archive / "内部错误.log").read_text(encoding="utf-8")
    assert ACTING.findall(log) == []
    assert log.count("\n  Traceback") == len(PAYLOADS) - 1
    assert [line for line in log.splitlines() if line.startswith(LINE)] == []
