"""The XML of a package's parts, element by element, in memory that does not grow with the part.

A part is parsed in chunks; most are one chunk. What is complete after a chunk is handed on and dropped before the next.
No entity is resolved, nothing is fetched, and a DTD ends the reading before anything below it is parsed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import Any

from lxml import etree

from workbook_builder.errors import UnreadableError
from workbook_builder.ooxml import limits
from workbook_builder.ooxml.limits import MEBIBYTE
from workbook_builder.ooxml.refusals import corrupt, too_large, too_much_content

TRANSITIONAL = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
TRUE, FALSE = ("1", "true", "on"), ("0", "false", "off")  # attributes of type boolean
_PROBE_BYTES = 1 << 10
_UTF_8 = re.compile(
    rb"""(?:<\?xml version=["']1\.0["'](?: encoding=["'](?:UTF|utf)-8["'])?(?: standalone=["'](?:yes|no)["'])?\s*\?>)?\s*<[A-Za-z]"""
)
_ENCODING = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)""")  # not of UTF-16
_PLAIN = bytes(range(0x7F)) + b"\x1b$B!!\x1b(B"  # the last is no text where escapes switch between alphabets
_OPTIONS: Mapping[str, Any] = {
    "resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False, "remove_comments": True,
    "remove_pis": True,
}  # fmt: skip


@lru_cache(maxsize=256)
def local_name(tag: str) -> str:
    """A tag without its namespace."""
    return tag.rsplit("}", 1)[-1]


def is_true(text: str | None) -> bool:
    """An attribute of type boolean."""
    return text in TRUE


def root_tag(pieces: Iterator[bytes], file: str, name: str) -> tuple[str, bytes]:
    """The root's tag, seen before anything below it is parsed, and the bytes that were taken from the part for it."""
    parser, head = _parser(None), b""
    try:
        for piece in pieces:
            start, head = len(head), head + piece
            for offset in range(start, min(len(head), limits.MAX_ELEMENT_BYTES), _PROBE_BYTES):
                for root in _started(parser, head[offset : offset + _PROBE_BYTES]):
                    _refuse_unsafe(head, root.getroottree().docinfo, file, name)
                    return str(root.tag), head
            if len(head) >= limits.MAX_ELEMENT_BYTES:
                break
    except etree.XMLSyntaxError as error:
        raise _not_well_formed(file, name) from error
    raise _not_well_formed(file, name)


def elements(
    pieces: Iterator[bytes], root: str, wanted: tuple[str, ...], file: str, name: str, most: int
) -> Iterator[etree._Element]:
    """Each complete element with one of the wanted local names, in the namespace of the root, in the part's order.

    pieces: of the part. An element is gone when the next is asked for; its attributes, children and the attributes of
    its ancestors can be read until then. Raises UnreadableError where the root's local name is another one, where the
    part is not well formed or has a DTD, and beyond the limits, of which most is one: of elements.
    """
    whole, pieces = whole_if_small(pieces)
    if begins_as_utf_8(whole):
        yield from _of_small(whole, root, wanted, file, name, most)
        return
    tag, head = root_tag(pieces, file, name)
    tags = _tags(tag, root, wanted, file, name)
    count, last = 0, None
    try:
        for growing, unfinished in _grown(_after(head, pieces), tag, frozenset(tags), file, name):
            for element in growing.iter(*tags):
                if element is unfinished:
                    break
                count += 1
                if count > most:
                    raise too_much_content(file, most)
                yield element
                last = element
            if (
                last is not None
            ):  # somebody still holds it: dropped whole, it would take a time that grows with its square
                last.clear()
                last = None
    except etree.XMLSyntaxError as error:
        raise _not_well_formed(file, name) from error


def begins_as_utf_8(head: bytes) -> bool:
    """Whether the first element follows at once in what can be nothing but UTF-8: no DTD comes before it, nor a comment."""
    return _UTF_8.match(head) is not None


