"""Blocks of rows are read at once where that is safe, and else row by row: of any text, both find the same records with
the same texts and line numbers, and the same problems."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from hypothesis import example, given, settings
from hypothesis import strategies as st

import criteria
from criteria.files import csv_table, decoded_together, records
from criteria.files.csv_dialect import CsvDialect
from criteria.files.csv_rows import CsvRows
from criteria.files.csv_table import CsvTable
from criteria.files.faults import DataFault
from criteria.files.ndjson import Ndjson
from criteria.files.records import Data, Table
from criteria.schema.schema import Schema
from tests.conftest import capped

Found = tuple[list[tuple[Any, str, int]], list[Any]]
"""Records with their texts and lines, and problems with what is shown of the data."""


def data_of(content: bytes, bad: list[DataFault], schema: Schema | None = None, **options: Any) -> Data:
    stream = io.BufferedReader(io.BytesIO(content))
    return Data("data", stream, schema, lambda: None, bad.append, **options)


def told(fault: DataFault) -> Any:
    return fault.problems, fault.kind, fault.text, fault.first_line


def found_in(make: Any, bad: list[DataFault]) -> Found:
    """What a table finds. A member that is null may be absent."""
    rows: list[tuple[Any, str, int]] = []
    try:
        table: Table = make()
        for batch in table.batches():
            assert len(batch.records) == len(batch.texts) == len(batch.lines)
            found = [{name: one for name, one in record.items() if one is not None} for record in batch.records]
            rows += zip(map(repr, found), batch.texts, batch.lines, strict=True)
    except DataFault as fault:
        bad.append(fault)
    return rows, [told(fault) for fault in bad]


@contextmanager
def in_chunks(size: int) -> Iterator[None]:
    with patch.object(records, "CHUNK", size):
        yield


@contextmanager
def csv_row_by_row() -> Iterator[None]:
    """Each row goes through Python's reader, and each cell is checked by itself."""

    def refused(_: CsvTable, __: object) -> None:
        raise csv_table._NotFastError

    with (
        patch.object(CsvRows, "_is_plain", lambda *_: False),
        patch.object(CsvRows, "_at_once", lambda *_: None),
        patch.object(CsvTable, "_records", refused),
    ):
        yield


FIELDS = [{"name": "a", "fieldType": "integer"}, {"name": "b.x", "fieldType": "string"},
          {"name": "c", "fieldType": "double", "isList": True}, {"name": "d", "fieldType": "date"}]  # fmt: skip
SCHEMA = Schema.from_json({"name": "t", "systemProperties": False, "fields": FIELDS})

CELLS = st.sampled_from(
    ["1", "-7", "", "NA", "x y", " ", "é", "2024-01-31", "[1.5]", "9007199254740993", "\u2028", "\x0c", "\x85",
     "\ufeff", '""', '"1"', '"NA"', '"a""b"', '"a\nb"', '"a\r\nb"', '"\n"', '"a,b;c\td|e"', '"[1, 2]"', "'", "\\n",
     'x"y', '"x"y', '"open', "a\rb", "\0", "\udcff"]
)  # fmt: skip
HEADERS = st.sampled_from(
    ["a", "b.x", "c", "d", "", "a ", "$x", "7", '"a"', '"b.x"', '"d\n"', "é", "x;y", "AND", '"x""y"', "A"]
)
ENDS = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r\n", "\n\n", "\r\n\r\n", "\r", "\r\r\n"])


@st.composite
def tables(draw: st.DrawFn) -> tuple[bytes, CsvDialect]:
    """The bytes of a table, most of whose rows are well-formed, and its dialect."""
    delimiter = draw(st.sampled_from([",", ",", ";", "\t", "|"]))
    width = draw(st.integers(1, 4))
    plain, end = draw(st.booleans()), draw(st.sampled_from(["\n", "\n", "\r\n"]))
    rows = [draw(st.lists(HEADERS, min_size=width, max_size=width))]
    cells = st.sampled_from(["1", "", "NA", "x", "é", "[1]"]) if plain else CELLS
    for _ in range(draw(st.integers(0, 8))):
        wide = width if draw(st.integers(0, 9)) else draw(st.integers(0, 5))
        rows.append(draw(st.lists(cells, min_size=wide, max_size=wide)))
    above = "".join(draw(st.lists(st.sampled_from(["# x\n", '"\n', "\n", "\r\n"]), max_size=2)))
    text = above + "".join(delimiter.join(row) + (end if plain else draw(ENDS)) for row in rows)
    text = text if draw(st.booleans()) else text.rstrip("\r\n")
    mark = "\ufeff" * draw(st.sampled_from([0, 0, 1, 2]))
    skip = above.count("\n") if draw(st.booleans()) else 0
    nulls = frozenset(draw(st.sampled_from([[], ["NA"], ["NA", "x"]])))
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-16", "latin-1"]))
    errors = "surrogateescape" if encoding == "utf-8" else "replace"
    content = (mark + text).encode(encoding, errors)
    return content, CsvDialect(delimiter, encoding, nulls, draw(st.integers(0, 4)) > 0, skip)


