"""What workbooks are judged by lies in 档案: where it is not what it was, that is said, and nothing is judged by it."""

import pickle
from pathlib import Path

import pytest

from tests.helpers import Issued, collection_of, is_chinese_sentence, project, single
from workbook_builder.cli.app import main
from workbook_builder.collection.generate import generate
from workbook_builder.errors import ContentError, UnreadableError, UsageError, UserError
from workbook_builder.findings import finding_of_file
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.judge.opening import Desk


@pytest.fixture
def sent(tmp_path: Path) -> Issued:
    collection = collection_of(tmp_path / "任务", project())
    generate(collection, packaged_catalogue())
    (issue,) = collection.issues().values()
    form = Issued(collection, collection.folder / issue.file, Desk(collection))
    (collection.folder / "收回" / "P1.xlsx").write_bytes(form.filled(single()))
    return form


@pytest.mark.slow
@pytest.mark.parametrize("kept", ["规则-*.json", "模板-*.xlsx"])
@pytest.mark.parametrize("command", ["import", "check"])
def test_what_was_kept_is_changed__is_said_by_name_and_nothing_is_judged(
    sent: Issued, capsys: pytest.CaptureFixture[str], kept: str, command: str
) -> None:
    (path,) = sent.collection.archive.glob(kept)
    path.write_bytes(path.read_bytes().replace(b"error", b"erro") + b" ")
    assert main([command, str(sent.collection.folder)]) == 2
    said = "".join(capsys.readouterr().err.split())
    assert path.name in said
    assert "请从备份中恢复这个文件后再试。" in said
    assert not list(sent.collection.archive.glob("原件/*"))


FINDING = finding_of_file("file.corrupt", "error", "“坏.xlsx”：文件已损坏。")


@pytest.mark.parametrize("error", [ContentError("有错误。", [FINDING]), UnreadableError(FINDING), UsageError("用法。")])
def test_error_that_ends_a_command__comes_back_whole_from_a_child(error: UserError) -> None:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert (type(again), str(again), again.exit_code) == (type(error), str(error), error.exit_code)
    assert is_chinese_sentence(str(again))
    assert vars(again) == vars(error)
