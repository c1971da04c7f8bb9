"""What others do with the same workbook, and the least that anybody must do; bytes go in."""

import io
import zipfile
import zlib
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.parsers import expat

import openpyxl
import pandas as pd
from openpyxl.workbook.workbook import Workbook
from python_calamine import CalamineWorkbook

HAS_EXCELIZE = find_spec("excelize") is not None
CELL_THAT_CHANGES = "A1"
RAW, QUICKLY = -15, 1


# Reading


def by_openpyxl(data: bytes) -> Workbook:
    """All of it, to be changed."""
    return openpyxl.load_workbook(io.BytesIO(data))


def by_openpyxl_read_only(data: bytes) -> None:
    """Values and formulas, row by row."""
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    for sheet in book.worksheets:
        for _ in sheet.iter_rows(values_only=True):
            pass
    book.close()


def by_pandas(data: bytes) -> None:
    """Values of all sheets as data frames, read by calamine."""
    pd.read_excel(io.BytesIO(data), sheet_name=None, header=None, engine="calamine")


def by_calamine(data: bytes) -> None:
    """Values of all sheets as lists."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    for name in book.sheet_names:
        book.get_sheet_by_name(name).to_python()


def by_excelize(data: bytes) -> None:
    """Values of all sheets as texts."""
    book = _excelize().open_reader(data)
    for name in book.get_sheet_list():
        book.get_rows(name)
    book.close()


def parsed_for_nothing(data: bytes) -> None:
    """Every part unpacked, and parsed by a parser that nobody listens to: no reader of XML is quicker."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for info in package.infolist():
            part = package.read(info)
            if info.filename.endswith((".xml", ".rels")):
                expat.ParserCreate().Parse(part, True)


# Writing


def saved_by_openpyxl(book: Workbook) -> None:
    """Once it is loaded."""
    book.save(io.BytesIO())


class HeldByExcelize:
    """A workbook that excelize has loaded."""

    def __init__(self, data: bytes):
        self._book = _excelize().open_reader(data)
        self._sheets = self._book.get_sheet_list()

    def save(self, path: Path) -> None:
        """With a cell changed on each sheet: it writes only those anew. It saves to files only."""
        for name in self._sheets:
            self._book.set_cell_str(name, CELL_THAT_CHANGES, "项目")
        self._book.save_as(str(path))


def _excelize() -> Any:
    return import_module("excelize")


def differing_parts(data: bytes, other: bytes) -> list[bytes]:
    """The parts of a workbook that are not those of another: what must be written for it alone."""
    parts, others = _parts(data), _parts(other)
    return [part for name, part in parts.items() if part != others.get(name)]


def _parts(data: bytes) -> Mapping[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def deflater() -> tuple[str, Callable[[bytes], bytes]]:
    """The quickest that is at hand, by its name."""
    if find_spec("isal"):
        isal = import_module("isal.isal_zlib")
        return "isal", lambda part: isal.compress(part, QUICKLY, RAW)
    return "zlib", lambda part: zlib.compress(part, QUICKLY)
