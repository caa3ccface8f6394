"""Converts records to columns: their types, from the schema and from the values, and their values.

A field of the schema has its declared type. A name that is not in the schema gets the type of its JSON values. If these
have no common type, or one that would not keep them exactly, the records cannot be written as columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from itertools import count
from typing import Any, NamedTuple
from uuid import UUID

import polars as pl

from criteria.errors import CriteriaError, Problem, Refusal, check_encodable
from criteria.messages import Hints, quoted
from criteria.schema.field import MAX_CHARACTERS, Field, FieldType, joined_too_long
from criteria.schema.schema import ObjectList, Schema
from criteria.values.records import decode_record

_TYPES: Mapping[FieldType, Callable[[Field], Any]] = {
    FieldType.STRING: lambda _: pl.String,
    FieldType.INTEGER: lambda _: pl.Int64,
    FieldType.BOOLEAN: lambda _: pl.Boolean,
    FieldType.DECIMAL: lambda one: pl.Decimal(one.precision or 0, one.scale or 0),  # a decimal field accepts both
    FieldType.DOUBLE: lambda _: pl.Float64,
    FieldType.DATE: lambda _: pl.Date,
    FieldType.DATE_TIME: lambda one: pl.Datetime("ms" if one.precision == 3 else "us", "UTC"),
    FieldType.GUID: lambda _: pl.String,
    FieldType.OBJECT_REF: lambda _: pl.Int64,
}

_WIDEST = 2**63

_MAX_DEPTH = 100
"""The maximum nesting of objects and lists in columns. Engines cannot pass on deeper ones."""

_MAX_EMPTY, _EMPTY_FOR_EACH = 5_000_000, 50
"""Empty cells that columns may have, and how many more for each value. Each record has a cell in each column, and each
object of a list one in each column of the list: a megabyte of records with a name of their own each would become
gigabytes of nothing."""

_MAX_CELLS = 1_000_000
"""Cells of one frame."""

_KINDS: Mapping[type, str] = {bool: "booleans", int: "integers", Decimal: "numbers", float: "numbers",
                              str: "strings", list: "lists", dict: "objects"}  # fmt: skip


@dataclass(slots=True)
class ColumnShape:
    """The values found at one place in many records."""

    declared: Field | None = None
    kinds: dict[str, int] = field(default_factory=dict)
    """Kinds of values, each with the line of the first one."""
    members: dict[str, ColumnShape] = field(default_factory=dict)
    element: ColumnShape | None = None
    is_long: bool = False
    """Whether an integer was found that a double may round."""
    is_exact: bool = True
    """Whether doubles, or 64 bits, hold all numbers."""
    count: int = 0
    """How many values there are."""
    elements: int = 0
    """How many elements the lists have together, nulls too."""

    def declare(self, schema: Schema) -> None:
        """Declares the members of objects at this place."""
        for one in schema.fields:
            self._member(one.path).declared = one
        for objects in schema.object_lists:
            shape = self._member(objects.place.path)
            shape.kinds["lists"] = 0
            shape.element = ColumnShape(kinds={"objects": 0})
            shape.element.declare(objects.element)

    def _member(self, path: tuple[str, ...]) -> ColumnShape:
        shape = self
        for segment in path:
            shape = shape.members.setdefault(segment, ColumnShape())
        return shape

    def check(self, value: Any, depth: int = 0, length: int = 0) -> None:
        """Checks that columns can hold a value, inside `depth` objects and lists with names of `length` characters.
        Raises `CriteriaError` (`invalid_record`)."""
        if self.declared is not None:
            return
        if value.__class__ is str:
            _check_text(value)
        elif value.__class__ is dict:
            if depth >= _MAX_DEPTH:
                raise _no_column(_TOO_DEEP)
            for name, one in value.items():
                shape = self.members.get(name, _NOTHING)
                if shape is _NOTHING:
                    _check_text(name)
                    if depth and length + len(name) > MAX_CHARACTERS:
                        raise _no_column(joined_too_long(name))
                if isinstance(one, _WITH_TEXTS):
                    shape.check(one, depth + 1, length + len(name) + 1)
        elif value.__class__ is list:
            if depth >= _MAX_DEPTH:
                raise _no_column(_TOO_DEEP)
            element = self.element or _NOTHING
            for one in value:
                if isinstance(one, _WITH_TEXTS):
                    element.check(one, depth + 1, length)

    def see(self, value: Any, line: int) -> None:
        """Records the kind of a value that was checked."""
        if value is None or self.declared is not None:
            return
        self.count += 1
        kind = _KINDS[value.__class__]
        self.kinds.setdefault(kind, line)
        if kind == "objects":
            for name, one in value.items():
                if name not in self.members:
                    self.members[name] = ColumnShape()
                self.members[name].see(one, line)
        elif kind == "lists":
            self.element = self.element or ColumnShape()
            self.elements += len(value)
            for one in value:
                self.element.see(one, line)
        elif kind == "integers":
            self.is_long |= abs(value) > 2**53
            self.is_exact &= -_WIDEST <= value < _WIDEST
        elif kind == "numbers":
            self.is_exact &= isinstance(value, float) or Decimal(repr(float(value))) == value

    def dtype(self, name: str) -> Any:
        """The type of the column. Raises `CriteriaError` (`no_common_type`)."""
        if self.declared is not None:
            return _declared(self.declared)
        if self.kinds and self.kinds.keys() <= {"integers", "numbers"}:
            if not self.is_exact or (self.is_long and "numbers" in self.kinds):
                raise _no_type(name, "holds numbers that neither 64-bit integers nor doubles hold exactly")
            return pl.Float64 if "numbers" in self.kinds else pl.Int64
        if len(self.kinds) > 1:
            found = (f"{kind} (line {line})" for kind, line in sorted(self.kinds.items()))
            raise _no_type(name, f"holds {' and '.join(found)}")
        if "lists" in self.kinds:
            return pl.List((self.element or ColumnShape()).dtype(name))
        if self.members:
            return pl.Struct({one: shape.dtype(f"{name}.{one}") for one, shape in self.members.items()})
        return {"booleans": pl.Boolean, "strings": pl.String}.get("".join(self.kinds), pl.Null)


_NOTHING = ColumnShape()
"""The shape of a place without values."""

_WITH_TEXTS = (str, dict, list)

_TOO_DEEP = f"Objects and lists are nested more than {_MAX_DEPTH} levels deep."


def _no_column(message: str) -> CriteriaError:
    return CriteriaError(Problem("invalid_record", message, hint="Write ndjson or json."))


def _check_text(text: str) -> None:
    """Refuses lone surrogates, which JSON can hold and columns, which are UTF-8, cannot."""
    if text.isascii():
        return
    try:
        check_encodable(text)
    except Refusal as refusal:
        raise _no_column(f"{quoted(text)}: {refusal.message}") from None


def _no_type(name: str, what: str) -> CriteriaError:
    hint = "Name a schema with a type for it, or write a row format."
    return CriteriaError(Problem("no_common_type", f"Column {quoted(name)} {what}.", hint=hint))


def _nullable(schema: Schema) -> Iterator[Field | ObjectList]:
    """The fields and lists of objects of a schema, each nullable, but not what is in the objects."""
    for one in schema.fields:
        yield replace(one, nullable=True)
    for objects in schema.object_lists:
        inside: list[Field | ObjectList] = [*objects.element.fields, *objects.element.object_lists]
        yield ObjectList(objects.name, inside, column=objects.place.column)


def _declared(declared: Field) -> Any:
    scalar = _TYPES[declared.field_type](declared)
    return pl.List(scalar) if declared.is_list else scalar


class _Size(NamedTuple):
    """How many names, cells and values columns have."""

    names: int
    cells: int
    values: int


class RecordColumns:
    """The columns of records that are added one by one; the fields of the schema come first."""

    def __init__(self, schema: Schema | None, *, are_typed: bool) -> None:
        self.are_typed = are_typed
        self.decode: Callable[[dict[str, Any]], dict[str, Any]] | None = None
        self.root = ColumnShape()
        self._records = 0
        if schema is not None:
            nullable = Schema(schema.name, [*_nullable(schema)], system_properties=False)
            self.decode = partial(decode_record, nullable, hints=Hints())  # all records share the hints
            self.root.declare(schema)

    def declared(self, record: dict[str, Any]) -> dict[str, Any]:
        """The record with values of the declared types. Raises `CriteriaError` (`invalid_record`)."""
        return record if self.decode is None or self.are_typed else self.decode(record)

    def typed(self, record: dict[str, Any], line: int) -> dict[str, Any]:
        """The record with its values as columns hold them, and their kinds recorded. Raises `CriteriaError`
        (`invalid_record`)."""
        record = self.declared(record)
        self.root.check(record)  # first, because a record that is refused has no columns
        self.root.see(record, line)
        self._records += 1
        return record

    def schema(self) -> dict[str, Any]:
        """The names and types of the columns. Raises `CriteriaError`: `no_common_type`, and `unsupported` if nearly all
        of very many cells would be empty."""
        size = self._size()
        bound = _MAX_EMPTY + _EMPTY_FOR_EACH * size.values
        if size.cells > bound:
            message = (
                f"The records have {size.names:,} different names, and nearly all cells would be empty: {size.cells:,} "
            )
            message += f"cells for {size.values:,} values, where {bound:,} are the maximum."
            hint = "Write ndjson or json, or choose fewer columns."
            raise CriteriaError(Problem("unsupported", message, hint=hint))
        return {name: shape.dtype(name) for name, shape in self.root.members.items()}

    def _size(self) -> _Size:
        """The size of the columns, and of those below objects and lists, that no schema declares."""
        names = cells = values = 0
        pending = [(shape, self._records) for shape in self.root.members.values()]
        while pending:
            shape, height = pending.pop()
            if shape.declared is None:
                names, cells, values = names + 1, cells + height, values + shape.count
            pending.extend((one, height) for one in shape.members.values())
            if shape.element is not None:
                names -= 1  # the list and its elements have one
                pending.append((shape.element, shape.elements))
        return _Size(names, cells, values)

    def frames(self, records: list[dict[str, Any]], schema: Mapping[str, Any]) -> Iterator[pl.DataFrame]:
        """Records as frames of so many rows that all their cells have room in memory."""
        rows = max(1, _MAX_CELLS * self._records // max(1, self._size().cells))
        for start in range(0, len(records), rows):
            yield self.frame(records[start : start + rows], schema)

    def frame(self, records: list[dict[str, Any]], schema: Mapping[str, Any]) -> pl.DataFrame:
        """Records as a frame; a missing member is null."""
        values = {name: self.root.members[name] for name in schema}
        columns = [
            _column(name, [one.get(name) for one in records], shape, schema[name]) for name, shape in values.items()
        ]
        return pl.DataFrame(columns)


def _column(name: str, values: list[Any], shape: ColumnShape, dtype: Any) -> pl.Series:
    """Values as a column. Those of objects become columns first: Polars takes as long for each name of each list of
    objects as for a column."""
    if not any(one is not None for one in values):
        return pl.Series(name, [None], dtype).new_from_index(0, len(values))
    if isinstance(dtype, pl.Struct):
        return _objects(name, values, shape, dtype)
    if isinstance(dtype, pl.List) and shape.element is not None and isinstance(dtype.inner, (pl.Struct, pl.List)):
        return _lists(name, values, shape.element, dtype)
    return pl.Series(name, [_value(one, shape) for one in values], dtype, strict=True)


def _objects(name: str, values: list[Any], shape: ColumnShape, dtype: pl.Struct) -> pl.Series:
    held = set[str]().union(*(one for one in values if one is not None))
    nulls = [None] * len(values)
    inner = [
        _column(
            one.name,
            [None if value is None else value.get(one.name) for value in values] if one.name in held else nulls,
            shape.members[one.name],
            one.dtype,
        )
        for one in dtype.fields
    ]
    objects = pl.DataFrame(inner).to_struct(name)
    if None not in values:
        return objects
    is_there = pl.Series([one is not None for one in values])
    return objects.to_frame().select(pl.when(is_there).then(pl.col(name))).to_series()


def _lists(name: str, values: list[Any], shape: ColumnShape, dtype: pl.List) -> pl.Series:
    """Lists, made of the column of all their elements."""
    owners = [at for at, one in enumerate(values) for _ in one or ()]
    elements = _column("element", [element for one in values for element in one or ()], shape, dtype.inner)
    grouped = pl.DataFrame([pl.Series("at", owners, pl.UInt32), elements]).group_by("at", maintain_order=True)
    lists = grouped.agg("element").get_column("element").append(pl.Series([[]], dtype=dtype))
    full = count()
    places = [None if one is None else next(full) if one else lists.len() - 1 for one in values]
    return lists.gather(pl.Series(places, dtype=pl.UInt32)).alias(name)


def _value(value: Any, shape: ColumnShape) -> Any:
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, dict):
        return None  # no object at this place has a name
    if isinstance(value, list):
        return [_value(one, shape.element or shape) for one in value]
    return float(value) if shape.declared is None and "numbers" in shape.kinds else value
