"""What reading a workbook costs: `python benchmarks/reading.py WORKBOOK`, such as the filled one that `make demo` leaves.

Beside reading: unpacking every part and parsing it for nothing, than which no reader of XML is faster, and openpyxl
loading the same file. The first reading of a form is told apart from later ones, which know cells they have seen before.
Processor time, medians of runs that take turns.
"""

import io
import statistics
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.parsers import expat

import openpyxl
from rich.console import Console
from rich.table import Table

from workbook_builder.ooxml.plain_cells import known_cells
from workbook_builder.ooxml.reader import read_workbook

RUNS = 25


def unpacked_and_parsed(data: bytes) -> None:
    """Every part, with a parser that nobody listens to."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for info in package.infolist():
            part = package.read(info)
            if info.filename.endswith((".xml", ".rels")):
                expat.ParserCreate().Parse(part, True)


def first_reading(data: bytes) -> None:
    """As in a new process."""
    known_cells.cache_clear()
    read_workbook(data, "a.xlsx")


WORK: dict[str, Callable[[bytes], object]] = {
    "unpacked and parsed for nothing": unpacked_and_parsed,
    "read, the form's first": first_reading,
    "read, as one of many": lambda data: read_workbook(data, "a.xlsx"),
    "openpyxl, loaded": lambda data: openpyxl.load_workbook(io.BytesIO(data)),
}


def main() -> None:
    """Prints the table."""
    data = Path(sys.argv[1]).read_bytes()
    taken: dict[str, list[float]] = {name: [] for name in WORK}
    for _ in range(RUNS + 1):
        for name, work in WORK.items():
            start = time.process_time()
            work(data)
            taken[name].append(time.process_time() - start)
    medians = {name: statistics.median(times[1:]) for name, times in taken.items()}
    table = Table("", "ms", "times the least", "openpyxl takes times")
    least, peer = min(medians.values()), medians["openpyxl, loaded"]
    for name, median in medians.items():
        table.add_row(name, f"{1000 * median:.1f}", f"{median / least:.1f}", f"{peer / median:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
