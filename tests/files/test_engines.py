"""Each engine on each format: the same records, whatever filters."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings

import criteria
from criteria.conformance.strategies.criteria_json import criteria_objects
from criteria.conformance.suite_files import plain_cases
from tests.cli.running import program, run
from tests.cli.test_filter import FILMS
from tests.conftest import PROFILE, capped
from tests.files.conftest import COLUMNS, ENGINES, PAIRS, SCHEMA, ids
from tests.files.test_columns_asked_for import check_that_others_may_differ
from tests.frames import spark

NAMED = ("--schema", "films.schema.json")
ROWS = ("ndjson", "json", "csv")
QUERIES = [
    *(
        path.read_text(encoding="utf-8")
        for path in sorted((Path(__file__).parents[2] / "examples/queries").glob("*.json"))
    ),
    '{"title": {"$icontains": "tHE"}, "NOT": {"genres": {"$ieq": "DRAMA"}}}',
    "{}",
    '{"OR": [{"genres": null}, {"tomatoes.rating": {"$lt": 4.5}}]}',
    '{"NOT": {"released": {"$gte": "1990-01-01T00:00:00Z"}}, "boxOfficeMillions": {"$ne": null}}',
]


def expected(query: str) -> list[int]:
    """The numbers of the films that the predicate selects."""
    matches = criteria.compile(criteria.parse(query, SCHEMA), "python", records="json")
    return [film["objectId"] for film in FILMS if matches(film)]


def selected(films: dict[str, Path], source: str, engine: str, query: str, out: Path) -> list[int]:
    """The numbers of the films that the program writes."""
    outcome = run("filter", query, str(films[source]), *NAMED, "--engine", engine, "-o", str(out))
    assert (outcome.code, outcome.out, outcome.err) == (0, b"", "")
    return ids(out, source)


@pytest.mark.parametrize(("source", "engine"), PAIRS)
def test_every_engine_on_every_format(films: dict[str, Path], tmp_path: Path, source: str, engine: str) -> None:
    """The films that queries select, from each format, in the order in which they came."""
    counts = []
    for at, query in enumerate(QUERIES if PROFILE.runs_heavy else QUERIES[-4:]):
        found = selected(films, source, engine, query, tmp_path / f"{at}.{source}")
        assert found == expected(query)
        counts.append(len(found))
    assert min(counts) > 0
    assert max(counts) == len(FILMS)


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """A Spark session that the program finds active."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Spark warns of the pandas that is installed
        with spark.spark_session() as found:
            yield found


@pytest.mark.needs_spark
@pytest.mark.usefixtures("session")
@pytest.mark.filterwarnings("ignore::Warning:pyspark")
@pytest.mark.parametrize("source", COLUMNS)
def test_spark_on_every_format(films: dict[str, Path], tmp_path: Path, source: str) -> None:
    """The films that queries select, in any order."""
    for at, query in enumerate(QUERIES[-2:]):
        found = selected(films, source, "spark", query, tmp_path / f"{at}.{source}")
        assert sorted(found) == sorted(expected(query))


@pytest.mark.needs_spark
@pytest.mark.usefixtures("session")
@pytest.mark.filterwarnings("ignore::Warning:pyspark")
@pytest.mark.parametrize("kind", COLUMNS)
def test_spark_reads_no_column_that_nobody_names(tmp_path: Path, kind: str) -> None:
    """As the other engines."""
    check_that_others_may_differ(tmp_path, kind, "spark")


@pytest.mark.parametrize("engine", ENGINES)
@settings(suppress_health_check=list(HealthCheck), max_examples=capped(25))
@given(content=criteria_objects(SCHEMA))
def test_any_query_on_every_engine(films: dict[str, Path], engine: str, content: dict[str, Any]) -> None:
    """Generated queries select as many films from lines and from columns, whatever the engine."""
    query = json.dumps(content)
    for source in ("ndjson", "parquet") if engine == "python" else ("parquet",):
        outcome = run("filter", query, str(films[source]), *NAMED, "--engine", engine, "--count")
        assert (outcome.text, outcome.err) == (f"{len(expected(query))}\n", "")