ASKED = st.sampled_from([("a",), ("b.x",), ("c", "a"), ("d",), (), None])


def csv_found(content: bytes, dialect: CsvDialect, asked: tuple[str, ...] | None) -> Found:
    """The records of a table; only the fields that are asked for, None: all columns."""
    bad: list[DataFault] = []
    named = () if asked is None else tuple(SCHEMA.find(name) for name in asked)
    options = {"csv": dialect, "named": named, "is_whole": asked is None, "is_united": True}
    return found_in(lambda: CsvTable(data_of(content, bad, SCHEMA, **options)), bad)


def check_csv(table: tuple[bytes, CsvDialect], asked: tuple[str, ...] | None, chunk: int) -> None:
    content, dialect = table
    with csv_row_by_row():
        slow = csv_found(content, dialect, asked)
    assert csv_found(content, dialect, asked) == slow
    with in_chunks(chunk):
        assert csv_found(content, dialect, asked) == slow
        with csv_row_by_row():
            assert csv_found(content, dialect, asked) == slow


@settings(max_examples=capped(400), deadline=None)
@given(tables(), ASKED, st.integers(1, 40))
@example((b'a,b.x\n1,"u\nv"\n2,w\n', CsvDialect()), ("a",), 10)
@example((b'a\n1\n\n""\n2\r\n\r\n', CsvDialect()), ("a",), 3)
@example((b"\n\n1\n\n2\n", CsvDialect(has_header=False)), None, 1)
@example((b'a,b.x\n1,"u\n2,v\n3,"w"\n', CsvDialect()), ("b.x",), 4)
@example((b"a,b.x\r1,u\r2,v\r", CsvDialect()), ("a",), 4)
@example((b"a,b.x\n1,\xff\n2,v\n", CsvDialect()), ("a",), 7)
def test_rows_of_csv(table: tuple[bytes, CsvDialect], asked: tuple[str, ...] | None, chunk: int) -> None:
    """Quotes over the ends of blocks, line ends of every kind, rows that are too long, nulls in every spelling."""
    check_csv(table, asked, chunk)


@settings(max_examples=capped(400), deadline=None)
@given(tables(), st.integers(1, 40))
def test_cells_are_those_of_the_csv_module(table: tuple[bytes, CsvDialect], chunk: int) -> None:
    """Where nothing is wrong, the cells are those of Python's reader, and the texts are the data, none lost."""
    content, dialect = table
    faults: list[DataFault] = []
    dialect = CsvDialect(dialect.delimiter, dialect.encoding)
    with in_chunks(chunk):
        source = CsvRows(data_of(content, faults, csv=dialect), dialect)
        source.bad = faults.append
        rows = [row for found in source for row in zip(found.cells, found.texts, found.lines, strict=True)]
    if faults:
        return
    text = content.decode(dialect.encoding).lstrip("\ufeff")
    lines = [f"{line}\n" for line in text.removesuffix("\n").split("\n")] if text else []
    expected = [*csv.reader(lines, delimiter=dialect.delimiter_of(""), strict=True)]
    assert [[*cells] for cells, _, _ in rows] == [cells or [""] for cells in expected]
    assert "\n".join(one for _, one, _ in rows) == text.removesuffix("\n")
    assert [line for _, _, line in rows] == [
        1 + sum(one.count("\n") + 1 for _, one, _ in rows[:at]) for at in range(len(rows))
    ]


@contextmanager
def json_line_by_line() -> Iterator[None]:
    with patch.object(Ndjson, "_at_once", lambda *_: None):
        yield


