"""Installs the add-in for one Windows user: into Excel's start folder, with a note of the Python that answers it."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from workbook_builder.addin.answers import escaped, unescaped
from workbook_builder.addin.build import ADDIN
from workbook_builder.errors import UsageError
from workbook_builder.files import read_file, remove_file, write_file
from workbook_builder.resources import folder


class Places(NamedTuple):
    """Where the add-in and its note lie in a user's profile."""

    addin: Path
    note: Path  # one line, read by WbShell.bas: the path of python.exe, escaped


def places() -> Places:
    """Raises UsageError where there is no Windows profile."""
    roaming = os.environ.get("APPDATA")
    if not roaming:
        raise UsageError(
            "找不到 Windows 用户的配置文件夹（环境变量 APPDATA 未设置）。请在装有 Excel 的 Windows 上安装加载项。"
        )
    profile = Path(roaming)
    note = profile / "workbook_builder" / "addin.txt"  # beside the add-in Excel would open it at every start
    return Places(profile / "Microsoft" / "Excel" / "XLSTART" / ADDIN, note)


def install() -> Places:
    """Copies the packaged add-in and notes this interpreter. Raises UsageError where a file is in use."""
    where = places()
    write_file(where.addin, _packaged(), overwrite=True)
    write_file(where.note, f"{escaped(sys.executable)}\r\n".encode("ascii"), overwrite=True)
    return where


def uninstall() -> list[Path]:
    """Removes both; what was removed. Raises UsageError where a file is in use."""
    removed = [path for path in places() if path.is_file()]
    for path in removed:
        remove_file(path)
    return removed


def faults() -> list[str]:
    """What is wrong with the installation, each with what to do; empty where nothing is."""
    where, found = places(), []
    if not where.addin.is_file():
        found.append(f"加载项没有安装（“{where.addin}”不存在）。请运行 workbook-builder addin install。")
    elif read_file(where.addin) != _packaged():
        found.append("已安装的加载项与当前版本不同。请关闭 Excel，再运行 workbook-builder addin install。")
    python = unescaped(read_file(where.note).decode("ascii", "replace").strip()) if where.note.is_file() else ""
    if not Path(python).is_file():
        found.append(f"加载项记录的 Python“{python}”不存在。请运行 workbook-builder addin install。")
    elif find_spec("xlwings") is None:
        found.append("没有安装 xlwings，Excel 中看不到进度。请运行 pip install xlwings。")
    return found


def _packaged() -> bytes:
    return read_file(folder("macros") / ADDIN)
