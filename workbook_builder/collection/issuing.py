"""Workbooks on their way out: stamped here, in children or elsewhere; recorded and written here, in one order."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future
from contextlib import suppress
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from pebble import ProcessExpired

from workbook_builder.blank.blank import Blank, blank_of
from workbook_builder.blank.plate import Plate, Stamping, ready, stamped
from workbook_builder.collection.folder import Collection, sha256
from workbook_builder.collection.orders import Order
from workbook_builder.collection.records import Issue
from workbook_builder.collection.roster import Deadlines, Settings
from workbook_builder.errors import InterruptedRun
from workbook_builder.executors import Crew, Shared, WorkersDiedError, batched, in_order
from workbook_builder.files import write_files
from workbook_builder.form.meta_cell import Identity, shape_text, to_text
from workbook_builder.form.model import full_key
from workbook_builder.form.rules import Catalogue
from workbook_builder.form.template_reading import Template
from workbook_builder.ooxml.password import Lock
from workbook_builder.progress import Progress

AT_ONCE = 50  # workbooks made before they are recorded and written: what a failure can leave recorded and unwritten
FEW_FORMS = 1000  # of projects and sub-projects, that children do not stamp sooner: they take a second to begin
FORMS_A_TASK = 36  # with each task goes all that a blank is made of


class Making(NamedTuple):
    """What workbooks are made with."""

    collection: Collection
    template: Template
    catalogue: Catalogue
    lock: Lock
    issued_at: str  # UTC
    settings: Settings
    deadlines: Deadlines
    template_sha256: str

    def blank(self, order: Order) -> Blank:
        """What its workbook is stamped from, kept for when it comes back."""
        blank = blank_of(self.template, order.identity.shape, self.catalogue)
        self.collection.keep_blank(blank.digest, lambda: blank.as_kept)
        return blank

    def stamping(self, order: Order, blank: Blank) -> Stamping:
        """What its workbook is stamped with; from now on it has an issue id."""
        identity = order.identity._replace(issue_id=secrets.token_hex(6), blank=blank.digest)
        values = {
            **notices_for(self.settings, self.deadlines.of(identity.unit_code)),
            **_ceiling(order),
            **order.suggested.values,
            **order.values,
        }
        return Stamping(identity, values, self.lock, hides_spare_rows=identity.shape.is_decided)

    def issue(self, order: Order, identity: Identity, data: bytes) -> Issue:
        """The record of its workbook."""
        return Issue(
            identity.issue_id,
            identity.declared_code,
            identity.unit_code,
            order.path.relative_to(self.collection.folder).as_posix(),
            sha256(data),
            self.template_sha256,
            order.fingerprint,
            order.values,
            self.catalogue.sha256,
            self.issued_at,
            identity.shape.part,
            to_text(identity),
        )


def notices_for(settings: Settings, deadline: date | None) -> dict[str, str]:
    """What a unit with this deadline is told. No part of what is compared: one that moves sends nothing out again."""
    return {
        "deadline": deadline_words(deadline),
        "contact": settings.contact or "财政部门",
        "contact_phone": settings.phone or "见通知",
    }


def deadline_words(deadline: date | None) -> str:
    """As a unit reads it."""
    return f"{deadline:%Y-%m-%d}" if deadline else "以通知为准"


def _ceiling(order: Order) -> dict[str, str]:
    """Of the project that is declared there."""
    number = 0 if order.identity.shape.part == "sub_project" else None
    ceiling = order.values.get(full_key(number, "budget_ceiling"))
    return {"ceiling": f"{ceiling:,} 元" if isinstance(ceiling, Decimal) else "没有下达"}


class _Some(NamedTuple):
    """Workbooks of one shape that are being stamped."""

    orders: Sequence[Order]
    stampings: Sequence[Stamping]
    blank: Blank
    future: "Future[list[bytes]] | None"  # None: to be stamped here

    @property
    def is_done(self) -> bool:
        return self.future is None or self.future.done()

    @property
    def data(self) -> list[bytes]:
        """The workbooks, wherever they are stamped; whatever becomes of whoever was to do it, they are."""
        with suppress(BrokenExecutor, MemoryError, ProcessExpired, TimeoutError, WorkersDiedError):
            if self.future:
                return self.future.result()
        return [one.on(self.blank) for one in self.stampings]


class Press:
    """Stamps the workbooks of one run, in the order given."""

    def __init__(self, making: Making, crew: Crew):
        self._making, self._crew = making, crew
        self._plate: Plate | None = None  # the last, for it takes a while to pack

    def made(self, orders: Iterable[Order]) -> Iterator[tuple[Issue, bytes]]:
        """Each workbook with its record. Each shape is compiled once, here, whoever stamps."""
        begun = (self._begun(some) for some in self._together(orders))
        for some in in_order(begun, lambda: self._crew.ahead):
            for order, stamping, data in zip(some.orders, some.stampings, some.data, strict=True):
                yield self._making.issue(order, stamping.identity, data), data

    def _together(self, orders: Iterable[Order]) -> Iterator[Sequence[Order]]:
        """Some of one shape each; where nobody else stamps, one."""
        for shape, alike in groupby(orders, key=lambda order: order.identity.shape):
            count = FORMS_A_TASK // (1 + len(shape.sub_projects))
            yield from batched(alike, 1 if self._crew.is_empty else max(1, count))

    def _begun(self, orders: Sequence[Order]) -> _Some:
        blank = self._making.blank(orders[0])
        stampings = [self._making.stamping(order, blank) for order in orders]
        if self._crew.is_empty:
            return _Some(orders, stampings, blank, None)
        if self._plate is None or self._plate.digest != blank.digest:
            self._plate = Plate.of(blank, self._making.template.form)
        return _Some(orders, stampings, blank, self._crew.submit(stamped, self._shared(self._plate), stampings))

    @staticmethod
    def _shared(plate: Plate) -> Shared:
        return Shared(plate.digest, lambda: plate, lambda: plate)


def is_worth_children(forms: int) -> bool:
    """Whether so many forms are stamped sooner by children, whom it takes a while to begin."""
    return forms > FEW_FORMS


def issue_all(making: Making, orders: Sequence[Order], progress: Progress, crew: Crew) -> None:
    """Makes, records and writes the workbooks, some at once.

    crew: who stamps; where it is nobody, children where they are worth it. Raises InterruptedRun with what was done.
    """
    by_shape = sorted(orders, key=lambda order: shape_text(order.identity.shape))  # each shape is compiled only once
    written, total = 0, len(by_shape)
    if crew.is_empty and is_worth_children(sum(1 + len(order.identity.sub_projects) for order in by_shape)):
        crew.hire(ready)
    try:
        for some in batched(_told(Press(making, crew).made(by_shape), progress, total), AT_ONCE):
            # The record first: a workbook without one could not be judged when it comes back.
            making.collection.record([issue for issue, _ in some], making.template.data, making.catalogue.text)
            write_files({making.collection.folder / issue.file: data for issue, data in some})
            written += len(some)
    except KeyboardInterrupt as error:
        raise InterruptedRun(f"已生成 {written} 个工作簿，还有 {total - written} 个没有生成。") from error
    progress(total, total)


def _told(made: Iterable[tuple[Issue, bytes]], progress: Progress, total: int) -> Iterator[tuple[Issue, bytes]]:
    for done, one in enumerate(made):
        progress(done, total)
        yield one
