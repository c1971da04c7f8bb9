"""Draws templates/publish_template.docx, the packaged document for the public: python tools/draw_publish_template.py [TARGET].

Officers change theirs in Word; this one is drawn by a script so that a change to it can be reviewed. Layout: GB/T 9704-2012
(A4, margins 37, 35, 28 and 26 mm, 22 lines, page numbers between dashes at the outer edge), as far as it holds for what
is no letter. A test keeps the committed template equal to what this script draws.
"""

import sys
from pathlib import Path
from typing import Any, NamedTuple

import docx
from docx.enum.section import WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt

from workbook_builder.centre.publish.word_file import saved

XBS, FANGSONG, HEITI, SONG, LATIN = "方正小标宋简体", "仿宋_GB2312", "黑体", "宋体", "Times New Roman"
FALLBACKS = {XBS: "华文中宋", FANGSONG: "仿宋", "楷体_GB2312": "楷体"}
LINE = Pt(29)  # 22 lines on 225 mm
LEFT, CENTER, BOTH = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.JUSTIFY
SECTIONS = (
    ("一、项目概述", "overview"), ("二、立项依据", "legal_basis"), ("三、实施主体", "implementer"), ("四、实施方案", "plan"),
    ("五、实施周期", "period"), ("六、年度预算安排", "annual_budget"), ("七、绩效目标", "performance_goals"),
)  # fmt: skip


class Look(NamedTuple):
    """How a style looks; points of size, spaces before and after in points."""

    font: str
    size: float
    align: Any = BOTH
    line: Any = LINE  # exact; None for as high as the text
    space: tuple[float, float] = (0, 0)
    is_indented: bool = False  # by two characters
    is_on_new_page: bool = False
    level: int | None = None  # in the outline, from 0
    is_kept: bool = False  # on the page of what follows


STYLES = {
    "公文标题": Look(XBS, 22, CENTER, Pt(33), (0, 29), level=0, is_kept=True),
    "公文一级标题": Look(HEITI, 16, is_indented=True, level=1, is_kept=True),
    "公文正文": Look(FANGSONG, 16, is_indented=True),
    "表格标题": Look(XBS, 18, CENTER, Pt(29), is_on_new_page=True, level=1, is_kept=True),
    "表格副标题": Look(FANGSONG, 12, CENTER, Pt(20), (0, 4), is_kept=True),
    "表格文字": Look(FANGSONG, 10.5, LEFT, None),
    "汇编标题": Look(XBS, 30, CENTER, Pt(48), (150, 0)),
    "汇编副标题": Look(FANGSONG, 18, CENTER, Pt(32), (24, 0)),
    "汇编单位": Look(HEITI, 16, CENTER, Pt(29), (0, 14), is_on_new_page=True, level=0, is_kept=True),
    "目录标题": Look(XBS, 22, CENTER, Pt(33), (0, 20), is_on_new_page=True),
    "目录单位": Look(HEITI, 14, LEFT, Pt(26), (6, 0), is_kept=True),
    "目录项目": Look(FANGSONG, 14, LEFT, Pt(26)),
}


def main() -> None:
    """Draws it to the path given, else to its place."""
    beside = Path(__file__).parents[1] / "templates" / "publish_template.docx"
    (Path(sys.argv[1]) if len(sys.argv) > 1 else beside).write_bytes(drawn())


def drawn() -> bytes:
    """The template's bytes."""
    document = docx.Document()
    for name, look in STYLES.items():
        _add_style(document, name, look)
    _set_normal(document)
    _set_fonts(document)
    document.settings.odd_and_even_pages_header_footer = True
    _draw_front(document)
    section = document.add_section(WD_SECTION.NEW_PAGE)
    for one in document.sections:
        _set_page(one)
    _draw_project(document)
    _number_pages(section)
    return saved(document, "公开模板")


def _add_style(document: Any, name: str, look: Look) -> None:
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style, style.quick_style = document.styles["Normal"], True
    _set_font(style, look.font, look.size)
    shape = style.paragraph_format
    shape.alignment, shape.widow_control = look.align, False
    shape.space_before, shape.space_after = map(Pt, look.space)
    shape.page_break_before, shape.keep_with_next = look.is_on_new_page, look.is_kept
    if look.line is not None:
        shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, look.line
    properties = style.element.get_or_add_pPr()
    if look.is_indented:
        indent = properties.get_or_add_ind()
        indent.set(qn("w:firstLineChars"), "200")
        indent.set(qn("w:firstLine"), str(int(look.size * 40)))
    if look.level is not None:
        level = parse_xml(f'<w:outlineLvl {nsdecls("w")} w:val="{look.level}"/>')
        properties.append(level)
    if name == "表格文字":  # ≥5次 is one
        for kind in ("autoSpaceDE", "autoSpaceDN"):
            properties.insert_element_before(
                parse_xml(f'<w:{kind} {nsdecls("w")} w:val="0"/>'), "w:spacing", "w:ind", "w:jc", "w:outlineLvl"
            )
    if name == "目录项目":
        shape.left_indent = Pt(14)
    if name.startswith("目录") and look.align is LEFT:
        shape.tab_stops.add_tab_stop(Mm(156), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)


