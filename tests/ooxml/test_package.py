"""Opening what comes in: every file that is no readable workbook is refused with its own reason and remedy."""

import base64
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import msoffcrypto.format.ooxml
import pytest

from tests.office.programs import Job, Result
from tests.ooxml.packages import (
    ROOT_RELATIONS,
    archive,
    compound_file,
    real_workbook,
    refusal,
    relation,
    relationships,
    workbook_archive,
)
from workbook_builder.errors import UnreadableError
from workbook_builder.ooxml.package import open_package
from workbook_builder.ooxml.reader import read_workbook


def test_openpyxl_workbook__opens_and_names_its_workbook_part() -> None:
    package = open_package(real_workbook(), "申报.xlsx")
    assert package.workbook == "xl/workbook.xml"
    assert package.has("xl/worksheets/sheet1.xml")
    assert b"<workbook" in package.read("xl/workbook.xml")


@pytest.mark.parametrize(
    ("data", "seems"),
    [
        (b"", "空的"),
        ("项目名称,金额\n甲,1\n".encode(), "文本文件"),
        ("项目名称,金额\r\n甲,1\r\n".encode("gb18030"), "文本文件"),
        ("项目名称\t金额\n".encode("utf-16"), "文本文件"),
        (("项" * 2000).encode(), "文本文件"),
        (b"<html xmlns:x='urn:schemas-microsoft-com:office:excel'><table></table></html>", "HTML"),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE HTML><body>", "HTML"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n<html>", "单个文件网页"),
        (bytes(range(256)), "无法识别"),
        (archive([("申报.xlsx", real_workbook())]), "普通压缩包"),
        (archive([]), "普通压缩包"),
        (archive([("word/document.xml", "<document/>")]), "Word"),
        (archive([("mimetype", "application/vnd.oasis.opendocument.text")]), "OpenDocument 文档"),
        (compound_file("WordDocument", "1Table"), "旧版 Word"),
        (compound_file("Contents"), "无法识别"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "PNG 图片"),
        (b"RIFF\x20\0\0\0WEBPVP8 ", "WebP 图片"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "HEIC 图片"),
        (b"BM" + bytes(12) + b"\x28\0\0\0" + bytes(40), "BMP 图片"),
        (b"%PDF-1.7\n", "PDF"),
        (archive([("OFD.xml", "<OFD/>"), ("Doc_0/Document.xml", "<a/>")]), "OFD"),
        (b"From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\n\r\n<html>", "邮件（.eml）"),
        (compound_file("__properties_version1.0", "__nameid"), "Outlook 邮件（.msg）"),
        (b"Rar!\x1a\x07\x01\0" + bytes(40), "RAR 压缩包"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(40), "7z 压缩包"),
        (bytes(257) + b"ustar\x0000" + bytes(240), "tar 压缩包"),
    ],
)
def test_file_of_another_kind__is_not_a_workbook_and_says_what_it_seems(data: bytes, seems: str) -> None:
    finding = refusal(data, "申报.xls")
    assert finding.rule == "file.not_a_workbook"
    assert seems in finding.message
    assert "交回下发的 .xlsx 文件" in finding.message


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        (b"7z\xbc\xaf\x27\x1c" + bytes(40), "请先解压"),
        (compound_file("__properties_version1.0"), "请打开邮件，取出附件"),
        (b"\xff\xd8\xff" + bytes(40), "从图片和版式文件里读不出填报的内容"),
        (compound_file("WordDocument"), "请把内容填进下发的文件"),
    ],
)
def test_file_that_needs_more_than_saving_again__says_what_to_do(data: bytes, advice: str) -> None:
    assert advice in refusal(data).message


OWNER = (
    b"\x06zhangs".ljust(55) + b"\x06\0" + "zhangs".ljust(54).encode("utf-16-le")
)  # as Excel leaves it beside an open file


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (bytes(20_000), "每个字节都是 0"),
        (OWNER, "名称以 ~$ 开头"),
        (b"L\0\0\0\1\x14\2\0" + bytes(range(200)), "快捷方式（.lnk）"),
        (b"\0\5\x16\7\0\2\0\0Mac OS X" + bytes(99), "名称以 ._ 开头"),
        ("[InternetShortcut]\r\nURL=https://docs.example.org/表\r\n".encode(), "网址的快捷方式"),
        (base64.encodebytes(workbook_archive()), "没有解码的附件"),
        (b"data:application/octet-stream;base64," + base64.b64encode(workbook_archive()), "没有解码的附件"),
        (b"\r\n\x01HTTP/1.1 200 OK\r\n\r\n" + workbook_archive(), "开头混入了别的内容"),
        (archive([("申报/[Content_Types].xml", "<a/>"), ("申报/xl/workbook.xml", "<a/>")]), "解压后连同文件夹重新压缩"),
    ],
)
def test_file_that_was_a_workbook_once__says_what_became_of_it(data: bytes, words: str) -> None:
    finding = refusal(data)
    assert finding.rule == "file.not_a_workbook"
    assert words in finding.message
    assert ".xlsx 文件" in finding.message
    assert "内容无法识别" not in finding.message


