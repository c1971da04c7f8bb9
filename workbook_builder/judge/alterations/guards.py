"""Protection and validations: what kept a person from typing where or what the form does not want."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from workbook_builder.cells import row_and_column
from workbook_builder.findings import Finding
from workbook_builder.form.workbook_names import choices_name
from workbook_builder.judge.alterations.compared import Compared, Pair, Position, address_of, listed, sheets_named
from workbook_builder.ooxml.formula_text import plain, relative
from workbook_builder.ooxml.reader import SheetReading
from workbook_builder.ooxml.sheet_guards import (
    MAX_BOXES,
    Box,
    SheetGuards,
    Validation,
    boxes_in,
    holds,
    password_words,
)
from workbook_builder.ooxml.xml_parts import FALSE
from workbook_builder.rule_ids import STRUCTURE_PROTECTION_REMOVED, STRUCTURE_VALIDATION_REMOVED
from workbook_builder.values.normalised import quoted

# What protection forbids unless it says otherwise, and what it allows; scenarios are none of a form's.
FORBIDDEN = {
    "formatCells": "设置单元格格式", "formatColumns": "设置列格式", "formatRows": "设置行格式", "insertColumns": "插入列",
    "insertRows": "插入行", "insertHyperlinks": "插入链接", "deleteColumns": "删除列", "deleteRows": "删除行", "sort": "排序",
    "autoFilter": "筛选", "pivotTables": "使用数据透视表",
}  # fmt: skip
ALLOWED = {"objects": "编辑对象"}
KINDS = {
    "list": "下拉列表", "custom": "公式", "date": "日期", "decimal": "数", "whole": "整数", "textLength": "字数", "time": "时间",
}  # fmt: skip
OPERATORS = {
    "between": "介于", "notBetween": "不介于", "equal": "等于", "notEqual": "不等于", "greaterThan": "大于", "lessThan": "小于",
    "greaterThanOrEqual": "不小于", "lessThanOrEqual": "不大于",
}  # fmt: skip
USE_THE_ORIGINAL = "请用下发的原文件填写，不要取消保护。"
PASTE_VALUES = "请用下发的原文件填写，粘贴时只粘贴数值。"


def protection(compared: Compared) -> Iterator[Finding]:
    """Sheets and workbooks whose protection is gone, allows more than it did, or was set anew."""
    if compared.reading.holds_values_only:
        return
    rule, issued = STRUCTURE_PROTECTION_REMOVED, [pair for pair in compared.pairs if _is_on(pair.issued.protection)]
    bare = [pair.now.title for pair in issued if not _is_on(pair.now.protection)]
    is_of_program = len(bare) == len(issued) and "sheet protection" in compared.losses
    if bare and not is_of_program:
        yield compared.told(rule, f"{sheets_named(bare)}的保护已被取消。{USE_THE_ORIGINAL}", bare[0])
    protected = [pair for pair in issued if pair.now.title not in bare]
    if loosened := {pair.now.title: words for pair in protected if (words := "、".join(_now_allowed(pair)))}:
        first, words = next(iter(loosened.items()))
        message = f"{sheets_named(loosened)}的保护被重新设置，下发时不允许“{words}”，现在允许。{USE_THE_ORIGINAL}"
        yield compared.told(rule, message, first, value=words)
    yield from _structure(compared)
    yield from _passwords(compared, protected)
    yield from _unlocked_cells(compared)


def _is_on(attributes: Mapping[str, str] | None) -> bool:
    return attributes is not None and attributes.get("sheet", "0") not in FALSE


def _now_allowed(pair: Pair) -> Iterator[str]:
    issued, now = pair.issued.protection or {}, pair.now.protection or {}
    for names, unsaid in ((FORBIDDEN, "1"), (ALLOWED, "0")):
        for name, words in names.items():
            if now.get(name, unsaid) in FALSE and issued.get(name, unsaid) not in FALSE:
                yield words


def _structure(compared: Compared) -> Iterator[Finding]:
    """The lock on the workbook's sheets: that none is added, renamed or taken away."""
    issued, now = compared.blank.pristine.workbook_protection or {}, compared.reading.workbook_protection or {}
    is_gone = issued.get("lockStructure", "0") not in FALSE and now.get("lockStructure", "0") in FALSE
    if is_gone and "workbook protection" not in compared.losses:
        message = f"工作簿结构的保护已被取消（可以增删、改名工作表）。{USE_THE_ORIGINAL}"
        yield compared.told(STRUCTURE_PROTECTION_REMOVED, message)


