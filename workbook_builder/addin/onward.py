"""The buttons by which the centre's work goes on: 催报邮件, 报送包, 公开, 下一轮."""

from pathlib import Path

from workbook_builder.addin.answers import Answer, Ask, Message, Open, Table
from workbook_builder.addin.call import Call
from workbook_builder.clock import today
from workbook_builder.collection.folder import CHASE_FOLDER, ROLLOVER_LIST
from workbook_builder.errors import UsageError

NEXT, PLACE = "next", "place"


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
    if bare := [code for draft in drafts for code in draft.without]:
        words += f"没有附件的：{'、'.join(bare)}。要退回的请先点“退回修改”，再点一次本按钮。"
    return [drafted(drafts, collection.folder), Message(words)]


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
    return [*([left_out(done.left_out, "未纳入的项目")] if done.left_out else []), Message(words)]


def publish_documents(call: Call) -> Answer:
    """公开: what a review passed as documents for the public; what would embarrass is listed before anything is used."""
    from workbook_builder.addin.tables import left_out, to_mend
    from workbook_builder.centre.publish.publishing import publish

    with call.ledger() as ledger:
        done = publish(call.collection, ledger, progress=call.counts("公开"))
    tables: list[Table] = []
    words = f"{len(done.published)} 个项目的公开文件在“{done.folder}”。" if done.published else "没有可以公开的项目。"
    words += done.no_pdf or ""
    if done.left_out:
        tables.append(left_out(done.left_out, "没有公开的项目"))
        words += f"{len(done.left_out)} 个没有公开，见“没有公开的项目”表。"
    if done.concerns:
        tables.append(to_mend(done.concerns))
        words += f"有 {len(done.concerns)} 处公开前应当改正，见“公开前改正”表。"
    return [*tables, Message(words)]


def begin_next(call: Call) -> Answer:
    """下一轮: the collection of the next round, or of another year, from this one; opens its roster."""
    from workbook_builder.collection.roster import ROUNDS
    from workbook_builder.judge.opening import Desk

    collection = call.collection
    settings = Desk(collection).roster.settings
    if NEXT not in call.answers:
        words = f"请输入新的一轮（{'、'.join(ROUNDS[1:])}），或新的年度（四位数字）。"
        return [Ask(NEXT, "text", words, _what_follows(settings.round, settings.fiscal_year))]
    if PLACE not in call.answers:
        return [Ask(PLACE, "folder", "请选择新任务放在哪个文件夹里")]
    wanted = call.answers[NEXT].strip()
    is_year = wanted.isdecimal() and int(wanted) > settings.fiscal_year
    if not is_year and wanted not in ROUNDS[1:]:
        words = f"应是 {'、'.join(ROUNDS[1:])} 之一，或 {settings.fiscal_year} 年以后的年度（四位数字），现为“{wanted}”"
        raise UsageError(f"{words}。请再点一次“下一轮”重新输入。")
    named = f"{wanted}年绩效目标申报" if is_year else f"{settings.fiscal_year}年绩效目标申报（{wanted}）"
    folder = Path(call.answers[PLACE]) / named
    with call.ledger() as ledger:
        if is_year:
            from workbook_builder.centre.rollover.next_year import roll_over

            done = roll_over(collection, ledger, int(wanted), folder)
        else:
            from workbook_builder.centre.rollover.next_round import next_round

            done = next_round(collection, ledger, wanted, folder)
    words = f"已新建“{folder}”，带入 {len(done.projects)} 个项目。{done.advice}"
    if done.not_carried:
        words += f"有 {len(done.not_carried)} 项没有带入，见其中的 {ROLLOVER_LIST}。"
    return [Open(done.collection.roster), Message(words)]


def _what_follows(round_name: str, fiscal_year: int) -> str:
    from workbook_builder.collection.roster import ROUNDS

    later = ROUNDS[ROUNDS.index(round_name) + 1 :] if round_name in ROUNDS else ()
    return later[0] if later else str(fiscal_year + 1)
