"""Columns that folders of row files are named after (`country=DE`): each record of a file gets their values."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote

from criteria.errors import Problem, Refusal
from criteria.files.faults import DataFault
from criteria.files.inputs import Inputs
from criteria.files.partitions import NULL, PartitionType, partition_types
from criteria.files.records import Batch
from criteria.messages import Hints, quoted
from criteria.schema.field import Field
from criteria.schema.schema import Schema
from criteria.values.coerce import coerce
from criteria.values.loading import Records
from criteria.values.stored_records import put_nested


class FolderValues(NamedTuple):
    """The values of one file, each at the path of its field."""

    values: tuple[tuple[tuple[str, ...], Any], ...] = ()

    @property
    def names(self) -> Iterator[str]:
        """The names of the fields."""
        return (".".join(path) for path, _ in self.values)


class FolderColumns:
    """The columns of the folders that files are in, with the types that Parquet files would get there."""

    def __init__(self, inputs: Inputs, schema: Schema | None, records: Records) -> None:
        self._inputs, self._schema, self._records = inputs, schema, records
        self._types = partition_types(inputs, schema) if inputs.is_partitioned else {}

    def values(self, path: str) -> FolderValues:
        """The values for the records of a file. Raises `DataFault` for one that its field cannot hold."""
        if not self._types:
            return FolderValues()
        found = []
        for part in os.path.dirname(os.path.relpath(path, self._inputs.folder)).split(os.sep):
            name, equals, value = part.partition("=")
            if equals:
                found.append(self._value(path, unquote(name), unquote(value)))
        return FolderValues(tuple(found))

    def _value(self, path: str, column: str, text: str) -> tuple[tuple[str, ...], Any]:
        value: Any = None if text == NULL else text
        if value is not None and self._types[column] is PartitionType.INTEGER:
            value = int(text)
        field = None if self._schema is None else _field(self._schema, column)
        if field is None:
            return (column,), value
        if value is None or self._records == "json":
            return field.path, value
        try:
            return field.path, coerce(field, value)
        except Refusal as refusal:
            message = f"The folder {quoted(f'{column}={text}')}: {refusal.message}"
            raise DataFault(path, Problem("unfit_column", message, hint=refusal.hinted(Hints()))) from None


def _field(schema: Schema, column: str) -> Field | None:
    return next((one for one in schema.fields if one.column == column and not one.is_nested), None)


def with_values(batches: Iterable[Batch], found: FolderValues) -> Iterator[Batch]:
    """The batches, with these values in each record."""
    for batch in batches:
        for path, value in found.values:
            for record in batch.records:
                put_nested(record, path, value)
        yield batch
