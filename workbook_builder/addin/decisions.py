"""The buttons by which the centre decides and sends on: 催报邮件, 撤回文件, 指定为准, 办理经过, 报送包."""

import getpass
from typing import TYPE_CHECKING

from workbook_builder.addin.answers import Answer, Ask, Message
from workbook_builder.addin.call import Call
from workbook_builder.clock import today
from workbook_builder.collection.folder import CHASE_FOLDER, REPORT

if TYPE_CHECKING:
    from workbook_builder.centre.deciding import Decided

FILE, CODE, REASON, UNDO = "file", "code", "reason", "undo"
WHERE_NAMES_STAND = f"可以先在 {REPORT} 的“收表进度”表中选中写着它的单元格，再点这个按钮"


def write_drafts(call: Call) -> Answer:
    """催报邮件: a mail draft for each unit that something is still to come from."""
    from workbook_builder.addin.tables import drafted
    from workbook_builder.centre.chase_mail import write_drafts
    from workbook_builder.ledger.status import status_of

    collection, day = call.collection, today()
    with call.ledger() as ledger:
        drafts = write_drafts(collection, status_of(collection, ledger, day), day)
    if not drafts:
        return [Message("没有要催的单位：应报的都已接收。")]
    words = f"共写好 {len(drafts)} 封邮件草稿，放在“{collection.folder / CHASE_FOLDER}”，双击用邮件程序打开，核对后自己发送。"
    return [drafted(drafts, collection.folder), Message(words)]


def take_back(call: Call) -> Answer:
    """撤回文件: a file that was imported counts nowhere; clicked again, it is put back."""
    collection = call.collection
    if FILE not in call.answers:
        return [Ask(FILE, "cell", f"请输入要撤回的文件名；{WHERE_NAMES_STAND}。")]
    from workbook_builder.centre import deciding

    with call.ledger() as ledger:
        file = call.answers[FILE]
        is_back = deciding.is_taken_back(collection, ledger, file)
        if is_back and UNDO not in call.answers:
            return [Ask(UNDO, "yes", f"“{file}”已经撤回过。要恢复它吗？")]
        if REASON not in call.answers:
            return [Ask(REASON, "text", "请写明原因，记入台账。", "撤回有误" if is_back else "交错了文件")]
        decide = deciding.put_back if is_back else deciding.take_back
        return _told(decide(collection, ledger, file, getpass.getuser(), call.answers[REASON]))


def prefer(call: Call) -> Answer:
    """指定为准: which of several files of a project counts."""
    collection = call.collection
    if FILE not in call.answers:
        words = f"请输入以哪个文件为准（文件名；写项目编码则确认现在计入的）；{WHERE_NAMES_STAND}。"
        return [Ask(FILE, "cell", words)]
    if REASON not in call.answers:
        return [Ask(REASON, "text", "请写明原因，记入台账。", "单位确认以此为准")]
    from workbook_builder.centre import deciding

    with call.ledger() as ledger:
        done = deciding.prefer(collection, ledger, call.answers[FILE], getpass.getuser(), call.answers[REASON])
    return _told(done)


def show_history(call: Call) -> Answer:
    """办理经过: everything that happened to a project, as a table."""
    collection = call.collection
    if CODE not in call.answers:
        return [Ask(CODE, "cell", f"请输入项目编码；{WHERE_NAMES_STAND}。")]
    from workbook_builder.addin.tables import happened
    from workbook_builder.centre.deciding import history

    with call.ledger() as ledger:
        return [happened(history(collection, ledger, call.answers[CODE].strip()))]


def make_package(call: Call) -> Answer:
    """报送包: what was accepted as one file for the next level."""
    from workbook_builder.addin.tables import left_out
    from workbook_builder.centre.package_out import pack

    collection = call.collection
    with call.ledger() as ledger:
        done = pack(collection, ledger)
    words = f"已写报送包“{done.path}”，共 {len(done.manifest.sent)} 个项目，校验码 {done.manifest.code}。"
    if done.unreviewed:
        words += f"其中 {len(done.unreviewed)} 个没有审核结论。"
    if done.awaiting:
        words += f"其中 {len(done.awaiting)} 个“修改后通过”，改好的还没有交来。"
    if done.left_out:
        words += f"另有 {len(done.left_out)} 个没有纳入，见“未纳入的项目”表。"
    return [*([left_out(done.left_out)] if done.left_out else []), Message(words)]


def _told(done: "Decided") -> Answer:
    return [Message(f"{done.sentence}{REPORT} 还是此前的，请再点“汇总”。")]
