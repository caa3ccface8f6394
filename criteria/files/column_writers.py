"""Writes lazy Polars frames in any format, with memory for only some of their rows."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import polars as pl

from criteria.errors import CriteriaError, Problem
from criteria.files.faults import FaultKind, FileFault
from criteria.files.formats import Format
from criteria.files.lazy_batches import sources_end
from criteria.files.utc import text_type
from criteria.messages import quoted, shown_type
from criteria.schema.field import MAX_CHARACTERS, joined_too_long

_ROWS = 50_000


def sink(frame: pl.LazyFrame, path: Path, target: Format, delimiter: str = ",") -> None:
    """Writes a frame to a file in Polars' threads, with `delimiter` between the cells of CSV.

    Raises `CriteriaError` (`unsupported`), and Polars' errors.
    """
    with (
        sources_end(),
        path.open("wb") as file,
    ):  # given a path, a thread may recreate the file after another one has failed
        if target is Format.PARQUET:
            frame.sink_parquet(file)
        elif target is Format.ARROW:
            frame.sink_ipc(file, compat_level=pl.CompatLevel.newest())
        elif target is Format.CSV:
            as_csv(frame).sink_csv(file, separator=delimiter)
        else:
            assert target is Format.NDJSON
            as_json(frame).sink_ndjson(file)


def sinks(target: Format) -> bool:
    """Whether `sink` supports a format."""
    return target is not Format.JSON


def write(
    frame: pl.LazyFrame, target: Format, out: BinaryIO, delimiter: str = ",", *, decimal_comma: bool = False
) -> None:
    """Writes a frame to a stream, with `delimiter` between cells of CSV and numbers there with a decimal comma if asked
    for. Raises what `sink` and the stream raise."""
    if target is Format.CSV:
        _csv(frame, out, delimiter, decimal_comma)
        return
    if target.is_rows:
        (_json if target is Format.JSON else _ndjson)(frame, out)
        return
    with TemporaryDirectory(prefix="criteria-") as folder:  # column formats are not written sequentially
        path = Path(folder, "data")
        sink(frame, path, target)
        with path.open("rb") as file:
            shutil.copyfileobj(file, out, 1 << 20)


def _ndjson(frame: pl.LazyFrame, out: BinaryIO) -> None:
    _each(as_json(frame), lambda batch: out.write(batch.write_ndjson().encode("utf-8")))


def _json(frame: pl.LazyFrame, out: BinaryIO) -> None:
    opening = b"[\n"

    def write_batch(batch: pl.DataFrame) -> None:
        nonlocal opening
        rows = batch.write_ndjson().encode("utf-8").removesuffix(b"\n")
        out.write(opening + rows.replace(b"\n", b",\n"))
        opening = b",\n"

    _each(as_json(frame), write_batch)
    out.write(b"[]\n" if opening == b"[\n" else b"\n]\n")


def _csv(frame: pl.LazyFrame, out: BinaryIO, delimiter: str, decimal_comma: bool) -> None:
    plain = as_csv(frame)
    out.write(pl.DataFrame(schema=plain.collect_schema()).write_csv(separator=delimiter).encode("utf-8"))

    def write_batch(batch: pl.DataFrame) -> None:
        text = batch.write_csv(include_header=False, separator=delimiter, decimal_comma=decimal_comma)
        out.write(text.encode("utf-8"))

    _each(plain, write_batch)


def _each(frame: pl.LazyFrame, write_batch: Callable[[pl.DataFrame], object]) -> None:
    """Passes on the frame in parts, in order. `collect_batches` would end early, without an error, if Polars panics."""

    def receive(batch: pl.DataFrame) -> None:
        if batch.height:
            write_batch(batch)

    with sources_end():
        frame.sink_batches(receive, chunk_size=_ROWS, maintain_order=True)


def as_json(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The frame with instants in UTC, if JSON can represent its columns. Raises `CriteriaError` (`unsupported`)."""
    columns = frame.collect_schema()
    for name, dtype in columns.items():
        if any(base in _named(dtype) for base in (pl.Binary, pl.Object)):
            raise _unsupported(name, dtype, "JSON")
    cast = {at: text_type(dtype) for at, dtype in enumerate(columns.values()) if text_type(dtype) != dtype}
    return frame.with_columns(pl.nth(at).cast(dtype) for at, dtype in cast.items()) if cast else frame


def _named(dtype: Any) -> set[Any]:
    """The types nested in a type."""
    if isinstance(dtype, (pl.List, pl.Array)):
        return {dtype.base_type(), *_named(dtype.inner)}
    if isinstance(dtype, pl.Struct):
        return {dtype.base_type()}.union(*(_named(one.dtype) for one in dtype.fields))
    return {dtype.base_type()}


