"""公开模板.docx: the document as an officer draws it in Word, and what is wrong with it.

Two parts, with a section break between them: the front of a department's volume (cover and {{contents}}), and the document
of one project: between {{sections.begin}} and {{sections.end}} its 情况说明, then {{forms}}.
"""

import io
import re
from collections.abc import Collection as Some
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import docx
from docx.opc.constants import RELATIONSHIP_TYPE as KIND
from docx.oxml.ns import qn

from workbook_builder.centre.publish.printed_form import HIDDEN
from workbook_builder.centre.publish.printed_values import MoneyUnit
from workbook_builder.centre.publish.word_file import saved
from workbook_builder.centre.publish.word_markers import BRACES, MARKER, paragraphs, text_of
from workbook_builder.centre.publish.word_reading import open_word, word_refused
from workbook_builder.errors import ContentError
from workbook_builder.findings import finding_of_file
from workbook_builder.form.model import COLLECTION_KEYS, Form
from workbook_builder.rule_ids import PUBLISH_TEMPLATE
from workbook_builder.values.normalised import quoted

CONTENTS, FORMS, BEGIN, END = "contents", "forms", "sections.begin", "sections.end"
BLOCKS = (CONTENTS, BEGIN, END, FORMS)
NARRATIVE = "narrative."
IN_FRONT = (*COLLECTION_KEYS, "department")
FRONT_HINT = f"封面、目录、页眉、页脚里只能写 {'、'.join(IN_FRONT)}"
PROJECT_HINT = "表单中没有这个字段，或它不能公开"
UNITS: tuple[MoneyUnit, ...] = ("元", "万元")
STYLES = ("表格标题", "表格副标题", "表格文字", "汇编单位", "目录单位", "目录项目")
COPY_ADVICE = "请从随附的模板（workbook-builder template document）复制过来。"
# What an officer does not see, or what names its editor, and how to get rid of it.
UNFIT: Mapping[str, str] = {
    "w:ins": "有没有接受的修订，请在“审阅”中接受全部修订",
    "w:del": "有没有接受的修订，请在“审阅”中接受全部修订",
    "w:moveFrom": "有没有接受的修订，请在“审阅”中接受全部修订",
    "w:moveTo": "有没有接受的修订，请在“审阅”中接受全部修订",
    "w:commentReference": "有批注，请在“审阅”中删除所有批注",
    "w:vanish": "有隐藏的文字，请删除",
    "w:object": "有嵌入的文件，请删除",
    "w:altChunk": "有嵌入的文件，请删除",
    "w:footnoteReference": "有脚注，请改写在正文里",
    "w:endnoteReference": "有尾注，请改写在正文里",
}
FIELDS = re.compile(r"\s*(?:PAGE|NUMPAGES|SECTIONPAGES)\b[^\"]*", re.IGNORECASE)


class Body(NamedTuple):
    """The elements of a template: those of the volume's front, its section break included, and those of a document."""

    front: list[Any]
    project: list[Any]


class WordTemplate(NamedTuple):
    """A template without mistakes."""

    data: bytes
    unit: MoneyUnit | None  # of amounts; None as the form says
    fixed: frozenset[str]  # texts of the document's paragraphs that hold no marker

    def document(self) -> Any:
        """A document to be filled, newly made."""
        return docx.Document(io.BytesIO(self.data))


def split(document: Any) -> Body:
    """The parts of a template's document."""
    front: list[Any] = []
    project: list[Any] = []
    children = [child for child in document.element.body if child.tag != qn("w:sectPr")]
    ends = [number for number, child in enumerate(children) if _ends_section(child)]
    last = ends[0] if ends else -1
    for number, child in enumerate(children):
        (front if number <= last else project).append(child)
    return Body(front, project)


def block(element: Any) -> tuple[str, str | None] | None:
    """The block marker that a paragraph consists of, and what follows its colon; None where it does not."""
    match = MARKER.fullmatch(text_of(element).strip()) if element.tag == qn("w:p") else None
    return (match[1], match[2]) if match and match[1] in BLOCKS else None


def load_word_template(data: bytes, file: str, form: Form) -> WordTemplate:
    """Reads a template. Raises UnreadableError where it is no Word file, ContentError where it has mistakes."""
    open_word(data, file)
    document, sentences = _looked_at(data, file, form)
    findings = [
        finding_of_file(PUBLISH_TEMPLATE, "error", f"“{file}”：{sentence}") for sentence in dict.fromkeys(sentences)
    ]
    if findings:
        raise ContentError(f"公开模板“{file}”有错误，请用 Word 改正后再试。", findings)
    project = split(document).project
    texts = {text_of(one).strip() for element in project for one in paragraphs(element)}
    marked = [found for element in project if (found := block(element))]
    unit = next((word for name, word in marked if name == FORMS), None)
    return WordTemplate(
        data,
        "万元" if unit == "万元" else "元" if unit == "元" else None,
        frozenset(t for t in texts if t and not MARKER.search(t)),
    )


def _looked_at(data: bytes, file: str, form: Form) -> tuple[Any, list[str]]:
    """The document and its mistakes. Raises UnreadableError where python-docx cannot read, or save it again."""
    try:
        document = docx.Document(io.BytesIO(data))
        sentences = list(_mistakes(document, form))
        saved(docx.Document(io.BytesIO(data)), file)
    except Exception as error:  # what it raises for parts that are missing or do not fit has no common class
        raise word_refused(file) from error
    return document, sentences


