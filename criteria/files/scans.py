"""Column formats: scanned lazily by an engine, which pushes the filter down to the files."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from criteria.errors import CriteriaError, Problem
from criteria.files.column_agreement import check_columns
from criteria.files.engine_errors import unreadable
from criteria.files.engine_names import check_names
from criteria.files.engines import scan
from criteria.files.faults import DataFault, needing
from criteria.files.inputs import Inputs
from criteria.files.kinds_seen import MAX_RECORDS
from criteria.files.share import Share
from criteria.files.unfit_values import UnfitValues
from criteria.search.search import Search
from criteria.tree.query import Query

if TYPE_CHECKING:
    import polars as pl

FrameT = TypeVar("FrameT")


def selected(inputs: Inputs, search: Search, engine: str, share: Share) -> AbstractContextManager[pl.LazyFrame]:
    """The selected records as a lazy Polars frame, inside a block.

    Raises `UsageFault` without the engine's package and for names of files that it cannot take, `CriteriaError` as
    `criteria.backends.frame.filter` does, and inside and at the end of the block `DataFault` for files that cannot be
    read.
    """
    with needing("files", f"Filtering {inputs.format.value} files"):
        import narwhals  # noqa: F401
        import polars  # noqa: F401
    check_names(inputs, engine)
    empty = next((path for path in inputs.paths if os.path.isfile(path) and not os.path.getsize(path)), None)
    if empty is not None:
        raise DataFault(inputs.name_of(empty), Problem("unreadable_file", "The file is empty."))
    return _readable(inputs, scan(engine, inputs, search, share))


def record_at(inputs: Inputs, query: Query, row: int) -> dict[str, Any] | None:
    """The typed record in a row of a file, counted from 1. Raises as `selected` does."""
    check_names(inputs, "polars")
    with needing("files", f"Reading {inputs.format.value} files"):
        from criteria.files.engines import in_python
    with _readable(inputs, nullcontext()):
        return in_python.record_at(inputs, query, row)


def unlisted_values(inputs: Inputs, query: Query) -> Iterator[str]:
    """What is to be said of values in the first rows that the schema does not list. Nothing of files that Polars does
    not read: another engine may have read them."""
    values = UnfitValues(query, "typed")
    if not values.is_looking:
        return
    from criteria.files.engines import in_python

    try:
        with _readable(inputs, nullcontext()):
            records = in_python.first_records(inputs, query, values.names, MAX_RECORDS)
    except (CriteriaError, OSError):
        return
    values.see_records(records)
    values.is_whole = True
    yield from values.notes()


@contextmanager
def _readable(inputs: Inputs, opened: AbstractContextManager[FrameT]) -> Iterator[FrameT]:
    """Converts Polars' errors about files that it cannot read to faults of the data."""
    import polars as pl
    from narwhals.exceptions import NarwhalsError

    try:
        with opened as frame:
            yield frame
    except FileNotFoundError as error:
        raise unreadable(inputs, error) from None
    except (pl.exceptions.PolarsError, NarwhalsError, OSError, MemoryError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # raised by Python, about the output
        if isinstance(error, pl.exceptions.PolarsError) and len(inputs.paths) > 1:
            with suppress(pl.exceptions.PolarsError):
                check_columns(inputs, "polars")  # tells which columns differ, if that is why
        raise _of_the_system(error) or unreadable(inputs, error) from None
    except (
        pl.exceptions.PanicException
    ) as error:  # for types that Polars does not know, and damaged data; not a subclass of Exception
        raise unreadable(inputs, RuntimeError(str(error))) from None


def _of_the_system(error: Exception) -> OSError | None:
    """The operating system's error, such as a full disk, in an error of Polars; None if the data are at fault."""
    found = re.search(r"\(os error ([0-9]+)\)", str(error))
    if found is None or int(found[1]) in (
        errno.ENOENT,
        errno.EINVAL,
    ):  # EINVAL: damaged data with an offset outside the file
        return None
    return OSError(int(found[1]), os.strerror(int(found[1])))
