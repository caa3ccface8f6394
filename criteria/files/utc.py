"""Instants in UTC, whatever zone a file keeps them in."""

from __future__ import annotations

from typing import Any

import polars as pl


def utc_type(dtype: Any) -> Any:
    """The type with instants in UTC, also inside lists and structs."""
    if isinstance(dtype, pl.Datetime):
        return dtype if dtype.time_zone is None else pl.Datetime(dtype.time_unit, "UTC")
    if isinstance(dtype, pl.List):
        return pl.List(utc_type(dtype.inner))
    if isinstance(dtype, pl.Array):
        return pl.Array(utc_type(dtype.inner), dtype.size)
    return pl.Struct({one.name: utc_type(one.dtype) for one in dtype.fields}) if isinstance(dtype, pl.Struct) else dtype