def _mistakes(document: Any, form: Form) -> Iterator[str]:
    """Chinese sentences."""
    body = split(document)
    breaks = sum(_ends_section(child) for child in document.element.body)
    if breaks != 1:
        yield (
            f"应有且只有一个分节符，把汇编的封面、目录（在前）和一个项目的文档（在后）分开，现有 {breaks} 个。"
            "请在“布局—分隔符”中插入“下一页”分节符，或删去多余的。"
        )
        return
    yield from _block_mistakes(body)
    yield from _marker_mistakes(body, document, form)
    yield from _unfit(document)
    section = document.sections[-1]
    if None in (section.page_width, section.left_margin, section.right_margin):
        yield "最后一节没有纸张大小或页边距。请在“布局”中设置。"
    known = {style.name for style in document.styles}
    for name in STYLES:
        if name not in known:
            yield f"缺少样式“{name}”。{COPY_ADVICE}"


def _ends_section(child: Any) -> bool:
    return child.tag == qn("w:p") and child.find(f"{qn('w:pPr')}/{qn('w:sectPr')}") is not None


def _block_mistakes(body: Body) -> Iterator[str]:
    places: dict[str, list[int]] = {name: [] for name in BLOCKS}
    for number, element in enumerate((*body.front, *body.project)):
        if found := block(element):
            places[found[0]].append(number)
            if found[1] is not None and (found[0] != FORMS or found[1] not in UNITS):
                yield f"标记 {{{{{found[0]}:{found[1]}}}}} 冒号后面只能写在 {{{{forms}}}} 里，写“元”或“万元”。请改正。"
    where = {CONTENTS: "封面后面", BEGIN: "情况说明前面", END: "情况说明后面", FORMS: "要印申报表的地方"}
    for name, numbers in places.items():
        if len(numbers) != 1:
            yield f"标记 {{{{{name}}}}} 应单独成段，写一处（{where[name]}），现有 {len(numbers)} 处。请补上，或删去多余的。"
            return
    front = len(body.front)
    if not places[CONTENTS][0] < front <= places[BEGIN][0] < places[END][0] < places[FORMS][0]:
        yield (
            "标记的次序不对：{{contents}} 应在分节符前面，{{sections.begin}}、{{sections.end}}、{{forms}} "
            "依次在分节符后面。请移到应在的位置。"
        )


def _marker_mistakes(body: Body, document: Any, form: Form) -> Iterator[str]:
    of_project = {key for key, field in form.fields.items() if not field.is_column and key not in HIDDEN}
    seen: set[str] = set()
    places: list[tuple[Any, tuple[str, ...], str]] = [
        (one, IN_FRONT, FRONT_HINT) for one in (*body.front, *_margins(document))
    ]
    places += [(one, (*of_project, *COLLECTION_KEYS), PROJECT_HINT) for one in body.project]
    for element, known, hint in places:
        for one in paragraphs(element):
            if block(one) and one.getparent() is document.element.body:
                continue
            keys = [match[1] for match in MARKER.finditer(text_of(one))]
            yield from _paragraph_mistakes(text_of(one), keys, known, hint)
            yield from _crowded(text_of(one), keys, form)
            seen.update(keys if known is not IN_FRONT else ())
    for key in form.fields:
        if key.startswith(NARRATIVE) and key not in seen:
            yield f"缺少标记 {{{{{key}}}}}（{form.fields[key].label}），这一部分就不会公开。请在应印它的地方单独成段写上。"


def _margins(document: Any) -> Iterator[Any]:
    """The headers and footers."""
    for relation in document.part.rels.values():
        if relation.reltype in (KIND.HEADER, KIND.FOOTER):
            yield relation.target_part.element


def _paragraph_mistakes(text: str, keys: Sequence[str], known: Some[str], hint: str) -> Iterator[str]:
    where = f"段落{quoted(text[:40])}"
    if BRACES.search(MARKER.sub("", text)):
        yield f"{where}：标记应写成 {{{{字段}}}}，左右各两个英文半角的花括号。请改正。"
    for key in keys:
        if key in BLOCKS:
            yield f"{where}：标记 {{{{{key}}}}} 应单独成段，不在表格、文本框里。请改正。"
        elif key not in known:
            yield f"{where}：不能写标记 {{{{{key}}}}}（{hint}）。请改正或删去。"


def _crowded(text: str, keys: Sequence[str], form: Form) -> Iterator[str]:
    """Markers of long texts beside other words."""
    for key in keys:
        field = form.fields.get(key)
        if field is not None and field.type == "long_text" and MARKER.sub("", text).strip():
            where = f"段落{quoted(text[:40])}"
            yield f"{where}：标记 {{{{{key}}}}} 的内容可能有几段，应单独成段。请把别的文字移到另一段。"


def _unfit(document: Any) -> Iterator[str]:
    elements = [document.element, *_margins(document)]
    for name, sentence in UNFIT.items():
        if any(next(element.iter(qn(name)), None) is not None for element in elements):
            yield f"{sentence}后再用。"
    for code in (code for element in elements for code in _field_codes(element)):
        if code.strip() and not FIELDS.fullmatch(code):
            yield f"有域代码{quoted(code.strip()[:40])}，可能带出编辑者的信息或别的文件。请按 Ctrl+Shift+F9 改成文字。"
    related = (one.target_part for one in document.part.rels.values() if one.reltype in (KIND.HEADER, KIND.FOOTER))
    of_text = (document.part, *related)
    relations = (relation for part in of_text for relation in part.rels.values())
    if any(relation.is_external and relation.reltype != KIND.HYPERLINK for relation in relations):
        yield "有链接到别处的图片或文件。请改为把图片插入到文档中。"


def _field_codes(element: Any) -> Iterator[str]:
    yield from (one.text or "" for one in element.iter(qn("w:instrText")))
    yield from (one.get(qn("w:instr"), "") for one in element.iter(qn("w:fldSimple")))
