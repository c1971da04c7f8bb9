"""LibreOffice as a child process, where it is at hand: with a profile of its own, in which no macro runs.

Whatever its settings, it fetches linked pictures of what it opens: who hands it something takes links out before.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from workbook_builder.files import read_file

SECONDS = 120  # the first start on a slow machine takes a quarter of a minute
SECONDS_PER_FILE = 30  # and for each more
CHILD = "workbook_builder.ooxml.foreign.office_child"
PROGRAMS = ("soffice", "libreoffice")
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse">\
<value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse">\
<value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update"><prop oor:name="Link" oor:op="fuse">\
<value>2</value></prop></item>
</oor:items>
"""


def program() -> str | None:
    """The path of LibreOffice; None where it is not at hand."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def turned_into(target: str, files: Mapping[str, bytes]) -> Iterator[bytes | None]:
    """The files in another format, in their order; None for one that LibreOffice does not turn, or has no time for.

    target: as --convert-to takes it, such as pdf. files: by names that are plain file names with the suffix of their format.
    """
    office = program()
    if office is None or not files:
        yield from (None for _ in files)
        return
    # ignore_cleanup_errors: a LibreOffice that was ended may still be writing to its profile.
    with tempfile.TemporaryDirectory(prefix="workbook-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        sources, profile, target_folder = [folder / file for file in files], folder / "profile", folder / "made"
        for source, data in zip(sources, files.values(), strict=True):
            source.write_bytes(data)
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(SETTINGS, encoding="utf-8")
        options = [f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", "--nologo"]
        words = ["--convert-to", target, "--outdir", str(target_folder), *map(str, sources)]
        _run([office, *options, *words], SECONDS + SECONDS_PER_FILE * (len(sources) - 1))
        for source in sources:
            made = (target_folder / source.name).with_suffix(f".{target.partition(':')[0]}")
            yield read_file(made) if made.is_file() else None


def _run(command: list[str], seconds: float) -> None:
    """Runs a program to its end, or ends it and all that it started; so does its end of this one."""
    quiet, watched = subprocess.DEVNULL, [sys.executable, "-P", "-m", CHILD, *command]
    with subprocess.Popen(  # noqa: S603 - a program found on the PATH, paths of ours
        watched, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
    ) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            _end(process)
        except BaseException:
            _end(process)
            raise


def _end(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)  # it starts another one, which does the work
        else:
            process.kill()