def as_csv(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The frame with one column for each cell: struct members under names with dots, lists as JSON arrays, instants
    with their offset. Raises `CriteriaError` (`unsupported`)."""
    columns = frame.collect_schema()
    for name, dtype in columns.items():
        if _levels(dtype) > _MAX_LEVELS:
            message = f"Column {quoted(name)} has structs inside each other; CSV takes at most {_MAX_LEVELS} levels."
            raise CriteriaError(Problem("unsupported", message, hint="Leave the column out, or write another format."))
    places = enumerate(columns.items())
    cells = [cell for at, (name, dtype) in places for cell in _members(name, dtype, pl.nth(at))]
    while any(isinstance(dtype, pl.Struct) for _, dtype, _ in cells):
        frame, cells = _unnested(frame, cells)
    names: set[str] = set()
    for name, _, _ in cells:
        if name in names:
            message = f"Two columns of the CSV would be named {quoted(name)}: a column and a member of another column."
            raise CriteriaError(Problem("unsupported", message, hint="Write another format."))
        names.add(name)
    return frame.select(_cell(*one).alias(one[0]) for one in cells)


_Member = tuple[str, Any, pl.Expr]
"""The name that a column gets, its type and its place."""

_MAX_MEMBERS = 16
"""Members of a struct for which an expression each is fast: it takes time that grows with their number."""


_MAX_LEVELS = 32
"""Structs inside each other that are written as columns: Polars takes time that grows with the square of their number,
for each column."""

_LEVELS_A_PLACE = 4
"""Structs inside each other through which one expression leads, for the same reason."""


def _levels(dtype: Any) -> int:
    """How many structs are inside each other in a type, outside lists."""
    return 1 + max([_levels(one.dtype) for one in dtype.fields], default=0) if isinstance(dtype, pl.Struct) else 0


def _members(name: str, dtype: Any, place: pl.Expr, levels: int = _LEVELS_A_PLACE) -> Iterator[_Member]:
    """What is not a struct in a column, and structs of many members, or inside many others, as they are."""
    if not isinstance(dtype, pl.Struct) or len(dtype.fields) > _MAX_MEMBERS or levels == 0:
        yield name, dtype, place
        return
    for one in dtype.fields:
        yield from _members(_joined(name, one.name), one.dtype, place.struct.field(one.name), levels - 1)


def _unnested(frame: pl.LazyFrame, cells: Sequence[_Member]) -> tuple[pl.LazyFrame, list[_Member]]:
    """The frame with the members of structs in place of these, under numbers, and what they are."""
    numbers = map(str, count())
    places: list[pl.Expr] = []
    structs: list[str] = []
    members: list[_Member] = []
    for name, dtype, place in cells:
        number = next(numbers)
        if isinstance(dtype, pl.Struct):
            inner = [next(numbers) for _ in dtype.fields]
            places.append(place.struct.rename_fields(inner).alias(number))
            structs.append(number)
            for field, renamed in zip(dtype.fields, inner, strict=True):
                members += _members(_joined(name, field.name), field.dtype, pl.col(renamed))
        else:
            places.append(place.alias(number))
            members.append((name, dtype, pl.col(number)))
    return frame.select(places).unnest(structs), members


def _joined(name: str, member: str) -> str:
    if len(name) + len(member) >= MAX_CHARACTERS:
        hint = "Leave the column out, or write another format."
        raise CriteriaError(Problem("unsupported", joined_too_long(member), hint=hint))
    return f"{name}.{member}"


def _cell(name: str, dtype: Any, place: pl.Expr) -> pl.Expr:
    if isinstance(dtype, (pl.List, pl.Array)):
        if _named(dtype) & {pl.Binary, pl.Object}:
            raise _unsupported(name, dtype, "CSV")
        place = place.cast(text_type(dtype)) if text_type(dtype) != dtype else place
        text = pl.struct(place.alias("v")).struct.json_encode().str.strip_prefix('{"v":').str.strip_suffix("}")
        return pl.when(place.is_not_null()).then(text)
    if isinstance(dtype, pl.Datetime):
        instant = place if dtype.time_zone is None else place.dt.convert_time_zone("UTC")
        return instant.dt.strftime("%Y-%m-%dT%H:%M:%S%.f" + ("" if dtype.time_zone is None else "Z"))
    if not _is_readable(dtype):
        raise _unsupported(name, dtype, "CSV")
    return place.cast(pl.Float64) if dtype == pl.Float32 else place


def _is_readable(dtype: Any) -> bool:
    """Whether CSV has texts for values of a type: not for binary data, durations, maps and types of extensions."""
    simple = (pl.String, pl.Categorical, pl.Enum, pl.Boolean, pl.Date, pl.Time, pl.Null)
    return isinstance(dtype, simple) or dtype.is_numeric()


def _unsupported(name: str, dtype: Any, what: str) -> FileFault:
    message = f"Column {quoted(name)} is {shown_type(dtype)}, which {what} cannot represent."
    hint = "Leave it out, or write parquet or arrow."
    return FileFault(FaultKind.UNSUPPORTED_COLUMN, Problem("unsupported", message, hint=hint))
