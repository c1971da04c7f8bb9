"""The sheets and columns of 名册.xlsx, as they are drawn and as they are read."""

from collections.abc import Mapping

from workbook_builder.collection.roster import GRADE_NAMES, GRADES, ROWS, Settings
from workbook_builder.form.rules import LEVEL_NAMES, Level
from workbook_builder.ooxml.tables import Column, Sheet

YES, NO = "是", "否"
FIRST_LINE, LAST_LINE = 4, 2003  # the rows of a new sheet that carry validations and borders; row 3 is the header
LEVEL_WORDS: Mapping[str, Level] = {word: level for level, word in LEVEL_NAMES.items()}
HEADER_ADVICE = "深蓝表头必填，浅蓝表头可以留空；把鼠标移到表头上可看填写说明。"
CARRYOVER_NOTE = "上年结转到本年度使用的资金，单位：元；填了就写进申报表并锁定。母项目由子项目加总，请填在子项目的行。"
PUBLICITY_NOTE = "公开（publish）时：是、部分（只有表，没有情况说明）、否；留空按“是”。子项目填“否”则不公开它的表。"
DEADLINE_NOTE = "给这个单位另定的截止日期，如 2022-02-07；留空按“参数”表的截止日期。"
SETTINGS = Sheet(
    "参数",
    "只填“值”一列；年度和轮次必填。",
    (
        Column("name", "参数", "text", 14, True, "参数名称，请勿改动。"),
        Column("value", "值", "text", 26, True, "在这一列填写。"),
        Column("note", "说明", "text", 76, False, "怎样填写。"),
    ),
)
SETTING_ROWS = (
    Column("fiscal_year", "年度", "whole", 0, True, "申报的预算年度，四位数字，如 2022。"),
    Column("round", "轮次", "text", 0, True, "从下拉列表中选择：一上、二上、批复、调整。"),
    Column("deadline", "截止日期", "date", 0, False, "单位报送的最后一天，如 2022-01-31，可以留空。"),
    Column("contact", "联系人", "text", 0, False, "单位有疑问时找谁，可以留空。"),
    Column("phone", "电话", "text", 0, False, "联系人的电话，可以留空。"),
    *(
        Column(f"grade{points}", f"{name}的最低分", "whole", 0, False, f"审核总分从多少起为“{name}”，留空按 {points}。")
        for name, points in zip(GRADE_NAMES, GRADES, strict=False)
    ),
)
GRADE_ROWS = SETTING_ROWS[-len(GRADES) :]
PROJECTS = Sheet(
    "项目名册",
    "每行一个项目；子项目另起一行，在“上级项目编码”填母项目的编码。留空的格由单位填写，填了的格下发后锁定。"
    + HEADER_ADVICE,
    (
        Column("project_code", "项目编码", "text", 15, True, "必填，不得重复。按文本保存，开头的 0 会保留。"),
        Column("project_name", "项目名称", "text", 30, True, "必填，下发的文件以它命名。"),
        Column("parent_code", "上级项目编码", "text", 15, False, "子项目填母项目的项目编码；母项目留空。只支持两级。"),
        Column("project_category", "项目类别", "text", 14, False, "从下拉列表中选择；留空则由单位选择。"),
        Column("department", "主管部门", "text", 32, False, "主管部门全称；留空则由单位填写。"),
        Column("unit_code", "单位编码", "text", 12, True, "母项目必填，须在“单位名册”中；子项目留空则同母项目。"),
        Column("implementing_unit", "实施单位", "text", 32, False, "实施单位全称；留空则由单位填写。"),
        Column("budget_ceiling", "预算控制数", "amount", 17, False, "单位：元，不小于 0，最多两位小数；没有则留空。"),
        Column("start_date", "计划开始日期", "date", 15, False, "如 2022-01-01；留空则由单位填写。"),
        Column("end_date", "计划完成日期", "date", 15, False, "如 2022-12-31，不早于开始日期；留空则由单位填写。"),
        Column("annual_carryover", "上年结转", "amount", 17, False, CARRYOVER_NOTE, may_be_missing=True),
        Column("publicity", "公开", "text", 10, False, PUBLICITY_NOTE, may_be_missing=True),
    ),
)
UNITS = Sheet(
    "单位名册",
    "每行一个单位。“应报”填“否”的单位不催报。" + HEADER_ADVICE,
    (
        Column("unit_code", "单位编码", "text", 14, True, "必填，不得重复。按文本保存，开头的 0 会保留。"),
        Column("unit_name", "单位名称", "text", 42, True, "必填，单位全称。"),
        Column("contact", "联系人", "text", 14, False, "单位的填报联系人，可以留空。"),
        Column("phone", "电话", "text", 18, False, "联系人的电话，可以留空。"),
        Column("email", "邮箱", "text", 28, False, "下发和退回文件用的邮箱，可以留空。"),
        Column("must_report", "应报", "text", 10, False, "从下拉列表中选择：是、否；留空按“是”。"),
        Column("deadline", "截止日期", "date", 14, False, DEADLINE_NOTE, may_be_missing=True),
        Column(
            "reviewer", "审核人", "text", 12, False, "财政部门由谁审核这个单位的项目，可以留空。", may_be_missing=True
        ),
    ),
)
INDICATOR_ROWS = Sheet(
    "指标行数",
    "可以整表留空。某个项目的某类指标行数不够时，在这里加行；没有列出的按模板的行数。",
    (
        Column("project_code", "项目编码", "text", 16, True, "“项目名册”中的项目编码，母项目、子项目都可以。"),
        Column("level2", "二级指标", "text", 30, True, "从下拉列表中选择。"),
        Column("rows", "行数", "whole", 10, True, f"这类指标在表上留几行：{ROWS[0]} 到 {ROWS[1]} 的整数。"),
    ),
)
RULES = Sheet(
    "规则",
    "只改“级别”一列：错误（退回修改）、提醒（可以接收）、关闭（不检查，也不写进工作簿）。注明“固定”的不能改。",
    (
        Column("rule_id", "规则编号", "text", 36, True, "规则的固定编号，请勿改动。不想改级别的行可以删去。"),
        Column("title", "规则", "text", 34, False, "检查什么。"),
        Column("message", "提示", "text", 92, False, "不符合时单位看到的话。"),
        Column("level", "级别", "text", 10, True, "从下拉列表中选择：错误、提醒、关闭。"),
        Column("note", "可否调整", "text", 14, False, "“固定”：其他规则要靠它才算得出，或属于文件结构，不能调整。"),
    ),
)
EXAMPLE_TITLE = "填写示例"
EXAMPLE_ADVICE = "仅供参考，本表不会被读取：一个母项目和它的两个子项目。请到“项目名册”中填写。"
EXAMPLE_REMARKS = (
    "1. 第一行是母项目，“上级项目编码”留空；后两行是子项目，“上级项目编码”填母项目的编码 0101。",
    "2. 子项目的“单位编码”留空，就与母项目相同；这里的 001 须在“单位名册”中。",
    "3. 填了的格（如项目类别、预算控制数）写进下发的表并锁定；留空的格（如子项目的日期）由单位填写。",
)


def setting_values(settings: Settings) -> dict[str, object]:
    """What stands on each row of 参数, by the keys of SETTING_ROWS."""
    grades = dict(zip((row.key for row in GRADE_ROWS), settings.grades, strict=True))
    return {row.key: grades[row.key] if row in GRADE_ROWS else getattr(settings, row.key) for row in SETTING_ROWS}
