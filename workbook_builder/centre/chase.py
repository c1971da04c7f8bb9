"""催报: who has to be reminded, as a list with contacts and as one ready text for each unit."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from workbook_builder.collection.folder import CHASE_LIST, Collection
from workbook_builder.files import write_file
from workbook_builder.ledger.status import Entry, Status
from workbook_builder.ooxml.listing import Column, Content, Listing, list_workbook

CONTACT_COLUMNS = (
    Column("单位编码", 14), Column("单位名称", 20), Column("联系人", 12), Column("电话", 15), Column("邮箱", 18),
)  # fmt: skip
PROJECT_COLUMNS = (
    *CONTACT_COLUMNS, Column("项目编码", 14), Column("项目名称", 24), Column("情况", 18), Column("截止日期", 12, "date"),
    Column("错误数", 8, "whole"),
    Column("交回的文件", 48),
)  # fmt: skip
PROJECTS_PRINTED = len(PROJECT_COLUMNS) - 1  # the names of files are long, and nobody opens them on paper
TEXT_COLUMNS = (*CONTACT_COLUMNS, Column("催报文字", 72))


def to_chase(status: Status) -> list[Entry]:
    """The projects for which something is still to come, of units that must report."""
    return [entry for entry in status.entries if entry.state != "accepted" and entry.unit.must_report]


def by_unit(status: Status) -> list[list[Entry]]:
    """The same, unit by unit."""
    units: dict[str, list[Entry]] = {}
    for entry in to_chase(status):
        units.setdefault(entry.unit.unit_code, []).append(entry)
    return list(units.values())


def texts(status: Status) -> Iterator[tuple[Entry, str]]:
    """For each unit that has to be reminded one of its entries, and the text for it."""
    for entries in by_unit(status):
        yield entries[0], reminder(status, entries)


def _count(entries: Sequence[Entry]) -> str:
    return f"{len(entries)} {'个项目' if all(entry.part == 'whole' for entry in entries) else '份申报'}"


def reminder(status: Status, entries: Sequence[Entry]) -> str:
    """What is written to the unit of these entries."""
    settings, unit, deadline = status.settings, entries[0].unit, entries[0].deadline
    what = f"{settings.fiscal_year} 年度项目支出绩效目标申报（{settings.round}）"
    until = f"应于 {deadline:%Y-%m-%d} 前报送" if deadline else "正在收表"
    overdue = "，现已逾期" if any(entry.is_late for entry in entries) else ""
    parts = [f"{unit.unit_name or unit.unit_code}：{what}{until}{overdue}。"]
    if missing := [entry for entry in entries if entry.state == "missing"]:
        parts.append(f"贵单位尚有 {_count(missing)}未交：{'、'.join(map(_named, missing))}。")
    if returned := [entry for entry in entries if entry.state == "returned"]:
        named = (f"{_named(entry)}（{_why(entry)}）" for entry in returned)
        parts.append(f"有 {_count(returned)}需要修改后重新报送：{'、'.join(named)}。")
    if awaiting := [entry for entry in entries if entry.state == "awaiting_change"]:
        named = (f"{_named(entry)}（{_why(entry)}）" for entry in awaiting)
        parts.append(f"有 {_count(awaiting)}审核结论为“修改后通过”，请按意见修改后重新报送：{'、'.join(named)}。")
    parts.append("请尽快报送。")
    if settings.contact or settings.phone:
        parts.append(
            f"如有疑问请联系{settings.contact or ''}{' ' if settings.contact else '：'}{settings.phone or ''}".rstrip()
            + "。"
        )
    return "".join(parts)


def _why(entry: Entry) -> str:
    """Why it came to nothing: what the rules found, else what a reviewer says."""
    if entry.opinion is None or entry.errors:
        return f"{entry.errors} 处错误"
    if entry.opinion:
        return f"审核意见：{entry.opinion.rstrip('。')}"
    return "审核退回，见退回稿" if entry.state == "returned" else "意见见退回稿"


def _named(entry: Entry) -> str:
    return f"{entry.project_name}（{entry.project_code}）"


def write_chase_list(collection: Collection, status: Status) -> Path:
    """Writes 催报清单.xlsx into the collection's folder, in the place of an older one. Raises UsageError if it cannot."""
    path = collection.folder / CHASE_LIST
    advice = "本表每次自动重新生成，请勿在此记录。"
    projects = Listing(
        "催报清单",
        f"还要交或要改的项目，一行一个；“交回的文件”一列不打印。{advice}",
        PROJECT_COLUMNS,
        map(_project_row, to_chase(status)),
        PROJECTS_PRINTED,
    )
    units = Listing(
        "催报文字", f"一个单位一段，可以直接复制发出。{advice}", TEXT_COLUMNS, map(_text_row, texts(status))
    )
    write_file(path, list_workbook(projects, units), overwrite=True)
    return path


def _contact(entry: Entry) -> tuple[Content, ...]:
    unit = entry.unit
    return unit.unit_code, unit.unit_name, unit.contact, unit.phone, unit.email


def _project_row(entry: Entry) -> tuple[Content, ...]:
    errors = entry.errors if entry.state == "returned" else None
    told = entry.project_code, entry.project_name, entry.state_words, entry.deadline, errors, entry.file
    return *_contact(entry), *told


def _text_row(told: tuple[Entry, str]) -> tuple[Content, ...]:
    entry, text = told
    return *_contact(entry), text
