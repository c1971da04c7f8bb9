"""A click from beginning to end: attaches, acts, shows; whatever goes wrong becomes a sentence and, if need be, a log."""

import os
import traceback
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from workbook_builder.addin import excel
from workbook_builder.addin.actions import ACTIONS
from workbook_builder.addin.answers import Answer, Message
from workbook_builder.addin.call import Call
from workbook_builder.errors import CRASHED, ContentError, UserError
from workbook_builder.files import write_file

if TYPE_CHECKING:
    from xlwings import Book


def run(action: str, call: Call) -> tuple[Answer, int]:
    """What is left for the add-in's VBA to show, and the exit code of the command. Never raises."""
    try:
        book = excel.attached(call.book)
        answer, code = _act(action, call, book)
        return (excel.show(answer, book) if book else answer), code
    except Exception as error:  # noqa: BLE001 - the last to catch, as in cli
        return [Message(_logged(error), is_error=True)], CRASHED


def _act(action: str, call: Call, book: "Book | None") -> tuple[Answer, int]:
    try:
        with excel.status_bar(book) as say:
            return ACTIONS[action](call._replace(say=say)), 0
    except ContentError as error:
        from workbook_builder.addin.tables import shown  # noqa: PLC0415 - see actions

        return [*shown(error.findings), Message(str(error), is_error=True)], error.exit_code
    except UserError as error:
        return [Message(str(error), is_error=True)], error.exit_code


def _logged(error: Exception) -> str:
    """Keeps the traceback; says where it is, and what to do with it."""
    path = logs() / f"{datetime.now().astimezone():%Y%m%d-%H%M%S-%f}.txt"
    words = f"程序内部出错（{type(error).__name__}）。"
    try:
        write_file(path, "".join(traceback.format_exception(error)).encode())
    except UserError as unwritten:
        return f"{words}{unwritten}"
    return f"{words}请把文件“{path}”发给维护人员。"


def logs() -> Path:
    """The folder of tracebacks, the user's own."""
    return home() / "logs"


def home() -> Path:
    """Where the installation for one user lies: on Windows in the local application data."""
    local = os.environ.get("LOCALAPPDATA")
    return (Path(local) if local else Path.home() / ".local" / "state") / "workbook_builder"
