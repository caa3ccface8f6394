"""Tests which records of a batch a query selects: with the Python predicate, or with a frame engine that receives
columns of the query's fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from criteria.backends.compiling import compile as compiled
from criteria.backends.python.attribute_loop import attribute_loop
from criteria.errors import CriteriaError
from criteria.files.engines import ROW, Rows, row_engine
from criteria.files.faults import DataFault, needing
from criteria.files.records import Batch
from criteria.schema.schema import Schema
from criteria.tree.nodes import Query, leaves
from criteria.values.loading import Records


class Matcher(Protocol):
    """Tells the indexes of the selected records of a batch. `most` is the preferred size of a batch (None: any)."""

    @property
    def most(self) -> int | None: ...

    def hits(self, batch: Batch) -> list[int]: ...

    @property
    def attributes(self) -> Mapping[str, str] | None:
        """The attributes that the members of records may be; None: they have to be keys of dicts."""


class PredicateMatcher:
    """The Python predicate."""

    most = None

    def __init__(self, query: Query, records: Records) -> None:
        self._predicate = compiled(query, "python", records=records)
        self._loop = attribute_loop(query) if records == "json" else None

    @property
    def attributes(self) -> Mapping[str, str] | None:
        """The attributes that the members of records may be."""
        return None if self._loop is None else self._loop.attributes

    def hits(self, batch: Batch) -> list[int]:
        """The indexes of the selected records."""
        if batch.has_attributes:
            return self._hits_by_attributes(batch.records)
        if len(batch.records) == 1:
            return [0] if self._predicate(batch.records[0]) else []
        found = {*map(id, self._predicate.filter(batch.records))}
        return [at for at, record in enumerate(batch.records) if id(record) in found] if found else []

    def _hits_by_attributes(self, rows: list[Any]) -> list[int]:
        assert self._loop is not None
        try:
            return self._loop.indexes(rows)
        except Exception:  # values that cannot be compared
            names = self._loop.attributes.items()
            records = ({name: getattr(row, attribute) for name, attribute in names} for row in rows)
            return [at for at, record in enumerate(records) if self._predicate(record)]


class FrameMatcher:
    """A frame engine. Records whose values do not have the declared types are reported to `bad` and left out."""

    attributes = None

    def __init__(
        self, query: Query, are_typed: bool, rows: Rows, most: int, bad: Callable[[DataFault], None], are_elements: bool
    ) -> None:
        from criteria.files.columns import RecordColumns

        assert query.schema is not None
        named = tuple(dict.fromkeys(leaf.field for leaf in leaves(query.expression)))
        self.most = most
        self._columns = RecordColumns(Schema(query.schema.name, named, system_properties=False), are_typed=are_typed)
        self._types = self._columns.schema()
        self._stored = {one.path[0]: one.column for one in named}
        self._rows, self._bad, self._are_elements = rows, bad, are_elements

    def hits(self, batch: Batch) -> list[int]:
        """The indexes of the selected records."""
        import polars as pl

        places: list[int] = []
        good = []
        for at, record in enumerate(batch.records):
            try:
                good.append(self._columns.declared(record))
            except CriteriaError as error:
                self._bad(batch.fault(at, error.problems, self._are_elements))
            else:
                places.append(at)
        columns = self._columns.frame(good, self._types).rename(self._stored).get_columns()
        return sorted(self._rows(pl.DataFrame([pl.Series(ROW, places, dtype=pl.Int64), *columns])))


@contextmanager
def open_matcher(
    engine: str,
    query: Query,
    records: Records,
    bad: Callable[[DataFault], None],
    are_elements: bool,
) -> Iterator[Matcher]:
    """The matcher of an engine, inside a block. Raises `UsageFault` without the engine's package."""
    if engine == "python":
        yield PredicateMatcher(query, records)
        return
    with needing("files", f"The engine {engine}"):
        import narwhals  # noqa: F401
        import polars  # noqa: F401
    opened, most = row_engine(engine)
    with opened(query) as rows:
        yield FrameMatcher(query, records == "typed", rows, most, bad, are_elements)


def gathered(batches: Iterable[Batch], most: int | None) -> Iterator[Batch]:
    """Batches joined until they have `most` records; None leaves them unchanged."""
    if most is None:
        yield from batches
        return
    waiting: list[Batch] = []
    count = 0
    for batch in batches:
        waiting.append(batch)
        count += len(batch.records)
        if count >= most:
            yield _joined(waiting)
            waiting, count = [], 0
    if waiting:
        yield _joined(waiting)


def _joined(batches: list[Batch]) -> Batch:
    """Several batches of the same file as one."""
    return Batch(
        batches[0].name,
        [record for batch in batches for record in batch.records],
        [text for batch in batches for text in batch.texts],
        [line for batch in batches for line in batch.lines],
    )
