"""Looking at the values of a table: how often it is read, what a refusal tells, and how to do without or later."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import aiosqlite
import pytest

import criteria
from criteria import CriteriaError, Field, Schema
from tests.cli.running import run

GUID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
DDL = """
    CREATE TABLE patients (
        id INTEGER PRIMARY KEY, name TEXT, born DATE, weight REAL, token CHAR(36), seen_at DATETIME, tags JSON,
        is_smoker BOOLEAN, fee NUMERIC(10, 2)
    )
"""
FIELDS = [
    Field("id", "integer", is_unique=True, nullable=False),
    Field("name", "string"),
    Field("born", "date"),
    Field("weight", "double"),
    Field("token", "guid"),
    Field("seen_at", "dateTime", time_zone="UTC"),
    Field("tags", "string", is_list=True),
    Field("is_smoker", "boolean"),
    Field("fee", "decimal", precision=10, scale=2),
]
SCHEMA = Schema("patient", FIELDS, system_properties=False)
SECRET = "HIV positive"  # noqa: S105  a value that no message may show


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(tmp_path / "clinic.db")
    opened.execute(DDL)
    row = (1, "Ada", "1815-12-10", 50.5, GUID, "2026-06-01 12:00:00", '["a"]', 1, 5)
    opened.execute("INSERT INTO patients VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    opened.commit()
    yield opened
    opened.close()


def scans(connection: sqlite3.Connection) -> list[str]:
    """The statements on the table that the connection runs from now on."""
    found: list[str] = []
    connection.set_trace_callback(lambda text: found.append(text) if "FROM `patients`" in text else None)
    return found


def test_reflect_reads_the_table_once(connection: sqlite3.Connection) -> None:
    """All fields are looked at by one statement; without a look none reads the table."""
    read = scans(connection)
    criteria.tables.reflect(connection, "patients", SCHEMA)
    assert len(read) == 1
    criteria.tables.reflect(connection, "patients", SCHEMA, verify=False)
    assert len(read) == 1


def test_a_first_schema_reads_the_table_once(connection: sqlite3.Connection) -> None:
    """Once more for the columns whose values are not what their types say."""
    read = scans(connection)
    first = criteria.tables.schema(connection, "patients", time_zone="UTC")
    assert len(read) == 1
    assert [field.name for field in first.fields] == [field.name for field in FIELDS if field.name != "tags"]
    assert criteria.tables.schema(connection, "patients", time_zone="UTC", verify=False) == first
    assert len(criteria.tables.left_out(connection, "patients", first, verify=False)) == 1
    assert len(read) == 1
    connection.execute("UPDATE patients SET is_smoker = 2, weight = 'heavy'")
    second = criteria.tables.schema(connection, "patients", time_zone="UTC")
    assert {"is_smoker", "weight"}.isdisjoint(second.names)
    assert len(read) <= 3


def test_many_columns_are_read_by_few_statements(connection: sqlite3.Connection) -> None:
    """An engine takes only so many columns in a statement."""
    names = [f"c{number}" for number in range(250)]
    connection.execute("DROP TABLE patients")
    connection.execute(f"CREATE TABLE patients ({', '.join(f'{name} INTEGER' for name in names)})")
    connection.execute("INSERT INTO patients (c7, c249) VALUES ('x', 'y')")
    schema = Schema("patient", [Field(name, "integer") for name in names], system_properties=False)
    read = scans(connection)
    with pytest.raises(CriteriaError) as refused:
        criteria.tables.reflect(connection, "patients", schema)
    assert [problem.pointer for problem in refused.value.problems] == ["/fields/7", "/fields/249"]
    assert len(read) == 3


def test_a_refusal_shows_no_value(connection: sqlite3.Connection) -> None:
    """It names the column, how many values there are and what they should be, and the statement that finds them."""
    connection.execute("UPDATE patients SET born = ?, token = ?", (SECRET, SECRET))
    connection.execute("INSERT INTO patients (id, born) VALUES (2, ?)", (SECRET,))
    with pytest.raises(CriteriaError) as refused:
        criteria.tables.reflect(connection, "patients", SCHEMA)
    assert SECRET not in str(refused.value)
    of_born, of_token = refused.value.problems
    assert of_born.message == (
        'Column "born" of "patients" does not fit field "born": it holds 2 values other than dates as YYYY-MM-DD.'
    )
    assert of_born.hint is not None
    assert "verify=False" in of_born.hint
    found = connection.execute(of_born.hint.partition("They are found by ")[2]).fetchall()
    assert [row[0] for row in found] == [1, 2]
    assert of_token.hint is not None
    assert [row[0] for row in connection.execute(of_token.hint.partition("They are found by ")[2])] == [1]


def test_a_table_without_a_look_is_verified_later(connection: sqlite3.Connection) -> None:
    """One from CREATE TABLE, or one that was reflected with verify=False."""
    from_ddl = criteria.tables.from_ddl(DDL, SCHEMA, dialect="sqlite")
    tables = (from_ddl, criteria.tables.reflect(connection, "patients", SCHEMA, verify=False))
    for table in tables:
        criteria.tables.verify(connection, table)
    connection.execute("UPDATE patients SET born = ?", (SECRET,))
    for table in tables:
        with pytest.raises(CriteriaError, match="it holds 1 value other than dates"):
            criteria.tables.verify(connection, table)
    connection.execute("ALTER TABLE patients DROP COLUMN fee")
    with pytest.raises(CriteriaError, match='has no column "fee"'):
        criteria.tables.verify(connection, from_ddl)
    of_postgres = criteria.tables.from_ddl("CREATE TABLE patients (id bigint PRIMARY KEY)", Schema(
        "patient", FIELDS[:1], system_properties=False), dialect="postgres")  # fmt: skip
    with pytest.raises(CriteriaError, match="the table is on postgres") as refused:
        criteria.tables.verify(connection, of_postgres)
    assert [problem.code for problem in refused.value.problems] == ["unknown_option"]


def test_an_asynchronous_connection_verifies_later(connection: sqlite3.Connection, tmp_path: Path) -> None:
    table = criteria.tables.from_ddl(DDL, SCHEMA, dialect="sqlite")

    async def verified() -> None:
        async with aiosqlite.connect(tmp_path / "clinic.db") as opened:
            await criteria.tables.verify_async(opened, table)
            await criteria.tables.schema_async(opened, "patients", verify=False)
            await opened.execute("UPDATE patients SET born = 'x'")
            with pytest.raises(CriteriaError, match="it holds 1 value other than dates"):
                await criteria.tables.verify_async(opened, table)

    asyncio.run(verified())


def test_the_command_line_can_do_without(connection: sqlite3.Connection, tmp_path: Path) -> None:
    """A column with other values is left out with the option in the hint, and is a field with the option."""
    connection.execute("UPDATE patients SET born = ?", (SECRET,))
    connection.commit()
    source = f"sqlite:///{tmp_path}/clinic.db::patients"
    looked = run("schema", "--from", source, "--time-zone", "UTC")
    assert looked.code == 1
    assert '"born"' not in looked.text
    assert "--no-verify" in looked.err
    assert SECRET not in looked.err
    without = run("schema", "--from", source, "--time-zone", "UTC", "--no-verify")
    assert '"born"' in without.text
    assert run("schema", "--no-verify").code == 2
