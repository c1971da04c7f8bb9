"""A form copied by hand into a new workbook."""

from collections.abc import Mapping
from typing import Any

from openpyxl.workbook import Workbook

from tests.helpers import saved
from tests.loaded import opened

FORM = "申报表"
LAST_COLUMN = 8  # of the packaged form


def by_hand(
    data: bytes,
    titles: Mapping[str, str] | None = None,
    cells: Mapping[tuple[str, str], Any] | None = None,
) -> bytes:
    """The form's sheets copied as values into a new workbook: title as issued -> title there; then typed over."""
    source, book = opened(data, data_only=True), Workbook()
    del book["Sheet"]
    for title, now in (titles or {name: name for name in ("填表说明", "情况说明", FORM)}).items():
        page = book.create_sheet(now)
        for row in source[title].iter_rows(max_col=LAST_COLUMN):
            for cell in row:
                if cell.value is not None:
                    page[cell.coordinate] = cell.value
    for (title, address), value in (cells or {}).items():
        book[title][address] = value
    return saved(book)
