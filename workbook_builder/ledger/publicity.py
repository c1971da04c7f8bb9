"""Which projects the public may read of, by the roster and by what came with packages from below."""

from workbook_builder.collection.folder import Collection
from workbook_builder.collection.roster import PUBLIC, Roster


def publicity_of(collection: Collection, roster: Roster) -> dict[str, str]:
    """By code of a project or sub-project, one of PUBLICITY: by the roster, else as the newest package that brought it says."""
    said: dict[str, str] = {}
    for receipt in sorted(collection.receipts(), key=lambda one: one.packed_at):
        said |= receipt.publicity
    parts = (part for root in roster.projects for part in (root, *root.sub_projects))
    for part in parts:
        said[part.project_code] = part.publicity or said.get(part.project_code, PUBLIC)
    return said
