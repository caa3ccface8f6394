"""CSV as people have it: dialects, headers of any text, words for null, times of other programs."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.running import Outcome, run
from tests.parsing.arbitrary import FEWER


def schema_of(folder: Path, **types: Any) -> str:
    """The path of a schema file; a type is a name or the keys of a field."""
    fields = [{"name": name, **({"fieldType": one} if isinstance(one, str) else one)} for name, one in types.items()]
    path = folder / "t.schema.json"
    path.write_text(json.dumps({"name": "t", "systemProperties": False, "fields": fields}), encoding="utf-8")
    return str(path)


def filtered(query: str, data: bytes | str, schema: str, *options: str) -> Outcome:
    content = data.encode() if isinstance(data, str) else data
    return run("filter", query, "-", "--format", "csv", "--schema", schema, *options, data=content)


def inferred(data: bytes | str, *options: str) -> Outcome:
    content = data.encode() if isinstance(data, str) else data
    return run("schema", "--from", "-", "--format", "csv", *options, data=content)


def types(outcome: Outcome) -> dict[str, str]:
    return {one["name"]: one["fieldType"] for one in json.loads(outcome.text)["fields"]}


DIALECTS = [
    (("--delimiter", ";"), "a;b\n1;x\n2;y\n", "a;b\n2;y\n"),
    (("--delimiter", "tab"), "a\tb\n1\tx\n2\ty\n", "a\tb\n2\ty\n"),
    (("--delimiter", "|"), "a|b\r\n1|x\r\n2|y\r\n", "a|b\r\n2|y\r\n"),
    (("--skip-lines", "2"), 'Report\n"of\na,b\n1,x\n2,y\n', "a,b\n2,y\n"),
    (("--null", "NA", "--null", "-"), "a,b\n1,x\nNA,y\n-,z\n2,w\n", "a,b\n2,w\n"),
]


@pytest.mark.parametrize(("options", "data", "expected"), DIALECTS)
def test_dialects(tmp_path: Path, options: tuple[str, ...], data: str, expected: str) -> None:
    """The options say how CSV is written. The rows come out as they came in, behind the header."""
    schema = schema_of(tmp_path, a="integer", b="string")
    outcome = filtered('{"a": {"$gt": 1}}', data, schema, *options)
    assert (outcome.code, outcome.out.decode(), outcome.err) == (0, expected, "")
    assert types(inferred(data, *options)) == {"a": "integer", "b": "string"}


def test_data_without_a_header(tmp_path: Path) -> None:
    """Without a header columns are named by their place, and no header is printed."""
    assert types(inferred("1,x\n2,y\n", "--no-header")) == {"column_1": "integer", "column_2": "string"}
    schema = schema_of(tmp_path, column_1="integer", column_2="string")
    assert filtered('{"column_1": 2}', "1,x\n2,y\n", schema, "--no-header").text == "2,y\n"


@pytest.mark.parametrize(("encoding", "given_as"), [("latin-1", "latin-1"), ("cp1252", "cp1252"), ("utf-16", "utf-16"),
                                                    ("utf-8-sig", "utf-8-sig")])  # fmt: skip
def test_encodings(tmp_path: Path, encoding: str, given_as: str) -> None:
    """Data in another encoding are read, and written as UTF-8."""
    schema = schema_of(tmp_path, a="integer", b="string")
    outcome = filtered('{"b": "größe"}', "a,b\n1,größe\n2,x\n".encode(encoding), schema, "--encoding", given_as)
    assert (outcome.code, outcome.text, outcome.err) == (0, "a,b\n1,größe\n", "")


def test_an_encoding_that_is_not_named_is_told(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are shown at their place, with the option that helps; so are UTF-16 and UTF-32."""
    schema = schema_of(tmp_path, a="integer", b="string")
    outcome = filtered('{"a": 1}', "a,b\n1,größe\n".encode("latin-1"), schema)
    assert outcome.code == 1
    assert "<stdin>:2:5: invalid_record: The data are not UTF-8." in outcome.err
    assert "--encoding cp1252" in outcome.err
    for name in ("utf-16", "utf-32"):
        wide = "a,b\n1,x\n".encode(name)
        outcome = filtered('{"a": 1}', wide, schema)
        assert (outcome.code, f"--encoding {name}." in outcome.err) == (1, True)
        assert f"The data are {name.upper()}, not UTF-8." in outcome.err
        assert filtered('{"a": 1}', wide, schema, "--encoding", name).text == "a,b\n1,x\n"
    assert filtered("{}", b"a\n", schema, "--encoding", "klingon").code == 2
    assert filtered("{}", b"a,b\n1,\xff\xfe\n", schema, "--encoding", "ascii").code == 1


