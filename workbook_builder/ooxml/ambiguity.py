"""What a sheet's XML says more than once: programs differ in which of two they show, so neither is believed."""

from collections.abc import Iterator, Sequence

from lxml import etree

from workbook_builder.ooxml.package import local_name

CONTENT = frozenset(("row", "c", "v"))


class Twice:
    """Gathers the places of one sheet that the file fills more than once, in order; a whole row has column 0."""

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], None] = {}
        self._data: etree._Element | None = None
        self._rows: set[int] = set()
        self._seen: set[tuple[int, int]] = set()

    def see_row(self, row: etree._Element, number: int, cell_tag: str) -> None:
        """A row that is there already, that lies elsewhere than in the one sheetData, or that hides cells."""
        data = row.getparent()
        self._data = data if self._data is None else self._data
        is_misplaced = data is None or data is not self._data or local_name(str(data.tag)) != "sheetData"
        hides = any(child.tag != cell_tag and any(_content_in(child)) for child in row)
        if is_misplaced or number in self._rows or hides:
            self.cells[number, 0] = None
        self._rows.add(number)

    def see_cell(
        self, children: Sequence[etree._Element], position: tuple[int, int], row: int, usual: frozenset[str]
    ) -> None:
        """A cell that is there already, on another row than its own, or with more than one value.

        children: of the cell; usual: the tags that a cell holds by the standard.
        """
        tags = [child.tag for child in children]
        hides = not usual.issuperset(tags) and any(
            child.tag not in usual and any(_content_in(child)) for child in children
        )
        if position in self._seen or position[0] != row or len(tags) > len(set(tags)) or hides:
            self.cells[position] = None
        self._seen.add(position)


def _content_in(element: etree._Element) -> Iterator[bool]:
    return (True for inner in element.iter() if local_name(str(inner.tag)) in CONTENT)
