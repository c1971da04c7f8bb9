"""The buttons by which the centre decides on what came: 撤回文件, 指定为准, 办理经过."""

import getpass
from typing import TYPE_CHECKING

from workbook_builder.addin.answers import Answer, Ask, Message
from workbook_builder.addin.call import Call
from workbook_builder.collection.folder import REPORT

if TYPE_CHECKING:
    from workbook_builder.centre.deciding import Decided

FILE, CODE, REASON, UNDO = "file", "code", "reason", "undo"
WHERE_NAMES_STAND = f"可以先在 {REPORT} 的“收表进度”表中选中写着它的单元格，再点这个按钮"


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


def _told(done: "Decided") -> Answer:
    return [Message(f"{done.sentence}{REPORT} 还是此前的，请再点“汇总”。")]