@pytest.mark.parametrize("source", ROWS)
@pytest.mark.parametrize("engine", ["polars", "duckdb", "spark"])
def test_rows_are_filtered_by_python_alone(films: dict[str, Path], source: str, engine: str) -> None:
    """The readers of rows in other engines convert values, as DuckDB 31.5 to the integer 32. The refusal says what to
    write instead."""
    outcome = run("filter", "{}", str(films[source]), *NAMED, "--engine", engine)
    assert (outcome.code, outcome.out) == (2, b"")
    said = " ".join(outcome.err.replace("│", " ").split())
    assert f"The engine {engine} filters columns (Parquet and Arrow), and {source} data are rows." in said
    assert "Omit --engine, or write the data as Parquet first" in said


def test_pages_and_orders_on_every_engine(films: dict[str, Path], tmp_path: Path) -> None:
    """A page of the ordered films is the same one from lines and columns, on each engine."""
    page = ("--order-by", "year desc,title", "--skip", "3", "--limit", "5")
    pages = set()
    for source, engine in PAIRS:
        if source in ("ndjson", "arrow", "parquet"):
            out = tmp_path / f"{engine}.{source}"
            outcome = run("filter", QUERIES[-1], str(films[source]), *NAMED, "--engine", engine, *page, "-o", str(out))
            assert (outcome.code, outcome.err) == (0, "")
            pages.add(tuple(ids(out, source)))
    assert len(pages) == 1
    assert len(pages.pop()) == 5


@pytest.mark.parametrize("source", ["parquet", "arrow"])
@pytest.mark.parametrize("engine", ENGINES)
def test_columns_from_standard_input(films: dict[str, Path], source: str, engine: str) -> None:
    """Columns are read from a pipe, too: their end has to be there before their beginning is understood."""
    data = films[source].read_bytes()
    outcome = run("filter", QUERIES[-1], "-", "--format", source, *NAMED, "--engine", engine, "--count", data=data)
    assert (outcome.text, outcome.err) == (f"{len(expected(QUERIES[-1]))}\n", "")
    broken = run("filter", "{}", "-", "--format", source, *NAMED, "--engine", engine, "--count", data=data[:-9])
    assert (broken.code, broken.out) == (1, b"")
    assert broken.err.startswith("<stdin>: unreadable_file")
    empty = run("filter", "{}", "-", "--format", source, "--engine", engine)
    assert (empty.code, "The file is empty." in empty.err) == (1, True)


@pytest.mark.parametrize("policy", ["stop", "skip", "report"])
def test_records_that_do_not_fit_columns(tmp_path: Path, policy: str) -> None:
    """A record whose value is not of the declared type does not become one of columns: it is reported with its line."""
    lines = ['{"year": 1999}', "", '{"year": "1999"}', '{"year": 2001}']
    path = tmp_path / "years.ndjson"
    path.write_text("\n".join(lines), encoding="utf-8")
    out = tmp_path / "out.parquet"
    outcome = run("filter", "{}", str(path), *NAMED, "-o", str(out), "--on-error", policy)
    assert outcome.code == (0 if policy == "skip" else 1)
    assert (pl.read_parquet(out)["year"].to_list() if out.exists() else []) == (
        [] if policy == "stop" else [1999, 2001]
    )
    assert (f"{path}:3:10: invalid_record" in outcome.err) is (policy != "skip")


def test_records_of_an_array_that_do_not_fit_columns(tmp_path: Path) -> None:
    """Of an array it is the line, too."""
    path = tmp_path / "years.json"
    path.write_text('[{"year": 1999},\n {"year": 2000}, {"year": [1]},\n\n {"year": 2001}]', encoding="utf-8")
    out = tmp_path / "out.parquet"
    outcome = run("filter", "{}", str(path), *NAMED, "-o", str(out))
    assert (outcome.code, out.exists()) == (1, False)
    assert outcome.err.startswith(f"{path}:2: invalid_record")


def test_values_without_a_common_type(tmp_path: Path) -> None:
    """What cannot be one column is named with the lines in which its kinds of values stand first."""
    path = tmp_path / "mixed.ndjson"
    path.write_text('{"a": 1}\n{"a": 2}\n{"a": "x"}\n', encoding="utf-8")
    outcome = run("filter", "{}", str(path), "-o", str(tmp_path / "out.parquet"))
    assert outcome.code == 1
    assert "integers (line 1) and strings (line 3)" in outcome.err


