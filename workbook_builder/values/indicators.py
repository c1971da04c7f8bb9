"""What people type for an indicator's value: symbol, value and unit, in three cells or all in one; and its weight.

Accepted are the comparators of the rule list, shares however written, Chinese numerals, and a whole value such as
`≥90%`, `不少于3场` or `控制在5%以内` in any one of the three cells. 万元 and 亿元 are units; any other 万 behind a
number (`5万人`) may belong to the number or to the unit and is refused with a proposal.
"""

import re
from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, TypeVar

from workbook_builder.cells import EMPTY, Cell
from workbook_builder.rule_ids import (
    AMOUNT_INVALID,
    INDICATOR_COMPARATOR_ASSUMED,
    INDICATOR_COMPARATOR_NORMALISED,
    INDICATOR_COMPARATOR_UNKNOWN,
    INDICATOR_TARGET_INVALID,
    INDICATOR_TARGET_NORMALISED,
    WEIGHT_INVALID,
    WEIGHT_NORMALISED,
)
from workbook_builder.values.amounts import amount
from workbook_builder.values.markup import spelled_out
from workbook_builder.values.normalised import (
    DOUBTFUL,
    Normalised,
    Problem,
    formula_refused,
    is_doubtful,
    quoted,
    refused,
    shown,
    tight,
)
from workbook_builder.values.numbers import NUMBER, arithmetic, decimal_text, denoised, plain_number
from workbook_builder.values.quantities import (
    COMPARATORS,
    QUALITATIVE,
    VAGUE,
    Comparator,
    Quantity,
    is_bare_number,
    is_qualitative,
    is_vague,
    opens_like_a_number,
    quantity,
)
from workbook_builder.values.texts import text

T = TypeVar("T")


class IndicatorValues(NamedTuple):
    """An indicator row, typed."""

    name: str | None
    comparator: Comparator | None
    target: Decimal | str | None  # a Decimal (90 for 90 %) in a quantitative row, text in one that is 定性
    unit: str | None
    problems: tuple[Problem, ...] = ()
    failed: frozenset[str] = frozenset()  # the columns a gate refused; their values are None
    weight: Decimal | None = None


NOTHING = IndicatorValues(None, None, None, None)  # of a row that is not filled, as most are


class _Part(NamedTuple):
    """What one cell says towards the value."""

    column: str
    as_typed: str
    quantity: Quantity = Quantity()
    words: str | None = None  # the cell's text, also where a quantity could be read from it
    is_converted: bool = False  # whether the quantity is not what its column asks for
    problems: tuple[Problem, ...] = ()
    failed: bool = False


def indicator(name: Cell, comparator: Cell, target: Cell, unit: Cell, weight: Cell = EMPTY) -> IndicatorValues:
    """The row's values; an empty comparator stays None beside a number and is read as 定性 beside a text."""
    if all(cell.kind == "empty" and cell.formula is None for cell in (name, comparator, target, unit, weight)):
        return NOTHING
    row, weighing = _without_weight(name, comparator, target, unit), _weight(weight)
    problems = (*row.problems, *_in_column("weight", weighing.problems))
    failed = row.failed | {"weight"} if weighing.failed else row.failed
    return row._replace(weight=weighing.value, problems=problems, failed=failed)


def _weight(cell: Cell) -> Normalised[Decimal]:
    """A number read as an amount is, but spoken of as a number."""
    typed, now = amount(cell), quoted(shown(cell))
    problem = next(iter(typed.problems), None)
    if problem and problem.rule == AMOUNT_INVALID:
        return refused(WEIGHT_INVALID, cell, f"应为不小于 0、最多两位小数的数，现为{now}。请核对后改填，如 10。")
    if problem and typed.value is not None:
        words = decimal_text(typed.value)
        sentence = f"应为数字，现为{now}，已读作 {words}。请核对。"
        problem = Problem(WEIGHT_NORMALISED, "", problem.value, words, sentence)
        return Normalised(typed.value, (problem,))
    return typed


