"""What keeps rules from being compiled that others wrote: they came with a package, which anybody may have put together.

Their formulas go into the return copies that we write, so they read nothing but keys of the form.
"""

from collections.abc import Iterator

from workbook_builder.form.dialect import problems, references
from workbook_builder.form.rules import REFERENCE, Catalogue, read_catalogue

ANY_CELL = "XFD1048576"  # stands for a key


class BrokenRulesError(ValueError):
    """Rules cannot be used; the words are a Chinese clause."""


def read_foreign_catalogue(data: bytes) -> Catalogue:
    """Reads a catalogue that nobody vouches for, such as a package's. Raises BrokenRulesError."""
    try:
        catalogue = read_catalogue(data.decode())
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BrokenRulesError("下发时用的规则无法读取") from error
    for name, formula in _formulas(catalogue):
        if not _is_sound(formula):
            raise BrokenRulesError(f"下发时用的规则中，“{name}”的公式有误，无法计算")
    return catalogue


def _formulas(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Every formula, and whose it is."""
    for rule in catalogue.rules:
        yield from ((rule.id, text) for text in (rule.fails_when, rule.found, rule.expected) if text is not None)
    yield from (("、".join(link.keys), link.formula) for link in catalogue.links)
    yield from ((note.at, note.text) for note in catalogue.notes)


def _is_sound(formula: str) -> bool:
    """Whether it is of the dialect and refers to keys only: a cell may be that of another file."""
    with_cells = REFERENCE.sub(ANY_CELL, formula)
    return not problems(with_cells, is_guarded=True) and references(with_cells) <= {ANY_CELL}
