"""Run time of text in any letter case, lists of objects and references as SQL, relative to SQL by hand."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from statistics import geometric_mean
from time import perf_counter
from typing import Any

import criteria
from benchmarks.harness import Contestant, Group, Ready, Sizes, Timing, compete
from benchmarks.queries import Criteria
from benchmarks.targets import Figure, Result
from criteria import Field, ObjectList, Schema
from tests.servers import POSTGRES

_KEY = Field("id", "integer", is_unique=True, nullable=False)
PERSON = Schema("person", [_KEY, Field("city", "string")], system_properties=False)
ITEM = Schema(
    "item",
    [
        _KEY,
        Field("name", "string"),
        Field("owner", "objectRef", object_entity_type="person"),
        Field("guests", "objectRef", object_entity_type="person", is_list=True),
        ObjectList("parts", [Field("sku", "string"), Field("quantity", "integer")]),
    ],
    system_properties=False,
).with_entities({"person": PERSON})


@dataclass(frozen=True, slots=True)
class Case:
    """Criteria of one of the three parts, and for each dialect what is written by hand, with `?` for a parameter."""

    part: str
    name: str
    criteria: Criteria
    by_hand: Mapping[str, str]
    params: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Engine:
    """A connection to an engine with both tables, and the indexes that serve conditions by hand and ours."""

    name: str
    dialect: str
    connection: Any
    parameter: str
    indexes: Sequence[str]
    people: int = 2_000

    def load(self, count: int) -> None:
        """Creates the tables, their records and the indexes."""
        cursor = self.connection.cursor()
        for schema, records in ((PERSON, people(self.people)), (ITEM, items(count, self.people))):
            storage = criteria.storage(schema, self.dialect)
            cursor.execute(storage.create_table)
            cursor.executemany(storage.insert, map(storage.encode, records))
        for statement in (*self.indexes, "ANALYZE"):
            cursor.execute(statement)
        self.connection.commit()

    def ids(self, condition: str, params: Sequence[Any]) -> list[int]:
        """The ids of the items that fulfil a condition."""
        cursor = self.connection.cursor()
        cursor.execute(f"SELECT id FROM item WHERE {condition}", params)  # noqa: S608  # no client input
        return sorted(row[0] for row in cursor.fetchall())


def people(count: int) -> Iterator[dict[str, Any]]:
    """Yields people, four in each city."""
    for number in range(1, count + 1):
        yield {"id": number, "city": f"c{number % (count // 4)}"}


def items(count: int, owners: int, seed: int = 5) -> Iterator[dict[str, Any]]:
    """Yields items. Some have no owner, an owner who does not exist, no parts, or null among their parts."""
    dice = random.Random(seed)  # noqa: S311  # data to measure on
    for number in range(count):
        first, last = dice.choice(("Ada", "bo", "\u00c9va", "KAJ")), dice.choice(("Berg", "dahl", "EK", "\u00d6st"))
        parts = [
            dice.choice(({"sku": f"s{dice.randrange(500)}", "quantity": dice.randrange(10)}, None))
            for _ in range(dice.randrange(5))
        ]
        yield {
            "id": number,
            "name": f"{first} {last} {dice.randrange(200)}",
            "owner": dice.choice((None, dice.randrange(1, owners * 11 // 10))),
            "guests": [dice.randrange(1, owners * 11 // 10) for _ in range(dice.randrange(3))],
            "parts": dice.choice((None, parts)),
        }


_EACH = {
    "sqlite": "SELECT 1 FROM json_each(parts) AS part WHERE part.value ->> 'sku' = ?",
    "postgres": "SELECT 1 FROM jsonb_array_elements(parts) AS part WHERE part ->> 'sku' = ?",
}
_EACH_GUEST = "SELECT 1 FROM json_each(guests) AS guest WHERE guest.value"
_IN_CITY = "(SELECT id FROM person WHERE city = ?)"

CASES = (
    Case("case", "equals", {"name": {"$ieq": "ada BERG 77"}},
         {"sqlite": "name LIKE ?", "postgres": "lower(name) = lower(?)"}, ("ada BERG 77",)),
    Case("case", "starts with", {"name": {"$istartsWith": "ada BERG 7"}},
         {"sqlite": "name LIKE ?", "postgres": "name ILIKE ?"}, ("ada BERG 7%",)),
    Case("case", "ends with", {"name": {"$iendsWith": "BERG 77"}},
         {"sqlite": "name LIKE ?", "postgres": "name ILIKE ?"}, ("%BERG 77",)),
    Case("case", "contains", {"name": {"$icontains": "A berg 7"}},
         {"sqlite": "name LIKE ?", "postgres": "name ILIKE ?"}, ("%A berg 7%",)),
    Case("objects", "one object", {"parts": {"$elemMatch": {"sku": "s5", "quantity": {"$lt": 3}}}},
         {"sqlite": f"EXISTS ({_EACH['sqlite']} AND part.value ->> 'quantity' < ?)",
          "postgres": f"EXISTS ({_EACH['postgres']} AND (part ->> 'quantity')::int < ?)"}, ("s5", 3)),
    Case("objects", "a path", {"parts.sku": "s5"},
         {"sqlite": f"EXISTS ({_EACH['sqlite']})",
          "postgres": "parts @> jsonb_build_array(jsonb_build_object('sku', ?::text))"}, ("s5",)),
    Case("objects", "no object", {"parts.sku": {"$ne": "s5"}},
         {"sqlite": f"NOT EXISTS ({_EACH['sqlite']})", "postgres": f"NOT EXISTS ({_EACH['postgres']})"}, ("s5",)),
    Case("objects", "an empty list", {"parts": None},
         {"sqlite": "NOT EXISTS (SELECT 1 FROM json_each(parts) WHERE type <> 'null')",
          "postgres": "NOT EXISTS (SELECT 1 FROM jsonb_array_elements(parts) AS part WHERE part <> 'null')"}, ()),
    Case("references", "one", {"owner.city": "c7"},
         dict.fromkeys(("sqlite", "postgres"), f"owner IN {_IN_CITY}"), ("c7",)),
    Case("references", "not one", {"owner.city": {"$ne": "c7"}},
         dict.fromkeys(("sqlite", "postgres"), f"(owner IS NULL OR owner NOT IN {_IN_CITY})"), ("c7",)),
    Case("references", "a list", {"guests.city": "c7"},
         {"sqlite": f"EXISTS ({_EACH_GUEST} IN {_IN_CITY})", "postgres": f"guests && ARRAY{_IN_CITY}"}, ("c7",)),
)  # fmt: skip


def run(sizes: Sizes) -> Result:
    """Figures of the job `further`."""
    found: list[tuple[Case, Group]] = []
    missing: list[Group] = []
    for name in filter(_ENGINES.__contains__, sizes.engines):
        reason = POSTGRES.missing() if name == "postgres" else None
        if reason is not None:
            missing.append(Group(f"further: {name}", (Timing("by hand", None, None, None, reason),)))
            continue
        with _ENGINES[name]() as engine:
            engine.load(sizes.rows)
            found += [(case, _compared(engine, case, sizes.rounds)) for case in CASES]
    figures: dict[str, Figure] = {
        f"further.{part}": _mean([group for case, group in found if case.part == part])
        for part in dict.fromkeys(case.part for case in CASES)
    }
    figures["further.worst"] = _over_all([group for _, group in found], max)
    return Result(figures, (*(group for _, group in found), *missing))


def _compared(engine: Engine, case: Case, rounds: int) -> Group:
    query = criteria.parse(case.criteria, ITEM)
    tables = {"person": "person"} if case.part == "references" else {}
    ours: Any = criteria.compile(query, "sql", dialect=engine.dialect, tables=tables)
    by_hand = case.by_hand[engine.dialect].replace("?", engine.parameter)
    expected = engine.ids(by_hand, case.params)
    contestants = [
        Contestant("by hand", lambda: Ready(lambda: engine.ids(by_hand, case.params), expected)),
        Contestant("criteria", lambda: Ready(lambda: engine.ids(ours.text, ours.params),
                                             engine.ids(ours.text, ours.params))),
    ]  # fmt: skip
    return compete(
        f"further: {engine.name}, {case.part}: {case.name}", contestants, rounds, expected, clock=perf_counter
    )


def _over_all(groups: Sequence[Group], figure: Callable[[list[float]], float]) -> Figure:
    """A figure of how much slower than by hand the groups are, or the reason why there is none."""
    ratios = [group.ratio("criteria", "by hand") for group in groups]
    faults = [ratio for ratio in ratios if isinstance(ratio, str)]
    return faults[0] if faults else figure([ratio for ratio in ratios if not isinstance(ratio, str)])


def _mean(groups: Sequence[Group]) -> Figure:
    return _over_all(groups, geometric_mean)


@contextmanager
def _sqlite() -> Iterator[Engine]:
    with closing(sqlite3.connect(":memory:")) as connection:
        indexes = ("CREATE INDEX by_name ON item (name)", *_OF_REFERENCES)
        yield Engine("SQLite", "sqlite", connection, "?", indexes)


@contextmanager
def _postgres() -> Iterator[Engine]:
    with POSTGRES.start() as server, server.connect("natural") as connection:
        connection.execute("SET max_parallel_workers_per_gather = 0")
        indexes = (
            "CREATE EXTENSION IF NOT EXISTS pg_trgm",
            "CREATE INDEX by_name ON item USING gin (name gin_trgm_ops)",
            "CREATE INDEX by_parts ON item USING gin (parts jsonb_path_ops)",
            "CREATE INDEX by_guests ON item USING gin (guests)",
            *_OF_REFERENCES,
        )
        yield Engine("PostgreSQL", "postgres", connection, "%s", indexes)


_OF_REFERENCES = ("CREATE INDEX by_owner ON item (owner)", "CREATE INDEX by_city ON person (city)")

_ENGINES: Mapping[str, Callable[[], AbstractContextManager[Engine]]] = {"sqlite": _sqlite, "postgres": _postgres}
