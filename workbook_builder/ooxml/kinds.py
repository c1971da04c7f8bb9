"""What a file that is no .xlsx workbook is, by its bytes: so that its sender learns which file it was, and what to do."""

import io
import re
from collections.abc import Collection
from typing import Literal, NamedTuple

import olefile

from workbook_builder.errors import UnreadableError
from workbook_builder.findings import Finding

Format = Literal["xlsx", "xls", "xlsb", "ods", "fods", "xml", "encrypted"]  # that can be read in some way

HAND_BACK = "请交回下发的 .xlsx 文件，不要改用其他格式，也不要只改文件名的后缀。"
SAVE_AS = "请用 Excel 或 WPS 另存为 .xlsx 后重交。"
FILL_IN = "请把内容填进下发的文件，交回下发的 .xlsx 文件。"
UNPACK = "请先解压，再交回下发的 .xlsx 文件（要打包的，请用 .zip）。"
TAKE_OUT = "请打开邮件，取出附件，再交回下发的 .xlsx 文件。"
NO_PICTURE = "从图片和版式文件里读不出填报的内容，请交回下发的 .xlsx 文件（要盖章的扫描件请另行报送）。"


class Kind(NamedTuple):
    """What a file is."""

    words: str  # as it stands behind 是
    advice: str  # a whole sentence: what its sender is to do
    is_table: bool = False  # a workbook in another format than ours
    format: Format | None = None  # how it can be read all the same


class OtherFormatError(UnreadableError):
    """The file is of another kind than .xlsx; kind says which, and whether it can be read in another way."""

    def __init__(self, finding: Finding, kind: Kind):
        super().__init__(finding)
        self.kind = kind


ENCRYPTED = Kind("设有打开密码的工作簿", SAVE_AS, True, "encrypted")
XLS = Kind("旧版 Excel（.xls）文件", SAVE_AS, True, "xls")
OLDER_XLS = Kind("旧版 Excel（.xls）文件", SAVE_AS, True)  # from before OLE containers
XLSB = Kind("二进制工作簿（.xlsb）文件", SAVE_AS, True, "xlsb")
ODS = Kind("OpenDocument 表格（.ods）文件", SAVE_AS, True, "ods")
FODS = Kind("OpenDocument 单文件表格（.fods）文件", "请用 LibreOffice 另存为 .xlsx 后重交。", True, "fods")
XML_TABLE = Kind("XML 表格（2003）文件", SAVE_AS, True, "xml")
ET = Kind("WPS 表格（.et）文件", "请用 WPS 另存为 .xlsx 后重交。", True)
NUMBERS = Kind(
    "苹果 Numbers 表格（.numbers）文件", "请在 Numbers 中用“文件—导出为—Excel”得到 .xlsx，请用它重交。", True
)
DOCUMENT = Kind("OpenDocument 文档", FILL_IN)
WORD, SLIDES = Kind("Word 文档（.docx）", FILL_IN), Kind("PowerPoint 演示文稿（.pptx）", FILL_IN)
OTHER_PACKAGE = Kind("其他程序的文档", HAND_BACK)
OFD = Kind("OFD 版式文件", NO_PICTURE)
ARCHIVE = Kind("普通压缩包；如果工作簿在压缩包里，请先解压", HAND_BACK)
UNPACKED = Kind("解压后连同文件夹重新压缩的工作簿", "请交回原来的 .xlsx 文件，不要把它解压。")
ZEROS = Kind("没有内容的文件（每个字节都是 0），多半是网盘没有同步完", "请打开原来的 .xlsx 文件，确认无误后重交。")
OWNER_FILE = Kind("Office 打开文件时留下的临时文件（名称以 ~$ 开头）", "请关闭打开的文件，交回不带 ~$ 的 .xlsx 文件。")
LATE_ARCHIVE = Kind("开头混入了别的内容的工作簿或压缩包", "请重新下载或导出，能用 Excel 打开的再交回 .xlsx 文件。")
HTML = Kind("网页（HTML）文件", HAND_BACK)
WEB_LINK = Kind("网址的快捷方式（.url）", "请打开网页，导出为 Excel 后交回 .xlsx 文件。")
BASE64 = Kind("没有解码的附件（Base64 文字）", "请在邮箱里重新下载附件，再交回 .xlsx 文件。")
MAIL = Kind("邮件（.eml）", TAKE_OUT)
XML = Kind("XML 文件", HAND_BACK)
TEXT = Kind("文本文件（如 CSV）", HAND_BACK)