def test_a_decimal_comma(tmp_path: Path) -> None:
    """With --decimal-comma 1,5 is a number, and 1.500, which may be 1500, is refused."""
    data = "a;b\n1,5;1\n-2,25;2\n3;3\n"
    options = ("--delimiter", ";", "--decimal-comma")
    assert types(inferred(data, *options)) == {"a": "double", "b": "integer"}
    schema = schema_of(tmp_path, a="decimal", b="integer")
    assert filtered('{"a": 1.5}', data, schema, *options).text == "a;b\n1,5;1\n"
    assert "written with a comma" in filtered('{"a": 1.5}', "a;b\n1.500;1\n", schema, *options).err
    assert "1,5" in filtered('{"a": 1.5}', data, schema, "--delimiter", ";").err


def test_booleans_as_python_and_excel_write_them(tmp_path: Path) -> None:
    """True and TRUE are true."""
    data = "a\ntrue\nTrue\nTRUE\nfalse\nFalse\nFALSE\n"
    assert types(inferred(data)) == {"a": "boolean"}
    assert filtered('{"a": true}', data, schema_of(tmp_path, a="boolean"), "--count").text == "3\n"


def test_another_delimiter_is_guessed_and_not_used(tmp_path: Path) -> None:
    """A header that is one cell says what seems to be between its cells."""
    schema = schema_of(tmp_path, a="integer", b="string")
    for text, shown in [("a;b\n1;x\n", '";"'), ("a\tb\n1\tx\n", "a tab"), ("a|b\n", '"|"')]:
        outcome = filtered('{"a": 1}', text, schema)
        assert (outcome.code, f"The cells seem to be separated by {shown}." in outcome.err) == (1, True)
        assert "--delimiter" in outcome.err


@pytest.mark.parametrize(
    ("data", "hint", "options"),
    [
        (b"# made by x\n# at y\na,b\n1,2\n", "name how many: --skip-lines N", ("--skip-lines", "2")),
        (b"sep=;\na;b\n1;2\n", "--skip-lines 1 --delimiter", ("--skip-lines", "1", "--delimiter", ";")),
    ],
)
def test_lines_above_the_header(data: bytes, hint: str, options: tuple[str, ...]) -> None:
    """They are told with the options that leave them out."""
    for arguments in (("filter", '{"a": 1}', "-"), ("schema", "--from", "-")):
        outcome = run(*arguments, "--format", "csv", data=data)
        assert (outcome.code, hint in outcome.err) == (1, True), outcome.err
    assert run("filter", '{"a": 1}', "--format", "csv", "--count", *options, data=data).text == "1\n"


@pytest.mark.parametrize("options", [("--delimiter", ";;"), ("--delimiter", '"'), ("--encoding", "nosuch")])
def test_wrong_dialects(tmp_path: Path, options: tuple[str, ...]) -> None:
    """A dialect that there cannot be is exit code 2, and so is one for data that are not CSV."""
    assert filtered("{}", "a\n", schema_of(tmp_path, a="integer"), *options).code == 2
    outcome = run("filter", "{}", "films.ndjson", "--null", "NA")
    assert (outcome.code, "--null" in outcome.err) == (2, True)
    assert run("schema", "--null", "NA").code == 2


def test_tab_separated_files(tmp_path: Path) -> None:
    """A file whose name ends with .tsv has tabs between its cells."""
    path = tmp_path / "t.tsv"
    path.write_text("a\tb\n1\tx,y\n2\tz\n")
    schema = schema_of(tmp_path, a="integer", b="string")
    assert run("filter", '{"b": "x,y"}', str(path), "--schema", schema).text == "a\tb\n1\tx,y\n"
    assert types(run("schema", "--from", str(path))) == {"a": "integer", "b": "string"}
    out = tmp_path / "out.csv"
    assert run("filter", "{}", str(path), "--schema", schema, "-o", str(out)).code == 0
    assert out.read_text() == 'a,b\n1,"x,y"\n2,z\n'
    assert run("filter", "{}", str(out), "--schema", schema, "-o", str(tmp_path / "back.tsv")).code == 0
    assert (tmp_path / "back.tsv").read_text() == path.read_text()


def test_tabs_between_converted_cells(tmp_path: Path) -> None:
    """Converted records have tabs between their cells in .tsv files, and on standard output what the data have."""
    path, out = tmp_path / "t.csv", tmp_path / "out.tsv"
    path.write_text("a,b\n1,x\n")
    schema = schema_of(tmp_path, a="integer", b="string")
    assert run("filter", "{}", str(path), "--schema", schema, "--select", "b,a", "-o", str(out)).code == 0
    assert out.read_text() == "b\ta\nx\t1\n"
    assert filtered("{}", "a;b\n1;x\n", schema, "--delimiter", ";", "--select", "b,a").text == "b;a\nx;1\n"
    pl.DataFrame({"a": [1], "b": ["x"]}).write_parquet(tmp_path / "t.parquet")
    for source in (run("filter", "{}", "-", "-o", str(out), data=b'{"a": 1, "b": "x"}'),
                   run("filter", "{}", str(tmp_path / "t.parquet"), "-o", str(out)),
                   run("filter", "{}", str(tmp_path / "t.parquet"), "-o", f"{out}.gz")):  # fmt: skip
        assert (source.code, out.read_text()) == (0, "a\tb\n1\tx\n")
    assert gzip.decompress(Path(f"{out}.gz").read_bytes()) == out.read_bytes()


