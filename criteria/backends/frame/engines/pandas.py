"""pandas frames, with NumPy's, pandas' own and Arrow's types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import pandas as pd
from narwhals.dtypes import DType, Object

from criteria.backends.frame.dtypes import NothingButNulls, with_types
from criteria.backends.frame.engines import Elements, Engine
from criteria.backends.frame.expression import PLAIN, Words


def _own_type(native: Any) -> DType | None:
    if native == "object":  # narwhals looks at the values, and takes objects that begin as strings for strings
        return Object()
    is_null = isinstance(native, pd.ArrowDtype) and str(native.pyarrow_dtype) == "null"
    return NothingButNulls() if is_null else None


def _types(frame: pd.DataFrame, known: Mapping[str, DType]) -> Mapping[str, DType]:
    return with_types(known, dict(zip(frame.columns, frame.dtypes, strict=True)), _own_type)


def _flagged(frame: pd.DataFrame, flags: Mapping[str, Elements]) -> pd.DataFrame:
    from criteria.backends.frame.engines import arrow  # only Arrow's types hold lists

    found = {
        name: arrow.some(frame.iloc[:, column.position].array.__arrow_array__(), column, asked)
        for name, (column, asked) in flags.items()
    }
    arrays = {name: pd.arrays.ArrowExtensionArray(values) for name, values in found.items()}
    return frame.assign(**{name: pd.Series(values, index=frame.index) for name, values in arrays.items()})


def _rows(frame: pd.DataFrame, skip: int, count: int | None) -> pd.DataFrame:
    return frame.iloc[skip : None if count is None else skip + count]


def _words(frame: pd.DataFrame) -> Words:
    """Leaves become NumPy's booleans when a frame has types of pandas' own that have nulls: comparing them gives
    booleans of pandas or of Arrow, and pandas does not take the nulls of one with the booleans of the other."""
    has_own = any(
        getattr(one, "na_value", None) is pd.NA and not isinstance(one, pd.ArrowDtype) for one in frame.dtypes
    )
    return Words(truth=_as_numpy, literal=_exact) if has_own else PLAIN


def _exact(value: Any, dtype: DType) -> Any:
    """An integer that is no double: pandas looks for it as for one, among a column's integers and nulls, unless it is
    compared alone."""
    return nw.lit(value) if type(value) is int and abs(value) > 2**53 else value


def _as_numpy(leaf: nw.Expr) -> nw.Expr:
    return nw.when(leaf.fill_null(False)).then(nw.lit(True)).otherwise(nw.lit(False))


ENGINE = Engine(_types, _flagged, _rows, length=len, words=_words)