def _passwords(compared: Compared, protected: list[Pair]) -> Iterator[Finding]:
    """All sheets of a workbook, and the workbook, go out with one password."""
    hashes = {pair.now.title: password_words(pair.now.protection) for pair in protected}
    of_book = password_words(compared.reading.workbook_protection, "workbook")
    words = "的保护密码与其他工作表不同，可能取消保护后又重新设置过。"
    if len({*hashes.values(), *([of_book] if of_book else [])}) > 1:
        usual = of_book or Counter(hashes.values()).most_common(1)[0][0]
        others = [title for title, own in hashes.items() if own != usual]
        yield compared.told(STRUCTURE_PROTECTION_REMOVED, f"{sheets_named(others)}{words}{USE_THE_ORIGINAL}", others[0])
    elif hashes and not any(hashes.values()) and _went_out_with_password(compared):
        message = f"各工作表下发时的保护有密码，现在没有，可能取消保护后又重新设置过。{USE_THE_ORIGINAL}"
        yield compared.told(STRUCTURE_PROTECTION_REMOVED, message)
    elif hashes and compared.opened.is_relocked:
        message = f"各工作表的保护密码都换成了另一个，不是下发时的，可能取消保护后又重新设置过。{USE_THE_ORIGINAL}"
        yield compared.told(STRUCTURE_PROTECTION_REMOVED, message)


def _went_out_with_password(compared: Compared) -> bool:
    """A return copy has the password of the file that was returned, which a program may have left behind."""
    return compared.opened.identity.submission == 1 and "password" not in compared.losses


def _unlocked_cells(compared: Compared) -> Iterator[Finding]:
    """Fixed texts and formulas that may now be typed over, though their sheets are protected."""
    if not compared.is_comparable:
        return
    for pair in compared.pairs:
        if ranges := [area for area in pair.now.guards.open_ranges if area not in pair.issued.guards.open_ranges]:
            message = f"「{pair.now.title}」表 {listed(ranges)}：被设为允许编辑的区域，下发时没有。{USE_THE_ORIGINAL}"
            yield compared.told(STRUCTURE_PROTECTION_REMOVED, message, pair.now.title, value=ranges[0])
    for pair in compared.unmoved_pairs:
        open_now = {position for position, cell in pair.now.cells.items() if not cell.is_locked}
        issued = pair.issued.cells
        unlocked = [address_of(position) for position in issued if position in open_now and issued[position].is_locked]
        if unlocked:
            message = f"「{pair.now.title}」表 {listed(unlocked)}：单元格的锁定已被取消。{USE_THE_ORIGINAL}"
            yield compared.told(STRUCTURE_PROTECTION_REMOVED, message, pair.now.title, unlocked[0])


def validations(compared: Compared) -> Iterator[Finding]:
    """Inputs that no longer refuse what the form does not want, or no longer turn red where something is wrong."""
    if not compared.is_comparable or compared.located.placing.moved:  # a cell that was cut takes its validation along
        return
    if compared.moved_titles:  # LibreOffice then moves the references of other sheets' validations, too
        return
    lost = dict(_lost_validations(compared))
    for pair in compared.unmoved_pairs:
        title, unguarded = pair.now.title, lost.get(pair.issued_title, [])
        if unguarded:
            which, (before, after) = unguarded[0], (_said_at(sheet, unguarded[0]) for sheet in (pair.issued, pair.now))
            change = f"{'' if len(unguarded) == 1 else f' {which} '}下发时为{before}，现为{after}"
            message = f"「{title}」表 {listed(unguarded)}：填报单元格的数据验证被去掉或改动，{change}。{PASTE_VALUES}"
            yield compared.told(STRUCTURE_VALIDATION_REMOVED, message, title, which, after, before)
        uncoloured = [
            cell for cell in _uncoloured(compared, pair) if cell not in unguarded
        ]  # what was pasted over has both
        if uncoloured:
            message = f"「{title}」表 {listed(uncoloured)}：下发时有标出错误的条件格式，现在没有。{PASTE_VALUES}"
            yield compared.told(STRUCTURE_VALIDATION_REMOVED, message, title, uncoloured[0])


