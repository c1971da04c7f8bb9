"""`publish`: the documents, the volume and the list, written into 公开/; or a document that is there compared with the ledger."""

from collections.abc import Collection as Some
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from workbook_builder.centre.publish.choosing import Chosen, Publication, check_codes, chosen
from workbook_builder.centre.publish.comparing import Compared, compare, to_json
from workbook_builder.centre.publish.computed import Computed
from workbook_builder.centre.publish.concerns import Concern, concerns
from workbook_builder.centre.publish.kept import Kept
from workbook_builder.centre.publish.listed import Entry, index_page, index_workbook
from workbook_builder.centre.publish.printed_form import FormPrinter
from workbook_builder.centre.publish.word_document import Writer
from workbook_builder.centre.publish.word_reading import lines_in
from workbook_builder.centre.publish.word_template import load_word_template
from workbook_builder.collection.folder import DRAFTS, ORIGINALS, PUBLISH_TEMPLATE_FILE, PUBLISHED, Collection
from workbook_builder.errors import UsageError
from workbook_builder.files import file_name, read_file
from workbook_builder.form.template_looks import looks_of
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.counting import NO_ORIGINAL, LeftOut
from workbook_builder.ledger.publicity import publicity_of
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.standing import Standing
from workbook_builder.ooxml.foreign.office import program, turned_into
from workbook_builder.progress import Progress, untold
from workbook_builder.resources import packaged_publish_template

VOLUME, INDEX, PAGE = "公开汇编", "公开目录.xlsx", "公开目录.html"
NO_OFFICE = "没有生成 PDF：本机没有 LibreOffice（PATH 中没有 soffice）。需要时请用 Word 或 WPS 另存为 PDF。"
NOT_TURNED = "没有生成 PDF：LibreOffice 没有转成（可能没有安装 Writer 组件）。需要时请用 Word 或 WPS 另存为 PDF。"


class Published(NamedTuple):
    """What `publish` did."""

    folder: Path
    written: tuple[Path, ...]  # anew or for the first time
    unchanged: tuple[Path, ...]
    removed: tuple[Path, ...]  # of an earlier run, of what is not published any more
    published: tuple[Publication, ...]
    left_out: tuple[LeftOut, ...]
    concerns: tuple[Concern, ...]
    is_stopped: bool = False  # by --strict
    no_pdf: str | None = None  # why, a Chinese sentence

    @property
    def exit_code(self) -> int:
        """1 where nothing was published, or --strict stopped."""
        return 1 if self.is_stopped or not self.published else 0

    def to_json(self) -> dict[str, Any]:
        """The document of `publish --json`."""
        return {
            "folder": str(self.folder),
            "written": [str(path) for path in self.written],
            "unchanged": [str(path) for path in self.unchanged],
            "removed": [str(path) for path in self.removed],
            "published": [
                {
                    "project_code": one.project_code,
                    "project_name": one.project_name,
                    "unit_name": one.unit_name,
                    "has_narrative": one.has_narrative,
                    "withheld": list(one.withheld),
                }
                for one in self.published
            ],
            "left_out": [entry._asdict() for entry in self.left_out],
            "concerns": [concern._asdict() for concern in self.concerns],
            "stopped": self.is_stopped,
            "no_pdf": self.no_pdf,
        }


class Check(NamedTuple):
    """What `publish --check` found."""

    file: str
    compared: Compared
    unfit: tuple[LeftOut, ...]  # projects that the document names and that may not be published now

    @property
    def exit_code(self) -> int:
        """1 where the document is not what would be published now."""
        is_as_it_should_be = self.compared.projects and not self.compared.differences and not self.unfit
        return 0 if is_as_it_should_be else 1

    def to_json(self) -> dict[str, Any]:
        """The document of `publish --check --json`."""
        return {
            "file": self.file,
            "projects": list(self.compared.projects),
            "differences": [to_json(one) for one in self.compared.differences],
            "not_to_be_published": [one._asdict() for one in self.unfit],
        }


class _Press:
    """What publishing needs of a collection."""

    def __init__(self, collection: Collection, ledger: Ledger):
        self._collection = collection
        self.desk = Desk(collection)
        self.standing = Standing(collection, self.desk, ledger)
        self.form = self.desk.form

    def writer(self, *, is_draft: bool) -> Writer:
        """Raises ContentError where 公开模板.docx has mistakes."""
        own = self._collection.folder / PUBLISH_TEMPLATE_FILE
        data = read_file(own) if own.is_file() else packaged_publish_template()
        word = load_word_template(data, PUBLISH_TEMPLATE_FILE, self.form)
        template, settings = self.desk.template_of(None), self.standing.roster.settings
        fixed = {"fiscal_year": str(settings.fiscal_year), "round": settings.round}
        looks = looks_of(template, self.form.form_sheet)
        printer = FormPrinter(self.form, looks, Computed(template, self.desk.catalogue), fixed, word.unit)
        return Writer(word, printer, fixed, is_draft)

    def chosen(self, *, is_draft: bool) -> Chosen:
        """Raises ContentError where the roster has mistakes."""
        return chosen(self.standing, publicity_of(self._collection, self.standing.roster), is_draft=is_draft)

    @cached_property
    def title(self) -> str:
        """Of the list."""
        return f"{self.standing.roster.settings.fiscal_year}年度财政项目支出绩效目标公开目录"


class Wish(NamedTuple):
    """What is to be published, and how."""

    codes: Some[str] = ()  # of root projects, whose documents alone are written; all, a volume and a list without any
    output: Path | None = None  # the folder; 公开/ or 征求意见稿/ of the collection unless given
    is_draft: bool = False  # also what no review has passed, each page marked
    is_strict: bool = False  # nothing where something would embarrass


