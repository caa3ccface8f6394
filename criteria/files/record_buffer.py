"""Buffers selected records on disk until the types of all columns are known."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from tempfile import TemporaryFile
from typing import IO, Any

import polars as pl

from criteria.errors import CriteriaError
from criteria.files.columns import RecordColumns
from criteria.files.lazy_batches import as_frame
from criteria.files.records import Batch

_ROWS = 8192


class RecordBuffer:
    """Records in an unnamed temporary file, which disappears with the process."""

    def __init__(self, columns: RecordColumns, *, are_elements: bool) -> None:
        self.columns = columns
        self.are_elements = are_elements
        self.file: IO[bytes] = TemporaryFile()  # noqa: SIM115  # closed by `close`
        self.waiting: list[dict[str, Any]] = []

    def add(self, batch: Batch, refused: Callable[[CriteriaError], None]) -> None:
        """Adds records. Calls `refused` for those whose values do not have the declared types."""
        for at, record in enumerate(batch.records):
            try:
                self.waiting.append(self.columns.typed(record, batch.lines[at]))
            except CriteriaError as error:
                refused(batch.fault(at, error.problems, self.are_elements))
        if len(self.waiting) >= _ROWS:
            self._flush()

    def _flush(self) -> None:
        pickle.dump(self.waiting, self.file, pickle.HIGHEST_PROTOCOL)
        self.waiting = []

    def frame(self) -> pl.LazyFrame:
        """All records as a lazy frame. Raises `CriteriaError` (`no_common_type`)."""
        self._flush()
        schema = self.columns.schema()

        def batches(_: list[str] | None) -> Iterator[pl.DataFrame]:
            self.file.seek(0)
            return (one for records in self._records() for one in self.columns.frames(records, schema))

        return as_frame(batches, schema)

    def close(self) -> None:
        """Discards the records."""
        self.file.close()

    def _records(self) -> Iterator[list[dict[str, Any]]]:
        while True:
            try:
                records: list[dict[str, Any]] = pickle.load(self.file)  # noqa: S301  # written above, by this process
            except EOFError:
                return
            yield records
