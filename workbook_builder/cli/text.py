"""Words for the terminal: nothing that a file, a name or a label brought along acts there; Chinese breaks as in print."""

import re
from collections.abc import Iterator
from typing import Any

from rich import markup
from rich.cells import cell_len
from rich.containers import Lines
from rich.text import Text

from workbook_builder.values.markup import visible

# A word or number, or one character, with the marks that open before it and close after it.
PIECE = re.compile(r"[（“‘《「【]*(?:[!-~]+|.)[，。、；：！？）”’》」】…]*\s*", re.DOTALL)


def escape(text: str) -> str:
    """A text as it is, for rich to print: neither its markup nor control characters act."""
    return markup.escape(visible(text))


def one_line(text: str) -> str:
    """The same on one line: what a name brings along never looks like a line of ours."""
    return escape(" ".join(text.splitlines()))


class Prose(Text):
    """Chinese text, from rich's markup: it fills its lines, where rich would break it at spaces only."""

    @classmethod
    def of(cls, words: str) -> "Prose":
        """The text of such markup."""
        return cls().append_text(markup.render(words))  # type: ignore[return-value]  # rich says Text, and gives self

    def wrap(self, console: Any, width: int, **_options: Any) -> Lines:  # noqa: ARG002 (rich's name)
        """The lines, none wider than width."""
        lines = Lines()
        for paragraph in self.split(allow_blank=True):
            lines.extend(paragraph.divide(_breaks(paragraph.plain, width)))
        for line in lines:
            line.rstrip()
        return lines


def _breaks(text: str, width: int) -> Iterator[int]:
    """Where lines of this width end: between pieces, or inside of one that is longer than a line."""
    used = 0
    for piece in PIECE.finditer(text):
        if used and used + cell_len(piece[0].rstrip()) > width:
            yield piece.start()
            used = 0
        for offset, character in enumerate(piece[0].rstrip(), start=piece.start()):
            if used and used + cell_len(character) > width:
                yield offset
                used = 0
            used += cell_len(character)
        used += len(piece[0]) - len(piece[0].rstrip())
