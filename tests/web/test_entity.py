"""Entities: what clients read, what they may write, and what is stored."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import pytest

from criteria import CriteriaError, Field
from criteria.web import Entity, RequestError, check_references, json_object, replace_references, resolved
from criteria.web.entity import MAX_OBJECT_BYTES, MAX_UNIQUE

THEN = datetime(2024, 2, 29, 12, tzinfo=timezone.utc)
FILM = Entity(
    "film",
    [
        Field("title", "string", nullable=False),
        Field("price", "decimal", scale=2),
        Field("director", "objectRef", object_entity_type="person"),
        Field("cast", "objectRef", object_entity_type="person", is_list=True),
        Field("rating.imdb", "double"),
    ],
    write_only=[Field("secret", "string")],
    hidden=[Field("secretHash", "string")],
    on_request=["cast"],
    custom_properties=[Field("sequel", "objectRef", object_entity_type="film"), Field("shown", "dateTime")],
)
SYSTEM = {"objectId": 1, "createDate": THEN, "updateDate": THEN}
RECORD = {**SYSTEM, "title": "T", "price": Decimal("1.5"), "director": 7, "cast": [7, 8], "secretHash": "h",
          "rating": {"imdb": 8.5}, "customProperties": {"sequel": 2, "shown": None}}  # fmt: skip
SHOWN = {
    "objectId": 1, "createDate": "2024-02-29T12:00:00.000Z", "updateDate": "2024-02-29T12:00:00.000Z", "title": "T",
    "price": "1.50", "director": {"objectId": 7}, "rating": {"imdb": 8.5},
    "customProperties": {"sequel": {"objectId": 2}, "shown": None},
}  # fmt: skip


def read(value: Any, record: dict[str, Any] | None = None, entity: Entity = FILM) -> dict[str, Any]:
    """What an entity reads of a body."""
    return entity.read(json_object(json.dumps(value).encode()), record)


def codes(value: Any, record: dict[str, Any] | None = None, entity: Entity = FILM) -> list[tuple[str, str]]:
    """The codes and places of what is wrong with a body."""
    with pytest.raises(CriteriaError) as refused:
        read(value, record, entity)
    return [(problem.code, problem.pointer) for problem in refused.value.problems]


def test_three_schemas() -> None:
    """Each field is in the schemas of those who know it."""
    assert FILM.public.find("secret") is FILM.public.find("secretHash") is None
    assert FILM.writable.find("secretHash") is FILM.writable.find("objectId") is None
    assert FILM.writable.find("secret") is not None
    assert FILM.stored.find("secretHash") is not None
    for schema in (FILM.public, FILM.writable, FILM.stored):
        assert schema.find("customProperties.shown") is not None


def test_what_a_client_gets() -> None:
    """Public fields, with references as objects; those on request where they were asked for."""
    assert FILM.to_json(RECORD) == SHOWN
    assert FILM.to_json(RECORD, ["cast"]) == {**SHOWN, "cast": [{"objectId": 7}, {"objectId": 8}]}
    bare = FILM.to_json({"objectId": 1, "customProperties": None})
    assert (bare["title"], bare["rating"], bare["customProperties"]) == (
        None,
        {"imdb": None},
        {"sequel": None, "shown": None},
    )


def test_custom_properties_may_be_none_or_impossible() -> None:
    """An extensible entity without custom properties shows and takes an empty object, another one nothing at all."""
    extensible, plain = (
        Entity("a", [Field("name", "string")], custom_properties=()),
        Entity("a", [Field("name", "string")]),
    )
    assert extensible.to_json({"name": "x"})["customProperties"] == {}
    assert "customProperties" not in plain.to_json({"name": "x"})
    assert read({"customProperties": {}}, entity=extensible) == {"customProperties": {}}
    assert codes({"customProperties": {"b": 1}}, entity=extensible) == [("unknown_field", "/customProperties/b")]
    assert codes({"customProperties": {}}, entity=plain) == [("unknown_field", "/customProperties")]


def test_what_a_client_writes_of_a_new_object() -> None:
    """Typed values; a reference may be the object that responses have."""
    body = {"title": "T", "price": "1.5", "director": {"objectId": 7}, "secret": "s", "rating": {"imdb": 8},
            "customProperties": {"shown": "2024-02-29T13:00:00+01:00"}}  # fmt: skip
    found = read(body)
    assert (found["price"], found["director"], found["secret"], found["rating"]) == (
        Decimal("1.50"),
        7,
        "s",
        {"imdb": 8},
    )
    assert found["customProperties"]["shown"] == THEN


def test_what_a_client_writes_over_an_object() -> None:
    """What it does not name stays, in nested objects too; null takes a value away."""
    found = read({"customProperties": {"sequel": None}, "price": None}, RECORD)
    assert found["customProperties"] == {"sequel": None, "shown": None}
    assert (found["title"], found["price"], found["cast"], found["rating"]) == ("T", None, [7, 8], {"imdb": 8.5})
    assert "secretHash" not in found
    assert read(SHOWN, RECORD)["title"] == "T"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("invalid_record", "/title")]),
        ({"title": None}, [("invalid_record", "/title")]),
        ({"title": "T", "objectId": 1}, [("read_only", "/objectId")]),
        ({"title": "T", "objectId": None}, [("read_only", "/objectId")]),
        ({"title": "T", "secretHash": "h"}, [("unknown_field", "/secretHash")]),
        ({"titel": 1, "objectId": 1}, [("unknown_field", "/titel"), ("read_only", "/objectId")]),
        ({"title": "T", "rating": {"imbd": 1}}, [("unknown_field", "/rating/imbd")]),
        ({"title": "T", "rating": 5}, [("invalid_record", "/rating")]),
        ({"title": "T", "rating.imdb": 5}, [("unknown_field", "/rating.imdb")]),
        ({"title": "T", "customProperties": [1]}, [("invalid_record", "/customProperties")]),
        ({"title": 1, "cast": [1, "x"]}, [("invalid_record", "/title"), ("invalid_record", "/cast/1")]),
    ],
)
def test_what_is_refused(body: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    """Each problem of a body, at its place."""
    assert codes(body) == expected


def test_system_properties_may_be_sent_back_as_they_are() -> None:
    """The value that an object has is no change; every other one is refused, even one that equals it in Python."""
    assert read({"objectId": 1, "createDate": SHOWN["createDate"]}, RECORD)["title"] == "T"
    for value in (True, 1.0, "1", 2, None):
        assert codes({"objectId": value}, RECORD) == [("read_only", "/objectId")]


def test_references_are_fetched_once_for_each_entity() -> None:
    """Whatever the number of records, and of fields that refer to an entity; what is not there stays a reference."""
    asked: list[tuple[str, list[int]]] = []

    def fetch(name: str, ids: Any) -> dict[int, dict[str, Any]]:
        asked.append((name, list(ids)))
        return {number: {"objectId": number, "name": f"{name} {number}"} for number in ids if number != 8}

    references = [FILM.public.find(name) for name in ("director", "cast", "customProperties.sequel")]
    records = [RECORD, {**RECORD, "objectId": 2, "director": None, "cast": None, "customProperties": None}]
    first, second = resolved(FILM, records, [one for one in references if one], fetch)
    assert asked == [("person", [7, 8]), ("film", [2])]
    person = {"objectId": 7, "name": "person 7"}
    assert (first["director"], first["cast"]) == (person, [person, {"objectId": 8}])
    assert first["customProperties"]["sequel"] == {"objectId": 2, "name": "film 2"}
    assert (second["director"], second["cast"], second["customProperties"]["sequel"]) == (None, None, None)


def test_references_in_json_are_replaced_in_place() -> None:
    """In objects that are JSON already, as in typed records."""
    references = [one for one in map(FILM.public.find, ("director", "cast", "customProperties.sequel")) if one]
    records = [RECORD, {**RECORD, "objectId": 2, "director": None, "cast": None, "customProperties": None}]

    def fetch(name: str, ids: Any) -> dict[int, dict[str, Any]]:
        return {number: {"objectId": number, "name": name} for number in ids}

    shown = [FILM.to_json(record, ["director", "cast", "customProperties.sequel"]) for record in records]
    replace_references(shown, references, fetch)
    assert shown == resolved(FILM, records, references, fetch)
    assert shown[0]["director"] == {"objectId": 7, "name": "person"}


def test_long_lists_of_references_are_checked_in_no_time() -> None:
    """A list as long as a body may be is checked in a time that grows with its length alone (its square would be
    minutes), and each object that is new in it is asked for, and told, once, at its first place."""
    length = 50_000
    asked: list[list[int]] = []

    def existing(name: str, ids: Any) -> set[int]:
        asked.append(list(ids))
        return {2}

    check_references(FILM, {"cast": [1] * length}, {"cast": [1, *[2] * length]}, existing)
    with pytest.raises(CriteriaError) as refused:
        check_references(FILM, {"cast": [1]}, {"cast": [2, 3, 1, 3]}, existing)
    assert asked == [[2], [2, 3]]
    assert [(one.code, one.pointer) for one in refused.value.problems] == [("unknown_object", "/cast/1")]


def test_a_list_has_a_bound() -> None:
    """A list of 1,000 elements is read; one more is refused by its place, before any element is looked at."""
    assert len(read({"title": "T", "cast": [1] * 1000})["cast"]) == 1000
    assert codes({"title": "T", "cast": ["wrong"] * 1001}) == [("too_many_values", "/cast")]
    tagged = Entity("film", [], custom_properties=[Field("tags", "string", is_list=True)])
    long = {"customProperties": {"tags": ["x"] * 500_000}}
    assert codes(long, entity=tagged) == [("too_many_values", "/customProperties/tags")]


def test_an_object_does_not_grow_without_bound() -> None:
    """Changes that are small each are refused once the whole object would have more than 1 MB."""
    names = [f"text{number}" for number in range(20)]
    entity = Entity("note", [Field(name, "string") for name in names])
    record: dict[str, Any] = {}
    for name in names[:10]:
        record = read({name: "\u00e9" * 50_000}, record, entity)
    assert codes({names[10]: "\u00e9" * 50_000}, record, entity) == [("too_long", "")]
    assert read({names[0]: "x"}, record, entity)[names[0]] == "x"


def test_a_record_beyond_the_bounds_can_shrink() -> None:
    """A record from before the bounds takes changes of other fields, and those that make it smaller."""
    large = {**RECORD, "title": "T" * (2 << 20), "cast": [7] * 2000}
    assert read({"rating": {"imdb": 9.5}}, large)["rating"] == {"imdb": 9.5}
    assert read({"title": "T"}, large)["title"] == "T"
    assert codes({"title": "T" * (3 << 20)}, large) == [("too_long", "")]


def test_resolving_has_a_bound() -> None:
    """A page with too many references, or with a large object in many places, is refused and names `resolve`."""
    cast = [FILM.public.find("cast")]
    assert cast[0] is not None
    many = [{**RECORD, "cast": [7] * 1000}] * 10
    [one, *_] = resolved(FILM, many, cast, lambda entity, ids: {7: {"objectId": 7}})  # type: ignore[arg-type]
    assert one["cast"][999] == {"objectId": 7}
    for records, size, code in (([*many, RECORD], 1, "too_many_values"), (many, 2000, "too_long")):
        with pytest.raises(RequestError) as refused:
            resolved(FILM, records, cast, lambda entity, ids, size=size: {7: {"name": "x" * size}})  # type: ignore
        [problem] = refused.value.problems
        assert (problem.code, problem.pointer) == (code, "/resolve")


def test_references_count_as_clients_read_them() -> None:
    """`{"objectId":1}` is longer than the number that may be written for it."""
    links = [Field(f"to{at}", "objectRef", object_entity_type="user", is_list=True) for at in range(70)]
    entity = Entity("user", links)
    lists = {one.name: list(range(1000, 2000)) for one in links}
    assert len(json.dumps(lists)) < MAX_OBJECT_BYTES
    with pytest.raises(RequestError) as refused:
        entity.read(json_object(json.dumps(lists).encode()))
    assert [one.code for one in refused.value.problems] == ["too_long"]
    few = dict(list(lists.items())[:50])
    found = entity.read(json_object(json.dumps(few).encode()))
    assert len(json.dumps(entity.to_json(found), separators=(",", ":"))) < MAX_OBJECT_BYTES
    assert entity.read(json_object(b'{"to0":null}'), {**found, "objectId": 1})["to0"] is None


def test_unique_values_are_counted() -> None:
    """An object that had more before there was a bound is changed, and not enlarged; nulls are no values."""
    fields = [Field(name, "integer", is_list=True, is_unique=True) for name in ("a", "b")]
    entity = Entity("thing", [*fields, Field("name", "string")])
    many = list(range(MAX_UNIQUE))
    assert read({"a": many[1:], "b": [1, None]}, entity=entity)["b"] == [1, None]
    assert codes({"a": many, "b": [1]}, entity=entity) == [("too_many_values", "")]
    old = {**SYSTEM, "a": many, "b": many, "name": None}
    assert read({"name": "n", "b": many[::-1]}, old, entity)["name"] == "n"
    assert len(read({"b": [1, 2]}, old, entity)["b"]) == 2
    assert codes({"b": [1, 2]}, {**old, "b": [1]}, entity) == [("too_many_values", "")]
