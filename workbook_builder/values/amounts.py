"""Amounts in yuan, as people type them."""

import re
from decimal import Decimal

from workbook_builder.cells import Cell
from workbook_builder.rule_ids import AMOUNT_INVALID, AMOUNT_NORMALISED
from workbook_builder.values.normalised import (
    DOUBTFUL,
    Normalised,
    changed,
    fold,
    formula_refused,
    is_doubtful,
    quoted,
    refused,
    shown,
)
from workbook_builder.values.numbers import (
    CONSTANT,
    FEN,
    NUMBER,
    amount_text,
    arithmetic,
    decimal_text,
    denoised,
    plain_number,
)

# Excel keeps 15 digits: from ten trillion yuan on it loses the fen.
AMOUNT_LIMIT_YUAN = Decimal(10) ** 13
_NOISE_YUAN = Decimal("0.000001")
_AMOUNT = re.compile(rf"(?:人民币|RMB)? ?¥? ?(?P<number>-?{NUMBER}) ?(?:[元圆][整正]?)?")
_MULTIPLE = re.compile(rf"¥? ?(?P<number>{NUMBER}) ?(?P<unit>[十百千]?[万亿]|[百千wW]) ?[元圆]?[整正]?")
_MULTIPLES = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "w": 10_000, "W": 10_000, "亿": 100_000_000}
_LETTERS_LIKE_DIGITS = str.maketrans("OoIl|", "00111")


def amount(cell: Cell) -> Normalised[Decimal]:
    """Yuan with two places; None for an empty cell. Constant arithmetic in a formula is evaluated exactly."""
    if cell.formula is not None:
        return _amount_of_formula(cell)
    if isinstance(cell.value, Decimal):
        number = denoised(cell.value)
        value = _yuan(number)
        return _amount_refused(cell, number) if value is None else Normalised(value)
    words = fold(cell.value) if isinstance(cell.value, str) else ""
    if cell.kind == "empty" or (cell.kind == "text" and not words):
        return Normalised(None)
    if cell.kind != "text":
        return _amount_refused(cell, None)
    if is_doubtful(str(cell.value)):
        return _amount_refused(cell, None)
    match = _AMOUNT.fullmatch(words)
    number = arithmetic(words[1:]) if words.startswith("=") else plain_number(match["number"]) if match else None
    return _amount_read(cell, number)


def _amount_of_formula(cell: Cell) -> Normalised[Decimal]:
    formula = cell.formula or ""
    if not CONSTANT.fullmatch(formula):
        return formula_refused(cell)
    return _amount_read(cell, arithmetic(formula))


def _amount_read(cell: Cell, number: Decimal | None) -> Normalised[Decimal]:
    value = _yuan(number)
    if value is None:
        return _amount_refused(cell, number)
    sentence = f"应为数字金额（元），现为{quoted(shown(cell))}，已读作 {amount_text(value)}。请核对。"
    return changed(value, AMOUNT_NORMALISED, cell, amount_text(value), sentence)


def _yuan(number: Decimal | None) -> Decimal | None:
    """The number to the fen; None where it is negative, too large or has more than two decimals (not mere noise)."""
    if number is None or not 0 <= number < AMOUNT_LIMIT_YUAN:
        return None
    value = abs(number.quantize(FEN))
    return value if abs(value - number) <= _NOISE_YUAN else None


def _amount_refused(cell: Cell, number: Decimal | None) -> Normalised[Decimal]:
    written = shown(cell)
    is_guess = cell.kind != "text" or number is not None or is_doubtful(written)
    proposal = None if is_guess else _proposed_yuan(fold(written))
    advice = f"请改填 {decimal_text(proposal)}。" if proposal is not None else _amount_advice(written, number)
    sentence = f"应为不小于 0、最多两位小数的金额（元），现为{quoted(written)}。{advice}"
    expected = None if proposal is None else amount_text(proposal)
    return refused(AMOUNT_INVALID, cell, sentence, expected)


def _proposed_yuan(words: str) -> Decimal | None:
    """What was surely meant by 2000万 or 1,2O0; None where that is a guess."""
    multiple = _MULTIPLE.fullmatch(words)
    if multiple:
        number = plain_number(multiple["number"])
        for unit in multiple["unit"]:
            number *= _MULTIPLES[unit]
        return _yuan(number)
    match = _AMOUNT.fullmatch(words.translate(_LETTERS_LIKE_DIGITS))
    return _yuan(plain_number(match["number"])) if match and re.search("[0-9]", words) else None


def _amount_advice(written: str, number: Decimal | None) -> str:
    if number is not None and number < 0:
        return "金额不能为负，请核对后改填。"
    if number is not None and number >= AMOUNT_LIMIT_YUAN:
        return "金额过大，请核对单位是否为元后改填。"
    if is_doubtful(written):
        return DOUBTFUL
    if number is not None:
        return "小数多于两位，请核对到分后改填。"
    if re.fullmatch(r"[0-9, ]+(?:\.[0-9]*)?", fold(written)):
        return "分隔符不在千位上，看不出是多少，请核对后改填不带分隔符的数字。"
    return "请核对后改填阿拉伯数字，如 1411700.00。"
