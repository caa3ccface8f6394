"""A page that is too long is refused while it is read: what follows stays in the database (docs/server.md#bounds)."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing
from typing import Any

import pytest

import criteria
from criteria import Field, Problem, Search
from criteria.web import RequestError, Room, page_room
from criteria.web.room import BATCH, MAX_PAGE_BYTES, VALUE_BYTES
from examples.server.entities import ENTITIES
from examples.server.store import Store, open_store
from tests.server.running import Api, name

GROUP = ENTITIES["contentGroup"](())
LONG = 1000
RECORD: dict[str, Any] = {
    "objectId": 1, "createDate": "2026-01-01T00:00:00.000Z", "updateDate": "2026-01-01T00:00:00.000Z", "revision": 1,
    "isDeleted": False, "customProperties": {},
}  # fmt: skip


class Counting(Room):
    """A room that counts the rows that were read."""

    read_rows = 0

    def read(self, rows: Iterable[Any], json_columns: Collection[int] = ()) -> list[Any]:
        """Reads rows."""

        def counted() -> Iterator[Any]:
            for row in rows:
                self.read_rows += 1
                yield row

        return Room.read(self, counted(), json_columns)


def counting(left: int) -> Counting:
    """A room of so many bytes."""
    return Counting(left, page_room().problem)


@pytest.fixture
def store(new_store: Callable[[], str]) -> Iterator[Store]:
    """A store with a hundred records of a thousand characters each."""
    with closing(open_store(new_store())) as found:
        found.prepare(GROUP.stored)
        now = criteria.parse({}, GROUP.stored)
        assert now.schema is GROUP.stored
        for at in range(100):
            values = GROUP.stored.decode({**RECORD, "name": f"g{at}", "description": "x" * LONG})
            found.insert(GROUP.stored, values, {})
        yield found


@pytest.mark.parametrize("is_json", [True, False])
def test_rows_behind_the_bound_are_not_read(store: Store, is_json: bool) -> None:
    """Of a hundred records with room for thirty, at most a batch beyond is read, however the records are asked for."""
    search = Search(criteria.parse({}, GROUP.stored), limit=1000)
    room = counting(30 * LONG)
    with pytest.raises(RequestError) as refused:
        store.find_json(search, GROUP, room) if is_json else store.find(search, room)
    [problem] = refused.value.problems
    assert (problem.code, problem.pointer) == ("too_long", "/limit")
    assert 30 < room.read_rows <= 30 + BATCH
    assert len(store.find(search, counting(200 * LONG))) == 100
    assert len(store.find(search)) == 100


def test_the_store_goes_on_after_a_refusal(store: Store) -> None:
    """A statement that was given up holds no connection."""
    search = Search(criteria.parse({}, GROUP.stored), limit=1000)
    for _ in range(30):
        with pytest.raises(RequestError):
            store.find_json(search, GROUP, counting(30 * LONG))
    assert store.count(search) == 100


def test_postgres_sends_rows_when_they_are_asked_for(store_kind: str, new_store: Callable[[], str]) -> None:
    """The first rows of a statement come before its last one is made, which fails."""
    if store_kind != "postgres":
        pytest.skip("the drivers of the others read a cursor row by row, or in batches that the database bounds")
    from examples.server.store.postgres import Postgres

    with closing(Postgres(new_store())) as database:
        statement = "SELECT 1 / (50000 - i) FROM generate_series(1, 50000) AS i"
        with database.reading() as cursor, database.rows(cursor, statement, (), are_few=False) as rows:
            assert [next(iter(rows)) for _ in range(20)] == [(0,)] * 20
        with database.reading() as cursor:
            assert cursor.execute("SELECT 1").fetchall() == [(1,)]


def test_text_of_any_kind_counts() -> None:
    """Bytes of UTF-8, of rows and of documents with lists and objects inside; a number in a column does not count."""
    problem = Problem("too_long", "x")
    rows = [("é" * 10, 1, None, b"xx")] * BATCH
    left = Room(1000, problem)
    assert left.read(rows) == rows
    assert left.left == 1000 - 22 * BATCH
    documents = [{"a": ["x", {"b": "yy"}], "n": 1.5}] * BATCH
    left = Room((3 + 3 * VALUE_BYTES) * BATCH, problem)
    assert (left.read(documents), left.left) == (documents, 0)
    with pytest.raises(RequestError):
        left.read([*documents, {"a": "z"}])


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("[]", 0), ("{}", 0), ("[7]", 1), ("[1,1,1]", 3), ('{"a":[1,1],"b":null}', 3), ('["a,b","c\\",,"]', 2),
        ("1", 0), (None, 0), (5, 0),
    ],
)  # fmt: skip
def test_values_of_json_text_count(text: Any, values: int) -> None:
    """Those of a column of JSON beside its text, but not the commas of a text or of another column."""
    rows = [(",,,", text)] * BATCH
    room = Room(1 << 20, page_room().problem)
    room.read(rows, json_columns=(1,))
    length = len(text) if isinstance(text, str) else 0  # it is JSON already: nothing in it is escaped again
    assert (1 << 20) - room.left == (len(",,,") + length + values * VALUE_BYTES) * BATCH


@pytest.mark.parametrize("is_json", [True, False])
@pytest.mark.parametrize("kind", ["integer", "boolean", "objectRef"])
def test_values_of_lists_count_however_short_they_are(new_store: Callable[[], str], kind: str, is_json: bool) -> None:
    """Of fifty records with lists of two hundred numbers and room for twenty, few are read, in every store."""
    target = "user" if kind == "objectRef" else None
    listed = Field("many", kind, is_list=True, object_entity_type=target)
    entity = ENTITIES["contentGroup"]([listed])
    with closing(open_store(new_store())) as found:
        found.prepare(entity.stored)
        for at in range(50):
            record = {**RECORD, "name": f"g{at}", "customProperties": {"many": [at % 2] * 200}}
            if kind == "boolean":
                record["customProperties"] = {"many": [True] * 200}
            found.insert(entity.stored, entity.stored.decode(record), {})
        search = Search(criteria.parse({}, entity.stored), limit=1000)
        room = counting(20 * 200 * VALUE_BYTES)
        with pytest.raises(RequestError) as refused:
            found.find_json(search, entity, room) if is_json else found.find(search, room)
        assert [one.code for one in refused.value.problems] == ["too_long"]
        assert 16 <= room.read_rows <= 20 + BATCH
        assert len(found.find_json(search, entity, counting(100 * 200 * VALUE_BYTES))) == 50


def test_a_short_page_is_not_measured() -> None:
    """Its records fit, because each is bounded."""
    assert Room(0, Problem("too_long", "x")).read([("x",)] * (BATCH - 1)) == [("x",)] * (BATCH - 1)


@pytest.mark.heavy("writes and resolves 20 MB")
def test_resolved_objects_are_not_read_beyond_their_bound(api: Api) -> None:
    """Segments that refer to long users: refused at `resolve`, and each alone is answered."""
    users = [api.make("users", username=name(), lastName="y" * 900_000) for _ in range(MAX_PAGE_BYTES // 900_000 + 2)]
    mark = name()
    number = api.make("usersegments", name=mark, users=users)
    code, answer = api.send("GET", f"usersegments/{number}", params={"resolve": "users"})
    assert (code, [(one["code"], one["pointer"]) for one in answer["problems"]]) == (400, [("too_long", "/resolve")])
    api.send("PUT", f"usersegments/{number}", json={"users": users[:3]})
    query = json.dumps({"name": mark})
    found = api.send("GET", "usersegments", params={"query": query, "resolve": "users"})[1]["data"][0]
    assert [one["objectId"] for one in found["users"]] == users[:3]


@pytest.mark.parametrize("text", ['"' + '\\"' * 100_000, "[" + '"a' * 100_001, '"' + "\\" * 100_001])
def test_text_that_is_not_json_in_a_column_of_json(text: str) -> None:
    """A string that nothing closes goes to the end of the text. It was looked for from each of its quotes."""
    assert page_room().read([(1, text)], json_columns=[1]) == [(1, text)]


@pytest.mark.parametrize(("text", "length"), [("x", 1), ('"', 2), ("\\", 2), ("\n", 2), ("\x01", 6), ("\u20ac", 3)])
def test_text_is_measured_as_json(text: str, length: int) -> None:
    """A page is not longer than the bound, whatever has to be escaped in it. Columns of JSON are not escaped again."""
    rows = [(text * 1000, json.dumps(['"'] * 10))] * BATCH
    needed = len(json.dumps(text * 1000, ensure_ascii=False).encode()) - 2
    assert needed == 1000 * length
    of_json = len(rows[0][1]) + 10 * VALUE_BYTES
    enough = BATCH * (needed + of_json)
    assert page_room_of(enough).read(rows, (1,)) == rows
    with pytest.raises(RequestError):
        page_room_of(enough - 1).read(rows, (1,))


def page_room_of(left: int) -> Room:
    """A room of so many bytes."""
    return Room(left, page_room().problem)
