"""Protection, validations, formulas, lists: each single alteration of an accepted workbook is named by its rule."""

import base64
import shutil
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from lxml import etree

from tests.helpers import Issued, family, is_chinese_sentence, only_values, rules
from tests.judge.altering import MAIN, WORKBOOK, Case, Change, Parts, altered
from workbook_builder.centre.returns.copies import return_copies
from workbook_builder.collection.folder import Collection
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.check import check
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ooxml.password import Lock, lock_of

pytestmark = pytest.mark.slow

SHEETS = ("填表说明", "自检", "情况说明", "申报表", "子项目资金汇总", "01 书记工作室", "选项", "meta")
ROOT, SUB, CHECK, SUMS, LISTS = "申报表", "01 书记工作室", "自检", "子项目资金汇总", "选项"
PROTECTION, VALIDATION = "structure.protection_removed", "structure.validation_removed"
CHANGED, REPLACED = "structure.formula_changed", "structure.formula_replaced"
EDITED, HIDDEN_EDITED = "structure.lists_edited", "structure.hidden_sheet_edited"


def protection(title: str, **attributes: str | None) -> Change:
    def change(parts: Parts) -> None:
        set_attributes(parts, title, attributes)

    return change


def set_attributes(parts: Parts, title: str, attributes: dict[str, str | None]) -> None:
    element = parts.element(title, "sheetProtection")
    for name, value in attributes.items():
        if value is None:
            element.attrib.pop(name, "")
        else:
            element.set(name, value)


def everywhere(**attributes: str | None) -> Change:
    def change(parts: Parts) -> None:
        for title in parts.all_sheets():
            set_attributes(parts, title, attributes)

    return change


def drop(name: str, *titles: str) -> Change:
    def change(parts: Parts) -> None:
        for title in titles:
            parts.drop(title, name)

    return change


def of_workbook(change: Callable[[dict[str, str]], None]) -> Change:
    def altering(parts: Parts) -> None:
        element = next(parts.root(WORKBOOK).iter(f"{MAIN}workbookProtection"))
        attributes = {str(name): str(value) for name, value in element.attrib.items()}
        change(attributes)
        element.attrib.clear()
        for name, value in attributes.items():
            element.set(name, value)

    return altering


def unlocked(title: str, address: str) -> Change:
    def unlock(_: Parts, own: etree._Element) -> None:
        next(own.iter(f"{MAIN}protection")).set("locked", "0")

    return lambda parts: parts.style(title, address, unlock)


def relocked(parts: Parts, value: str, salt: str) -> None:
    """As a tool protects anew: all with one password, which is not the one it went out with."""
    everywhere(hashValue=value, saltValue=salt)(parts)
    of_workbook(lambda one: one.update(workbookHashValue=value, workbookSaltValue=salt))(parts)


NO_PASSWORD = dict.fromkeys(("algorithmName", "hashValue", "saltValue", "spinCount"))
LOOSER = (
    "formatCells", "insertColumns", "insertRows", "insertHyperlinks", "deleteColumns", "deleteRows", "sort",
    "pivotTables",
)  # fmt: skip
PROTECTIONS = [
    *(Case(f"protection of {title} removed", drop("sheetProtection", title), PROTECTION) for title in SHEETS),
    Case("all protection removed", drop("sheetProtection", *SHEETS), PROTECTION),
    Case("protection switched off", protection(SUB, sheet="0"), PROTECTION),
    *(Case(f"{name} allowed", protection(SUB, **{name: "0"}), PROTECTION) for name in LOOSER),
    Case("filter allowed", protection("情况说明", autoFilter="0"), PROTECTION),
    Case("password of one sheet taken off", protection(ROOT, **NO_PASSWORD), PROTECTION),
    Case("another password on one sheet", protection(ROOT, hashValue="AAAA"), PROTECTION),
    Case("another password on all sheets", everywhere(hashValue="AAAA", saltValue="BBBB"), PROTECTION),
    Case("another password on all sheets and the workbook", lambda parts: relocked(parts, "AAAA", "BBBB"), PROTECTION),
    Case("an old password on one sheet", protection(SUB, **{**NO_PASSWORD, "password": "CF7A"}), PROTECTION),
    Case("structure no longer locked", of_workbook(lambda one: one.update(lockStructure="0")), PROTECTION),
    Case("protection of the workbook emptied", of_workbook(dict.clear), PROTECTION),
    Case("another password of the workbook", of_workbook(lambda one: one.update(workbookHashValue="A")), PROTECTION),
    Case("label unlocked", unlocked(SUB, "A3"), PROTECTION),
    Case("formula unlocked", unlocked(ROOT, "C6"), PROTECTION),
    Case("code cell unlocked", unlocked(SUB, "J7"), PROTECTION),
]


