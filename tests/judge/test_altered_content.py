"""Sheets, hidden content, merged cells, macros, objects, links, remarks: each single alteration is named by its rule."""

import pytest
from lxml import etree

from tests.helpers import Issued, family, is_chinese_sentence
from tests.judge.altering import CONTENT, MAIN, RELATIONS, WORKBOOK, Case, Change, Parts, altered
from workbook_builder.judge.check import check

pytestmark = pytest.mark.slow

ROOT, SUB, CHECK, SUMS, LISTS, FIRST = "申报表", "01 书记工作室", "自检", "子项目资金汇总", "选项", "填表说明"
ADDED, RENAMED, MOVED = "structure.sheet_added", "structure.sheet_renamed", "structure.sheet_moved"
HIDDEN, MERGED, TWICE = "structure.hidden_content", "structure.merge_changed", "structure.ambiguous"
MACRO, EMBEDDED, DDE, LINK = "structure.macro", "structure.embedded", "structure.dde", "structure.external_link"
EXTRA = "structure.extra_content"
OLE = "application/vnd.openxmlformats-officedocument.oleObject"
EMPTY_SHEET = f'<worksheet xmlns="{MAIN[1:-1]}"><sheetData/></worksheet>'.encode()


def renamed(title: str, *, with_names: bool) -> Change:
    new = "张三改过的表"

    def change(parts: Parts) -> None:
        parts.entry(title).set("name", new)
        if with_names:  # as Excel renames: names and formulas follow
            for part in (WORKBOOK, *parts.sheets.values()):
                parts.text(part, lambda xml: xml.replace(f"'{title}'!", f"'{new}'!"), is_sure=part == WORKBOOK)

    return change


def copied(parts: Parts) -> None:
    parts.add_sheet(f"{SUB} (2)", parts.xml_of(SUB))


def reordered(parts: Parts) -> None:
    sheets = next(parts.root(WORKBOOK).iter(f"{MAIN}sheets"))
    sheets.append(sheets[0])


def state(title: str, word: str) -> Change:
    return lambda parts: parts.entry(title).set("state", word)


def with_chart_sheet(parts: Parts) -> None:
    parts.add_sheet("图表1", f'<chartsheet xmlns="{MAIN[1:-1]}"><sheetViews/></chartsheet>'.encode(), "chartsheet")


SHEETS = [
    Case("a sheet added", lambda parts: parts.add_sheet("测算", EMPTY_SHEET), ADDED),
    Case(
        "a hidden sheet with content added",
        lambda parts: parts.add_sheet("底稿", parts.xml_of(SUMS), state="hidden"),
        ADDED,
    ),
    Case("a sheet copied", copied, ADDED),
    Case("a chart sheet added", with_chart_sheet, ADDED),
    Case("form renamed, names following", renamed(ROOT, with_names=True), RENAMED),
    Case("form renamed, names dead", renamed(ROOT, with_names=False), RENAMED),
    Case("sub-project renamed, names following", renamed(SUB, with_names=True), RENAMED),
    Case("sub-project renamed, names dead", renamed(SUB, with_names=False), RENAMED),
    Case("narrative renamed, names dead", renamed("情况说明", with_names=False), RENAMED),
    Case("first sheet put last", reordered, MOVED),
    Case("form hidden", state(ROOT, "hidden"), HIDDEN),
    Case("sub-project very hidden", state(SUB, "veryHidden"), HIDDEN),
    Case("self-check hidden", state(CHECK, "hidden"), HIDDEN),
]


def row(number: int, **attributes: str) -> Change:
    def change(parts: Parts) -> None:
        for name, value in attributes.items():
            parts.row(SUB, number).set(name, value)

    return change


def column(number: int, **attributes: str) -> Change:
    def change(parts: Parts) -> None:
        for element in parts.elements(SUB, "col"):
            if int(element.get("min", "0")) <= number <= int(element.get("max", "0")):
                for name, value in attributes.items():
                    element.set(name, value)

    return change


def font(address: str, xml: str, title: str = SUB) -> Change:
    def restyle(parts: Parts, own: etree._Element) -> None:
        own.set("fontId", parts.add_style_part("fonts", xml))

    return lambda parts: parts.style(title, address, restyle)


