"""The {{key}} markers in the paragraphs of a Word file: found and filled in, also where Word has cut one into several runs."""

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from docx.oxml import parse_xml
from docx.oxml.ns import qn
from lxml import etree

from workbook_builder.centre.publish.word_xml import NAMESPACES, clean, text_runs

MARKER = re.compile(r"\{\{\s*([^{}:：]+?)\s*(?:[:：]\s*([^{}]*?)\s*)?\}\}")
PROJECT = "项目"  # many names end with it, and titles go on with it
BRACES = re.compile(r"\{\{|\}\}|｛｛|｝｝")


def paragraphs(element: Any) -> Iterator[Any]:
    """All paragraphs at and below an element, those of text boxes too."""
    yield from element.iter(qn("w:p"))


def text_of(paragraph: Any) -> str:
    """What a paragraph says, without what paragraphs within it say."""
    return "".join(node.text or "" for node in _nodes(paragraph))


def _nodes(paragraph: Any) -> list[Any]:
    nodes = paragraph.iter(qn("w:t"))
    return [node for node in nodes if next(node.iterancestors(qn("w:p"))) is paragraph]


def fill(paragraph: Any, value: Callable[[str], str]) -> None:
    """Puts values, on one line, in the place of a paragraph's markers; each keeps the look of where its marker begins."""
    nodes = _nodes(paragraph)
    texts = [node.text or "" for node in nodes]
    whole = "".join(texts)
    for match in reversed(list(MARKER.finditer(whole))):
        words = " ".join(clean(value(match[1])).split("\n"))
        is_said_behind = words.endswith(PROJECT) and whole.startswith(PROJECT, match.end())
        _replace(texts, match.start(), match.end(), words.removesuffix(PROJECT) if is_said_behind else words)
    for node, text in zip(nodes, texts, strict=True):
        if text != (node.text or ""):
            node.text = text
            node.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            run = node.getparent()
            run.get_or_add_rPr().get_or_add_rFonts().set(qn("w:hint"), "eastAsia")


def _replace(texts: list[str], start: int, end: int, words: str) -> None:
    """In texts that follow each other, what lies between two places of all of them."""
    place = 0
    for number, text in enumerate(texts):
        first, last = max(start - place, 0), min(end - place, len(text))
        place += len(text)
        if first < last:
            texts[number] = text[:first] + words + text[last:]
            words = ""


def lines_like(paragraph: Any, text: str) -> list[Any]:
    """A paragraph for each line of a text, looking like this one; none where nothing is to be said."""
    first = next(iter(_nodes(paragraph)))
    look = first.getparent().find(qn("w:rPr"))
    inside = "" if look is None else "".join(etree.tostring(child, encoding="unicode") for child in look)
    made = []
    for line in clean(text).split("\n") if text.strip() else []:
        new = parse_xml(f"<w:p {NAMESPACES}>{text_runs(line, inside)}</w:p>")
        if paragraph.pPr is not None:
            new.insert(0, deepcopy(paragraph.pPr))
        made.append(new)
    return made
