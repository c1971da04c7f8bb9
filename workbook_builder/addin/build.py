"""Builds the add-in from text: VBA modules and ribbon into one .xlam, the same bytes each time. Needs pyOpenVBA.

pyOpenVBA starts from a project that Excel compiled. Its compiled cache is dropped, as MS-OVBA 2.3.4.1 has it (version
0xFFFF), so that Excel compiles the text and nothing else.
"""

import io
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from workbook_builder.addin.ribbon import ribbon_xml
from workbook_builder.errors import UsageError
from workbook_builder.ooxml.fixed_time import ZIP_DATE
from workbook_builder.resources import folder

ADDIN = "workbook_builder.xlam"
PROJECT_PART, RIBBON_PART = "xl/vbaProject.bin", "customUI/customUI.xml"
RIBBON_RELATION = (
    b'<Relationship Id="rIdRibbon" Type="http://schemas.microsoft.com/office/2006/relationships/ui/extensibility"'
    b' Target="customUI/customUI.xml"/></Relationships>'
)
NO_CACHE = bytes.fromhex("cc61ffff000000")  # magic, version 0xFFFF, reserved
CORE = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" \
xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>申报工作簿</dc:title><dc:creator>workbook_builder</dc:creator>\
</cp:coreProperties>"""


def module_texts(twins: Path | None = None) -> dict[str, str]:
    """The VBA modules by name, CRLF; those in the folder `twins` replace the ones of their name (for tests).

    Raises UsageError where a text is not ASCII: the project is in cp1252, where Chinese turns to question marks.
    """
    files = {file.stem: file for place in (folder("macros"), twins) if place for file in sorted(place.glob("*.bas"))}
    texts = {}
    for name, file in files.items():
        try:
            texts[name] = "\r\n".join(file.read_text("ascii").splitlines()) + "\r\n"
        except UnicodeDecodeError as error:
            raise UsageError(
                f"“{file}”应只含 ASCII 字符（中文写成 \\uXXXX），现有其他字符。请改正后再生成。"
            ) from error
    return texts


def build(modules: Mapping[str, str]) -> bytes:
    """The add-in of these modules. Raises UsageError where pyOpenVBA is missing."""
    try:
        from pyopenvba import ExcelFile  # noqa: PLC0415 - needed for building only
    except ImportError as error:
        raise UsageError("生成加载项需要 pyOpenVBA 6.5.0。请先运行 pip install pyOpenVBA==6.5.0。") from error
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / ADDIN
        with ExcelFile.create_new(path) as book:
            project = book.vba_project()
            project.delete_module("Module1")
            for name, text in modules.items():
                project.add_module(name, text)
            book.save()
        return _finished(path.read_bytes())


def _finished(data: bytes) -> bytes:
    """Without the compiled cache, with the ribbon, with our own name in the properties."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    parts[PROJECT_PART] = _without_cache(parts[PROJECT_PART])
    parts[RIBBON_PART] = ribbon_xml()
    parts["_rels/.rels"] = parts["_rels/.rels"].replace(b"</Relationships>", RIBBON_RELATION)
    parts["docProps/core.xml"] = CORE.encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, ZIP_DATE)
            entry.create_system = 0  # the same on every system
            package.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _without_cache(project: bytes) -> bytes:
    from pyopenvba.cfb import CFB  # noqa: PLC0415

    container = CFB.from_bytes(project)
    container.write_stream_in_storage("VBA", "_VBA_PROJECT", NO_CACHE)
    return bytes(container.to_bytes())
