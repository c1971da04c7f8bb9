"""What `fill` takes for one workbook, as a JSON Schema (draft 2020-12): the declaration as `check --json` gives it.

The schema is stricter than `fill`, which writes what a cell's type cannot hold as a person would have typed it: what the
schema lets pass is written and is of its type.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, get_args

from workbook_builder.form.declaration import SUB_PROJECTS, as_printed
from workbook_builder.form.layout import Layout, Slot
from workbook_builder.form.model import INDICATORS, LEVELS, Field
from workbook_builder.judge.opening import Opened
from workbook_builder.values.quantities import QUALITATIVE, Comparator

DRAFT = "https://json-schema.org/draft/2020-12/schema"
AMOUNT = r"^(0|[1-9][0-9]{0,14})(\.[0-9]{1,2})?$"  # yuan
NUMBER = r"^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,10})?$"
NUMERIC = ("amount", "number", "target")
COMPUTED, FIXED = "由公式计算；给出时须与结果一致", "下发时已定；给出时须一致"

Schema = dict[str, Any]


def filling_schema(opened: Opened) -> Schema:
    """The schema for one workbook of ours: its own sub-projects, rows, lists and prefilled values."""
    layout, identity = opened.blank.layout, opened.identity
    root = _part(layout, None, opened)
    root |= {
        "fiscal_year": _fixed("年度", identity.fiscal_year),
        "round": _fixed("轮次", identity.round),
        "project_code": _fixed("项目编码", identity.project_code),
        "unit_code": _fixed("单位编码", identity.unit_code),
    }
    codes = [code for code, _ in identity.sub_projects]
    subs = [
        _object({**_part(layout, number, opened), "project_code": _fixed("项目编码", code)}, title=f"子项目 {code}")
        for number, code in enumerate(codes)
        if number in layout.parts
    ]
    if subs:
        root[SUB_PROJECTS] = {"type": "array", "prefixItems": subs, "items": False}
    title = f"{identity.project_code} 的申报数据"
    return {"$schema": DRAFT, **_object(root, title=title)}


def _part(layout: Layout, sub_project: int | None, opened: Opened) -> Schema:
    """The properties of the root project (None) or of a sub-project."""
    properties: Schema = {}
    for slot in layout.parts[sub_project]:
        if slot.row is not None or (slot.kind == "helper" and slot.field.source != "roster"):
            continue
        group, _, name = slot.field.key.partition(".")
        value = _value(slot, layout, opened)
        if name:
            properties.setdefault(group, _object({}))["properties"][name] = value
        else:
            properties[group] = value
    if rows := layout.indicator_rows(sub_project):
        properties[INDICATORS] = {"type": "array", "maxItems": len(rows), "items": _row(rows, layout)}
    return properties


def _value(slot: Slot, layout: Layout, opened: Opened) -> Schema:
    label = slot.field.label
    if slot.kind == "pending":
        return {"description": f"{label}：这份工作簿里不填", "enum": [None, ""]}
    if slot.kind == "formula":
        return {**_typed(slot.field, layout), "description": f"{label}：{COMPUTED}", "readOnly": True}
    if slot.kind == "input":
        return {**_typed(slot.field, layout), "description": label}
    return _fixed(label, as_printed(opened.located.values.get(slot.key)))


def _typed(field: Field, layout: Layout) -> Schema:
    """A value of its type, or null for an empty cell."""
    if field.type in NUMERIC:
        is_amount = field.type == "amount"
        text = {"type": "string", "pattern": AMOUNT if is_amount else NUMBER}
        number = {"type": "number", **({"minimum": 0} if is_amount else {})}
        return {"anyOf": [text, number, {"type": "null"}]}
    if field.type == "date":
        return {"type": ["string", "null"], "format": "date"}
    if choices := layout.form.choices_of(field):
        return {"enum": [*choices, None]}
    limit = {"maxLength": field.limit} if field.limit else {}
    return {"type": ["string", "null"], **limit}


def _row(rows: Iterable[Slot], layout: Layout) -> Schema:
    """One row of the indicator table: in the row it names (from 0), else in the next free one of its 二级指标."""
    found = list(rows)
    columns: Schema = {field.column: _column(field, layout) for field in layout.form.columns}
    levels = {
        name: {"enum": [*dict.fromkeys(getattr(slot, name) for slot in found), None], "description": label}
        for name, label in LEVELS.items()
    }
    row = {"type": ["integer", "null"], "minimum": 0, "maximum": len(found) - 1, "description": "第几行，从 0 数起"}
    named = [{"required": [key], "properties": {key: {"not": {"type": "null"}}}} for key in ("row", "level2")]
    return {**_object({"row": row, **levels, **columns}), "anyOf": named}


def _column(field: Field, layout: Layout) -> Schema:
    if field.type == "comparator":
        return {"enum": [*get_args(Comparator), None], "description": field.label}
    if field.type == "target":
        words = f"{field.label}：数字；{QUALITATIVE}时为文字"
        return {"type": ["string", "number", "null"], "description": words}
    return {**_typed(field, layout), "description": field.label}


def _fixed(label: str, value: str | int | Decimal | None) -> Schema:
    return {"const": value, "description": f"{label}：{FIXED}"}


def _object(properties: Mapping[str, Any], **more: Any) -> Schema:
    return {**more, "type": "object", "properties": dict(properties), "additionalProperties": False}
