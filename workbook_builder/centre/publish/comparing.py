"""A published document beside what the ledger says now: what differs, by project, table and label."""

import difflib
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from itertools import takewhile
from typing import Any, Literal, NamedTuple

from workbook_builder.centre.publish.choosing import Publication
from workbook_builder.centre.publish.word_document import Writer
from workbook_builder.centre.publish.word_reading import Line, lines_in
from workbook_builder.centre.publish.word_xml import clean
from workbook_builder.form.model import INDICATORS, MONEY_LINES, Form

ENOUGH = 0.5  # of a project's lines, by which a document is known to hold it
ALIKE = 0.5  # of two texts, by which one is taken for the other, changed
Kind = Literal["amount", "indicator", "name", "section", "other"]
KIND_WORDS = {"amount": "金额", "indicator": "指标", "name": "名称", "section": "情况说明", "other": "其他内容"}
NAMES = ("project_name", "implementing_unit", "department")
LONG, AROUND = 60, 15  # letters
PAGE = "\t"  # before the number of a page in the table of contents


class Difference(NamedTuple):
    """Something that a document says otherwise."""

    kind: Kind
    project_name: str
    place: str  # in Chinese: which form or section, which label
    expected: str | None  # by the ledger; None where the document says more
    found: str | None  # in the document; None where it says nothing
    key: str | None

    @property
    def message(self) -> str:
        """The whole sentence."""
        where = f"「{self.project_name}」{self.place}" if self.project_name else self.place
        if self.found is None:
            return f"{where}：按台账应有“{self.expected}”，文件中没有。请补上，或重新生成。"
        if self.expected is None:
            return f"{where}：文件中多出“{self.found}”，台账中没有。请核对，或重新生成。"
        wanted, is_there = _around(self.expected, self.found)
        return f"{where}：按台账应为“{wanted}”，文件中是“{is_there}”。请改正文件，或重新生成。"