def test_a_column_that_the_query_names_and_the_data_lack(tmp_path: Path) -> None:
    """It is refused, with the nearest column. Other fields of the schema may be missing."""
    schema = schema_of(tmp_path, year="integer", title="string", other="integer")
    outcome = filtered('{"year": null}', "yaer,title\n1999,x\n", schema)
    assert (outcome.code, outcome.out) == (1, b"")
    assert outcome.err == (
        '<stdin>:1: unfit_column: The header has no column for field "year".\n  Did you mean "yaer"?\n'
    )
    assert filtered('{"title": "x"}', "yaer,title\n1999,x\n", schema).code == 0
    outcome = filtered("{}", "title\nx\n", schema, "--order-by", "year")
    assert (outcome.code, 'field "year"' in outcome.err) == (1, True)


def test_columns_outside_the_schema(tmp_path: Path) -> None:
    """They are no error, and go out with the row; as another format they are strings."""
    schema = schema_of(tmp_path, a="integer")
    data = "x y,a,a.b,\n1,2,3,4\n"
    assert filtered('{"a": 2}', data, schema).text == data
    found = json.loads(filtered('{"a": 2}', data, schema, "--to", "ndjson").text)
    assert found == {"a": 2, "x y": "1", "a_b": "3", "column_4": "4"}


def test_a_cell_that_nobody_asks_for_is_not_checked(tmp_path: Path) -> None:
    """A cell that is not of its field's type is told where the query, the order or the output needs it."""
    schema = schema_of(tmp_path, a="integer", b="integer")
    data = "a,b\n1,x\n"
    assert filtered('{"a": 1}', data, schema).text == data
    for options in (("--order-by", "b"), ("--to", "ndjson"), ("--to", "table")):
        assert filtered('{"a": 1}', data, schema, *options).code == 1
    assert filtered('{"b": {"$ne": null}}', data, schema).code == 1


def test_an_index_column_of_pandas(tmp_path: Path) -> None:
    """The empty header of an index is a column that nobody has to name, and that can be named by its place."""
    frame = pd.DataFrame({"Sepal.Length": [5.1, 4.9], "Miles per Gallon": [18, 15], "$x": [1, 2], "a": ["u", "v"]})
    data = frame.to_csv()
    outcome = inferred(data)
    assert (outcome.code, outcome.err) == (0, "")
    assert types(outcome) == {"column_1": "integer", "Sepal.Length": "double", "Miles per Gallon": "integer",
                              "x": "integer", "a": "string"}  # fmt: skip
    path = tmp_path / "t.json"
    path.write_bytes(outcome.out)
    for query in ('{"column_1": 1}', '{"Sepal.Length": 4.9}', '{"Miles per Gallon": 15}', '{"x": 2}', '{"a": "v"}'):
        assert filtered(query, data, str(path), "--count").text == "1\n"


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("a,a", ["a_1", "a_2"]),
        ("a,a_1,a", ["a_2", "a_1", "a_3"]),
        ("a,a.b", ["a", "a_b"]),
        ("a..b,AND,$,", ["a__b", "AND_", "column_3", "column_4"]),
        ("temp (°C).max,b c", ["temp (°C)_max", "b c"]),
        ('"a\nb",a_b', ["a_b_2", "a_b"]),
    ],
)
def test_names_that_are_made_of_headers(header: str, names: list[str]) -> None:
    """A header that cannot be a field name, or that is there twice, has a name that follows from it."""
    outcome = inferred(f"{header}\n" + ",".join("1" for _ in names) + "\n")
    assert (outcome.code, [*types(outcome)]) == (0, names)


@pytest.mark.parametrize(
    ("kind", "said"), [("csv", 'is called "temp (C)_max"'), ("parquet", 'renamed, for example to "temp (C)_max"')]
)
def test_a_header_that_is_no_name_of_a_field(tmp_path: Path, kind: str, said: str) -> None:
    """The message says what the column is called, or that it has to be renamed; other columns are not affected."""
    path = tmp_path / f"data.{kind}"
    getattr(pl.DataFrame({"temp (C).max": [1.5], "b": [2]}), f"write_{kind}")(path)
    for query in ('{"temp (C).max": 1.5}', '{"OR": [{"b": 1}, {"temp (C).max": 1.5}]}'):
        outcome = run("filter", query, str(path), "--count")
        assert (outcome.code, "invalid_field_name" in outcome.err, said in outcome.err) == (1, True, True)
    assert run("filter", '{"b": 2}', str(path), "--count").text == "1\n"


