"""A finance office with three units and four projects in a year: what the units type, what the office does, and what the
sums are, added up from what was typed and from nothing of the product's.
"""

import io
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, redirect_stdout
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from tests.centre_of_departments import FORM, UNITS
from tests.helpers import Issued, family, project, single, stamped, write_roster
from tests.office.programs import Job, Result
from tests.office.unit import BANNER, inputs, keystrokes
from workbook_builder.cli.app import main
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.roster import Roster, Settings, Unit
from workbook_builder.form.declaration import sub_project_of
from workbook_builder.form.model import CONFIRMED
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.counting import counting
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.standing import Standing

Office = Callable[[Sequence[Job]], list[Result]]
Money = Mapping[str, Decimal]  # the five lines that are typed, yuan
Amounts = Mapping[str, tuple[Money, ...]]  # by project; one for each sub-project where there are some

STAFF = tuple(unit._replace(reviewer=name) for unit, name in zip(UNITS, ("张三", "李四", "李四"), strict=True))
SUBS = (project("A2-1", "书记工作室"), project("A2-2", "社区党建"))
PROJECTS = (
    project("A1", "社区培训", unit_code="U1"),
    project("A2", "党群服务", unit_code="U1", sub_projects=SUBS),
    project("B1", "文化活动", unit_code="U2"),
    project("C1", "受理中心运行", unit_code="U3"),
)


def money(appropriation: str, carryover: str = "0.00", other: str = "0.00") -> Money:
    """Of a project of one year: its totals are those of the year."""
    year = [Decimal(amount) for amount in (appropriation, carryover, other)]
    names = ("annual_appropriation", "annual_carryover", "annual_other")
    return {**dict(zip(names, year, strict=True)), "total_fiscal": year[0] + year[1], "total_other": year[2]}


A1 = (money("411700.01", "20000.10", "0.07"),)
A2 = (money("300000.33"), money("99999.99", "0.02", "50000.00"))
B1, B1_OTHER = (money("150000.49", other="0.10"),), (money("151000.50", other="0.10"),)
C1 = (money("70000.07", "7.70"),)
FIRST: Amounts = {"A1": A1, "A2": A2, "B1": B1_OTHER, "C1": C1}
CEILING = Decimal("390000.05")  # of A1 in the second round
SECOND: Amounts = {**FIRST, "A1": (money("389999.98", "20000.10", "0.07"),)}
APPROVED: Amounts = {
    "A1": (money("380000.01", "20000.10", "0.07"),),
    "A2": (A2[0], money("90000.07", "0.02", "50000.00")),
    "B1": B1_OTHER,
    "C1": (money("60000.06", "7.70"),),
}
ADJUSTED: Amounts = {**APPROVED, "A2": (money("290000.33"), money("100000.07", "0.02", "50000.00"))}
NEXT: Amounts = {
    "A1": (money("400000.09", "0.01"),),
    "A2": (money("310000.30", "0.30"), money("99000.03", other="0.03")),
    "B1": (money("160000.61"),),
    "C1": (money("71000.17", "0.99", "3.00"),),
}
PERSON = {"filler": "张三", "phone": "021-1"}
BUREAU = Roster(Settings(2022, "一上"), (Unit("X1", "区财政局"),), (project("X", "本级", unit_code="X1"),))


def sums(amounts: Amounts) -> dict[str, Decimal]:
    """All money lines of a form over all projects."""
    parts = [part for parts in amounts.values() for part in parts]
    typed = {key: sum((part[key] for part in parts), Decimal("0.00")) for key in A1[0]}
    yearly = sum((typed[key] for key in typed if key.startswith("annual_")), Decimal(0))
    return {**typed, "total_funds": typed["total_fiscal"] + typed["total_other"], "annual_funds": yearly}


def entry(parts: Sequence[Money], **more: Any) -> dict[str, Any]:
    """A whole declaration with these amounts."""
    texts = [{key: str(amount) for key, amount in part.items()} for part in parts]
    if len(texts) == 1:
        return single(**{**texts[0], **more})
    whole = family(len(texts), **more)
    for sub, typed in zip(whole["sub_projects"], texts, strict=True):
        sub.update(typed)
    return whole


def only_money(parts: Sequence[Money]) -> dict[str, Any]:
    """What a unit types where the texts are there already: its amounts, and who it is."""
    texts: list[dict[str, Any]] = [{key: str(amount) for key, amount in part.items()} for part in parts]
    return {**(texts[0] if len(texts) == 1 else {"sub_projects": texts}), **PERSON}


def confirmed(issued: Issued, parts: Sequence[Money]) -> dict[str, Any]:
    """The same in the year after: each section that came along is looked at, too."""
    whole = only_money(parts)
    for key in (key for key in inputs(issued) if "confirm." in key):
        number = sub_project_of(key)
        of = whole if number is None else whole["sub_projects"][number]
        of.setdefault("confirm", {})[key.rpartition(".")[2]] = CONFIRMED
    return whole


def run(*words: str | Path, code: int = 0) -> Any:
    """The JSON document of a command."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with redirect_stdout(out):
        ended = main([*map(str, words), "--json"])
    told = out.buffer.getvalue().decode()
    assert ended == code, told
    return json.loads(told)


class Told(NamedTuple):
    """After an act: what the ledger's totals are, and what they must be."""

    act: str
    totals: Mapping[str, Decimal]
    expected: Mapping[str, Decimal]


