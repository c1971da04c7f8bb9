"""Cell styles of a workbook as far as they matter to what a cell means: percent, date, lock, whether it misleads or hides.

Source: ECMA-376 part 1, 18.8.10 (cellXfs).
"""

from collections.abc import Iterable
from typing import NamedTuple

from lxml import etree

from workbook_builder.ooxml.inks import Inks, is_unseen_format
from workbook_builder.ooxml.number_formats import MAX_FORMAT_LENGTH, shown_by
from workbook_builder.ooxml.package import Package, Relation
from workbook_builder.ooxml.refusals import corrupt
from workbook_builder.ooxml.xml_parts import elements, is_true, local_name, whole_if_small


class Style(NamedTuple):
    """What a cell's style says; in the order of cells.Cell."""

    is_percent: bool = False
    is_date: bool = False
    is_locked: bool = True
    misleads: bool = False
    is_unseen: bool = False
    misleads_text: bool = False
    is_struck: bool = False


PLAIN = Style()
STYLES_AT_HAND = 4  # each no larger than a small part


class Styles(NamedTuple):
    """Of one workbook."""

    of_cells: dict[str | None, Style]  # by the text of a cell's attribute s; a cell without one has the first style
    unseen_formats: frozenset[str]  # the numbers of the conditional formats that let nothing be seen, or something else


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
            codes[element.get("numFmtId", "")] = element.get("formatCode", "")[:MAX_FORMAT_LENGTH]
        elif collection == "cellXfs":
            number = element.get("numFmtId", "0")
            shown = shown_by(number, codes.get(number))
            misleads = shown.misleads or _repeats(element)
            inked = inks.is_unseen(element), shown.misleads_text or shown.hides_text, inks.is_struck(element)
            styles[str(len(styles))] = Style(shown.is_percent, shown.is_date, _is_locked(element), misleads, *inked)
        elif collection in ("fonts", "fills"):
            inks.see(element)
        elif collection == "dxfs":
            differential.append(is_unseen_format(element))
    styles[None] = styles.get("0", PLAIN)
    return Styles(styles, frozenset(str(number) for number, is_unseen in enumerate(differential) if is_unseen))


def _is_locked(style: etree._Element) -> bool:
    protections = (child for child in style if local_name(child.tag) == "protection")
    return all(is_true(protection.get("locked", "1")) for protection in protections)


def _repeats(style: etree._Element) -> bool:
    """Whether a cell shows a number again and again until it is full: 5 as 5555."""
    return any(local_name(child.tag) == "alignment" and child.get("horizontal") == "fill" for child in style)


def related_part(package: Package, relations: Iterable[Relation], kind: str) -> str | None:
    """The part a relation of this kind points to; None where there is none. Of two, programs take different ones."""
    targets = {relation.target for relation in relations if relation.type == kind and not relation.is_external}
    there = [target for target in targets if package.has(target)]
    if len(there) > 1:
        raise corrupt(package.file, f"工作簿有不止一个 {kind} 部分")
    return next(iter(there), None)


_AT_HAND: dict[tuple[bytes, int], Styles] = {}  # by the part, where it is small, and by how much of it is read
