"""What the centre decides on what came: take a file back, put it back, let another count; and what happened to a project."""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from workbook_builder.centre.words import STATUS_WORDS
from workbook_builder.collection.folder import REPORT, ROSTER, Collection, sha256
from workbook_builder.errors import UsageError
from workbook_builder.files import read_file
from workbook_builder.intake.importing import import_files
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.roster_acts import RosterAct
from workbook_builder.ledger.rows import UNREADABLE, Act, Submission, Unassigned
from workbook_builder.ledger.stands import ANNUAL_FUNDS
from workbook_builder.values.numbers import amount_text

File = Submission | Unassigned
DIGEST_CHARACTERS = 8  # of a SHA-256, the fewest that name a file
ACT_WORDS: Mapping[str, str] = {"take_back": "撤回", "put_back": "恢复", "prefer": "指定为准"}


class Decided(NamedTuple):
    """What an act did."""

    kind: str  # take_back, put_back, prefer
    file: str
    project_code: str | None  # None where the file does not say
    counts: str | None  # the file that counts for the project now
    sentence: str  # in Chinese, for the person who decided

    def to_json(self) -> dict[str, Any]:
        """The document of `take-back --json` and `prefer --json`."""
        return self._asdict()


class Event(NamedTuple):
    """Something that happened to a project."""

    moment: datetime.datetime  # UTC
    kind: str  # received, review, take_back, put_back, prefer, approval, or that of a RosterAct
    file: str  # that it is about
    sha256: str
    who: str  # the person who filled in, reviewed or decided; "" where nobody says
    words: str  # in Chinese
    counts: bool  # whether the file counts now
    project_code: str | None = None  # None where it is about all, a unit or several

    def to_json(self) -> dict[str, Any]:
        """An item of `history --json`."""
        return {**self._asdict(), "moment": self.moment.isoformat()}


def take_back(collection: Collection, ledger: Ledger, word: str, actor: str, reason: str | None = None) -> Decided:
    """Lets a file that was imported count nowhere; what counted before it stands again.

    word: its path, its name as the ledger has it, or the beginning of its SHA-256. Raises UsageError where that is none
    or several, and where the file is taken back already.
    """
    book = ledger.within(collection)
    file = _to_take_back(_Found(book), word)
    done = _taken_back(book, file, actor, reason)
    _merge_parts(collection, ledger, [file])
    return done


def _taken_back(book: Ledger, file: File, actor: str, reason: str | None) -> Decided:
    counted = isinstance(file, Submission) and file.is_current
    instead = book.take_back(file, actor, reason)
    if isinstance(file, Unassigned):
        sentence = f"“{file.file}”已标记为不再处理，不再列入无法读取的文件。"
    elif not counted:
        sentence = f"“{file.file}”已撤回；它本来就没有计入，计入的没有变化。"
    elif instead:
        sentence = f"“{file.file}”已撤回，不再计入；项目 {file.project_code} 现以“{instead.file}”为准。"
    else:
        sentence = f"“{file.file}”已撤回，不再计入；项目 {file.project_code} 现在没有计入的申报，按未交处理。"
    return Decided("take_back", file.file, file.project_code, _counting(book, file), sentence)


def put_back(collection: Collection, ledger: Ledger, word: str, actor: str, reason: str | None = None) -> Decided:
    """Undoes `take_back`. Raises UsageError as it does, and where the file was not taken back."""
    book = ledger.within(collection)
    file = _to_put_back(_Found(book), word)
    done = _put_back(book, file, actor, reason)
    _merge_parts(collection, ledger, [file])
    return done


def _put_back(book: Ledger, file: File, actor: str, reason: str | None) -> Decided:
    counts = book.put_back(file, actor, reason)
    now = _counting(book, file)
    if isinstance(file, Unassigned) or now is None:
        sentence = f"“{file.file}”已恢复。"
    elif counts:
        sentence = f"“{file.file}”已恢复，重新计入。"
    else:
        sentence = f"“{file.file}”已恢复，但仍以“{now}”为准；要以它为准，请用 prefer。"
    return Decided("put_back", file.file, file.project_code, now, sentence)


def each(
    collection: Collection,
    ledger: Ledger,
    words: Sequence[str],
    actor: str,
    reason: str | None = None,
    *,
    is_back: bool = False,
) -> list[Decided]:
    """Takes back (is_back: puts back) each of some files, a file named twice once; none where one cannot be.

    Raises UsageError as `take_back` and `put_back` do.
    """
    book = ledger.within(collection)
    known = _Found(book)
    find, decide = (_to_put_back, _put_back) if is_back else (_to_take_back, _taken_back)
    try:
        files = {(file := find(known, word)).id: file for word in words}
    except UsageError as error:
        raise UsageError(f"{error}几个文件都没有改动。" if len(words) > 1 else str(error)) from error
    # Each as it is by now: those before it may have changed it.
    done = [decide(book, book.as_it_is(file), actor, reason) for file in files.values()]
    _merge_parts(collection, ledger, files.values())
    return done


