"""The same answers in another format are judged the same; what cannot be judged there is said."""

import io
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import msoffcrypto.format.ooxml
import openpyxl
import pytest

from tests.helpers import Issued, changed, changed_in_sub, is_chinese_sentence, rules, saved, single
from tests.ooxml.foreign_books import WRITERS, Computed, sheets_of, xlsb
from workbook_builder.collection.folder import sha256
from workbook_builder.judge.check import Checked, check
from workbook_builder.judge.fill import describe, open_ours
from workbook_builder.judge.opening import Desk
from workbook_builder.ooxml.reader import read_workbook

pytestmark = pytest.mark.slow

FORMATS = tuple(WRITERS)
UNJUDGED = (
    "structure.formula_in_input", "structure.formula_replaced", "structure.formula_changed", "structure.cell_moved",
    "structure.ambiguous", "structure.protection_removed", "structure.validation_removed", "structure.hidden_content",
    "structure.merge_changed", "structure.macro", "structure.embedded", "structure.dde", "structure.external_link",
    "structure.link_in_input",
)  # fmt: skip
PASSWORD = "打开-1"


def as_format(form: str, data: bytes) -> bytes:
    """The values of a workbook, saved in another format."""
    return WRITERS[form](sheets_of(read_workbook(data, "")))


def encrypted(data: bytes, password: str = PASSWORD) -> bytes:
    stream = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(data)).encrypt(password, stream)
    return stream.getvalue()


def typed_over(issued: Issued, **values: Any) -> bytes:
    """Filled in, these keys typed over; a value with its number format as a pair. No program has calculated it since.

    target, unit: of 党员满意度, which is a share.
    """
    data = filled(issued)
    places = {entry["key"]: entry for entry in describe(open_ours(data, "", issued.desk))["inputs"]}
    book = openpyxl.load_workbook(io.BytesIO(data))
    for key, value in values.items():
        entry = places[f"{share_row(issued)}.{key}" if key in ("target", "unit") else key]
        cell = book[entry["sheet"]][entry["cell"]]
        cell.value, cell.number_format = value if isinstance(value, tuple) else (value, cell.number_format)
    return saved(book)


@cache
def filled(issued: Issued) -> bytes:
    return issued.filled(single())


@cache
def in_xlsx(issued: Issued, filling: str) -> tuple[bytes, Checked]:
    data = FILLINGS[filling](issued)
    return data, check(data, "甲", issued.desk)


@cache
def share_row(issued: Issued) -> str:
    """The key of the row in which 党员满意度 stands."""
    slots = open_ours(issued.data, "", issued.desk).blank.layout.indicator_rows(None)
    return next(f"indicators[{row}]" for row, slot in enumerate(slots) if slot.level2 == "服务对象满意度指标")


Typed = Callable[[Issued], bytes]
FILLINGS: Mapping[str, Typed] = {
    "as filled": filled,
    "share typed": lambda issued: typed_over(issued, target=(0.875, "0.0%"), unit=None),
    "share typed beside its unit": lambda issued: typed_over(issued, target=(0.875, "0.0%")),
    "part of a hundredth": lambda issued: typed_over(issued, target=0.875),
    "date as text": lambda issued: typed_over(issued, start_date="2022年1月1日"),
    "date for a target": lambda issued: typed_over(issued, target=(44926, "yyyy-mm-dd")),
    "amount in words": lambda issued: typed_over(issued, total_fiscal="2000万"),
    "amount as text": lambda issued: typed_over(issued, total_fiscal="1,000,000元"),
    "amount that is no sum": lambda issued: typed_over(issued, annual_appropriation=800000.01),
    "error for an amount": lambda issued: typed_over(issued, total_other="#N/A"),
    "truth for an amount": lambda issued: typed_over(issued, total_other=True),
    "number for a name": lambda issued: typed_over(issued, department=2022),
    "label changed": lambda issued: changed(filled(issued), {("申报表", "A3"): "单位名称"}),
    "written beside the form": lambda issued: changed(filled(issued), {("申报表", "Q9"): "请核实"}),
    "nothing filled in": lambda issued: issued.data,
}


@pytest.mark.parametrize("filling", FILLINGS)
@pytest.mark.parametrize("form", FORMATS)
def test_same_cells_in_another_format__are_judged_as_in_xlsx(alone: Issued, form: str, filling: str) -> None:
    data, wanted = in_xlsx(alone, filling)
    found = check(as_format(form, data), "甲", alone.desk)
    assert (found.declaration, found.status) == (wanted.declaration, wanted.status)
    told = [finding for finding in found.findings if finding.rule != "file.values_only"]
    assert told == [finding for finding in wanted.findings if finding.rule != "structure.formula_replaced"]


@pytest.mark.parametrize("form", FORMATS)
def test_what_cannot_be_judged_in_another_format__is_said_once_and_listed(alone: Issued, form: str) -> None:
    result = check(as_format(form, filled(alone)), f"甲.{form}", alone.desk)
    (finding,) = result.findings
    assert (finding.rule, finding.severity, result.status) == ("file.values_only", "warning", "accepted")
    assert f"“甲.{form}”是" in finding.message
    assert f"（.{form}）" in finding.message
    assert "未核对" in finding.message
    assert is_chinese_sentence(finding.message)
    assert result.unverified == (*UNJUDGED, *(["structure.number_format"] if form == "ods" else []))
    assert result.uncompared == ()


