"""What compiling gives, and the same as bytes: what is out is read by what was sent out, whatever later code compiles.

The bytes are a zip of two members: the package, and as JSON where the keys stand and which rules the hidden cells
compute. Form and rules are archived with the issue.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from workbook_builder.blank.bind import Instance
from workbook_builder.blank.page_breaks import PageFit
from workbook_builder.cells import Place
from workbook_builder.form.layout import LaidSheet, Layout, Shape, Slot
from workbook_builder.form.meta_cell import shape_text
from workbook_builder.form.model import Field, Form, FormSheet, Marker, TableRow
from workbook_builder.form.rules import Catalogue
from workbook_builder.ooxml.fixed_time import ZIP_DATE

PACKAGE, PLACES = "空白表.xlsx", "位置.json"
DIGEST_LENGTH = 16  # hex digits


class Metrics(NamedTuple):
    """What decides how high the row of a text must be."""

    width_units: float
    font_points: float
    row_points: float
    rows: int  # over which the cell is merged


class Compiled(NamedTuple):
    """One form compiled for one shape: all that a blank needs besides the form and the rules."""

    layout: Layout
    instances: tuple[Instance, ...]  # the rules that it computes
    reads: Mapping[str, frozenset[str]]  # of each computed key outside tables, the keys that its formula reads
    package: bytes  # without cached values
    metrics: Mapping[Place, Metrics]  # of every cell that takes text, and of what shows texts of other sheets
    spare: tuple[Place, ...]  # the cells that say whether their row is spare (spare_rows)
    pages: Mapping[str, PageFit]  # by sheet (placeholder title), of those whose pages we end
    constants: tuple[str, ...]  # the keys that stand in cells of sheet 选项: later code may know more

    @property
    def digest(self) -> str:
        """Alike wherever the same is compiled: of the contents, since no two programs compress alike."""
        return _digest(_places(self), self.package)


def to_bytes(compiled: Compiled) -> bytes:
    """As a collection keeps it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as members:
        members.writestr(zipfile.ZipInfo(PACKAGE, ZIP_DATE), compiled.package)
        members.writestr(zipfile.ZipInfo(PLACES, ZIP_DATE), _places(compiled), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def from_bytes(data: bytes, form: Form, shape: Shape, catalogue: Catalogue, digest: str = "") -> Compiled | None:
    """What was kept; None where it is of another shape or names a rule that the catalogue does not know.

    digest: that the contents must have; "" where it does not matter. Raises what Python raises for bytes that no version
    of us has written.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as members:
        package, places = members.read(PACKAGE), members.read(PLACES)
    if digest and _digest(places, package) != digest:
        return None
    kept = json.loads(places)
    rules = {rule.id: rule for rule in catalogue.rules}
    if kept["shape"] != shape_text(shape) or not rules.keys() >= set(kept["rules"]):
        return None
    layout = _layout(kept, form, shape)
    instances = (
        Instance(
            code, rules[kept["rules"][rule]], layout.slots[key], fails_when, expected, message, value, frozenset(keys)
        )
        for code, rule, key, fails_when, expected, message, value, keys in kept["instances"]
    )
    metrics = {Place(*place): Metrics(*numbers) for place, numbers in kept["metrics"]}
    reads = {key: frozenset(keys) for key, keys in kept["reads"].items()}
    spare = tuple(Place(*place) for place in kept["spare"])
    pages = {title: _page_fit(*entry) for title, entry in kept["pages"].items()}
    return Compiled(layout, tuple(instances), reads, package, metrics, spare, pages, tuple(kept["constants"]))


def _digest(places: bytes, package: bytes) -> str:
    hashed = hashlib.sha256(places)
    with zipfile.ZipFile(io.BytesIO(package)) as parts:
        for name in parts.namelist():
            hashed.update(name.encode() + b"\0" + parts.read(name))
    return hashed.hexdigest()[:DIGEST_LENGTH]


def _places(compiled: Compiled) -> bytes:
    """All but the package; what many share stands once and is referred to by its number."""
    layout = compiled.layout
    sources = _numbered(sheet.source for sheet in layout.sheets)
    fields = _numbered(slot.field for slot in layout.slots.values())
    rules = _numbered(instance.rule.id for instance in compiled.instances)
    content = {
        "shape": shape_text(layout.shape),
        "sources": list(sources),
        "fields": list(fields),
        "rules": list(rules),
        "sheets": [sheet._replace(source=sources[sheet.source]) for sheet in layout.sheets],  # type: ignore[arg-type]
        "slots": [slot._replace(field=fields[slot.field]) for slot in layout.slots.values()],  # type: ignore[arg-type]
        "instances": [
            (one.code, rules[one.rule.id], one.slot.key, *one[3:-1], sorted(one.keys)) for one in compiled.instances
        ],
        "reads": {key: sorted(keys) for key, keys in compiled.reads.items()},
        "metrics": list(compiled.metrics.items()),
        "spare": compiled.spare,
        "pages": compiled.pages,
        "constants": compiled.constants,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _numbered(things: Iterable[Any]) -> dict[Any, int]:
    return {thing: number for number, thing in enumerate(dict.fromkeys(things))}


def _layout(kept: Mapping[str, Any], form: Form, shape: Shape) -> Layout:
    sources, fields = list(map(_source, kept["sources"])), [Field(*field) for field in kept["fields"]]
    sheets = tuple(
        LaidSheet(title, sources[source], sub_project, tuple(rows), *more)
        for title, source, sub_project, rows, *more in kept["sheets"]
    )
    slots = {slot.key: slot for slot in _slots(kept["slots"], fields)}
    parts: dict[int | None, list[Slot]] = {number: [] for number in (None, *range(len(shape.sub_projects)))}
    for slot in slots.values():
        parts[slot.sub_project].append(slot)
    return Layout(form.with_confirmations(shape.sections), shape, sheets, slots, parts)


def _source(entry: list[Any]) -> FormSheet:
    title, kind, markers, table, *size = entry
    return FormSheet(title, kind, tuple(Marker(*one) for one in markers), tuple(TableRow(*one) for one in table), *size)


def _page_fit(heights: list[float], page: float, head: float, percent: int, starts: list[int]) -> PageFit:
    return PageFit(tuple(heights), page, head, percent, tuple(starts))


def _slots(entries: Iterable[list[Any]], fields: list[Field]) -> Iterator[Slot]:
    for key, field, sub_project, place, *more in entries:
        yield Slot(key, fields[field], sub_project, Place(*place), *more)
