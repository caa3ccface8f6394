"""Parquet: the file says the types, its values say the rest. Needs pyarrow, of the extra `files`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from criteria.inference.candidates import Values, fits_typed
from criteria.inference.observed import Fault, Member
from criteria.schema.field import MAX_DIGITS, Field, FieldType

VALUES = Values((), fits_typed)


class ParquetRecords:
    """The records of a Parquet file, and what its schema says of them. Raises `pyarrow.ArrowException`."""

    def __init__(self, stream: BinaryIO) -> None:
        self.file = pq.ParquetFile(stream)
        self.members = [_member((field.name,), field.type) for field in self.file.schema_arrow]
        self.names = [".".join(path) for member in self.members for path in _read_paths(member)]

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        for batch in self.file.iter_batches(columns=self.names, batch_size=4096):
            yield from batch.to_pylist()


def _read_paths(member: Member) -> Iterator[tuple[str, ...]]:
    """What has to be read: the columns whose type a field has. Python may lack a value for what the others hold."""
    if member.kind == "an object":
        for inner in member.members.values():
            yield from _read_paths(inner)
    elif member.fault is None:
        yield member.path


def _member(path: tuple[str, ...], kind: Any) -> Member:
    """What the file says of a name."""
    kind = _plain(kind)
    if pa.types.is_struct(kind):
        member = Member(path, VALUES, (), "an object")
        member.members = {field.name: _member((*path, field.name), field.type) for field in kind.fields}
        return member
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    found = _field(_plain(kind.value_type) if is_list else kind)
    member = Member(path, VALUES, (), "a list" if is_list else "a value")
    if isinstance(found, Field):
        member.candidates = (found,)
        member.elements = int(is_list)
    else:
        member.fault = Fault(found)
    return member


def _plain(kind: Any) -> Any:
    """The type of the values, however they are laid out."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _field(kind: Any) -> Field | str:
    """A field of the same type, or why there is none."""
    types = pa.types
    if types.is_timestamp(kind):
        return _instant(kind)
    if types.is_decimal(kind) and kind.precision <= MAX_DIGITS and 0 <= kind.scale <= kind.precision:
        return Field("value", FieldType.DECIMAL, precision=kind.precision, scale=kind.scale)
    for is_kind, field_type in (
        (types.is_boolean, FieldType.BOOLEAN),
        (types.is_integer, FieldType.INTEGER),
        (types.is_floating, FieldType.DOUBLE),
        (types.is_string, FieldType.STRING),
        (types.is_large_string, FieldType.STRING),
        (types.is_string_view, FieldType.STRING),
        (lambda one: isinstance(one, pa.UuidType), FieldType.GUID),
    ):
        if is_kind(kind):
            return Field("value", field_type)
    return f"No field type holds {kind}."


def _instant(kind: Any) -> Field | str:
    if kind.tz is None:
        return "A timestamp without a time zone is no instant."
    if kind.unit == "ns":
        return "A dateTime has no nanoseconds."
    return Field("value", FieldType.DATE_TIME, precision=6 if kind.unit == "us" else 3)
