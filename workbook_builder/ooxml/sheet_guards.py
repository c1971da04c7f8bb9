"""What a sheet holds besides its cells to guard them, and what it embeds: validations, objects, pages without rows.

Source: ECMA-376 part 1, 18.3.1.32 (dataValidation), 18.3.1.60 (oleObjects) and 18.3.1.19 (controls).
"""

from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from workbook_builder.cells import row_and_column
from workbook_builder.ooxml.xml_parts import local_name

GUARDS = ("dataValidation", "oleObject", "control")  # of a sheet, the elements that GuardsSeen wants to see
MAX_VALIDATIONS = 2_000  # of a sheet; more are no form's, and comparing takes time with each
LEAST_POINTS, LEAST_WIDTH = 1.5, 0.3  # of a row's height; of a column, in characters
FALSE = ("0", "false", "off")
Box = tuple[int, int, int, int]  # first row, first column, last row, last column


class Validation(NamedTuple):
    """One rule of what may be typed, as the file says it."""

    area: str  # such as E7 or F15:F20 F22
    kind: str  # list, custom, date …; none where everything may be typed
    operator: str
    first: str  # formulas, without "="
    second: str
    refuses: bool  # whether anything is said to what it does not allow

    @property
    def boxes(self) -> Iterator[Box]:
        """The areas by numbers; what is no area is left out."""
        return boxes_in(self.area)


class SheetGuards(NamedTuple):
    """All of one sheet, in the order of the file."""

    validations: tuple[Validation, ...] = ()
    embeds: bool = False  # OLE objects or ActiveX controls


class GuardsSeen:
    """Gathers those of one sheet while it is read."""

    def __init__(self) -> None:
        self._validations: list[Validation] = []
        self._embeds = False

    def see(self, element: etree._Element) -> None:
        """One of the elements of GUARDS."""
        if local_name(element.tag) != "dataValidation":
            self._embeds = True
        elif len(self._validations) < MAX_VALIDATIONS:
            self._validations.append(_validation(element))

    @property
    def all(self) -> SheetGuards:
        """What was seen."""
        return SheetGuards(tuple(self._validations), self._embeds)


def boxes_in(areas: str) -> Iterator[Box]:
    """Areas such as B2:D4, set apart by blanks, as numbers; what is no area is left out."""
    for area in areas.split():
        first, _, last = area.partition(":")
        try:
            (top, left), (bottom, right) = row_and_column(first), row_and_column(last or first)
        except ValueError:
            continue
        yield min(top, bottom), min(left, right), max(top, bottom), max(left, right)


def _validation(element: etree._Element) -> Validation:
    formulas = {local_name(child.tag): child.text or "" for child in element}
    kind = element.get("type", "none")
    operator = element.get("operator", "between") if kind not in ("none", "list", "custom") else ""
    second = formulas.get("formula2", "") if operator in ("between", "notBetween") else ""
    refuses = element.get("showErrorMessage", "0") not in FALSE and kind != "none"
    return Validation(element.get("sqref", ""), kind, operator, formulas.get("formula1", ""), second, refuses)


def is_below(size: str | None, least: float) -> bool:
    """Whether a row or a column is so low or narrow that nothing of it is seen; size: as its attribute says."""
    try:
        return size is not None and float(size) < least
    except ValueError:
        return False
