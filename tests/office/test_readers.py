"""Libraries by which others read workbooks load every kind that we write, and find in it what stands there."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from ironcalc import WorkbookError

from tests.office.kinds import Kind, kinds
from tests.office.readers import IN_NODE, IN_PYTHON, Cells, by_node, by_ours

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kinds")


@pytest.fixture(scope="module")
def written(folder: Path) -> dict[str, Kind]:
    return kinds(folder)


@pytest.fixture(scope="module")
def in_node(written: Mapping[str, Kind]) -> Mapping[str, Sequence[Cells]]:
    return by_node([kind.path for kind in written.values()])


def ironcalc_cannot_load(cells: Cells) -> bool:
    """A sheet with formulas whose title holds ! : ironcalc 0.9.1 takes what follows for the address of a cell."""
    return any("!" in title for title in cells)


def assert_finds_all(found: Cells, kind: Kind) -> None:
    """The sheets, the known value, and each text: dates and numbers are given in as many ways as there are libraries."""
    ours = by_ours(kind.path)
    assert list(found) == list(ours)
    assert found[kind.sheet][kind.cell] == kind.value
    assert {title: texts(cells) for title, cells in found.items()} == {
        title: texts(cells) for title, cells in ours.items()
    }


def texts(cells: Mapping[str, object]) -> dict[str, str]:
    return {address: value for address, value in cells.items() if isinstance(value, str)}


@pytest.mark.parametrize("library", IN_PYTHON)
def test_every_kind_of_workbook__is_loaded_in_python(written: Mapping[str, Kind], library: str) -> None:
    for kind in written.values():
        if library == "ironcalc" and ironcalc_cannot_load(by_ours(kind.path)):
            with pytest.raises(WorkbookError, match="invalid digit"):
                IN_PYTHON[library](kind.path)
        else:
            assert_finds_all(IN_PYTHON[library](kind.path), kind)


@pytest.mark.parametrize("library", IN_NODE)
def test_every_kind_of_workbook__is_loaded_in_node(
    written: Mapping[str, Kind], in_node: Mapping[str, Sequence[Cells]], library: str
) -> None:
    for kind, found in zip(written.values(), in_node[library], strict=True):
        assert_finds_all(found, kind)


def test_kinds__are_all_that_a_round_leaves_behind(written: Mapping[str, Kind], folder: Path) -> None:
    """By folder and last word, for there are several of a kind."""
    left = {_kind_of(path, folder) for path in folder.rglob("*.xlsx") if "档案" not in path.parts}
    assert left == {_kind_of(kind.path, folder) for kind in written.values()}


def _kind_of(path: Path, folder: Path) -> str:
    """The folder of a collection that it lies in; its name where it lies in none."""
    _, *between, name = path.relative_to(folder).parts
    return between[0] if between and not name.endswith("清单.xlsx") else name
