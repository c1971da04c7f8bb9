"""What somebody may type to make a program act, each with a word by which it is found again; and where it did."""

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from lxml import etree

from workbook_builder.collection.folder import REVIEWS

WORD = "zqx"  # of every payload
LINE = f"伪造{WORD}"  # with which a payload would have a line begin
PAYLOADS = (
    f"=cmd|' /C {WORD}'!A0", f'=HYPERLINK("http://{WORD}.example/","点这里")', f"+1+{WORD}", f"@SUM({WORD})", f"-2+{WORD}",
    f"\t=1+{WORD}", f"\n=1+{WORD}", f"＝1+{WORD}", f"{{{{{WORD}}}}}", f"{{{{annual_funds}}}}{WORD}", f"⟦1⟧{WORD}",
    f"http://{WORD}.example/a?b#c", f"file:///{WORD}/passwd", f"mailto:{WORD}@example.com", f"internal:'meta'!{WORD}",
    f"external:..\\{WORD}.xlsx", f"../../{WORD}", f"..\\..\\{WORD}", f"CON.{WORD}", f"%s %n {WORD}", f"{{0}} {{}} {WORD}",
    f"[bold]{WORD}[/bold]", f"[/]{WORD}[link=http://{WORD}.example]x[/link]", f"\x1b[31m{WORD}\x1b]0;x\x07", f"\x9b31m{WORD}\x7f",
    f"\u202e{WORD}\u2066\u200b", f"_x001B_[31m{WORD}", f"_x0000_{WORD}_xD800_", f"<script>{WORD}</script>", f"]]>{WORD}<!--",
    f"&amp;{WORD}&#27;", f'&P&"{WORD}"&D&F', f"<r><t>{WORD}</t></r>",
    f'<r></r></is></c><c r="ZZ9"><f>1+{WORD}</f></c><c r="ZZ10"><is><r></r>', f"甲{WORD}\n{LINE}：可以接收", f"'=1+{WORD}",
    f'{WORD};=1+1,"=2",\'', f"{WORD}\r\n{LINE}\x0b{LINE}\u2028{LINE}", WORD * 5000,
)  # fmt: skip

TEXTS = {"t", "v", "oddFooter", "firstFooter", "title", "lpstr"}  # elements that hold texts; nothing in them acts
FORMULAS = {"f", "definedName", "formula", "formula1", "formula2"}
ACTIVE = re.compile(r"vba|externalLink|embedding|activeX|ctrlProps|connections|queryTable|customXml", re.IGNORECASE)
QUOTED_TITLE = re.compile(r"'(?:[^']|'')*'!")
ILLEGAL = re.compile(r'[\\:*?"<>|\x00-\x1f\x7f]')
DEVICE = re.compile(r"(?:CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9])(?:\.|$)", re.IGNORECASE)
ACTING = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u061c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


def acts(data: bytes, folder: Path) -> Iterator[str]:
    """Where something that was typed would act in a workbook, by the XML of its parts; folder: in which it lies."""
    with zipfile.ZipFile(BytesIO(data)) as package:
        for name in package.namelist():
            if ACTIVE.search(name) or WORD in name or is_illegal(name):
                yield name
            elif name.endswith((".xml", ".rels", ".vml")):
                part = etree.fromstring(package.read(name))
                for element in part.iter():
                    yield from (f"{name}: {words}" for words in _acts(element, folder))


def acts_in_word(data: bytes) -> Iterator[str]:
    """Where something that was typed would act in a Word file, by the XML of its parts."""
    with zipfile.ZipFile(BytesIO(data)) as package:
        for name in package.namelist():
            if WORD in name or is_illegal(name.replace("[Content_Types]", "types")):
                yield name
            for element in etree.fromstring(package.read(name)).iter():
                kind = etree.QName(element).localname
                if WORD in (element.text or "") and kind not in ("t", "title"):
                    yield f"{name}: {kind}: {element.text}"
                if element.get("TargetMode") == "External" or kind in ("object", "altChunk"):
                    yield f"{name}: {kind}: {element.get('Target')}"
                if kind != "tblCaption":  # what a table is about
                    yield from (f"{name}: {kind}/{key!s}" for key, value in element.items() if WORD in str(value))


def _acts(element: etree._Element, folder: Path) -> Iterator[str]:
    kind = etree.QName(element).localname
    words = element.text or ""
    if WORD in (element.tail or ""):
        yield f"behind {kind}: {element.tail}"
    if WORD in words and kind not in TEXTS and not (kind in FORMULAS and WORD not in QUOTED_TITLE.sub("", words)):
        yield f"{kind}: {words}"
    if kind.endswith("Footer") and re.search('&["DFTGZ]', words.replace("&&", "")):
        yield f"footer: {words}"
    if kind == "c" and not _is_text(element) and any(WORD in (child.text or "") for child in element.iter("{*}v")):
        yield f"cell {element.get('r')}"
    if kind == "Relationship" and element.get("TargetMode") == "External" and not _is_file(element, folder):
        yield f"link: {element.get('Target')}"
    for attribute, value in element.items():
        is_title = (kind, attribute) in (("sheet", "name"), ("hyperlink", "location"), ("Relationship", "Target"))
        if WORD in str(value) and not is_title:
            yield f"{kind}/{attribute!s}: {value!r}"


def _is_text(cell: etree._Element) -> bool:
    """A text of its own, or what a formula of ours gives."""
    kinds = {etree.QName(child).localname for child in cell}
    return cell.get("t") in ("s", "inlineStr") if "f" not in kinds else cell.get("t") == "str"


def _is_file(relation: etree._Element, folder: Path) -> bool:
    """A file that is there, by a relative path that leads to nothing above the collection, from a folder in it at most."""
    target = unquote(str(relation.get("Target")).partition("#")[0]).replace("\\", "/")
    within = target.removeprefix("../") if folder.name == REVIEWS else target
    is_plain = not re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", within) and not {"", "..", "/"} & set(within.split("/"))
    return is_plain and str(relation.get("Type")).endswith("/hyperlink") and (folder / target).resolve().is_file()


def is_illegal(path: str) -> bool:
    """Whether a relative path leads out of where it begins, or Windows takes a name of it for something else."""
    names = PurePosixPath(path).parts
    return path.startswith("/") or any(
        name == ".." or bool(ILLEGAL.search(name) or DEVICE.match(name)) or name.endswith((" ", ".")) for name in names
    )
