"""Converts records of a row format to another format, through columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from typing import BinaryIO

from criteria.errors import CriteriaError
from criteria.files.formats import Format
from criteria.files.records import Batch
from criteria.files.selected_members import members_of_paths, select_columns, selected_members
from criteria.schema.field import MAX_CHARACTERS
from criteria.schema.schema import Schema

_MAX_NAMES = 1000
"""Names of members among which the nearest to an unknown one is looked for."""


def write_columns(
    batches: Iterable[Batch],
    schema: Schema | None,
    source: Format,
    target: Format,
    out: BinaryIO,
    bad: Callable[[CriteriaError], None],
    members: Sequence[str] | None = None,
    delimiter: str = ",",
    *,
    decimal_comma: bool = False,
) -> None:
    """Writes records as columns, or as rows converted from columns. Needs Polars.

    `bad` receives the fault of a record whose values do not have the types that the schema declares; it may raise it to
    stop. `members` are the columns to write (None: all). `delimiter` is between the cells of CSV, and numbers have a
    decimal comma there if asked for. Raises `CriteriaError` (`no_common_type`).
    """
    from criteria.files.column_writers import write
    from criteria.files.columns import RecordColumns
    from criteria.files.record_buffer import RecordBuffer

    columns = RecordColumns(schema, are_typed=source is Format.CSV)
    with closing(RecordBuffer(columns, are_elements=source is Format.JSON)) as buffer:
        kept = None if members is None else members_of_paths(members)
        names: set[str] = set()
        for batch in batches:
            if kept is not None and len(names) < _MAX_NAMES:
                names.update(name for record in batch.records for name in record if len(name) <= MAX_CHARACTERS)
            records = batch.records if kept is None else [selected_members(one, kept) for one in batch.records]
            buffer.add(batch._replace(records=records), bad)
        frame = buffer.frame()
        selected = frame if members is None else select_columns(frame, members, sorted(names))
        write(selected, target, out, delimiter, decimal_comma=decimal_comma)