def _said_at(sheet: SheetReading, address: str) -> str:
    """What the validation of a cell asks for, in words."""
    row, column = row_and_column(address)
    for one in sheet.guards.validations:
        if one.refuses and any(holds(box, row, column) for box in islice(one.boxes, MAX_BOXES)):
            return _in_words(one)
    return "没有"


def _in_words(one: Validation) -> str:
    kind = KINDS.get(one.kind, one.kind)
    if one.kind == "list" and one.first.startswith(choices_name("")):  # a name of ours
        return kind
    between = f"{one.first} 和 {one.second}" if one.second else one.first
    return f"{kind}{OPERATORS.get(one.operator, '')}{quoted(between)}"


def _lost_validations(compared: Compared) -> Iterator[tuple[str, list[str]]]:
    """By sheet (placeholder title) the cells whose validation is gone or another."""
    pairs = [pair for pair in compared.unmoved_pairs if pair.issued.guards.validations]
    here = [one for pair in pairs for one in pair.now.guards.validations if one.refuses]
    if "validations" in compared.losses and not here:
        return
    are_left = "simple validations" not in compared.losses or any(not one.second for one in here)
    for pair in pairs:
        yield pair.issued_title, _lost(pair.issued.guards, pair.now.guards, are_left=are_left)


def _uncoloured(compared: Compared, pair: Pair) -> Iterator[str]:
    """The cells of the form that no conditional format covers any more; which formats it has programs write otherwise."""
    issued, now = pair.issued.guards.formats, pair.now.guards.formats
    if {*issued} <= {*now} or ("conditional formats" in compared.losses and not _is_bare_among_others(compared, pair)):
        return
    boxes = list(islice((box for area in now for box in boxes_in(area)), MAX_BOXES))
    for row, column in _cells(box for area in dict.fromkeys(issued) for box in boxes_in(area)):
        if column <= pair.last_column and not any(holds(box, row, column) for box in boxes):
            yield address_of((row, column))


def _is_bare_among_others(compared: Compared, pair: Pair) -> bool:
    """No program leaves the formats of one sheet behind and keeps those of another."""
    return not pair.now.guards.formats and any(other.now.guards.formats for other in compared.pairs)


def _cells(boxes: Iterable[Box]) -> Iterator[Position]:
    """Each once."""
    spans = ((range(box[0], box[2] + 1), range(box[1], box[3] + 1)) for box in boxes)
    return iter(dict.fromkeys((row, column) for rows, columns in spans for row in rows for column in columns))


def _lost(issued: SheetGuards, now: SheetGuards, *, are_left: bool) -> list[str]:
    """The cells whose validation is gone or another; are_left: whether the program has kept those of one formula."""
    if {*issued.validations} <= {*now.validations}:  # as nearly every program writes them
        return []
    saying = ((one, _words(one)) for one in now.validations if one.refuses)
    checks = list(islice(((box, said) for one, said in saying for box in one.boxes), MAX_BOXES))
    return [
        address_of((row, column))
        for one, words in ((one, _words(one)) for one in issued.validations if one.second or are_left)
        for row, column in _cells(one.boxes)
        if not any(holds(where, row, column) and said == words for where, said in checks)
    ]


def _words(one: Validation) -> tuple[str, ...]:
    """What a validation asks for, wherever its area begins; LibreOffice writes 1 for TRUE."""
    row, column, *_ = next(one.boxes, (1, 1))
    formulas = (plain(formula).replace("TRUE", "1") for formula in (one.first, one.second))
    return one.kind, one.operator, *(relative(formula, row, column) for formula in formulas)
