"""The columns of the sheets 审核 and 指标审核, as they are drawn and as they are read back."""

from workbook_builder.judge.work_sheet import BY_PERSON, BY_SYSTEM, ITEMS, Item
from workbook_builder.ooxml.tables import Column, Sheet

TITLE, INDICATORS_TITLE = "审核", "指标审核"
CODE, SUBMISSION, VERSION = "project_code", "sha256", "version"
VERDICT, KIND, OPINION, REVIEWER, DAY = "verdict", "kind", "opinion", "reviewer", "reviewed_on"
SETTLED, ASSIGNED = "settled", "assigned"
THIS_LINE_HOLDS = "以本行为准"  # what settles a dispute in favour of the line
ADVICE = (
    "只填浅黄色的格：结论、意见、审核人、日期和各项得分。系统初评的得分可以改；八项得分齐全后自动算出总分和等级。"
    "只写审核人、不写别的，就是把这个项目交给他审核。填好后保存并关闭，再运行 workbook-builder report，内容记入台账。"
)
INDICATORS_ADVICE = "对某一条指标有意见的，在它的行选“意见类型”或写“意见”，退回稿会标出这一行；结论、得分仍填在“审核”表。没有意见的留空。"


def item_header(item: Item) -> str:
    """The header of an item's points."""
    return f"{item.title} 0–{item.points}分 {BY_SYSTEM if item.evidence else BY_PERSON}"


LOCKED = (
    Column(CODE, "项目编码", "text", 18, False, ""),
    Column("project_name", "项目名称", "text", 30, False, ""),
    Column("unit_name", "单位", "text", 24, False, ""),
    Column("state", "申报状态", "text", 21, False, ""),
    Column("counts", "错误/提醒", "text", 10, False, ""),
    Column("note", "提示", "text", 24, False, ""),
    Column("lower", "下级审核", "text", 24, False, ""),
)
ANSWERS = (
    Column(VERDICT, "结论", "text", 12, False, "从下拉列表中选择：通过、修改后通过、退回。"),
    Column(KIND, "意见类型", "text", 14, False, "从下拉列表中选择，可以不选。", may_be_missing=True),
    Column(OPINION, "意见", "text", 34, False, "退回或修改后通过的，写明要改什么；退回时会写进退回的文件。"),
    Column(REVIEWER, "审核人", "text", 10, False, "谁审核的；结论、意见、得分都没有的，是交给谁审核。"),
    Column(DAY, "日期", "date", 12, False, "审核日期，如 2022-02-01。"),
    Column(
        SETTLED,
        "意见不一时",
        "text",
        12,
        False,
        f"提示中另有不同意见的，商定后改好本行，或选“{THIS_LINE_HOLDS}”。",
        may_be_missing=True,
    ),
)
SCORES = tuple(Column(item.id, item_header(item), "amount", 12, False, item.question) for item in ITEMS)
RESULTS = (Column("total", "总分", "amount", 12, False, ""), Column("grade", "等级", "text", 8, False, ""))
HIDDEN = (
    Column(SUBMISSION, "申报标识", "text", 10, False, ""),
    Column(VERSION, "审核版本", "text", 10, False, ""),
    Column(ASSIGNED, "分给", "text", 10, False, "", may_be_missing=True),
)
ALL = (*LOCKED, *ANSWERS, *SCORES, *RESULTS, *HIDDEN)
REVIEW = Sheet(TITLE, ADVICE, ALL)
READ = REVIEW._replace(columns=(LOCKED[0], *ANSWERS, *SCORES, *HIDDEN))


INDICATOR_LOCKED = (
    LOCKED[0],
    LOCKED[1],
    Column("part_name", "子项目", "text", 22, False, ""),
    Column("level1", "一级指标", "text", 12, False, ""),
    Column("level2", "二级指标", "text", 18, False, ""),
    Column("name", "三级指标", "text", 30, False, ""),
    Column("target", "年度指标值", "text", 16, False, ""),
)
INDICATOR_ANSWERS = (
    Column(KIND, "意见类型", "text", 20, False, "从下拉列表中选择，可以不选。"),
    Column(OPINION, "意见", "text", 40, False, "这一条指标要改什么；会写进退回稿。"),
)
SUB_PROJECT, ROW = "sub_project", "row"
INDICATOR_HIDDEN = (
    HIDDEN[0],
    Column(SUB_PROJECT, "子项目序号", "text", 10, False, ""),
    Column(ROW, "指标行", "text", 10, False, ""),
)
INDICATOR_ALL = (*INDICATOR_LOCKED, *INDICATOR_ANSWERS, *INDICATOR_HIDDEN)
INDICATOR_READ = Sheet(
    INDICATORS_TITLE, INDICATORS_ADVICE, (INDICATOR_LOCKED[0], *INDICATOR_ANSWERS, *INDICATOR_HIDDEN)
)


def position(key: str) -> int:
    """A column's place, from 0."""
    return [column.key for column in ALL].index(key)
