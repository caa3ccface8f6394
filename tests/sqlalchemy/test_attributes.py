"""Which attributes make which fields, and how others are refused."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import datetime, timezone
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field
from tests.conftest import require
from tests.sqlalchemy.databases import require_sqlalchemy
from tests.tables import orms


@pytest.fixture
def sa() -> Any:
    require_sqlalchemy()
    return import_module("sqlalchemy")


def table(sa: Any, kind: Any, **options: Any) -> Any:
    """A table with a key and one more column."""
    key = sa.Column("id", sa.Integer, primary_key=True)
    return sa.Table("things", sa.MetaData(), key, sa.Column("value", kind, **options))


def field(sa: Any, kind: Any, **options: Any) -> Field:
    """The field of a column of a type."""
    found: Field | None = criteria.sqlalchemy.model(table(sa, kind), **options).schema.find("value")
    assert found is not None
    return found


def refused(call: Callable[[], Any], code: str = "unfit_column") -> str:
    with pytest.raises(CriteriaError) as error:
        call()
    assert {problem.code for problem in error.value.problems} == {code}
    assert all(problem.hint for problem in error.value.problems)
    return str(error.value)


def test_types_that_hold_other_values_than_their_attribute(sa: Any) -> None:
    """A TypeDecorator that converts is refused, unless the caller says what the column holds."""

    class Lower(sa.TypeDecorator):  # type: ignore[misc]
        impl = sa.String
        cache_ok = True

        def process_bind_param(self, value: Any, dialect: Any) -> Any:
            return value and value.lower()

    class Sized(sa.TypeDecorator):  # type: ignore[misc]
        """Only a name."""

        impl = sa.String(20)
        cache_ok = True

    assert "Lower" in refused(lambda: field(sa, Lower()))
    assert field(sa, Lower(), types={Lower: "string"}) == Field("value", "string")
    assert field(sa, Lower(), types={"value": "string"}) == Field("value", "string")
    assert field(sa, Sized()) == Field("value", "string")


def test_the_generated_tests_have_a_column_of_every_type(sa: Any) -> None:
    """SQLAlchemy 2.1 has other base classes than 2.0: a type that is not recognised would be left out."""
    model = import_module("tests.sqlalchemy.mapped").MODEL
    assert not model.left_out
    own = {one.field_type for one in model.schema.fields if not one.is_nested}
    assert own == set(criteria.FieldType) - {criteria.FieldType.OBJECT_REF}
    for kind in (sa.Float(), sa.Float(53), sa.Double(), sa.REAL()):
        assert field(sa, kind) == Field("value", "double")
    for kind in (sa.Numeric(8, 2), sa.DECIMAL(8, 2)):
        assert field(sa, kind) == Field("value", "decimal", precision=8, scale=2)


def test_instants_without_a_zone_need_a_declaration(sa: Any) -> None:
    assert 'naive="utc"' in refused(lambda: field(sa, sa.DateTime()))
    assert field(sa, sa.DateTime(), naive="utc").time_zone == "UTC"
    assert field(sa, sa.DateTime(timezone=True)).time_zone is None
    refused(lambda: field(sa, sa.DateTime(), naive="local"), "unknown_option")
    # SQLite stores no zone, whatever the class says: the statement is refused before it runs.
    model = criteria.sqlalchemy.model(table(sa, sa.DateTime(timezone=True)))
    statement = sa.select(sa.literal(1)).where(model.where(criteria.parse({"value": None}, model.schema)))
    assert "has no time zone" in refused(lambda: statement.compile(sa.create_engine("sqlite://")))


def test_instants_in_a_format_of_their_own(sa: Any) -> None:
    from sqlalchemy.dialects import sqlite

    usual, short = sqlite.DATETIME(), sqlite.DATETIME(truncate_microseconds=True)
    assert field(sa, usual, naive="utc") == field(sa, short, naive="utc") == field(sa, sa.DateTime(), naive="utc")
    other = sqlite.DATETIME(storage_format="%(day)02d.%(month)02d.%(year)04d", regexp=r"(\d+)\.(\d+)\.(\d+)")
    assert "format of its own" in refused(lambda: field(sa, other, naive="utc"))


def test_short_spellings_of_instants_on_sqlite(sa: Any) -> None:
    from sqlalchemy.dialects import sqlite

    things = table(sa, sqlite.DATETIME(truncate_microseconds=True))
    model = criteria.sqlalchemy.model(things, naive="utc")
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        things.create(connection)
        connection.execute(things.insert().values(id=1, value=datetime(2026, 6, 1, 12)))
        for query, expected in (("2026-06-01T12:00:00Z", [1]), ({"$lt": "2026-06-01T12:00:00Z"}, [])):
            where = model.where(criteria.parse({"value": query}, model.schema))
            assert connection.scalars(sa.select(things.c.id).where(where)).all() == expected
    engine.dispose()


def test_enumerations_are_named_by_their_values(sa: Any) -> None:
    class Mood(enum.Enum):
        A = "a value"
        B = "another"

    class Number(enum.Enum):
        ONE = 1

    assert field(sa, sa.Enum(Mood)).values == ("a value", "another")
    assert field(sa, sa.Enum(Mood, values_callable=lambda kind: [one.value for one in kind])).values == (
        "a value",
        "another",
    )
    assert field(sa, sa.Enum("x", "y")).values == ("x", "y")
    assert "not strings" in refused(lambda: field(sa, sa.Enum(Number)))
    odd = enum.Enum("odd", {"it's": "x"})
    assert "identifiers" in refused(lambda: field(sa, sa.Enum(odd)))


def test_other_refused_types(sa: Any) -> None:
    assert "CHAR" in refused(lambda: field(sa, sa.CHAR(5)))
    assert "array of arrays" in refused(lambda: field(sa, sa.ARRAY(sa.Integer, dimensions=2)))
    assert "array of an Enum" in refused(lambda: field(sa, sa.ARRAY(sa.Enum("a", name="a"))))
    assert field(sa, sa.ARRAY(sa.Integer)) == Field("value", "integer", is_list=True)
    objects = criteria.ObjectList("value", [Field("sku", "string")])
    for declared in (objects, [objects]):
        assert "list of objects" in refused(lambda declared=declared: field(sa, sa.JSON(), json={"value": declared}))  # type: ignore[misc]


def test_types_without_a_field_are_left_out(sa: Any) -> None:
    for kind in (sa.LargeBinary(), sa.Interval(), sa.Time(), sa.PickleType(), sa.JSON()):
        model = criteria.sqlalchemy.model(table(sa, kind))
        assert model.schema.names == ("id",)
        assert [problem.code for problem in model.left_out] == ["unfit_column"]
        refused(lambda kind=kind: criteria.sqlalchemy.model(table(sa, kind), include={"value"}))  # type: ignore[misc]


def test_decimals_on_sqlite(sa: Any) -> None:
    """SQLite stores them as doubles: up to 15 digits are compared exactly, others are refused before anything runs."""
    engine = sa.create_engine("sqlite://")
    for kind, is_exact in ((sa.Numeric(15, 2), True), (sa.Numeric(16, 2), False), (sa.Numeric(), False)):
        model = criteria.sqlalchemy.model(table(sa, kind))
        statement = sa.select(sa.literal(1)).where(model.where(criteria.parse({"value": 1}, model.schema)))
        if is_exact:
            assert str(statement.compile(engine))
        else:
            assert "exact up to 15 digits" in refused(lambda statement=statement: statement.compile(engine))  # type: ignore[misc]
    declared = Field("value", "decimal", precision=15, scale=4)
    assert field(sa, sa.Numeric(), types={"value": declared}) == declared


def test_dialects_that_are_not_supported(sa: Any) -> None:
    from sqlalchemy.dialects import mssql

    model = criteria.sqlalchemy.model(table(sa, sa.String()))
    statement = sa.select(sa.literal(1)).where(model.where(criteria.parse({"value": "a"}, model.schema)))
    refused(lambda: statement.compile(dialect=mssql.dialect()), "unknown_dialect")
    assert "things.value" in str(statement)


def test_texts_without_a_length(sa: Any) -> None:
    """MySQL cannot create them; a table that exists is queried all the same."""
    from sqlalchemy.dialects import mysql

    model = criteria.sqlalchemy.model(table(sa, sa.String()))
    statement = sa.select(sa.literal(1)).where(model.where(criteria.parse({"value": "a"}, model.schema)))
    assert "things.value" in str(statement.compile(dialect=mysql.dialect()))


def test_names_of_enumerated_types_are_quoted(sa: Any) -> None:
    from sqlalchemy.dialects import postgresql

    kind = sa.Enum("a", "b", name="State Of", schema="My schema")
    model = criteria.sqlalchemy.model(table(sa, kind))
    statement = sa.select(sa.literal(1)).where(model.where(criteria.parse({"value": "a"}, model.schema)))
    assert 'AS "My schema"."State Of")' in str(statement.compile(dialect=postgresql.dialect()))


def test_hybrids_without_sql_are_left_out(sa: Any) -> None:
    from sqlalchemy.ext.hybrid import hybrid_property

    orm = import_module("sqlalchemy.orm")
    namespace = {
        "__tablename__": "hybrids",
        "id": sa.Column("id", sa.Integer, primary_key=True),
        "name": sa.Column(sa.String(5)),
        "is_named": hybrid_property(lambda self: self.name is not None),
        "shouted": hybrid_property(lambda self: self.name + "!"),
        "broken": hybrid_property(lambda self: self.name[0].missing()),
    }
    model = criteria.sqlalchemy.model(type("Hybrid", (orm.declarative_base(),), namespace))
    assert model.schema.names == ("id", "name", "shouted")
    assert len(model.left_out) == 2


def test_include_exclude_and_private_attributes(sa: Any) -> None:
    names = [sa.Column("id", sa.Integer, primary_key=True)]
    names += [sa.Column(name, sa.String(5)) for name in ("name", "password", "_salt")]
    users = sa.Table("users", sa.MetaData(), *names)
    model = criteria.sqlalchemy.model
    assert model(users).schema.names == ("id", "name", "password")
    assert model(users, exclude={"password"}).schema.names == ("id", "name")
    assert model(users, include={"name", "_salt"}).schema.names == ("name", "_salt")
    assert "Did you mean" in refused(lambda: model(users, exclude={"passwrd"}), "unknown_option")
    assert "is a collection of names" in refused(lambda: model(users, include="name"), "unknown_option")
    with pytest.raises(CriteriaError):
        model(object())


def test_unique_fields_and_keys(sa: Any) -> None:
    things = sa.Table(
        "things", sa.MetaData(),
        sa.Column("tenant", sa.Integer, primary_key=True), sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("email", sa.String(20), unique=True, nullable=False), sa.Column("code", sa.String(20)),
        sa.Column("partial", sa.String(20)), sa.UniqueConstraint("code"),
        sa.Index("some", "partial", unique=True, postgresql_where=sa.text("partial <> ''")),
    )  # fmt: skip
    schema = criteria.sqlalchemy.model(things).schema
    assert [one.name for one in schema.key] == ["tenant", "id"]
    assert [one.name for one in schema.fields if one.is_unique] == ["email", "code"]


def test_sqlmodel() -> None:
    require_sqlalchemy()
    require("SQLModel", None if find_spec("sqlmodel") else orms.HOW_TO_GET)
    sqlmodel = import_module("sqlmodel")
    classes: Any = import_module("tests.sqlalchemy.heroes")
    engine = sqlmodel.create_engine("sqlite://")
    classes.Hero.metadata.create_all(engine, tables=[classes.Hero.__table__])
    model = criteria.sqlalchemy.model(classes.Hero, naive="utc", exclude={"secret"})
    assert model.schema.names == ("id", "name", "age", "born")
    with sqlmodel.Session(engine) as session:
        session.add(classes.Hero(name="Ada", age=36, secret="x", born=datetime(1815, 12, 10, tzinfo=timezone.utc)))  # noqa: S106
        session.add(classes.Hero(name="ada", secret="y"))  # noqa: S106
        session.commit()
        search = criteria.parse_search({"query": {"name": {"$startsWith": "A"}}, "getTotalCount": True}, model.schema)
        page = model.page(session, search)
        assert ([one.age for one in page.data], page.total_count) == ([36], 1)
    engine.dispose()


@pytest.mark.filterwarnings("ignore:Dialect sqlite.* does .not. support Decimal")
def test_the_documentation() -> None:
    """The examples of docs/sqlalchemy.md print what is shown below them."""
    require_sqlalchemy()
    import doctest
    import re
    from pathlib import Path

    text = (Path(__file__).parent.parent.parent / "docs" / "sqlalchemy.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```pycon\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    report: list[str] = []
    runner = doctest.DocTestRunner()
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "sqlalchemy.md", None, 0)
    runner.run(test, out=report.append, clear_globs=False)
    test.globs["session"].close()
    test.globs["engine"].dispose()
    assert report == []
    assert runner.summarize(verbose=False).attempted > 30
