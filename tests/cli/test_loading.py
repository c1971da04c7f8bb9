"""A command loads what it needs, for a check of one file should take no longer than opening it."""

import subprocess
import sys
from pathlib import Path

from tests.helpers import issued, project, single
from workbook_builder.files import write_file

SLOW = ("openpyxl", "pebble", "pydantic", "sqlalchemy", "xlsxwriter", "rich.markdown", "urllib.request")


def test_check_of_a_file_that_was_sent_out__loads_no_library_that_it_does_not_need(tmp_path: Path) -> None:
    issue = issued(tmp_path / "任务", project())
    file = issue.collection.folder / "收回" / issue.path.name
    write_file(file, issue.filled(single()))
    lines = (
        "import sys",
        "from workbook_builder.cli.app import main",
        "code = main(sys.argv[1:])",
        f"sys.exit(code or ','.join(name for name in {SLOW} if name in sys.modules) or None)",
    )
    command = [sys.executable, "-c", "\n".join(lines), "check", str(file)]
    ran = subprocess.run(command, check=False, capture_output=True)
    assert (ran.returncode, ran.stderr) == (0, b"")
