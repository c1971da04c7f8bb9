"""What was measured: chapters of tables and named figures, kept in measured.json, so that each can be measured anew alone."""

import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.measuring import ROOT
from workbook_builder.executors import processors

MEASURED = Path(__file__).with_name("measured.json")
PEERS = (
    "openpyxl",
    "XlsxWriter",
    "excelize",
    "pandas",
    "python-calamine",
    "isal",
    "SQLAlchemy",
    "psycopg",
    "formualizer",
)


class Table(NamedTuple):
    """A table as it is shown."""

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """As Markdown has it, its caption before it."""
        lines = (self.header, ["---"] * len(self.header), *self.rows)
        return "\n".join([f"{self.caption}\n", *(f"| {' | '.join(line)} |" for line in lines)])


class Chapter(NamedTuple):
    """What one part of the benchmark measured; figures are for goals and texts, by names unlike those of other chapters."""

    title: str
    tables: Sequence[Table]
    figures: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """With when, of what and on what it was measured."""
        tables = [table._asdict() for table in self.tables]
        return {"title": self.title, "tables": tables, "figures": dict(self.figures), "circumstances": circumstances()}


def circumstances() -> dict[str, str]:
    """The machine, the program and its peers."""
    git = ("git", "-C", str(ROOT), "describe", "--always", "--dirty")
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 - our own words
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit or "unknown",
        "machine": f"{processors()} cores, {_processor()}, {_memory_gib():.0f} GiB, {platform.system()} {platform.machine()}",
        "load": f"{os.getloadavg()[0]:.0f}",  # at the end of what was measured: what else ran there
        "python": platform.python_version(),
        "versions": ", ".join(f"{name} {found}" for name, found in _versions(PEERS)),
    }


def _versions(names: Iterable[str]) -> Iterable[tuple[str, str]]:
    for name in names:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            yield name, "not installed"


def _processor() -> str:
    lines = _lines(Path("/proc/cpuinfo"))
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "processor unknown"
    )


def _memory_gib() -> float:
    total = next((line for line in _lines(Path("/proc/meminfo")) if line.startswith("MemTotal")), "MemTotal: 0 kB")
    return int(total.split()[1]) / 2**20


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def kept(path: Path = MEASURED) -> dict[str, Any]:
    """All chapters that were measured so far, by name."""
    chapters: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return chapters


def keep(name: str, chapter: Chapter, path: Path = MEASURED) -> None:
    """In place of what was measured of this chapter before."""
    chapters = {**kept(path), name: chapter.to_json()}
    path.write_text(json.dumps(chapters, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def ms(seconds: float) -> str:
    """As a table shows it; three digits are more than a run can tell."""
    value = 1000 * seconds
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def times(ratio: float) -> str:
    """As a table shows it."""
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.1f}" if ratio >= 1 else f"{ratio:.2f}"
