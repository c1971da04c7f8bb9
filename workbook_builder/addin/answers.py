r"""What an action answers: things to show and to ask, and the lines in which the add-in's VBA reads them.

A line is a verb and its arguments, separated by tabs, ASCII only: everything else goes as \uXXXX, for VBA reads files in
the code page of the system. macros/WbBridge.bas carries out the same verbs.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from workbook_builder.cells import Place

Colour = tuple[int, int, int]  # red, green, blue
HEADER_COLOUR, ERROR_COLOUR, WARNING_COLOUR = (221, 235, 247), (255, 199, 206), (255, 235, 156)
ESCAPED = re.compile(r"\\u([0-9a-f]{4})")


class Message(NamedTuple):
    """A sentence in a window of its own."""

    text: str
    is_error: bool = False


class Ask(NamedTuple):
    """A question; the action is run again with the answer under its name, or not at all where it is cancelled.

    kind: text; cell, which proposes what stands in the selected cell; folder; yes, whose only answer is yes.
    """

    name: str
    kind: Literal["text", "cell", "folder", "yes"]
    prompt: str
    proposal: str = ""


class Save(NamedTuple):
    """Whether to save the workbook that was clicked in; saved, the action is run again."""

    prompt: str


class Copy(NamedTuple):
    """A copy wanted of the workbook that was clicked in, with what was not saved; the action is run again with its path."""

    name: str  # of the answer that holds the path


class Open(NamedTuple):
    """A workbook to show."""

    path: Path

    @property
    def refusal(self) -> str:
        """What to say where it does not open; Excel never has two workbooks of one name open."""
        return f"“{self.path}”没有打开。如果已经打开了同名的工作簿，请先关闭它，再打开这个文件。"


class Select(NamedTuple):
    """A cell of the workbook that was clicked in, to go to."""

    sheet: str
    cell: str


class Table(NamedTuple):
    """A new workbook with one sheet: a header, rows of texts, and colours of whole rows by their number from 0."""

    title: str
    columns: Mapping[str, float]  # header -> width in characters
    rows: Sequence[Sequence[str]]
    colours: Mapping[int, Colour]

    @property
    def areas(self) -> Iterator[tuple[str, Colour]]:
        """The areas that have a colour, such as A2:D2; the header is one of them."""
        last = len(self.columns)
        for row, colour in {-1: HEADER_COLOUR, **self.colours}.items():
            first, end = (Place("", row + 2, column).address for column in (1, last))
            yield f"{first}:{end}", colour


Step = Message | Ask | Save | Copy | Open | Select | Table
Answer = Sequence[Step]


def escaped(text: str) -> str:
    r"""The text with everything but plain ASCII as \uXXXX, UTF-16 units."""
    units = memoryview(text.encode("utf-16-le", "surrogatepass")).cast("H")
    return "".join(chr(unit) if 32 <= unit < 127 and unit != ord("\\") else f"\\u{unit:04x}" for unit in units)


def unescaped(text: str) -> str:
    r"""The text of an argument as VBA passes it: \uXXXX where it was not plain."""
    units = ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def to_json(answer: Answer) -> list[dict[str, Any]]:
    """The answer as `addin run --json` says it."""
    steps = ({"step": type(step).__name__.lower(), **step._asdict()} for step in answer)
    return [{name: str(value) if isinstance(value, Path) else value for name, value in step.items()} for step in steps]


def to_lines(answer: Answer) -> bytes:
    """The answer as the VBA reads it."""
    lines = ("\t".join(escaped(word) for word in line) for step in answer for line in _lines(step))
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _lines(step: Step) -> Iterable[tuple[str, ...]]:
    match step:
        case Message(text, is_error):
            return [("error" if is_error else "message", text)]
        case Ask():
            return [("ask", *step)]
        case Save(prompt):
            return [("save", prompt)]
        case Copy(name):
            return [("copy", name)]
        case Open(path):
            return [("open", str(path), step.refusal)]
        case Select():
            return [("select", *step)]
        case Table():
            return _table_lines(step)


def _table_lines(table: Table) -> Iterator[tuple[str, ...]]:
    yield "add", table.title
    for column, width in enumerate(table.columns.values(), start=1):
        yield "width", str(column), f"{width:g}"
    for row, cells in enumerate((tuple(table.columns), *table.rows), start=1):
        yield from (("set", Place("", row, column).address, text) for column, text in enumerate(cells, 1) if text)
    for area, (red, green, blue) in table.areas:
        yield "colour", area, str(red + 256 * green + 65536 * blue)  # as VBA counts colours
