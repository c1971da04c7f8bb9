"""What hides in parts of a file that few look at: runs of a text, conditional formats, names, links, open ranges."""

import pytest
from lxml import etree

from tests.helpers import Issued, family, is_chinese_sentence
from tests.judge.altering import MAIN, RELATIONS, STYLES, WORKBOOK, Case, Change, Parts, altered
from workbook_builder.judge.check import check

pytestmark = pytest.mark.slow

SUB = "01 书记工作室"
HIDDEN, LINK, PROTECTION = "structure.hidden_content", "structure.external_link", "structure.protection_removed"
DDE = "structure.dde"
WHITE, RED = '<color rgb="FFFFFFFF"/>', '<color rgb="FFFF0000"/>'
EQUAL = 'type="cellIs" operator="equal"'
NO_FILL = '<fill><patternFill patternType="none"/></fill>'
ENDS = '<cfvo type="min"/><cfvo type="max"/>'
BAR = f'<cfRule type="dataBar" priority="1"><dataBar showValue="{{shows}}">{ENDS}{RED}</dataBar></cfRule>'
SIGNS = f'<cfRule type="iconSet" priority="1"><iconSet iconSet="3Arrows" showValue="false">{ENDS}</iconSet></cfRule>'


def in_runs(*properties: str, shared: bool = False) -> Change:
    """The annual goal in as many runs of rich text, each with its own letters."""

    def change(parts: Parts) -> None:
        cell = parts.cell(SUB, "D11")
        words = "".join(str(text.text) for text in cell.iter(f"{MAIN}t"))
        cuts = [words[:9], words[9:]] if len(properties) > 1 else [words]
        runs = "".join(f"<r><rPr>{own}</rPr><t>{text}</t></r>" for own, text in zip(properties, cuts, strict=True))
        for child in list(cell):
            cell.remove(child)
        if not shared:
            cell.set("t", "inlineStr")
            cell.append(etree.fromstring(f'<is xmlns="{MAIN[1:-1]}">{runs}</is>'))
            return
        cell.set("t", "s")
        etree.SubElement(cell, f"{MAIN}v").text = "0"
        parts.add_part("xl/sharedStrings.xml", f'<sst xmlns="{MAIN[1:-1]}"><si>{runs}</si></sst>'.encode())
        parts.relate(WORKBOOK, "sharedStrings", "/xl/sharedStrings.xml")

    return change


def coloured_by_condition(area: str, style: str, kind: str = 'type="expression"', formula: str = "TRUE") -> Change:
    def change(parts: Parts) -> None:
        styles = next(parts.root(STYLES).iter(f"{MAIN}dxfs"))
        styles.append(etree.fromstring(f'<dxf xmlns="{MAIN[1:-1]}">{style}</dxf>'))
        rule = f'<cfRule {kind} dxfId="{len(styles) - 1}" priority="1"><formula>{formula}</formula></cfRule>'
        xml = f'<conditionalFormatting xmlns="{MAIN[1:-1]}" sqref="{area}">{rule}</conditionalFormatting>'
        parts.element(SUB, "conditionalFormatting").addprevious(etree.fromstring(xml))

    return change


def white_where(formula: str, kind: str = 'type="expression"', area: str = "E7:E9") -> Change:
    return coloured_by_condition(area, f"<font>{WHITE}</font>", kind, formula)


def marked_by_condition(area: str, rule: str) -> Change:
    """A rule that brings all it needs along: a bar, or signs."""

    def change(parts: Parts) -> None:
        xml = f'<conditionalFormatting xmlns="{MAIN[1:-1]}" sqref="{area}">{rule}</conditionalFormatting>'
        parts.element(SUB, "conditionalFormatting").addprevious(etree.fromstring(xml))

    return change


def newly_coloured(area: str, style: str) -> Change:
    """As Excel 2010 and later write what older ones do not know."""

    def change(parts: Parts) -> None:
        newer, formulas = (
            f"http://schemas.microsoft.com/office/{name}" for name in ("spreadsheetml/2009/9/main", "excel/2006/main")
        )
        rule = f'<n:cfRule type="expression" priority="1"><f:f>TRUE</f:f><n:dxf>{style}</n:dxf></n:cfRule>'
        formats = f"<n:conditionalFormatting>{rule}<f:sqref>{area}</f:sqref></n:conditionalFormatting>"
        xml = (
            f'<extLst xmlns="{MAIN[1:-1]}" xmlns:n="{newer}" xmlns:f="{formulas}"><ext uri="78C0D931">'
            f"<n:conditionalFormattings>{formats}</n:conditionalFormattings></ext></extLst>"
        )
        parts.sheet(SUB).append(etree.fromstring(xml))

    return change