def _set_font(style: Any, font: str, size: float) -> None:
    style.font.name, style.font.size, style.font.bold = LATIN, Pt(size), False
    style.element.rPr.rFonts.set(qn("w:eastAsia"), font)


def _set_normal(document: Any) -> None:
    normal = document.styles["Normal"]
    _set_font(normal, FANGSONG, 16)
    fonts = document.styles.element.find(f".//{qn('w:docDefaults')}//{qn('w:rFonts')}")
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for name, font in {"ascii": LATIN, "hAnsi": LATIN, "eastAsia": FANGSONG, "cs": LATIN}.items():
        fonts.set(qn(f"w:{name}"), font)
    language = document.styles.element.find(f".//{qn('w:docDefaults')}//{qn('w:lang')}")
    language.set(qn("w:eastAsia"), "zh-CN")
    keep = {*STYLES, "Normal", "Header", "Footer", "Default Paragraph Font", "Normal Table", "No List"}
    for style in list(document.styles):
        if style.name not in keep:
            style.delete()


def _set_fonts(document: Any) -> None:
    """What Word takes where a font is not installed."""
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{fallback}"/><w:charset w:val="86"/></w:font>'
        for name, fallback in FALLBACKS.items()
    )
    part = next(r.target_part for r in document.part.rels.values() if r.reltype.endswith("/fontTable"))
    part._blob = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:fonts {nsdecls("w")}>{fonts}</w:fonts>'.encode()
    )


def _draw_front(document: Any) -> None:
    """Cover and table of contents of a department's volume."""
    for style, text in (
        ("汇编标题", "财政项目支出绩效目标公开汇编"),
        ("汇编副标题", "（{{fiscal_year}}年度）"),
        ("汇编副标题", "{{department}}"),
        ("目录标题", "目  录"),
        ("目录项目", "{{contents}}"),
    ):
        document.add_paragraph(text, style)


def _draw_project(document: Any) -> None:
    document.add_paragraph("{{sections.begin}}", "公文正文")
    document.add_paragraph("{{project_name}}项目经费情况说明", "公文标题")
    for heading, key in SECTIONS:
        document.add_paragraph(heading, "公文一级标题")
        document.add_paragraph(f"{{{{narrative.{key}}}}}", "公文正文")
    document.add_paragraph("{{sections.end}}", "公文正文")
    document.add_paragraph("{{forms}}", "公文正文")


def _set_page(section: Any) -> None:
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = map(Mm, (37, 35, 28, 26))
    section.header_distance, section.footer_distance = Mm(15), Mm(25)
    grid = section._sectPr.find(qn("w:docGrid"))
    if grid is not None:
        section._sectPr.remove(grid)


def _number_pages(section: Any) -> None:
    """— 1 — at the outer edge, from 1 on."""
    columns = section._sectPr.find(qn("w:cols"))
    columns.addprevious(parse_xml(f'<w:pgNumType {nsdecls("w")} w:start="1"/>'))
    for footer, align in ((section.footer, "right"), (section.even_page_footer, "left")):
        footer.is_linked_to_previous = False
        _draw_number(footer.paragraphs[0], align)
    for header in (section.header, section.even_page_header):
        header.is_linked_to_previous = False


def _draw_number(paragraph: Any, align: str) -> None:
    paragraph.paragraph_format.alignment = WD_ALIGN_PARAGRAPH[align.upper()]
    setattr(paragraph.paragraph_format, f"{align}_indent", Pt(14))
    look = f'<w:rFonts w:ascii="{SONG}" w:hAnsi="{SONG}" w:eastAsia="{SONG}"/><w:sz w:val="28"/>'
    field = f'<w:fldSimple {nsdecls("w")} w:instr="PAGE"><w:r><w:rPr>{look}</w:rPr><w:t>1</w:t></w:r></w:fldSimple>'
    dashes = (
        f'<w:r {nsdecls("w")}><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{t}</w:t></w:r>' for t in ("— ", " —")
    )
    before, after = map(parse_xml, dashes)
    for element in (before, parse_xml(field), after):
        paragraph._p.append(element)


if __name__ == "__main__":
    main()
