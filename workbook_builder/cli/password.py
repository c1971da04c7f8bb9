"""The word --password without a password behind it: asked for at the terminal, and not shown."""

import getpass
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from workbook_builder.errors import UsageError

OPTION = "--password"


def with_passwords(words: Sequence[str]) -> Iterator[str]:
    """The words of the command line, what was asked for put in. Raises UsageError where there is nobody to ask."""
    for number, word in enumerate(words):
        behind = words[number + 1 : number + 2]
        is_open = word == OPTION and not any(map(_may_be_one, behind))
        yield f"{OPTION}={_asked()}" if is_open else word


def _may_be_one(word: str) -> bool:
    """Whether a word behind the option is its password: no other option, and no file, which is what the command is about."""
    if word.startswith("-"):
        return False
    try:
        return not Path(word).exists()
    except OSError:  # too long for a path
        return True


def _asked() -> str:
    if not sys.stdin.isatty():
        raise UsageError(f"{OPTION} 后面没有写密码，这里也不能输入。请写成 {OPTION}=密码，或在终端里运行。")
    with suppress(EOFError):
        if password := getpass.getpass("打开密码（输入时不显示）：", stream=sys.stderr):
            return password
    raise UsageError("没有输入密码。请重新运行，输入文件的打开密码。")
