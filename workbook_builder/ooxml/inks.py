"""Fonts and fills as far as they make what a cell holds invisible: letters of a point or two, or in the ground's colour.

Source: ECMA-376 part 1, 18.8.3 (fonts are told by their number), 18.8.22 (fonts) and 18.8.20 (fills).
"""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from lxml import etree

from workbook_builder.ooxml.xml_parts import local_name

T = TypeVar("T")
READABLE_POINTS = 4
WHITE = "FFFFFF"
# White and black by the numbers of themes and of the old palette; 64 and 65 are a window's own text and ground.
THEME_COLOURS = {"0": WHITE, "1": "000000"}
INDEXED_COLOURS = {"0": "000000", "1": WHITE, "8": "000000", "9": WHITE, "64": "000000", "65": WHITE}


class Inks:
    """The fonts and fills of one workbook, gathered while its styles are read."""

    def __init__(self) -> None:
        self._fonts: list[tuple[str, bool]] = []  # colour, whether too small
        self._fills: list[str] = []

    def see(self, element: etree._Element) -> None:
        """A font or a fill, in the order in which cell formats count them."""
        if local_name(element.tag) == "font":
            self._fonts.append((_colour_in(element, "color", "000000"), _points(element) < READABLE_POINTS))
        else:
            self._fills.append(_ground(element))

    def is_unseen(self, cell_format: etree._Element) -> bool:
        """Whether what a cell of this format holds cannot be read."""
        colour, is_too_small = _at(self._fonts, cell_format.get("fontId"), ("", False))
        return is_too_small or (colour != "" and colour == _at(self._fills, cell_format.get("fillId"), WHITE))


def is_unseen_format(differential: etree._Element) -> bool:
    """Whether a conditional format (dxf) writes white letters and leaves the ground as it is."""
    children = {local_name(child.tag): child for child in differential}
    font = children.get("font")
    return font is not None and "fill" not in children and _colour_in(font, "color", "") == WHITE


def is_unseen_run(properties: etree._Element) -> bool:
    """Whether the properties of a run of rich text (rPr) leave nothing to be read: too small, or white as the paper."""
    if local_name(properties.tag) != "rPr":
        return False
    told = [child for child in properties if local_name(child.tag) in ("sz", "color")]  # of a dozen properties
    return bool(told) and (_points(told) < READABLE_POINTS or _colour_in(told, "color", "") == WHITE)


def _at(entries: Sequence[T], number: str | None, otherwise: T) -> T:
    position = int(number) if number and number.isascii() and number.isdigit() and len(number) < 6 else 0
    return entries[position] if position < len(entries) else otherwise


def _points(font: Iterable[etree._Element]) -> float:
    sizes = [child.get("val", "") for child in font if local_name(child.tag) == "sz"]
    try:
        return float(sizes[0]) if sizes else READABLE_POINTS
    except ValueError:
        return READABLE_POINTS


def _ground(fill: etree._Element) -> str:
    """The colour behind the letters; "" where a pattern leaves none to tell."""
    pattern = next((child for child in fill if local_name(child.tag) == "patternFill"), None)
    kind = "" if pattern is None else pattern.get("patternType", "none")
    if kind == "none":
        return WHITE
    return _colour_in(pattern, "fgColor", "") if kind == "solid" and pattern is not None else "?"


def _colour_in(element: Iterable[etree._Element], name: str, otherwise: str) -> str:
    """RRGGBB; "" where it is a shade that only the theme tells."""
    colour = next((child for child in element if local_name(child.tag) == name), None)
    if colour is None:
        return otherwise
    if rgb := colour.get("rgb"):
        return rgb[-6:].upper()
    if theme := colour.get("theme"):
        return THEME_COLOURS.get(theme, "") if colour.get("tint", "0") in ("0", "0.0") else ""
    return INDEXED_COLOURS.get(colour.get("indexed", ""), "")