def test_a_field_says_its_column(tmp_path: Path) -> None:
    """`column` in the schema wins over the name. A header that is there twice is named by number."""
    schema = schema_of(tmp_path, size={"fieldType": "integer", "column": "Size (cm)"}, a_2="integer", a="integer")
    data = "Size (cm),size,a,a\n1,2,3,4\n"
    assert filtered('{"size": 1, "a_2": 4}', data, schema, "--count").text == "1\n"
    outcome = filtered('{"a": 3}', data, schema)
    assert (outcome.code, "The header has it 2 times" in outcome.err) == (1, True)


def test_reordered_headers(tmp_path: Path) -> None:
    """Files with the same columns in another order are written in the order of the first."""
    (tmp_path / "1.csv").write_text("a,b\n1,x\n")
    (tmp_path / "2.csv").write_text('b,a\n"y,z",2\n"u""v\nw",3\n')
    schema = schema_of(tmp_path, a="integer", b="string")
    outcome = run("filter", "{}", str(tmp_path / "*.csv"), "--schema", schema)
    assert (outcome.code, outcome.text) == (0, 'a,b\n1,x\n2,"y,z"\n3,"u""v\nw"\n')


def test_a_second_byte_order_mark(tmp_path: Path) -> None:
    """Some programs write a second mark before the header."""
    data = b"\xef\xbb\xbf\xef\xbb\xbfa\n1\n"
    assert filtered('{"a": 1}', data, schema_of(tmp_path, a="integer")).out == b"a\n1\n"


def test_a_blank_line_of_one_column_is_null(tmp_path: Path) -> None:
    """Of one column, a blank line is a record with null. Of several, it is none."""
    schema = schema_of(tmp_path, a="integer", b="integer")
    written = pl.DataFrame({"a": [1, None, 2, None]}).write_csv()
    for data in (written, "a\n1\n\n2\n\n", "a\r\n1\r\n\r\n2\r\n\r\n", 'a\n"1"\n\n2\n\n'):
        assert filtered('{"a": null}', data, schema, "--count").text == "2\n", data
        assert '"nullable": false' not in inferred(data).text
    assert filtered("{}", "a,b\n1,2\n\n3,4\n\n", schema, "--count").text == "2\n"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (b'2,"x"y', "text follows the quote"),
        (b"2,\xff", "not UTF-8"),
        (b"2,x\ry", "a carriage return"),
        (b"2", "Expected as many cells as in the header, 2, found 1."),
        (b"2,x,y", "Expected as many cells as in the header, 2, found 3."),
        (b'2,"x,y",', "Expected as many cells as in the header, 2, found 3."),
        (b"x,y", "Expected an integer"),
    ],
)
def test_bad_rows_are_skipped(tmp_path: Path, row: bytes, said: str) -> None:
    """A row with a broken quote, a broken byte or a wrong cell is left out, and the rows after it are not."""
    schema = schema_of(tmp_path, a="integer", b="string")
    data = b"a,b\n1,u\n" + row + b"\n3,v\n"
    query = '{"a": {"$ne": null}}'
    outcome = filtered(query, data, schema, "--on-error", "skip")
    assert (outcome.code, outcome.out) == (0, b"a,b\n1,u\n3,v\n")
    assert outcome.err == "criteria: 1 bad record was left out\n"
    outcome = filtered(query, data, schema, "--on-error", "report")
    assert (outcome.code, outcome.out, said in outcome.err) == (1, b"a,b\n1,u\n3,v\n", True)
    outcome = filtered(query, data, schema)
    assert (outcome.code, outcome.out, said in outcome.err) == (1, b"a,b\n1,u\n", True)
    assert "<stdin>:3" in outcome.err


@pytest.mark.parametrize("header", [b'a,"b"c', b"a,\xff", b'\n\na,"b'])
def test_a_broken_header_is_not_skipped(tmp_path: Path, header: bytes) -> None:
    """No policy takes the first row for a header when the header is broken."""
    schema = schema_of(tmp_path, a="integer", b="string")
    outcome = filtered("{}", header + b"\n1,u\na,b\n", schema, "--on-error", "skip")
    assert (outcome.code, outcome.out) == (1, b"")
    outcome = filtered("{}", b'1,"u"v\n2,w\n', schema, "--on-error", "skip", "--no-header")
    assert (outcome.code, outcome.out) == (0, b"2,w\n")