@pytest.mark.parametrize(
    "data", [b"\x01\xfe\x80" * 55, OWNER + b"\0", b"\x02\xff\0" + bytes(9_999), b"\xfe\x81PK\3\4" + bytes(99)]
)
def test_file_of_no_known_kind__is_not_called_what_it_may_not_be(data: bytes) -> None:
    assert "内容无法识别" in refusal(data).message


def test_numbers_document__is_named_with_the_way_to_an_xlsx() -> None:
    finding = refusal(archive([("Index/Document.iwa", b"\0"), ("preview.jpg", b"\0")]))
    assert finding.rule == "file.unsupported"
    assert "苹果 Numbers 表格" in finding.message
    assert "“文件—导出为—Excel”" in finding.message


@pytest.mark.parametrize(
    ("root", "kind"), [("w:document", "Word"), ("p:presentation", "PowerPoint"), ("y", "其他程序")]
)
def test_other_office_document_in_a_package__is_not_a_workbook(root: str, kind: str) -> None:
    relations = relationships(relation("rId1", "officeDocument", "main.xml"))
    main = f'<{root} xmlns:w="urn:w" xmlns:p="urn:p"/>'
    finding = refusal(archive([("_rels/.rels", relations), ("main.xml", main)]))
    assert finding.rule == "file.not_a_workbook"
    assert kind in finding.message


@pytest.mark.parametrize(
    ("data", "file", "kind"),
    [
        (compound_file("Workbook"), "申报.xls", ".xls"),
        (compound_file("Book"), "申报.xlsx", ".xls"),
        (b"\x09\x08\x10\x00\x00\x06\x05\x00" + bytes(40), "申报.xls", ".xls"),
        (compound_file("Workbook"), "申报.et", ".et"),
        (compound_file("ETExtData", "Workbook"), "申报.xls", ".xls"),
        (compound_file("ETExtData"), "申报.ET", ".et"),
        (archive([("内容.bin", b"\0")]), "申报.et", ".et"),
        (bytes(range(256)), "申报.et", ".et"),
        (
            b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'/>",
            "申报.xls",
            "XML 表格",
        ),
        (
            b"<office:document xmlns:a='"
            + b"x" * 2000
            + b"' office:mimetype='application/vnd.oasis.opendocument.spreadsheet'>",
            "申报.fods",
            ".fods",
        ),
        (archive([("mimetype", "application/vnd.oasis.opendocument.spreadsheet")]), "申报.xlsx", ".ods"),
        (
            archive([("_rels/.rels", ROOT_RELATIONS.replace(".xml", ".bin")), ("xl/workbook.bin", b"\x83\x01")]),
            "申报.xlsx",
            ".xlsb",
        ),
    ],
)
def test_other_spreadsheet_format__is_unsupported_and_asks_to_save_as_xlsx(data: bytes, file: str, kind: str) -> None:
    finding = refusal(data, file)
    assert finding.rule == "file.unsupported"
    assert kind in finding.message
    programs = {".et": "WPS", ".fods": "LibreOffice"}
    assert f"请用 {programs.get(kind, 'Excel 或 WPS')} 另存为 .xlsx 后重交" in finding.message


def test_workbook_named_et__is_read_by_its_content() -> None:
    assert open_package(real_workbook(), "申报.et").workbook == "xl/workbook.xml"


def test_other_formats_written_by_libreoffice__are_told_apart(
    tmp_path: Path, office: Callable[[Sequence[Job]], list[Result]]
) -> None:
    (tmp_path / "book.xlsx").write_bytes(real_workbook())
    formats = ["xls", "ods", "fods"]
    saved = [tmp_path / f"book.{form}" for form in formats]
    office([{"book": tmp_path / "book.xlsx", "save": saved}])
    for form, path in zip(formats, saved, strict=True):
        finding = refusal(path.read_bytes())
        assert finding.rule == "file.unsupported"
        assert f"（.{form}）" in finding.message


def test_workbook_with_an_open_password__is_encrypted_and_says_how_to_remove_it() -> None:
    encrypted = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(real_workbook())).encrypt("1234", encrypted)
    finding = refusal(encrypted.getvalue())
    assert finding.rule == "file.encrypted"
    assert "请在 Excel 中“文件—信息—保护工作簿—用密码进行加密”去掉打开密码后重交" in finding.message


