"""Opening what comes in: what is too large, or claims to be smaller than it is, is refused in time."""

import os
import struct

import pytest

from tests.ooxml.packages import ROOT_RELATIONS, archive, real_workbook, refusal, workbook_archive
from workbook_builder.errors import UnreadableError
from workbook_builder.ooxml import limits
from workbook_builder.ooxml.package import open_package


def test_file_beyond_its_limit__is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    data = real_workbook()
    monkeypatch.setattr(limits, "MAX_FILE_BYTES", len(data))
    assert open_package(data, "申报.xlsx").workbook == "xl/workbook.xml"
    finding = refusal(data + b"\0")
    assert finding.rule == "file.too_large"
    assert "请交回下发的 .xlsx 文件" in finding.message


def test_too_many_entries__are_too_large() -> None:
    fitting = [(f"xl/{number}.xml", b"") for number in range(limits.MAX_ENTRIES - 2)]
    assert len(open_package(workbook_archive(*fitting), "申报.xlsx").names) == limits.MAX_ENTRIES
    assert refusal(workbook_archive(*fitting, ("xl/more.xml", b""))).rule == "file.too_large"


def test_parts_that_claim_too_much_together__are_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    data = workbook_archive(("xl/a.xml", bytes(600)), ("xl/b.xml", bytes(600)))
    monkeypatch.setattr(limits, "MAX_PART_BYTES", 1000)
    assert open_package(data, "申报.xlsx").workbook == "xl/workbook.xml"
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 1200)
    assert refusal(data).rule == "file.too_large"


def test_part_that_claims_too_much__is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_PART_BYTES", 1000)
    assert refusal(workbook_archive(("xl/a.xml", bytes(1001)))).rule == "file.too_large"


def test_zip_bomb__is_too_large() -> None:
    bomb = b"<workbook>" + b" " * (limits.FREE_PART_BYTES + 1)
    finding = refusal(archive([("_rels/.rels", ROOT_RELATIONS), ("xl/workbook.xml", bomb)]))
    assert finding.rule == "file.too_large"
    assert "200 倍" in finding.message


def with_claimed_size(data: bytes, size: int, claimed: int) -> bytes:
    assert data.count(struct.pack("<I", size)) == 2  # the local header and the directory
    return data.replace(struct.pack("<I", size), struct.pack("<I", claimed))


def test_zip_bomb_that_claims_to_be_small__is_too_large() -> None:
    bomb = b"<workbook>" + b" " * (limits.FREE_PART_BYTES + 1)
    data = archive([("_rels/.rels", ROOT_RELATIONS), ("xl/workbook.xml", bomb)])
    assert refusal(with_claimed_size(data, len(bomb), 11)).rule == "file.too_large"


def test_part_beyond_its_limit_that_claims_to_be_small__is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    content = os.urandom(4321)
    data = with_claimed_size(archive([("_rels/.rels", ROOT_RELATIONS), ("xl/workbook.xml", content)]), 4321, 11)
    monkeypatch.setattr(limits, "MAX_PART_BYTES", 4000)
    assert refusal(data).rule == "file.too_large"


def test_parts_unpacked_together__are_counted_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    package = open_package(workbook_archive(("xl/a.xml", os.urandom(600)), ("xl/b.xml", os.urandom(600))), "申报.xlsx")
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 1200)
    for _ in range(3):
        assert len(package.read("xl/a.xml")) == 600
    with pytest.raises(UnreadableError) as caught:
        package.read("xl/b.xml")
    assert caught.value.finding.rule == "file.too_large"


@pytest.mark.parametrize("claimed", [4, 4000])
def test_part_of_another_length_than_claimed__is_corrupt(claimed: int) -> None:
    content = "<workbook>" + " " * 1000 + "</workbook>"
    data = archive([("_rels/.rels", ROOT_RELATIONS), ("xl/workbook.xml", content)])
    assert refusal(with_claimed_size(data, len(content), claimed)).rule == "file.corrupt"


def elements_of(content: str, monkeypatch: pytest.MonkeyPatch | None = None) -> list[str]:
    if monkeypatch:
        monkeypatch.setattr(limits, "CHUNK_BYTES", 16)
    package = open_package(workbook_archive(("xl/list.xml", content)), "申报.xlsx")
    return ["".join(str(text) for text in item.itertext()) for item in package.elements("xl/list.xml", "list", "item")]


def test_elements__are_complete_wherever_the_chunks_end(monkeypatch: pytest.MonkeyPatch) -> None:
    items = "".join(f"<item><v>{number}</v><!-- - --><w>第{number}项</w></item>\n" for number in range(200))
    content = f"<list><head/><group><other><item>甲</item></other>{items}</group><tail/></list>"
    expected = ["甲", *(f"{number}第{number}项" for number in range(200))]
    assert elements_of(content) == elements_of(content, monkeypatch) == expected


def test_elements_beyond_the_limit__are_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_CONTENT", 3)
    assert len(elements_of("<list><item><v/></item><item><v/><v/></item><item/></list>")) == 3
    with pytest.raises(UnreadableError, match="超过 3 个"):
        elements_of("<list><item><v/></item><item><v/><v/></item><item/><item/></list>")


def test_one_element_that_never_ends__is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_ELEMENT_BYTES", 1000)
    assert elements_of(f"<list>{'<item><v/></item>' * 500}</list>", monkeypatch) == [""] * 500
    with pytest.raises(UnreadableError) as caught:
        elements_of(f"<list><item>{'<v/>' * 500}</item></list>", monkeypatch)
    assert caught.value.finding.rule == "file.too_large"


@pytest.mark.parametrize("content", ["<list><a {}/></list>", "<list><!-- {} --></list>", "<list>{}</list>"])
def test_one_tag_comment_or_text_that_never_ends__is_too_large(content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_ELEMENT_BYTES", 1000)
    assert elements_of(content.format('b=""'), monkeypatch) == []
    with pytest.raises(UnreadableError) as caught:
        elements_of(content.format(" ".join(f'b{number}=">"' for number in range(500))), monkeypatch)
    assert caught.value.finding.rule == "file.too_large"


def test_root_tag_that_never_ends__is_corrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_ELEMENT_BYTES", 10_000)
    content = "<list {}/>".format(" ".join(f'b{number}=">"' for number in range(5000)))
    with pytest.raises(UnreadableError) as caught:
        elements_of(content)
    assert caught.value.finding.rule == "file.corrupt"


def test_part_cut_short_after_its_elements__is_corrupt() -> None:
    with pytest.raises(UnreadableError, match="XML 内容有错"):
        elements_of("<list><item/>")
