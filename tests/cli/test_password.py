"""--password: given, given several times, asked for; the commands that open what came back, and the ledger's memory."""

import getpass
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.centre_of_parts import centre_at, declared
from tests.helpers import Issued, collection_of, is_chinese_sentence, project, single
from tests.judge.test_other_formats import PASSWORD, encrypted
from workbook_builder.cli.app import main
from workbook_builder.collection.generate import generate
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.judge.opening import Desk

pytestmark = pytest.mark.slow


class Terminal(io.StringIO):
    """Somebody sits before it."""

    def isatty(self) -> bool:
        return True


class Office:
    """A collection with one project, and a filled workbook of it that is encrypted and lacks its goal."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]):
        self.collection = collection_of(folder, project())
        (path,) = generate(self.collection, packaged_catalogue()).written
        self.issued = Issued(self.collection, path, Desk(self.collection))
        self.file = folder / "收回" / "甲.xlsx"
        self.file.write_bytes(encrypted(self.issued.filled(single(annual_goal=None))))
        self._capsys = capsys

    def __call__(self, *words: str | Path) -> tuple[int, str, str]:
        self._capsys.readouterr()
        code = main([str(word) for word in words])
        shown = self._capsys.readouterr()
        assert PASSWORD not in shown.out + shown.err
        return code, shown.out, shown.err

    def status(self, *words: str | Path) -> str:
        (item,) = json.loads(self("check", self.file, *words, "--json")[1])
        return str(item["status"])


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    return Office(tmp_path / "任务", capsys)


def test_check__opens_with_one_of_the_passwords(office: Office) -> None:
    assert office.status() == "unreadable"
    assert office.status("--password", "错的") == "unreadable"
    assert office.status("--password", PASSWORD) == "returned"
    assert office.status("--password", "长" * 5000, "--password", PASSWORD) == "returned"
    assert office.status("--password", "错的", f"--password={PASSWORD}") == "returned"


@pytest.mark.parametrize("last", [["--password"], ["--password", "--json"]])
def test_password_left_out__is_asked_for_and_not_shown(
    office: Office, last: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def typed(prompt: str, stream: object) -> str:
        asked.append((prompt, stream is sys.stderr))
        return PASSWORD

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", typed)
    assert office("check", office.file, *last)[0] == 1
    assert office("check", *last, office.file)[0] == 1
    assert asked == [("打开密码（输入时不显示）：", True)] * 2


def empty(prompt: str, stream: object) -> str:
    assert prompt
    assert stream is sys.stderr
    return ""


def nobody(prompt: str, stream: object) -> str:
    raise EOFError(prompt, stream)


@pytest.mark.parametrize("typed", [empty, nobody])
def test_nothing_typed_for_a_password__is_wrong_usage(
    office: Office, typed: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(getpass, "getpass", typed)
    code, out, err = office("check", office.file, "--password")
    assert (code, out) == (2, "")
    assert "没有输入密码" in err


def test_password_left_out_without_a_terminal__is_wrong_usage(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    code, out, _ = office("check", office.file, "--password", "--json")
    error = json.loads(out)["error"]
    assert code == 2
    assert "--password=密码" in error
    assert is_chinese_sentence(error)


def test_describe_and_fill__open_an_encrypted_workbook(office: Office, tmp_path: Path) -> None:
    assert office("describe", office.file, "--json")[0] == 3
    described = json.loads(office("describe", office.file, "--json", "--password", PASSWORD)[1])
    assert any(entry["key"] == "annual_goal" for entry in described["inputs"])
    data, filled = tmp_path / "数据.json", tmp_path / "好.xlsx"
    data.write_text(json.dumps({"annual_goal": single()["annual_goal"]}), encoding="utf-8")
    assert office("fill", office.file, data, "-o", filled, "--password", PASSWORD)[0] == 0
    office.file = filled
    assert office.status() == "accepted"


def test_file_that_nobody_could_open__is_judged_when_the_password_comes(office: Office) -> None:
    folder = office.collection.folder

    def outcomes(*words: str) -> list[str]:
        done = json.loads(office("import", folder, *words, "--json")[1])
        return [item["outcome"] for item in done["items"]]

    assert outcomes() == ["unreadable"]
    assert outcomes() == ["duplicate"]
    assert outcomes("--password", "错的") == ["duplicate"]
    assert outcomes("--password", PASSWORD) == ["current"]
    assert outcomes("--password", PASSWORD) == ["duplicate"]
    status = json.loads(office("status", folder, "--json")[1])
    assert (status["unread"], [entry["state"] for entry in status["entries"]]) == ([], ["returned"])


def test_return_of_an_encrypted_workbook__needs_its_password_again(office: Office) -> None:
    folder = office.collection.folder
    office("import", folder, "--password", PASSWORD)
    (without,) = json.loads(office("return", folder, "--json")[1])
    assert without["outcome"] == "impossible"
    (done,) = json.loads(office("return", folder, "--json", f"--password={PASSWORD}")[1])
    assert done["outcome"] == "written"
    office.file = Path(done["copy"])
    assert office.status() == "returned"


def test_encrypted_parts__are_merged_with_their_password(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    centre = centre_at(tmp_path / "任务")
    centre.ledger.close()
    for code, entry in declared().items():
        centre.comes_as(f"{code}.xlsx", encrypted(centre.issued(code).filled(entry)))
    folder = str(centre.collection.folder)

    def ran(*words: str) -> Any:
        capsys.readouterr()
        main([*words, "--json"])
        return json.loads(capsys.readouterr().out)

    done = ran("import", folder, "--password", PASSWORD)
    assert [item["outcome"] for item in done["merged"]] == ["current"]
    assert "设有打开密码" in ran("merge", folder)["clashes"][0]["message"]
    assert len(ran("merge", folder, "--password", PASSWORD)["merged"]) == 1
