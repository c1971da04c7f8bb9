"""Locked formulas that are gone or others: the centre calculates anew, so only what the unit saw may have been wrong."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from workbook_builder.blank.blank import IssuedFormula
from workbook_builder.cells import Cell
from workbook_builder.findings import Finding
from workbook_builder.form.layout import title_placeholder
from workbook_builder.judge.alterations.compared import Compared, Pair, Position, address_of, is_filled, listed
from workbook_builder.ooxml.formula_text import Shared, moved, plain, quickly_plain
from workbook_builder.rule_ids import STRUCTURE_FORMULA_CHANGED, STRUCTURE_FORMULA_REPLACED
from workbook_builder.values.normalised import quoted

ONLY_FILL = "已按原公式重新计算。请用下发的原文件填写，不要改动公式单元格。"
_PLACEHOLDER = re.compile("[0-9]+".join(title_placeholder(0).split("1")))
LOST_BY_GNUMERIC = "gnumeric.ERROR("  # what it writes for a formula with a line break


class _Differences(NamedTuple):
    """Of one sheet, the cells with formulas that are not as issued."""

    changed: list[Position]
    emptied: list[Position]
    replaced: list[Position]


def formulas(compared: Compared) -> Iterator[Finding]:
    """Formulas that are others, empty, or constants now; amounts typed over one are told with the amounts."""
    if not compared.is_comparable or compared.located.placing.moved or not _has_formulas(compared):
        return
    yield from _sheets_taken_away(compared)
    titles = _titles(compared)
    for pair in compared.unmoved_pairs:
        found = _differences(compared, pair, titles)
        for words, rule, positions in (
            ("公式被改成了别的公式", STRUCTURE_FORMULA_CHANGED, found.changed),
            ("公式被清空", STRUCTURE_FORMULA_CHANGED, found.emptied),
            ("公式被数值或文字替换", STRUCTURE_FORMULA_REPLACED, found.replaced),
        ):
            if positions:
                yield _told(compared, pair, rule, words, positions)


def _sheets_taken_away(compared: Compared) -> Iterator[Finding]:
    """Sheets that only calculate; a sheet of the form that is missing is an error of its own."""
    with_keys = {slot.place.sheet for slot in compared.layout.slots.values()}
    for laid in compared.layout.sheets:
        if laid.title not in compared.titles and laid.title not in with_keys:
            title = compared.title_as_issued(laid.title)
            message = f"「{title}」表已被删除，其中的公式都没有了。{ONLY_FILL}"
            yield compared.told(STRUCTURE_FORMULA_CHANGED, message, title)


def _told(compared: Compared, pair: Pair, rule: str, words: str, positions: list[Position]) -> Finding:
    cells = [address_of(position) for position in positions]
    first = pair.now.cells.get(positions[0])
    value = None if first is None else f"={first.formula}" if first.formula else str(first.value or "")
    expected = f"={pair.issued.cells[positions[0]].formula}"
    now = f"，现为{quoted(value)}" if value and len(cells) == 1 else ""
    message = f"「{pair.now.title}」表 {listed(cells)}：{words}{now}。{ONLY_FILL}"
    return compared.told(rule, message, pair.now.title, cells[0], value, expected)


def _has_formulas(compared: Compared) -> bool:
    """Without any the whole file has values only, which is told once."""
    return any(cell.formula is not None for pair in compared.pairs for cell in pair.now.cells.values())


def _titles(compared: Compared) -> tuple[Mapping[str, str], ...]:
    """What stands for each sheet's title in a formula without quotes: what was issued, and what the sheet is called now."""
    titles = compared.opened.identity.titles
    issued = {title_placeholder(number): title.replace("'", "") for number, title in enumerate(titles)}
    renamed = {
        f"{compared.title_as_issued(title)}!": f"{now}!".replace("'", "")
        for title, now in compared.located.titles.items()
        if now != compared.title_as_issued(title)
    }
    return issued, renamed


