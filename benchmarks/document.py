"""docs/benchmarks.md: what was measured, beside what people wrote of it in texts/, where {names} stand for figures."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks import growth
from benchmarks.chapters import MEASURED, Table, kept
from benchmarks.goals import goals_table
from benchmarks.measuring import ROOT
from benchmarks.paper import derived

DOCUMENT = ROOT / "docs" / "benchmarks.md"
TEXTS = Path(__file__).with_name("texts")
ORDER = ("out", "back", "files", "report", "trial")
PLACEHOLDER = re.compile(r"\{([a-z_0-9]+):([^{}]+)\}")  # {name:.1f}
NOT_MEASURED = "?"


def write_document(target: Path = DOCUMENT, measured: Path = MEASURED) -> None:
    """Writes it whole."""
    target.write_text("\n\n".join(_parts(kept(measured))).rstrip() + "\n", encoding="utf-8")


def _parts(chapters: Mapping[str, Any]) -> Iterator[str]:
    measured = {name: figure for chapter in chapters.values() for name, figure in chapter["figures"].items()}
    figures = {**measured, **derived(measured)}
    yield _text("introduction", figures)
    yield "## Goals"
    yield goals_table(figures).markdown().strip()
    yield _text("misses", figures)
    for name in ORDER:
        if chapter := chapters.get(name):
            yield from _chapter(chapter)
            if (TEXTS / f"{name}.md").is_file():
                yield _text(name, figures)
        if name == "files":
            yield from _growth(figures)
    yield _text("paper", figures)


def _chapter(chapter: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {chapter['title']}"
    about = chapter["circumstances"]
    machine = f"{about['machine']}, load {about['load']} at its end; Python {about['python']}"
    yield f"Measured on {about['date']} at {about['commit']}: {machine}, {about['versions']}."
    for table in chapter["tables"]:
        yield Table(**table).markdown()


def _growth(figures: Mapping[str, float]) -> Iterator[str]:
    found = growth.chapter(figures)
    yield f"## {found.title}"
    for table in found.tables:
        yield table.markdown()
    yield _text("growth", figures)


def _text(name: str, figures: Mapping[str, float]) -> str:
    """? where a figure is missing."""
    text = (TEXTS / f"{name}.md").read_text(encoding="utf-8").strip()
    return PLACEHOLDER.sub(lambda match: _filled(match[1], match[2], figures), text)


def _filled(name: str, how: str, figures: Mapping[str, float]) -> str:
    return format(figures[name], how) if name in figures else NOT_MEASURED
