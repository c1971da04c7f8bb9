"""The live self-check: hidden codes and a visible hint on every row with inputs, and the sheet 自检.

Layout: right of the print area one visible column says in words what is wrong on the row now; the hidden column beside
it holds the codes of all rules the row fails (E003W001), row 1 all codes of the sheet; the next hidden column leads to
the first row with something wrong, and one right of all others to the first with an error.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from workbook_builder.blank.bind import Binder, Instance, says_its_label, text_literal
from workbook_builder.blank.draw import Look
from workbook_builder.blank.guards import PASSED, add_format, font_coloured
from workbook_builder.cells import row_and_column
from workbook_builder.form.layout import LaidSheet
from workbook_builder.form.rules import BROKEN_ROW_CODE, CODE_LENGTH, LEVEL_NAMES, MOVED_CELL_CODE
from workbook_builder.form.workbook_names import CODES_NAME, MESSAGES_NAME

CHINESE_CHARSET = 134
RED, BROWN, GREEN = "C00000", "7F6000", "2E7D32"
HINT_WIDTH, HINT_POINTS = 110, 9  # nearly every sentence stands in one line: the rows of the form are low
ZOOM_PERCENT = 85  # form and hints side by side on a screen of 1366 x 768
CODES_PER_GROUP = 50  # formualizer takes no more than 256 operators in a row
BROKEN_ROW_TITLE = "单元格中有错误值"
BROKEN_ROW_MESSAGE = "本行有错误值（如 #N/A），请删除后重新填写。"
MOVED_CELL_TITLE = "单元格被剪切或拖动"
MOVED_CELL_MESSAGE = "单元格被剪切或拖动，请撤销，或用下发的原文件重填。"


class RowCheck(NamedTuple):
    """What is checked on one row."""

    row: int
    inputs: Sequence[str]  # addresses of its inputs
    instances: Sequence[Instance]
    notes: Sequence[str]  # formulas that give text


def row_checks(
    binder: Binder, laid: LaidSheet, instances: Sequence[Instance], notes: Iterable[tuple[int, str]] = ()
) -> list[RowCheck]:
    """The checks of a sheet, one for every row with an input or a rule; `instances` are those of this sheet.

    notes: more that is said beside a row where nothing is wrong.
    """
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
    for row, note in notes:
        checks[row] = checks[row]._replace(notes=[*checks[row].notes, note])
    checks = {row: check._replace(instances=_errors_first(check.instances)) for row, check in checks.items()}
    return [checks[row] for row in sorted(checks) if checks[row].inputs or checks[row].instances]


def _errors_first(instances: Sequence[Instance]) -> list[Instance]:
    """So that the first code of a row, which is said beside it, is never a reminder before an error."""
    return sorted(instances, key=lambda instance: instance.rule.severity != "error")


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
    words = words_of(first)
    for instance in reversed([i for i in check.instances if "&" in i.message]):
        own = (
            instance.message
            if says_its_label(instance.rule, instance.slot.field.label)
            else (f"{text_literal(instance.slot.field.label + '：')}&{instance.message}")
        )
        words = f'IF({first}="{instance.code}",{own},{words})'
    otherwise = "&".join(check.notes) or '""'
    return f'=IF({code_cell}="",{otherwise},{level_formula(code_cell)}&{words}&{how_many_more(code_cell)})'


def words_of(code: str) -> str:
    """The formula of the fixed sentence for a code."""
    return f"INDEX({MESSAGES_NAME},MATCH({code},{CODES_NAME},0))"


def level_formula(code: str) -> str:
    """The formula of 【错误】 or 【提醒】 before a sentence, by its code."""
    return f'IF(LEFT({code},1)="W","【{LEVEL_NAMES["warning"]}】","【{LEVEL_NAMES["error"]}】")'


def how_many_more(codes: str) -> str:
    """The formula of what stands behind the first sentence of a row: how many more its codes tell, and where to see them."""
    more = f'TEXT(LEN({codes})/{CODE_LENGTH}-1,"0")'
    return f'IF(LEN({codes})>{CODE_LENGTH},"（另"&{more}&"处见自检）","")'


def add_row_checks(
    sheet: Worksheet, laid: LaidSheet, checks: Sequence[RowCheck], banner: str, error_column: int
) -> None:
    """Writes the columns of a sheet's self-check; banner: the cell of 自检 that says the verdict."""
    hint, code, following = (get_column_letter(laid.hint_column + step) for step in range(3))
    rows, look = [check.row for check in checks], _hint_look()
    for check in checks:
        sheet[f"{code}{check.row}"] = codes_formula(check, laid.code_column)
        sheet[f"{hint}{check.row}"] = hint_formula(check, f"${code}{check.row}")
        look.on(sheet[f"{hint}{check.row}"])
    _lead_on(sheet, following, rows, lambda row: f'{code}{row}<>""', code)
    _lead_on(sheet, get_column_letter(error_column), rows, lambda row: f'LEFT({code}{row},1)="E"', code)
    cells = [f"{code}{row}" for row in rows]
    groups = (cells[start : start + CODES_PER_GROUP] for start in range(0, len(cells), CODES_PER_GROUP))
    sheet[f"{code}1"] = "=" + "&".join(f"({'&'.join(group)})" for group in groups)
    sheet[f"{hint}1"] = f'=HYPERLINK("#{banner}",{banner})'
    _hint_look(bold=True).on(sheet[f"{hint}1"])
    is_passed = f'LEFT(${hint}$1,{len(PASSED)})="{PASSED}"'
    add_format(sheet, f"{hint}1", is_passed, font_coloured(GREEN))
    is_warning = f'LEFT(${code}{rows[0]},1)<>"E"'
    add_format(sheet, f"{hint}{rows[0]}:{hint}{rows[-1]}", is_warning, font_coloured(BROWN))
    _size_columns(sheet, laid)


def _lead_on(sheet: Worksheet, column: str, rows: Sequence[int], holds: Callable[[int], str], code: str) -> None:
    """Down a hidden column, in each cell the next row, its own included, of which something holds.

    rows: those that are checked; in row 1, which holds the codes of all, the first such row.
    """
    for row in range(1, rows[-1] + 1):
        onward = f"{column}{row + 1}"
        is_checked = row > 1 and row in rows
        sheet[f"{column}{row}"] = f"=IF({holds(row)},ROW({code}{row}),{onward})" if is_checked else f"={onward}"
    sheet[f"{column}{rows[-1] + 1}"] = '=""'


def say_beside(sheet: Worksheet, laid: LaidSheet, words: str) -> None:
    """A fixed sentence where other sheets say the verdict."""
    cell = f"{get_column_letter(laid.hint_column)}1"
    sheet[cell] = words
    _hint_look(color=BROWN).on(sheet[cell])
    _size_columns(sheet, laid)


def _size_columns(sheet: Worksheet, laid: LaidSheet) -> None:
    sheet.column_dimensions[get_column_letter(laid.hint_column)].width = HINT_WIDTH
    sheet.column_dimensions[get_column_letter(laid.confirm_column)].width = 2
    sheet.sheet_view.zoomScale = ZOOM_PERCENT


def _hint_look(*, bold: bool = False, color: str = RED) -> Look:
    return Look(
        font=Font(name="宋体", size=HINT_POINTS, bold=bold, color=color, charset=CHINESE_CHARSET),
        alignment=Alignment(horizontal="left", vertical="center", wrap_text=True),
    )
