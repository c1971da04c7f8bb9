"""The rules, links and notes of formulas/*.toml, as data.

A rule is an id, a severity, a Chinese sentence, a source and one Excel formula over keys that says when it fails.
The unit's workbook computes that formula live and the centre computes it again in a pristine blank: there is no other
implementation.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from workbook_builder import resources
from workbook_builder.findings import Severity
from workbook_builder.form.model import SECTIONS, Form, confirm_key

RuleClass = Literal["F", "G", "S", "C"]
Level = Literal["error", "warning", "off"]
Scope = Literal["form", "root", "parent", "sub_project"]
WORDS: Mapping[str, tuple[str, ...]] = {
    "class": get_args(RuleClass),
    "scope": get_args(Scope),
    "severity": get_args(Severity),
}
LEVEL_NAMES: Mapping[Level, str] = {"error": "错误", "warning": "提醒", "off": "关闭"}
FAMILIES: Mapping[str, str] = {  # what the first word of an id is about, in the order in which people read rules
    "text": "文字",
    "choice": "选项",
    "date": "日期",
    "amount": "金额",
    "funds": "资金",
    "goal": "目标",
    "indicator": "绩效指标",
    "weight": "权重",
    "name": "名称",
    "narrative": "情况说明",
    "rollover": "延续",
    "structure": "文件结构",
    "file": "文件",
    "collection": "收回",
}
CONFIRM_KEYS = frozenset(confirm_key(section) for section in SECTIONS)  # on every form, where there was a last year
ENTRIES = ("rule", "link", "note")
TYPES: Mapping[str, type] = {"is_on": bool, "required_only": bool, "once": bool}  # of words; others are texts
LISTS = frozenset(("at", "types", "implies", "keys"))  # words that hold one text or several
OF_A_FORMULA = {"fails_when", "found", "expected", "at", "types"}
REFERENCE = re.compile(r"\{([^{}]+)\}")  # a key in a formula: {annual_funds}
BROKEN_ROW_CODE = "E000"
MOVED_CELL_CODE = "EMOV"  # one E only: the letters count errors and warnings
CODE_LENGTH = len(BROKEN_ROW_CODE)


class Rule(NamedTuple):
    """One rule of the catalogue."""

    id: str
    title: str  # a few words for tables, such as 年度资金与三项来源之和不符; may hold {label}
    rule_class: RuleClass  # F formula, G gate on one input, S structure, C centre only
    severity: Severity
    is_on: bool  # a rule that is off leaves the workbook and gives no findings
    scope: Scope  # form: every declaration; root; parent: a root with sub-projects; sub_project
    at: tuple[str, ...]  # the keys it is shown at, one instance each
    types: tuple[str, ...]  # or: every input of these types
    required_only: bool  # of those, only the fields that 字段 calls 必填
    level: str | None  # the rows of this 一级 or 二级指标: the rule is shown at the first of them
    once: bool  # at an indicator column: about the whole table, so shown at its first row only
    fails_when: str | None  # Excel formula over keys; None where only the centre can tell
    found: str | None  # Excel formula over keys for {value}; None for what the cell holds
    expected: str | None  # Excel formula over keys
    message: str  # the sentence behind the place, with {label}, {value}, {expected}
    source: str | None  # clause of the regulation
    implies: tuple[str, ...]  # rules that may fail for the same cause

    @property
    def level_now(self) -> Level:
        """Its severity, or off."""
        return self.severity if self.is_on else "off"

    @property
    def family(self) -> str:
        """The first word of its id, one of FAMILIES."""
        return self.id.partition(".")[0]

    @property
    def is_adjustable(self) -> bool:
        """Whether a roster may raise, lower or switch it off: formulas rely on gates, reading on structure."""
        return self.rule_class in ("F", "C")

    def title_on(self, form: Form) -> str:
        """The title with the label that the form prints."""
        label = form.fields[self.at[0]].label if self.at and self.at[0] in form.fields else ""
        return self.title.replace("{label}", label)


class Link(NamedTuple):
    """A computed cell: keys get their value from a formula."""

    keys: tuple[str, ...]
    scope: Scope
    formula: str
    beside: str | None  # where the form does not show it: the key in whose row a hidden cell keeps it

    @property
    def reads(self) -> frozenset[str]:
        """The keys of the form that the formula needs; those it sums over sub-projects are their own."""
        keys = (key.removeprefix("root.").removeprefix("effective.") for key in REFERENCE.findall(self.formula))
        return frozenset(key for key in keys if "@" not in key)


class Note(NamedTuple):
    """What the hint column says beside an input when nothing is wrong there: an Excel formula that gives text."""

    at: str
    scope: Scope
    text: str


class Catalogue(NamedTuple):
    """Everything that formulas/ holds."""

    rules: tuple[Rule, ...]
    links: tuple[Link, ...]
    notes: tuple[Note, ...]
    roster_helpers: Mapping[str, str]  # roster keys that no cell shows, and the key beside which they are kept
    text: str  # the whole of it as JSON, which `read_catalogue` reads

    @property
    def sha256(self) -> str:
        """Tells one catalogue from another."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def helpers(self) -> dict[str, str]:
        """Keys kept in hidden cells, and the key beside which each is."""
        computed = {link.keys[0]: link.beside for link in self.links if link.beside}
        return {**self.roster_helpers, **computed}

    @property
    def parent_linked(self) -> frozenset[str]:
        """Keys that are formulas where the root has sub-projects."""
        return frozenset(key for link in self.links if link.scope == "parent" for key in link.keys)

    @property
    def summed(self) -> frozenset[str]:
        """The same keys and those that formulas give from them: what a root knows only beside its sub-projects."""
        keys = set(self.parent_linked)
        while more := {key for link in self.links if link.reads & keys for key in link.keys} - keys:
            keys |= more
        return frozenset(keys)

    def rule(self, rule_id: str) -> Rule:
        """The rule with this id. KeyError if none."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)

    def severity(self, rule_id: str) -> Severity:
        """The severity of a rule by its id."""
        return self.rule(rule_id).severity

    def with_levels(self, levels: Mapping[str, Level]) -> "Catalogue":
        """The same rules, some of them raised, lowered, switched on or off. KeyError for an unknown id."""
        tables = json.loads(self.text)
        entries = {entry["id"]: entry for entry in tables["rule"]}
        for rule_id, level in levels.items():
            entry = entries[rule_id]
            entry["is_on"] = level != "off"
            if level != "off":
                entry["severity"] = level
        return read_catalogue(_own_text(tables))

    def completed_by(self, newer: "Catalogue") -> "Catalogue":
        """With the rules that a newer catalogue has besides and that typing, reading or comparing may report.

        Gates come without their formula, which the workbooks of this catalogue do not compute; new F rules do not come.
        """
        tables, known = json.loads(self.text), {rule.id for rule in self.rules}
        missing = {rule.id for rule in newer.rules if rule.rule_class == "G" or rule.fails_when is None} - known
        if not missing:
            return self
        entries = (entry for entry in json.loads(newer.text)["rule"] if entry["id"] in missing)
        tables["rule"] += [{word: entry[word] for word in entry.keys() - OF_A_FORMULA} for entry in entries]
        return read_catalogue(_own_text(tables))

    def link_for(self, key: str, *, is_root: bool, is_parent: bool) -> Link | None:
        """The link that computes a key; the more particular scope wins."""
        for scope in ("parent", "root", "sub_project", "form"):
            if applies(scope, is_root=is_root, is_parent=is_parent):
                for link in self.links:
                    if link.scope == scope and key in link.keys:
                        return link
        return None


def applies(scope: str, *, is_root: bool, is_parent: bool) -> bool:
    """Whether a scope covers the root or a sub-project of a workbook."""
    return {"form": True, "root": is_root, "parent": is_parent, "sub_project": not is_root}[scope]


def load_catalogue(folder: Path) -> Catalogue:
    """Reads every .toml of the folder, in the order of their names; a rule with @ in its id becomes one for each key.

    Raises ValueError when a table or an entry has an unknown or missing word: the catalogue is ours, so that is our
    defect.
    """
    tables: dict[str, Any] = {**{name: [] for name in ENTRIES}, "roster_helpers": {}}
    for path in sorted(folder.glob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        tables["roster_helpers"] |= content.pop("roster_helpers", {})
        if unknown := content.keys() - set(ENTRIES):
            raise ValueError(f"{path.name}: unknown {sorted(unknown)}")
        for name, entries in content.items():
            tables[name].extend(entries)
    tables["rule"] = [entry for written in tables["rule"] for entry in _one_for_each_key(written)]
    return read_catalogue(_own_text(tables))


@cache
def packaged_catalogue() -> Catalogue:
    """The rules that come with the product."""
    return load_catalogue(resources.folder("formulas"))


def _one_for_each_key(entry: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "@" not in entry.get("id", ""):
        yield entry
        return
    for key in _words(entry, "at"):
        yield {**entry, "id": entry["id"].replace("@", key), "at": key}


def _own_text(tables: Mapping[str, Any]) -> str:
    return json.dumps(tables, ensure_ascii=False, indent=1)


def read_catalogue(text: str) -> Catalogue:
    """Reads a catalogue's own text. Raises ValueError as `load_catalogue` does."""
    tables = json.loads(text)
    if not all(isinstance(word, str) for pair in tables["roster_helpers"].items() for word in pair):
        raise ValueError("roster_helpers: wrong type")
    return Catalogue(
        tuple(_rule(entry) for entry in tables["rule"]),
        tuple(_link(entry) for entry in tables["link"]),
        tuple(Note(**_known(entry, "note", Note._fields)) for entry in tables["note"]),
        tables["roster_helpers"],
        text,
    )


