"""DDL and types of columns by strangers: read or refused, in time that grows with the text."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from cProfile import Profile
from time import process_time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import criteria
from criteria import CriteriaError, Field, Problem, Schema
from criteria.tables.ddl_columns import DIALECTS
from tests.conftest import capped

SCHEMA = Schema(
    "t", [Field("id", "integer", is_unique=True, nullable=False), Field("a", "string")], system_properties=False
)
BASE = 'CREATE TABLE t ( id integer PRIMARY KEY , a text NOT NULL COLLATE "C" )'.split(" ")  # noqa: SIM905
WORDS = (  # noqa: SIM905
    "CREATE TABLE t ( ) , id integer primary key a text ; ' '' \" \"\" ` [ ] -- \n /* */ $ $$ $x$ . 1 1.5 0x E' b' "
    "ENUM AS TYPE INDEX UNIQUE ON ALTER ADD CONSTRAINT CHECK DEFAULT COLLATE CHARACTER SET = :: @ ? { } {% {{ # \\ "
    "\u00e9 \u017f \u2028 \ud800 \0 decimal(10,2) varchar(\u00b2) enum('a') ARRAY STRUCT MAP < > WITHOUT GENERATED "
    'LIKE IF NOT EXISTS SELECT `` text("") datetime(``) enum("")'
).split(" ")

edits = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 2), st.sampled_from(WORDS)), max_size=8)


def edited(changes: list[tuple[int, int, str]]) -> str:
    """CREATE TABLE after some changes, each of which replaces words at a place by another one."""
    words = list(BASE)
    for at, removed, word in changes:
        words[at : at + removed] = [word]
    return " ".join(words)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_ddl_of_any_words_is_read_or_refused(dialect: str) -> None:
    """No text raises another exception."""

    @settings(max_examples=capped(300))
    @given(edits)
    @example([(6, 1, "text"), (7, 0, "key")])
    @example([(10, 1, "CHECK")])
    @example([(10, 0, "("), (11, 0, "]")])
    def read(changes: list[tuple[int, int, str]]) -> None:
        with suppress(CriteriaError):
            criteria.tables.from_ddl(edited(changes), SCHEMA, dialect=dialect)

    read()


TYPES = {
    "superscript": "varchar(\u00b2)",
    "other digits": "datetime(\u0663)",
    "long number": f"decimal({'9' * 5000},5)",
    "many zeros": f"varchar({'0' * 5000}5)",
    "brackets": "int" + "[]" * 5000,
    "brackets and a word": "int" + "[]" * 5000 + "x",
    "nested": "STRUCT(a " * 2000 + "int" + ")" * 2000,
    "maps": "MAP(int," * 2000 + "int" + ")" * 2000,
    "arrays": "int" + " ARRAY" * 5000 + "[",
}


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_types_of_columns_are_read_or_refused(dialect: str, name: str) -> None:
    """Whatever numbers and brackets they have."""
    begin = process_time()
    with suppress(CriteriaError):
        criteria.tables.from_ddl(f"CREATE TABLE t (id int PRIMARY KEY, a {TYPES[name]})", SCHEMA, dialect=dialect)
    assert process_time() - begin < 2.0


QUOTED = {"superscript": "varchar(\u00b2)", "not closed": "x(y", "closed twice": "varchar(\u00b3))"}


@pytest.mark.parametrize("name", QUOTED)
def test_sqlite_takes_any_text_for_a_type(name: str) -> None:
    """`reflect` and `schema` read such a table or refuse it."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f'CREATE TABLE t (id INTEGER PRIMARY KEY, a "{QUOTED[name]}")')
        with suppress(CriteriaError):
            criteria.tables.reflect(connection, "t", SCHEMA)
        with suppress(CriteriaError):
            criteria.tables.schema(connection, "t")


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", ['""', "``", '"``"', "[]"])
def test_names_without_characters_in_a_type_are_read_or_refused(dialect: str, name: str) -> None:
    """A type with an empty name in its parentheses is none that is known: its column is refused, or is that of text."""
    for kind in ("text", "varchar", "datetime", "decimal", "enum", "struct", "array"):
        for written in (f"{kind}({name})", f"{kind}<{name}>", f"{kind} {name}", f"{kind}(a {name})", name):
            try:
                ddl = f"CREATE TABLE t (id INTEGER PRIMARY KEY, a {written})"
                table = criteria.tables.from_ddl(ddl, SCHEMA, dialect=dialect)
            except CriteriaError as refused:
                assert {one.code for one in refused.problems} <= {"invalid_ddl", "unfit_column"}
            else:
                assert [column.name for column in table.columns] == ["id", "a"]


