"""The sheets that are plain tables: 收表进度, 指标明细, 问题清单, 变更记录."""

import datetime
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import groupby, pairwise
from typing import NamedTuple, Self

from workbook_builder.centre.folding import folded
from workbook_builder.centre.report.book import Column, Table
from workbook_builder.centre.report.facts import Project, findings, indicators
from workbook_builder.clock import local
from workbook_builder.collection.folder import INCOMING, Collection, sha256
from workbook_builder.errors import UnreadableError
from workbook_builder.files import read_file, workbooks_in
from workbook_builder.findings import Finding
from workbook_builder.form.changes import changes, label_of, part_name
from workbook_builder.form.model import Form
from workbook_builder.form.rules import LEVEL_NAMES
from workbook_builder.ledger.queries import Questions
from workbook_builder.ledger.status import STATE_NAMES, Entry, Status
from workbook_builder.ooxml.listing import Content, Link
from workbook_builder.rule_ids import STRUCTURE_FORMULA_CHANGED, STRUCTURE_FORMULA_REPLACED

PROGRESS, INDICATORS, FINDINGS, CHANGES = "收表进度", "指标明细", "问题清单", "变更记录"
LATE, UNDECIDED, UNASSIGNED = "逾期", "待确定", "无法归属"
LATENESS_UNKNOWN, WITHDRAWN = "是否逾期无法判断", "已撤回"
OF_FORMULAS = (STRUCTURE_FORMULA_CHANGED, STRUCTURE_FORMULA_REPLACED)
A_FORMULA = "下发时的公式"  # whole, it fills pages
STATE_COLUMN = 4  # of 收表进度
STATE_MARKS: Mapping[str, str] = {
    STATE_NAMES["accepted"]: "good",
    STATE_NAMES["returned"]: "warn",
    STATE_NAMES["awaiting_change"]: "warn",
    STATE_NAMES["missing"]: "bad",
    UNASSIGNED: "bad",
}


class Files:
    """Where the files lie that came in, by their bytes: where they were put, else in the archive."""

    def __init__(self, collection: Collection, way: str = "", incoming: Mapping[str, str] | None = None):
        """way: from where the links stand to the collection's folder: "../" from a folder in it. incoming: as read before."""
        self._collection, self._way = collection, way
        self._incoming = dict(_incoming(collection)) if incoming is None else incoming

    def seen_from(self, way: str) -> Self:
        """The same, not read again, for links that stand elsewhere."""
        return type(self)(self._collection, way, self._incoming)

    def link(self, file: str, digest: str, anchor: str | None = None) -> Link:
        """A link to a file; its text alone where neither is at hand, for that is another collection's."""
        original = self._collection.original(digest, file)
        path = self._incoming.get(digest) or original.relative_to(self._collection.folder).as_posix()
        return Link(self._way + path, file, anchor)


def _incoming(collection: Collection) -> Iterator[tuple[str, str]]:
    """Of each file in 收回/ its SHA-256 and its path within the collection's folder."""
    folder = collection.folder / INCOMING
    for path in workbooks_in(folder) if folder.is_dir() else ():
        name = path.relative_to(collection.folder).as_posix()
        if not name.isprintable() or "\\" in name:  # no link can hold it, or it would lead elsewhere on Windows
            continue
        with suppress(UnreadableError):  # open in a program: the archive has its bytes
            yield sha256(read_file(path)), name


class Sources(NamedTuple):
    """What the tables are made from."""

    ledger: Questions
    form: Form
    fiscal_year: int
    projects: tuple[Project, ...]
    status: Status
    files: Files
    codes: Container[str] | None = None  # of the projects whose changes are told; None for all


def progress_table(sources: Sources) -> Table:
    """收表进度: the roster against the ledger; what nobody could assign comes last."""
    columns = (
        Column("单位编码", "line", 14),
        Column("单位名称", "text", 22),
        Column("项目编码", "line", 18),
        Column("项目名称", "text", 26),
        Column("状态", "plain", 21, STATE_MARKS),
        Column("备注", "text", 24, {LATE: "bad", UNDECIDED: "warn", f"{LATE}、{UNDECIDED}": "bad"}),
        Column("截止日期", "date", 12),
        Column("错误", "whole", 8),
        Column("提醒", "whole", 8),
        Column("文件", "link", 30),
        Column("收到时间", "moment", 18),
        Column("联系人", "text", 12),
        Column("电话", "text", 15),
        Column("邮箱", "text", 18),
    )
    deadline = sources.status.settings.deadline
    own = "，单位另有期限的见“截止日期”" if any(one.deadline != deadline for one in sources.status.entries) else ""
    advice = f"每个应报项目一行；截止日期 {deadline or '没有填写'}{own}。“文件”可点击打开。"
    return Table(PROGRESS, advice, columns, lambda: _progress(sources), frozen=4)


def _progress(sources: Sources) -> Iterator[Sequence[Content]]:
    for entry in sources.status.entries:
        unit, has_come = entry.unit, entry.sha256 is not None
        yield (
            unit.unit_code,
            unit.unit_name,
            entry.project_code,
            entry.project_name,
            STATE_NAMES[entry.state],
            _remark(entry),
            entry.deadline,
            entry.errors if has_come else None,
            entry.warnings if has_come else None,
            sources.files.link(entry.file or "", entry.sha256) if entry.sha256 else None,
            _local(entry.received_at),
            unit.contact,
            unit.phone,
            unit.email,
        )
    for gone in sources.status.withdrawn:
        yield (
            gone.unit_code, None, gone.project_code, gone.project_name, WITHDRAWN, f"{gone.why}，{gone.amount_words}不计入", None, None,
            None, gone.file, None, None, None, None,
        )  # fmt: skip
    for file in sources.status.unread:
        yield (None, None, None, None, UNASSIGNED, None, None, None, None, file, None, None, None, None)


