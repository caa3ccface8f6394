"""What an engine cannot answer is told to a client only if the client has asked for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import reduce
from operator import and_
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Route

import criteria
from criteria import Field, Query, Schema, Search
from criteria.web import get_search
from criteria.web.starlette import ENVELOPE_HANDLERS, endpoint
from tests.fastapi.apps import ask

KEY = Field("id", "integer", is_unique=True, nullable=False)
NAME = Field("name", "string")
PUBLIC = Schema("user", [KEY, NAME], system_properties=False)
WITHOUT_KEY = Schema("user", [NAME], system_properties=False)
FLAGGED = Schema("user", [KEY, NAME, Field("flagged", "dateTime", precision=6)], system_properties=False)
SECRET = Schema("user", [KEY, NAME, Field("secret", "string", is_list=True)], system_properties=False)
GRADED = Schema("user", [KEY, NAME, Field("grade", "string")], system_properties=False)
TABLE = sqlalchemy.Table("user", sqlalchemy.MetaData(), sqlalchemy.Column("name", sqlalchemy.String))

Run = Callable[[Search], Any]


def tsql(search: Search) -> Any:
    """Compiles a search for SQL Server, which has no patterns without letter case."""
    return criteria.compile(search, "sql", dialect="tsql", table="users")


def joined(search: Search, condition: dict[str, Any], schema: Schema) -> Search:
    """A search with a condition of the server's own."""
    return replace(search, query=search.query & criteria.parse(condition, schema))


def without_key(search: Search) -> Any:
    """The schema has no key, so that there can be no page."""
    return criteria.compile(search, "sql", dialect="postgres", table="users")


def hidden_field(search: Search) -> Any:
    """MongoDB has no microseconds, and a hidden field of the stored schema has them."""
    return criteria.compile(joined(search, {"flagged": None}, FLAGGED), "mongo")


def hidden_list(search: Search) -> Any:
    """No list is right on this engine, and a hidden field of the stored schema is one."""
    return tsql(joined(search, {"secret": "vip"}, SECRET))


def own_condition(search: Search) -> Any:
    """The engine cannot answer the condition of the server."""
    return tsql(joined(search, {"grade": {"$icontains": "vip"}}, GRADED))


def own_condition_on_a_public_field(search: Search) -> Any:
    """The same, where all fields are public."""
    narrow = replace(search, query=criteria.parse({"id": 1}, PUBLIC), cursor_query=criteria.parse({"id": 1}, PUBLIC))
    return tsql(joined(narrow, {"name": {"$icontains": "vip"}}, PUBLIC))


def own_query(search: Search) -> Any:
    """A query and a condition, without a search."""
    return criteria.compile(search.query & criteria.parse({"grade": {"$icontains": "vip"}}, GRADED), "sql",
                            dialect="tsql")  # fmt: skip


def table_without_key(search: Search) -> Any:
    """SQLAlchemy knows no key of the table."""
    with sqlalchemy.create_engine("sqlite://").connect() as connection:
        return criteria.sqlalchemy.model(TABLE).page(connection, search)


SERVERS: list[tuple[Run, Schema]] = [
    (without_key, WITHOUT_KEY),
    (hidden_field, PUBLIC),
    (hidden_list, PUBLIC),
    (own_condition, PUBLIC),
    (own_condition_on_a_public_field, PUBLIC),
    (own_query, PUBLIC),
    (table_without_key, criteria.sqlalchemy.model(TABLE).schema),
]


def starlette(run: Run, schema: Schema) -> Any:
    """An application of Starlette with a search."""
    route = Route("/x", endpoint(lambda call: {"found": str(run(get_search(call.parameters, schema)))}, envelope=True))
    return Starlette(routes=[route], exception_handlers=ENVELOPE_HANDLERS)


def fastapi(run: Run, schema: Schema) -> Any:
    """An application of FastAPI with a search."""
    app = FastAPI()

    asked = criteria.fastapi.search(schema)

    def found(search: Search = asked) -> str:
        return str(run(search))

    app.get("/x")(found)
    criteria.fastapi.install(app)
    return app


APPS = pytest.mark.parametrize("app", [starlette, fastapi])


@APPS
@pytest.mark.parametrize(("run", "schema"), SERVERS, ids=lambda one: getattr(one, "__name__", "schema"))
def test_faults_of_the_server_are_hidden(
    app: Callable[[Run, Schema], Any], run: Run, schema: Schema, caplog: pytest.LogCaptureFixture
) -> None:
    """The schema, the table or the server's own condition is at fault: HTTP 500 without a word of it."""
    with caplog.at_level(logging.ERROR):
        answer = ask(app(run, schema), "GET", "/x?query=" + quote('{"name": "a"}'))
    assert answer.status_code == 500
    assert not any(word in answer.text for word in ("flagged", "secret", "grade", "key", "unsupported"))
    if app is starlette:  # FastAPI raises it, and the server that runs the application logs it
        assert [record.exc_info is not None for record in caplog.records if "failed" in record.message] == [True]