def like_its_ground(address: str) -> Change:
    def restyle(parts: Parts, own: etree._Element) -> None:
        ground = '<patternFill patternType="solid"><fgColor rgb="FF112233"/></patternFill>'
        own.set("fontId", parts.add_style_part("fonts", '<font><color rgb="FF112233"/></font>'))
        own.set("fillId", parts.add_style_part("fills", f"<fill>{ground}</fill>"))

    return lambda parts: parts.style(SUB, address, restyle)


def number_format(address: str, code: str) -> Change:
    def restyle(parts: Parts, own: etree._Element) -> None:
        parts.add_style_part("numFmts", f'<numFmt numFmtId="240" formatCode="{code}"></numFmt>')
        own.set("numFmtId", "240")

    return lambda parts: parts.style(SUB, address, restyle)


UNSEEN = [
    Case("row of an amount hidden", row(7, hidden="1"), HIDDEN),
    Case("row of an indicator hidden", row(15, hidden="1"), HIDDEN),
    Case("row without height", row(8, ht="0", customHeight="1"), HIDDEN),
    Case("row of a point", row(8, ht="1", customHeight="1"), HIDDEN),
    Case("column of amounts hidden", column(5, hidden="1"), HIDDEN),
    Case("column without width", column(5, width="0"), HIDDEN),
    Case("white amount", font("E7", '<font><sz val="10"/><color rgb="FFFFFFFF"/></font>'), HIDDEN),
    Case("white by the theme", font("D15", '<font><sz val="10"/><color theme="0"/></font>'), HIDDEN),
    Case("white by the palette", font("D11", '<font><sz val="10"/><color indexed="9"/></font>'), HIDDEN),
    Case("sum in white", font("C6", '<font><sz val="10"/><color rgb="00FFFFFF"/></font>'), HIDDEN),
    Case("amount struck through", font("E7", '<font><strike/><sz val="10"/></font>'), HIDDEN),
    Case("one point", font("C7", '<font><sz val="1"/></font>'), HIDDEN),
    Case("of its ground's colour", like_its_ground("E8"), HIDDEN),
    Case("format that shows no text", number_format("D15", ";;;"), "structure.number_format"),
    Case("format that shows no number", number_format("E7", ";;;"), "structure.number_format"),
    Case("format that shows another number", number_format("E7", "0,"), "structure.number_format"),
]


def merge(area: str, title: str = SUB) -> Change:
    def change(parts: Parts) -> None:
        etree.SubElement(parts.element(title, "mergeCells"), f"{MAIN}mergeCell", ref=area)

    return change


def taken_apart(area: str) -> Change:
    def change(parts: Parts) -> None:
        merges = parts.element(SUB, "mergeCells")
        (found,) = [one for one in merges if one.get("ref") == area]
        merges.remove(found)

    return change


MERGES = [
    Case("two inputs merged", merge("D15:E15"), MERGED),
    Case("inputs of two indicators merged", merge("D15:D16"), MERGED),
    Case("label and input merged", merge("A3:B3"), MERGED),
    Case("cells of the summary merged", merge("D4:E4", SUMS), MERGED),
    Case("input taken apart", taken_apart("D3:G3"), MERGED),
    Case("goal taken apart", taken_apart("B11:C13"), MERGED),
]


def part(name: str, content_type: str = "", source: str = "", kind: str = "", data: bytes = b"\0") -> Change:
    def change(parts: Parts) -> None:
        parts.add_part(name, data, content_type)
        if kind:
            parts.relate(parts.sheets.get(source, source), kind, f"/{name}")

    return change


def external(link: str) -> Change:
    def change(parts: Parts) -> None:
        xml = f'<externalLink xmlns="{MAIN[1:-1]}">{link}</externalLink>'
        parts.add_part("xl/externalLinks/externalLink1.xml", xml.encode(), f"{CONTENT}externalLink+xml")
        relation = parts.relate(WORKBOOK, "externalLink", "/xl/externalLinks/externalLink1.xml")
        references = etree.SubElement(parts.root(WORKBOOK), f"{MAIN}externalReferences")
        etree.SubElement(references, f"{MAIN}externalReference").set(f"{{{RELATIONS}}}id", relation)

    return change


def object_on(title: str, name: str) -> Change:
    def change(parts: Parts) -> None:
        objects = etree.SubElement(parts.sheet(title), f"{MAIN}{name}s")
        etree.SubElement(objects, f"{MAIN}{name}", shapeId="1025")

    return change