def _without_weight(name: Cell, comparator: Cell, target: Cell, unit: Cell) -> IndicatorValues:
    named = text(name)
    comparing, aiming = _comparator_part(comparator), _target_part(target)
    measuring = _whole_unit(_unit_part(unit), comparing, aiming, has_name=named.value is not None)
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


def _remembered(part_of: Callable[[Cell], _Part]) -> Callable[[Cell], _Part]:
    """The same, texts at once that were seen before. Numbers that are equal may be written otherwise: 1.0 and 1.00."""
    known = lru_cache(maxsize=512)(part_of)
    return lambda cell: known(cell) if isinstance(cell.value, str) else part_of(cell)


@_remembered
def _comparator_part(cell: Cell) -> _Part:
    typed = text(cell)
    part = _Part("comparator", shown(cell), Quantity(), typed.value, False, _in_column("comparator", typed.problems))
    if typed.value is None:
        return part._replace(failed=typed.failed)
    key = re.sub(r"\s", "", tight(typed.value))
    is_sure = not is_doubtful(part.as_typed)  # turned around, ≥ looks like ≤
    symbol = COMPARATORS.get(key) if is_sure else None
    whole = quantity(typed.value) if is_sure else None
    if symbol is None and whole and whole.comparators:
        return part._replace(quantity=whole, is_converted=True)
    listed = f"符号应为 ≥、>、=、<、≤、定性 之一，现为{quoted(typed.value)}"
    if symbol is None:
        vague = f"“{key}”说不清是下限还是上限，" if VAGUE.search(key) else ""
        sentence = f"{listed}。{vague}{'' if is_sure else DOUBTFUL}请改填其中一个。"
        problem = Problem(INDICATOR_COMPARATOR_UNKNOWN, "comparator", shown(cell), None, sentence)
        return part._replace(problems=(*part.problems, problem), failed=True)
    if symbol != typed.value:
        sentence = f"{listed}，已读作 {symbol}。请核对。"
        problem = Problem(INDICATOR_COMPARATOR_NORMALISED, "comparator", shown(cell), symbol, sentence)
        part = part._replace(problems=(*part.problems, problem))
    return part._replace(quantity=Quantity(frozenset({symbol})))


def _target_part(cell: Cell) -> _Part:
    part = _Part("target", shown(cell))
    if cell.formula is not None:
        return _constant_part(cell, part)
    if isinstance(cell.value, Decimal):
        return _number_part(cell, cell.value, part)
    if cell.kind in ("boolean", "error"):
        sentence = f"值应为数字（定性指标填文字），现为{quoted(part.as_typed)}。请改填。"
        return _failed_part(part, refused(INDICATOR_TARGET_INVALID, cell, sentence))
    typed: Normalised[str] = text(cell)
    part = part._replace(words=typed.value, problems=_in_column("target", typed.problems))
    read = quantity(typed.value) if typed.value and not is_doubtful(part.as_typed) else None
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
    if number is None:
        sentence = f"值应为数字，现为{quoted(part.as_typed)}，超出了表格能存的范围。请改填。"
        return _failed_part(part, refused(INDICATOR_TARGET_INVALID, cell, sentence))
    share = denoised(number * 100) if cell.is_percent else None  # None also where no cell could hold it
    number, unit = (number, None) if share is None else (share, "%")
    return part._replace(quantity=Quantity(number=Decimal(decimal_text(number)), unit=unit), is_converted=bool(unit))


@_remembered
def _unit_part(cell: Cell) -> _Part:
    typed = text(cell, squeeze=True)
    words = typed.value.replace("％", "%") if typed.value else None
    problems = _in_column("unit", typed.problems)
    return _Part("unit", shown(cell), Quantity(unit=words), words, False, problems, typed.failed)


def _whole_unit(measuring: _Part, comparing: _Part, aiming: _Part, *, has_name: bool) -> _Part:
    """The unit cell, split where it holds the whole value of a row that lacks it, or repeats what the row says.

    Anything else in it is a unit to the unit's workbook, however odd: indicator.unit_mismatch tells of that.
    """
    whole = quantity(measuring.words) if measuring.words else None
    if whole is None:
        return measuring
    split = measuring._replace(quantity=whole, is_converted=True)
    if aiming.quantity == Quantity() and aiming.words is None and not aiming.failed:
        return split if has_name or comparing.words else measuring
    if not whole.comparators or aiming.words is not None:
        return measuring
    repeats = (whole.comparators, whole.number, whole.is_scaled) == (
        comparing.quantity.comparators,
        aiming.quantity.number,
        False,
    )
    return split if whole.unit and (repeats or not comparing.words) else measuring


