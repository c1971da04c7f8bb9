"""What goes with the workbooks that are sent out: 下发清单.xlsx, and one archive for each unit, ready to attach."""

import datetime
import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from workbook_builder.collection.folder import ISSUE_LIST, Collection, sha256
from workbook_builder.collection.records import Issue
from workbook_builder.collection.roster import Deadlines, Roster, Unit
from workbook_builder.errors import UsageError
from workbook_builder.files import read_file, write_file
from workbook_builder.ooxml.listing import Column, Content, Link, Listing, list_workbook

COLUMNS = (
    Column("单位编码", 14), Column("单位名称", 22), Column("联系人", 12), Column("电话", 15), Column("邮箱", 18),
    Column("项目编码", 14), Column("项目名称", 24), Column("截止日期", 12, "date"), Column("下发日期", 12, "date"),
    Column("文件", 38, "link"), Column("子项目数", 12, "whole"), Column("下发编号", 14), Column("SHA-256", 14, "code"),
)  # fmt: skip
PRINTED = 9  # up to 下发日期: the rest is to be clicked or for computers


def write_issue_list(collection: Collection, roster: Roster, files: Mapping[str, Path]) -> Path:
    """Writes the list of what is out now, in the place of the last one; files: by project code, as on the roster.

    Raises UsageError where it cannot be written.
    """
    path = collection.outgoing / ISSUE_LIST
    units = {unit.unit_code: unit for unit in roster.units}
    latest, deadlines = collection.latest_issues(), roster.deadlines()
    rows = (
        _row(
            latest[project.project_code],
            units.get(latest[project.project_code].unit_code),
            deadlines,
            project.project_name,
            len(project.sub_projects),
        )
        for root in roster.projects
        for project in (root, *root.sub_projects)
        if project.project_code in files
    )
    advice = "一行一个工作簿；点文件名可以打开，“文件”一列及其右边各列不打印。本表每次自动重新生成，请勿在此记录。"
    write_file(path, list_workbook(Listing("下发清单", advice, COLUMNS, rows, PRINTED)), overwrite=True)
    return path


def _row(
    issue: Issue, unit: Unit | None, deadlines: Deadlines, project_name: str, sub_projects: int
) -> tuple[Content, ...]:
    file = Path(issue.file)
    known = unit or Unit(issue.unit_code, "")
    target = "/".join(file.parts[1:])  # the list lies in 下发/ itself
    issued_on = datetime.date.fromisoformat(issue.issued_at[:10]) if issue.issued_at else None
    return (
        known.unit_code, known.unit_name, known.contact, known.phone, known.email,
        issue.project_code, project_name, deadlines.of(issue.unit_code), issued_on,
        Link(target, file.name), sub_projects, issue.issue_id, issue.sha256,
    )  # fmt: skip


def write_archives(collection: Collection, files: Mapping[str, Path]) -> Iterator[Path]:
    """Writes 下发/<unit>.zip for each unit, with all its workbooks, and says which it wrote.

    Raises UsageError where a workbook is no longer as it was issued.
    """
    latest = collection.latest_issues()
    by_folder: dict[Path, list[tuple[Path, Issue]]] = {}
    for code, path in files.items():
        by_folder.setdefault(path.parent, []).append((path, latest[code]))
    for folder, members in by_folder.items():
        archive = folder.parent / f"{folder.name}.zip"
        write_file(archive, _archive(members), overwrite=True)
        yield archive


def _archive(members: list[tuple[Path, Issue]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:  # workbooks are compressed already
        for path, issue in members:
            data = read_file(path)
            if sha256(data) != issue.sha256:
                raise UsageError(
                    f"“{path}”不是下发时的样子（可能已有人填写），没有打包。请先移走它，重新生成后再打包。"
                )
            archive.writestr(zipfile.ZipInfo(f"{path.parent.name}/{path.name}"), data)
    return buffer.getvalue()
