"""WordprocessingML from plain data: paragraphs, tables, fields. Every text is written as text, whatever it looks like.

Source: ECMA-376 part 1, 17 (WordprocessingML); the order of elements is the schema's.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from workbook_builder.centre.publish.printed_form import PrintedCell, PrintedForm, PrintedRow, PrintedTable
from workbook_builder.form.template_looks import CellLook
from workbook_builder.ooxml.xml_text import NOT_IN_XML
from workbook_builder.values.markup import visible

NAMESPACES = nsdecls("w")
TWIPS_PER_POINT = 20
LINE = 'w:val="single" w:sz="4" w:space="0" w:color="000000"'
SIDES = ("top", "left", "bottom", "right", "insideH", "insideV")
NONE = 'w:val="nil"'
ALIGNED = {"center": "center", "right": "right", "left": "left", "centerContinuous": "center", "distributed": "both"}
MOST_POINTS = 60  # of a row: what the sheet keeps for writing by hand is not needed in print
# So low that two tables look like one; without it Word would join them.
GAP = (
    f'<w:p {NAMESPACES}><w:pPr><w:keepNext/><w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>'
    '<w:ind w:firstLine="0"/><w:rPr><w:sz w:val="2"/></w:rPr></w:pPr></w:p>'
)


def text_runs(text: str, look: str = "") -> str:
    """Runs of a text; tabs and line breaks as Word has them. look: XML of run properties."""
    properties = f"<w:rPr>{look or HINT}</w:rPr>"
    pieces = []
    for number, line in enumerate(clean(text).split("\n")):
        pieces.append("<w:br/>" * bool(number))
        cells = line.split("\t")
        pieces.append(
            "<w:tab/>".join(f'<w:t xml:space="preserve">{escape(cell)}</w:t>' if cell else "" for cell in cells)
        )
    return f"<w:r>{properties}{''.join(pieces)}</w:r>"


HINT = '<w:rFonts w:hint="eastAsia"/>'  # or “ ” would be as narrow as in English


def clean(text: str) -> str:
    """A text without what XML cannot hold or what would act unseen."""
    return NOT_IN_XML.sub("", visible(text))


def paragraph(text: str, style: str, extra: str = "") -> Any:
    """A paragraph of a style, by its id. extra: XML of more paragraph properties."""
    return parse_xml(f"<w:p {NAMESPACES}>{_properties(style, extra)}{text_runs(text)}</w:p>")


def _properties(style: str, extra: str) -> str:
    return f"<w:pPr><w:pStyle w:val={quoteattr(style)}/>{extra}</w:pPr>"


def contents_line(text: str, style: str, bookmark: str) -> Any:
    """A line of the table of contents: what it leads to, and its page, which programs count when they lay out."""
    field = (
        '<w:r><w:fldChar w:fldCharType="begin" w:dirty="true"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> PAGEREF {bookmark} \\h </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t> </w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    link = f'<w:hyperlink w:anchor="{bookmark}" w:history="1">{text_runs(text)}</w:hyperlink>'
    return parse_xml(f"<w:p {NAMESPACES}>{_properties(style, '')}{link}<w:r><w:tab/></w:r>{field}</w:p>")


def add_bookmark(element: Any, name: str, number: int) -> None:
    """Makes a paragraph a place that the table of contents leads to."""
    properties = element.pPr
    start = parse_xml(f'<w:bookmarkStart {NAMESPACES} w:id="{number}" w:name="{name}"/>')
    if properties is None:
        element.insert(0, start)
    else:
        properties.addnext(start)
    element.append(parse_xml(f'<w:bookmarkEnd {NAMESPACES} w:id="{number}"/>'))


def form_elements(form: PrintedForm, styles: tuple[str, str, str], caption: str, width_twips: int) -> Iterator[Any]:
    """A form's headings and tables. styles: ids of title, subtitle and cell; caption: what the tables are, for who hears them."""
    title, subtitle, cell = styles
    for number, heading in enumerate(form.headings):
        yield paragraph(heading, subtitle if number else title)
    widths = _twips(form.widths, width_twips)
    for number, table in enumerate(form.tables):
        if number:
            yield parse_xml(GAP)
        yield parse_xml(_table(table, widths, cell, caption, is_last=number == len(form.tables) - 1))


