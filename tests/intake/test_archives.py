"""Archives: told by their bytes, opened one level deep within each other; what cannot be opened is named."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.helpers import Issued, is_chinese_sentence, rules, single
from tests.passing_on import Level
from workbook_builder.centre.package_out import Packed
from workbook_builder.errors import UnreadableError
from workbook_builder.intake.arrivals import parcels_in, sources_in
from workbook_builder.judge.check import Checked, check_read

pytestmark = pytest.mark.slow

RAR, SEVEN_ZIP = b"Rar!\x1a\x07\x01\x00" + bytes(40), b"7z\xbc\xaf\x27\x1c" + bytes(40)


def zipped(files: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def contents(path: Path) -> dict[str, bytes]:
    return {source.name: source.read() for source in sources_in([path])}


def put(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_archive_in_an_archive__is_opened_as_a_parcel_of_its_own(tmp_path: Path) -> None:
    inner = zipped({"二.xlsx": b"2", "深/三.xlsx": b"3"})
    path = put(tmp_path / "外.zip", zipped({"一.xlsx": b"1", "单位/内.ZIP": inner, "四.xlsx": b"4"}))
    assert [(parcel.name, [parcel.member(one) for one in parcel.sources]) for parcel in parcels_in([path])] == [
        ("外.zip", ["一.xlsx", "四.xlsx"]),
        ("外.zip/单位/内.ZIP", ["二.xlsx", "深/三.xlsx"]),
    ]
    assert [data for _, data in sorted(contents(path).items())] == [b"1", b"2", b"3", b"4"]


def test_archive_two_levels_down__is_one_file_that_is_to_be_unpacked(tmp_path: Path, example: Issued) -> None:
    deep = zipped({"内.zip": zipped({"最内.zip": zipped({"一.xlsx": b"1"})})})
    (result,) = judged(put(tmp_path / "外.zip", deep), example)
    assert (result.file, result.status) == ("外.zip/内.zip/最内.zip", "unreadable")
    assert "请先解压" in result.findings[0].message


def moved(workbook: bytes, before: str) -> bytes:
    """The workbook with something before the name of each part."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return zipped({before + name: archive.read(name) for name in archive.namelist()})


def judged(path: Path, issued: Issued) -> list[Checked]:
    return [check_read(source.read, source.name, issued.desk) for source in sources_in([path])]


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])  # stored, its directory is in ours
@pytest.mark.parametrize("name", ["申报.zip", "申报.xlsx", "申报"])
def test_archive_under_another_name__is_opened(tmp_path: Path, alone: Issued, name: str, compression: int) -> None:
    path = put(tmp_path / name, zipped({"甲.xlsx": alone.filled(single())}, compression))
    (result,) = judged(path, alone)
    assert (result.file, result.status) == (f"{name}/甲.xlsx", "accepted")


@pytest.mark.parametrize("name", ["甲.zip", "甲.xlsx", "甲"])
def test_workbook_under_another_name__is_a_workbook(tmp_path: Path, alone: Issued, name: str) -> None:
    data = alone.filled(single())
    (outside,) = judged(put(tmp_path / name, data), alone)
    (inside,) = judged(put(tmp_path / "外.zip", zipped({name: data})), alone)
    assert (outside.file, outside.status) == (name, "accepted")
    assert (inside.file, inside.status) == (f"外.zip/{name}", "accepted")


@pytest.mark.parametrize("name", ["甲.zip", "甲.xlsx"])
@pytest.mark.parametrize("before", ["/", "\\"])
def test_workbook_whose_parts_begin_with_a_slash__is_a_workbook(
    tmp_path: Path, alone: Issued, name: str, before: str
) -> None:
    (result,) = judged(put(tmp_path / name, moved(alone.filled(single()), before)), alone)
    assert (result.file, result.status) == (name, "accepted")


