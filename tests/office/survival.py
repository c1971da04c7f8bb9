"""What of a filled-in workbook survives the programs that people have: twelve alterations, each saved by every program.

The real example is altered in LibreOffice, saved by it in three formats, and what it saved as .xlsx is saved again by others.
"""

import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.helpers import saved
from tests.loaded import opened
from tests.office.programs import APT_LINE, HERE, Alteration, alter_books
from workbook_builder.cli.demo import Demo, run
from workbook_builder.judge.check import Checked, check
from workbook_builder.judge.opening import Desk

ROOT, SUB = "申报表", "02 社区党建"
Steps = Sequence[Sequence[str | float]]
Books = Sequence[tuple[Path, Path]]  # each with the copy to be made of it

ALTERATIONS: Mapping[str, Steps] = {
    "无改动": (),
    "指标表插入一行": (("insert_row", SUB, 17),),
    "表格上方插入一行": (("insert_row", SUB, 1),),
    "插入一列": (("insert_column", SUB, 1),),
    "工作表改名": (("rename", SUB, "社区党建表"),),
    "工作表调换次序": (("move_to_front", SUB),),
    "复制进别的表": (("copy_in", "台账", "自己的底稿"),),
    "名称被删": (("delete_names",),),
    "取消保护": (("unprotect", SUB),),
    "粘贴覆盖校验": (("paste_over", f"{SUB}!D14", f"{SUB}!D15"),),
    "公式改为数值": (("type_number", f"{SUB}!C6", 1_125_000),),
    "固定文字被改": (("type_text", f"{SUB}!A4", "主管单位"),),
}


# What must be told of each, besides what the example breaks anyway.
BARED, VALIDATION, REPLACED = (
    "structure.protection_removed",
    "structure.validation_removed",
    "structure.formula_replaced",
)
EXPECTED: Mapping[str, frozenset[str]] = {
    "无改动": frozenset(),
    "指标表插入一行": frozenset(("structure.rows_moved", BARED)),
    "表格上方插入一行": frozenset(("structure.rows_moved", BARED)),
    "插入一列": frozenset(("structure.rows_moved", BARED)),
    "工作表改名": frozenset(("structure.sheet_renamed",)),  # LibreOffice leaves no protection of the workbook behind
    "工作表调换次序": frozenset(("structure.sheet_moved",)),
    "复制进别的表": frozenset(("structure.sheet_added",)),
    "名称被删": frozenset(),  # labels decide
    "取消保护": frozenset((BARED,)),
    "粘贴覆盖校验": frozenset((VALIDATION,)),
    "公式改为数值": frozenset((REPLACED,)),
    "固定文字被改": frozenset(("structure.label_changed",)),
}
# What cannot be told, for the program or the format leaves nothing behind that could tell.
UNTOLD: Mapping[str, frozenset[str]] = {
    "LibreOffice .xls": frozenset((BARED, VALIDATION, REPLACED)),  # only values are read: file.values_only says so
    "LibreOffice .ods": frozenset((BARED, VALIDATION, REPLACED)),
    "SheetJS": frozenset((BARED, VALIDATION)),  # loses all protection and validations
    "ExcelJS": frozenset((BARED,)),  # loses all protection of sheets that LibreOffice has saved before
}
# What is told whatever was done.
ALWAYS: Mapping[str, tuple[str, ...]] = {
    "LibreOffice .xls": ("file.values_only",),
    "LibreOffice .ods": ("file.values_only",),
    # LibreOffice empties the protection of the workbook, and openpyxl says no word of LibreOffice: it may have been a person.
    "openpyxl": (BARED,),
}


def expected(alteration: str, program: str) -> list[str]:
    """The rules that must be broken besides those that the example breaks, in alphabetical order."""
    return sorted([*(EXPECTED[alteration] - UNTOLD.get(program, frozenset())), *ALWAYS.get(program, ())])


def _by_node(library: str, package: str) -> Callable[[Books], None]:
    def save(books: Books) -> None:
        if not shutil.which("node") or not (HERE / "node_modules" / package).is_dir():
            pytest.skip(f"needs Node.js with {package}: make test installs it with npm")
        files = [str(path) for pair in books for path in pair]
        subprocess.run(["node", HERE / "resave.js", library, *files], check=True, capture_output=True)

    return save


def _by_gnumeric(books: Books) -> None:
    if not shutil.which("ssconvert"):
        pytest.skip(f"needs gnumeric: {APT_LINE}")
    for book, copy in books:
        subprocess.run(["ssconvert", book, copy], check=True, capture_output=True)


