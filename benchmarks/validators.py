"""Peers that validate the same structure as `criteria.parse` does for the medium query."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.queries import Criteria

Validator = Callable[[Criteria], object]
"""Raises if the criteria are refused."""

SAMPLES: list[tuple[Criteria, bool]] = [
    ({"OR": [{"NOT": {"f1": {"$gt": 1}}}, {"AND": [{"f3": "x"}, {"f5": {"$in": [1, 2]}}]}]}, True),
    ({"f4": True}, True),
    ({"f1": True}, False),
    ({"f3": 5}, False),
    ({"f9": 1}, False),
    ({"f5": {"$in": [None]}}, False),
    ({"f1": {"$gt": "1"}}, False),
    ({"f1": {"$over": 1}}, False),
    ({"f1": {}}, False),
    ({"f3": {"$startsWith": "x"}}, True),
    ({"f1": {"$startsWith": "x"}}, False),
    ({"AND": []}, False),
    ({"NOT": {}}, False),
]
"""Criteria for the fields of the medium query, and whether they are valid."""


def verdicts(validate: Validator) -> list[bool]:
    """Whether a validator accepts each of the samples."""
    return [_accepts(validate, one) for one, _ in SAMPLES]


def _accepts(validate: Validator, one: Criteria) -> bool:
    try:
        validate(one)
    except ValueError:  # CriteriaError, pydantic's ValidationError, fastjsonschema's JsonSchemaException
        return False
    except Exception as error:
        if type(error).__name__ != "ValidationError":  # jsonschema's is not a ValueError
            raise
        return False
    return True


def pydantic_model() -> Validator:
    """A strict Pydantic model of the same fields and operators; objects are not empty."""
    from pydantic import ConfigDict, Field, create_model, model_validator

    def check(model: Any) -> Any:
        if not model.model_fields_set:
            raise ValueError("no members")
        return model

    validators: dict[str, Any] = {"check": model_validator(mode="after")(check)}
    config = ConfigDict(extra="forbid", strict=True)
    base: Any = create_model("Closed", __config__=config, __validators__=validators)

    def model(name: str, fields: dict[str, Any], parent: Any = base) -> Any:
        return create_model(name, __base__=parent, **fields)

    def operand(kind: Any, *operators: str) -> Any:
        fields = {f"{name}_": (kind, Field(None, alias=f"${name}")) for name in operators}
        fields |= {f"{name}_": (list[kind], Field(None, alias=f"${name}")) for name in ("in", "nin")}
        fields["ne_"] = (kind | None, Field(None, alias="$ne"))
        return (kind | model("Operations", fields) | None, None)

    ordering = ("gt", "gte", "lt", "lte")
    leaves = {name: operand(int, *ordering) for name in ("f1", "f2", "f5")}
    leaves |= {"f3": operand(str, *ordering, "startsWith", "endsWith", "contains"), "f4": operand(bool)}
    several = ("list[Node]", Field(None, min_length=1))
    node = model("Node", {"AND": several, "OR": several, "NOT": ("Node", None)}, model("Leaf", leaves))
    node.model_rebuild(_types_namespace={"Node": node})
    validate: Validator = node.model_validate
    return validate


def json_schema() -> dict[str, Any]:
    """The same structure as a JSON Schema."""

    def operand(kind: str, *operators: str) -> dict[str, Any]:
        one: dict[str, Any] = {"type": kind}
        lists = {name: {"type": "array", "items": one} for name in ("$in", "$nin")}
        singles = dict.fromkeys(operators, one) | {"$ne": {"type": [kind, "null"]}}
        operations = {"type": "object", "minProperties": 1, "additionalProperties": False,
                      "properties": {**singles, **lists}}  # fmt: skip
        return {"anyOf": [one, {"type": "null"}, operations]}

    ordering = ("$gt", "$gte", "$lt", "$lte")
    several = {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/node"}}
    properties: dict[str, Any] = {"AND": several, "OR": several, "NOT": {"$ref": "#/definitions/node"}}
    properties |= {name: operand("integer", *ordering) for name in ("f1", "f2", "f5")}
    properties |= {
        "f3": operand("string", *ordering, "$startsWith", "$endsWith", "$contains"),
        "f4": operand("boolean"),
    }
    node = {"type": "object", "minProperties": 1, "additionalProperties": False, "properties": properties}
    return {"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"node": node},
            "$ref": "#/definitions/node"}  # fmt: skip


def fastjsonschema_validator() -> Validator:
    """Python code generated from the JSON Schema."""
    import fastjsonschema

    validate: Validator = fastjsonschema.compile(json_schema())
    return validate


def jsonschema_validator() -> Validator:
    """The reference implementation of JSON Schema in Python."""
    import jsonschema

    validate: Validator = jsonschema.Draft7Validator(json_schema()).validate
    return validate
