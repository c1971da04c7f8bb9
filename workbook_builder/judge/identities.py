"""What a workbook says of itself, beside the record of its issue: where one is at hand, nothing in a file is believed.

A file that contradicts its record speaks for nobody: whose of its words are true is not to be told.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from workbook_builder.blank.blank import blank_of
from workbook_builder.blank.opinion_sheet import LINE_COUNTS
from workbook_builder.collection.folder import ROSTER
from workbook_builder.collection.issue_changes import changed_units, changed_values, short
from workbook_builder.collection.records import Issue
from workbook_builder.findings import Finding, finding_of_file
from workbook_builder.form.layout import FormShape, Part
from workbook_builder.form.meta_cell import Identity, from_text
from workbook_builder.form.splitting import whole_of
from workbook_builder.judge.archive import Archive
from workbook_builder.ooxml.reader import Reading
from workbook_builder.rule_ids import (
    NAME_NOT_ON_ROSTER,
    NAME_ROSTER_UNFIT,
    STRUCTURE_IDENTITY_CHANGED,
    STRUCTURE_ISSUE_OUTDATED,
    STRUCTURE_ISSUE_UNKNOWN,
    STRUCTURE_NOT_LATEST_ISSUE,
    STRUCTURE_WRONG_ROUND,
    STRUCTURE_WRONG_YEAR,
)

PART_WORDS: Mapping[Part, str] = {"whole": "整个项目", "parent": "母项目部分", "sub_project": "子项目部分"}
ROWS_TO_SPARE, SHEETS_TO_SPARE = 500, 20  # that a file may claim beyond what it holds: some may have been deleted


class Difference(NamedTuple):
    """One thing that a workbook says of itself otherwise than the record."""

    label: str
    said: str
    recorded: str


def differences(claimed: Identity, reading: Reading, archive: Archive) -> list[Difference]:
    """What a workbook says of itself otherwise than it can be, by the record or else by what the file holds."""
    records, issued = archive.records(claimed), as_issued(claimed, archive)
    if issued is None:
        return [
            *_from_old_record(claimed, records),
            *_beyond_the_file(claimed, reading),
            *_impossible_copy(claimed, archive),
        ]
    is_as_sent_out = (
        claimed.submission == 1 and len(claimed.issue_ids) == 1
    )  # copies and wholes name blanks of their own
    drawn = _compared({"版式": claimed.blank}, {"版式": issued.blank}) if is_as_sent_out else []
    return [*_compared(_words(claimed), _words(issued)), *drawn, *_impossible_copy(claimed, archive)]


def as_issued(claimed: Identity, archive: Archive) -> Identity | None:
    """A workbook by the records that it names; None without them, or with records that do not keep the meta cell yet."""
    records = archive.records(claimed)
    issued = [identity for record in records if (identity := from_text(record.meta))]
    if not issued or len(issued) < len(records):
        return None
    if len(issued) == 1:
        return issued[0]
    parent, *subs = issued
    if parent.shape.part != "parent" or any(sub.shape.part != "sub_project" for sub in subs):
        return parent  # parts that make no whole: everything else differs from it
    return whole_of(parent, subs, claimed.parts_sha256, archive.template(claimed).form)


def _words(identity: Identity) -> dict[str, str]:
    """All that was settled when a workbook was issued, by what an officer calls it."""
    shapes = (identity.shape.root, *identity.shape.sub_projects)
    return {
        "表单": f"{identity.form_id} {identity.version}",
        "年度": str(identity.fiscal_year),
        "轮次": identity.round,
        "单位编码": identity.unit_code,
        "项目编码": identity.project_code,
        "下发编号": identity.issue_id,
        "填报的部分": PART_WORDS[identity.shape.part],
        "子项目": "、".join(f"{code}（{title}）" for code, title in identity.sub_projects),
        "指标行数和预先填写的项目": "；".join(map(_shape_words, shapes)),
        "批复": "是" if identity.shape.is_decided else "否",
        "表旁的上轮情况": "有" if identity.shape.has_beside else "无",
    }


def _shape_words(shape: FormShape) -> str:
    rows = "、".join(f"{level2} {count} 行" for level2, count in shape.rows)
    return "，".join((rows, "、".join(sorted(shape.prefilled)), "、".join(sorted(shape.sections))))


def _compared(said: Mapping[str, str], recorded: Mapping[str, str]) -> list[Difference]:
    return [Difference(label, said[label], words) for label, words in recorded.items() if said[label] != words]


def _from_old_record(claimed: Identity, records: Sequence[Issue]) -> Iterator[Difference]:
    """What a record without the meta cell knows."""
    if len(records) == 1:
        (issue,) = records
        yield from _compared(
            {
                "项目编码": claimed.declared_code,
                "单位编码": claimed.unit_code,
                "填报的部分": PART_WORDS[claimed.shape.part],
            },
            {"项目编码": issue.project_code, "单位编码": issue.unit_code, "填报的部分": PART_WORDS[issue.part]},
        )


def _beyond_the_file(claimed: Identity, reading: Reading) -> Iterator[Difference]:
    """Sizes far beyond what the file holds: a small file must not make us draw a huge blank."""
    held = sum(len({row for row, _ in sheet.cells}) for sheet in reading.sheets.values())
    rows = sum(count for shape in (claimed.shape.root, *claimed.shape.sub_projects) for _, count in shape.rows)
    if rows > held + ROWS_TO_SPARE:
        yield Difference("指标行数", f"{rows} 行", f"不超过文件里的 {held} 行")
    if len(claimed.sub_projects) > len(reading.sheets) + SHEETS_TO_SPARE:
        yield Difference("子项目", f"{len(claimed.sub_projects)} 个", f"不超过文件里的 {len(reading.sheets)} 张表")


def _impossible_copy(claimed: Identity, archive: Archive) -> Iterator[Difference]:
    """A number that no return copy of it carries, or a sheet 退回意见 that no copy has."""
    lines, is_merged = claimed.shape.opinion_rows, len(claimed.issue_ids) > 1
    sizes = {0} if claimed.submission <= 1 else {*LINE_COUNTS, *({0} if is_merged else ())}
    if lines not in sizes:
        yield Difference("退回意见的行数", str(lines), _or_words(sizes))
    made = archive.copy_numbers(claimed) if claimed.submission != 1 else None  # read from disk, so only of copies
    if made is not None and claimed.submission not in (numbers := {1, *made}):
        yield Difference("填报次数", str(claimed.submission), _or_words(numbers))


def _or_words(numbers: Iterable[int]) -> str:
    return "或".join(map(str, sorted(numbers)))


def contradiction(claimed: Identity, reading: Reading, archive: Archive) -> Finding | None:
    """What is said of a file that says of itself what cannot be; None where it may be true."""
    told = [Difference(*map(short, one)) for one in differences(claimed, reading, archive)]
    if not told:
        return None
    clauses = "；".join(f"{one.label}写的是“{one.said}”，应为“{one.recorded}”" for one in told)
    message = (
        f"“{reading.file}”自带的表单信息被改动过：{clauses}。不能确定这是谁的申报，没有采用。"
        "请用下发的原文件或最近的退回稿重新填写后交回。"
    )
    said = "；".join(f"{one.label}：{one.said}" for one in told)
    recorded = "；".join(f"{one.label}：{one.recorded}" for one in told)
    return _of_file(STRUCTURE_IDENTITY_CHANGED, claimed, archive, message, said, recorded)


def unknown_issue(claimed: Identity, file: str, archive: Archive) -> tuple[Finding, ...]:
    """What is said of a file that this collection neither sent out nor received; () where it did, or without one."""
    if archive.collection is None or archive.records(claimed):
        return ()
    message = (
        f"“{file}”不是本任务下发的文件（下发记录中没有编号“{short(claimed.issue_id)}”），不能与下发时的内容核对，没有采用。"
        "请核对是否交错了任务，或请单位用本任务下发的文件重新填写。"
    )
    return (
        _of_file(STRUCTURE_ISSUE_UNKNOWN, claimed, archive, message, claimed.issue_id),
        *another_round(claimed, archive),
        *not_on_roster(claimed, archive),
    )


def another_round(identity: Identity, archive: Archive) -> Iterator[Finding]:
    """A workbook of another year or round than the collection is about now."""
    roster = archive.sound_roster
    if roster is None:
        return
    settings = roster.settings
    if identity.fiscal_year != settings.fiscal_year:
        message = (
            f"这是 {identity.fiscal_year} 年度的申报，本任务是 {settings.fiscal_year} 年度。请交本年度下发的文件。"
        )
        years = str(identity.fiscal_year), str(settings.fiscal_year)
        yield _of_file(STRUCTURE_WRONG_YEAR, identity, archive, message, *years)
    if identity.round != settings.round:
        message = f"这是“{identity.round}”的申报，本任务是“{settings.round}”。请交本轮下发的文件。"
        yield _of_file(STRUCTURE_WRONG_ROUND, identity, archive, message, identity.round, settings.round)


def not_on_roster(identity: Identity, archive: Archive) -> Iterator[Finding]:
    """What a workbook was issued for and the roster does not know."""
    roster = archive.sound_roster
    if roster is None:
        if archive.collection is not None:
            message = (
                f"{ROSTER} 有错误，年度、轮次、项目和单位没有与名册核对。请先改正名册（运行 generate 会逐条列出）。"
            )
            yield _of_file(NAME_ROSTER_UNFIT, identity, archive, message)
        return
    codes = [identity.project_code, *(code for code, _ in identity.sub_projects)]
    for code in (code for code in codes if code not in archive.rostered):
        message = f"项目编码“{code}”不在名册中。请核对是否交错了任务，或在名册中补上这个项目，再导入一次。"
        yield _of_file(NAME_NOT_ON_ROSTER, identity, archive, message, code)
    if roster.units and identity.unit_code not in archive.unit_codes:
        message = (
            f"单位编码“{identity.unit_code}”不在名册中。请核对是否交错了任务，或在名册中补上这个单位，再导入一次。"
        )
        yield _of_file(NAME_NOT_ON_ROSTER, identity, archive, message, identity.unit_code)


def older_issue(identity: Identity, archive: Archive) -> Iterator[Finding]:
    """An issue that a newer one of the same project replaced, and what has changed since."""
    for issue in archive.records(identity):
        latest = archive.latest(issue)
        if latest is None or latest.issue_id == issue.issue_id:
            continue
        when, newer = _day_of(issue), f"{_day_of(latest)}又下发过“{PurePosixPath(latest.file).name}”"
        changed = list(_changed_since(issue, latest, identity, archive)) if latest.part == issue.part else []
        if changed:
            clauses = "；".join(changed)
            message = f"这是{when}下发的文件，之后{clauses}，{newer}。请用最新下发的文件重新填写。"
            yield _of_file(STRUCTURE_ISSUE_OUTDATED, identity, archive, message, issue.issue_id, latest.issue_id)
        else:
            message = f"这是{when}下发的文件，同一项目{newer}。内容没有变化，可以采用；请核对单位交的是不是要交的一份。"
            yield _of_file(STRUCTURE_NOT_LATEST_ISSUE, identity, archive, message, issue.issue_id, latest.issue_id)


def _day_of(issue: Issue) -> str:
    return f" {issue.issued_at[:10]} " if issue.issued_at else "以前"


def _changed_since(issue: Issue, latest: Issue, identity: Identity, archive: Archive) -> Iterator[str]:
    """What a later issue says otherwise, as Chinese clauses."""
    form = archive.template_of(latest).form
    if issue.template_sha256 != latest.template_sha256 and _is_another_form(issue, latest, identity, archive):
        yield "表单已经改变"
    yield from changed_units((issue.unit_code, latest.unit_code))
    yield from changed_values(issue.prefilled, latest.prefilled, form)


def _is_another_form(issue: Issue, latest: Issue, identity: Identity, archive: Archive) -> bool:
    """Whether what it asks for or what it prints is otherwise; a template that was only saved again is the same."""
    old, new = archive.template_of(issue), archive.template_of(latest)
    if old.form != new.form:
        return True
    before, after = (blank_of(template, identity.shape, archive.rules(identity)) for template in (old, new))
    return before.labels != after.labels


def _of_file(
    rule: str, identity: Identity, archive: Archive, message: str, value: str | None = None, expected: str | None = None
) -> Finding:
    return finding_of_file(rule, archive.rules(identity).severity(rule), message, value, expected)
