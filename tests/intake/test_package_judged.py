"""The workbooks of a package are judged where all files are, by the rules that came with it where those can be used."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import Issued, is_chinese_sentence, project, single
from tests.intake.test_package_in import assert_refused, forged
from tests.passing_on import Level, Parts, bureau, parts_of, zipped
from workbook_builder.centre.package_out import Packed
from workbook_builder.collection.folder import sha256
from workbook_builder.executors import IsolatedPool
from workbook_builder.intake.importing import import_files
from workbook_builder.intake.manifest import MANIFEST, RULES_PREFIX
from workbook_builder.judge.batch import Job
from workbook_builder.judge.opening import Desk

pytestmark = pytest.mark.slow

Tables = dict[str, Any]
RULE = "funds.annual_sum"


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Level]:
    place = bureau(tmp_path_factory.mktemp("receiver") / "部门")
    with closing(place.ledger):
        yield place


def with_rules(packed: Packed, change: Callable[[Tables], None]) -> bytes:
    """The package as a careful forger would send it with rules of his own: every hash is right."""
    parts = parts_of(packed)
    name = next(name for name in parts if name.startswith(RULES_PREFIX))
    tables = json.loads(parts[name])
    change(tables)
    return zipped(with_archived(parts, name, json.dumps(tables, ensure_ascii=False).encode(), "rules_sha256"))


def with_archived(parts: Parts, name: str, data: bytes, word: str) -> Parts:
    parts[name] = data
    content = json.loads(parts[MANIFEST])
    for issue in content["issues"]:
        issue[word] = sha256(data)
    parts[MANIFEST] = json.dumps(content).encode()
    parts[MANIFEST] = forged(parts).to_bytes()
    return parts


def of_rule(**words: object) -> Callable[[Tables], None]:
    return lambda tables: next(one for one in tables["rule"] if one["id"] == RULE).update(words)


def of_first(kind: str, **words: object) -> Callable[[Tables], None]:
    return lambda tables: tables[kind][0].update(words)


def of_all(**tables: object) -> Callable[[Tables], None]:
    return lambda content: content.update(tables)


SPOILT = {
    "text without an end": (of_rule(fails_when='{annual_funds}="元'), f"“{RULE}”的公式有误"),
    "bracket without an end": (of_rule(fails_when="SUM({annual_funds}"), f"“{RULE}”的公式有误"),
    "no formula": (of_rule(fails_when=""), f"“{RULE}”的公式有误"),
    "what is expected is broken": (of_rule(expected='"'), f"“{RULE}”的公式有误"),
    "what was found is broken": (of_rule(found="1+"), f"“{RULE}”的公式有误"),
    "function that nobody knows": (of_rule(fails_when="FOO({annual_funds})"), f"“{RULE}”的公式有误"),
    "cell of another file": (of_rule(fails_when="'[别的.xlsx]表'!A1=1"), f"“{RULE}”的公式有误"),
    "cell of its own": (of_rule(found="A1"), f"“{RULE}”的公式有误"),
    "another program": (of_rule(fails_when="cmd|'/c calc'!A1"), f"“{RULE}”的公式有误"),
    "formula too long": (of_rule(fails_when="+".join(["{annual_funds}"] * 9000)), f"“{RULE}”的公式有误"),
    "brackets too deep": (of_rule(fails_when="(" * 5000 + "1" + ")" * 5000), f"“{RULE}”的公式有误"),
    "link broken": (of_first("link", formula='"'), "的公式有误"),
    "note broken": (of_first("note", text='"'), "的公式有误"),
    "link to a key that no form has": (of_first("link", formula="{没有}"), "所用的模板或规则有误"),
    "note of a key that no form has": (of_first("note", text="{没有}"), "所用的模板或规则有误"),
    "sentence with a character that no file may hold": (of_rule(message="\x01"), "所用的模板或规则有误"),
    "level that is none": (of_rule(severity="fatal"), "规则无法读取"),
    "class that is none": (of_rule(**{"class": "X"}), "规则无法读取"),
    "number for a sentence": (of_rule(message=5), "规则无法读取"),
    "number for a title": (of_rule(title=5), "规则无法读取"),
    "number for an id": (of_rule(id=5), "规则无法读取"),
    "text for yes or no": (of_rule(is_on="yes"), "规则无法读取"),
    "list in a list": (of_rule(at=[["annual_funds"]]), "规则无法读取"),
    "list for a level": (of_rule(level=["产出指标"]), "规则无法读取"),
    "number for a formula": (of_rule(fails_when=5), "规则无法读取"),
    "helpers in a list": (of_all(roster_helpers=["budget_ceiling"]), "规则无法读取"),
    "number for a helper": (of_all(roster_helpers={"budget_ceiling": 5}), "规则无法读取"),
    "rules in no list": (of_all(rule={"id": RULE}), "规则无法读取"),
}


@pytest.mark.parametrize(("change", "words"), SPOILT.values(), ids=SPOILT.keys())
def test_package_with_rules_that_cannot_be_computed__is_refused_in_words_and_nothing_of_it_recorded(
    packed: Packed, receiver: Level, tmp_path: Path, change: Callable[[Tables], None], words: str
) -> None:
    path = tmp_path / "包.zip"
    path.write_bytes(with_rules(packed, change))
    assert_refused(receiver, path, words)


def test_package_whose_template_is_none__is_refused_in_words(packed: Packed, receiver: Level, tmp_path: Path) -> None:
    parts = parts_of(packed)
    name = next(name for name in parts if "模板-" in name)
    path = tmp_path / "包.zip"
    path.write_bytes(zipped(with_archived(parts, name, b"no workbook", "template_sha256")))
    assert_refused(receiver, path, "报送包中的模板")


def test_package_with_laxer_rules_of_its_own__is_judged_by_them(packed: Packed, tmp_path: Path) -> None:
    """A near miss: what can be computed is what its sender sent out."""
    path = tmp_path / "包.zip"
    path.write_bytes(with_rules(packed, of_rule(severity="warning")))
    place = bureau(tmp_path / "部门")
    with closing(place.ledger):
        assert place.imports(path).exit_code == 0


@pytest.fixture
def answers(street: Level, tmp_path: Path) -> list[Path]:
    """Two workbooks that the street sent out, filled in otherwise than those in its package."""
    desk, files = Desk(street.collection), []
    for code in ("P1", "P4"):
        issue = street.collection.latest_issues()[code]
        issued = Issued(street.collection, street.collection.folder / issue.file, desk)
        files.append(tmp_path / f"{code}.xlsx")
        files[-1].write_bytes(issued.filled(single(annual_goal=f"把{code}的事情办好，全年培训党员一千人次以上。")))
    return files


class Counting(ThreadPoolExecutor):
    """Judges as children do, in threads, and says how many."""

    def __init__(self) -> None:
        super().__init__(2)
        self.count = 0

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        self.count += 1
        return super().submit(function, *args, **kwargs)


def document(folder: Path, paths: list[Path], executor: Executor | None) -> dict[str, Any]:
    place = bureau(folder / "部门", project("B", "本级", unit_code="B1"))
    with closing(place.ledger):
        return import_files(place.collection, paths, place.ledger, executor=executor).to_json()


@pytest.mark.parametrize("is_package_first", [True, False])
def test_package_and_files_that_name_its_issues__come_to_the_same_here_and_in_children(
    packed: Packed, answers: list[Path], tmp_path: Path, *, is_package_first: bool
) -> None:
    paths = [packed.path, *answers] if is_package_first else [*answers, packed.path]
    here = document(tmp_path / "一", paths, None)
    with IsolatedPool(workers=2) as pool:
        there = document(tmp_path / "二", paths, pool)
    assert there == here
    unknown = {item["file"] for item in here["items"] if "structure.issue_unknown" in map(_rule, item["findings"])}
    assert unknown == ({"P4.xlsx"} if is_package_first else {"P1.xlsx", "P4.xlsx"})  # P4's issue did not come along


def _rule(finding: dict[str, Any]) -> str:
    return str(finding["rule"])


def test_workbooks_of_a_package__are_judged_where_the_executor_says(packed: Packed, tmp_path: Path) -> None:
    with Counting() as executor:
        done = document(tmp_path, [packed.path], executor)
    assert executor.count == len(packed.manifest.sent) == done["files"]


class Dying(IsolatedPool):
    """Its children die of the first workbook."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        if any(isinstance(argument, Job) and "P1" in argument.name for argument in args):
            return super().submit(exit_at_once)
        return super().submit(function, *args, **kwargs)


def exit_at_once() -> None:
    import os  # noqa: PLC0415 - in a child

    os._exit(1)


def test_workbook_of_a_package_that_kills_its_child__lets_the_package_be_refused_by_its_name(
    packed: Packed, receiver: Level
) -> None:
    with Dying(workers=1) as executor:
        done = import_files(receiver.collection, [packed.path], receiver.ledger, executor=executor)
    (item,) = done.items
    assert (item.outcome, receiver.recorded) == ("rejected", [])
    assert item.checked is not None
    (finding,) = item.checked.findings
    assert "P1_社区培训.xlsx”不是可以读取的申报" in finding.message
    assert "意外中止" in finding.message
    assert "其他文件不受影响" not in finding.message
    assert is_chinese_sentence(finding.message)
