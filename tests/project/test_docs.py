"""The documents name what exists: commands, options, words of templates, files; and their example runs."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from workbook_builder.cli.app import app, main
from workbook_builder.cli.demo import Demo
from workbook_builder.form.model import COLLECTION_KEYS, KNOWN_TYPES
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.form.template_fields import HEADERS, SETTINGS, SOURCES, TYPES, WEIGHT_TOTAL
from workbook_builder.form.template_mistakes import CHECK_KEYS
from workbook_builder.form.template_reading import load_template
from workbook_builder.form.template_sheets import LEVEL_KEYS, TABLE_INPUTS
from workbook_builder.resources import packaged_template

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TEMPLATE_FORMAT = (ROOT / "docs" / "template-format.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
MODULES_NOW = re.findall(
    r"^\| [a-z_]+ \| ([a-z_/, ()]+) \|$", ARCHITECTURE.partition("| before | now |")[2], re.MULTILINE
)
DOCUMENTS = sorted(path.relative_to(ROOT) for folder in (".", "docs", "docs/decisions", "formulas", "macros", "templates")
                   for path in (ROOT / folder).glob("*.md"))  # fmt: skip
LINK = re.compile(r"\]\(([^)#]+)[^)]*\)|src=\"([^\"]+)\"")


def commands(group: Any, path: str = "workbook-builder") -> Iterator[tuple[str, Any]]:
    """Every command that does something, with its words from the start."""
    for name, command in group.commands.items():
        words = f"{path} {name}"
        if hasattr(command, "commands"):
            yield from commands(command, words)
        else:
            yield words, command


COMMANDS = dict(commands(typer.main.get_command(app)))


def line_of(words: str) -> str:
    """The row of README's table that shows a command."""
    rows = [line for line in README.splitlines() if line.startswith(f"| `{words}") and line[len(words) + 3] in " `"]
    assert len(rows) == 1, f"README has {len(rows)} rows for {words}"
    return rows[0]


def test_table_of_commands__was_found() -> None:
    assert {"workbook-builder check", "workbook-builder template check"} <= COMMANDS.keys()


@pytest.mark.parametrize("words", COMMANDS)
def test_command_with_its_options__is_in_the_table_of_readme(words: str) -> None:
    row = line_of(words)
    options = [option for parameter in COMMANDS[words].params for option in parameter.opts if option.startswith("-")]
    assert "--json" in options
    missing = [option for option in options if not re.search(rf"(?<![\w-]){option}(?![\w-])", row)]
    assert missing == ["--json"]  # said once, for all of them
    assert "`--json`" in README


def test_command_in_readme__exists() -> None:
    named = set(re.findall(r"^\| `(workbook-builder(?: [a-z-]+)+)", README, re.MULTILINE))
    assert named == COMMANDS.keys()


@pytest.mark.parametrize(
    "word",
    [*TYPES, *SOURCES, *HEADERS, *SETTINGS, WEIGHT_TOTAL],
)
def test_word_of_sheet_fields__has_a_row_in_the_template_format(word: str) -> None:
    assert re.search(rf"^\| (\*\*)?{word}(\*\*)? \|", TEMPLATE_FORMAT, re.MULTILINE)


@pytest.mark.parametrize("key", [*CHECK_KEYS, *COLLECTION_KEYS, *TABLE_INPUTS, "sub_projects.number"])
def test_marker__stands_in_the_template_format(key: str) -> None:
    assert f"`{{{{{key}}}}}`" in TEMPLATE_FORMAT


@pytest.mark.parametrize("key", LEVEL_KEYS)
def test_marker_with_a_fixed_text__stands_in_the_template_format(key: str) -> None:
    assert f"`{{{{{key}:" in TEMPLATE_FORMAT


def test_key_of_the_packaged_form__is_a_fixed_key_of_the_template_format() -> None:
    fields = load_template(packaged_template(), "模板.xlsx", packaged_catalogue()).form.fields
    table = TEMPLATE_FORMAT.partition("**固定的字段。**")[2].partition("\n## ")[0]
    named = set(re.findall(r"[a-z_]+", table))
    assert {key.rpartition(".")[2] for key in (*fields, *KNOWN_TYPES)} - named == set()


