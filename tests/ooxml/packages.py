"""Packages made by hand, part by part, and what opening them says."""

import io
import struct
import zipfile
from collections.abc import Iterable

import openpyxl
import pytest

from workbook_builder.errors import UnreadableError
from workbook_builder.findings import Finding
from workbook_builder.ooxml.package import open_package

RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def relationships(*relations: str) -> str:
    return f'<Relationships xmlns="{RELATIONSHIPS}">{"".join(relations)}</Relationships>'


def relation(identifier: str, kind: str, target: str, mode: str = "") -> str:
    return f'<Relationship Id="{identifier}" Type="{OFFICE}/{kind}" Target="{target}"{mode}/>'


ROOT_RELATIONS = relationships(relation("rId1", "officeDocument", "xl/workbook.xml"))


def archive(parts: Iterable[tuple[str, str | bytes]]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in parts:
            written.writestr(name, content)
    return stream.getvalue()


def workbook_archive(*more: tuple[str, str | bytes]) -> bytes:
    return archive([("_rels/.rels", ROOT_RELATIONS), ("xl/workbook.xml", "<workbook/>"), *more])


def real_workbook() -> bytes:
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "项目名称"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def refusal(data: bytes, file: str = "申报.xlsx") -> Finding:
    with pytest.raises(UnreadableError) as caught:
        open_package(data, file)
    finding = caught.value.finding
    assert (finding.severity, finding.sheet, finding.cell, finding.key) == ("error", None, None, None)
    assert f"「{file}」" in finding.message
    return finding


def compound_file(*stream_names: str) -> bytes:
    """A minimal OLE container: header, one allocation sector, one directory sector; the streams are empty."""
    end, free, allocation = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
    header = struct.pack(
        "<8s16s5H6x9I", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6,
        0, 1, 1, 0, 4096, end, 0, end, 0,
    )  # fmt: skip
    header += struct.pack("<109I", 0, *[free] * 108)
    table = struct.pack("<128I", allocation, end, *[free] * 126)
    entries = [directory_entry("Root Entry", 5, child=1)]
    for number, name in enumerate(stream_names, start=1):
        entries.append(directory_entry(name, 2, right=number + 1 if number < len(stream_names) else free))
    return header + table + b"".join(entries).ljust(512, b"\0")


def directory_entry(name: str, kind: int, right: int = 0xFFFFFFFF, child: int = 0xFFFFFFFF) -> bytes:
    encoded = name.encode("utf-16-le")
    start = struct.pack("<64sHBB3I", encoded, len(encoded) + 2, kind, 1, 0xFFFFFFFF, right, child)
    return start + bytes(36) + struct.pack("<IQ", 0xFFFFFFFE, 0)
