"""`template check`: everything that is wrong with a template, the formulas that its workbooks would hold included."""

from collections.abc import Iterator

from workbook_builder.blank.blank import blank_of
from workbook_builder.findings import Finding, has_errors, place
from workbook_builder.form.dialect import problems
from workbook_builder.form.layout import FormShape, Shape
from workbook_builder.form.rules import Catalogue
from workbook_builder.form.template_reading import Template, read_template
from workbook_builder.rule_ids import TEMPLATE_FORMULA_DIALECT

ALONE, WITH_SUB_PROJECT = Shape(FormShape()), Shape(FormShape(), (FormShape(),))


def check_template(data: bytes, file: str, catalogue: Catalogue) -> tuple[Finding, ...]:
    """The mistakes of a template. Raises UnreadableError where the file is no readable .xlsx workbook."""
    template = read_template(data, file, catalogue)
    if has_errors(template.findings):
        return template.findings
    return (*template.findings, *_outside_the_dialect(template, catalogue))


def _outside_the_dialect(template: Template, catalogue: Catalogue) -> Iterator[Finding]:
    """Formulas of the compiled workbook on which programs would not agree, each sentence once."""
    has_family = any(sheet.kind == "summary" for sheet in template.form.sheets)
    seen: set[str] = set()
    for shape in (ALONE, WITH_SUB_PROJECT) if has_family else (ALONE,):
        blank = blank_of(template, shape, catalogue)
        for where, formula in blank.formulas.items():
            for problem in problems(formula, names=blank.names):
                if problem not in seen:
                    seen.add(problem)
                    message = f"生成的工作簿{place(where.sheet, where.address)} 的公式不能用：{problem}"
                    yield Finding(TEMPLATE_FORMULA_DIALECT, "error", where.sheet, where.address, None, message)