@APPS
@pytest.mark.parametrize("run", [tsql, lambda search: tsql(joined(search, {"grade": "a"}, GRADED))])
def test_what_a_client_asks_is_told(app: Callable[[Run, Schema], Any], run: Run) -> None:
    """The client's own condition, also beside one of the server's, with its place in what the client has sent."""
    answer = ask(app(run, PUBLIC), "GET", "/x?query=" + quote('{"OR": [{"id": 1}, {"name": {"$icontains": "a"}}]}'))
    assert answer.status_code in (400, 422)
    assert "$icontains is not supported on tsql" in answer.text
    assert "/OR/1/name" in answer.text


@APPS
def test_both_at_fault(app: Callable[[Run, Schema], Any]) -> None:
    """If the engine could not answer the server's condition either, the client can do nothing about it."""
    answer = ask(app(own_condition, PUBLIC), "GET", "/x?query=" + quote('{"name": {"$icontains": "a"}}'))
    assert answer.status_code == 500
    assert "grade" not in answer.text


def test_what_is_asked_of_joined_queries() -> None:
    """The parts whose schema has fewer fields, however the parts were joined."""
    client, other = criteria.parse({"name": "a"}, PUBLIC), criteria.parse({"id": 1}, PUBLIC)
    own: Query = criteria.parse({"grade": "a"}, GRADED)
    assert client.asked == (client,)
    assert (client & own).asked == (client,)
    assert (own & client).asked == (client,)
    assert (client | own).asked == (client,)
    assert (~(client & own)).asked == (client,)
    assert ((client & own) & own).asked == (client,)
    assert ((client & own) & (other & own)).asked == (client, other)
    both = client & other
    assert both.asked == (both,)
    assert (both & own).asked == (both,)
    assert (client & own).within({"user": own}).asked == (client,)


def test_all_parts_of_one_schema_are_asked() -> None:
    """Negated and limited ones, too: what they ask for is told."""
    folded = criteria.parse({"name": {"$icontains": "a"}}, PUBLIC)
    other = criteria.parse({"id": 1}, PUBLIC)
    for query in (~other & folded, folded & ~other, other.within({"user": other}) & folded, ~(other & folded)):
        with pytest.raises(criteria.CriteriaError) as refused:
            criteria.compile(query, "sql", dialect="tsql")
        assert refused.value.is_asked


def test_parts_of_schemas_that_share_no_order_are_joined() -> None:
    """Two clients' criteria, each with a condition of the server's own: neither schema has all fields of the other."""
    names = criteria.parse({"name": "a"}, PUBLIC)
    dates = criteria.parse({"age": 1}, Schema("user", [KEY, Field("age", "integer")], system_properties=False))
    wide = Schema("user", [KEY, NAME, Field("age", "integer"), Field("grade", "string")], system_properties=False)
    own = criteria.parse({"grade": "a"}, wide)
    query = (names & own) | (dates & own)
    assert query.asked == (names, dates)
    assert criteria.compile(Search(query), "sql", dialect="sqlite", table="users")
    assert criteria.compile(query, "python")({"name": "a", "grade": "a"})
    with pytest.raises(criteria.CriteriaError) as refused:
        criteria.compile(query, "sql", dialect="nope")
    assert refused.value.problems[0].code == "unknown_dialect"


def test_long_chains_of_conditions_are_refused_as_too_deep() -> None:
    """What a client asks of 600 joined queries is found without a walk through them."""
    one, own = criteria.parse({"id": 1}, PUBLIC), criteria.parse({"grade": "a"}, GRADED)
    for many in (reduce(and_, [one] * 600), reduce(and_, [one, *[own] * 600])):
        with pytest.raises(criteria.CriteriaError) as refused:
            criteria.compile(many, "sql", dialect="sqlite")
        assert refused.value.problems[0].code == "too_deep"


TEAM = Schema("team", [KEY, NAME], system_properties=False)
BOSS = Field("boss", "objectRef", object_entity_type="user", is_list=True)
USERS = Schema("user", [KEY, NAME, BOSS, Field("team", "objectRef", object_entity_type="team")],
               system_properties=False)  # fmt: skip
USERS = USERS.with_entities({"user": USERS, "team": TEAM})


def refused_on_duckdb(subject: Query | Search) -> criteria.CriteriaError:
    """The refusal of more conditions on the objects of references than DuckDB takes, which are 150."""
    with pytest.raises(criteria.CriteriaError, match="takes at most 150") as refused:
        criteria.compile(subject, "sql", dialect="duckdb", table="users", tables={"user": "users", "team": "teams"})
    return refused.value


def names_of_bosses(count: int) -> Query:
    """Criteria with so many conditions on the objects of references."""
    return criteria.parse({"AND": [{"boss.name": str(at)} for at in range(count)]}, USERS)


