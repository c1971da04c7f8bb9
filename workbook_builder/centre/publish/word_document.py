"""Documents and the volume, put together from a template and the printed forms."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from itertools import groupby
from typing import Any, NamedTuple

from docx.oxml import parse_xml
from docx.oxml.ns import qn

from workbook_builder.centre.publish import printed_values
from workbook_builder.centre.publish.choosing import Publication, by_unit
from workbook_builder.centre.publish.printed_form import FormPrinter, PrintedForm
from workbook_builder.centre.publish.word_file import saved
from workbook_builder.centre.publish.word_markers import MARKER, fill, lines_like, paragraphs, text_of
from workbook_builder.centre.publish.word_template import (
    BEGIN,
    CONTENTS,
    END,
    FORMS,
    NARRATIVE,
    WordTemplate,
    block,
    split,
)
from workbook_builder.centre.publish.word_xml import (
    NAMESPACES,
    add_bookmark,
    contents_line,
    form_elements,
    paragraph,
    text_runs,
    text_table,
)
from workbook_builder.form.template_looks import CellLook

DRAFT = "征求意见稿"
DRAFT_LOOK = '<w:rFonts w:ascii="黑体" w:hAnsi="黑体" w:eastAsia="黑体" w:hint="eastAsia"/><w:color w:val="C00000"/><w:sz w:val="28"/>'
AMOUNT_LOOK = CellLook("", False, None, "#,##0.00", False)
EMU_PER_TWIP, TAB = 635, "\t"


class Writer(NamedTuple):
    """Writes documents of one collection."""

    template: WordTemplate
    printer: FormPrinter
    fixed: Mapping[str, str]  # what COLLECTION_KEYS stand for
    is_draft: bool

    def forms(self, one: Publication) -> Iterator[tuple[str, PrintedForm]]:
        """The forms of a project with the names they are about: its own, then those of its sub-projects."""
        for declared in one.declarations:
            yield str(declared.get("project_name") or ""), self.printer.printed(declared, one.declaration)

    def document(self, one: Publication) -> bytes:
        """The document of one project."""
        document = self.template.document()
        body, parts = document.element.body, split(document)
        for element in (*parts.front, *parts.project):
            body.remove(element)
        self._fill_margins(document, [one])
        for place, element in enumerate(self._elements(document, _width(document), parts.project, one)):
            body.insert(place, element)
        return self._saved(document, one.project_name, has_fields=False)

    def volume(self, published: Sequence[Publication]) -> bytes:
        """One document of all projects: cover, contents by unit, the documents."""
        document = self.template.document()
        body, parts = document.element.body, split(document)
        for element in parts.project:
            body.remove(element)
        entries: list[Any] = []
        number, width = 0, _width(document)  # which looks through all that is in it
        for unit_name, some in by_unit(tuple(published)):
            heading = paragraph(unit_name, _style(document, "汇编单位"))
            for place, one in enumerate(some):
                elements = list(self._elements(document, width, parts.project, one))
                if place == 0:
                    number += 1
                    entries.append(self._entry(document, heading, unit_name, "目录单位", number))
                    _set_page_break(elements[0], is_broken=False)
                    elements.insert(0, heading)
                else:
                    _set_page_break(elements[0], is_broken=True)
                number += 1
                entries.append(self._entry(document, elements[place == 0], one.project_name, "目录项目", number))
                for element in elements:
                    body[-1].addprevious(element)  # the section's properties, which come last
        self._fill_front(parts.front, entries, published)
        self._fill_margins(document, published)
        return self._saved(document, "公开汇编", has_fields=True)

    def _entry(self, document: Any, element: Any, text: str, style: str, number: int) -> Any:
        bookmark = f"_Toc{number:06}"
        add_bookmark(element if element.tag == qn("w:p") else next(paragraphs(element)), bookmark, number)
        return contents_line(text, _style(document, style), bookmark)

    def _fill_front(self, front: Sequence[Any], entries: Sequence[Any], published: Sequence[Publication]) -> None:
        for element in front:
            if (found := block(element)) and found[0] == CONTENTS:
                for entry in entries:
                    element.addprevious(entry)
                _remove_but_section(element)
            else:
                self._fill_all(element, self._of_volume(published))

    def _fill_margins(self, document: Any, published: Sequence[Publication]) -> None:
        for relation in document.part.rels.values():
            if relation.reltype.rpartition("/")[2] in ("header", "footer"):
                self._fill_all(relation.target_part.element, self._of_volume(published))

    def _of_volume(self, published: Sequence[Publication]) -> Callable[[str], str]:
        names = dict.fromkeys(str(one.declaration.get("department") or "") for one in published)
        values = {**self.fixed, "department": "、".join(filter(None, names))}
        return lambda key: values.get(key, "")

    def _fill_all(self, element: Any, value: Callable[[str], str]) -> None:
        for one in paragraphs(element):
            if MARKER.search(text_of(one)):
                fill(one, value)

    def _elements(self, document: Any, width: int, template: Sequence[Any], one: Publication) -> Iterator[Any]:
        """The template's elements, filled in for a project; width: of the text on a page, in twips."""
        is_narrative = False
        for element in template:
            found = block(element)
            if found is not None:
                is_narrative = {BEGIN: True, END: False}.get(found[0], is_narrative)
                if found[0] == FORMS:
                    yield from self._form_elements(document, width, one)
            elif one.has_narrative or not is_narrative:
                yield from self._filled(document, width, deepcopy(element), one)

    def _filled(self, document: Any, width: int, element: Any, one: Publication) -> Iterator[Any]:
        match = MARKER.fullmatch(text_of(element).strip()) if element.tag == qn("w:p") else None
        if match is None or not self._is_long(match[1]):
            self._fill_all(element, lambda key: self._value(key, one))
            yield element
            return
        for lines in _by_tabs(self._value(match[1], one)):
            if len(lines) > 1 and TAB in lines[0]:
                style = _style(document, "表格文字")
                yield text_table([line.split(TAB) for line in lines], style, width)
                yield _after_table(style)
            else:
                yield from lines_like(element, "\n".join(lines))

    def _is_long(self, key: str) -> bool:
        field = self.printer.form.fields.get(key)
        return key.startswith(NARRATIVE) or (field is not None and field.type == "long_text")

    def _value(self, key: str, one: Publication) -> str:
        if key in self.fixed:
            return self.fixed[key]
        if key.startswith(NARRATIVE):
            return printed_values.words((one.declaration.get("narrative") or {}).get(key.removeprefix(NARRATIVE)))
        return self.printer.value(key, AMOUNT_LOOK, one.declaration, one.declaration)

    def _form_elements(self, document: Any, width: int, one: Publication) -> Iterator[Any]:
        styles = _style(document, "表格标题"), _style(document, "表格副标题"), _style(document, "表格文字")
        for name, form in self.forms(one):
            yield from form_elements(form, styles, f"{name}：{form.headings[0] if form.headings else '申报表'}", width)
            yield _after_table(styles[2])

    def _saved(self, document: Any, title: str, *, has_fields: bool) -> bytes:
        if self.is_draft:
            _mark_as_draft(document)
        return saved(document, title, has_fields=has_fields)


