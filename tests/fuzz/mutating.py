"""Alters what a program reads, at the level at which it reads it: parts of a zip, elements of XML, words of JSON.

Bytes altered anywhere hardly ever get past a checksum or a parser; these stay well-formed more often than not.
"""

import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

Alteration = Callable[[bytes, Random], bytes]

NUMBERS = (
    "", "0", "-1", "-0", "1", "2", "60", "1.5", "1e999", "1e-400", "-1e22", "1e16", "NaN", "-Infinity", "1_000", " 1 ", "+1", "0x1F",
    "1048576", "1048577", "16385", "2958466", "2147483648", "99999999999999999999", "9" * 5000, "２０２２", "٣", "²", "Ⅷ", "true",
)  # fmt: skip
PLACES = (
    "A0",
    "A1",
    "XFD1048576",
    "XFE1",
    "A1048577",
    "$A$1",
    "a1",
    "A1:XFD1048576",
    "B2:A1",
    "A:A",
    "1:1",
    "#REF!",
    "A1 B2",
    ":",
)
KINDS = (
    "s", "b", "e", "d", "n", "str", "inlineStr", "shared", "array", "dataTable", "veryHidden", "External", "rId1", "rId99",
    "/xl/workbook.xml", "../..", "xl/worksheets/sheet1.xml", "%zz", "\\", "worksheet", "chartsheet", "list", "custom", "preserve",
)  # fmt: skip
TEXTS = (
    "_x0000_", "_x000D_", "_xD800_", "&#xD;", "&#x1F600;", "&lt;p&gt;", "\u202e", "\u200b", "\x7f", "é", "一", "说" * 300, "a" * 40_000,
    "=1+1", "=A1", "+SUM(", "{{annual_funds}}", "{{}}", "{{indicators.name}}", "root_annual_funds", "indicators[0]", "[", "{", "'", "2022-13-45",
    "2022年2月30日", "0001-01-01", "9999-12-31", "0000-00-00", "≥90%", "2000万", "约", "通过", "%", "%%", "\n", "*?~",
)  # fmt: skip
WORDS = tuple(word.encode() for word in (*NUMBERS, *PLACES, *KINDS, *TEXTS))
_ESCAPES = (
    '"\\ud800"',
    '"\\u0000"',
    '"\\u202e"',
    "NaN",
    "-Infinity",
    "1e400",
    "-0",
    "null",
    "true",
    "[]",
    "{}",
    "[null]",
    '{"": null}',
)
JSON_WORDS = (
    *(json.dumps(word).encode() for word in (*NUMBERS, *TEXTS)),
    *(word.encode() for word in (*NUMBERS[1:12], *_ESCAPES)),
    b"[" * 200 + b"]" * 200,
    b"[" * 50_000 + b"]" * 50_000,
)

_VALUE, _BETWEEN = re.compile(rb'="([^"]*)"'), re.compile(rb">([^<>]+)<")
_ATTRIBUTE, _ELEMENT = re.compile(rb'\s[\w:]+="[^"]*"'), re.compile(rb"<(\w[\w:]*)\b[^<>]*?(?:/>|>)")
_JSON_WORD = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null')
_STORED = zipfile.ZIP_STORED


def altered_xml(data: bytes, random: Random) -> bytes:
    """An XML part with one to three words, attributes or elements replaced, dropped, doubled or moved."""
    return _times(data, random, random.choice((1, 1, 2, 3)), _OF_XML)


def altered_json(data: bytes, random: Random) -> bytes:
    """A JSON document with one to three of its words replaced or of its entries dropped, doubled or swapped."""
    return _times(data, random, random.choice((1, 1, 2, 3)), _OF_JSON)


