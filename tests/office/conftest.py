"""Workbooks that several tests in real programs need."""

import pytest

from tests.helpers import Issued, issued, project
from tests.office.unit import TWENTY_NAMES


@pytest.fixture(scope="session")
def twenty(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    """Twenty sub-projects, ten of them with names that no sheet can have; more indicator rows in root and first sub."""
    first, *others = (project(f"P1-{number:02}", name) for number, name in enumerate(TWENTY_NAMES, start=1))
    subs = (first._replace(rows={"数量指标": 16}), *others)
    root = project(rows={"数量指标": 15, "质量指标": 9}, sub_projects=subs)
    return issued(tmp_path_factory.mktemp("twenty") / "任务", root)
