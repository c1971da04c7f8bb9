"""What counts: which submission of each project stands, how it stands, and why. Said here and nowhere else.

Each output asks for what it shows:

    Standing.expected   the workbooks of the roster that are to come back      status, reminders, missing, merging
    Standing.wholes     the root projects of which something came              report
    Standing.withdrawn  those that have left the roster since                  status, report, package, rollover
    counting.counting   the same by whether they may go on, and why not        package, rollover
    Standing.returning  the files that are to be mended                        return copies
    Standing.strays     the files for none of the collection's projects        status, return copies
"""

import datetime
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from workbook_builder.collection.folder import Collection
from workbook_builder.collection.last_round import is_decided
from workbook_builder.collection.records import Issue, dropped_codes, first_issued_at
from workbook_builder.collection.roster import ROUNDS, Roster, RosterProject
from workbook_builder.findings import Finding
from workbook_builder.form.layout import Part
from workbook_builder.form.splitting import errors_by_part
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.reviewing import Reviewing
from workbook_builder.ledger.reviews import Review
from workbook_builder.ledger.rows import UNREADABLE, Submission, Unassigned, parts_sha256
from workbook_builder.ledger.stands import (
    ANNUAL_FUNDS,
    DROPPED,
    NOTHING_TOLD,
    OFF_THE_ROSTER,
    Expected,
    GoingBack,
    Stand,
    Withdrawn,
)
from workbook_builder.rule_ids import COLLECTION_DECIDED, COLLECTION_NOT_FILLED