def test_a_broken_byte_costs_its_whole_row(tmp_path: Path) -> None:
    """A row over several lines is left out as a whole when one of its bytes is not UTF-8."""
    schema = schema_of(tmp_path, a="integer", b="string")
    data = b'a,b\n1,"u\n\xff\nv,w"\n2,x\n'
    outcome = filtered('{"a": {"$gt": 0}}', data, schema, "--on-error", "report")
    assert (outcome.code, outcome.out) == (1, b"a,b\n2,x\n")
    assert "<stdin>:3:1: invalid_record: The data are not UTF-8." in outcome.err
    assert outcome.err.count("invalid_record") == 1


def test_a_quote_without_an_end_does_not_take_the_rest(tmp_path: Path) -> None:
    """A cell whose quote never ends costs its own row: the rows after it are read."""
    schema = schema_of(tmp_path, a="integer", b="string")
    outcome = filtered('{"a": {"$gt": 1}}', b'a,b\n1,"u\n2,v\n3,w\n', schema, "--on-error", "skip")
    assert (outcome.code, outcome.out) == (0, b"a,b\n2,v\n3,w\n")
    outcome = filtered('{"a": {"$gt": 1}}', b'a,b\n1,"u\n2,v\n3,w\n', schema)
    assert (outcome.code, "<stdin>:2: invalid_record" in outcome.err) == (1, True)


def test_bad_rows_while_a_schema_is_inferred() -> None:
    """--on-error says of `schema --from`, too, what becomes of bad rows."""
    data = "a,b\n1,2\nx\n3,4\n"
    assert inferred(data).code == 1
    outcome = inferred(data, "--on-error", "skip")
    assert (outcome.code, types(outcome)) == (0, {"a": "integer", "b": "integer"})
    assert outcome.err == "criteria: 1 bad record was left out\n"
    outcome = run("schema", "--from", "-", "--on-error", "report", data=b'{"a": 1}\nx\n{"a": 2}\n')
    assert (outcome.code, types(outcome)) == (1, {"a": "integer"})


INSTANTS = [
    "2024-01-02 10:00:00+00",
    "2024-01-02 10:00:00+00:00",
    "2024-01-02T10:00:00.000000+0000",
    "2024-01-02 10:00:00.000 UTC",
    "2024-01-02 11:00:00+01",
    "2024-01-02T10:00Z",
]


@pytest.mark.parametrize("cell", INSTANTS)
def test_instants_as_engines_write_them(tmp_path: Path, cell: str) -> None:
    """DuckDB, PostgreSQL, Spark and BigQuery write instants with their offset, each in its way."""
    data = f"at\n{cell}\n"
    assert types(inferred(data)) == {"at": "dateTime"}
    schema = schema_of(tmp_path, at="dateTime")
    assert filtered('{"at": "2024-01-02T10:00:00Z"}', data, schema).text == data


@pytest.mark.parametrize("cell", ["2024-01-02 10:00:00", "2024-01-02T10:00:00.000", "2024-01-02 10:00"])
def test_times_without_a_zone(tmp_path: Path, cell: str) -> None:
    """They are instants where the schema says that they are in UTC. Otherwise the hint says how."""
    data = f"at\n{cell}\n"
    schema = schema_of(tmp_path, at={"fieldType": "dateTime", "timeZone": "UTC"})
    assert filtered('{"at": "2024-01-02T10:00:00Z"}', data, schema).text == data
    outcome = filtered('{"at": null}', data, schema_of(tmp_path, at="dateTime"))
    assert (outcome.code, 'declare "timeZone": "UTC"' in outcome.err) == (1, True)
    outcome = inferred(data)
    assert (outcome.code, types(outcome)) == (0, {"at": "string"})
    assert 'declare a dateTime with "timeZone": "UTC"' in outcome.err


def test_midnights_as_pandas_writes_them(tmp_path: Path) -> None:
    """Where all times are midnights, pandas writes days: with a time zone they are instants."""
    data = pd.DataFrame({"at": pd.to_datetime(["2024-01-02", "2024-01-03"])}).to_csv(index=False)
    schema = schema_of(tmp_path, at={"fieldType": "dateTime", "timeZone": "UTC"})
    assert filtered('{"at": {"$lt": "2024-01-02T12:00:00Z"}}', data, schema, "--count").text == "1\n"