def _words(entry: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = entry.get(name, ())
    return (value,) if isinstance(value, str) else tuple(value)


def _known(
    entry: Mapping[str, Any], what: str, known: Iterable[str], optional: Iterable[str] = ()
) -> Mapping[str, Any]:
    name = f"{what} {entry.get('id') or entry.get('keys') or entry.get('at')}"
    if unknown := entry.keys() - {*known, *optional}:
        raise ValueError(f"{name}: unknown {sorted(unknown)}")
    if missing := set(known) - entry.keys():
        raise ValueError(f"{name}: missing {sorted(missing)}")
    for word, values in WORDS.items():
        if entry.get(word, values[0]) not in values:
            raise ValueError(f"{name}: unknown {word} {entry[word]!r}")
    if wrong := [word for word, value in entry.items() if not _is_of_its_type(word, value)]:
        raise ValueError(f"{name}: wrong type of {sorted(wrong)}")
    return entry


def _is_of_its_type(word: str, value: object) -> bool:
    if word in LISTS and isinstance(value, list):
        return all(isinstance(one, str) for one in value)
    return isinstance(value, TYPES.get(word, str))


def _rule(entry: Mapping[str, Any]) -> Rule:
    optional = {*Rule._fields} - {"id", "title", "rule_class", "severity", "message"}
    _known(entry, "rule", ("id", "title", "class", "severity", "message"), optional)
    return Rule(
        id=entry["id"],
        title=entry["title"],
        rule_class=entry["class"],
        severity=entry["severity"],
        is_on=entry.get("is_on", True),
        scope=entry.get("scope", "form"),
        at=_words(entry, "at"),
        types=_words(entry, "types"),
        required_only=entry.get("required_only", False),
        level=entry.get("level"),
        once=entry.get("once", False),
        fails_when=_one_line(entry["fails_when"]) if "fails_when" in entry else None,
        found=_one_line(entry["found"]) if "found" in entry else None,
        expected=_one_line(entry["expected"]) if "expected" in entry else None,
        message=entry["message"],
        source=entry.get("source"),
        implies=_words(entry, "implies"),
    )


def _link(entry: Mapping[str, Any]) -> Link:
    _known(entry, "link", ("keys", "formula"), ("scope", "beside"))
    return Link(_words(entry, "keys"), entry.get("scope", "form"), _one_line(entry["formula"]), entry.get("beside"))


def _one_line(formula: str) -> str:
    """Long formulas stand on several lines in the file."""
    return "".join(line.strip() for line in formula.splitlines())


def keys_shown_at(rule: Rule, form: Form) -> tuple[str, ...]:
    """The keys of a form at which a rule is shown."""
    if rule.at:
        return rule.at
    return tuple(
        field.key
        for field in form.fields.values()
        if field.type in rule.types and field.source != "formula" and (field.is_required or not rule.required_only)
    )


def listed(rules: Iterable[Rule], form: Form) -> tuple[Rule, ...]:
    """The rules by family, as people read them; titles with the form's labels."""
    order = list(FAMILIES)
    in_order = sorted(rules, key=lambda rule: order.index(rule.family))
    return tuple(rule._replace(title=rule.title_on(form)) for rule in in_order)


def rules_for(catalogue: Catalogue, form: Form) -> tuple[Rule, ...]:
    """Every rule that can concern a form, switched off or not, as listed."""
    return listed(
        (
            rule
            for rule in catalogue.rules
            if rule.fails_when is None
            or any(key in form.fields or key in CONFIRM_KEYS for key in keys_shown_at(rule, form))
        ),
        form,
    )


def readable_message(rule: Rule) -> str:
    """The sentence with … for what only a workbook can tell."""
    return re.sub(r"\{\w+\}", "…", rule.message) + "。"


def codes(catalogue: Catalogue, form: Form) -> dict[tuple[Rule, str], str]:
    """A code for every rule at every key, such as E007: what the hidden column of the self-check holds."""
    numbers = {"error": 0, "warning": 0}
    numbered: dict[tuple[Rule, str], str] = {}
    for rule, key in _with_keys(catalogue.rules, form):
        numbers[rule.severity] += 1
        numbered[rule, key] = f"{rule.severity[0].upper()}{numbers[rule.severity]:0{CODE_LENGTH - 1}}"
    return numbered


def _with_keys(rules: Iterable[Rule], form: Form) -> Iterator[tuple[Rule, str]]:
    """Each rule with each key at which its formula shows."""
    for rule in rules:
        if rule.fails_when is not None and rule.is_on:
            for key in keys_shown_at(rule, form):
                yield rule, key
