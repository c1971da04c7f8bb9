"""What programs leave behind, write otherwise or add, and what a unit may do: nothing is said of any of it."""

import re
from collections.abc import Iterable

import pytest
from lxml import etree

from tests.helpers import Issued, family
from tests.judge.altering import APP, CONTENT, MAIN, TYPES, WORKBOOK, Case, Change, Parts, altered
from tests.judge.test_altered_guards import NO_PASSWORD, everywhere, set_attributes
from workbook_builder.judge.check import check

pytestmark = pytest.mark.slow

ROOT, SUB, CHECK, FIRST = "申报表", "01 书记工作室", "自检", "填表说明"
WITH_VALIDATIONS = (FIRST, "情况说明", ROOT, SUB)
EXCELJS = f'<fileVersion xmlns="{MAIN[1:-1]}" appName="xl" lastEdited="5" lowestEdited="5" rupBuild="9303"/>'
SHEET = f'<worksheet xmlns="{MAIN[1:-1]}"><sheetData/></worksheet>'.encode()


def of_workbook(name: str, parts: Parts) -> etree._Element:
    return next(parts.root(WORKBOOK).iter(MAIN + name))


def without(parts: Parts, name: str) -> None:
    element = of_workbook(name, parts)
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)


def sheetjs(parts: Parts) -> None:
    """Neither protection nor validations nor conditional formats; shared formulas written out."""
    parts.saved_by("SheetJS")
    without(parts, "workbookProtection")
    for title in parts.all_sheets():
        parts.drop(title, "sheetProtection")
    for title in WITH_VALIDATIONS:
        parts.drop(title, "dataValidations")
        parts.drop(title, "conditionalFormatting")
    parts.drop(CHECK, "conditionalFormatting")


def gnumeric(parts: Parts) -> None:
    """No password, no lock on the workbook, no hidden sheets, numbers with twenty digits, no formula with a line break."""
    parts.saved_by("gnumeric")
    without(parts, "workbookProtection")
    everywhere(**NO_PASSWORD)(parts)
    for title in parts.all_sheets():
        parts.entry(title).attrib.pop("state", "")
    for cell in parts.elements(SUB, "f"):
        if "\n" in (cell.text or ""):
            cell.text = f'_xlfngnumeric.ERROR("{(cell.text or "")[:9]}","#UNKNOWN!")'
        elif cell.text:
            cell.text = cell.text.replace(">=0.01", ">=0.0099999999999999999998")


def libreoffice(parts: Parts) -> None:
    """An empty lock on the workbook, TRUE() for TRUE, no quotes around titles, 1 for TRUE in validations."""
    parts.saved_by("LibreOffice/7.4.7.2$Linux_X86_64")
    of_workbook("workbookProtection", parts).attrib.clear()
    parts.entry("meta").set("state", "hidden")
    for title in parts.all_sheets():
        for formula in parts.elements(title, "f"):
            words = re.sub(r"\b(TRUE|FALSE)\b", r"\1()", formula.text or "")
            formula.text = words.replace("'", "") or None
    for one in parts.elements(SUB, "formula1"):
        one.text = (one.text or "").replace("TRUE", "1")


def by_way_of_ods(parts: Parts) -> None:
    """LibreOffice keeps no password of Excel's in .ods and .xls."""
    libreoffice(parts)
    everywhere(**NO_PASSWORD)(parts)
    for one in parts.elements(SUB, "conditionalFormatting")[::2]:  # .xls keeps three for a cell, and no long formulas
        parent = one.getparent()
        assert parent is not None
        parent.remove(one)


def exceljs(parts: Parts) -> None:
    """No lock on the workbook, and a name that is another's."""
    parts.text(
        "docProps/app.xml",
        lambda xml: re.sub(
            "<Application>.*</AppVersion>",
            "<Application>Microsoft Excel</Application><AppVersion>16.0300</AppVersion>",
            xml,
        ),
    )
    without(parts, "workbookProtection")
    parts.root(WORKBOOK).insert(0, etree.fromstring(EXCELJS))


