"""`criteria.storage`: records come back as they were stored, and values that do not conform are refused."""

from __future__ import annotations

import json
import pickle
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from decimal import Decimal
from functools import cache, partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
from criteria import CriteriaError, Schema
from criteria.backends import load
from criteria.conformance import schemas
from criteria.conformance.strategies import records
from tests.conftest import Engines, capped
from tests.engines.table import rebuilt
from tests.memory import garbage
from tests.parsing.outcome import refused

STORING = ("sqlite", "duckdb", "postgres", "mariadb", "mongodb")


@pytest.mark.parametrize("name", ["scalars", "lists", "nested"])
@pytest.mark.parametrize("engine_name", STORING)
def test_a_record_comes_back_as_it_was_stored(engine_name: str, name: str, engines: Engines) -> None:
    """Encoded, stored, read by the driver and decoded, a typed record equals itself; missing values are None."""
    schema = schemas.ALL[name]
    table: Any = engines.get(engine_name).table(schema)

    @settings(max_examples=capped(max(10, settings().max_examples // 4)))
    @given(rows=records(schema, 3))
    def comes_back(rows: list[dict[str, Any]]) -> None:
        with table.holding(rows):
            found = table.typed_records()
        assert sorted(found, key=lambda record: record["id"]) == [rebuilt(schema, row) for row in rows]

    comes_back()


SCHEMA = Schema.from_json({
    "name": "thing",
    "fields": [
        {"name": "price", "fieldType": "decimal", "precision": 5, "scale": 2},
        {"name": "at", "fieldType": "dateTime"},
        {"name": "code", "fieldType": "guid", "nullable": False},
        {"name": "tags", "fieldType": "string", "isList": True},
    ],
    "customProperties": [{"name": "age", "fieldType": "integer"}],
})  # fmt: skip
RECORD = {
    "objectId": 1, "createDate": datetime(2024, 1, 1, tzinfo=timezone.utc), "updateDate": None, "price": Decimal("1.5"),
    "at": None, "code": UUID(int=1), "tags": ["a", None], "customProperties": {"age": 5},
}  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"price": Decimal("1.555")}, "/price"),
        ({"price": 1.5}, "/price"),
        ({"at": datetime(2024, 1, 1)}, "/at"),
        ({"at": datetime(2024, 1, 1, microsecond=1, tzinfo=timezone.utc)}, "/at"),
        ({"code": None}, "/code"),
        ({"code": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}, "/code"),
        ({"tags": ["a", 5]}, "/tags/1"),
        ({"tags": "a"}, "/tags"),
        ({"customProperties": {"age": True}}, "/customProperties/age"),
        ({"objectId": 2**63}, "/objectId"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("engine_name", ["sqlite", "postgres", "mysql", "duckdb", "mongo"])
def test_values_that_do_not_conform_are_refused(engine_name: str, wrong: dict[str, Any], pointer: str) -> None:
    """A value of another type, too precise or too large is refused with its pointer, alike on every storage."""
    storage = text_storage(SCHEMA, engine_name)
    storage.encode(RECORD)
    with pytest.raises(CriteriaError) as caught:
        storage.encode({**RECORD, **wrong})
    assert [(problem.code, problem.pointer) for problem in caught.value.problems] == [("invalid_record", pointer)]


STORED = ("sqlite", "postgres", "mysql", "mysql8", "duckdb", "mongo")
KINDS = Schema(
    "kinds",
    [
        criteria.Field("id", "integer", is_unique=True, nullable=False),
        criteria.Field("name", "string", nullable=False),
        criteria.Field("on", "boolean"),
        criteria.Field("price", "decimal", precision=5, scale=2),
        criteria.Field("height", "double"),
        criteria.Field("at", "dateTime"),
        criteria.Field("code", "guid"),
        criteria.Field("owner", "objectRef", object_entity_type="user"),
        criteria.Field("tags", "string", is_list=True),
        criteria.Field("times", "dateTime", is_list=True),
        *(
            criteria.Field(f"p.{name}", kind)
            for name, kind in (("s", "string"), ("n", "integer"), ("on", "boolean"), ("m", "decimal"), ("d", "double"),
                               ("at", "dateTime"), ("code", "guid"), ("q.n", "integer"))
        ),
        criteria.Field("p.tags", "string", is_list=True),
    ],
    system_properties=False,
)  # fmt: skip
AT = datetime(2024, 1, 1, tzinfo=timezone.utc)
KIND: dict[str, Any] = {
    "id": 1, "name": "Ann", "on": True, "price": Decimal("1.50"), "height": 0.5, "at": AT, "code": UUID(int=1),
    "owner": 7, "tags": ["a", None], "times": [AT],
    "p": {"s": "x", "n": 5, "on": False, "m": Decimal("2.0000000000"), "d": 2.5, "at": AT, "code": UUID(int=2),
          "q": {"n": 6}, "tags": ["b"]},
}  # fmt: skip


def text_storage(schema: Schema, engine_name: str) -> Any:
    """The storage of a schema that decodes JSON as text. On PostgreSQL that is asyncpg, which gets dates as text,
    too (tests/sql/test_asyncpg.py): here they are what a driver returns."""
    storage = criteria.storage(schema, engine_name)
    return replace(storage, paramstyle="numeric_dollar") if engine_name == "postgres" else storage


@cache
def storage_of(engine_name: str) -> Any:
    """The storage of KINDS, for drivers that return JSON as text."""
    return text_storage(KINDS, engine_name)


def stored(engine_name: str, **changed: Any) -> dict[str, Any]:
    """The values of a record by column (or key of the document), some of them replaced."""
    storage = storage_of(engine_name)
    row = storage.encode(KIND)
    return {**(row if engine_name == "mongo" else dict(zip(storage.columns, row, strict=True))), **changed}


def faults(engine_name: str, row: Any) -> list[str]:
    """The pointers at which decode refuses a row."""
    with pytest.raises(CriteriaError) as caught:
        storage_of(engine_name).decode(row)
    assert {problem.code for problem in caught.value.problems} == {"invalid_record"}
    return [problem.pointer for problem in caught.value.problems]


@pytest.mark.parametrize("engine_name", STORED)
def test_decode_is_the_inverse_of_encode(engine_name: str) -> None:
    """decode is the inverse of encode, also without an engine between them, for mappings and rows."""
    storage = storage_of(engine_name)
    assert storage.decode(stored(engine_name)) == storage.decode(storage.encode(KIND)) == KIND


COLUMNS = ("id", "name", "on", "price", "height", "at", "code", "owner", "tags", "times")
NEVER = [
    b"bytes", memoryview(b"x"), object(), {"objectId": 5}, {"a": 1}, {1, 2}, float("nan"), float("inf"), 10**400,
    Decimal("NaN"), Decimal("sNaN"), 1j, AT.date(), "\ud800", "no such value\0", -(2**64) - 1, bytes(16),
]  # fmt: skip
"""Values that no storage writes to any column, such as text that is not canonical or contains NUL."""


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("engine_name", STORED)
def test_values_that_encode_never_writes_are_reported(engine_name: str, column: str) -> None:
    """For every value that encode does not write, decode reports a problem at the field, and raises no other error."""
    for value in NEVER:
        assert faults(engine_name, stored(engine_name, **{column: value})) == [f"/{column}"]


@pytest.mark.parametrize("engine_name", STORED)
def test_records_and_rows_of_any_values(engine_name: str) -> None:
    """encode and decode accept any records and rows or raise CriteriaError, and both accept the same values."""
    storage = storage_of(engine_name)
    changed = st.dictionaries(st.sampled_from([*COLUMNS, "p"]), garbage.values(KINDS), max_size=3)

    @settings(max_examples=settings().max_examples)
    @given(record=garbage.records(KINDS), changed=changed)
    def whole(record: Any, changed: dict[str, Any]) -> None:
        calls: list[Callable[[], Any]] = [
            lambda: storage.decode(storage.encode(record)),
            lambda: storage.decode(storage.encode({**KIND, **changed})),
            lambda: storage.decode(record),
            lambda: storage.decode(stored(engine_name, **changed)),
        ]
        for call in calls:
            found = refused(call)
            if isinstance(found, dict):
                assert storage.decode(storage.encode(found)) == found
            else:
                assert {one.code for one in found} == {"invalid_record"}

    whole()


@pytest.mark.parametrize(
    ("column", "kind", "arguments"),
    [
        ("owner", garbage.Number, (7,)),
        ("owner", garbage.Fraction, (7.0,)),
        ("owner", garbage.Money, ("7",)),
        ("owner", garbage.raising(int), (7,)),
        ("height", garbage.raising(float), (0.5,)),
        ("name", garbage.raising(str), ("Ann",)),
        ("price", garbage.raising(Decimal), ("1.50",)),
        ("at", garbage.raising(datetime), (2024, 1, 1)),
    ],
)
@pytest.mark.parametrize("engine_name", ["postgres", "mongo"])
def test_a_value_whose_class_raises_is_decoded(
    engine_name: str, column: str, kind: type[Any], arguments: tuple[Any, ...]
) -> None:
    """decode accepts the value of a subclass whose methods raise, because it calls none of them."""
    decoded = storage_of(engine_name).decode(stored(engine_name, **{column: kind(*arguments)}))
    assert decoded == KIND
    assert type(decoded[column]) is type(KIND[column])


@pytest.mark.parametrize("engine_name", [name for name in STORED if name != "mongo"])
def test_documents_whose_class_raises_are_decoded(engine_name: str) -> None:
    """The same for the text or bytes of a JSON column, and for strings and numbers inside a decoded one."""
    decode = storage_of(engine_name).decode
    text = json.dumps(KIND_JSON)
    for kind, content in ((str, text), (bytes, text.encode()), (bytearray, text.encode())):
        assert decode(stored(engine_name, p=garbage.raising(kind)(content))) == KIND
    for name in ("s", "n", "m", "d", "at", "code"):
        plain: Any = KIND_JSON[name]
        value = garbage.raising(type(plain))(plain)
        assert decode(stored(engine_name, p={**KIND_JSON, name: value})) == KIND


@pytest.mark.parametrize("column", [*COLUMNS, "p"])
@pytest.mark.parametrize("engine_name", STORED)
@pytest.mark.heavy("many classes")
def test_classes_that_raise_never_escape_decode(engine_name: str, column: str) -> None:
    """A value all of whose methods raise is accepted or refused in every column, alone or in a list."""
    storage = storage_of(engine_name)
    for kind, *arguments in RAISING:
        value = garbage.raising(kind)(*arguments)
        for held in (value, [value], {"n": value, "s": value, "at": value, "q": value}):
            refused(partial(storage.decode, stored(engine_name, **{column: held})))
            refused(partial(storage.encode, {**KIND, column: held}))


RAISING: list[tuple[Any, ...]] = [
    (str, "a"), (str, "1.50"), (str, "{}"), (str, "2024-01-01T00:00:00.000Z"), (str, str(UUID(int=1))), (bytes, b"{}"),
    (bytearray, b"[]"), (int, 1), (int, 2**70), (float, 1.0), (float, "nan"), (Decimal, "1.50"), (Decimal, "sNaN"),
    (datetime, 2024, 1, 1), (datetime, 2024, 1, 1, 0, 0, 0, 0, timezone.utc), (list, [1]), (tuple, [1]), (set, [1]),
    (dict, {"n": 1}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", "1"), ("id", True), ("id", 1.5), ("id", [1]), ("id", None), ("id", AT), ("name", 5), ("name", None),
        ("name", AT), ("name", ["Ann"]), ("name", UUID(int=1)), ("name", True), ("on", 2), ("on", -1), ("on", "true"),
        ("on", 1.0), ("on", [True]), ("price", 1.5), ("price", "much"), ("price", Decimal("1.555")), ("price", True),
        ("price", Decimal("1000")), ("price", ["1.50"]), ("height", "0.5"), ("height", True), ("height", [0.5]),
        ("at", "2024-01-01"), ("at", 0), ("at", [AT]), ("at", AT.replace(microsecond=1)), ("code", "x"), ("code", 5),
        ("code", [UUID(int=1)]), ("owner", "7"), ("owner", [7]), ("owner", 1.5), ("tags", 5), ("tags", "a"),
        ("tags", {"a": 1}), ("times", AT),
    ],
)  # fmt: skip
@pytest.mark.parametrize("engine_name", STORED)
def test_a_value_of_another_type_in_a_column_is_refused(engine_name: str, column: str, value: Any) -> None:
    """Strings under a dateTime, lists under a scalar, scalars under a list and forbidden nulls are refused."""
    assert faults(engine_name, stored(engine_name, **{column: value})) == [f"/{column}"]


@pytest.mark.parametrize("engine_name", STORED)
def test_every_wrong_field_has_a_problem(engine_name: str) -> None:
    """All problems are reported at once, those of list elements with their index."""
    tags: Any = ["a", 5, None, {}] if engine_name in ("postgres", "duckdb", "mongo") else '["a", 5, null, {}]'
    row = stored(engine_name, id="x", price=1.5, at=5, tags=tags)
    assert faults(engine_name, row) == ["/id", "/price", "/at", "/tags/1", "/tags/3"]


@pytest.mark.parametrize("engine_name", STORED)
@pytest.mark.parametrize(
    "row",
    [None, 5, "text", b"text", {1, 2}, object(), (), (1,), [None] * 40, iter("ab")],
    ids=lambda row: type(row).__name__,
)
def test_values_that_are_not_rows_are_refused(engine_name: str, row: Any) -> None:
    """A row is a mapping or, on SQL, a sequence with a value for each column; anything else is refused."""
    assert faults(engine_name, row) == [""]


@pytest.mark.parametrize("engine_name", [name for name in STORED if name != "mongo"])
def test_a_row_without_a_column_is_refused(engine_name: str) -> None:
    """A mapping has a problem for each missing column; additional columns are ignored."""
    row = stored(engine_name, more=object())
    assert storage_of(engine_name).decode(row) == KIND
    del row["price"], row["p"]
    assert faults(engine_name, row) == ["/price", "/p"]


def test_a_missing_key_of_a_document_is_null() -> None:
    """On MongoDB a missing key is null, or a problem if the field is not nullable. Other keys are ignored."""
    storage = storage_of("mongo")
    decoded = storage.decode({"_id": 5, "id": 1, "name": "Ann"})
    assert (decoded["price"], decoded["tags"], decoded["p"]["n"], decoded["p"]["q"]) == (None, None, None, {"n": None})
    assert decoded.keys() == KIND.keys()
    assert faults("mongo", {"_id": 5}) == ["/id", "/name"]


NO_DOCUMENTS = [
    "no JSON", "[", "[]", "5", '"{}"', '{"n": NaN}', '{"n": 1, "n": 1}', "", b"\xff", 5, [], memoryview(b"{}"),
    "[" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("value", NO_DOCUMENTS, ids=lambda value: str(value)[:10] if isinstance(value, str) else "")
@pytest.mark.parametrize("engine_name", STORED)
def test_a_json_column_without_an_object_has_one_problem(engine_name: str, value: Any) -> None:
    """A JSON column without an object has one problem, however many fields are in it."""
    assert faults(engine_name, stored(engine_name, p=value)) == ["/p"]


@pytest.mark.parametrize("engine_name", [name for name in STORED if name != "mongo"])
@pytest.mark.parametrize(
    ("document", "pointers"),
    [
        ('{"s": 5, "n": "5", "on": 1, "m": true, "d": "2.5", "at": 5, "code": 5, "tags": "b"}',
         ["/p/s", "/p/n", "/p/on", "/p/m", "/p/d", "/p/at", "/p/code", "/p/tags"]),
        ('{"s": ["x"], "n": [5], "at": {}, "tags": [5, "x", [], null]}',
         ["/p/s", "/p/n", "/p/at", "/p/tags/0", "/p/tags/2"]),
        ('{"n": 1.5, "d": 1e400, "m": "1.5", "at": "2024-01-01T00:00:00Z"}', ["/p/n", "/p/m", "/p/d", "/p/at"]),
        ('{"code": "6BA7B810-9DAD-11D1-80B4-00C04FD430C8"}', ["/p/code"]),
        ('{"q": 5}', ["/p/q"]),
        ('{"q": {"n": {}}}', ["/p/q/n"]),
        (f'{{"n": {"9" * 5000}, "d": {"9" * 5000}}}', ["/p/n", "/p/d"]),
        ('{"d": 9007199254740993}', ["/p/d"]),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)  # fmt: skip
def test_other_spellings_in_a_json_column_are_refused(engine_name: str, document: str, pointers: list[str]) -> None:
    """Inside JSON, values are canonical strings, numbers and booleans; other spellings are refused."""
    assert faults(engine_name, stored(engine_name, p=document)) == pointers


@pytest.mark.parametrize("document", [None, "null", "{}", '{"q": null}', {}])
@pytest.mark.parametrize("engine_name", [name for name in STORED if name != "mongo"])
def test_a_missing_object_is_empty(engine_name: str, document: Any) -> None:
    """If an object on a path is missing or null, its fields are null, as for a filter."""
    decoded = storage_of(engine_name).decode(stored(engine_name, p=document))
    assert set(decoded["p"]["q"].values()) | {decoded["p"][name] for name in ("s", "n", "m", "tags")} == {None}


@pytest.mark.parametrize(
    ("number", "double"),
    [("3", 3.0), ("1" + "0" * 23, 1e23), ("17976931348623157" + "0" * 292, 1.7976931348623157e308)],
)
def test_a_double_that_jsonb_prints_as_an_integer_is_decoded(number: str, double: float) -> None:
    """jsonb prints a double without a fraction as an integer. It is decoded as that double."""
    storage = storage_of("postgres")
    assert storage.decode(stored("postgres", p={"d": int(number)}))["p"]["d"] == double
    assert storage.decode(stored("postgres", p='{"d": %s}' % number))["p"]["d"] == double  # noqa: UP031


@pytest.mark.parametrize("engine_name", STORED)
def test_numbers_are_read_by_value(engine_name: str) -> None:
    """A whole number of another class is decoded as the integer that filters compare."""
    decoded = storage_of(engine_name).decode(stored(engine_name, id=1.0, owner=Decimal(7), height=2))
    assert [(type(decoded[name]), decoded[name]) for name in ("id", "owner", "height")] == [
        (int, 1), (int, 7), (float, 2.0),
    ]  # fmt: skip


def test_values_in_the_classes_of_drivers_are_decoded() -> None:
    """decode accepts what drivers return: 0 and 1 for booleans, naive dateTimes in UTC, text for guids."""
    naive, guid = AT.replace(tzinfo=None), "00000000-0000-0000-0000-000000000001"
    decode = storage_of("postgres").decode
    assert decode(stored("postgres", at=naive, times=[naive], code=guid, tags=("a", None), p=KIND_JSON)) == KIND
    assert storage_of("mysql").decode(stored("mysql", on=1, at=naive)) == KIND
    assert storage_of("mongo").decode(stored("mongo", code=UUID(int=1), at=naive, times=[naive])) == KIND
    rows = sqlite3.connect(":memory:")
    rows.row_factory = sqlite3.Row
    storage = storage_of("sqlite")
    rows.execute(storage.create_table)
    rows.execute(storage.insert, storage.encode(KIND))
    assert [storage.decode(row) for row in rows.execute("SELECT * FROM kinds")] == [KIND]
    rows.close()


KIND_JSON = {
    "s": "x", "n": 5, "on": False, "m": "2.0000000000", "d": 2.5, "at": "2024-01-01T00:00:00.000Z",
    "code": "00000000-0000-0000-0000-000000000002", "q": {"n": 6}, "tags": ["b"],
}  # fmt: skip
"""The document as a driver decodes it."""


@pytest.mark.parametrize("column", ["price", "at", "code"])
def test_text_that_is_not_canonical_is_refused(column: str) -> None:
    """SQLite compares decimals, dateTimes and guids as text, so other spellings are refused."""
    other = {"price": "1.5", "at": "2024-01-01T00:00:00Z", "code": "00000000-0000-0000-0000-00000000000A"}
    assert faults("sqlite", stored("sqlite", **{column: other[column]})) == [f"/{column}"]


def bson_values() -> list[tuple[str, Any, str]]:
    """Values of other BSON types than the field's, with the pointers of their problems."""
    from bson import Binary, Code, DatetimeMS, Decimal128, Int64, MaxKey, ObjectId, Regex, Timestamp

    return [
        ("code", Binary(b"x"), "/code"),
        ("code", Binary(b"short", 4), "/code"),
        ("code", Binary(bytes(16), 3), "/code"),
        ("code", Binary(bytes(16), 0), "/code"),
        ("code", str(UUID(int=1)), "/code"),
        ("name", Binary(bytes(16), 4), "/name"),
        ("name", Code("Ann"), "/name"),
        ("name", ObjectId(), "/name"),
        ("name", Regex("Ann"), "/name"),
        ("price", Decimal128("NaN"), "/price"),
        ("price", Decimal128("Infinity"), "/price"),
        ("price", Decimal128("1.555"), "/price"),
        ("price", "1.50", "/price"),
        ("height", Decimal128("0.5"), "/height"),
        ("on", Int64(1), "/on"),
        ("on", 0, "/on"),
        ("at", Timestamp(1, 1), "/at"),
        ("at", DatetimeMS(2**62), "/at"),
        ("at", "2024-01-01T00:00:00.000Z", "/at"),
        ("owner", {"objectId": Int64(7)}, "/owner"),
        ("tags", "[]", "/tags"),
        ("times", [AT, "x", [AT]], "/times/1 /times/2"),
        ("p", [{"n": Int64(5)}], "/p"),
        ("p", {"q": [{"n": 5}]}, "/p/q"),
        ("p", {"q": MaxKey(), "n": "5", "tags": [5]}, "/p/n /p/q /p/tags/0"),
    ]


@pytest.mark.parametrize("case", range(25))
def test_another_bson_type_is_refused(case: int) -> None:
    """Values of BSON types that encode does not write for a field are refused, except equal numbers."""
    column, value, pointers = bson_values()[case]
    assert faults("mongo", stored("mongo", **{column: value})) == pointers.split()


def test_a_document_that_fails_when_it_is_read_is_refused() -> None:
    """A driver may decode a document lazily; an error is then a problem of the field."""
    from bson import encode
    from bson.raw_bson import RawBSONDocument

    def raw(**values: Any) -> bytes:
        return encode({"id": 1, "name": "Ann", "p": values})

    storage = storage_of("mongo")
    assert storage.decode(RawBSONDocument(raw(n=5)))["p"]["n"] == 5
    broken = raw(s="abc").replace(b"abc", b"a\xffc")
    assert "/p" in faults("mongo", RawBSONDocument(broken))


def test_keys_that_are_too_long_are_refused() -> None:
    """A string key is a VARCHAR(255) on MariaDB and MySQL; longer keys are refused by encode and by decode."""
    schema = Schema(
        "named",
        [criteria.Field("name", "string", is_unique=True, nullable=False), criteria.Field("other", "string")],
        system_properties=False,
    )
    for engine_name in STORED:
        storage = text_storage(schema, engine_name)
        longest = {"name": "\U0001f600" * 255, "other": "x" * 256}
        assert storage.decode(storage.encode(longest)) == longest
        too_long = {"name": "x" * 256, "other": 5}
        with pytest.raises(CriteriaError) as caught:
            storage.encode(too_long)
        pointers = [problem.pointer for problem in caught.value.problems]
        is_bounded = engine_name in ("mysql", "mysql8")
        assert pointers == (["/name", "/other"] if is_bounded else ["/other"])
        row = {"name": "x" * 256, "other": "y" * 256}
        if is_bounded:
            with pytest.raises(CriteriaError) as caught:
                storage.decode(row)
            assert [problem.pointer for problem in caught.value.problems] == ["/name"]
        else:
            assert storage.decode(row) == row


@pytest.mark.parametrize("engine_name", STORED)
@pytest.mark.parametrize(
    ("record", "pointers"),
    [
        (None, [""]),
        (5, [""]),
        ("text", [""]),
        ({**KIND, "p": "text"}, ["/p"]),
        ({**KIND, "p": {"q": [5]}}, ["/p/q"]),
        ({**KIND, "p": 5, "id": None}, ["/id", "/p"]),
    ],
)
def test_a_scalar_in_place_of_an_object_is_refused(engine_name: str, record: Any, pointers: list[str]) -> None:
    """A scalar in place of the record, or of an object in it, is refused; its fields do not count as missing."""
    with pytest.raises(CriteriaError) as caught:
        storage_of(engine_name).encode(record)
    assert [(problem.code, problem.pointer) for problem in caught.value.problems] == [
        ("invalid_record", pointer) for pointer in pointers
    ]


def test_the_repr_of_a_storage() -> None:
    """The repr of a storage names the schema, the dialect and the number of columns."""
    assert repr(criteria.storage(SCHEMA, "sqlite")) == "SqlStorage('thing', sqlite, 8 columns)"
    assert repr(criteria.storage(SCHEMA, "mysql", table="things")) == "SqlStorage('thing', mysql, 8 columns)"
    assert repr(criteria.storage(SCHEMA, "mongo")) == "MongoStorage('thing', 8 fields)"


def test_an_unknown_storage_is_refused_with_the_nearest_name() -> None:
    """There are storages for the dialects that the tests execute, and for mongo."""
    with pytest.raises(CriteriaError) as caught:
        criteria.storage(SCHEMA, "postgre")
    [problem] = caught.value.problems
    assert (problem.code, problem.hint) == ("unknown_dialect", 'Did you mean "postgres"?')


def test_a_date_time_with_too_many_digits_for_mongodb_is_refused() -> None:
    """MongoDB stores milliseconds: a dateTime(6) is refused in storage, queries and searches."""
    query = criteria.parse({"id": 1}, schemas.MICROSECONDS)
    attempts: list[Callable[[], Any]] = [
        lambda: criteria.storage(schemas.MICROSECONDS, "mongo"),
        lambda: criteria.compile(query, "mongo"),
        lambda: criteria.compile(criteria.Search(query), "mongo"),
    ]
    for attempt in attempts:
        with pytest.raises(CriteriaError) as caught:
            attempt()
        assert {problem.code for problem in caught.value.problems} == {"unsupported"}


@pytest.mark.parametrize("document", ['{"n": 5}', ' {"n": 6}', "{}", "null", "note"])
def test_an_object_that_is_encoded_twice_is_refused(document: str, engines: Engines) -> None:
    """A string that holds the text of an object has no members for conditions, so decode does not find them either."""
    fields = [criteria.Field("id", "integer", is_unique=True, nullable=False), criteria.Field("p.n", "integer")]
    schema = Schema("twice", fields, system_properties=False)
    table: Any = engines.get("postgres").table(schema)
    empty = criteria.compile(criteria.parse({"p.n": None}, schema), "sql", table=table.storage)
    with table.holding([]), table.engine.connection.cursor() as cursor:
        cursor.execute(table.storage.insert, (1, json.dumps(document)))
        cursor.execute(f"SELECT * FROM {table.storage.table} WHERE {empty.text}", empty.params)
        [row] = cursor.fetchall()
        with pytest.raises(CriteriaError) as caught:
            table.storage.decode(row)
        [problem] = caught.value.problems
        assert (problem.code, problem.pointer) == ("invalid_record", "/p")
        assert problem.message.endswith('in column "p" is a string, and the driver may have decoded it.')
    decoded_text = {"id": 1, "p": {"n": 5}}
    assert text_storage(schema, "postgres").decode((1, '{"n": 5}')) == decoded_text
    assert table.storage.decode((1, '{"n": 5}'), json_columns="text") == decoded_text
    for row in ((1, '{"n": 5}'), {"id": 1, "p": '{"n": 5}'}):
        with pytest.raises(CriteriaError, match="may have decoded it"):
            text_storage(schema, "postgres").decode(row, json_columns="decoded")
    with pytest.raises(CriteriaError, match=r"\[unknown_option\]"):
        table.storage.decode((1, {"n": 5}), json_columns="both")


def test_json_objects_and_lists_are_inserted_by_drivers_that_send_a_type(engines: Engines) -> None:
    """A driver may send a document as text, which PostgreSQL puts into no column of JSON, and a list of nulls as a
    list of texts: the statement casts both."""
    engine: Any = engines.get("postgres")
    from psycopg.types.string import StrDumper

    schema = Schema(
        "sent",
        [
            criteria.Field("id", "integer", is_unique=True, nullable=False),
            criteria.Field("numbers", "integer", is_list=True),
            criteria.Field("p.n", "integer"),
        ],
        system_properties=False,
    )
    record = {"id": 1, "numbers": [None], "p": {"n": 5}}
    table = engine.table(schema)
    changed = {"id": 1, "numbers": [], "p": {"n": 6}}
    update = table.storage.update(changed, criteria.parse({"id": 1}, schema))
    with table.holding([]), engine.connection.cursor() as cursor:
        cursor.adapters.register_dumper(str, StrDumper)
        cursor.execute(table.storage.insert, table.storage.encode(record))
        assert table.typed_records() == [record]
        cursor.execute(update.text, update.params)
        assert table.typed_records() == [changed]


@pytest.mark.parametrize("engine_name", ["sqlite", "duckdb", "postgres", "mariadb", "mysql"])
def test_the_table_keeps_its_constraints(engine_name: str, engines: Engines) -> None:
    """The engine itself refuses a second record with a key, and null where a field is not nullable."""
    engine: Any = engines.get(engine_name)
    schema = Schema(
        "constrained",
        [
            criteria.Field("id", "integer", is_unique=True, nullable=False),
            criteria.Field("name", "string", nullable=False),
            criteria.Field("note", "string"),
        ],
        system_properties=False,
    )
    table = engine.table(schema)
    for row, is_refused in (
        ((2, "a", None), False),
        ((1, "b", None), True),
        ((None, "b", None), True),
        ((2, None, None), True),
    ):
        with table.holding([{"id": 1, "name": "a"}]):
            if is_refused and not (engine_name == "sqlite" and row[0] is None):  # there null makes a new number
                with pytest.raises(Exception, match=r"(?i)constraint|duplicate|null"):
                    engine.insert(table.storage.insert, [row])
            elif not is_refused:
                engine.insert(table.storage.insert, [row])


@pytest.mark.parametrize("engine_name", ["sqlite", "postgres", "duckdb", "mysql", "mariadb", "mysql8"])
def test_storages_and_statements_are_pickled(engine_name: str) -> None:
    """A storage, a condition and a search come back equal from another process."""
    storage = criteria.storage(SCHEMA, engine_name, table="other", paramstyle="named")
    copied = pickle.loads(pickle.dumps(storage))  # noqa: S301
    assert copied == storage
    assert copied.dialect is storage.dialect
    query = criteria.parse({"price": 1}, SCHEMA)
    for subject, options in ((query, {}), (criteria.Search(query), {"table": "t"})):
        sql = criteria.compile(subject, load("sql"), dialect=storage.dialect.name, **options)
        assert pickle.loads(pickle.dumps(sql)) == sql  # noqa: S301
