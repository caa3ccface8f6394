"""Values that columns hold although the fields do not: `reflect` finds them on each engine, and says what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings

import criteria
from criteria import CriteriaError, Field, Schema
from criteria.conformance.strategies import records
from tests.conftest import CASES, Engines, capped
from tests.tables.foreign import KEY, Foreign, created, foreign
from tests.tables.pairs.pair import Pair
from tests.tables.test_columns_that_fit import SAMPLE, foreign_table
from tests.tables.test_found_by import LONGEST

GUID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
MIXED = GUID.replace("b", "B")
LOOSE = "SET sql_mode = 'ALLOW_INVALID_DATES'"
"""MySQL and MariaDB take days that do not exist, as old servers did and importing programs ask them to."""


@pytest.mark.parametrize(("name", "pair"), SAMPLE)
def test_what_programs_write_is_taken(name: str, pair: Pair, engines: Engines) -> None:
    """The values of each pair, as programs write them, are those of its field."""
    schema = pair.schema()
    with foreign_table(engines, name, pair) as foreign_rows:

        @settings(max_examples=capped(min(100, max(2, CASES // 500))))
        @given(records(schema))
        def taken(rows: list[dict[str, Any]]) -> None:
            with foreign_rows.holding(rows):
                table = criteria.tables.reflect(foreign_rows.engine.connection, "foreign_rows", schema)
                assert table == foreign_rows.table

        taken()


MONEY = Field("v", "decimal", precision=10, scale=2)
PRICES = Field("v", "decimal", precision=10, scale=2, is_list=True)
WHOLE = Field("v", "integer")
REFERENCE = Field("v", "objectRef", object_entity_type="other")
AT = Field("v", "dateTime")
AT_UTC = Field("v", "dateTime", time_zone="UTC")
EXACTLY = Field("v", "dateTime", precision=6)
EXACTLY_UTC = Field("v", "dateTime", precision=6, time_zone="UTC")
IN_JSON = Field("v.token", "guid", column="v")
MONEY_IN_JSON = Field("v.token", "decimal", precision=10, scale=2, column="v")
STATE = Field("v", "string", values=["open", "paid", "it's \\ 'é'"])
STATES = Field("v", "string", values=["open", "paid"], is_list=True)
STATE_IN_JSON = Field("v.token", "string", values=["open", "paid"], column="v")
FINER = [f"""'{{"token": {number}}}'""" for number in ("19.995", "123456789.5", "1e-300", "5e20")]
UNKNOWN = ["'Open'", "'closed'", "''", "'open '"]
MOOD = ('DROP TYPE IF EXISTS "My state" CASCADE', """CREATE TYPE "My state" AS ENUM ('open', 'paid', 'closed')""")

SERVERS = ("mysql", "mariadb")
UUIDS = [f"'{MIXED}'", f"'{{{GUID}}}'", f"'{GUID.replace('-', '')}'", "'n/a'", "''", f"'{GUID} '"]

OTHERS: Mapping[str, Sequence[tuple[str, Field, Sequence[str]]]] = {
    "postgres-natural": [
        ("v text", Field("v", "guid"), UUIDS),
        ("v varchar(60)", Field("v", "guid"), UUIDS),
        ("v char(36)", Field("v", "guid"), [f"'{MIXED}'", "'n/a'"]),
        ("v char(32)", Field("v", "guid"), [f"'{MIXED.replace('-', '')}'"]),
        ("v text[]", Field("v", "guid", is_list=True), [f"ARRAY['{GUID}', NULL, '{MIXED}']", "'{n/a}'"]),
        ("v numeric", MONEY, ["1.005", "100000000", "'Infinity'"]),
        ("v numeric[]", PRICES, ["ARRAY[1.5, 1.005]"]),
        ("v date", Field("v", "date"), ["'infinity'", "'0001-01-01 BC'", "'10000-01-01'"]),
        ("v timestamptz(3)", AT, ["'-infinity'"]),
        ("v timestamptz", EXACTLY, ["'infinity'", "'0001-01-01 BC'"]),
        ("v timestamp", EXACTLY_UTC, ["'infinity'"]),
        ("v timestamp[]", Field("v", "dateTime", precision=6, is_list=True, time_zone="UTC"), ["'{infinity}'"]),
        (
            "v json",
            Field("v", "string", is_list=True),
            [
                r"""E'["\\u0000"]'""",
                r"""E'["\\\\\\u0000"]'""",
                r"""E'["\\ud83d"]'""",
                r"""E'["\\ude00\\ud83d"]'""",
                "'[1e999999]'",
            ],
        ),
        ("v json", IN_JSON, [f"""'{{"token": "{MIXED}"}}'"""]),
        ("v jsonb", IN_JSON, [f"""'{{"token": "{GUID.upper()}"}}'"""]),
        ("v jsonb", PRICES, ["""'["1.50", "1.5"]'""", "'[1.5, 1.005]'"]),
        ("v jsonb", MONEY_IN_JSON, FINER),
        ("v varchar(20)", STATE, UNKNOWN),
        ('v text COLLATE "C"', STATE, UNKNOWN),
        ('v "My state"', STATE, ["'closed'"]),
        ("v text[]", STATES, ["ARRAY['open', NULL, 'Open']"]),
        ("v jsonb", STATES, ["""'["open", "Open"]'"""]),
        ("v jsonb", STATE_IN_JSON, ["""'{"token": "Open"}'"""]),
    ],
    "duckdb": [
        ("v VARCHAR", Field("v", "guid"), UUIDS),
        ("v VARCHAR COLLATE NOCASE", Field("v", "guid"), UUIDS),
        ("v VARCHAR[]", Field("v", "guid", is_list=True), [f"['{GUID}', NULL, '{MIXED}']"]),
        ("v DECIMAL(38, 4)", MONEY, ["1.005", "100000000"]),
        ("v DECIMAL(38, 4)[]", PRICES, ["[1.5, 1.005]"]),
        ("v DATE", Field("v", "date"), ["'infinity'", "'10000-01-01'"]),
        ("v TIMESTAMPTZ", EXACTLY, ["'infinity'"]),
        ("v TIMESTAMP", EXACTLY_UTC, ["'-infinity'"]),
        ("v UBIGINT", WHOLE, [str(2**63), str(2**64 - 1)]),
        ("v UBIGINT", REFERENCE, [str(2**63)]),
        ("v UBIGINT[]", Field("v", "integer", is_list=True), [f"[1, NULL, {2**63}]"]),
        ("v HUGEINT", WHOLE, [str(2**63), str(-(2**63) - 1), str(2**127 - 1), str(-(2**127))]),
        ("v UHUGEINT", WHOLE, [str(2**63), str(2**128 - 1)]),
        ("v UHUGEINT", Field("v", "decimal", precision=34, scale=0), [str(10**34)]),
        ("v HUGEINT", Field("v", "decimal", precision=34, scale=2), [str(10**32), str(-(10**32))]),
        ("v UBIGINT", Field("v", "decimal", precision=34, scale=20), [str(10**14)]),
        ("v JSON", IN_JSON, [f"""'{{"token": "{MIXED}"}}'"""]),
        ("v JSON", PRICES, ["""'["1.50", "1.5"]'""", "'[1.5, 1.005]'"]),
        ("v JSON", MONEY_IN_JSON, FINER),
        ("v VARCHAR", STATE, UNKNOWN),
        ("v VARCHAR COLLATE NOCASE", STATE, UNKNOWN),
        ("v ENUM('open', 'paid', 'closed')", STATE, ["'closed'"]),
        ("v VARCHAR[]", STATES, ["['open', NULL, 'Open']"]),
        ("v JSON", STATE_IN_JSON, ["""'{"token": "Open"}'"""]),
    ],
    "sqlite": [
        ("v VARCHAR(20)", STATE, UNKNOWN),
        ("v TEXT COLLATE NOCASE", STATE, UNKNOWN),
        ("v JSON", STATES, ["""'["open", "Open"]'"""]),
        ("v JSON", STATE_IN_JSON, ["""'{"token": "Open"}'"""]),
        ("v JSON", PRICES, ["'[1.5, 1.005]'"]),
        ("v JSON", MONEY_IN_JSON, FINER),
    ],
    **{
        name: [
            ("v varchar(60)", Field("v", "guid"), UUIDS),
            ("v varchar(60) CHARACTER SET latin1", Field("v", "guid"), UUIDS),
            ("v varchar(60) COLLATE utf8mb4_bin", Field("v", "guid"), UUIDS),
            ("v char(32)", Field("v", "guid"), [f"'{MIXED.replace('-', '')}'", "'n/a'"]),
            ("v tinyint(1)", Field("v", "boolean"), ["2", "-1"]),
            ("v bigint unsigned", WHOLE, [str(2**63), str(2**64 - 1)]),
            ("v bigint unsigned", REFERENCE, [str(2**63)]),
            ("v bigint unsigned", Field("v", "decimal", precision=34, scale=20), [str(10**14)]),
            ("v decimal(65, 30)", MONEY, ["1.005", "99999999.9999"]),
            ("v date", Field("v", "date"), ["'0000-00-00'", "'2026-02-31'"]),
            ("v date NOT NULL", Field("v", "date"), ["'0000-00-00'"]),
            ("v datetime", AT_UTC, ["'0000-00-00'", "'2026-02-31 12:00:00'"]),
            ("v datetime(6)", EXACTLY_UTC, ["'0000-00-00'"]),
            ("v datetime(6) NOT NULL", EXACTLY_UTC, ["'0000-00-00'"]),
            ("v timestamp NULL", AT, ["'0000-00-00'"]),
            ("v json", IN_JSON, [f"""'{{"token": "{MIXED}"}}'"""]),
            ("v json", PRICES, ["""'["1.50", "1.5"]'""", "'[1.5, 1.005]'"]),
            ("v json", MONEY_IN_JSON, FINER),
            ("v varchar(20)", STATE, UNKNOWN),
            ("v varchar(20) CHARACTER SET latin1", STATE, UNKNOWN),
            ("v enum('open', 'paid', 'closed')", STATE, ["'closed'"]),
            ("v json", STATES, ["""'["open", "Open"]'"""]),
            ("v json", STATE_IN_JSON, ["""'{"token": "Open"}'"""]),
        ]
        for name in SERVERS
    },
}

CASES_OF_OTHERS = [
    pytest.param(
        name,
        column,
        field,
        value,
        id=f"{name}: {column} as {field.field_type.value}: {value}",
        marks=[pytest.mark.heavy("further values")] if value is not values[0] else [],
    )
    for name, cases in OTHERS.items()
    for column, field, values in cases
    for value in values
]


@pytest.mark.parametrize(("name", "column", "field", "value"), CASES_OF_OTHERS)
def test_other_values_are_refused(name: str, column: str, field: Field, value: str, engines: Engines) -> None:
    """One value that is not the field's is found, with what to do. Who knows better does without the look."""
    before = [LOOSE] if name in SERVERS else MOOD if "My state" in column else []
    with created(engines, name, column, f"INSERT INTO foreign_rows VALUES (1, {value})", before=before) as engine:
        with pytest.raises(CriteriaError, match=r'"v" does not fit field "v(\.token)?": it holds ') as refused:
            Foreign(engine, [field])
        [problem] = refused.value.problems
        assert (problem.code, problem.pointer) == ("unfit_column", "/fields/1")
        assert problem.hint
        assert "it holds 1 value other than " in problem.message
        found_by = problem.hint.partition("They are found by ")[2]
        assert len(found_by) <= LONGEST, found_by
        assert found_by.isprintable(), found_by
        assert engine.execute(f"SELECT COUNT(*) FROM ({found_by}) AS found")[0][0] == 1
        Foreign(engine, [field], verify=False)
        if name in SERVERS:
            engine.execute("SET sql_mode = DEFAULT")


