"""The films as files of every format."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import criteria
from criteria.files import decoded_together
from criteria.files.columns import RecordColumns
from tests.cli.running import EXAMPLES
from tests.cli.test_filter import FILMS

SCHEMA = criteria.Schema.from_json((EXAMPLES / "films.schema.json").read_bytes())
FORMATS = ("ndjson", "json", "csv", "parquet", "arrow")
COLUMNS = ("parquet", "arrow")
ENGINES = ("python", "polars", "duckdb")
PAIRS = [(source, engine) for source in FORMATS for engine in ENGINES if source in COLUMNS or engine == "python"]
"""The formats, and the engines that filter them."""


@pytest.fixture(autouse=True)
def _in_the_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLES)


@pytest.fixture(autouse=True, scope="module")
def _with_msgspec_from_the_first_text() -> Iterator[None]:
    """Small files are decoded by msgspec too, which otherwise is imported only for larger ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decoded_together, "_MIN_TEXT", 0)
        yield


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The films in every format, by its name; the columns have the types of the schema."""
    folder = tmp_path_factory.mktemp("films")
    found = {name: folder / f"films.{name}" for name in FORMATS}
    found["ndjson"].write_bytes((EXAMPLES / "films.ndjson").read_bytes())
    found["json"].write_text(json.dumps(FILMS, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    with found["csv"].open("w", encoding="utf-8", newline="") as file:
        rows = ([_cell(film, field.path) for field in SCHEMA.fields] for film in FILMS)
        csv.writer(file).writerows([SCHEMA.names, *rows])
    frame = film_frame()
    frame.write_parquet(found["parquet"])
    frame.write_ipc(found["arrow"])
    return found


def film_frame() -> pl.DataFrame:
    """The films in columns."""
    columns = RecordColumns(SCHEMA, are_typed=False)
    records = [columns.typed(film, 1) for film in FILMS]
    return columns.frame(records, columns.schema())


def _cell(film: Any, path: tuple[str, ...]) -> str:
    for segment in path:
        film = film.get(segment) if film is not None else None
    if film is None:
        return ""
    return film if isinstance(film, str) else json.dumps(film, ensure_ascii=False)


def ids(path: Path, kind: str) -> list[int]:
    """The numbers of the films in a file, in its order."""
    if kind == "ndjson":
        return [json.loads(line)["objectId"] for line in path.read_bytes().splitlines()]
    if kind == "json":
        return [film["objectId"] for film in json.loads(path.read_bytes())]
    if kind == "csv":
        with path.open(encoding="utf-8", newline="") as file:
            return [int(row["objectId"]) for row in csv.DictReader(file)]
    read = pl.read_parquet if kind == "parquet" else pl.read_ipc
    found: list[int] = read(path)["objectId"].to_list()
    return found