@pytest.mark.parametrize(
    "head",
    [
        b"b\x14#e\x04\x00\x01\x00E-SafeNet\x00\x00\x00LOCK",
        b"%TSD-Header-###%\x01\x02",
        b"\x00\x01%TSD-Header-###%",
        b"\x9b DRMONE  This Document is encrypted and protected by a server",
        b"\x01\x00\x00\x00XX_ENCRYPTED_FILE\x00",
        b"\x7f\x03\x00LOCK\x00",
    ],
)
def test_file_that_an_offices_software_encrypted__has_to_be_decrypted_first(head: bytes) -> None:
    finding = refusal(head + bytes(range(256)) * 20)
    assert finding.rule == "file.security_software"
    assert "解密" in finding.message


@pytest.mark.parametrize("separator", ["\\", "%5C"])
def test_part_names_with_backslashes__are_read_like_others(separator: str) -> None:
    with zipfile.ZipFile(io.BytesIO(real_workbook())) as plain:
        parts = [(info.filename, plain.read(info)) for info in plain.infolist()]
    turned = archive([(name.replace("/", separator), data) for name, data in parts])
    before, after = (read_workbook(data, "a.xlsx") for data in (archive(parts), turned))
    assert after.sheets == before.sheets
    assert after.names == before.names


def test_archive_entries_with_a_password__are_encrypted() -> None:
    data = workbook_archive()
    marked = data.replace(b"PK\x03\x04\x14\x00\x00", b"PK\x03\x04\x14\x00\x01")
    marked = marked.replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01")
    assert refusal(marked).rule == "file.encrypted"


@pytest.mark.parametrize("kept", [0.05, 0.5, 0.99])
def test_truncated_workbook__is_corrupt(kept: float) -> None:
    data = real_workbook()
    finding = refusal(data[: int(len(data) * kept)])
    assert finding.rule == "file.corrupt"
    assert "请用" in finding.message


def test_truncated_container__is_corrupt() -> None:
    assert refusal(compound_file("Workbook")[:700]).rule == "file.corrupt"


@pytest.mark.parametrize(
    "parts",
    [
        [("_rels/.rels", ROOT_RELATIONS)],
        [("xl/workbook.xml", "<workbook/>")],
        [("_rels/.rels", ROOT_RELATIONS), ("xl/workbook.xml", "")],
        [("_rels/.rels", ROOT_RELATIONS), ("xl/workbook.xml", "<!-- only a comment -->")],
        [("_rels/.rels", ROOT_RELATIONS), ("xl/workbook.xml", "no markup")],
        [("_rels/.rels", "<Relationships>"), ("xl/workbook.xml", "<workbook/>")],
        [("_rels/.rels", "<other/>"), ("xl/workbook.xml", "<workbook/>")],
    ],
)
def test_missing_or_broken_main_parts__are_corrupt(parts: list[tuple[str, str]]) -> None:
    assert refusal(archive(parts)).rule == "file.corrupt"


@pytest.mark.parametrize(
    "declaration",
    [
        "<!DOCTYPE workbook>",
        '<!DOCTYPE workbook [<!ENTITY a "1">]>',
        '<!DOCTYPE workbook SYSTEM "http://192.0.2.1/x.dtd">',
        '<!DOCTYPE workbook [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>',
    ],
)
def test_document_type_declaration__is_corrupt_and_named(declaration: str) -> None:
    finding = refusal(archive([("_rels/.rels", ROOT_RELATIONS), ("xl/workbook.xml", declaration + "<workbook/>")]))
    assert finding.rule == "file.corrupt"
    assert "DTD" in finding.message


def test_checksum_that_differs__is_corrupt() -> None:
    content = b"<workbook/>"
    data = workbook_archive()
    damaged = data.replace(struct.pack("<I", zlib.crc32(content)), b"\1\2\3\4")
    assert damaged != data
    assert refusal(damaged).rule == "file.corrupt"


def test_compression_method_no_workbook_uses__is_corrupt() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_BZIP2) as written:
        written.writestr("_rels/.rels", ROOT_RELATIONS)
    assert refusal(stream.getvalue()).rule == "file.corrupt"


@pytest.mark.parametrize("twin", ["xl/styles.xml", "XL/Styles.xml", "/xl/styles.xml", "xl\\styles.xml"])
def test_part_that_stands_twice__is_corrupt(twin: str) -> None:
    data = archive(
        [("_rels/.rels", ROOT_RELATIONS), ("xl/styles.xml", "<a/>"), ("xl/" + "x" * (len(twin) - 3), "<b/>")]
    )
    data = data.replace(("xl/" + "x" * (len(twin) - 3)).encode(), twin.encode())
    assert "重复" in refusal(data).message


