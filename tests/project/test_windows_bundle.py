"""The package for Windows without internet: its wheels exist for that platform, its .cmd files say only what they can."""

import importlib.util
import re
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
import typer

from workbook_builder.cli.app import app

ROOT = Path(__file__).parents[2]
OUT_OF_REACH = re.compile(r"dns error|error sending request|Connection|timed out|Failed to fetch", re.IGNORECASE)


def tool() -> ModuleType:
    """tools/windows_bundle.py; a folder of programs, not a package."""
    spec = importlib.util.spec_from_file_location("windows_bundle", ROOT / "tools" / "windows_bundle.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BUNDLE = tool()
FILES: dict[str, bytes] = dict(BUNDLE.own_files())
CMD_FILES = sorted(name for name in FILES if name.endswith(".cmd"))


def resolved(pins: Path) -> str:
    """What these pins come to on Windows. Skips where the package index is out of reach."""
    try:
        return str(BUNDLE.windows_requirements(pins))
    except SystemExit as stop:
        if OUT_OF_REACH.search(str(stop)):
            pytest.skip("the package index is out of reach")
        raise


@pytest.mark.slow
def test_every_pin__has_a_wheel_for_windows() -> None:
    wanted = resolved(ROOT / "requirements" / "excel.txt")
    names = set(re.findall(r"^([a-z0-9-]+)==", wanted, re.MULTILINE))
    assert {"xlwings", "pywin32", "colorama", "tzdata", "formualizer", "rjieba"} <= names
    assert "appscript" not in names
    assert len(re.findall("--hash=sha256:", wanted)) >= len(names)


@pytest.mark.slow
def test_pin_without_a_wheel_for_windows__is_seen(tmp_path: Path) -> None:
    resolved(ROOT / "requirements" / "excel.txt")  # or out of reach would look like no wheel
    pins = tmp_path / "pins.txt"
    pins.write_text("uvloop==0.21.0\n")
    with pytest.raises(SystemExit, match="uvloop"):
        BUNDLE.windows_requirements(pins)


def test_cmd_files__are_install_and_the_three_verbs() -> None:
    assert sorted(["install.cmd", "导入.cmd", "检查.cmd", "生成.cmd"]) == CMD_FILES


@pytest.mark.parametrize("name", CMD_FILES)
def test_cmd_file__is_ascii_with_windows_line_ends_and_shows_messages_that_are_there(name: str) -> None:
    text = FILES[name].decode("ascii")
    assert text.count("\n") == text.count("\r\n")
    assert "{" not in text
    shown = {match.replace("\\", "/") for match in re.findall(r"messages\\\w+\.txt", text)}
    assert shown
    assert shown <= FILES.keys()
    assert set(re.findall(r"goto (\w+)", text)) == set(re.findall(r"^:(\w+)", text, re.MULTILINE))
    for commands in re.findall(r"-m workbook_builder\.cli ([a-z ]+[a-z])", text):
        group = typer.main.get_command(app)
        for word in commands.split():
            group = group.commands[word]  # type: ignore[attr-defined]


def test_texts__open_in_windows_own_editor() -> None:
    assert FILES["使用说明.txt"].startswith(b"\xef\xbb\xbf")
    for name, data in FILES.items():
        if name.endswith(".txt"):
            assert data.count(b"\n") == data.count(b"\r\n")
            assert data.decode("utf-8")


def test_package__holds_wheels_and_files_under_one_folder_the_same_each_time(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (wheels / "a-1-py3-none-any.whl").write_bytes(b"wheel")
    made = [tmp_path / name for name in ("one.zip", "two.zip")]
    for target in made:
        BUNDLE.write_zip(target, "a==1\n", wheels)
    assert made[0].read_bytes() == made[1].read_bytes()
    with zipfile.ZipFile(made[0]) as package:
        names = set(package.namelist())
    parts = [*FILES, "requirements.txt", "wheels/a-1-py3-none-any.whl"]
    assert names == {f"申报工作簿/{name}" for name in parts}
