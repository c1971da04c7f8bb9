"""下发: a locked workbook for every root project on the roster, or one for each part of it, recorded in the archive."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, NamedTuple

from workbook_builder.blank.plate import ready
from workbook_builder.cells import Place
from workbook_builder.clock import now
from workbook_builder.collection.folder import ROSTER, TEMPLATE, Collection, sha256
from workbook_builder.collection.invalidating import Counted, Invalidated, invalidated
from workbook_builder.collection.issue_list import write_archives, write_issue_list
from workbook_builder.collection.issuing import Making, is_worth_children, issue_all
from workbook_builder.collection.leftover import left_over
from workbook_builder.collection.orders import Order, orders_for
from workbook_builder.collection.records import Issue
from workbook_builder.collection.roster import Roster, offered_by
from workbook_builder.collection.roster_reading import read_roster
from workbook_builder.collection.roster_sheets import PROJECTS
from workbook_builder.errors import ContentError, UsageError
from workbook_builder.executors import Crew
from workbook_builder.files import open_marks, read_file, remove_file
from workbook_builder.findings import Finding, Subject, finding_at, finding_of_file, has_errors
from workbook_builder.form.layout import Part
from workbook_builder.form.rules import Catalogue, Level
from workbook_builder.form.template_reading import Template, load_template
from workbook_builder.ooxml.password import lock_of
from workbook_builder.progress import Progress, untold
from workbook_builder.resources import packaged_template
from workbook_builder.rule_ids import ROSTER_OPEN, ROSTER_SUB_OF_ANOTHER_UNIT, ROSTER_SUGGESTION_LOST


class Generated(NamedTuple):
    """What one run sent out."""

    written: tuple[Path, ...]
    unchanged: tuple[Path, ...]  # issued before with the same content, so left as they are
    removed: tuple[Path, ...]  # unfilled older issues of the same project, under another name
    withdrawn: tuple[Path, ...]  # issued before for projects that are no longer on the roster; left as they are
    waiting: tuple[Path, ...]  # new or changed, but not among those that were asked for
    left_over: tuple[Path, ...]  # other files in 下发/ that belong to nothing that is out now; left as they are
    emptied: tuple[Path, ...]  # folders of units that held nothing more, removed
    issue_list: Path  # 下发清单.xlsx
    archives: tuple[Path, ...]  # one for each unit, where they were asked for
    outdated_archives: tuple[Path, ...]  # of units of which this run changed what is out, where they were not
    split: tuple[str, ...]  # codes of root projects that went out whole before and go out in parts now
    joined: tuple[str, ...]  # and of those that went out in parts before and go out whole now
    levels: Mapping[str, Level]  # of the rules that the roster raised, lowered or switched off
    warnings: tuple[Finding, ...] = ()
    invalidated: tuple[Invalidated, ...] = ()  # of what was accepted, what the roster has overtaken

    def to_json(self) -> dict[str, Any]:
        """The document of `generate --json`."""
        names = "written", "unchanged", "removed", "withdrawn", "waiting", "left_over", "emptied", "archives"
        return {
            **{name: [str(path) for path in getattr(self, name)] for name in (*names, "outdated_archives")},
            "issue_list": str(self.issue_list),
            "split": list(self.split),
            "joined": list(self.joined),
            "levels": dict(self.levels),
            "findings": [finding._asdict() for finding in self.warnings],
            "invalidated": [one.to_json() for one in self.invalidated],
        }


class _Out(NamedTuple):
    """What is out already."""

    folder: Path  # of the collection
    latest: Mapping[str, Issue]  # by project code
    sent: AbstractSet[str]  # the SHA-256 of all that was ever sent out

    @classmethod
    def of(cls, collection: Collection) -> "_Out":
        issues = collection.issues().values()
        return cls(collection.folder, collection.latest_issues(), {issue.sha256 for issue in issues})

    def holds(self, order: Order) -> bool:
        """Whether its workbook lies there, touched since or not; an older issue does where the last run was cut off."""
        issue = self.latest.get(order.project.project_code)
        if issue is None or issue.fingerprint != order.fingerprint or not (self.folder / issue.file).is_file():
            return False
        digest = sha256(read_file(self.folder / issue.file))
        return digest == issue.sha256 or digest not in self.sent

    def refuse_changed_by_hand(self, orders: Iterable[Order]) -> None:
        """A file in the way may be replaced only where it is, byte for byte, what an earlier run wrote."""
        for order in orders:
            if order.path.is_file() and sha256(read_file(order.path)) not in self.sent:
                raise UsageError(
                    f"“{order.path}”已存在，且不是上次下发时的样子（可能已有人填写），没有覆盖，也没有生成任何文件。"
                    "请先移走它，再重新生成。"
                )

    def without_older(self, orders: Iterable[Order]) -> Iterator[Path]:
        """Removes the older issues that a renamed project leaves behind, as long as nobody has touched them."""
        for order in orders:
            issue = self.latest.get(order.project.project_code)
            path = self.folder / issue.file if issue else order.path
            if issue and path != order.path and path.is_file() and sha256(read_file(path)) == issue.sha256:
                remove_file(path)
                yield path

    def withdrawn(self, expected: Container[str]) -> Iterator[Path]:
        """The workbooks of projects that are no longer expected."""
        for code, issue in self.latest.items():
            if code not in expected and (path := self.folder / issue.file).is_file():
                yield path

    def newly(self, part: Part, orders: Iterable[Order]) -> Iterator[str]:
        """The root projects that go out like this (whole, parent) and went out otherwise before."""
        for order in orders:
            before = self.latest.get(order.identity.project_code)
            if order.identity.shape.part == part and before and before.part != part:
                yield order.identity.project_code


def generate(  # noqa: PLR0913 - each is named where it is given
    collection: Collection,
    catalogue: Catalogue,
    *,
    split: bool = False,
    everything: bool = False,
    archives: bool = False,
    only: Sequence[str] = (),
    progress: Progress = untold,
    executor: Executor | None = None,
    counted: Sequence[Counted] = (),
    before: Callable[[Sequence[Invalidated]], None] = lambda _overtaken: None,
) -> Generated:
    """Writes what is new or changed since the last run, 下发清单.xlsx, and where asked an archive for each unit.

    split: in place of a root project with sub-projects, one workbook for each of those and one for its own form.
    everything: issues again what has not changed, too. only: codes of projects or units, for nothing else to be issued.
    counted: what was accepted, by the ledger. before: is told what of it the roster has overtaken, before anything is
    written; what it raises ends the run.
    Raises ContentError for mistakes in 名册.xlsx or 模板.xlsx (nothing is written then), UsageError where a file that is
    in the way was changed by hand, where another program is sending out from the same collection, and for a code that
    the roster does not name, and for 批复 what `orders_for` says.
    executor: who stamps the workbooks; by default child processes where there are many. All is written by this process.
    """
    template = _template(collection, catalogue)
    roster, warnings = _sound_roster(collection, template, catalogue)
    with Crew(executor) as crew:
        if crew.is_empty and not only and is_worth_children(_surely_due(collection, roster)):
            crew.hire(ready)  # they begin while it is told what is due
        orders = list(orders_for(collection, roster, template, catalogue, split=split))
        chosen = _chosen(orders, only)
        overtaken = tuple(invalidated(counted, chosen, collection.issues(), template.form))
        before(overtaken)  # nobody else has to wait while a person thinks
        with collection.issuing():
            out = _Out.of(collection)
            due = [order for order in orders if everything or not out.holds(order)]
            asked_for = {order.path for order in chosen}
            new = [order for order in due if order.path in asked_for]
            out.refuse_changed_by_hand(new)
            if new:
                issue_all(_making(collection, template, catalogue, roster), new, progress, crew)
            else:
                progress(0, 0)
            removed = tuple(out.without_older(new))
        crew.dismiss()
        lost = *_lost_suggestions(orders), *_of_other_units(new)
        done = _account(collection, roster, out, _Sent(orders, due, new, removed), archives=archives)
        return done._replace(warnings=(*warnings, *lost), invalidated=overtaken)


class _Sent(NamedTuple):
    """What a run sent out, of what it was to."""

    orders: Sequence[Order]  # of all projects
    due: Sequence[Order]  # new or changed
    new: Sequence[Order]  # those of them that were asked for, and so are written
    removed: tuple[Path, ...]  # older ones of these


def _account(collection: Collection, roster: Roster, out: _Out, sent: _Sent, *, archives: bool) -> Generated:
    """Writes the list of what is out now, and the archives where asked, and tells how all stands. out: before the run."""
    paths = {order.project.project_code: order.path for order in sent.orders}
    written = dict.fromkeys(order.path for order in sent.new)
    waiting = dict.fromkeys(order.path for order in sent.due if order.path not in written)
    latest = collection.latest_issues()
    out_there = {code: path for code, path in paths.items() if code in latest}
    withdrawn = tuple(out.withdrawn(paths))
    rest = left_over(collection.outgoing, paths.values(), withdrawn)
    return Generated(
        written=tuple(written),
        unchanged=tuple(path for path in paths.values() if path not in written and path not in waiting),
        removed=sent.removed,
        withdrawn=withdrawn,
        waiting=tuple(waiting),
        left_over=rest.files,
        emptied=rest.emptied,
        issue_list=write_issue_list(collection, roster, out_there),
        archives=tuple(write_archives(collection, out_there)) if archives else (),
        outdated_archives=() if archives else tuple(_archives_beside((*written, *sent.removed), rest.files)),
        split=tuple(out.newly("parent", sent.new)),
        joined=tuple(out.newly("whole", sent.new)),
        levels=roster.levels,
    )


def _making(collection: Collection, template: Template, catalogue: Catalogue, roster: Roster) -> Making:
    levelled, lock = catalogue.with_levels(roster.levels), lock_of(collection.password)
    issued_at, template_sha256 = now().isoformat(), sha256(template.data)
    told = roster.settings, roster.deadlines()
    return Making(collection, template, levelled, lock, issued_at, *told, template_sha256)


def _surely_due(collection: Collection, roster: Roster) -> int:
    """How many forms go out at least, told before it is known what each looks like: those of projects that never went out."""
    latest = collection.latest_issues()
    return sum(1 + len(root.sub_projects) for root in roster.projects if root.project_code not in latest)


def _template(collection: Collection, catalogue: Catalogue) -> Template:
    """The template; what comes with the program, or was sent out, was drawn from before, and is not tried again."""
    data = read_file(collection.template)
    drawn = {issue.template_sha256 for issue in collection.issues().values()}
    is_known = data == packaged_template() or sha256(data) in drawn
    return load_template(data, TEMPLATE, catalogue, is_known=is_known)


def _archives_beside(changed: Sequence[Path], left_over: Sequence[Path]) -> Iterator[Path]:
    """The archives that earlier runs made of the folders of these workbooks, but for those that are left over."""
    of_units, needless = (
        dict.fromkeys(path.parent.with_name(f"{path.parent.name}.zip") for path in changed),
        {*left_over},
    )
    return (archive for archive in of_units if archive.is_file() and archive not in needless)


def _chosen(orders: Sequence[Order], only: Sequence[str]) -> Sequence[Order]:
    """Those of the projects, their sub-projects' included, and units with these codes; all where there are none."""
    if not only:
        return orders
    known = {code for order in orders for code in _codes(order)}
    if unknown := [code for code in only if code not in known]:
        raise UsageError(f"名册中没有项目或单位“{'、'.join(unknown)}”，没有生成任何文件。请核对 --only 后面的编码。")
    wanted = frozenset(only)
    return [order for order in orders if not _codes(order).isdisjoint(wanted)]