def _differences(compared: Compared, pair: Pair, titles: tuple[Mapping[str, str], ...]) -> _Differences:
    groups = _Groups(compared.blank.issued_formulas[pair.issued_title], pair, titles)
    constants = (compared.located.places[key] for key in compared.located.constants)
    told_elsewhere = {(where.row, where.column) for where in constants if where.sheet == pair.now.title}  # with amounts
    found = _Differences([], [], [])
    for position, formula in groups.issued.items():
        cell = pair.now.cells.get(position)
        if cell is not None and (cell.formula == formula.text or groups.follows(cell.formula, formula)):
            continue  # as with nearly every one
        if cell is None or cell.formula is None:
            if not is_filled(cell):
                found.emptied.append(position)
            elif position not in told_elsewhere:
                found.replaced.append(position)
        elif not (groups.is_as_issued(position, cell, formula) or _is_explained(compared, cell, formula)):
            found.changed.append(position)
    return found


def _is_explained(compared: Compared, cell: Cell, formula: IssuedFormula) -> bool:
    """Whether a program lost it, or it looks at a sheet whose rows or columns went elsewhere, which is told as that."""
    is_lost = "line breaks" in compared.losses and LOST_BY_GNUMERIC in (cell.formula or "")
    return is_lost or any(title in formula.text for title in compared.moved_titles)


class _First(NamedTuple):
    """The first cell of those that share a formula."""

    position: Position
    text: str
    relative: str  # as issued, its references counted from its cell; "" where it is not as issued


class _Groups:
    """The formulas of one sheet as issued, beside those that came back, shared or not."""

    def __init__(
        self, issued: Mapping[Position, IssuedFormula], pair: Pair, titles: tuple[Mapping[str, str], ...]
    ) -> None:
        self.issued, self._titles = issued, titles
        self._firsts: dict[str, _First] = {}
        for position, cell in pair.now.cells.items():
            text = cell.formula
            if text and isinstance(text, Shared):
                of_first = issued.get(position)
                is_issued = of_first is not None and self._is_same(text, of_first)
                self._firsts[text.group] = _First(position, text, of_first.relative if is_issued and of_first else "")

    def follows(self, text: str | None, formula: IssuedFormula) -> bool:
        """Whether a formula is that of the first cell of its group, which calculates there what this one was issued with."""
        if text or not isinstance(text, Shared):
            return False
        first = self._firsts.get(text.group)
        return first is not None and first.relative == formula.relative

    def is_as_issued(self, position: Position, cell: Cell, formula: IssuedFormula) -> bool:
        """Whether a cell calculates what it was issued with."""
        text = "" if cell.formula is None else cell.formula
        if isinstance(text, Shared) and not text:
            return self._follows_as_issued(position, text.group, formula)
        return self._is_same(text, formula)

    def _follows_as_issued(self, position: Position, group: str, formula: IssuedFormula) -> bool:
        first = self._firsts.get(group)
        if first is None:
            return False
        rows, columns = position[0] - first.position[0], position[1] - first.position[1]
        return self._is_same(moved(first.text, rows, columns), formula)

    def _is_same(self, text: str, formula: IssuedFormula) -> bool:
        """Cheap comparisons first: nearly every formula of nearly every program is told by one of them."""
        if text == formula.text:
            return True
        now, issued = quickly_plain(text), formula.plain
        if now == issued:
            return True
        placeholders, renamed = self._titles
        if formula.names_sub_project:
            issued = _PLACEHOLDER.sub(lambda match: placeholders.get(match[0], match[0]), issued)
            if now == issued:
                return True
        if renamed:  # on both sides: in links, which are texts, the old title stays
            now, issued = (_with_titles(one, renamed) for one in (now, issued))
        return plain(now) == plain(issued)


def _with_titles(formula: str, titles: Mapping[str, str]) -> str:
    for issued, now in titles.items():
        formula = formula.replace(issued, now)
    return formula
