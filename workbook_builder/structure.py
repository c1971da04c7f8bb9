"""Structure findings: what differs from the blank besides the answers."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from workbook_builder.blank import Blank
from workbook_builder.catalogue import Catalogue
from workbook_builder.cells import EMPTY, Place
from workbook_builder.declaration import Typed
from workbook_builder.findings import Finding, place
from workbook_builder.identity import Identity
from workbook_builder.judge import Judgement
from workbook_builder.locate import Located, real_title
from workbook_builder.normalise import amount_text, tight
from workbook_builder.reading import Reading
from workbook_builder.stamp import Value


def structure_findings(
    reading: Reading, blank: Blank, identity: Identity, located: Located, judgement: Judgement, catalogue: Catalogue
) -> Iterator[Finding]:
    """All differences, in the order of the sheets."""
    missing = list(_missing_sheets(reading, blank, identity))
    for title in missing:
        message = f"缺少工作表「{title}」。请用下发的原文件重新填写，不要删除或改名工作表。"
        yield _finding(catalogue, "structure.sheet_missing", title, None, None, message)
    yield from _changed_labels(reading, blank, identity, catalogue)
    yield from _replaced_formulas(reading, located, judgement, blank, catalogue)


def _finding(
    catalogue: Catalogue,
    rule: str,
    sheet: str | None,
    cell: str | None,
    key: str | None,
    message: str,
    value: str | None = None,
    expected: str | None = None,
) -> Finding:
    return Finding(rule, catalogue.severity(rule), sheet, cell, key, message, value, expected)


def _missing_sheets(reading: Reading, blank: Blank, identity: Identity) -> Iterator[str]:
    with_keys = {slot.place.sheet for slot in blank.layout.slots.values()}
    for laid in blank.layout.sheets:
        title = real_title(laid.title, blank.layout, identity)
        if laid.title in with_keys and title not in reading.sheets:
            yield title


def _changed_labels(reading: Reading, blank: Blank, identity: Identity, catalogue: Catalogue) -> Iterator[Finding]:
    for (sheet, row, column), label in blank.labels.items():
        title = real_title(sheet, blank.layout, identity)
        if title not in reading.sheets:
            continue
        cell = reading.sheets[title].cells.get((row, column), EMPTY)
        found = str(cell.value) if cell.value is not None else ""
        if found == label:
            continue
        address = Place(title, row, column).address
        where = place(title, address)
        if tight(found) == tight(label):
            rule, message = (
                "structure.label_touched",
                f"{where}：固定文字的空格或全半角被改动，应为“{label}”，现为“{found}”。",
            )
        else:
            shown = f"“{found}”" if found else "空白"
            rule = "structure.label_changed"
            message = f"{where}：固定文字被改动，应为“{label}”，现为{shown}。请用下发的原文件重新填写，或改回原文字。"
        yield _finding(catalogue, rule, title, address, None, message, found, label)


def _replaced_formulas(
    reading: Reading, located: Located, judgement: Judgement, blank: Blank, catalogue: Catalogue
) -> Iterator[Finding]:
    rule = "structure.formula_replaced"
    if not located.constants:
        return
    if not any(cell.formula is not None for sheet in reading.sheets.values() for cell in sheet.cells.values()):
        message = "文件中的公式全部变成了数值（可能由其他程序另存），已重新计算核对。请尽量用 Excel 或 WPS 直接保存。"
        yield _finding(catalogue, rule, None, None, None, message)
        return
    for key in sorted(located.constants - located.failed, key=list(located.places).index):
        declared, computed = located.values[key], judgement.recomputed.get(key)
        if not _same(declared, computed):
            continue  # what was typed is judged by the funds rules
        where, label = located.places[key], blank.layout.slots[key].field.label
        message = f"{place(where.sheet, where.address, label)}：公式被数值替换，数值与重新计算的结果相同。请不要改动公式单元格。"
        shown = amount_text(declared) if isinstance(declared, Decimal) else str(declared)
        yield _finding(catalogue, rule, where.sheet, where.address, key, message, shown)


def _same(declared: Typed, computed: Value) -> bool:
    if isinstance(declared, Decimal) and isinstance(computed, int | float | Decimal):
        return abs(declared - Decimal(repr(computed))) < Decimal("0.005")
    return declared == computed


def prefilled_findings(
    located: Located, issued: Mapping[str, Typed], blank: Blank, catalogue: Catalogue
) -> Iterator[Finding]:
    """Roster cells that are not as issued; `issued` holds their values by full key."""
    for key, value in issued.items():
        slot = blank.layout.slots.get(key)
        if slot is None or key not in located.places or located.values.get(key) == value:
            continue
        where = located.places[key]
        found = located.values.get(key)
        shown = "空白" if found is None else f"“{found}”"
        message = (
            f"{place(where.sheet, where.address, slot.field.label)}：由财政部门预先填写，应为“{value}”，现为{shown}。"
            "请改回，或与财政部门联系更改。"
        )
        text = None if found is None else str(found)
        yield _finding(
            catalogue, "structure.prefilled_changed", where.sheet, where.address, key, message, text, str(value)
        )
