"""What a person reads in a terminal of 80 or 120 columns: whole, and broken where Chinese print would break it."""

import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from tests.helpers import collection_of, project
from workbook_builder.cli.app import main
from workbook_builder.cli.console import findings_table
from workbook_builder.cli.text import Prose, escape
from workbook_builder.findings import Finding

COMMANDS: tuple[list[str], ...] = (
    [], ["demo"], ["new"], ["generate"], ["describe"], ["fill"], ["check"], ["import"], ["status"], ["return"], ["merge"],
    ["report"], ["package"], ["rollover"], ["rules"], ["template"], ["template", "check"], ["template", "describe"],
    ["addin"], ["addin", "build"], ["addin", "install"],
)  # fmt: skip
MESSAGE = "「申报表」表 F15（指标值）：“5次左右”与同一行的符号、值或单位不一致，看不出以哪个为准。请核对后将符号、值、单位分别填写。"
TEXTS = st.text("年度绩效目标，。（）“”12345.abc \n", max_size=200)


def wrapped(words: str, width: int) -> list[str]:
    return [line.plain for line in Prose.of(escape(words)).wrap(Console(), width)]


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help__is_cut_off_nowhere(
    command: list[str], width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert main([*command, "--help"]) == 0
    shown = capsys.readouterr().out
    assert "显示用法" in shown
    assert not re.search(r"<\w+|Usage|OPTIONS|COMMAND|ARGS", shown)
    assert max(map(cell_len, shown.splitlines())) == width
    assert [line for line in shown.splitlines() if re.search(r"…\s*│$", line)] == []


@given(TEXTS, st.integers(2, 60))
def test_lines__hold_all_of_the_text_and_no_more_than_their_width(words: str, width: int) -> None:
    lines = wrapped(words, width)
    assert max(map(cell_len, lines), default=0) <= width
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", words)


@pytest.mark.parametrize(
    ("words", "width", "lines"),
    [
        ("请交回下发的文件", 10, ["请交回下发", "的文件"]),
        ("现为 1,234,567.00 元", 10, ["现为", "1,234,567.", "00 元"]),  # longer than a line
        ("金额现为 123.00 元", 12, ["金额现为", "123.00 元"]),  # a number stays whole
        ("应为金额，现为文字。", 8, ["应为金", "额，现为", "文字。"]),  # no line begins with a mark that closes
        ("现为（空白）的格", 6, ["现为", "（空", "白）的", "格"]),  # none ends with one that opens
        ("甲\n\n乙", 10, ["甲", "", "乙"]),
    ],
)
def test_lines__break_between_characters_as_in_print(words: str, width: int, lines: list[str]) -> None:
    assert wrapped(words, width) == lines


def test_colours__stay_with_their_words() -> None:
    first, second = Prose.of("[bold]应退回[/bold]修改后重交").wrap(Console(), 10)
    assert [(span.start, span.end) for span in first.spans] == [(0, 3)]
    assert (first.plain, second.plain, second.spans) == ("应退回修改", "后重交", [])


@pytest.mark.parametrize(("width", "lines"), [(80, 3), (120, 2)])
def test_finding__fills_its_lines(width: int, lines: int) -> None:
    """The first of them: the rule's id is one word, and may need a line of its own."""
    console = Console(file=io.StringIO(), width=width)
    console.print(findings_table([Finding("indicator.target_invalid", "error", "申报表", "F15", None, MESSAGE)]))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    told = [line for line in shown.splitlines() if re.search("[，。]|indicator", line)]
    assert len(told) == lines
    assert cell_len(told[0].rstrip()) >= width - 8


def test_findings_without_a_place__are_told_one_by_one_and_those_with_one_together() -> None:
    about_a_file = [Finding("file.package_unfit", "error", None, None, None, f"项目“P{n}”不符。") for n in (1, 2)]
    at_cells = [Finding("text.required", "error", "申报表", cell, None, f"{cell} 为必填项。") for cell in ("D4", "D5")]
    console = Console(file=(out := io.StringIO()), width=80)
    console.print(findings_table([*about_a_file, *about_a_file[:1], *at_cells]))
    told = out.getvalue()
    assert [told.count(words) for words in ("项目“P1”不符。", "项目“P2”不符。", "D4 为必填项。")] == [1, 1, 1]
    assert re.findall(r"同样的问题还有 \d+ 处：\S*", told) == ["同样的问题还有 1 处：D5"]


@pytest.mark.slow
@pytest.mark.parametrize("width", [20, 40, 79])
def test_narrow_terminal__is_told_every_column(
    width: int, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    collection = collection_of(tmp_path / "任务", project())
    told: dict[int, str] = {}
    for columns in (80, width):
        monkeypatch.setenv("COLUMNS", str(columns))
        for command in ("status", "roster"):
            assert main([command, str(collection.folder)]) == 0
        assert main(["history", str(collection.folder)]) == 0
        assert main(["rules"]) == 0
        told[columns] = capsys.readouterr().out
    assert "社区培训" in told[80]
    assert told[width] == told[80]
