"""How far the worksheets of a workbook reach: cells that only have a border count, and where the print area ends."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from workbook_builder.cells import row_and_column
from workbook_builder.ooxml.package import Package, open_package
from workbook_builder.ooxml.reader import sheet_entry
from workbook_builder.ooxml.xml_parts import local_name

PRINT_AREA = "_xlnm.Print_Area"
_TITLE = re.compile(r"(?:'(?:[^']|'')*'|[^'!,]*)!")
Corner = tuple[int, int]  # row and column, from 1


class Extent(NamedTuple):
    """How far one worksheet reaches."""

    last_row: int  # with a cell, if only with a border; at least 1
    last_column: int
    printed: Corner | None  # the last cell of the print area; None where there is none


def extents(data: bytes, file: str) -> dict[str, Extent]:
    """Of a workbook that was read, by title. Raises UnreadableError as `read_workbook` does."""
    package = open_package(data, file, in_part=True)
    relations = {relation.id: relation for relation in package.relations(package.workbook)}
    titles: list[tuple[str, str]] = []
    areas: dict[str, str] = {}
    for element in package.elements(package.workbook, "workbook", "sheet", "definedName"):
        if local_name(element.tag) == "sheet":
            title, _, relation = sheet_entry(element)
            titles.append((title, relation or ""))
        elif element.get("name") == PRINT_AREA:
            areas[element.get("localSheetId", "")] = element.text or ""
    return {
        title: Extent(*_drawn(package, relations[relation].target), _end_of(areas.get(str(number), "")))
        for number, (title, relation) in enumerate(titles)
        if relation in relations and relations[relation].type == "worksheet"
    }


def _drawn(package: Package, part: str) -> Corner:
    rows, columns = [1], [1]
    for row, column in _cells(package, part):
        rows.append(row)
        columns.append(column)
    return max(rows), max(columns)


def _cells(package: Package, part: str) -> Iterator[Corner]:
    """The places of all cells; one that does not say where it is follows the one before it."""
    row = 0
    for element in package.elements(part, "worksheet", "row"):
        row, column = int(element.get("r", row + 1)), 0
        for cell in element:
            if local_name(cell.tag) == "c":
                address = cell.get("r")
                row, column = row_and_column(address) if address else (row, column + 1)
                yield row, column


def _end_of(areas: str) -> Corner | None:
    """The last cell of the last of some areas; None where one is no area of cells, such as whole columns."""
    try:
        corners = [tuple(map(row_and_column, area.split(":"))) for area in _TITLE.sub("", areas).split(",")]
    except ValueError:
        return None
    return max(corners, key=lambda found: [number for row, column in found for number in (column, row)])[-1]