def test_nanoseconds_are_not_cut(tmp_path: Path) -> None:
    """Python's instants hold no nanoseconds: its engine refuses them, and the others compare them."""
    schema = tmp_path / "schema.json"
    schema.write_text('{"name": "x", "fields": [{"name": "at", "fieldType": "dateTime"}], "systemProperties": false}')
    path = tmp_path / "x.parquet"
    at = pl.Series("at", [1_000_000_000_000_000_001], dtype=pl.Datetime("ns", "UTC"))
    pl.DataFrame([at]).write_parquet(path)
    arguments = ("filter", '{"at": {"$gt": "2001-09-09T01:46:40Z"}}', str(path), "--schema", str(schema), "--count")
    assert run(*arguments).text == "1\n"
    refused = run(*arguments, "--engine", "python")
    assert (refused.code, "unfit_column" in refused.err) == (1, True)


@pytest.mark.parametrize("engine", ENGINES)
def test_fields_that_are_stored_in_columns_of_other_names(tmp_path: Path, engine: str) -> None:
    """Columns have the names of the schema's columns, and members of records those of its fields: each engine finds the
    values in both, also where one field is stored in a column with the name of the other."""
    schema = tmp_path / "schema.json"
    fields = [
        {"name": "a", "fieldType": "integer", "column": "b"},
        {"name": "b", "fieldType": "guid", "column": "a"},
        {"name": "n.i", "fieldType": "integer", "column": "m"},
    ]
    schema.write_text(json.dumps({"name": "x", "fields": fields, "systemProperties": False}))
    guid = "0e37df36-f698-11e6-8dd4-cb9ced3df976"
    lines, columns = tmp_path / "x.ndjson", tmp_path / "x.parquet"
    lines.write_text("".join(json.dumps({"a": at, "b": guid, "n": {"i": at}}) + "\n" for at in range(5)))
    pl.DataFrame({"b": [*range(5)], "a": [guid] * 5, "m": [{"i": at} for at in range(5)]}).write_parquet(columns)
    query = json.dumps({"a": {"$gte": 1}, "b": guid, "n.i": {"$lt": 3}})
    for path in (lines, columns) if engine == "python" else (columns,):
        outcome = run("filter", query, str(path), "--schema", str(schema), "--engine", engine, "--count")
        assert (outcome.text, outcome.err) == ("2\n", "")


def test_columns_named_as_patterns_are(tmp_path: Path) -> None:
    """A column may have a name that Polars takes for a pattern of names: the python engine takes it by its word. For
    DuckDB `*` is all columns, so it refuses it."""
    path = tmp_path / "x.parquet"
    pl.DataFrame({"a": [1, 2], "*": [3, 4], "^.*$": [5, 6]}).write_parquet(path)
    for engine in ENGINES:
        outcome = run("filter", "{}", str(path), "--engine", engine, "--to", "csv")
        if engine == "duckdb":
            assert (outcome.code, "unsupported" in outcome.err) == (1, True)
        else:
            assert (outcome.text, outcome.err) == ("a,*,^.*$\n1,3,5\n2,4,6\n", "")


def test_instants_after_the_year_9999(tmp_path: Path) -> None:
    """Python has no such instants: its engine, and the table, refuse them, and the other engines select them."""
    schema, path = tmp_path / "schema.json", tmp_path / "x.parquet"
    schema.write_text('{"name": "x", "fields": [{"name": "at", "fieldType": "dateTime"}], "systemProperties": false}')
    pl.DataFrame([pl.Series("at", [10**15, 0], dtype=pl.Datetime("ms", "UTC"))]).write_parquet(path)
    arguments = ("filter", '{"at": {"$gt": "2000-01-01T00:00:00Z"}}', str(path), "--schema", str(schema), "--engine")
    for engine in ("polars", "duckdb"):
        assert run(*arguments, engine, "--to", "csv").text == "at\n+33658-09-27T01:46:40Z\n"
        table = run(*arguments, engine, "--to", "table")
        assert (table.code, "unsupported" in table.err) == (1, True)
    refused = run(*arguments, "python", "--count")
    assert (refused.code, "unfit_column" in refused.err) == (1, True)


def test_instants_inside_columns_are_in_utc(tmp_path: Path) -> None:
    """DuckDB hands instants out in the zone of the machine: in lists and structs, too, they are written in UTC."""
    path = tmp_path / "x.parquet"
    at = pl.Series("at", [0], dtype=pl.Datetime("us", "UTC"))
    pl.DataFrame({"l": at.implode(), "s": pl.DataFrame({"at": at, "n": [1]}).to_struct()}).write_parquet(path)
    outcome = program("filter", "{}", str(path), "--engine", "duckdb", "--to", "ndjson", env={"TZ": "Europe/Berlin"})
    instant = "1970-01-01T00:00:00+00:00"
    assert json.loads(outcome.out) == {"l": [instant], "s": {"at": instant, "n": 1}}


