"""What people type for an indicator's value: symbol, value and unit, in three cells or all in one; and its weight.

Accepted are the comparators of the rule list, shares however written, Chinese numerals, and a whole value such as
`≥90%`, `不少于3场` or `控制在5%以内` in any one of the three cells. 万元 and 亿元 are units; any other 万 behind a
number (`5万人`) may belong to the number or to the unit and is refused with a proposal.
"""

import re
from collections.abc import Collection
from decimal import Decimal
from functools import cache
from typing import Literal, NamedTuple, TypeVar

from workbook_builder.cells import EMPTY, Cell
from workbook_builder.normalise import (
    NUMBER,
    Normalised,
    Problem,
    amount,
    arithmetic,
    decimal_text,
    denoised,
    formula_refused,
    plain_number,
    quoted,
    refused,
    shown,
    text,
    tight,
)

T = TypeVar("T")

Comparator = Literal["≥", ">", "=", "<", "≤", "定性"]
QUALITATIVE: Comparator = "定性"

_SPELLINGS: dict[Comparator, str] = {
    "≥": ">= => ≧ ⩾ 》= 大于等于 大于或等于 不低于 不少于 不小于 至少 以上 及以上",
    "≤": "<= =< ≦ ⩽ 《= 小于等于 小于或等于 不超过 不高于 不大于 不多于 至多 控制在 控制在以内 "
    "以内 以下 及以下 之内 内",
    ">": "》 大于 超过 高于 多于",
    "<": "《 小于 低于 少于 不足 不到",
    "=": "== 等于",
    QUALITATIVE: "定性指标",
}
COMPARATORS: dict[str, Comparator] = {
    word: symbol for symbol, words in _SPELLINGS.items() for word in (symbol, *words.split())
}
_SUFFIXES = ("及以上", "以上", "及以下", "以下", "以内", "之内", "内")
_PREFIXES = sorted(
    (word for word in COMPARATORS if word not in (*_SUFFIXES, "定性", "定性指标")), key=len, reverse=True
)
_VAGUE = re.compile("^(?:大约|约)|(?:左右|上下)$")

_UNIT = r"[%‰℃°㎡㎥]|[^\W\d_]{1,8}(?:/[^\W\d_]{1,4})?"
_MEASURED = re.compile(rf"(?P<number>-?{NUMBER})(?P<scale>[万亿](?!元))?(?P<unit>{_UNIT})?")
_SCALES = {"": 1, "万": 10_000, "亿": 100_000_000}
_NUMERAL = re.compile("(?P<number>[〇零一二两三四五六七八九十百千万亿点壹贰叁肆伍陆柒捌玖拾佰仟]+)(?P<unit>.*)")
# A Chinese numeral begins many a text (一般, 十分明显), so only before one of these units is it a number.
_MEASURES = re.compile(
    "次|场|场次|期|个|个月|人|人次|名|户|家|项|件|份|篇|条|册|本|批|台|套|处|座|部|间|亩|天|日|小时|年|公里|米|元|%"
)
_HAN = re.compile("[\u3400-\u9fff]")

_CHINESE_DIGITS = "零一二三四五六七八九"
_CHINESE_SPELLINGS = str.maketrans("〇两壹贰叁肆伍陆柒捌玖拾佰仟", "零二一二三四五六七八九十百千")


class Quantity(NamedTuple):
    """The parts of a value that one cell names."""

    comparators: frozenset[Comparator] = frozenset()  # more than one where they contradict: ≤90%以上
    number: Decimal | None = None
    unit: str | None = None
    is_scaled: bool = False  # whether the number was written with 万 or 亿


class IndicatorValues(NamedTuple):
    """An indicator row, typed."""

    name: str | None
    comparator: Comparator | None
    target: Decimal | str | None  # a Decimal (90 for 90 %) in a quantitative row, text in one that is 定性
    unit: str | None
    problems: tuple[Problem, ...] = ()
    failed: frozenset[str] = frozenset()  # the columns a gate refused; their values are None
    weight: Decimal | None = None


