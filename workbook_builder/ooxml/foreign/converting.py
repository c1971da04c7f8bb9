"""Tables written as one XML file (.fods, XML 2003), turned into an .xlsx by LibreOffice where it is at hand.

LibreOffice is a child process with a profile of its own, in which no macro runs. It would fetch linked pictures whatever
its settings: links are taken out before it sees the table.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from lxml import etree

from workbook_builder.files import read_file
from workbook_builder.ooxml.xml_parts import local_name

SECONDS = 120  # the first start on a slow machine takes a quarter of a minute
PROGRAMS = ("soffice", "libreoffice")
TARGET = "xlsx:Calc MS Excel 2007 XML"
LINKS, ACTIVE = (
    ("href", "src"),
    ("scripts", "event-listeners", "dde-source", "dde-links", "table-source", "cell-range-source"),
)
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


def converted(data: bytes, suffix: str) -> bytes | None:
    """The same as an .xlsx; None where LibreOffice is not at hand, fails, or takes too long. suffix: such as .fods."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    table = _without_links(data)
    if program is None or table is None:
        return None
    # ignore_cleanup_errors: a LibreOffice that was ended may still be writing to its profile.
    with tempfile.TemporaryDirectory(prefix="workbook-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        source, profile = folder / f"table{suffix}", folder / "profile"
        source.write_bytes(table)
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(SETTINGS, encoding="utf-8")
        options = [f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", "--nologo"]
        _run([program, *options, "--convert-to", TARGET, "--outdir", str(folder), str(source)])
        target = folder / "table.xlsx"
        return read_file(target) if target.is_file() else None


def _without_links(data: bytes) -> bytes | None:
    """Without anything that leads out of the table or acts by itself, and without a DTD; None where it is no XML."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return None
    for element in [*root.iter(etree.Element)]:
        for name in [name for name in element.attrib if local_name(str(name)).lower() in LINKS]:
            del element.attrib[name]
        parent = element.getparent()
        if parent is not None and local_name(str(element.tag)) in ACTIVE:
            parent.remove(element)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _run(command: list[str]) -> None:
    """Runs a program to its end, or ends it and all that it started."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen(  # noqa: S603 - a program found on the PATH, a path of ours
        command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
    ) as process:
        try:
            process.wait(SECONDS)
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
