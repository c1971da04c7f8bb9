"""What a file that is no workbook seems to be, by its first bytes: so that its sender knows which file was sent."""

import io

_PROBE_BYTES = 1 << 10
_MAGIC = (
    (b"\x89PNG", "PNG 图片"),
    (b"\xff\xd8\xff", "JPEG 图片"),
    (b"GIF8", "GIF 图片"),
    (b"%PDF", "PDF 文件"),
    (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf", "7z 压缩包"),
    (b"\x1f\x8b", "gzip 压缩包"),
    (b"{\\rtf", "RTF 文档"),
)

# What document encryption in use in Chinese offices writes at the start of every file.
_SECURITY_HEADERS = (b"E-SafeNet", b"TSD-Header")
_HEADER_BYTES = 64


def is_encrypted_by_software(data: bytes) -> bool:
    """Whether a file begins as those do that an office's security software has encrypted."""
    return any(header in data[:_HEADER_BYTES] for header in _SECURITY_HEADERS)


def kind_of(data: bytes) -> str | None:
    """What a file that is neither archive nor container seems to be."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    head = _text_head(data)
    if head is None:
        return None
    if any(mark in head for mark in ("<html", "<!doctype html", "<table")):
        return "网页（HTML）文件"
    if "urn:schemas-microsoft-com:office:spreadsheet" in head:
        return "XML 表格（2003）文件"
    return "XML 文件" if head.startswith("<?xml") else "文本文件（如 CSV）"


def _text_head(data: bytes) -> str | None:
    """The start of a text in lower case; None where it is no text."""
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030"):
        try:
            head = io.TextIOWrapper(io.BytesIO(data), encoding, newline="").read(_PROBE_BYTES).lower()
        except UnicodeError:
            continue
        if all(character.isprintable() or character.isspace() for character in head):
            return head.lstrip()
    return None
