"""Workbooks that several tests in real programs need."""

import pytest

from tests.helpers import Issued, issued, parent, project

ODD_NAMES = (
    "A:B/C*?[x]", "同名", "同名", "很长的子项目名称" * 10, "O'Brien & <Sons>", "history", "自检", "申报表", "😀" * 20,
    '引“号”与"引号"',
)  # fmt: skip


@pytest.fixture(scope="session")
def twenty(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    """Twenty sub-projects, ten of them with names that no sheet can have; more indicator rows in root and first sub."""
    odd = [project(f"P1-{number:02}", name) for number, name in enumerate(ODD_NAMES, start=1)]
    plain = [project(f"P1-{number}", f"第{number}个子项目") for number in range(11, 21)]
    raised = odd[0]._replace(rows={"数量指标": 16})
    root = parent(rows={"数量指标": 15, "质量指标": 9}, sub_projects=(raised, *odd[1:], *plain))
    return issued(tmp_path_factory.mktemp("twenty") / "任务", root)
