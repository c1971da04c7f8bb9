"""Structure findings: what differs from the blank besides the answers."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from workbook_builder.cells import EMPTY, Cell, Place, Value, column_letters
from workbook_builder.findings import Finding, Subject, finding_at, finding_of_file, place
from workbook_builder.form.declaration import Typed, as_printed
from workbook_builder.form.model import FieldType
from workbook_builder.judge.alterations import alterations
from workbook_builder.judge.inserted_rows import Widened
from workbook_builder.judge.locate import real_title
from workbook_builder.judge.opening import Opened
from workbook_builder.judge.recalculate import Judgement
from workbook_builder.judge.shifts import SheetShift
from workbook_builder.ooxml.reader import SheetReading
from workbook_builder.rule_ids import (
    INDICATOR_DATE_AS_NUMBER,
    STRUCTURE_AMBIGUOUS,
    STRUCTURE_CELL_MOVED,
    STRUCTURE_FIELD_LOST,
    STRUCTURE_FORM_BY_LABELS,
    STRUCTURE_FORMULA_REPLACED,
    STRUCTURE_LABEL_CHANGED,
    STRUCTURE_LABEL_TOUCHED,
    STRUCTURE_NUMBER_FORMAT,
    STRUCTURE_PREFILLED_CHANGED,
    STRUCTURE_ROWS_BEYOND,
    STRUCTURE_ROWS_MOVED,
    STRUCTURE_SHEET_MISSING,
)
from workbook_builder.values.normalised import quoted, tight
from workbook_builder.values.numbers import decimal_text

HALF_A_FEN = Decimal("0.005")


def structure_findings(opened: Opened, judgement: Judgement) -> Iterator[Finding]:
    """All differences: sheets, fixed texts, formulas."""
    compared = _Comparison(opened)
    yield from compared.copied_by_hand()
    yield from compared.missing_sheets()
    yield from compared.moved_rows()
    yield from compared.moved_cells()
    yield from compared.ambiguous_cells()
    yield from compared.misleading_formats(judgement)
    yield from compared.changed_labels()
    if not opened.by_labels:  # whose formulas nobody sent out
        yield from compared.replaced_formulas(judgement)
    yield from alterations(opened)


def prefilled_findings(opened: Opened, issued: Mapping[str, Typed]) -> Iterator[Finding]:
    """Roster cells that are not as issued; `issued` holds their values by full key."""
    return _Comparison(opened).changed_prefilled(issued)


def _shows_otherwise(cell: Cell, field_type: FieldType) -> bool:
    """Whether a cell shows another number or text than it holds; amounts and targets that look like a day or a share."""
    if not isinstance(cell.value, Decimal):
        return cell.misleads_text and cell.kind == "text"
    is_day = cell.is_date and field_type in ("amount", "target", "number")
    return cell.misleads or is_day or (cell.is_percent and field_type in ("amount", "number"))


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
        here = self._opened.located.titles.get(title)
        return here or real_title(title, self._layout, self._opened.identity)

    def copied_by_hand(self) -> Iterator[Finding]:
        """A form that is none of the workbooks that were sent out."""
        if found := self._opened.by_labels:
            title = found.titles[self._layout.form.form_sheet.title]
            known = found.identity.project_code
            code = f"（项目编码“{known}”）" if known else ""
            rank = "同一项目另有下发文件的申报时，以下发文件的为准。" if known else ""
            message = (
                f"「{title}」表是手工复制的申报表，不是下发的原文件，已按固定文字读取，按项目“{found.name}”{code}的申报审核。"
                f"{rank}请与单位核对；以后请用下发的原文件填写。"
            )
            yield self.of_file(STRUCTURE_FORM_BY_LABELS, message, found.name)._replace(sheet=title)

    def missing_sheets(self) -> Iterator[Finding]:
        with_keys = {slot.place.sheet for slot in self._layout.slots.values()}
        for laid in self._layout.sheets:
            title = self._title(laid.title)
            if laid.title in with_keys and laid.title not in self._opened.located.titles:
                message = f"缺少工作表「{title}」。请用下发的原文件重新填写，不要删除或改名工作表。"
                yield self.of_file(STRUCTURE_SHEET_MISSING, message)._replace(sheet=title)

    def moved_rows(self) -> Iterator[Finding]:
        """Sheets with rows or columns inserted or deleted, and the keys that are lost by it."""
        placing, rule = self._opened.located.placing, STRUCTURE_ROWS_MOVED
        for title, shift in placing.shifts.items():
            more = placing.widened[title]
            if more or not shift.is_none:
                sentence = f"插入或删除过整行、整列{_first_move(shift)}，已按固定文字找到各项内容{_more_rows(more)}。请用下发的原文件填写，不要增删行列。"
                message = f"「{self._title(title)}」表：{sentence}"
                yield self.of_file(rule, message)._replace(sheet=self._title(title))
            yield from self._without_room(self._title(title), more)
        for key, slot in self._layout.slots.items():
            if slot.place.sheet in placing.shifts and key not in placing.places and slot.kind in ("input", "prefilled"):
                subject = Subject(slot.place._replace(sheet=self._title(slot.place.sheet)), slot.field.label, key)
                yield self._at(
                    STRUCTURE_FIELD_LOST, subject, "所在的行或列已被删除，或找不到了。请用下发的原文件重新填写。", None
                )

    def _without_room(self, title: str, more: Iterable[Widened]) -> Iterator[Finding]:
        """Rows with indicators for which the form has none left: they are not read, so the declaration is not whole."""
        for level in more:
            if level.beyond:
                sheet = self._opened.reading.sheets[title]
                rows = "、".join(f"第 {row} 行" for row in level.beyond)
                written = "；".join(_written_in(sheet, level.beyond))
                message = (
                    f"「{title}」表{rows}：插入在“{level.level2}”中，该级指标下发时只有 {len(level.rows)} 行，容不下，没有采用。"
                    f"请删减或合并指标；确需更多行的，请财政部门在名册“指标行数”中增加后重新下发。"
                )
                finding = self.of_file(STRUCTURE_ROWS_BEYOND, message, written, str(len(level.rows)))
                yield finding._replace(sheet=title)  # no cell: a return copy has another one there

    def moved_cells(self) -> Iterator[Finding]:
        """Cells that were cut or dragged: their names no longer lead to where the form shows them."""
        moved = self._opened.located.placing.moved
        overwritten = {witness.now for witness in moved.values()}
        for key, witness in moved.items():
            if witness.now is None and witness.expected in overwritten:  # told with the cell that was dragged onto it
                continue
            sheet, row, column, *_ = witness.expected or witness.issued
            subject = Subject(Place(sheet, row, column), self._layout.slots[key].field.label, key)
            if witness.now is None:
                sentence = "这一格被别的单元格剪切或拖动后盖住过，读到的可能不是原来填的内容。"
                address = None
            else:
                there = Place(*witness.now[:3])
                address = place(there.sheet, there.address)
                sentence = f"这一格被剪切或拖动到了{address}，两处的内容可能都不对。"
            advice = "请撤销剪切或拖动，或用下发的原文件重新填写（可以复制、粘贴数值，不要剪切、拖动）。"
            yield self._at(STRUCTURE_CELL_MOVED, subject, sentence + advice, address, subject.place.address)

    def ambiguous_cells(self) -> Iterator[Finding]:
        """Sheets of which the file holds some cell twice."""
        for sheet in self._opened.reading.sheets.values():
            if sheet.ambiguous:
                row, column = sheet.ambiguous[0]
                cell = f"{column_letters(column)}{row}" if column else None
                where = place(sheet.title, cell) if cell else f"「{sheet.title}」表第 {row} 行"
                more = f"等 {len(sheet.ambiguous)} 处" if len(sheet.ambiguous) > 1 else ""
                message = (
                    f"{where}{more}：在文件中有不止一份内容，或写法不合规范，不同程序会显示不同的内容，无法确定填的是什么。"
                    "请用 Excel 或 WPS 打开下发的原文件重新填写。"
                )
                yield self.of_file(STRUCTURE_AMBIGUOUS, message)._replace(sheet=sheet.title, cell=cell)

    def misleading_formats(self, judgement: Judgement) -> Iterator[Finding]:
        """Inputs whose number format shows something else than they hold."""
        asked = {finding.key for finding in judgement.findings if finding.rule == INDICATOR_DATE_AS_NUMBER}
        for key, cell in self._opened.located.cells.items():
            slot = self._layout.slots[key]
            if slot.kind in ("input", "prefilled") and _shows_otherwise(cell, slot.field.type) and key not in asked:
                is_number = isinstance(cell.value, Decimal)
                written = decimal_text(cell.value) if isinstance(cell.value, Decimal) else str(cell.value)
                now = (
                    f"显示的与填写的不同，填的是 {written}"
                    if is_number
                    else f"显示的文字与填写的不同，填的是{quoted(written)}"
                )
                sentence = f"单元格的数字格式（或“填充”对齐）被改动，{now}。请核对，并把格式改回后重填。"
                yield self._at(STRUCTURE_NUMBER_FORMAT, self._subject(key), sentence, written)

    def changed_labels(self) -> Iterator[Finding]:
        for blank_place, label in self._opened.blank.labels.items():
            title = self._title(blank_place.sheet)
            sheet = self._opened.reading.sheets.get(title)
            if sheet is None:
                continue
            where = self._opened.located.placing.of(blank_place, title) or blank_place._replace(sheet=title)
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
        if not located.constants or self._opened.reading.is_values_only:
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
                yield self._at(rule, self._subject(key), sentence, as_printed(located.values[key]))

    def changed_prefilled(self, issued: Mapping[str, Typed]) -> Iterator[Finding]:
        located, slots = self._opened.located, self._layout.slots.items()
        # Nobody fills in a hidden cell: where the roster gave nothing, it is empty.
        hidden = {key: None for key, slot in slots if slot.kind == "helper" and slot.field.source == "roster"}
        for key, value in {**hidden, **issued}.items():
            declared = located.values.get(key)
            if key not in located.places or declared == value or key in located.failed:
                continue
            now = "空白" if declared is None else f"“{as_printed(declared)}”"
            wanted = "空白" if value is None else f"“{as_printed(value)}”"
            sentence = f"由财政部门预先填写，应为{wanted}，现为{now}。请改回，或与财政部门联系更改。"
            subject = self._subject(key)
            yield self._at(STRUCTURE_PREFILLED_CHANGED, subject, sentence, as_printed(declared), as_printed(value))


def _first_move(shift: SheetShift) -> str:
    """Where the first row or column that moved went."""
    for words, moves in (("第 {} 行移到了第 {} 行", shift.rows), ("{} 列移到了 {} 列", shift.columns)):
        for issued, now in moves.anchors:
            if issued != now:
                names = (issued, now) if moves is shift.rows else (column_letters(issued), column_letters(now))
                return f"（{words.format(*names)}）"
    return ""


def _more_rows(more: Iterable[Widened]) -> str:
    """What has more rows than were issued, as a clause."""
    named = (f"“{level.level2}”多 {level.inserted} 行（现为第 {level.first} 至 {level.last} 行）" for level in more)
    words = "、".join(named)
    return f"；{words}，多出的行已作为该级指标读取" if words else ""


def _written_in(sheet: SheetReading, rows: Iterable[int]) -> Iterator[str]:
    """All that stands in each of these rows."""
    texts: dict[int, list[str]] = {row: [] for row in rows}
    held = (at for at, cell in sheet.cells.items() if at[0] in texts and cell.value is not None)
    for at in sorted(held):
        texts[at[0]].append(str(sheet.cells[at].value))
    return map(" ".join, texts.values())


def _same(declared: Typed, computed: Value) -> bool:
    if isinstance(declared, Decimal) and isinstance(computed, int | float | Decimal):
        return abs(declared - Decimal(repr(computed))) < HALF_A_FEN
    return declared == computed