class _Part(NamedTuple):
    """What one cell says towards the value."""

    column: str
    found: str
    quantity: Quantity = Quantity()
    words: str | None = None  # the cell's text, also where a quantity could be read from it
    is_converted: bool = False  # whether the quantity is not what its column asks for
    problems: tuple[Problem, ...] = ()
    failed: bool = False


def indicator(name: Cell, comparator: Cell, target: Cell, unit: Cell, weight: Cell = EMPTY) -> IndicatorValues:
    """The row's values; an empty comparator stays None beside a number and is read as 定性 beside a text."""
    row, weighing = _without_weight(name, comparator, target, unit), _weight(weight)
    problems = (*row.problems, *_in_column("weight", weighing.problems))
    failed = row.failed | {"weight"} if weighing.failed else row.failed
    return row._replace(weight=weighing.value, problems=problems, failed=failed)


def _weight(cell: Cell) -> Normalised[Decimal]:
    """A number read as an amount is, but spoken of as a number."""
    typed, found = amount(cell), quoted(shown(cell))
    problem = next(iter(typed.problems), None)
    if problem and problem.rule == "amount.invalid":
        return refused("weight.invalid", cell, f"应为不小于 0、最多两位小数的数，现为{found}。请核对后改填，如 10。")
    if problem and typed.value is not None:
        words = decimal_text(typed.value)
        sentence = f"应为数字，现为{found}，已读作 {words}。请核对。"
        problem = Problem("weight.normalised", "", problem.value, words, sentence)
        return Normalised(typed.value, (problem,))
    return typed


def _without_weight(name: Cell, comparator: Cell, target: Cell, unit: Cell) -> IndicatorValues:
    named = text(name)
    comparing, aiming = _comparator_part(comparator), _target_part(target)
    target_is_empty = aiming.quantity == Quantity() and aiming.words is None and not aiming.failed
    measuring = _unit_part(unit, target_is_empty=target_is_empty)
    parts = (comparing, aiming, measuring)
    row = _row(comparing, aiming, measuring)
    lost = row.failed | {part.column for part in parts if part.failed}
    early = [*_in_column("name", named.problems), *(problem for part in parts for problem in part.problems)]
    return IndicatorValues(
        named.value,
        None if "comparator" in lost else row.comparator,
        None if "target" in lost else row.target,
        None if "unit" in lost else row.unit,
        (*early, *row.problems),
        lost | {"name"} if named.failed else lost,
    )


def _comparator_part(cell: Cell) -> _Part:
    typed = text(cell)
    part = _Part("comparator", shown(cell), Quantity(), typed.value, False, _in_column("comparator", typed.problems))
    if typed.value is None:
        return part._replace(failed=typed.failed)
    key = re.sub(r"\s", "", tight(typed.value))
    symbol = COMPARATORS.get(key)
    whole = quantity(typed.value)
    if symbol is None and whole and whole.comparators:
        return part._replace(quantity=whole, is_converted=True)
    listed = f"符号应为 ≥、>、=、<、≤、定性 之一，现为{quoted(typed.value)}"
    if symbol is None:
        vague = f"“{key}”说不清是下限还是上限，" if _VAGUE.search(key) else ""
        sentence = f"{listed}。{vague}请改填其中一个。"
        problem = Problem("indicator.comparator_unknown", "comparator", shown(cell), None, sentence)
        return part._replace(problems=(*part.problems, problem), failed=True)
    if symbol != typed.value:
        sentence = f"{listed}，已读作 {symbol}。请核对。"
        problem = Problem("indicator.comparator_normalised", "comparator", shown(cell), symbol, sentence)
        part = part._replace(problems=(*part.problems, problem))
    return part._replace(quantity=Quantity(frozenset({symbol})))