def wps(parts: Parts) -> None:
    parts.saved_by("WPS Office_12.1.0.16929_F1E327BC")
    everywhere(**NO_PASSWORD)(parts)
    for name in ("workbookAlgorithmName", "workbookHashValue", "workbookSaltValue", "workbookSpinCount"):
        of_workbook("workbookProtection", parts).attrib.pop(name, "")


def print_names(parts: Parts) -> None:
    names = of_workbook("definedNames", parts)
    for name in ("_xlnm.Print_Area", "_xlnm._FilterDatabase", "Print_Titles"):
        etree.SubElement(names, f"{MAIN}definedName", name=name, localSheetId="3").text = f"'{ROOT}'!$A$1:$G$9"


def twin_name(parts: Parts) -> None:
    twin = etree.SubElement(of_workbook("definedNames", parts), f"{MAIN}definedName", name="root_department")
    twin.set("localSheetId", "5")
    twin.text = "'自检'!$A$1"


def own_name(parts: Parts) -> None:
    etree.SubElement(of_workbook("definedNames", parts), f"{MAIN}definedName", name="税率").text = "0.06"


def rows(title: str, numbers: Iterable[int], **attributes: str) -> Change:
    def change(parts: Parts) -> None:
        for number in numbers:
            for name, value in attributes.items():
                parts.row(title, number).set(name, value)

    return change


def all_rows_shown(parts: Parts) -> None:
    for title in (ROOT, SUB):
        for row in parts.elements(title, "row"):
            row.attrib.pop("hidden", "")


def columns_shown(parts: Parts) -> None:
    for column in parts.elements(SUB, "col"):
        column.attrib.pop("hidden", "")


def formats_in_pieces(parts: Parts) -> None:
    """As Excel does when rows are copied: each area in two, and twice."""
    for one in parts.elements(SUB, "conditionalFormatting"):
        area = one.get("sqref", "")
        first, _, last = area.partition(":")
        if last and first[0] == last[0]:
            row = int(first[1:])
            one.set("sqref", f"{first} {first[0]}{row + 1}:{last} {last}")


def formats_written_otherwise(parts: Parts) -> None:
    for one in parts.elements(SUB, "conditionalFormatting"):
        for formula in one.iter(f"{MAIN}formula"):
            formula.text = f"({formula.text})"


def without_formats_beside(parts: Parts) -> None:
    """Of the hints that stand right of the form."""
    for one in parts.elements(SUB, "conditionalFormatting"):
        if one.get("sqref", "").startswith("I"):
            parent = one.getparent()
            assert parent is not None
            parent.remove(one)


def one_format_more(parts: Parts) -> None:
    more = etree.fromstring(etree.tostring(parts.element(SUB, "conditionalFormatting")))
    more.set("sqref", "Q3:Q9")
    parts.element(SUB, "conditionalFormatting").addprevious(more)


def split_validation(parts: Parts) -> None:
    """As a program writes it after something was pasted into F20 and taken back."""
    one = parts.validation(SUB, "F15")
    one.set("sqref", "F15:F19 F20 F21:F42")


def validation_of_its_own_first_cell(parts: Parts) -> None:
    """The same rule, written for another first cell."""
    one = parts.validation(SUB, "F15")
    rest = etree.fromstring(etree.tostring(one))
    one.set("sqref", "F15:F20")
    rest.set("sqref", "F21:F42")
    for formula in rest.iter(f"{MAIN}formula1"):
        formula.text = (formula.text or "").replace("F15", "F21").replace("E15", "E21")
    parts.element(SUB, "dataValidations").append(rest)


def one_validation_more(parts: Parts) -> None:
    more = etree.SubElement(parts.element(SUB, "dataValidations"), f"{MAIN}dataValidation", sqref="Q3", type="whole")
    etree.SubElement(more, f"{MAIN}formula1").text = "1"


