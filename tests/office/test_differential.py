"""One rule, one formula: LibreOffice and formualizer give the same for every formula cell of random fillings, and what
the workbook calls 可以上报 the centre accepts. `make differential` runs more of them: docs/differential.md.
"""

from pathlib import Path

import pytest

from tests.office.differential import CI_FILLINGS, CI_STEP, Filling, Office, fillings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=CI_FILLINGS, ids=lambda subs: f"{subs} sub-projects")
def done(request: pytest.FixtureRequest, office: Office, tmp_path_factory: pytest.TempPathFactory) -> list[Filling]:
    folder: Path = tmp_path_factory.mktemp("differential")
    return fillings(folder, request.param, CI_FILLINGS[request.param], office, CI_STEP)


def test_every_formula_cell__is_in_libreoffice_what_formualizer_computes(done: list[Filling]) -> None:
    assert {str(filling.changes): filling.different for filling in done if filling.different} == {}
    assert min(filling.compared for filling in done) > 100


def test_workbook_that_says_it_may_be_reported__is_accepted_by_the_centre(done: list[Filling]) -> None:
    assert {str(filling.changes): filling.errors for filling in done if filling.is_laxer} == {}


def test_fillings__are_passed_and_refused_often_enough_to_tell(done: list[Filling]) -> None:
    passed = sum(filling.is_passed for filling in done)
    assert passed < len(done)
    assert passed > 0 or len(done) < 20  # a few fillings of a large family may all be wrong
    assert sum(bool(filling.errors) for filling in done) > len(done) / 4
