"""Places on a sheet as a file that nobody vouches for writes them: rows, columns, cells, merged areas."""

import re
from functools import lru_cache
from itertools import islice, product
from string import ascii_uppercase

from workbook_builder.cells import MAX_COLUMN, MAX_ROW, column_letters, row_and_column

_WHOLE = re.compile(r"\$?([A-Z]{1,3}):\$?([A-Z]{1,3})|\$?([1-9][0-9]{0,6}):\$?([1-9][0-9]{0,6})")  # columns, or rows
_SURE = re.compile("[A-Z]{1,2}[1-9][0-9]{0,5}")  # on any sheet
_LAST_COLUMN = column_letters(MAX_COLUMN)
_ALL_LETTERS = ("".join(letters) for count in (1, 2, 3) for letters in product(ascii_uppercase, repeat=count))
COLUMNS = {letters: column for column, letters in enumerate(islice(_ALL_LETTERS, MAX_COLUMN), start=1)}


class DamageError(Exception):
    """A Chinese clause that says which damage a sheet has; behind the sheet's name."""


def index(text: str | None, limit: int, what: str) -> int:
    """A number from 1 to limit. Raises DamageError for anything else; what: its name in Chinese."""
    stripped = (text or "").strip()
    if stripped.isascii() and stripped.isdigit() and len(stripped) <= len(str(limit)) and 1 <= int(stripped) <= limit:
        return int(stripped)
    raise DamageError(f"的{what}不在 1 到 {limit} 之间（{stripped[:20]}）")


@lru_cache(maxsize=1 << 12)
def position(address: str) -> tuple[int, int]:
    """C12 -> (12, 3). Raises DamageError for what is no cell of a sheet."""
    try:
        return row_and_column(address)
    except ValueError as error:
        raise DamageError(f"有单元格不在表的范围内（{address[:20]}）") from error


def merged(reference: str) -> str:
    """A merged area by its corners: B2:D4; whole columns S:T as S1:T1048576. Raises DamageError for what is none."""
    if ":" in reference and (match := _WHOLE.fullmatch(reference)):
        first, last, top, bottom = match.groups()
        reference = f"{first}1:{last}{MAX_ROW}" if first else f"A{top}:{_LAST_COLUMN}{bottom}"
    for corner in reference.split(":", 1):
        if not _SURE.fullmatch(corner):
            position(corner)
    return reference
