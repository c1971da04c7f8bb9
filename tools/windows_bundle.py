"""Builds the installation package for Windows machines without internet: python tools/windows_bundle.py OUT.zip.

In the zip: the wheels of everything that requirements/excel.txt pins (for 64-bit Windows and one Python), our own wheel,
install.cmd, the verbs that take a dropped folder or file, the add-in and the guide. Needs the package index.
"""

import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WINDOWS = ROOT / "tools" / "windows"
PYTHON_VERSION, PLATFORM, TAG = "3.12", "x86_64-pc-windows-msvc", "win_amd64"
TOP = "申报工作簿"
VERBS = {"生成": "generate", "导入": "import", "检查": "check"}
FIXED_DATE = (1980, 1, 1, 0, 0, 0)


def run(*words: str | Path) -> str:
    done = subprocess.run([sys.executable, "-m", *words], cwd=ROOT, check=False, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}\n{done.stderr}")
    return done.stdout


def windows_requirements(pins: Path = ROOT / "requirements" / "excel.txt") -> str:
    """The pins that a Windows machine needs, with their hashes. Raises SystemExit where one has no wheel for it.

    Resolved here for that platform: pip, asked to download for another platform, still judges the markers by this one.
    """
    return run(
        "uv", "pip", "compile", pins, "--quiet", "--no-python-downloads", "--only-binary", ":all:",
        "--python-platform", PLATFORM, "--python-version", PYTHON_VERSION, "--generate-hashes", "--no-header",
        "--no-annotate", "--no-emit-index-url",
    )  # fmt: skip


def download(requirements: Path, wheels: Path) -> None:
    run(
        "pip", "download", "--quiet", "--no-input", "--no-deps", "--require-hashes", "--only-binary=:all:",
        "--platform", TAG, "--python-version", PYTHON_VERSION, "--implementation", "cp", "-d", wheels, "-r", requirements,
    )  # fmt: skip


def own_files() -> Iterator[tuple[str, bytes]]:
    """What is not a wheel, by its name in the package; texts as Windows' own programs read them."""
    yield "install.cmd", crlf((WINDOWS / "install.cmd").read_text("ascii"))
    template = (WINDOWS / "verb.cmd").read_text("ascii")
    for name, verb in VERBS.items():
        yield f"{name}.cmd", crlf(template.replace("{verb}", verb))
    for message in sorted((WINDOWS / "messages").glob("*.txt")):
        yield f"messages/{message.name}", crlf(message.read_text("utf-8"))
    guide = (ROOT / "docs" / "addin.md").read_text("utf-8")
    yield "使用说明.txt", b"\xef\xbb\xbf" + crlf(guide)  # with a mark, or older Notepads take it for GBK
    yield "workbook_builder.xlam", (ROOT / "macros" / "workbook_builder.xlam").read_bytes()


def crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def write_zip(target: Path, requirements: str, wheels: Path) -> None:
    files = dict(own_files()) | {"requirements.txt": crlf(requirements)}
    files |= {f"wheels/{wheel.name}": wheel.read_bytes() for wheel in sorted(wheels.glob("*.whl"))}
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in files.items():
            package.writestr(zipfile.ZipInfo(f"{TOP}/{name}", FIXED_DATE), data, zipfile.ZIP_DEFLATED)


def main() -> None:
    (target,) = map(Path, sys.argv[1:])
    requirements = windows_requirements()
    with tempfile.TemporaryDirectory() as place:
        wheels, listed = Path(place, "wheels"), Path(place, "requirements.txt")
        listed.write_text(requirements, encoding="utf-8")
        download(listed, wheels)
        run("uv", "build", "--quiet", "--wheel", "--no-build-isolation", "--out-dir", str(wheels))
        write_zip(target, requirements, wheels)
    print(f"{target}: {target.stat().st_size / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
