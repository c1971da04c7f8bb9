"""Rule ids have one home, and it agrees with the catalogue."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from workbook_builder import rule_ids
from workbook_builder.form.rules import FAMILIES, packaged_catalogue

PACKAGE = Path(rule_ids.__file__).parent
SOURCES = [path for path in sorted(PACKAGE.rglob("*.py")) if path != Path(rule_ids.__file__)]
NAMES = {name: value for name, value in vars(rule_ids).items() if name.isupper()}
IDS = {name: value for name, value in NAMES.items() if not name.startswith("ANY_")}
BEGINNINGS = {name: value for name, value in NAMES.items() if name.startswith("ANY_")}
CATALOGUE = packaged_catalogue()
CATALOGUED = {rule.id for rule in CATALOGUE.rules}
FIRST_WORDS = {rule_id.partition(".")[0] for rule_id in IDS.values()} | FAMILIES.keys()
LIKE_A_RULE = re.compile(rf"(?:{'|'.join(sorted(FIRST_WORDS))})\.[a-z0-9_]*")
NO_RULES = {"narrative.", "narrative.annual_budget", "approval.id", "review.id"}


def texts(path: Path) -> Iterator[str]:
    """Every text in a module, the fixed pieces of f-strings included, docstrings left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def bare_ids(path: Path) -> list[str]:
    return [text for text in texts(path) if text not in NO_RULES and LIKE_A_RULE.fullmatch(text)]


def test_every_constant__is_named_for_its_id() -> None:
    assert {name: rule_id.upper().replace(".", "_") for name, rule_id in IDS.items()} == {name: name for name in IDS}
    expected = {name: name.removeprefix("ANY_") for name in BEGINNINGS}
    assert {name: text.upper().replace(".", "_").rstrip("_") for name, text in BEGINNINGS.items()} == expected
    assert len(set(NAMES.values())) == len(NAMES)


def test_every_constant_of_a_catalogue_family__is_in_the_catalogue() -> None:
    assert {rule_id for rule_id in IDS.values() if rule_id.partition(".")[0] in FAMILIES} - CATALOGUED == set()
    for name, beginning in BEGINNINGS.items():
        assert any(rule_id.startswith(beginning) for rule_id in CATALOGUED), name


def test_every_rule_that_no_formula_tells__has_its_constant() -> None:
    reported = {rule.id for rule in CATALOGUE.rules if rule.rule_class in ("G", "S", "C")}
    assert reported - set(IDS.values()) == set()


def test_no_source__holds_a_bare_id() -> None:
    bare = {path.relative_to(PACKAGE).as_posix(): found for path in SOURCES if (found := bare_ids(path))}
    assert bare == {}


def test_bare_id__is_seen_in_texts_and_pieces_but_not_in_docstrings(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text('"""amount.invalid"""\na = ("amount.invalid", f"roster.{1}", "narrative.annual_budget", "a.b")\n')
    assert bare_ids(path) == ["amount.invalid", "roster."]


def test_every_constant__is_used_somewhere() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    unused = {name for name, text in NAMES.items() if not re.search(rf'\b{name}\b|"{re.escape(text)}"', sources)}
    assert unused == set()
