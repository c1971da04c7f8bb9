"""Workbooks with far more in them than a form has: judged as if they held little, and what is told is short.

A few hundred of each stand here for hundreds of thousands; what such files cost is in docs/performance.md.
"""

import re
from collections.abc import Callable, Iterator

import pytest

from tests.helpers import Issued, rules, single
from tests.judge.altering import MAIN, STYLES, WORKBOOK, Change, Parts, altered
from workbook_builder.cells import column_letters
from workbook_builder.findings import Finding
from workbook_builder.judge.check import Checked, check
from workbook_builder.ooxml import limits
from workbook_builder.rule_ids import (
    STRUCTURE_EXTRA_CONTENT,
    STRUCTURE_HIDDEN_SHEET_EDITED,
    STRUCTURE_LISTS_EDITED,
    STRUCTURE_MERGE_CHANGED,
    STRUCTURE_ROWS_BEYOND,
    STRUCTURE_ROWS_MOVED,
)

FORM, LISTS, META = "申报表", "选项", "meta"
FIRST, MANY, WIDTH = 200, 300, 7
NOTES = (
    f'<comments xmlns="{MAIN[1:-1]}"><authors><author>张</author></authors><commentList>{{}}</commentList></comments>'
)


def number(count: int) -> str:
    return f"><v>{count}.25</v></c>"


def text(count: int) -> str:
    return f' t="inlineStr"><is><t>文字{count}</t></is></c>'


def grid(content: Callable[[int], str], first: int = FIRST) -> Iterator[str]:
    """Rows of a sheet; content: of each cell, from what follows its address."""
    for start in range(0, MANY, WIDTH):
        row = first + start // WIDTH
        cells = (f'<c r="{column_letters(at + 1)}{row}"{content(start + at)}' for at in range(min(WIDTH, MANY - start)))
        yield f'<row r="{row}">{"".join(cells)}</row>'


def rows(title: str, xml: str) -> Change:
    return lambda parts: parts.text(parts.sheets[title], lambda old: old.replace("</sheetData>", f"{xml}</sheetData>"))


def beside(title: str, content: Callable[[int], str]) -> Change:
    return rows(title, "".join(grid(content)))


def within(part: str, end: str, xml: str) -> Change:
    """Something more before the end of a list."""
    return lambda parts: parts.text(parts.sheets.get(part, part), lambda old: old.replace(end, xml + end))


def each(xml: str) -> str:
    return "".join(xml.replace("#", str(FIRST + count)) for count in range(MANY))


def commented(parts: Parts) -> None:
    one = '<comment ref="A#" authorId="0"><text><r><t>批注</t></r></text></comment>'
    parts.add_part("xl/comments9.xml", NOTES.format(each(one)).encode())
    parts.relate(parts.sheets[FORM], "comments", "/xl/comments9.xml")


def moved_down(parts: Parts) -> None:
    """All of the form, by one row."""
    address = re.compile(r'<(row|c) r="([A-Z]*)(\d+)"')
    parts.text(parts.sheets[FORM], lambda old: address.sub(lambda m: f'<{m[1]} r="{m[2]}{int(m[3]) + 1}"', old))


def moved_with(content: Callable[[int], str], first: int = FIRST) -> Change:
    def change(parts: Parts) -> None:
        moved_down(parts)
        rows(FORM, "".join(grid(content, first)))(parts)

    return change


TOLD: dict[str, tuple[Change, list[str]]] = {
    "numbers beside the form": (beside(FORM, number), [STRUCTURE_EXTRA_CONTENT]),
    "texts beside the form": (beside(FORM, text), [STRUCTURE_EXTRA_CONTENT]),
    "formulas beside the form": (beside(FORM, lambda n: f"><f>1+{n}</f><v>{n}</v></c>"), [STRUCTURE_EXTRA_CONTENT]),
    "numbers on the lists": (beside(LISTS, number), [STRUCTURE_HIDDEN_SHEET_EDITED, STRUCTURE_LISTS_EDITED]),
    "numbers beside the meta cell": (beside(META, number), [STRUCTURE_HIDDEN_SHEET_EDITED]),
    "texts on a form that moved": (moved_with(text), [STRUCTURE_EXTRA_CONTENT, STRUCTURE_ROWS_MOVED]),
    "comments": (commented, [STRUCTURE_EXTRA_CONTENT]),
    "merged areas": (within(FORM, "</mergeCells>", each('<mergeCell ref="A#:B#"/>')), [STRUCTURE_MERGE_CHANGED]),
    "names": (within(WORKBOOK, "</definedNames>", each("<definedName name='_n#'>申报表!$A$#</definedName>")), []),
    "number formats": (within(STYLES, "</numFmts>", each('<numFmt numFmtId="9#" formatCode="0.#;;;"/>')), []),
    "hidden rows": (rows(FORM, each('<row r="#" hidden="1" outlineLevel="3" collapsed="1" thickBot="1"/>')), []),
    "cells with a style only": (beside(FORM, lambda _: ' s="3"/>'), []),
}


@pytest.fixture(autouse=True)
def block_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sheet of several blocks is none of ours: it is read in a way of its own."""
    monkeypatch.setattr(limits, "BLOCK_BYTES", 4 << 10)


def checked(alone: Issued, change: Change) -> Checked:
    return check(altered(alone.filled(single()), change), "申报.xlsx", alone.desk)


def only(checked: Checked, rule: str) -> Finding:
    (finding,) = (one for one in checked.findings if one.rule == rule)
    return finding


@pytest.mark.parametrize(("change", "expected"), TOLD.values(), ids=TOLD.keys())
def test_hundreds_of_one_kind__are_told_in_one_short_sentence(
    alone: Issued, change: Change, expected: list[str]
) -> None:
    result = checked(alone, change)
    assert (result.status, rules(result)) == ("accepted", expected)
    assert all(len(finding.message) < 400 for finding in result.findings)


@pytest.mark.parametrize("title", [FORM, LISTS, META])
def test_hundreds_of_numbers__are_counted_and_the_first_ones_named_in_order(alone: Issued, title: str) -> None:
    result = checked(alone, beside(title, number))
    rule = STRUCTURE_EXTRA_CONTENT if title == FORM else STRUCTURE_HIDDEN_SHEET_EDITED
    finding = only(result, rule)
    if title == LISTS:  # what stands in its first two columns is the collection's
        first, last, count = "A200", "A202", len(range(0, MANY, WIDTH)) * 2
    else:
        first, last, count = "A200", "E200", MANY
    assert (finding.sheet, finding.cell) == (title, first)
    assert f"{first}" in finding.message
    assert last in finding.message
    assert f"等 {count} 处" in finding.message


def test_rows_beyond_what_the_form_holds__are_all_told_with_what_stands_in_them(alone: Issued) -> None:
    result = checked(alone, moved_with(text, first=44))  # right behind the table, which ends the form
    finding = only(result, STRUCTURE_ROWS_BEYOND)
    last = 44 + (MANY - 1) // WIDTH
    assert f"第 {last - 1} 行" in finding.message
    lines = (finding.value or "").split("；")
    assert lines[-2] == " ".join(f"文字{count}" for count in range((last - 45) * WIDTH, (last - 44) * WIDTH))