class Standing:
    """The roster of a collection beside what the ledger has of it; the ledger is read once, when first asked for."""

    def __init__(self, collection: Collection, desk: Desk, ledger: Ledger):
        """What the roster says otherwise than when it was read last is recorded here, before anything counts by it.

        Raises ContentError where the roster has mistakes, UsageError where archive or ledger cannot be written.
        """
        self.roster, self.form, self.ledger = desk.roster, desk.form, ledger.within(collection)
        self.ledger.rosters.keep(collection, desk)
        self._collection = collection
        self._this_round = ROUNDS.index(self.roster.settings.round)
        self.is_decided = is_decided(collection, self.roster.settings)  # 批复 went out, to be kept by the units
        self._split = {code for code, issue in collection.latest_issues().items() if issue.part == "parent"}

    @cached_property
    def current(self) -> tuple[Submission, ...]:
        """What counts this year, of whatever round, wholes first; also of projects that the roster does not name."""
        key = self.form.form_id, self.roster.settings.fiscal_year
        return (*self.ledger.current(*key), *self.ledger.current(*key, parts=True))

    @cached_property
    def undecided(self) -> tuple[Submission, ...]:
        """The submissions, of whatever form and year, that are as new as what counts, and different."""
        return tuple(self.ledger.undecided())

    @cached_property
    def _undecided_codes(self) -> frozenset[str]:
        return frozenset(submission.project_code for submission in self.undecided)

    @cached_property
    def reviewing(self) -> Reviewing:
        """What reviewers said, and who is to review what."""
        return Reviewing(self.ledger, self.form.form_id, self.roster)

    @cached_property
    def _stands(self) -> Mapping[tuple[str, Part], Stand]:
        """By project code and part."""
        return {
            (submission.project_code, submission.part): Stand(
                submission,
                submission.round_order < self._this_round,
                self.reviewing.by_project.get(submission.project_code),
                told=self.reviewing.told.get(submission.sha256, NOTHING_TOLD),
                assigned=self.reviewing.assigned(submission.project_code, self.unit_code(submission)),
            )
            for submission in self.current
        }

    # What is to come back

    @property
    def asked(self) -> tuple[RosterProject, ...]:
        """The root projects whose units are to answer."""
        return () if self.is_decided else self.roster.projects

    def expected(self) -> Iterator[Expected]:
        """Every workbook that is to come back; parts where a project went out in parts and did not come whole."""
        for root in self.asked:
            whole = self._expected(root, root, "whole")
            if root.project_code in self._split and (whole.counted is None or whole.counted.is_merged):
                yield from self.parts(root)
            else:
                yield whole

    def missing(self) -> Iterator[Expected]:
        """Those of units that must report for which nothing came; nothing, where all parts came and only clash."""
        silent = silent_units(self.roster)
        return (item for item in self.expected() if item.counted is None and item.unit_code not in silent)

    def parts(self, root: RosterProject) -> tuple[Expected, ...]:
        """The parts of a root project: its own form first, then each sub-project in the order of the roster."""
        subs = (self._expected(sub, root, "sub_project") for sub in root.sub_projects)
        parts = (self._expected(root, root, "parent"), *subs)
        errors = self._of_whole(root, [part.counted for part in parts])
        return tuple(
            part._replace(stand=part.stand and part.stand._replace(of_whole=own))
            for part, own in zip(parts, errors, strict=True)
        )

    def is_split(self, root: RosterProject) -> bool:
        """Whether a root project went out in parts last, or some part of it came."""
        return root.project_code in self._split or any(part.counted for part in self.parts(root))

    def _expected(self, project: RosterProject, root: RosterProject, part: Part) -> Expected:
        code, unit_code = project.project_code, project.unit_code or root.unit_code or ""
        return Expected(project, unit_code, part, self._stands.get((code, part)), code in self._undecided_codes)

    def _of_whole(self, root: RosterProject, parts: Sequence[Submission | None]) -> Sequence[tuple[Finding, ...]]:
        """The errors of what was merged from these parts, for each part those that concern it, at its own keys.

        None while a part has errors of its own: they may well be the cause.
        """
        whole = self._expected(root, root, "whole").counted
        sound = [part for part in parts if part is not None and part.status == "accepted"]
        if whole is None or len(sound) < len(parts) or whole.parts_sha256 != parts_sha256(sound):
            return [() for _ in parts]
        return errors_by_part(self.ledger.document(whole.id).findings, len(parts))

    # What counts

    def wholes(self) -> list[Stand]:
        """The root projects of this form and year of which something came, by project code: those of the roster, and
        what packages brought from below. Projects of other collections that the ledger serves are none of ours.
        """
        return [stand for stand in self._all_wholes() if self._is_expected(stand.submission)]

    def withdrawn(self) -> list[Withdrawn]:
        """What came in here of root projects that the roster does not name any more: listed by name, never summed."""
        gone = [
            stand.submission
            for stand in self._all_wholes()
            if not self._is_expected(stand.submission) and self._came_here(stand.submission)
        ]
        roots = (part for part in self.ledger.declarations(one.id for one in gone) if part.sub_project is None)
        return [
            Withdrawn(
                one.unit_code,
                one.project_code,
                root.project_name or "",
                root.money.get(ANNUAL_FUNDS),
                one.file,
                DROPPED if self._is_from_below(one) else OFF_THE_ROSTER,
            )
            for one, root in zip(gone, roots, strict=True)
        ]

    def _all_wholes(self) -> list[Stand]:
        return [stand for (_, part), stand in self._stands.items() if part == "whole"]

    def _is_expected(self, submission: Submission) -> bool:
        """Whether the roster names its root project, or a package brought it from below."""
        if submission.project_code in self._unit_of_root:
            return True
        return self._is_from_below(submission) and submission.project_code not in self._dropped

    def _is_from_below(self, submission: Submission) -> bool:
        return any(issue_id in self._received for issue_id in submission.issue_ids)

    @cached_property
    def _dropped(self) -> frozenset[str]:
        """The projects that the newest package of their sender does not hold any more."""
        return dropped_codes(self._collection.receipts())

    def _came_here(self, submission: Submission) -> bool:
        """Whether this collection sent it out or took it in; a ledger may serve several."""
        return self.has_original(submission) or any(issue_id in self._sent_out for issue_id in submission.issue_ids)

    @cached_property
    def _sent_out(self) -> Mapping[str, Issue]:
        return self._collection.issues()

    @cached_property
    def _received(self) -> Mapping[str, Issue]:
        return self._collection.received_issues()

    def unit_code(self, submission: Submission) -> str:
        """The unit that a root project belongs to: by the roster, which may have moved it since; else as it says."""
        return self._unit_of_root.get(submission.project_code) or submission.unit_code

    def unit_of_part(self, submission: Submission, project_code: str) -> str | None:
        """The unit that filled in a sub-project of a whole that was merged from parts; None where one unit filled in all."""
        return self._unit_of_sub.get(project_code) if submission.is_merged else None

    @cached_property
    def _unit_of_sub(self) -> Mapping[str, str | None]:
        roots = self.roster.projects
        return {sub.project_code: sub.unit_code or root.unit_code for root in roots for sub in root.sub_projects}

    @cached_property
    def _unit_of_root(self) -> Mapping[str, str | None]:
        return {project.project_code: project.unit_code for project in self.roster.projects}

    # What is to be mended

    def returning(self, spoken_of: Container[str]) -> Iterator[GoingBack]:
        """What the rules returned or somebody says something of, of whatever round; what was merged, part by part.

        spoken_of: codes of projects. A ledger may serve several collections: what this one neither sent out nor
        took in is passed over.
        """
        issues = self._sent_out
        of_whole = {item.counted.id: item.stand.of_whole for item in self.expected() if item.counted and item.stand}
        gone = {(one.project_code, one.file) for one in self.withdrawn()}
        for submission in self.current:
            if (submission.project_code, submission.file) in gone:  # nobody is to mend it any more
                continue
            errors = of_whole.get(submission.id, ())
            is_spoken_of = submission.project_code in spoken_of
            if submission.is_merged or not (submission.status == "returned" or errors or is_spoken_of):
                continue
            if submission.issue_id in issues or self.has_original(submission):
                yield GoingBack(submission, errors)

    def reviews_to_tell(self) -> dict[str, Review]:
        """By project code, the reviews of what is to be changed by them; of what the rules returned, if they say more."""
        returned = {submission.project_code for submission in self.current if submission.status == "returned"}
        return self.reviewing.to_tell(returned)

    def issued_at(self, submission: Submission) -> datetime.datetime | None:
        """When the first of its issues was sent out; None where no record says."""
        return first_issued_at(self._issues, submission.issue_ids)

    @cached_property
    def _issues(self) -> Mapping[str, Issue]:
        return {**self._received, **self._sent_out}

    # What belongs nowhere

    def strays(self) -> tuple[Submission | Unassigned, ...]:
        """The files of this collection that are for none of its projects, or that nobody can read, in their order.

        Of another form or year, of a project neither on the roster nor from below; a ledger may serve several
        collections, so the originals tell whose they are. What nobody can read is settled once a file of the same name
        came that could be read.
        """
        others = self.ledger.of_others(self.form.form_id, self.roster.settings.fiscal_year)
        strays: list[Submission | Unassigned] = [*self.ledger.unassigned(), *others, *self._unexpected()]
        read = self._read_since()
        here = (
            stray
            for stray in strays
            if self.has_original(stray)
            and not (stray.status == UNREADABLE and read.get(stem(stray.file), 0) > stray.id)
        )
        return self._without_needless(sorted(here, key=lambda stray: stray.id))

    def _read_since(self) -> Mapping[str, int]:
        """By the stem of a file's name, the last that declares something: 0048 for 0048.xls and 包.zip/0048.xlsx."""
        submissions = self.ledger.submissions(self.form.form_id, self.roster.settings.fiscal_year)
        return {stem(submission.file): submission.id for submission in submissions}

    def _without_needless(self, strays: Sequence[Submission | Unassigned]) -> tuple[Submission | Unassigned, ...]:
        """Without those of which nobody has to do anything, as their own findings say."""
        counting = {submission.project_code for submission in self.current}
        refused = [stray.id for stray in strays if isinstance(stray, Unassigned) and stray.status != UNREADABLE]
        said = {one.submission_id: {found.rule for found in one.findings} for one in self.ledger.documents(refused)}

        def is_needless(stray: Submission | Unassigned) -> bool:
            rules = said.get(stray.id, set())
            return COLLECTION_DECIDED in rules or (COLLECTION_NOT_FILLED in rules and stray.project_code in counting)

        return tuple(stray for stray in strays if not is_needless(stray))

    def unsettled_strays(self) -> Iterator[Submission | Unassigned]:
        """The same without those of projects of which something newer counts."""
        newest = {submission.project_code: submission.id for submission in self.current}
        for stray in self.strays():
            if stray.project_code is None or newest.get(stray.project_code, 0) <= stray.id:
                yield stray

    def _unexpected(self) -> Iterator[Submission]:
        """What counts this year of projects that the roster does not name and no package brought."""
        named = {part.project_code for root in self.roster.projects for part in (root, *root.sub_projects)}
        received, wholes = self._received, {stand.submission.id for stand in self._all_wholes()}
        for submission in self.current:
            is_told = submission.id in wholes or submission.is_merged  # withdrawn tells of wholes
            if not (submission.project_code in named or submission.issue_id in received or is_told):
                yield submission

    def original(self, submission: Submission | Unassigned) -> Path:
        """Where this collection keeps the bytes of a file, if it came in here."""
        return self._collection.original(submission.sha256, submission.file)

    def has_original(self, submission: Submission | Unassigned) -> bool:
        """Whether the bytes of a file are in this collection's archive."""
        return self.original(submission).is_file()


def stem(file: str) -> str:
    """A file's name without archive, folder and kind, by which a second try of the same file is known."""
    return file.rpartition("/")[2].rpartition(".")[0].casefold() or file


def silent_units(roster: Roster) -> set[str]:
    """The units that need not report."""
    return {unit.unit_code for unit in roster.units if not unit.must_report}
