"""What makes Excel offer a repair, or cut something off, and the Open XML SDK misses.

Limits: "Excel specifications and limits" of Microsoft's support pages. Lengths are in UTF-16 units, as Excel counts.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from itertools import combinations
from pathlib import PurePosixPath

import formualizer
from lxml import etree
from openpyxl.worksheet.cell_range import CellRange

from workbook_builder.cells import row_and_column

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
SHEET_TITLE, PROMPT_TITLE, PROMPT, VALIDATION_FORMULA = 31, 32, 255, 255
FORMULA, LITERAL, CELL_TEXT, ROW_POINTS = 8192, 255, 32767, 409
ILLEGAL_IN_TITLE = re.compile(r"[\\/*?:\[\]\x00-\x1f]|^'|'$")
NAME = re.compile(r"[^\W\d][\w.\\?]*|_[\w.\\?]*")
R1C1 = re.compile(r"R[0-9]*(C[0-9]*)?|C[0-9]*", re.IGNORECASE)
LINK_IN_FORMULA = re.compile(r'HYPERLINK\("#([^"]*(?:""[^"]*)*)"')
TAKEN_FROM_A_CELL = "'"  # all that a formula itself says of a link whose sheet it takes from a cell
FIRST_SHEET_OF = re.compile(r"(?:'((?:[^']|'')+)'|([^'!]+))!")


def limit_problems(workbook: bytes) -> list[str]:
    """One line per problem, such as 申报表!B4: text of 40000 characters; none where Excel has nothing to say."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as package:
        book = etree.fromstring(package.read("xl/workbook.xml"))
        titles = [str(sheet.get("name")) for sheet in book.iter(MAIN + "sheet")]
        names = [(str(n.get("name")), n.get("localSheetId"), n.text or "") for n in book.iter(MAIN + "definedName")]
        problems = [*_titles(titles), *_names(names)]
        known = {title.casefold() for title in titles}
        targets = known | {name.casefold() for name, _, _ in names}
        strings = _shared_strings(package)
        for title, part in _sheet_parts(package, book):
            sheet = etree.fromstring(package.read(part))
            found = (_cells(sheet, strings), _rows(sheet), _merges(sheet), _validations(sheet), _formats(sheet))
            problems += [f"{title}!{line}" for lines in found for line in lines]
            problems += [f"{title}!{line}" for line in _links(sheet, targets)]
    return problems


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _too_long(where: str, what: str, text: str, limit: int) -> Iterator[str]:
    if _units(text) > limit:
        yield f"{where}: {what} of {_units(text)} characters, at most {limit}"


def _twice(words: Iterable[str]) -> list[str]:
    seen: list[str] = [word.casefold() for word in words]
    return sorted({word for word in seen if seen.count(word) > 1})


def _titles(titles: list[str]) -> Iterator[str]:
    yield from (f"workbook: sheet title {title} twice" for title in _twice(titles))
    for title in titles:
        yield from _too_long("workbook", f"sheet title {title}", title, SHEET_TITLE)
        if not title or ILLEGAL_IN_TITLE.search(title) or title.casefold() == "history":
            yield f"workbook: illegal sheet title {title!r}"


def _names(names: list[tuple[str, str | None, str]]) -> Iterator[str]:
    yield from (f"workbook: name {name} twice" for name in _twice(f"{name} ({scope})" for name, scope, _ in names))
    for name, _, formula in names:
        if _is_reference(name) or not NAME.fullmatch(name.removeprefix("_xlnm.")) or _units(name) > 255:
            yield f"workbook: illegal name {name}"
        if not name.startswith("_xlnm."):
            yield from _formula(f"name {name}", formula)


def _is_reference(name: str) -> bool:
    try:
        row_and_column(name.upper())
    except ValueError:
        return bool(R1C1.fullmatch(name))
    return True


def _formula(where: str, formula: str, limit: int = FORMULA) -> Iterator[str]:
    yield from _too_long(where, "formula", formula, limit)
    try:
        formualizer.parse("=" + formula)
    except (formualizer.ParserError, formualizer.TokenizerError) as error:
        yield f"{where}: no formula: {error}"
    for literal in re.findall(r'"((?:[^"]|"")*)"', formula):
        yield from _too_long(where, "text in the formula", literal.replace('""', '"'), LITERAL)