def _shared(one: str, other: str) -> int:
    """How many letters two texts begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _around(one: str, other: str) -> tuple[str, str]:
    """What differs in two texts, with a few letters around it where they are long."""
    if max(len(one), len(other)) <= LONG:
        return one, other
    first = _shared(one, other)
    last = _shared(one[first:][::-1], other[first:][::-1])

    def cut(text: str) -> str:
        start, end = max(0, first - AROUND), min(len(text), len(text) - last + AROUND)
        return f"{'…' * bool(start)}{text[start:end]}{'…' * (end < len(text))}"

    return cut(one), cut(other)


class Compared(NamedTuple):
    """A document beside the ledger."""

    projects: tuple[str, ...]  # names of those that it holds
    differences: tuple[Difference, ...]


class _Expected(NamedTuple):
    """A line as it should be, and where it is."""

    line: Line
    project_name: str
    place: str
    keys: tuple[str | None, ...]  # of its cells
    labels: tuple[str, ...]


def compare(data: bytes, file: str, writer: Writer, published: Sequence[Publication]) -> Compared:
    """Compares a document, or a volume, with what would be published now. Raises UnreadableError."""
    found = [_plain(line) for line in lines_in(data, file)]
    held = list(_held(found, writer, published))
    if not held:
        return Compared((), ())
    names, form = tuple(one.project_name for one in held), writer.printer.form
    told = tuple(_differences(_expected(writer, held, is_volume=True), found, form))
    if len(held) == 1:  # a document, or the volume of one
        alone = tuple(_differences(_expected(writer, held, is_volume=False), found, form))
        told = min(alone, told, key=len)
    return Compared(names, told)


def _plain(line: Line) -> Line:
    """Without what programs add when they lay out: numbers of pages, double spaces."""
    return Line(
        tuple("\n".join(" ".join(part.split()) for part in _unpaged(cell).split("\n")) for cell in line.cells),
        line.is_row,
    )


def _unpaged(text: str) -> str:
    head, tab, tail = text.rpartition(PAGE)
    return head if tab and (not tail.strip() or tail.strip().isdecimal()) else text


def _held(found: Sequence[Line], writer: Writer, published: Sequence[Publication]) -> Iterator[Publication]:
    """The projects that a document holds: the likeliest first, then those that the rest of its lines tells of."""
    rest, held = Counter(found), set[int]()
    candidates = [Counter(_plain(line) for line in _lines_of(writer, one)) for one in published]

    def told(number: int) -> tuple[float, int]:
        """The largest share comes first, the first of equals."""
        lines = candidates[number]
        return -(lines & rest).total() / max(1, lines.total()), number

    waiting = sorted(map(told, range(len(candidates))))
    while waiting:
        # As the rest becomes less no share becomes larger: what is still the first when it is told anew is the likeliest.
        first = told(heappop(waiting)[1])
        if waiting and first > waiting[0]:
            heappush(waiting, first)
        elif -first[0] < ENOUGH:
            break
        else:
            held.add(first[1])
            rest.subtract(candidates[first[1]])
    yield from (one for number, one in enumerate(published) if number in held)


def _lines_of(writer: Writer, one: Publication) -> list[Line]:
    return lines_in(writer.document(one), one.project_name)


def _expected(writer: Writer, held: Sequence[Publication], *, is_volume: bool) -> list[_Expected]:
    data = writer.volume(held) if is_volume else writer.document(held[0])
    return list(_placed(lines_in(data, held[0].project_name), writer, held))


def _placed(lines: Sequence[Line], writer: Writer, held: Sequence[Publication]) -> Iterator[_Expected]:
    """Lines with where they are: the rows of tables are those of the forms, in their order."""
    rows = deque(_rows(writer, held))
    project, section = held[0].project_name if len(held) == 1 else "", ""
    for line in map(_plain, lines):
        if not line.is_row or not rows or line.cells != rows[0].texts:  # else a table that was pasted into a text
            section = line.cells[0] if line.cells[0] in writer.template.fixed else section
            yield _Expected(line, project, section, (None,) * len(line.cells), ("",) * len(line.cells))
            continue
        row = rows.popleft()
        project = row.project_name
        yield _Expected(
            line, project, f"“{row.name}”的表", row.keys, ("", *(text.replace("\n", "") for text in row.texts[:-1]))
        )


class _Row(NamedTuple):
    """A row of a form with something in it."""

    project_name: str
    name: str  # of the root project or sub-project that declares it
    texts: tuple[str, ...]
    keys: tuple[str | None, ...]


def _rows(writer: Writer, held: Sequence[Publication]) -> Iterator[_Row]:
    """The rows of all forms, in their order."""
    for one in held:
        for name, form in writer.forms(one):
            for row in (row for table in form.tables for row in table.rows):
                shown = [cell for cell in row.cells if not cell.is_continued]
                texts = _plain(Line(tuple(clean(cell.text).strip() for cell in shown), True)).cells
                if any(texts):
                    yield _Row(one.project_name, name, texts, tuple(cell.key for cell in shown))


def _differences(expected: Sequence[_Expected], found: Sequence[Line], form: Form) -> Iterator[Difference]:
    for start, end, first, last in _unlike([one.line for one in expected], found):
        near = expected[min(start, len(expected) - 1)]
        yield from _of_block(expected[start:end], found[first:last], near, form)


def _unlike(expected: Sequence[Line], found: Sequence[Line]) -> Iterator[tuple[int, int, int, int]]:
    """Where they differ: from which line to which of the one and of the other.

    Lines that stand once in either hold the rest apart, or each line that all projects share would be held against all
    its likes.
    """
    start = first = 0
    for end, last in (*_anchors(expected, found), (len(expected), len(found))):
        matcher = difflib.SequenceMatcher(None, expected[start:end], found[first:last], autojunk=False)
        for tag, one, other, here, there in matcher.get_opcodes():
            if tag != "equal":
                yield start + one, start + other, first + here, first + there
        start, first = end + 1, last + 1


def _anchors(expected: Sequence[Line], found: Sequence[Line]) -> list[tuple[int, int]]:
    """The places of lines that stand once in either, as many as are in the same order in both."""
    times, places = Counter(expected), _places_of_single(found)
    pairs = [(n, places[line]) for n, line in enumerate(expected) if times[line] == 1 and line in places]
    ends: list[int] = []  # the least place in which so many in order can end, and the pair that does
    last: list[int] = []
    before: list[int | None] = []
    for number, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        before.append(last[length - 1] if length else None)
        ends[length : length + 1], last[length : length + 1] = [place], [number]
    chosen: list[tuple[int, int]] = []
    at = last[-1] if last else None
    while at is not None:
        chosen.append(pairs[at])
        at = before[at]
    return chosen[::-1]


def _places_of_single(lines: Sequence[Line]) -> dict[Line, int]:
    times = Counter(lines)
    return {line: number for number, line in enumerate(lines) if times[line] == 1}


def _of_block(
    expected: Sequence[_Expected], found: Sequence[Line], near: _Expected, form: Form
) -> Iterator[Difference]:
    rest = list(found)
    for one in expected:
        place = next((number for number, line in enumerate(rest) if _is_alike(one.line, line)), None)
        if place is None:
            yield _difference(one, 0, " ".join(one.line.cells), None, form)
            continue
        yield from (_more(line, near) for line in rest[:place])
        yield from _of_cells(one, rest[place], form)
        del rest[: place + 1]
    yield from (_more(line, near) for line in rest)


def _is_alike(one: Line, other: Line) -> bool:
    if one.is_row != other.is_row:
        return False
    if one.is_row:
        same = sum(a == b for a, b in zip(one.cells, other.cells, strict=False))
        return len(one.cells) == len(other.cells) and (2 * same >= len(one.cells) or one.cells[0] == other.cells[0])
    return difflib.SequenceMatcher(None, one.cells[0], other.cells[0], autojunk=False).ratio() >= ALIKE


def _of_cells(one: _Expected, line: Line, form: Form) -> Iterator[Difference]:
    for number, (wanted, is_there) in enumerate(zip(one.line.cells, line.cells, strict=True)):
        if wanted != is_there:
            yield _difference(one, number, wanted or None, is_there or None, form)


def _difference(one: _Expected, number: int, wanted: str | None, is_there: str | None, form: Form) -> Difference:
    key = one.keys[number] if number < len(one.keys) else None
    field = form.fields.get(key or "")
    label = one.labels[number] if field is None or field.is_column else field.label
    place = f"{one.place}（{label}）" if label else one.place
    return Difference(_kind(key, is_row=one.line.is_row), one.project_name, place, wanted, is_there, key)


def _kind(key: str | None, *, is_row: bool) -> Kind:
    if not is_row:
        return "section"
    if key in MONEY_LINES:
        return "amount"
    if key in NAMES:
        return "name"
    return "indicator" if key and key.startswith(INDICATORS) else "other"


def _more(line: Line, near: _Expected) -> Difference:
    kind: Kind = "other" if line.is_row else "section"
    return Difference(kind, near.project_name, near.place, None, " ".join(line.cells), None)


def to_json(difference: Difference) -> dict[str, Any]:
    """One item of `publish --check --json`."""
    return {**difference._asdict(), "message": difference.message}
