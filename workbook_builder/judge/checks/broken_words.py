"""Words torn apart by a space or a line break: shown, and joined for the other checks; the declaration keeps them."""

from collections import Counter
from collections.abc import Collection, Sequence

from workbook_builder.form.declaration import Declaration, Indicator, Typed
from workbook_builder.form.model import full_key
from workbook_builder.judge.checks.remark import Remark, indicator_key, parts
from workbook_builder.rule_ids import TEXT_BROKEN_WORD
from workbook_builder.values.normalised import quoted
from workbook_builder.values.torn_words import rejoined

BEFORE, BEHIND = 10, 10  # characters shown around the first break


def with_whole_words(declaration: Declaration, keys: Collection[str]) -> tuple[Declaration, list[Remark]]:
    """What the other checks compare: torn words joined in these texts (full keys); and text.broken_word for each."""
    remarks: list[Remark] = []

    def value_of(key: str, value: Typed) -> Typed:
        return _joined(key, value, remarks) if key in keys and isinstance(value, str) else value

    whole_parts = []
    for number, part in parts(declaration):
        values = {key: value_of(full_key(number, key), value) for key, value in part.values.items()}
        unique = _names_by_themselves(part.indicators)
        indicators = tuple(
            row._replace(name=_joined(key, row.name, remarks))
            if row.name in unique and (key := indicator_key(number, row)) in keys
            else row
            for row in part.indicators
        )
        whole_parts.append(part._replace(values=values, indicators=indicators))
    root, *subs = whole_parts
    return root._replace(sub_projects=tuple(subs)), remarks


def _names_by_themselves(indicators: Sequence[Indicator]) -> set[str]:
    """Names that stay unlike all others when joined; of the others indicator.near_duplicate tells."""
    names = [row.name for row in indicators if row.name]
    counts = Counter(rejoined(name) for name in names)
    return {name for name in names if counts[rejoined(name)] == 1}


def _joined(key: str, text: str, remarks: list[Remark]) -> str:
    joined = rejoined(text)
    if joined != text:
        before, after = _around_first(text, joined)
        sentence = f"有词语被空格或换行拆开，如{quoted(before)}，应为{quoted(after)}，请改正。"
        remarks.append(Remark(TEXT_BROKEN_WORD, key, sentence, text, joined))
    return joined


def _around_first(text: str, joined: str) -> tuple[str, str]:
    """The words around the first break that was closed, before and after."""
    first = next(number for number, letter in enumerate(text) if joined[number : number + 1] != letter)
    start = max(0, first - BEFORE)
    return text[start : first + BEHIND], joined[start : first + BEHIND - 1]