def filled(colour: str) -> str:
    return f'<fill><patternFill patternType="solid"><bgColor rgb="FF{colour}"/></patternFill></fill>'


def themed(letters: str, ground: str) -> str:
    """Letters and their ground in shades that the theme tells."""
    fill = f'<fill><patternFill><bgColor theme="{ground}"/></patternFill></fill>'
    return f'<font><color theme="{letters}"/></font>{fill}'


def shown_as(number_format: str) -> str:
    return f'<numFmt numFmtId="250" formatCode="{number_format}"/>'


def named(formula: str, sheet: str | None = None) -> Change:
    def change(parts: Parts) -> None:
        name = etree.SubElement(next(parts.root(WORKBOOK).iter(f"{MAIN}definedNames")), f"{MAIN}definedName", name="账")
        name.text = formula
        if sheet:
            name.set("localSheetId", sheet)

    return change


def linked(target: str) -> Change:
    def change(parts: Parts) -> None:
        relation = parts.relate(parts.sheets[SUB], "hyperlink", target, external=True)
        links = etree.SubElement(parts.sheet(SUB), f"{MAIN}hyperlinks")
        etree.SubElement(links, f"{MAIN}hyperlink", ref="D11").set(f"{{{RELATIONS}}}id", relation)

    return change


def opened_range(parts: Parts) -> None:
    ranges = etree.fromstring(
        f'<protectedRanges xmlns="{MAIN[1:-1]}"><protectedRange name="全部" sqref="A1:G42"/></protectedRanges>'
    )
    parts.element(SUB, "conditionalFormatting").addprevious(ranges)