def removed(address: str) -> Change:
    def change(parts: Parts) -> None:
        one = parts.validation(SUB, address)
        parent = one.getparent()
        assert parent is not None
        parent.remove(one)

    return change


def uncoloured(parts: Parts, address: str, elsewhere: str | None = None) -> None:
    """What begins with this cell goes, or is put elsewhere."""
    for one in parts.elements(SUB, "conditionalFormatting"):
        if one.get("sqref", "").startswith(address):
            parent = one.getparent()
            assert parent is not None
            if elsewhere:
                one.set("sqref", elsewhere)
            else:
                parent.remove(one)


def attribute(address: str, name: str, value: str) -> Change:
    return lambda parts: parts.validation(SUB, address).set(name, value)


def asks(address: str, formula: str) -> Change:
    def change(parts: Parts) -> None:
        first = parts.validation(SUB, address).find(f"{MAIN}formula1")
        assert first is not None
        first.text = formula

    return change


VALIDATIONS = [
    Case("all validations of a sheet removed", drop("dataValidations", SUB), VALIDATION),
    Case("all validations removed", drop("dataValidations", "填表说明", "情况说明", ROOT, SUB), VALIDATION),
    *(
        Case(f"validation of {address} removed", removed(address), VALIDATION)
        for address in ("B5", "C7", "D11", "D15", "E15", "F15", "G15")
    ),
    Case("refuses nothing any more", attribute("C7", "showErrorMessage", "0"), VALIDATION),
    Case("allows everything", attribute("E7", "type", "none"), VALIDATION),
    Case("another kind", attribute("E7", "type", "decimal"), VALIDATION),
    Case("another operator", attribute("B5", "operator", "notBetween"), VALIDATION),
    Case("moved elsewhere", attribute("E7", "sqref", "Q7"), VALIDATION),
    Case("shortened", attribute("F15", "sqref", "F15:F30"), VALIDATION),
    Case("broken area", attribute("F15", "sqref", "??"), VALIDATION),
    Case("negative amounts allowed", asks("C7", "ISNUMBER(C7)"), VALIDATION),
    Case("longer texts allowed", asks("D15", "8000"), VALIDATION),
    Case("another list", asks("E15", '"大概,左右"'), VALIDATION),
    *(
        Case(f"conditional formats of {title} removed", drop("conditionalFormatting", title), VALIDATION)
        for title in (ROOT, SUB, "情况说明", CHECK)
    ),
    Case("all conditional formats removed", drop("conditionalFormatting", ROOT, SUB, "情况说明", CHECK), VALIDATION),
    Case("conditional formats of one cell removed", lambda parts: uncoloured(parts, "C7"), VALIDATION),
    Case("conditional formats of one cell moved", lambda parts: uncoloured(parts, "C7", "Q7"), VALIDATION),
]


def formula(title: str, address: str, text: str) -> Change:
    return lambda parts: parts.write(title, address, formula=text, number="1")


def more(title: str, address: str, added: str) -> Change:
    def change(parts: Parts) -> None:
        element = parts.formula(title, address)
        element.text = f"{element.text}{added}"

    return change


def emptied(title: str, address: str) -> Change:
    return lambda parts: parts.write(title, address)


def typed(title: str, address: str, text: str) -> Change:
    return lambda parts: parts.write(title, address, text=text)


