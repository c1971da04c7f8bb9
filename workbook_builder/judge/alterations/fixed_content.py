"""What stands on hidden sheets, in hidden columns and on 自检: the lists, the messages, the constants, as issued."""

from collections.abc import Iterator, Sequence
from itertools import compress
from operator import not_
from typing import NamedTuple

from workbook_builder.cells import EMPTY, Cell
from workbook_builder.findings import Finding
from workbook_builder.form.layout import CONSTANTS, LISTS_SHEET, META_CELL, META_SHEET
from workbook_builder.judge.alterations.compared import Compared, Pair, Position, address_of, is_filled, listed
from workbook_builder.rule_ids import STRUCTURE_HIDDEN_SHEET_EDITED, STRUCTURE_LISTS_EDITED
from workbook_builder.values.normalised import quoted, shown, tight

FIRST_LIST_COLUMN = 3  # of 选项; what collections give stands left of it
ADVICE = "审核时以下发的为准。请用下发的原文件填写，不要改动隐藏的工作表和栏。"


class _Edit(NamedTuple):
    """One cell that holds something else."""

    position: Position
    issued: str
    now: str


def fixed_content(compared: Compared) -> Iterator[Finding]:
    """Of the constants only year and round are known here: what else a collection says is in no record."""
    if not compared.opened.is_beside_its_own_blank:
        return
    for pair in compared.pairs:
        if pair.issued_title in (LISTS_SHEET, META_SHEET):
            edits = sorted(_edits(compared, pair))
            is_list = [pair.issued_title == LISTS_SHEET and one.position[1] >= FIRST_LIST_COLUMN for one in edits]
            in_lists = [*compress(edits, is_list)]
            others = [*compress(edits, map(not_, is_list))]
            yield from _told(compared, pair, STRUCTURE_LISTS_EDITED, "下拉列表或提示文字被改动", in_lists)
            yield from _told(compared, pair, STRUCTURE_HIDDEN_SHEET_EDITED, "隐藏的内容被改动", others)
    yield from _lists_taken_away(compared)
    for pair in compared.unmoved_pairs:
        if pair.laid:
            edits = list(_edits_beside_the_form(compared, pair))
            yield from _told(compared, pair, STRUCTURE_HIDDEN_SHEET_EDITED, "自检或隐藏的内容被改动", edits)


def _told(compared: Compared, pair: Pair, rule: str, what: str, edits: Sequence[_Edit]) -> Iterator[Finding]:
    if edits:
        cells = [address_of(edit.position) for edit in edits]
        first = edits[0]
        which = "" if len(edits) == 1 else f" {cells[0]} "
        change = f"{which}下发时为{_quoted(first.issued)}，现为{_quoted(first.now)}"
        message = f"「{pair.now.title}」表 {listed(cells)}：{what}，{change}，{ADVICE}"
        yield compared.told(rule, message, pair.now.title, cells[0], first.now, first.issued)


def _quoted(words: str) -> str:
    return quoted(words) if words.strip() else "空白"


def _edits(compared: Compared, pair: Pair) -> Iterator[_Edit]:
    """On one of the hidden sheets."""
    stamped = {(place.row, place.column): key for key, place in CONSTANTS.items()}
    if pair.issued_title == META_SHEET:
        stamped = {(META_CELL.row, META_CELL.column): "meta"}
    identity = compared.opened.identity
    known = {"fiscal_year": identity.fiscal_year, "round": identity.round}
    positions = {*pair.issued.cells, *pair.now.cells}
    other = (position for position in positions if pair.issued.cells.get(position) != pair.now.cells.get(position))
    for position in {*other, *stamped}:
        now, key = pair.now.cells.get(position, EMPTY), stamped.get(position, "")
        issued = pair.issued.cells.get(position, EMPTY)
        if key in known:
            is_same = now.value == known[key]
        elif key and position not in pair.issued.cells:
            is_same = now.formula is None
        else:
            is_same = _is_same(issued, now)
        if not is_same:
            yield _Edit(position, str(known.get(key, shown(issued))), shown(now))


def _is_same(issued: Cell, now: Cell) -> bool:
    if issued.value == now.value:
        return now.formula is None
    if not is_filled(issued):
        return not is_filled(now)
    return tight(shown(issued)) == tight(shown(now))


def _edits_beside_the_form(compared: Compared, pair: Pair) -> Iterator[_Edit]:
    """Fixed texts of 自检 and of the hidden columns; those of the form are labels, which are told as such."""
    for position, issued in compared.blank.fixed_content[pair.issued_title].items():
        now = pair.now.cells.get(position, EMPTY)
        if not _is_same(issued, now):
            yield _Edit(position, shown(issued), shown(now))


def _lists_taken_away(compared: Compared) -> Iterator[Finding]:
    """The sheet of the lists, or the names by which inputs and formulas find them."""
    if LISTS_SHEET not in compared.titles:
        message = f"隐藏的「{LISTS_SHEET}」表（下拉列表和提示文字）不见了，{ADVICE}"
        yield compared.told(STRUCTURE_LISTS_EDITED, message)
        return
    issued = {name: compared.blank.pristine.names.get(name) for name in compared.blank.names}
    lost = sorted(name for name, area in issued.items() if area and compared.reading.names.get(name) != area)
    if lost and len(lost) < len(issued):  # some programs lose all names
        message = f"下拉列表和提示文字所用的名称“{lost[0]}”等 {len(lost)} 个被删除或改指他处，{ADVICE}"
        yield compared.told(STRUCTURE_LISTS_EDITED, message, value=lost[0])
