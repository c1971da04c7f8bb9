"""The buttons: one function each, which calls what the command calls and says in an answer what to show.

The name of a function in ACTIONS is the id of its button in macros/ribbon.xml and the word after `addin run`. As in the
commands, a function imports what it needs: whoever is asked something should not wait for a database.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from workbook_builder.addin import deciding, onward
from workbook_builder.addin.answers import Answer, Ask, Copy, Message, Open, Save, Table
from workbook_builder.addin.call import Call
from workbook_builder.collection.folder import INCOMING, REPORT, RETURNED, REVIEWS, ROSTER, TEMPLATE, Collection
from workbook_builder.errors import UsageError, UserError
from workbook_builder.files import remove_file
from workbook_builder.rule_ids import ROSTER_OPEN

if TYPE_CHECKING:
    from workbook_builder.findings import Finding
    from workbook_builder.ledger.recording import Ledger

YEARS = range(2000, 2101)
COPY = "copy"  # the answer that holds the path of a copy


def new(call: Call) -> Answer:
    """新建任务: asks for place and year, makes the collection, opens its roster."""
    if "folder" not in call.answers:
        return [Ask("folder", "folder", "请选择新任务放在哪个文件夹里")]
    if "year" not in call.answers:
        proposal = str(date.today().year + 1)  # noqa: DTZ011 - the officer's own calendar
        return [Ask("year", "text", "请输入年度（四位数字）", proposal)]
    year = call.answers["year"].strip()
    if not (year.isdecimal() and int(year) in YEARS):
        raise UsageError(f"年度应为 {YEARS[0]} 到 {YEARS[-1]} 的四位数字，现为“{year}”。请再点一次“新建任务”重新输入。")
    from workbook_builder.collection.new_task import new_task

    collection = new_task(Path(call.answers["folder"]) / f"{int(year)}年绩效目标申报", int(year))
    words = f"已新建“{collection.folder}”。请填写打开的 {ROSTER}，保存后点“生成下发”。"
    return [Open(collection.roster), Message(words)]


def generate_workbooks(call: Call) -> Answer:
    """生成下发: the locked workbooks of the roster in front."""
    if asked := _save_first(call, "生成下发按已保存的名册进行"):
        return asked
    from workbook_builder.addin.overtaken import GO_ON, Asked, generated

    try:
        done = generated(call.collection, call.counts("生成"), is_agreed=GO_ON in call.answers)
    except Asked as stop:
        return stop.answer
    words = f"共生成 {len(done.written)} 个工作簿，放在“{call.collection.outgoing}”，见打开的下发清单。"
    if done.unchanged:
        words += f"另有 {len(done.unchanged)} 个与上次下发时相同，没有重新生成。"
    warnings = tuple(one for one in done.warnings if one.rule != ROSTER_OPEN)  # it is: here, and just saved
    return [*_shown(warnings), Open(done.issue_list), Message(words)]


def check(call: Call) -> Answer:
    """检查本表: what is wrong with the workbook in front, as it is there: a declaration, the roster or the template."""
    file, copy = call.file, call.answers.get(COPY)
    if call.is_unsaved and copy is None:
        return [Copy(COPY)]
    from workbook_builder.addin.tables import counted

    try:
        conclusion, findings = _judged(file, Path(copy) if copy else file)
    finally:
        if copy:
            remove_file(Path(copy))
    counts = f"{counted(findings)}，见“问题”表。" if findings else "没有发现问题。"
    return [*_shown(findings), Message(f"“{file.name}”：{conclusion}{counts}")]


def import_incoming(call: Call) -> Answer:
    """导入收回: all of 收回/ into the ledger, then 汇总.xlsx anew."""
    from workbook_builder.addin.tables import imported
    from workbook_builder.centre.words import counted_words
    from workbook_builder.intake.importing import import_files

    collection = call.collection
    with call.ledger() as ledger:
        done = import_files(collection, [collection.folder / INCOMING], ledger, call.counts("导入"))
        if not done.items:
            return [Message(f"“{collection.folder / INCOMING}”中没有文件。请把交回的工作簿放进去，再点“导入收回”。")]
        report = _reported(collection, ledger)
    words = f"共 {len(done.items)} 个文件，应退回 {done.how_many(status='returned')} 个，"
    words += f"无法读取 {done.how_many(status='unreadable')} 个。还缺 {counted_words(len(done.missing), done.missing_parts)}。"
    return [imported(done), *report, Message(words)]


def make_report(call: Call) -> Answer:
    """汇总: 汇总.xlsx anew, after what reviewers wrote into it is kept."""
    collection = call.collection
    with call.ledger() as ledger:
        return _reported(collection, ledger)


def make_parts(call: Call) -> Answer:
    """分给审核人: 汇总.xlsx anew, and beside it a file with his projects for each reviewer."""
    collection = call.collection
    with call.ledger() as ledger:
        return _reported(collection, ledger, split=True)


def make_return_copies(call: Call) -> Answer:
    """退回修改: a copy to send back for each file that is to be corrected."""
    from workbook_builder.addin.tables import returned
    from workbook_builder.centre.returns.copies import return_copies

    collection = call.collection
    with call.ledger() as ledger:
        done = return_copies(collection, ledger, progress=call.counts("退回"))
    if not done:
        return [Message("台账中没有应退回修改的申报。新交回的文件请先点“导入收回”。")]
    written = sum(item.outcome == "written" for item in done)
    words = f"共生成 {written} 份退回稿，放在“{collection.folder / RETURNED}”，见“退回结果”表。"
    return [returned(done, collection.folder), Message(words)]


def show_status(call: Call) -> Answer:
    """收表进度: the roster against the ledger, and 催报清单.xlsx."""
    from workbook_builder.centre.chase import write_chase_list
    from workbook_builder.centre.words import counted_words
    from workbook_builder.ledger.status import status_of

    collection = call.collection
    with call.ledger() as ledger:
        status = status_of(collection, ledger)
    counts = status.counts_words
    words = f"应报 {counted_words(len(status.entries), status.parts)}：{counts}，逾期 {status.how_many(late=True)}。"
    return [Open(write_chase_list(collection, status)), Message(f"{words}还要催的见打开的催报清单。")]


def show_help(_call: Call) -> Answer:
    """帮助: what each button does."""
    from workbook_builder.addin.ribbon import buttons

    rows = [(button.label, button.does) for button in buttons()]
    return [Table("帮助", {"按钮": 14.0, "做什么": 100.0}, rows, {})]


ACTIONS: dict[str, Callable[[Call], Answer]] = {
    "new": new,
    "generate": generate_workbooks,
    "check": check,
    "import": import_incoming,
    "report": make_report,
    "split": make_parts,
    "return": make_return_copies,
    "status": show_status,
    "chase": onward.write_drafts,
    "take_back": deciding.take_back,
    "prefer": deciding.prefer,
    "history": deciding.show_history,
    "package": onward.make_package,
    "publish": onward.publish_documents,
    "rollover": onward.begin_next,
    "help": show_help,
}


def _save_first(call: Call, what: str) -> Answer:
    return [Save(f"“{call.file.name}”有未保存的修改，{what}。现在保存并继续吗？")] if call.is_unsaved else []


def _shown(findings: "tuple[Finding, ...]") -> Answer:
    from workbook_builder.addin.tables import shown

    return shown(findings)


def _judged(file: Path, source: Path) -> "tuple[str, tuple[Finding, ...]]":
    """A conclusion in words, and the findings; source: where the workbook lies as it is in Excel."""
    from workbook_builder.addin.tables import verdict
    from workbook_builder.blank.template_check import check_template
    from workbook_builder.centre.folding import folded
    from workbook_builder.collection.roster import offered_by
    from workbook_builder.collection.roster_reading import read_roster
    from workbook_builder.files import read_file
    from workbook_builder.judge.check import check_read
    from workbook_builder.judge.opening import Desk
    from workbook_builder.ooxml.limits import MAX_FILE_BYTES

    desk = Desk(Collection.of(file))
    if file.name == TEMPLATE:
        return "", check_template(read_file(source), TEMPLATE, desk.catalogue)
    if file.name == ROSTER:
        form = Desk(Collection.at(file)).form
        return "", tuple(read_roster(read_file(source), ROSTER, offered_by(form, desk.catalogue))[1])
    checked = check_read(lambda: read_file(source, MAX_FILE_BYTES), file.name, desk)
    return f"{verdict(checked)}。", tuple(folded(checked.findings))


def _reported(collection: Collection, ledger: "Ledger", *, split: bool = False) -> Answer:
    from workbook_builder.addin.tables import problems
    from workbook_builder.centre.report.write import write_report
    from workbook_builder.centre.words import outdated_words

    try:
        done = write_report(collection, ledger, split=split)
    except UserError as error:  # what was imported before stays
        return [Message(f"{REPORT} 没有重新生成：{error}", is_error=True)]
    shown: Answer = [problems(done.findings)] if done.findings else []
    if done.file is None:
        words = f"{REPORT} 有读不懂的内容，没有重新生成。"
        words += f"请按“问题”表改正、保存并关闭 {REPORT}，再点“汇总”。"
        return [*shown, Message(words, is_error=True)]
    kept = f"{done.kept} 个项目的审核有新内容，已记入台账。" if done.kept else ""
    copy = f"{REPORT} 被改动过，原来的一份另存为“{done.copy}”。" if done.copy else ""
    problem = (
        f"审核表中有 {len(done.findings)} 处读不懂或与别人的意见不一，没有采用，见“问题”表。" if done.findings else ""
    )
    parts = f"另有 {len(done.parts)} 份审核表，放在“{collection.folder / REVIEWS}”。" if done.parts else ""
    outdated = outdated_words(done.outdated) if done.outdated else ""
    words = f"{REPORT} 已重新生成，共 {done.projects} 个项目。{parts}{kept}{outdated}{copy}{problem}"
    return [*shown, Open(done.file), Message(words, is_error=bool(done.findings))]