VBA = "application/vnd.ms-office.vbaProject"
ERRORS = [
    Case("macro project", part("xl/vbaProject.bin", VBA, WORKBOOK, "vbaProject"), MACRO),
    Case("macro project of another name", part("xl/data.bin", VBA, WORKBOOK, "vbaProject"), MACRO),
    Case("macro project by its relation only", part("xl/data.bin", "", WORKBOOK, "vbaProject"), MACRO),
    Case("macro project without a relation", part("xl/vbaProject.bin"), MACRO),
    Case("macros of WPS", part("xl/JDEData.bin", "", WORKBOOK, "jdeExtension", b"<jde>function a(){}</jde>"), MACRO),
    Case("macros of OnlyOffice", part("xl/jsaProject.bin", data=b'{"macrosArray":[{"value":"()=>1"}]}'), MACRO),
    Case("macros that cannot be read", part("xl/jsaProject.bin"), MACRO),
    Case("old macro sheet", part("xl/macrosheets/sheet1.xml", "application/vnd.ms-excel.macrosheet+xml"), MACRO),
    Case("OLE object", part("xl/embeddings/oleObject1.bin", OLE, SUB, "oleObject"), EMBEDDED),
    Case("Word file embedded", part("xl/embeddings/附件.docx", "", SUB, "package"), EMBEDDED),
    Case("ActiveX control", part("xl/activeX/activeX1.xml", "application/vnd.ms-office.activeX+xml", SUB, "control"), EMBEDDED),
    Case("object on a sheet", object_on(SUB, "oleObject"), EMBEDDED),
    Case("control on a sheet", object_on(ROOT, "control"), EMBEDDED),
    Case("DDE link", external('<ddeLink ddeService="cmd" ddeTopic="x"/>'), DDE),
    Case("OLE link", external('<oleLink progId="Word.Document.8"/>'), DDE),
    Case("merges overlapping", merge("E7:F8"), TWICE),
    Case("merge twice", merge("D3:G3"), TWICE),
]  # fmt: skip
LINKS = [
    Case("link to a workbook", external("<externalBook/>"), LINK),
    Case("data connection", part("xl/connections.xml", f"{CONTENT}connections+xml", WORKBOOK, "connections"), LINK),
    Case("link that is broken", part("xl/externalLinks/externalLink9.xml", f"{CONTENT}externalLink+xml"), LINK),
]


def text(title: str, address: str, words: str = "其中含上年未付款") -> Change:
    return lambda parts: parts.write(title, address, text=words)


def comment(parts: Parts) -> None:
    words = "<authors><author>张三</author></authors><commentList><comment ref='E7' authorId='0'><text><t>待定</t></text></comment></commentList>"
    xml = f'<comments xmlns="{MAIN[1:-1]}">{words}</comments>'
    part("xl/comments9.xml", f"{CONTENT}comments+xml", SUB, "comments", xml.encode())(parts)


def drawn(xml: str) -> Change:
    return lambda parts: parts.draw(SUB, xml)


SHAPE = "<xdr:sp><xdr:nvSpPr/><xdr:spPr/>{}</xdr:sp>"
BESIDE = [
    Case("text beside the form", text(SUB, "Q8"), EXTRA),
    Case("text under the form", text(ROOT, "A90"), EXTRA),
    Case("text on the narrative", text("情况说明", "B30"), EXTRA),
    Case("text on the first page", text(FIRST, "B40"), EXTRA),
    Case("text beside the self-check", text(CHECK, "P90"), EXTRA),
    Case("text in an empty cell of the form", text(SUB, "C12"), EXTRA),
    Case("number beside the form", lambda parts: parts.write(SUB, "Q8", number="20000"), EXTRA),
    Case("formula beside the form", lambda parts: parts.write(SUB, "AB8", formula="E7*2", number="1600000"), EXTRA),
    Case("comment", comment, EXTRA),
    Case("picture over amounts", drawn("<xdr:pic/>"), EXTRA),
    Case("text box", drawn(SHAPE.format("<xdr:txBody><a:p><a:r><a:t>请看</a:t></a:r></a:p></xdr:txBody>")), EXTRA),
    Case("shape over amounts", drawn(SHAPE.format("")), EXTRA),
    Case("chart", drawn("<xdr:graphicFrame/>"), EXTRA),
    Case("button", part("xl/ctrlProps/ctrlProp1.xml", "", SUB, "ctrlProp"), EXTRA),
    Case("picture behind the cells", part("xl/media/image9.png", "", SUB, "image"), EXTRA),
]  # fmt: skip


