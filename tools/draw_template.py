"""Draws templates/declaration_template.xlsx, the packaged form: python tools/draw_template.py [TARGET].

Finance staff draw their own forms in Excel; this one is drawn by a script so that a change to it can be reviewed.
Layout: Shanghai's 财政项目支出绩效目标申报表. A test keeps the committed template equal to what this script draws.
"""

import io
import sys
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet

from workbook_builder.ooxml.mend import mended

CHINESE_CHARSET = 134
THIN = Side(style="thin", color="000000")
BOX = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)
HEADER_FILL = PatternFill("solid", fgColor="D9E2EC")
AMOUNT, DATE, TARGET = "#,##0.00", "yyyy-mm-dd", "General;-General;0;@"
FORM_WIDTHS = (8, 22, 20, 28, 7, 9, 10)
GOAL_ROWS, GOAL_ROW_POINTS = 3, 95
ROW_POINTS = 20
LEVELS = {
    "产出指标": {"数量指标": 10, "质量指标": 3, "时效指标": 2, "成本指标": 2},
    "效益指标": {"经济效益指标": 2, "社会效益指标": 3, "生态效益指标": 2, "可持续影响指标": 2},
    "满意度指标": {"服务对象满意度指标": 2},
}
MONEY = {
    "total_funds": "项目资金总额", "total_fiscal": "财政资金", "total_other": "其他资金",
    "annual_funds": "年度资金申请总额", "annual_appropriation": "当年财政拨款",
    "annual_carryover": "上年结转资金", "annual_other": "年度其他资金",
}  # fmt: skip
NARRATIVE = {
    "overview": ("一、项目概述", "说明项目的主要用途、范围和内容。"),
    "legal_basis": ("二、立项依据", "列出法律法规、政策文件、会议纪要等，写明文号。"),
    "implementer": ("三、实施主体", "写明具体负责实施的单位。"),
    "plan": ("四、实施方案", "说明怎样组织实施、分哪些步骤、怎样保证质量。"),
    "period": ("五、实施周期", "说明项目从何时到何时实施。"),
    "annual_budget": ("六、年度预算安排", "说明本年度各项资金的金额（注明元或万元）和使用内容。"),
    "performance_goals": ("七、绩效目标", "说明总目标、年度目标和分解目标。"),
}
STEPS = "① 填写各张表中有底色的单元格（浅红色的必填）\n② 看“自检”表，修改到显示“可以上报”\n③ 保存，把本文件交回"
INSTRUCTIONS = (
    "1. 只填写有底色的单元格：浅黄色为可填（不需要的可留空），浅红色为必填未填或有误，黄色为提醒；其余单元格已锁定。",
    "2. 金额一律以“元”为单位直接填写数字，最多两位小数，不写“元”“万”和逗号。",
    "3. 日期按“2022-01-01”的格式填写。子项目的日期留空时，沿用母项目的日期。",
    "4. 年度指标值分三格填写：符号、值、单位。例如“≥”“90”“%”，表示不低于 90%。百分之九十填 90，单位选 %。",
    "5. 定性指标在符号一格选“定性”（不打印），在值一格写文字，如“有所改善”，单位不填；指标值为日期的，也选“定性”，写作“2022年12月31日前”。",
    "6. 有子项目的，母项目的金额由“子项目资金汇总”自动加总，不必填写。",
    "7. 不要剪切、拖动单元格。粘贴请用“选择性粘贴—数值”，或双击进入单元格后再粘贴。",
    "8. 不能增删行、列和工作表；指标行不够的，请联系财政部门。同一行文字放不下时，可拖动行高。",
    "9. 打印前，在每张申报表上点右侧“筛选”下面的按钮，只勾选“印”，没有填写的行就不打印；全选即恢复。",
    "10. 不必改文件名，不要另存为其他格式。",
)
FIELD_HEADERS = ("字段", "名称", "类型", "来源", "必填", "选项", "最多字数", "提示")
FIELDS: tuple[tuple[object, ...], ...] = (
    ("project_name", "项目名称", "文本", "名册", "是", None, 80, "与预算批复的项目名称一致。"),
    ("project_category", "项目类别", "选项", "名册", "是", "项目类别", None, "从下拉列表中选择。"),
    ("department", "主管部门", "文本", "名册", "是", None, 80, "填写主管部门全称。"),
    ("implementing_unit", "实施单位", "文本", "名册", "是", None, 80, "填写实施单位全称。"),
    ("start_date", "计划开始日期", "日期", "名册", "是", None, None, "按“2022-01-01”的格式填写。子项目留空则沿用母项目的日期。"),
    ("end_date", "计划完成日期", "日期", "名册", "是", None, None, "按“2022-12-31”的格式填写，不早于计划开始日期。"),
    ("budget_ceiling", "预算控制数", "金额", "名册", "否", None, None, None),
    ("total_funds", "项目资金总额", "金额", "公式", "是", None, None, None),
    ("total_fiscal", "财政资金", "金额", "填报", "是", None, None, "项目全部实施期内的财政资金，单位：元。"),
    ("total_other", "其他资金", "金额", "填报", "否", None, None, "项目全部实施期内的其他资金，单位：元；没有则填 0。"),
    ("annual_funds", "年度资金申请总额", "金额", "公式", "是", None, None, None),
    ("annual_appropriation", "当年财政拨款", "金额", "填报", "是", None, None, "本年度申请的财政拨款，单位：元。"),
    ("annual_carryover", "上年结转资金", "金额", "名册", "否", None, None, "上年结转到本年度使用的资金，单位：元；没有则填 0。"),
    ("annual_other", "年度其他资金", "金额", "填报", "否", None, None, "本年度的其他资金，单位：元；没有则填 0。"),
    ("goal_period", "项目总目标起止年份", "文本", "公式", "否", None, None, None),
    ("overall_goal", "项目总目标", "长文本", "填报", "否", None, 1000, "跨年度项目必填，最多 1000 字。"),
    ("annual_goal", "年度总目标", "长文本", "填报", "是", None, 1000, "写明本年度要做什么、达到什么效果，20 至 1000 字。"),
    ("indicators.name", "三级指标", "文本", "填报", "否", None, 80, "写明指标名称，如：党员教育培训次数。"),
    ("indicators.comparator", "符号", "符号", "填报", "否", "符号", None, "从下拉列表中选择；定性指标选“定性”。"),
    ("indicators.target", "指标值", "指标值", "填报", "否", None, None, "定量指标填数字（90% 请填 90）；定性指标填文字，如：有所改善。"),
    ("indicators.unit", "单位", "单位", "填报", "否", "计量单位", None, "选择或填写计量单位；定性指标不填。"),
    *((f"narrative.{key}", title, "长文本", "填报", "否", None, 1200, prompt) for key, (title, prompt) in NARRATIVE.items()),
    ("filler", "填表人", "文本", "填报", "否", None, 40, "填写填表人姓名。"),
    ("phone", "联系电话", "文本", "填报", "否", None, 40, "填写能找到填表人的电话。"),
    ("fill_date", "填报日期", "日期", "填报", "否", None, None, "按“2022-01-01”的格式填写。"),
)  # fmt: skip
LISTS = {
    "项目类别": ("经常性项目", "一次性项目", "阶段性项目"),
    "符号": ("≥", ">", "=", "<", "≤", "定性"),
    "计量单位": ("%", "次", "场", "期", "人", "人次", "户", "家", "个", "项", "件", "篇", "份", "套", "台", "处",
             "天", "小时", "月", "年", "元", "万元", "平方米", "公里", "吨", "分"),
}  # fmt: skip