def _codes(order: Order) -> set[str]:
    subs = (code for code, _ in order.identity.sub_projects)
    return {order.project.project_code, order.identity.project_code, order.identity.unit_code, *subs}


def _sound_roster(collection: Collection, template: Template, catalogue: Catalogue) -> tuple[Roster, list[Finding]]:
    """The roster with its warnings. Raises ContentError where it has mistakes."""
    roster, findings = read_roster(read_file(collection.roster), ROSTER, offered_by(template.form, catalogue))
    if has_errors(findings):
        raise ContentError(f"{ROSTER} 有错误，没有生成任何文件。请按下列提示改正后再生成。", findings)
    if mark := next((name for name in open_marks(ROSTER) if (collection.folder / name).exists()), None):
        sentence = f"{ROSTER} 正在 Excel 等程序中打开（有“{mark}”），读到的是上次保存的内容。有改动的请保存后重新生成。"
        return roster, [*findings, finding_of_file(ROSTER_OPEN, "warning", sentence)]
    return roster, findings


def _lost_suggestions(orders: Iterable[Order]) -> Iterator[Finding]:
    """What a project said last year, or in the last round, and has no row for now."""
    for order in orders:
        where = Place(PROJECTS.title, order.project.line, 1)
        for words in order.suggested.lost:
            sentence = (
                f"项目“{order.project.project_code}”要带入的{words}没有空行可写，没有带入。"
                "请在“指标行数”表中为它或它的子项目增加行数后重新生成。"
            )
            yield finding_at(ROSTER_SUGGESTION_LOST, "warning", Subject(where), sentence)


def _of_other_units(orders: Iterable[Order]) -> Iterator[Finding]:
    """Sub-projects of another unit than the one that is to fill in the whole; what was approved nobody fills in."""
    for order in orders:
        root, identity = order.project, order.identity
        if identity.shape.part != "whole" or identity.shape.is_decided:
            continue
        for sub in root.sub_projects:
            if sub.unit_code and sub.unit_code != root.unit_code:
                sentence = (
                    f"子项目“{sub.project_name}”的单位是“{sub.unit_code}”，这次没有分开下发，整份由母项目的单位“{root.unit_code}”填报。"
                    "要由各单位分别填报的，请加 --split 再生成一次。"
                )
                where = Place(PROJECTS.title, sub.line, 1)
                yield finding_at(ROSTER_SUB_OF_ANOTHER_UNIT, "warning", Subject(where), sentence)