@pytest.mark.parametrize("case", [*SHEETS, *UNSEEN, *MERGES, *LINKS, *BESIDE], ids=lambda case: case.name)
def test_alteration_beside_the_answers__is_named_and_changes_no_answer(with_sub: Issued, case: Case) -> None:
    data = with_sub.filled(family())
    before, after = (check(one, "交回.xlsx", with_sub.desk) for one in (data, altered(data, case.change)))
    assert {finding.rule for finding in after.findings} == {case.rule}
    assert all(finding.severity == "warning" and is_chinese_sentence(finding.message) for finding in after.findings)
    assert (after.status, after.declaration) == ("accepted", before.declaration)


NO_MACROS = b'{"macrosArray":[],"current":-1,"customFunctions":{"macrosArray":[]}}'


@pytest.mark.parametrize(
    ("name", "content"),
    [("jsaProject.bin", NO_MACROS), ("JDEData.bin", b'\xef\xbb\xbf<?xml version="1.0"?><jde modules="0"/>')],
)
def test_place_for_macros_in_which_none_are__is_nothing_to_tell(with_sub: Issued, name: str, content: bytes) -> None:
    data = with_sub.filled(family())
    result = check(altered(data, part(f"xl/{name}", "", WORKBOOK, "jsaProject", content)), "交回.xlsx", with_sub.desk)
    assert (result.status, result.findings) == ("accepted", ())


@pytest.mark.parametrize("case", ERRORS, ids=lambda case: case.name)
def test_what_no_form_needs_or_nobody_can_tell__is_returned(with_sub: Issued, case: Case) -> None:
    data = with_sub.filled(family())
    before, after = (check(one, "交回.xlsx", with_sub.desk) for one in (data, altered(data, case.change)))
    assert {(finding.rule, finding.severity) for finding in after.findings} == {(case.rule, "error")}
    assert all(is_chinese_sentence(finding.message) for finding in after.findings)
    assert (after.status, after.declaration) == ("returned", before.declaration)


@pytest.mark.parametrize(
    ("address", "words", "rules"),
    [
        ("E7", "[1]Sheet1!A1", {"structure.link_in_input"}),
        ("E7", "'C:\\[账.xlsx]表'!A1", {"structure.link_in_input"}),
        ("E7", "cmd|'/c calc'!A1", {"structure.formula_in_input", DDE}),
        ("Q8", "cmd|'/c calc'!A1", {EXTRA, DDE}),
        ("Q8", "[1]Sheet1!A1", {EXTRA, LINK}),
        ("E6", "[1]Sheet1!A1", {"structure.formula_changed", LINK}),
    ],
)
def test_formula_that_leads_out_of_the_workbook__is_told_with_where_it_leads(
    with_sub: Issued, address: str, words: str, rules: set[str]
) -> None:
    data = altered(with_sub.filled(family()), lambda parts: parts.write(SUB, address, formula=words, number="1"))
    found = check(data, "交回.xlsx", with_sub.desk).findings
    assert {finding.rule for finding in found} == rules
    assert address in {finding.cell for finding in found}


def test_all_that_is_written_beside_the_form__is_shown_and_kept(with_sub: Issued) -> None:
    def change(parts: Parts) -> None:
        parts.write(SUB, "Q8", text="其中含上年未付款 20000 元")
        parts.write(SUB, "Q9", text="另有一笔未定")

    (finding,) = check(altered(with_sub.filled(family()), change), "交回.xlsx", with_sub.desk).findings
    assert "Q8：写在填报单元格以外的内容“其中含上年未付款 20000 元”；Q9“另有一笔未定”" in finding.message
    assert finding.value == "其中含上年未付款 20000 元\n另有一笔未定"


def test_picture_over_cells__says_which(with_sub: Issued) -> None:
    (finding,) = check(altered(with_sub.filled(family()), drawn("<xdr:pic/>")), "交回.xlsx", with_sub.desk).findings
    assert "盖在 C7:E9 上的图片" in finding.message
