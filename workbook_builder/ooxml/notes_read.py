"""What a workbook holds beside its cells: comments, and the texts of boxes drawn on its sheets.

Source: ECMA-376 part 1, 18.7 (comments) and 20.5 (spreadsheet drawings).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from lxml import etree

from workbook_builder.cells import column_letters, is_address
from workbook_builder.errors import UnreadableError
from workbook_builder.ooxml.package import Package, Relation
from workbook_builder.ooxml.xml_parts import local_name
from workbook_builder.ooxml.xml_text import rich_text, unescaped

NoteKind = Literal["comment", "text box", "picture", "shape", "control", "unreadable"]
DRAWN = frozenset(("sp", "cxnSp", "graphicFrame", "contentPart"))
_TELLING = tuple(f"{{*}}{name}" for name in ("pic", "p", *sorted(DRAWN)))  # of all that an anchor holds
ANCHORS = ("twoCellAnchor", "oneCellAnchor", "absoluteAnchor")


COMMENTS = {"comments": "comments", "threadedComment": "ThreadedComments"}  # the root of a part, by its relation
STAND_IN = "tc="  # how the author of a comment begins that stands for a thread
# What Excel puts before the words of such a comment, in its own language: that older versions show but do not keep it.
_EXCUSE = re.compile(r"\A\s*\[[^\]]*\].{0,1000}?linkid=870924\s*", re.DOTALL)


class Note(NamedTuple):
    """One of them."""

    sheet: str  # title
    address: str  # of a comment, its cell; "" of all others, and where it names none
    kind: NoteKind
    author: str  # of a comment
    text: str
    covers: str = ""  # of what is drawn, the cells over which it lies, such as C7:E9; "" where it does not say


def read_notes(package: Package, parts: Mapping[str, str]) -> Iterator[Note]:
    """All of them, sheet by sheet; a damaged part is one that says so. parts: of the sheets, by title."""
    for title, part in parts.items():
        yield from _notes_of_sheet(package, title, part)


def _notes_of_sheet(package: Package, title: str, part: str) -> Iterator[Note]:
    try:
        relations = package.relations(part)
        has_threads = any(relation.type == "threadedComment" for relation in relations)
        for relation in relations:
            for note in _notes_in(package, title, relation):
                if not (has_threads and _is_stand_in(note)):
                    yield note
    except UnreadableError:
        yield Note(title, "", "unreadable", "", "")


def _notes_in(package: Package, title: str, relation: Relation) -> Iterator[Note]:
    if relation.is_external or not package.has(relation.target):  # some programs relate what they do not write
        return
    if relation.type in COMMENTS:
        yield from _comments(package, title, relation)
    elif relation.type == "image":
        yield Note(title, "", "picture", "", "")
    elif relation.type == "ctrlProp":
        yield Note(title, "", "control", "", "")
    elif relation.type == "drawing":
        for anchor in package.elements(relation.target, "wsDr", *ANCHORS):
            yield from _drawn(title, anchor)


def _comments(package: Package, title: str, relation: Relation) -> Iterator[Note]:
    authors: list[str] = []
    for element in package.elements(relation.target, COMMENTS[relation.type], "author", "comment", "threadedComment"):
        if local_name(element.tag) == "author":
            authors.append(unescaped(element.text or ""))
        else:
            yield _comment(title, element, authors)


def _comment(title: str, comment: etree._Element, authors: list[str]) -> Note:
    number = comment.get("authorId", "")
    is_known = number.isascii() and number.isdigit() and len(number) < 6 and int(number) < len(authors)
    texts = [child for child in comment if local_name(child.tag) == "text"]
    words = "".join((rich_text(child) if len(child) else child.text or "") for child in texts)
    author = authors[int(number)] if is_known else ""
    address = comment.get("ref", "")
    return Note(title, address if is_address(address) else "", "comment", author, _EXCUSE.sub("", words))


def _is_stand_in(note: Note) -> bool:
    """Whether a comment only stands for one of a thread, so that older programs show something."""
    return note.kind == "comment" and note.author.startswith(STAND_IN)


def _drawn(title: str, anchor: etree._Element) -> Iterator[Note]:
    elements = [(local_name(element.tag), element) for element in anchor.iter(*_TELLING)]
    names, covers = {name for name, _ in elements}, _covered(anchor)
    if "pic" in names:
        yield Note(title, "", "picture", "", "", covers)
    paragraphs = [element for name, element in elements if name == "p"]
    lines = ("".join(run.text or "" for run in p.iter("{*}t")) for p in paragraphs)
    if text := "\n".join(lines).strip():
        yield Note(title, "", "text box", "", text, covers)
    elif "pic" not in names and names & DRAWN:
        yield Note(title, "", "shape", "", "", covers)


def _covered(anchor: etree._Element) -> str:
    """From the cell of its upper left corner to that of its lower right one."""
    corners = []
    for corner in anchor.iterchildren("{*}from", "{*}to"):
        numbers = {local_name(child.tag): (child.text or "").strip() for child in corner}
        row, column = numbers.get("row", ""), numbers.get("col", "")
        if _is_count(row) and _is_count(column):
            corners.append(f"{column_letters(int(column) + 1)}{int(row) + 1}")
    return ":".join(dict.fromkeys(corners))


def _is_count(number: str) -> bool:
    return number.isascii() and number.isdigit() and len(number) < 7
