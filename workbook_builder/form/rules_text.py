"""The catalogue for people and programs: what the command `rules` shows."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from workbook_builder.form.rules import FAMILIES, LEVEL_NAMES, REFERENCE, Rule, RuleClass, readable_message

CLASS_NAMES: Mapping[RuleClass, str] = {"F": "公式", "G": "填写", "S": "文件结构", "C": "财政部门"}
HEAD = """\
# 规则

由 `workbook-builder rules --markdown` 写出，测试守着它与 `formulas/` 一致。

**级别**：错误，退回修改；提醒，可以接收；关闭，不检查。级别可以在 名册.xlsx 的表“规则”中调整，“填写”和“文件结构”两类除外。
**在哪里**：公式，单位的工作簿当场提示，财政部门用同一条公式再算一遍；填写，逐格检查写法；文件结构，与下发的原件比较；
财政部门，要看别的表、名册或文字的意思，公式做不到，只在检查时提示。
"""


def keys_of(rule: Rule) -> list[str]:
    """The keys that its formulas read, @ being the key at which it is shown."""
    formulas = f"{rule.fails_when or ''}{rule.expected or ''}"
    return list(dict.fromkeys(match[1] for match in REFERENCE.finditer(formulas)))


def to_json(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """One item per rule of `rules --json`."""
    return [
        {
            "id": rule.id,
            "class": rule.rule_class,
            "severity": rule.severity,
            "level": rule.level_now,
            "adjustable": rule.is_adjustable,
            "scope": rule.scope,
            "title": rule.title,
            "message": rule.message,
            "at": list(rule.at or rule.types),
            "needs": keys_of(rule),
            "fails_when": rule.fails_when,
            "expected": rule.expected,
            "implies": list(rule.implies),
            "source": rule.source,
        }
        for rule in rules
    ]


def to_markdown(rules: Iterable[Rule]) -> str:
    """docs/rules.md: a table for each family of ids."""
    return HEAD + "".join(_tables(rules))


def _tables(rules: Iterable[Rule]) -> Iterator[str]:
    for name, of_family in groupby(rules, lambda rule: FAMILIES[rule.family]):
        yield f"\n## {name}\n\n| 编号 | 级别 | 在哪里 | 检查什么 | 提示 | 依据 |\n|---|---|---|---|---|---|\n"
        for rule in of_family:
            level, where = LEVEL_NAMES[rule.level_now], CLASS_NAMES[rule.rule_class]
            words = (rule.id, level, where, rule.title, readable_message(rule), rule.source or "")
            yield f"| {' | '.join(words)} |\n"
