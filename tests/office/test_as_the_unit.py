"""LibreOffice as the unit: what a person sees, types, is told and sends back."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl.worksheet.cell_range import CellRange

from tests.helpers import Issued, family, single
from tests.office.programs import Job, Result
from tests.office.unit import (
    BANNER,
    PASSED,
    cached_formulas,
    calculated_formulas,
    hint_address,
    inputs,
    keystrokes,
    opened,
    rule_counts,
)
from workbook_builder.cells import Place, row_and_column
from workbook_builder.cli.demo import Demo, example_declaration
from workbook_builder.form.declaration import to_json
from workbook_builder.form.layout import META_SHEET
from workbook_builder.judge.check import Checked, check
from workbook_builder.ooxml.reader import read_workbook

Office = Callable[[Sequence[Job]], list[Result]]
RULES = "自检!A1:C99"
SUB = "02 社区党建"


def hint_at(issued: Issued, address: str) -> str:
    sheet, _, cell = address.rpartition("!")
    return hint_address(issued, Place(sheet, *row_and_column(cell)))


class Seen:
    """Everything that this file's tests look at, done by one LibreOffice."""

    def __init__(self, office: Office, folder: Path, shown: Demo, example: Issued, alone: Issued, twenty: Issued):
        self.example, self.alone, self.folder = example, alone, folder
        self.files = {
            "example issued": shown.issued.read_bytes(),
            "example filled": shown.filled.read_bytes(),
            "alone issued": alone.data,
            "alone filled": alone.filled(single()),
            "twenty issued": twenty.data,
            "twenty filled": twenty.filled(family(subs=20)),
        }
        jobs: dict[str, Job] = {}
        for name, data in self.files.items():
            self._path(name).write_bytes(data)
            jobs[name] = {"book": self._path(name), "formulas": True}
        for name, issued in {"example issued": example, "alone issued": alone}.items():
            addresses = [entry["address"] for entry in inputs(issued).values()]
            jobs[name] = {**jobs[name], "unlocked": True, "inspect": addresses}
        self.typed_seed = keystrokes(example, example_declaration())
        jobs["seed"] = self._typing("example issued", self.typed_seed, "seed")
        jobs["alone typed"] = self._typing("alone issued", keystrokes(alone, single()), "alone typed")
        for name, (changes, hint) in self.slips().items():
            jobs[name] = self._typing("example issued", {**self.typed_seed, **changes}, name, hint)
        self.results = dict(zip(jobs, office(list(jobs.values())), strict=True))

    def slips(self) -> dict[str, tuple[dict[str, float], str]]:
        """What is typed on top of the seed, and the cell beside which the workbook says so."""
        address = {key: entry["address"] for key, entry in inputs(self.example).items()}
        annual = address["sub_projects[1].annual_appropriation"]
        return {
            "sum one fen off": ({f"{SUB}!E6": 1125000.01}, f"{SUB}!E6"),
            "parent typed over": ({"申报表!E7": 1411699.99}, "申报表!E7"),
            "one fen above its total": ({annual: 1125000.01}, f"{SUB}!E6"),
        }

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.xlsx"

    def _typing(self, book: str, typed: dict[str, Any], name: str, hint: str | None = None) -> Job:
        read = [BANNER, RULES, *([hint_at(self.example, hint)] if hint else [])]
        return {
            "book": self._path(book),
            "set": typed,
            "save": [self._path(name)],
            "read": read,
            "formulas": name == "seed",
        }

    def checked(self, name: str) -> Checked:
        issued = self.alone if name.startswith("alone") else self.example
        return check(self._path(name).read_bytes(), f"{name}.xlsx", issued.desk)


@pytest.fixture(scope="module")
def seen(
    office: Office,
    tmp_path_factory: pytest.TempPathFactory,
    shown: Demo,
    example: Issued,
    alone: Issued,
    twenty: Issued,
) -> Seen:
    return Seen(office, tmp_path_factory.mktemp("seen"), shown, example, alone, twenty)


BOOKS = ("example issued", "example filled", "alone issued", "alone filled", "twenty issued", "twenty filled")


@pytest.mark.parametrize("book", BOOKS)
def test_every_formula_cell__is_cached_as_libreoffice_calculates_it(seen: Seen, book: str) -> None:
    cached = cached_formulas(seen.files[book])
    assert sum(len(cells) for cells in cached.values()) > 100
    assert calculated_formulas(seen.results[book]) == cached


@pytest.mark.parametrize("book", ["example issued", "alone issued"])
def test_nothing_but_the_inputs__is_unlocked(seen: Seen, book: str) -> None:
    issued = seen.example if book.startswith("example") else seen.alone
    merges = {
        title: [CellRange(area) for area in sheet.merges]
        for title, sheet in read_workbook(issued.data, "").sheets.items()
    }
    expected: dict[str, set[tuple[int, int]]] = {title: set() for title in merges}
    for entry in inputs(issued).values():
        cell = CellRange(entry["cell"])
        area = next((area for area in merges[entry["sheet"]] if area.issuperset(cell)), cell)
        expected[entry["sheet"]] |= set(area.cells)
    unlocked = {
        title: {cell for area in areas for cell in CellRange(area).cells}
        for title, areas in seen.results[book]["unlocked"].items()
    }
    assert unlocked == expected
    assert expected[META_SHEET] == set()


