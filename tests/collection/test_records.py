"""Records of issues, return copies and packages: a line each, old files are read, what fits no record is refused."""

import errno
import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from workbook_builder.collection.json_records import from_json, json_bytes, to_json
from workbook_builder.collection.records import (
    Issue,
    ReturnCopy,
    add_records,
    read_issues,
    read_return_copies,
)
from workbook_builder.collection.suggestions import Suggestion
from workbook_builder.errors import UsageError
from workbook_builder.form.declaration import Typed
from workbook_builder.intake.manifest import BrokenManifestError, Manifest, Sent, _hash, read_manifest

PREFILLED: dict[str, Typed] = {
    "project_name": "社区“培训”", "budget_ceiling": Decimal("1411700.00"), "start_date": date(2022, 1, 31), "department": None,
}  # fmt: skip
ISSUE = Issue(
    "0a1b",
    "P1",
    "U1",
    "下发/U1/P1.xlsx",
    "1" * 64,
    "2" * 64,
    "3" * 64,
    PREFILLED,
    "4" * 64,
    "2022-01-10T08:00:00",
    meta="{}",
)
COPY = ReturnCopy("5" * 64, "0a1b", "P1", 2, "退回/P1.xlsx", "6" * 64, "请细化。")
SENT = Sent(
    "工作簿/P1.xlsx", "1" * 64, "U1", "P1", "培训", "accepted", {"annual_funds": Decimal("10.50")}, ("0a1b",), 1,
    datetime(2022, 1, 20, 9, 30),
)  # fmt: skip
TOTALS = {"annual_funds": Decimal("10.50")}
MANIFEST = Manifest(
    "街道", "f", 2022, "一上", "2022-02-01T08:00:00", (SENT,), (ISSUE,), {SENT.file: SENT.sha256}, TOTALS
)


def test_issue__is_a_line_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "下发记录.jsonl"
    add_records(path, [ISSUE])
    assert path.read_text(encoding="utf-8") == (
        '{"issue_id":"0a1b","project_code":"P1","unit_code":"U1","file":"下发/U1/P1.xlsx",'
        f'"sha256":"{"1" * 64}","template_sha256":"{"2" * 64}","fingerprint":"{"3" * 64}",'
        '"prefilled":{"project_name":"社区“培训”","budget_ceiling":{"amount":"1411700.00"},'
        '"start_date":{"date":"2022-01-31"},"department":null},'
        f'"rules_sha256":"{"4" * 64}","issued_at":"2022-01-10T08:00:00","part":"whole","meta":"{{}}"}}\n'
    )
    assert read_issues(path) == {"0a1b": ISSUE}


def test_words_that_issues_have_in_common__are_held_once(tmp_path: Path) -> None:
    path = tmp_path / "下发记录.jsonl"
    add_records(path, [ISSUE, ISSUE._replace(issue_id="0a1c")])
    one, other = read_issues(path).values()
    assert one.template_sha256 is other.template_sha256
    assert one.rules_sha256 is other.rules_sha256
    assert [id(key) for key in one.prefilled] == [id(key) for key in other.prefilled]


def test_records__are_added_behind_what_a_version_before_wrote_which_stays(tmp_path: Path) -> None:
    path, old = tmp_path / "下发记录.jsonl", tmp_path / "下发记录.json"
    old.write_bytes(json_bytes([to_json(ISSUE)]))
    before, second, third = old.read_bytes(), ISSUE._replace(issue_id="0a1c"), ISSUE._replace(issue_id="0a1d")
    add_records(path, [second, third])
    assert list(read_issues(path)) == ["0a1b", "0a1c", "0a1d"]
    assert old.read_bytes() == before