def shared_across(parts: Parts) -> None:
    """Other numbers for the groups of shared formulas, as Excel gives them."""
    for formula in parts.elements(SUB, "f"):
        if formula.get("si"):
            formula.set("si", str(int(formula.get("si", "0")) + 40))


def spelled_otherwise(parts: Parts) -> None:
    formula = parts.formula(SUB, "C6")
    formula.text = (formula.text or "").replace(",", ", ").replace("SUM", "sum")


def without_cached_value(parts: Parts) -> None:
    cell = parts.cell(SUB, "C6")
    for value in cell.findall(f"{MAIN}v"):
        cell.remove(value)


def array(parts: Parts) -> None:
    formula = parts.formula(SUB, "C6")
    formula.set("t", "array")
    formula.set("ref", "C6")


def styled(address: str, change: str) -> Change:
    def restyle(parts: Parts, own: etree._Element) -> None:
        own.set("fontId", parts.add_style_part("fonts", change))

    return lambda parts: parts.style(SUB, address, restyle)


def white_on_blue(parts: Parts) -> None:
    def restyle(parts: Parts, own: etree._Element) -> None:
        ground = '<patternFill patternType="solid"><fgColor rgb="FF1F4E78"/></patternFill>'
        own.set("fontId", parts.add_style_part("fonts", '<font><color rgb="FFFFFFFF"/></font>'))
        own.set("fillId", parts.add_style_part("fills", f"<fill>{ground}</fill>"))

    parts.style(SUB, "E7", restyle)


def locked_input(parts: Parts) -> None:
    parts.style(SUB, "E7", lambda _, own: next(own.iter(f"{MAIN}protection")).set("locked", "1"))


def merged_beside(parts: Parts) -> None:
    etree.SubElement(parts.element(SUB, "mergeCells"), f"{MAIN}mergeCell", ref="Q3:R5")
    etree.SubElement(parts.element(SUB, "mergeCells"), f"{MAIN}mergeCell", ref="R5:S6")


def other_parts(parts: Parts) -> None:
    """What Excel, WPS and office systems add."""
    parts.add_part("xl/calcChain.xml", b"<calcChain/>", f"{CONTENT}calcChain+xml")
    parts.add_part("xl/printerSettings/printerSettings1.bin", b"\0", f"{CONTENT}printerSettings")
    parts.add_part("customXml/item1.xml", b"<a/>")
    parts.add_part(
        "docProps/custom.xml", b"<a/>", "application/vnd.openxmlformats-officedocument.custom-properties+xml"
    )
    parts.add_part(
        "_xmlsignatures/sig1.xml", b"<a/>", "application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml"
    )
    parts.add_part("docProps/thumbnail.emf", b"\0")


def hyperlink(parts: Parts) -> None:
    """Programs make one of whatever looks like an address."""
    relation = parts.relate(parts.sheets[FIRST], "hyperlink", "mailto:a@b.cn", external=True)
    links = etree.SubElement(parts.sheet(FIRST), f"{MAIN}hyperlinks")
    link = etree.SubElement(links, f"{MAIN}hyperlink", ref="B10")
    link.set("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id", relation)


def unnamed_program(parts: Parts) -> None:
    parts.text("docProps/app.xml", lambda xml: re.sub("<Application>.*</AppVersion>", "", xml))


