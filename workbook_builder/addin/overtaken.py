"""生成下发 where the roster has overtaken what was accepted: lists it, and goes on where the person says so."""

import getpass
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from workbook_builder.addin.answers import Answer, Ask, Table
from workbook_builder.centre.overtaken import accepted, keeping
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import Generated, generate
from workbook_builder.collection.invalidating import Invalidated
from workbook_builder.form.declaration import as_printed
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.ledger.recording import Ledger
from workbook_builder.progress import Progress

GO_ON = "go_on"  # the answer whether to go on
COLUMNS = {"项目编码": 16.0, "项目名称": 26.0, "单位编码": 12.0, "年度资金（元）": 18.0, "文件": 30.0, "说明": 90.0}


class Asked(Exception):  # noqa: N818 - no error: the way out of a run that has to ask first
    """Ends a run before anything is written; answer: what is shown then."""

    def __init__(self, answer: Answer):
        super().__init__()
        self.answer = answer


def generated(collection: Collection, progress: Progress, *, is_agreed: bool) -> Generated:
    """Sends out; is_agreed: the person was asked and said yes. Raises Asked, and as `generate`."""

    def ask(overtaken: Sequence[Invalidated], new: Sequence[Invalidated]) -> None:
        if new and not is_agreed:
            raise Asked([_listed(overtaken), Ask(GO_ON, "yes", _prompt(new))])

    with _ledger_if_any(collection) as ledger:
        return generate(
            collection,
            packaged_catalogue(),
            progress=progress,
            counted=accepted(collection, ledger),
            before=keeping(collection, ledger, getpass.getuser(), ask),
        )


def _prompt(new: Sequence[Invalidated]) -> str:
    again = sum(one.kind == "changed" for one in new)
    return f"名册的改动涉及已接收的申报：要重新填报 {again} 份，不再计入 {len(new) - again} 份，见表。继续下发吗？"


def _listed(overtaken: Sequence[Invalidated]) -> Table:
    rows = [
        (one.project_code, one.project_name, one.unit_code, as_printed(one.annual_funds) or "", one.file, one.sentence)
        for one in overtaken
    ]
    return Table("名册改动", COLUMNS, rows, {})


@contextmanager
def _ledger_if_any(collection: Collection) -> Iterator[Ledger | None]:
    if not collection.ledger.is_file() and not collection.has_lost_its_ledger():
        yield None
        return
    with closing(Ledger.own(collection)) as ledger:
        yield ledger
