"""Parquet and Arrow IPC: the file declares the types, its values the rest. Needs pyarrow (extra `files`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from criteria.inference.candidates import TypeRules, fits_typed
from criteria.inference.observed import Fault, ObservedField
from criteria.messages import quoted, shown_type
from criteria.schema.field import MAX_CHARACTERS, MAX_DIGITS, TOO_LONG, Field, FieldType


def _fits(field: Field, value: Any) -> bool:
    """A double may be NaN or infinite, which no operand is: comparisons with it have an answer."""
    return (field.field_type is FieldType.DOUBLE and isinstance(value, float)) or fits_typed(field, value)


VALUES = TypeRules((), _fits)

NO_ZONE = (
    'A timestamp without a time zone is not an instant. If it is in UTC, declare a dateTime with "timeZone": "UTC".'
)

_BEYOND = Field("value", FieldType.DECIMAL, precision=20, scale=0)
"""Holds unsigned integers beyond those of 64 signed bits."""


class ParquetRecords:
    """The records of a Parquet file, and the types that its schema declares. `is_utc` says that times without a zone
    are in UTC. Raises `pyarrow.ArrowException`."""

    def __init__(self, stream: BinaryIO, *, is_utc: bool = False) -> None:
        self.file = pq.ParquetFile(stream)
        self.members = _members(self.file.schema_arrow, is_utc)
        self.names = [".".join(path) for member in self.members for path in _read_paths(member)]

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        # One row group at a time: Arrow reads no batch of two dictionaries inside lists (ArrowNotImplementedError).
        for group in range(self.file.num_row_groups):
            for batch in self.file.iter_batches(columns=self.names, row_groups=[group], batch_size=4096):
                columns = [_python_values(column) for column in batch.columns]
                names = batch.schema.names
                for row in range(batch.num_rows):
                    yield {name: column[row] for name, column in zip(names, columns, strict=True)}


_STREAM = b"\xff\xff\xff\xff"
"""The first bytes of an Arrow stream. A file begins with ARROW1."""


class ArrowRecords:
    """The records of an Arrow IPC file or stream, and the types that its schema declares. `is_utc` says that times
    without a zone are in UTC. Raises `pyarrow.ArrowException`."""

    def __init__(self, stream: BinaryIO, *, is_utc: bool = False) -> None:
        is_stream = stream.read(len(_STREAM)) == _STREAM
        stream.seek(0)
        self.file = pa.ipc.open_stream(stream) if is_stream else pa.ipc.open_file(stream)
        self.members = _members(self.file.schema, is_utc)

    def _batches(self) -> Iterator[Any]:
        if isinstance(self.file, pa.RecordBatchStreamReader):
            yield from self.file
            return
        for at in range(self.file.num_record_batches):
            yield self.file.get_batch(at)

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        for batch in self._batches():
            batch.validate(full=True)  # otherwise Arrow follows damaged offsets
            kept = [(member, batch.column(index)) for index, member in enumerate(self.members) if _is_read(member)]
            columns = [_python_values(_readable(column, member)) for member, column in kept]
            names = [member.path[0] for member, _ in kept]
            for row in range(batch.num_rows):
                yield {name: column[row] for name, column in zip(names, columns, strict=True)}


def _members(schema: Any, is_utc: bool) -> list[ObservedField]:
    return [_member((field.name,), field.type, is_utc) for field in schema]


def _is_read(member: ObservedField) -> bool:
    return next(_read_paths(member), None) is not None


def _readable(array: Any, member: ObservedField) -> Any:
    """The array with only those members of structs that Python can read."""
    if member.kind != "an object":
        return array
    kept = [(at, inner) for at, inner in enumerate(member.members.values()) if _is_read(inner)]
    arrays = [_readable(array.field(at), inner) for at, inner in kept]
    return pa.StructArray.from_arrays(arrays, [inner.path[-1] for _, inner in kept], mask=array.is_null())


def _read_paths(member: ObservedField) -> Iterator[tuple[str, ...]]:
    """The columns whose types fields have. Python may be unable to represent the values of others."""
    if member.kind == "an object":
        for inner in member.members.values():
            yield from _read_paths(inner)
    elif member.fault is None:
        yield member.path


def _member(path: tuple[str, ...], kind: Any, is_utc: bool) -> ObservedField:
    """What the file declares about a name."""
    kind = _plain(kind)
    if pa.types.is_struct(kind) and sum(map(len, path)) > MAX_CHARACTERS:  # the names inside would be joined with it
        return ObservedField(path, VALUES, (), "a value", fault=Fault(f"This cannot be a field name. {TOO_LONG}"))
    if pa.types.is_struct(kind):
        member = ObservedField(path, VALUES, (), "an object")
        member.members = {field.name: _member((*path, field.name), field.type, is_utc) for field in kind.fields}
        return member
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    if is_list and pa.types.is_struct(_plain(kind.value_type)):
        element = _member((), kind.value_type, is_utc)
        return ObservedField(path, VALUES, (), "a list", element=element, fault=_unreadable(element, kind.value_type))
    values = _plain(kind.value_type) if is_list else kind
    found = _field(values, is_utc)
    member = ObservedField(path, VALUES, (), "a list" if is_list else "a value")
    if isinstance(found, Field):
        member.candidates = (found, _BEYOND) if pa.types.is_uint64(values) else (found,)
        member.elements = int(is_list)
    else:
        member.fault = Fault(found)
    return member


def _unreadable(element: ObservedField, kind: Any) -> Fault | None:
    """Why the objects of a list cannot be read: a member of a type that no field has, unless it is always null."""
    kind = _plain(kind)
    for member, one in zip(element.members.values(), kind.fields if pa.types.is_struct(kind) else (), strict=False):
        if member.fault is not None and not pa.types.is_null(one.type):
            return Fault(f"In its objects, {quoted(one.name)}: {member.fault.message}")
        fault = _unreadable(member, one.type)
        if fault is not None:
            return fault
    return None


def _plain(kind: Any) -> Any:
    """The type of the values, whether or not they are dictionary-encoded."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _field(kind: Any, is_utc: bool) -> Field | str:
    """A field of the same type, or the reason why there is none."""
    types = pa.types
    if types.is_timestamp(kind):
        return _instant(kind, is_utc)
    if types.is_decimal(kind) and kind.precision <= MAX_DIGITS and 0 <= kind.scale <= kind.precision:
        return Field("value", FieldType.DECIMAL, precision=kind.precision, scale=kind.scale)
    for is_kind, field_type in (
        (types.is_boolean, FieldType.BOOLEAN),
        (types.is_integer, FieldType.INTEGER),
        (types.is_float64, FieldType.DOUBLE),
        (types.is_float32, FieldType.DOUBLE),
        (types.is_date, FieldType.DATE),
        (types.is_string, FieldType.STRING),
        (types.is_large_string, FieldType.STRING),
        (types.is_string_view, FieldType.STRING),
        (lambda one: isinstance(one, pa.UuidType), FieldType.GUID),
    ):
        if is_kind(kind):
            return Field("value", field_type)
    return f"No field type holds {shown_type(kind)}."


def _instant(kind: Any, is_utc: bool) -> Field | str:
    if kind.tz is None and not is_utc:
        return NO_ZONE
    precision = 6 if kind.unit in ("us", "ns") else 3
    return Field("value", FieldType.DATE_TIME, precision=precision, time_zone="UTC" if kind.tz is None else None)


def _in_microseconds(kind: Any) -> Any:
    """The type with instants that Python can read: of nanoseconds it would cut some, and refuse others. It may not know
    the zone, which does not change the instants."""
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us" if kind.unit == "ns" else kind.unit, kind.tz and "UTC")
    if pa.types.is_struct(kind):
        return pa.struct([one.with_type(_in_microseconds(one.type)) for one in kind.fields])
    if pa.types.is_list(kind):
        return pa.list_(_in_microseconds(kind.value_type))
    return pa.large_list(_in_microseconds(kind.value_type)) if pa.types.is_large_list(kind) else kind


def _python_values(column: Any) -> list[Any]:
    """The values of a column, its instants cut to microseconds: what is told by them does not depend on less."""
    kind = _in_microseconds(column.type)
    values: list[Any] = (column if kind == column.type else column.cast(kind, safe=False)).to_pylist()
    return values