def _to_take_back(known: "_Found", word: str) -> File:
    file = known.file(word)
    if known.is_taken_back(file):
        raise UsageError(f"“{file.file}”已经撤回过，没有重复撤回。要恢复请加 --undo。")
    return file


def _to_put_back(known: "_Found", word: str) -> File:
    file = known.file(word)
    if not known.is_taken_back(file):
        raise UsageError(f"“{file.file}”没有撤回过，不用恢复。")
    return file


def prefer(collection: Collection, ledger: Ledger, word: str, actor: str, reason: str | None = None) -> Decided:
    """Lets a file count, or, for the code of a project, confirms the one that counts; what was undecided is decided.

    word: as with `take_back`, or a project code. Raises UsageError where nothing, or several, answer to it.
    """
    book = ledger.within(collection)
    known = _Found(book)
    file = known.counting(word) or known.file(word)
    if not isinstance(file, Submission):
        raise UsageError(f"“{file.file}”读不出是哪个项目的申报，不能以它为准。请先让单位重新交一份能读取的。")
    before = book.prefer(file, actor, reason)
    _merge_parts(collection, ledger, [file])
    if before and before.id != file.id:
        sentence = f"项目 {file.project_code} 现以“{file.file}”为准；此前计入的“{before.file}”不再计入。"
    else:
        sentence = f"项目 {file.project_code} 以“{file.file}”为准，已确认。"
    return Decided("prefer", file.file, file.project_code, _counting(book, file), sentence)


def is_taken_back(collection: Collection, ledger: Ledger, word: str) -> bool:
    """Whether the file that a word names counts nowhere by an act of the centre. Raises UsageError as `take_back` does."""
    known = _Found(ledger.within(collection))
    return known.is_taken_back(known.file(word))


def history(collection: Collection, ledger: Ledger, project_code: str) -> tuple[Event, ...]:
    """Everything that happened to a project, its parts included, in order: what came, was reviewed and decided, and how
    the roster changed.

    Raises UsageError where nothing ever came of it and the roster never changed in it.
    """
    book = ledger.within(collection)
    files = {file.id: file for file in book.files() if file.project_code == project_code}
    touching = [act for act in book.rosters.acts() if act.touches(project_code)]
    changed = {act.roster_version_id for act in touching if act.kind != "restored"}
    of_roster = [act for act in touching if act.roster_version_id in changed]  # else nothing of it was restored
    if not files and all(act.concerns is None for act in of_roster):
        raise UsageError(f"台账中没有项目“{project_code}”的文件。请核对项目编码，或先导入。")
    events = [*map(_received, files.values()), *_acts(book, files), *_roster_events(book, of_roster)]
    return _in_order([*events, *(one for one in _approvals(book, files) if one.project_code == project_code)])


def acts(collection: Collection, ledger: Ledger) -> tuple[Event, ...]:
    """All that the centre did, of whatever project, in order: what was decided, reviewed and approved, and how the roster
    changed.
    """
    book = ledger.within(collection)
    files = {file.id: file for file in book.files()}
    return _in_order([*_acts(book, files), *_approvals(book, files), *_roster_events(book, book.rosters.acts())])


def _in_order(events: Iterable[Event]) -> tuple[Event, ...]:
    return tuple(sorted(events, key=lambda event: event.moment))


def _acts(book: Ledger, files: Mapping[int, File]) -> Iterator[Event]:
    """What was reviewed and decided of these files."""
    yield from _reviews(book, files)
    yield from (_act(act, files) for act in book.acts(files))


def _received(file: File) -> Event:
    words = f"收到，{STATUS_WORDS[file.status]}"
    if isinstance(file, Unassigned):
        words = words if file.status == UNREADABLE else "收到，没有采用"
        return Event(file.received_at, "received", file.file, file.sha256, "", words, False, file.project_code)
    if file.is_merged:
        words = f"由各部分合并，{STATUS_WORDS[file.status]}"
    if file.same_as is not None:
        words += "，内容与此前的相同"
    words += f"（{file.round}，第 {file.submission_number} 稿）"
    who = file.filler or ""
    return Event(file.received_at, "received", file.file, file.sha256, who, words, file.is_current, file.project_code)


def _reviews(ledger: Ledger, files: Mapping[int, File]) -> Iterator[Event]:
    by_digest = {file.sha256: file for file in files.values() if isinstance(file, Submission)}
    kinds = {(file.form_id, file.fiscal_year) for file in by_digest.values()}
    for form_id, fiscal_year in sorted(kinds):
        for review in ledger.review_versions(form_id, fiscal_year):
            if (file := by_digest.get(review.sha256)) and review.recorded_at:
                said = "；".join(word for word in (review.verdict, review.opinion_words) if word)
                said = said or ("指标意见和得分" if review.remarks or review.scores else "清除审核意见")
                said += "（与别人的意见不一，没有采用）" if review.is_disputed else ""
                who = review.reviewer or ""
                told = who, f"审核：{said}", file.is_current, file.project_code
                yield Event(review.recorded_at, "review", file.file, file.sha256, *told)


