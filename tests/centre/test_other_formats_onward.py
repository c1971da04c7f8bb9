"""A file in another format: corrected, it goes back as an .xlsx with all that was typed; accepted, it goes on as it came."""

from pathlib import Path

import pytest

from tests.centre.returning import centre_of, issued_in, lines_of
from tests.helpers import Issued, collection_of, project, single
from tests.judge.test_other_formats import PASSWORD, encrypted
from tests.ooxml.foreign_books import WRITERS, sheets_of
from tests.passing_on import STREET_UNITS, Level, bureau, ledger_sums, level, parts_of
from workbook_builder.collection.generate import generate
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.answers import contents
from workbook_builder.judge.opening import Desk
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


def street(folder: Path) -> tuple[Level, Issued]:
    place = level(folder, STREET_UNITS, project())
    (path,) = generate(place.collection, packaged_catalogue()).written
    return place, Issued(place.collection, path, Desk(place.collection))


@pytest.mark.parametrize("form", WRITERS)
def test_file_in_another_format__is_passed_on_as_it_came_and_read_above(tmp_path: Path, form: str) -> None:
    place, issued = street(tmp_path / "街道" / "任务")
    data = WRITERS[form](sheets_of(read_workbook(issued.filled(single()), "")))
    file = place.collection.folder / "收回" / f"甲.{form}"
    file.write_bytes(data)
    place.imports(file)
    packed = place.packs()
    parts = parts_of(packed)
    (name,) = [name for name in parts if name.endswith(f".{form}")]
    assert parts[name] == data
    above = bureau(tmp_path / "局" / "任务")
    done = above.imports(packed.path)
    assert (done.exit_code, done.packages[0].disagreements) == (0, ())
    assert ledger_sums(above) == ledger_sums(place)
    assert ledger_sums(above)["annual_funds"] > 0
    place.ledger.close()
    above.ledger.close()


def test_encrypted_file_in_a_package__needs_its_password_above(tmp_path: Path) -> None:
    place, issued = street(tmp_path / "街道" / "任务")
    file = place.collection.folder / "收回" / "甲.xlsx"
    file.write_bytes(encrypted(issued.filled(single())))
    import_files(place.collection, [file], place.ledger, passwords=[PASSWORD])
    packed = place.packs()
    above = bureau(tmp_path / "局" / "任务")
    refused = above.imports(packed.path)
    assert [item.outcome for item in refused.items] == ["rejected"]
    assert refused.items[0].checked is not None
    assert "设有打开密码" in refused.items[0].checked.findings[0].message
    done = import_files(above.collection, [packed.path], above.ledger, passwords=[PASSWORD])
    assert ([item.outcome for item in done.items], done.packages[0].disagreements) == (["current"], ())
    place.ledger.close()
    above.ledger.close()
