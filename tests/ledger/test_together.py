"""Files recorded in one transaction come to what they would come to one by one."""

import datetime
import itertools
import random
import shutil
from collections.abc import Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers import PLAIN
from tests.recorded import FORM, YEAR
from workbook_builder.collection.folder import sha256
from workbook_builder.findings import Finding
from workbook_builder.form.declaration import Declaration, Indicator, Typed
from workbook_builder.form.layout import Shape
from workbook_builder.form.meta_cell import Identity
from workbook_builder.judge.check import Checked
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.outcome import Arrival
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.rows import parts_sha256

WRONG = Finding("funds.annual_sum", "error", "申报表", "E6", "annual_funds", "年度资金不等。")
BROKEN = Finding("file.corrupt", "error", None, None, None, "文件已损坏。")
EARLY = datetime.datetime(2022, 2, 20, 8)
SAVED = [None, *(EARLY.replace(second=second) for second in range(3))]


def arrival(code: str, answer: str, saved: int = 0, *, part: Any = "whole", is_wrong: bool = False) -> Arrival:
    """A file that declares a project."""
    identity = Identity(FORM, "1", YEAR, "一上", "U1", code, f"issue-{code}", 1, (), Shape(PLAIN, (), part=part))
    if part == "sub_project":
        identity = identity._replace(sub_projects=((code, code),))
    values: dict[str, Typed] = {"project_code": code, "annual_goal": answer, "annual_funds": Decimal("1.20")}
    declared = Declaration(values, (Indicator(0, "产出", "数量", answer, "≥", Decimal(5), "次"),))
    digest = sha256(f"{code} {answer} {saved} {part} {is_wrong}".encode())
    findings = (WRONG,) if is_wrong else ()
    said = Checked(f"{code}{answer}.xlsx", digest, "returned" if is_wrong else "accepted", identity, declared, findings)
    return Arrival(said, 0, 1, SAVED[saved])


def unreadable(name: str) -> Arrival:
    return Arrival(Checked(name, sha256(name.encode()), "unreadable", None, None, (BROKEN,)), -1, 0, None)


def read_after_all(name: str, code: str) -> Arrival:
    """The same bytes, with a password."""
    one = arrival(code, name)
    return one._replace(checked=one.checked._replace(sha256=sha256(name.encode())))


def whole(parts: Sequence[Arrival]) -> Arrival:
    """What was merged from these."""
    one = arrival("R", "".join(part.sha256[:2] for part in parts))
    identity = one.checked.identity
    assert identity
    told = parts_sha256([part.checked for part in parts])  # type: ignore[misc]  # only their sha256 is asked for
    checked = one.checked._replace(identity=identity._replace(parts_sha256=told))
    return one._replace(checked=checked, merged_from=tuple(part.sha256 for part in parts))


PARENT = arrival("R", "母", part="parent")
SUBS = [arrival("R-1", answer, saved, part="sub_project") for answer, saved in (("甲", 1), ("乙", 2))]
FILES = (
    *(arrival(code, answer, saved) for code in "AB" for answer in "甲乙" for saved in range(4)),
    *(arrival("A", answer, saved, is_wrong=True) for answer in "甲乙" for saved in (1, 3)),
    *map(unreadable, "xy"), read_after_all("x", "A"), read_after_all("y", "C"),
    PARENT, *SUBS, *(whole([PARENT, sub]) for sub in SUBS),
)  # fmt: skip


def recorded(ledger: Ledger, batches: Sequence[Sequence[Arrival]]) -> tuple[list[Any], list[Any]]:
    """What became of each, and all that the ledger then says, without its ids and moments."""
    done = [one for batch in batches for one in ledger.record_all(batch)]
    outcomes = [
        (one.outcome, one.replaced and one.replaced.declaration, one.is_by_import, one.other and one.other.sha256)
        for one in done
    ]
    files = ledger.files()
    digests = {file.id: file.sha256 for file in files}
    ids = [file.id for file in files]
    hanging = [
        [one.declaration for one in ledger.documents(ids)],
        [(digests[row.submission_id], row.finding) for row in ledger.findings(ids)],
        [(digests[row.submission_id], *row[1:]) for row in ledger.declarations(ids)],
        [(digests[row.submission_id], *row[1:]) for row in ledger.indicators(ids)],
    ]
    submissions = [one._replace(id=0, received_at=EARLY, same_as=None) for one in ledger.submissions(FORM, YEAR)]
    repeats = [digests[one.same_as] for one in ledger.submissions(FORM, YEAR) if one.same_as]
    return outcomes, [list(digests.values()), submissions, repeats, hanging]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "台账.db"
    Ledger(sqlite_url(path)).close()
    return path


@given(order=st.lists(st.sampled_from(FILES), min_size=2, max_size=14), cuts=st.sets(st.integers(1, 13)))
@settings(max_examples=25, deadline=None)
def test_files_of_one_transaction__end_as_one_by_one(
    empty: Path, tmp_path_factory: pytest.TempPathFactory, order: list[Arrival], cuts: set[int]
) -> None:
    folder = tmp_path_factory.mktemp("together")
    edges = [0, *sorted(cut for cut in cuts if cut < len(order)), len(order)]
    together = [order[start:end] for start, end in itertools.pairwise(edges)]
    said = []
    for number, batches in enumerate((together, [[one] for one in order])):
        path = Path(shutil.copy(empty, folder / f"{number}.db"))
        with closing(Ledger(sqlite_url(path))) as ledger:
            said.append(recorded(ledger, batches))
    assert said[0] == said[1]


def test_files_of_one_transaction__end_alike_in_each_database(url: str, empty: Path, tmp_path: Path) -> None:
    order = random.Random(4).sample(FILES, len(FILES))
    with closing(Ledger(url)) as ledger:
        there = recorded(ledger, [order[:9], order[9:]])
        assert {outcome for outcome, *_ in there[0]} == {
            "current",
            "superseded",
            "undecided",
            "same_answers",
            "duplicate",
        }
    with closing(Ledger(sqlite_url(Path(shutil.copy(empty, tmp_path / "other.db"))))) as ledger:
        assert recorded(ledger, [[one] for one in order]) == there
