"""Fonts and fills as far as they make what a cell holds invisible: letters of a point or two, or in the ground's colour.

Source: ECMA-376 part 1, 18.8.3 (fonts are told by their number), 18.8.22 (fonts) and 18.8.20 (fills).
"""

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

from lxml import etree

from workbook_builder.ooxml.number_formats import Shown, shown_by
from workbook_builder.ooxml.xml_parts import FALSE, local_name

T = TypeVar("T")
READABLE_POINTS = 4
WHITE, BLACK = "FFFFFF", "000000"
SAME_SHADE = 8  # of 255, of each of three colours: nobody sees a difference
PLAIN_FORMAT, NO_FONT = Shown(), ("", False, False)
_RGB = re.compile("[0-9A-F]{6}")
# White and black by the numbers of themes and of the old palette; 64 and 65 are a window's own text and ground.
THEME_COLOURS = {"0": WHITE, "1": "000000"}
INDEXED_COLOURS = {"0": "000000", "1": WHITE, "8": "000000", "9": WHITE, "64": "000000", "65": WHITE}


class Inks:
    """The fonts and fills of one workbook, gathered while its styles are read."""

    def __init__(self) -> None:
        self._fonts: list[tuple[str, bool, bool]] = []  # colour, whether too small, whether struck through
        self._fills: list[str] = []

    def see(self, element: etree._Element) -> None:
        """A font or a fill, in the order in which cell formats count them."""
        if local_name(element.tag) == "font":
            is_too_small = _points(element) < READABLE_POINTS
            self._fonts.append((_colour_in(element, "color", "000000"), is_too_small, is_struck_through(element)))
        else:
            self._fills.append(_ground(element))

    def is_unseen(self, cell_format: etree._Element) -> bool:
        """Whether what a cell of this format holds cannot be read."""
        colour, is_too_small, _ = _at(self._fonts, cell_format.get("fontId"), NO_FONT)
        return is_too_small or _are_alike(colour, _at(self._fills, cell_format.get("fillId"), WHITE))

    def is_struck(self, cell_format: etree._Element) -> bool:
        """Whether what a cell of this format holds is struck through."""
        return _at(self._fonts, cell_format.get("fontId"), NO_FONT)[2]


def is_struck_through(font: Iterable[etree._Element]) -> bool:
    """Whether a font, or the properties of a run (rPr), strikes its letters through."""
    return any(local_name(child.tag) == "strike" and child.get("val", "1") not in FALSE for child in font)


def is_unseen_format(differential: etree._Element) -> bool:
    """Whether a conditional format (dxf) leaves nothing to be read, or shows something else than the cell holds.

    Its letters are of the colour of the ground that it gives, white where it gives none, or struck through; or its number
    format misleads.
    """
    children = {local_name(child.tag): child for child in differential}
    font, fill, number_format = (children.get(name) for name in ("font", "fill", "numFmt"))
    colour = "" if font is None else _colour_in(font, "color", "")
    if fill is not None and font is None and _conditional_ground(fill) == BLACK:
        return True
    ground = WHITE if fill is None else _conditional_ground(fill)
    if _are_alike(colour, ground) or (font is not None and is_struck_through(font)):
        return True
    shown = PLAIN_FORMAT
    if number_format is not None:
        shown = shown_by(number_format.get("numFmtId", ""), number_format.get("formatCode"))
    return shown.misleads or shown.hides_text or shown.misleads_text or shown.is_percent


def shows_no_number(rule: etree._Element) -> bool:
    """Whether a rule of a conditional format (cfRule) shows a bar or a sign in place of the number."""
    return any(
        child.get("showValue", "1") in FALSE for child in rule if local_name(child.tag) in ("dataBar", "iconSet")
    )


def _are_alike(colour: str, ground: str) -> bool:
    """Whether nobody can tell letters from their ground; "" is one that nothing tells."""
    if not (_RGB.fullmatch(colour) and _RGB.fullmatch(ground)):
        return colour != "" and colour == ground
    shades = zip(bytes.fromhex(colour), bytes.fromhex(ground), strict=True)
    return all(abs(one - other) <= SAME_SHADE for one, other in shades)


def is_unseen_run(properties: etree._Element) -> bool:
    """Whether the properties of a run of rich text (rPr) leave nothing to be read: too small, or white as the paper."""
    if local_name(properties.tag) != "rPr":
        return False
    told = [child for child in properties if local_name(child.tag) in ("sz", "color")]  # of a dozen properties
    return bool(told) and (_points(told) < READABLE_POINTS or _are_alike(_colour_in(told, "color", ""), WHITE))


def _at(entries: Sequence[T], number: str | None, otherwise: T) -> T:
    position = int(number) if number and number.isascii() and number.isdigit() and len(number) < 6 else 0
    return entries[position] if position < len(entries) else otherwise


def _points(font: Iterable[etree._Element]) -> float:
    sizes = [child.get("val", "") for child in font if local_name(child.tag) == "sz"]
    try:
        return float(sizes[0]) if sizes else READABLE_POINTS
    except ValueError:
        return READABLE_POINTS


def _conditional_ground(fill: etree._Element) -> str:
    """The same of a conditional format, which is solid unless it says more, and fills with what others call the back."""
    pattern = next((child for child in fill if local_name(child.tag) == "patternFill"), None)
    kind = "" if pattern is None else pattern.get("patternType", "solid")
    if pattern is None or kind != "solid":
        return WHITE if kind == "none" else "?"
    return _colour_in(pattern, "bgColor", "")


def _ground(fill: etree._Element) -> str:
    """The colour behind the letters; "" where a pattern leaves none to tell."""
    pattern = next((child for child in fill if local_name(child.tag) == "patternFill"), None)
    kind = "" if pattern is None else pattern.get("patternType", "none")
    if kind == "none":
        return WHITE
    return _colour_in(pattern, "fgColor", "") if kind == "solid" and pattern is not None else "?"


def _colour_in(element: Iterable[etree._Element], name: str, otherwise: str) -> str:
    """RRGGBB; other words for a shade that only the theme or a palette tells, "" for none at all."""
    colour = next((child for child in element if local_name(child.tag) == name), None)
    if colour is None:
        return otherwise
    if rgb := colour.get("rgb"):
        return rgb[-6:].upper()
    if theme := colour.get("theme"):
        tint = colour.get("tint", "0")
        plain = THEME_COLOURS.get(theme) if tint in ("0", "0.0") else None
        return plain or f"theme {theme} {tint}"
    number = colour.get("indexed", "")
    return INDEXED_COLOURS.get(number, number and f"indexed {number}")
