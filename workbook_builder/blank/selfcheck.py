"""The live self-check: hidden codes and a visible hint on every row with inputs, and the sheet 自检.

Layout: right of the print area one visible column says in words what is wrong on the row now; the hidden column beside
it holds the codes of all rules the row fails (E003W001), row 1 all codes of the sheet; the next hidden column leads to
the first row with something wrong.
"""

from collections.abc import Sequence
from typing import NamedTuple, cast

from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from workbook_builder.blank.bind import Binder, Instance, quoted, text_literal
from workbook_builder.blank.draw import copy_style
from workbook_builder.blank.guards import ERROR_FILL, PASS_FILL, WARNING_FILL, add_format, filled, font_coloured
from workbook_builder.cells import row_and_column
from workbook_builder.findings import Severity
from workbook_builder.form.layout import LaidSheet, Layout
from workbook_builder.form.rules import BROKEN_ROW_CODE, CODE_LENGTH, LEVEL_NAMES, MOVED_CELL_CODE
from workbook_builder.form.workbook_names import CODES_NAME, MESSAGES_NAME

CHINESE_CHARSET = 134
RED, BROWN, GREEN = "C00000", "7F6000", "2E7D32"
HINT_WIDTH, HINT_POINTS = 80, 9  # nearly every sentence stands in one line: the rows of the form are low
PASSED = "可以上报"
CODES_PER_GROUP = 50  # formualizer takes no more than 256 operators in a row
BROKEN_ROW_TITLE = "单元格中有错误值"
BROKEN_ROW_MESSAGE = "本行有错误值（如 #N/A），请删除后重新填写。"
MOVED_CELL_TITLE = "单元格被剪切或拖动"
MOVED_CELL_MESSAGE = "单元格被剪切或拖动，请撤销，或用下发的原文件重填。"


class RuleLine(NamedTuple):
    """A line of 自检: a rule with all its codes."""

    title: str
    severity: Severity
    codes: Sequence[str]


class RowCheck(NamedTuple):
    """What is checked on one row."""

    row: int
    inputs: Sequence[str]  # addresses of its inputs
    instances: Sequence[Instance]
    notes: Sequence[str]  # formulas that give text


def row_checks(binder: Binder, laid: LaidSheet, instances: Sequence[Instance]) -> list[RowCheck]:
    """The checks of a sheet, one for every row with an input or a rule; `instances` are those of this sheet."""
    checks: dict[int, RowCheck] = {}
    for slot in binder.layout.parts[laid.sub_project]:
        if slot.place.sheet == laid.title and slot.kind != "helper":
            check = checks.setdefault(slot.place.row, RowCheck(slot.place.row, [], [], []))
            note = binder.note(slot) if slot.row is None else None
            inputs = [*check.inputs, slot.place.address] if slot.kind == "input" else check.inputs
            checks[check.row] = check._replace(inputs=inputs, notes=[*check.notes, *([note] if note else [])])
    for instance in instances:
        check = checks[instance.slot.place.row]
        checks[check.row] = check._replace(instances=[*check.instances, instance])
    return [checks[row] for row in sorted(checks) if checks[row].inputs or checks[row].instances]


def codes_formula(check: RowCheck, code_column: int) -> str:
    """All codes that the row fails, one after the other; an error value anywhere gives E000, a moved input EMOV."""
    parts = [f'IF({instance.fails_when},"{instance.code}","")' for instance in check.instances]
    codes = f'IFERROR({"&".join(parts)},"{BROKEN_ROW_CODE}")' if parts else '""'
    if not check.inputs:
        return f"={codes}"
    # A reference follows a cell that is cut or dragged, and dies with one that is overwritten.
    moved = ",".join(_is_elsewhere(address, code_column) for address in check.inputs)
    # No rule reads every input in every case.
    broken = ",".join(f"ISERROR({address})" for address in check.inputs)
    return f'=IF(IFERROR(OR({moved}),TRUE),"{MOVED_CELL_CODE}",IF(OR({broken}),"{BROKEN_ROW_CODE}",{codes}))'


def _is_elsewhere(address: str, code_column: int) -> str:
    """Whether a reference to an input of the code's row has left its place, counted from the code: columns may shift."""
    _, column = row_and_column(address)
    return f"ROW({address})<>ROW(),COLUMN()-COLUMN({address})<>{code_column - column}"


