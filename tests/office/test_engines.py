"""formualizer judges; ironcalc and HyperFormula, written by others, compute every formula cell as it does."""

import pytest

from tests.office.differences import CI_COUNT, CLASSES, ENGINES, FOLLOWS, Witnesses

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def witnesses(tmp_path_factory: pytest.TempPathFactory) -> Witnesses:
    return Witnesses(tmp_path_factory.mktemp("engines"), CI_COUNT)


@pytest.mark.parametrize("engine", ENGINES)
def test_every_formula_cell_of_random_fillings__is_in_another_engine_the_same_or_differs_as_explained(
    witnesses: Witnesses, engine: str
) -> None:
    explained = witnesses.explained(engine)
    assert len(explained) >= 100
    assert {
        str(filling): one.unexplained
        for filling, one in zip(witnesses.fillings, explained, strict=True)
        if one.unexplained
    } == {}
    met = {name for one in explained for name in one.by_class}
    assert met - {FOLLOWS} == {known.name for known in CLASSES if known.engine == engine}


def test_difference_of_no_class__is_left_unexplained(witnesses: Witnesses) -> None:
    """An error, a code more, a sentence one fen off: none of it is what an engine is known for."""
    ours = next(values for values in witnesses.ours if ".00 元" in str(values["申报表!I6"]))
    changes = {
        "申报表!C6": "#VALUE!",
        "申报表!J15": f"{ours['申报表!J15']}E029",
        "申报表!I6": str(ours["申报表!I6"]).replace(".00 元", ".01 元"),
    }
    for engine in ENGINES:
        for address, theirs in changes.items():
            explained = witnesses.explain(engine, {}, ours, {**ours, address: theirs})
            assert explained.unexplained == {address: (ours[address], theirs)}
            assert explained.by_class == {}
