"""Which indexes serve letter case, lists of objects and references: what docs/indexes.md says, by EXPLAIN."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import criteria
from benchmarks.further import ITEM, PERSON, items, people
from benchmarks.run_time.engine import parts
from benchmarks.run_time.page import SECTIONS
from criteria import Field, Schema
from tests.conftest import Engines
from tests.engines.documents import MongoEngine
from tests.engines.sql import SqlEngine

pytestmark = pytest.mark.heavy("thousands of rows on each engine")

PAGE = (Path(__file__).parents[2] / "docs" / "indexes.md").read_text(encoding="utf-8")
ITEMS, PEOPLE = 10_000, 2_000

NO = frozenset[str]()
ID, CITY, OWNER, SKU = (frozenset([name]) for name in ("id", "city", "owner", "parts.sku"))
"""The indexes of the page: the primary key of the people, the field of theirs that is asked for, and those of items."""

ENGINES = ("sqlite", "postgres-natural", "mariadb", "mysql", "duckdb", "mongodb")
"""The columns of the page's table."""

CASES: Mapping[str, tuple[dict[str, Any], tuple[frozenset[str], ...]]] = {
    '`{"parts": {"$elemMatch": {...}}}`': (
        {"parts": {"$elemMatch": {"sku": "s5", "quantity": {"$lt": 3}}}}, (NO, NO, NO, NO, NO, SKU)),
    '`{"parts.sku": "s5"}`, `$in`': ({"parts.sku": {"$in": ["s5", "s6"]}}, (NO, NO, NO, NO, NO, SKU)),
    '`{"parts.sku": {"$ne": "s5"}}`': ({"parts.sku": {"$ne": "s5"}}, (NO, NO, NO, NO, NO, NO)),
    '`{"parts": null}`': ({"parts": None}, (NO, NO, NO, NO, NO, NO)),
    '`{"owner.city": "Lund"}`': ({"owner.city": "c7"}, (ID, CITY | OWNER, CITY | OWNER, CITY | OWNER, NO, ID)),
    '`{"owner.city": {"$ne": "Lund"}}`': ({"owner.city": {"$ne": "c7"}}, (ID, CITY, CITY, NO, NO, ID)),
    '`{"guests.city": "Lund"}`': ({"guests.city": "c7"}, (ID, CITY, CITY, ID, NO, ID)),
}  # fmt: skip
"""The rows of the page's table: criteria, and the indexes of each engine in which rows are looked up."""

FOLDED = [{"name": {operator: "Ada BERG 77"}} for operator in ("$ieq", "$istartsWith", "$iendsWith", "$icontains")]


@pytest.fixture(scope="module", params=ENGINES)
def planned(request: pytest.FixtureRequest, engines: Engines) -> Iterator[Any]:
    engine = engines.get(request.param)
    yield from mongo(engine) if isinstance(engine, MongoEngine) else sql(engine)  # type: ignore[arg-type]


def sql(engine: SqlEngine) -> Iterator[Sql]:
    found = Sql(engine)
    try:
        found.load()
        yield found
    finally:
        engine.commit()
        for table in ("planned_item", "planned_person"):
            engine.execute(f"DROP TABLE IF EXISTS {table}")
        engine.commit()


