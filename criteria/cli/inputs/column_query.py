"""Queries for files of columns, which know the types of their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from criteria import Problem, Query, Schema
from criteria.cli.inputs.reading import parse_query
from criteria.cli.reports.problems import InputError, Source
from criteria.errors import to_pointer
from criteria.files.csv_header import column_names
from criteria.files.formats import Format
from criteria.files.inputs import Inputs
from criteria.messages import quoted
from criteria.schema.field import Field, FieldType
from criteria.tree.nodes import ELEM_MATCH, leaves


def parse_for(
    source: Source,
    schema: Schema | None,
    inputs: Inputs,
    hints: Mapping[str, str] = MappingProxyType({}),
    *,
    is_utc: bool = False,
) -> Query:
    """The query. Without a schema, columns of days, instants and decimals compare as what the files say they are: JSON
    has only strings for them. `$elemMatch` needs their types, too, and so do unsigned integers of 64 bits. `hints` say
    why fields have strings, and `is_utc` that times without a zone are in UTC. Raises `InputError`."""
    try:
        query = parse_query(source, schema)
    except InputError as error:
        if schema is None and not inputs.format.is_rows and _needs_types(error):
            return _parse_with_own(source, inputs, error, is_utc)
        problems = [named_as_a_column(problem, inputs.format) for problem in error.problems]
        raise InputError(source, [_hinted(problem, hints) for problem in problems]) from None
    if schema is not None or inputs.format.is_rows:
        return query
    from criteria.files.column_schema import needs_types, schema_of

    own = schema_of(inputs, is_utc=is_utc)
    if own is None:
        return query
    compared = [leaf for leaf in leaves(query.expression) if leaf.field.field_type is FieldType.STRING]
    if not is_utc:
        unknown = [one.field for one in compared if one.value is not None and own.find(one.field.name) is None]
        _refuse_without_zone(unknown, inputs)
    texts = [one.field for one in compared]
    if not needs_types(texts, own):
        return query
    try:
        return parse_query(source, own)
    except InputError as error:
        if not any(problem.code == "unknown_field" for problem in error.problems):
            raise
        return query


def _refuse_without_zone(fields: Sequence[Field], inputs: Inputs) -> None:
    """Raises `InputError` (`unfit_column`) for a field that is compared with strings, and whose column has times
    without a zone."""
    from criteria.files.column_schema import schema_of

    in_utc = schema_of(inputs, is_utc=True) if fields else None
    for field in fields:
        found = None if in_utc is None else in_utc.find(field.name)
        if found is not None and found.field_type is FieldType.DATE_TIME:
            message = f"Column {quoted(field.name)} has times without a time zone, which do not compare with a string."
            hint = 'If they are in UTC, add --time-zone UTC, or declare a dateTime with "timeZone": "UTC" in a schema.'
            raise InputError(Source(inputs.name_of(inputs.paths[0])), [Problem("unfit_column", message, hint=hint)])


def named_as_a_column(problem: Problem, data_format: Format) -> Problem:
    """The problem, with what to do about a column whose name cannot be that of a field."""
    if problem.code != "invalid_field_name" or data_format not in (Format.CSV, Format.PARQUET, Format.ARROW):
        return problem
    name = problem.pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
    (made,) = column_names([name])
    if data_format is Format.CSV:
        return replace(problem, hint=f"In CSV, a column with this header is called {quoted(made)}.")
    return replace(problem, hint=f"A column with this name has to be renamed, for example to {quoted(made)}.")


def _hinted(problem: Problem, hints: Mapping[str, str]) -> Problem:
    if problem.code != "type_mismatch":
        return problem
    place = f"{problem.pointer}/"
    hint = next((hint for name, hint in hints.items() if f"{to_pointer((name,))}/" in place), problem.hint)
    return replace(problem, hint=hint)


def _needs_types(error: InputError) -> bool:
    """Whether criteria are refused only because `$elemMatch` needs a schema, or for integers that some columns hold."""
    return all(
        (one.code == "operator_not_allowed" and one.pointer.endswith(ELEM_MATCH)) or one.code == "out_of_range"
        for one in error.problems
    )


def _parse_with_own(source: Source, inputs: Inputs, error: InputError, is_utc: bool) -> Query:
    """The query with the schema that the files have themselves. Raises the error if they have none, or none with lists
    of objects that the query asks for."""
    from criteria.files.column_schema import schema_of

    own = schema_of(inputs, is_utc=is_utc)
    if own is None or (not own.object_lists and any(one.code != "out_of_range" for one in error.problems)):
        raise error
    return parse_query(source, own)


def types_of_columns(inputs: Inputs, orders: Sequence[str], *, is_utc: bool = False) -> Schema | None:
    """The schema of files of columns, for an order without another one; None for rows, and where nothing is ordered."""
    if not orders or inputs.format.is_rows:
        return None
    from criteria.files.column_schema import schema_of

    return schema_of(inputs, is_utc=is_utc)
