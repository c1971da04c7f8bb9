"""概览: counts, sums and charts on one page, every number a formula over the other sheets."""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from workbook_builder.cells import column_letters
from workbook_builder.centre.report.book import FIRST, Book, Column
from workbook_builder.centre.report.facts import COUNTED, Project
from workbook_builder.centre.report.funds import DIFFERENCE, PROJECT, ZERO, Funds, row_of
from workbook_builder.centre.report.funds import TITLE as FUNDS
from workbook_builder.centre.report.review_columns import TITLE as REVIEW
from workbook_builder.centre.report.review_columns import VERDICT, position
from workbook_builder.centre.report.tables import LATE, PROGRESS, STATE_COLUMN, UNASSIGNED
from workbook_builder.form.model import Field
from workbook_builder.ledger.reviews import VERDICTS
from workbook_builder.ledger.status import STATE_NAMES, Status
from workbook_builder.ooxml.listing import ADVICE_POINTS, TITLE_POINTS, Content, row_points, set_print, write_cell

TITLE = "概览"
CHARTED = 10  # the largest ones of a list
MAIN_LINE = "annual_funds"
OWN_ROW = "{row}"  # in a formula: the row in which it stands
STATE_COLOURS = {"accepted": "#70AD47", "awaiting_change": "#A9D18E", "returned": "#FFC000", "missing": "#C00000"}
SHORT_NAMES = {"awaiting_change": "待修改"}  # a chart has little room
LISTED = Column("", "text", 29), Column("", "whole", 10), Column("", "amount", 17), Column("", "amount", 17)
CHARTS_FROM = 2, len(LISTED)  # row and column, from 0: beside the numbers


class Frame(NamedTuple):
    """Where a chart stands, in pixels from where the charts begin. A screen of 1366 × 768 leaves 1300 × 490 to a sheet."""

    left: int
    top: int
    width: int
    height: int


STATES_FRAME, DEPARTMENTS_FRAME, UNITS_FRAME = Frame(8, 0, 214, 170), Frame(228, 0, 392, 170), Frame(8, 176, 612, 252)
FONT, SMALL_FONT = {"name": "黑体"}, {"name": "黑体", "size": 8}
ROOM_FOR_LABELS = 1.3  # of the longest bar: its number stands right of it


class Counted(NamedTuple):
    """A cell with a formula and what it gives."""

    formula: str
    shows: int | Decimal


Cells = Sequence[Content | Counted]


class _Block(NamedTuple):
    """Lines as they stand on the sheet."""

    first: int  # row of the first line, from 0
    lines: Sequence[Cells]


class _Page(NamedTuple):
    """The sheet being drawn, one block of lines after the other."""

    book: Book
    page: Any
    next_row: list[int]  # one number: rows go down only

    def block(self, headers: Sequence[str], lines: Sequence[Cells]) -> "_Block":
        """A header and its lines."""
        row = self.next_row[0] + 1
        self.page.set_row(row, row_points(zip(headers, (column.width for column in LISTED), strict=False)))
        for place, header in enumerate(headers):
            self.page.write_string(row, place, header, self.book.format("header"))
        for number, cells in enumerate(lines, start=row + 1):
            self.page.set_row(number, row_points([(str(cells[0]), LISTED[0].width)]))
            for place, value in enumerate(cells):
                self._write((number, place), value, self.book.format(LISTED[place].kind))
        self.next_row[0] = row + 1 + len(lines)
        return _Block(row + 1, lines)

    def _write(self, cell: tuple[int, int], value: Content | Counted, style: Any) -> None:
        if isinstance(value, Counted):
            formula = value.formula.replace(OWN_ROW, str(cell[0] + 1))
            self.page.write_formula(*cell, formula, style, float(value.shows))
        else:
            write_cell(self.page, cell, value, style)