def test_words_for_null_are_told(tmp_path: Path) -> None:
    """A column of numbers with NA in some cells holds strings, and a note says what --null would make of it."""
    data = "a,b\n1,x\nNA,y\n3,NA\n"
    outcome = inferred(data)
    assert (outcome.code, types(outcome)) == (0, {"a": "string", "b": "string"})
    assert outcome.err == (
        '<stdin>: note: "a": 1 of 3 cells is NA, all others integers. To read them as null, add --null NA.\n'
    )
    outcome = filtered('{"a": 1}', data, schema_of(tmp_path, a="integer"))
    assert outcome.code == 1
    assert outcome.err.endswith(" (at /a)\n  If it means null, name it with --null.\n")
    outcome = inferred(data, "--null", "NA")
    assert (types(outcome), outcome.err) == ({"a": "integer", "b": "string"}, "")


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["9007199254740993", "9007199254740992"], "integer"),
        (["9007199254740993", "99999999999999999999"], "string"),
        (["9007199254740993", "0.5"], "string"),
        (["9007199254740992", "0.5"], "double"),
        (["1", "2.5"], "double"),
        (["007", "8"], "string"),
    ],
)
def test_big_ids_stay_apart(cells: list[str], kind: str) -> None:
    """Integers that a double would round to another one make no column of doubles."""
    assert types(inferred("\n".join(["a", *cells, ""]))) == {"a": kind}


@pytest.mark.parametrize(
    ("pack", "said"),
    [
        (lambda data: _zip(data), "This is a zip archive."),
        (lambda _: _parquet(), "These are Parquet data."),
    ],
)
def test_what_is_not_text_is_named(tmp_path: Path, pack: Any, said: str) -> None:
    """Data that are packed in another way are told by their first bytes."""
    data = pack(b"a\n1\n")
    for outcome in (filtered("{}", data, schema_of(tmp_path, a="integer")), inferred(data),
                    run("filter", "{}", "-", data=data)):  # fmt: skip
        assert (outcome.code, outcome.out, said in outcome.err) == (1, b"", True)


@pytest.mark.parametrize(
    ("ending", "hint"),
    [
        ("ndjson.lz4", "Decompress them: lz4 -dc FILE | criteria ... -, with --format and their format"),
        ("zip", "Decompress them: unzip -p FILE | criteria ... -, with --format and their format"),
        ("xlsx", "Save the sheet as CSV."),
    ],
)
def test_what_is_not_read_is_named_by_its_name(tmp_path: Path, ending: str, hint: str) -> None:
    """A name says how the data become readable, and does not only lack an ending that is known."""
    path = tmp_path / f"data.{ending}"
    path.write_bytes(b"")
    outcome = run("filter", "{}", str(path))
    said = " ".join(outcome.err.replace("│", " ").split())
    assert (outcome.code, hint in said) == (2, True)