def song(size: float = 10, *, bold: bool = False, color: str = "000000") -> Font:
    return Font(name="宋体", size=size, bold=bold, color=color, charset=CHINESE_CHARSET)


def link() -> Font:
    return Font(name="宋体", size=10, underline="single", color="0563C1", charset=CHINESE_CHARSET)


def put(
    sheet: Worksheet,
    cells: str,
    value: object = None,
    *,
    font: Font | None = None,
    align: str = "center",
    vertical: str = "center",
    border: Border | None = BOX,
    number_format: str = "General",
) -> None:
    """Writes, styles and merges one logical cell such as A1:E1."""
    first, _, last = cells.partition(":")
    for row in sheet[f"{first}:{last or first}"]:
        for cell in row:
            cell.font = font or song()
            is_amount = number_format == AMOUNT  # wrapped numbers that do not fit show as ###
            cell.alignment = Alignment(
                horizontal=align,
                vertical=vertical,
                wrap_text=not is_amount,
                shrink_to_fit=is_amount,
                indent=1 if align == "left" and border == BOX else 0,  # or the text touches the frame
            )
            cell.number_format = number_format
            if border:
                cell.border = border
    sheet[first].value = value  # type: ignore[assignment, unused-ignore]
    if last:
        sheet.merge_cells(cells)