class Place:
    """The collection of one round, worked on by the command."""

    def __init__(self, folder: Path, counts: Amounts):
        self.folder, self.collection = folder, Collection(folder)
        self.counts = counts
        self.told: list[Told] = []

    def copied(self, folder: Path) -> "Place":
        """The same as it stands, elsewhere."""
        return Place(Path(shutil.copytree(self.folder, folder / self.folder.name)), self.counts)

    def run(self, command: str, *words: str | Path, code: int = 0) -> Any:
        return run(command, self.folder, *words, code=code)

    def has(self, roster: Roster) -> None:
        """Somebody saves 名册.xlsx."""
        write_roster(self.collection.roster, roster)

    @property
    def roster(self) -> Roster:
        return Desk(self.collection).roster

    def issued(self, code: str, path: Path | None = None) -> Issued:
        """The workbook that went out last for a project, or a return copy."""
        file = path or self.folder / self.collection.latest_issues()[code].file
        return Issued(self.collection, file, Desk(self.collection))

    def comes(self, files: Mapping[str, bytes], code: int = 0) -> dict[str, str]:
        """Files lie in 收回/ and are imported together; gives the outcome of each."""
        paths = [self.folder / "收回" / name for name in files]
        for path, data in zip(paths, files.values(), strict=True):
            path.write_bytes(data)
        done = self.run("import", *paths, code=code)
        return {Path(item["file"]).name: item["outcome"] for item in done["items"]}

    def states(self) -> dict[str, str]:
        return {one["project_code"]: one["state"] for one in self.run("status")["entries"]}

    def totals(self) -> dict[str, Decimal]:
        """Of all that counts and may go on, as the ledger has it."""
        with closing(Ledger(sqlite_url(self.collection.ledger))) as ledger:
            accepted = counting(Standing(self.collection, Desk(self.collection), ledger)).accepted
            return {
                key: sum((Decimal(one.declaration[key] or 0) for one in accepted), Decimal("0.00"))
                for key in sums(self.counts)
            }

    def approved(self) -> dict[str, Decimal]:
        """Of all that was approved, as the ledger has it."""
        with closing(Ledger(sqlite_url(self.collection.ledger))) as ledger:
            amounts = [one.amounts[code] for code, one in ledger.approvals(FORM, 2022).items()]
        return {key: sum((one[key] for one in amounts), Decimal("0.00")) for key in sums(self.counts)}

    def after(self, act: str, **changed: tuple[Money, ...] | None) -> None:
        """Keeps the totals; changed: what counts of these projects from now on, None: nothing."""
        counts = {**self.counts, **changed}
        self.counts = {code: parts for code, parts in counts.items() if parts is not None}
        self.told.append(Told(act, self.totals(), sums(self.counts)))

    def done_and_undone(
        self, act: str, do: Callable[[], Any], undo: Callable[[], Any], **changed: tuple[Money, ...] | None
    ) -> None:
        """The totals after the act, and again when it was undone."""
        before = self.counts
        do()
        self.after(act, **changed)
        undo()
        self.counts = before
        self.after(f"{act}：改回")

    def story(self, *code: str) -> list[tuple[str, str]]:
        """What history tells, in order: kind and words."""
        return [(event["kind"], event["words"]) for event in self.run("history", *code)]


class Typing(NamedTuple):
    """What a unit types into a workbook in LibreOffice, and the moment at which its clock says it saved."""

    issued: Issued
    entry: Mapping[str, Any]
    moment: str


class Typed(NamedTuple):
    """The file that it sends, and what the workbook said of it."""

    data: bytes
    banner: str


def typed_in(office: Office, folder: Path, typings: Mapping[str, Typing]) -> dict[str, Typed]:
    """All of a round, typed in one LibreOffice; by name."""
    folder.mkdir()
    jobs: list[Job] = [
        {
            "book": one.issued.path,
            "set": dict(keystrokes(one.issued, one.entry)),
            "read": [BANNER],
            "save": [folder / f"{name}.xlsx"],
        }
        for name, one in typings.items()
    ]
    banners = [str(result["values"][BANNER]) for result in office(jobs)]
    return {
        name: Typed(stamped((folder / f"{name}.xlsx").read_bytes(), one.moment), banner)
        for (name, one), banner in zip(typings.items(), banners, strict=True)
    }


def roster_of(**settings: Any) -> Roster:
    return Roster(Settings(2022, "一上", **settings), STAFF, PROJECTS)


def with_project(roster: Roster, code: str, **values: Any) -> Roster:
    """The roster with other values of one project."""
    changed = (one._replace(**values) if one.project_code == code else one for one in roster.projects)
    return roster._replace(projects=tuple(changed))


def without(roster: Roster, code: str) -> Roster:
    return roster._replace(projects=tuple(one for one in roster.projects if one.project_code != code))


def with_deadline(roster: Roster, code: str, deadline: Any) -> Roster:
    """The roster with a unit's own deadline."""
    changed = (one._replace(deadline=deadline) if one.unit_code == code else one for one in roster.units)
    return roster._replace(units=tuple(changed))