@pytest.mark.parametrize(
    ("name", "column", "field", "value"),
    [
        ("postgres-natural", "v json", Field("v", "string", is_list=True), r"""E'["\\\\u0000", "\\ud83d\\ude00"]'"""),
        ("postgres-natural", "v json", Field("v", "string", is_list=True), """'["1e999999", 1e9999]'"""),
        ("postgres-natural", "v numeric", MONEY, "'NaN'"),
        ("postgres-natural", "v jsonb", PRICES, """'[19.99, "1.50", true, null]'"""),
        ("postgres-natural", "v jsonb", IN_JSON, """'{"token": 7}'"""),
        ("duckdb", "v JSON", PRICES, """'[19.99, "1.50", true, null]'"""),
        ("mysql", "v JSON", PRICES, """'[19.99, "1.50", true, null]'"""),
        ("mariadb", "v JSON", PRICES, """'[19.99, "1.50", true, null]'"""),
        ("sqlite", "v JSON", PRICES, """'[19.99, "1.50", true, null]'"""),
        ("sqlite", "v JSON", Field("v", "string", is_list=True), r"""'["\\u0000"]'"""),
    ],
)
def test_values_that_only_look_like_others_are_taken(
    name: str, column: str, field: Field, value: str, engines: Engines
) -> None:
    with foreign(engines, name, column, field, [value]) as table:
        assert table.keys({"id": 1}) == [1]