_PROBE_BYTES = 1 << 12  # an .fods says behind its many namespaces what it is
_MAGIC = (
    (b"\x89PNG", Kind("PNG 图片", NO_PICTURE)),
    (b"\xff\xd8\xff", Kind("JPEG 图片", NO_PICTURE)),
    (b"GIF8", Kind("GIF 图片", NO_PICTURE)),
    (b"II*\0", Kind("TIFF 图片", NO_PICTURE)),
    (b"MM\0*", Kind("TIFF 图片", NO_PICTURE)),
    (b"%PDF", Kind("PDF 文件", NO_PICTURE)),
    (b"Rar!", Kind("RAR 压缩包（.rar）", UNPACK)),
    (b"7z\xbc\xaf", Kind("7z 压缩包（.7z）", UNPACK)),
    (b"\x1f\x8b", Kind("gzip 压缩包（.gz）", UNPACK)),
    (b"BZh", Kind("bzip2 压缩包（.bz2）", UNPACK)),
    (b"\xfd7zXZ", Kind("xz 压缩包（.xz）", UNPACK)),
    (b"{\\rtf", Kind("RTF 文档", FILL_IN)),
    (b"L\0\0\0\1\x14\2\0", Kind("Windows 的快捷方式（.lnk）", "请找到它所指的文件，交回那个 .xlsx 文件。")),
    (b"\0\5\x16\7", Kind("苹果电脑附带的文件（名称以 ._ 开头）", "请交回名称里没有 ._ 的 .xlsx 文件。")),
)
# Those whose mark stands further in: offset, mark, kind.
_MAGIC_WITHIN = (
    (8, b"WEBP", Kind("WebP 图片", NO_PICTURE)),
    (4, b"ftyphei", Kind("HEIC 图片", NO_PICTURE)),
    (4, b"ftypmif1", Kind("HEIC 图片", NO_PICTURE)),
    (257, b"ustar", Kind("tar 压缩包（.tar）", UNPACK)),
)
# Of Word and of Excel: the length of who has a file open, the name in 54 bytes, and the same in UTF-16.
_OWNER_FILE_BYTES, _OWNER_NAME = (162, 165), 55
_BITMAP, _BITMAP_HEADERS = b"BM", (b"\x0c\0\0\0", b"\x28\0\0\0", b"\x6c\0\0\0", b"\x7c\0\0\0")  # at offset 14

# By the streams of an OLE container, in lower case; the first that is there.
_OLE_KINDS = (
    ("encryptedpackage", ENCRYPTED),
    ("workbook", XLS),
    ("book", XLS),
    ("etextdata", ET),
    ("worddocument", Kind("旧版 Word 文档（.doc）", FILL_IN)),
    ("powerpoint document", Kind("旧版 PowerPoint 演示文稿（.ppt）", FILL_IN)),
    ("__properties_version1.0", Kind("Outlook 邮件（.msg）", TAKE_OUT)),
)

_CONTENT_TYPES = "[content_types].xml"
_OF_DOCUMENTS = (_CONTENT_TYPES, "_rels/.rels", "mimetype", "meta-inf/manifest.xml")  # each is a part of some

# What document encryption in use in Chinese offices writes at the start of every file.
_SECURITY_HEADERS = (b"E-SafeNet", b"TSD-Header")
_HEADER_BYTES = 64
# What others of them may say there: told only of files that are of no known kind.
_SAYS_ENCRYPTED = re.compile(rb"encrypt|protected|(?<![a-z])(?:drm|lock)", re.IGNORECASE)
_ZIP_IN_BASE64 = "uesdb"  # of PK and what follows, in lower case
# Two of these lines begin a mail; what browsers save of a page is one, too.
_MAIL_LINES = re.compile(
    r"^(?:from|to|cc|date|subject|received|return-path|delivered-to|message-id|mime-version|x-[a-z-]+):", re.MULTILINE
)