def draw_overview(
    book: Book, heading: str, advice: str, status: Status, projects: Sequence[Project], funds: Funds
) -> None:
    """The sheet, which is the first of the workbook."""
    page = book.book.add_worksheet(TITLE)
    page.hide_gridlines(2)
    page.set_default_row(ADVICE_POINTS)
    page.set_row(0, TITLE_POINTS)
    for place, column in enumerate(LISTED):
        page.set_column(place, place, column.width)
    page.write_string(0, 0, heading, book.format("title"))
    page.write_string(1, 0, advice, book.format("advice"))
    sheet = _Page(book, page, [1])
    counted = "份数" if status.parts else "项目数"
    states = sheet.block(("收表情况", counted), _states(status))
    sheet.block(("审核结论", "项目数"), _verdicts(projects))
    sheet.block(("核对", "处数"), _checks(funds))
    sheet.block(("资金（元）", "项目数", "全部已交", "其中：可以接收"), _money(projects, funds))
    _draw_states(book, page, states, f"收表情况（{counted}）")
    main = next((field for field in funds.fields if field.key == MAIN_LINE), next(iter(funds.fields), None))
    if main and projects:
        _draw_sums(sheet, DEPARTMENTS_FRAME, "主管部门", "项目数", _by_department(projects, funds, main), main)
        counts = "项目、子项目" if funds.is_split else "项目数"
        _draw_sums(sheet, UNITS_FRAME, "填报单位" if funds.is_split else "单位", counts, _by_unit(funds, main), main)
    set_print(page, repeated=(0, 0))


def _draw_sums(sheet: _Page, frame: Frame, title: str, counted: str, lines: list[Cells], money: Field) -> None:
    block = sheet.block((title, counted, f"{money.label}（元）"), lines)
    _draw_bars(sheet.book, sheet.page, frame, f"{money.label}（元），按{title}", block)


def _states(status: Status) -> list[Cells]:
    last = FIRST + max(len(status.entries) + len(status.unread), 1)
    letter = column_letters(STATE_COLUMN + 1)
    states = f"'{PROGRESS}'!${letter}${FIRST + 1}:${letter}${last}"
    remarks = states.replace(letter, column_letters(STATE_COLUMN + 2))
    lines: list[Cells] = [
        (SHORT_NAMES.get(state, name), Counted(f'=COUNTIF({states},"{name}")', status.how_many(state)))
        for state, name in STATE_NAMES.items()
    ]
    unread = len(status.unread)
    return [
        *lines,
        (f"其中：{LATE}", Counted(f'=COUNTIF({remarks},"{LATE}*")', status.how_many(late=True))),
        (f"{UNASSIGNED}的文件", Counted(f'=COUNTIF({states},"{UNASSIGNED}")', unread)),
    ]


def _verdicts(projects: Sequence[Project]) -> list[Cells]:
    letter, last = column_letters(position(VERDICT) + 1), FIRST + max(len(projects), 1)
    cells = f"'{REVIEW}'!${letter}${FIRST + 1}:${letter}${last}"
    verdicts = Counter(one.review.verdict for one in projects if one.review and one.review.is_current)
    return [
        *((verdict, Counted(f'=COUNTIF({cells},"{verdict}")', verdicts[verdict])) for verdict in VERDICTS),
        ("尚未审核", Counted(f"=COUNTBLANK({cells})", len(projects) - sum(verdicts[one] for one in VERDICTS))),
    ]


def _checks(funds: Funds) -> list[Cells]:
    kinds, first, last = funds.area("A"), funds.column(funds.fields[0].key), funds.column(funds.fields[-1].key)
    formula = f'=SUMPRODUCT(({kinds}="{DIFFERENCE}")*({funds.area(first, last)}<>0))'
    different = [amount for line in funds.lines if line.kind == DIFFERENCE for amount in line.money.values() if amount]
    return [("母项目与子项目之和不等的金额", Counted(formula, len(different)))]


def _money(projects: Sequence[Project], funds: Funds) -> list[Cells]:
    lines: list[Cells] = []
    for field in funds.fields:
        column = funds.column(field.key)
        kinds, states, amounts = (funds.area(letter) for letter in ("A", "F", column))
        accepted = [one.root.money.get(field.key, ZERO) for one in projects if one.is_counted]
        sums = (f'SUMIFS({amounts},{kinds},"{PROJECT}",{states},"{state}")' for state in COUNTED)
        lines.append(
            (
                field.label,
                Counted(f'=COUNTIF({kinds},"{PROJECT}")', len(projects)),
                Counted(f"='{FUNDS}'!{column}{row_of(0)}", funds.lines[0].money.get(field.key, ZERO)),
                Counted(f"=ROUND({'+'.join(sums)},2)", sum(accepted, ZERO)),
            )
        )
    return lines


