"""What guards an input in the unit's program: data validation, colours by the self-check, protection."""

from collections.abc import Iterable, Sequence
from typing import Literal

from openpyxl.formatting.rule import Rule as FormatRule
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import NumberFormat
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from workbook_builder.form.layout import LaidSheet, Slot
from workbook_builder.form.rules import BROKEN_ROW_CODE, MOVED_CELL_CODE
from workbook_builder.form.workbook_names import choices_name
from workbook_builder.values.amounts import AMOUNT_LIMIT_YUAN
from workbook_builder.values.serials import FIRST_DATE, FIRST_YEAR, LAST_DATE, LAST_YEAR, serial

PROMPT_TITLE_LIMIT, PROMPT_LIMIT = 32, 255
PASSED = "可以上报"  # how the verdict begins where nothing is wrong
INPUT_FILL, ERROR_FILL, WARNING_FILL, PASS_FILL = "FFF8DC", "FFC7CE", "FFE699", "C6EFCE"
HIDE = DifferentialStyle(numFmt=NumberFormat(numFmtId=190, formatCode=";;;"))


def add_validation(sheet: Worksheet, slots: Sequence[Slot], comparator: Slot | None) -> None:
    """Validates one input, or one column of the indicator table; the slots are of one field, one below the other.

    comparator: the comparator on the first slot's row, which decides what a value may be.
    """
    first, last = slots[0], slots[-1]
    column = get_column_letter(first.place.column)
    check = _validation(first, comparator)
    check.showInputMessage = check.showErrorMessage = True
    check.promptTitle = check.errorTitle = first.field.label[:PROMPT_TITLE_LIMIT]
    if first.field.prompt:
        check.prompt = first.field.prompt[:PROMPT_LIMIT]
    check.add(f"{column}{first.place.row}:{column}{last.place.row}" if len(slots) > 1 else first.place.address)
    sheet.add_data_validation(check)


def _validation(slot: Slot, comparator: Slot | None) -> DataValidation:
    cell = slot.place.address
    match slot.field.type:
        case "amount":
            formula = f"AND(ISNUMBER({cell}),{cell}>=0,{cell}<{AMOUNT_LIMIT_YUAN},ROUND({cell},2)={cell})"
            return _stop("custom", formula, "请填写不小于 0、最多两位小数的金额（元），不写“元”“万”和逗号。")
        case "number":
            message = "请填写大于 0、最多两位小数的数；没有指标的行不填。"
            return DataValidation("decimal", operator="greaterThan", formula1="0", allow_blank=True, error=message)
        case "date":
            message = f"请填写 {FIRST_YEAR} 年至 {LAST_YEAR} 年之间的日期，如 2022-01-01。"
            check = DataValidation("date", operator="between", allow_blank=True, error=message)
            check.formula1, check.formula2 = str(serial(FIRST_DATE)), str(serial(LAST_DATE))
            return check
        case "choice":
            return _stop("list", choices_name(slot.field.key), "请从下拉列表中选择。")
        case "comparator":
            return _stop("list", choices_name(slot.field.key), "请从下拉列表中选择 ≥、>、=、<、≤ 或 定性。")
        case "target" if comparator:
            formula = _target_formula(f"${cell}", f"${comparator.place.address}")
            return _stop("custom", formula, "定量指标请填不小于 0 的数，单位填在右边一格；定性指标请填文字。")
        case "unit":
            check = _stop("list", choices_name(slot.field.key), "列表中没有这个单位，确定要用吗？")
            check.errorStyle = "warning"
            return check
        case _:
            limit = slot.field.limit or 32767
            check = DataValidation("textLength", operator="lessThanOrEqual", formula1=str(limit), allow_blank=True)
            check.error = f"最多 {limit} 字，请精简。"
            return check


def _stop(kind: Literal["custom", "list"], formula: str, message: str) -> DataValidation:
    return DataValidation(kind, formula1=formula, allow_blank=True, error=message, errorStyle="stop")


def _target_formula(target: str, comparator: str) -> str:
    """The value's validation: a number for a relation, text for 定性, either while the comparator is empty."""
    is_quantity = f"AND(ISNUMBER({target}),{target}>=0)"
    return f'IF({comparator}="定性",ISTEXT({target}),IF({comparator}="",TRUE,{is_quantity}))'


def colour_inputs(
    sheet: Worksheet, laid: LaidSheet, slots: Sequence[Slot], codes: Iterable[str], comparator: Slot | None
) -> None:
    """Colours one input, or one table column, by its own codes on the same row.

    A blank input is lightly coloured until the workbook may go, but for the unit beside 定性, which stays empty.
    comparator: of the same row, where the table has one.
    """
    first, last = slots[0], slots[-1]
    area = f"{first.place.address}:{get_column_letter(first.last_column)}{last.last_row}"
    row = first.place.row
    code_cell = f"${get_column_letter(laid.code_column)}{row}"
    own = [MOVED_CELL_CODE, BROKEN_ROW_CODE, *codes] if first.kind != "formula" else list(codes)
    for severity, fill in (("E", ERROR_FILL), ("W", WARNING_FILL)):
        if shows_code := [f'ISNUMBER(FIND("{code}",{code_cell}))' for code in own if code.startswith(severity)]:
            sheet.conditional_formatting.add(area, _rule(f"OR({','.join(shows_code)})", filled(fill), stop=True))
    if first.kind == "input":
        verdict = f"${get_column_letter(laid.hint_column)}$1"
        wanted = [
            f"ISBLANK(${get_column_letter(first.place.column)}{row})",
            f'LEFT({verdict},{len(PASSED)})<>"{PASSED}"',
        ]
        if first.field.type == "unit" and comparator:
            wanted.append(f'${comparator.place.address}<>"定性"')
        sheet.conditional_formatting.add(area, _rule(f"AND({','.join(wanted)})", filled(INPUT_FILL)))


def hide_qualitative(sheet: Worksheet, slots: Sequence[Slot]) -> None:
    """定性 is chosen but not printed: the value beside it says it all."""
    first, last = slots[0].place, slots[-1].place
    area = f"{first.address}:{last.address}"
    sheet.conditional_formatting.add(area, _rule(f'${first.address}="定性"', HIDE))


def filled(color: str) -> DifferentialStyle:
    """A fill of a conditional format; those read the background colour."""
    return DifferentialStyle(fill=PatternFill("solid", bgColor=color))


def font_coloured(color: str) -> DifferentialStyle:
    """A font colour of a conditional format."""
    return DifferentialStyle(font=Font(color=color))


def _rule(formula: str, style: DifferentialStyle, *, stop: bool = False) -> FormatRule:
    return FormatRule(type="expression", dxf=style, formula=[formula], stopIfTrue=stop or None)


def add_format(sheet: Worksheet, area: str, formula: str, style: DifferentialStyle) -> None:
    """A conditional format by a formula."""
    sheet.conditional_formatting.add(area, _rule(formula, style, stop=True))
