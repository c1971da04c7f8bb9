"""What compiling gives, kept as bytes: what is out is read by what was sent out, whatever later code would compile."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from tests.centre.returning import centre_of, issued_in, lines_of
from tests.helpers import (
    PLAIN,
    Issued,
    changed,
    collection_of,
    family,
    issued,
    meta_of,
    packaged,
    parent,
    project,
    rules,
    single,
    with_meta,
)
from tests.loaded import opened
from workbook_builder.blank import blank
from workbook_builder.blank.compile import compile_blank
from workbook_builder.blank.compiled import from_bytes, to_bytes
from workbook_builder.blank.stamp import Stamp
from workbook_builder.cells import Place
from workbook_builder.collection.generate import generate
from workbook_builder.form import laying_out
from workbook_builder.form.layout import FormShape, Shape
from workbook_builder.form.meta_cell import Identity
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.judge.check import check
from workbook_builder.judge.fill import fill
from workbook_builder.judge.opening import Desk
from workbook_builder.ooxml.reader import read_workbook

CATALOGUE = packaged_catalogue()
WITH_ROWS = FormShape(rows=(("数量指标", 9),), prefilled=frozenset(("project_name", "budget_ceiling")))
CONFIRMED = FormShape(sections=frozenset(("goals", "indicators")))
SHAPES = {
    "alone": Shape(PLAIN),
    "family": Shape(WITH_ROWS, (PLAIN, WITH_ROWS)),
    "parent's part": Shape(PLAIN, (), "parent"),
    "sub-project's part": Shape(PLAIN, (WITH_ROWS,), "sub_project"),
    "return copy": Shape(PLAIN, (PLAIN,), "whole", 20),
    "rolled forward": Shape(CONFIRMED, (CONFIRMED,)),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
def test_compiled_blank__comes_back_from_its_bytes_as_it_was(shape: Shape) -> None:
    compiled = compile_blank(packaged(), shape, CATALOGUE)
    back = from_bytes(to_bytes(compiled), packaged().form, shape, CATALOGUE)
    assert back == compiled
    assert back is not None
    assert back.digest == compiled.digest == compile_blank(packaged(), shape, CATALOGUE).digest


def test_digest__tells_every_shape_and_every_catalogue_from_the_others() -> None:
    stricter = CATALOGUE.with_levels({"funds.unit_suspect": "error"})
    compiled = [compile_blank(packaged(), shape, CATALOGUE) for shape in SHAPES.values()]
    digests = {one.digest for one in (*compiled, compile_blank(packaged(), SHAPES["alone"], stricter))}
    assert len(digests) == len(SHAPES) + 1


def test_blank_of_code_that_knew_fewer_words_for_the_unit__is_stamped_without_them() -> None:
    compiled = compile_blank(packaged(), SHAPES["alone"], CATALOGUE)
    before = blank.Blank(compiled._replace(constants=("fiscal_year", "round")), CATALOGUE)
    form = packaged().form
    identity = Identity(form.form_id, form.version, 2022, "一上", "U1", "P", "", 1, (), SHAPES["alone"])
    shown = opened(before.workbook(identity, {"deadline": "2022-01-31"}, None), data_only=True)["填表说明"]["B3"].value
    assert shown in (None, "")


def test_bytes_of_another_shape_or_with_an_unknown_rule__are_not_used() -> None:
    compiled = compile_blank(packaged(), SHAPES["alone"], CATALOGUE)
    data = to_bytes(compiled)
    assert from_bytes(data, packaged().form, SHAPES["family"], CATALOGUE) is None
    fewer = CATALOGUE._replace(rules=tuple(rule for rule in CATALOGUE.rules if rule != compiled.instances[0].rule))
    assert from_bytes(data, packaged().form, SHAPES["alone"], fewer) is None


@pytest.fixture
def other_code() -> Callable[[], Any]:
    """Code of another time, that draws a row of each form twice: everything below it stands elsewhere."""
    row_map = laying_out._row_map

    @contextmanager
    def running() -> Iterator[None]:
        def longer(*arguments: Any) -> tuple[int, ...]:
            rows = row_map(*arguments)
            return (*rows[:2], *rows[1:]) if arguments[2].kind == "form" else rows

        blank._AT_HAND.clear()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(laying_out, "_row_map", longer)
            patch.setattr(blank, "compile_blank", compile_blank)  # or tests would restore what was compiled before
            yield
        blank._AT_HAND.clear()

    return running


def archived(issue: Issued) -> list[Path]:
    return sorted(issue.collection.archive.glob("空白表-*.zip"))


def test_workbook_of_other_code__is_filled_and_judged_where_its_cells_are(
    tmp_path: Path, other_code: Callable[[], Any]
) -> None:
    with other_code():
        issue = issued(tmp_path / "任务", parent("党建"))
    data = fill(issue.data, issue.path.name, family(), Desk(issue.collection))
    checked = check(data, issue.path.name, Desk(issue.collection))
    assert (checked.status, [rule for rule in rules(checked) if rule.startswith("structure")]) == ("accepted", [])
    (kept,) = archived(issue)
    kept.unlink()
    blank._AT_HAND.clear()
    assert "structure.rows_moved" in rules(check(data, issue.path.name, Desk(issue.collection)))


def test_damaged_kept_blank__is_as_good_as_none(tmp_path: Path) -> None:
    issue = issued(tmp_path / "任务", project())
    data = issue.filled(single())
    (kept,) = archived(issue)
    for content in (b"", b"PK\x03\x04", kept.read_bytes()[:-40], empty_zip(tmp_path)):
        kept.write_bytes(content)
        blank._AT_HAND.clear()
        assert check(data, issue.path.name, Desk(issue.collection)).status == "accepted"


def empty_zip(folder: Path) -> bytes:
    with zipfile.ZipFile(folder / "空.zip", "w") as members:
        members.writestr("空白表.xlsx", "")
        members.writestr("位置.json", '{"shape": 1}')
    return (folder / "空.zip").read_bytes()


def test_return_copy_of_a_workbook_of_other_code__marks_the_cells_of_todays_layout(
    tmp_path: Path, other_code: Callable[[], Any]
) -> None:
    centre = centre_of(collection_of(tmp_path / "任务", project()))
    with other_code():
        generate(centre.collection, CATALOGUE)
        issue = issued_in(centre)
    entry = single()
    data = fill(issue.data, issue.path.name, entry, Desk(issue.collection))
    opened = centre.opened(data)
    slots = opened.blank.layout.slots.values()
    key = [one.key for one in slots if one.key.endswith("].target") and opened.located.values[one.key]][-1]
    target = opened.blank.layout.slots[key].place
    centre.imports("表.xlsx", changed(data, {(target.sheet, target.address): None}))
    (returned,) = centre.returns()
    assert returned.copy is not None
    copy = centre.opened(returned.copy.read_bytes())
    now = copy.blank.layout.slots[key].place
    assert now.row == target.row - 1
    assert [line[3] for line in lines_of(returned.copy.read_bytes()) if line[1] == "错误"] == [f"D{now.row}"]
    mended = changed(returned.copy.read_bytes(), {(now.sheet, now.address): opened.located.cells[key].value})
    assert check(mended, "表.xlsx", Desk(issue.collection)).status == "accepted"


def test_workbook_that_names_another_blank__contradicts_its_record(tmp_path: Path) -> None:
    issue = issued(tmp_path / "任务", project())
    data = issue.filled(single())
    assert meta_of(data)["blank"] == archived(issue)[0].stem.removeprefix("空白表-")
    for digest in ("0" * 16, ""):
        assert rules(check(with_meta(data, blank=digest), "表.xlsx", issue.desk)) == ["structure.identity_changed"]
    none: tuple[Any, ...] = ("../../../etc/pass", "0" * 15 + "/", "0" * 17, 7, ["0" * 16], "Ａ" * 16)
    for no_digest in none:
        assert rules(check(with_meta(data, blank=no_digest), "表.xlsx", issue.desk)) == ["structure.form_unknown"]


def comments_elsewhere(package: bytes) -> bytes:
    """The same blank as older versions compiled it: its comments where openpyxl puts them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as now, zipfile.ZipFile(buffer, "w") as before:
        for name in now.namelist():
            former = re.sub("xl/comments([0-9])", r"xl/comments/comment\1", name).replace(
                "vmlDrawing", "commentsDrawing"
            )
            data = re.sub(rb'"(?:/xl|\.\.)/comments([0-9])', rb'"/xl/comments/comment\1', now.read(name))
            before.writestr(former, data.replace(b'"../drawings/vmlDrawing', b'"/xl/drawings/commentsDrawing'))
    return buffer.getvalue()


