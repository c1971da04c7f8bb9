"""The wheel by itself: built twice alike, and the whole round in a clean environment of each Python it promises."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHONS = ("3.11", "3.12", "3.13")

pytestmark = pytest.mark.office


def build(target: Path) -> Path:
    command = [sys.executable, "-m", "uv", "build", "--wheel", "--no-build-isolation", "--out-dir", str(target)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(target.glob("*.whl"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("wheel"))


def python_of(version: str) -> str:
    """An interpreter of a version, on the path or kept by pyenv. Skips where there is none."""
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for found in (shutil.which(f"python{version}"), *map(str, kept.glob(f"{version}.*/bin/python3"))):
        if found and subprocess.run([found, "-c", ""], check=False, capture_output=True).returncode == 0:
            return found
    pytest.skip(f"Python {version} is not installed")


def test_wheel_built_twice__is_the_same_to_the_byte(wheel: Path, tmp_path: Path) -> None:
    again = build(tmp_path)
    assert (again.name, again.read_bytes()) == (wheel.name, wheel.read_bytes())


@pytest.mark.parametrize("version", PYTHONS)
def test_wheel_in_a_clean_environment__runs_the_demo(wheel: Path, tmp_path: Path, version: str) -> None:
    environment = tmp_path / "venv"
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "--python", python_of(version), str(environment)], check=True, capture_output=True)
    python = str(environment / "bin" / "python")
    locked = ["--require-hashes", "-r", str(ROOT / "requirements" / "runtime.txt")]
    subprocess.run([*uv, "pip", "install", "--python", python, *locked], check=True, capture_output=True)
    subprocess.run(
        [*uv, "pip", "install", "--python", python, "--no-deps", str(wheel)], check=True, capture_output=True
    )
    command = [str(environment / "bin" / "workbook-builder"), "demo", "-o", str(tmp_path / "演示"), "--json"]
    ran = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert json.loads(ran.stdout)["checked"]["status"] == "accepted"
