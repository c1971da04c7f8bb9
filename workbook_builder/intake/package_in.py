"""A package from below: verified as a whole, each workbook judged by what it was issued with, and only then taken in."""

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from workbook_builder.collection.folder import Collection, sha256
from workbook_builder.errors import UserError
from workbook_builder.findings import Finding, file_refused
from workbook_builder.form.model import MONEY_LINES, Form
from workbook_builder.form.rules_mistakes import BrokenRulesError
from workbook_builder.intake.arrivals import Parcel, Source
from workbook_builder.intake.manifest import (
    MANIFEST,
    RULES_PREFIX,
    SUMMARY,
    BrokenManifestError,
    Manifest,
    Sent,
    manifest_mistakes,
    read_manifest,
)
from workbook_builder.judge.archive import Received
from workbook_builder.judge.batch import Bench, Job
from workbook_builder.judge.check import OTHERS_GO_ON, Checked
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.recording import Ledger
from workbook_builder.progress import Progress, untold
from workbook_builder.rule_ids import FILE_PACKAGE_ALTERED, FILE_PACKAGE_UNFIT
from workbook_builder.values.numbers import amount_text

ADVICE = {FILE_PACKAGE_ALTERED: "请对方核对后重新发送报送包", FILE_PACKAGE_UNFIT: "请核对是否导入了对的任务"}
OF_ANOTHER_UNIT = (
    "；是同一个项目的，请在本级名册中删去它（项目由报送包带来），或把它的单位编码改为“{theirs}”，再导入；"
    "不是同一个项目的，请下级换一个项目编码"
)
FIRST_MISTAKES = 20  # of a package that was changed in many places


class Member(NamedTuple):
    """One workbook of a package."""

    sent: Sent
    source: Source
    checked: Checked


class Delivery(NamedTuple):
    """A package that is what its manifest says, before anything of it is recorded."""

    name: str
    manifest: Manifest
    members: tuple[Member, ...]
    templates: tuple[bytes, ...]
    rules: tuple[bytes, ...]


class Delivered(NamedTuple):
    """What became of a package in the ledger."""

    name: str
    code: str  # 校验码
    projects: int
    totals: Mapping[str, Decimal]  # of the manifest: money line -> yuan
    disagreements: tuple[str, ...]  # sentences: what the ledger says otherwise
    dropped: tuple[str, ...] = ()  # codes of projects that the sender's last package held and this one does not
    reviewed: int = 0  # projects on which a lower level has decided

    def to_json(self) -> dict[str, Any]:
        """An entry of `import --json`'s packages."""
        return {
            **self._asdict(),
            "totals": {key: amount_text(amount) for key, amount in self.totals.items()},
            "disagreements": list(self.disagreements),
            "dropped": list(self.dropped),
        }


def is_package(parcel: Parcel) -> bool:
    """Whether an archive is a package, a cut one included; any other archive of workbooks has neither part."""
    names = [parcel.member(source) for source in parcel.sources if source.name != parcel.name]
    return any(posixpath.basename(name) == MANIFEST or RULES_PREFIX in f"/{name}" for name in names)


def opened_package(
    parcel: Parcel,
    collection: Collection,
    ledger: Ledger,
    progress: Progress = untold,
    passwords: Sequence[str] = (),
    bench: Bench | None = None,
) -> Delivery | tuple[Finding, ...]:
    """Verifies and judges everything in a package and writes nothing; findings where it is not to be taken in.

    passwords: to try where a workbook in it is encrypted. bench: where its workbooks are judged; None: here.
    """
    desk = Desk(collection, passwords)
    try:
        return _Opening(parcel, desk, bench or Bench(desk), collection, ledger).delivery(progress)
    except _RefusedError as error:
        return tuple(_finding(parcel.name, error.rule, clause) for clause in error.clauses[:FIRST_MISTAKES])
    except BrokenRulesError as error:
        return (_finding(parcel.name, FILE_PACKAGE_ALTERED, str(error)),)
    except UserError as error:
        return (_finding(parcel.name, FILE_PACKAGE_ALTERED, str(error).rstrip("。")),)


def _finding(name: str, rule: str, clause: str) -> Finding:
    advice = "" if "请" in clause else f"，{ADVICE[rule]}"
    return file_refused(rule, name, f"{clause}。没有导入其中任何内容{advice}")


