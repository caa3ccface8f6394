"""`criteria filter` on columns: Parquet and Arrow IPC."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from criteria import CriteriaError
from criteria.cli.commands.filter.job import Job
from criteria.cli.inputs.reading import opened
from criteria.cli.reports.progress import progress
from criteria.cli.reports.table import ROWS, print_table
from criteria.errors import Problem
from criteria.files.column_schema import fields_of
from criteria.files.scans import selected, unlisted_values
from criteria.files.selected_members import select_columns
from criteria.files.share import TELLING, Share
from criteria.schema.field import Field

if TYPE_CHECKING:
    import polars as pl


def filter_frames(job: Job) -> bool:
    """Writes or counts the selected records. Returns whether there were any, if the exit code needs it."""
    has_found = False
    shown: list[dict[str, Any]] = []
    counted = 0
    fields: tuple[Field, ...] = ()
    share, size = Share(), job.inputs.size()
    is_told = size is not None and job.engine in TELLING
    with (
        progress(size, (lambda: int(share.done * (size or 0))) if is_told else None),
        job.inputs.copied(lambda path: opened(path, "DATA")) as inputs,
        selected(inputs, job.search, job.engine, share) as found,
    ):
        frame = found if job.members is None else select_columns(found, job.members)
        if job.is_count:
            counted = _count(frame)
        elif job.destination.format is None:
            most = ROWS if job.search.limit is None else job.search.limit
            shown = _records(frame.head(most + 1).collect())
            counted = len(shown) if len(shown) <= most else _count(frame)
            fields = tuple(fields_of(frame))
        else:
            _write(job, frame)
        if job.search.query.schema is not None:
            job.notes.extend(unlisted_values(inputs, job.search.query))
        if job.is_nothing_told:
            has_found = bool(counted or shown or _count(found.head(1)))
    if job.is_count:
        click.echo(counted)
    elif job.destination.format is None:
        most = ROWS if job.search.limit is None else job.search.limit
        print_table(shown[:most], counted, sys.stdout, fields, is_page=job.search.limit is not None)
    return has_found


def _records(frame: pl.DataFrame) -> list[dict[str, Any]]:
    try:
        return frame.to_dicts()
    except (OverflowError, ValueError):  # for dateTimes and for dates
        message = "A date or dateTime is outside the years 1 to 9999, which a table cannot show."
        raise CriteriaError(Problem("unsupported", message, hint="Write another format with --to.")) from None


def _count(frame: pl.LazyFrame) -> int:
    import polars as pl

    return int(frame.select(pl.len()).collect(engine="streaming").item())


def _write(job: Job, frame: pl.LazyFrame) -> None:
    from criteria.files.column_writers import sink, sinks, write
    from criteria.files.utc import with_declared_zones

    target = job.destination.format
    assert target is not None
    delimiter = job.destination.delimiter(job.csv) or ","
    if target.is_rows:
        frame = with_declared_zones(frame, job.schema, is_utc=job.is_utc)
    if job.destination.is_plain_file and sinks(target):
        with job.destination.file() as path:
            sink(frame, path, target, delimiter)
        return
    with job.destination.opened() as out:
        write(frame, target, out, delimiter)