def test_comments__lie_where_excel_has_them_and_in_a_kept_blank_where_they_were() -> None:
    compiled = compile_blank(packaged(), Shape(PLAIN, (), opinion_rows=3), CATALOGUE)
    notes = {Place(laid.title, 5, 2): f"请核对{laid.title}" for laid in compiled.layout.returnable_sheets}
    assert len(notes) > 1
    for package, folder in ((compiled.package, "xl"), (comments_elsewhere(compiled.package), "xl/comments")):
        data = Stamp(package, ()).workbook({}, {}, {}, notes)
        parts = {PurePosixPath(name) for name in zipfile.ZipFile(io.BytesIO(data)).namelist()}
        assert {str(part.parent) for part in parts if part.name.startswith("comment") and part.suffix == ".xml"} == {
            folder
        }
        assert {(note.sheet, note.text) for note in read_workbook(data, "表.xlsx").notes} == {
            (place.sheet, text) for place, text in notes.items()
        }


def test_kept_blank_that_is_not_what_it_is_called__is_not_believed(tmp_path: Path) -> None:
    issue = issued(tmp_path / "任务", project())
    data = issue.filled({**single(), "indicators": []})
    (kept,) = archived(issue)
    told = rules(check(data, issue.path.name, Desk(issue.collection)))
    assert [rule for rule in told if not rule.startswith("structure")]
    compiled = Desk(issue.collection).open(data, issue.path.name).blank.compiled  # type: ignore[union-attr]
    kept.write_bytes(to_bytes(compiled._replace(instances=())))
    blank._AT_HAND.clear()
    assert rules(check(data, issue.path.name, Desk(issue.collection))) == told