@pytest.mark.parametrize("cut", [1, 20, -1])
def test_line_that_was_cut_off__is_not_there_and_the_next_one_is_whole(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "下发记录.jsonl"
    add_records(path, [ISSUE])
    first = path.read_bytes()
    add_records(path, [ISSUE._replace(issue_id="0a1c")])
    second = path.read_bytes()[len(first) :]
    path.write_bytes(first + second[:cut])
    assert list(read_issues(path)) == ["0a1b"]
    add_records(path, [ISSUE._replace(issue_id="0a1d")])
    assert list(read_issues(path)) == ["0a1b", "0a1d"]


def test_disk_that_is_full__leaves_the_records_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "下发记录.jsonl"
    add_records(path, [ISSUE])
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr("workbook_builder.files.os.fsync", full)
    with pytest.raises(UsageError, match="磁盘已满"):
        add_records(path, [ISSUE._replace(issue_id="0a1c")])
    assert path.read_bytes() == before


def test_issue_of_an_earlier_version__has_no_rules_no_moment_and_is_a_whole_project(tmp_path: Path) -> None:
    path = tmp_path / "下发记录.jsonl"
    entry = to_json(ISSUE)
    for word in ("rules_sha256", "issued_at", "part", "meta"):
        del entry[word]
    path.with_suffix(".json").write_bytes(json_bytes([entry]))
    assert read_issues(path) == {"0a1b": ISSUE._replace(rules_sha256="", issued_at="", part="whole", meta="")}


def test_return_copy__is_a_line_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "退回记录.jsonl"
    add_records(path, [COPY])
    assert json.loads(path.read_bytes()) == COPY._asdict()
    assert list(json.loads(path.read_bytes())) == list(COPY._fields)
    assert read_return_copies(path) == (COPY,)


def test_records_that_were_never_written__are_none(tmp_path: Path) -> None:
    assert read_issues(tmp_path / "下发记录.jsonl") == {}
    assert read_return_copies(tmp_path / "退回记录.jsonl") == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"issue_id": 5},
        {"file": {}},
        {"part": "half"},
        {"prefilled": ["P1"]},
        {"prefilled": {"budget_ceiling": {"amount": "many"}}},
        {"prefilled": {"start_date": {"date": "2022-02-30"}}},
        {"word_of_a_newer_version": "x"},
    ],
)
def test_issue_that_fits_no_record__is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no Issue"):
        from_json(to_json(ISSUE) | changes, Issue)


def test_suggestion__comes_back_as_it_was_written() -> None:
    suggestion = Suggestion({"annual_goal": "培训五次"}, ({"level2": "数量指标", "name": "次数", "target": "5"},))
    read = from_json(json.loads(json_bytes(to_json(suggestion))), Suggestion)
    assert (read.texts, [*read.indicators]) == (suggestion.texts, [*suggestion.indicators])


def test_manifest__comes_back_as_it_was_written() -> None:
    assert read_manifest(MANIFEST.to_bytes()) == MANIFEST
    entry = json.loads(MANIFEST.to_bytes())
    assert list(entry) == [
        "format", "format_version", "sender", "form_id", "fiscal_year", "round", "packed_at",
        "workbooks", "issues", "files", "totals", "publicity", "sha256",
    ]  # fmt: skip
    assert entry["totals"] == {"projects": 1, "annual_funds": "10.50"}
    assert entry["workbooks"][0]["amounts"] == {"annual_funds": "10.50"}
    assert entry["workbooks"][0]["modified_at"] == "2022-01-20T09:30:00"


def rehashed(change: Callable[[dict[str, Any]], object]) -> bytes:
    """The manifest changed, with its hash made anew."""
    entry = json.loads(MANIFEST.to_bytes())
    del entry["sha256"]
    change(entry)
    return json_bytes({**entry, "sha256": _hash(entry)})


def test_manifest_with_words_of_a_newer_version__is_read() -> None:
    def add_words(entry: dict[str, Any]) -> None:
        entry["remark"] = entry["workbooks"][0]["remark"] = "新"

    assert read_manifest(rehashed(add_words)) == MANIFEST


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry.update(fiscal_year=float("inf")),
        lambda entry: entry.update(fiscal_year="2022"),
        lambda entry: entry.update(sender=None),
        lambda entry: entry.update(workbooks=[5]),
        lambda entry: entry.update(files=[]),
        lambda entry: entry.update(totals={"annual_funds": "many"}),
        lambda entry: entry["workbooks"][0].update(issue_order=True),
        lambda entry: entry["workbooks"][0].update(issue_ids=[None]),
        lambda entry: entry["workbooks"][0].update(modified_at="yesterday"),
        lambda entry: entry["workbooks"][0].pop("status"),
        lambda entry: entry["issues"][0].update(file={}),
        lambda entry: entry["issues"][0].update(remark="x"),
        lambda entry: entry.pop("issues"),
    ],
)
def test_manifest_that_fits_no_record__is_refused_whatever_its_hash(change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(BrokenManifestError, match=r"清单.json 无法读取"):
        read_manifest(rehashed(change))
