"""The kinds of frames that every query has to agree on, as the tests make and read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from criteria import Schema
from tests.engines.duckdb_version import is_duckdb_before_2
from tests.frames import spark

Make = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class FrameKind:
    """A kind of frame: what makes one of an Arrow table, and what reads the names and values back, column by column."""

    name: str
    package: str
    make: Make
    read: Callable[[Any], Mapping[str, list[Any]]]
    holds_everything: bool = True

    def missing(self) -> str | None:
        """How to get the engine; None when it is there."""
        if self.package == "pyspark":
            return spark.missing()
        lacking = [name for name in (self.package, "narwhals", "pyarrow") if not find_spec(name)]
        return f'pip install "criteria-engine[test]" ({", ".join(lacking)})' if lacking else None

    def can_name(self, schema: Schema) -> bool:
        """Whether the engine can name the columns of a schema: DuckDB before version 2 parses names."""
        return not (self.is_old_duckdb and any('"' in field.column for field in schema.fields))

    @property
    def is_old_duckdb(self) -> bool:
        """Whether it is DuckDB before version 2."""
        return self.package == "duckdb" and is_duckdb_before_2()


def _polars(table: Any) -> Any:
    import polars as pl

    return pl.from_arrow(table)


def _pandas_arrow(table: Any) -> Any:
    import pandas as pd

    return table.to_pandas(types_mapper=pd.ArrowDtype)


def _pandas_nullable(table: Any) -> Any:
    """pandas' own nullable types; Arrow's where pandas has none (decimals, lists, structs)."""
    import pandas as pd

    own = {
        "string": pd.StringDtype(),
        "int64": pd.Int64Dtype(),
        "bool": pd.BooleanDtype(),
        "double": pd.Float64Dtype(),
        "timestamp[ms, tz=UTC]": pd.DatetimeTZDtype("ms", "UTC"),
        "timestamp[us, tz=UTC]": pd.DatetimeTZDtype("us", "UTC"),
    }
    return table.to_pandas(types_mapper=lambda kind: own.get(str(kind)) or pd.ArrowDtype(kind))


def _pandas_numpy(table: Any) -> Any:
    """NumPy's types, and pandas' strings on NumPy: integers, booleans only where there are no nulls."""
    import pandas as pd

    frame = _pandas_arrow(table)
    strings = "str" if int(pd.__version__.split(".")[0]) > 2 else "string"  # before, "str" is a column of objects
    own = {"string": strings, "int64": "int64", "bool": "bool", "double": "float64",
           "timestamp[ms, tz=UTC]": "datetime64[ms, UTC]", "timestamp[us, tz=UTC]": "datetime64[us, UTC]"}  # fmt: skip
    return frame.astype({one.name: own[str(one.type)] for one in table.schema})


def _duckdb(table: Any) -> Any:
    import duckdb

    return duckdb.from_arrow(table)


def _dask(table: Any) -> Any:
    import dask.dataframe as dd

    return dd.from_pandas(  # type: ignore[no-untyped-call]
        _pandas_arrow(table), npartitions=2, sort=False
    )


class _Columns(Mapping[str, list[Any]]):
    """The columns of a frame, each read when it is asked for: of most frames that is the key alone."""

    def __init__(self, names: Iterable[str], values: Callable[[str], list[Any]]) -> None:
        self.names, self.values_of = list(names), values

    def __getitem__(self, name: str) -> list[Any]:
        return self.values_of(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def _read_polars(frame: Any) -> Mapping[str, list[Any]]:
    return _Columns(frame.columns, lambda name: frame[name].to_list())


def _read_pandas(frame: Any) -> Mapping[str, list[Any]]:
    return _Columns(frame.columns, lambda name: frame[name].tolist())


def _read_arrow(table: Any) -> Mapping[str, list[Any]]:
    return _Columns(table.column_names, lambda name: table[name].to_pylist())


def _read_duckdb(relation: Any) -> Mapping[str, list[Any]]:
    rows = relation.fetchall()
    return {name: [row[place] for row in rows] for place, name in enumerate(relation.columns)}


_IN_PANDAS = {
    "String": "pa.string()", "Int64": "pa.int64()", "Boolean": "pa.bool_()", "Decimal": "pa.decimal128(38, 9)",
    "Float64": "pa.float64()", "Date": "pa.date32()", "Datetime with a time zone": 'pa.timestamp("us", "UTC")',
    "String (in canonical form: lower case, with dashes)": "pa.string()",
}  # fmt: skip


def in_words_of(name: str, hint: str) -> str:
    """A hint that ends with a type to cast a column to, as it is worded for a kind of frame."""
    before, cast, target = hint.partition("ast it to ")
    if not cast or not name.startswith(("pandas", "dask")):
        return hint
    inner = target.removesuffix(".").removeprefix("a List of ")
    wanted = f"pa.list_({_IN_PANDAS[inner]})" if target.startswith("a List of ") else _IN_PANDAS[inner]
    form = ", to texts in lower case and with dashes" if "canonical" in target else ""
    return f"{before}onvert the column with astype(pd.ArrowDtype({wanted})){form}."


OF_NUMPY = ', or a frame of NumPy\'s types with convert_dtypes(dtype_backend="pyarrow")'
"""What is said to pandas of integers and booleans beside that."""

QUICK = (
    FrameKind("polars", "polars", _polars, _read_polars),
    FrameKind("polars-lazy", "polars", lambda table: _polars(table).lazy(),
              lambda frame: _read_polars(frame.collect())),
    FrameKind("pandas-arrow", "pandas", _pandas_arrow, _read_pandas),
    FrameKind("pandas-nullable", "pandas", _pandas_nullable, _read_pandas),
    FrameKind("pandas-numpy", "pandas", _pandas_numpy, _read_pandas, holds_everything=False),
    FrameKind("pyarrow", "pyarrow", lambda table: table, _read_arrow),
    FrameKind("duckdb-relation", "duckdb", _duckdb, _read_duckdb),
)  # fmt: skip
"""Frames of engines that run in this process."""

DASK = FrameKind("dask", "dask", _dask, lambda frame: _read_pandas(frame.compute()))

SPARK = FrameKind(
    "spark", "pyspark", lambda table: None, lambda frame: {"id": [row["id"] for row in frame.select("id").collect()]}
)
"""Spark, whose frames need a session. Only the ids are read."""

FRAMES = tuple(kind.name for kind in (*QUICK, DASK, SPARK))
"""The names of all kinds, for `--engines`."""
