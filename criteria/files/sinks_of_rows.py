"""Writing records of a row format as another format, by way of columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any, BinaryIO

from criteria.errors import CriteriaError
from criteria.files.formats import Format
from criteria.schema import Schema


def write_columns(
    batches: Iterable[list[dict[str, Any]]],
    schema: Schema | None,
    source: Format,
    target: Format,
    out: BinaryIO,
    bad: Callable[[CriteriaError], None],
) -> None:
    """Writes records as columns, or as rows that are made of columns. Needs Polars.

    `bad` takes the fault of a record whose values are not of the types that the schema declares, and raises it if it is
    to end the writing. Raises `CriteriaError` (`no_common_type`).
    """
    from criteria.files.columns import Columns
    from criteria.files.sinks import write
    from criteria.files.spool import Spool

    with closing(Spool(Columns(schema, are_typed=source is Format.CSV))) as spool:
        for records in batches:
            spool.add(records, bad)
        write(spool.frame(), target, out)
