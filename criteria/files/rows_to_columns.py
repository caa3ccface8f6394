"""Writing records of a row format as another format, by way of columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from typing import BinaryIO

from criteria.errors import CriteriaError
from criteria.files.formats import Format
from criteria.files.records import Batch
from criteria.files.selected_members import select_columns
from criteria.schema.schema import Schema


def write_columns(
    batches: Iterable[Batch],
    schema: Schema | None,
    source: Format,
    target: Format,
    out: BinaryIO,
    bad: Callable[[CriteriaError], None],
    members: Iterable[str] | None = None,
) -> None:
    """Writes records as columns, or as rows that are made of columns. Needs Polars.

    `bad` takes the fault of a record whose values are not of the types that the schema declares, and raises it if it is
    to end the writing. `members` are the columns to write, or all. Raises `CriteriaError` (`no_common_type`).
    """
    from criteria.files.column_writers import write
    from criteria.files.columns import RecordColumns
    from criteria.files.spool import Spool

    columns = RecordColumns(schema, are_typed=source is Format.CSV)
    with closing(Spool(columns, are_elements=source is Format.JSON)) as spool:
        for batch in batches:
            spool.add(batch, bad)
        frame = spool.frame()
        write(frame if members is None else select_columns(frame, members), target, out)
