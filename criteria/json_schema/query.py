"""Builds the JSON Schema of queries over a schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain, count
from typing import Any

from criteria.errors import CriteriaError, Problem
from criteria.json_schema import patterns
from criteria.json_schema.operands import ANY, ORDERED, JsonSchema, Operand, operand
from criteria.limits import DEFAULT_LIMITS, Limits
from criteria.messages import quoted
from criteria.parsing.bind import ALLOWED, max_operand
from criteria.schema.field import MAX_CHARACTERS, MAX_SEGMENTS, Field, FieldType, invalid_name
from criteria.schema.schema import Reference, Schema
from criteria.tree.nodes import ELEM_MATCH, EQUALITY, MEMBERSHIP, ORDERING, TEXT, Operator

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_VALUES = "values-"
_CRITERIA, _ENTITY = "criteria", "entity-"
OF_ONE_SCHEMA = (f"comparison-{_VALUES}", f"{_CRITERIA}-", _ENTITY)
"""What the names of definitions begin with that may be others in another schema: those of fields that list their
values, which are numbered, of lists of objects, and of other entities."""


def entity_definitions(schema: Schema) -> Mapping[str, str]:
    """The names of the definitions with the fields of other entities, by the names of the entities."""
    found = {name: f"{_ENTITY}{name}" for name in schema.entities if _plain(name) == name}
    for at, name in enumerate(schema.entities):
        if name not in found:
            found[name] = _untaken(f"{_ENTITY}{at}-{_plain(name)}", found.values())
    return found


def _plain(name: str) -> str:
    """A name in characters that references to definitions may have."""
    return re.sub("[^A-Za-z0-9._-]", "_", name)


def _untaken(name: str, taken: Collection[str]) -> str:
    """The name, numbered if it is taken."""
    return next(one for one in chain([name], (f"{name}-{number}" for number in count(2))) if one not in taken)


def query_json_schema(
    schema: Schema | None = None, *, strict: bool = False, limits: Limits = DEFAULT_LIMITS
) -> dict[str, Any]:
    """A JSON Schema (2020-12) of the queries that `criteria.parse` accepts with the same arguments, as decoded JSON.

    It never refuses what the library accepts. It also accepts faults that JSON Schema cannot see:

    - in the text, not in the value: a repeated key, `NaN`, the length of the whole;
    - in total: the number of comparisons (beyond one list of them), the depth of AND, OR, objects and lists;
    - an instant that its offset carries out of the years 1 to 9999;
    - in digits of numbers: those after the point of a decimal written as a number, or with an exponent; an integer that
      is not exactly a double; a number too near to zero for a double; a fraction so small that validators lose it;
    - behind two references: the fields of the entity there, and what they are compared with;
    - without a `schema`: an integer beyond 64 bits, which is refused as `9223372036854775808` but is a double when
      written as `9.223372036854775808e18`.

    Most validators read numbers as binary64. They take `9223372036854775807.0`, an integer of 64 bits, for the next
    one, which is refused.

    Types have a `pattern`, because validators may ignore `format`. The keywords `patternErrorMessage` and
    `defaultSnippets` are those of Visual Studio Code and mean nothing elsewhere.

    Raises `CriteriaError` (`invalid_schema`) when `schema` is not a `Schema`.
    """
    if not isinstance(schema, Schema | None):
        raise CriteriaError(Problem("invalid_schema", f"Expected a Schema, found {quoted(schema)}."))
    builder = _SchemaBuilder(strict, limits, {} if schema is None else entity_definitions(schema))
    members = builder.any_members() if schema is None else builder.members(schema)
    name = "any records" if schema is None else schema.name
    return {
        "$schema": DIALECT,
        "title": f"Query over {name}",
        "description": f"Criteria that select records of {name}. An empty object selects every record.",
        "$ref": f"#/$defs/{_CRITERIA}",
        "$defs": {_CRITERIA: members, **builder.definitions},
    }


_COMBINE = {
    "AND": "True when all of these criteria are.",
    "OR": "True when at least one of these criteria is.",
    "NOT": "True when these criteria are not, also for records without a value.",
}

MEANING: Mapping[Operator, str] = {
    Operator.EQ: "Equals the value. With null: there is no value.",
    Operator.NE: "Differs from the value, or there is no value. With null: there is a value.",
    Operator.GT: "Is greater than the value.",
    Operator.GTE: "Is greater than the value or equals it.",
    Operator.LT: "Is less than the value.",
    Operator.LTE: "Is less than the value or equals it.",
    Operator.IN: "Equals one of these values. For null, write OR with {field: null}.",
    Operator.NIN: "Equals none of these values, or there is no value.",
    Operator.STARTS_WITH: "The string starts with this one. Case-sensitive, no wildcards.",
    Operator.ENDS_WITH: "The string ends with this one. Case-sensitive, no wildcards.",
    Operator.CONTAINS: "The string contains this one. Case-sensitive, no wildcards.",
    Operator.IEQ: "The string equals this one in any letter case.",
    Operator.ISTARTS_WITH: "The string starts with this one in any letter case. No wildcards.",
    Operator.IENDS_WITH: "The string ends with this one in any letter case. No wildcards.",
    Operator.ICONTAINS: "The string contains this one in any letter case. No wildcards.",
}

_OPERATORS = {"label": "{ operators }", "description": "Compare with operators.", "bodyText": "{$1}"}
"""What an editor offers as the value of a field, besides null."""


Place = tuple[str, ...]
"""The definition of an entity's criteria or `criteria`, and the names of the lists and references that lead on."""


