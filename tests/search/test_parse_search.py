"""Search requests: each parameter as text and as JSON, its default, and its refusals."""

from __future__ import annotations

import json
from collections import UserDict
from typing import Any

import pytest

import criteria
from criteria import Field, Schema, Search
from tests.parsing.outcome import refused

USERS = Schema(
    "user",
    [
        Field("name", "string"),
        Field("key", "guid"),
        Field("manager", "objectRef", object_entity_type="user"),
        Field("organizations", "objectRef", object_entity_type="organization", is_list=True),
    ],
    custom_properties=[Field("mentor", "objectRef", object_entity_type="user")],
)


def search(schema: Schema = USERS, **params: Any) -> Search:
    """The search of parameters that are accepted."""
    return criteria.parse_search(params, schema)


def codes(schema: Schema = USERS, **params: Any) -> list[tuple[str, str]]:
    """The code and pointer of each problem of parameters that are refused."""
    found = refused(lambda: criteria.parse_search(params, schema))
    assert isinstance(found, tuple), found
    return [(one.code, one.pointer) for one in found]


def test_defaults() -> None:
    """A request without parameters has the first ten of all records, in the order of the key, without a count."""
    found = search()
    assert found == Search(criteria.parse({}, USERS), (), 10, 0, False, ())
    assert [(key.field.name, key.descending) for key in found.sort_keys] == [("objectId", False)]
    everything = dict.fromkeys(("query", "orderBy", "limit", "skip", "getTotalCount", "resolve"))
    assert criteria.parse_search(everything, USERS) == found


@pytest.mark.parametrize("query", [{"name": {"$in": ["a", "b"]}}, {}, {"OR": [{"name": "a"}, {"NOT": {"key": None}}]}])
def test_query(query: Any) -> None:
    """The query is criteria, as text, as bytes or as JSON."""
    expected = criteria.parse(query, USERS)
    for given in (query, json.dumps(query), json.dumps(query).encode()):
        assert search(query=given).query == expected


@pytest.mark.parametrize("parameter", ["limit", "skip"])
@pytest.mark.parametrize(
    ("value", "number"),
    [(0, 0), ("0", 0), (1, 1), ("20", 20), (2**31 - 1, 2**31 - 1), (str(2**31 - 1), 2**31 - 1), ("007", 7)],
)
def test_limit_and_skip(parameter: str, value: Any, number: int) -> None:
    """limit and skip are whole numbers from 0 to 2^31-1, as text or as JSON."""
    assert getattr(search(**{parameter: value}), parameter) == number


@pytest.mark.parametrize("parameter", ["limit", "skip"])
@pytest.mark.parametrize(
    "value",
    [-1, "-1", 2**31, str(2**31), 1.0, 1.5, "1.0", "1e1", True, False, "true", "", " 1", "1 ", "+1", "\u0661", "0x10",
     "1_0", [], {}, [1], b"1", pytest.param("9" * 5000, id="nines"), pytest.param(10**5000, id="huge")],
)  # fmt: skip
def test_wrong_limit_and_skip(parameter: str, value: Any) -> None:
    """Other numbers, truth values, fractions, and texts of anything but digits are refused."""
    assert codes(**{parameter: value}) == [("invalid_parameter", f"/{parameter}")]


@pytest.mark.parametrize(("most", "default"), [(5, 5), (10, 10), (100, 10), (1, 1)])
def test_the_limit_of_a_schema(most: int, default: int) -> None:
    """A schema's own maximum bounds the limit, and the default with it; skip is not bounded by it."""
    bounded = Schema("s", [Field("name", "string")], max_limit=most)
    assert search(bounded).limit == default
    assert search(bounded, limit=most).limit == most
    assert search(bounded, limit="0", skip=most + 1).skip == most + 1
    assert codes(bounded, limit=most + 1) == [("invalid_parameter", "/limit")]
    assert codes(bounded, limit=str(most + 1)) == [("invalid_parameter", "/limit")]


@pytest.mark.parametrize(("value", "flag"), [(True, True), ("true", True), (False, False), ("false", False)])
def test_total_count(value: Any, flag: bool) -> None:
    """getTotalCount is true or false, as text or as JSON."""
    assert search(getTotalCount=value).get_total_count is flag