ALL_ENGINES = ["sqlite", "duckdb", "postgres-natural", "mysql", "mariadb"]


@pytest.mark.parametrize("name", ALL_ENGINES)
@pytest.mark.parametrize("sign", ["", "-"])
def test_the_greatest_double_inside_json_is_taken(name: str, sign: str, engines: Engines) -> None:
    """In the spelling of Python and JavaScript, in a list and under a path. What comes after it is refused."""
    greatest, beyond = f"{sign}1.7976931348623157e+308", f"{sign}1.7976931348623159e308"
    lists, inside = Field("v", "double", is_list=True), Field("v.x", "double", column="v")
    for field, document in ((lists, "[{}, 1.5]"), (inside, '{{"x": {}}}')):
        with created(engines, name, "v JSON") as engine:
            engine.execute(f"INSERT INTO foreign_rows VALUES (1, '{document.format(greatest)}')")
            engine.commit()
            assert Foreign(engine, [field]).keys({field.name: float(greatest)}) == [1]
            if name != "mysql":  # which has no such JSON
                engine.execute(f"INSERT INTO foreign_rows VALUES (2, '{document.format(beyond)}')")
                engine.commit()
                with pytest.raises(CriteriaError, match="it holds 1 value other than numbers that a double can hold"):
                    Foreign(engine, [field])


