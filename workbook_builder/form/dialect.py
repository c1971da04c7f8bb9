"""The safe dialect: the Excel formulas on which formualizer, LibreOffice, Excel 2010 and WPS agree.

Seen: 50 rules inside it, 650 random fillings, no difference; outside it every engine differs from LibreOffice in one
result out of nine. So tests hold the catalogue to it, and `template check` every formula that is compiled from a template.
"""

import re
from collections.abc import Collection, Iterator

import formualizer

FUNCTIONS = frozenset(
    {
        "ABS", "AND", "CHAR", "CHOOSE", "COLUMN", "COUNT", "COUNTA", "DAY", "FIND", "HYPERLINK", "IF", "IFERROR", "INDEX", "INT", "ISBLANK", "ISERROR",
        "ISLOGICAL", "ISNUMBER", "ISTEXT", "LEFT", "LEN", "MATCH", "MAX", "MID", "MIN", "MONTH", "NOT", "OR", "RIGHT", "ROUND", "ROW",
        "SUBSTITUTE", "SUM", "SUMPRODUCT", "TEXT", "TRIM", "VALUE", "YEAR",
    }
)  # fmt: skip
INSTEAD = {
    "COUNTIF": 'SUMPRODUCT((区域="值")*1)',
    "COUNTIFS": 'SUMPRODUCT((区域1="值")*(区域2<>""))',
    "SUMIF": 'SUMPRODUCT((区域="值")*金额区域)',
    "SUMIFS": 'SUMPRODUCT((区域="值")*金额区域)',
    "COUNTBLANK": 'SUMPRODUCT((区域="")*1)',
    "XLOOKUP": "INDEX 和 MATCH",
    "VLOOKUP": "INDEX 和 MATCH",
    "LOOKUP": "INDEX 和 MATCH",
    "IFS": "嵌套的 IF",
    "SWITCH": "嵌套的 IF",
    "LET": "直接写出表达式",
    "TEXTJOIN": "&",
    "CONCAT": "&",
    "CONCATENATE": "&",
    "IFNA": "IFERROR",
    "EXACT": "=",
    "SEARCH": "FIND",
    "ROUNDUP": "ROUND",
    "ROUNDDOWN": "INT",
    "N": "IF(ISNUMBER(单元格),单元格,0)",
    "DATE": "日期的序列号，如 44562",
    "DATEVALUE": "日期的序列号，如 44562",
}
LIFTED = frozenset({"IF"})  # what may stand inside SUMPRODUCT over a range, besides operators
NEEDS_NUMBER = frozenset({"YEAR", "MONTH", "DAY", "VALUE"})
GUARDS = frozenset({"ISNUMBER", "COUNT"})
OPERATORS = frozenset({"+", "-", "*", "/", "&", "=", "<>", "<", ">", "<=", ">="})
CELLS = re.compile(r"(?:(?:'(?:[^':]|'')+'|[^'!:]+)!)?\$?[A-Z]{1,3}\$?[0-9]+(?::\$?[A-Z]{1,3}\$?[0-9]+)?")
FORMULA_LIMIT, LITERAL_LIMIT = 8_192, 255


def problems(formula: str, *, is_guarded: bool = False, names: Collection[str] = ()) -> list[str]:
    """What keeps a formula (without the leading =) out of the dialect, and what to write instead; [] for nothing.

    is_guarded: the formula is evaluated only where its inputs are known to be numbers, as messages are. names: the
    workbook names that binding puts in place of cells; each points to cells.
    """
    if len(formula) > FORMULA_LIMIT:
        return [f"公式有 {len(formula)} 个字符，最多 {FORMULA_LIMIT} 个。"]
    try:
        root = formualizer.parse("=" + formula)
    except (formualizer.ParserError, formualizer.TokenizerError, ValueError) as error:
        return [f"公式写法不对：{error}"]
    met = dict.fromkeys(_walk(root, in_sumproduct=False, is_guarded=is_guarded))
    of_names = {_no_cell(name) for name in names}
    return [problem for problem in met if problem not in of_names]


def references(formula: str) -> set[str]:
    """The cells and areas that a formula of the dialect reads, as it names them."""
    return set(_references(formualizer.parse("=" + formula)))


def _references(node: formualizer.ASTNode) -> Iterator[str]:
    if node.node_type() == "Reference":
        yield node.get_reference_string() or ""
    for child in node.children():
        yield from _references(child)


def _walk(node: formualizer.ASTNode, *, in_sumproduct: bool, is_guarded: bool) -> Iterator[str]:
    kind = node.node_type()
    if kind == "Function":
        yield from _function(node, in_sumproduct=in_sumproduct, is_guarded=is_guarded)
        return
    if kind == "Reference":
        yield from _reference(node.get_reference_string() or "")
    elif kind == "Literal":
        value = node.get_literal_value()
        if isinstance(value, str) and len(value) > LITERAL_LIMIT:
            yield f"公式中的一段文字有 {len(value)} 字，最多 {LITERAL_LIMIT} 字。请分成两段，用 & 连接。"
    elif kind == "Array":
        yield "不能用数组常量 {…}。请逐项写出。"
    elif (operator := node.get_operator()) not in OPERATORS:
        yield f"不能用运算符 {operator}。"
    for child in node.children():
        yield from _walk(child, in_sumproduct=in_sumproduct, is_guarded=is_guarded)


def _reference(reference: str) -> Iterator[str]:
    if not CELLS.fullmatch(reference):
        yield _no_cell(reference)


def _no_cell(reference: str) -> str:
    return f"“{reference}”不是单元格或区域（三维引用、名称、整列和表格引用都不能用）。请写出单元格。"


def _function(node: formualizer.ASTNode, *, in_sumproduct: bool, is_guarded: bool) -> Iterator[str]:
    name = (node.get_function_name() or "").upper()
    if name not in FUNCTIONS:
        advice = f"请改用 {INSTEAD[name]}。" if name in INSTEAD else "请换一种写法。"
        yield f"不能用函数 {name}，各程序的结果不一致或旧版本没有。{advice}"
    elif in_sumproduct and name not in LIFTED:
        yield f"SUMPRODUCT 里面只能用比较、四则运算和 IF，不能用 {name}。请先在单元格中算出，再比较。"
    elif name in NEEDS_NUMBER and not is_guarded:
        yield f"{name} 遇到空格或文字会出错。请写在 IF(ISNUMBER(单元格),…) 或 IF(COUNT(…)=…,…) 的里面。"
    children = node.children()
    guards_rest = name == "IF" and children and _mentions(children[0], GUARDS)
    for number, child in enumerate(children):
        guarded = is_guarded or bool(guards_rest and number > 0)
        yield from _walk(child, in_sumproduct=in_sumproduct or name == "SUMPRODUCT", is_guarded=guarded)


def _mentions(node: formualizer.ASTNode, names: frozenset[str]) -> bool:
    if (node.get_function_name() or "").upper() in names:
        return True
    return any(_mentions(child, names) for child in node.children())
