"""fill: writes a declaration into the inputs of an issued workbook. describe: names those inputs."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from workbook_builder.cells import Place, Value
from workbook_builder.errors import ContentError, UnreadableError
from workbook_builder.findings import Finding, finding_of_file, place
from workbook_builder.form.declaration import Typed, flat, sub_project_of, typed
from workbook_builder.form.layout import PENDING_WORDS, Slot
from workbook_builder.form.model import INDICATORS, Form, full_key
from workbook_builder.judge.additions import carried
from workbook_builder.judge.answers import TEXT_LIMIT, contents
from workbook_builder.judge.opening import Desk, Opened, Refused, lock_in
from workbook_builder.rule_ids import (
    FILL_DIFFERS,
    FILL_NO_ROW,
    FILL_NOT_A_VALUE,
    FILL_NOT_JSON,
    FILL_PENDING,
    FILL_TOO_LONG,
    FILL_UNKNOWN_KEY,
)
from workbook_builder.values.quantities import QUALITATIVE


def open_ours(data: bytes, file: str, desk: Desk) -> Opened:
    """A workbook of ours. Raises ContentError where it is none, UnreadableError where it cannot be read."""
    opened = desk.open(data, file)
    if isinstance(opened, Refused):
        raise ContentError(f"“{file}”不能使用。", opened.findings)
    return opened


def describe(opened: Opened) -> dict[str, Any]:
    """Every input cell, as in the outside contract."""
    identity, layout = opened.identity, opened.blank.layout
    return {
        "file": opened.reading.file,
        "form": {
            "id": identity.form_id,
            "version": identity.version,
            "fiscal_year": identity.fiscal_year,
            "round": identity.round,
        },
        "inputs": [
            _described(slot, opened.located.places[slot.key], layout.form)
            for slot in layout.slots.values()
            if slot.kind == "input" and slot.key in opened.located.places
        ],
    }


def _described(slot: Slot, where: Place, form: Form) -> dict[str, Any]:
    return {
        "key": slot.key,
        "label": slot.field.label,
        "sheet": where.sheet,
        "cell": where.address,
        "type": slot.field.type,
        "required": slot.field.is_required,
        "choices": list(form.choices_of(slot.field)) or None,
        "level1": slot.level1,
        "level2": slot.level2,
    }


def fill(data: bytes, file: str, entry: Mapping[str, Any], desk: Desk) -> bytes:
    """The workbook with the declaration written in; what stood in other inputs stays.

    entry: a declaration in JSON. A value that its type cannot hold (2000万) is written as text, as a person would have
    typed it: judging is another's work. Raises ContentError naming every key that has no place or differs from a
    prefilled or computed value; nothing is written then.
    """
    opened = open_ours(data, file, desk)
    filling = _Filling(opened)
    filling.take(entry)
    values = filling.values
    if not filling.findings:
        opened.blank.calculator.calculate(opened.blank.cell_values(opened.identity, values))
        filling.compare_computed()
    if filling.findings:
        raise ContentError(f"没有写入：数据与“{file}”不符。", filling.findings)
    return opened.blank.workbook(
        opened.identity, {**opened.notices, **values}, lock_in(opened.reading), carried(opened)
    )


class _Filling:
    """Gathers the values for one workbook, and what could not be placed."""

    def __init__(self, opened: Opened):
        self._opened = opened
        self._slots, self._columns = opened.blank.layout.slots, opened.blank.layout.form.columns
        self._computed: dict[str, Any] = {}
        self._taken: set[tuple[int | None, int]] = set()  # sub-project and row of the indicators placed so far
        self.findings: list[Finding] = []
        self.values: dict[str, Value | date] = dict(contents(opened))

    def _refuse(self, rule: str, key: str, sentence: str, slot: Slot | None = None) -> None:
        where = self._opened.located.places.get(slot.key) if slot else None
        sheet, cell = (where.sheet, where.address) if where else (None, None)
        label = place(sheet, cell, slot.field.label) if slot else ""
        message = f"{key}（{label}）：{sentence}" if label else f"{key}：{sentence}"
        self.findings.append(Finding(rule, "error", sheet, cell, key, message))

    def take(self, entry: Mapping[str, Any]) -> None:
        """Places every value; indicators with a row first, so that the others find what is free."""
        identity = self._opened.identity
        fixed = {
            "fiscal_year": identity.fiscal_year,
            "round": identity.round,
            "project_code": identity.project_code,
            "unit_code": identity.unit_code,
        }
        fixed |= {f"sub_projects[{n}].project_code": code for n, (code, _) in enumerate(identity.sub_projects)}
        indicators: list[tuple[str, Any]] = []
        for key, value in flat(entry):
            if key in fixed:
                if str(value if value is not None else "") != str(fixed[key]):
                    self._refuse(FILL_DIFFERS, key, f"工作簿是为“{fixed[key]}”下发的，数据中是“{value}”。")
            elif f"{INDICATORS}[" in key:
                indicators.append((key, value))
            else:
                self._take_one(key, value)
        for key, value in sorted(indicators, key=lambda item: _row_given(item[1]) is None):
            self._take_indicator(key, value)

    def _take_one(self, key: str, value: Any) -> None:
        slot = self._slots.get(key)
        if slot is None or (slot.kind == "helper" and slot.field.source != "roster"):
            self._refuse(FILL_UNKNOWN_KEY, key, "工作簿中没有这个字段，请核对拼写和子项目个数。")
        elif isinstance(value, bool | list | dict):
            self._refuse(FILL_NOT_A_VALUE, key, f"应为文字、数字或空，现为“{value}”。", slot)
        elif slot.kind == "pending":
            if value not in (None, ""):
                words = PENDING_WORDS[self._opened.blank.layout.shape.part]
                self._refuse(FILL_PENDING, key, f"该格{words}，这份工作簿里不填，数据中是“{value}”。", slot)
        elif slot.kind == "formula":
            self._computed[key] = value
        elif slot.kind == "input":
            self._put(slot, value)
        elif not _equal(typed(slot.field, value), self._opened.located.values.get(key)):
            issued = self._opened.located.values.get(key)
            self._refuse(FILL_DIFFERS, key, f"该格已由财政部门预先填写为“{issued}”，数据中是“{value}”。", slot)

    def _put(self, slot: Slot, value: Any) -> None:
        given = typed(slot.field, value)
        if isinstance(given, str) and len(given) > TEXT_LIMIT:
            self._refuse(FILL_TOO_LONG, slot.key, f"有 {len(given)} 字，一个单元格最多 {TEXT_LIMIT} 字。", slot)
        self.values[slot.key] = given

    def _take_indicator(self, key: str, value: Any) -> None:
        if not isinstance(value, Mapping):
            words = "、".join(["row", "level2", *(field.column for field in self._columns)])
            self._refuse(FILL_NOT_A_VALUE, key, f"应为一行指标（{words}）。")
            return
        for unknown in value.keys() - {"row", "level1", "level2"} - {field.column for field in self._columns}:
            self._refuse(FILL_UNKNOWN_KEY, f"{key}.{unknown}", "指标行没有这一项，请核对拼写。")
        sub_project = sub_project_of(key)
        if sub_project not in self._opened.blank.layout.declarations:
            self._refuse(FILL_UNKNOWN_KEY, key, "工作簿中没有这个子项目，请核对子项目个数。")
            return
        row = self._row_for(key, sub_project, value)
        if row is not None:
            self._taken.add((sub_project, row))
            self._put_row(key, sub_project, row, value)

    def _put_row(self, key: str, sub_project: int | None, row: int, value: Mapping[str, Any]) -> None:
        is_text = value.get("comparator") == QUALITATIVE
        for field in self._columns:
            column, slot = field.column, self._slots[full_key(sub_project, field.key, row)]
            given = value.get(column)
            if column == "target" and is_text and given is not None:
                self.values[slot.key] = str(given)
            elif isinstance(given, bool | list | dict):
                self._refuse(FILL_NOT_A_VALUE, f"{key}.{column}", f"应为文字、数字或空，现为“{given}”。", slot)
            else:
                self._put(slot, given)

    def _row_for(self, key: str, sub_project: int | None, value: Mapping[str, Any]) -> int | None:
        """The slot that an indicator names, or the next free one of its 二级指标."""
        if value.get("row") is not None:
            row = _row_given(value)
            why = self._why_not(row, sub_project, value)
        else:
            row, why = self._free_row(sub_project, value)
        if why is not None:
            self._refuse(FILL_NO_ROW, key, f"指标“{value.get('name') or ''}”：{why}。")
        return row if why is None else None

    def _free_row(self, sub_project: int | None, value: Mapping[str, Any]) -> tuple[int | None, str | None]:
        """The next free row of an indicator's 二级指标; or None, and why there is none."""
        level1, level2 = value.get("level1"), value.get("level2")
        if level2 is None:
            return None, "没有写二级指标（level2），不知道写在哪里。请补上，或用 row 写明第几行"
        slots = self._rows(sub_project)
        fitting = [slot for slot in slots if slot.level2 == level2 and level1 in (None, slot.level1)]
        for slot in fitting:
            if not self._is_used(sub_project, slot.row):
                return slot.row, None
        what = f"“{level2}”只有 {len(fitting)} 行，已经用完" if fitting else f"表中没有二级指标“{level2}”"
        return None, f"没有地方写：{what}。请在名册的“指标行数”表中增加行数后重新生成"

    def _why_not(self, row: int | None, sub_project: int | None, value: Mapping[str, Any]) -> str | None:
        """Why an indicator cannot have the row it names; None where it can."""
        slots = self._rows(sub_project)
        if row is None or not 0 <= row < len(slots):
            return f"表中没有第 {value['row']} 行（从 0 数起，共 {len(slots)} 行）"
        for column, of_row in (("level1", slots[row].level1), ("level2", slots[row].level2)):
            if value.get(column) not in (None, of_row):
                return f"第 {row} 行属于“{of_row}”，数据中是“{value[column]}”"
        if (sub_project, row) in self._taken:
            return f"第 {row} 行已给了数据中的另一个指标，请改用其他行"
        return None

    def _rows(self, sub_project: int | None) -> Sequence[Slot]:
        return self._opened.blank.layout.indicator_rows(sub_project)

    def _is_used(self, sub_project: int | None, row: int | None) -> bool:
        keys = (full_key(sub_project, field.key, row) for field in self._columns)
        return any(self.values.get(key) is not None for key in keys)

    def compare_computed(self) -> None:
        """Computed keys are accepted when they equal what the blank calculates."""
        for key, value in self._computed.items():
            slot = self._slots[key]
            result = self._opened.blank.calculator.value(slot.place)
            calculated: Typed = result if isinstance(result, str | None) else Decimal(repr(result))
            if not _equal(typed(slot.field, value), calculated):
                self._refuse(FILL_DIFFERS, key, f"该格由公式计算，结果为“{result}”，数据中是“{value}”。", slot)


def _row_given(value: Any) -> int | None:
    row = value.get("row") if isinstance(value, Mapping) else None
    return row if isinstance(row, int) and not isinstance(row, bool) else None


def _equal(given: Value | date, known: Typed) -> bool:
    if isinstance(given, Decimal) and isinstance(known, Decimal):
        return abs(given - known) < Decimal("0.005")
    return (given or None) == (known or None)


def read_entry(data: bytes, file: str) -> dict[str, Any]:
    """A declaration in JSON. Raises UnreadableError where it is no JSON object."""
    try:
        entry = json.loads(data)
        json.dumps(entry, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        where = "内容不合规范"
        if isinstance(error, json.JSONDecodeError):
            where = f"第 {error.lineno} 行第 {error.colno} 个字符处看不懂"
        raise UnreadableError(_not_json(file, f"不是 JSON（{where}）")) from error
    if not isinstance(entry, dict):
        raise UnreadableError(_not_json(file, "应为一个 JSON 对象（申报内容）"))
    return entry


def _not_json(file: str, why: str) -> Finding:
    return finding_of_file(FILL_NOT_JSON, "error", f"“{file}”{why}。请按 describe 列出的字段写成 JSON。")