def altered_package(data: bytes, random: Random) -> bytes:
    """A zip archive of XML parts, of which one or two are altered, dropped, renamed or taken for another."""
    try:
        parts = unpacked(data)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, RuntimeError):
        return _bytes(data, random)
    for _ in range(random.choice((1, 1, 2))):
        if not parts:
            break
        name, other = random.choice(list(parts)), random.choice(list(parts))
        match random.randrange(20):
            case 0:
                del parts[name]
            case 1:
                parts[other + random.choice(("", "x", "/", " "))] = parts.pop(name)
            case 2:
                parts[name] = parts[other]
            case _:
                parts[name] = altered_xml(parts[name], random)
    return packed(parts)


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Mapping[str, bytes]) -> bytes:
    """Not compressed: it is read once and thrown away."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", _STORED) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


def _times(data: bytes, random: Random, times: int, alterations: tuple[Alteration, ...]) -> bytes:
    for _ in range(times):
        data = random.choice(alterations)(data, random)
    return data


def _span(pattern: re.Pattern[bytes], data: bytes, random: Random, group: int = 0) -> tuple[int, int] | None:
    """One of the matches from a place drawn at random on: all of them need not be looked for."""
    found = pattern.search(data, random.randrange(len(data) + 1)) or pattern.search(data)
    return found.span(group) if found else None


def _replaced(data: bytes, span: tuple[int, int] | None, new: bytes) -> bytes:
    return data if span is None else data[: span[0]] + new + data[span[1] :]


def _new_value(data: bytes, random: Random) -> bytes:
    word = random.choice(WORDS).replace(b'"', b"&quot;").replace(b"<", b"&lt;")
    return _replaced(data, _span(_VALUE, data, random, 1), word)


def _new_text(data: bytes, random: Random) -> bytes:
    return _replaced(data, _span(_BETWEEN, data, random, 1), random.choice(WORDS).replace(b"<", b"&lt;"))


def _value_of_another(data: bytes, random: Random) -> bytes:
    source = _span(_VALUE, data, random, 1)
    return data if source is None else _replaced(data, _span(_VALUE, data, random, 1), data[slice(*source)])


def _no_attribute(data: bytes, random: Random) -> bytes:
    return _replaced(data, _span(_ATTRIBUTE, data, random), b"")


def _element(data: bytes, random: Random) -> tuple[int, int] | None:
    """A whole element, roughly: up to the next end of that name."""
    found = _ELEMENT.search(data, random.randrange(len(data) + 1)) or _ELEMENT.search(data)
    if found is None or found[0].endswith(b"/>"):
        return found.span() if found else None
    end = data.find(b"</" + found[1] + b">", found.end())
    return None if end < 0 else (found.start(), end + len(found[1]) + 3)


def _no_element(data: bytes, random: Random) -> bytes:
    return _replaced(data, _element(data, random), b"")


def _element_elsewhere(data: bytes, random: Random) -> bytes:
    """An element once more, before, within or behind another."""
    source, target = _element(data, random), _span(_ELEMENT, data, random)
    if source is None or target is None:
        return data
    place = random.choice(target)
    return data[:place] + data[slice(*source)] + data[place:]


def _no_content(data: bytes, random: Random) -> bytes:
    return _replaced(data, _span(_BETWEEN, data, random, 1), b"")


def _bytes(data: bytes, random: Random) -> bytes:
    """A few bytes drawn anew anywhere."""
    start = random.randrange(len(data) + 1)
    return _replaced(data, (start, start + random.randrange(4)), random.randbytes(random.randrange(4)))


def _new_json_word(data: bytes, random: Random) -> bytes:
    return _replaced(data, _span(_JSON_WORD, data, random), random.choice(JSON_WORDS))


def _json_word_of_another(data: bytes, random: Random) -> bytes:
    source = _span(_JSON_WORD, data, random)
    return data if source is None else _replaced(data, _span(_JSON_WORD, data, random), data[slice(*source)])


def _other_entries(data: bytes, random: Random) -> bytes:
    """One entry of an object or list dropped, doubled, or in the place of another."""
    try:
        content = json.loads(data)
        holders = list(_holders(content))
        if not holders:
            return data
        _change_entry(random.choice(holders), random)
        return json.dumps(content, ensure_ascii=random.random() < 0.5).encode()
    except (ValueError, RecursionError):
        return _bytes(data, random)


def _holders(content: Any) -> Any:
    if isinstance(content, dict | list) and content:
        yield content
        for one in content.values() if isinstance(content, dict) else content:
            yield from _holders(one)


def _change_entry(holder: Any, random: Random) -> None:
    keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    key, other = random.choice(keys), random.choice(keys)
    match random.randrange(3):
        case 0:
            del holder[key]
        case 1:
            holder[key] = holder[other]
        case _ if isinstance(holder, list):
            holder.append(holder[key])
        case _:
            holder[str(key) + random.choice(("", "x", "[0]"))] = holder.pop(key)


_OF_XML: tuple[Alteration, ...] = (
    _new_value, _new_value, _new_text, _new_text, _value_of_another, _no_attribute, _no_element, _element_elsewhere, _no_content, _bytes,
)  # fmt: skip
_OF_JSON: tuple[Alteration, ...] = (
    _new_json_word,
    _new_json_word,
    _json_word_of_another,
    _other_entries,
    _other_entries,
    _bytes,
)
