"""Sub-projects of one shape are bound once: what each is given is what it would be given by itself."""

import pytest

from tests.helpers import PLAIN, packaged
from workbook_builder.blank.bind import Binder
from workbook_builder.form.laying_out import lay_out
from workbook_builder.form.layout import FormShape, Shape
from workbook_builder.form.rules import packaged_catalogue

WITH_ROWS = FormShape(rows=(("数量指标", 9),), prefilled=frozenset(("project_name", "budget_ceiling")))


@pytest.mark.parametrize("subs", [(PLAIN, PLAIN), (WITH_ROWS, PLAIN, *(WITH_ROWS,) * 10)], ids=["alike", "mixed"])
def test_rules_of_a_sub_project_that_is_like_another__are_those_it_would_have_by_itself(
    subs: tuple[FormShape, ...],
) -> None:
    catalogue = packaged_catalogue()
    binder = Binder(catalogue, lay_out(packaged().form, Shape(PLAIN, subs), catalogue))
    one_by_one = [one for number in binder.layout.declarations for one in binder._instances_of(number)]
    assert list(binder.instances) == one_by_one
