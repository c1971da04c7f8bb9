"""Texts as XML content or attribute, and as SpreadsheetML escapes them; written and read."""

import re

from lxml import etree

from workbook_builder.ooxml.inks import is_struck_through, is_unseen_run
from workbook_builder.ooxml.xml_parts import local_name

ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
ESCAPE_LOOKALIKE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_SPACE, _BLANKS = "{http://www.w3.org/XML/1998/namespace}space", " \t\r\n"
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def xml_text(text: str) -> str:
    """A text as XML content or attribute; what XML cannot hold is left out."""
    clean = NOT_IN_XML.sub("", ESCAPE_LOOKALIKE.sub("_x005F_", text))
    return escaped(clean).replace('"', "&quot;").replace("\r", "&#13;")


def escaped(text: str) -> str:
    """A text as XML content. As the standard library does, which loads all of HTTP with it."""
    return text.replace("&", "&amp;").replace(">", "&gt;").replace("<", "&lt;")


class PartlyUnseen(str):
    """A text of which a part is written so that nobody can read it."""

    __slots__ = ()


class PartlyStruck(str):
    """A text of which a part is struck through."""

    __slots__ = ()


class Doubtful(str):
    """A text that is told in a way of which programs show different parts."""

    __slots__ = ()


def plain_text(element: etree._Element) -> str:
    """The text of an element t, as it is written: without blanks around it, unless it says that they are to be kept."""
    text = element.text or ""
    return text if element.get(_SPACE) == "preserve" else text.strip(_BLANKS)


def rich_text(item: etree._Element) -> str:
    """The text of a string item, its runs joined; phonetic runs (rPh) are no part of it. PartlyUnseen, PartlyStruck or
    Doubtful where it is that.
    """
    pieces, is_unseen, is_struck, texts = [], False, False, 0
    for child in item:
        match local_name(child.tag):
            case "t":
                pieces.append(plain_text(child))
                texts += 1 + len(child)
            case "r":
                properties = [part for part in child if local_name(part.tag) != "t"]
                words = [part for part in child if local_name(part.tag) == "t"]
                run = "".join(part.text or "" for part in words)
                is_unseen |= bool(run.strip()) and any(map(is_unseen_run, properties))
                is_struck |= bool(run.strip()) and any(map(is_struck_through, properties))
                texts += (len(words) > 1 or any(map(len, words))) * 2
                pieces.append(run)
    text = unescaped("".join(pieces))
    if texts > 1 or (texts and len(pieces) > 1):
        return Doubtful(text)
    if is_unseen:
        return PartlyUnseen(text)
    return PartlyStruck(text) if is_struck else text


def runs_in(item: etree._Element) -> int:
    """How many pieces a string item has, at least one; what Excel says of all its pronunciation is none."""
    count = len(item)
    return count - 1 if count > 1 and local_name(item[-1].tag) == "phoneticPr" else max(count, 1)


def unescaped(text: str) -> str:
    """Characters XML cannot hold are written _xHHHH_, in UTF-16 units."""
    if "_x" not in text:
        return text
    text = ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), text)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
