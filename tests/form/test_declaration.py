"""Declarations as JSON, and JSON as full keys."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from workbook_builder.form.declaration import Declaration, Indicator, flat, sub_project_of, to_json

COUNT = Indicator(0, "产出指标", "数量指标", "培训次数", "≥", Decimal(5), "次")
GRADE = Indicator(27, "效益指标", "社会效益指标", "党建环境", "定性", "明显改善", None)


def test_declaration__becomes_the_json_of_the_contract() -> None:
    sub = Declaration({"project_code": "P1-1", "annual_funds": Decimal(286700)}, (GRADE,))
    root = Declaration(
        {
            "fiscal_year": 2022,
            "project_name": "党群综合服务",
            "department": None,
            "start_date": date(2022, 1, 1),
            "annual_funds": Decimal(1411700),
            "narrative.overview": "概述",
            "narrative.plan": None,
        },
        (COUNT,),
        (sub,),
    )
    assert to_json(root) == {
        "fiscal_year": 2022,
        "project_name": "党群综合服务",
        "department": None,
        "start_date": "2022-01-01",
        "annual_funds": "1411700.00",
        "narrative": {"overview": "概述", "plan": None},
        "indicators": [
            {
                "row": 0,
                "level1": "产出指标",
                "level2": "数量指标",
                "name": "培训次数",
                "comparator": "≥",
                "target": "5",
                "unit": "次",
            }
        ],
        "sub_projects": [
            {
                "project_code": "P1-1",
                "annual_funds": "286700.00",
                "indicators": [
                    {
                        "row": 27,
                        "level1": "效益指标",
                        "level2": "社会效益指标",
                        "name": "党建环境",
                        "comparator": "定性",
                        "target": "明显改善",
                        "unit": None,
                    }
                ],
            }
        ],
    }


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (Decimal(90), "90"),
        (Decimal("90.50"), "90.5"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.0001"), "0.0001"),
        (None, None),
    ],
)
def test_numeric_target__is_a_plain_decimal_string(target: Decimal | None, expected: str | None) -> None:
    entry = to_json(Declaration({}, (COUNT._replace(target=target),)))
    assert entry["indicators"][0]["target"] == expected


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("0", "0.00"), ("0.1", "0.10"), ("9999999999999.99", "9999999999999.99"), ("1E+6", "1000000.00")],
)
def test_amount__is_a_decimal_string_with_two_places(amount: str, expected: str) -> None:
    assert to_json(Declaration({"annual_funds": Decimal(amount)}, ()))["annual_funds"] == expected


def test_declaration_without_sub_projects__has_no_list_of_them() -> None:
    assert to_json(Declaration({}, ())) == {"indicators": []}


def test_flat__gives_full_keys_with_whole_indicators() -> None:
    entry: dict[str, Any] = {
        "project_name": "甲",
        "narrative": {"overview": "概述"},
        "indicators": [{"name": "培训次数"}, {"name": "覆盖率"}],
        "sub_projects": [{"project_name": "乙", "indicators": [{"name": "场次"}]}, {"narrative": {"plan": "方案"}}],
    }
    assert list(flat(entry)) == [
        ("project_name", "甲"),
        ("narrative.overview", "概述"),
        ("indicators[0]", {"name": "培训次数"}),
        ("indicators[1]", {"name": "覆盖率"}),
        ("sub_projects[0].project_name", "乙"),
        ("sub_projects[0].indicators[0]", {"name": "场次"}),
        ("sub_projects[1].narrative.plan", "方案"),
    ]


def test_flat__passes_on_what_has_the_wrong_shape_for_the_caller_to_refuse() -> None:
    assert list(flat({"sub_projects": ["乙", None]})) == [("sub_projects[0]", "乙"), ("sub_projects[1]", None)]
    assert list(flat({"sub_projects": "乙", "indicators": "多"})) == [("sub_projects", "乙"), ("indicators", "多")]
    nested = {"sub_projects": [{"sub_projects": [{"project_name": "丙"}]}]}
    assert list(flat(nested)) == [("sub_projects[0].sub_projects", [{"project_name": "丙"}])]


@pytest.mark.parametrize(
    ("key", "number"),
    [
        ("sub_projects[0].annual_funds", 0),
        ("sub_projects[12].indicators[3].target", 12),
        ("annual_funds", None),
        ("sub_projects", None),
        ("x.sub_projects[1].a", None),
    ],
)
def test_sub_project_of_a_key__is_its_number(key: str, number: int | None) -> None:
    assert sub_project_of(key) == number