def is_encrypted_by_software(data: bytes) -> bool:
    """Whether a file begins as those do that an office's security software has encrypted."""
    return any(header in data[:_HEADER_BYTES] for header in _SECURITY_HEADERS)


def says_it_is_encrypted(data: bytes) -> bool:
    """The same of a file of no known kind, by words at its start that no workbook has there."""
    return is_encrypted_by_software(data) or _SAYS_ENCRYPTED.search(data[: 2 * _HEADER_BYTES]) is not None


def kind_of(data: bytes) -> Kind | None:
    """What a file is that is neither archive nor container; None where its content is of no known kind."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    for offset, magic, kind in _MAGIC_WITHIN:
        if data.startswith(magic, offset):
            return kind
    if data.startswith(_BITMAP) and data[14:18] in _BITMAP_HEADERS:
        return Kind("BMP 图片", NO_PICTURE)
    head = _text_head(data)
    return _kind_of_rest(data) if head is None else _kind_of_text(head)


def _kind_of_rest(data: bytes) -> Kind | None:
    """What is no text and has no mark at its start."""
    if not data.strip(b"\0"):
        return ZEROS
    if len(data) in _OWNER_FILE_BYTES and max(data[0], data[_OWNER_NAME]) < _OWNER_NAME and not data[_OWNER_NAME + 1]:
        return OWNER_FILE
    return LATE_ARCHIVE if 0 < data.find(b"PK\3\4") < data.rfind(b"PK\5\6") else None


def _kind_of_text(head: str) -> Kind:
    """By the start of a text in lower case."""
    if head.startswith("<"):
        if "<office:document" in head and "opendocument.spreadsheet" in head:
            return FODS
        if "urn:schemas-microsoft-com:office:spreadsheet" in head and "<html" not in head:
            return XML_TABLE
    if head.startswith("[internetshortcut]"):
        return WEB_LINK
    if head.removeprefix("data:").rpartition("base64,")[2].startswith(_ZIP_IN_BASE64):
        return BASE64
    if head.startswith("mime-version:") and "multipart/related" in head:
        return Kind("单个文件网页（.mht）", HAND_BACK)
    if len(_MAIL_LINES.findall(head)) > 1:
        return MAIL
    if any(mark in head for mark in ("<html", "<!doctype html", "<table")):
        return HTML
    return XML if head.startswith("<?xml") else TEXT


def kind_of_container(data: bytes) -> Kind | None:
    """What an OLE container is; None where none of its streams tells. Raises whatever olefile does of damaged ones."""
    with olefile.OleFileIO(io.BytesIO(data)) as container:
        streams = {"/".join(path).casefold() for path in container.listdir()}
    return next((kind for name, kind in _OLE_KINDS if name in streams), None)


def kind_of_archive(names: Collection[str]) -> Kind:
    """What a zip archive without the parts of a workbook is, by the names of its entries in lower case."""
    if any(name.endswith("document.iwa") for name in names) or "index.zip" in names:
        return NUMBERS
    if "ofd.xml" in names:
        return OFD
    if is_unpacked(names):
        return UNPACKED
    for folder, kind in (("word/", WORD), ("ppt/", SLIDES)):
        if any(name.startswith(folder) for name in names):
            return kind
    return ARCHIVE


def is_unpacked(names: Collection[str]) -> bool:
    """Whether all entries, by their names in lower case, are the parts of one document in a folder of its own."""
    own = [name for name in names if not name.startswith("__macosx/") and not name.endswith(".ds_store")]
    folders = [name.removesuffix(_CONTENT_TYPES) for name in own if name.endswith("/" + _CONTENT_TYPES)]
    return len(folders) == 1 and all(name.startswith(folders[0]) for name in own)


def is_archive_of_files(names: Collection[str]) -> bool:
    """Whether a zip archive, by the names of its entries, holds files of their own: it is no document in parts."""
    lower = {name.lower().replace("\\", "/").removeprefix("/") for name in names}
    is_document = any(name in _OF_DOCUMENTS or name.startswith("xl/") for name in lower)
    return not is_document and kind_of_archive(lower) is ARCHIVE


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
