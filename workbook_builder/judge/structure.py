"""Structure findings: what differs from the blank besides the answers."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from workbook_builder.blank.stamp import Value
from workbook_builder.cells import EMPTY, Place
from workbook_builder.findings import Finding, place
from workbook_builder.form.declaration import Typed
from workbook_builder.judge.locate import real_title
from workbook_builder.judge.opening import Desk, Opened
from workbook_builder.judge.recalculate import Judgement
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
    roster, identity, compared = desk.sound_roster, opened.identity, _Comparison(opened)
    if roster is None:
        return
    if desk.issue(identity) is None:
        settings = roster.settings
        if identity.fiscal_year != settings.fiscal_year:
            message = (
                f"这是 {identity.fiscal_year} 年度的申报，本任务是 {settings.fiscal_year} 年度。请交本年度下发的文件。"
            )
            yield compared.of_file(
                "structure.wrong_year", message, str(identity.fiscal_year), str(settings.fiscal_year)
            )
        if identity.round != settings.round:
            message = f"这是“{identity.round}”的申报，本任务是“{settings.round}”。请交本轮下发的文件。"
            yield compared.of_file("structure.wrong_round", message, identity.round, settings.round)
    if desk.is_received(identity):  # from below: its sender's roster knows it
        return
    projects = {part.project_code for project in roster.projects for part in (project, *project.sub_projects)}
    codes = [identity.project_code, *(code for code, _ in identity.sub_projects)]
    for code in (code for code in codes if code not in projects):
        message = f"项目编码“{code}”不在名册中。请核对是否交错了任务，或在名册中补上这个项目。"
        yield compared.of_file("name.not_on_roster", message, code)
    if roster.units and identity.unit_code not in {unit.unit_code for unit in roster.units}:
        message = f"单位编码“{identity.unit_code}”不在名册中。请核对是否交错了任务，或在名册中补上这个单位。"
        yield compared.of_file("name.not_on_roster", message, identity.unit_code)


class _Comparison:
    """One workbook that came back beside its blank."""

    def __init__(self, opened: Opened):
        self._opened = opened
        self._layout = opened.blank.layout

    def _finding(
        self, rule: str, where: Place | None, message: str, *, key: str | None = None, value: str | None = None
    ) -> Finding:
        sheet, cell = (where.sheet, where.address) if where else (None, None)
        return Finding(rule, self._opened.catalogue.severity(rule), sheet, cell, key, message, value)

    def of_file(self, rule: str, message: str, value: str | None = None, expected: str | None = None) -> Finding:
        """A finding about the file as a whole."""
        return self._finding(rule, None, message, value=value)._replace(expected=expected)

    def _title(self, title: str) -> str:
        return real_title(title, self._layout, self._opened.identity)

    def missing_sheets(self) -> Iterator[Finding]:
        with_keys = {slot.place.sheet for slot in self._layout.slots.values()}
        for laid in self._layout.sheets:
            title = self._title(laid.title)
            if laid.title in with_keys and title not in self._opened.reading.sheets:
                message = f"缺少工作表「{title}」。请用下发的原文件重新填写，不要删除或改名工作表。"
                yield self._finding("structure.sheet_missing", None, message)._replace(sheet=title)

    def changed_labels(self) -> Iterator[Finding]:
        for blank_place, label in self._opened.blank.labels.items():
            where = blank_place._replace(sheet=self._title(blank_place.sheet))
            sheet = self._opened.reading.sheets.get(where.sheet)
            if sheet is None:
                continue
            cell = sheet.cells.get((where.row, where.column), EMPTY)
            found = "" if cell.value is None else str(cell.value)
            if found != label:
                yield self._changed_label(where, label, found)

    def _changed_label(self, where: Place, label: str, found: str) -> Finding:
        said = f"{place(where.sheet, where.address)}：固定文字"
        if tight(found) == tight(label):
            rule, message = "structure.label_touched", f"{said}的空格或全半角被改动，应为“{label}”，现为“{found}”。"
        else:
            shown = f"“{found}”" if found else "空白"
            rule = "structure.label_changed"
            message = f"{said}被改动，应为“{label}”，现为{shown}。请用下发的原文件重新填写，或改回原文字。"
        return self._finding(rule, where, message, value=found)._replace(expected=label)

    def replaced_formulas(self, judgement: Judgement) -> Iterator[Finding]:
        """Formulas typed over by what they would give; where the value differs, the funds rules have the word."""
        rule, located = "structure.formula_replaced", self._opened.located
        if not located.constants:
            return
        sheets = self._opened.reading.sheets.values()
        if not any(cell.formula is not None for sheet in sheets for cell in sheet.cells.values()):
            message = (
                "文件中的公式全部变成了数值（可能由其他程序另存），已重新计算核对。请尽量用 Excel 或 WPS 直接保存。"
            )
            yield self._finding(rule, None, message)
            return
        for key in located.places:
            if key in located.constants - located.failed and _same(located.values[key], judgement.recomputed.get(key)):
                declared, where = located.values[key], located.places[key]
                said = place(where.sheet, where.address, self._layout.slots[key].field.label)
                message = f"{said}：公式被数值替换，数值与重新计算的结果相同。请不要改动公式单元格。"
                yield self._finding(rule, where, message, key=key, value=_shown(declared))

    def changed_prefilled(self, issued: Mapping[str, Typed]) -> Iterator[Finding]:
        located = self._opened.located
        for key, value in issued.items():
            found = located.values.get(key)
            if key not in located.places or found == value or key in located.failed:
                continue
            where = located.places[key]
            said = place(where.sheet, where.address, self._layout.slots[key].field.label)
            shown = "空白" if found is None else f"“{_shown(found)}”"
            message = f"{said}：由财政部门预先填写，应为“{_shown(value)}”，现为{shown}。请改回，或与财政部门联系更改。"
            finding = self._finding("structure.prefilled_changed", where, message, key=key, value=_shown(found))
            yield finding._replace(expected=_shown(value))


def _shown(value: Typed) -> str | None:
    if isinstance(value, Decimal):
        return amount_text(value)
    return None if value is None else str(value)


def _same(declared: Typed, computed: Value) -> bool:
    if isinstance(declared, Decimal) and isinstance(computed, int | float | Decimal):
        return abs(declared - Decimal(repr(computed))) < HALF_A_FEN
    return declared == computed