def widths(sheet: Worksheet, values: tuple[float, ...]) -> None:
    for number, width in enumerate(values):
        sheet.column_dimensions["ABCDEFGHIJKLMN"[number]].width = width


def page(sheet: Worksheet, area: str, title_rows: str, *, landscape: bool = False, continued: str = "") -> None:
    """A4, one page wide, binding margin on the left, page footer, repeated header rows, colours not printed.

    continued: a head for the pages behind the first, where the rows that are repeated do not say whose they are.
    """
    sheet.print_area = area
    sheet.print_title_rows = title_rows
    sheet.page_setup.paperSize = 9
    sheet.page_setup.orientation = "landscape" if landscape else "portrait"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.page_setup.blackAndWhite = True
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left, sheet.page_margins.right = 0.9, 0.5
    sheet.page_margins.top, sheet.page_margins.bottom = 0.55, 0.6
    sheet.page_margins.header = sheet.page_margins.footer = 0.3
    sheet.print_options.horizontalCentered = True
    # Every sheet counts its own pages: &N would count the whole workbook's.
    sheet.page_setup.firstPageNumber, sheet.page_setup.useFirstPageNumber = 1, True
    sheet.oddFooter.center.text = "第 &P 页"
    if continued:
        sheet.HeaderFooter.differentFirst = True
        sheet.oddHeader.center.text = continued
        sheet.firstFooter.center.text = "第 &P 页"


def draw_form(sheet: Worksheet) -> None:
    widths(sheet, FORM_WIDTHS)
    put(
        sheet,
        "A1:G1",
        "财政项目支出绩效目标申报表",
        font=Font(name="方正小标宋简体", size=20, bold=True, charset=134),
        border=None,
    )
    put(sheet, "A2:G2", "（{{fiscal_year}}年度）", font=song(12), border=None)
    for row, (left, left_key, right, right_key) in enumerate(
        [
            ("项目名称", "project_name", "项目类别", "project_category"),
            ("主管部门", "department", "实施单位", "implementing_unit"),
            ("计划开始\n日期", "start_date", "计划完成日期", "end_date"),
        ],
        start=3,
    ):
        style = DATE if "date" in left_key else "@"
        put(sheet, f"A{row}", left)
        put(sheet, f"B{row}", f"{{{{{left_key}}}}}", number_format=style)
        put(sheet, f"C{row}", right)
        put(sheet, f"D{row}:G{row}", f"{{{{{right_key}}}}}", number_format=style)
    draw_funds(sheet)
    draw_goals(sheet)
    last = draw_indicators(sheet, 11 + GOAL_ROWS)
    for row, points in {1: 36, 2: 20, **dict.fromkeys(range(3, 6), 30), **dict.fromkeys(range(6, 11), 24)}.items():
        sheet.row_dimensions[row].height = points
    header = 11 + GOAL_ROWS
    page(sheet, f"A1:G{last}", f"{header}:{header}", continued="财政项目支出绩效目标申报表（续）")
    sheet.freeze_panes = "A2"


