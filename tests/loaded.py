"""Workbooks in openpyxl, loaded once for the same bytes: a copy takes a fifteenth of the time of loading."""

import copyreg
import io
import pickle
from functools import lru_cache
from typing import Any

import openpyxl
from openpyxl.utils.bound_dictionary import BoundDictionary
from openpyxl.worksheet.dimensions import DimensionHolder

LOADED_KEPT = 24


def opened(data: bytes, *, data_only: bool = False) -> Any:
    """The workbook in openpyxl, to be changed; typed loosely, for its stubs allow every cell to hold anything."""
    return pickle.loads(_pickled(data, data_only))  # noqa: S301 - pickled here


@lru_cache(LOADED_KEPT)
def _pickled(data: bytes, data_only: bool) -> bytes:
    return pickle.dumps(openpyxl.load_workbook(io.BytesIO(data), data_only=data_only), pickle.HIGHEST_PROTOCOL)


def _as_it_is(rows_or_columns: "BoundDictionary[Any, Any]") -> tuple[Any, ...]:
    """Its own way of being pickled, which is that of defaultdict, forgets what it is bound to."""
    of_this = rows_or_columns.default_factory, vars(rows_or_columns)
    kind = type(rows_or_columns)
    return kind.__new__, (kind,), of_this, None, iter(rows_or_columns.items()), _restored


def _restored(rows_or_columns: "BoundDictionary[Any, Any]", of_this: tuple[Any, dict[str, Any]]) -> None:
    rows_or_columns.default_factory, attributes = of_this
    vars(rows_or_columns).update(attributes)


for kind in (BoundDictionary, DimensionHolder):
    copyreg.pickle(kind, _as_it_is)
