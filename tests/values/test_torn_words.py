"""Words torn apart by a space or a line break are joined and shown; what people part on purpose stays."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import GOAL, Issued, changed, found, is_chinese_sentence, issued, project, row, rules, single
from workbook_builder.judge.check import Checked, check
from workbook_builder.values.torn_words import rejoined

TORN = {
    "活动次 数": "活动次数",
    "活动 次 数": "活动 次数",
    "活动次\u3000数": "活动次数",
    "活动次 \u3000 数": "活动次数",
    "服务对象满\n意度": "服务对象满意度",
    "服务对象满 \n意度": "服务对象满意度",
    "培训 班": "培训班",
    "本 年度": "本年度",
    "上 半年举办5期培\n训": "上半年举办5期培训",
    "党建服务中 心、党员 群众": "党建服务中心、党员 群众",
    "人 民 政 府": "人民政府",
    "提升基层党建工\n作水平。\n覆盖全部党支\n部。": "提升基层党建工作水平。\n覆盖全部党支部。",
    "文\n明创建": "文明创建",
}
WHOLE = (
    "党员 群众", "教育 培训 会议", "人民 政府", "社区服务 中心",  # whole words
    "第 3 季度", "开发 App 系统", "次 5 数", "工作 1\n组织",  # something else between
    "组织培训。\n班子建设", "组织培训；\n班子建设", "组织培训\n\n班子建设", "组织培训\n\u3000\u3000班子建设",  # paragraphs
    "组织培训\n班子建设", "工作人员\n工作机制", "培训党员\n组织活动\n群众服务",  # lines of a list
    "做好统\n一、组织", "做好统\n一是组织", "工作第\n第一季度",  # enumerators
    "张 三", "王 小 明", "高 峰", "欧阳 锋", "负责人：李 建 国", "张三 李四",  # names
    "年 月 日", "自 年 月 日至 年 月 日",  # a date to fill in
    "", " ", "次", "\n", "021-1 234",
)  # fmt: skip


@pytest.mark.parametrize(("text", "joined"), TORN.items(), ids=repr)
def test_word_torn_by_a_break__is_joined(text: str, joined: str) -> None:
    assert rejoined(text) == joined
    assert rejoined(joined) == joined


@pytest.mark.parametrize("text", WHOLE, ids=repr)
def test_break_that_is_meant__stays(text: str) -> None:
    assert rejoined(text) == text


LETTERS = "活动次数服务中心培训党员群众一第年月日、。5A \n\u3000"


@given(st.text(LETTERS, max_size=30))
def test_joining__takes_only_white_space_between_chinese_letters_and_is_done_at_once(text: str) -> None:
    joined = rejoined(text)
    assert "".join(joined.split()) == "".join(text.split())
    assert rejoined(joined) == joined


CONTENT = row("服务对象满意度指标", "党员满意度", "≥", "90", "%")


def test_dictionary__is_loaded_only_where_a_word_may_be_torn() -> None:
    code = (
        "import sys\nfrom workbook_builder.values.torn_words import rejoined\n"
        "rejoined('党员、群众 5 人。\\n一、培训')\nassert 'rjieba' not in sys.modules\n"
        "rejoined('活动次 数')\nassert 'rjieba' in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def named(name: str, other: str = "党建环境") -> dict[str, object]:
    return single(
        indicators=[row("数量指标", name, "≥", "5", "次"), row("社会效益指标", other, "定性", "明显改善"), CONTENT]
    )


def names_in(result: Checked) -> list[str | None]:
    assert result.declaration is not None
    return [indicator.name for indicator in result.declaration.indicators]


def test_torn_indicator_name__is_shown_and_stays_as_typed_in_the_declaration(alone: Issued) -> None:
    result = alone.checked(named("活动次 数"))
    (finding,) = result.findings
    assert (result.status, finding.rule, finding.severity) == ("accepted", "text.broken_word", "warning")
    assert (finding.key, finding.cell) == ("indicators[0].name", "D15")
    assert (finding.value, finding.expected) == ("活动次 数", "活动次数")
    said = "「申报表」表 D15（三级指标）：有词语被空格或换行拆开，如“活动次 数”，应为“活动次数”，请改正。"
    assert finding.message == said
    assert names_in(result) == ["活动次 数", "党建环境", "党员满意度"]


def test_torn_goal_and_narrative__are_shown_each_at_its_cell_and_stay_as_typed(alone: Issued) -> None:
    goal, overview = GOAL.replace("党支部", "党支\n部"), "为党员和群众提供服\n务。\n培训党员\n组织活动"
    result = alone.checked(single(annual_goal=goal, narrative={"overview": overview}))
    assert found(result) == {("text.broken_word", "annual_goal"), ("text.broken_word", "narrative.overview")}
    assert all(is_chinese_sentence(finding.message) for finding in result.findings)
    (told,) = (finding.message for finding in result.findings if finding.key == "annual_goal")
    assert "如“训五次，覆盖全部党支 部，服务党员群众，”，应为“训五次，覆盖全部党支部，服务党员群众，”" in told
    assert result.declaration is not None
    assert result.declaration.values["annual_goal"] == goal
    assert result.declaration.values["narrative.overview"] == overview


def test_cells_that_are_not_words_of_the_unit__stay_as_written(tmp_path: Path) -> None:
    work = issued(tmp_path / "任务", project(name="社区活动次 数"))
    qualitative = row("社会效益指标", "党建环境", "定性", "群众满意 度提高")
    entry = single(filler="培训 班", indicators=[row("数量指标", "培训次数", "≥", "5", "次"), qualitative, CONTENT])
    result = work.checked(entry)
    assert "text.broken_word" not in rules(result)
    assert result.declaration is not None
    assert (result.declaration.values["filler"], result.declaration.values["project_name"]) == (
        "培训 班",
        "社区活动次 数",
    )
    assert result.declaration.indicators[1].target == "群众满意 度提高"


def test_name_that_another_row_has_already__stays_and_is_a_near_duplicate(alone: Issued) -> None:
    result = alone.checked(named("活动次数", "活动次 数"))
    assert rules(result) == ["indicator.near_duplicate"]
    assert result.status == "accepted"  # as the unit's own workbook says
    assert names_in(result) == ["活动次数", "活动次 数", "党员满意度"]


def test_word_torn_in_the_tags_of_a_web_page__is_joined_after_them(alone: Issued) -> None:
    data = changed(alone.filled(single()), {("申报表", "D15"): "<b>活动次 数</b>"})
    assert rules(check(data, "网页.xlsx", alone.desk)) == ["text.broken_word", "text.markup"]
