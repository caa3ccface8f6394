"""What a message says about a common slip: words that it must have, and words that it must not have."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Schema

FILMS = Schema(
    "film",
    [Field("name", "string"), Field("year", "integer"), Field("seen", "boolean"), Field("at", "dateTime"),
     Field("price", "decimal")],
    system_properties=False,
)  # fmt: skip


def said(call: Callable[[], Any]) -> str:
    """All messages and hints of a refusal."""
    with pytest.raises(CriteriaError) as refused:
        call()
    return "\n".join(f"{one.message} {one.hint or ''}" for one in refused.value.problems)


@pytest.mark.parametrize(
    ("text", "words", "wrong"),
    [
        ('{"year": 1,}', ["no comma", "Remove the comma."], ["delimiter", "property"]),
        ('{"year": {"$in": [1, ]}}', ["no comma", "Remove the comma."], ["delimiter"]),
        ("{year: 1}", ["a key in double quotes", 'Write "year".', "single quotes"], ["property"]),
        ("{'year': 1}", ["double quotes"], ["property"]),
        ('{"year": 1', ["the object that starts at 1:1 is not closed", 'Add "}"'], ["delimiter"]),
        ('{"AND": [{"year": 1}', ["the list that starts at 1:9 is not closed", 'Add "]"'], ["delimiter"]),
        ('{"seen": True}', ["Write true."], []),
        ('{"name": None}', ["Write null."], []),
        ('{"name": undefined}', ["Write null."], []),
        ('{"name": Alien}', ['double quotes: write "text"'], []),
        ('{"year": 1} // the year', ["JSON has no comments."], ["extra data"]),
        ('{"year": 1 /* the year */}', ["JSON has no comments."], []),
        ("", ["the text is empty"], ["value"]),
        ('{"year" 1}', ["expected a colon"], ["delimiter"]),
        ('{"year": 1 "name": "x"}', ["expected a comma"], ["delimiter"]),
        ('{"seen": "true"}', ["Write true without quotes."], []),
        ('{"year": 1999.5}', ["An integer has no fraction."], []),
        ('{"year": {"$gte": 1.5}}', ['Write {"year": {"$gte": 2}}.'], []),
        ('{"year": {"$lt": -1.5}}', ['Write {"year": {"$lt": -1}}.'], []),
        (
            '{"at": {"$lte": "2026-06-01"}}',
            ['{"at": {"$lt": "2026-06-02T00:00:00Z"}}', '{"at": {"$lte": "2026-06-01T00:00:00Z"}}'],
            [],
        ),
        (
            '{"at": {"$gt": "2026-06-01"}}',
            ['{"at": {"$gte": "2026-06-02T00:00:00Z"}}', '{"at": {"$gt": "2026-06-01T00:00:00Z"}}'],
            [],
        ),
        ('{"at": {"$gte": "2026-06-01"}}', ['{"at": {"$gte": "2026-06-01T00:00:00Z"}}'], ["2026-06-02"]),
        ('{"name": {"$regex": "^A"}}', ['Write {"name": {"$startsWith": "A"}}.'], ["Did you mean"]),
        ('{"name": {"$regex": "A.B"}}', ["There are no patterns", "$contains"], ["Did you mean"]),
        ('{"name": true}', ['Write it as a string: "true".'], []),
        ('{"seen": 1}', ["Write true or false."], []),
        ('{"year": "old"}', ["Write it like 42."], []),
        ('{"price": true}', ['Write it like 12.50 or "12.50".'], []),
        ('{"name": {"$type": "string"}}', ["one type"], ["Did you mean"]),
        ('{"year": {"gte": 1}}', ['Did you mean "$gte"?'], ["path"]),
        ('{"not": {"year": 1}}', ["Write NOT."], ["path"]),
        ("[]", ["Expected an object", "found a list"], ["stand"]),
        ('{"name": {"$search": "x"}}', ["no full-text search", '{"name": {"$icontains": "x"}}'], ["Did you mean"]),
        ('{"year": {"$mod": [2, 0]}}', ["There is no arithmetic"], ["Did you mean", "The operators are"]),
        ('{"at": {"$date": "2026-06-01T00:00:00Z"}}', ['{"at": "2026-06-01T00:00:00Z"}'], ["Did you mean"]),
        ('{"at": {"$gt": {"$date": "2026-06-01T00:00:00Z"}}}', ['{"at": {"$gt": "2026-06-01T00:00:00Z"}}'], []),
        ('{"year": {"$in": [{"$numberLong": "5"}]}}', ['{"year": {"$in": [5]}}'], []),
        ('{"$text": {"$search": "x"}}', ["no full-text search"], ["does not start"]),
        ('{"$schema": "x", "year": 1}', ["settings of the editor"], ["does not start"]),
        ("year__gte=1990", ['{"year": {"$gte": 1990}}'], ["year__gte"]),
        ("year[$lt]=1990&page=2", ['{"year": {"$lt": 1990}}'], ["page"]),
        ('{"year": 01}', ["no leading zeros"], []),
        ('{"year": +1}', ["Write 1."], []),
        ('{"price": .5}', ["Write 0.5."], []),
        ('{"price": 1.}', ["write 1.0 or 1"], []),
        ('{"year"=1}', ["Write a colon"], []),
        ('{"year": 1} {"year": 2}', ['{"AND": [{...}, {...}]}'], []),
        ('"{\\"year\\": 1}"', ["JSON inside a JSON string"], []),
    ],
)
def test_criteria(text: str, words: list[str], wrong: list[str]) -> None:
    """Criteria that people write when they come from somewhere else."""
    message = said(lambda: criteria.parse(text, FILMS))
    assert [word for word in words if word not in message] == [], message
    assert [word for word in wrong if word in message] == [], message


@pytest.mark.parametrize(
    ("order_by", "words", "wrong"),
    [
        ("-name", ['Write "name desc".'], ["Did you mean"]),
        ("+name", ['Write "name".'], ["Did you mean"]),
        ("name:desc", ['Write "name desc".'], ["Did you mean"]),
        ("name:asc", ['Write "name".'], ["Did you mean"]),
        ("name descending", ['Write "name desc".'], ["The fields are"]),
        ("name desc nulls last", ['Write "name desc".'], ["The fields are"]),
        ("name nulls first", ['Write "name".'], ["The fields are"]),
        ("name nulls last", ['Empty values come first in "name"'], ["The fields are"]),
        ("name;year", ['write "name,year"'], ["Did you mean"]),
        ("year, nme", ['Did you mean "name"?'], []),
    ],
)
def test_orders(order_by: str, words: list[str], wrong: list[str]) -> None:
    """Directions in the spelling of other APIs keep their direction in the hint."""
    message = said(lambda: criteria.parse_order_by(order_by, FILMS))
    assert [word for word in words if word not in message] == [], message
    assert [word for word in wrong if word in message] == [], message


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"limit": "99999999999"}, ["is not between 0 and"]),
        ({"limit": "-1"}, ["is not between 0 and"]),
        ({"limit": "ten"}, ["is not a whole number", "from 0 to"]),
        ({"sort": "name"}, ['Did you mean "orderBy"?']),
        ({"filter": "{}"}, ['Did you mean "query"?']),
        ({"page": "2"}, ['Write "skip"', '"after"']),
        ({"offset": "5"}, ['Did you mean "skip"?']),
    ],
)
def test_parameters(parameters: dict[str, str], words: list[str]) -> None:
    """Parameters that other APIs have."""
    message = said(lambda: criteria.parse_search(parameters, FILMS))
    assert [word for word in words if word not in message] == [], message


@pytest.mark.parametrize(
    ("schema", "words", "wrong"),
    [
        (
            '{"name": "x", "fields": [{"name": "createDate", "fieldType": "dateTime"}]}',
            ["system property", '"systemProperties": false'],
            ["two fields"],
        ),
        ('{"name": "x", "fields": [{"name": "a", "type": "integer"}]}', ['Did you mean "fieldType"?'], ["Add"]),
        (
            '{"$schema": "x", "type": "object", "properties": {"a": {"type": "string"}}}',
            ["JSON Schema", '"fields"'],
            ["systemProperties"],
        ),
        ('{"name": "x", "fields": [{"name": "a", "fieldType": "objectRef"}]}', ['Add "objectEntityType"'], []),
        ('{"name": "x", "fields": [{"name": "a", "fieldType": "list"}]}', ['"isList": true'], ["The field types"]),
        ('{"name": "x", "fields": [{"name": "a", "fieldType": "int"}]}', ['Did you mean "integer"?'], []),
        ('{"name": "x", "fields": [{"name": "a", "fieldType": "timestamp"}]}', ['Did you mean "dateTime"?'], []),
        ('{"name": "x", "fields": [{"name": "a", "fieldType": "uuid"}]}', ['Did you mean "guid"?'], []),
        (
            '{"name": "x", "fields": [{"name": "a", "fieldType": "string", "required": true}]}',
            ['Write "nullable": false.'],
            ["The keys are"],
        ),
        ('{"name": "x", "fields": ["a"]}', ['Write {"name": "...", "fieldType": "..."}.'], []),
        ('{"name": "x", "fields": {"a": "string"}}', ["a list of fields", '"fieldType"'], []),
    ],
)
def test_schemas(schema: str, words: list[str], wrong: list[str]) -> None:
    """Schema files with the keys and types of other formats."""
    message = said(lambda: Schema.from_json(schema))
    assert [word for word in words if word not in message] == [], message
    assert [word for word in wrong if word in message] == [], message


@pytest.mark.parametrize(
    ("backend", "words"),
    [
        ("postgres", ['compile(query, "sql", dialect="postgres")', "--to sql --dialect postgres"]),
        ("tsql", ['dialect="tsql"']),
        ("mongodb", ['Did you mean "mongo"?']),
        ("SQL", ['Did you mean "sql"?']),
    ],
)
def test_backends(backend: str, words: list[str]) -> None:
    """A dialect in the place of a backend, and other names of backends."""
    compiled: Callable[[Any, Any], Any] = criteria.compile
    message = said(lambda: compiled(criteria.parse({"year": 1}, FILMS), backend))
    assert [word for word in words if word not in message] == [], message


def test_a_path_through_a_reference_without_the_schema_of_its_entity() -> None:
    order = Schema("order", [Field("customer", "objectRef", object_entity_type="user")], system_properties=False)
    words = said(lambda: criteria.parse('{"customer.email": "a"}', order))
    assert '"customer" refers to "user", whose schema is not given' in words
    assert "--entity" in words
    assert "Did you mean" not in words


def test_a_table_without_system_properties() -> None:
    """A table of one's own rarely has these columns: the hint says how a schema is without them."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE orders (total INTEGER)")
    message = said(lambda: criteria.tables.reflect(connection, "orders", Schema("order", [Field("total", "integer")])))
    connection.close()
    assert message.count("system_properties=False") == 3
    assert "The columns are" not in message