def whole_if_small(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """All of a part where it is not large, else nothing; and its pieces."""
    gathered, size = [], 0
    try:
        for piece in pieces:
            gathered.append(piece)
            size += len(piece)
            if size > min(limits.CHUNK_BYTES, limits.MAX_ELEMENT_BYTES):
                return b"", chain(gathered, pieces)
    except UnreadableError as error:
        return b"", _and_then(gathered, error)
    return b"".join(gathered), iter(gathered)


def _and_then(pieces: Iterable[bytes], error: UnreadableError) -> Iterator[bytes]:
    """What was read, and what went wrong behind it: a mistake in the XML before that is told first."""
    yield from pieces
    raise error


def _of_small(
    part: bytes, root: str, wanted: tuple[str, ...], file: str, name: str, most: int
) -> Iterator[etree._Element]:
    """The elements of a part that is parsed at once, in half the time."""
    try:
        tree = etree.fromstring(part, etree.XMLParser(collect_ids=False, **_OPTIONS))
    except etree.XMLSyntaxError as error:
        raise _not_well_formed(file, name) from error
    for count, element in enumerate(tree.iter(*_tags(str(tree.tag), root, wanted, file, name))):
        if count == most:
            raise too_much_content(file, most)
        yield element


def _tags(tag: str, root: str, wanted: tuple[str, ...], file: str, part: str) -> list[str]:
    """The tags of what is wanted, in the namespace of the root, whose tag is given, unless they name their own."""
    if local_name(tag) != root:
        raise corrupt(file, f"组成部分 {part} 的内容不是应有的 {root}")
    return [name if name.startswith("{") else tag[: -len(root)] + name for name in wanted]


def _after(head: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from pieces


def _grown(
    pieces: Iterator[bytes], tag: str, wanted: frozenset[str], file: str, name: str
) -> Iterator[tuple[etree._Element, etree._Element | None]]:
    """The root after each piece, and the first wanted element that more may belong to; what was complete is gone."""
    parser = _parser(tag)
    root: etree._Element | None = None
    newest: etree._Element | None = None
    size = newest_since = 0  # bytes, and how many there were when the newest element was first seen
    for piece in pieces:
        size += len(piece)
        for started in _started(parser, piece):
            root = started if root is None else root
        if root is not None:
            found = _newest(root, wanted)
            newest_since = newest_since if found is newest else size
            newest = found  # and nothing holds what it was until now
            yield root, newest if newest.tag in wanted else None
            _drop_complete(newest)
        if size - newest_since > limits.MAX_ELEMENT_BYTES:
            limit = limits.MAX_ELEMENT_BYTES // MEBIBYTE
            raise too_large(file, f"组成部分 {name} 的一行或一段文字超过 {limit} MiB")
    parser.close()
    if root is not None:
        yield root, None


def _newest(element: etree._Element, wanted: frozenset[str]) -> etree._Element:
    """Only the last child of a level can be incomplete: the last of the last, or the first of them that is wanted."""
    while element.tag not in wanted and len(element):
        element = element[-1]
    return element


def _drop_complete(newest: etree._Element) -> None:
    """Drop all but the ancestors of the newest element: they are not of the kinds wanted."""
    for ancestor in newest.iterancestors():
        del ancestor[:-1]


def _parser(tag: str | None) -> etree.XMLPullParser:
    """One that tells of elements with a tag, or of all. Only what has no DTD has no ids, and ids take half the time."""
    return etree.XMLPullParser(("start",), tag=tag, collect_ids=tag is None, **_OPTIONS)


def _started(parser: etree.XMLPullParser, chunk: bytes) -> Iterator[etree._Element]:
    parser.feed(chunk)
    events: Iterator[Any] = parser.read_events()  # the stubs also list events that were not asked for
    return (element for _, element in events)


def _refuse_unsafe(head: bytes, document: etree.DocInfo, file: str, name: str) -> None:
    """A DTD; and an encoding in which bytes that look like text are markup, so that two programs read two texts."""
    if document.internalDTD is not None:
        raise corrupt(file, f"组成部分 {name} 含有不允许的 DTD 声明")
    declared = _ENCODING.match(head)
    if declared is None or declared[1].lower() == b"utf-8":
        return
    encoding = declared[1].decode()
    try:
        is_plain = _PLAIN.decode(encoding) == _PLAIN.decode("ascii")
    except (LookupError, UnicodeError):
        is_plain = False
    if not is_plain:
        raise corrupt(file, f"组成部分 {name} 的文字编码 {encoding[:20]} 不是工作簿所用的")


def _not_well_formed(file: str, name: str) -> UnreadableError:
    return corrupt(file, f"组成部分 {name} 的 XML 内容有错")