FORMULAS = [
    Case("sum of the root", formula(ROOT, "C6", "1200000"), CHANGED),
    Case("sum of the root with a bonus", more(ROOT, "C7", "+0"), CHANGED),
    Case("sum of the root emptied", emptied(ROOT, "E6"), CHANGED),
    Case("sum of a sub-project", formula(SUB, "C6", "C7"), CHANGED),
    Case("sum of a sub-project emptied", emptied(SUB, "E6"), CHANGED),
    Case("codes of a row", formula(SUB, "J7", '"E00"'), CHANGED),
    Case("codes of a row emptied", emptied(SUB, "J7"), CHANGED),
    Case("codes of a row typed over", typed(SUB, "J7", "E00"), REPLACED),
    Case("hint of a row", formula(SUB, "I7", '"没有问题"'), CHANGED),
    Case("hint of a row typed over", typed(SUB, "I7", "没有问题"), REPLACED),
    Case("verdict typed over", typed(CHECK, "A2", "可以上报"), REPLACED),
    Case("verdict by another formula", formula(CHECK, "A2", '"可以上报"'), CHANGED),
    Case("verdict emptied", emptied(CHECK, "A2"), CHANGED),
    Case("count of errors typed over", lambda parts: parts.write(CHECK, "B5", number="0"), REPLACED),
    Case("link of the summary", more(SUMS, "D4", '&""'), CHANGED),
    Case("link of the summary typed over", lambda parts: parts.write(SUMS, "D4", number="1000000"), REPLACED),
    Case("link of the summary emptied", emptied(SUMS, "D4"), CHANGED),
    Case("sum of the summary", formula(SUMS, "D5", "1000000"), CHANGED),
    Case("verdict on the first page", formula("填表说明", "D1", '"可以上报"'), CHANGED),
    Case("verdict on the narrative typed over", typed("情况说明", "D1", "可以上报"), REPLACED),
    Case("mark of a spare row", typed(SUB, "H15", "空"), REPLACED),
    Case("effective date", formula(SUB, "N5", "44562"), CHANGED),
    Case("first of a shared formula", lambda parts: more(SUB, parts.shared(SUB, first=True), "+0")(parts), CHANGED),
    Case("follower of a shared formula", lambda parts: parts.write(SUB, parts.shared(SUB, first=False), formula="1"), CHANGED),
    Case("follower typed over", lambda parts: parts.write(SUB, parts.shared(SUB, first=False), text="x"), REPLACED),
    Case(
        "follower of a group that is not there",
        lambda parts: parts.formula(SUB, parts.shared(SUB, first=False)).set("si", "77"),
        CHANGED,
    ),
]  # fmt: skip


def without_lists(parts: Parts) -> None:
    entry = parts.entry(LISTS)
    parent = entry.getparent()
    assert parent is not None
    parent.remove(entry)


def nameless(name: str) -> Change:
    def change(parts: Parts) -> None:
        element = parts.name(name)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return change


def pointed(name: str, target: str) -> Change:
    return lambda parts: setattr(parts.name(name), "text", target)


HIDDEN = [
    Case("choice changed", typed(LISTS, "D2", "一次性项目"), EDITED),
    Case("choice emptied", emptied(LISTS, "D3"), EDITED),
    Case("choice added", typed(LISTS, "D9", "其他项目"), EDITED),
    Case("comparator changed", typed(LISTS, "E2", "约"), EDITED),
    Case("alias emptied", emptied(LISTS, "G5"), EDITED),
    Case("message changed", typed(LISTS, "J3", "没有问题"), EDITED),
    Case("code changed", typed(LISTS, "I3", "E99"), EDITED),
    Case("choice by a formula", formula(LISTS, "D2", '"经常性项目"'), EDITED),
    Case("list pointed elsewhere", pointed("choices_project_category", "'选项'!$F$2:$F$4"), EDITED),
    Case("messages pointed elsewhere", pointed("check_messages", "'选项'!$I$1:$I$64"), EDITED),
    Case("name of a list deleted", nameless("choices_indicators_unit"), EDITED),
    Case("lists taken away", without_lists, EDITED),
    Case("year changed", lambda parts: parts.write(LISTS, "B1", number="2023"), HIDDEN_EDITED),
    Case("round changed", typed(LISTS, "B2", "二上"), HIDDEN_EDITED),
    Case("key of a constant changed", typed(LISTS, "A1", "year"), HIDDEN_EDITED),
    Case("deadline by a formula", formula(LISTS, "B4", "TODAY()"), HIDDEN_EDITED),
    Case("written beside the meta cell", typed("meta", "B2", "x"), HIDDEN_EDITED),
    Case("hidden level of a row changed", typed(SUB, "M15", "质量指标"), HIDDEN_EDITED),
    Case("text of the self-check changed", typed(CHECK, "A1", "自查"), HIDDEN_EDITED),
]
CASES = [*PROTECTIONS, *VALIDATIONS, *FORMULAS, *HIDDEN]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_alteration_beside_the_answers__is_named_once_and_changes_no_answer(with_sub: Issued, case: Case) -> None:
    data = with_sub.filled(family())
    before, after = (check(one, "交回.xlsx", with_sub.desk) for one in (data, altered(data, case.change)))
    assert before.findings == ()
    assert {finding.rule for finding in after.findings} == {case.rule}
    assert all(finding.severity == "warning" and is_chinese_sentence(finding.message) for finding in after.findings)
    assert (after.status, after.declaration) == ("accepted", before.declaration)