class Sql:
    """The tables on an engine, with the indexes that serve what can be served."""

    def __init__(self, engine: SqlEngine) -> None:
        self.engine, self.name, self.dialect = engine, engine.name, engine.dialect

    def load(self) -> None:
        for schema, records in ((PERSON, people(PEOPLE)), (ITEM, items(ITEMS, PEOPLE))):
            storage = criteria.storage(schema, self.dialect, table=f"planned_{schema.name}")
            self.engine.execute(storage.create_table)
            self.engine.insert(storage.insert, [storage.encode(record) for record in records])
        self.engine.commit()
        prefix = "(32)" if self.dialect in ("mariadb", "mysql") else ""
        self.index(
            "CREATE INDEX owner ON planned_item (owner)",
            f"CREATE INDEX city ON planned_person (city{prefix})",
            f"CREATE INDEX by_name ON planned_item (name{prefix})",
        )

    def index(self, *statements: str) -> None:
        for statement in statements:
            self.engine.execute(statement)
        tables = "TABLE planned_item, planned_person" if self.dialect in ("mariadb", "mysql") else ""
        self.engine.execute(f"ANALYZE {tables}")
        self.engine.commit()

    def used(self, source: Any, schema: Schema = ITEM) -> set[str]:
        """The indexes in which a query looks rows up."""
        query = criteria.parse(source, schema)
        where = criteria.compile(query, "sql", dialect=self.dialect, tables={"person": "planned_person"})
        statement = f"SELECT id, name FROM planned_item WHERE {where.text}"
        cursor = self.engine.connection.cursor()
        cursor.execute(f"{EXPLAIN[self.dialect]} {statement}", where.params)
        names = [one[0] for one in cursor.description]
        rows = cursor.fetchall()
        cursor.close()
        self.engine.commit()
        found = LOOK_UPS[self.dialect]([dict(zip(names, row, strict=True)) for row in rows])
        return {_NAMES.get(name, name) for name in found}


_NAMES = {"PRIMARY": "id", "INTEGER PRIMARY KEY": "id", "planned_person_pkey": "id"}
"""What the page calls them."""

EXPLAIN = {
    "sqlite": "EXPLAIN QUERY PLAN",
    "postgres": "EXPLAIN (FORMAT JSON)",
    "mariadb": "EXPLAIN",
    "mysql": "EXPLAIN FORMAT=TRADITIONAL",
    "duckdb": "EXPLAIN",
}


