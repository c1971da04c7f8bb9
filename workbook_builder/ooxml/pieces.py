"""A part's XML cut once where every workbook has something of its own, and joined again around that."""

import re
from collections.abc import Iterator, Mapping

OwnTexts = Mapping[bytes, bytes]  # by placeholder


class Pieces:
    """XML that we wrote, in pieces: a placeholder is one of its own, and so is whatever the caller leaves room for."""

    def __init__(self, placeholders: re.Pattern[bytes], xml: bytes = b""):
        """placeholders: a pattern with one group, around all of it."""
        self._placeholders = placeholders
        self._where: dict[bytes, list[int]] = {}  # by placeholder
        self.texts: list[bytes] = []
        if xml:
            self.add(xml)

    def add(self, xml: bytes) -> None:
        """XML that stays as it is but for its placeholders."""
        for number, text in enumerate(self._placeholders.split(xml)):
            if number % 2:
                self._where.setdefault(text, []).append(len(self.texts))
            self.texts.append(text)

    def room(self, text: bytes = b"") -> int:
        """The number of a piece that the caller replaces in copies of `texts`; text: what stands there otherwise."""
        self.texts.append(text)
        return len(self.texts) - 1

    def with_own(self, own: OwnTexts) -> list[bytes]:
        """A copy of the pieces with what the workbook has of its own."""
        pieces = self.texts.copy()
        for placeholder in self._where.keys() & own.keys():
            for number in self._where[placeholder]:
                pieces[number] = own[placeholder]
        return pieces

    def differing(self, own: OwnTexts, before: OwnTexts) -> Iterator[tuple[int, bytes]]:
        """The pieces, by number, in which the workbook has something else of its own than another one had."""
        for placeholder, numbers in self._where.items():
            text = own.get(placeholder, placeholder)
            if text != before.get(placeholder, placeholder):
                yield from ((number, text) for number in numbers)
