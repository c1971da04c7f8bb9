"""The list of what is published, for Excel and for the office's web site: names, units, amounts, where each document is."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from html import escape
from typing import NamedTuple
from urllib.parse import quote

from workbook_builder.centre.publish.choosing import Publication
from workbook_builder.form.declaration import SUB_PROJECTS
from workbook_builder.ooxml.listing import Column, Content, Link, Listing, list_workbook
from workbook_builder.values.markup import visible

COLUMNS = (
    Column("序号", 6, "whole"), Column("单位", 30), Column("项目名称", 36, "link"), Column("项目类别", 14),
    Column("子项目数", 8, "whole"), Column("项目资金总额（元）", 18, "amount"), Column("年度资金（元）", 18, "amount"),
)  # fmt: skip
AMOUNTS = ("total_funds", "annual_funds")
PARTLY = "只公开绩效目标表"
STYLE = (
    "body{font-family:sans-serif;margin:1em auto;max-width:70em;padding:0 1em;line-height:1.6}"
    "table{border-collapse:collapse;width:100%}caption{text-align:left;font-weight:bold;padding:.5em 0}"
    "th,td{border:1px solid #666;padding:.3em .6em;text-align:left}td.n{text-align:right;white-space:nowrap}"
    "thead th{background:#e8eef4}"
)


class Entry(NamedTuple):
    """A published project as it is listed."""

    one: Publication
    document: str  # the document's file name
    pdf: str | None  # that of its PDF


def index_workbook(title: str, entries: Sequence[Entry]) -> bytes:
    """公开目录.xlsx: a row for each project and the totals. The same input gives the same bytes."""
    rows: list[tuple[Content, ...]] = [_row(number, entry) for number, entry in enumerate(entries, start=1)]
    totals = [sum((_amount(e.one, key) or Decimal(0) for e in entries), Decimal("0.00")) for key in AMOUNTS]
    rows.append((None, "合计", None, None, None, *totals))
    return list_workbook(Listing("公开目录", title, COLUMNS, rows))


def _row(number: int, entry: Entry) -> tuple[Content, ...]:
    declared = entry.one.declaration
    link = Link(entry.document, visible(entry.one.project_name))
    amounts = (_amount(entry.one, key) for key in AMOUNTS)
    category = declared.get("project_category")
    return (
        number,
        visible(entry.one.unit_name),
        link,
        category and visible(str(category)),
        len(declared[SUB_PROJECTS]),
        *amounts,
    )


def _amount(one: Publication, key: str) -> Decimal | None:
    words = one.declaration.get(key)
    return Decimal(words) if words is not None else None


def index_page(title: str, entries: Sequence[Entry], volume: Sequence[str]) -> bytes:
    """公开目录.html: one page that needs nothing else, with relative links. volume: file names of the volume."""
    whole = "".join(f"<li>{_link(name, name)}</li>" for name in volume)
    lines = "\n".join(_line(number, entry) for number, entry in enumerate(entries, start=1))
    heads = "".join(f'<th scope="col">{escape(column.header)}</th>' for column in COLUMNS)
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{escape(title)}</h1>\n"
        + (f"<h2>全部项目</h2>\n<ul>{whole}</ul>\n" if whole else "")
        + f"<table>\n<caption>公开的项目，共 {len(entries)} 个</caption>\n"
        f'<thead><tr>{heads}<th scope="col">文件</th></tr></thead>\n<tbody>\n{lines}\n</tbody>\n</table>\n'
        "</main>\n</body>\n</html>\n"
    ).encode()


def _line(number: int, entry: Entry) -> str:
    _, unit, _, category, subs, *amounts = _row(number, entry)
    money = "".join(f'<td class="n">{"" if amount is None else format(amount, ",.2f")}</td>' for amount in amounts)
    name = entry.one.project_name
    note = "" if entry.one.has_narrative else f"（{PARTLY}）"
    files = " ".join(_files(entry, name))
    return (
        f'<tr><td class="n">{number}</td><td>{escape(str(unit))}</td><th scope="row">{escape(visible(name))}{note}</th>'
        f'<td>{escape(str(category or ""))}</td><td class="n">{subs}</td>{money}<td>{files}</td></tr>'
    )


def _files(entry: Entry, name: str) -> Iterator[str]:
    yield _link(entry.document, "Word", f"{name}（Word）")
    if entry.pdf:
        yield _link(entry.pdf, "PDF", f"{name}（PDF）")


def _link(file: str, words: str, spoken: str | None = None) -> str:
    """A relative link. spoken: what it is called where one hears it."""
    label = f' aria-label="{escape(visible(spoken))}"' if spoken else ""
    return f'<a href="./{quote(file)}"{label}>{escape(words)}</a>'