PLACES = (
    "{}",
    "CREATE TABLE {} (id INTEGER PRIMARY KEY, a TEXT)",
    "CREATE TABLE t {} (id INTEGER PRIMARY KEY, a TEXT)",
    "CREATE TABLE t ({} INTEGER PRIMARY KEY, a TEXT)",
    "CREATE TABLE t (id {}, a TEXT)",
    "CREATE TABLE t (id INTEGER {}, a TEXT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, {} TEXT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a {})",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT({}))",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a {}(5))",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a {}[])",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a ENUM({}, 'b'))",
    "CREATE TYPE {} AS ENUM ('a'); CREATE TABLE t (id INTEGER PRIMARY KEY, a {}[])",
    "CREATE TYPE e AS ENUM ({}); CREATE TABLE t (id INTEGER PRIMARY KEY, a e[])",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT COLLATE {})",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT CHARACTER SET {})",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT) COLLATE {}",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT) DEFAULT CHARSET={}",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT {})",
    "CREATE TABLE t (id INTEGER, a TEXT, PRIMARY KEY ({}))",
    "CREATE TABLE t (id INTEGER, a TEXT, CONSTRAINT {} UNIQUE (id))",
    "CREATE TABLE t (id INTEGER, a TEXT) INHERITS ({})",
    "CREATE TABLE t (id INTEGER, a TEXT); CREATE UNIQUE INDEX {} ON t (id)",
    "CREATE TABLE t (id INTEGER, a TEXT); CREATE UNIQUE INDEX i ON t ({})",
    "CREATE TABLE t (id INTEGER, a TEXT); ALTER TABLE t ADD {} PRIMARY KEY (id)",
    "CREATE TABLE {} (id INTEGER, a TEXT); CREATE TABLE u (id INTEGER, a TEXT)",
)
"""Places of a script where a stranger may have written anything."""


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("place", PLACES)
def test_what_strangers_write_anywhere_is_escaped_and_cut_in_messages(dialect: str, place: str) -> None:
    """Terminal sequences, characters that reverse a text, and words of any length: a message stays a printable line."""
    for planted in ("\x1b[31mX", "\u202eX", "X\u202e\x1b", "X" * 200_000):
        for written in (planted, f'"{planted}"', f"'{planted}'", f"`{planted}`"):
            try:
                criteria.tables.from_ddl(place.replace("{}", written), SCHEMA, dialect=dialect)
            except CriteriaError as refused:
                for problem in refused.problems:
                    for text in (problem.message, problem.hint or ""):
                        assert text.isprintable()
                        assert len(text) < 1000


def test_scripts_of_many_tables_take_work_by_their_length() -> None:
    """Four times as many tables, each with an index, take about four times as many calls of functions."""

    def calls(count: int) -> int:
        each = "CREATE TABLE t{0} (id INT NOT NULL, a TEXT);CREATE UNIQUE INDEX x{0} ON t{0}(id);"
        script = "".join(each.format(at) for at in range(count))
        with Profile() as profile:
            criteria.tables.from_ddl(script, SCHEMA, dialect="sqlite", name="t1")
        return sum(one.callcount for one in profile.getstats())

    calls(2)  # imports
    assert calls(200) < 5 * calls(50)


def test_types_of_strangers_are_shown_on_one_line() -> None:
    """SQLite takes any text for a type. Messages escape what would move a terminal's cursor or turn its text."""
    told: list[Problem] = []
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute('CREATE TABLE t (id INTEGER PRIMARY KEY, a "x\x1b[2J\u202e\n")')
        told += criteria.tables.left_out(connection, "t", Schema("t", [SCHEMA.fields[0]], system_properties=False))
        with pytest.raises(CriteriaError) as refused:
            criteria.tables.reflect(connection, "t", SCHEMA)
        told += refused.value.problems
    assert told
    assert not [one for one in told if any(character in one.message for character in "\x1b\u202e\n")]


@pytest.mark.parametrize(("dialect", "field_type"), [("mysql", "integer"), ("postgres", "string"), ("duckdb", "guid")])
def test_a_type_of_many_labels_is_cut_in_messages(dialect: str, field_type: str) -> None:
    labels = ",".join(f"'label{at}'" for at in range(30_000))
    schema = Schema("t", [Field("a", field_type)], system_properties=False)
    with pytest.raises(CriteriaError) as refused:
        criteria.tables.from_ddl(f"CREATE TABLE t (a ENUM({labels}))", schema, dialect=dialect)
    (problem,) = refused.value.problems
    assert "label1'" in problem.message
    assert len(problem.message) < 300


@pytest.mark.parametrize("label", ["it''s", ")", "a,'',b", "(" * 200, "', '"])
def test_quotes_and_parentheses_in_labels_are_no_part_of_a_type(label: str) -> None:
    schema = Schema("t", [Field("a", "string")], system_properties=False)
    text = f"CREATE TABLE t (a ENUM('x', '{label}', 'y'))"
    assert criteria.tables.from_ddl(text, schema, dialect="mysql").columns
