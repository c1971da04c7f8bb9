"""What a sheet holds besides its cells to guard them, and what it embeds: validations, conditional formats, objects.

Source: ECMA-376 part 1, 18.3.1.32 (dataValidation), 18.3.1.18 (conditionalFormatting), 18.3.1.60 (oleObjects), 18.3.1.19
(controls), 18.3.1.71 (protectedRange) and 18.3.1.85 (sheetProtection).
"""

from collections.abc import Container, Iterator, Mapping
from typing import NamedTuple

from lxml import etree

from workbook_builder.cells import row_and_column
from workbook_builder.ooxml.inks import is_unseen_format, shows_no_number
from workbook_builder.ooxml.xml_parts import FALSE, local_name

NEWER_FORMATS = "{http://schemas.microsoft.com/office/spreadsheetml/2009/9/main}conditionalFormatting"
GUARDS = (
    "dataValidation",
    "conditionalFormatting",
    NEWER_FORMATS,
    "protectedRange",
    "oleObject",
    "control",
)  # of a sheet, the elements that GuardsSeen wants to see
MAX_VALIDATIONS = 2_000  # of a sheet, and as many formats; more are no form's, and comparing takes time with each
MAX_BOXES = 10_000  # of a sheet's validations, or of its formats, that are compared
LEAST_POINTS, LEAST_WIDTH = 1.5, 0.3  # of a row's height; of a column, in characters
NOTHING = ("0", '""')
OF_NOTHING = ("ISBLANK", "ISERROR", "ISERR", "ISNA")
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
    formats: tuple[str, ...] = ()  # the areas of the conditional formats, as those of validations
    open_ranges: tuple[str, ...] = ()  # areas that may be typed into though they are locked
    unseen: tuple[str, ...] = ()  # areas where a conditional format lets nothing be seen, or something else


class GuardsSeen:
    """Gathers those of one sheet while it is read."""

    def __init__(self, unseen_formats: Container[str]) -> None:
        """unseen_formats: the numbers of the formats that let nothing be seen, or something else (styles)."""
        self._unseen_formats = unseen_formats
        self._open: list[str] = []
        self._unseen: list[str] = []
        self._validations: list[Validation] = []
        self._formats: list[str] = []
        self._embeds = False

    def see(self, element: etree._Element) -> None:
        """One of the elements of GUARDS."""
        match local_name(element.tag):
            case "dataValidation":
                if len(self._validations) < MAX_VALIDATIONS:
                    self._validations.append(_validation(element))
            case "conditionalFormatting":
                areas = _areas_of(element)
                if len(self._formats) < MAX_VALIDATIONS and element.tag != NEWER_FORMATS:
                    self._formats.append(areas)
                unseen = (rule for rule in element if self._is_unseen(rule) and not _is_of_nothing(rule, areas))
                if len(self._unseen) < MAX_VALIDATIONS and any(True for _ in unseen):
                    self._unseen.append(areas)
            case "protectedRange":
                if len(self._open) < MAX_VALIDATIONS:
                    self._open.append(element.get("sqref", ""))
            case _:
                self._embeds = True

    def _is_unseen(self, rule: etree._Element) -> bool:
        """Whether a rule of a conditional format lets nothing be seen, or something else."""
        own = (child for child in rule if local_name(child.tag) == "dxf")  # newer rules bring their format along
        return rule.get("dxfId") in self._unseen_formats or shows_no_number(rule) or any(map(is_unseen_format, own))

    @property
    def all(self) -> SheetGuards:
        """What was seen."""
        areas = tuple(self._formats), tuple(self._open), tuple(self._unseen)
        return SheetGuards(tuple(self._validations), self._embeds, *areas)


def password_words(protection: Mapping[str, str] | None, prefix: str = "") -> tuple[str, ...]:
    """What tells the password of a sheet, or with the prefix workbook of a workbook, from another; () without one."""
    names = ("hashValue", "saltValue", "password")
    attributes = (f"{prefix}{name[0].upper()}{name[1:]}" if prefix else name for name in names)
    return tuple(word for word in ((protection or {}).get(name, "") for name in attributes) if word)


def boxes_in(areas: str) -> Iterator[Box]:
    """Areas such as B2:D4, set apart by blanks, as numbers; what is no area is left out."""
    for area in areas.split():
        first, _, last = area.partition(":")
        try:
            (top, left), (bottom, right) = row_and_column(first), row_and_column(last or first)
        except ValueError:
            continue
        yield min(top, bottom), min(left, right), max(top, bottom), max(left, right)


def holds(box: Box, row: int, column: int) -> bool:
    """Whether a cell lies in an area."""
    return box[0] <= row <= box[2] and box[1] <= column <= box[3]


def _is_of_nothing(rule: etree._Element, areas: str) -> bool:
    """Whether a rule of a conditional format (cfRule) is of cells alone that hold zero, nothing or an error.

    Many offices want none of these to be seen: no answer is hidden by it.
    """
    kind = rule.get("type")
    formula = next((child.text or "" for child in rule if local_name(child.tag) in ("formula", "f")), "")
    formula = formula.replace(" ", "")
    if kind == "cellIs":
        return rule.get("operator") == "equal" and formula in NOTHING
    first = areas.partition(":")[0]
    of_first = {f"{first}={value}" for value in NOTHING} | {f"{name}({first})" for name in OF_NOTHING}
    return kind in ("containsBlanks", "containsErrors") or (" " not in areas and formula.upper() in of_first)


def _areas_of(formats: etree._Element) -> str:
    """The areas of conditional formats: an attribute, or in newer ones the text of an element."""
    inner = (child.text or "" for child in formats if local_name(child.tag) == "sqref")
    return formats.get("sqref") or next(inner, "")


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