@pytest.mark.parametrize("form", FORMATS)
def test_answer_that_a_formula_gave__is_read_and_named(alone: Issued, form: str) -> None:
    places = open_ours(filled(alone), "", alone.desk).located.places
    cells = {title: dict(sheet) for title, sheet in sheets_of(read_workbook(filled(alone), "")).items()}
    for key, amount in (("total_other", 200000.0), ("total_funds", 1.0)):
        where = places[key]
        cells[where.sheet][where.row, where.column] = Computed(amount)
    result = check(WRITERS[form](cells), "甲", alone.desk)
    assert (
        result.declaration == check(filled(alone), "甲", alone.desk).declaration
    )  # the sum's own value is not believed
    (finding,) = result.findings
    where = places["total_other"]
    assert f"「{where.sheet}」表 {where.address}（其他资金）的内容是公式算出的，请核对" in finding.message
    assert places["total_funds"].address not in finding.message


def test_workbook_elsewhere__lists_prefilled_keys_before_the_rules(alone: Issued) -> None:
    result = check(as_format("xls", filled(alone)), "甲.xls", Desk())
    assert result.unverified[-len(UNJUDGED) :] == UNJUDGED
    assert result.uncompared == result.unverified[: -len(UNJUDGED)]
    assert "project_name" in result.uncompared


@pytest.mark.parametrize("form", FORMATS)
def test_total_typed_over_in_another_format__is_an_error_as_in_xlsx(with_sub: Issued, form: str) -> None:
    data = with_sub.filled(changed_in_sub())
    total = next(
        place for key, place in open_ours(data, "", with_sub.desk).located.places.items() if key == "annual_funds"
    )
    cells = {title: dict(sheet) for title, sheet in sheets_of(read_workbook(data, "")).items()}
    cells[total.sheet][total.row, total.column] = 1.0
    result = check(WRITERS[form](cells), "甲", with_sub.desk)
    assert result.status == "returned"
    assert ("funds.annual_sum", total.address) in {(finding.rule, finding.cell) for finding in result.findings}


@pytest.mark.parametrize("form", FORMATS)
def test_share_in_another_format__is_a_share_and_told_of(alone: Issued, form: str) -> None:
    result = check(as_format(form, FILLINGS["share typed"](alone)), "甲", alone.desk)
    assert result.declaration is not None
    (share,) = [one for one in result.declaration.indicators if one.name == "党员满意度"]
    assert (share.target, share.unit) == (Decimal("87.5"), "%")
    assert rules(result) == ["file.values_only", "indicator.target_normalised"]


# Encrypted


def judged(data: bytes, issued: Issued, *passwords: str) -> Checked:
    return check(data, "甲.xlsx", Desk(issued.collection, passwords))


def test_encrypted_workbook__is_judged_as_itself_with_the_password(alone: Issued) -> None:
    data = filled(alone)
    plain = judged(data, alone)
    locked = encrypted(data)
    result = judged(locked, alone, "不是这个", PASSWORD)
    assert result == plain._replace(sha256=sha256(locked))


def test_encrypted_workbook_without_its_password__is_a_finding(alone: Issued) -> None:
    data = encrypted(filled(alone))
    results = {passwords: judged(data, alone, *passwords) for passwords in ((), ("",), ("错的",), ("错的", "", "也错"))}
    assert [rules(result) for result in results.values()] == [["file.encrypted"]] * 4
    assert {result.status for result in results.values()} == {"unreadable"}
    messages = [result.findings[0].message for result in results.values()]
    assert ["给出的密码打不开" in message for message in messages] == [False, False, True, True]
    assert all(is_chinese_sentence(message) and "错的" not in message for message in messages)


def test_workbook_with_the_password_that_excel_tries__needs_none(alone: Issued) -> None:
    result = judged(encrypted(filled(alone), "VelvetSweatshop"), alone)
    assert (result.status, result.findings) == ("accepted", ())


def test_encrypted_workbook_of_another_format__is_read_as_that(alone: Issued) -> None:
    data = encrypted(xlsb(sheets_of(read_workbook(filled(alone), ""))))
    result = judged(data, alone, PASSWORD)
    assert (result.status, rules(result)) == ("accepted", ["file.values_only"])


@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_damaged_encrypted_workbook__is_a_finding(alone: Issued, kept: float) -> None:
    data = encrypted(filled(alone))
    result = judged(data[: int(len(data) * kept)], alone, PASSWORD)
    assert result.status == "unreadable"
    assert rules(result) in (["file.corrupt"], ["file.encrypted"])


def test_hashing_that_takes_for_ever__is_ended(alone: Issued, monkeypatch: pytest.MonkeyPatch) -> None:
    data = encrypted(filled(alone))
    spins = b'spinCount="100000"'
    assert spins in data
    monkeypatch.setattr("workbook_builder.ooxml.foreign.child.SECONDS", 0.5)
    result = judged(data.replace(spins, b'spinCount="999999"'), alone, PASSWORD)
    assert (result.status, rules(result)) == ("unreadable", ["file.too_large"])
