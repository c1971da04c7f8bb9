"""What is fuzzed: for each reader of foreign bytes a function that takes bytes and raises only what is a defect."""

import json
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from tests.centre_of_departments import centre_of, new_centre
from tests.collection.rosters import EXAMPLE, OFFERED
from tests.fuzz.mutating import Alteration, altered_json, altered_package, altered_xml, packed, unpacked
from tests.helpers import family, issued, parent, project, single
from tests.passing_on import bureau, new_street, parts_of
from workbook_builder.blank.template_check import check_template
from workbook_builder.centre.publish.word_reading import lines_in
from workbook_builder.centre.publish.word_template import load_word_template
from workbook_builder.centre.report.approval_columns import approved_fields
from workbook_builder.centre.report.approval_intake import known_projects
from workbook_builder.centre.report.approval_reading import read_approvals
from workbook_builder.centre.report.review_intake import Intake
from workbook_builder.centre.report.review_reading import read_reviews
from workbook_builder.collection.roster_reading import read_roster
from workbook_builder.collection.roster_writing import new_roster
from workbook_builder.errors import ContentError, UnreadableError
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.form.template_reading import load_template, read_template
from workbook_builder.intake.arrivals import Parcel, Source
from workbook_builder.intake.manifest import MANIFEST, BrokenManifestError, _hash, read_manifest
from workbook_builder.intake.package_in import opened_package
from workbook_builder.judge.check import _checked, _sayable
from workbook_builder.judge.fill import fill, read_entry
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.standing import Standing
from workbook_builder.ooxml.foreign.reading import read_any
from workbook_builder.resources import packaged_publish_template, packaged_template

FILE = "a.xlsx"
NO_DIGEST = "0" * 64
COMPILED = 20  # one template of so many: it takes as long as reading ten


class Target(NamedTuple):
    """One reader under test."""

    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    altered: Alteration


def reading(folder: Path) -> Target:
    """Whole workbooks: any of their parts, the archive itself."""
    form = issued(folder / "任务", project())

    def run(data: bytes) -> None:
        with suppress(UnreadableError):
            read_any(data, FILE)

    return Target(run, tuple(map(_stored, (form.filled(single()), packaged_template()))), altered_package)


def checking(folder: Path) -> Target:
    """A filled-in workbook of which one part is another: located, judged, compared, said in JSON."""
    form = issued(folder / "任务", project())

    def run(data: bytes) -> None:
        # Not by `check`, which makes a finding of our own defects.
        checked = _sayable(_checked(data, FILE, NO_DIGEST, form.desk))
        json.dumps(checked.to_json(), ensure_ascii=False, default=str).encode()

    return _of_parts(form.filled(single()), run)


def rosters(_folder: Path) -> Target:
    """名册.xlsx of which one part is another."""

    def run(data: bytes) -> None:
        with suppress(UnreadableError):
            read_roster(data, FILE, OFFERED)

    return _of_parts(new_roster(2022, OFFERED, EXAMPLE), run)


def templates(_folder: Path) -> Target:
    """A template of which one part is another; some of those without a mistake are compiled, too."""

    def run(data: bytes) -> None:
        with suppress(UnreadableError):
            look = check_template if zlib.crc32(data) % COMPILED == 0 else read_template
            look(data, FILE, packaged_catalogue())

    return _of_parts(packaged_template(), run)


def reviews(folder: Path) -> Target:
    """汇总.xlsx of which one part is another."""
    new_centre(folder / "任务")
    with centre_of(folder / "任务") as centre:
        centre.reports()
        known = Intake(centre.collection, centre.ledger).known()
        data = centre.collection.report.read_bytes()

    def run(data: bytes) -> None:
        with suppress(UnreadableError):
            read_reviews(data, FILE, known)

    return _of_parts(data, run)


def approvals(folder: Path) -> Target:
    """The same, for what was approved."""
    new_centre(folder / "任务")
    with centre_of(folder / "任务") as centre:
        centre.reports()
        standing = Standing(centre.collection, Desk(centre.collection), centre.ledger)
        known, fields = known_projects(standing), approved_fields(standing.form)
        data = centre.collection.report.read_bytes()

    def run(data: bytes) -> None:
        with suppress(UnreadableError):
            read_approvals(data, FILE, fields, lambda: known)

    return _of_parts(data, run)


def manifests(folder: Path) -> Target:
    """清单.json as it stands, and with its hash made anew in a package that is otherwise whole."""
    sender, receiver = new_street(folder / "街道"), bureau(folder / "部门")
    parts = parts_of(sender.packs())

    def run(data: bytes) -> None:
        for manifest in (data, _rehashed(data)):
            with suppress(BrokenManifestError):
                read_manifest(manifest)
                opened_package(_parcel({**parts, MANIFEST: manifest}), receiver.collection, receiver.ledger)

    return Target(run, (parts[MANIFEST],), altered_json)


def fillings(folder: Path) -> Target:
    """The JSON that fills a workbook in; whatever is written can be read again."""
    form = issued(folder / "任务", parent("书记工作室"))

    def run(data: bytes) -> None:
        with suppress(UnreadableError, ContentError):
            filled = fill(form.data, FILE, read_entry(data, FILE), form.desk)
            assert _checked(filled, FILE, NO_DIGEST, form.desk).status != "unreadable"

    entries: tuple[dict[str, Any], ...] = (family(), {"indicators": family()["indicators"][:1]}, {})
    return Target(run, tuple(json.dumps(entry, ensure_ascii=False).encode() for entry in entries), altered_json)


def documents(_folder: Path) -> Target:
    """公开模板.docx of which one part is another: read as a template, and line by line as a published document."""
    form = load_template(packaged_template(), FILE, packaged_catalogue()).form

    def run(data: bytes) -> None:
        with suppress(UnreadableError, ContentError):
            lines_in(data, FILE)
            load_word_template(data, FILE, form)

    return _of_parts(packaged_publish_template(), run)


TARGETS: dict[str, Callable[[Path], Target]] = {
    "reading": reading,
    "checking": checking,
    "rosters": rosters,
    "templates": templates,
    "reviews": reviews,
    "approvals": approvals,
    "manifests": manifests,
    "fillings": fillings,
    "documents": documents,
}


def _stored(data: bytes) -> bytes:
    return packed(unpacked(data))


def _of_parts(data: bytes, run: Callable[[bytes], None]) -> Target:
    """Inputs are a part's name, a line break and what the part holds instead; the others are as they were."""
    parts = unpacked(data)

    def run_with(given: bytes) -> None:
        name, _, content = given.partition(b"\n")
        run(packed({**parts, name.decode(errors="replace")[:200]: content}))

    def altered(given: bytes, random: Random) -> bytes:
        name, _, content = given.partition(b"\n")
        return name + b"\n" + altered_xml(content, random)

    return Target(run_with, tuple(name.encode() + b"\n" + part for name, part in parts.items()), altered)


def _rehashed(data: bytes) -> bytes:
    """What cannot be hashed stays as it is."""
    try:
        entry = json.loads(data)
        entry.pop("sha256", None)
        return json.dumps({**entry, "sha256": _hash(entry)}).encode()
    except (ValueError, TypeError, AttributeError, RecursionError):
        return data


def _parcel(parts: Mapping[str, bytes]) -> Parcel:
    return Parcel(FILE, tuple(Source(f"{FILE}/{name}", partial(bytes, data), None) for name, data in parts.items()))