def _by_openpyxl(books: Books) -> None:
    for book, copy in books:
        copy.write_bytes(saved(opened(book.read_bytes())))


FORMATS = (".xlsx", ".xls", ".ods")  # by LibreOffice itself
SAVERS: Mapping[str, Callable[[Books], None]] = {
    "gnumeric": _by_gnumeric,
    "SheetJS": _by_node("sheetjs", "xlsx"),
    "ExcelJS": _by_node("exceljs", "exceljs"),
    "xlsx-populate": _by_node("populate", "xlsx-populate"),
    "openpyxl": _by_openpyxl,
}
PROGRAMS = (*(f"LibreOffice {suffix}" for suffix in FORMATS), *SAVERS)


class Survivor(NamedTuple):
    """One altered workbook as a program saved it."""

    alteration: str
    program: str
    checked: Checked
    is_declared: bool  # the declaration is the one that was filled in
    more: tuple[str, ...]  # rules that are broken besides those that the example breaks, each as often as it is
    fewer: tuple[str, ...]  # rules that the example breaks, and this does not

    @property
    def is_as_expected(self) -> bool:
        """Whether every answer is there, and what was done is told once, and nothing else."""
        return self.is_declared and not self.fewer and [*self.more] == expected(self.alteration, self.program)


def survivors(
    demo: Demo, folder: Path, alterations: Iterable[str] = ALTERATIONS, programs: Iterable[str] = PROGRAMS
) -> Iterator[Survivor]:
    """Each of these alterations as each of these programs saves it; folder: for what they write."""
    books = dict(_books(demo, folder, list(alterations), list(programs)))
    desk = Desk(demo.collection)
    before = _counted(demo.checked)
    for (alteration, program), path in books.items():
        checked = check(path.read_bytes(), path.name, desk)
        after = _counted(checked)
        is_declared = checked.to_json()["declaration"] == demo.checked.to_json()["declaration"]
        more, fewer = ((one - other).elements() for one, other in ((after, before), (before, after)))
        yield Survivor(alteration, program, checked, is_declared, tuple(sorted(more)), tuple(sorted(fewer)))


def _counted(checked: Checked) -> Counter[str]:
    return Counter(finding.rule for finding in checked.findings)


def _books(
    demo: Demo, folder: Path, alterations: Sequence[str], programs: Sequence[str]
) -> Iterator[tuple[tuple[str, str], Path]]:
    own = {name: [folder / f"{name}{suffix}" for suffix in FORMATS] for name in alterations}
    password = demo.collection.password
    alter_books([Alteration(book=demo.filled, password=password, steps=ALTERATIONS[n], save=own[n]) for n in own])
    for name, paths in own.items():
        yield from (
            (key, path)
            for suffix, path in zip(FORMATS, paths, strict=True)
            if (key := (name, f"LibreOffice {suffix}"))[1] in programs
        )
    for program in (program for program in SAVERS if program in programs):
        copies = {name: folder / f"{name} {program}.xlsx" for name in alterations}
        SAVERS[program]([(own[name][0], copies[name]) for name in alterations])
        yield from (((name, program), copy) for name, copy in copies.items())


def table(found: Iterable[Survivor]) -> str:
    """As Markdown: a line an alteration, a column a program; = where the declaration is the same, ! where not as expected."""
    cells = {(one.alteration, one.program): _words(one) for one in found}
    rows = [["改动", *PROGRAMS], ["---"] * (len(PROGRAMS) + 1)]
    rows += [[name, *(cells.get((name, program), "") for program in PROGRAMS)] for name in ALTERATIONS]
    untold = (UNTOLD.get(program, ()) for program in PROGRAMS)
    rows.append(["无法分辨的", *("、".join(sorted(map(_short, rules))) for rules in untold)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _short(rule: str) -> str:
    return rule.removeprefix("structure.")


def _words(one: Survivor) -> str:
    rules = [*map(_short, one.more), *(f"-{rule}" for rule in one.fewer)]
    return " ".join(["=" if one.is_declared else "≠", *rules, *([] if one.is_as_expected else ["!"])])


def main(arguments: Sequence[str]) -> int:
    """Prints the table, of all or of the alterations that are named; 1 where something is not as expected."""
    with tempfile.TemporaryDirectory() as place:
        demo = run(Path(place) / "演示")
        (folder := Path(place) / "另存").mkdir()
        found = list(survivors(demo, folder, arguments or ALTERATIONS))
    print(table(found))
    return int(not all(one.is_as_expected for one in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
