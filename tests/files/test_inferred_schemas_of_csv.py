"""`criteria schema --from` and `criteria filter --schema` fit each other for CSV of every dialect, and for rows in
folders that are named after values: every field can be asked for, and what is selected adds up."""

from __future__ import annotations

import csv
import gzip
import io
import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
from criteria.schema.field import Field, FieldType
from tests.cli.running import run
from tests.conftest import capped

INSTANTS = {
    "2024-01-31T09:30:00Z": "2024-01-31T09:30:00Z",
    "2024-01-31 09:30:00+00": "2024-01-31T09:30:00Z",
    "2024-01-31T11:30:00.000000+0200": "2024-01-31T09:30:00Z",
    "1999-12-31 23:59:59 UTC": "1999-12-31T23:59:59Z",
}
"""Cells, and the operands that are equal to them."""

HEADERS = ["a", "b", "a.b", "", "x y", "$price", "AND", "é", "temp (°C).max", 'say "x"', "a,b", "a;b", "line\nbreak"]
NULLS = ("", "NA", "-")
CELLS: list[list[str]] = [
    ["0", "1", "-7", "9223372036854775807"],
    ["1.5", "2", "-0.25", "1e3"],
    ["9007199254740993", "1.5"],
    ["007", "08"],
    ["true", "False", "TRUE"],
    ["2024-01-31", "1999-12-31"],
    list(INSTANTS),
    ["2024-01-31 09:30:00", "2024-01-31T09:30:00"],
    ["[]", "[1, 2]", "[null]"],
    ['["a"]', '["b", "c"]'],
    ["0e37df36-f698-11e6-8dd4-cb9ced3df976"],
    ["x", "é", 'a "quote"', "a,b;c|d\te", "two\nlines", " ", "1"],
]
"""Cells that are in a column together."""


@dataclass(frozen=True)
class Csv:
    """A file, the options that describe it, and its cells."""

    data: bytes
    options: tuple[str, ...]
    nulls: frozenset[str]
    columns: tuple[tuple[str, ...], ...]


@st.composite
def files(draw: st.DrawFn) -> Csv:
    """CSV in a dialect."""
    width, height = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    words = draw(st.sampled_from([NULLS[:1], NULLS[:2], NULLS]))
    columns = []
    for _ in range(width):
        cells = draw(st.sampled_from(CELLS))
        columns.append(tuple(draw(st.sampled_from([*cells, *words])) for _ in range(height)))
    delimiter = draw(st.sampled_from([",", ";", "\t", "|"]))
    encoding = draw(st.sampled_from(["utf-8", "latin-1", "utf-16"]))
    skipped = draw(st.integers(0, 2))
    options = [*(option for word in words if word for option in ("--null", word))]
    text = io.StringIO()
    text.write("made by a program\n" * skipped)
    writer = csv.writer(text, delimiter=delimiter, lineterminator=draw(st.sampled_from(["\n", "\r\n"])))
    if draw(st.booleans()):
        writer.writerow([draw(st.sampled_from(HEADERS)) for _ in range(width)])
    else:
        options += ["--no-header"]
    writer.writerows(zip(*columns, strict=True))
    options += ["--delimiter", delimiter] if delimiter != "," else []
    options += ["--encoding", encoding] if encoding != "utf-8" else []
    options += ["--skip-lines", str(skipped)] if skipped else []
    return Csv(text.getvalue().encode(encoding), tuple(options), frozenset(words), tuple(columns))


