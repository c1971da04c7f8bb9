"""Checks of written answers: left-over instructions, goals without anything to measure."""

import re
from collections.abc import Iterator

from workbook_builder.form.declaration import Declaration
from workbook_builder.form.model import full_key
from workbook_builder.judge.checks.remark import Remark, parts, text_of
from workbook_builder.rule_ids import GOAL_NO_NUMBER, TEXT_PLACEHOLDER
from workbook_builder.values.normalised import fold, quoted

WHOLE_PLACEHOLDERS = re.compile(
    r"(?:待定|待填|待补充|暂无|略|同上|无内容|[xX×＊*]{2,}|[.…。]{2,}|说明项目.{0,60}|填写.{0,40})[。.]?"
)
POINTS_ELSEWHERE = re.compile(
    r"(?:说明|包括|填写|列出|简述|写明).{0,80}(?:具体|详)?(?:见|参见)(?:表格|附表|附件|申报表)[。.]?"
)
ENUMERATOR = re.compile(
    r"(?m)^\s*[（(]?[0-9０-９]{1,2}[）).、．]|[（(][0-9]{1,2}[）)]|(?<=[。；;\s])[0-9]{1,2}[、.．](?![0-9])"
)
NUMBER = re.compile(r"[0-9]|[一二三四五六七八九十百千万两]+(?:次|场|人|个|家|项|期|件|篇|名|户|套|处)|百分之")
OUTCOME = re.compile("达到|达成|完成|实现|建成|形成|提高|提升|改善|增强|降低|减少|下降|增加|增长|扩大|覆盖|优化")


def placeholders(declaration: Declaration) -> Iterator[Remark]:
    """text.placeholder: the form's own instruction, or a filler, as the whole answer."""
    for number, part in parts(declaration):
        for key, value in part.values.items():
            if isinstance(value, str) and _is_placeholder(value):
                sentence = f"{quoted(value)}像是填写说明或占位文字，不是实际内容，请填写具体内容。"
                yield Remark(TEXT_PLACEHOLDER, full_key(number, key), sentence, value)


def _is_placeholder(text: str) -> bool:
    words = "".join(fold(text).split())
    return bool(WHOLE_PLACEHOLDERS.fullmatch(words) or POINTS_ELSEWHERE.fullmatch(words))


def goals_without_number(declaration: Declaration) -> Iterator[Remark]:
    """goal.no_number: an annual goal that names neither a number nor an outcome."""
    for number, part in parts(declaration):
        goal = text_of(part, "annual_goal")
        if goal and not NUMBER.search(ENUMERATOR.sub("", fold(goal))) and not OUTCOME.search(goal):
            sentence = "没有写出任何数量或预期结果，宜写明做到什么程度、达到什么效果。"
            yield Remark(GOAL_NO_NUMBER, full_key(number, "annual_goal"), sentence)
