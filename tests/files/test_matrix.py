"""Each format read and each format written: the same records, those that the Python predicate selects."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import criteria
from tests.cli.running import run
from tests.cli.test_filter import FILMS, SELECTED
from tests.files.conftest import FORMATS, SCHEMA, film_frame, ids

QUERIES = ("hits-2010-to-christmas-2012", "serious-drama-not-english")
"""Two of the example queries: together they ask for instants, decimals, lists and nested fields."""

NAMED = ("--schema", "films.schema.json")


def selected(name: str) -> list[int]:
    """The numbers of the films that the predicate of an example query selects."""
    query = criteria.parse(Path(f"queries/{name}.json").read_bytes(), SCHEMA)
    return [film["objectId"] for film in criteria.compile(query, "python", records="json").filter(FILMS)]


@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("source", FORMATS)
def test_every_format_becomes_every_other(films: dict[str, Path], tmp_path: Path, source: str, target: str) -> None:
    """The films of example queries, from each format, are written as each format, all of them and in order."""
    for name in QUERIES:
        out = tmp_path / f"{name}.{target}"
        outcome = run("filter", f"queries/{name}.json", str(films[source]), *NAMED, "-o", str(out))
        assert (outcome.code, outcome.out, outcome.err) == (0, b"", "")
        assert ids(out, target) == selected(name)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{name}.{target}" for name in QUERIES)


@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("source", FORMATS)
def test_what_was_written_answers_every_query_again(
    films: dict[str, Path], tmp_path: Path, source: str, target: str
) -> None:
    """All films, written from each format as each format, give the same answers as the films themselves: no value
    was lost or changed on the way."""
    out = tmp_path / f"all.{target}"
    assert run("filter", "{}", str(films[source]), *NAMED, "-o", str(out)).code == 0
    for name in QUERIES:
        outcome = run("filter", f"queries/{name}.json", str(out), *NAMED, "--count")
        assert outcome.text == f"{SELECTED[name]}\n", outcome.err


@pytest.mark.parametrize("kind", FORMATS)
def test_columns_have_the_types_of_the_schema(films: dict[str, Path], tmp_path: Path, kind: str) -> None:
    """Written as Parquet from any format, an instant is an instant, a decimal a decimal, and the frame is the same."""
    out = tmp_path / "films.parquet"
    run("filter", "{}", str(films[kind]), *NAMED, "-o", str(out))
    found = pl.read_parquet(out)
    assert found.equals(film_frame().select(found.columns))
    assert (found["released"].dtype, found["boxOfficeMillions"].dtype) == (pl.Datetime("ms", "UTC"), pl.Decimal(10, 6))


@pytest.mark.parametrize("kind", FORMATS)
def test_a_page_of_any_format(films: dict[str, Path], tmp_path: Path, kind: str) -> None:
    """Skip and limit, with an order and without one, give the same films from each format."""
    everything = [film["objectId"] for film in sorted(FILMS, key=lambda film: (film["title"], film["objectId"]))]
    out = tmp_path / "page.ndjson"
    for order, expected in [
        (("--order-by", "title"), everything[5:8]),
        ((), [film["objectId"] for film in FILMS[5:8]]),
    ]:
        page = ("--skip", "5", "--limit", "3", *order)
        outcome = run("filter", "{}", str(films[kind]), *NAMED, *page, "-o", str(out))
        assert (outcome.code, outcome.err) == (0, "")
        assert ids(out, "ndjson") == expected


def test_values_are_written_exactly_or_not_at_all(tmp_path: Path) -> None:
    """Without a schema, numbers become 64-bit integers or doubles when those hold them exactly; others, and columns
    of values without a common type, are refused with the column's name, and no file is written."""
    out = tmp_path / "out.parquet"
    data = b'{"a": 1, "b": 0.5, "c": {"d": ["x", null]}, "e": null}\n{"a": 2, "b": 3}\n'
    assert run("filter", "{}", "-o", str(out), data=data).code == 0
    found = pl.read_parquet(out)
    assert found.schema == {
        "a": pl.Int64,
        "b": pl.Float64,
        "c": pl.Struct({"d": pl.List(pl.String)}),
        "e": pl.Null,
    }
    assert found.to_dicts()[0] == {"a": 1, "b": 0.5, "c": {"d": ["x", None]}, "e": None}
    out.unlink()
    for line in (b'{"a": 5.00000000000000000000000001}', b'{"a": 9223372036854775808}', b'{"a": 1}\n{"a": "1"}',
                 b'{"a": 9007199254740993}\n{"a": 0.5}'):  # fmt: skip
        outcome = run("filter", "{}", "-o", str(out), data=line)
        assert (outcome.code, outcome.err.split(": ")[1], '"a"' in outcome.err) == (1, "no_common_type", True)
        assert list(tmp_path.iterdir()) == []