CASES = [
    Case("text in white letters", in_runs(WHITE), HIDDEN),
    Case("text in white letters by the theme", in_runs('<color theme="0"/>'), HIDDEN),
    Case("text in letters of a point", in_runs('<sz val="1"/>'), HIDDEN),
    Case("end of a text in white letters", in_runs("", WHITE), HIDDEN),
    Case("end of a shared text in letters of a point", in_runs("", '<sz val="1"/>', shared=True), HIDDEN),
    Case("text struck through", in_runs("<strike/>"), HIDDEN),
    Case("end of a text struck through", in_runs("", '<strike val="1"/>'), HIDDEN),
    Case("end of a shared text struck through", in_runs("", "<strike/>", shared=True), HIDDEN),
    Case("struck through by a condition", coloured_by_condition("E7", "<font><strike/></font>"), HIDDEN),
    Case("amount in white by a condition", coloured_by_condition("E7", f"<font>{WHITE}</font>"), HIDDEN),
    Case("all in white by a condition", coloured_by_condition("A1:XFD1048576", f"<font>{WHITE}</font>"), HIDDEN),
    Case("nearly white by a condition", coloured_by_condition("E7", '<font><color rgb="FFFBFDFE"/></font>'), HIDDEN),
    Case("red on red by a condition", coloured_by_condition("E7", f"<font>{RED}</font>{filled('FF0000')}"), HIDDEN),
    Case(
        "white without a ground by a condition", coloured_by_condition("E7", f"<font>{WHITE}</font>{NO_FILL}"), HIDDEN
    ),
    Case("a shade on itself by a condition", coloured_by_condition("E7", themed("4", "4")), HIDDEN),
    Case("white where another cell holds nothing", white_where("$D$40=0"), HIDDEN),
    Case("white where the first of all cells holds nothing", white_where("$E$7=0"), HIDDEN),
    Case("white where it holds more than nothing", white_where("0", EQUAL.replace("equal", "greaterThan")), HIDDEN),
    Case("white where it holds an amount", white_where("5", EQUAL), HIDDEN),
    Case("white in several areas", white_where("E7=0", area="E7 E8:E9"), HIDDEN),
    Case("black ground by a condition", coloured_by_condition("E7", filled("000000")), HIDDEN),
    Case("two digits more by a condition", coloured_by_condition("E7", shown_as("0&quot;00&quot;")), HIDDEN),
    Case("no number by a condition", coloured_by_condition("E7", shown_as(";;;")), HIDDEN),
    Case("another text by a condition", coloured_by_condition("D11", shown_as("0;0;0;&quot;另定&quot;")), HIDDEN),
    Case("share by a condition", coloured_by_condition("E7", shown_as("0%")), HIDDEN),
    Case("bar in place of a number", marked_by_condition("E7", BAR.format(shows=0)), HIDDEN),
    Case("signs in place of a number", marked_by_condition("E7", SIGNS), HIDDEN),
    Case("white by a newer condition", newly_coloured("E7", f"<font>{WHITE}</font>"), HIDDEN),
    Case("two digits more by a newer condition", newly_coloured("E7", shown_as("0&quot;00&quot;")), HIDDEN),
    Case("name that leads to another file", named("'[1]表'!$A$1"), LINK),
    Case("name of a sheet that leads to another file", named("'C:\\[账.xlsx]表'!$A$1", "5"), LINK),
    Case("name that asks another program", named("cmd|'/c calc'!A1"), DDE),
    Case("link to a program", linked("file:///C:/x.exe"), LINK),
    Case("link to another computer", linked("\\\\server\\share\\x"), LINK),
    Case("link to a file beside it", linked("附件.docx"), LINK),
    Case("link to a script", linked("javascript:alert(1)"), LINK),
    Case("range that may be edited", opened_range, PROTECTION),
]
NEAR = [
    Case("text not struck through", in_runs('<strike val="0"/>')),
    Case("text in red letters", in_runs(RED)),
    Case("end of a text in red letters", in_runs("", RED)),
    Case("end of a shared text in small letters", in_runs("", '<sz val="6"/>', shared=True)),
    Case("a shade on another by a condition", coloured_by_condition("E7", themed("4", "5"))),
    Case("a shade on a lighter one by a condition", coloured_by_condition("E7", themed("4", '4" tint="0.8'))),
    Case("white where it holds zero", white_where("0", EQUAL)),
    Case("white where it holds no text", white_where('""', EQUAL)),
    Case("white where it is zero", white_where("E7 = 0")),
    Case("white where it is an error", white_where("iserror(E7)")),
    Case("white where nothing is", white_where("LEN(TRIM(E7))=0", 'type="containsBlanks"')),
    Case("white where there are errors", white_where("ISERROR(E7)", 'type="containsErrors"')),
    Case("red by a condition", coloured_by_condition("E7", f"<font>{RED}</font>")),
    Case("white on red by a condition", coloured_by_condition("E7", f"<font>{WHITE}</font><fill><patternFill/></fill>")),
    Case("red on yellow by a condition", coloured_by_condition("E7", f"<font>{RED}</font>{filled('FFFF00')}")),
    Case("bar behind a number", marked_by_condition("E7", BAR.format(shows=1))),
    Case("with separators by a condition", coloured_by_condition("E7", shown_as("#,##0.00"))),
    Case("red by a newer condition", newly_coloured("E7", f"<font>{RED}</font>")),
    Case("white beside the form by a newer condition", newly_coloured("Q3:Q9", f"<font>{WHITE}</font>")),
    Case("white beside the form by a condition", coloured_by_condition("Q3:Q9", f"<font>{WHITE}</font>")),
    Case("white in an empty input by a condition", coloured_by_condition("D40", f"<font>{WHITE}</font>")),
    Case("name of an area", named("'选项'!$A$1:$B$2")),
    Case("name of a text with brackets", named('"[1]表!A1|"')),
    Case("link to a web page", linked("https://example.com/[1]!a")),
    Case("link to an address", linked("mailto:a@b.cn")),
]  # fmt: skip


@pytest.mark.parametrize("case", [*CASES, *NEAR], ids=lambda case: case.name)
def test_what_hides_in_a_part__is_named_and_what_hides_nothing_is_not(with_sub: Issued, case: Case) -> None:
    data = with_sub.filled(family())
    before, after = (check(one, "交回.xlsx", with_sub.desk) for one in (data, altered(data, case.change)))
    assert before.findings == ()
    assert {finding.rule for finding in after.findings} == ({case.rule} if case.rule else set())
    assert all(is_chinese_sentence(finding.message) for finding in after.findings)
    assert (after.status, after.declaration) == ("returned" if case.rule == DDE else "accepted", before.declaration)