class _SchemaBuilder:
    """Builds the parts of one JSON Schema; shared parts are collected in `definitions`.

    A definition has no keyword that may accompany a reference to it, because some editors let the definition win.
    """

    def __init__(self, strict: bool, limits: Limits, entities: Mapping[str, str]) -> None:
        self.one: JsonSchema = {"maxProperties": 1} if strict else {}
        self.limits = limits
        self.definitions: dict[str, JsonSchema] = {}
        self.listings: dict[tuple[str, ...], str] = {}
        self.entities = entities
        self.names: dict[Place, str] = {}

    def name(self, place: Place) -> str:
        """The name of the definition of the objects at a place. Names of lists may be like those of other places."""
        if len(place) == 1:
            return place[0]
        if place not in self.names:
            self.names[place] = _untaken(_plain("-".join(place)), {*self.entities.values(), *self.names.values()})
        return self.names[place]

    def members(self, schema: Schema, place: Place = (_CRITERIA,)) -> JsonSchema:
        """The object of criteria over a schema's fields, which are at `place`."""
        properties = self.combining(self.name(place))
        deeper: list[str] = []
        self.compared_fields(schema, "", place, properties, deeper)
        for one in schema.references:
            own: dict[str, JsonSchema] = {}
            self.compared_fields(schema.inside(one), f"{one.name}.", (*place, one.name), own, deeper)
            properties |= {path: found for path, found in own.items() if path not in properties}
        further: JsonSchema = {}
        if deeper:
            further["patternProperties"] = {f"^(?:{'|'.join(deeper)})$": {}}
            further["propertyNames"] = {"not": {"pattern": patterns.NOT_IN_NAMES}, "maxLength": MAX_CHARACTERS}
        return {"type": "object", "properties": properties, **further, "additionalProperties": False, **self.one}

    def reference(self, one: Reference, inside: Schema) -> str:
        """The definition of what a reference into an entity is compared with, beside ids criteria over its fields."""
        entity = self.entities[one.entity]
        plain = self.comparison(one.place)["$ref"]
        if self.one:  # strict criteria have no $elemMatch
            return str(plain)
        name = f"comparison-{entity}"
        if name not in self.definitions:
            compared = self.definitions[plain.removeprefix("#/$defs/")]
            self.definitions[name] = {}
            if entity not in self.definitions:
                self.definitions[entity] = {}  # entities may refer to each other
                self.definitions[entity] = self.members(inside, (entity,))
            about = "An object to which it refers fulfils all of these criteria."
            matching = {"description": about, "$ref": f"#/$defs/{entity}", "minProperties": 1}
            self.definitions[name] = {**compared, "properties": {**compared["properties"], ELEM_MATCH: matching}}
        return f"#/$defs/{name}"

    def compared_fields(
        self, schema: Schema, through: str, place: Place, properties: dict[str, JsonSchema], deeper: list[str]
    ) -> None:
        """Adds the fields of a schema, and the paths through its lists of objects. `through` begins each path. Adds to
        `deeper` the patterns of the paths behind it that lead through references, in which nothing is described."""
        for field in schema.fields:
            if not through or not invalid_name(through + field.name):
                properties[through + field.name] = {"description": _described(field), **self.comparison(field)}
        for field, alias in _aliases(schema):
            about = f"The same as {through}{field.name}."
            if not through or not invalid_name(through + alias):
                properties[through + alias] = {"description": about, **self.comparison(field)}
        for one in schema.references:
            refers = self.reference(one, schema.inside(one))
            if through + one.name in properties:
                properties[through + one.name]["$ref"] = refers
            segments = f"{through}{one.name}".count(".") + 1
            if through and segments < MAX_SEGMENTS:
                deeper.append(patterns.behind(f"{through}{one.name}", MAX_SEGMENTS - segments))
        for objects in schema.object_lists:
            path, there = f"{through}{objects.name}", (*place, objects.name)
            about = f"list of objects. {objects.place.description or ''}".strip()
            properties[path] = {"description": about, **self.objects(schema.inside(objects), there)}
            self.compared_fields(schema.inside(objects), f"{path}.", there, properties, deeper)

    def objects(self, element: Schema, place: Place) -> JsonSchema:
        """What a list of objects is compared with."""
        operations: dict[str, JsonSchema] = {"$ne": {"description": MEANING[Operator.NE], "type": "null"}}
        if not self.one:  # strict criteria have no $elemMatch
            name = self.name(place)
            if name not in self.definitions:
                self.definitions[name] = {}  # lists inside may refer to it
                self.definitions[name] = self.members(element, place)
            about = "One of the objects fulfils all of these criteria."
            operations[ELEM_MATCH] = {"description": about, "$ref": f"#/$defs/{name}", "minProperties": 1}
        return {
            "type": ["null", "object"],
            "properties": operations,
            "additionalProperties": False,
            "minProperties": 1,
            "defaultSnippets": [_OPERATORS],
            **self.one,
        }

    def any_members(self) -> JsonSchema:
        """The object of criteria over fields of any name."""
        return {
            "type": "object",
            "properties": self.combining(),
            "propertyNames": {
                "maxLength": MAX_CHARACTERS,
                "pattern": patterns.field_name(MAX_SEGMENTS),
                "patternErrorMessage": "This cannot be a field name.",
                "not": {"pattern": patterns.NOT_IN_NAMES},
            },
            "additionalProperties": self.refer(
                "comparison", ANY, lambda: self.compared(ANY, ALLOWED[FieldType.STRING], ORDERED)
            ),
            **self.one,
        }

    def combining(self, name: str = _CRITERIA) -> dict[str, JsonSchema]:
        """The members AND, OR and NOT. Only the whole criteria may be empty."""
        criteria = {"$ref": f"#/$defs/{name}", "minProperties": 1}
        terms = {"type": "array", "items": criteria, "minItems": 1, "maxItems": self.limits.leaves}
        return {
            "AND": {"description": _COMBINE["AND"], **terms},
            "OR": {"description": _COMBINE["OR"], **terms},
            "NOT": {"description": _COMBINE["NOT"], **criteria},
        }

    def comparison(self, field: Field) -> JsonSchema:
        """What may be the value of a field's name."""
        values = operand(field)
        allowed = ALLOWED[field.field_type]
        if field.values is not None:
            name = self.listings.setdefault(field.values, f"{_VALUES}{len(self.listings) + 1}")
            listed = field.values
            return self.refer(
                "comparison", values, lambda: self.among(listed, self.compared(values, allowed, values)), name
            )
        kind = "objectRef" if field.field_type is FieldType.OBJECT_REF else values.name
        return self.refer("comparison", values, lambda: self.compared(values, allowed, values), kind)

    def compared(self, values: Operand, allowed: frozenset[Operator], ordered: Operand) -> JsonSchema:
        """A value, null, or an object of operators."""
        operations = {
            operator.value: {"description": meaning, **self.operation(operator, values, ordered)}
            for operator, meaning in MEANING.items()
            if operator in allowed and operator.value
        }
        return {
            **values.schema("null", "object"),
            "properties": operations,
            "additionalProperties": False,
            "minProperties": 1,
            "defaultSnippets": [_OPERATORS],
            **self.one,
        }

    def among(self, listed: Sequence[str], compared: JsonSchema) -> JsonSchema:
        """The comparison of a string that lists its values, which editors offer."""
        own = compared["properties"]
        operations: dict[str, JsonSchema] = {"$ne": {"enum": [*listed, None]}}
        for name in ("$in", "$nin"):
            operations[name] = {"type": "array", "items": {"enum": list(listed)}, "maxItems": self.limits.values}
        return {
            **compared,
            "pattern": patterns.one_of(listed),
            "patternErrorMessage": f"Expected one of {', '.join(listed)}.",
            "properties": {
                name: {**operations.get(name, one), "description": one["description"]} for name, one in own.items()
            },
            "defaultSnippets": [_OPERATORS, *({"label": value, "body": value} for value in listed)],
        }

    def operation(self, operator: Operator, values: Operand, ordered: Operand) -> JsonSchema:
        """What an operator compares with."""
        if operator in EQUALITY:
            return values.schema("null")
        if operator in ORDERING:
            return self.value(ordered)
        if operator in TEXT:
            return {**values.schema(), "type": "string", "maxLength": max_operand(operator, self.limits)}
        assert operator in MEMBERSHIP
        return {"type": "array", "items": self.value(values), "maxItems": self.limits.values}

    def value(self, values: Operand) -> JsonSchema:
        return self.refer("operand", values, values.schema)

    def refer(self, role: str, values: Operand, build: Callable[[], JsonSchema], kind: str | None = None) -> JsonSchema:
        """A reference to a definition, which is built at the first reference."""
        name = f"{role}-{kind or values.name}"
        if name not in self.definitions:
            self.definitions[name] = build()
        return {"$ref": f"#/$defs/{name}"}


def _aliases(schema: Schema) -> Iterator[tuple[Field, str]]:
    """The second names of references: the path `owner.objectId`, as objects are returned."""
    for field in schema.fields:
        alias = f"{field.name}.objectId"
        if schema.find(alias) is field and len(alias) <= MAX_CHARACTERS:
            yield field, alias


def _described(field: Field) -> str:
    """The type of a field, and its description."""
    kind = field.field_type.value
    if field.field_type is FieldType.DECIMAL:
        kind = f"decimal({field.precision}, {field.scale})"
    elif field.field_type is FieldType.OBJECT_REF:
        kind = f"objectRef to {field.object_entity_type}"
    kind = f"list of {kind}" if field.is_list else kind
    return f"{kind}. {field.description}" if field.description else kind