def _remark(entry: Entry) -> str:
    words = (
        (LATE, entry.is_late),
        (LATENESS_UNKNOWN, entry.is_lateness_unknown),
        (UNDECIDED, entry.is_undecided),
    )
    return "、".join(word for word, holds in words if holds)


def _local(moment: datetime.datetime | None) -> datetime.datetime | None:
    """A moment of the ledger, which is in UTC, as clocks here show it, in whole seconds."""
    return local(moment).replace(tzinfo=None, microsecond=0) if moment else None


PROJECT_COLUMNS = (
    Column("主管部门", "text", 20),
    Column("单位", "text", 22),
    Column("项目编码", "line", 18),
    Column("项目名称", "text", 24),
)


def _head(project: Project) -> tuple[str, ...]:
    return project.department, project.unit_name, project.root.project_code, project.root.project_name


def indicator_table(sources: Sources) -> Table:
    """指标明细: every indicator of every declaration that counts, sub-projects included."""
    columns = [
        *PROJECT_COLUMNS,
        Column("子项目", "text", 22),
        Column("一级指标", "text", 12),
        Column("二级指标", "text", 20),
        Column("三级指标", "text", 30),
        Column("符号", "plain", 7),
        Column("指标值", "number", 16),
        Column("计量单位", "plain", 10),
    ]
    if sources.form.has_weights:
        columns.append(Column("权重", "number", 8))
    advice = "母项目和子项目的每一条指标各一行；“子项目”为空的是母项目的指标。"
    return Table(INDICATORS, advice, tuple(columns), lambda: _indicators(sources), frozen=4)


def _indicators(sources: Sources) -> Iterator[Sequence[Content]]:
    for project, row in indicators(sources.ledger, sources.projects):
        part = "" if row.sub_project is None else project.subs[row.sub_project].project_name
        values = (row.level1, row.level2, row.name, row.comparator, row.typed_target, row.unit)
        yield (*_head(project), part, *values, *((row.weight,) if sources.form.has_weights else ()))


def finding_table(sources: Sources) -> Table:
    """问题清单: every finding of what counts."""
    columns = (
        Column("级别", "plain", 8, {LEVEL_NAMES["error"]: "bad", LEVEL_NAMES["warning"]: "warn"}),
        *PROJECT_COLUMNS[1:],
        Column("工作表", "text", 16),
        Column("单元格", "plain", 9),
        Column("问题", "text", 60),
        Column("填报内容", "text", 20),
        Column("应为", "text", 20),
        Column("规则", "line", 34),
        Column("文件", "link", 30),
    )
    advice = "按“级别”“单位”“规则”筛选；点击“文件”打开交回的原件，光标停在有问题的格。“规则”“文件”两列不打印。"
    return Table(FINDINGS, advice, columns, lambda: _findings(sources), frozen=4, printed=len(columns) - 2)


def _findings(sources: Sources) -> Iterator[Sequence[Content]]:
    for project, finding in _folded(sources):
        sheet = (finding.sheet or "").replace("'", "''")
        anchor = f"'{sheet}'!{finding.cell}" if sheet and finding.cell else None
        link = sources.files.link(project.submission.file, project.submission.sha256, anchor)
        expected = A_FORMULA if finding.expected and finding.rule in OF_FORMULAS else finding.expected
        values = (finding.sheet, finding.cell, finding.message, finding.value, expected, finding.rule)
        yield (LEVEL_NAMES[finding.severity], *_head(project)[1:], *values, link)


def _folded(sources: Sources) -> Iterator[tuple[Project, Finding]]:
    """Every finding, those about the build of one file in one row."""
    found = findings(sources.ledger, sources.projects)
    for _, own in groupby(found, key=lambda one: one[0].submission.id):
        of_one = list(own)
        yield from ((of_one[0][0], finding) for finding in folded(finding for _, finding in of_one))


def change_table(sources: Sources) -> Table:
    """变更记录: what each resubmission says otherwise than the one before it."""
    columns = (
        Column("项目编码", "line", 18),
        Column("项目名称", "text", 22),
        Column("子项目", "text", 20),
        Column("栏目", "text", 20),
        Column("原内容", "text", 36),
        Column("现内容", "text", 36),
        Column("原文件", "link", 24),
        Column("现文件", "link", 24),
        Column("收到时间", "moment", 18),
    )
    advice = "同一项目先后交来的文件，逐格比较；内容没有变化的不列。"
    return Table(CHANGES, advice, columns, lambda: _changes(sources), frozen=2)


def _changes(sources: Sources) -> Iterator[Sequence[Content]]:
    for history in sources.ledger.histories(sources.form.form_id, sources.fiscal_year):
        if sources.codes is not None and history[-1].project_code not in sources.codes:
            continue
        documents = sources.ledger.documents(submission.id for submission in history)
        told = [(submission, document.declaration) for submission, document in zip(history, documents, strict=True)]
        for (earlier, before), (later, after) in pairwise(told):
            old, new = (sources.files.link(one.file, one.sha256) for one in (earlier, later))
            for change in changes(before, after):
                label = label_of(change.key, sources.form, after, before)
                part = part_name(change.key, after, before)
                texts = (part, label, change.before, change.after)
                yield (later.project_code, after.get("project_name"), *texts, old, new, _local(later.received_at))