def test_instants_decimals_and_lists_in_rows(tmp_path: Path) -> None:
    """From columns an instant becomes ISO 8601 with its offset, a decimal its digits, a list JSON, null nothing."""
    frame = pl.DataFrame(
        {
            "at": [datetime(2024, 1, 2, 3, 4, 5, 678000, timezone.utc), None],
            "amount": [Decimal("1.50"), None],
            "tags": [['a"b', None], None],
            "in": [{"x": 1, "y": None}, None],
            "text": ["", None],
        }
    )
    frame.write_parquet(tmp_path / "in.parquet")
    text = run("filter", "{}", str(tmp_path / "in.parquet"), "--to", "csv").text
    assert text == (
        "at,amount,tags,in.x,in.y,text\n"
        '2024-01-02T03:04:05.678Z,1.50,"[""a\\""b"",null]",1,,""\n'
        ",,,,,\n"
    )  # fmt: skip
    first, second = map(
        json.loads, run("filter", "{}", str(tmp_path / "in.parquet"), "--to", "ndjson").out.splitlines()
    )
    assert first["at"].startswith("2024-01-02T03:04:05.678")
    assert first["at"].endswith("+00:00")
    assert (first["amount"], first["tags"], first["in"]) == ("1.50", ['a"b', None], {"x": 1, "y": None})
    assert set(second.values()) == {None}


@pytest.mark.parametrize("line", [b'{"a": "x\\ud800y"}', b'{"\\ud800": 1}', b'{"a": [{"b": "\\udc00"}]}'], ids=str)
@pytest.mark.parametrize("target", ["csv", "parquet", "arrow"])
def test_half_a_surrogate_pair_is_not_text(line: bytes, target: str) -> None:
    """JSON spells it, UTF-8 has no bytes for it: such a record is bad when columns are made of it."""
    data = b'{"a": null}\n' + line + b"\n"
    assert run("filter", "{}", data=data).out == data
    outcome = run("filter", "{}", "--to", target, data=data)
    assert (outcome.code, outcome.out, "invalid_record" in outcome.err) == (1, b"", True)
    outcome = run("filter", "{}", "--to", target, "--on-error", "skip", data=data)
    assert (outcome.code, outcome.err.splitlines()[-1]) == (0, "criteria: 1 bad record was left out")


def test_two_columns_of_one_name_are_not_written_as_csv(tmp_path: Path) -> None:
    """A name with dots and a member of a column may come to the same header, which would name two columns."""
    data = b'{"a.b": 1, "a": {"b": 2}}\n'
    path = tmp_path / "in.parquet"
    assert run("filter", "{}", "-o", str(path), data=data).code == 0
    for outcome in (run("filter", "{}", "--to", "csv", data=data), run("filter", "{}", str(path), "--to", "csv")):
        assert (outcome.code, outcome.out) == (1, b"")
        assert 'unsupported: Two columns of the CSV would be named "a.b"' in outcome.err


def test_structs_inside_each_other_at_many_levels_are_not_written_as_csv() -> None:
    """Each level of each column takes time: at 32 levels members are columns, below them nothing is written."""

    def nested(levels: int) -> bytes:
        return b'{"a": ' * (levels + 1) + b"1" + b"}" * (levels + 1)

    deepest = run("filter", "{}", "--to", "csv", data=nested(32))
    assert (deepest.code, deepest.out) == (0, ".".join(["a"] * 33).encode() + b"\n1\n")
    deeper = run("filter", "{}", "--to", "csv", data=nested(33))
    assert (deeper.code, deeper.out) == (1, b"")
    assert 'Column "a" has structs inside each other; CSV takes at most 32 levels.' in deeper.err


def test_members_of_structs_inside_structs_keep_their_columns() -> None:
    """Names, order and nulls of cells do not depend on how many structs are around them, or have members."""
    wide = {f"w{number}": number for number in range(20)}
    inner = {"x": {"y": {"z": {"v": {"w": {"deep": 1}, "beside": "b"}}}}, "0": wide, "1": None}
    records = [{"a": inner, "b": 2}, {"a": None, "b": 3}, {"a": {"x": {"y": None}, "0": None, "1": 5}, "b": 4}]
    data = "".join(json.dumps(record) + "\n" for record in records).encode()
    header, *rows = run("filter", "{}", "--to", "csv", data=data).out.decode().splitlines()
    names = [*(f"a.0.w{number}" for number in range(20)), "a.1", "a.x.y.z.v.beside", "a.x.y.z.v.w.deep", "b"]
    assert sorted(header.split(",")) == sorted(names)
    cells = [dict(zip(header.split(","), row.split(","), strict=True)) for row in rows]
    first = {**{f"a.0.w{number}": str(number) for number in range(20)}, "a.1": "", "b": "2"}
    assert cells[0] == {**first, "a.x.y.z.v.w.deep": "1", "a.x.y.z.v.beside": "b"}
    assert cells[1] == {**dict.fromkeys(names, ""), "b": "3"}
    assert cells[2] == {**dict.fromkeys(names, ""), "a.1": "5", "b": "4"}


def test_what_a_format_has_no_words_for_is_refused(tmp_path: Path) -> None:
    """Binary columns cannot be written as JSON or CSV: exit code 1, the column's name, and no output."""
    pl.DataFrame({"raw": [b"\xff"]}).write_parquet(tmp_path / "in.parquet")
    for target in ("json", "ndjson", "csv"):
        outcome = run("filter", "{}", str(tmp_path / "in.parquet"), "--to", target)
        assert (outcome.code, outcome.out, "unsupported" in outcome.err) == (1, b"", True)
        assert '"raw"' in outcome.err
