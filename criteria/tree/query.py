"""A query: accepted criteria as a typed tree, and how queries are joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from criteria.schema.field import FieldType, UndeclaredField
from criteria.schema.schema import Schema
from criteria.tree.nodes import (
    EVERYTHING,
    NOTHING,
    And,
    Comparison,
    Expression,
    Not,
    Operator,
    Or,
    all_reference_tests,
    setter,
)
from criteria.tree.scopes import wider_schema, within
from criteria.tree.unparse import unparse

if TYPE_CHECKING:
    from criteria.tree.parameters import Outline


class _Parsed:
    """What a query was parsed from: a text, or decoded JSON. Refusals read it, for their pointers. And what all queries
    of its shape have in common, with the values of this one in order (`tree.parameters`). Or, of a query that was made
    of others, the ones among them that a client has asked.

    These are no part of a query's value, and are not pickled.
    """

    __slots__ = ("_asked", "_outline", "_source")
    _source: object
    _asked: tuple[Query, ...]
    _outline: tuple[Any, list[Any]]

    if not TYPE_CHECKING:  # for type checkers, no other attributes exist

        def __getattr__(self, name: str) -> object:
            """The tree of a query that was parsed, made when somebody first looks at it."""
            known = self.outline if name == "expression" else None
            if known is None:
                message = f"{type(self).__name__!r} object has no attribute {name!r}"
                raise AttributeError(message, name=name, obj=self)
            outline, values = known
            expression = outline.make(values)
            _set_expression(self, expression)
            return expression


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Query(_Parsed):
    """Accepted criteria (docs/language.md#query). Immutable; equal queries are equal and hash alike.

    - `expression`: the typed tree.
    - `schema`: the schema that gave the types; None when the operands gave them (docs/language.md#without-a-schema).

    `one & other` selects the records that both select, `one | other` those that either selects, `~one` all others.
    """

    expression: Expression
    schema: Schema | None = None

    def __init__(self, expression: Expression, schema: Schema | None = None) -> None:
        _set_expression(self, expression)
        _set_schema(self, schema)

    @property
    def source(self) -> object:
        """The text or the decoded JSON that the query was parsed from; None if it was made in another way."""
        return getattr(self, "_source", None)

    @property
    def outline(self) -> tuple[Any, list[Any]] | None:
        """The `Outline` of the queries of its shape, and the values of this one in order, if it was parsed."""
        return getattr(self, "_outline", None)

    @property
    def asked(self) -> tuple[Query, ...]:
        """What a client asks in the query, as the queries of which it was made: of those that `&` and `|` have joined,
        the ones whose schema has fewer fields than another's. The query itself where all have one schema, and once it
        was copied or pickled."""
        return getattr(self, "_asked", (self,))

    def to_json(self) -> dict[str, Any]:
        """The query as decoded criteria JSON. Parsing it with the same schema gives an equal query.

        Without a schema a double that is a whole number comes back as an integer.
        """
        return unparse(self.expression)

    @property
    def entities(self) -> tuple[str, ...]:
        """The names of the other entities whose fields the query names, through references."""
        return tuple(dict.fromkeys(test.reference.entity for test in all_reference_tests(self.expression)))

    def within(self, scopes: Mapping[str, Query]) -> Query:
        """The query whose references lead only to objects that other queries select, such as those that a client may
        see (docs/language.md#references). Other objects count as if they did not exist.

        `scopes` has a query for the objects of each entity; of entities that it does not name, all objects are seen.
        Raises `CriteriaError`: `invalid_schema` as `&` does, and `unsupported` if the limits would be repeated for so
        many conditions that they come to more than 10,000 (docs/references.md#what-clients-may-see).
        """
        if not scopes:
            return self
        limits = {entity: (scope.expression, scope.schema) for entity, scope in scopes.items()}
        limited = within(self.expression, limits)
        found = Query(_nothing(self.schema) if limited == NOTHING else limited, self.schema)
        _set_asked(found, self.asked)
        return found

    def __and__(self, other: Query) -> Query:
        """The query of the records that both queries select, such as a client's criteria and a condition of the server.

        The result has the schema with more fields: the server's condition may use fields that clients must not name.
        Raises `CriteriaError` (`invalid_schema`) when neither schema has every field of the other.
        """
        if not isinstance(other, Query):
            return NotImplemented
        terms = [one for one in (self.expression, other.expression) if one != EVERYTHING]
        found = Query(And(tuple(terms)) if len(terms) != 1 else terms[0], wider_schema(self.schema, other.schema))
        known, beside = self.outline, other.outline
        if len(terms) == 2 and known is not None and beside is not None:
            _set_outline(found, (known[0].joined(beside[0]), known[1] + beside[1]))
        _set_asked_of_both(found, self, other)
        return found

    def __or__(self, other: Query) -> Query:
        """The query of the records that at least one of the queries selects. Its schema, and what it raises, are those
        of `&`."""
        if not isinstance(other, Query):
            return NotImplemented
        terms = (self.expression, other.expression)
        found = Query(EVERYTHING if EVERYTHING in terms else Or(terms), wider_schema(self.schema, other.schema))
        _set_asked_of_both(found, self, other)
        return found

    def __invert__(self) -> Query:
        """The query of the records that this one does not select, those without a value included
        (docs/language.md#negation)."""
        is_everything = self.expression == EVERYTHING
        found = Query(_nothing(self.schema) if is_everything else Not(self.expression), self.schema)
        if hasattr(self, "_asked"):
            _set_asked(found, self.asked)
        return found

    def __repr__(self) -> str:
        from criteria.messages import quoted

        return f"Query({quoted(self.to_json())})"

    def _repr_markdown_(self) -> str:
        from criteria.messages import quoted
        from criteria.text.json_layout import lay_out_json
        from criteria.text.markdown import fenced

        return fenced(lay_out_json(quoted(self.to_json(), None), 80), "json")


def _nothing(schema: Schema | None) -> Expression:
    """An expression that is true of no record, and that criteria can spell: no value is in an empty list."""
    if schema is not None and not schema.fields:
        return Not(EVERYTHING)  # criteria cannot spell it: there is no field to name
    field = UndeclaredField("nothing", FieldType.STRING) if schema is None else schema.fields[0]
    return Comparison(field, Operator.IN, ())


def _set_asked_of_both(found: Query, one: Query, other: Query) -> None:
    """Says of a query that was joined of two what of them a client asks, unless it is all of it."""
    if EVERYTHING in (one.expression, other.expression):
        _set_asked(found, (other if one.expression == EVERYTHING else one).asked)
        return
    if one.schema is other.schema and not (hasattr(one, "_asked") or hasattr(other, "_asked")):
        return
    parts = (*one.asked, *other.asked)
    schemas = list(dict.fromkeys(part.schema for part in parts))
    if len(schemas) > 1:
        narrow = {schema for schema in schemas if not any(_is_narrower(some, schema) for some in schemas)}
        _set_asked(found, tuple(part for part in parts if part.schema in narrow))
    elif hasattr(one, "_asked") or hasattr(other, "_asked"):
        _set_asked(found, parts)


def _is_narrower(one: Schema | None, other: Schema | None) -> bool:
    """Whether a schema has some of the fields of another one, and not all."""
    return one is not None and other is not None and other.covers(one) and not one.covers(other)


_set_expression, _set_schema = setter(Query, "expression"), setter(Query, "schema")
_set_outline, _set_asked = setter(_Parsed, "_outline"), setter(_Parsed, "_asked")
set_source = setter(_Parsed, "_source")
"""Says of a query that was just parsed what it was parsed from."""


def parsed_query(outline: Outline, values: list[Any], schema: Schema | None) -> Query:
    """A query that was parsed. Its tree is made of its values when somebody first looks at it."""
    query = object.__new__(Query)
    _set_outline(query, (outline, values))
    _set_schema(query, schema)
    return query
