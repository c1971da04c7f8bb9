"""Types into one workbook as a person does, in a LibreOffice of its own on a virtual screen; sees what it answers.

Run by the fixture `keyboard` as a child process, under a Python that has `uno`: python3 keyboard.py PROFILE_FOLDER, with
one programs.Typing on standard input and, on standard output, a programs.Typed for the name of each entry.
UNO selects the cell and reads what an alert says; the keys are real. There is no window manager: a window gets the
keys only after windowfocus. Waits are for what must come, and only for a picture to be painted by the clock.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import uno
from driver import FILTERS, cells_at, options, start

SCREEN = (1280, 900)
POSITION_AND_SIZE = 15  # PosSize
ALERT, DIALOG, LIST_ITEM, PUSH_BUTTON = (
    uno.getConstantByName(f"com.sun.star.accessibility.AccessibleRole.{role}")
    for role in ("ALERT", "DIALOG", "LIST_ITEM", "PUSH_BUTTON")
)
DEEP_ENOUGH = 6
# What a window that is just closing answers: an error of its own, or no context to ask.
WINDOW_GONE = (uno.getClass("com.sun.star.uno.RuntimeException"), AttributeError)
KEY_MILLISECONDS = "50"
PAINT_SECONDS = 0.4
PATIENCE_SECONDS = 15


@contextmanager
def virtual_screen() -> Iterator[None]:
    """An X server of our own, for this process and its children."""
    reader, writer = os.pipe()
    size = f"{SCREEN[0]}x{SCREEN[1]}x24"
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", size, "-nolisten", "tcp"],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    with os.fdopen(reader) as answer:
        os.environ.update(DISPLAY=f":{answer.readline().strip()}", SAL_USE_VCLPLUGIN="gen", LC_ALL="C.UTF-8")
    try:
        yield
    finally:
        server.terminate()
        server.wait()


def wait_for(condition: Callable[[], Any], what: str) -> Any:
    """What the condition gives, as soon as it gives something; a window may go while it looks."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        with suppress(*WINDOW_GONE):
            if found := condition():
                return found
        time.sleep(0.1)
    raise RuntimeError(f"waited in vain for {what}")


def xdotool(*words: str) -> list[str]:
    return subprocess.run(["xdotool", *words], check=False, capture_output=True, text=True).stdout.split()


def windows() -> set[str]:
    return set(xdotool("search", "--onlyvisible", "--name", ".+"))


def contexts(window: Any, depth: int = 0) -> Iterator[Any]:
    """What a screen reader finds in a window, the window itself first."""
    context = window.getAccessibleContext()
    yield context
    if depth < DEEP_ENOUGH:
        for number in range(context.getAccessibleChildCount()):
            yield from contexts(context.getAccessibleChild(number), depth + 1)


class Keyboard:
    """The keys and the windows of one open workbook."""

    def __init__(self, document: Any, pictures: Path):
        self._document, self._pictures = document, pictures
        shown = document.CurrentController.Frame.ContainerWindow
        shown.setPosSize(0, 0, *SCREEN, POSITION_AND_SIZE)
        self._toolkit = shown.getToolkit()
        (self._main,) = wait_for(windows, "LibreOffice's window")
        time.sleep(PAINT_SECONDS)

    def do(self, name: str, entry: dict[str, str]) -> dict[str, Any]:
        """Types, presses or chooses in a cell, takes the picture, answers an alert with Return."""
        cell = self._select(entry["cell"])
        before, offered = cell.Formula, []
        if "choose" in entry:
            offered = self._choose(entry["choose"], name)
        elif "press" in entry:
            xdotool("key", entry["press"])
        else:
            xdotool("type", "--delay", KEY_MILLISECONDS, "--", entry["type"])
            xdotool("key", "Return")
        alert = wait_for(lambda: self._alert() or cell.Formula != before, f"an answer to {entry}")
        if "choose" not in entry:
            self._picture(name)
        if alert is True:  # the cell changed
            alert = None
        else:
            self._answer()
        return {
            "alert": alert,
            "offered": offered,
            "kind": cell.Type.value,
            "holds": cell.Value if cell.Type.value == "VALUE" else cell.String,
            "shown": cell.String,
        }

    def _select(self, address: str) -> Any:
        cell, controller = cells_at(self._document, address), self._document.CurrentController
        controller.setActiveSheet(cell.Spreadsheet)
        controller.select(cell)
        self._focus(self._main)
        return cell

    def _focus(self, window: str) -> None:
        xdotool("windowfocus", window)
        wait_for(lambda: xdotool("getwindowfocus", "-f") == [window], "the focus")

    def _choose(self, item: str, name: str) -> list[str]:
        """Picks from the list of an empty cell, where the first item is marked; what the list offers."""
        xdotool("key", "alt+Down")
        offered: list[str] = wait_for(self._list_items, "the list")
        for _ in range(offered.index(item)):
            xdotool("key", "Down")
        self._picture(name)
        xdotool("key", "Return")
        return offered

    def _windows(self) -> Iterator[Any]:
        for number in range(self._toolkit.getTopWindowCount()):
            if window := self._toolkit.getTopWindow(number):
                yield window

    def _list_items(self) -> list[str]:
        popups = (window for window in self._windows() if not window.getAccessibleContext().getAccessibleName())
        found = (context for popup in popups for context in contexts(popup))
        return [context.getAccessibleName() for context in found if context.getAccessibleRole() == LIST_ITEM]

    def _alert(self) -> list[str]:
        """Title and words of the alert that is open, without its buttons; empty where there is none."""
        for window in self._windows():
            if window.getAccessibleContext().getAccessibleRole() in (ALERT, DIALOG):
                words = [c.getAccessibleName() for c in contexts(window) if c.getAccessibleRole() != PUSH_BUTTON]
                return [word for word in words if word]
        return []

    def _picture(self, name: str) -> None:
        time.sleep(PAINT_SECONDS)
        subprocess.run(["import", "-window", "root", self._pictures / f"{name}.png"], check=True)

    def _answer(self) -> None:
        (alert,) = wait_for(lambda: windows() - {self._main}, "the alert's window")
        self._focus(alert)
        xdotool("key", "Return")
        wait_for(lambda: not self._alert() and windows() == {self._main}, "the alert to close")


def main() -> None:
    typing = json.loads(sys.stdin.readline())
    with virtual_screen():
        desktop, process = start(Path(sys.argv[1]), headless=False)
        document = desktop.loadComponentFromURL(Path(typing["book"]).as_uri(), "_blank", 0, options())
        keyboard = Keyboard(document, Path(typing["pictures"]))
        results = {name: keyboard.do(name, entry) for name, entry in typing["entries"].items()}
        document.storeToURL(Path(typing["save"]).as_uri(), options(FilterName=FILTERS[".xlsx"]))
        document.setModified(False)
        document.close(True)
        desktop.terminate()
        process.wait()
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
