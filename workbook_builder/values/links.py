"""Whether a formula leads out of its workbook: to another file, or to another program. Time grows with the length only."""

import re

_LINKED = re.compile(r"\[[^\[\]]+\][^\[\]!]*!")
_TEXT = re.compile(r'"[^"]*"')
_QUOTED = re.compile(r"'[^']*'|\|'[^']*'|\"[^\"]*\"")  # a sheet's title, what a program is asked for, a text


def reads_another_file(formula: str) -> bool:
    """Whether it refers to another workbook: [1]Sheet1!A1."""
    return "[" in formula and bool(_LINKED.search(_TEXT.sub("", formula)))


def asks_another_program(formula: str) -> bool:
    """Whether it is a DDE link: cmd|'/c calc'!A1."""
    if "|" not in formula:
        return False
    plain = _QUOTED.sub(lambda found: "|" if found[0].startswith("|") else "", formula)
    program, _, rest = plain.partition("|")
    return bool(program) and "!" in rest