def draw_funds(sheet: Worksheet) -> None:
    put(sheet, "A6:A9", "项目资金\n(元)")
    put(sheet, "B6", "项目资金总额")
    put(sheet, "B7:B8", "其中：财政资金")
    put(sheet, "B9", "其他资金")
    for cells, key in {"C6": "total_funds", "C7:C8": "total_fiscal", "C9": "total_other"}.items():
        put(sheet, cells, f"{{{{{key}}}}}", number_format=AMOUNT)
    rights = (
        ("年度资金申请总额", "annual_funds"),
        ("其中：当年财政拨款", "annual_appropriation"),
        ("上年结转资金", "annual_carryover"),
        ("其他资金", "annual_other"),
    )
    for row, (label, key) in enumerate(rights, start=6):
        put(sheet, f"D{row}", label)
        put(sheet, f"E{row}:G{row}", f"{{{{{key}}}}}", number_format=AMOUNT)


def draw_goals(sheet: Worksheet) -> None:
    last = 10 + GOAL_ROWS
    put(sheet, f"A10:A{last}", "项目\n绩效\n目标")
    put(sheet, "B10:C10", "{{goal_period}}")
    put(sheet, "D10:G10", "年度总目标")
    for cells, key in {f"B11:C{last}": "overall_goal", f"D11:G{last}": "annual_goal"}.items():
        put(sheet, cells, f"{{{{{key}}}}}", font=song(9), align="left", vertical="top", number_format="@")
    for row in range(11, last + 1):
        sheet.row_dimensions[row].height = GOAL_ROW_POINTS


def draw_indicators(sheet: Worksheet, header: int) -> int:
    """The indicator table from its header row on; the last row."""
    last = header + sum(sum(level2.values()) for level2 in LEVELS.values())
    put(sheet, f"A{header}:A{last}", "绩效\n指标")
    for column, text in zip("BCD", ("一级指标", "二级指标", "三级指标"), strict=True):
        put(sheet, f"{column}{header}", text)
    put(sheet, f"E{header}:G{header}", "年度指标值")
    row = header + 1
    for level1, groups in LEVELS.items():
        level1_row = row
        for level2, count in groups.items():
            for line in range(row, row + count):
                draw_indicator_row(sheet, line)
            put(sheet, f"C{row}:C{row + count - 1}", f"{{{{indicators.level2:{level2}}}}}")
            row += count
        put(sheet, f"B{level1_row}:B{row - 1}", f"{{{{indicators.level1:{level1}}}}}")
    for line in range(header, last + 1):
        sheet.row_dimensions[line].height = ROW_POINTS
    return last


def draw_indicator_row(sheet: Worksheet, row: int) -> None:
    put(sheet, f"D{row}", "{{indicators.name}}", align="left", number_format="@")
    sides = {"E": (THIN, None, "right", "@"), "F": (None, None, "center", TARGET), "G": (None, THIN, "left", "@")}
    for (column, (left, right, align, style)), key in zip(sides.items(), ("comparator", "target", "unit"), strict=True):
        border = Border(left=left, right=right, top=THIN, bottom=THIN)
        put(sheet, f"{column}{row}", f"{{{{indicators.{key}}}}}", align=align, border=border, number_format=style)


