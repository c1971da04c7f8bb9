"""The folders that come with the package are found, however it was installed."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from workbook_builder import resources

CHECKOUT = Path(__file__).parents[1]
FOLDERS = ("formulas", "macros", "templates")
PRINT_FILES = """
from workbook_builder import resources
for name in ("formulas", "macros", "templates"):
    for path in sorted(resources.folder(name).iterdir()):
        print(path)
"""


def build(kind: str, source: Path, target: Path) -> Path:
    """The wheel or sdist that the build backend makes, without network."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", target],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (built,) = target.iterdir()
    return built


@pytest.mark.parametrize("name", FOLDERS)
def test_folder_in_a_checkout__stands_beside_the_package(name: str) -> None:
    assert resources.folder(name) == CHECKOUT / name


def test_unknown_folder__is_an_error_that_names_it() -> None:
    with pytest.raises(FileNotFoundError, match="没有"):
        resources.folder("没有")


@pytest.mark.parametrize("through_sdist", [False, True])
def test_folders_in_a_wheel__are_found_within_the_package(tmp_path: Path, through_sdist: bool) -> None:
    source = CHECKOUT
    if through_sdist:
        with tarfile.open(build("sdist", CHECKOUT, tmp_path / "sdist")) as archive:
            archive.extractall(tmp_path / "unpacked", filter="data")
        (source,) = (tmp_path / "unpacked").iterdir()
    with zipfile.ZipFile(build("wheel", source, tmp_path / "wheel")) as wheel:
        wheel.extractall(tmp_path / "installed")
    command = [sys.executable, "-c", PRINT_FILES]  # the folder it runs in comes first
    found = subprocess.run(command, cwd=tmp_path / "installed", check=True, capture_output=True, encoding="utf-8")
    bundled = tmp_path / "installed" / "workbook_builder" / "_bundled"
    assert found.stdout.splitlines() == [
        str(bundled / name / path.name) for name in FOLDERS for path in sorted((CHECKOUT / name).iterdir())
    ]