def test_types_that_polars_does_not_know(tmp_path: Path) -> None:
    """A file with a column of intervals is refused with a message."""
    path = tmp_path / "x.parquet"
    duckdb.sql(f"COPY (SELECT INTERVAL 1 DAY AS i) TO '{path}' (FORMAT parquet)")
    for engine in ENGINES:
        outcome = run("filter", "{}", str(path), "--engine", engine, "--to", "ndjson")
        assert (outcome.code, "unreadable_file" in outcome.err) == (1, True)
        assert "Hint" not in outcome.err
        assert "unwrap" not in outcome.err


def test_instants_are_written_as_rows_in_utc(tmp_path: Path) -> None:
    """Whatever zone a column has, and whatever engine reads it: lists and structs of instants, too."""
    zoned = pl.Datetime("ms", "America/New_York")
    at = pl.Series("at", [1_000_000_000_000]).cast(zoned)
    frame = pl.DataFrame({"at": at, "all": at.implode(), "in": pl.DataFrame({"at": at}).to_struct()})
    path = tmp_path / "x.parquet"
    frame.write_parquet(path)
    for target in ("ndjson", "csv"):
        texts = {run("filter", "{}", str(path), "--engine", engine, "--to", target).text for engine in ENGINES}
        assert len(texts) == 1
        assert texts.pop().count("2001-09-09T01:46:40") == 3


@pytest.mark.heavy("hundreds of thousands of rows")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("source", ["parquet", "arrow"])
def test_pages_of_many_batches(tmp_path: Path, source: str, engine: str) -> None:
    """Skip and limit count records, not batches, whatever is written: columns come in more than one piece."""
    path = tmp_path / f"x.{source}"
    frame = pl.DataFrame({"n": range(250_000)})
    frame.write_parquet(path) if source == "parquet" else frame.write_ipc(path)
    out = tmp_path / "out.ndjson"
    every = [n for n in range(250_000) if n % 2 == 0 or n > 7]
    query = '{"OR": [{"n": {"$gt": 7}}, {"n": {"$in": [0, 2, 4, 6]}}]}'
    for skip, limit in [(0, 0), (0, 1), (0, 120_001), (3, 100_000), (120_000, 2), (249_990, 9), (300_000, 1)]:
        expected = every[skip : skip + limit]
        options = [str(path), "--engine", engine, "--skip", str(skip), "--limit", str(limit)]
        lines = [b'{"n":%d}' % n for n in expected]
        assert run("filter", query, *options, "--to", "ndjson").out.splitlines() == lines
        assert run("filter", query, *options, "--to", "csv").out.splitlines() == [b"n", *(b"%d" % n for n in expected)]
        assert run("filter", query, *options, "-o", str(out)).code == 0
        assert out.read_bytes().splitlines() == lines


def test_records_without_columns(tmp_path: Path) -> None:
    """They are records all the same: each of them is {}. DuckDB has no such tables, and says so."""
    path = tmp_path / "x.arrow"
    pl.DataFrame(height=20_000).write_ipc(path)
    for engine in ("python", "polars"):
        outcome = run("filter", "{}", str(path), "--engine", engine, "--skip", "5", "--to", "ndjson")
        assert outcome.out == b"{}\n" * 19_995
    assert run("filter", "{}", str(path), "--engine", "duckdb", "--count").code == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_without_a_schema_lists_are_looked_into(tmp_path: Path, engine: str) -> None:
    """The suite's cases without a schema, from Parquet by every engine, and from rows by the predicate."""
    for case in [one for one in plain_cases() if one.columns]:
        names = {name: None for record in case.records for name in record}
        columns, rows, out = tmp_path / "in.parquet", tmp_path / "in.ndjson", tmp_path / "out.ndjson"
        pq.write_table(pa.Table.from_pylist([names | record for record in case.records]), columns)
        rows.write_text("".join(json.dumps(record) + "\n" for record in case.records))
        for test in case.tests:
            query = test["text"] if "text" in test else json.dumps(test["criteria"])
            for source in (columns, *((rows,) if engine == "python" else ())):
                outcome = run("filter", query, str(source), "--engine", engine, "-o", str(out))
                assert outcome.code == 0, test["description"]
                assert all(line.startswith("criteria: note: ") for line in outcome.err.splitlines()), outcome.err
                found = [json.loads(line)["id"] for line in out.read_text().splitlines()]
                assert found == test["matches"], (source.name, test["description"])
