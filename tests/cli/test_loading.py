"""A command loads what it needs, for a check of one file should take no longer than opening it."""

import subprocess
import sys
from pathlib import Path

from tests.helpers import collection_of, issued, project, single
from workbook_builder.cli.app import main
from workbook_builder.files import write_file

SLOW = ("openpyxl", "pebble", "pydantic", "sqlalchemy", "xlsxwriter", "rich.markdown", "urllib.request")


def test_check_of_a_file_that_was_sent_out__loads_no_library_that_it_does_not_need(tmp_path: Path) -> None:
    issue = issued(tmp_path / "任务", project())
    file = issue.collection.folder / "收回" / issue.path.name
    write_file(file, issue.filled(single()))
    assert needless(SLOW, "check", file) == (0, b"")


def needless(slow: tuple[str, ...], *words: str | Path) -> tuple[int, bytes]:
    """The exit code of a command, and what it loaded of these."""
    lines = (
        "import sys",
        "from workbook_builder.cli.app import main",
        "code = main(sys.argv[1:])",
        f"sys.exit(code or ','.join(name for name in {slow} if name in sys.modules) or None)",
    )
    ran = subprocess.run(
        [sys.executable, "-c", "\n".join(lines), *map(str, words)],
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    return ran.returncode, ran.stderr


def test_what_goes_out_before_anything_came_back__loads_no_database_and_again_nothing_to_draw_with(
    tmp_path: Path,
) -> None:
    collection = collection_of(tmp_path / "任务", project())
    assert needless(("alembic", "sqlalchemy"), "generate", collection.folder) == (0, b"")
    assert needless(("alembic", "sqlalchemy", "openpyxl"), "generate", collection.folder) == (0, b"")


def test_what_asks_a_ledger_of_today__loads_nothing_that_brings_it_up_to_date(tmp_path: Path) -> None:
    collection = issued(tmp_path / "任务", project()).collection
    assert main(["status", str(collection.folder)]) == 0
    for command in ("status", "import", "report"):
        assert needless(("alembic", "mako", "openpyxl"), command, collection.folder) == (0, b"")


def test_script_of_the_command__leaves_the_command_line_to_who_calls_it() -> None:
    lines = "import sys; from workbook_builder.cli import main; sys.exit('typer' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", lines], check=False).returncode == 0