def test_passwords_set_anew__are_not_told_where_nobody_knows_what_was_sent_out(
    with_sub: Issued, tmp_path: Path
) -> None:
    collection = Collection(shutil.copytree(with_sub.collection.folder, tmp_path / "任务"))
    data = altered(with_sub.filled(family()), lambda parts: relocked(parts, "AAAA", "BBBB"))
    sent = collection.folder / with_sub.path.relative_to(with_sub.collection.folder)
    assert rules(check(data, "交回.xlsx", Desk(collection))) == [PROTECTION]
    sent.write_bytes(data)  # somebody filled in the file in 下发/ itself
    assert rules(check(data, "交回.xlsx", Desk(collection))) == []
    sent.unlink()
    assert rules(check(data, "交回.xlsx", Desk(collection))) == []


def test_password_of_the_collection_hashed_anew__is_not_told(with_sub: Issued) -> None:
    lock = lock_of(with_sub.collection.password)  # as another run of ours does: with another salt
    other = lock_of("ANOTHERWORD2", base64.b64decode(lock.salt_value))

    def with_lock(one: Lock, parts: Parts) -> None:
        relocked(parts, one.hash_value, one.salt_value)
        everywhere(spinCount=str(one.spin_count))(parts)

    data = with_sub.filled(family())
    told = [
        rules(check(altered(data, partial(with_lock, one)), "交回.xlsx", Desk(with_sub.collection)))
        for one in (lock, other)
    ]
    assert told == [[], [PROTECTION]]


def test_return_copy_protected_anew__is_told_and_the_copy_itself_is_not(with_sub: Issued, tmp_path: Path) -> None:
    collection = Collection(shutil.copytree(with_sub.collection.folder, tmp_path / "任务"))
    (collection.folder / "收回" / "错.xlsx").write_bytes(with_sub.filled(family(annual_goal=None)))
    with closing(Ledger(sqlite_url(collection.ledger))) as ledger:
        import_files(collection, [collection.folder / "收回"], ledger)
        return_copies(collection, ledger)
    (copy,) = collection.return_copies()
    issued = Issued(collection, collection.folder / copy.file, Desk(collection))
    data = issued.filled({"annual_goal": "全年培训党员一千人次以上，满意率达到百分之九十。"})
    anew = altered(data, lambda parts: relocked(parts, "AAAA", "BBBB"))
    told = [PROTECTION in rules(check(one, "交回.xlsx", Desk(collection))) for one in (data, anew)]
    assert told == [False, True]


def test_formula_that_was_changed__is_shown_as_it_was_and_as_it_is(with_sub: Issued) -> None:
    data = altered(with_sub.filled(family()), formula(SUMS, "D5", "1000000"))
    (finding,) = check(data, "交回.xlsx", with_sub.desk).findings
    assert (finding.sheet, finding.cell, finding.value) == (SUMS, "D5", "=1000000")
    assert finding.expected is not None
    assert finding.expected.startswith("=IF(COUNT(D4:D4)")
    assert "现为“=1000000”" in finding.message


def test_list_that_was_edited__is_shown_as_it_was_and_as_it_is(with_sub: Issued) -> None:
    data = altered(with_sub.filled(family()), typed(LISTS, "D2", "其他项目"))
    (finding,) = check(data, "交回.xlsx", with_sub.desk).findings
    assert (finding.sheet, finding.cell, finding.value, finding.expected) == (LISTS, "D2", "其他项目", "经常性项目")
    assert "下发时为“经常性项目”，现为“其他项目”" in finding.message


def test_many_formulas_of_a_sheet__are_one_finding(with_sub: Issued) -> None:
    def change(parts: Parts) -> None:
        for row in range(15, 43):
            parts.write(SUB, f"J{row}", text="E00")

    (finding,) = check(altered(with_sub.filled(family()), change), "交回.xlsx", with_sub.desk).findings
    assert "等 28 处" in finding.message


def test_file_of_values_only__is_told_for_that_and_for_nothing_that_such_files_never_have(with_sub: Issued) -> None:
    result = check(only_values(with_sub.filled(family())), "交回.xlsx", with_sub.desk)
    assert rules(result) == [REPLACED]
