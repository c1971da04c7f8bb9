"""Measures what is asked and writes docs/benchmarks.md: `python -m benchmarks`, or `make bench`."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console

from benchmarks import coming_back, going_out, many_files, reporting
from benchmarks.chapters import MEASURED, Chapter, keep
from benchmarks.document import DOCUMENT, write_document

SAY = Console(stderr=True)


def parsed(words: list[str] | None = None) -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("chapters", nargs="*", choices=[*CHAPTERS, []], help="to be measured; all where none is named")
    parser.add_argument(
        "--subs", type=int, nargs="+", default=[0, 2, 20], help="sub-projects; also 200, which takes long"
    )
    parser.add_argument("--files", type=int, nargs="+", default=[100, 300, 1000], help="projects; also 10000")
    parser.add_argument("--files-subs", type=int, default=2, help="sub-projects of each of these")
    parser.add_argument("--rows", type=int, nargs="+", default=[50_000], help="indicator rows; also 2000000")
    parser.add_argument("--runs", type=int, default=15, help="of what takes milliseconds; of what takes long, fewer")
    parser.add_argument(
        "--measured", type=Path, default=MEASURED, help="what is kept of each chapter until it is measured anew"
    )
    parser.add_argument("--output", type=Path, default=DOCUMENT)
    parser.add_argument("--write-only", action="store_true", help="writes the document anew from what is kept")
    return parser.parse_args(words)


CHAPTERS: Mapping[str, Callable[[argparse.Namespace], Chapter]] = {
    "out": lambda asked: going_out.measured(asked.subs, asked.runs),
    "back": lambda asked: coming_back.measured(asked.subs, asked.runs),
    "files": lambda asked: many_files.measured(asked.files, asked.files_subs, asked.runs),
    "report": lambda asked: reporting.measured(asked.rows),
}


def main(words: list[str] | None = None) -> None:
    """Chapter by chapter, each kept as soon as it is measured."""
    asked = parsed(words)
    for name in () if asked.write_only else asked.chapters or CHAPTERS:
        SAY.print(f"measuring: {name}")
        chapter = CHAPTERS[name](asked)
        keep(name, chapter, asked.measured)
        for table in chapter.tables:
            SAY.print(table.markdown(), markup=False, soft_wrap=True)
    write_document(asked.output, asked.measured)
    SAY.print(f"written: {asked.output}")


if __name__ == "__main__":
    main()
