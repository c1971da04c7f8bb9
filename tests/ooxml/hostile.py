"""Files that somebody made to harm, or that broke in an unusual way, and the verdict that each deserves."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from tests.ooxml.packages import compound_file
from tests.ooxml.sheets import MAIN, archive, parts_of, relationships

CORRUPT, TOO_LARGE, NOT_OURS = "file.corrupt", "file.too_large", "structure.form_unknown"
NO_WORKBOOK, ENCRYPTED, UNSUPPORTED = "file.not_a_workbook", "file.encrypted", "file.unsupported"
SHEET, BOOK = "xl/worksheets/sheet1.xml", "xl/workbook.xml"
ONE_SHEET = '<sheets><sheet name="主表" sheetId="1" r:id="s1"/></sheets>'
BOMB = '<!DOCTYPE x [<!ENTITY a "哈哈哈哈哈哈哈哈哈哈">' + "".join(
    f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)  # fmt: skip


class Hostile(NamedTuple):
    """A file and the rule that its one finding has; readable ones that are no forms of ours are told to be none."""

    name: str
    data: bytes
    rule: str


def hostile_files() -> Iterator[Hostile]:
    """All of them."""
    makers = (_of_sheets, _of_cells, _of_many, _of_parts, _of_lists, _of_xml, _of_archives, _of_directories)
    for make in (*makers, _of_other_kinds, _cut_short):
        for number, (rule, data) in enumerate(make(), start=1):
            yield Hostile(f"{make.__name__.strip('_')}_{number:02}.xlsx", data, rule)


def _with(**changed: str) -> bytes:
    """A small workbook with parts exchanged: sheet, book, or any by its name with underscores for / and .xml left out."""
    names = {"sheet": SHEET, "book": BOOK, "strings": "xl/sharedStrings.xml", "styles": "xl/styles.xml"}
    parts = parts_of("<sheetData/>", strings="<si><t>甲</t></si>", styles="<cellXfs><xf/></cellXfs>")
    return archive(parts | {names.get(name, name): text for name, text in changed.items()})


def _sheet(inside: str) -> bytes:
    return archive(parts_of(inside))


def _rows(rows: str) -> bytes:
    return _sheet(f"<sheetData>{rows}</sheetData>")


def _cell(content: str) -> bytes:
    return _rows(f'<row r="1"><c r="A1"{content}</c></row>')


def _of_sheets() -> Iterator[tuple[str, bytes]]:
    """Sheets that lie about places, hold too much, or hold what no cell can."""
    yield NOT_OURS, _rows('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    yield CORRUPT, _rows('<row r="1048577"><c r="A1048577"><v>1</v></c></row>')
    yield CORRUPT, _rows('<row r="1"><c r="XFE1"><v>1</v></c></row>')
    yield CORRUPT, _rows('<row r="0"/>')
    yield CORRUPT, _rows('<row r="-1"/>')
    yield CORRUPT, _rows(f'<row r="{"9" * 5000}"/>')
    yield CORRUPT, _rows(f'<row r="1"><c r="{"A" * 5000}1"/></row>')
    yield CORRUPT, _rows('<row r="1048576"/><row/>')


def _of_cells() -> Iterator[tuple[str, bytes]]:
    """Cells with values, texts and formulas that no program writes."""
    yield NOT_OURS, _cell("><v>1e999</v>")
    yield NOT_OURS, _cell(f"><v>{'9' * 100_000}</v>")
    yield NOT_OURS, _cell(f"><v>1e-{'9' * 50}</v>")
    yield NOT_OURS, _cell("><v>NaN</v>")
    yield CORRUPT, _cell(' t="s"><v>1</v>')
    yield CORRUPT, _cell(f' t="s"><v>{"9" * 100_000}</v>')
    yield CORRUPT, _cell(' t="s"><v>-1</v>')
    yield NOT_OURS, _cell(f' t="inlineStr"><is><t>{"长" * 200_000}</t></is>')
    yield TOO_LARGE, _cell(f' t="inlineStr"><is><t>{"长文字" * 700_000}</t></is>')
    yield NOT_OURS, _cell(f"><f>{'(' * 20_000}1{')' * 20_000}</f><v>1</v>")
    yield NOT_OURS, _cell('><f t="shared" ref="A1:A1" si="0">A1</f>')
    yield NOT_OURS, _cell('><f t="shared" si="4294967296"/>')
    yield NOT_OURS, _cell('><f t="array" ref="A1:XFD1048576">A1</f>')
    yield NOT_OURS, _cell('><f t="shared" ref="A1:XFD1048576" si="-1">$A1</f><v>=</v>')
    yield NOT_OURS, _cell(' t="str"><v>_x0000__x0001__xD800__xFFFF_</v>')
    yield NOT_OURS, _cell(' t="inlineStr"><is>' + "<r><t>x</t></r>" * 20_000 + "</is>")
    yield NOT_OURS, _cell("><v>1</v>" * 20_000)


def _of_many() -> Iterator[tuple[str, bytes]]:
    """Sheets that hold something again and again."""
    yield NOT_OURS, _rows('<row r="1"><c r="A1"><v>1</v></c></row>' * 5_000)
    yield NOT_OURS, _rows('<row r="1">' + '<c r="A1"><v>1</v></c>' * 20_000 + "</row>")
    yield TOO_LARGE, _rows(f'<row r="1">{"<c><v>1</v></c>" * 300_000}</row>')
    yield NOT_OURS, _cell(' t="inlineStr"><is>' + '<r><rPr><sz val="1"/></rPr><t>a</t></r>' * 60_000 + "</is>")
    yield NOT_OURS, _rows("<row>" * 200 + "</row>" * 200)
    yield NOT_OURS, _rows("".join(f'<row r="{number}"/>' for number in range(20_000, 0, -1)))
    yield TOO_LARGE, _rows("".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 300_002)))
    yield TOO_LARGE, _rows("".join(f'<row><c r="A{n}"><v>1</v></c></row>' for n in range(1, 300_002)))
    yield TOO_LARGE, _sheet("<sheetData/><mergeCells>" + '<mergeCell ref="A1:B2"/>' * 300_001 + "</mergeCells>")
    yield CORRUPT, _sheet('<sheetData/><mergeCells><mergeCell ref="A:XFE"/></mergeCells>')
    yield CORRUPT, _sheet('<sheetData/><mergeCells><mergeCell ref="A1:A0"/></mergeCells>')
    yield NOT_OURS, _sheet('<cols><col min="1" max="16384" hidden="1"/></cols><sheetData/>')
    yield NOT_OURS, _sheet("<cols>" + '<col min="1" max="16384" hidden="1"/>' * 5_000 + "</cols><sheetData/>")
    yield CORRUPT, _sheet('<cols><col min="0" max="99999999999999999999" hidden="1"/></cols><sheetData/>')
    yield CORRUPT, _sheet("<sheetData/><sheetProtection " + " ".join(f'a{n}="1"' for n in range(20_000)) + "/>")
    yield NOT_OURS, _sheet("<sheetData/>" + "<conditionalFormatting><cfRule/></conditionalFormatting>" * 20_000)


def _of_parts() -> Iterator[tuple[str, bytes]]:
    """Parts that contradict each other, point to themselves or to nothing, or are there without end."""
    parts = parts_of("<sheetData/>", strings="<si><t>甲</t></si>")
    book_relations, root_relations = "xl/_rels/workbook.xml.rels", "_rels/.rels"
    yield CORRUPT, archive({name: text for name, text in parts.items() if name != SHEET})
    yield CORRUPT, archive({name: text for name, text in parts.items() if name != book_relations})
    yield CORRUPT, archive({name: text for name, text in parts.items() if name != root_relations})
    yield CORRUPT, archive({name: text for name, text in parts.items() if name != BOOK})
    yield CORRUPT, archive(parts | {SHEET: parts[BOOK]})
    yield NO_WORKBOOK, archive(parts | {BOOK: parts[SHEET]})
    yield CORRUPT, archive(parts | {"xl/sharedStrings.xml": parts[SHEET]})
    yield CORRUPT, archive(parts | {book_relations: parts[SHEET]})
    yield NO_WORKBOOK, archive(parts | {root_relations: relationships([("r1", "officeDocument", "_rels/.rels")])})
    yield CORRUPT, archive(parts | {book_relations: relationships([("s1", "worksheet", "workbook.xml")])})
    yield CORRUPT, archive(parts | {book_relations: relationships([("s1", "worksheet", "../../../../etc/passwd")])})
    yield CORRUPT, archive(parts | {book_relations: relationships([("s1", "worksheet", "http://192.0.2.1/x.xml")])})
    yield NOT_OURS, archive(parts | {book_relations: relationships([("s1", "chartsheet", "worksheets/sheet1.xml")])})
    external = relationships([("s1", "worksheet", "file:///etc/passwd")]).replace(
        "/></R", ' TargetMode="External"/></R'
    )
    yield CORRUPT, archive(parts | {book_relations: external})
    cycle = relationships([("d", "drawing", "sheet1.xml"), ("c", "comments", "sheet1.xml")])
    yield NOT_OURS, archive(parts | {"xl/worksheets/_rels/sheet1.xml.rels": cycle})


def _of_lists() -> Iterator[tuple[str, bytes]]:
    """Parts that list too much, or what contradicts."""
    parts, book_relations = parts_of("<sheetData/>"), "xl/_rels/workbook.xml.rels"
    same = "".join(f'<sheet name="{n}" r:id="s1"/>' for n in range(50))
    yield CORRUPT, archive(parts_of(workbook=f"<sheets>{same}</sheets>"))
    yield CORRUPT, archive(parts_of(workbook='<sheets><sheet name="" r:id="s1"/></sheets>'))
    yield CORRUPT, archive(parts_of(workbook="<sheets/>"))  # which no program opens
    endless = "".join(f'<sheet name="{n}" r:id="x{n}"/>' for n in range(300_001))
    yield TOO_LARGE, archive(parts_of(workbook=f"<sheets>{endless}</sheets>"))
    names = '<definedName name="a">主表!$A$1</definedName>' * 300_001
    yield TOO_LARGE, archive(parts_of(workbook=f"{ONE_SHEET}<definedNames>{names}</definedNames>"))
    long_name = f'<definedName name="a">{"主表!$A$1," * 100_000}</definedName>'
    yield NOT_OURS, archive(parts_of(workbook=f"{ONE_SHEET}<definedNames>{long_name}</definedNames>"))
    yield TOO_LARGE, archive(parts_of(strings="<si><t/></si>" * 300_001))
    yield TOO_LARGE, archive(parts_of(styles=f"<cellXfs>{'<xf/>' * 300_001}</cellXfs>"))
    code = "[[" * 20_000 + "&quot;" * 20_000
    yield NOT_OURS, archive(parts_of(styles=f'<numFmts><numFmt numFmtId="9" formatCode="{code}"/></numFmts>'))
    many = relationships((f"x{number}", "hyperlink", "a") for number in range(300_001))
    yield TOO_LARGE, archive(parts | {book_relations: many})
    yield NOT_OURS, archive(parts | {"docProps/core.xml": f"<a>{'x' * 1_000_000}</a>"})
    yield NOT_OURS, archive(parts | {"docProps/core.xml": f'{BOMB}]><a xmlns:d="http://purl.org/dc/terms/">&i;</a>'})
    yield NOT_OURS, archive(parts | {"[Content_Types].xml": "<Types/>"})
    yield NOT_OURS, archive(parts | {"[Content_Types].xml": "no markup"})
    yield NOT_OURS, archive(parts | {"xl/vbaProject.bin": "\0" * 1000, "xl/externalLinks/externalLink1.xml": BOMB})


def _of_xml() -> Iterator[tuple[str, bytes]]:
    """XML that grows, hides markup, or is none."""
    sheet = parts_of("<sheetData/>")[SHEET]
    for text in (
        f"{BOMB}]>{sheet.replace('<sheetData/>', '&i;')}",
        BOMB + "]>" + sheet.replace("<sheetData/>", '<sheetData x="&i;"/>'),
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///dev/zero"> %p;]>' + sheet,
        '<!DOCTYPE x SYSTEM "http://192.0.2.1/x.dtd">' + sheet,
        "<!DOCTYPE x [" + "<!ENTITY a 'b'>" * 20_000 + "]>" + sheet,
        "<a>" * 100_000,
        "<a " * 10_000,
        "<a" * 100_000 + ">",
        f"<{'a' * 100_000}/>",
        sheet.replace("<sheetData/>", "<a>" * 5_000 + "</a>" * 5_000),
        sheet.replace("<sheetData/>", "&#0;"),
        sheet.replace("<sheetData/>", "\0"),
        sheet.replace("<sheetData/>", "\x0b\x1b"),
        sheet.replace("<sheetData/>", "\ufffe"),
        sheet.replace("<sheetData/>", "&undefined;"),
        sheet.replace("<sheetData/>", "<x:y/>"),
        sheet.replace("<sheetData/>", '<y a="1" a="2"/>'),
        sheet.replace("<sheetData/>", "<![CDATA["),
        sheet.replace("<sheetData/>", "<!-- -- -->"),
        sheet + sheet,
        sheet + "rest",
        "",
        " ",
        '<?xml version="1.0" encoding="no-such-encoding"?>' + sheet,
        '<?xml version="1.0" encoding="UTF-16"?>' + sheet,
        '<?xml version="1.0" encoding="UTF-7"?>' + sheet.replace("<sheetData/>", "+ADw-sheetData/+AD4-"),
        '<?xml version="1.0" encoding="HZ"?>' + sheet,
        '<?xml version="1.0" encoding="ISO-2022-JP"?>' + sheet,
    ):
        yield CORRUPT, _with(sheet=text)
    yield NOT_OURS, _with(sheet=sheet.replace("<sheetData/>", "<!--" + "x" * 100_000 + "--><sheetData/>"))
    yield NOT_OURS, _with(sheet=sheet.replace("<sheetData/>", "<?p " + "x" * 100_000 + "?><sheetData/>"))
    yield TOO_LARGE, _with(sheet=sheet.replace("<sheetData/>", f"<sheetData>{'长文字' * 700_000}</sheetData>"))
    yield CORRUPT, _with(book=f"{BOMB}]><workbook>&i;</workbook>")
    yield CORRUPT, _with(strings=f'{BOMB}]><sst xmlns="{MAIN}"><si><t>&i;</t></si></sst>')


def _of_archives() -> Iterator[tuple[str, bytes]]:
    """Bombs, and archives whose parts are not what their directory says."""
    plain = _with()
    sheet = parts_of("<sheetData/>")[SHEET]
    spaces = sheet.replace("<sheetData/>", " " * (21 << 20))
    yield TOO_LARGE, _with(sheet=spaces)
    bomb = _with(sheet=spaces)
    yield TOO_LARGE, bomb.replace(struct.pack("<I", len(spaces.encode())), struct.pack("<I", 11))
    yield CORRUPT, plain.replace(struct.pack("<I", len(sheet.encode())), struct.pack("<I", 11))
    yield TOO_LARGE, plain.replace(struct.pack("<I", len(sheet.encode())), struct.pack("<I", 0x7FFFFFFF))
    yield CORRUPT, plain.replace(struct.pack("<I", zlib.crc32(sheet.encode())), b"\1\2\3\4")
    yield CORRUPT, plain[:4] + plain[4:].replace(b"PK\3\4", b"PK\3\5")
    yield CORRUPT, plain.replace(b"PK\1\2", b"PK\1\3")
    yield CORRUPT, plain.replace(b"PK\5\6", b"PK\5\7")
    yield TOO_LARGE, archive({f"xl/{number}": "" for number in range(2_001)})
    yield NO_WORKBOOK, archive({"inner.xlsx": "x"})
    yield NO_WORKBOOK, archive({})
    yield CORRUPT, _method(plain, 12)
    yield CORRUPT, _method(plain, 99)
    yield (
        ENCRYPTED,
        plain.replace(b"PK\3\4\x14\0\0\0", b"PK\3\4\x14\0\1\0").replace(
            b"PK\1\2\x14\3\x14\0\0\0", b"PK\1\2\x14\3\x14\0\1\0"
        ),
    )
    yield ENCRYPTED, plain.replace(b"PK\3\4\x14\0\0\0", b"PK\3\4\x14\0\1\0")
    yield CORRUPT, b"PK\3\4" + bytes(10_000)
    yield CORRUPT, b"PK\5\6" + b"\xff" * 18
    yield CORRUPT, plain + b"PK\5\6" + b"\xff" * 18


def _method(data: bytes, method: int) -> bytes:
    """Every entry said to be packed in another way."""
    return data.replace(b"PK\1\2\x14\3\x14\0\0\0\x08\0", b"PK\1\2\x14\3\x14\0\0\0" + struct.pack("<H", method))


def _of_directories() -> Iterator[tuple[str, bytes]]:
    """Names that lead elsewhere, stand twice, or differ between an entry and the directory."""
    parts = parts_of("<sheetData/>")
    for name in ("../../x.xml", "/etc/passwd", "C:\\x.xml", "xl/../../x.xml", "a" * 60_000, "\u202egnp.xml", "CON"):
        yield NOT_OURS, archive(parts | {name: "<evil/>"})
    yield CORRUPT, archive(parts | {SHEET.upper(): parts[SHEET]})
    yield CORRUPT, archive(parts | {"/" + SHEET: parts[SHEET]})
    yield CORRUPT, archive(parts | {SHEET.replace("/", "\\"): parts[SHEET]})
    yield CORRUPT, archive(parts | {SHEET.replace("s", "%73"): parts[SHEET]})
    plain = archive(parts)
    local, behind = plain.split(b"PK\1\2", 1)
    for name, rule in (
        (SHEET.upper(), NOT_OURS),
        (SHEET.replace("/", "\\"), NOT_OURS),
        (SHEET.replace("sheet1", "sheet2"), CORRUPT),
        (SHEET.replace("sheet1", "sheet\0"), CORRUPT),
    ):
        yield rule, local.replace(SHEET.encode(), name.encode()) + b"PK\1\2" + behind
    yield CORRUPT, _all_at_one_place(plain)
    yield CORRUPT, local + b"PK\1\2" + behind.replace(SHEET.encode(), SHEET.replace("sheet1", "sheet\0").encode())


def _all_at_one_place(data: bytes) -> bytes:
    """A directory whose entries all lead to the first part."""
    out = bytearray(data)
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        at = book.start_dir
        for info in book.infolist():
            out[at + 42 : at + 46] = bytes(4)
            at += 46 + len(info.filename.encode())
    return bytes(out)


def _of_other_kinds() -> Iterator[tuple[str, bytes]]:
    """What is no package at all."""
    yield NO_WORKBOOK, b""
    yield NO_WORKBOOK, b"\0" * 100_000
    yield NO_WORKBOOK, b"%PDF-1.7" + bytes(1000)
    yield NO_WORKBOOK, b"\x1f\x8b" + bytes(1000)
    yield NO_WORKBOOK, b"<html>" + b"<table>" * 10_000
    yield NO_WORKBOOK, ("<?xml version='1.0'?>" + BOMB).encode()
    yield NO_WORKBOOK, "甲,乙\n".encode("utf-16") * 10_000
    yield CORRUPT, compound_file("EncryptedPackage", "EncryptionInfo")  # by name only: nothing is encrypted there
    yield NO_WORKBOOK, compound_file("WordDocument")
    yield CORRUPT, compound_file("Workbook")[:600]
    yield NO_WORKBOOK, compound_file("Workbook")[:512] + b"\xff" * 100_000
    yield CORRUPT, archive({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"})  # an .ods without content


def _cut_short() -> Iterator[tuple[str, bytes]]:
    """A workbook of which less and less has arrived."""
    data = _with()
    for kept in range(5, len(data), len(data) // 20):
        yield CORRUPT, data[:kept]
