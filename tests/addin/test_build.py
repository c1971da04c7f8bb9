"""The add-in as a file: built twice alike from text, read back by other programs, its ids the same everywhere."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from pyopenvba.cfb import CFB
from pyopenvba.interpreter import HostBridge, Interpreter, VBAObject, method

from tests.addin.vba import as_read, faults, file_faults, procedures, texts_in
from workbook_builder.addin.actions import ACTIONS
from workbook_builder.addin.answers import Ask, Copy, Message, Open, Save, Select, Table, escaped, to_lines, unescaped
from workbook_builder.addin.build import ADDIN, PROJECT_PART, RIBBON_PART, build, module_texts
from workbook_builder.addin.ribbon import NAMESPACE, buttons, ribbon_xml
from workbook_builder.cli.app import main
from workbook_builder.errors import UsageError

ROOT = Path(__file__).parents[2]
TWINS = ROOT / "tests" / "office" / "addin"
COMMITTED = (ROOT / "macros" / ADDIN).read_bytes()
MODULES = module_texts()
EVERY_STEP = (
    Message("完成。"), Message("出错。", is_error=True), Ask("year", "text", "年度", "2023"), Save("保存吗？"), Copy("copy"),
    Open(Path("名册.xlsx")), Select("申报表", "E7"), Table("问题", {"级别": 6}, [("错误",)], {0: (255, 0, 0)}),
)  # fmt: skip


def with_part(name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The committed add-in with one part changed."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(COMMITTED)) as source, zipfile.ZipFile(target, "w") as package:
        for entry in source.namelist():
            package.writestr(entry, change(source.read(entry)) if entry == name else source.read(entry))
    return target.getvalue()


def with_stream(storage: str, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The committed add-in with one stream of its VBA project changed."""

    def changed(project: bytes) -> bytes:
        container = CFB.from_bytes(project)
        if storage:
            old = container.get_stream_in_storage(storage, name)
            container.write_stream_in_storage(storage, name, change(old))
        else:
            container.write_stream(name, change(container.get_stream(name)))
        return bytes(container.to_bytes())

    return with_part(PROJECT_PART, changed)


def test_addin_built_twice__is_the_committed_file_to_the_byte(tmp_path: Path) -> None:
    target = tmp_path / ADDIN
    assert main(["addin", "build", "-o", str(target)]) == 0
    assert target.read_bytes() == build(MODULES) == COMMITTED


def test_modules_as_oletools_reads_them__are_the_texts(tmp_path: Path) -> None:
    texts = {name: as_read(text) for name, text in MODULES.items()}
    assert texts_in(ROOT / "macros" / ADDIN) == texts
    other = tmp_path / ADDIN
    other.write_bytes(build({**MODULES, "WbRibbon": MODULES["WbRibbon"].replace("RunAction", "RunOther")}))
    assert {name for name, text in texts_in(other).items() if text != texts[name]} == {"WbRibbon"}


def test_built_file__has_nothing_that_excel_would_refuse() -> None:
    assert file_faults(COMMITTED, MODULES) == []


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (lambda: with_stream("VBA", "_VBA_PROJECT", lambda old: old[:2] + b"\xb5\x00" + old[4:]), "compiled cache"),
        (lambda: with_stream("", "PROJECT", lambda old: old.replace(b"Module=WbShell", b"Module=WbOther")), "modules"),
        (lambda: with_stream("", "PROJECT", lambda old: old.replace(b"Module=WbShell", b"Class=WbShell")), "class"),
        (lambda: with_part("xl/workbook.xml", lambda old: old.replace(b"ThisWorkbook", b"DieseMappe")), "code names"),
        (lambda: with_part("[Content_Types].xml", lambda old: old.replace(b"excel.addin.", b"excel.sheet.")), "type"),
        (lambda: with_part("_rels/.rels", lambda old: old.replace(RIBBON_PART.encode(), b"customUI/other")), "ribbon"),
    ],
)
def test_broken_file__is_seen(broken: Callable[[], bytes], fault: str) -> None:
    assert any(fault in found for found in file_faults(broken(), MODULES))


def test_properties_of_the_file__name_no_person() -> None:
    with zipfile.ZipFile(io.BytesIO(COMMITTED)) as package:
        core = etree.fromstring(package.read("docProps/core.xml"))
    assert [element.text for element in core] == ["申报工作簿", "workbook_builder"]


@pytest.mark.parametrize("twins", [None, TWINS], ids=["Windows", "LibreOffice"])
def test_vba__names_only_what_exists(twins: Path | None) -> None:
    assert faults(module_texts(twins)) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("resultPath = WbShell", "resultPaht = WbShell", "resultPaht is defined nowhere"),
        ("WbShell.WindowHandle()", "WbShell.WindowHandel()", "WindowHandel takes -1"),
        ("SavedNow(Decoded(words(1)))", "SavedNow(Decoded(words(1)), 1)", "SavedNow takes 1 arguments, not 2"),
        ("Option Explicit", "", "no Option Explicit"),
        ('VB_Name = "WbBridge"', 'VB_Name = "Bridge"', "not called so"),
        ("' Whether to run again", "' 是否再运行", "not ASCII"),
        ("Len(text)", "Length(text)", "Length is defined nowhere"),
    ],
)  # fmt: skip
def test_slip_in_the_vba__is_seen(old: str, new: str, fault: str) -> None:
    assert old in MODULES["WbBridge"]
    changed = {**MODULES, "WbBridge": MODULES["WbBridge"].replace(old, new)}
    assert any(fault in found for found in faults(changed))


