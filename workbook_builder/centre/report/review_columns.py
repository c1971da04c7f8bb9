"""The columns of sheet 审核, as it is drawn and as it is read back."""

from workbook_builder.judge.work_sheet import BY_PERSON, BY_SYSTEM, ITEMS, Item
from workbook_builder.ooxml.tables import Column, Sheet

TITLE = "审核"
CODE, SUBMISSION, VERSION = "project_code", "sha256", "version"
VERDICT, OPINION, REVIEWER, DAY = "verdict", "opinion", "reviewer", "reviewed_on"
ADVICE = (
    "只填浅黄色的格：结论、意见、审核人、日期和各项得分。系统初评的得分可以改；八项得分齐全后自动算出总分和等级。"
    "填好后保存并关闭，再运行 workbook-builder report，内容记入台账。"
)


def item_header(item: Item) -> str:
    """The header of an item's points."""
    return f"{item.title} 0–{item.points}分 {BY_SYSTEM if item.evidence else BY_PERSON}"


LOCKED = (
    Column(CODE, "项目编码", "text", 18, False, ""),
    Column("project_name", "项目名称", "text", 30, False, ""),
    Column("unit_name", "单位", "text", 24, False, ""),
    Column("state", "申报状态", "text", 12, False, ""),
    Column("counts", "错误/提醒", "text", 10, False, ""),
    Column("note", "提示", "text", 24, False, ""),
)
ANSWERS = (
    Column(VERDICT, "结论", "text", 12, False, "从下拉列表中选择：通过、修改后通过、退回。"),
    Column(OPINION, "意见", "text", 34, False, "退回或修改后通过的，写明要改什么；退回时会写进退回的文件。"),
    Column(REVIEWER, "审核人", "text", 10, False, "谁审核的。"),
    Column(DAY, "日期", "date", 12, False, "审核日期，如 2022-02-01。"),
)
SCORES = tuple(Column(item.id, item_header(item), "amount", 12, False, item.question) for item in ITEMS)
RESULTS = (Column("total", "总分", "amount", 12, False, ""), Column("grade", "等级", "text", 8, False, ""))
HIDDEN = (
    Column(SUBMISSION, "申报标识", "text", 10, False, ""),
    Column(VERSION, "审核版本", "text", 10, False, ""),
)
ALL = (*LOCKED, *ANSWERS, *SCORES, *RESULTS, *HIDDEN)
REVIEW = Sheet(TITLE, ADVICE, ALL)
READ = REVIEW._replace(columns=(LOCKED[0], *ANSWERS, *SCORES, *HIDDEN))


def position(key: str) -> int:
    """A column's place, from 0."""
    return [column.key for column in ALL].index(key)
