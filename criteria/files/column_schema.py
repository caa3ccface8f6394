"""The schema that files of columns have themselves: their names and types, for queries that come without one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from criteria.errors import CriteriaError
from criteria.files.engine_names import check_names
from criteria.files.faults import needing
from criteria.files.formats import STDIN
from criteria.files.inputs import Inputs
from criteria.schema.field import MAX_CHARACTERS, SEGMENT, Field, FieldType
from criteria.schema.schema import ObjectList, Schema

if TYPE_CHECKING:
    import polars as pl

_MAX_DIGITS = 38


def schema_of(inputs: Inputs, *, is_utc: bool = False) -> Schema | None:
    """The schema of files of columns, with every column that a field can describe. None where there is none, as of
    standard input and of files that cannot be read: whoever filters them says why. `is_utc` says that times without a
    zone are in UTC."""
    if STDIN in inputs.paths:
        return None
    with needing("files", f"Filtering {inputs.format.value} files"):
        import polars as pl

        from criteria.files.engines.in_polars import lazily
    every = inputs._replace(paths=inputs.paths if inputs.is_union else inputs.paths[:1], shown=None)
    try:
        check_names(inputs, "polars")
        found = lazily(every, None).collect_schema()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, CriteriaError):
        return None
    try:
        name = PurePath(inputs.paths[0]).name.split(".")[0] or "data"
        return Schema(name, [*_all_fields(found, is_utc)], system_properties=False)
    except CriteriaError:
        return None


def fields_of(frame: pl.LazyFrame) -> Iterator[Field]:
    """The columns of a frame that a field can describe."""
    return (one for one in _all_fields(frame.collect_schema()) if isinstance(one, Field))


def _all_fields(columns: Mapping[str, pl.DataType], is_utc: bool = False) -> Iterator[Field | ObjectList]:
    for name, dtype in columns.items():
        if "." not in name:  # which a query reads as a path
            yield from _fields(name, dtype, is_utc)


_WITHOUT_LITERALS = frozenset({FieldType.DATE, FieldType.DATE_TIME, FieldType.DECIMAL})
"""Types whose values are strings in JSON, so that a query without a schema does not tell them."""


def needs_types(fields: Iterable[Field], own: Schema) -> bool:
    """Whether one of these fields, which a query without a schema compares with strings, has another type in files."""
    found = [own.find(one.name) for one in fields]
    return any(one is not None and one.field_type in _WITHOUT_LITERALS for one in found)


def _fields(name: str, dtype: pl.DataType, is_utc: bool) -> Iterator[Field | ObjectList]:
    import polars as pl

    if isinstance(dtype, pl.Struct):
        for one in dtype.fields:
            if "." not in one.name and len(name) + len(one.name) < MAX_CHARACTERS:
                yield from _fields(f"{name}.{one.name}", one.dtype, is_utc)  # type: ignore[arg-type]
        return
    is_list = isinstance(dtype, (pl.List, pl.Array))
    inner: Any = dtype.inner if isinstance(dtype, (pl.List, pl.Array)) else dtype
    if isinstance(inner, pl.Struct):
        yield from _object_lists(name, inner, is_utc)
        return
    kind = _kind(inner, is_utc)
    if kind is None:
        return
    try:
        yield Field(name, is_list=is_list, **kind)
    except CriteriaError:  # a name that no query can have
        return


def _object_lists(name: str, element: pl.Struct, is_utc: bool) -> Iterator[ObjectList]:
    """The list of objects of a list of structs, if its names are such that a query can have them."""
    members: Any = {one.name: one.dtype for one in element.fields}
    fields = [one for one in _all_fields(members, is_utc) if all(map(SEGMENT.fullmatch, one.name.split(".")))]
    try:
        yield ObjectList(name, fields)
    except CriteriaError:
        return


def _kind(dtype: Any, is_utc: bool) -> dict[str, Any] | None:
    """What a field says of values of a type; None where no field holds them."""
    import polars as pl

    if isinstance(dtype, pl.Decimal):
        precision = dtype.precision or _MAX_DIGITS
        if precision > _MAX_DIGITS:
            return None
        return {"field_type": FieldType.DECIMAL, "precision": precision, "scale": dtype.scale}
    if isinstance(dtype, pl.Datetime):
        precision = 3 if dtype.time_unit == "ms" else 6
        if dtype.time_zone is None and not is_utc:
            return None
        zone = "UTC" if dtype.time_zone is None else None
        return {"field_type": FieldType.DATE_TIME, "precision": precision, "time_zone": zone}
    if isinstance(dtype, (pl.String, pl.Categorical, pl.Enum)):
        return {"field_type": FieldType.STRING}
    if isinstance(dtype, pl.Boolean):
        return {"field_type": FieldType.BOOLEAN}
    if isinstance(dtype, pl.Date):
        return {"field_type": FieldType.DATE}
    if isinstance(dtype, (pl.Float32, pl.Float64)):
        return {"field_type": FieldType.DOUBLE}
    if isinstance(dtype, pl.UInt64):  # an integer of a query is one of 64 signed bits
        return {"field_type": FieldType.DECIMAL, "precision": 20, "scale": 0}
    return {"field_type": FieldType.INTEGER} if dtype.is_integer() else None
