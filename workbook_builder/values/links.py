"""Whether a formula leads out of its workbook: to another file, or to another program."""

import re

_LINKED = re.compile(r"\[[^\[\]]+\][^\[\]!]*!")
_DDE = re.compile(r"[\w.]+\|'?[^!\"]*!")
_TEXT = re.compile(r'"[^"]*"')


def reads_another_file(formula: str) -> bool:
    """Whether it refers to another workbook: [1]Sheet1!A1."""
    return bool(_LINKED.search(_TEXT.sub("", formula)))


def asks_another_program(formula: str) -> bool:
    """Whether it is a DDE link: cmd|'/c calc'!A1."""
    return bool(_DDE.search(_TEXT.sub("", formula)))