def _in_sqlite(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield from re.findall(r"SEARCH \w+ USING (?:COVERING )?(?:INDEX )?(INTEGER PRIMARY KEY|\w+)", row["detail"])


def _in_postgres(rows: list[dict[str, Any]]) -> Iterator[str]:
    document = rows[0]["QUERY PLAN"]
    for node in parts(json.loads(document) if isinstance(document, str) else document):
        if "Index Name" in node and "Index Cond" in node:
            yield node["Index Name"]


def _in_mysql(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Generated keys of materialized subqueries do not count."""
    for row in rows:
        if row["type"] in ("ref", "eq_ref", "range", "const") and not str(row["table"]).startswith("<"):
            yield row["key"]


def _in_duckdb(rows: list[dict[str, Any]]) -> Iterator[str]:
    if any("Index Scan" in str(value) for row in rows for value in row.values()):
        yield "index"


LOOK_UPS = {
    "sqlite": _in_sqlite,
    "postgres": _in_postgres,
    "mariadb": _in_mysql,
    "mysql": _in_mysql,
    "duckdb": _in_duckdb,
}


class Mongo:
    """The collections on MongoDB, with the indexes that serve what can be served."""

    name = "mongodb"

    def __init__(self, engine: MongoEngine) -> None:
        self.database = engine.database
        self.items, self.people = (self.database[name] for name in ("planned_item", "planned_person"))

    def used(self, source: Any, schema: Schema = ITEM) -> set[str]:
        """The indexes whose bounds are those of the query, and those of `$lookup`."""
        query = criteria.parse(source, schema)
        compiled: Any = criteria.compile(query, "mongo", collections={"person": "planned_person"})
        pipeline = compiled if isinstance(compiled, list) else [{"$match": compiled}]
        command: dict[str, Any] = {"aggregate": "planned_item", "pipeline": pipeline, "cursor": {}}
        explained = self.database.command("explain", command, verbosity="executionStats")
        found = {name for part in parts(explained) for name in part.get("indexesUsed", ())}
        for part in parts(explained):
            if part.get("stage") == "IXSCAN" and not re.search(r"\{\}|MinKey", str(part["indexBounds"])):
                found.add(part["indexName"])
        return found


def mongo(engine: MongoEngine) -> Iterator[Mongo]:
    found = Mongo(engine)
    stored = ((PERSON, found.people, people(PEOPLE)), (ITEM, found.items, items(2_000, PEOPLE)))
    try:
        for schema, collection, records in stored:
            encode = criteria.storage(schema, "mongo").encode
            collection.insert_many([encode(record) for record in records])
        for collection, fields in ((found.people, ("id", "city")), (found.items, ("owner", "name", "parts.sku"))):
            for field in fields:
                collection.create_index(field, name=field)
        yield found
    finally:
        found.items.drop()
        found.people.drop()


@pytest.mark.parametrize("row", CASES)
def test_lists_of_objects_and_references(planned: Sql | Mongo, row: str) -> None:
    """Each cell of the page's table."""
    source, indexes = CASES[row]
    assert planned.used(source) == indexes[ENGINES.index(planned.name)]


def test_the_page_has_this_table() -> None:
    rows = [
        f"| {row} | {' | '.join(', '.join(sorted(one)) or 'no' for one in cells)} |"
        for row, (_, cells) in CASES.items()
    ]
    assert "\n".join(rows) in PAGE


def test_the_measurement_writes_these_sections() -> None:
    assert PAGE.endswith("\n".join(SECTIONS))


@pytest.mark.parametrize("source", FOLDED)
def test_no_index_on_the_text_serves_letter_case(planned: Sql | Mongo, source: Any) -> None:
    assert planned.used(source) == NO


GIN = (
    "CREATE INDEX whole ON planned_item USING gin (parts)",
    "CREATE INDEX paths ON planned_item USING gin (parts jsonb_path_ops)",
)
FOLDING = {
    "sqlite": ["CREATE INDEX folded ON planned_item (name COLLATE NOCASE)",
               "CREATE INDEX small ON planned_item (lower(name))"],
    "postgres": ["CREATE INDEX small ON planned_item (lower(name))", *GIN],
    "mariadb": [],
    "mysql": ["CREATE INDEX small ON planned_item ((CAST(LOWER(name) AS CHAR(64))))"],
    "duckdb": [],
}  # fmt: skip


def test_indexes_that_do_not_help(planned: Sql | Mongo) -> None:
    """Neither one that folds otherwise nor a GIN index on the objects. They are dropped again with their table."""
    if isinstance(planned, Sql) and FOLDING[planned.dialect]:
        planned.index(*FOLDING[planned.dialect])
        assert [planned.used(source) for source in FOLDED] == [NO] * len(FOLDED)
        assert [planned.used(source) for source, _ in list(CASES.values())[:4]] == [NO] * 4


def test_a_trigram_index_serves_letter_case_on_postgresql(planned: Sql | Mongo) -> None:
    """All four, if there are three letters or digits in a row."""
    if planned.name == "postgres-natural":
        assert isinstance(planned, Sql)
        [statements] = re.findall(r"```\n(CREATE EXTENSION pg_trgm\n.*?)```", PAGE, re.DOTALL)
        planned.index(*statements.replace("ON item", "ON planned_item").splitlines())
        assert [planned.used(source) for source in FOLDED] == [{"by_name_parts"}] * 4
        assert planned.used({"name": {"$icontains": "ag"}}) == NO


def test_a_folded_column_serves_letter_case_on_mysql_and_mariadb(planned: Sql | Mongo) -> None:
    """The statement of the page, and a field that is compared in lower case."""
    if planned.name in ("mariadb", "mysql"):
        assert isinstance(planned, Sql)
        [statement] = re.findall(r"```\n(ALTER TABLE item ADD INDEX \(folded\).*?)```", PAGE, re.DOTALL)
        planned.index(statement.replace("TABLE item", "TABLE planned_item"))
        schema = Schema("item", [Field("folded", "string", collation="binary")], system_properties=False)
        assert planned.used({"folded": "ada berg 77"}, schema) == {"folded"}
        assert planned.used({"folded": {"$startsWith": "ada berg 7"}}, schema) == {"folded"}


def test_a_list_of_references_needs_the_index_on_postgresql(planned: Sql | Mongo) -> None:
    """Without the index on the field that is asked for, the other table is read for each record."""
    if planned.name == "postgres-natural":
        assert isinstance(planned, Sql)
        planned.index("DROP INDEX city")
        assert planned.used({"guests.city": "c7"}) == NO
        planned.index("CREATE INDEX city ON planned_person (city)")