def draw_instructions(sheet: Worksheet) -> None:
    """What a unit has to know at once, who fills in, and then how."""
    widths(sheet, (16, 82))
    put(sheet, "A1:B1", "填表说明", font=song(18, bold=True), border=None)
    put(sheet, "A2:B2", "{{fiscal_year}}年度 {{round}}", font=song(11), border=None)
    told = {
        "报送截止": "{{deadline}}",
        "交给": "{{contact}}（电话：{{contact_phone}}）",
        "预算控制数": "{{ceiling}}",
        "步骤": STEPS,
    }
    for row, (label, text) in enumerate(told.items(), start=3):
        put(sheet, f"A{row}", label, font=song(11, bold=True))
        put(sheet, f"B{row}", text, font=song(11), align="left")
    sheet.row_dimensions[2 + len(told)].height = 50
    row = 4 + len(told)
    put(sheet, f"A{row}:B{row}", "填报信息（不随申报表打印）", font=song(11, bold=True), align="left", border=None)
    for line, (key, label) in enumerate(
        (("filler", "填表人"), ("phone", "联系电话"), ("fill_date", "填报日期")), row + 1
    ):
        put(sheet, f"A{line}", label)
        put(sheet, f"B{line}", f"{{{{{key}}}}}", align="left", number_format=DATE if key == "fill_date" else "@")
    for line in (1, 2, *range(3, 2 + len(told)), *range(row, row + 4)):
        sheet.row_dimensions[line].height = 26
    first = row + 5
    for line, text in enumerate(INSTRUCTIONS, start=first):
        put(sheet, f"A{line}:B{line}", text, font=song(11), align="left", border=None)
        sheet.row_dimensions[line].height = 34
    page(sheet, f"A1:B{first + len(INSTRUCTIONS) - 1}", "1:2")


def draw_narrative(sheet: Worksheet) -> None:
    """Each section in one row, its title beside its text: a title is never left alone at the foot of a page."""
    widths(sheet, (13, 82))
    put(sheet, "A1:B1", "项目经费情况说明", font=song(18, bold=True), border=None)
    put(sheet, "A2:B2", "（{{fiscal_year}}年度）", font=song(12), border=None)
    sheet.row_dimensions[1].height, sheet.row_dimensions[2].height = 36, 20
    for row, (key, (title, _)) in enumerate(NARRATIVE.items(), start=3):
        put(sheet, f"A{row}", title, font=song(bold=True), align="left")
        put(sheet, f"B{row}", f"{{{{narrative.{key}}}}}", align="left", vertical="top", number_format="@")
        sheet.row_dimensions[row].height = 84
    page(sheet, f"A1:B{2 + len(NARRATIVE)}", "1:2")
    sheet.page_margins.left, sheet.page_margins.right = 0.7, 0.5


def draw_summary(sheet: Worksheet) -> None:
    widths(sheet, (6, 34, *[16] * len(MONEY)))
    put(sheet, "A1:I1", "子项目资金汇总", font=song(18, bold=True), border=None)
    put(sheet, "A2:I2", "（{{fiscal_year}}年度，单位：元）", font=song(11), border=None)
    for column, text in zip("ABCDEFGHI", ("序号", "子项目名称", *MONEY.values()), strict=True):
        put(sheet, f"{column}3", text, font=song(bold=True))
    put(sheet, "A4", "{{sub_projects.number}}")
    put(sheet, "B4", "{{sub_projects.project_name}}", align="left")
    put(sheet, "A5:B5", "合计", font=song(bold=True))
    for column, key in zip("CDEFGHI", MONEY, strict=True):
        put(sheet, f"{column}4", f"{{{{sub_projects.{key}}}}}", align="right", number_format=AMOUNT)
        put(sheet, f"{column}5", f"{{{{sum.{key}}}}}", align="right", number_format=AMOUNT, font=song(bold=True))
    for row, points in {1: 34, 2: 20, 3: 32, 4: 24, 5: 24}.items():
        sheet.row_dimensions[row].height = points
    page(sheet, "A1:I5", "1:3", landscape=True)


