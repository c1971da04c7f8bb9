"""What a lower level decided travels with its package: shown above as its word, and for no verdict of ours."""

import datetime
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import project
from tests.intake.test_package_in import edited
from tests.loaded import opened
from tests.passing_on import Level, bureau, parts_of, zipped
from tests.recorded import FORM, YEAR
from workbook_builder.centre.report.write import write_report
from workbook_builder.collection.folder import Collection
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.reviews import LowerReview, Review

pytestmark = pytest.mark.slow


@pytest.fixture
def below(street: Level, tmp_path: Path) -> Iterator[Level]:
    """A sub-district that has let P1 pass, P2 but for a change, and not spoken of P3."""
    copy = shutil.copytree(street.collection.folder, tmp_path / "街道")
    place = Level(Collection(copy), Ledger(sqlite_url(copy / "档案" / "台账.db")))
    says(place, "P1", "通过", "目标明确。", "王五")
    says(place, "P2", "修改后通过", "请细化。", "王五")
    yield place
    place.ledger.close()


def says(place: Level, code: str, verdict: str, opinion: str, reviewer: str) -> None:
    digest = next(one.sha256 for one in place.ledger.current(FORM, YEAR) if one.project_code == code)
    place.ledger.keep_reviews(FORM, YEAR, [Review(code, digest, verdict, opinion, reviewer)])


def known(place: Level) -> dict[str, tuple[LowerReview, ...]]:
    """By project, what the ledger has of lower levels."""
    codes = {one.sha256: one.project_code for one in place.ledger.submissions(FORM, YEAR)}
    return {codes[sha256]: said for sha256, said in place.ledger.lower_reviews(FORM, YEAR).items()}


def test_review_of_a_lower_level__is_shown_as_its_word_at_every_level_and_reviews_nothing(
    below: Level, department: Level, tmp_path: Path
) -> None:
    done = department.imports(below.packs(tmp_path / "一.zip").path)
    assert done.packages[0].reviewed == 2
    street = LowerReview("街道", "通过", "目标明确。", "王五", "")
    assert known(department) == {"P1": (street,), "P2": (LowerReview("街道", "修改后通过", "请细化。", "王五", ""),)}
    assert department.ledger.reviews(FORM, YEAR) == {}
    write_report(department.collection, department.ledger)
    page = opened(department.collection.report.read_bytes())["审核"]
    rows = list(page.iter_rows(min_row=3, values_only=True))
    shown = {line["项目编码"]: line for line in (dict(zip(rows[0], row, strict=True)) for row in rows[1:])}
    assert (shown["P1"]["下级审核"], shown["P1"]["结论"]) == ("街道：通过（王五）：目标明确。", None)
    assert shown["P2"]["申报状态"] == "可以接收"  # what the street waits for is not what the department waits for
    says(department, "P1", "通过", "同意。", "赵六")
    onward = department.packs(tmp_path / "二.zip")
    assert onward.unreviewed == ("P2", "P3")
    top = bureau(tmp_path / "局", project("Z", "局本级", unit_code="B1"))
    top.imports(onward.path)
    assert [one.words for one in known(top)["P1"]] == [
        "街道：通过（王五）：目标明确。",
        f"{department.collection.folder.name}：通过（赵六）：同意。",
    ]
    top.ledger.close()


def test_package_of_later__says_what_holds_and_an_older_one_takes_it_not_back(
    below: Level, department: Level, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = below.packs(tmp_path / "一.zip")
    monkeypatch.setattr("workbook_builder.centre.package_out.now", lambda: datetime.datetime(2031, 1, 1))
    says(below, "P1", "通过", "又看了一遍。", "王五")
    new = below.packs(tmp_path / "二.zip")
    for packed in (old, new, old):
        department.imports(packed.path)
    assert [one.opinion for one in known(department)["P1"]] == ["又看了一遍。"]


def without_reviews(content: dict[str, Any]) -> None:
    for entry in content["workbooks"]:
        del entry["reviews"]


def forged_review(content: dict[str, Any]) -> None:
    content["workbooks"][0]["reviews"][0]["verdict"] = "退回"


@pytest.mark.parametrize(
    ("change", "rehashed", "taken"), [(without_reviews, True, True), (forged_review, False, False)]
)
def test_manifest_without_reviews__is_of_an_older_program_and_one_with_other_ones_is_refused(
    below: Level,
    department: Level,
    tmp_path: Path,
    change: Callable[[dict[str, Any]], None],
    rehashed: bool,
    taken: bool,
) -> None:
    parts = parts_of(below.packs(tmp_path / "一.zip"))
    edited(parts, change, rehashed=rehashed)
    path = tmp_path / "改.zip"
    path.write_bytes(zipped(parts))
    done = department.imports(path)
    assert (department.recorded == ["P1", "P2", "P3"]) == taken
    assert known(department) == {}
    assert bool(done.packages) == taken


def test_packages_of_two_districts_with_folders_of_one_name__have_two_names(below: Level) -> None:
    first = below.packs()
    says(below, "P3", "通过", "好。", "王五")
    second = below.packs()
    assert first.path != second.path
    codes = [packed.manifest.code.replace("-", "")[:8] for packed in (first, second)]
    assert [packed.path.name for packed in (first, second)] == [f"街道_一上_{code}_报送包.zip" for code in codes]
    assert all(below.collection.made(packed.path) for packed in (first, second))