def test_finding_on_the_example__is_explained() -> None:
    golden = (ROOT / "tests" / "golden" / "demo_findings.txt").read_text(encoding="utf-8").splitlines()
    rules = [line.split()[1] for line in golden]
    explained = (ROOT / "docs" / "seed-findings.md").read_text(encoding="utf-8")
    counts = {name: int(count) for name, count in re.findall(r"^\| ([a-z_.]+) \| ([0-9]+)：", explained, re.MULTILINE)}
    assert counts == {rule: rules.count(rule) for rule in rules}


def test_example_of_formulas__is_a_rule_that_the_readme_tells_whole() -> None:
    told = (ROOT / "formulas" / "README.md").read_text(encoding="utf-8")
    words = set(re.findall(r"^\| ([a-z_0-9]+) \|", told, re.MULTILINE))
    used = set(re.findall(r"^([a-z_0-9]+) = ", "\n".join(rules_as_text()), re.MULTILINE))
    assert used - words == set()


def rules_as_text() -> Iterator[str]:
    """The [[rule]] entries of formulas/, as they are written."""
    for path in (ROOT / "formulas").glob("*.toml"):
        for entry in path.read_text(encoding="utf-8").split("[[")[1:]:
            if entry.startswith("rule]]"):
                yield entry


def test_rules_document__is_what_the_command_writes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--markdown"]) == 0
    written = capsys.readouterr().out
    assert written == (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert [rule.id for rule in packaged_catalogue().rules if f"\n| {rule.id} |" not in written] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_file_that_a_document_links__exists(document: Path) -> None:
    links = [one or other for one, other in LINK.findall((ROOT / document).read_text(encoding="utf-8"))]
    missing = [link for link in links if "://" not in link and not ((ROOT / document).parent / link).exists()]
    assert missing == []


PACKAGE = ROOT / "workbook_builder"


def test_module_that_the_architecture_names__exists() -> None:
    named = set(re.findall(r"\b((?:[a-z_]+/)+[a-z_]+)\.py\b", ARCHITECTURE))
    named |= {word.strip() for row in MODULES_NOW for word in re.sub(r"\(.*?\)", "", row).split(",")}
    missing = [name for name in named if not (PACKAGE / f"{name}.py").is_file() and not (PACKAGE / name).is_dir()]
    assert named
    assert missing == []


def test_name_beside_a_module_of_the_architecture__is_defined_there() -> None:
    pairs = re.findall(r"`([A-Za-z_]+)(?:\.[a-z_]+)?`\s+(?:in|and\s+`[a-z_]+`\s+in)\s+`([a-z_/]+)\.py`", ARCHITECTURE)
    assert len(pairs) > 15
    wrong = [
        (name, module)
        for name, module in pairs
        if not re.search(
            rf"^(?:def|class) {name}\b", (PACKAGE / f"{module}.py").read_text(encoding="utf-8"), re.MULTILINE
        )
    ]
    assert wrong == []


def test_readme__links_its_picture_and_the_other_documents() -> None:
    links = {one or other for one, other in LINK.findall(README)}
    assert {"docs/form.png", "docs/template-format.md", "docs/seed-findings.md", "formulas/README.md"} <= links


def test_picture_of_the_form__is_small() -> None:
    assert (ROOT / "docs" / "form.png").stat().st_size < 200_000


@pytest.mark.slow
def test_library_example_of_readme__runs(shown: Demo, tmp_path: Path) -> None:
    shutil.copytree(shown.collection.folder, tmp_path / "2022年绩效目标申报")
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    run = subprocess.run(
        [sys.executable, "-W", "error", "-X", "utf8", "-c", code],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        encoding="utf-8",
    )
    assert (run.returncode, run.stderr) == (0, "")
    (line,) = run.stdout.splitlines()
    assert line.startswith(f"{shown.filled.name} accepted ['「填表说明」表 B9（填表人）：")


def test_public_names__are_what_they_say_whatever_module_was_imported_before() -> None:
    code = (
        "import workbook_builder.judge.check, workbook_builder.judge.fill, workbook_builder.collection.generate\n"
        "from workbook_builder import check, fill, generate\n"
        "import workbook_builder.cli.demo, workbook_builder\n"
        "for name in workbook_builder.__all__:\n"
        "    assert callable(getattr(workbook_builder, name)), name\n"
        "assert (check, fill, generate) == tuple(getattr(workbook_builder, n) for n in ('check', 'fill', 'generate'))"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