def hint_formula(check: RowCheck, code_cell: str) -> str:
    """The first message of the row and how many more; where nothing is wrong, what is worth knowing."""
    first = f"LEFT({code_cell},{CODE_LENGTH})"
    words = f"INDEX({MESSAGES_NAME},MATCH({first},{CODES_NAME},0))"
    for instance in reversed([i for i in check.instances if "&" in i.message]):
        label = text_literal(instance.slot.field.label + "：")
        words = f'IF({first}="{instance.code}",{label}&{instance.message},{words})'
    more = f'IF(LEN({code_cell})>{CODE_LENGTH},"（另有"&TEXT(LEN({code_cell})/{CODE_LENGTH}-1,"0")&"处）","")'
    otherwise = "&".join(check.notes) or '""'
    return f'=IF({code_cell}="",{otherwise},{words}&{more})'


def add_row_checks(sheet: Worksheet, laid: LaidSheet, checks: Sequence[RowCheck], banner: str) -> None:
    """Writes the three columns of a sheet's self-check; banner: the cell of 自检 that says the verdict."""
    hint, code, following = (get_column_letter(laid.hint_column + step) for step in range(3))
    rows = [check.row for check in checks]
    for check, next_row in zip(checks, [*rows[1:], None], strict=True):
        sheet[f"{code}{check.row}"] = codes_formula(check, laid.code_column)
        sheet[f"{hint}{check.row}"] = hint_formula(check, f"${code}{check.row}")
        onward = f"{following}{next_row}" if next_row else '""'
        sheet[f"{following}{check.row}"] = f'=IF({code}{check.row}="",{onward},ROW({code}{check.row}))'
        _hint_style(sheet, f"{hint}{check.row}")
    cells = [f"{code}{row}" for row in rows]
    groups = (cells[start : start + CODES_PER_GROUP] for start in range(0, len(cells), CODES_PER_GROUP))
    sheet[f"{code}1"] = "=" + "&".join(f"({'&'.join(group)})" for group in groups)
    sheet[f"{following}1"] = f"={following}{rows[0]}"
    sheet[f"{hint}1"] = f"={banner}"
    _hint_style(sheet, f"{hint}1", bold=True)
    is_passed = f'LEFT(${hint}$1,{len(PASSED)})="{PASSED}"'
    add_format(sheet, f"{hint}1", is_passed, font_coloured(GREEN))
    is_warning = f'LEFT(${code}{rows[0]},1)<>"E"'
    add_format(sheet, f"{hint}{rows[0]}:{hint}{rows[-1]}", is_warning, font_coloured(BROWN))
    _size_columns(sheet, laid)


def say_beside(sheet: Worksheet, laid: LaidSheet, words: str) -> None:
    """A fixed sentence where other sheets say the verdict."""
    cell = f"{get_column_letter(laid.hint_column)}1"
    sheet[cell] = words
    _hint_style(sheet, cell, color=BROWN)
    _size_columns(sheet, laid)


def _size_columns(sheet: Worksheet, laid: LaidSheet) -> None:
    sheet.column_dimensions[get_column_letter(laid.hint_column)].width = HINT_WIDTH
    sheet.column_dimensions[get_column_letter(laid.confirm_column)].width = 2


def _hint_style(sheet: Worksheet, cell: str, *, bold: bool = False, color: str = RED) -> None:
    sheet[cell].font = Font(name="宋体", size=HINT_POINTS, bold=bold, color=color, charset=CHINESE_CHARSET)
    sheet[cell].alignment = Alignment(horizontal="left", vertical="center", wrap_text=True)


