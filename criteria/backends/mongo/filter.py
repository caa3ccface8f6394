"""Compiles normal form to a filter document.

MongoDB's own rules are close to those of the language: comparisons match only values of the operand's kind, a condition
on a list is true if an element satisfies it, and `$not` is an exact complement. So each leaf has a negated form of its
own, and `$nor` and `$not` are never around a group. Operators are always explicit: a plain value could be read as a
pattern or an operator object.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from criteria.backends.folded_patterns import anchored
from criteria.backends.mongo.bson_values import bson_value, document_key
from criteria.backends.mongo.codecs import BsonCodec
from criteria.schema.field import FieldType, UndeclaredField
from criteria.tree.nodes import (
    EVERYTHING,
    NOTHING,
    And,
    AnyElement,
    AnyReferred,
    Comparison,
    ExactTextOperator,
    Expression,
    Not,
    Operator,
    Or,
    OrderingOperator,
    assert_never,
    is_ordering,
)
from criteria.values.day_pattern import DAY
from criteria.values.json_decimals import above, below, nearest

_NAMES: Mapping[OrderingOperator, str] = {
    Operator.GT: "$gt",
    Operator.GTE: "$gte",
    Operator.LT: "$lt",
    Operator.LTE: "$lte",
}

_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}]")

_END = r"(?![\s\S])"
"""The end of a text in a pattern: `$` would also match before a final line break."""

_IS_DAY = f"^{DAY}{_END}"

_IS_ARRAY = {"$type": "array"}
_NOT_NULL = {"$ne": None}

_VALUES = {
    "$type": [
        "double", "string", "object", "binData", "objectId", "bool", "date", "regex", "dbPointer", "javascript",
        "symbol", "javascriptWithScope", "int", "timestamp", "long", "decimal", "minKey", "maxKey",
    ]
}  # fmt: skip
"""True of values, and of lists with such elements: all types but null, undefined and array."""


Codecs = Mapping[str, BsonCodec]
"""How the fields are stored that are not stored as the library stores them, by their names."""


Found = Mapping[AnyReferred, str]
"""The array to which a pipeline has added the object that fulfils a test of a reference, if there is one."""


def compile_filter(
    normal: Expression, strict: bool, codecs: Codecs, found: Found = MappingProxyType({})
) -> dict[str, Any]:
    """The filter of an expression in normal form.

    `strict` makes leaves of declared fields refuse arrays that MongoDB would look into: an array in a scalar field is
    not empty and matches nothing positive, and below an array on a field's path there is nothing. Fields of a query
    without a schema may hold arrays.
    """
    match normal:
        case And(terms):
            return (
                {}
                if normal == EVERYTHING
                else {"$and": [compile_filter(term, strict, codecs, found) for term in terms]}
            )
        case Or(terms):
            if normal == NOTHING:
                return {"_id": {"$in": []}}
            return {"$or": [compile_filter(term, strict, codecs, found) for term in terms]}
        case Not(Comparison() as leaf):
            return _negated(leaf, strict, codecs)
        case Comparison():
            return _positive(normal, strict, codecs)
        case AnyElement():
            key = document_key(normal.objects.place)
            return _below_no_array({key: _any_object(normal, strict)}, key, strict)
        case Not(AnyElement() as test):
            key = document_key(test.objects.place)
            return _or_below_array({key: {"$not": _any_object(test, strict)}}, key, strict)
        case AnyReferred():
            key = document_key(normal.reference.place)
            return _below_no_array(_has_found(normal, strict, found), key, strict)
        case Not(AnyReferred() as test):
            key = document_key(test.reference.place)
            return _or_below_array({"$nor": [_has_found(test, strict, found)]}, key, strict)
        case Not():
            raise AssertionError(f"not in normal form: {normal!r}")
        case _:
            assert_never(normal)


def _any_object(test: AnyElement, strict: bool) -> dict[str, Any]:
    """The condition on a list. `$elemMatch` with conditions on fields passes over what is not an object; an array in
    the list is one for MongoDB, whose keys are its indexes."""
    return _some(_NOT_NULL if test.term is None else compile_filter(test.term, strict, {}))


def _has_found(test: AnyReferred, strict: bool, found: Found) -> dict[str, Any]:
    """A list of references is an array; `$lookup` would also follow a single one."""
    key, is_list = document_key(test.reference.place), test.reference.place.is_list
    positive: dict[str, Any] = {found[test]: {"$ne": []}}
    if is_list:
        return {"$and": [positive, {key: _IS_ARRAY}]}
    return {"$and": [positive, {key: {"$not": _IS_ARRAY}}]} if strict else positive


def _positive(leaf: Comparison, strict: bool, codecs: Codecs) -> dict[str, Any]:
    key = document_key(leaf.field)
    if isinstance(leaf.field, UndeclaredField):
        return _no_value(key) if leaf.value is None else _joined("$or", key, _conditions(leaf, codecs))
    if leaf.field.is_list and leaf.value is None:
        return _or_below_array({key: {"$not": _some(_NOT_NULL)}}, key, strict)
    conditions = _conditions(leaf, codecs)
    if leaf.field.is_list:
        return _below_no_array(_joined("$or", key, [_some(one) for one in conditions]), key, strict)
    positive = _joined("$or", key, conditions)
    if strict:
        positive = {"$and": [positive, {key: {"$not": _IS_ARRAY}}]}
    return (_or_below_array if leaf.value is None else _below_no_array)(positive, key, strict)


def _negated(leaf: Comparison, strict: bool, codecs: Codecs) -> dict[str, Any]:
    key = document_key(leaf.field)
    if isinstance(leaf.field, UndeclaredField) and leaf.value is None:
        return _some_value(key)
    if leaf.field.is_list and leaf.value is None:
        return _below_no_array({key: _some(_NOT_NULL)}, key, strict)
    conditions = [_some(condition) if leaf.field.is_list else condition for condition in _conditions(leaf, codecs)]
    negative = _joined("$and", key, [_not(condition) for condition in conditions])
    if isinstance(leaf.field, UndeclaredField):
        return negative
    if strict and not leaf.field.is_list:
        negative = {"$or": [negative, {key: _IS_ARRAY}]}
    return (_below_no_array if leaf.value is None else _or_below_array)(negative, key, strict)


def _below_no_array(condition: dict[str, Any], key: str, strict: bool) -> dict[str, Any]:
    """The condition, where no array is on the way to its key."""
    above = [{one: {"$not": _IS_ARRAY}} for one in _above(key)] if strict else []
    return {"$and": [condition, *above]} if above else condition


def _or_below_array(condition: dict[str, Any], key: str, strict: bool) -> dict[str, Any]:
    """A condition that is true of null: also true where an array is on the way to its key."""
    above = [{one: _IS_ARRAY} for one in _above(key)] if strict else []
    return {"$or": [condition, *above]} if above else condition


def _above(key: str) -> list[str]:
    """The keys of the objects that a key leads through."""
    segments = key.split(".")
    return [".".join(segments[:count]) for count in range(1, len(segments))]


_OPPOSITES = {"$eq": "$ne", "$in": "$nin"}


def _not(condition: dict[str, Any]) -> dict[str, Any]:
    """The negation of a condition on a value."""
    [name, *others] = condition
    if name in _OPPOSITES and not others:
        return {_OPPOSITES[name]: condition[name]}
    return {"$not": condition}


def _joined(operator: str, key: str, conditions: list[dict[str, Any]]) -> dict[str, Any]:
    """Conditions on the value of one key."""
    parts = [{key: condition} for condition in conditions]
    return parts[0] if len(parts) == 1 else {operator: parts}


_DIVIDE_BELOW = frozenset({Operator.GT, Operator.LTE})
"""The operators that divide the doubles behind the last one that is not greater than the operand."""

_NUMBERS = {"$type": ["double", "int", "long"]}
_EXACT = {"$type": "decimal"}


def _conditions(leaf: Comparison, codecs: Codecs) -> list[dict[str, Any]]:
    """What a value has to fulfil one of.

    A decimal inside a document may be a number of another type (docs/language.md#inside-json). MongoDB would compare
    the exact value of a double, by which 19.99 is less than the decimal 19.99.
    """
    condition, value = _condition(leaf, codecs), leaf.value
    if leaf.field.name in codecs:
        return [condition]
    if leaf.field.field_type is not FieldType.DECIMAL or not leaf.field.is_nested or value is None:
        return [condition]
    if isinstance(value, tuple):
        return [{"$in": [*condition["$in"], *[nearest(one) for one in value if isinstance(one, Decimal)]]}]
    assert isinstance(value, Decimal)
    if leaf.operator is Operator.EQ:
        return [{"$in": [condition["$eq"], nearest(value)]}]
    assert is_ordering(leaf.operator)
    bound = below(value) if leaf.operator in _DIVIDE_BELOW else above(value)
    return [{**condition, **_EXACT}, {_NAMES[leaf.operator]: bound, **_NUMBERS}]


def _no_value(key: str) -> dict[str, Any]:
    """Where a field without a declaration has no value. `$eq: null` would find lists with one null among others, and no
    empty ones. Without a path there is a form that an index can serve."""
    if "." in key:
        return {"$nor": _some_value(key)["$or"]}
    return {key: {"$in": [None, []], "$not": _some(_NOT_NULL)}}


def _some_value(key: str) -> dict[str, Any]:
    """Where a field without a declaration has a value; one that is a list is an element of a list."""
    return {"$or": [{key: _VALUES}, {key: _some({"$type": "array"})}]}


def _some(condition: dict[str, Any]) -> dict[str, Any]:
    """A condition on an element. MongoDB would also apply it to a value that is not in a list, which must not match."""
    return {"$elemMatch": condition}


def _condition(leaf: Comparison, codecs: Codecs) -> dict[str, Any]:
    codec = codecs.get(leaf.field.name)
    if codec is not None and codec.condition is not None and leaf.value is not None:
        return codec.condition(leaf)
    match leaf.operator:
        case Operator.EQ:
            return {"$eq": _operand(leaf, codecs)}
        case Operator.IN:
            return {"$in": _operand(leaf, codecs)}
        case Operator.GT | Operator.GTE | Operator.LT | Operator.LTE as operator:
            ordered = {_NAMES[operator]: _operand(leaf, codecs)}
            # Dates are stored as text, and any other text would compare with them. Other types are native BSON.
            is_day = leaf.field.field_type is FieldType.DATE and codec is None
            return {**ordered, "$regex": _IS_DAY} if is_day else ordered
        case Operator.STARTS_WITH | Operator.ENDS_WITH | Operator.CONTAINS as operator:
            return {"$regex": _pattern(operator, str(leaf.value))}
        case Operator.IEQ | Operator.ISTARTS_WITH | Operator.IENDS_WITH | Operator.ICONTAINS as operator:
            return {"$regex": anchored(operator, str(leaf.value), "^", _END)}
        case Operator.NE | Operator.NIN:
            raise AssertionError(f"not in normal form: {leaf!r}")
        case _:
            assert_never(leaf.operator)


def _operand(leaf: Comparison, codecs: Codecs) -> Any:
    value = leaf.value
    if value is None:
        return None
    codec = codecs.get(leaf.field.name)
    encode = bson_value if codec is None else codec.encode
    return [encode(one) for one in value] if isinstance(value, tuple) else encode(value)


def _pattern(operator: ExactTextOperator, text: str) -> str:
    """A pattern that matches the text itself."""
    literal = _SPECIAL.sub(r"\\\g<0>", text)
    match operator:
        case Operator.STARTS_WITH:
            return "^" + literal
        case Operator.ENDS_WITH:
            return literal + _END
        case Operator.CONTAINS:
            return literal
        case _:
            assert_never(operator)
