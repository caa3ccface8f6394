"""Writes the people of the other jobs to files."""

from __future__ import annotations

import json
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from benchmarks import people

_DISTINCT = 50_000


def write_ndjson(path: Path, rows: int) -> None:
    """JSON records; some values are null or missing, and large numbers of records repeat some."""
    lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in people.as_json(min(rows, _DISTINCT))]
    with path.open("w", encoding="utf-8") as file:
        file.writelines(islice(cycle(lines), rows))


def write_parquet(path: Path, rows: int) -> None:
    """A frame of records, 3 % of the values null. Raises `ModuleNotFoundError` without Polars."""
    import polars as pl

    number = pl.int_range(rows, dtype=pl.Int64)

    def dice(seed: int, sides: int) -> Any:
        return number.hash(seed) % sides

    def often(value: Any, seed: int) -> Any:
        return pl.when(dice(seed + 100, 100) >= 3).then(value)

    def named(prefix: str, seed: int, sides: int) -> Any:
        return pl.format(prefix + "{}", dice(seed, sides))

    countries = {str(at): name for at, name in enumerate(people.COUNTRIES)}
    start = pl.lit(people.START).dt.cast_time_unit("ms")
    frame = pl.LazyFrame().select(
        number.alias("id"),
        often(pl.concat_str(named("Ada ", 1, 2_000), named(" Berg ", 2, 500)), 1).alias("name"),
        often((dice(3, 74) + 16).cast(pl.Int64), 3).alias("age"),
        often(dice(4, len(countries)).cast(pl.String).replace(countries), 4).alias("country"),
        often(dice(5, 10) < 7, 5).alias("active"),
        often((dice(6, 10_000) / 100).cast(pl.Float64), 6).alias("score"),
        often(dice(7, 10).cast(pl.Int64), 7).alias("level"),
        often(pl.concat_list(named("tag", 8, 5), named("tag", 9, 5)), 8).alias("tags"),
        pl.struct(named("Gata ", 10, 100).alias("street"), named("City ", 11, 10).alias("city")).alias("address"),
        often(start + pl.duration(milliseconds=dice(12, 10**11)), 12).alias("seen"),
    )
    frame.sink_parquet(path)