def _shared_strings(package: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in package.namelist():
        return []
    items = etree.fromstring(package.read("xl/sharedStrings.xml")).iter(MAIN + "si")
    return ["".join(text.text or "" for text in item.iter(MAIN + "t")) for item in items]


def _sheet_parts(package: zipfile.ZipFile, book: etree._Element) -> Iterator[tuple[str, str]]:
    relations = etree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
    parts = {str(r.get("Id")): str(PurePosixPath("/xl") / str(r.get("Target"))).lstrip("/") for r in relations}
    for sheet in book.iter(MAIN + "sheet"):
        yield str(sheet.get("name")), parts[str(sheet.get(RELATION_ID))]


def _cells(sheet: etree._Element, strings: list[str]) -> Iterator[str]:
    for cell in sheet.iter(MAIN + "c"):
        where, kind = str(cell.get("r")), cell.get("t")
        formula, value = cell.find(MAIN + "f"), cell.findtext(MAIN + "v") or ""
        if formula is not None and formula.text:
            yield from _formula(where, formula.text)
            if formula.get("t") == "shared" and "!" in formula.text:
                yield f"{where}: shared formula that leads to another sheet, which Excel misreads"
        text = strings[int(value)] if kind == "s" else value
        if kind == "inlineStr":
            text = "".join(piece.text or "" for piece in cell.iter(MAIN + "t"))
        yield from _too_long(where, "text", text, CELL_TEXT)


def _rows(sheet: etree._Element) -> Iterator[str]:
    for row in sheet.iter(MAIN + "row"):
        if float(row.get("ht", "0")) > ROW_POINTS:
            yield f"{row.get('r')}: row of {row.get('ht')} points, at most {ROW_POINTS}"


def _merges(sheet: etree._Element) -> Iterator[str]:
    areas = [CellRange(str(merge.get("ref"))) for merge in sheet.iter(MAIN + "mergeCell")]
    for first, second in combinations(areas, 2):
        if not first.isdisjoint(second):
            yield f"{first.coord}: merged area overlaps {second.coord}"


def _validations(sheet: etree._Element) -> Iterator[str]:
    for check in sheet.iter(MAIN + "dataValidation"):
        where = f"{check.get('sqref')}: validation"
        for attribute, limit in {"promptTitle": PROMPT_TITLE, "errorTitle": PROMPT_TITLE}.items():
            yield from _too_long(where, attribute, check.get(attribute, ""), limit)
        for attribute in ("prompt", "error"):
            yield from _too_long(where, attribute, check.get(attribute, ""), PROMPT)
        for child in check:
            yield from _validation_formula(f"{where} {etree.QName(child).localname}", child.text or "")


def _validation_formula(where: str, formula: str) -> Iterator[str]:
    """Of an inline list only the list itself counts, not its quotation marks."""
    if formula.startswith('"') and formula.endswith('"'):
        yield from _too_long(where, "list", formula[1:-1], VALIDATION_FORMULA)
    else:
        yield from _formula(where, formula, VALIDATION_FORMULA)


def _formats(sheet: etree._Element) -> Iterator[str]:
    for formatting in sheet.iter(MAIN + "conditionalFormatting"):
        for formula in formatting.iter(MAIN + "formula"):
            yield from _formula(f"{formatting.get('sqref')}: conditional format", formula.text or "")


def _links(sheet: etree._Element, targets: set[str]) -> Iterator[str]:
    """Links within the workbook, whether of a cell or of the function HYPERLINK."""
    for link in sheet.iter(MAIN + "hyperlink"):
        if link.get("location") and not _exists(str(link.get("location")), targets):
            yield f"{link.get('ref')}: link to {link.get('location')}, which does not exist"
    for cell in sheet.iter(MAIN + "c"):
        for location in LINK_IN_FORMULA.findall(cell.findtext(MAIN + "f") or ""):
            if location != TAKEN_FROM_A_CELL and not _exists(location.replace('""', '"'), targets):
                yield f"{cell.get('r')}: link to {location}, which does not exist"


def _exists(location: str, targets: set[str]) -> bool:
    match = FIRST_SHEET_OF.match(location)
    title = (match[1] or match[2]).replace("''", "'") if match else location
    return title.casefold() in targets
