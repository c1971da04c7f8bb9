"""Sheet 审核 as officers leave it: read back column by column, it says what all its cells say."""

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from tests.ooxml.sheets import saved
from tests.ooxml.whole_tables import AsTable, kept, picked
from workbook_builder.centre.report.review_columns import ALL, READ, TITLE
from workbook_builder.ooxml import limits
from workbook_builder.ooxml.table_cells import HEADER_LINES, folded

HEADERS = [folded(column.header) for column in READ.columns]
LINES, FIRST = 60, 4  # lines of projects, and the row of the first
COLUMNS = {column.key: number for number, column in enumerate(ALL, start=1)}
Alter = Callable[[Any], None]


def drawn() -> bytes:
    """As the report draws it; every third line is reviewed."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"constant_memory": True}) as book:
        page = book.add_worksheet(TITLE)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        page.write_string(0, 0, "绩效目标审核")
        for place, column in enumerate(ALL):
            page.write_string(2, place, column.header)
        for row in range(FIRST - 1, FIRST - 1 + LINES):
            page.set_row(row, 15 + row % 4)
            page.write_row(row, 0, [f"{row:04}", f"项目{row} <&>", f"单位{row % 3}", "可以接收"])
            page.write_formula(row, COLUMNS["total"] - 1, f"=SUM(N{row + 1}:U{row + 1})", None, row)
            page.write_string(row, COLUMNS["sha256"] - 1, f"{row:064x}")
            if row % 3 == 0:
                page.write_row(row, COLUMNS["verdict"] - 1, ["退回", "", f"请改正第{row}行", "张三"])
                page.write_datetime(row, COLUMNS["reviewed_on"] - 1, date(2022, 2, 1), day)
                page.write_number(row, COLUMNS["verdict"] + 6, 7.5)
        page.autofilter(2, 0, FIRST + LINES - 2, len(ALL) - 4)
    return buffer.getvalue()


def _types(cells: Mapping[str, object]) -> Alter:
    def alter(page: Any) -> None:
        for address, value in cells.items():
            page[address] = value

    return alter


def _moves_columns(page: Any) -> None:
    lines = [[*line[20:], *line[:20]] for line in page.iter_rows(values_only=True)]
    _writes(page, lines)


def _sorts(page: Any) -> None:
    head, lines = _lines(page)
    _writes(page, [*head, *sorted(lines, key=lambda line: str(line[COLUMNS["opinion"] - 1]), reverse=True)])


def _filters(page: Any) -> None:
    for row in range(FIRST, FIRST + LINES, 2):
        page.row_dimensions[row].hidden = True


def _puts_advice_above(page: Any) -> None:
    page.insert_rows(1, HEADER_LINES - 3)


def _pushes_the_header_too_far_down(page: Any) -> None:
    page.insert_rows(1, HEADER_LINES)


def _lines(page: Any) -> tuple[list[Any], list[Any]]:
    lines = list(page.iter_rows(values_only=True))
    return lines[: FIRST - 1], lines[FIRST - 1 :]


def _writes(page: Any, lines: Sequence[Sequence[object]]) -> None:
    for row, line in enumerate(lines, start=1):
        for column, value in enumerate(line, start=1):
            page.cell(row, column).value = value


ALTERATIONS: Mapping[str, Alter] = {
    "as_it_was": _types({}),
    "typed": _types({"H20": "通过", "I20": "资金匹配", "J20": "第一行\n第二行", "L20": date(2022, 2, 3), "N20": 9, "K21": "　"}),
    "errors": _types({"H30": "#N/A", "J31": "=A31&B31", "N32": "=1/4", "L33": "=TODAY()"}),
    "pasted_texts_for_numbers": _types({"N40": "8.5", "L40": "2022年2月3日", "A41": 41, "X42": 12345678901234567890}),
    "far_away": _types({"ZZ25": "备注", "A900": "批注", "J901": "没有编码的一行"}),
    "column_added": lambda page: page.insert_cols(9),
    "column_renamed": _types({"J3": "审核意见"}),
    "header_twice": _types({"AB3": "意见", "AB20": "重复的一列"}),
    "columns_moved": _moves_columns,
    "rows_sorted": _sorts,
    "rows_deleted": lambda page: page.delete_rows(12, 20),
    "rows_inserted": lambda page: page.insert_rows(12, 5),
    "rows_filtered": _filters,
    "cells_merged": lambda page: page.merge_cells("J15:J18"),
    "advice_above": _puts_advice_above,
    "header_too_far_down": _pushes_the_header_too_far_down,
    "emptied": lambda page: page.delete_rows(1, 900),
}  # fmt: skip


def altered(alter: Alter) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(drawn()))
    alter(book[TITLE])
    return saved(book)


def agreed(data: bytes) -> AsTable | None:
    """Read at once and in small pieces."""
    table = kept(data, TITLE, HEADERS)
    assert table == picked(data, TITLE, HEADERS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "CHUNK_BYTES", 512)
        patch.setattr(limits, "BLOCK_BYTES", 4 << 10)
        assert kept(data, TITLE, HEADERS) == table
    return table


def test_sheet_as_the_report_draws_it__keeps_the_columns_read_back() -> None:
    table = agreed(drawn())
    assert table is not None
    assert (table.header, len(table.rows)) == (3, LINES)
    assert [cell.value for cell in table.rows[6 + 1]][:5] == ["0006", "退回", None, "请改正第6行", "张三"]


@pytest.mark.parametrize("alter", ALTERATIONS.values(), ids=ALTERATIONS)
def test_sheet_altered_by_hand__reads_as_all_its_cells_do(alter: Alter) -> None:
    assert agreed(altered(alter)) is not None


def test_sheets_altered_by_hand_and_saved_by_libreoffice__read_as_all_their_cells_do(
    office: Callable[[Sequence[Any]], list[Any]], tmp_path: Path
) -> None:
    for name, alter in ALTERATIONS.items():
        (tmp_path / f"{name}.xlsx").write_bytes(altered(alter))
    office([
        {"book": tmp_path / f"{name}.xlsx", "save": [tmp_path / f"{name}-saved.xlsx"]} for name in ALTERATIONS
    ])  # fmt: skip
    tables = {name: agreed((tmp_path / f"{name}-saved.xlsx").read_bytes()) for name in ALTERATIONS}
    assert [name for name, table in tables.items() if table is None] == []
    assert tables["typed"] != tables["as_it_was"]
