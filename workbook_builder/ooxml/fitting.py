"""Columns of a list as wide as what stands in them, found while its rows go by: a long list is never held in memory."""

import math
from collections.abc import Iterable, Sequence

from workbook_builder.ooxml.heights import line_units, text_points
from workbook_builder.ooxml.sheet_styles import LIST_POINTS

FILTER_BUTTON_UNITS = 3  # as much again is free at the other side, for headers are centred
LONGEST_HEADER_LINE_UNITS = 13.5  # a header that is longer takes two lines
LOWEST_HEADER_POINTS = 24


class FittedColumns:
    """The widths of a list's columns, in Excel's column width units.

    limits: for columns whose texts wrap, or are cut, how wide they become at most; None where contents never may be cut.
    """

    def __init__(self, headers: Sequence[str], limits: Sequence[float | None]):
        self._headers, self._limits = headers, limits
        self._widths = [_header_units(header) for header in headers]

    def see(self, texts: Iterable[str]) -> None:
        """Takes in the texts of a row, as its cells show them; of the last columns there may be none."""
        for place, (text, limit) in enumerate(zip(texts, self._limits, strict=False)):
            widest = self._widths[place]
            if limit is None or widest < limit:
                needed = line_units(text, LIST_POINTS)
                self._widths[place] = max(widest, needed if limit is None else min(needed, limit))

    @property
    def widths(self) -> tuple[float, ...]:
        """The widths for all that was seen; no smaller than the headers need."""
        return tuple(self._widths)

    @property
    def header_points(self) -> float:
        """The height that the header's row needs at most: columns only grow wider."""
        heads = zip(self._headers, self._widths, strict=True)
        return max(LOWEST_HEADER_POINTS, *(text_points(header, width, LIST_POINTS) for header, width in heads))


def _header_units(header: str) -> float:
    whole = line_units(header, LIST_POINTS)
    if whole > LONGEST_HEADER_LINE_UNITS:
        whole = line_units(header[: math.ceil(len(header) / 2)], LIST_POINTS)
    return whole + FILTER_BUTTON_UNITS