CASES = [
    Case("saved by SheetJS", sheetjs),
    Case("saved by gnumeric", gnumeric),
    Case("saved by LibreOffice", libreoffice),
    Case("saved by LibreOffice by way of .ods", by_way_of_ods),
    Case("saved by ExcelJS", exceljs),
    Case("saved by WPS", wps),
    Case("a program without a name", unnamed_program),
    Case("print names", print_names),
    Case("name of one sheet only", twin_name),
    Case("a name of the unit's own", own_name),
    Case("blank rows hidden", rows(SUB, (32, 33, 37, 39), hidden="1")),
    Case("row without content without height", rows(SUB, (39,), ht="0")),
    Case("all rows shown", all_rows_shown),
    Case("higher rows", rows(SUB, (7, 8, 15), ht="60", customHeight="1")),
    Case("helper columns shown", columns_shown),
    Case("hidden sheets shown", lambda parts: parts.entry("选项").set("state", "visible")),
    Case("lists very hidden", lambda parts: parts.entry("选项").set("state", "veryHidden")),
    Case("hidden empty sheet", lambda parts: parts.add_sheet("WpsReserved_CellImgList", SHEET, state="veryHidden")),
    Case("validation over several areas", split_validation),
    Case("validation written twice", validation_of_its_own_first_cell),
    Case("a validation beside the form", one_validation_more),
    Case("validation says nothing before typing", lambda parts: parts.validation(SUB, "C7").set("showInputMessage", "0")),
    Case("groups numbered otherwise", shared_across),
    Case("formula spelled otherwise", spelled_otherwise),
    Case("formula of an array of one", array),
    Case("formula without a cached value", without_cached_value),
    Case("stricter protection", lambda parts: set_attributes(parts, SUB, {"selectLockedCells": "1", "autoFilter": "1"})),
    Case("scenarios left out", lambda parts: set_attributes(parts, SUB, {"scenarios": None})),
    Case("input locked", locked_input),
    Case("red letters", styled("E7", '<font><sz val="10"/><color rgb="FFFF0000"/></font>')),
    Case("small letters", styled("D11", '<font><sz val="6"/></font>')),
    Case("white letters in an empty input", styled("D16", '<font><color rgb="FFFFFFFF"/></font>')),
    Case("white on blue", white_on_blue),
    Case("cells merged beside the form", merged_beside),
    Case("blanks beside the form", lambda parts: parts.write(SUB, "Q8", text="  ")),
    Case("parts that programs add", other_parts),
    Case("an address made a link", hyperlink),
    Case("what names the program damaged", lambda parts: parts.add_part(APP, b"<")),
    Case("list of content types damaged", lambda parts: parts.add_part(TYPES, b"<Types")),
    Case("conditional formats in other pieces", formats_in_pieces),
    Case("conditional formats by other formulas", formats_written_otherwise),
    Case("conditional formats beside the form gone", without_formats_beside),
    Case("a conditional format more", one_format_more),
    Case("page set up otherwise", lambda parts: parts.drop(SUB, "pageSetup")),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_nobodys_fault_or_everybodys_right__is_not_told(with_sub: Issued, case: Case) -> None:
    data = with_sub.filled(family())
    before, after = (check(one, "交回.xlsx", with_sub.desk) for one in (data, altered(data, case.change)))
    assert after.findings == before.findings == ()
    assert (after.status, after.declaration) == ("accepted", before.declaration)


def one_sheet_bare(program: str) -> Change:
    def change(parts: Parts) -> None:
        parts.saved_by(program)
        parts.drop(SUB, "sheetProtection")

    return change


@pytest.mark.parametrize("program", ["SheetJS", "Microsoft Excel", "gnumeric", "LibreOffice/7.4", "WPS Office_12.1"])
def test_protection_of_one_sheet__is_left_behind_by_no_program(with_sub: Issued, program: str) -> None:
    data = altered(with_sub.filled(family()), one_sheet_bare(program))
    (finding,) = check(data, "交回.xlsx", with_sub.desk).findings
    assert (finding.rule, finding.sheet) == ("structure.protection_removed", SUB)


def test_all_that_sheetjs_leaves_behind__is_told_of_a_file_that_excel_saved(with_sub: Issued) -> None:
    def change(parts: Parts) -> None:
        sheetjs(parts)
        parts.saved_by("Microsoft Excel")

    found = check(altered(with_sub.filled(family()), change), "交回.xlsx", with_sub.desk).findings
    assert {finding.rule for finding in found} == {"structure.protection_removed", "structure.validation_removed"}
