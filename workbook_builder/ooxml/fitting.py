"""Columns of a list as wide as what stands in them, found while its rows go by: a long list is never held in memory."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from workbook_builder.ooxml.heights import line_units, may_exceed, text_points
from workbook_builder.ooxml.sheet_styles import LIST_POINTS

FILTER_BUTTON_UNITS = 3  # as much again is free at the other side, for headers are centred
LONGEST_HEADER_LINE_UNITS = 13.5  # a header that is longer takes two lines
LOWEST_HEADER_POINTS = 24
T = TypeVar("T")


class FittedColumns:
    """The widths of a list's columns, in Excel's column width units.

    limits: for columns whose texts wrap, or are cut, how wide they become at most; None where contents never may be cut.
    """

    def __init__(self, headers: Sequence[str], limits: Sequence[float | None]):
        self._headers, self._limits = headers, limits
        self._widths = [_header_units(header) for header in headers]

    def see(self, contents: Iterable[T], shown: Callable[[T], str]) -> None:
        """Takes in the contents of a row; of the last columns there may be none. shown: what a cell shows of one."""
        widths = self._widths
        for place, (content, limit) in enumerate(zip(contents, self._limits, strict=False)):
            widest = widths[place]
            if limit is not None and widest >= limit:
                continue
            text = shown(content)
            if may_exceed(text, LIST_POINTS, widest):
                needed = line_units(text, LIST_POINTS)
                widths[place] = max(widest, needed if limit is None else min(needed, limit))

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
