"""What stands on hidden sheets, in hidden columns and on 自检: the lists, the messages, the constants, as issued."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from operator import not_

from workbook_builder.cells import EMPTY, Cell
from workbook_builder.findings import Finding
from workbook_builder.form.layout import CONSTANTS, LISTS_SHEET, META_CELL, META_SHEET
from workbook_builder.judge.alterations.compared import Compared, Pair, Position, address_of, is_filled, listed_at
from workbook_builder.rule_ids import STRUCTURE_HIDDEN_SHEET_EDITED, STRUCTURE_LISTS_EDITED
from workbook_builder.values.normalised import quoted, shown, tight

FIRST_LIST_COLUMN = 3  # of 选项; what collections give stands left of it
ADVICE = "审核时以下发的为准。请用下发的原文件填写，不要改动隐藏的工作表和栏。"


def fixed_content(compared: Compared) -> Iterator[Finding]:
    """Of the constants only year and round are known here: what else a collection says is in no record."""
    if not compared.opened.is_beside_its_own_blank:
        return
    for pair in compared.pairs:
        if pair.issued_title in (LISTS_SHEET, META_SHEET):
            edits = sorted(_edits(compared, pair))
            is_list = [pair.issued_title == LISTS_SHEET and column >= FIRST_LIST_COLUMN for _, column in edits]
            in_lists = [*compress(edits, is_list)]
            others = [*compress(edits, map(not_, is_list))]
            yield from _told(compared, pair, STRUCTURE_LISTS_EDITED, "下拉列表或提示文字被改动", in_lists)
            yield from _told(compared, pair, STRUCTURE_HIDDEN_SHEET_EDITED, "隐藏的内容被改动", others)
    yield from _lists_taken_away(compared)
    for pair in compared.unmoved_pairs:
        if pair.laid:
            edits = list(_edits_beside_the_form(compared, pair))
            yield from _told(compared, pair, STRUCTURE_HIDDEN_SHEET_EDITED, "自检或隐藏的内容被改动", edits)


def _told(compared: Compared, pair: Pair, rule: str, what: str, edits: Sequence[Position]) -> Iterator[Finding]:
    """edits: the cells that hold something else."""
    if edits:
        first = address_of(edits[0])
        issued, now = _as_issued(compared, pair, edits[0]), shown(pair.now.cells.get(edits[0], EMPTY))
        which = "" if len(edits) == 1 else f" {first} "
        change = f"{which}下发时为{_quoted(issued)}，现为{_quoted(now)}"
        message = f"「{pair.now.title}」表 {listed_at(edits)}：{what}，{change}，{ADVICE}"
        yield compared.told(rule, message, pair.now.title, first, now, issued)


def _as_issued(compared: Compared, pair: Pair, position: Position) -> str:
    """What a cell held when it was issued, in words."""
    if pair.laid:
        return shown(compared.blank.fixed_content[pair.issued_title][position])
    known = _known(compared).get(_stamped(pair).get(position, ""))
    return shown(pair.issued.cells.get(position, EMPTY)) if known is None else str(known)


def _stamped(pair: Pair) -> Mapping[Position, str]:
    """The cells of a hidden sheet that each workbook has of its own, by their names."""
    if pair.issued_title == META_SHEET:
        return {(META_CELL.row, META_CELL.column): "meta"}
    return {(place.row, place.column): key for key, place in CONSTANTS.items()}


def _known(compared: Compared) -> Mapping[str, int | str]:
    """What the constants must be that are known here."""
    identity = compared.opened.identity
    return {"fiscal_year": identity.fiscal_year, "round": identity.round}


def _quoted(words: str) -> str:
    return quoted(words) if words.strip() else "空白"


def _edits(compared: Compared, pair: Pair) -> Iterator[Position]:
    """On one of the hidden sheets."""
    stamped, known = _stamped(pair), _known(compared)
    more = (position for position in pair.now.cells if position not in pair.issued.cells)  # nearly in order
    positions = [*pair.issued.cells, *more]
    other = (position for position in positions if pair.issued.cells.get(position) != pair.now.cells.get(position))
    for position in dict.fromkeys([*other, *stamped]):
        now, key = pair.now.cells.get(position, EMPTY), stamped.get(position, "")
        issued = pair.issued.cells.get(position, EMPTY)
        if key in known:
            is_same = now.value == known[key]
        elif key and position not in pair.issued.cells:
            is_same = now.formula is None
        else:
            is_same = _is_same(issued, now)
        if not is_same:
            yield position


def _is_same(issued: Cell, now: Cell) -> bool:
    if issued.value == now.value:
        return now.formula is None
    if not is_filled(issued):
        return not is_filled(now)
    return tight(shown(issued)) == tight(shown(now))


def _edits_beside_the_form(compared: Compared, pair: Pair) -> Iterator[Position]:
    """Fixed texts of 自检 and of the hidden columns; those of the form are labels, which are told as such."""
    for position, issued in compared.blank.fixed_content[pair.issued_title].items():
        now = pair.now.cells.get(position, EMPTY)
        if not _is_same(issued, now):
            yield position


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
