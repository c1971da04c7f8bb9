"""Sheets that were renamed, put elsewhere or hidden, and hidden ones in which somebody wrote."""

from collections.abc import Iterator

from workbook_builder.blank.blank import PLACEHOLDER
from workbook_builder.cells import EMPTY, Cell, Place
from workbook_builder.findings import Finding
from workbook_builder.form.layout import CONSTANTS, LISTS_SHEET, META_CELL, META_SHEET
from workbook_builder.judge.alterations.compared import (
    Compared,
    Pair,
    Position,
    address_of,
    is_filled,
    listed,
    sheets_named,
)
from workbook_builder.rule_ids import (
    STRUCTURE_HIDDEN_CONTENT,
    STRUCTURE_HIDDEN_SHEET_EDITED,
    STRUCTURE_LISTS_EDITED,
    STRUCTURE_SHEET_ADDED,
    STRUCTURE_SHEET_MOVED,
    STRUCTURE_SHEET_RENAMED,
)
from workbook_builder.values.normalised import tight

FIRST_LIST_COLUMN = 3  # of 选项; what collections give stands left of it


def sheets(compared: Compared) -> Iterator[Finding]:
    """What became of the sheets as a whole."""
    yield from _renamed(compared)
    yield from _rearranged(compared)
    yield from _hidden(compared)
    for title in compared.reading.belongings.other_sheets:
        message = f"「{title}」图表工作表不是下发时就有的，其中的内容不计入申报。请删除这张表。"
        yield compared.told(STRUCTURE_SHEET_ADDED, message, title)


def _renamed(compared: Compared) -> Iterator[Finding]:
    for issued, now in compared.located.titles.items():
        title = compared.title_as_issued(issued)
        if title != now:
            message = f"「{now}」表：下发时名为「{title}」，内容已照常读取。请把工作表的名称改回，不要改名。"
            yield compared.told(STRUCTURE_SHEET_RENAMED, message, now, value=now, expected=title)


def _rearranged(compared: Compared) -> Iterator[Finding]:
    """Sheets in another order than issued; earlier versions laid them out in another."""
    if not compared.opened.is_beside_its_own_blank:
        return
    issued = [pair.now.title for pair in compared.pairs]
    now = [title for title in compared.reading.sheets if title in {*issued}]
    if issued != now:
        order = "、".join(issued[: len(issued)])
        message = f"工作表的先后次序被改动，内容已照常读取。下发时依次为：{order}。"
        yield compared.told(STRUCTURE_SHEET_MOVED, message, value="、".join(now), expected=order)


def _hidden(compared: Compared) -> Iterator[Finding]:
    hidden = [
        pair.now.title
        for pair in compared.pairs
        if pair.laid and pair.issued.state == "visible" and pair.now.state != "visible"
    ]
    if hidden:
        message = f"{sheets_named(hidden)}被隐藏，其中的内容照常读取，打开文件时却看不到。请取消隐藏后再看。"
        yield compared.told(STRUCTURE_HIDDEN_CONTENT, message, hidden[0])


def hidden_sheets(compared: Compared) -> Iterator[Finding]:
    """选项 and the meta sheet hold what was issued; of the constants only year and round are known here."""
    if not compared.opened.is_beside_its_own_blank:
        return
    for pair in compared.pairs:
        if pair.issued_title not in (LISTS_SHEET, META_SHEET):
            continue
        positions = sorted(_edited(compared, pair))
        in_lists = [at for at in positions if pair.issued_title == LISTS_SHEET and at[1] >= FIRST_LIST_COLUMN]
        others = [at for at in positions if at not in in_lists]
        if in_lists:
            message = f"隐藏的「{pair.now.title}」表 {_cells(in_lists)}：下拉列表或提示文字被改动，审核时以下发的为准。{_ADVICE}"
            yield compared.told(STRUCTURE_LISTS_EDITED, message, pair.now.title, address_of(in_lists[0]))
        if others:
            message = f"隐藏的「{pair.now.title}」表 {_cells(others)}：内容被改动，审核时以下发的为准。{_ADVICE}"
            yield compared.told(STRUCTURE_HIDDEN_SHEET_EDITED, message, pair.now.title, address_of(others[0]))
    yield from _lists_taken_away(compared)
    yield from _beside_the_form(compared)


_ADVICE = "请用下发的原文件填写，不要改动隐藏的工作表和栏。"


def _cells(positions: list[Position]) -> str:
    return listed([address_of(position) for position in positions])


def _edited(compared: Compared, pair: Pair) -> Iterator[Position]:
    stamped = {(place.row, place.column): key for key, place in CONSTANTS.items()}
    if pair.issued_title == META_SHEET:
        stamped = {(META_CELL.row, META_CELL.column): "meta"}
    identity = compared.opened.identity
    known = {"fiscal_year": identity.fiscal_year, "round": identity.round}
    for position in {*pair.issued.cells, *pair.now.cells, *stamped}:
        now, key = pair.now.cells.get(position, EMPTY), stamped.get(position, "")
        if key in known:
            is_same = now.value == known[key]
        elif key and position not in pair.issued.cells:
            is_same = now.formula is None
        else:
            is_same = _is_same(pair.issued.cells.get(position, EMPTY), now)
        if not is_same:
            yield position


def _is_same(issued: Cell, now: Cell) -> bool:
    if issued.value == now.value:
        return now.formula is None
    if not is_filled(issued):
        return not is_filled(now)
    return tight(_words(issued)) == tight(_words(now))


def _words(cell: Cell) -> str:
    return "" if cell.value is None else str(cell.value)


def _beside_the_form(compared: Compared) -> Iterator[Finding]:
    """Fixed texts of 自检 and of the hidden columns; those of the form are labels, which are told as such."""
    for pair in compared.unmoved_pairs:
        if pair.laid is None:
            continue
        edited = [
            address_of(position)
            for position, cell in pair.issued.cells.items()
            if cell.formula is None
            and not _is_same(cell, pair.now.cells.get(position, EMPTY))
            and not _is_told_or_stamped(compared, Place(pair.issued_title, *position), cell)
        ]
        if edited:
            message = f"「{pair.now.title}」表 {listed(edited)}：自检或隐藏的内容被改动，审核时以下发的为准。{_ADVICE}"
            yield compared.told(STRUCTURE_HIDDEN_SHEET_EDITED, message, pair.now.title, edited[0])


def _is_told_or_stamped(compared: Compared, where: Place, cell: Cell) -> bool:
    """Labels, and what differs from one workbook of a shape to the next."""
    if where in compared.blank.labels or where in compared.layout.headings:
        return True
    return PLACEHOLDER in _words(cell) or where in compared.blank.addition_places


def _lists_taken_away(compared: Compared) -> Iterator[Finding]:
    """The sheet of the lists, or the names by which inputs and formulas find them."""
    if LISTS_SHEET not in compared.titles:
        message = f"隐藏的「{LISTS_SHEET}」表（下拉列表和提示文字）不见了。{_ADVICE}"
        yield compared.told(STRUCTURE_LISTS_EDITED, message)
        return
    issued = {name: compared.blank.pristine.names.get(name) for name in compared.blank.names}
    lost = sorted(name for name, area in issued.items() if area and compared.reading.names.get(name) != area)
    if lost and len(lost) < len(issued):  # some programs lose all names
        message = f"下拉列表和提示文字所用的名称“{lost[0]}”等 {len(lost)} 个被删除或改指他处。{_ADVICE}"
        yield compared.told(STRUCTURE_LISTS_EDITED, message, value=lost[0])