def _zip(data: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("t.csv", data)
    return packed.getvalue()


def _parquet() -> bytes:
    packed = io.BytesIO()
    pl.DataFrame({"a": [1]}).write_parquet(packed)
    return packed.getvalue()


@pytest.mark.parametrize("kind", ["csv", "ndjson", "parquet"])
def test_folders_that_are_named_after_values(tmp_path: Path, kind: str) -> None:
    """Rows get the columns of their folders, as Parquet files do; 01 is a month that is declared an integer."""
    for month, n in [("01", 1), ("02", 2), ("12", 3)]:
        folder = tmp_path / "data" / "land=DE" / f"month={month}"
        folder.mkdir(parents=True)
        frame = pl.DataFrame({"n": [n, n + 10]})
        path = folder / f"t.{kind}"
        getattr(frame, f"write_{kind}")(path)
    schema = schema_of(tmp_path, n="integer", month="integer", land="string")
    source = str(tmp_path / "data")
    for query, count in [('{"month": 1}', 2), ('{"month": {"$gte": 2}, "n": {"$lt": 10}}', 2), ('{"land": "DE"}', 6)]:
        for engine in ("python", *(("polars", "duckdb") if kind == "parquet" else ())):
            outcome = run("filter", query, source, "--schema", schema, "--count", "--engine", engine)
            assert (outcome.code, outcome.text) == (0, f"{count}\n"), (engine, outcome.err)
    outcome = run("schema", "--from", source)
    assert (outcome.code, types(outcome)) == (0, {"n": "integer", "land": "string", "month": "string"})


@pytest.mark.parametrize(("kind", "target"), [("ndjson", "ndjson"), ("ndjson", "json"), ("json", "ndjson")])
def test_members_of_folders_that_are_selected(tmp_path: Path, kind: str, target: str) -> None:
    """Records keep their texts, which lack the values in the names of folders: --select adds those that it names."""
    for month in ("01", "12"):
        folder = tmp_path / "data" / f"month={month}"
        folder.mkdir(parents=True)
        (folder / f"t.{kind}").write_text(json.dumps({"n": 1.50, "month": 7}))
    schema = schema_of(tmp_path, n="double", month="integer")
    for options, months in ((("--schema", schema), [1, 12]), ((), ["01", "12"])):
        found = run("filter", "{}", str(tmp_path / "data"), "--select", "month,n", "--to", target, *options)
        read = json.loads(found.text) if target == "json" else [*map(json.loads, found.text.splitlines())]
        assert (found.code, read) == (0, [{"month": one, "n": 1.5} for one in months])


def test_months_with_zeros_are_told_without_a_schema(tmp_path: Path) -> None:
    """A number is never equal to 01, which is a string: a note says what to do."""
    folder = tmp_path / "data" / "month=01"
    folder.mkdir(parents=True)
    (folder / "t.ndjson").write_text('{"n": 1}\n')
    outcome = run("filter", '{"month": 1}', str(tmp_path / "data"), "--count")
    assert (outcome.text, 'write "01" in the query' in outcome.err) == ("0\n", True)
    outcome = run("filter", '{"month": "01"}', str(tmp_path / "data"), "--count")
    assert (outcome.text, outcome.err) == ("1\n", "")
    outcome = run("filter", '{"mnoth": "01"}', str(tmp_path / "data"), "--count")
    assert (outcome.code, 'Did you mean "month"?' in outcome.err) == (1, True)


@pytest.mark.parametrize("engine", ["python", "polars", "duckdb"])
def test_months_with_zeros_in_folders_of_columns(tmp_path: Path, engine: str) -> None:
    """Columns have types, so that a number for 01 is refused, with the string that folders write."""
    for month in ("01", "12"):
        folder = tmp_path / "data" / f"month={month}"
        folder.mkdir(parents=True)
        pl.DataFrame({"n": [1]}).write_parquet(folder / "t.parquet")
    outcome = run("filter", '{"month": 1}', str(tmp_path / "data"), "--count", "--engine", engine)
    assert (outcome.code, outcome.text) == (1, "")
    assert outcome.err.endswith(
        'unfit_column: Folders write month=01, which is a string.\n  Write "01" in the query, or '
        "declare an integer in a schema.\n"
    )
    outcome = run("filter", '{"month": "01"}', str(tmp_path / "data"), "--count", "--engine", engine)
    assert (outcome.text, outcome.err) == ("1\n", "")


@pytest.mark.parametrize("suffix", ["csv.gz", "csv.zst", "ndjson.gz", "json.zst", "pq", "arrow"])
def test_schemas_of_several_files(tmp_path: Path, suffix: str) -> None:
    """`schema --from` takes compressed files, folders, patterns and several files."""
    for part, data in enumerate((b'{"n": 1, "t": "x"}\n', b'{"n": 2, "t": null}\n')):
        schema = schema_of(tmp_path, n="integer", t="string")
        outcome = run("filter", "{}", "-", "--schema", schema, "-o", str(tmp_path / f"{part}.{suffix}"), data=data)
        assert outcome.code == 0
    (tmp_path / "t.schema.json").unlink()
    files = [f"--from={tmp_path}/{part}.{suffix}" for part in (0, 1)]
    for arguments in ([f"--from={tmp_path}"], [f"--from={tmp_path}/?.{suffix}"], files):
        outcome = run("schema", *arguments, "--name", "t")
        assert (outcome.code, outcome.err) == (0, "")
        assert json.loads(outcome.text)["fields"] == [
            {"name": "n", "fieldType": "integer", "isUnique": True, "nullable": False},
            {"name": "t", "fieldType": "string"},
        ]


def test_orders_that_are_repeated(tmp_path: Path) -> None:
    """A second --order-by breaks the ties of the first."""
    schema = schema_of(tmp_path, a="integer", b="integer")
    data = "a,b\n1,1\n2,1\n1,2\n"
    expected = "a,b\n2,1\n1,2\n1,1\n"
    assert filtered("{}", data, schema, "--order-by", "a desc", "--order-by", "b desc").text == expected


def test_ties_are_broken_by_the_key_of_the_schema(tmp_path: Path) -> None:
    """Rows that the order does not tell apart follow the unique field, which the query need not name."""
    schema = schema_of(tmp_path, id={"fieldType": "integer", "isUnique": True, "nullable": False}, a="integer")
    assert filtered("{}", "id,a\n2,1\n1,1\n", schema, "--order-by", "a").text == "id,a\n1,1\n2,1\n"
    assert filtered("{}", "a\n2\n1\n", schema, "--order-by", "a").text == "a\n1\n2\n"


CELLS = st.one_of(
    st.sampled_from(["", "NA", "null", "1", "2.5", "-3", "1,5", "true", "False", "2024-01-31", "2024-01-31 10:00:00",
                     "2024-01-31T10:00:00Z", "2024-01-31 10:00:00+00", "9007199254740993", "1e5", "007", "[]",
                     '["a"]', "[1]", " ", "NaN"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4),
)  # fmt: skip
HEADERS = st.one_of(st.sampled_from(["a", "b", "a.b", "", "a..b", "AND", "$x", "a b", "a_1"]),
                    st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=4))  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]], str, tuple[str, ...]]:
    """A header, rows, a delimiter and options."""
    width = draw(st.integers(1, 4))
    header = draw(st.lists(HEADERS, min_size=width, max_size=width))
    rows = draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=5))
    delimiter = draw(st.sampled_from([",", ";", "\t", "|"]))
    options: list[str] = ["--delimiter", delimiter]
    options += draw(st.sampled_from([[], ["--null", "NA"], ["--null", "NA", "--null", "null"]]))
    options += draw(st.sampled_from([[], ["--decimal-comma"]]))
    options += draw(st.sampled_from([[], ["--no-header"]]))
    return header, rows, delimiter, tuple(options)


