"""新建任务: an empty collection, its roster waiting to be filled in."""

from pathlib import Path

from workbook_builder.collection.folder import TEMPLATE, Collection, new_collection
from workbook_builder.collection.roster import offered_by
from workbook_builder.collection.roster_writing import new_roster
from workbook_builder.files import read_file
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.form.template_reading import load_template
from workbook_builder.resources import packaged_template


def new_task(folder: Path, year: int, template: Path | None = None) -> Collection:
    """Makes the collection of a year in `folder`, with the packaged template unless another is given.

    Raises UsageError where the folder already holds one, ContentError where the template has mistakes.
    """
    data, catalogue = read_file(template) if template else packaged_template(), packaged_catalogue()
    form = load_template(data, template.name if template else TEMPLATE, catalogue).form
    new_collection(folder, new_roster(year, offered_by(form, catalogue)), data)
    return Collection(folder)