def _width(document: Any) -> int:
    """Of the text on a page, in twips."""
    section = document.sections[-1]
    return int(section.page_width - section.left_margin - section.right_margin) // EMU_PER_TWIP


def _by_tabs(text: str) -> Iterator[list[str]]:
    """The lines of a text, those with the same number of tabs together: they are a table that was pasted."""
    for _, lines in groupby(text.split("\n"), key=lambda line: line.strip("\n").count(TAB)):
        yield list(lines)


def _after_table(style: str) -> Any:
    """Behind a table stands a paragraph, or what follows would join it; as low as can be."""
    spacing = '<w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>'
    return parse_xml(
        f'<w:p {NAMESPACES}><w:pPr><w:pStyle w:val="{style}"/>{spacing}<w:rPr><w:sz w:val="2"/></w:rPr></w:pPr></w:p>'
    )


def _style(document: Any, name: str) -> str:
    return str(document.styles[name].style_id)


def _set_page_break(element: Any, *, is_broken: bool) -> None:
    """Whether a paragraph begins a page, whatever its style says."""
    if element.tag == qn("w:p"):
        element.get_or_add_pPr().get_or_add_pageBreakBefore().val = is_broken


def _remove_but_section(element: Any) -> None:
    """Removes a paragraph, but for the section break that it may hold."""
    if element.find(f"{qn('w:pPr')}/{qn('w:sectPr')}") is None:
        element.getparent().remove(element)
        return
    for child in [child for child in element if child.tag != qn("w:pPr")]:
        element.remove(child)


def _mark_as_draft(document: Any) -> None:
    """Says on each page that it is a draft: at the top, in every kind of header."""
    for section in document.sections:
        headers = [section.header]
        headers += [section.even_page_header] * bool(document.settings.odd_and_even_pages_header_footer)
        headers += [section.first_page_header] * bool(section.different_first_page_header_footer)
        for header in headers:
            header.is_linked_to_previous = False
            mark = parse_xml(
                f'<w:p {NAMESPACES}><w:pPr><w:jc w:val="right"/></w:pPr>{text_runs(DRAFT, DRAFT_LOOK)}</w:p>'
            )
            header.part.element.insert(0, mark)