class _RefusedError(Exception):
    """A package is not taken in; clauses are Chinese, without a full stop."""

    def __init__(self, rule: str, *clauses: str):
        super().__init__(*clauses)
        self.rule, self.clauses = rule, clauses


class _Opening:
    """One package on its way in."""

    def __init__(self, parcel: Parcel, desk: Desk, bench: Bench, collection: Collection, ledger: Ledger):
        self._parcel, self._collection, self._ledger, self._desk = parcel, collection, ledger, desk
        self._bench = bench
        self._sources = self._by_name()
        self._labels = labels_of(self._desk.form)

    def _by_name(self) -> dict[str, Source]:
        """The members by the names that the manifest uses: a package may have been packed again, in a folder."""
        named = [(self._parcel.member(source), source) for source in self._parcel.sources]
        top = next((name.removesuffix(MANIFEST) for name, _ in named if posixpath.basename(name) == MANIFEST), "")
        sources = {name.removeprefix(top): source for name, source in named}
        if MANIFEST not in sources:
            raise _RefusedError(FILE_PACKAGE_ALTERED, f"报送包中没有 {MANIFEST}，不完整")
        if len(sources) < len(named):
            raise _RefusedError(FILE_PACKAGE_ALTERED, "报送包中有重名的文件")
        return sources

    def delivery(self, progress: Progress) -> Delivery:
        try:
            manifest = read_manifest(self._sources[MANIFEST].read())
        except BrokenManifestError as error:
            raise _RefusedError(FILE_PACKAGE_ALTERED, str(error)) from error
        _refuse(self._unfit(manifest), FILE_PACKAGE_UNFIT)
        _refuse(self._altered(manifest), FILE_PACKAGE_ALTERED)
        _refuse(manifest_mistakes(manifest, self._labels), FILE_PACKAGE_ALTERED)
        templates = self._archived({issue.template_sha256 for issue in manifest.issues}, manifest)
        rules = self._archived({issue.rules_sha256 for issue in manifest.issues} - {""}, manifest)
        self._desk.receive(Received(manifest.issues, templates, rules))
        members = tuple(self._members(manifest, progress))
        _refuse((clause for member in members for clause in _otherwise(member, self._labels)), FILE_PACKAGE_ALTERED)
        return Delivery(self._parcel.name, manifest, members, templates, rules)

    def _unfit(self, manifest: Manifest) -> Iterator[str]:
        settings, form = self._desk.roster.settings, self._desk.form
        if manifest.form_id != form.form_id:
            yield f"报送包的表单是“{manifest.form_id}”，本任务的是“{form.form_id}”"
        if manifest.fiscal_year != settings.fiscal_year:
            yield f"报送包是 {manifest.fiscal_year} 年度的，本任务是 {settings.fiscal_year} 年度"
        if manifest.round != settings.round:
            yield f"报送包是“{manifest.round}”的，本任务是“{settings.round}”"
        yield from self._of_other_units(manifest)
        own, received = self._collection.issues(), self._collection.received_issues()
        for issue in manifest.issues:
            known = own.get(issue.issue_id) or received.get(issue.issue_id)
            if known is not None and known._replace(file="") != issue._replace(file=""):
                yield f"下发编号“{issue.issue_id}”在本任务的档案中已有另一份记录"

    def _of_other_units(self, manifest: Manifest) -> Iterator[str]:
        """Projects whose codes are taken here: by the roster, which can be changed, or by what came from elsewhere."""
        form_id, fiscal_year = self._desk.form.form_id, self._desk.roster.settings.fiscal_year
        here = {project.project_code: project.unit_code for project in self._desk.roster.projects}
        came = {one.project_code: one.unit_code for one in self._ledger.current(form_id, fiscal_year)}
        units: dict[str, str | None] = {**came, **here}
        for sent in manifest.sent:
            code, theirs = sent.project_code, sent.unit_code
            if (unit := units.get(code, theirs)) != theirs:
                advice = OF_ANOTHER_UNIT.format(theirs=theirs) if code in here else ""
                yield f"项目编码“{code}”已用于单位“{unit}”的项目，报送包中是单位“{theirs}”的{advice}"

    def _altered(self, manifest: Manifest) -> Iterator[str]:
        for name, digest in manifest.files.items():
            if name not in self._sources:
                yield f"缺少“{name}”"
            elif sha256(self._sources[name].read()) != digest:
                yield f"“{name}”与清单记载的不同，可能被替换或改动过"
        told = {*manifest.files, MANIFEST}
        yield from (f"“{name}”不在清单中" for name in self._sources if name not in told)

    def _archived(self, wanted: Iterable[str], manifest: Manifest) -> tuple[bytes, ...]:
        """The templates or rules with these hashes, in the order of the package."""
        names = {digest: name for name, digest in manifest.files.items() if name != SUMMARY}
        missing = sorted(digest for digest in wanted if digest not in names)
        _refuse((f"缺少下发时用的模板或规则（{digest[:12]}）" for digest in missing), FILE_PACKAGE_ALTERED)
        return tuple(self._sources[names[digest]].read() for digest in sorted(wanted))

    def _members(self, manifest: Manifest, progress: Progress) -> Iterator[Member]:
        begun = (self._begun(sent) for sent in manifest.sent)
        for number, ((sent, source), checked) in enumerate(self._bench.judged(begun, self._desk), start=1):
            if checked:
                yield Member(sent, source, checked)
            progress(number, len(manifest.sent))

    def _begun(self, sent: Sent) -> tuple[tuple[Sent, Source], Job]:
        source = self._sources[sent.file]
        return (sent, source), Job(source.name, source.read())