def test_a_bound_that_only_the_limits_of_a_server_exceed_is_not_told() -> None:
    """The criteria alone have fewer conditions than the engine takes."""
    limit = criteria.parse({"team.name": "A"}, USERS)
    assert not refused_on_duckdb(names_of_bosses(100).within({"user": limit})).is_asked
    many = criteria.parse({"OR": [{"team.name": {"$startsWith": str(at)}} for at in range(160)]}, USERS)
    assert not refused_on_duckdb(names_of_bosses(1).within({"user": names_of_bosses(160)})).is_asked
    asked = names_of_bosses(1)
    search = Search(asked.within({"user": names_of_bosses(160)}) & many, cursor_query=asked)
    assert not refused_on_duckdb(search).is_asked


def test_a_bound_that_the_criteria_alone_exceed_is_told() -> None:
    """Whatever limits their objects, the client has chosen how many references its criteria follow."""
    limit = criteria.parse({"team.name": "A"}, USERS)
    asked = names_of_bosses(160)
    for subject in (asked, asked.within({"user": limit}), Search(asked.within({"user": limit}), cursor_query=asked)):
        refused = refused_on_duckdb(subject)
        assert refused.is_asked
        assert refused.problems[0].pointer.startswith("/AND/")


def test_a_condition_of_the_server_on_a_field_that_is_asked_for_is_not_told() -> None:
    """The client names the field, with an operator that the engine has."""
    asked = criteria.parse({"name": "a"}, PUBLIC)
    own = criteria.parse({"name": {"$icontains": "vip"}, "grade": "A"}, GRADED)
    with pytest.raises(criteria.CriteriaError) as refused:
        criteria.compile(asked & own, "sql", dialect="tsql")
    assert not refused.value.is_asked


def test_parameters_beside_those_of_a_server_are_not_told() -> None:
    """SQLite takes 32,766, and as many numbers with a fraction as each of the two has beside the other's."""
    key = sqlalchemy.Column("id", sqlalchemy.Integer, primary_key=True)
    table = sqlalchemy.Table("scale", sqlalchemy.MetaData(), key, sqlalchemy.Column("weight", sqlalchemy.Double))
    model = criteria.sqlalchemy.model(table)

    def weights(lists: int) -> Query:
        many = [{"weight": {"$in": [at * 400 + one + 0.5 for one in range(400)]}} for at in range(lists)]
        return criteria.parse({"OR": many}, model.schema)

    few, many = weights(50), weights(100)
    own = sqlalchemy.select(table).where(model.where(weights(60)))
    with sqlalchemy.create_engine("sqlite://").connect() as connection:
        table.create(connection)
        assert model.page(connection, Search(few)).data == ()
        for search, statement, is_asked in (
            (Search(few & weights(60), cursor_query=few), None, False),
            (Search(few), own, False),
            (Search(many), None, True),
            (Search(many & weights(60), cursor_query=many), own, True),
        ):
            with pytest.raises(criteria.CriteriaError, match="too many parameters") as refused:
                model.page(connection, search, statement)
            assert refused.value.is_asked is is_asked


def test_a_refusal_without_conditions_of_the_server_is_compiled_once() -> None:
    """What the client asks is compiled again without them only if there are any, also those of a statement."""
    table = sqlalchemy.Table(
        "scale", sqlalchemy.MetaData(), sqlalchemy.Column("id", sqlalchemy.Integer, primary_key=True),
        sqlalchemy.Column("weight", sqlalchemy.Double),
    )  # fmt: skip
    model = criteria.sqlalchemy.model(table)
    many = [{"weight": {"$in": [at * 400 + one + 0.5 for one in range(400)]}} for at in range(100)]
    asked, own = criteria.parse({"OR": many}, model.schema), criteria.parse({"id": 1}, model.schema)
    engine = sqlalchemy.create_engine("sqlite://")
    found: list[object] = []

    class Counted(engine.dialect.statement_compiler):  # type: ignore[misc, name-defined]
        """The compiler of SQLite, which tells how often it is made."""

        def __init__(self, *given: Any, **options: Any) -> None:
            found.append(given)
            super().__init__(*given, **options)

    engine.dialect.statement_compiler = Counted
    with engine.connect() as connection:
        table.create(connection)
        for search, statement, count in (
            (Search(asked), None, 1),
            (Search(asked, cursor_query=asked), None, 1),
            (Search(asked), sqlalchemy.select(table).where(table.c.id == 1), 2),
            (Search(asked & own, cursor_query=asked), None, 2),
        ):
            found.clear()
            with pytest.raises(criteria.CriteriaError, match="too many parameters") as refused:
                model.page(connection, search, statement)
            assert refused.value.is_asked
            assert len(found) == count


def test_a_cursor_whose_values_the_engine_lacks_is_told() -> None:
    """The values of an unsigned cursor are the client's, also those of the schema's key."""
    schema = Schema("user", [Field("day", "date", is_unique=True, nullable=False), NAME], system_properties=False)
    search = criteria.parse_search({"orderBy": "name"}, schema)
    old = replace(search, after=("a", date(1800, 1, 1)))
    with pytest.raises(criteria.CriteriaError) as refused:
        criteria.compile(old, "sql", dialect="clickhouse", table="users")
    assert refused.value.is_asked
