"""Structure findings: what differs from the blank besides the answers."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from workbook_builder.cells import EMPTY, Place, Value
from workbook_builder.collection.roster import Roster, Settings
from workbook_builder.findings import Finding, Subject, finding_at, finding_of_file
from workbook_builder.form.declaration import Typed
from workbook_builder.judge.locate import real_title
from workbook_builder.judge.opening import Desk, Opened
from workbook_builder.judge.recalculate import Judgement
from workbook_builder.rule_ids import (
    NAME_NOT_ON_ROSTER,
    STRUCTURE_FORMULA_REPLACED,
    STRUCTURE_LABEL_CHANGED,
    STRUCTURE_LABEL_TOUCHED,
    STRUCTURE_PREFILLED_CHANGED,
    STRUCTURE_SHEET_MISSING,
    STRUCTURE_WRONG_ROUND,
    STRUCTURE_WRONG_YEAR,
)
from workbook_builder.values.normalised import tight
from workbook_builder.values.numbers import amount_text

HALF_A_FEN = Decimal("0.005")


def structure_findings(opened: Opened, judgement: Judgement) -> Iterator[Finding]:
    """All differences: sheets, fixed texts, formulas."""
    compared = _Comparison(opened)
    yield from compared.missing_sheets()
    yield from compared.changed_labels()
    yield from compared.replaced_formulas(judgement)


def prefilled_findings(opened: Opened, issued: Mapping[str, Typed]) -> Iterator[Finding]:
    """Roster cells that are not as issued; `issued` holds their values by full key."""
    return _Comparison(opened).changed_prefilled(issued)


def roster_findings(opened: Opened, desk: Desk) -> Iterator[Finding]:
    """What the workbook was issued for and the collection's roster does not know; nothing without a collection."""
    roster = desk.sound_roster
    if roster is None:
        return
    if desk.issue(opened.identity) is None:
        yield from _of_another_task(opened, roster.settings)
    if not desk.is_received(opened.identity):  # of one from below its sender's roster knows
        yield from _not_on_roster(opened, roster)


def _of_another_task(opened: Opened, settings: Settings) -> Iterator[Finding]:
    identity, compared = opened.identity, _Comparison(opened)
    if identity.fiscal_year != settings.fiscal_year:
        message = (
            f"这是 {identity.fiscal_year} 年度的申报，本任务是 {settings.fiscal_year} 年度。请交本年度下发的文件。"
        )
        yield compared.of_file(STRUCTURE_WRONG_YEAR, message, str(identity.fiscal_year), str(settings.fiscal_year))
    if identity.round != settings.round:
        message = f"这是“{identity.round}”的申报，本任务是“{settings.round}”。请交本轮下发的文件。"
        yield compared.of_file(STRUCTURE_WRONG_ROUND, message, identity.round, settings.round)


def _not_on_roster(opened: Opened, roster: Roster) -> Iterator[Finding]:
    identity, compared = opened.identity, _Comparison(opened)
    projects = {part.project_code for project in roster.projects for part in (project, *project.sub_projects)}
    codes = [identity.project_code, *(code for code, _ in identity.sub_projects)]
    for code in (code for code in codes if code not in projects):
        message = f"项目编码“{code}”不在名册中。请核对是否交错了任务，或在名册中补上这个项目。"
        yield compared.of_file(NAME_NOT_ON_ROSTER, message, code)
    if roster.units and identity.unit_code not in {unit.unit_code for unit in roster.units}:
        message = f"单位编码“{identity.unit_code}”不在名册中。请核对是否交错了任务，或在名册中补上这个单位。"
        yield compared.of_file(NAME_NOT_ON_ROSTER, message, identity.unit_code)


