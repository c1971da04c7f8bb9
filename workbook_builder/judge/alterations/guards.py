"""Protection and validations: what kept a person from typing where or what the form does not want."""

from collections import Counter
from collections.abc import Iterator, Mapping

from workbook_builder.findings import Finding
from workbook_builder.judge.alterations.compared import Compared, Pair, address_of, listed, sheets_named
from workbook_builder.ooxml.formula_text import plain, relative
from workbook_builder.ooxml.sheet_guards import FALSE, Box, SheetGuards, Validation
from workbook_builder.rule_ids import STRUCTURE_PROTECTION_REMOVED, STRUCTURE_VALIDATION_REMOVED

# What protection forbids unless it says otherwise, and what it allows; scenarios are none of a form's.
FORBIDDEN = (
    "formatCells", "formatColumns", "formatRows", "insertColumns", "insertRows", "insertHyperlinks", "deleteColumns",
    "deleteRows", "sort", "autoFilter", "pivotTables",
)  # fmt: skip
ALLOWED = ("objects",)
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
    if loosened := [pair.now.title for pair in issued if pair.now.title not in bare and _is_looser(pair)]:
        message = f"{sheets_named(loosened)}的保护被重新设置，允许的操作比下发时多。{USE_THE_ORIGINAL}"
        yield compared.told(rule, message, loosened[0])
    yield from _structure(compared)
    yield from _passwords(compared, [pair for pair in issued if pair.now.title not in bare])
    yield from _unlocked_cells(compared)


def _is_on(attributes: Mapping[str, str] | None) -> bool:
    return attributes is not None and attributes.get("sheet", "0") not in FALSE


def _is_looser(pair: Pair) -> bool:
    issued, now = pair.issued.protection or {}, pair.now.protection or {}
    may = [name for name in FORBIDDEN if now.get(name, "1") in FALSE and issued.get(name, "1") not in FALSE]
    no_longer = [name for name in ALLOWED if now.get(name, "0") in FALSE and issued.get(name, "0") not in FALSE]
    return bool(may or no_longer)


def _structure(compared: Compared) -> Iterator[Finding]:
    """The lock on the workbook's sheets: that none is added, renamed or taken away."""
    issued, now = compared.blank.pristine.workbook_protection or {}, compared.reading.workbook_protection or {}
    is_gone = issued.get("lockStructure", "0") not in FALSE and now.get("lockStructure", "0") in FALSE
    if is_gone and "workbook protection" not in compared.losses:
        message = f"工作簿结构的保护已被取消（可以增删、改名工作表）。{USE_THE_ORIGINAL}"
        yield compared.told(STRUCTURE_PROTECTION_REMOVED, message)


def _passwords(compared: Compared, protected: list[Pair]) -> Iterator[Finding]:
    """All sheets of a workbook, and the workbook, go out with one password."""
    hashes = {pair.now.title: _hash(pair.now.protection or {}, "") for pair in protected}
    of_book = _hash(compared.reading.workbook_protection or {}, "workbook")
    words = "的保护密码与其他工作表不同，可能取消保护后又重新设置过。"
    if len({*hashes.values(), *([of_book] if of_book else [])}) > 1:
        usual = of_book or Counter(hashes.values()).most_common(1)[0][0]
        others = [title for title, own in hashes.items() if own != usual]
        yield compared.told(STRUCTURE_PROTECTION_REMOVED, f"{sheets_named(others)}{words}{USE_THE_ORIGINAL}", others[0])
    elif hashes and not any(hashes.values()) and _went_out_with_password(compared):
        message = f"各工作表的保护没有了密码，可能取消保护后又重新设置过。{USE_THE_ORIGINAL}"
        yield compared.told(STRUCTURE_PROTECTION_REMOVED, message)


def _went_out_with_password(compared: Compared) -> bool:
    """A return copy has the password of the file that was returned, which a program may have left behind."""
    return compared.opened.identity.submission == 1 and "password" not in compared.losses


def _hash(attributes: Mapping[str, str], prefix: str) -> tuple[str, ...]:
    """What tells one password from another; () without one."""
    names = ("hashValue", "saltValue", "password")
    found = (attributes.get(f"{prefix}{name[0].upper()}{name[1:]}" if prefix else name, "") for name in names)
    return tuple(word for word in found if word)


def _unlocked_cells(compared: Compared) -> Iterator[Finding]:
    """Fixed texts and formulas that may now be typed over, though their sheets are protected."""
    if not compared.is_comparable:
        return
    for pair in compared.unmoved_pairs:
        now = pair.now.cells
        unlocked = [
            address_of(position)
            for position, cell in pair.issued.cells.items()
            if cell.is_locked and position in now and not now[position].is_locked
        ]
        if unlocked:
            message = f"「{pair.now.title}」表 {listed(unlocked)}：单元格的锁定已被取消。{USE_THE_ORIGINAL}"
            yield compared.told(STRUCTURE_PROTECTION_REMOVED, message, pair.now.title, unlocked[0])


def validations(compared: Compared) -> Iterator[Finding]:
    """Inputs that no longer refuse what the form does not want."""
    if not compared.is_comparable or compared.located.placing.moved:  # a cell that was cut takes its validation along
        return
    if compared.moved_titles:  # LibreOffice then moves the references of other sheets' validations, too
        return
    pairs = [pair for pair in compared.unmoved_pairs if pair.issued.guards.validations]
    here = [one for pair in pairs for one in pair.now.guards.validations if one.refuses]
    if "validations" in compared.losses and not here:
        return
    are_left = "simple validations" not in compared.losses or any(not one.second for one in here)
    for pair in pairs:
        if lost := _lost(pair.issued.guards, pair.now.guards, are_left=are_left):
            message = f"「{pair.now.title}」表 {listed(lost)}：填报单元格的数据验证被去掉或改动。{PASTE_VALUES}"
            yield compared.told(STRUCTURE_VALIDATION_REMOVED, message, pair.now.title, lost[0])


def _lost(issued: SheetGuards, now: SheetGuards, *, are_left: bool) -> list[str]:
    """The cells whose validation is gone or another; are_left: whether the program has kept those of one formula."""
    if {*issued.validations} <= {*now.validations}:  # as nearly every program writes them
        return []
    checks = [(box, _words(one)) for one in now.validations if one.refuses for box in one.boxes]
    return [
        address_of((row, column))
        for one, words in ((one, _words(one)) for one in issued.validations if one.second or are_left)
        for box in one.boxes
        for row in range(box[0], box[2] + 1)
        for column in range(box[1], box[3] + 1)
        if not any(_holds(where, row, column) and said == words for where, said in checks)
    ]


def _holds(box: Box, row: int, column: int) -> bool:
    return box[0] <= row <= box[2] and box[1] <= column <= box[3]


def _words(one: Validation) -> tuple[str, ...]:
    """What a validation asks for, wherever its area begins; LibreOffice writes 1 for TRUE."""
    row, column, *_ = next(one.boxes, (1, 1))
    formulas = (plain(formula).replace("TRUE", "1") for formula in (one.first, one.second))
    return one.kind, one.operator, *(relative(formula, row, column) for formula in formulas)