def _by_department(projects: Sequence[Project], funds: Funds, money: Field) -> list[Cells]:
    """How many projects each has and how much money, most first."""
    kinds, names, amounts = (funds.area(letter) for letter in ("A", "B", funds.column(money.key)))
    is_it = f'({kinds}="{PROJECT}")*({names}=$A{OWN_ROW})'
    return [
        (
            name,
            Counted(f"=SUMPRODUCT({is_it})", len(yuan)),
            Counted(f"=ROUND(SUMPRODUCT({is_it}*{amounts}),2)", sum(yuan, ZERO)),
        )
        for name, yuan in _most_first((one.department, one.root.money.get(money.key, ZERO)) for one in projects)
    ]


def _by_unit(funds: Funds, money: Field) -> list[Cells]:
    """How many projects or sub-projects each has filled in and how much money is in them, most first."""
    kinds, amounts = (funds.area(letter) for letter in ("A", funds.column(money.key)))
    is_it = f"({funds.area(funds.counted_for_column)}=$A{OWN_ROW})"
    counted = [line for line in funds.lines if line.counted_for]
    declared = Counter(line.counted_for for line in counted if line.kind != DIFFERENCE)
    return [
        (
            name,
            Counted(f'=SUMPRODUCT({is_it}*({kinds}<>"{DIFFERENCE}"))', declared[name]),
            Counted(f"=ROUND(SUMPRODUCT({is_it}*{amounts}),2)", sum(yuan, ZERO)),
        )
        for name, yuan in _most_first((line.counted_for, line.money.get(money.key, ZERO)) for line in counted)
    ]


def _most_first(amounts: Iterable[tuple[str, Decimal]]) -> list[tuple[str, list[Decimal]]]:
    """Amounts by name, the largest sum first; of equal sums in the order of the names."""
    groups: dict[str, list[Decimal]] = {}
    for name, yuan in amounts:
        groups.setdefault(name, []).append(yuan)
    return sorted(sorted(groups.items()), key=lambda group: sum(group[1], ZERO), reverse=True)


def _draw_states(book: Book, page: Any, block: _Block, title: str) -> None:
    chart = book.book.add_chart({"type": "doughnut"})
    colours = [{"fill": {"color": STATE_COLOURS[state]}} for state in STATE_NAMES]
    chart.add_series(
        {
            **_series(block, 1, len(STATE_NAMES)),
            "points": colours,
            "data_labels": {"value": True, "font": {**FONT, "color": "#FFFFFF"}},
        }
    )
    chart.set_legend({"font": SMALL_FONT})
    _place(page, chart, STATES_FRAME, title)


def _draw_bars(book: Book, page: Any, frame: Frame, title: str, block: _Block) -> None:
    count = min(len(block.lines), CHARTED)
    chart = book.book.add_chart({"type": "bar"})
    labels = {"value": True, "num_format": "#,##0", "font": SMALL_FONT}
    chart.add_series({**_series(block, 2, count), "fill": {"color": "#4472C4"}, "gap": 60, "data_labels": labels})
    chart.set_y_axis({"reverse": True, "interval_unit": 1, "num_font": SMALL_FONT})
    longest = max((float(line[2].shows) for line in block.lines if isinstance(line[2], Counted)), default=0)
    axis = {"min": 0, "visible": False, "major_gridlines": {"visible": False}}
    chart.set_x_axis({**axis, "max": longest * ROOM_FOR_LABELS} if longest > 0 else axis)
    chart.set_legend({"none": True})
    more = f"（前 {CHARTED} 个）" if len(block.lines) > CHARTED else ""
    _place(page, chart, frame, title + more)


def _series(block: _Block, column: int, count: int) -> dict[str, Any]:
    """Names and numbers of a block; with the values, for programs that show charts without calculating."""
    last = block.first + count - 1
    shown = [line[column] for line in block.lines[:count]]
    return {
        "categories": [TITLE, block.first, 0, last, 0],
        "categories_data": [line[0] for line in block.lines[:count]],
        "values": [TITLE, block.first, column, last, column],
        "values_data": [float(cell.shows) for cell in shown if isinstance(cell, Counted)],
    }


def _place(page: Any, chart: Any, frame: Frame, title: str) -> None:
    chart.set_title({"name": title, "overlay": False, "name_font": {**FONT, "size": 11, "bold": True}})
    chart.set_size({"width": frame.width, "height": frame.height})
    place = {"x_offset": frame.left, "y_offset": frame.top, "object_position": 2, "description": title}
    page.insert_chart(*CHARTS_FROM, chart, place)