def draw_check(sheet: Worksheet) -> None:
    widths(sheet, (40, 8, 8, *[10] * 9))
    put(sheet, "A1:L1", "自检", font=song(18, bold=True), border=None)
    put(sheet, "A2:L2", "{{check.banner}}", font=song(14, bold=True), border=BOX)
    heads = {"A4": "工作表（点击前往）", "B4": "错误", "C4": "提醒", "D4:L4": "首个问题（点击前往）"}
    heads |= {
        "A7": "全部问题：工作表",
        "B7:C7": "单元格",
        "D7:L7": "问题（先列错误，改完再列提醒，一次最多 30 行；点击前往）",
    }
    heads |= {"A10": "规则", "B10": "级别", "C10": "合计", "D10": "{{check.sheet_titles}}"}
    for cells, text in heads.items():
        put(sheet, cells, text, font=song(bold=True))
    put(sheet, "A5", "{{check.sheet.title}}", font=link(), align="left")
    put(sheet, "B5", "{{check.sheet.errors}}", number_format="0;;;@")
    put(sheet, "C5", "{{check.sheet.warnings}}", number_format="0;;;@")
    put(sheet, "D5:L5", "{{check.sheet.first}}", font=link(), align="left")
    put(sheet, "A8", "{{check.problem.sheet}}", align="left", border=None)
    put(sheet, "B8:C8", "{{check.problem.cell}}", border=None)
    put(sheet, "D8:L8", "{{check.problem.message}}", font=link(), align="left", border=None)
    put(sheet, "A11", "{{check.rule.message}}", align="left")
    put(sheet, "B11", "{{check.rule.severity}}")
    put(sheet, "C11", "{{check.rule.count}}", number_format="0;;;@")
    put(sheet, "D11", "{{check.rule.by_sheet}}", number_format="0;;;@")
    for row, points in {1: 34, 2: 34, 4: 24, 5: 24, 7: 24, 8: 16, 10: 30, 11: 24}.items():
        sheet.row_dimensions[row].height = points
    page(sheet, "A1:L11", "1:2", landscape=True)
    sheet.freeze_panes = "A3"


def draw_fields(sheet: Worksheet) -> None:
    for row, (label, value) in enumerate(
        [("表单编号", "sh-performance-target"), ("版本", "2022.2"), ("按子项目重复的表", "申报表")], start=1
    ):
        put(sheet, f"A{row}", label, font=song(bold=True), align="left")
        put(sheet, f"B{row}", value, align="left", number_format="@")
    for column, header in zip("ABCDEFGH", FIELD_HEADERS, strict=True):
        put(sheet, f"{column}5", header, font=song(bold=True))
        sheet[f"{column}5"].fill = HEADER_FILL
    for row, values in enumerate(FIELDS, start=6):
        for column, value in zip("ABCDEFGH", values, strict=True):
            put(sheet, f"{column}{row}", value, align="left")
    widths(sheet, (26, 20, 10, 8, 8, 12, 10, 60))
    sheet.freeze_panes = "A6"


def draw_lists(sheet: Worksheet) -> None:
    for column, (name, entries) in zip("ABCDEFGH", LISTS.items(), strict=False):
        put(sheet, f"{column}1", name, font=song(bold=True))
        sheet[f"{column}1"].fill = HEADER_FILL
        for row, entry in enumerate(entries, start=2):
            put(sheet, f"{column}{row}", entry, align="left", number_format="@")
            sheet[f"{column}{row}"].data_type = "s"  # openpyxl takes "=" for a formula
        sheet.column_dimensions[column].width = 14


def draw() -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    book._named_styles["Normal"].font = song()
    for title, drawing in {
        "填表说明": draw_instructions,
        "情况说明": draw_narrative,
        "申报表": draw_form,
        "子项目资金汇总": draw_summary,
        "自检": draw_check,
        "字段": draw_fields,
        "选项": draw_lists,
    }.items():
        drawing(book.create_sheet(title))
    book.active = 2
    book.properties.creator = "workbook_builder"
    book.properties.created = datetime(2022, 1, 1)
    buffer = io.BytesIO()
    book.save(buffer)
    return mended(buffer.getvalue())


def main() -> None:
    default = Path(__file__).parent.parent / "templates" / "declaration_template.xlsx"
    (Path(sys.argv[1]) if len(sys.argv) > 1 else default).write_bytes(draw())


if __name__ == "__main__":
    main()
