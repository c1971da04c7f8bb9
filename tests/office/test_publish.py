"""Published documents in real programs: valid for Word, kept by LibreOffice, laid out as official documents are."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.centre.publishing import compared, copied, published, reviewed
from tests.office.programs import Job, Result, SdkProblem
from workbook_builder.centre.publish.publishing import Published
from workbook_builder.cli.demo import Demo
from workbook_builder.collection.folder import Collection
from workbook_builder.ooxml.foreign.office import turned_into

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def seed(shown: Demo, tmp_path_factory: pytest.TempPathFactory) -> Collection:
    collection = copied(shown.collection, tmp_path_factory.mktemp("seed") / "任务")
    reviewed(collection, {"DJ2022-01": "通过"})
    return collection


@pytest.fixture(scope="module")
def done(seed: Collection, office: Callable[[list[Job]], list[Result]]) -> Published:
    office([])  # skips where it is not at hand
    made = published(seed)
    if made.no_pdf:
        pytest.skip("needs LibreOffice Writer: make test installs it")
    return made


def words_of(pdf: Path) -> list[str]:
    """The text of each page."""
    run = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, encoding="utf-8")
    return run.stdout.rstrip("\f").split("\f")


def test_documents__are_valid_for_word(done: Published, sdk_problems: Callable[[Path], list[SdkProblem]]) -> None:
    documents = [path for path in done.written if path.suffix == ".docx"]
    assert len(documents) == 2
    assert {path.name: sdk_problems(path) for path in documents} == {path.name: [] for path in documents}


def test_document_saved_again_by_libreoffice__still_agrees_with_the_ledger(
    seed: Collection, done: Published, tmp_path: Path
) -> None:
    names = ["党群综合服务.docx", "公开汇编.docx"]
    made = turned_into("docx:MS Word 2007 XML", {name: (done.folder / name).read_bytes() for name in names})
    for name, data in zip(names, list(made), strict=True):
        assert data is not None
        (tmp_path / name).write_bytes(data)
        check = compared(seed, tmp_path / name)
        assert (check.compared.projects, check.compared.differences) == (("党群综合服务",), ())


def test_pages__are_numbered_and_heads_repeated_and_contents_know_their_pages(done: Published) -> None:
    pages = words_of(done.folder / "党群综合服务.pdf")
    numbers = [re.findall(r"—\s*([0-9]+)\s*—", page) for page in pages]
    assert numbers == [[str(number)] for number in range(1, len(pages) + 1)]
    assert all("征求意见稿" not in page for page in pages)
    with_indicators = [page for page in pages if re.search("满意度指标|时效指标", page)]
    assert all("年度指标值" in page for page in with_indicators)
    volume = words_of(done.folder / "公开汇编.pdf")
    assert "公开汇编" in volume[0]
    assert re.search(r"党群综合服务\s*\.+\s*1\b", volume[1])


def test_published_again__no_pdf_is_made_anew(seed: Collection, done: Published) -> None:
    again = published(seed)
    assert again.written == ()
    assert len(again.unchanged) == len(done.written) == 6
