"""A copy of what was sent out that nobody has filled in: said in one sentence, and never taken for an answer."""

from pathlib import PurePosixPath

from workbook_builder.cells import EMPTY, Cell
from workbook_builder.findings import Finding, finding_of_file
from workbook_builder.judge.opening import Desk, Opened
from workbook_builder.rule_ids import COLLECTION_NOT_FILLED


def not_filled(opened: Opened, desk: Desk) -> Finding | None:
    """What is said of a workbook whose inputs hold what they were issued with, mostly nothing; None of any other."""
    if opened.identity.submission > 1 or opened.reading.notes:
        return None
    typed = _contents(opened)
    if typed and typed != _issued_contents(opened, desk):
        return None
    advice = "请填写后交回"
    if typed:  # carried from the round or year before: there may be nothing to change
        advice += "，没有要改的也请在“填表说明”表填写填报日期"
    message = f"“{opened.reading.file}”没有填写（与下发时相同），没有采用。{advice}；已交过填好的，以填好的为准。"
    return finding_of_file(COLLECTION_NOT_FILLED, opened.catalogue.severity(COLLECTION_NOT_FILLED), message)


def _contents(opened: Opened) -> dict[str, Cell]:
    """What the inputs hold, by full key."""
    slots = opened.blank.layout.slots
    filled = ((key, cell) for key, cell in opened.located.cells.items() if cell is not EMPTY)
    return {
        key: cell
        for key, cell in filled
        if slots[key].kind == "input" and (cell.formula is not None or _is_written(cell))
    }


def _is_written(cell: Cell) -> bool:
    return bool(cell.value.strip()) if isinstance(cell.value, str) else cell.kind != "empty"


def _issued_contents(opened: Opened, desk: Desk) -> dict[str, Cell] | None:
    """The same of the file that was sent out, with what was carried into it; None where it is not at hand as it was."""
    shape = opened.identity.shape
    has_texts = shape.has_beside or any(form.sections for form in (shape.root, *shape.sub_projects))
    issue = desk.issue(opened.identity)
    if desk.collection is None or issue is None or not has_texts:
        return None
    data = desk.collection.sent_out(issue.file, issue.sha256)
    issued = desk.open(data, PurePosixPath(issue.file).name) if data is not None else None
    return _contents(issued) if isinstance(issued, Opened) else None