@pytest.mark.parametrize("book", ["example issued", "alone issued"])
def test_every_input__stands_on_a_protected_sheet_with_the_validation_of_its_type(seen: Seen, book: str) -> None:
    issued = seen.example if book.startswith("example") else seen.alone
    fields = opened(issued).blank.layout.form.fields
    guards = seen.results[book]["guards"]
    for key, entry in inputs(issued).items():
        name = key.rpartition("].")[2] if "indicators" not in key else "indicators." + key.rpartition(".")[2]
        guard, field = guards[entry["address"]], fields[name]
        validation = guard["validation"]
        assert (guard["locked"], guard["protected"]) == (False, True), key
        assert (validation["type"], validation["operator"]) == TYPES[entry["type"]], key
        assert validation["formulas"] == expected_formulas(entry, name, field.limit), key
        assert validation["input_title"] == validation["error_title"] == field.label, key
        assert validation["input_message"] == field.prompt, key
        assert validation["error_message"] == ERRORS[entry["type"]].format(limit=field.limit), key


TYPES = {
    "amount": ("CUSTOM", "FORMULA"),
    "date": ("DATE", "BETWEEN"),
    "choice": ("LIST", "BETWEEN"),
    "comparator": ("LIST", "BETWEEN"),
    "unit": ("LIST", "BETWEEN"),
    "target": ("CUSTOM", "FORMULA"),
    "text": ("TEXT_LEN", "LESS_EQUAL"),
    "long_text": ("TEXT_LEN", "LESS_EQUAL"),
}
ERRORS = {
    "amount": "请填写不小于 0、最多两位小数的金额（元），不写“元”“万”和逗号。",
    "date": "请填写 1990 年至 2100 年之间的日期，如 2022-01-01。",
    "choice": "请从下拉列表中选择。",
    "comparator": "请从下拉列表中选择 ≥、>、=、<、≤ 或 定性。",
    "unit": "列表中没有这个单位，确定要用吗？",
    "target": "定量指标请填不小于 0 的数，单位填在右边一格；定性指标请填文字。",
    "text": "最多 {limit} 字，请精简。",
    "long_text": "最多 {limit} 字，请精简。",
}
FIRST_INDICATOR_ROW = 15


def expected_formulas(entry: dict[str, Any], name: str, limit: int | None) -> list[str]:
    """LibreOffice separates arguments by ; and says TRUE as 1; a column's formula is written for its first row."""
    cell = entry["cell"]
    match entry["type"]:
        case "amount":
            return [f"AND(ISNUMBER({cell});{cell}>=0;{cell}<10000000000000;ROUND({cell};2)={cell})", "0"]
        case "date":
            return ["32874", "73415"]  # 1990-01-01, 2100-12-31
        case "target":
            number = f"AND(ISNUMBER($F{FIRST_INDICATOR_ROW});$F{FIRST_INDICATOR_ROW}>=0)"
            comparator, value = f"$E{FIRST_INDICATOR_ROW}", f"$F{FIRST_INDICATOR_ROW}"
            return [f'IF({comparator}="定性";ISTEXT({value});IF({comparator}="";1;{number}))', "0"]
        case "text" | "long_text":
            return [str(limit), "0"]
        case _:
            return [f"choices_{name.replace('.', '_')}", "0"]


def test_seed_typed_into_the_inputs__may_be_sent_in(seen: Seen) -> None:
    result = seen.results["seed"]
    assert str(result["values"][BANNER]).startswith(PASSED)
    assert result["formulas"] == seen.results["example filled"]["formulas"]


def test_seed_typed_and_saved__is_checked_as_the_file_that_fill_made(seen: Seen) -> None:
    typed, filled = seen.checked("seed"), seen.checked("example filled")
    assert typed.declaration == filled.declaration
    assert typed.declaration is not None
    assert to_json(typed.declaration)["sub_projects"][1]["annual_funds"] == "1125000.00"
    assert typed.findings == filled.findings
    assert typed.status == "accepted"


def test_dates_and_amounts_as_typed__are_checked_as_the_file_that_fill_made(seen: Seen) -> None:
    typed, filled = seen.checked("alone typed"), seen.checked("alone filled")
    assert seen.results["alone typed"]["values"][BANNER] == PASSED
    assert (typed.declaration, typed.findings) == (filled.declaration, ())


SLIPS = {
    "sum one fen off": (
        "funds.annual_sum",
        "年度资金申请总额与组成之和不符",
        "年度资金申请总额：应等于当年财政拨款、上年结转资金、其他资金之和 1,125,000.00 元，现为 1,125,000.01 元。",
    ),
    "parent typed over": (
        "funds.sub_sum.annual_appropriation",
        "当年财政拨款与子项目之和不符",
        "当年财政拨款：应等于各子项目之和 1,411,700.00 元，现为 1,411,699.99 元。",
    ),
    "one fen above its total": (
        "funds.annual_exceeds_total",
        "年度资金超过项目资金总额",
        "年度资金申请总额：应不超过项目资金总额 1,125,000.00 元，现为 1,125,000.01 元。",
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_slip_of_one_fen__shows_beside_the_cell_on_the_self_check_and_at_the_centre(seen: Seen, slip: str) -> None:
    rule, title, hint = SLIPS[slip]
    result, (_, cell) = seen.results[slip], seen.slips()[slip]
    assert str(result["values"][BANNER]).startswith("尚有 ")
    assert title in rule_counts(result)
    assert title not in rule_counts(seen.results["seed"])
    assert str(result["values"][hint_at(seen.example, cell)]).startswith(f"【错误】{hint}")
    checked = seen.checked(slip)
    assert checked.status == "returned"
    assert (rule, cell) in {(finding.rule, f"{finding.sheet}!{finding.cell}") for finding in checked.findings}