def _target_part(cell: Cell) -> _Part:
    part = _Part("target", shown(cell))
    if cell.formula is not None:
        return _constant_part(cell, part)
    if isinstance(cell.value, Decimal):
        return _number_part(cell, cell.value, part)
    if cell.kind in ("boolean", "error"):
        sentence = f"值应为数字（定性指标填文字），现为{quoted(part.found)}。请改填。"
        return _failed_part(part, refused("indicator.target_invalid", cell, sentence))
    typed: Normalised[str] = text(cell)
    part = part._replace(words=typed.value, problems=_in_column("target", typed.problems))
    read = quantity(typed.value) if typed.value else None
    return part._replace(quantity=read, is_converted=True) if read else part


def _constant_part(cell: Cell, part: _Part) -> _Part:
    """A formula: constant arithmetic or a share (`=90%`) is a number, anything else is refused."""
    share = re.fullmatch(rf"({NUMBER})%", cell.formula or "")
    number = plain_number(share[1]) / 100 if share else arithmetic(cell.formula or "")
    if number is None:
        return _failed_part(part, formula_refused(cell))
    return _number_part(cell._replace(is_percent=bool(share) or cell.is_percent), number, part)._replace(
        is_converted=True
    )


def _number_part(cell: Cell, typed: Decimal, part: _Part) -> _Part:
    number = denoised(typed)
    if number is not None and cell.is_percent:
        number = denoised(number * 100)
    if number is None:
        sentence = f"值应为数字，现为{quoted(part.found)}，超出了表格能存的范围。请改填。"
        return _failed_part(part, refused("indicator.target_invalid", cell, sentence))
    read = Quantity(number=Decimal(decimal_text(number)), unit="%" if cell.is_percent else None)
    return part._replace(quantity=read, is_converted=cell.is_percent)


def _unit_part(cell: Cell, *, target_is_empty: bool) -> _Part:
    typed = text(cell, squeeze=True)
    words = typed.value.replace("％", "%") if typed.value else None
    part = _Part(
        "unit", shown(cell), Quantity(unit=words), words, False, _in_column("unit", typed.problems), typed.failed
    )
    whole = quantity(words) if words else None
    if whole and (whole.comparators or target_is_empty):
        return part._replace(quantity=whole, is_converted=True)
    return part


def _failed_part(part: _Part, refusal: Normalised[str]) -> _Part:
    return part._replace(problems=_in_column(part.column, refusal.problems), failed=True)


