"""JSON that other programs wrote: each document is answered as Python answers it, or refused when the table is read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field
from tests.conftest import Engines
from tests.tables.foreign import Foreign, created

pytestmark = pytest.mark.heavy("tables on every engine")

PLACES = [
    ("sqlite", "JSON"), ("duckdb", "JSON"), ("postgres-natural", "json"), ("postgres-natural", "jsonb"),
    ("mariadb", "JSON"), ("mysql", "JSON"),
]  # fmt: skip

_WELL_READ = ("1", "1.0", "1e0", "10e-1", "1E2", "100", "-0.0", "-0", "0", "9007199254740993", "9223372036854775807",
              "-9223372036854775808", '"a"', '"\\u0061"', '"\\ud83d\\ude00"', '"a\\/b"', '""', '" a"', "true", "false",
              "null", "[]", "{}", "[1]", '["a"]', '{"v": 1}', '"1"', '"true"')  # fmt: skip
WELL_READ = [
    *(f'{{"v": {one}}}' for one in _WELL_READ),
    '{"V": "a"}', '{"v.w": "a", "v": {"w": "b"}}', '{"": {"v": "a"}}', '"a"', "5", "null", "true", '[{"v": "a"}]',
    '["v", "a"]', "{}", "[]", ' {"v": "a"}', '{"w": {"v": 1, "v": 2}}',
]  # fmt: skip
"""What each engine reads as Python does."""

_NUMBERS = ("0.1", "1.5", "0.30000000000000004", "0.3000000000000000444", "123456789012345.678", "1234567890123456.78",
            "19.99", "19.990", "19.9900000000000001", "1.005", "4.35", "1e22", "1e23", "5e-324", "1e20", "1e300",
            "1e400", "-1e400", "1e-400", "99.999999999999999", "9007199254740992.0", "9223372036854775808",
            "-9223372036854775809", "18446744073709551615", "123456789012345678901234567890")  # fmt: skip
HOSTILE = [
    *(f'{{"v": {one}}}' for one in _NUMBERS),
    '{"v": "a", "v": "b"}', '{"v": "b", "v": "a"}', '{"v": null, "v": 1}', '{"v": 1, "v": null}', '{"\\u0076": "a"}',
    '{"v": "b", "\\u0076": "a"}', '{"\\u0076": "b", "v": "a"}', '{"v": "a\\u0000b"}', '{"v": "\\ud800"}', '{"v": NaN}',
    '{"v": Infinity}', "{v: 1}", '{"v": 1', "",
]  # fmt: skip
"""What some engines read in another way, or do not store."""

FIELDS = {
    "string": Field("m.v", "string", column="m"),
    "integer": Field("m.v", "integer", column="m"),
    "double": Field("m.v", "double", column="m"),
    "decimal": Field("m.v", "decimal", precision=34, scale=15, column="m"),
}
OPERANDS: Mapping[str, Sequence[Any]] = {
    "string": ["a", "b", "😀", "", "a/b"],
    "integer": [0, 1, 100, 2**53, 2**53 + 1, 2**63 - 1, -(2**63)],
    "double": [0.0, 0.1, 0.30000000000000004, 5e-324, 19.99, 2.0**53, 1e22, 1e23, 1e300],
    "decimal": ["0.1", "0.300000000000001", "1.005", "19.99", "1234567890123456.8", "9007199254740993"],
}
OPERATORS = ("$ne", "$gt", "$lte")


def queries(name: str) -> list[Any]:
    """Comparisons with each operand."""
    found: list[Any] = [{"m.v": None}]
    for operand in OPERANDS[name]:
        found += [{"m.v": operand}, *({"m.v": {one: operand}} for one in OPERATORS)]
    if name == "string":
        found += [{"m.v": {one: text}} for one in ("$startsWith", "$contains") for text in ("a", "")]
    return found


def literal(engine: Any, text: str) -> str:
    """A document in SQL."""
    quoted = text.replace("'", "''")
    return f"'{quoted}'" if engine.name not in ("mariadb", "mysql") else "'" + quoted.replace("\\", "\\\\") + "'"


def inserted(engine: Any, documents: Sequence[str]) -> dict[int, str]:
    """The documents that the engine takes, by their keys."""
    found = {}
    for at, text in enumerate(documents):
        try:
            engine.execute(f"INSERT INTO foreign_rows VALUES ({at}, {literal(engine, text)})")
            engine.commit()
            found[at] = text
        except Exception:
            if engine.name != "duckdb":  # which has nothing to roll back
                engine.rollback()
    return found


def python_keys(criteria_json: Any, table: Foreign, documents: Mapping[int, str]) -> list[int]:
    """What Python selects of the documents as its own decoder reads them."""
    predicate = criteria.compile(criteria.parse(criteria_json, table.schema), "python", records="canonical")
    return [at for at, text in documents.items() if predicate({"id": at, "m": json.loads(text)})]


@pytest.mark.heavy("some 30 queries on a table of each kind")
@pytest.mark.parametrize("kind", FIELDS)
@pytest.mark.parametrize(("name", "column"), PLACES)
def test_documents_of_programs_are_read_as_python_reads_them(
    name: str, column: str, kind: str, engines: Engines
) -> None:
    """Values of every JSON type, escapes in texts and keys elsewhere, scalars and arrays in the place of the object."""
    with created(engines, name, f"m {column}") as engine:
        documents = inserted(engine, WELL_READ)
        assert len(documents) == len(WELL_READ)
        if kind == "decimal":  # texts that are not canonical are refused
            engine.execute("DELETE FROM foreign_rows WHERE id IN " + str(tuple(
                at for at, text in documents.items() if '"v": "' in text)))  # fmt: skip
            documents = {at: text for at, text in documents.items() if '"v": "' not in text}
        table = Foreign(engine, [FIELDS[kind]])
        for query in queries(kind):
            assert table.keys(query) == python_keys(query, table, documents), query


@pytest.mark.heavy("some 30 queries on a table of each kind, and one more table for each hostile document")
@pytest.mark.parametrize("kind", FIELDS)
@pytest.mark.parametrize(("name", "column"), PLACES)
def test_a_document_that_an_engine_reads_in_another_way_is_refused(
    name: str, column: str, kind: str, engines: Engines
) -> None:
    """Repeated keys, keys with escapes, numbers that a double cannot hold: none is answered in another way."""
    field = FIELDS[kind]
    with created(engines, name, f"m {column}") as engine:
        taken = inserted(engine, HOSTILE)
        accepted = {}
        for at, text in taken.items():
            engine.execute("DELETE FROM foreign_rows")
            inserted(engine, [text])
            try:
                Foreign(engine, [field])
                accepted[at] = text
            except CriteriaError as refused:
                assert [problem.code for problem in refused.problems] == ["unfit_column"], text
        engine.execute("DELETE FROM foreign_rows")
        for at, text in accepted.items():
            engine.execute(f"INSERT INTO foreign_rows VALUES ({at}, {literal(engine, text)})")
        engine.commit()
        table = Foreign(engine, [field])
        for query in queries(kind):
            assert table.keys(query) == python_keys(query, table, accepted), query


LARGE = ("4.611686018427388e18", "4611686018427387904.0", "4611686018427388000", "-4.611686018427388e+18", "1e17",
         "9007199254740992.0", "36028797018963968.0", "9223372036854775807.0", "-9223372036854775808.5",
         "9223372036854775808")  # fmt: skip
"""Numbers of which some are no integers of 64 bits, or are read as the shortest decimal of their double."""


def jsonb(engine: Any) -> str:
    """What drivers return: 2^62 as a shortest double is another integer there, for Python too."""
    [(text,)] = engine.execute("SELECT CAST(m AS TEXT) FROM foreign_rows")
    return str(text)


@pytest.mark.parametrize("number", LARGE)
@pytest.mark.parametrize(("name", "column"), PLACES)
def test_large_numbers_under_an_integer_are_read_as_python_reads_them_or_refused(
    name: str, column: str, number: str, engines: Engines
) -> None:
    """DuckDB took 2^62 with a point for 4611686018427388000."""
    written = f'{{"v": {number}}}'
    near = {min(max(int(json.loads(number)) + more, -(2**63)), 2**63 - 1) for more in (-96, -1, 0, 1, 96)}
    with created(engines, name, f"m {column}", f"INSERT INTO foreign_rows VALUES (1, '{written}')") as engine:
        documents = {1: jsonb(engine)} if column == "jsonb" else {1: written}
        try:
            table = Foreign(engine, [FIELDS["integer"]])
        except CriteriaError as refused:
            assert [problem.code for problem in refused.problems] == ["unfit_column"]
            assert number != "4611686018427388000"
            return
        asked = [{"m.v": one} for operand in near for one in (operand, {"$gt": operand}, {"$lte": operand})]
        for query in asked:
            assert table.keys(query) == python_keys(query, table, documents), query


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        ('{"v": 1, "v": 2}', FIELDS["integer"], "each key once"),
        ('{"v": 1e19}', FIELDS["integer"], "whole numbers of 64 bits"),
        ('{"v": 9223372036854775808}', FIELDS["integer"], "whole numbers of 64 bits"),
        ('{"v": 1.5}', FIELDS["integer"], "whole numbers of 64 bits"),
        ('{"v": [1, 1.5]}', Field("m.v", "integer", is_list=True, column="m"), "whole numbers of 64 bits"),
        ('{"v": 1e400}', FIELDS["decimal"], "numbers that a double can hold"),
        ('{"v": [1e400]}', Field("m.v", "double", is_list=True, column="m"), "numbers that a double can hold"),
        ('{"a": {"v": 1}, "a": {"v": 2}}', Field("m.a.v", "integer", column="m"), "each key once"),
        ('{"a": {"v": [1], "v": [2]}}', Field("m.a.v", "integer", is_list=True, column="m"), "each key once"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["sqlite", "duckdb", "postgres-natural", "mariadb"])
def test_the_refusal_says_what_the_column_should_hold(
    name: str, text: str, field: Field, words: str, engines: Engines
) -> None:
    """PostgreSQL keeps the last one of repeated keys, as Python does, and so refuses none."""
    with created(engines, name, "m JSON", f"INSERT INTO foreign_rows VALUES (1, '{text}')") as engine:
        if name == "postgres-natural" and words == "each key once":
            assert Foreign(engine, [field]).keys({field.name: 2}) == [1]
            return
        with pytest.raises(CriteriaError, match=words) as refused:
            Foreign(engine, [field])
        assert [problem.code for problem in refused.value.problems] == ["unfit_column"]
        Foreign(engine, [field], verify=False)
