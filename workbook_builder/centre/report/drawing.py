"""A report, or a part of it, as a workbook."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from workbook_builder.centre.report.approval_columns import approved_fields
from workbook_builder.centre.report.approval_sheet import draw_approvals
from workbook_builder.centre.report.book import Book
from workbook_builder.centre.report.content import Report
from workbook_builder.centre.report.funds import draw_funds
from workbook_builder.centre.report.goals import draw_goals
from workbook_builder.centre.report.indicator_sheet import draw_indicators
from workbook_builder.centre.report.overview import draw_overview
from workbook_builder.centre.report.review_sheet import draw_reviews
from workbook_builder.progress import Progress, untold


def draw_report(path: Path, content: Report, progress: Progress = untold) -> None:
    """All sheets into a file; progress counts them."""
    book = Book(path, content.heading)
    sheets = tuple(_sheets(book, content))
    for done, draw in enumerate(sheets):
        progress(done, len(sheets))
        draw()
    book.close()
    progress(len(sheets), len(sheets))


def _sheets(book: Book, content: Report) -> Iterator[Callable[[], object]]:
    """What draws each of them, in their order."""
    form, projects, settings = content.form, content.projects, content.settings
    advice = f"生成于 {content.written_at:%Y-%m-%d %H:%M}；表单 {form.form_id}，版本 {form.version}。数字都是公式，取自其他各表。"
    yield lambda: draw_overview(book, content.heading, advice, content.status, projects, content.funds)
    yield lambda: book.draw(content.progress)
    yield lambda: draw_funds(book, content.funds)
    yield lambda: draw_goals(book, content.goals, settings.fiscal_year)
    yield from (partial(book.draw, table) for table in content.long_tables)
    yield lambda: draw_reviews(book, projects, settings.grades)
    yield lambda: draw_indicators(book, content.indicator_lines.rows())
    if compared := content.compared:
        yield lambda: draw_approvals(book, compared, approved_fields(form))