def _in_column(column: str, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    return tuple(problem._replace(column=column) for problem in problems)


def _row(comparing: _Part, aiming: _Part, measuring: _Part) -> IndicatorValues:
    """The three parts taken together; problems and failed columns are those of the row alone."""
    comparators = comparing.quantity.comparators | aiming.quantity.comparators | measuring.quantity.comparators
    if comparators == {QUALITATIVE}:
        return _qualitative_row(aiming, measuring)
    if aiming.words is None or aiming.quantity.number is not None:
        return _quantitative_row(comparing, aiming, measuring)
    if comparing.failed:
        return IndicatorValues(None, None, aiming.words, measuring.words)
    if not comparators and _is_qualitative(aiming.words):
        sentence = f"值为文字{quoted(aiming.words)}而符号为空，已按“定性”读取。请在符号处填“定性”，或将值改为数字。"
        problem = Problem("indicator.comparator_assumed", "comparator", "", QUALITATIVE, sentence)
        return IndicatorValues(None, QUALITATIVE, aiming.words, measuring.words, (problem,))
    advice = "“约”“左右”说不清是下限还是上限，请改填 ≥、≤ 或 = 和数字。" if _is_vague(aiming.words) else "请改填数字。"
    sentence = f"值应为数字（定性指标填文字），现为{quoted(aiming.words)}。{advice}"
    return _invalid(aiming, None, sentence)._replace(comparator=_only(comparators), unit=measuring.words)


def _qualitative_row(aiming: _Part, measuring: _Part) -> IndicatorValues:
    row = IndicatorValues(None, QUALITATIVE, aiming.words, measuring.words)
    for part in (aiming, measuring):
        # 5次 typed as text beside 定性 passes in the workbook too; a bare number or share does not.
        if part.quantity.number is not None and (part is measuring or part.quantity.unit in (None, "%")):
            sentence = (
                f"符号为“定性”时值应为文字，现为{quoted(part.found)}。请改填文字，或将符号改为 ≥、>、=、<、≤ 之一。"
            )
            return _invalid(part, None, sentence)._replace(comparator=QUALITATIVE)
    return row


def _quantitative_row(comparing: _Part, aiming: _Part, measuring: _Part) -> IndicatorValues:
    parts = [part for part in (comparing, aiming, measuring) if not part.failed]
    comparators = frozenset(comparator for part in parts for comparator in part.quantity.comparators)
    numbers = {part.quantity.number for part in parts} - {None}
    units = {tight(part.quantity.unit): part.quantity.unit for part in parts if part.quantity.unit}
    row = IndicatorValues(None, _only(comparators), _only(numbers), _only(units.values()))
    whole = next((part for part in parts if part.is_converted), aiming)
    if len(comparators) > 1 or len(numbers) > 1 or len(units) > 1:
        doubtful = {"target", *(["comparator"] if len(comparators) > 1 else []), *(["unit"] if len(units) > 1 else [])}
        sentence = (
            f"{quoted(whole.found)}与同一行的符号、值或单位不一致，看不出以哪个为准。请核对后将符号、值、单位分别填写。"
        )
        return row._replace(problems=_invalid(whole, None, sentence).problems, failed=frozenset(doubtful))
    problem = _number_problem(whole, comparing.failed or bool(comparators))
    if problem:
        return row._replace(problems=(problem,), failed=frozenset({"target"}))
    return row._replace(problems=(_split_problem(whole),)) if whole.is_converted else row


def _number_problem(whole: _Part, has_comparator: bool) -> Problem | None:
    """Why the one number of the row cannot stand, where all that is said agrees."""
    read = whole.quantity
    if read.number is not None and read.number < 0:
        return _target_problem(whole, None, f"值应为不小于 0 的数字，现为{quoted(whole.found)}。请核对后改填。")
    if read.is_scaled:
        proposal = _joined(read)
        sentence = f"值应为不带“万”“亿”的数字，现为{quoted(whole.found)}。请改填 {proposal}，或将“万”“亿”写入单位。"
        return _target_problem(whole, proposal, sentence)
    if whole.is_converted and not has_comparator and read.unit not in (None, "%"):
        proposal = _joined(read._replace(comparators=frozenset({"≥"})))
        asked = f"如为不少于，请将符号、值、单位分别改填为 {proposal}。"
        sentence = f"{quoted(whole.found)}没有符号，说不清是下限还是上限。{asked}"
        return _target_problem(whole, proposal, sentence)
    return None


def _split_problem(whole: _Part) -> Problem:
    expected = _joined(whole.quantity)
    is_split = " " in expected
    wanted = "符号、值、单位应分别填写" if is_split else "值应为数字"
    sentence = f"{wanted}，现为{quoted(whole.found)}，已读作 {expected}。请核对。"
    return Problem("indicator.target_normalised", whole.column, whole.found, expected, sentence)


def _joined(read: Quantity) -> str:
    """The parts one cell names, such as ≥ 90 %."""
    number = "" if read.number is None else decimal_text(read.number)
    return " ".join(part for part in (*read.comparators, number, read.unit) if part)


def _target_problem(part: _Part, expected: str | None, sentence: str) -> Problem:
    return Problem("indicator.target_invalid", part.column, part.found, expected, sentence)


def _invalid(part: _Part, expected: str | None, sentence: str) -> IndicatorValues:
    problem = _target_problem(part, expected, sentence)
    return IndicatorValues(None, None, None, None, (problem,), frozenset({"target"}))


def _only(values: Collection[T]) -> T | None:
    """The one value there is, if there is just one."""
    return next(iter(values)) if len(values) == 1 else None


def _is_vague(words: str) -> bool:
    key = tight(words)
    return bool(_VAGUE.search(key)) and quantity(_VAGUE.sub("", key)) is not None


def _is_qualitative(words: str) -> bool:
    """Whether a text is an answer in words, not a garbled number (1.2.3, 9O%, 90-95, 约5次)."""
    has_letters = any(sign.isalpha() for sign in words) and not any(sign.isdigit() for sign in words)
    return (bool(_HAN.search(words)) or has_letters) and not _is_vague(words)


def quantity(words: str) -> Quantity | None:
    """The parts of `≥90%`, `5次`, `控制在5%以内`, 百分之九十, 十二; None for a text that is no such value."""
    body = tight(words)
    prefix = next((word for word in _PREFIXES if body.startswith(word)), "")
    body = body.removeprefix(prefix).lstrip()
    suffix = next((word for word in _SUFFIXES if body.endswith(word)), "")
    read = _measured(body.removesuffix(suffix))
    return (
        read._replace(comparators=frozenset(COMPARATORS[word] for word in (prefix, suffix) if word)) if read else None
    )


def _measured(body: str) -> Quantity | None:
    share = body.removeprefix("百分之")
    if share != body:
        read = _counted("一百" if share == "百" else share)
        return read._replace(unit="%") if read and read.unit is None and not read.is_scaled else None
    return _counted(body)


def _counted(body: str) -> Quantity | None:
    """A number and perhaps its unit, in figures or in Chinese numerals."""
    arabic, numeral = _MEASURED.fullmatch(body), _NUMERAL.fullmatch(body)
    number, scale, unit = None, "", None
    if arabic:
        number, scale, unit = plain_number(arabic["number"]), arabic["scale"] or "", arabic["unit"]
    elif numeral and (not numeral["unit"] or _MEASURES.fullmatch(numeral["unit"])):
        number, unit = chinese_number(numeral["number"]), numeral["unit"] or None
    number = None if number is None else denoised(number * _SCALES[scale])
    if number is None or (unit and (_is_point_in_time(number, unit) or quantity(unit))):
        return None
    is_scaled = bool(scale) or bool(numeral and re.search("[万亿]", numeral["number"]))
    return Quantity(frozenset(), Decimal(decimal_text(number)), unit, is_scaled)


def _is_point_in_time(number: Decimal, unit: str) -> bool:
    """12月底前, 2022年: a deadline, not a count."""
    is_year = unit.startswith("年") and 1900 <= number <= 2100
    return is_year or unit.startswith(("月", "季度", "号", "旬")) or unit.endswith(("前", "底", "初", "末"))


def chinese_number(words: str) -> Decimal | None:
    """五, 一百二十, 三万零五百, 九十点五; None for anything else, colloquial 一百二 and 三万五 included."""
    whole, point, decimals = words.translate(_CHINESE_SPELLINGS).partition("点")
    total, rest = 0, whole
    for scale in ("亿", "万"):
        head, mark, tail = rest.rpartition(scale)
        factor = _chinese_integer(head, total)
        if mark and not factor:
            return None
        total, rest = total + (factor or 0) * _SCALES[scale], tail
    last = _chinese_integer(rest, total) if rest or not total else 0
    if last is None or (point and not re.fullmatch(f"[{_CHINESE_DIGITS}]{{1,10}}", decimals)):
        return None
    return Decimal(f"{total + last}.{''.join(str(_CHINESE_DIGITS.index(digit)) for digit in decimals)}")


def _chinese_integer(words: str, before: int) -> int | None:
    """A number below 10,000; behind a larger part, one below 1,000 begins with 零."""
    number = _chinese_integers().get(words.removeprefix("零") if before else words)
    return None if before and number is not None and (number < 1000) != words.startswith("零") else number


@cache
def _chinese_integers() -> dict[str, int]:
    """Every number below 10,000 by its one correct spelling: that refuses 一二 and 十十 without a grammar."""
    numbers = {}
    for number in range(10_000):
        places = zip(f"{number:04}", ("千", "百", "十", ""), strict=True)
        words = "".join(_CHINESE_DIGITS[int(digit)] + (place if digit != "0" else "") for digit, place in places)
        numbers[re.sub("^一十", "十", re.sub("零+", "零", words).strip("零") or "零")] = number
    return numbers
