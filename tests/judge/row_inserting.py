"""Inserts rows as programs do."""

import re

from openpyxl import Workbook


def inserted(book: Workbook, sheet: str, row: int, *, names_follow: bool) -> None:
    """A whole row inserted before this one, as programs do that mind names, or do not."""
    page = book[sheet]
    merges = [str(area) for area in page.merged_cells.ranges]
    for area in merges:
        page.unmerge_cells(area)
    page.insert_rows(row)
    for name in book.defined_names.values() if names_follow else ():
        title, _, area = name.attr_text.partition("!")
        if title.strip("'") == sheet and "$" in area:
            name.attr_text = f"{title}!" + re.sub(
                r"\$([0-9]+)", lambda found: f"${int(found[1]) + (int(found[1]) >= row)}", area
            )
