"""催报 by mail: drafts that a mail program opens, with the text, the workbooks to work on, and nothing that acts."""

import datetime
import email
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.helpers import UNIT, collection_of, project, single, write_roster
from workbook_builder.centre.chase_mail import Draft, write_drafts
from workbook_builder.centre.returns.copies import return_copies
from workbook_builder.cli.app import main
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.collection.roster import Roster, Settings, Unit
from workbook_builder.errors import UsageError
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.fill import fill
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.status import status_of

pytestmark = pytest.mark.slow

DAY = datetime.date(2022, 2, 1)
PROJECTS = (project("P1", "社区培训"), project("P2", "零星维修"), project("P3", "别家的", unit_code="U2"))


class Chased(NamedTuple):
    """A collection of which P1 came back wrong, and P2 and P3 did not come."""

    collection: Collection
    drafts: tuple[Draft, ...]


def mail(draft: Draft) -> EmailMessage:
    message = email.message_from_bytes(draft.file.read_bytes(), policy=default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.fixture
def chased(tmp_path: Path, request: pytest.FixtureRequest) -> Chased:
    address = getattr(request, "param", "zhang@example.org")
    collection = collection_of(tmp_path / "任务")
    units = (UNIT._replace(email=address), Unit("U2", "乙中心", "李四", "021-2"))
    write_roster(collection.roster, Roster(Settings(2022, "一上", datetime.date(2022, 1, 31)), units, PROJECTS))
    generate(collection, packaged_catalogue())
    issue = collection.latest_issues()["P1"]
    data = (collection.folder / issue.file).read_bytes()
    wrong = fill(data, "P1.xlsx", single(annual_other="200000.01"), Desk(collection))
    (collection.folder / "收回" / "P1.xlsx").write_bytes(wrong)
    ledger = Ledger(sqlite_url(collection.ledger))
    import_files(collection, [collection.folder / "收回"], ledger)
    return_copies(collection, ledger)
    drafts = write_drafts(collection, status_of(collection, ledger, DAY), DAY)
    ledger.close()
    return Chased(collection, drafts)


def test_each_unit__has_a_draft_with_its_text_and_what_it_is_to_work_on(chased: Chased) -> None:
    first, second = chased.drafts
    assert [draft.file.parent.name for draft in chased.drafts] == ["2022-02-01"] * 2
    message = mail(first)
    assert (message["To"], message["X-Unsent"]) == ("zhang@example.org", "1")
    assert message["Subject"] == "催报：2022 年度项目支出绩效目标申报（一上）"
    body = message.get_body()
    assert body is not None
    text = body.get_content()
    assert "社区培训（P1）（2 处错误）" in text
    assert "零星维修（P2）" in text
    attached = {part.get_filename(): part.get_content() for part in message.iter_attachments()}
    returned = next((chased.collection.folder / "退回").rglob("*.xlsx"))
    empty = chased.collection.folder / chased.collection.latest_issues()["P2"].file
    assert attached == {returned.name: returned.read_bytes(), empty.name: empty.read_bytes()}
    assert (second.address, mail(second)["To"]) == (None, None)


def test_drafts__are_recorded_and_never_taken_for_what_came_back(chased: Chased) -> None:
    records = chased.collection.reminders()
    assert [(one.day, one.unit_code, one.address, len(one.attachments)) for one in records] == [
        ("2022-02-01", "U1", "zhang@example.org", 2), ("2022-02-01", "U2", "", 1),
    ]  # fmt: skip
    ledger = Ledger(sqlite_url(chased.collection.ledger))
    with pytest.raises(UsageError, match="催报"):
        import_files(chased.collection, [chased.drafts[0].file], ledger)
    ledger.close()


@pytest.mark.parametrize(
    "chased", ["a@b", "张三", "a@example.org\nBcc: x@example.org", "a@example.org, b@example.org"], indirect=True
)
def test_what_is_no_single_address__is_left_to_the_person(chased: Chased) -> None:
    first = chased.drafts[0]
    assert (first.address, mail(first)["To"], mail(first)["Bcc"]) == (None, None, None)


def test_workbook_that_somebody_filled_where_it_lies__is_not_sent(chased: Chased) -> None:
    path = chased.collection.folder / chased.collection.latest_issues()["P2"].file
    path.write_bytes(b"filled")
    ledger = Ledger(sqlite_url(chased.collection.ledger))
    first, _ = write_drafts(chased.collection, status_of(chased.collection, ledger, DAY), DAY)
    ledger.close()
    assert ([name[:2] for name in first.attachments], first.without) == (["P1"], ("P2",))


def test_command_before_any_return_copy_was_made__says_what_is_not_attached_and_what_to_do(
    chased: Chased, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [draft.without for draft in chased.drafts] == [(), ()]
    next((chased.collection.folder / "退回").rglob("*.xlsx")).unlink()
    assert main(["chase", str(chased.collection.folder)]) == 0
    out = capsys.readouterr().out
    assert "附 1 个工作簿，P1 没有附件" in out
    assert "先用 return 生成退回稿" in out


def test_command__writes_the_drafts_and_says_which_lack_an_address(
    chased: Chased, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["chase", str(chased.collection.folder)]) == 0
    out = capsys.readouterr().out
    assert "zhang@example.org" in out
    assert "没有可用的邮箱" in out
    assert "共 2 封草稿" in out
    assert main(["chase", str(chased.collection.folder), "--json"]) == 0
    assert '"unit_code": "U2"' in capsys.readouterr().out