class _Comparison:
    """One workbook that came back beside its blank."""

    def __init__(self, opened: Opened):
        self._opened = opened
        self._layout = opened.blank.layout

    def of_file(self, rule: str, message: str, value: str | None = None, expected: str | None = None) -> Finding:
        """A finding about the file as a whole."""
        return finding_of_file(rule, self._opened.catalogue.severity(rule), message, value, expected)

    def _at(
        self, rule: str, subject: Subject, sentence: str, value: str | None, expected: str | None = None
    ) -> Finding:
        return finding_at(rule, self._opened.catalogue.severity(rule), subject, sentence, value, expected)

    def _subject(self, key: str) -> Subject:
        return Subject(self._opened.located.places[key], self._layout.slots[key].field.label, key)

    def _title(self, title: str) -> str:
        return real_title(title, self._layout, self._opened.identity)

    def missing_sheets(self) -> Iterator[Finding]:
        with_keys = {slot.place.sheet for slot in self._layout.slots.values()}
        for laid in self._layout.sheets:
            title = self._title(laid.title)
            if laid.title in with_keys and title not in self._opened.reading.sheets:
                message = f"缺少工作表「{title}」。请用下发的原文件重新填写，不要删除或改名工作表。"
                yield self.of_file(STRUCTURE_SHEET_MISSING, message)._replace(sheet=title)

    def changed_labels(self) -> Iterator[Finding]:
        for blank_place, label in self._opened.blank.labels.items():
            where = blank_place._replace(sheet=self._title(blank_place.sheet))
            sheet = self._opened.reading.sheets.get(where.sheet)
            if sheet is None:
                continue
            cell = sheet.cells.get((where.row, where.column), EMPTY)
            words = "" if cell.value is None else str(cell.value)
            if words != label:
                yield self._changed_label(where, label, words)

    def _changed_label(self, where: Place, label: str, words: str) -> Finding:
        if tight(words) == tight(label):
            rule, sentence = STRUCTURE_LABEL_TOUCHED, f"固定文字的空格或全半角被改动，应为“{label}”，现为“{words}”。"
        else:
            now = f"“{words}”" if words else "空白"
            rule = STRUCTURE_LABEL_CHANGED
            sentence = f"固定文字被改动，应为“{label}”，现为{now}。请用下发的原文件重新填写，或改回原文字。"
        return self._at(rule, Subject(where), sentence, words, label)

    def replaced_formulas(self, judgement: Judgement) -> Iterator[Finding]:
        """Formulas typed over by what they would give; where the value differs, the funds rules have the word."""
        rule, located = STRUCTURE_FORMULA_REPLACED, self._opened.located
        if not located.constants:
            return
        sheets = self._opened.reading.sheets.values()
        if not any(cell.formula is not None for sheet in sheets for cell in sheet.cells.values()):
            message = (
                "文件中的公式全部变成了数值（可能由其他程序另存），已重新计算核对。请尽量用 Excel 或 WPS 直接保存。"
            )
            yield self.of_file(rule, message)
            return
        for key in located.places:
            if key in located.constants - located.failed and _same(located.values[key], judgement.recomputed.get(key)):
                sentence = "公式被数值替换，数值与重新计算的结果相同。请不要改动公式单元格。"
                yield self._at(rule, self._subject(key), sentence, _as_printed(located.values[key]))

    def changed_prefilled(self, issued: Mapping[str, Typed]) -> Iterator[Finding]:
        located = self._opened.located
        for key, value in issued.items():
            declared = located.values.get(key)
            if key not in located.places or declared == value or key in located.failed:
                continue
            now = "空白" if declared is None else f"“{_as_printed(declared)}”"
            sentence = f"由财政部门预先填写，应为“{_as_printed(value)}”，现为{now}。请改回，或与财政部门联系更改。"
            subject = self._subject(key)
            yield self._at(STRUCTURE_PREFILLED_CHANGED, subject, sentence, _as_printed(declared), _as_printed(value))


def _as_printed(value: Typed) -> str | None:
    if isinstance(value, Decimal):
        return amount_text(value)
    return None if value is None else str(value)


def _same(declared: Typed, computed: Value) -> bool:
    if isinstance(declared, Decimal) and isinstance(computed, int | float | Decimal):
        return abs(declared - Decimal(repr(computed))) < HALF_A_FEN
    return declared == computed
