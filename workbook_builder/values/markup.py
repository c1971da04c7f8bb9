"""Text without what no reader sees as text: web markup, control characters, odd white space."""

import html
import re
from html.entities import html5

# What TRIM takes away in the unit's workbook (bind.py); anything else that looks empty counts there as a letter.
KNOWN_SPACES = " \t\n\r\u3000\u00a0\u2003\u200b"
INVISIBLE = (
    0xAD,
    0x61C,
    0x200B,
    0x200E,
    0x200F,
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    0xFEFF,
    0xFFFE,
    0xFFFF,
)
_SIGNS = re.compile("[<>&]")
_TAG_NAMES = (
    "a|abbr|article|b|big|blockquote|body|center|cite|code|del|div|em|font|h[1-6]|head|hr|html|i|img|input|ins|label|li"
    "|link|meta|o:p|ol|p|pre|s|script|section|small|span|strike|strong|style|sub|sup|table|tbody|td|tfoot|th|thead|title"
    "|tr|u|ul|br"
)
_TAG = re.compile(
    rf"</?(?:{_TAG_NAMES})(?:\s[^<>]*)?/?>(?:(?<=</p>)[ \t]*\n)?|<!--.{{0,2000}}?-->", re.IGNORECASE | re.DOTALL
)
_BREAKING_TAG = re.compile(r"</(?:p|div|li|tr|h[1-6])\s*>|</?[bh]r[\s/>].*", re.IGNORECASE | re.DOTALL)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
CONTROL = re.compile(f"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff{''.join(map(chr, INVISIBLE))}]")
_ODD = re.compile(rf"(?:{CONTROL.pattern}|\s)(?<![{KNOWN_SPACES}])")
_CARRIAGE = re.compile("\r(?!\n)")
_LINE_BREAK = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_CHANGED = re.compile(f"[<&\r\x0b\x0c\x85\u2028\u2029{CONTROL.pattern[1:]}")  # no text without one of these changes
_MARKUP_PASSES = 10


class _Cleaning:
    """A text being cleaned; `removed` gathers each piece that goes."""

    def __init__(self) -> None:
        self.removed: list[str] = []

    def once(self, text: str) -> str:
        """Without the controls, tags and entities that it shows now; removing them may lay others bare."""
        return _ENTITY.sub(self._entity, _TAG.sub(self._tag, self.without_controls(text)))

    def without_controls(self, text: str) -> str:
        return CONTROL.sub(self._control, _LINE_BREAK.sub("\n", text))

    def _control(self, match: re.Match[str]) -> str:
        self.removed.append(f"U+{ord(match[0]):04X}")
        return ""

    def _tag(self, match: re.Match[str]) -> str:
        tag = match[0].strip()
        self.removed.append(tag)
        return "\n" if _BREAKING_TAG.fullmatch(tag) else ""

    def _entity(self, match: re.Match[str]) -> str:
        name = match[0][1:]
        meant = html.unescape(match[0]) if name.startswith("#") else html5.get(name, match[0])
        if meant != match[0]:
            self.removed.append(match[0])
        return meant.replace("\xa0", " ")


def visible(text: str) -> str:
    """The text with its control characters, and those that turn the order of others, spelled out: nothing acts unseen."""
    return CONTROL.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", _CARRIAGE.sub("⟨U+000D⟩", text))


def cleaned(raw: str, *, squeeze: bool) -> tuple[str, list[str]]:
    """The text without markup, and each piece removed; repeated, for what one pass lays bare (&amp;lt;p&amp;gt;)."""
    if not _CHANGED.search(raw):  # as most are
        return "".join(raw.split()) if squeeze else raw, []
    cleaning, value, before = _Cleaning(), raw, None
    for _ in range(_MARKUP_PASSES):
        if value == before:
            return value, cleaning.removed
        before, value = value, cleaning.once(value)
        value = "".join(value.split()) if squeeze else value
    # Markup nested this deep is no text of a person; without these two signs it cannot be markup again.
    return cleaning.without_controls(value.replace("<", "").replace("&", "")), cleaning.removed


def spelled_out(raw: str) -> str:
    """The letters of a text of which nothing is left when cleaned: `<p></p>` as p/p, a thin space as U+2009.

    The unit's workbook takes such a cell for filled in. "" where there is nothing but KNOWN_SPACES.
    """
    letters = _ODD.sub(
        lambda odd: f"U+{ord(odd[0]):04X}", _SIGNS.sub("", raw.replace("\r\n", "\n").replace("\r", "\n"))
    )
    return letters.replace("\u200b", "").strip(KNOWN_SPACES)


def odd_letters(raw: str) -> list[str]:
    """What `spelled_out` has to name by its code: U+2009."""
    return [f"U+{ord(odd):04X}" for odd in _ODD.findall(raw)]
