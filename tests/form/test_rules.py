"""The catalogue: whole, in the words of the contract, and every formula bound to the packaged form."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.helpers import laid_out, packaged
from workbook_builder.blank.bind import HOLE, Binder
from workbook_builder.form.rules import (
    CODE_LENGTH,
    Rule,
    applies,
    codes,
    keys_shown_at,
    load_catalogue,
    packaged_catalogue,
    read_catalogue,
)

LITERAL = re.compile(r'"(?:[^"]|"")*"')
MONEY = (
    "total_funds", "total_fiscal", "total_other",
    "annual_funds", "annual_appropriation", "annual_carryover", "annual_other",
)  # fmt: skip
CATALOGUE = packaged_catalogue()
SIDES = ((True, False), (True, True), (False, False))  # is root, is parent

# Id, class and severity: the contract of the round trip.
CONTRACT = {
    "text.required": "F error",
    "text.filler_missing": "F warning",
    "goal.overall_missing": "F warning",
    "goal.length": "F warning",
    "choice.unknown": "G error",
    "date.required": "F error",
    "date.required_sub": "F warning",
    "date.invalid": "G error",
    "date.order": "F error",
    "date.outside_year": "F error",
    "date.outside_parent": "F warning",
    "date.goal_years": "F warning",
    "amount.invalid": "G error",
    "amount.normalised": "G warning",
    "amount.zero": "F error",
    "amount.zero_sub": "F warning",
    "funds.total_sum": "F error",
    "funds.annual_sum": "F error",
    "funds.annual_exceeds_total": "F error",
    "funds.annual_fiscal_exceeds_total": "F error",
    "funds.annual_other_exceeds_total": "F error",
    "funds.single_year": "F warning",
    **{f"funds.sub_sum.{key}": "F error" for key in MONEY},
    "funds.ceiling_first": "F warning",
    "funds.ceiling": "F error",
    "funds.unit_suspect": "F warning",
    "indicator.incomplete": "F error",
    "indicator.unit_required": "F error",
    "indicator.no_output": "F error",
    "indicator.no_benefit": "F error",
    "indicator.duplicate": "F error",
    "indicator.comparator_unknown": "G error",
    "indicator.comparator_assumed": "G warning",
    "indicator.target_invalid": "G error",
    "indicator.target_normalised": "G warning",
    "weight.invalid": "G error",
    "weight.normalised": "G warning",
    "weight.positive": "F error",
    "weight.total": "F error",
    "structure.form_unknown": "S error",
    "structure.version": "S error",
    "structure.sheet_missing": "S error",
    "structure.label_changed": "S error",
    "structure.label_touched": "S warning",
    "structure.formula_replaced": "S warning",
    "structure.formula_in_input": "S error",
    "structure.prefilled_changed": "S error",
    "structure.protection_removed": "S warning",
    "structure.validation_removed": "S warning",
    "structure.formula_changed": "S warning",
    "structure.lists_edited": "S warning",
    "structure.hidden_sheet_edited": "S warning",
    "structure.sheet_added": "S warning",
    "structure.sheet_renamed": "S warning",
    "structure.sheet_moved": "S warning",
    "structure.hidden_content": "S warning",
    "structure.merge_changed": "S warning",
    "structure.extra_content": "S warning",
    "structure.external_link": "S warning",
    "structure.link_in_input": "S error",
    "structure.macro": "S error",
    "structure.embedded": "S error",
    "structure.dde": "S error",
    "file.not_a_workbook": "S error",
    "file.corrupt": "S error",
    "file.encrypted": "S error",
    "file.too_large": "S error",
    "file.unsupported": "S error",
}


@pytest.mark.parametrize("rule_id", CONTRACT)
def test_rule_of_the_contract__has_its_class_and_severity(rule_id: str) -> None:
    rule = CATALOGUE.rule(rule_id)
    assert f"{rule.rule_class} {rule.severity}" == CONTRACT[rule_id]
    assert CATALOGUE.severity(rule_id) == rule.severity


def test_ids__are_unique() -> None:
    assert [rule_id for rule_id, count in Counter(rule.id for rule in CATALOGUE.rules).items() if count > 1] == []


def test_every_rule_of_structure__is_expected_by_name_in_some_test() -> None:
    files = [path for path in Path(__file__).parents[1].rglob("*.py") if path.name != Path(__file__).name]
    tests = "".join(path.read_text(encoding="utf-8") for path in files if "node_modules" not in path.parts)
    wanted = {rule.id for rule in CATALOGUE.rules if rule.rule_class == "S"}
    assert {rule_id for rule_id in wanted if f'"{rule_id}"' not in tests} == set()


@pytest.mark.parametrize("rule", CATALOGUE.rules, ids=lambda rule: rule.id)
def test_sentence__is_there_and_fits_into_formula_literals(rule: Rule) -> None:
    assert rule.title
    assert rule.message
    assert not rule.message.endswith("。")  # added behind it, in the workbook as at the centre
    assert all(len(piece) <= 255 for piece in HOLE.split(rule.message))
    literals = LITERAL.findall(f"{rule.fails_when or ''}{rule.expected or ''}")
    assert all(len(literal) - 2 <= 255 for literal in literals)
    assert rule.expected is not None or "{expected}" not in rule.message


def test_rule_with_a_formula__is_shown_somewhere_and_one_without_is_not() -> None:
    for rule in CATALOGUE.rules:
        assert bool(rule.at or rule.types) == (rule.fails_when is not None), rule.id


def test_rule_with_the_key_in_its_id__is_one_rule_for_each_key() -> None:
    assert CATALOGUE.rule("funds.sub_sum.total_funds").at == ("total_funds",)
    assert CATALOGUE.rule("funds.sub_sum.total_other").title_on(packaged().form) == "其他资金与子项目之和不符"
    with pytest.raises(KeyError):
        CATALOGUE.rule("funds.sub_sum.filler")
    with pytest.raises(KeyError):
        CATALOGUE.rule("funds.sub_sums")


def test_catalogue__is_read_again_from_its_own_text() -> None:
    again = read_catalogue(CATALOGUE.text)
    assert (again, again.sha256) == (CATALOGUE, CATALOGUE.sha256)


def test_levels__change_severity_and_presence_and_nothing_else() -> None:
    changed = CATALOGUE.with_levels({"goal.length": "error", "funds.annual_sum": "off", "indicator.no_cost": "error"})
    assert changed.rule("goal.length") == CATALOGUE.rule("goal.length")._replace(severity="error")
    assert changed.rule("funds.annual_sum") == CATALOGUE.rule("funds.annual_sum")._replace(is_on=False)
    assert changed.rule("indicator.no_cost").level_now == "error"
    assert {rule.id for rule, _ in codes(CATALOGUE, packaged().form)} ^ {
        rule.id for rule, _ in codes(changed, packaged().form)
    } == {"funds.annual_sum", "indicator.no_cost"}
    assert len({CATALOGUE.sha256, changed.sha256, CATALOGUE.with_levels({}).sha256}) == 2


def test_archived_rules__take_from_newer_ones_what_may_be_reported_and_no_formula(tmp_path: Path) -> None:
    old = load_catalogue(written(tmp_path, f"[[rule]]\n{RULE}at = 'filler'\nfails_when = 'TRUE'"))
    completed = old.completed_by(CATALOGUE)
    assert completed.rules[0] == old.rules[0]
    reported = {rule.id for rule in CATALOGUE.rules if rule.rule_class == "G" or rule.fails_when is None}
    assert {rule.id for rule in completed.rules[1:]} == reported
    assert codes(completed, packaged().form) == codes(old, packaged().form)
    assert completed.links == ()
    assert CATALOGUE.completed_by(CATALOGUE) is CATALOGUE


def test_codes__are_unique_of_one_length_and_begin_with_their_severity() -> None:
    found = codes(CATALOGUE, packaged().form)
    assert len(set(found.values())) == len(found)
    assert {len(code) for code in found.values()} == {CODE_LENGTH}
    assert all(code[0] == rule.severity[0].upper() and code[1:].isdigit() for (rule, _), code in found.items())
    assert all(int(code[1:]) > 0 for code in found.values())  # E000 says that a formula is broken


def test_links__more_particular_scope_wins() -> None:
    form = CATALOGUE.link_for("total_fiscal", is_root=True, is_parent=False)
    parent = CATALOGUE.link_for("total_fiscal", is_root=True, is_parent=True)
    assert form is None
    assert parent is not None
    assert parent.scope == "parent"
    assert CATALOGUE.link_for("total_fiscal", is_root=False, is_parent=False) is None
    for is_root, scope in ((True, "root"), (False, "sub_project")):
        link = CATALOGUE.link_for("effective.start_date", is_root=is_root, is_parent=False)
        assert link is not None
        assert link.scope == scope


def test_scopes__cover_the_root_a_parent_and_sub_projects() -> None:
    covered: dict[str, list[bool]] = {
        scope: [applies(scope, is_root=root, is_parent=parent) for root, parent in SIDES]
        for scope in ("form", "root", "parent", "sub_project")
    }
    assert covered == {
        "form": [True, True, True],
        "root": [True, True, False],
        "parent": [False, True, False],
        "sub_project": [False, False, True],
    }


def test_helpers__are_the_hidden_keys_and_the_cells_they_stand_beside() -> None:
    assert CATALOGUE.helpers == {
        "budget_ceiling": "annual_appropriation",
        "effective.start_date": "start_date",
        "effective.end_date": "end_date",
    }
    assert CATALOGUE.parent_linked == set(MONEY) - {"total_funds", "annual_funds"}


def test_required_rule__is_shown_at_required_texts_only() -> None:
    assert keys_shown_at(CATALOGUE.rule("text.required"), packaged().form) == (
        "project_name",
        "project_category",
        "department",
        "implementing_unit",
        "annual_goal",
    )


def test_typed_rule__is_not_shown_at_computed_cells() -> None:
    keys = keys_shown_at(CATALOGUE.rule("amount.invalid"), packaged().form)
    assert "total_fiscal" in keys
    assert "total_funds" not in keys


# Rules that have no cell on the packaged form: never, and for what its shape lacks.
ELSEWHERE = {"date.goal_years", "rollover.unconfirmed", "weight.invalid", "weight.positive", "weight.total"}
WITHOUT_SUBS = {"date.required_sub", "date.outside_parent", "amount.zero_sub"} | {
    f"funds.sub_sum.{key}" for key in MONEY
}


@pytest.mark.parametrize(("sub_projects", "absent"), [(0, WITHOUT_SUBS), (2, set())])
def test_every_formula__is_bound_on_the_packaged_form(sub_projects: int, absent: set[str]) -> None:
    catalogue = CATALOGUE.with_levels({rule.id: rule.severity for rule in CATALOGUE.rules})  # every rule switched on
    binder = Binder(catalogue, laid_out(sub_projects))
    bound = {instance.rule.id for instance in binder.instances}
    with_formula = {rule.id for rule in CATALOGUE.rules if rule.fails_when is not None}
    assert with_formula - bound == ELSEWHERE | absent


@pytest.mark.parametrize("sub_projects", [0, 2])
def test_bound_formulas__have_no_hole_left_and_fit_into_excel(sub_projects: int) -> None:
    binder = Binder(CATALOGUE, laid_out(sub_projects))
    for instance in binder.instances:
        for formula in (instance.fails_when, instance.expected or "", instance.message):
            without_texts = LITERAL.sub("", formula)
            assert "{" not in without_texts, instance.rule.id
            assert "@" not in without_texts, instance.rule.id
            assert len(formula) < 2000, instance.rule.id
            assert all(len(literal) - 2 <= 255 for literal in LITERAL.findall(formula)), instance.rule.id


def test_every_computed_cell__has_its_formula() -> None:
    for sub_projects in (0, 2):
        binder = Binder(CATALOGUE, laid_out(sub_projects))
        for slot in binder.layout.slots.values():
            is_computed = slot.kind == "formula" or slot.field.key.startswith("effective.")
            assert (binder.link(slot) is not None) == is_computed, slot.key


def written(tmp_path: Path, content: str) -> Path:
    (tmp_path / "a.toml").write_text(content, encoding="utf-8")
    return tmp_path


RULE = 'id = "a.b"\ntitle = "t"\nclass = "F"\nseverity = "error"\nmessage = "m"\n'


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (f"[[rule]]\n{RULE}colour = 1", r"rule a.b: unknown \['colour'\]"),
        (f"[[rule]]\n{RULE}rule_class = 'F'", r"rule a.b: unknown \['rule_class'\]"),
        ("[[rule]]\n" + RULE.replace('message = "m"', ""), r"rule a.b: missing \['message'\]"),
        ("[[rule]]\n" + RULE.replace('"F"', '"X"'), "rule a.b: unknown class 'X'"),
        ("[[rule]]\n" + RULE.replace('"error"', '"fatal"'), "rule a.b: unknown severity 'fatal'"),
        (f"[[rule]]\n{RULE}scope = 'everywhere'", "rule a.b: unknown scope 'everywhere'"),
        ("[[link]]\nkeys = ['a']\nformula = '1'\nformulas = '2'", r"link \['a'\]: unknown \['formulas'\]"),
        ("[[link]]\nkeys = ['a']", r"link \['a'\]: missing \['formula'\]"),
        ("[[link]]\nkeys = ['a']\nformula = '1'\nscope = 'sub'", "unknown scope 'sub'"),
        ("[[note]]\nat = 'a'\nscope = 'root'", r"note a: missing \['text'\]"),
        ("[[note]]\nat = 'a'\nscope = 'root'\ntext = '1'\nx = 1", r"note a: unknown \['x'\]"),
        (f"[[rules]]\n{RULE}", r"a.toml: unknown \['rules'\]"),
    ],
)
def test_unknown_or_missing_word__is_refused(tmp_path: Path, content: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        load_catalogue(written(tmp_path, content))


def test_files__are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text("[[rule]]\n" + RULE.replace("a.b", "second"), encoding="utf-8")
    written(
        tmp_path, f"[[rule]]\n{RULE}at = 'total_funds'\nfails_when = '''\nIF(1,\n  2)\n'''\n[roster_helpers]\nk = 'x'"
    )
    catalogue = load_catalogue(tmp_path)
    assert [rule.id for rule in catalogue.rules] == ["a.b", "second"]
    assert catalogue.rules[0].at == ("total_funds",)  # one word needs no list
    assert catalogue.rules[0].fails_when == "IF(1,2)"
    assert catalogue.rules[0].scope == "form"
    assert catalogue.roster_helpers == {"k": "x"}
