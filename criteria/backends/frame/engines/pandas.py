"""pandas frames, with NumPy's, pandas' own and Arrow's types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import pandas as pd
from narwhals.dtypes import DType, Object

from criteria.backends.frame.columns import Column
from criteria.backends.frame.dtypes import with_types
from criteria.backends.frame.engines import FrameEngine, ListCondition
from criteria.backends.frame.expression import Words
from criteria.schema.field import FieldType


def _own_type(native: Any) -> DType | None:
    """The type of a NumPy or pandas column if narwhals does not know it, or of an Arrow column."""
    if not isinstance(native, pd.api.extensions.ExtensionArray):
        # narwhals reads the first values, and takes a column of objects that begins with strings for strings
        if native == "object":
            return Object()
        is_labels = isinstance(native, pd.CategoricalDtype)
        return nw.Unknown() if is_labels and not _are_strings(native.categories) else None
    from criteria.backends.frame.engines import arrow

    return arrow.own_type(native.__arrow_array__())


def _are_strings(categories: pd.Index) -> bool:
    return pd.api.types.infer_dtype(categories, skipna=False) in ("string", "empty")


def _types(frame: pd.DataFrame, known: Mapping[str, DType]) -> Mapping[str, DType]:
    natives: dict[str, Any] = dict(zip(frame.columns, frame.dtypes, strict=True))
    in_arrow = {name: one.pyarrow_dtype for name, one in natives.items() if isinstance(one, pd.ArrowDtype)}
    if in_arrow:
        from criteria.backends.frame.engines import arrow

        arrow.check_selectable(in_arrow)
        natives |= {name: frame[name].array for name in in_arrow}
    return with_types(known, natives, _own_type)


def _flagged(frame: pd.DataFrame, flags: Mapping[str, ListCondition]) -> pd.DataFrame:
    from criteria.backends.frame.engines import arrow  # only Arrow types hold lists

    found = {
        name: arrow.some(frame.iloc[:, column.position].array.__arrow_array__(), column, asked)
        for name, (column, asked) in flags.items()
    }
    arrays = {name: pd.arrays.ArrowExtensionArray(values) for name, values in found.items()}
    return frame.assign(**{name: pd.Series(values, index=frame.index) for name, values in arrays.items()})


def _rows(frame: pd.DataFrame, skip: int, count: int | None) -> pd.DataFrame:
    return frame.iloc[skip : None if count is None else skip + count]


def _words(frame: pd.DataFrame) -> Words:
    """Converts leaves to NumPy booleans if a frame has pandas' own nullable types. Comparisons return pandas or Arrow
    booleans, and pandas cannot combine the nulls of one with booleans of the other."""
    has_own = any(
        isinstance(one, pd.CategoricalDtype)  # which is compared as a string of pandas' own
        or (getattr(one, "na_value", None) is pd.NA and not isinstance(one, pd.ArrowDtype))
        for one in frame.dtypes
    )
    return Words(truth=_as_numpy if has_own else None, literal=_literal)


def _literal(value: Any, dtype: DType) -> Any:
    """pandas hands integers to Arrow as signed ones. Arrow compares those with unsigned ones as doubles."""
    return nw.lit(value, dtype) if isinstance(dtype, nw.UInt64) else value


def _as_numpy(leaf: nw.Expr) -> nw.Expr:
    return nw.when(leaf.fill_null(False)).then(nw.lit(True)).otherwise(nw.lit(False))


def _are_labels(dtype: DType) -> bool:
    return isinstance(dtype, (nw.Categorical, nw.Enum))


def _projected(frame: pd.DataFrame, columns: Mapping[str, Column]) -> pd.DataFrame:
    """Labels as strings; narwhals would make a text of a null."""
    return frame.assign(**{name: frame.iloc[:, one.position].astype("string") for name, one in columns.items()})


_ARROW: Mapping[FieldType, str] = {
    FieldType.STRING: "pa.string()",
    FieldType.INTEGER: "pa.int64()",
    FieldType.BOOLEAN: "pa.bool_()",
    FieldType.DECIMAL: "pa.decimal128(38, 9)",
    FieldType.DOUBLE: "pa.float64()",
    FieldType.DATE: "pa.date32()",
    FieldType.DATE_TIME: 'pa.timestamp("us", "UTC")',
    FieldType.GUID: "pa.string()",
    FieldType.OBJECT_REF: "pa.int64()",
}
_CONVERTED = (FieldType.INTEGER, FieldType.BOOLEAN, FieldType.OBJECT_REF)
"""Types of which NumPy makes something else where there are nulls, and pandas makes them again."""


def _remedy(field_type: FieldType | None, is_list: bool, dtype: DType) -> str:
    target = "pa.struct(...)" if field_type is None else _ARROW[field_type]
    hint = f"Convert the column with astype(pd.ArrowDtype({f'pa.list_({target})' if is_list else target}))"
    if field_type is FieldType.GUID:
        hint += ", to texts in lower case and with dashes"
    if field_type in _CONVERTED and not is_list and isinstance(dtype, (Object, nw.Float64, nw.Float32)):
        hint += ', or a frame of NumPy\'s types with convert_dtypes(dtype_backend="pyarrow")'
    return f"{hint}."


ENGINE = FrameEngine(_types, _flagged, _rows, len, _projected, _are_labels, words=_words, remedy=_remedy)
