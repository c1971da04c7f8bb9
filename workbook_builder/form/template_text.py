"""A template as text: what `template describe` prints, so that a change to the binary can be reviewed."""

from collections.abc import Iterator

from workbook_builder.form.model import Field, Form, FormSheet
from workbook_builder.form.template_fields import SOURCES, TYPES
from workbook_builder.form.template_reading import Template
from workbook_builder.values.numbers import decimal_text

TYPE_WORDS = {kind: word for word, kind in TYPES.items()}
SOURCE_WORDS = {source: word for word, source in SOURCES.items()}
KIND_WORDS = {"form": "申报表，每个子项目一张", "root": "每个工作簿一张", "summary": "子项目汇总", "check": "自检"}


def describe(template: Template) -> str:
    """Fields, lists, and for each sheet its markers with their cells; ends with a line break."""
    return "\n".join(_lines(template.form)) + "\n"


def _lines(form: Form) -> Iterator[str]:
    yield f"表单 {form.form_id}  版本 {form.version}"
    if form.has_weights:
        yield f"权重合计 {decimal_text(form.weight_total)}"
    yield ""
    yield "字段"
    for field in form.fields.values():
        yield "  " + _field_line(field)
    yield ""
    yield "选项"
    for name, entries in form.lists.items():
        yield f"  {name}：{' | '.join(entries)}"
    for sheet in form.sheets:
        yield ""
        yield f"工作表「{sheet.title}」（{KIND_WORDS[sheet.kind]}），{sheet.last_row} 行 {sheet.last_column} 列"
        yield from (f"  {line}" for line in _sheet_lines(sheet))


def _field_line(field: Field) -> str:
    words = [field.key, field.label, TYPE_WORDS[field.type], SOURCE_WORDS[field.source]]
    words.append("必填" if field.is_required else "选填")
    if field.choices:
        words.append(f"选项={field.choices}")
    if field.limit:
        words.append(f"最多 {field.limit} 字")
    if field.prompt:
        words.append(f"“{field.prompt}”")
    return "  ".join(words)


def _sheet_lines(sheet: FormSheet) -> Iterator[str]:
    texts = {marker.area: marker.text for marker in sheet.markers if not marker.is_table_input}
    yield from (f"{area}  {text}" for area, text in texts.items())
    for row in sheet.table:
        cells = [
            f"{marker.area} {marker.key}" for marker in sheet.markers if marker.row == row.row and marker.is_table_input
        ]
        yield f"第 {row.row} 行  {row.level1} / {row.level2}：{'，'.join(cells)}"