@pytest.mark.heavy("generated files")
@settings(max_examples=capped(25), deadline=None)
@given(files(), st.booleans())
def test_csv_of_every_dialect(file: Csv, is_compressed: bool) -> None:
    """Each column is a field. As many cells are null as there are words for it, a value finds its row, and a query and
    its negation select all records. Without a schema the answers are the same."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "data.csv.gz" if is_compressed else "data.csv")
        path.write_bytes(gzip.compress(file.data) if is_compressed else file.data)
        schema_path = str(Path(folder, "inferred.schema.json"))
        inferred = run("schema", "--from", str(path), *file.options, "-o", schema_path)
        assert inferred.code == 0, inferred.err
        schema = criteria.Schema.from_json(Path(schema_path).read_bytes())
        assert len(schema.fields) == len(file.columns)

        def count(query: Any) -> int:
            outcome = run("filter", json.dumps(query), str(path), "--schema", schema_path, *file.options, "--count")
            assert (outcome.code, outcome.err) == (0, ""), (query, outcome.err, file)
            inferring = run("filter", json.dumps(query), str(path), *file.options, "--count")
            assert (inferring.code, inferring.text) == (0, outcome.text), (query, inferring.err, file)
            return int(outcome.text)

        for field, cells in zip(schema.fields, file.columns, strict=True):
            empty = sum(cell in file.nulls for cell in cells)
            if not field.is_list:
                assert count({field.name: None}) == empty
            first = next((cell for cell in cells if cell not in file.nulls), None)
            operand = None if first is None else operand_of(field, first)
            if operand is not None:
                found = count({field.name: operand})
                assert found >= 1
                assert count({"NOT": {field.name: operand}}) == len(cells) - found
        table = run("filter", "{}", str(path), "--schema", schema_path, *file.options, "--to", "ndjson")
        assert (table.code, len(table.text.splitlines())) == (0, len(file.columns[0]))
        assert run("filter", "{}", str(path), *file.options, "--to", "ndjson").out == table.out


def operand_of(field: Field, cell: str) -> Any:
    """The operand that is equal to a cell; None for a list without values."""
    if field.is_list:
        return next((one for one in json.loads(cell) if one is not None), None)
    if field.field_type is FieldType.BOOLEAN:
        return cell.lower() == "true"
    if field.field_type in (FieldType.INTEGER, FieldType.DOUBLE):
        return json.loads(cell)
    return INSTANTS.get(cell, cell) if field.field_type is FieldType.DATE_TIME else cell


_DAYS = st.sampled_from(["2024-01-31", "1999-12-31"])
_PARTS = st.lists(
    st.tuples(st.sampled_from(["DE", "a b", "1", "01"]), st.one_of(st.integers(0, 3).map(str), _DAYS)),
    min_size=1, max_size=3, unique=True,
)  # fmt: skip


@pytest.mark.heavy("generated files")
@pytest.mark.parametrize("ending", ["ndjson", "jsonl", "json", "csv", "parquet", "arrow"])
@settings(max_examples=capped(10), deadline=None)
@given(_PARTS, st.integers(1, 3))
def test_folders_named_after_values(ending: str, parts: list[tuple[str, str]], height: int) -> None:
    """The schema of a folder has the columns of its folders, and each value there finds its records."""
    if ending == "arrow":  # which has no such folders, and is in one
        parts = parts[:1]
    with TemporaryDirectory() as name:
        folder = Path(name, "data")
        for land, day in parts:
            inside = folder if ending == "arrow" else folder / f"land={land}" / f"day={day}"
            inside.mkdir(parents=True, exist_ok=True)
            write(inside / f"part.{ending}", height)
        schema_path = str(Path(name, "inferred.schema.json"))
        inferred = run("schema", "--from", str(folder), "-o", schema_path)
        assert inferred.code == 0, inferred.err
        schema = criteria.Schema.from_json(Path(schema_path).read_bytes())
        names = {field.name for field in schema.fields}
        assert names == {"n"} if ending == "arrow" else names == {"n", "land", "day"}
        for query, expected in [({}, len(parts) * height), ({"n": 0}, len(parts))]:
            outcome = run("filter", json.dumps(query), str(folder), "--schema", schema_path, "--count")
            assert (outcome.code, outcome.text, outcome.err) == (0, f"{expected}\n", "")
        for at, column in enumerate(("land", "day") if ending != "arrow" else ()):
            field = schema.find(column)
            assert field is not None
            for value in {part[at] for part in parts}:
                asked = int(value) if field.field_type is FieldType.INTEGER else value
                outcome = run("filter", json.dumps({column: asked}), str(folder), "--schema", schema_path, "--count")
                expected = height * sum(part[at] == value for part in parts)
                assert (outcome.code, outcome.text, outcome.err) == (0, f"{expected}\n", ""), (column, asked)


def write(path: Path, height: int) -> None:
    """Records with numbers from 0."""
    frame = pl.DataFrame({"n": range(height)})
    records = frame.to_dicts()
    if path.suffix == ".parquet":
        frame.write_parquet(path)
    elif path.suffix == ".arrow":
        frame.write_ipc(path)
    elif path.suffix == ".csv":
        frame.write_csv(path)
    elif path.suffix == ".json":
        path.write_text(json.dumps(records))
    else:
        path.write_text("".join(json.dumps(one) + "\n" for one in records))