@pytest.mark.parametrize("name", ALL_ENGINES)
def test_texts_that_a_field_lists_are_taken(name: str, engines: Engines) -> None:
    """Quotes, backslashes and letters outside ASCII are compared as they are."""
    escapes = name in (*SERVERS, "postgres-natural")
    listed = ("E" if name == "postgres-natural" else "") + f"'it''s {chr(92) * (1 + escapes)} ''é'''"
    with foreign(engines, name, "v VARCHAR(20)", STATE, ["'open'", listed, "NULL"]) as table:
        assert table.keys({"v": {"$ne": "open"}}) == [2, 3]


@pytest.mark.parametrize("name", ALL_ENGINES)
def test_numbers_of_as_many_digits_as_their_decimal_are_taken(name: str, engines: Engines) -> None:
    numbers = ["19.99", "-0.01", "0", "99999999.99", "1e2", "5", "-99999999.99", "4.35", "1.10", "null", "true"]
    documents = [f"""'{{"token": {number}}}'""" for number in numbers]
    with foreign(engines, name, "v JSON", MONEY_IN_JSON, documents) as table:
        assert table.keys({"v.token": {"$gt": 19}}) == [1, 4, 5]


@pytest.mark.parametrize("name", ALL_ENGINES)
def test_a_list_of_decimals_in_json_holds_numbers(name: str, engines: Engines) -> None:
    """Numbers and canonical texts, also where the engine has arrays as well."""
    column = "v jsonb" if name == "postgres-natural" else "v JSON"
    with foreign(engines, name, column, PRICES, ["'[19.99]'", """'["19.99"]'""", "'[20]'", "NULL"]) as table:
        assert table.keys({"v": 19.99}) == [1, 2]
        assert table.keys({"v": {"$gt": 19.99}}) == [3]


@pytest.mark.parametrize("name", ["sqlite", "duckdb", "postgres-natural", "mysql", "mariadb"])
def test_problems_of_types_and_of_values_are_told_at_once(name: str, engines: Engines) -> None:
    """A column of a wrong type does not hide what another column holds, nor a third one that is missing."""
    columns = "day VARCHAR(20), token CHAR(36), note VARCHAR(20)"
    row = f"INSERT INTO foreign_rows VALUES (1, 'x', '{MIXED}', 'y')"
    fields = [Field("day", "date"), Field("token", "guid"), Field("nothing", "string"), Field("note", "string")]
    with created(engines, name, columns, row) as engine:
        schema = Schema("foreign", [KEY, *fields], system_properties=False)
        with pytest.raises(CriteriaError) as refused:
            criteria.tables.reflect(engine.connection, "foreign_rows", schema)
    assert [one.pointer for one in refused.value.problems] == ["/fields/1", "/fields/2", "/fields/3"]


@pytest.mark.parametrize("name", SERVERS)
def test_a_first_schema_says_integer_where_a_tinyint_holds_more(name: str, engines: Engines) -> None:
    """TINYINT(1) is a boolean unless it holds 2."""
    with created(engines, name, "a tinyint(1), b tinyint(1)", "INSERT INTO foreign_rows VALUES (1, 1, 2)") as engine:
        first = criteria.tables.schema(engine.connection, "foreign_rows")
        assert [field.field_type.value for field in first.fields] == ["integer", "boolean", "integer"]
        criteria.tables.reflect(engine.connection, "foreign_rows", first)


@pytest.mark.parametrize(
    ("text", "words"),
    [("no JSON", "other than JSON."), (r'["\u0000"]', "other than JSON without U+0000 in its strings.")],
)
def test_text_that_is_no_json_is_called_so(text: str, words: str, engines: Engines) -> None:
    field = Field("v", "string", is_list=True)
    with created(engines, "sqlite", "v JSON", f"INSERT INTO foreign_rows VALUES (1, '{text}')") as engine:
        with pytest.raises(CriteriaError, match="it holds 1 value") as refused:
            Foreign(engine, [field])
        assert words in refused.value.problems[0].message