LINES = st.sampled_from(
    ['{"n": 5}', '{"n": 5.0}', '{"n": "5"}', '{"n": 5, "n": 0}', '{"n": 0, "m": {"n": 5, "n": 1}}',
     '{"n": 9007199254740993}', '{"n": 9007199254740992.5}', '{"n": 1e400}', '{"n": 0.1000000000000000000000001}',
     '{"n": -0.0}', '{"n": [5, null, {"x": 5}]}', '{"n": {"x": 5, "x": 0}}', '{"m": "\\ud800", "n": 5}',
     '{"n": "\\ud83d\\ude00"}', '{"n": "é\u2028\x7f\x85"}', '{"\\u006e": 5}', ' {"n": 5}', '{"n": 5}\t', "", " ",
     "\r", '{"n": 5}\r', '{"n": 5}{"n": 5}', '{"n": 5} {"n": 5}', '{"n": 5},', '{"n": 5, }', '{"n": NaN}',
     '{"n": -Infinity}', '{"n":', "}", "[]", "5", "null", '{"n": 05}', '{"n": "\x01"}', '{"n": 5}\x00',
     '{"n": "\udcff"}', '\ufeff{"n": 5}', '{"n": 5}\x0b', "{}", '{"m": 1, "n": null}',
     f'{{"m": {"[" * 200}{"]" * 200}, "n": 5}}']
)  # fmt: skip
Members = tuple[tuple[str, ...], ...] | None
ASKED_OF: dict[Members, list[str]] = {
    None: ['{"n": 5}', '{"n.x": 5}', '{"m": 1}'],
    (("n",),): ['{"n": 5}', '{"n": {"$gt": 9007199254740992}}', '{"NOT": {"n": 0.1}}', '{"n": null}'],
    (("n",), ("n", "x")): ['{"n.x": 5}', '{"n": 5}'],
    (("n", "x"),): ['{"n.x": 5}', '{"NOT": {"n.x": 5}}'],
    (("absent",),): ['{"absent": null}'],
}
QUERIES = {
    members: [criteria.compile(criteria.parse(text), "python", records="json") for text in texts]
    for members, texts in ASKED_OF.items()
}


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """Lines of JSON, most of them records."""
    good = draw(st.booleans())
    kinds = st.sampled_from(['{"n": 5}', '{"n": 1, "m": 2}', '{"n": {"x": 5}}', '{"n": "é"}']) if good else LINES
    text = "".join(one + draw(st.sampled_from(["\n", "\n", "\r\n"])) for one in draw(st.lists(kinds, max_size=8)))
    text = text if draw(st.booleans()) else text.rstrip("\n")
    return (draw(st.sampled_from(["", "", "\ufeff", "\ufeff\ufeff"])) + text).encode("utf-8", "surrogateescape")


def json_found(content: bytes, members: Members) -> Found:
    """The lines that are records, and what the queries say of each."""
    bad: list[DataFault] = []
    table = Ndjson(data_of(content, bad, members=members))
    rows = [
        ([query(record) for query in QUERIES[members]], text, line)
        for batch in table.batches()
        for record, text, line in zip(batch.records, batch.texts, batch.lines, strict=True)
    ]
    return rows, [told(fault) for fault in bad]


def check_json(content: bytes, members: Members, chunk: int) -> None:
    with json_line_by_line():
        slow = json_found(content, members)
    assert json_found(content, members) == slow
    with in_chunks(chunk):
        assert json_found(content, members) == slow
        with json_line_by_line():
            assert json_found(content, members) == slow


@settings(max_examples=capped(1000), deadline=None)
@given(lines(), st.sampled_from([*QUERIES]), st.integers(1, 60))
@example(b'{"n": 5}\r\n\r\n{"n":\r\n{"n": 5}\r\n', None, 9)
@example(b'{"n": 5}{"n": 5}\n{"n": 5}\n', (("n",),), 17)
@example(b'\xef\xbb\xbf{"n": 5, "n": 0}\n', (("n",),), 1)
def test_lines_of_json(content: bytes, members: Members, chunk: int) -> None:
    """Repeated keys, long numbers, lone surrogates, two objects in a line, blank lines, line ends of Windows."""
    check_json(content, members, chunk)


def test_the_fast_ways_are_taken() -> None:
    """What the tests above compare are two ways: without the patches, plain data do not go row by row."""
    content = b"a,b.x\n" + b"1,u\n" * 50
    with patch.object(CsvRows, "_one_by_one", side_effect=AssertionError), in_chunks(40):
        rows, faults = csv_found(content, CsvDialect(), ("a",))
    assert (len(rows), faults) == (50, [])
    with patch.object(Ndjson, "_one_by_one", side_effect=AssertionError), in_chunks(40):
        rows, faults = json_found(b'{"n": 5}\n' * 50, (("n",),))
    assert (len(rows), faults) == (50, [])
    assert decoded_together._MIN_TEXT == 0, "with msgspec, texts are decoded partly from the first one on"
