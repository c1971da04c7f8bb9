"""A static look at the add-in: its VBA, by pyOpenVBA's parser, and the built file, by oletools and olefile."""

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, NamedTuple

import olefile
from pyopenvba.interpreter import parse_module

from workbook_builder.addin.build import NO_CACHE, PROJECT_PART, RIBBON_PART

# All of VBA and of Excel that the add-in may name; each is there since Excel 2007, and in WPS.
KNOWN = frozenset(
    re.findall(
        r"[\w$]+",
        """Application ActiveWorkbook AscW CLng CStr ChrW$ CreateObject Dir EOF Environ Environ$ Err Format$ FreeFile Hex$
        IIf InStrRev InputBox LCase$ Len Mid$ MsgBox Now Right$ Split Timer Val vbExclamation vbInformation vbQuestion vbTab vbYes
        vbYesNo""",
    )
)
KNOWN_TO_LIBREOFFICE = frozenset({"Chr", "Shell", "ConvertToURL", "StarDesktop"})  # the twin needs these, too
NOT_PARSED = ("Close #", "Kill ", "Line Input #", "Open ")  # right as they are; pyOpenVBA does not touch files
LONGEST_LINE = 1023
STREAM_OF_RELATIONS, CONTENT_TYPES = "_rels/.rels", "[Content_Types].xml"
ADDIN_TYPE = "application/vnd.ms-excel.addin.macroEnabled.main+xml"
RIBBON_TYPE = "http://schemas.microsoft.com/office/2006/relationships/ui/extensibility"


class Procedure(NamedTuple):
    """A Sub or Function, as others may call it."""

    name: str
    is_public: bool
    parameters: tuple[tuple[str, str], ...]  # name, type


def procedures(text: str) -> list[Procedure]:
    """Those of a module, in its order."""
    return [
        Procedure(p.name, p.scope == "public", tuple((q.name, q.declared) for q in p.params))
        for p in parse_module(text).procedures
    ]


def faults(modules: Mapping[str, str]) -> list[str]:
    """What Excel's compiler would refuse, and what would not survive in a file of code page 1252."""
    callable_from = {
        (name, p.name): len(p.parameters) for name, text in modules.items() for p in procedures(text) if p.is_public
    }
    return [fault for name, text in modules.items() for fault in _module_faults(name, text, callable_from)]


def _module_faults(name: str, text: str, public: Mapping[tuple[str, str], int]) -> Iterator[str]:
    if f'Attribute VB_Name = "{name}"' not in text.splitlines()[0]:
        yield f"{name}: is not called so in its first line"
    if "Option Explicit" not in text.splitlines():
        yield f"{name}: no Option Explicit"
    if not text.isascii() or max(map(len, text.splitlines())) > LONGEST_LINE:
        yield f"{name}: a line that is too long, or not ASCII"
    module = parse_module(text)
    own = {name: count for (_, name), count in public.items()} | {p.name: len(p.params) for p in module.procedures}
    shared = {decl.name for dim in module.variables for decl in dim.decls}
    shared |= {constant[0] for const in module.constants for constant in const.names}
    for procedure in module.procedures:
        local = {parameter.name for parameter in procedure.params} | {procedure.name}
        local |= {decl.name for node in nodes(procedure) if type(node).__name__ == "Dim" for decl in node.decls}
        for node in nodes(procedure):
            kind = type(node).__name__
            if kind == "Unsupported" and not node.text.startswith(NOT_PARSED):
                yield f"{name} line {node.line}: cannot be parsed: {node.text}"
            if kind == "Name" and node.name not in {
                *own,
                *shared,
                *local,
                *KNOWN,
                *KNOWN_TO_LIBREOFFICE,
                *(module for module, _ in public),
            }:
                yield f"{name} line {node.line}: {node.name} is defined nowhere"
            if kind in ("Index", "CallStmt"):
                yield from _call_faults(name, node, own, public)


def _call_faults(name: str, node: Any, own: Mapping[str, int], public: Mapping[tuple[str, str], int]) -> Iterator[str]:
    callee = node.target if type(node).__name__ == "Index" else node.callee
    if type(callee).__name__ == "Index":  # a call statement in parentheses: looked at by itself
        return
    if type(callee).__name__ == "Name" and callee.name in own:
        wanted = own[callee.name]
    elif type(callee).__name__ == "Member" and getattr(callee.target, "name", "").startswith("Wb"):
        wanted = public.get((callee.target.name, callee.name), -1)
    else:
        return
    if wanted != len(node.args):
        yield f"{name} line {node.line}: {callee.name} takes {wanted} arguments, not {len(node.args)}"


def nodes(node: Any) -> Iterator[Any]:
    """The node and all below it."""
    if isinstance(node, list | tuple):
        for part in node:
            yield from nodes(part)
    elif is_dataclass(node):
        yield node
        for field in fields(node):
            yield from nodes(getattr(node, field.name))


def texts_in(addin: Path) -> dict[str, str]:
    """The standard modules as oletools reads them; a program of its own, for its import warns."""
    command = [sys.executable, "-W", "ignore", "-m", "oletools.olevba", "--json", "--code", str(addin)]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout)
    macros = (macro for entry in report for macro in entry.get("macros") or ())
    return {
        Path(macro["vba_filename"]).stem: as_read(macro["code"])
        for macro in macros
        if macro["vba_filename"].endswith(".bas")
    }


def file_faults(addin: bytes, modules: Mapping[str, str]) -> list[str]:
    """What Excel would refuse, repair or not show in the built file."""
    with zipfile.ZipFile(io.BytesIO(addin)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    return [*_project_faults(parts, modules), *_package_faults(parts)]


def _project_faults(parts: Mapping[str, bytes], modules: Mapping[str, str]) -> Iterator[str]:
    storage = olefile.OleFileIO(io.BytesIO(parts[PROJECT_PART]))
    streams = ["/".join(path) for path in storage.listdir()]
    project = storage.openstream("PROJECT").read().decode("latin-1")
    if storage.openstream("VBA/_VBA_PROJECT").read() != NO_CACHE or any("__SRP" in stream for stream in streams):
        yield "the compiled cache is still there"
    if set(re.findall(r"^Module=(\w+)", project, re.MULTILINE)) != set(modules):
        yield "PROJECT names other modules"
    if re.findall(r"^Class=", project, re.MULTILINE):
        yield "a class module"
    sheets = [data for name, data in parts.items() if re.fullmatch(r"xl/(workbook|worksheets/[^/]+)\.xml", name)]
    names = {name.decode() for data in sheets for name in re.findall(rb'(?:Pr )codeName="(\w+)"', data)}
    if set(re.findall(r"^Document=(\w+)/", project, re.MULTILINE)) != names:
        yield f"documents of PROJECT are not the code names {names}"
    storage.close()


def _package_faults(parts: Mapping[str, bytes]) -> Iterator[str]:
    if ADDIN_TYPE.encode() not in parts[CONTENT_TYPES]:
        yield "the content type is not that of an add-in"
    if (
        RIBBON_PART not in parts
        or f'Type="{RIBBON_TYPE}" Target="{RIBBON_PART}"'.encode() not in parts[STREAM_OF_RELATIONS]
    ):
        yield "no ribbon"


def as_read(text: str) -> str:
    """A module's text as `texts_in` gives it: without attributes, and without the white space at the ends of lines."""
    return "\n".join(line.rstrip() for line in text.splitlines() if not line.startswith("Attribute ")).strip()