@pytest.mark.parametrize("name", ["甲.zip", "甲.xlsx"])
def test_workbook_that_was_unpacked_and_packed_with_its_folder__is_one_file_that_says_so(
    tmp_path: Path, alone: Issued, name: str
) -> None:
    (result,) = judged(put(tmp_path / name, moved(alone.filled(single()), "申报/")), alone)
    assert rules(result) == ["file.not_a_workbook"]
    assert "解压后连同文件夹重新压缩" in result.findings[0].message


@pytest.mark.parametrize(("data", "kind"), [(RAR, "RAR 压缩包（.rar）"), (SEVEN_ZIP, "7z 压缩包（.7z）")])
@pytest.mark.parametrize("name", ["申报.rar", "申报.zip", "申报.xlsx"])
def test_archive_of_another_kind__is_named_and_to_be_unpacked(
    tmp_path: Path, example: Issued, name: str, data: bytes, kind: str
) -> None:
    (outside,) = judged(put(tmp_path / name, data), example)
    (inside,) = judged(put(tmp_path / "外.zip", zipped({name: data})), example)
    for result in (outside, inside):
        assert rules(result) == ["file.not_a_workbook"]
        assert kind in result.findings[0].message
        assert "请先解压" in result.findings[0].message
        assert is_chinese_sentence(result.findings[0].message)


def test_damaged_archive_within_another__is_one_file_and_stops_nothing(tmp_path: Path, example: Issued) -> None:
    inner = zipped({"一.xlsx": b"1" * 5000})
    path = put(tmp_path / "外.zip", zipped({"坏.zip": inner[:-30], "好.png": b"\x89PNG" + bytes(40)}))
    broken, other = judged(path, example)
    assert (broken.file, rules(broken)) == ("外.zip/坏.zip", ["file.corrupt"])
    assert (other.file, rules(other)) == ("外.zip/好.png", ["file.not_a_workbook"])


def test_empty_archive_within_another__says_so(tmp_path: Path) -> None:
    path = put(tmp_path / "外.zip", zipped({"空.zip": zipped({}), "一.xlsx": b"1"}))
    one, empty = sources_in([path])
    assert (one.name, empty.name) == ("外.zip/一.xlsx", "外.zip/空.zip")
    with pytest.raises(UnreadableError, match="压缩包中没有文件"):
        empty.read()


def test_archive_that_was_cut_behind_a_stored_workbook__is_damaged(tmp_path: Path) -> None:
    workbook = zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"})
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("甲.xlsx", workbook)
        archive.writestr("乙.xlsx", b"2" * 500)
    end = stream.getvalue().index(workbook) + len(workbook)
    (source,) = sources_in([put(tmp_path / "外.zip", stream.getvalue()[:end])])
    with pytest.raises(UnreadableError, match="压缩包已损坏"):
        source.read()


def test_archive_within_another__is_unpacked_once_for_all_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = zipped({f"{number}.xlsx": bytes([number]) for number in range(20)})
    path = put(tmp_path / "外.zip", zipped({"内.zip": inner}))
    opened = []
    real = zipfile.ZipFile.open

    class Counted(zipfile.ZipFile):
        def open(self, name, *more, **options):  # type: ignore[no-untyped-def]
            opened.append(getattr(name, "filename", name))
            return real(self, name, *more, **options)

    monkeypatch.setattr(zipfile, "ZipFile", Counted)
    assert len(contents(path)) == 20
    assert opened.count("内.zip") == 2  # to see what it is, and for its files


def test_package_from_below_within_an_archive__is_taken_in_as_a_package(
    packed: Packed, department: Level, tmp_path: Path
) -> None:
    path = put(
        tmp_path / "来件.zip", zipped({"说明.txt": "请查收".encode(), packed.path.name: packed.path.read_bytes()})
    )
    done = department.imports(path)
    assert [package.code for package in done.packages] == [packed.manifest.code]


def test_entry_without_a_name__is_passed_over_and_the_others_come_in(tmp_path: Path) -> None:
    stream = io.BytesIO(zipped({"甲.xlsx": b"1"}))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(zipfile.ZipInfo(""), b"x")
    assert contents(put(tmp_path / "外.zip", stream.getvalue())) == {"外.zip/甲.xlsx": b"1"}
