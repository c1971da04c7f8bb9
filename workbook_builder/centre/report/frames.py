"""The report's tables as pandas DataFrames. Importing this imports pandas, so it is done when asked for."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from workbook_builder.centre.report.book import Kind, Table
from workbook_builder.ledger import frames
from workbook_builder.ooxml.listing import Content, Link

KINDS: Mapping[Kind, frames.Kind] = {
    **dict.fromkeys(("text", "line", "plain", "link"), "text"),
    **dict.fromkeys(("amount", "number"), "exact"),
    "date": "date",
    "moment": "moment",
    "whole": "whole",
}


def table_frame(table: Table) -> pd.DataFrame:
    """A table under its headers, each column by its kind; a link is the path that it leads to."""
    kinds = {column.header: KINDS[column.kind] for column in table.columns}
    return frames.frame(kinds, (list(_plain(row)) for row in table.rows()))


def _plain(row: Sequence[Content]) -> Iterator[object]:
    for value in row:
        yield value.target if isinstance(value, Link) else value
