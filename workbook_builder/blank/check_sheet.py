"""The sheet 自检: the verdict, a line for each sheet, a list of all problems, a line for each rule.

The list needs no macro: hidden cells lead from each problem to the next, within its sheet by the column that
`selfcheck.add_row_checks` writes there, and from one sheet to the next by a column beside the lines of the sheets.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, cast

from openpyxl.cell import Cell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from workbook_builder.blank.bind import quoted
from workbook_builder.blank.draw import copy_style
from workbook_builder.blank.guards import ERROR_FILL, PASS_FILL, PASSED, WARNING_FILL, add_format, filled
from workbook_builder.blank.page_breaks import fits_one_page
from workbook_builder.blank.selfcheck import how_many_more, level_formula, words_of
from workbook_builder.findings import Severity
from workbook_builder.form.laying_out import problem_lines
from workbook_builder.form.layout import LaidSheet, Layout
from workbook_builder.form.rules import CODE_LENGTH, LEVEL_NAMES
from workbook_builder.form.workbook_names import CODES_NAME, COLUMNS_NAME

LINK_LIMIT = 250  # characters that a link may show; programs differ behind 255
LEAST_PERCENT = 60  # of its size, at which the list is printed on one page
NOT_LISTED = "表较多，不在这里逐条列出；请看上面各表的首个问题，和各表右侧的提示。"


class RuleLine(NamedTuple):
    """A line of 自检: a rule with all its codes."""

    title: str
    severity: Severity
    codes: Sequence[str]


class _Helpers(NamedTuple):
    """The hidden columns beside the list of problems, or their cells in one row."""

    onward: str  # the next row of the same sheet
    sheet: str  # the number of its sheet
    row: str
    nth: str  # which code of its row
    codes: str  # all codes of its row


class CheckSheet:
    """Fills the sheet 自检."""

    def __init__(self, sheet: Worksheet, laid: LaidSheet, layout: Layout):
        self._sheet, self._checked, self._layout = sheet, layout.checked_sheets, layout
        self._first = {marker.key: (laid.first(marker.row), marker.column) for marker in laid.source.markers}
        self._last_column = laid.source.last_column
        counts = laid.source.last_column + len(self._checked) if self._checked else 0
        self._helper = counts + 2  # the first of the hidden columns, right of all others

    def _cell(self, key: str, down: int = 0, right: int = 0) -> Cell:
        row, column = self._first[key]
        return cast(Cell, self._sheet.cell(row + down, column + right))

    def fill(self, rules: Sequence[RuleLine]) -> None:
        """Writes everything; one line per rule, in the order given."""
        for line, laid in enumerate(self._checked):
            self._sheet_line(line, laid)
        for line, rule in enumerate(rules):
            self._rule_line(line, rule)
        if "check.problem.message" in self._first:
            self._problems()
        for right, laid in enumerate(self._checked):
            self._like("check.sheet_titles", 0, right).value = laid.title
        self._banner()
        self._colours(len(rules))
        self._set_print_area(len(rules))

    def _set_print_area(self, rules: int) -> None:
        """Down to the problems, where they are listed: the rules behind them are for whoever wants to know."""
        last = self._cell("check.rule.by_sheet", rules - 1, len(self._checked) - 1)
        column, row = max(last.column, self._last_column), last.row
        if "check.problem.message" in self._first:
            column, row = (
                self._last_column,
                self._cell("check.problem.message", problem_lines(len(self._checked)) - 1).row,
            )
            if fits_one_page(self._sheet, row, column, LEAST_PERCENT):  # else a page of empty lines behind few problems
                self._sheet.page_setup.fitToHeight = 1
        self._sheet.print_area = f"A1:{get_column_letter(column)}{row}"

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
        title = quoted(laid.title)
        codes = f"{title}!${get_column_letter(laid.code_column)}$1"
        any_row, error = (f"{title}!${get_column_letter(column)}$1" for column in self._chains(laid))
        first = f'IF({error}<>"",{error},{any_row})'
        own_codes, beside = (
            f"INDEX({_column(laid, column)},{first})" for column in (laid.code_column, laid.hint_column)
        )
        cell = f'{_letters(f"LEFT({own_codes},{CODE_LENGTH})")}&TEXT({first},"0")'
        link = f'HYPERLINK("#{title}!"&{cell},LEFT({_first_sentence(beside, own_codes)},{LINK_LIMIT}))'
        self._title(self._cell("check.sheet.title", line), laid)
        self._cell("check.sheet.errors", line).value = "=" + _count(codes, ["E"])
        self._cell("check.sheet.warnings", line).value = "=" + _count(codes, ["W"])
        self._cell("check.sheet.first", line).value = f'=IF({any_row}="","",{link})'

    def _chains(self, laid: LaidSheet) -> tuple[int, int]:
        """The columns that lead from row to row: with something wrong, and with an error."""
        return laid.next_column, self._layout.error_column(laid)

    def _problems(self) -> None:
        """A line for each error, in the order of the sheets and rows; where there is none, for each reminder."""
        if problem_lines(len(self._checked)) == 1:
            self._cell("check.problem.message").value = NOT_LISTED
            return
        at = _Helpers(*(get_column_letter(self._helper + step) for step in range(len(_Helpers._fields))))
        top, bottom = self._cell("check.sheet.title").row, self._cell("check.sheet.title", len(self._checked)).row
        errors = self._cell("check.sheet.errors").column_letter
        flag = f"${at.onward}${top - 1}"
        self._sheet[flag.replace("$", "")] = f"=IF(SUM({errors}{top}:{errors}{bottom - 1})>0,1,0)"
        for line, laid in enumerate(self._checked):
            row = top + line
            any_row, error = (f"{quoted(laid.title)}!${get_column_letter(column)}$1" for column in self._chains(laid))
            self._sheet[f"{at.row}{row}"] = f"=IF({flag}=1,{error},{any_row})"
            self._sheet[f"{at.sheet}{row}"] = f'=IF({at.row}{row}<>"",{line + 1},{at.sheet}{row + 1})'
        self._sheet[f"{at.sheet}{bottom}"] = '=""'
        first = self._cell("check.problem.message").row
        starts = f"${at.sheet}${top}:${at.sheet}${bottom}", f"${at.row}${top}:${at.row}${bottom}"
        self._first_helpers(at, first, starts)
        for row in range(first + 1, first + problem_lines(len(self._checked))):
            self._following(at, row, starts, flag)
        titles = self._cell("check.sheet.title").column_letter
        self._problem_lines(at, f"${titles}${top}:${titles}${bottom}")
        for column in at:
            self._sheet.column_dimensions[column].hidden = True

    def _first_helpers(self, at: "_Helpers", row: int, starts: tuple[str, str]) -> None:
        next_sheets, first_rows = starts
        self._sheet[f"{at.sheet}{row}"] = f"=INDEX({next_sheets},1)"
        self._sheet[f"{at.row}{row}"] = f'=IF({at.sheet}{row}="","",INDEX({first_rows},{at.sheet}{row}))'
        self._sheet[f"{at.nth}{row}"] = "=1"
        self._write_codes(at, row)

    def _following(self, at: "_Helpers", row: int, starts: tuple[str, str], flag: str) -> None:
        """Hidden beside each line, found from those of the line above: the next code of its row, else the next row.

        starts: the next sheet with a line, and the first row of each; flag: 1 while errors are listed.
        """
        next_sheets, first_rows = starts
        above = _Helpers(*(f"{column}{row - 1}" for column in at))
        here = _Helpers(*(f"{column}{row}" for column in at))
        next_code = f"MID({above.codes},{CODE_LENGTH}*{above.nth}+1,1)"
        is_same_row = f'IF({flag}=1,{next_code}="E",{next_code}<>"")'
        below = f"{above.row}+1"
        any_row = self._of_sheet(above.sheet, lambda laid: self._chains(laid)[0], below)
        error = self._of_sheet(above.sheet, lambda laid: self._chains(laid)[1], below)
        self._sheet[here.nth] = f'=IF({above.sheet}="",1,IF({is_same_row},{above.nth}+1,1))'
        self._sheet[here.onward] = f'=IF({above.sheet}="","",IF({flag}=1,{error},{any_row}))'
        further = f'IF({here.onward}<>"",{above.sheet},INDEX({next_sheets},{above.sheet}+1))'
        self._sheet[here.sheet] = f'=IF({above.sheet}="","",IF({here.nth}>1,{above.sheet},{further}))'
        next_row = f'IF({here.onward}<>"",{here.onward},INDEX({first_rows},{here.sheet}))'
        self._sheet[here.row] = f'=IF({here.sheet}="","",IF({here.nth}>1,{above.row},{next_row}))'
        self._write_codes(at, row)

    def _write_codes(self, at: "_Helpers", row: int) -> None:
        sheet = f"{at.sheet}{row}"
        codes = self._of_sheet(sheet, lambda laid: laid.code_column, f"{at.row}{row}")
        self._sheet[f"{at.codes}{row}"] = f'=IF({sheet}="","",{codes})'

    def _problem_lines(self, at: "_Helpers", titles: str) -> None:
        for line in range(problem_lines(len(self._checked))):
            title, cell, message = (self._cell(f"check.problem.{name}", line) for name in ("sheet", "cell", "message"))
            here = _Helpers(*(f"${column}{title.row}" for column in at))
            code = f"MID({here.codes},{CODE_LENGTH}*({here.nth}-1)+1,{CODE_LENGTH})"
            address = f'{_letters(code)}&TEXT({here.row},"0")'
            beside = self._of_sheet(here.sheet, lambda laid: laid.hint_column, here.row)
            # The first is said as beside its row, less how many more there are; the others in the words of their rules.
            said = _first_sentence(beside, here.codes)
            other = f"{level_formula(code)}&{words_of(code)}"
            words = f"LEFT(IF({here.nth}=1,{said},{other}),{LINK_LIMIT})"
            target = f'"#\'"&SUBSTITUTE({title.coordinate},"\'","\'\'")&"\'!"&{cell.coordinate}'
            title.value = f'=IF({here.sheet}="","",INDEX({titles},{here.sheet}))'
            cell.value = f'=IF({here.sheet}="","",{address})'
            message.value = f'=IF({here.sheet}="","",HYPERLINK({target},{words}))'

    def _of_sheet(self, sheet: str, column: Callable[[LaidSheet], int], row: str) -> str:
        """What a column holds in a row, of the sheet with this number."""
        return f"CHOOSE({sheet},{','.join(f'INDEX({_column(laid, column(laid))},{row})' for laid in self._checked)})"

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


def _column(laid: LaidSheet, column: int) -> str:
    """A whole column of a sheet, and the row below it."""
    letters = get_column_letter(column)
    return f"{quoted(laid.title)}!${letters}$1:${letters}${len(laid.rows) + 1}"


def _first_sentence(beside: str, codes: str) -> str:
    """What stands beside a row, less how many more its codes tell."""
    return f"LEFT({beside},LEN({beside})-LEN({how_many_more(codes)}))"


def _letters(code: str) -> str:
    """The column of the cell that a code is about."""
    return f"INDEX({COLUMNS_NAME},MATCH({code},{CODES_NAME},0))"


def _count(codes: str, wanted: Sequence[str]) -> str:
    """How often codes of the same length stand in a text of codes."""
    counts = [f'LEN({codes})-LEN(SUBSTITUTE({codes},"{code}",""))' for code in wanted]
    return f"({'+'.join(counts)})/{len(wanted[0])}"
