"""Judges a declaration by the very formulas the unit saw: its values are set in a pristine blank, which is
recalculated, and its own self-check is read.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from workbook_builder.blank.bind import Instance
from workbook_builder.blank.blank import Blank
from workbook_builder.cells import Place, Value
from workbook_builder.findings import Finding, Subject, finding_at
from workbook_builder.form.declaration import Typed
from workbook_builder.form.meta_cell import Identity
from workbook_builder.form.rules import BROKEN_ROW_CODE, CODE_LENGTH, MOVED_CELL_CODE
from workbook_builder.values.serials import serial


class Judgement(NamedTuple):
    """What the blank says of a declaration."""

    findings: tuple[Finding, ...]
    computed: Mapping[str, Value]  # computed keys as the blank calculates them, constants over them included
    recomputed: Mapping[str, Value]  # the same without those constants
    tainted: frozenset[
        str
    ]  # keys that a gate refused, and the computed ones that rest on them: no value of theirs is one


def judge(
    blank: Blank,
    identity: Identity,
    values: Mapping[str, Typed],
    *,
    constants: frozenset[str],
    failed: frozenset[str],
    places: Mapping[str, Place],
) -> Judgement:
    """Judges typed values, by full key.

    constants: computed keys that came back as constants, judged as declared. failed: keys that a gate refused: rules
    that need them are silent. places: where each key stands in the file at hand.
    """
    inputs = {key: value for key, value in values.items() if key not in constants}
    cells = blank.cell_values(identity, inputs)
    blank.judging.calculate(cells)
    recomputed = _computed(blank)
    over = {blank.layout.slots[key].place: _cell_value(values[key]) for key in constants if values[key] is not None}
    if over:
        blank.judging.calculate({**cells, **over})
    tainted = _tainted(blank, failed)
    failing = [item for item in _failing(blank) if item.rule.rule_class == "F" and not item.keys & tainted]
    findings = tuple(_finding(blank, instance, places) for instance in failing)
    return Judgement(findings, _computed(blank), recomputed, tainted)


def _cell_value(value: Typed) -> Value:
    return serial(value) if isinstance(value, date) else value


def _computed(blank: Blank) -> dict[str, Value]:
    slots = (slot for slot in blank.layout.slots.values() if slot.kind == "formula")
    return {slot.key: blank.judging.value(slot.place) for slot in slots}


def _tainted(blank: Blank, failed: frozenset[str]) -> frozenset[str]:
    """The failed keys and all computed ones that rest on them."""
    tainted = set(failed)
    while more := {key for key, keys in blank.compiled.reads.items() if key not in tainted and keys & tainted}:
        tainted |= more
    return frozenset(tainted)


def _failing(blank: Blank) -> Iterator[Instance]:
    """The rules whose codes the self-check of the recalculated blank shows."""
    for laid in blank.layout.checked_sheets:
        for row in range(1, len(laid.rows) + 1):
            if instances := blank.instances_of.get((laid.title, row)):
                codes = str(blank.judging.value(Place(laid.title, row, laid.code_column)) or "")
                if codes in (BROKEN_ROW_CODE, MOVED_CELL_CODE):
                    raise RuntimeError(f"a rule of {laid.title} row {row} is an error on typed values: our defect")
                for start in range(0, len(codes), CODE_LENGTH):
                    yield instances[codes[start : start + CODE_LENGTH]]


def _finding(blank: Blank, instance: Instance, places: Mapping[str, Place]) -> Finding:
    rule, slot = instance.rule, instance.slot
    sheet = slot.place.sheet
    sentence = blank.judging.evaluate(instance.message, sheet)
    expected = None if instance.expected is None else blank.judging.evaluate(instance.expected, sheet)
    value = blank.judging.evaluate(f'{instance.value}&""', sheet)
    subject = Subject(places.get(slot.key, slot.place), slot.field.label, instance.finding_key)
    shown, wanted = str(value or "") or None, None if expected is None else str(expected)
    return finding_at(rule.id, rule.severity, subject, str(sentence), shown, wanted)
