"""Content that is read and not seen: rows and columns that are hidden, letters without size or colour, merged cells."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice

from workbook_builder.cells import Cell
from workbook_builder.findings import Finding
from workbook_builder.judge.alterations.compared import Compared, Pair, Position, address_of, listed
from workbook_builder.ooxml.sheet_guards import MAX_BOXES, Box, boxes_in, holds
from workbook_builder.rule_ids import STRUCTURE_AMBIGUOUS, STRUCTURE_HIDDEN_CONTENT, STRUCTURE_MERGE_CHANGED

HIDDEN = "填有内容的行或列被隐藏，内容照常读取，打开文件时却看不到。请取消隐藏后再看。"
UNSEEN = "字的颜色与底色相同或字号过小，内容照常读取，打开文件时却看不见。请把字改回黑色和原来的大小后再看。"
STRUCK = "字上有删除线，看上去已经作废，内容照常读取。请删去作废的内容，或去掉删除线。"
COVERED = "条件格式使填写的内容看不见，或显示成别的内容，内容照常读取。请删去这些单元格的条件格式后再看。"
UNDO = "请核对，并请单位用下发的原文件填写，不要合并或拆分单元格。"


def hidden_content(compared: Compared) -> Iterator[Finding]:
    """Rows and columns of the form that are hidden with content in them; blank rows may be, by our own filter, too."""
    for pair in compared.unmoved_pairs:
        slots = compared.filled_slots.get(pair.now.title, ())
        rows = sorted({row for row, _ in slots if row in pair.now.hidden_rows})
        columns = {column for _, column in slots if column in pair.now.hidden_columns - pair.issued.hidden_columns}
        hidden = [at for at in slots if at[0] in rows or at[1] in columns]
        seen = [at for at in slots if not (at[0] in rows or at[1] in columns)]
        for cells, sentence in (
            (hidden, HIDDEN),
            ([at for at in seen if _is_unseen(pair.now.cells[at])], UNSEEN),
            ([at for at in seen if pair.now.cells[at].is_struck], STRUCK),
            ([*_covered(seen, pair)], COVERED),
        ):
            if cells:
                message = f"「{pair.now.title}」表 {listed([*map(address_of, cells)])}：{sentence}"
                yield compared.told(STRUCTURE_HIDDEN_CONTENT, message, pair.now.title, address_of(cells[0]))


def _covered(cells: Iterable[Position], pair: Pair) -> Iterator[Position]:
    """Those that a conditional format lets nobody see, or shows otherwise; our own hides a unit beside 定性."""
    now, issued = (_boxes(sheet.guards.unseen) for sheet in (pair.now, pair.issued))
    for at in cells:
        if any(holds(box, *at) for box in now) and not any(holds(box, *at) for box in issued):
            yield at


def _boxes(areas: Iterable[str]) -> list[Box]:
    return [*islice((box for area in areas for box in boxes_in(area)), MAX_BOXES)]


def _is_unseen(cell: Cell) -> bool:
    """A number that its format does not show is told with the formats."""
    return cell.is_unseen and not (cell.misleads and isinstance(cell.value, Decimal))


def merges(compared: Compared) -> Iterator[Finding]:
    """Cells of the form that were merged or taken apart; beside the form anybody may."""
    if not compared.is_comparable:
        return
    for pair in compared.unmoved_pairs:
        if pair.laid and sorted(pair.issued.merges) != sorted(pair.now.merges):
            yield from _changed_merges(compared, pair)


def _changed_merges(compared: Compared, pair: Pair) -> Iterator[Finding]:
    title, now = pair.now.title, [*_of_form(pair.now.merges, pair)]
    if overlapping := _first_overlap(now):
        one, other = overlapping
        message = f"「{title}」表：合并的区域 {one} 与 {other} 重叠，不同程序会显示不同的内容，无法确定填的是什么。请用下发的原文件重新填写。"
        yield compared.told(STRUCTURE_AMBIGUOUS, message, title, one.partition(":")[0], f"{one} {other}")
        return
    before, after = {*pair.issued.merges}, {*pair.now.merges}
    merged = [area for _, area in now if area not in before and ":" in area]
    taken_apart = [area for _, area in _of_form(pair.issued.merges, pair) if area not in after]
    for words, areas in (("单元格被合并，被盖住的内容看不到", merged), ("原来合并的单元格被拆开", taken_apart)):
        if areas:
            message = f"「{title}」表 {listed(areas)}：{words}。{UNDO}"
            yield compared.told(STRUCTURE_MERGE_CHANGED, message, title, areas[0].partition(":")[0])


def _of_form(areas: Iterable[str], pair: Pair) -> Iterator[tuple[Box, str]]:
    """Those that begin within the form; each area is one box."""
    boxes = ((box, area) for area in areas for box in boxes_in(area))
    return ((box, area) for box, area in boxes if box[1] <= pair.last_column)


def _first_overlap(areas: Iterable[tuple[Box, str]]) -> tuple[str, str] | None:
    """Two that share a cell. From above, those that reach down to the next one's row lie side by side: they are few."""
    reaching: list[tuple[Box, str]] = []
    for box, area in sorted(areas):
        reaching = [other for other in reaching if other[0][2] >= box[0]]
        for other, its_area in reaching:
            if other[1] <= box[3] and box[1] <= other[3]:
                return its_area, area
        reaching.append((box, area))
    return None