def test_twin_for_libreoffice__can_be_called_as_the_original() -> None:
    twin = module_texts(TWINS)["WbShell"]
    assert [p for p in procedures(MODULES["WbShell"]) if p.is_public and p not in procedures(twin)] == []


def test_text_with_chinese_letters__is_refused(tmp_path: Path) -> None:
    (tmp_path / "WbShell.bas").write_text("' 中文", encoding="utf-8")
    with pytest.raises(UsageError, match="应只含 ASCII 字符"):
        module_texts(tmp_path)


def test_ids_of_the_ribbon__are_the_actions_and_its_callback_is_in_the_vba() -> None:
    assert [button.id for button in buttons()] == list(ACTIONS)
    ribbon = etree.fromstring(ribbon_xml())
    elements = [element for element in ribbon.iter(etree.Element) if element.tag == f"{{{NAMESPACE}}}button"]
    assert {element.get("onAction") for element in elements} == {"OnWbAction"}
    (callback,) = procedures(MODULES["WbRibbon"])
    assert callback == ("OnWbAction", True, (("control", "IRibbonControl"),))
    assert all(element.get(name) for element in elements for name in ("label", "imageMso", "screentip", "supertip"))
    assert "WbBridge.RunAction control.ID" in MODULES["WbRibbon"]


def test_verbs_that_an_answer_uses__are_those_that_the_vba_carries_out() -> None:
    written = {line.split("\t")[0] for line in to_lines(EVERY_STEP).decode("ascii").splitlines()}
    assert written == set(words_by_case(0))


def test_kinds_of_questions__are_those_that_the_vba_asks() -> None:
    assert set(get_args(get_type_hints(Ask)["kind"])) == {*words_by_case(2), "text"}  # its Case Else


def words_by_case(number: int) -> Iterator[str]:
    """What the VBA looks for in this word of a line."""
    for block in re.findall(rf"Select Case words\({number}\)(.*?)End Select", MODULES["WbBridge"], re.DOTALL):
        for words in re.findall(r"Case (\".*)", block):
            yield from re.findall(r'"(\w+)"', words)


@given(st.text(st.characters(exclude_categories=())))
def test_text_escaped__is_ascii_without_tabs_and_comes_back(text: str) -> None:
    assert escaped(text).isascii()
    assert escaped(text).isprintable()
    if not any("\ud800" <= letter <= "\udfff" for letter in text):
        assert unescaped(escaped(text)) == text


@pytest.fixture(scope="module")
def bridge() -> Interpreter:
    """WbBridge in pyOpenVBA's interpreter."""
    interpreter = Interpreter()
    interpreter.add_module(MODULES["WbBridge"], name="WbBridge")
    return interpreter


@pytest.mark.parametrize("text", ["名册.xlsx", r"D:\张 三\a=b%TEMP%&x.xlsx", 'say "x"', "\\u4e2d", ""])
def test_words_between_vba_and_python__arrive_both_ways(bridge: Interpreter, text: str) -> None:
    encoded = str(bridge.run("Encoded", [text]))
    assert re.fullmatch(r"[A-Za-z0-9._\\-]*", encoded)
    assert unescaped(encoded) == text
    assert str(bridge.run("Decoded", [escaped(text)])) == text


class FakeShell(VBAObject):  # type: ignore[misc]
    """WScript.Shell and FileSystemObject, as far as WbShell asks them."""

    def __init__(self) -> None:
        super().__init__()
        self.ran: list[tuple[Any, ...]] = []

    @method(name="Run")  # type: ignore[untyped-decorator]
    def run(self, command: Any, style: Any, wait: Any) -> int:
        self.ran.append((str(command), int(style), bool(wait)))
        return 0

    @method(name="FileExists")  # type: ignore[untyped-decorator]
    def file_exists(self, path: Any) -> bool:
        return str(path) == "here"


class FakeHost(HostBridge):  # type: ignore[misc]
    """Windows' COM objects."""

    def __init__(self) -> None:
        self.shell = FakeShell()

    def create(self, type_name_: str) -> object:
        assert type_name_ in ("WScript.Shell", "Scripting.FileSystemObject")
        return self.shell


def test_windows_shell__runs_hidden_and_waits_and_asks_in_windows() -> None:
    host = FakeHost()
    windows = Interpreter(host)
    for name in ("WbBridge", "WbShell"):
        windows.add_module(MODULES[name], name=name)
    windows.run("RunAndWait", ["C:\\Program Files\\Python\\python.exe", "-m x"])
    assert host.shell.ran == [('"C:\\Program Files\\Python\\python.exe" -m x', 0, True)]
    assert [bool(windows.run("IsFile", [path])) for path in ("here", "there")] == [True, False]
    windows.run("Say", ["完成。", False])
    windows.answers.extend([6, "2023"])
    assert bool(windows.run("AskYesNo", ["保存吗？"]))
    assert str(windows.run("AskText", ["年度", "2022"])) == "2023"
    assert [dialog[:3] for dialog in windows.dialogs] == [
        ("MsgBox", "完成。", "申报工作簿"),
        ("MsgBox", "保存吗？", "申报工作簿"),
        ("InputBox", "年度", "申报工作簿"),
    ]