def _approvals(ledger: Ledger, files: Mapping[int, File]) -> Iterator[Event]:
    """What was approved is about no file; it was entered into 汇总.xlsx."""
    kinds = {(file.form_id, file.fiscal_year) for file in files.values() if isinstance(file, Submission)}
    for form_id, fiscal_year in sorted(kinds):
        versions = ledger.approval_versions(form_id, fiscal_year)
        latest = {one.project_code: one for one in versions}
        for approval in versions:
            code = approval.project_code
            yearly = approval.amounts.get(code, {}).get(ANNUAL_FUNDS)
            amount = "" if yearly is None else f"年度资金 {amount_text(yearly)} 元"
            said = "，".join(filter(None, (amount, approval.document_number)))
            words = f"批复：{said}" if approval.amounts else "收回批复"
            if moment := approval.recorded_at:
                yield Event(moment, "approval", REPORT, "", approval.actor, words, approval is latest[code], code)


def _act(act: Act, files: Mapping[int, File]) -> Event:
    file = files[act.submission_id]
    other = files.get(act.other_id or 0)
    words = ACT_WORDS[act.kind]
    if act.kind == "take_back" and other:
        words += f"，改以“{other.file}”为准"
    elif act.kind == "prefer" and other and other.id != file.id:
        words += f"，代替“{other.file}”"
    if act.reason:
        words += f"（{act.reason}）"
    counts = isinstance(file, Submission) and file.is_current
    return Event(act.recorded_at, act.kind, file.file, file.sha256, act.actor, words, counts, file.project_code)


def _roster_events(ledger: Ledger, acts: Iterable[RosterAct]) -> Iterator[Event]:
    digests = {version.id: version.sha256 for version in ledger.rosters.versions()}
    for act in acts:
        words = act.sentence + (f"（{act.reason}）" if act.reason else "")
        told = act.actor, words, False, act.project_code
        yield Event(act.recorded_at, act.kind, ROSTER, digests[act.roster_version_id], *told)


# Which file is meant


class _Found:
    """All that came, to be found by what people call it: read once, however many are asked for."""

    def __init__(self, book: Ledger):
        self._files = book.files()
        self._by_id = {file.id: file for file in self._files}
        self._by_name: dict[str, list[File]] = {}
        self._by_digest: dict[str, list[File]] = {}
        for file in self._files:
            self._by_digest.setdefault(file.sha256, []).append(file)
            for name in dict.fromkeys((file.file, file.file.rpartition("/")[2])):
                self._by_name.setdefault(name, []).append(file)
        self._open = {one.id for one in book.unassigned()}  # of which nobody can tell whose they are

    def file(self, word: str) -> File:
        """The one file that a word names; of what only repeats answers, the file whose answers they are."""
        found = self._named(word)
        if not found:
            raise UsageError(
                f"台账中没有“{word}”。请写导入时的文件名、文件的路径，或 SHA-256 的前几位；history 会列出。"
            )
        if len(found) > 1:
            names = "；".join(f"{file.file}（{file.sha256[:DIGEST_CHARACTERS]}）" for file in found)
            raise UsageError(f"“{word}”不止一个：{names}。请写 SHA-256 的前几位指明是哪一个。")
        (file,) = found
        if isinstance(file, Submission) and file.same_as is not None:
            return self._by_id[file.same_as]
        return file

    def _named(self, word: str) -> Sequence[File]:
        path = Path(word)
        if path.is_file() and (by_bytes := self._by_digest.get(sha256(read_file(path)))):
            return by_bytes
        is_digest = len(word) >= DIGEST_CHARACTERS and set(word) <= set("0123456789abcdef")
        return self._by_name.get(word) or [file for file in self._files if is_digest and file.sha256.startswith(word)]

    def counting(self, project_code: str) -> File | None:
        """What counts for a project of which nothing was merged; None where the word is no such code."""
        counting = (one for one in self._files if isinstance(one, Submission) and one.is_current and not one.is_merged)
        return next((one for one in counting if one.project_code == project_code), None)

    def is_taken_back(self, file: File) -> bool:
        """Whether it counts nowhere by an act of the centre."""
        return file.is_taken_back if isinstance(file, Submission) else file.id not in self._open


def _counting(book: Ledger, file: File) -> str | None:
    """The name of what counts now for the project of a file."""
    counting = book.counting_instead(file) if isinstance(file, Submission) else None
    return counting and counting.file


def _merge_parts(collection: Collection, ledger: Ledger, files: Iterable[File]) -> None:
    """Where a part has changed: what may be merged of the parts that count now."""
    if any(isinstance(file, Submission) and file.part != "whole" for file in files):
        import_files(collection, [], ledger)
