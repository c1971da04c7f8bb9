"""A report, or a part of it, as a workbook."""

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


def draw_report(path: Path, content: Report) -> None:
    """All sheets into a file."""
    book = Book(path, content.heading)
    form = content.form
    advice = f"生成于 {content.written_at:%Y-%m-%d %H:%M}；表单 {form.form_id}，版本 {form.version}。数字都是公式，取自其他各表。"
    draw_overview(book, content.heading, advice, content.status, content.projects, content.funds)
    book.draw(content.progress)
    draw_funds(book, content.funds)
    draw_goals(book, content.goals, content.settings.fiscal_year)
    for table in content.long_tables:
        book.draw(table)
    draw_reviews(book, content.projects, content.settings.grades)
    draw_indicators(book, content.indicator_lines.rows())
    if content.compared:
        draw_approvals(book, content.compared, approved_fields(content.form))
    book.close()
