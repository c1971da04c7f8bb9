"""What no form needs and may do harm: macros, objects, links to other programs and files. None of it is ever opened."""

from collections.abc import Iterator, Sequence

from workbook_builder.cells import Place
from workbook_builder.findings import Finding, place
from workbook_builder.judge.alterations.compared import NAMED as CELLS_NAMED
from workbook_builder.judge.alterations.compared import Compared, listed
from workbook_builder.rule_ids import (
    STRUCTURE_DDE,
    STRUCTURE_EMBEDDED,
    STRUCTURE_EXTERNAL_LINK,
    STRUCTURE_MACRO,
)
from workbook_builder.values.links import asks_another_program, reads_another_file

NAMED = 3  # parts in a sentence
DDE_SIGN, LINK_SIGN = "|", "["  # without which a formula need not be looked at closely


def foreign(compared: Compared) -> Iterator[Finding]:
    """Parts of the file, elements of sheets, and formulas that are not the form's."""
    brought = compared.reading.belongings
    if brought.macros:
        words = f"文件带有宏（{_parts(brought.macros)}），没有打开或运行，也没有采用。"
        advice = "请另存为不带宏的 .xlsx，或用下发的原文件重新填写。"
        yield compared.told(STRUCTURE_MACRO, words + advice, value=brought.macros[0])
    embedding = [sheet.title for sheet in compared.reading.sheets.values() if sheet.guards.embeds]
    if brought.embedded or embedding:
        where = _parts(brought.embedded) if brought.embedded else f"「{embedding[0]}」表"
        words = f"文件中嵌有其他文件、对象或控件（{where}），没有打开，也没有采用。"
        advice = "请删除嵌入的对象，其他材料另行报送。"
        yield compared.told(STRUCTURE_EMBEDDED, words + advice, next(iter(embedding), None), value=where)
    asking, linked = _by_formulas(compared)
    if brought.dde or asking:
        yield _dde(compared, brought.dde, asking)
    if brought.links or linked:
        yield _link(compared, brought.links, linked)
    if brought.hyperlinks:
        words = f"文件带有指向其他文件的超链接（“{_parts(brought.hyperlinks)}”），没有打开，也不影响申报的内容。"
        advice = "请不要点开，并请单位取消超链接，其他材料另行报送。"
        yield compared.told(STRUCTURE_EXTERNAL_LINK, words + advice, value=brought.hyperlinks[0])


def _parts(names: Sequence[str]) -> str:
    more = f"等 {len(names)} 个" if len(names) > NAMED else ""
    return "、".join(names[:NAMED]) + more


def _dde(compared: Compared, parts: Sequence[str], places: Sequence[Place]) -> Finding:
    where = f"{place(places[0].sheet, places[0].address)}的公式" if places else _parts(parts)
    words = f"文件含有动态数据交换或对象链接（{where}），会要求打开别的程序，没有执行，也没有采用。"
    sheet, cell = (places[0].sheet, places[0].address) if places else (None, None)
    return compared.told(STRUCTURE_DDE, f"{words}请删除这些链接后重交。", sheet, cell, where)


def _link(compared: Compared, parts: Sequence[str], places: Sequence[Place]) -> Finding:
    cells = [place(where.sheet, where.address) for where in places[:CELLS_NAMED]]  # of very many, maybe
    where = listed([*cells, *("",) * (len(places) - len(cells))]) if cells else _parts(parts)
    words = f"文件带有到其他文件的链接（{where}），没有打开，也不影响申报的内容。"
    sheet, cell = (places[0].sheet, places[0].address) if places else (None, None)
    message = f"{words}请断开链接（“数据—编辑链接—断开链接”）。"
    return compared.told(STRUCTURE_EXTERNAL_LINK, message, sheet, cell, where)


def _by_formulas(compared: Compared) -> tuple[list[Place], list[Place]]:
    """The cells whose formulas ask other programs, and those that read other files; an input's is an error of its own."""
    asking, linked = [], []
    slots = compared.layout.slots
    inputs = {where for key, where in compared.located.places.items() if slots[key].kind == "input"}
    for title, sheet in compared.reading.sheets.items():
        formulas = {cell.formula for cell in sheet.cells.values() if cell.formula}
        if not any(DDE_SIGN in formula or LINK_SIGN in formula for formula in formulas):
            continue
        for position, cell in sheet.cells.items():
            if not cell.formula:
                continue
            if DDE_SIGN in cell.formula and asks_another_program(cell.formula):
                asking.append(Place(title, *position))
            elif LINK_SIGN in cell.formula and reads_another_file(cell.formula):
                where = Place(title, *position)
                linked += [where] if where not in inputs else []
    return asking, linked
