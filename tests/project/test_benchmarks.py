"""The benchmark runs through, at its least sizes, and writes its document; how long anything takes is not asked here."""

import json
import re
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.chapters import Chapter, Table, keep
from benchmarks.document import write_document
from benchmarks.goals import GOALS, goals_table
from benchmarks.growth import chapter, ratios
from benchmarks.ledger_trial import measured as tried
from tests.office.postgres import programs

LEAST = ("--subs", "0", "--files", "2", "--files-subs", "0", "--rows", "100", "--runs", "1")


@pytest.mark.slow
def test_benchmark_of_the_least_sizes__writes_every_chapter_and_keeps_its_figures(tmp_path: Path) -> None:
    kept, document = tmp_path / "measured.json", tmp_path / "benchmarks.md"
    main([*LEAST, "--measured", str(kept), "--output", str(document)])
    chapters = json.loads(kept.read_text(encoding="utf-8"))
    assert chapters.keys() == {"out", "back", "files", "report"}
    assert all(figure > 0 for chapter in chapters.values() for figure in chapter["figures"].values())
    written = document.read_text(encoding="utf-8")
    missing = [chapter["title"] for chapter in chapters.values() if f"\n## {chapter['title']}\n" not in written]
    assert missing == []
    assert re.search(r"^\| stamped, as it is sent out \| [0-9.,]+ \|", written, re.MULTILINE)


@pytest.mark.slow
@pytest.mark.skipif(programs() is None, reason="needs PostgreSQL")
def test_trial_of_the_least_size__records_and_asks() -> None:
    chapter = tried(sizes=[0, 300, 600], projects=100, processes=2, archived=20)
    assert chapter.figures["trial_declarations"] == 700
    assert chapter.figures["trial_status_many"] > 0


def test_document_without_any_figure__says_that_nothing_was_measured(tmp_path: Path) -> None:
    document = tmp_path / "benchmarks.md"
    write_document(document, tmp_path / "nothing.json")
    assert document.read_text(encoding="utf-8").count("| not measured |") == len(GOALS)


def test_chapter_measured_anew__leaves_the_others(tmp_path: Path) -> None:
    kept = tmp_path / "measured.json"
    keep("out", Chapter("Out", [Table("", ("a",), [("1",)])], {"a": 1.0}), kept)
    keep("back", Chapter("Back", [], {"b": 2.0}), kept)
    keep("out", Chapter("Out", [], {"a": 3.0}), kept)
    chapters = json.loads(kept.read_text(encoding="utf-8"))
    assert {name: chapter["figures"] for name, chapter in chapters.items()} == {"out": {"a": 3.0}, "back": {"b": 2.0}}


def test_goal_that_is_not_reached__is_told_as_missed() -> None:
    figures = {"stamp_openpyxl_saving_2": 1.0, "stamp_sent_out_2": 0.05}
    first, *rest = goals_table(figures).rows
    assert first[2:] == ("20.0 times", "**missed**")
    assert {row[-1] for row in rest} == {"not measured"}


def test_cost_that_grows_with_the_square__shows_in_its_ratio() -> None:
    linear, square = ({f"a_{size}": 7 + size**power for size in (10, 100, 1000)} for power in (1, 2))
    assert ratios(linear, "a") == [pytest.approx(1)]
    assert ratios(square, "a") == [pytest.approx(10)]


def test_steps_that_not_everything_was_measured_at__stay_empty_in_their_column() -> None:
    figures = {
        f"{name}_{size}": size
        for name, sizes in {"stamp_sent_out": (0, 2, 200), "read_read": (0, 2)}.items()
        for size in sizes
    }
    (table,) = chapter({name: figure / 1000 for name, figure in figures.items()}).tables
    assert table.header == ["", "0 to 2", "2 to 200", "ratios"]
    assert table.rows == [["stamped, as it is sent out", "1.0", "1.0", "1.0"], ["read", "1.0", "", ""]]
