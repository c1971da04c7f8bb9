"""Texts and choices from a list, as people type them."""

import unicodedata
from collections.abc import Sequence

from workbook_builder.cells import Cell
from workbook_builder.rule_ids import CHOICE_UNKNOWN, TEXT_MARKUP
from workbook_builder.values.markup import cleaned, odd_letters, spelled_out
from workbook_builder.values.normalised import Normalised, changed, fold, formula_refused, quoted, refused, shown


def choice(cell: Cell, choices: Sequence[str]) -> Normalised[str]:
    """The list's own spelling of what was typed, white space and width apart; None for an empty cell."""
    if cell.formula is not None:
        return formula_refused(cell)
    written = shown(cell)
    if not _choice_key(written):
        return Normalised(None)
    for same in (_choice_key, _caseless):  # two choices may differ in case only
        for candidate in choices:
            if same(candidate) == same(written):
                return Normalised(candidate)
    listed = "、".join(choices[:8]) + (f" 等 {len(choices)} 项" if len(choices) > 8 else "")
    return refused(CHOICE_UNKNOWN, cell, f"应为下列选项之一：{listed}，现为{quoted(written)}。请从下拉列表中选择。")


def _choice_key(words: str) -> str:
    return "".join(unicodedata.normalize("NFKC", fold(words)).split())


def _caseless(words: str) -> str:
    return _choice_key(words).casefold()


def text(cell: Cell, *, squeeze: bool = False) -> Normalised[str]:
    """Text without markup, control characters and outer white space; None where nothing is left.

    Where nothing is left of what the unit's workbook takes for filled in, its letters stay (spelled_out).
    Numbers and dates typed in a text cell become text as shown. squeeze removes all white space, as in units.
    An error value such as #N/A is refused like the formula that left it behind, even where that is gone: it is
    nobody's answer, and taken for text it would pass as filled in.
    """
    if cell.formula is not None or cell.kind == "error":
        return formula_refused(cell)
    raw = shown(cell)
    if not raw:
        return Normalised(None)
    clean, removed = cleaned(raw, squeeze=squeeze)
    if not removed and (clean.strip() or not spelled_out(raw)):
        return Normalised(clean.strip() or None)
    value = "\n".join(line for line in map(str.strip, clean.split("\n")) if line) or spelled_out(raw)
    value = "".join(value.split()) if squeeze else value
    parts = "".join(quoted(part) for part in list(dict.fromkeys(removed or odd_letters(raw)))[:5])
    sentence = f"应为不带网页代码和控制字符的文字，现含{parts}，已去掉。请核对留下的文字。"
    return changed(value or None, TEXT_MARKUP, cell, value or None, sentence)
