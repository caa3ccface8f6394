"""The key of a schema, one field or several (docs/language.md#keys)."""

from __future__ import annotations

import json
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Schema

FIELDS = [
    Field("tenant", "guid", nullable=False),
    Field("number", "integer", nullable=False),
    Field("note", "string"),
    Field("tags", "string", is_list=True, nullable=False),
    Field("p.deep", "integer", nullable=False),
]


def refused(key: Any) -> list[tuple[str, str]]:
    """The pointer and the message of each problem of a key."""
    with pytest.raises(CriteriaError) as caught:
        Schema("order", FIELDS, key=key, system_properties=False)
    assert {problem.code for problem in caught.value.problems} == {"invalid_schema"}
    return [(problem.pointer, problem.message) for problem in caught.value.problems]


def test_a_key_has_its_fields_in_its_order() -> None:
    """The attribute has the fields of the names, in the order of the names, whatever the order of the fields is."""
    schema = Schema("order", FIELDS, key=["number", "tenant"], system_properties=False)
    assert [field.name for field in schema.key] == ["number", "tenant"]
    assert repr(schema) == "Schema('order', 5 fields, key=('number', 'tenant'))"
    assert Schema("order", FIELDS, system_properties=False).key == ()


def test_a_declared_key_replaces_the_system_property() -> None:
    """objectId is the key unless another one is declared."""
    assert [field.name for field in Schema("order", FIELDS).key] == ["objectId"]
    assert [field.name for field in Schema("order", FIELDS, key=("tenant",)).key] == ["tenant"]


def test_schemas_with_different_keys_differ() -> None:
    """The key is part of a schema: compiled searches of one are not used for the other."""
    by_number, by_both = (Schema("order", FIELDS, key=key) for key in (("number",), ("tenant", "number")))
    assert by_number != by_both
    assert by_both == Schema("order", FIELDS, key=iter(["tenant", "number"]))
    sorts = [criteria.compile(criteria.parse_search({}, one), "mongo").sort for one in (by_number, by_both, by_number)]
    assert sorts == [(("number", 1),), (("tenant", 1), ("number", 1)), (("number", 1),)]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ((), [("/key", "key is a list of one or more names of fields, not [].")]),
        ("tenant", [("/key", 'key is a list of one or more names of fields, not "tenant".')]),
        ([1], [("/key", "key is a list of one or more names of fields, not [1].")]),
        (5, [("/key", "key is a list of one or more names of fields, not 5.")]),
        (["tenant", "tenant"], [("/key/1", '"tenant" is in the key twice.')]),
        (
            ["note", "tags", "p.deep", "p", "numbr"],
            [
                ("/key/0", '"note" cannot be in the key. A field of a key is not nullable.'),
                ("/key/1", '"tags" cannot be in the key. A field of a key has a column of its own and is not a list.'),
                (
                    "/key/2",
                    '"p.deep" cannot be in the key. A field of a key has a column of its own and is not a list.',
                ),
                ("/key/3", 'The key names "p", which is not a field.'),
                ("/key/4", 'The key names "numbr", which is not a field.'),
            ],
        ),
    ],
)
def test_wrong_keys_are_refused(key: Any, expected: list[tuple[str, str]]) -> None:
    """Every field that cannot be in the key is a problem at its place, and so is what is not a list of names."""
    assert refused(key) == expected


def test_schema_files_have_keys() -> None:
    """`key` in a file is a list of names; a wrong one is refused with its line and column."""
    file = {
        "name": "order",
        "systemProperties": False,
        "key": ["tenant", "number"],
        "fields": [
            {"name": "number", "fieldType": "integer", "nullable": False},
            {"name": "tenant", "fieldType": "guid", "nullable": False},
        ],
    }
    schema = Schema.from_json(json.dumps(file))
    assert [field.name for field in schema.key] == ["tenant", "number"]
    with pytest.raises(CriteriaError) as caught:
        Schema.from_json(json.dumps({**file, "key": ["tenant", "nmber"]}))
    [problem] = caught.value.problems
    assert (problem.pointer, problem.line, problem.column) == ("/key/1", 1, 64)
    assert problem.hint == 'Did you mean "number"?'


def test_written_schema_files_have_keys() -> None:
    """What is written is read as the same schema."""
    from criteria.schema.writing import schema_file

    for key in (None, ("number", "tenant")):
        schema = Schema("order", FIELDS[:3], key=key, system_properties=False)
        assert Schema.from_json(schema_file(schema)) == schema
