"""The types of the columns of CSV for which no schema says them: all cells of the columns that are needed tell them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager

from criteria import Schema
from criteria.cli.inputs.bad_records import OnError
from criteria.cli.inputs.column_query import parse_for
from criteria.cli.inputs.counted_bytes import CountedBytes
from criteria.cli.inputs.reading import opened
from criteria.cli.reports.problems import Source, show, show_notes
from criteria.cli.reports.progress import progress
from criteria.files.csv_dialect import CsvDialect
from criteria.files.faults import DataFault
from criteria.files.formats import Format
from criteria.files.inputs import Inputs
from criteria.tree.nodes import leaves


@contextmanager
def with_types(
    inputs: Inputs,
    schema: Schema | None,
    source: Source,
    dialect: CsvDialect,
    policy: OnError,
    shown: Collection[str] | None,
    argument: str = "DATA",
    *,
    is_utc: bool = False,
) -> Iterator[tuple[Inputs, Schema | None, Mapping[str, str]]]:
    """The files, their schema, and why columns have strings, inside a block. CSV without a schema is read twice, the
    first time for the types of the columns that the query of a source names, and of those that are `shown` (None: all).
    Standard input and pipes are copied to files before, those of columns too, and Arrow streams.

    `is_utc` says that times without a zone are in UTC. The notes of the inference are printed. Raises `InputError` for
    a query that has no meaning with any types, and `DataFault`.
    """
    if not inputs.format.is_rows:
        from criteria.files.arrow_streams import streams_as_files

        with inputs.copied(lambda path: opened(path, argument)) as files, streams_as_files(files) as whole:
            yield whole, schema, {}
        return
    if inputs.format is not Format.CSV or (schema is not None and not inputs.is_union):
        yield inputs, schema, {}
        return
    if schema is not None:  # united files are read twice, too: the first time for their headers
        with inputs.copied(lambda path: opened(path, argument)) as files:
            yield files, schema, {}
        return
    from criteria.cli.inputs.inferring import Sample, inferred  # NDJSON does not wait for it

    asked = [*leaves(parse_for(source, None, inputs).expression)]
    named = None if shown is None else frozenset({*(leaf.field.name for leaf in asked), *shown})
    untold = {leaf.field.name: leaf.field.field_type for leaf in asked if leaf.value is not None}
    with inputs.copied(lambda path: opened(path, argument)) as files:
        read = CountedBytes(files, argument)
        sample = Sample(files, dialect, None, _skipping(policy), read.opened, named, untold, is_utc)
        with progress(files.size(), read.done):
            found = inferred(sample, None)
        name = inputs.name_of(inputs.paths[0]) if len(inputs.paths) == 1 else "criteria"
        show(Source(name), found.problems, err=True)
        show_notes(name, found.notes)
        yield files, found.schema, found.hints


def _skipping(policy: OnError) -> Callable[[DataFault], None]:
    """Bad records are told when the records are filtered, unless they end the run."""

    def bad(fault: DataFault) -> None:
        if policy is OnError.STOP:
            raise fault

    return bad