def _failed_part(part: _Part, refusal: Normalised[str]) -> _Part:
    return part._replace(problems=_in_column(part.column, refusal.problems), failed=True)


def _in_column(column: str, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    return tuple(problem._replace(column=column) for problem in problems)


def _row(comparing: _Part, aiming: _Part, measuring: _Part) -> IndicatorValues:
    """The three parts taken together; problems and failed columns are those of the row alone."""
    if comparing.quantity.comparators == {QUALITATIVE}:
        return _qualitative_row(aiming, measuring)
    if aiming.words is None:
        return _quantitative_row(comparing, aiming, measuring)
    if comparing.words is None and not comparing.failed:
        return _row_without_comparator(comparing, aiming, measuring)
    if aiming.quantity.number is not None:
        return _quantitative_row(comparing, aiming, measuring)
    if comparing.failed:
        return IndicatorValues(None, None, aiming.words, measuring.words)
    return _not_a_number(aiming)._replace(comparator=_only(comparing.quantity.comparators), unit=measuring.words)


def _qualitative_row(aiming: _Part, measuring: _Part) -> IndicatorValues:
    """5次 typed as text passes in the workbook and is told of by indicator.number_as_text; a bare number does not."""
    if aiming.quantity.number is not None and (aiming.words is None or is_bare_number(aiming.as_typed)):
        sentence = (
            f"符号为“定性”时值应为文字，现为{quoted(aiming.as_typed)}。请改填文字，或将符号改为 ≥、>、=、<、≤ 之一。"
        )
        return _invalid(aiming, None, sentence)._replace(comparator=QUALITATIVE, unit=measuring.words)
    return IndicatorValues(None, QUALITATIVE, _qualitative_words(aiming), measuring.words)


def _qualitative_words(aiming: _Part) -> str | None:
    """The text; its letters where what is left of it would be a bare number (<p>90</p>) that the workbook let pass."""
    return spelled_out(aiming.as_typed) if aiming.words and is_bare_number(aiming.words) else aiming.words


def _row_without_comparator(comparing: _Part, aiming: _Part, measuring: _Part) -> IndicatorValues:
    """A text beside an empty symbol: a whole value (不少于3场), or 定性 where the workbook does not ask for more."""
    asks = opens_like_a_number(aiming.as_typed)
    if aiming.quantity.number is not None:
        row = _quantitative_row(comparing, aiming, measuring)
        if asks or (row.comparator and row.unit and not row.failed):
            return row
    words = aiming.words or ""
    if asks and not is_qualitative(words):
        return _not_a_number(aiming)._replace(unit=measuring.words)
    advice = "“约”“左右”说不清是下限还是上限。" if is_vague(words) else ""
    sentence = f"值为文字{quoted(words)}而符号为空，已按“定性”读取。{advice}请在符号处填“定性”，或将值改为数字。"
    problem = Problem(INDICATOR_COMPARATOR_ASSUMED, "comparator", "", QUALITATIVE, sentence)
    return IndicatorValues(None, QUALITATIVE, _qualitative_words(aiming), measuring.words, (problem,))


def _not_a_number(aiming: _Part) -> IndicatorValues:
    words = aiming.words or ""
    advice = "“约”“左右”说不清是下限还是上限，请改填 ≥、≤ 或 = 和数字。" if is_vague(words) else "请改填数字。"
    return _invalid(aiming, None, f"值应为数字（定性指标填文字），现为{quoted(words)}。{advice}")


class _Claims(NamedTuple):
    """All that the cells of a row claim, whichever of them claims it."""

    comparators: Collection[Comparator]
    numbers: Collection[Decimal]
    units: Collection[str]  # those that differ in more than white space

    @property
    def contradictory(self) -> frozenset[str]:
        """The columns for which the cells claim different things."""
        columns = {"comparator": self.comparators, "target": self.numbers, "unit": self.units}
        return frozenset(column for column, claims in columns.items() if len(claims) > 1)


def _quantitative_row(comparing: _Part, aiming: _Part, measuring: _Part) -> IndicatorValues:
    parts = [part for part in (comparing, aiming, measuring) if not part.failed]
    claims = _claims(parts, aiming)
    row = IndicatorValues(None, _only(claims.comparators), _only(claims.numbers), _only(claims.units))
    whole = next((part for part in parts if part.is_converted), aiming)
    if claims.contradictory:
        sentence = f"{quoted(whole.as_typed)}与同一行的符号、值或单位不一致，看不出以哪个为准。请核对后将符号、值、单位分别填写。"
        problem = _target_problem(whole, None, sentence)
        return row._replace(problems=(problem,), failed=claims.contradictory | {"target"})
    wrong_number = _number_problem(whole, comparing.failed or bool(claims.comparators))
    if wrong_number:
        return row._replace(problems=(wrong_number,), failed=frozenset({"target"}))
    return row._replace(problems=(_split_problem(whole),)) if whole.is_converted else row


def _claims(parts: Sequence[_Part], aiming: _Part) -> _Claims:
    comparators = frozenset(comparator for part in parts for comparator in part.quantity.comparators)
    numbers = frozenset(part.quantity.number for part in parts if part.quantity.number is not None)
    units = {tight(part.quantity.unit): part.quantity.unit for part in parts if part.quantity.unit}
    if aiming.words is None and aiming.quantity.unit and len(units) > 1:  # 90% in a number cell: no formula sees that
        units = {"%": "%"}
    return _Claims(comparators, numbers, tuple(units.values()))


def _number_problem(whole: _Part, has_comparator: bool) -> Problem | None:
    """Why the one number of the row cannot stand, where all that is said agrees."""
    read = whole.quantity
    if read.number is not None and read.number < 0:
        return _target_problem(whole, None, f"值应为不小于 0 的数字，现为{quoted(whole.as_typed)}。请核对后改填。")
    if read.is_scaled:
        proposal = _joined(read)
        sentence = f"值应为不带“万”“亿”的数字，现为{quoted(whole.as_typed)}。请改填 {proposal}，或将“万”“亿”写入单位。"
        return _target_problem(whole, proposal, sentence)
    if whole.is_converted and not has_comparator and read.unit not in (None, "%"):
        proposal = _joined(read._replace(comparators=frozenset({"≥"})))
        asked = f"如为不少于，请将符号、值、单位分别改填为 {proposal}。"
        sentence = f"{quoted(whole.as_typed)}没有符号，说不清是下限还是上限。{asked}"
        return _target_problem(whole, proposal, sentence)
    return None


def _split_problem(whole: _Part) -> Problem:
    expected = _joined(whole.quantity)
    is_split = " " in expected
    wanted = "符号、值、单位应分别填写" if is_split else "值应为数字"
    sentence = f"{wanted}，现为{quoted(whole.as_typed)}，已读作 {expected}。请核对。"
    return Problem(INDICATOR_TARGET_NORMALISED, whole.column, whole.as_typed, expected, sentence)


def _joined(read: Quantity) -> str:
    """The parts one cell names, such as ≥ 90 %."""
    number = "" if read.number is None else decimal_text(read.number)
    return " ".join(part for part in (*read.comparators, number, read.unit) if part)


def _target_problem(part: _Part, expected: str | None, sentence: str) -> Problem:
    return Problem(INDICATOR_TARGET_INVALID, part.column, part.as_typed, expected, sentence)


def _invalid(part: _Part, expected: str | None, sentence: str) -> IndicatorValues:
    problem = _target_problem(part, expected, sentence)
    return IndicatorValues(None, None, None, None, (problem,), frozenset({"target"}))


def _only(values: Collection[T]) -> T | None:
    """The one value there is, if there is just one."""
    return next(iter(values)) if len(values) == 1 else None
