"""Cell styles of a workbook as far as they matter to what a cell means: percent, date, lock, whether it misleads or hides.

Source: ECMA-376 part 1, 18.8.30 (number formats).
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from lxml import etree

from workbook_builder.ooxml.inks import Inks, is_unseen_format
from workbook_builder.ooxml.package import Package, Relation
from workbook_builder.ooxml.xml_parts import elements, local_name, whole_if_small

# What a number format shows as it stands, colours and conditions; [h], [m], [s] are elapsed time.
_FORMAT_LITERAL = re.compile(r'"[^"]*"|\\.|[_*].|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.DOTALL | re.IGNORECASE)
_MAX_FORMAT_LENGTH = 255  # characters; Excel takes no longer ones
# By id: shows percent, shows a date in a Chinese Excel (32 to 35, 55 and 56 show a time there).
_DATE_IDS = (14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58)
_BUILT_IN_FORMATS = {"9": (True, False), "10": (True, False)} | {str(number): (False, True) for number in _DATE_IDS}
# Of three sections (positive, negative, zero): a digit or a multiple that stands there whatever the number is.
_LITERAL_NUMBER = re.compile(r'"[^"]*[0-9０-９十百千万亿][^"]*"|[\\!][0-9０-９]')
_SCALE = re.compile(r"[0#?],+(?![0#?,])")
_QUOTED = re.compile(r'"[^"]*"|[\\!_*].|\[[^\]]*\]', re.DOTALL)


class Style(NamedTuple):
    """What a cell's style says; in the order of cells.Cell."""

    is_percent: bool = False
    is_date: bool = False
    is_locked: bool = True
    misleads: bool = False
    is_unseen: bool = False


PLAIN = Style()
STYLES_AT_HAND = 4  # each no larger than a small part


class Styles(NamedTuple):
    """Of one workbook."""

    of_cells: dict[str | None, Style]  # by the text of a cell's attribute s; a cell without one has the first style
    unseen_formats: frozenset[str]  # the numbers of the conditional formats that write white on white


def read_styles(package: Package, relations: Iterable[Relation]) -> Styles:
    """All of them; a workbook without styles has plain ones. Those of the last workbooks are known: a form has its own."""
    part = related_part(package, relations, "styles")
    if part is None:
        return Styles({None: PLAIN}, frozenset())
    whole, pieces = whole_if_small(package.pieces(part))
    key = whole, package.most
    styles = _AT_HAND.get(key)
    if styles is None or not whole:
        wanted = ("numFmt", "font", "fill", "xf", "dxf")
        styles = _styles(elements(pieces, "styleSheet", wanted, package.file, part, package.most))
        _keep(key, styles)
    return styles


def _keep(key: tuple[bytes, int], styles: Styles) -> None:
    """In place of the oldest."""
    if len(_AT_HAND) >= STYLES_AT_HAND:
        del _AT_HAND[next(iter(_AT_HAND))]
    _AT_HAND[key] = styles


def _styles(found: Iterable[etree._Element]) -> Styles:
    styles: dict[str | None, Style] = {}
    codes: dict[str, str] = {}  # of the formats of the file's own, of which most are never looked at
    inks, differential = Inks(), list[bool]()
    for element in found:
        parent = element.getparent()
        collection = "" if parent is None else local_name(parent.tag)
        if collection == "numFmts":
            codes[element.get("numFmtId", "")] = element.get("formatCode", "")[:_MAX_FORMAT_LENGTH]
        elif collection == "cellXfs":
            number = element.get("numFmtId", "0")
            is_percent, is_date, is_misleading, is_empty = _said_by_format(number, codes.get(number))
            is_unseen = is_empty or inks.is_unseen(element)
            styles[str(len(styles))] = Style(is_percent, is_date, _is_locked(element), is_misleading, is_unseen)
        elif collection in ("fonts", "fills"):
            inks.see(element)
        elif collection == "dxfs":
            differential.append(is_unseen_format(element))
    styles[None] = styles.get("0", PLAIN)
    return Styles(styles, frozenset(str(number) for number, is_unseen in enumerate(differential) if is_unseen))


@lru_cache(maxsize=256)
def _said_by_format(number: str, code: str | None) -> tuple[bool, bool, bool, bool]:
    """Whether a format shows percent, a date, another number, nothing of a text; code: None where it is built in."""
    if code is None:
        return (*_BUILT_IN_FORMATS.get(number, (False, False)), False, False)
    return (*_shows(code), misleads(code), hides_texts(code))


def style_of_format(number: int, code: str | None) -> Style:
    """What a number format says: code is its own, as the file writes it; None for one that is built in."""
    if code is None:
        return Style(*_BUILT_IN_FORMATS.get(str(number), (False, False)))
    code = code[:_MAX_FORMAT_LENGTH]
    return Style(*_shows(code), misleads=misleads(code))


@lru_cache(maxsize=256)
def _shows(number_format: str) -> tuple[bool, bool]:
    """Whether a number format shows percent, and whether it shows a date (a time of day alone is none)."""
    codes = _FORMAT_LITERAL.sub("", number_format).lower()
    return "%" in codes, "y" in codes or "d" in codes or ("m" in codes and not ("h" in codes or "s" in codes))


def _is_locked(style: etree._Element) -> bool:
    protections = (child for child in style if local_name(child.tag) == "protection")
    return all(is_true(protection.get("locked", "1")) for protection in protections)


def misleads(number_format: str) -> bool:
    """Whether a number format shows another number than the cell holds: digits of its own, a scale, nothing at all."""
    is_date = _shows(number_format)[1]
    sections = list(_sections(number_format))
    hides = len(sections) > 1 and any(not section.strip() for section in sections[:3])
    plain = [_QUOTED.sub("", section) for section in sections[:3]]
    scales = any(_SCALE.search(section) for section in plain)
    adds = any(_LITERAL_NUMBER.search(section) for section in sections[:3])
    writes = any(re.search("[1-9]", section) and "/" not in section for section in plain)
    return not is_date and (hides or scales or adds or writes)


def hides_texts(number_format: str) -> bool:
    """Whether a number format shows nothing of a text."""
    sections = list(_sections(number_format))
    return len(sections) > 3 and not sections[3].strip()


def _sections(number_format: str) -> Iterator[str]:
    """The parts between semicolons that are not quoted."""
    start = 0
    for match in re.finditer(r'"[^"]*"|\\\\.|!.|;', number_format, re.DOTALL):
        if match[0] == ";":
            yield number_format[start : match.start()]
            start = match.end()
    yield number_format[start:]


def related_part(package: Package, relations: Iterable[Relation], kind: str) -> str | None:
    """The part a relation of this kind points to; None where there is none."""
    targets = (relation.target for relation in relations if relation.type == kind and not relation.is_external)
    return next((target for target in targets if package.has(target)), None)


def is_true(text: str | None) -> bool:
    """An attribute of type boolean."""
    return text in ("1", "true", "on")


_AT_HAND: dict[tuple[bytes, int], Styles] = {}  # by the part, where it is small, and by how much of it is read
