"""The last cell filled in turns the banner on 自检 and above every form to 可以上报, in LibreOffice."""

from pathlib import Path

import pytest

from tests.office.differential import Office, workbook
from tests.office.unit import BANNER, PASSED, inputs, keystrokes


@pytest.mark.slow
@pytest.mark.parametrize("subs", [0, 20])
def test_last_cell_filled_in__turns_the_banner(office: Office, tmp_path: Path, subs: int) -> None:
    book, entry = workbook(tmp_path, subs)
    right, last = (
        keystrokes(book, entry),
        inputs(book)[f"sub_projects[{subs - 1}].annual_goal" if subs else "annual_goal"],
    )
    address = last["address"]
    lacking: dict[str, float | str | None] = {where: typed for where, typed in right.items() if where != address}
    (result,) = office(
        [
            {
                "book": book.path,
                "set": lacking,
                "read": [BANNER],
                "formulas": True,
                "fillings": [{address: right[address]}],
            }
        ]
    )
    assert str(result["values"][BANNER]).startswith("尚有 1 项未通过")
    sheet, cell = BANNER.split("!")
    assert str(result["fillings"][0]["changed"][sheet][cell]).startswith(PASSED)
    above = [values for title, values in result["fillings"][0]["changed"].items() if title != sheet]
    assert all(any(str(value).startswith(PASSED) for value in values.values()) for values in above if values)