def text_table(rows: Sequence[Sequence[str]], style: str, width_twips: int) -> Any:
    """A table of texts, such as a unit pasted into a text: columns of one width, its first row on each page."""
    look = CellLook("", False, None, "General", True)
    cells = [tuple(PrintedCell(text.strip(), 1, False, False, look, None) for text in row) for row in rows]
    table = PrintedTable(tuple(PrintedRow(row, None, True) for row in cells), 1)
    return parse_xml(_table(table, _twips([1.0] * len(rows[0]), width_twips), style, "", is_last=True))


def _twips(widths: Iterable[float], total: int) -> list[int]:
    """Widths in characters as twips that add up to the total."""
    given = list(widths)
    ends = [round(total * sum(given[: number + 1]) / sum(given)) for number in range(len(given))]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def _table(table: PrintedTable, widths: list[int], style: str, caption: str, *, is_last: bool) -> str:
    lines = {side: LINE if is_last or side != "bottom" else NONE for side in SIDES}
    borders = "".join(f"<w:{side} {line}/>" for side, line in lines.items())
    named = f"<w:tblCaption w:val={quoteattr(clean(caption))}/>" if caption else ""
    cells = '<w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/>'
    properties = (
        f'<w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>{borders}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar>{cells}</w:tblCellMar><w:tblLook w:val="0000"/>'
        f"{named}</w:tblPr>"
    )
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    rows = "".join(_row(row, widths, style, number < table.repeated) for number, row in enumerate(table.rows))
    return f"<w:tbl {NAMESPACES}>{properties}<w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>"


def _row(row: PrintedRow, widths: list[int], style: str, is_repeated: bool) -> str:
    whole = "" if row.is_long else "<w:cantSplit/>"
    height = round(min(row.points or 0, MOST_POINTS) * TWIPS_PER_POINT)
    least = f'<w:trHeight w:val="{height}" w:hRule="atLeast"/>' if height else ""
    head = "<w:tblHeader/>" if is_repeated else ""
    cells, column = [], 0
    for cell in row.cells:
        cells.append(_cell(cell, sum(widths[column : column + cell.columns]), style))
        column += cell.columns
    return f"<w:tr><w:trPr>{whole}{least}{head}</w:trPr>{''.join(cells)}</w:tr>"


def _cell(cell: PrintedCell, width: int, style: str) -> str:
    span = f'<w:gridSpan w:val="{cell.columns}"/>' if cell.columns > 1 else ""
    merged = "<w:vMerge/>" if cell.is_continued else '<w:vMerge w:val="restart"/>' if cell.goes_on else ""
    properties = f'<w:tcW w:w="{width}" w:type="dxa"/>{span}{merged}{_own_lines(cell)}<w:vAlign w:val="center"/>'
    align = f'<w:jc w:val="{ALIGNED.get(cell.look.horizontal or "", "left")}"/>'
    bold = HINT + "<w:b/>" if cell.look.is_bold else ""
    paragraphs = (f"<w:p>{_properties(style, align)}{text_runs(line, bold)}</w:p>" for line in cell.text.split("\n"))
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{''.join(paragraphs)}</w:tc>"


def _own_lines(cell: PrintedCell) -> str:
    """The lines of a cell that are not the table's."""
    without = {
        "top": cell.is_open_above, "left": False, "bottom": cell.is_open_below, "right": False,
    }  # fmt: skip
    if not cell.look.has_border:
        without = dict.fromkeys(without, True)
    lines = "".join(f"<w:{side} {NONE}/>" for side, is_open in without.items() if is_open)
    return f"<w:tcBorders>{lines}</w:tcBorders>" if lines else ""
