"""Programs that recalculate fillings of a workbook: formualizer, which judges; ironcalc and HyperFormula, which bear witness.

A filling is what is put into cells, by address such as 申报表!B4: None, a number, a formula (=NA()), a text; an apostrophe
before a text is no part of it. Each program begins with the same workbook and the same raw values, whatever it makes of them.
"""

import io
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import formualizer
import ironcalc
from lxml import etree

from tests.office.programs import Value, run_node
from workbook_builder.blank.calculate import ERRORS
from workbook_builder.blank.stamp import sheet_parts
from workbook_builder.cells import Place, row_and_column
from workbook_builder.ooxml.reader import read_workbook

Filling = Mapping[str, Value]
Values = dict[str, Value]  # of every formula cell that the filling leaves alone, by address; an error by its name
STALE = "旧值"  # in place of every cached value, so that whatever else a program shows it has computed
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


class Book(NamedTuple):
    """A workbook that is filled in, and its formulas by address; empty where one only follows a shared formula."""

    data: bytes
    formulas: Mapping[str, str]

    @classmethod
    def of(cls, data: bytes) -> "Book":
        sheets = read_workbook(data, "").sheets
        return cls(
            data,
            {
                f"{title}!{Place(title, *where).address}": cell.formula
                for title, sheet in sheets.items()
                for where, cell in sheet.cells.items()
                if cell.formula is not None
            },
        )

    def wanted(self, filling: Filling) -> list[str]:
        """The formula cells that it leaves alone."""
        return [address for address in self.formulas if address not in filling]


def raw(value: Value) -> tuple[Value, bool]:
    """What is put into a cell, and whether it is a formula: a sign alone, as in the comparators' column, is none."""
    if not isinstance(value, str):
        return value, False
    is_formula = value.startswith("=") and value != "="
    return value[1:] if is_formula else value.removeprefix("'"), is_formula


def place_of(address: str) -> Place:
    sheet, _, cell = address.rpartition("!")
    return Place(sheet, *row_and_column(cell))


def by_formualizer(book: Book, fillings: Iterable[Filling]) -> Iterator[Values]:
    engine = formualizer.load_workbook_bytes(book.data)
    engine.set_temporal_egress("serial")
    for filling in fillings:
        before = {address: engine.get_value(*place_of(address)) for address in filling}
        for address, value in filling.items():
            content, is_formula = raw(value)
            _set_in_formualizer(engine, address, content, is_formula=is_formula)
        engine.evaluate_all()
        yield {address: value_in_formualizer(engine, place_of(address)) for address in book.wanted(filling)}
        for address, value in before.items():
            formula = book.formulas.get(address)
            _set_in_formualizer(engine, address, value if formula is None else formula, is_formula=formula is not None)


def _set_in_formualizer(engine: Any, address: str, content: Value, *, is_formula: bool) -> None:
    if is_formula:
        engine.set_formula(*place_of(address), f"={content}")
    else:
        engine.set_value(*place_of(address), content)


def value_in_formualizer(engine: Any, place: Place) -> Any:
    value = engine.get_value(*place)
    return ERRORS.get(value.get("kind", ""), "#VALUE!") if isinstance(value, dict) else value


def by_ironcalc(book: Book, fillings: Iterable[Filling]) -> Iterator[Values]:
    """From a file of its own for each filling, for a cell emptied through its API still counts as 0."""
    wiped = _Wiped(book.data)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "填.xlsx"
        for filling in fillings:
            path.write_bytes(wiped.filled(filling))
            model = ironcalc.load_from_xlsx(str(path))
            model.evaluate()
            sheets = {sheet["name"]: number for number, sheet in enumerate(model.get_worksheets_properties())}
            places = ((address, place_of(address)) for address in book.wanted(filling))
            yield {
                address: model.get_cell_value(sheets[place.sheet], place.row, place.column) for address, place in places
            }


class _Wiped:
    """A workbook whose cached values are none."""

    def __init__(self, data: bytes):
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            self._parts = {name: package.read(name) for name in package.namelist()}
            self._names = {title: name for name, title in sheet_parts(package).items()}
        for name in self._names.values():
            sheet = etree.fromstring(self._parts[name])
            for cell in sheet.iterfind(f".//{MAIN}c[{MAIN}f]"):
                cell.set("t", "str")
                next(cell.iter(f"{MAIN}v")).text = STALE
            self._parts[name] = etree.tostring(sheet)

    def filled(self, filling: Filling) -> bytes:
        parts = dict(self._parts)
        by_sheet: dict[str, dict[str, Value]] = {}
        for address, value in filling.items():
            by_sheet.setdefault(place_of(address).sheet, {})[place_of(address).address] = value
        for title, values in by_sheet.items():
            sheet = etree.fromstring(parts[self._names[title]])
            cells = {cell.get("r"): cell for cell in sheet.iter(f"{MAIN}c")}
            for address, value in values.items():
                _put(cells[address], value)
            parts[self._names[title]] = etree.tostring(sheet)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as package:
            for name, part in parts.items():
                package.writestr(name, part)
        return buffer.getvalue()


def _put(cell: etree._Element, value: Value) -> None:
    if (old := cell.find(f"{MAIN}f[@ref]")) is not None:
        raise ValueError(f"other cells share the formula of {cell.get('r')}: {old.text}")
    if "t" in cell.attrib:
        del cell.attrib["t"]
    del cell[:]
    content, is_formula = raw(value)
    if is_formula:
        cell.set("t", "str")
        etree.SubElement(cell, f"{MAIN}f").text = str(content)
        etree.SubElement(cell, f"{MAIN}v").text = STALE
    elif isinstance(content, str):
        cell.set("t", "inlineStr")
        etree.SubElement(etree.SubElement(cell, f"{MAIN}is"), f"{MAIN}t").text = content
    elif content is not None:
        etree.SubElement(cell, f"{MAIN}v").text = repr(content)


def by_hyperformula(book: Book, fillings: Sequence[Filling]) -> Iterator[Values]:
    """From what SheetJS reads of the file. Skips the test where one of the programs is missing."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "填.xlsx"
        path.write_bytes(book.data)
        results = run_node("hyperformula.js", {"book": str(path), "fillings": fillings})
    for filling, values in zip(fillings, results, strict=True):
        yield {address: values[address] for address in book.wanted(filling)}