@FEWER
@given(st.lists(st.lists(CELLS, min_size=2, max_size=3), max_size=8), st.sampled_from(["a", "b"]))
def test_quotes_change_nothing(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], name: str) -> None:
    """Rows that are split at once and rows that go through the reader of quotes are the same, bad ones included."""
    rows = [row for row in rows if not any(mark in cell for cell in row for mark in '"\r\n,')]
    schema = schema_of(tmp_path_factory.mktemp("quotes"), a="double", b="dateTime")
    found = []
    for quoting in (csv.QUOTE_NONE, csv.QUOTE_ALL):
        text = io.StringIO()
        csv.writer(text, lineterminator="\n", quoting=quoting).writerows([["a", "b"], *rows])
        for query in ({name: None}, {name: {"$ne": None}}):
            options = ("--on-error", "skip", "--null", "NA")
            outcome = filtered(json.dumps(query), text.getvalue(), schema, *options)
            found.append((outcome.code, [*csv.reader(io.StringIO(outcome.text))], outcome.err))
    assert found[:2] == found[2:]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_rows_longer_than_what_is_read_at_once(tmp_path: Path, end: str) -> None:
    """Cells over several lines may be on both sides of what is read at once: every row is found, and unchanged."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end)
    writer.writerow(["a", "b"])
    rows = [(n, f"x,{n}{end}" * (n % 7) if n % 3 else f"y{n}") for n in range(12_000)]
    rows[5000] = (5000, f"long{end}" * 40_000)
    writer.writerows(rows)
    data = text.getvalue().encode()
    schema = schema_of(tmp_path, a="integer", b="string")
    assert filtered("{}", data, schema).out == data
    for query, expected in [({"a": {"$gte": 4999}}, 7001), ({"b": {"$startsWith": "y"}}, 4000), ({"b": None}, 1143)]:
        assert filtered(json.dumps(query), data, schema, "--count").text == f"{expected}\n", query


@FEWER
@given(tables(), st.sampled_from(["\n", "\r\n"]), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_a_schema_reads_the_csv_that_it_is_inferred_from(
    tmp_path_factory: pytest.TempPathFactory,
    table: tuple[list[str], list[list[str]], str, tuple[str, ...]],
    end: str,
    quoting: int,
) -> None:
    """Whatever headers and cells are, the inferred schema has a field for each column, and each field can be queried:
    every row is either null or not."""
    header, rows, delimiter, options = table
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows([header, *rows])  # type: ignore[arg-type]
    data = text.getvalue().encode()
    outcome = inferred(data, *options)
    assert outcome.code == 0, outcome.err
    path = tmp_path_factory.mktemp("schema") / "t.json"
    path.write_bytes(outcome.out)
    names = [*types(outcome)]
    assert len(names) == len(header)
    count = len(rows) + ("--no-header" in options)
    for name in names:
        queries = [json.dumps({name: None}), json.dumps({name: {"$ne": None}})]
        found = [filtered(query, data, str(path), *options, "--count") for query in queries]
        assert [one.code for one in found] == [0, 0], [one.err for one in found]
        assert sum(int(one.text) for one in found) == count
    whole = filtered("{}", data, str(path), *options)
    assert whole.code == 0
    assert whole.out == (data if end == "\n" or "\r" not in whole.text else whole.out)


def test_a_wrong_cell_leaves_out_its_own_row_alone(tmp_path: Path) -> None:
    """The rows around it stay, also those with strings that a field does not list: they are told, and are no damage."""
    schema = tmp_path / "s.schema.json"
    fields = [{"name": "a", "fieldType": "string", "values": ["x", "y"]}, {"name": "n", "fieldType": "integer"}]
    schema.write_text(json.dumps({"name": "s", "systemProperties": False, "fields": fields}), encoding="utf-8")
    arguments = (
        "filter",
        '{"a": {"$ne": "x"}, "n": {"$ne": 7}}',
        "--format",
        "csv",
        "--schema",
        str(schema),
        "--on-error",
        "skip",
    )
    outcome = run(*arguments, data=b"a,n\nz,1\nx,2\ny,oops\nw,4\n")
    assert outcome.text == "a,n\nz,1\nw,4\n"
    assert "1 bad record was left out" in outcome.err
    assert run(*arguments, data=b"a,n\nz,1\nx,2\nw,4\n").text == outcome.text
