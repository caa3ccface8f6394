"""SQLite's parser has a stack, and a statement for which it has no room is refused before SQLite sees it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import chain, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
from criteria import CriteriaError, Field, ObjectList, Query, Schema, Search
from criteria.backends.sql.render import Sql
from criteria.backends.sql.sqlite_stack import ROOM, symbols
from tests.conftest import capped
from tests.linked_records import DISCOUNT, ENTITIES, ORDER, USER, refers
from tests.test_references import deep

GROWS = sqlite3.sqlite_version_info >= (3, 46)

HOSTS = (  # of docs/references.md and others
    "SELECT id FROM t WHERE {}",
    "SELECT id FROM t WHERE n = 1 AND ({})",
    "SELECT id FROM t WHERE NOT ({})",
    "SELECT id FROM t WHERE id IN (SELECT id FROM t WHERE {})",
    "SELECT id FROM t WHERE EXISTS (SELECT 1 FROM t AS other WHERE {})",
    "SELECT COUNT(*) FROM (SELECT id FROM t WHERE {})",
    "SELECT id, {} AS is_found FROM t",
    "SELECT id FROM t ORDER BY n, {}",
    "INSERT INTO t (id) SELECT id + 10 FROM t WHERE n = 2 AND ({})",
    "UPDATE t SET n = 1 WHERE n = 2 AND NOT ({})",
    "DELETE FROM t WHERE id = -1 AND NOT ({})",
)

KINDS: dict[str, Any] = {
    "string": "a\u00e9", "integer": 1, "boolean": True, "decimal": "1.5", "double": 1.5, "date": "2020-01-01",
    "dateTime": "2020-01-01T00:00:00Z", "guid": "00000000-0000-0000-0000-000000000001",
}  # fmt: skip
FIELDS = [
    Field(f"{path}{kind}{'s' * is_list}", kind, is_list=is_list)
    for kind in KINDS
    for path in ("", "p.")
    for is_list in (False, True)
]
VALUES = Schema("values", [Field("id", "integer", is_unique=True, nullable=False), *FIELDS], system_properties=False)
INSIDE = Schema("inside", [VALUES.fields[0], ObjectList("items", FIELDS)], system_properties=False)


def compiled(source: dict[str, Any], schema: Schema) -> Any:
    return criteria.compile(
        criteria.parse(source, schema), "sql", dialect="sqlite", tables={"user": "u", "organization": "o", "org": "o"}
    )


def used(condition: Any) -> int:
    """The symbols that SQLite needs after WHERE, which takes 5: each parenthesis around a condition takes one more."""

    def fits(parentheses: int) -> bool:
        text = f"SELECT 1 WHERE {'(' * parentheses}{condition.text}{')' * parentheses}"
        with closing(sqlite3.connect(":memory:")) as connection:
            try:
                connection.execute(text, condition.params)
            except sqlite3.OperationalError as error:
                return "parser stack" not in str(error)
        return True

    low, high = -1, ROOM
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return ROOM - 5 - low


def sources() -> list[tuple[dict[str, Any], Schema]]:
    """Every comparison of every type, and tests inside each other."""
    found: list[tuple[dict[str, Any], Schema]] = []
    for field in FIELDS:
        value = KINDS[field.field_type.value]
        operands: list[Any] = [value, None, {"$ne": value}, {"$nin": [value]}]
        if field.field_type.value not in ("boolean", "guid"):
            operands += [{"$gt": value}, {"$lte": value}]
        if field.field_type.value == "string":
            operands += [{operator: value} for operator in ("$contains", "$startsWith", "$endsWith", "$icontains")]
        found += [({field.name: operand}, VALUES) for operand in operands]
        found += [({f"items.{field.name}": operand}, INSIDE) for operand in operands]
        found += [({"AND": [{"id": 1}, {"OR": [{"id": 2}, {field.name: one}]}]}, VALUES) for one in operands]
    found += [({f"user.{'friends.' * steps}email": "a"}, DISCOUNT) for steps in range(4)]
    found += [({f"user.{'profile.boss.' * steps}age": {"$ne": 1}}, DISCOUNT) for steps in range(4)]
    found += [({"items.guests.email": "a", "items.user.friends.age": 1}, ORDER)]
    return [*found, *((deep(levels), USER.with_entities(ENTITIES)) for levels in range(4))]


@pytest.mark.skipif(GROWS, reason="the stack of this SQLite grows")
def test_the_stack_is_foretold() -> None:
    """Never less than SQLite needs, and hardly more."""
    found = [(compiled(*one), one[0]) for one in sources()]
    differences = {str(source): symbols(one.text) - used(one) for one, source in found}
    assert {source: more for source, more in differences.items() if not 0 <= more <= 2} == {}


@pytest.mark.skipif(GROWS, reason="the stack of this SQLite grows")
@pytest.mark.parametrize(
    "text",
    [
        "1 BETWEEN 0 AND 2 AND NOT 1 NOT BETWEEN -1 AND +2 OR - 1 < 2", "1 = NOT 1 AND 2 = NOT 2 IS NOT NULL",
        "'a' || 'b' COLLATE BINARY LIKE 'a' ESCAPE '(' OR 'a' NOT LIKE 'b' AND 1 + 2 * -3 & 4 < 5 = 6",
        "1 IN (1, 2, 3 + (4)) IS NOT NULL OR (1, 2, 3) = (4, 5, 6 * LENGTH(7))",
        "CASE 1 WHEN 1 THEN 2 WHEN 1 + 1 THEN 2 + (2) ELSE 1 + 1 END",
        "CASE WHEN 1 THEN 2 + (1) WHEN CASE 1 WHEN 2 THEN 3 END THEN 4 ELSE (5) END",
        "EXISTS(SELECT CAST(1 AS REAL) AS `x`, (1) AS `y` FROM (SELECT 1 AS `a`) AS `b` WHERE `b`.`a` = 1)",
        "EXISTS(SELECT 1 FROM `main`.`sqlite_master` AS `x` WHERE `x`.`name` IS NOT NULL)",
        "EXISTS(SELECT 1 FROM (SELECT 1 AS `a`) AS `b` CROSS JOIN JSON_EACH(`b`.`a`, '$') AS `c`)",
        "(SELECT COUNT(*) FROM `sqlite_master` GROUP BY `name`, `type` HAVING 1 + (1) > 0) > 0",
        "(SELECT 1 ORDER BY 1 + 1 DESC, (1) + 2 ASC NULLS LAST, 2 LIMIT (1) OFFSET 1 + (2)) > 0",
        "SUBSTR('a', 1 + 1, - LENGTH('b')) || LIKE('a', 'b') GLOB '*' || MAX(1, (2))",
    ],
)  # fmt: skip
def test_the_rules_of_the_grammar_are_followed(text: str) -> None:
    """Operators, functions, branches, clauses and tables, each with all that can be before it."""
    assert 0 <= symbols(text) - used(Sql(text, ())) <= 2


USER_OF_TASK = Schema(
    "user",
    [
        Field("objectId", "integer", is_unique=True, nullable=False),
        Field("email", "string"), Field("age", "integer"), Field("tags", "string", is_list=True),
        refers("boss", "user"), refers("team", "user", is_list=True), refers("org", "org"), Field("adr.zip", "integer"),
        Field("tenant", "integer"),
    ],
    system_properties=False,
)  # fmt: skip
ORG = Schema(
    "org",
    [
        Field("code", "integer", is_unique=True, nullable=False), Field("name", "string"), refers("owner", "user"),
        Field("tenant", "integer"),
    ],
    system_properties=False,
)  # fmt: skip
TASK = Schema(
    "task",
    [
        Field("id", "integer", is_unique=True, nullable=False), Field("n", "integer"), refers("u", "user"),
        refers("g", "user", is_list=True), refers("o", "org"),
        ObjectList("items", [Field("k", "integer"), refers("u", "user"), refers("us", "user", is_list=True)]),
    ],
    system_properties=False,
).with_entities({"user": USER_OF_TASK, "org": ORG})  # fmt: skip
TABLES = {"user": "u", "org": "o"}
USERS: list[dict[str, Any]] = [
    {"objectId": 1, "email": "ax", "age": 5, "boss": 2, "team": [1, 2, 9], "org": 7, "adr": {"zip": 9}, "tenant": 1},
    {"objectId": 2, "age": 2, "tags": ["x", None], "boss": 1, "team": [None, 2], "org": 8, "adr": {}, "tenant": 2},
    {"objectId": 3, "email": "b", "boss": 3, "team": [3], "tags": [], "tenant": 1},
]  # fmt: skip
ORGS: list[dict[str, Any]] = [{"code": 7, "name": "a", "owner": 1, "tenant": 1}, {"code": 8, "owner": 2}]
TASKS: list[dict[str, Any]] = [
    {"id": 1, "n": 1, "u": 1, "g": [2, 1], "o": 7, "items": [{"k": 3, "u": 1, "us": [1, 2]}, {"k": 9}]},
    {"id": 2, "n": 2, "u": 2, "g": [3], "o": 8, "items": [{"k": 1, "us": [3, None]}]},
    {"id": 3, "u": 3, "g": [9], "o": 9, "items": []},
    {"id": 4, "n": 1},
]  # fmt: skip


@pytest.fixture(scope="module")
def database() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        for schema, table, rows in ((TASK, "t", TASKS), (USER_OF_TASK, "u", USERS), (ORG, "o", ORGS)):
            storage = criteria.storage(schema, "sqlite", table=table)
            connection.execute(storage.create_table)
            connection.executemany(storage.insert, [storage.encode(row) for row in rows])
        connection.commit()
        yield connection


def unsupported(make: Callable[[], Any]) -> Any:
    """What is made; None if it is refused, which it may be as `unsupported` alone."""
    try:
        return make()
    except CriteriaError as error:
        assert [problem.code for problem in error.problems] == ["unsupported"]
        return None


def answered(query: Query, database: sqlite3.Connection) -> bool:
    """Whether SQLite answers a query: in each host as Python does, or it is refused."""
    lookups = {
        "user": {row["objectId"]: row for row in USERS}.get, "org": {row["code"]: row for row in ORGS}.get,
    }  # fmt: skip
    chosen = {row["id"] for row in criteria.compile(query, "python", lookups=lookups).filter(TASKS)}
    expected = {HOSTS[0]: chosen, HOSTS[1]: chosen & {1, 4}, HOSTS[2]: {1, 2, 3, 4} - chosen}
    condition = unsupported(lambda: criteria.compile(query, "sql", dialect="sqlite", tables=TABLES, total=True))
    if condition is not None:
        for host in HOSTS:
            found = database.execute(host.format(condition.text), condition.params).fetchall()
            assert {row[0] for row in found} == expected.get(host, {row[0] for row in found})
        database.rollback()
    _answered_in_pages(query, database, chosen)
    return condition is not None


def _answered_in_pages(query: Query, database: sqlite3.Connection, chosen: set[int]) -> None:
    """A search whose first page is answered has all pages."""
    found: list[Any] = []
    after: tuple[Any, ...] | None = None
    order = criteria.parse_order_by("n desc, id", TASK)
    while True:
        search = Search(query, order, 1, after=after, get_total_count=True)
        compiled = unsupported(
            lambda search=search: criteria.compile(search, "sql", dialect="sqlite", table="t", tables=TABLES)  # type: ignore[misc]
        )
        if compiled is None:
            assert after is None
            return
        for one in (compiled.rows, *compiled.pages):
            database.execute(f"SELECT COUNT(*) FROM ({one.text})", one.params)
            database.execute(f"EXPLAIN QUERY PLAN {one.text}", one.params)
        assert database.execute(compiled.count.text, compiled.count.params).fetchone() == (len(chosen),)
        rows = database.execute(compiled.rows.text, compiled.rows.params).fetchall()
        if not rows:
            break
        found.append(rows[0][0])
        after = (rows[0][1], rows[0][0])
    assert sorted(found) == sorted(chosen)


@pytest.mark.parametrize(
    ("source", "scope"),
    [
        ({"OR": [{"u.team.boss": {"$elemMatch": {"team.org.code": {"$in": [3, 2]}}}}, {"g.age": {"$lte": 9}}]},
         {"user": {"org.name": "a"}}),
        ({"AND": [{"AND": [{"n": {"$ne": None}}, {"OR": [{"OR": [{"u.objectId": 2}, {"o.owner": 4}, {"g.age": 2}]},
                                                         {"u.adr.zip": {"$lte": 9}}]}]},
                  {"AND": [{"g.boss.team": {"$elemMatch": {"team.boss.age": {"$ne": 2}}}},
                           {"AND": [{"NOT": {"n": 9}}, {"AND": [{"u.adr.zip": {"$nin": [9]}}, {"n": 3}]}]}]},
                  {"u": {"$ne": 4}}]}, {}),
        ({"NOT": {"AND": [{"OR": [{"NOT": {"items.k": {"$ne": 9}}}, {"n": {"$gte": 4}}]},
                          {"OR": [{"items": {"$elemMatch": {"k": {"$gt": 2}}}},
                                  {"u.org.owner.team": {"$elemMatch": {"email": {"$contains": "x"}}}}]},
                          {"NOT": {"NOT": {"n": 9}}}]}}, {"user": {"org.name": "a"}, "org": {"name": None}}),
        ({"items.u.team.team.team": 5}, {"user": {"NOT": {"tenant": 1}}}),
        ({"NOT": {"o.owner": {"$elemMatch": {"AND": [{"team.team.adr.zip": None},
                                                     {"team.team.tags": {"$ne": None}}]}}}}, {}),
        ({f"u.{'boss.' * 6}age": 5}, {}),
        ({"OR": [{"n": 1}, {"items.u": {"$elemMatch": {"OR": [
            {"NOT": {"boss": {"$elemMatch": {"NOT": {"boss": {"$elemMatch": {"boss.age": {"$in": [1, 2]}}}}}}}},
            {"age": 5}]}}}]}, {"user": {"tenant": 1}}),
        ({"u.boss.boss.team.boss.team.boss.age": {"$in": [5, 2]}}, {}),
    ],
)  # fmt: skip
def test_sqlite_answers_or_they_are_refused(
    source: dict[str, Any], scope: dict[str, Any], database: sqlite3.Connection
) -> None:
    """Each of them overflowed the stack, alone or in `n = 1 AND (...)` and `NOT (...)`."""
    own = {"user": USER_OF_TASK.with_entities(TASK.entities), "org": ORG}
    query = criteria.parse(source, TASK)
    answered(query.within({name: criteria.parse(one, own[name]) for name, one in scope.items()}), database)


def test_five_references_or_three_lists_of_them_are_followed(database: sqlite3.Connection) -> None:
    """In every host. A reference takes 13 symbols and a list of them 20; what is deeper is refused."""
    outcomes: dict[bool, set[int]] = {True: set(), False: set()}
    for path in chain(*(product(("boss", "team"), repeat=steps) for steps in (3, 4, 5, 6))):
        symbols_of_path = 13 + sum(13 if step == "boss" else 20 for step in path)
        query = criteria.parse({f"u.{'.'.join(path)}.age": ({"$ne": 5} if len(path) % 2 else 5)}, TASK)
        outcomes[answered(query, database)].add(symbols_of_path)
    assert min(outcomes[False]) > 77
    assert max(outcomes[True]) < 82
    assert compiled({f"g.{'team.' * 3}age": 5}, TASK)


@st.composite
def deep_criteria(draw: st.DrawFn) -> dict[str, Any]:
    """Groups, `$elemMatch`es and paths of references around each other."""
    leaves: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
        [{"age": 5}, {"age": None}, {"age": {"$in": [1, 2]}}, {"adr.zip": {"$ne": 9}}, {"email": {"$contains": "x"}},
         {"tags": {"$ne": None}}, {"team": 2}, {"org.name": "a"}, {"objectId": {"$gt": 1}}, {"org.owner.tags": "x"}]
    )  # fmt: skip
    inner: dict[str, Any] = draw(leaves)
    for step in draw(st.lists(st.sampled_from(["boss", "team", "boss?", "team?", "AND", "OR", "NOT"]), max_size=12)):
        if step == "NOT":
            inner = {"NOT": inner}
        elif step in ("AND", "OR"):
            inner = {step: draw(st.permutations([inner, draw(leaves)]))}
        elif step[-1] == "?" or not {"AND", "OR", "NOT"}.isdisjoint(inner):
            inner = {step.rstrip("?"): {"$elemMatch": inner}}
        else:
            inner = {f"{step}.{path}": operand for path, operand in inner.items()}
    first = draw(st.sampled_from(["u", "g", "items.u", "items.us"]))
    inner = {first: {"$elemMatch": inner}}
    return draw(st.sampled_from([inner, {"NOT": inner}, {"OR": [{"n": 1}, inner]}, {"AND": [inner, {"g.age": 5}]}]))


@settings(max_examples=capped(300))
@given(source=deep_criteria(), scope=st.sampled_from([None, {"tenant": 1}, {"org.name": "a"}, {"NOT": {"age": 2}}]))
def test_generated_criteria_are_answered_or_refused(
    source: dict[str, Any], scope: dict[str, Any] | None, database: sqlite3.Connection
) -> None:
    """SQLite raises no error of its own, in no host and on no page."""
    try:
        query = criteria.parse(source, TASK)
    except CriteriaError:  # beyond the limits of the language
        return
    if scope is not None:
        query = query.within({"user": criteria.parse(scope, USER_OF_TASK.with_entities(TASK.entities))})
    answered(query, database)


@pytest.mark.parametrize(
    ("source", "schema"),
    [
        ({f"user.{'friends.' * 6}email": "a"}, DISCOUNT),
        (deep(5), USER.with_entities(ENTITIES)),
    ],
)  # fmt: skip
def test_what_has_no_room_is_refused(source: dict[str, Any], schema: Schema) -> None:
    """Within the limits of the language: as a condition and as a search, with what to do instead."""
    calls: list[Callable[[], Any]] = [
        lambda: compiled(source, schema),
        lambda: criteria.compile(criteria.parse_search({"query": source}, schema), "sql", dialect="sqlite", table="t",
                                 tables={"user": "u", "organization": "o"}),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(CriteriaError) as caught:
            call()
        assert [problem.code for problem in caught.value.problems] == ["unsupported"]
        assert caught.value.problems[0].hint


def test_columns_named_as_words_of_sql_take_no_room() -> None:
    """A column named `case` is quoted in the statement, so it does not begin a CASE."""
    schema = Schema(
        "words", [VALUES.fields[0], *(Field(name, "integer") for name in ("case", "end", "x"))], system_properties=False
    )
    texts = [
        compiled({"OR": [{name: {"$gt": number}} for number in range(200)]}, schema).text
        for name in ("x", "case", "end")
    ]
    assert len({symbols(text) for text in texts}) == 1
