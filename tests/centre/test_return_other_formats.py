"""A file in another format that is to be corrected goes back as an .xlsx, with all that was typed into it."""

from pathlib import Path

import pytest

from tests.centre.returning import centre_of, issued_in, lines_of
from tests.helpers import collection_of, project, single
from tests.ooxml.foreign_books import WRITERS, sheets_of
from workbook_builder.collection.generate import generate
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.judge.answers import contents
from workbook_builder.ooxml.reader import read_workbook

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("form", WRITERS)
def test_file_in_another_format__goes_back_as_xlsx_with_what_was_typed(tmp_path: Path, form: str) -> None:
    collection = collection_of(tmp_path / "任务", project())
    generate(collection, packaged_catalogue())
    centre = centre_of(collection)
    filled = issued_in(centre).filled(single(annual_goal=None, total_fiscal="2000万"))
    cells = {title: dict(sheet) for title, sheet in sheets_of(read_workbook(filled, "")).items()}
    cells["申报表"][40, 20] = "请核实"
    assert centre.imports(f"甲.{form}", WRITERS[form](cells)).status == "returned"
    (done,) = centre.returns()
    assert (done.outcome, done.copy and done.copy.suffix) == ("written", ".xlsx")
    assert done.copy is not None
    copy = done.copy.read_bytes()
    answers, typed = dict(contents(centre.opened(copy))), dict(contents(centre.opened(filled)))
    assert answers == typed
    told = [line[4] for line in lines_of(copy)]
    assert any("2000万" in str(words) for words in told)
    assert any("只读取了单元格里的内容" in str(words) for words in told)
    assert any("请核实" in str(line) for line in lines_of(copy))
    centre.ledger.close()