EVERYTHING = Wish()


def publish(collection: Collection, ledger: Ledger, wish: Wish = EVERYTHING, progress: Progress = untold) -> Published:
    """Writes the documents of the projects that may be published, their volume and list.

    Raises ContentError where the roster or 公开模板.docx has mistakes, UsageError where a code is unknown, a file in the
    way was changed by hand, or the archive has lost what came in: nothing is written or removed then.
    """
    codes = wish.codes
    press = _Press(collection, ledger)
    folder = wish.output or collection.folder / (DRAFTS if wish.is_draft else PUBLISHED)
    writer = press.writer(is_draft=wish.is_draft)
    every = press.chosen(is_draft=wish.is_draft)
    names = dict(zip((one.project_code for one in every.published), _names(every.published), strict=True))
    wanted = _of_codes(every, codes, press.standing)
    _check_originals(collection, wanted)
    found = tuple(concerns(wanted.published, press.form))
    done = Published(folder, (), (), (), wanted.published, wanted.left_out, found)
    if wish.is_strict and found:
        return done._replace(is_stopped=True)
    with collection.publishing():
        kept = Kept(collection, folder)
        texts = dict(_texts(writer, wanted.published, names, progress, has_volume=not codes))
        files, no_pdf = _with_pdfs(texts, kept)
        if not codes and wanted.published:
            files |= _lists(press.title, wanted.published, names, files)
        kept.check(files)
        removed = () if codes else kept.remove_others(files)
        written, unchanged = kept.write(files)
    return done._replace(written=written, unchanged=unchanged, removed=removed, no_pdf=no_pdf)


def _check_originals(collection: Collection, wanted: Chosen) -> None:
    """What was published before is not withdrawn because somebody has emptied the archive."""
    if lost := [one.project_code for one in wanted.left_out if one.why == NO_ORIGINAL]:
        raise UsageError(
            f"“{collection.archive / ORIGINALS}”中缺少 {len(lost)} 个项目交回的原件：{'、'.join(lost)}。"
            "没有写出、也没有删去任何文件。请用备份恢复，或把交回的文件再 import 一次。"
        )


def check_published(collection: Collection, ledger: Ledger, path: Path, codes: Some[str] = ()) -> Check:
    """Compares a published document with what the ledger says now. codes: of the projects that it may be about, or all.

    Raises UnreadableError where it is no Word file.
    """
    press = _Press(collection, ledger)
    data = read_file(path)
    every = _of_codes(press.chosen(is_draft=True), codes, press.standing)
    compared = compare(data, path.name, press.writer(is_draft=False), every.published)
    return Check(str(path), compared, tuple(_unfit(data, path.name, every.left_out)))


def _unfit(data: bytes, file: str, left_out: Sequence[LeftOut]) -> Iterator[LeftOut]:
    said = {cell for line in lines_in(data, file) for cell in line.cells}
    return (one for one in left_out if one.project_name and one.project_name in said)


def _of_codes(every: Chosen, codes: Some[str], standing: Standing) -> Chosen:
    check_codes(codes, every, standing.roster)
    if not codes:
        return every
    wanted = frozenset(codes)
    return Chosen(
        tuple(one for one in every.published if one.project_code in wanted),
        tuple(one for one in every.left_out if one.project_code in wanted),
    )


def _names(published: Sequence[Publication]) -> Iterator[str]:
    """A file name for each project, without its suffix, unlike the others whatever the case; never a code."""
    taken = {VOLUME.casefold()}
    last: dict[str, int] = {}  # number of projects of one name: hundreds may have it
    for one in published:
        name = plain = file_name(one.project_name)
        number = last.get(plain.casefold(), 1)
        while name.casefold() in taken:
            number += 1
            name = f"{plain}_{number}"
        last[plain.casefold()] = number
        taken.add(name.casefold())
        yield name


def _texts(
    writer: Writer, published: Sequence[Publication], names: Mapping[str, str], progress: Progress, *, has_volume: bool
) -> Iterator[tuple[str, bytes]]:
    """The Word files by name."""
    for number, one in enumerate(published):
        progress(number, len(published))
        yield f"{names[one.project_code]}.docx", writer.document(one)
    if has_volume and published:
        yield f"{VOLUME}.docx", writer.volume(published)
    progress(len(published), len(published))


def _with_pdfs(texts: Mapping[str, bytes], kept: Kept) -> tuple[dict[str, bytes], str | None]:
    """The same with a PDF of each, where LibreOffice is at hand; one that was made of the same document stays."""
    if program() is None:
        return dict(texts), NO_OFFICE if texts else None
    asked = {name: data for name, data in texts.items() if not kept.is_made(name, data, _pdf(name))}
    plain = {f"{number}.docx": data for number, data in enumerate(asked.values())}
    made = dict(zip(asked, turned_into("pdf", plain), strict=True))
    files = dict(texts)
    for name in texts:
        data = made.get(name) or (None if name in asked else kept.data(_pdf(name)))
        if data is not None:
            files[_pdf(name)] = data
    return files, NOT_TURNED if any(data is None for data in made.values()) else None


def _pdf(name: str) -> str:
    return f"{name.removesuffix('.docx')}.pdf"


def _lists(
    title: str, published: Sequence[Publication], names: Mapping[str, str], files: Mapping[str, bytes]
) -> dict[str, bytes]:
    entries = []
    for one in published:
        document = f"{names[one.project_code]}.docx"
        entries.append(Entry(one, document, _pdf(document) if _pdf(document) in files else None))
    volume = [name for name in (f"{VOLUME}.docx", f"{VOLUME}.pdf") if name in files]
    return {INDEX: index_workbook(title, entries), PAGE: index_page(title, entries, volume)}