class CheckSheet:
    """Fills the sheet 自检: a banner, a line per sheet, a line per rule with its count on each sheet."""

    def __init__(self, sheet: Worksheet, laid: LaidSheet, layout: Layout):
        self._sheet, self._checked = sheet, layout.checked_sheets
        self._first = {marker.key: (laid.first(marker.row), marker.column) for marker in laid.source.markers}
        self._last_column = laid.source.last_column

    def _cell(self, key: str, down: int = 0, right: int = 0) -> Cell:
        row, column = self._first[key]
        return cast(Cell, self._sheet.cell(row + down, column + right))

    def fill(self, rules: Sequence[RuleLine]) -> None:
        """Writes everything; one line per rule, in the order given."""
        for line, laid in enumerate(self._checked):
            self._sheet_line(line, laid)
        for line, rule in enumerate(rules):
            self._rule_line(line, rule)
        for right, laid in enumerate(self._checked):
            self._like("check.sheet_titles", 0, right).value = laid.title
        self._banner()
        self._colours(len(rules))
        last = self._cell("check.rule.by_sheet", len(rules) - 1, len(self._checked) - 1)
        column = get_column_letter(max(last.column, self._last_column))
        self._sheet.print_area = f"A1:{column}{last.row}"

    def _like(self, key: str, down: int, right: int) -> Cell:
        """The cell `right` of the marker's, looking like it."""
        cell, original = self._cell(key, down, right), self._cell(key, down)
        if right:
            copy_style(original, cell)
            letters = get_column_letter(original.column), cell.column_letter
            self._sheet.column_dimensions[letters[1]].width = self._sheet.column_dimensions[letters[0]].width
        return cell

    def _title(self, cell: Cell, laid: LaidSheet) -> None:
        cell.value = laid.title
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"{quoted(laid.title)}!A1")

    def _sheet_line(self, line: int, laid: LaidSheet) -> None:
        title, hint = quoted(laid.title), get_column_letter(laid.hint_column)
        codes = f"{title}!${get_column_letter(laid.code_column)}$1"
        first = f"{title}!${get_column_letter(laid.next_column)}$1"
        hints = f"{title}!${hint}$1:${hint}${len(laid.rows)}"
        link = f'HYPERLINK("#{title}!A"&TEXT({first},"0"),INDEX({hints},{first}))'
        self._title(self._cell("check.sheet.title", line), laid)
        self._cell("check.sheet.errors", line).value = "=" + _count(codes, ["E"])
        self._cell("check.sheet.warnings", line).value = "=" + _count(codes, ["W"])
        self._cell("check.sheet.first", line).value = f'=IF({first}="","",{link})'

    def _rule_line(self, line: int, rule: RuleLine) -> None:
        self._cell("check.rule.message", line).value = rule.title
        self._cell("check.rule.severity", line).value = LEVEL_NAMES[rule.severity]
        for right, laid in enumerate(self._checked):
            codes = f"{quoted(laid.title)}!${get_column_letter(laid.code_column)}$1"
            self._like("check.rule.by_sheet", line, right).value = "=" + _count(codes, rule.codes)
        first = self._cell("check.rule.by_sheet", line).coordinate
        last = self._cell("check.rule.by_sheet", line, len(self._checked) - 1).coordinate
        self._cell("check.rule.count", line).value = f"=SUM({first}:{last})"

    def _colours(self, rules: int) -> None:
        """Colours the lines of rules that fail, and the counts of sheets on which something does."""
        first, level = self._cell("check.rule.message"), self._cell("check.rule.severity")
        count, last = (
            self._cell("check.rule.count"),
            self._cell("check.rule.by_sheet", rules - 1, len(self._checked) - 1),
        )
        lines = f"{first.coordinate}:{last.coordinate}"
        kinds: Sequence[tuple[Severity, str, str]] = (
            ("error", "check.sheet.errors", ERROR_FILL),
            ("warning", "check.sheet.warnings", WARNING_FILL),
        )
        for severity, key, fill in kinds:
            is_of_kind = f'${level.column_letter}{level.row}="{LEVEL_NAMES[severity]}"'
            fails = f"AND(${count.column_letter}{count.row}>0,{is_of_kind})"
            add_format(self._sheet, lines, fails, filled(fill))
            top, bottom = self._cell(key), self._cell(key, len(self._checked) - 1)
            add_format(self._sheet, f"{top.coordinate}:{bottom.coordinate}", f"{top.coordinate}>0", filled(fill))

    def _banner(self) -> None:
        last = len(self._checked) - 1
        errors, warnings = (
            f"SUM({self._cell(key).coordinate}:{self._cell(key, last).coordinate})"
            for key in ("check.sheet.errors", "check.sheet.warnings")
        )
        banner = self._cell("check.banner")
        banner.value = (
            f'=IF({errors}>0,"尚有 "&TEXT({errors},"0")&" 项未通过","{PASSED}")'
            f'&IF({warnings}>0,"（另有 "&TEXT({warnings},"0")&" 项提醒）","")'
        )
        is_passed = f'LEFT(${banner.coordinate},{len(PASSED)})="{PASSED}"'
        add_format(self._sheet, banner.coordinate, is_passed, filled(PASS_FILL))
        add_format(self._sheet, banner.coordinate, f"NOT({is_passed})", filled(ERROR_FILL))


def _count(codes: str, wanted: Sequence[str]) -> str:
    """How often codes of the same length stand in a text of codes."""
    counts = [f'LEN({codes})-LEN(SUBSTITUTE({codes},"{code}",""))' for code in wanted]
    return f"({'+'.join(counts)})/{len(wanted[0])}"
