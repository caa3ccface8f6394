"""CSV files with different columns, united by name: a file gives no value for a column that it lacks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import BinaryIO

from criteria.errors import Problem
from criteria.files.compression import decompressed
from criteria.files.csv_dialect import CsvDialect
from criteria.files.csv_header import bound_fields, column_names, object_columns, refuse_object_lists
from criteria.files.csv_table import read_header
from criteria.files.faults import DataFault
from criteria.files.inputs import Inputs
from criteria.files.partitions import partition_types
from criteria.files.records import Data
from criteria.messages import Hints, nearest_or_all, quoted
from criteria.schema.schema import Schema
from criteria.search.search import Search


def united_header(
    inputs: Inputs,
    csv: CsvDialect,
    schema: Schema,
    search: Search,
    opened: Callable[[str], AbstractContextManager[tuple[str, BinaryIO]]],
) -> list[str]:
    """The columns of all files, in the order in which they first come.

    Raises `DataFault` for a file that has a column twice, and for a field of the search that no file has.
    """
    names: dict[str, None] = {}
    for path in inputs.paths:
        with opened(path) as (name, stream):
            data = Data(name, decompressed(stream, name, is_utf_8=csv.is_utf_8), None, _nothing, _raised, csv=csv)
            header = read_header(data)
        if len({*header.cells}) < len(header.cells):
            message = "The header has a column twice, so the files cannot be united by name."
            raise DataFault(name, Problem("invalid_record", message, line=header.line))
        names |= dict.fromkeys(header.cells)
    refuse_object_lists(schema, search.named_fields, is_whole=False)
    bound = bound_fields([*names], schema)
    inside = [field for fields in object_columns([*names], schema, bound).values() for field in fields]
    known = {field.name for field in (*bound, *inside) if field is not None}
    known |= {*partition_types(inputs, schema)} if inputs.is_partitioned else set()
    for field in search.named_fields:
        if field.name not in known:
            message = f"No file has a column for field {quoted(field.name)}."
            hint = nearest_or_all(field.name, column_names([*names]), "columns", Hints())
            raise DataFault(inputs.name_of(inputs.paths[0]), Problem("unfit_column", message, hint=hint))
    return [*names]


def _nothing() -> None:
    """Nothing is flushed: nothing is written yet."""


def _raised(fault: DataFault) -> None:
    raise fault