@pytest.mark.parametrize("value", ["True", "FALSE", "yes", "1", "0", "", 1, 0, 1.0, [], {}, "true ", b"true", "null"])
def test_wrong_total_count(value: Any) -> None:
    """Everything else is refused."""
    assert codes(getTotalCount=value) == [("invalid_parameter", "/getTotalCount")]


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("manager", ["manager"]),
        ("manager,organizations", ["manager", "organizations"]),
        (" organizations ,\tmanager ", ["organizations", "manager"]),
        ("customProperties.mentor", ["customProperties.mentor"]),
        ("manager.objectId", ["manager"]),
    ],
)
def test_resolve(value: str, names: list[str]) -> None:
    """resolve names references, between commas."""
    assert [one.name for one in search(resolve=value).resolve] == names


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("name", "not_resolvable"),
        ("objectId", "not_resolvable"),
        ("boss", "unknown_field"),
        ("Manager", "unknown_field"),
        ("", "unknown_field"),
        ("manager,", "unknown_field"),
        ("manager;organizations", "unknown_field"),
        ("manager,manager", "invalid_parameter"),
        ("manager,manager.objectId", "invalid_parameter"),
        (["manager"], "invalid_parameter"),
        (5, "invalid_parameter"),
        (True, "invalid_parameter"),
    ],
)
def test_wrong_resolve(value: Any, code: str) -> None:
    """Other fields, unknown names, repeated names, and values that are not strings are refused."""
    assert codes(resolve=value) == [(code, "/resolve")]


def test_every_wrong_reference_is_named() -> None:
    """resolve with several wrong names is refused with a problem for each."""
    found = refused(lambda: criteria.parse_search({"resolve": "boss,manager,name"}, USERS))
    assert [one.code for one in found] == ["unknown_field", "not_resolvable"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("limits", '"limit"'), ("orderby", '"orderBy"'), ("order_by", '"orderBy"'), ("getTotalcount", '"getTotalCount"'),
     ("criteria", "query"), ("sort", "orderBy"), ("$top", "limit"), ("type", "query"), ("", "query"),
     ("Query", '"query"')],
)  # fmt: skip
def test_unknown_parameters(name: str, hint: str) -> None:
    """A parameter that does not exist is refused, with the nearest one or all that exist."""
    (problem,) = refused(lambda: criteria.parse_search({name: "1"}, USERS))
    assert (problem.code, problem.pointer) == ("unknown_parameter", f"/{name}")
    assert problem.hint is not None
    assert hint in problem.hint


def test_all_problems_at_once() -> None:
    """Every parameter's problems are found in one go; pointers begin with its name, positions count in its text."""
    params = {
        "query": '{"nam": 1,\n "name": {"$in": [null]}}',
        "orderBy": "name,organizations desc",
        "limit": -1,
        "skip": "x",
        "getTotalCount": 1,
        "resolve": "name",
        "lim/it": 1,
    }
    found = refused(lambda: criteria.parse_search(params, USERS))
    assert sorted((one.pointer, one.code, one.line, one.column) for one in found) == sorted([
        ("/query/nam", "unknown_field", 1, 2), ("/query/name/$in/0", "null_in_list", 2, 19),
        ("/orderBy", "not_sortable", 1, 6), ("/limit", "invalid_parameter", None, None),
        ("/skip", "invalid_parameter", None, None), ("/getTotalCount", "invalid_parameter", None, None),
        ("/resolve", "not_resolvable", None, None), ("/lim~1it", "unknown_parameter", None, None),
    ])  # fmt: skip


def test_strict_and_limits_reach_the_query() -> None:
    """strict and limits hold for the criteria of the request."""
    query = {"name": {"$gt": "a", "$lt": "b"}}
    assert search(query=query)
    for options in ({"strict": True}, {"limits": criteria.Limits(leaves=1)}):
        assert refused(lambda: criteria.parse_search({"query": query}, USERS, **options))[0].pointer  # noqa: B023


@pytest.mark.parametrize("params", [None, "limit=5", [("limit", 5)], 5])
def test_parameters_must_be_a_mapping(params: Any) -> None:
    """Parameters that are not a mapping are refused."""
    assert [one.code for one in refused(lambda: criteria.parse_search(params, USERS))] == ["invalid_parameter"]


def test_any_mapping_will_do() -> None:
    """Parameters may come in any mapping."""
    assert criteria.parse_search(UserDict(limit="5"), USERS) == search(limit=5)


def test_searches_are_values() -> None:
    """Equal requests are equal searches; each asks for one record more than its page shows."""
    assert search(limit=5, orderBy="name") == search(limit="5", orderBy=" name ASC")
    assert hash(search(limit=5)) == hash(search(limit="5"))
    assert search(limit=5).fetch == 6
    assert Search(criteria.parse({}), limit=None).fetch is None
    with pytest.raises(AttributeError):
        search().limit = 5  # type: ignore[misc]


def test_hostile_parameters_are_refused_at_once() -> None:
    """Half a million names to resolve, or a thousand unknown parameters, do not give half a million problems."""
    assert codes(resolve="x," * 500_000) == [("too_long", "/resolve")]
    assert len(codes(resolve="x," * 30_000)) == 101
    unknown: dict[str, Any] = {f"p{number}": 1 for number in range(1000)}
    assert len(codes(**unknown)) == 101
    assert codes(resolve="manager," * 3 + "manager") == [("invalid_parameter", "/resolve")] * 3


def test_a_search_without_a_schema_is_refused() -> None:
    """A request needs a schema: it has the names that the request may use."""
    nothing: Any = None
    assert codes(nothing) == [("invalid_schema", "")]
