"""Converts records of a row format to another format, through columns."""

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
    delimiter: str = ",",
) -> None:
    """Writes records as columns, or as rows converted from columns. Needs Polars.

    `bad` receives the fault of a record whose values do not have the types that the schema declares; it may raise it to
    stop. `members` are the columns to write (None: all), `delimiter` is
    between the cells of CSV. Raises `CriteriaError` (`no_common_type`).
    """
    from criteria.files.column_writers import write
    from criteria.files.columns import RecordColumns
    from criteria.files.record_buffer import RecordBuffer

    columns = RecordColumns(schema, are_typed=source is Format.CSV)
    with closing(RecordBuffer(columns, are_elements=source is Format.JSON)) as buffer:
        for batch in batches:
            buffer.add(batch, bad)
        frame = buffer.frame()
        write(frame if members is None else select_columns(frame, members), target, out, delimiter)
