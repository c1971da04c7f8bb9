"""An .xls, .xlsb or .ods workbook as far as its values go: formulas, locks, comments and names stay unread."""

import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from workbook_builder.cells import Cell, CellKind, column_letters
from workbook_builder.errors import UnreadableError
from workbook_builder.findings import finding_of_file
from workbook_builder.ooxml.fixed_time import CREATED
from workbook_builder.ooxml.foreign import child
from workbook_builder.ooxml.kinds import ENCRYPTED, ODS, Kind
from workbook_builder.ooxml.properties import utc
from workbook_builder.ooxml.reader import Reading, SheetReading
from workbook_builder.ooxml.refusals import corrupt, other_format, too_large
from workbook_builder.rule_ids import FILE_ENCRYPTED

CHILD = "workbook_builder.ooxml.foreign.calamine_child"
_TOO_MUCH: Mapping[child.Fate, str] = {
    "too large": "内容太多，或表格以外很远的单元格里有内容，请删除表格以外的行、列",
    "too slow": f"{child.SECONDS} 秒还没有读完",
}


def read_values(data: bytes, file: str, kind: Kind) -> Reading:
    """The sheets with their values and what number formats say of them. kind: one that calamine reads.

    Raises UnreadableError with rule file.corrupt or .too_large where the child that reads the workbook died of it, and
    OtherFormatError of kind ENCRYPTED where it has a password.
    """
    ended = child.run(CHILD, data, kind.format or "")
    if ended.fate == "encrypted":
        raise _with_password_of_ods(file) if kind is ODS else other_format(file, ENCRYPTED)
    if ended.fate == "damaged":
        raise corrupt(file, f"它是{kind.words}，但内容有错，读不出来")
    if ended.fate != "done":
        raise too_large(file, _TOO_MUCH[ended.fate])
    lines = iter(io.BytesIO(ended.output))
    document = json.loads(next(lines))
    sheets = _sheets(document["sheets"], map(json.loads, lines), file)
    digest, moment = hashlib.sha256(data).hexdigest(), _moment(document["saved_at"])
    return Reading(file, digest, sheets, {}, None, moment, format=kind.format or "xlsx")


def _with_password_of_ods(file: str) -> UnreadableError:
    """It is encrypted in a way of its own."""
    remedy = "请在原来的程序中去掉打开密码，另存为 .xlsx 后重交。"
    message = f"文件「{file}」是{ODS.words}，设有打开密码，无法读取。{remedy}"
    return UnreadableError(finding_of_file(FILE_ENCRYPTED, "error", message))


def _moment(words: str | None) -> datetime | None:
    moment = utc(datetime.fromisoformat(words)) if words else None
    return None if moment == CREATED else moment  # written by ourselves: it does not say when


def _sheets(
    entries: Sequence[Mapping[str, Any]], told: Iterable[tuple[int, Any]], file: str
) -> dict[str, SheetReading]:
    """entries: what is said of each sheet; told: some cells with the number of their sheet."""
    all_cells: list[dict[tuple[int, int], Cell]] = [{} for _ in entries]
    all_computed: list[set[tuple[int, int]]] = [set() for _ in entries]
    for number, some in told:
        all_cells[number].update(((row, column), _cell(*words)) for row, column, _, *words in some)
        all_computed[number].update((row, column) for row, column, is_computed, *_ in some if is_computed)
    sheets: dict[str, SheetReading] = {}
    for entry, cells, computed in zip(entries, all_cells, all_computed, strict=True):
        title = entry["title"]
        if title in sheets:
            raise corrupt(file, f"工作表「{title}」重复出现")
        merges = tuple(f"{_address(first)}:{_address(last)}" for first, last in entry["merges"])
        nothing: frozenset[int] = frozenset()
        given = frozenset(computed)
        sheets[title] = SheetReading(title, entry["state"], cells, merges, nothing, nothing, None, computed=given)
    return sheets


def _address(position: Sequence[int]) -> str:
    row, column = position
    return f"{column_letters(column + 1)}{row + 1}"


def _cell(kind: CellKind, words: str, is_percent: bool, is_date: bool, misleads: bool) -> Cell:
    value: str | Decimal | bool = words
    if kind == "number":
        value = Decimal(words)
    elif kind == "boolean":
        value = bool(words)
    return Cell(value, kind, None, is_percent, is_date, misleads=misleads)