def _refuse(clauses: Iterable[str], rule: str) -> None:
    if reasons := tuple(clauses):
        raise _RefusedError(rule, *reasons)


def _otherwise(member: Member, labels: Mapping[str, str]) -> Iterator[str]:
    """What a workbook says otherwise than the manifest."""
    sent, checked = member.sent, member.checked
    identity, declaration = checked.identity, checked.declaration
    if identity is None or declaration is None:
        why = checked.findings[0].message.replace(OTHERS_GO_ON, "").rstrip("。")
        yield f"“{sent.file}”不是可以读取的申报：{why}"
        return
    own_words = (identity.unit_code, identity.project_code, identity.issue_ids)
    if own_words != (sent.unit_code, sent.project_code, sent.issue_ids):
        yield f"“{sent.file}”是项目“{identity.project_code}”的申报，清单记为项目“{sent.project_code}”"
    amounts = {key: value for key in MONEY_LINES if isinstance(value := declaration.values.get(key), Decimal)}
    for key in MONEY_LINES:
        if amounts.get(key) != sent.amounts.get(key):
            now, then = (amount_text(lines[key]) if key in lines else "空" for lines in (amounts, sent.amounts))
            yield f"项目“{sent.project_code}”的“{labels.get(key, key)}”在工作簿中是 {now}，清单记为 {then}"


def labels_of(form: Form) -> dict[str, str]:
    """What the form prints for each money line."""
    return {key: form.fields[key].label for key in MONEY_LINES if key in form.fields}


def delivered(delivery: Delivery, ledger: Ledger, labels: Mapping[str, str]) -> Delivered:
    """The ledger, after everything was recorded, beside the manifest."""
    manifest = delivery.manifest
    lines: dict[str, dict[str, Decimal]] = {}
    files: dict[str, str] = {}
    for line in ledger.money(manifest.form_id, manifest.fiscal_year):
        lines.setdefault(line.project_code, {})[line.key] = line.amount_yuan
        files[line.project_code] = line.sha256
    told = (*_other_files(manifest, files), *_other_sums(manifest, lines, labels))
    reviewed = sum(bool(sent.reviews) for sent in manifest.sent)
    return Delivered(delivery.name, manifest.code, len(manifest.sent), manifest.totals, told, reviewed=reviewed)


def _other_files(manifest: Manifest, files: Mapping[str, str]) -> Iterator[str]:
    for sent in manifest.sent:
        if sent.project_code not in files:
            yield f"项目“{sent.project_code}”在台账中没有计入；撤回过的，请用 take-back --undo 恢复。"
        elif files[sent.project_code] != sent.sha256:
            yield f"项目“{sent.project_code}”在台账中计入的是另一份申报，不是报送包中的这一份。"


def _other_sums(
    manifest: Manifest, lines: Mapping[str, Mapping[str, Decimal]], labels: Mapping[str, str]
) -> Iterator[str]:
    for key, amount in manifest.totals.items():
        ours = sum((lines.get(sent.project_code, {}).get(key, Decimal(0)) for sent in manifest.sent), Decimal("0.00"))
        if ours != amount:
            yield f"“{labels.get(key, key)}”的合计在台账中是 {amount_text(ours)} 元，清单记为 {amount_text(amount)} 元。"
