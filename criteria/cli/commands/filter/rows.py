"""`criteria filter` on rows: NDJSON, JSON and CSV."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from itertools import islice
from typing import Any

import click

from criteria.cli.commands.filter.job import Job
from criteria.cli.inputs.counted_bytes import CountedBytes
from criteria.cli.inputs.pointer_option import records_at
from criteria.cli.reports.progress import progress
from criteria.files.faults import needing
from criteria.files.formats import STDIN, Format
from criteria.files.records import Batch
from criteria.files.row_writers import TEXTS, RowWriter, row_writer
from criteria.files.rows_to_columns import write_columns
from criteria.files.selected_members import Members, members_of_paths, selected_members, selected_text
from criteria.files.selection import RowReader


def filter_rows(job: Job) -> bool:
    """Writes or counts the selected records. Returns whether there were any."""
    found = 0
    read = CountedBytes(job.inputs, "DATA")
    total = job.inputs.size()
    keeps_texts = job.destination.format in TEXTS[job.inputs.format] and not _is_rewritten(job)
    is_partial = job.is_count or keeps_texts
    asked = () if job.members is None else tuple(tuple(name.split(".")) for name in job.members)
    reader = RowReader(job.inputs, job.schema, read.opened, job.bad.take, is_partial, job.csv, asked, job.lookups)

    def selected(flush: Callable[[], object], begin: Callable[[str, str], None] = lambda *_: None) -> Iterator[Batch]:
        nonlocal found
        for batch in reader.selected(job.search, begin, flush):
            found += len(batch.records)
            yield batch

    header = reader.united_header(job.search) if job.inputs.is_union else None
    with progress(total, read.done if total is not None else None):
        if job.is_count:
            counted = sum(len(batch.records) for batch in selected(_nothing))
        elif job.destination.format is None:
            shown = _first(selected(_nothing), job)
        else:
            with suppress(_NothingToShow):
                _write(job, selected, header, reader)
    if job.is_count:
        click.echo(counted)
    elif job.destination.format is None and not _lacks_all(reader):
        from criteria.cli.reports.table import print_table

        fields = () if job.schema is None else job.schema.fields
        print_table(shown[0], shown[1], sys.stdout, fields, is_page=job.search.limit is not None)
    job.unseen.extend(reader.unseen())
    job.notes.extend(reader.notes())
    inside = reader.records_inside()
    if inside is not None:
        job.notes.append(records_at(*inside))
    if job.tells_cursors and reader.page is not None:
        found_cursors = {"after": reader.page.next_cursor, "before": reader.page.previous_cursor}
        job.cursors.update({name: cursor for name, cursor in found_cursors.items() if cursor is not None})
    return found > 0


def _is_rewritten(job: Job) -> bool:
    """Whether CSV is written with other columns than it has, by way of records."""
    return job.members is not None and job.inputs.format is Format.CSV


def _write(job: Job, selected: Callable[..., Iterator[Batch]], header: Sequence[str] | None, reader: RowReader) -> None:
    """Raises `_NothingToShow`, before anything is written, if no record has any of the members to write."""
    target = job.destination.format
    assert target is not None
    with job.destination.opened() as out:
        source = job.inputs.format
        members = None if job.members is None else members_of_paths(job.members)
        delimiter = job.destination.delimiter(job.csv)
        writer = None if _is_rewritten(job) else row_writer(source, target, out, job.csv, delimiter, header)
        if writer is not None:
            from_folders = reader.from_folders(job.members or ())
            with closing(writer):
                held = _Held(writer)
                for batch in selected(out.flush if job.destination.path is None else _nothing, writer.begin):
                    if reader.lacks_shown:
                        held.add(batch)
                        continue
                    held.release()
                    texts = batch.texts if members is None else _members_alone(batch, members, from_folders)
                    writer.add(texts, batch.name)
                if _lacks_all(reader):
                    raise _NothingToShow
                held.release()
                writer.end()
            return
        with needing("files", f"Writing {job.inputs.format.value} as {target.value}"):
            import polars  # noqa: F401
        write_columns(
            selected(_nothing), job.schema, source, target, out, job.bad.take, job.members, _delimiter(job),
            decimal_comma=job.csv.decimal_comma,
        )  # fmt: skip


def _lacks_all(reader: RowReader) -> bool:
    """Whether all records were read, and none has any of the members that the output shows: it would have nothing but
    empty records."""
    return reader.lacks_shown and bool(reader.unseen())


class _NothingToShow(Exception):
    """No record has any of the members that the output shows."""


class _Held:
    """Empty records that are not written until a record has a member that the output shows."""

    _MOST = 10_000

    def __init__(self, writer: RowWriter) -> None:
        self._writer, self._count, self._name = writer, 0, ""

    def add(self, batch: Batch) -> None:
        """Holds as many empty records as a batch has records."""
        self._count += len(batch.texts)
        self._name = batch.name

    def release(self) -> None:
        """Writes the records that are held."""
        while self._count:
            part = min(self._count, self._MOST)
            self._writer.add(["{}"] * part, self._name)
            self._count -= part


def _members_alone(batch: Batch, members: Members, from_folders: Sequence[str]) -> list[str]:
    """The texts of records of JSON with these members alone. Those of folders are not in the texts that were read."""
    if not from_folders:
        return [selected_text(text, members) for text in batch.texts]
    others = [{name: record[name] for name in from_folders} for record in batch.records]
    return [selected_text(text, members, added) for text, added in zip(batch.texts, others, strict=True)]


def _delimiter(job: Job) -> str:
    """What is written between the cells of converted records: what CSV data have, or what the output file says."""
    asked = job.destination.delimiter(job.csv)
    if asked is not None:
        return asked
    return job.csv.delimiter_of(job.inputs.paths[0]) if job.inputs.format is Format.CSV else ","


def _first(batches: Iterator[Batch], job: Job) -> tuple[list[dict[str, Any]], int | None]:
    """The records to show in a table, and how many there are: None if there are more on standard input, which may have
    no end."""
    from criteria.cli.reports.table import ROWS

    most = ROWS if job.search.limit is None else job.search.limit
    every = (record for batch in batches for record in batch.records)
    records = list(islice(every, most + 1))
    is_endless = STDIN in job.inputs.paths and len(records) > most
    total = None if is_endless else len(records) + sum(1 for _ in every)
    if job.members is not None:
        members = members_of_paths(job.members)
        records = [selected_members(record, members) for record in records]
    return records[:most], total


def _nothing() -> None:
    """Nothing to flush: nobody reads the output while it is written."""
