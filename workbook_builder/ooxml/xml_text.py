"""Texts as XML content or attribute, and as SpreadsheetML escapes them."""

import re
from xml.sax.saxutils import escape

ESCAPE_LOOKALIKE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def xml_text(text: str) -> str:
    """A text as XML content or attribute; what XML cannot hold is left out."""
    clean = NOT_IN_XML.sub("", ESCAPE_LOOKALIKE.sub("_x005F_", text))
    return escape(clean, {'"': "&quot;", "\r": "&#13;"})
