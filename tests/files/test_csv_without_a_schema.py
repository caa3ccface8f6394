"""CSV without a schema: the cells of the columns that are needed tell the types, and the answer is the one that the
inferred schema gives."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from criteria.cli.inputs.csv_values import CANDIDATES, TELLING, fits_cells
from criteria.files.csv_dialect import DEFAULT_DIALECT
from tests.cli.running import run
from tests.conftest import capped

DATA = (
    b"id,name,score,day,empty,NAs\n"
    b"1,Ada,1.50,2024-01-31,,1\n"
    b"2,,2,2023-02-01,,NA\n"
    b'3,"Bo, B.",,2024-02-29,,3\n'
)  # fmt: skip


def count(query: str, *options: str, data: bytes = DATA) -> tuple[int, str]:
    """The exit code and the number of records."""
    outcome = run("filter", query, "--format", "csv", "--count", *options, data=data)
    return outcome.code, outcome.text or outcome.err


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('{"id": {"$gte": 2}}', 2),
        ('{"score": {"$lt": 1.75}}', 1),
        ('{"score": {"$lt": 2}}', 1),
        ('{"day": {"$gt": "2024-01-31"}}', 1),
        ('{"name": null}', 1),
        ('{"NOT": {"name": {"$startsWith": "B"}}}', 2),
    ],
)
def test_the_cells_tell_the_types(query: str, expected: int) -> None:
    """Integers, numbers, days and strings compare as such."""
    assert count(query) == (0, f"{expected}\n")


@pytest.mark.parametrize("operand", ["1", "1.5", '"x"', "true", '{"$in": ["x"]}', '{"$gt": 3}'])
def test_a_column_without_values(operand: str) -> None:
    """No cell tells its type, and no operand is wrong for it."""
    assert count(f'{{"empty": {operand}}}') == (0, "0\n")
    assert count(f'{{"id": {operand}}}', data=b"id\n")[0] == 0


def test_selected_rows_are_their_texts() -> None:
    """Rows go out as they came in, with the header."""
    outcome = run("filter", '{"score": {"$gt": 1.0}}', "--format", "csv", data=DATA)
    assert outcome.out == b"".join(DATA.splitlines(keepends=True)[:3])


def test_other_formats_have_the_types() -> None:
    """All columns of the output are typed, or those that it has."""
    outcome = run("filter", '{"id": 1}', "--format", "csv", "--to", "ndjson", "--null", "NA", data=DATA)
    assert outcome.text == '{"id":1,"name":"Ada","score":1.5,"day":"2024-01-31","empty":null,"NAs":1}\n'
    outcome = run("filter", '{"id": 1}', "--format", "csv", "--to", "ndjson", "--select", "score,name", data=DATA)
    assert outcome.text == '{"score":1.5,"name":"Ada"}\n'


def test_an_order_without_a_schema() -> None:
    """Numbers are in the order of their values, nulls first."""
    outcome = run("filter", "{}", "--format", "csv", "--order-by", "score desc", "--limit", "1", data=DATA)
    assert (outcome.code, outcome.text.splitlines()[1]) == (0, "2,,2,2023-02-01,,NA")


def test_what_the_types_do_not_say_is_told() -> None:
    """The words for null in a column of numbers are named before the query is refused."""
    outcome = run("filter", '{"NAs": {"$gt": 1}}', "--format", "csv", "--count", data=DATA)
    assert outcome.code == 1
    assert outcome.err.startswith('<stdin>: note: "NAs": 1 of 3 cells is NA, all others integers.')
    assert "type_mismatch" in outcome.err
    assert count('{"NAs": {"$gt": 1}}', "--null", "NA") == (0, "1\n")
    assert run("filter", '{"id": 1}', "--format", "csv", "--count", data=DATA).err == ""


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["1,5", "2"], "--decimal-comma"),
        (["1,234.50", "2.5"], "commas between thousands"),
        (["1,234,567", "1"], "commas between thousands"),
        (["1,234", "1"], "If these are decimal commas"),
        (["1.234,50", "2"], "points between thousands"),
        (["31.01.2024", "1.2.2024"], "dates are not written as 2024-01-31"),
        (["1/31/2024 9:30", "2/1/24"], "dates are not written as 2024-01-31"),
        (["2024/01/31"], "dates are not written as 2024-01-31"),
        (["9007199254740993", "1.5"], "more digits than a number keeps"),
        (["99007199254740993000000", "1"], "declare a decimal"),
        ([" 5", "6.5 "], "spaces beside them"),
        (["1,5", "a"], None),
        (["a", "b"], None),
        (["007", "008"], None),
    ],
)
def test_strings_that_seem_to_be_something_else_are_told(cells: list[str], said: str | None) -> None:
    """Numbers with commas and days in another order compare by code point, which is told."""
    data = "a;b\n" + "".join(f"{cell};1\n" for cell in cells)
    outcome = run("filter", '{"a": {"$ne": "x"}}', "--format", "csv", "--delimiter", ";", "--count", data=data.encode())
    assert (outcome.code, outcome.text) == (0, f"{len(cells)}\n")
    assert outcome.err == "" if said is None else said in outcome.err


@pytest.mark.parametrize(
    ("cells", "options", "hint"),
    [
        (["01", "02"], (), 'The cells have leading zeros, such as "01": write a string like it.'),
        (["1,234", "2"], (), "If these are decimal commas, add --decimal-comma."),
        (["1,25", "2"], (), "To read them as numbers, add --decimal-comma."),
        (["1.234,50", "2"], ("--decimal-comma",), 'The cells are written as "1.234,50" is.'),
        (["1", "2", "NA"], (), "To read them as null, add --null NA."),
        (["1", "2", "Total"], (), 'All cells are numbers except "Total".'),
        (["1", "a"], (), 'Write it as a string: "1".'),
    ],
)
def test_a_number_for_a_column_of_strings(cells: list[str], options: tuple[str, ...], hint: str) -> None:
    """The refusal says why the column has strings, and not to write a string that no cell is."""
    data = "a;b\n" + "".join(f"{cell};1\n" for cell in cells)
    options = ("--format", "csv", "--delimiter", ";", *options)
    outcome = run("filter", '{"OR": [{"b": 2}, {"a": 1}]}', *options, data=data.encode())
    assert (outcome.code, outcome.err.splitlines()[-1].strip()) == (1, hint)


def test_another_delimiter_is_told() -> None:
    """A header in one cell that looks like several is refused where the query names one of them, or rows have more
    cells."""
    for query, data in (('{"a": 1}', b"a;b\n1;2\n"), ('{"a": 1}', b"a;b\n1,5;2\n")):
        outcome = run("filter", query, "--format", "csv", data=data)
        assert (outcome.code, "--delimiter" in outcome.err) == (1, True)
    inferred = run("schema", "--from", "-", "--format", "csv", data=b"a;b\n1;2\n")
    assert (inferred.code, "--delimiter" in inferred.err) == (0, True)
    inferred = run("schema", "--from", "-", "--format", "csv", data=b"a;b\n1,5;2\n")
    assert (inferred.code, "--delimiter" in inferred.err) == (1, True)


def test_a_misspelled_column() -> None:
    """It is refused with the nearest name."""
    code, said = count('{"nmae": "Ada"}')
    assert (code, 'Did you mean "name"?' in said) == (1, True)


def test_bad_rows_are_told_once(tmp_path: Path) -> None:
    """A row is bad in both passes over the data, and one record is left out."""
    path = tmp_path / "data.csv"
    path.write_bytes(b"a,b\n1,2\n3\n4,5\n")
    assert run("filter", '{"a": {"$gt": 1}}', str(path)).err.count("invalid_record") == 1
    outcome = run("filter", '{"a": {"$gt": 1}}', str(path), "--on-error", "report")
    assert (outcome.code, outcome.text, outcome.err.count("invalid_record")) == (1, "a,b\n4,5\n", 1)
    outcome = run("filter", '{"a": {"$gt": 1}}', str(path), "--on-error", "skip")
    assert (outcome.code, outcome.text, outcome.err) == (0, "a,b\n4,5\n", "criteria: 1 bad record was left out\n")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a system with named pipes, such as Linux")
def test_pipes_are_read_once(tmp_path: Path) -> None:
    """A pipe cannot be read twice, and is called by its name."""
    pipe = tmp_path / "data.tsv"

    def answer(content: bytes, query: str) -> tuple[int, str, str]:
        os.mkfifo(pipe)
        writer = threading.Thread(target=pipe.write_bytes, args=(content,))
        writer.start()
        outcome = run("filter", query, str(pipe), "--count")
        writer.join()
        pipe.unlink()
        return outcome.code, outcome.text, outcome.err

    assert answer(b"a\tb\n1\t2\n3\t4\n", '{"b": 4}') == (0, "1\n", "")
    assert str(pipe) in answer(b"a\tb\n1\n", '{"b": 4}')[2]


def test_a_record_is_explained(tmp_path: Path) -> None:
    """`explain` takes the types from the cells, too."""
    path = tmp_path / "data.csv"
    path.write_bytes(DATA)
    outcome = run("explain", '{"score": {"$gt": 1}}', "--record", str(path), "--line", "2")
    assert (outcome.code, "score (double): $gt" in outcome.text, "it has 1.5" in outcome.text) == (0, True, True)


@pytest.mark.parametrize("at", range(len(TELLING)))
@settings(max_examples=capped(100), deadline=None)
@given(st.data())
def test_patterns_tell_the_types_of_cells(at: int, data: st.DataObject) -> None:
    """Each cell that a pattern describes fits the types that the pattern is said to tell."""
    pattern, held = TELLING[at]
    cell = data.draw(st.from_regex(pattern, fullmatch=True))
    fits = fits_cells(DEFAULT_DIALECT)
    assert held <= {*CANDIDATES}
    assert [field for field in held if not fits(field, cell)] == []
