"""The packaged form as text, kept beside the binary so that a change to it shows in review; and the script's drawing."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from tests.helpers import packaged
from workbook_builder.form.template_text import describe
from workbook_builder.resources import packaged_template

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "template.txt"
RENEW = f"""
The packaged template is not what {GOLDEN.relative_to(ROOT)} says. Where the change is meant:
    .venv/bin/workbook-builder template describe templates/declaration_template.xlsx > {GOLDEN.relative_to(ROOT)}
and review the difference."""
REDRAW = "tools/draw_template.py no longer draws the committed template: run it with .venv/bin/python and commit both."


def test_packaged_template__reads_as_the_golden_text() -> None:
    assert describe(packaged()) == GOLDEN.read_text(encoding="utf-8"), RENEW


def test_text__names_every_field_list_and_sheet_once() -> None:
    lines, form = describe(packaged()).splitlines(), packaged().form
    for key in form.fields:
        assert sum(line.startswith(f"  {key}  ") for line in lines) == 1
    for name in form.lists:
        assert sum(line.startswith(f"  {name}：") for line in lines) == 1
    for sheet in form.sheets:
        assert sum(f"「{sheet.title}」" in line for line in lines) == 1


def test_cell_with_two_markers__stands_once_in_the_text() -> None:
    assert describe(packaged()).count("{{fiscal_year}}年度 {{round}}") == 1


def script() -> ModuleType:
    """tools/draw_template.py: no package, so loaded by its path."""
    spec = spec_from_file_location("draw_template", ROOT / "tools" / "draw_template.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_script__draws_the_committed_template() -> None:
    assert script().draw() == packaged_template(), REDRAW