def test_two_main_parts__are_corrupt() -> None:
    relations = relationships(
        relation("a", "officeDocument", "xl/workbook.xml"), relation("b", "officeDocument", "xl/other.xml")
    )
    parts = [("_rels/.rels", relations), ("xl/workbook.xml", "<workbook/>"), ("xl/other.xml", "<workbook/>")]
    assert refusal(archive(parts)).rule == "file.corrupt"


@pytest.mark.parametrize("place", ["before", "between", "behind"])
def test_entry_that_the_directory_does_not_list__is_corrupt(place: str) -> None:
    hidden = archive([("xl/styles.xml", "<other/>")])
    hidden = hidden[: hidden.index(b"PK\x01\x02")]
    stream = io.BytesIO(hidden if place == "before" else b"")
    stream.seek(0, io.SEEK_END)
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in (("_rels/.rels", ROOT_RELATIONS), ("xl/workbook.xml", "<workbook/>")):
            written.writestr(name, content)
            if (place, name) in (("between", "_rels/.rels"), ("behind", "xl/workbook.xml")):
                written.start_dir = written.fp.seek(0, io.SEEK_END) + len(hidden)  # type: ignore[union-attr]
                written.fp.write(hidden)  # type: ignore[union-attr]
    assert "没有列出" in refusal(stream.getvalue()).message


def test_archives_one_behind_the_other__are_corrupt() -> None:
    assert "没有列出" in refusal(workbook_archive() + workbook_archive()).message


def test_bytes_behind_an_archive__do_no_harm() -> None:
    assert open_package(workbook_archive() + b"<html>virus scanned</html>", "申报.xlsx").workbook == "xl/workbook.xml"


def test_part_names__are_found_in_any_case_and_with_a_leading_slash() -> None:
    package = open_package(workbook_archive(("xl/Sheet 1.XML", "<a/>")), "申报.xlsx")
    for name in ("xl/Sheet 1.XML", "XL/sheet 1.xml", "/xl/sheet 1.xml", "xl\\sheet%201.xml"):
        assert package.read(name) == b"<a/>"
    assert not package.has("xl/sheet2.xml")
    with pytest.raises(UnreadableError, match=r"缺少组成部分 xl/sheet2\.xml"):
        package.read("xl/sheet2.xml")


def test_entries_that_point_outside__are_neither_written_nor_taken_for_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    data = workbook_archive(
        ("../escaped.xml", "<a/>"), ("../xl/workbook.xml", "<evil/>"), (f"{tmp_path}/x.xml", "<a/>")
    )
    package = open_package(data, "申报.xlsx")
    assert len([package.read(name) for name in package.names]) == 5
    assert package.read(package.workbook) == b"<workbook/>"
    assert list(tmp_path.rglob("*")) == [inside]


@pytest.mark.parametrize(
    "target", ["/books/main.xml", "books/main.xml", "./x/../books/main.xml", "../../books/main.xml"]
)
def test_workbook_part__is_found_by_relation_and_not_by_name(target: str) -> None:
    relations = relationships(
        relation("a", "extended-properties", "docProps/app.xml"), relation("b", "officeDocument", target)
    )
    parts = [("_rels/.rels", relations), ("books/main.xml", "<workbook/>"), ("xl/workbook.xml", "<evil/>")]
    assert open_package(archive(parts), "申报.xlsx").workbook == "books/main.xml"


def test_relations_of_a_part__are_resolved_from_its_folder() -> None:
    relations = relationships(
        relation("r1", "worksheet", "worksheets/sheet1.xml"),
        relation("r2", "styles", "/xl/STYLES.xml"),
        relation("r3", "image", "../media/%E5%9B%BE.png"),
        relation("r4", "externalLinkPath", "file:///C:/a.xlsx", ' TargetMode="External"'),
    )
    package = open_package(
        workbook_archive(("xl/_rels/workbook.xml.rels", relations), ("xl/styles.xml", "<a/>")), "申报.xlsx"
    )
    found = package.relations(package.workbook)
    assert [(entry.id, entry.type, entry.target, entry.is_external) for entry in found] == [
        ("r1", "worksheet", "xl/worksheets/sheet1.xml", False),
        ("r2", "styles", "xl/styles.xml", False),
        ("r3", "image", "media/图.png", False),
        ("r4", "externalLinkPath", "file:///C:/a.xlsx", True),
    ]
    assert package.relations("xl/styles.xml") == ()


def test_entry_without_a_name__is_no_part_and_does_no_harm() -> None:
    stream = io.BytesIO(real_workbook())
    with zipfile.ZipFile(stream, "a") as written:
        written.writestr(zipfile.ZipInfo(""), b"x")
    package = open_package(stream.getvalue(), "申报.xlsx")
    assert package.names == open_package(real_workbook(), "申报.xlsx").names
    assert read_workbook(stream.getvalue(), "申报.xlsx").sheets == read_workbook(real_workbook(), "申报.xlsx").sheets
