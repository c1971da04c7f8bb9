"""Chinese words that a space or a line break has torn apart: 活动次 数."""

import re
from collections.abc import Iterator

FIRST_HAN, LAST_HAN = "\u3400", "\u9fff"
HAN = f"[{FIRST_HAN}-{LAST_HAN}]"  # takes long to compile, each time that it stands in a pattern
# Between two Chinese characters; not what begins a paragraph: an indented line, 一、 or 第一.
GAP = "(?:[^\\S\n]+|[^\\S\n]*\n(?![一二三四五六七八九十]+[、.．是]|第[一二三四五六七八九十]))"
RUN = re.compile(f"(?<!{HAN}){HAN}++(?:{GAP}{HAN}++)+")  # each letter is looked at once
BREAK = re.compile(rf"(?<=\S){GAP}(?=\S)")  # in such a run
DATE_TO_FILL_IN = frozenset("年月日")
PERSON = "nr"  # the segmenter's tag


def rejoined(text: str) -> str:
    """The text with torn words joined; the same text where there is none.

    A word is torn where the segmenter, reading on over the break, finds a word that spans it, and reading the two sides
    by themselves does not find whole words. 党员 群众 stays as it is.
    """
    before = None
    while text != before and not _is_padded_name(text):
        before, text = text, RUN.sub(_run_rejoined, text)
    return text


def _is_padded_name(text: str) -> bool:
    """Whether a text is 张 三, as people write names below each other."""
    letters = text.split()
    is_padded = len(letters) in (2, 3) and "\n" not in text and text == text.strip()
    return is_padded and all(len(letter) == 1 and FIRST_HAN <= letter <= LAST_HAN for letter in letters)


def _run_rejoined(run: re.Match[str]) -> str:
    pieces, gaps = BREAK.split(run[0]), BREAK.findall(run[0])
    spanning, sides = dict(_spanning("".join(pieces))), [_tagged(piece) for piece in pieces]
    joined, position = pieces[0], 0
    for number, gap in enumerate(gaps):
        position += len(pieces[number])
        is_split_word = len(sides[number][-1][0]) == 1 or len(sides[number + 1][0][0]) == 1
        is_torn = is_split_word and position in spanning and not _is_meant(*spanning[position], gap)
        joined += ("" if is_torn else gap) + pieces[number + 1]
    return joined


def _is_meant(word: str, tag: str, gap: str) -> bool:
    """Whether people part these characters on purpose: a person's name, a date to fill in."""
    return (tag.startswith(PERSON) and "\n" not in gap) or DATE_TO_FILL_IN.issuperset(word)


def _spanning(characters: str) -> Iterator[tuple[int, tuple[str, str]]]:
    """Every position inside a word, with the word and its tag."""
    start = 0
    for word, tag in _tagged(characters):
        yield from ((start + inside, (word, tag)) for inside in range(1, len(word)))
        start += len(word)


def _tagged(characters: str) -> list[tuple[str, str]]:
    """Words and tags, from the dictionary alone: no guesses at words that it does not have."""
    import rjieba  # its dictionary takes time to load, and hardly any declaration needs it

    return rjieba.tag(characters, hmm=False)
