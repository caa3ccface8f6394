"""Python: applies the predicate to the columns that the query names, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any
from uuid import UUID

import polars as pl
from polars.selectors import by_name

from criteria.backends import frame as frames
from criteria.backends.compiling import compile as compiled
from criteria.errors import Problem
from criteria.files.engines import in_polars
from criteria.files.engines.ordering import in_order, is_by_file
from criteria.files.faults import FaultKind, FileFault
from criteria.files.inputs import Inputs
from criteria.files.lazy_batches import as_frame
from criteria.files.share import Share
from criteria.messages import quoted
from criteria.schema.field import Field, FieldType
from criteria.schema.schema import ObjectList, Schema
from criteria.schema.stored_names import stored_name
from criteria.search.search import Search
from criteria.tree.nodes import And, AnyElement, element_tests, places
from criteria.tree.query import Query

_ROWS = 1 << 14


@contextmanager
def scanned(inputs: Inputs, search: Search, share: Share) -> Iterator[pl.LazyFrame]:
    """The selected records. Polars reads the files, and the predicate filters the batches."""
    query = search.query
    every = in_polars.lazily(inputs, query.schema, in_polars.named_by(search))
    frames.filter(every, query)  # raises if a column does not fit a field of the query
    schema = every.collect_schema()
    if not schema:  # records without columns: a frame of some of its columns would forget how many there are
        with in_polars.scanned(inputs, search, share) as found:
            yield found
        return
    fields = _stored(places(query.expression), query.schema, schema)
    records = _records_of(fields, element_tests(query.expression))
    matches = compiled(query, "python")

    def batches(with_columns: list[str] | None) -> Iterator[pl.DataFrame]:
        asked = list(schema) if with_columns is None else with_columns
        needed = list(dict.fromkeys((*asked, *fields.values()))) or list(schema)[:1]
        read, total = 0, max(every.select(pl.len()).collect().item(), 1)
        share.told = lambda: read / total
        for batch in every.select(by_name(needed)).collect_batches(chunk_size=_ROWS, lazy=True, engine="streaming"):
            read += batch.height
            yield batch.filter(pl.Series([matches(record) for record in records(batch)], dtype=pl.Boolean))
        if read != every.select(pl.len()).collect().item():  # if Polars panics, the batches end early, without an error
            raise pl.exceptions.ComputeError("the data are damaged")

    found = as_frame(batches, schema)
    try:
        if is_by_file(search):
            yield in_order(found, search)
        elif search.order_by:
            yield frames.search(found, replace(search, query=Query(And(()), query.schema)), all_columns=True).data
        else:
            yield found.slice(search.skip, search.limit)
    except OverflowError:
        raise _outside_python() from None


def _outside_python() -> FileFault:
    message = "A date or dateTime is outside the years 1 to 9999, which Python cannot represent."
    return FileFault(FaultKind.YEAR_OUTSIDE_PYTHON, Problem("unfit_column", message))


def record_at(inputs: Inputs, query: Query, row: int) -> dict[str, Any] | None:
    """The typed record in a row, counted from 1, with the fields that the query names. None if there are fewer rows.
    Raises as `scanned` does."""
    found = _records(inputs, query, places(query.expression), row - 1, 1)
    return {name: _in_utc(value) for name, value in found[0].items()} if found else None


def first_records(inputs: Inputs, query: Query, names: Collection[str], count: int) -> list[dict[str, Any]]:
    """The typed records in the first rows, with the members of these names. Raises as `scanned` does."""
    return _records(inputs, query, [one for one in places(query.expression) if one.path[0] in names], 0, count)


def _records(inputs: Inputs, query: Query, named: Iterable[Field], start: int, count: int) -> list[dict[str, Any]]:
    every = in_polars.lazily(inputs._replace(shown=()), query.schema, in_polars.named_by(Search(query)))
    frames.filter(every, query)  # raises if a column does not fit a field of the query
    schema = every.collect_schema()
    fields = _stored(named, query.schema, schema)
    needed = list(dict.fromkeys(fields.values())) or list(schema)[:1]
    batch = every.select(by_name(needed)).slice(start, count).collect()
    try:
        return _records_of(fields, element_tests(query.expression))(batch)
    except OverflowError:
        raise _outside_python() from None


def _in_utc(value: Any) -> Any:
    """A value whose instants are in UTC, as typed records have them; Polars gives them the zones of columns."""
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc)
    if isinstance(value, list):
        return [_in_utc(one) for one in value]
    return {name: _in_utc(one) for name, one in value.items()} if isinstance(value, dict) else value


def _stored(fields: Iterable[Field], schema: Schema | None, columns: Collection[str]) -> dict[Field, str]:
    """The columns of fields, where the file has them."""
    found = {one: stored_name(one, columns, schema) for one in fields}
    return {one: name for one, name in found.items() if name in columns}


def _records_of(fields: Mapping[Field, str], tests: list[AnyElement]) -> Callable[[pl.DataFrame], list[dict[str, Any]]]:
    """The typed records of a batch, with the columns of these fields under the names that the predicate uses."""
    columns = {one.path[0]: name for one, name in fields.items()}
    guids = [one.path for one in fields if one.field_type is FieldType.GUID]
    lists = {test.objects for test in tests if _has_guids(test.objects.element)}

    def records(batch: pl.DataFrame) -> list[dict[str, Any]]:
        if not columns:
            return [{}] * batch.height
        frame = pl.DataFrame([_readable(batch[column]).alias(name) for name, column in columns.items()])
        try:
            found = frame.to_dicts()
        except ValueError as error:  # dates; dateTimes raise OverflowError
            raise OverflowError(str(error)) from None
        for path in guids:
            for record in found:
                _put_guid(record, path)
        for objects in lists:
            for record in found:
                _put_guids(record, objects)
        return found

    return records


def _readable(values: pl.Series) -> pl.Series:
    """The values with instants in microseconds and in UTC. Raises `FileFault` (`unfit_column`) where microseconds are
    not enough."""
    target = _python_type(values.dtype)
    if target == values.dtype:
        return values
    found = values.cast(target)
    if "time_unit='ns'" in repr(values.dtype) and not found.cast(values.dtype).equals(values):
        message = f"Column {quoted(values.name)} has nanoseconds, and Python has only microseconds."
        raise FileFault(FaultKind.NANOSECONDS_IN_PYTHON, Problem("unfit_column", message))
    return found


def _python_type(dtype: Any) -> Any:
    """The type whose values are the instants that Python can hold; one without a zone was declared to be in UTC."""
    if isinstance(dtype, pl.Datetime):
        unit = "us" if dtype.time_unit == "ns" else dtype.time_unit
        return pl.Datetime(unit, dtype.time_zone or "UTC")
    if isinstance(dtype, pl.List):
        return pl.List(_python_type(dtype.inner))
    if isinstance(dtype, pl.Array):
        return pl.Array(_python_type(dtype.inner), dtype.size)
    return (
        pl.Struct({one.name: _python_type(one.dtype) for one in dtype.fields})
        if isinstance(dtype, pl.Struct)
        else dtype
    )


def _has_guids(schema: Schema) -> bool:
    return any(one.field_type is FieldType.GUID for one in schema.fields) or any(
        _has_guids(one.element) for one in schema.object_lists
    )


def _put_guids(record: dict[str, Any], objects: ObjectList) -> None:
    """Replaces the texts of guids in a list of objects by UUIDs."""
    items: Any = record
    for step in objects.place.path:
        items = None if items is None else items.get(step)
    for item in items or ():
        if item is not None:
            for one in objects.element.fields:
                if one.field_type is FieldType.GUID:
                    _put_guid(item, one.path)
            for inner in objects.element.object_lists:
                _put_guids(item, inner)


def _put_guid(record: dict[str, Any], path: tuple[str, ...]) -> None:
    """Replaces the text of a guid by a UUID."""
    holder: Any = record
    for step in path[:-1]:
        holder = holder.get(step)
        if holder is None:
            return
    value = holder.get(path[-1])
    holder[path[-1]] = [*map(_guid, value)] if isinstance(value, list) else _guid(value)


def _guid(text: Any) -> Any:
    try:
        found = UUID(text)
    except (TypeError, ValueError, AttributeError):
        return text
    return found if str(found) == text else text
