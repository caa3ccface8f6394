"""Compiles queries that follow references to aggregation pipelines: a `$lookup` for each test, and then a `$match`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from criteria.backends.mongo.bson_values import check_schema, document_key
from criteria.backends.mongo.codecs import BsonCodec, codecs_in
from criteria.backends.mongo.filter import compile_filter
from criteria.backends.mongo.search import COLLATION
from criteria.backends.unsupported import HINT_INSIDE_LISTS, Unsupported, refuse_many, refuse_nested
from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted
from criteria.search.search import Search
from criteria.tables.document_collection import Collection
from criteria.tree.nodes import AnyReferred, Expression, all_reference_tests, element_tests, reference_tests
from criteria.tree.references import check_given

Stage = dict[str, Any]
AnyCollection = str | tuple[str, Collection]
"""The collection of an entity: its name, perhaps with a `Collection` that says how it stores the fields."""

_MOST_NESTED = 20
"""The server takes no more pipelines inside each other."""

_MOST_REFERENCES = 400
"""Tests of references in one pipeline. MongoDB takes 1,000 stages, and puts a `$match` after each `$lookup`."""

_FOUND = "_criteria_referred_"
"""What the names of the fields begin with that a pipeline adds to documents, and removes again."""


@dataclass(frozen=True, slots=True)
class MongoPipelines:
    """The pipelines of a search on a collection.

    `rows` returns one document more than the search's limit, which shows whether more follow. `count` returns one
    document, whose `count` is the total, or none, if the total is 0; it is None unless the search asks for the total.
    Pass `collation` to `aggregate()`.
    """

    rows: list[Stage]
    count: list[Stage] | None

    @property
    def collation(self) -> dict[str, Any]:
        """The collation under which the pipelines are correct."""
        return dict(COLLATION)


@dataclass(frozen=True, slots=True)
class PipelineCompiler:
    """Compiles expressions to stages. `collections` has the collections of other entities, by name."""

    strict: bool
    collections: Mapping[str, AnyCollection]

    def stages(self, normal: Expression, codecs: Mapping[str, BsonCodec]) -> list[Stage]:
        """The stages that keep the documents that fulfil an expression in normal form, unchanged.

        Raises `CriteriaError` (`unsupported`) for too many tests of references."""
        tests = list(dict.fromkeys(reference_tests(normal)))
        refuse_many(tests, _MOST_REFERENCES, "MongoDB")
        refuse_nested(normal, _MOST_NESTED, "MongoDB")
        names = {test: f"{_FOUND}{number}" for number, test in enumerate(tests)}
        stages = [self._lookup(test, name) for test, name in names.items()]
        condition = compile_filter(normal, self.strict, codecs, names)
        if condition or not stages:
            stages.append({"$match": condition})
        return [*stages, {"$unset": list(names.values())}] if names else stages

    def _lookup(self, test: AnyReferred, name: str) -> Stage:
        """Adds the first object that a document refers to and that fulfils a term. Null would refer to objects without
        an id."""
        given = self.collections[test.reference.entity]
        collection, codecs = (
            (given, {}) if isinstance(given, str) else (given[0], codecs_in(given[1], test.reference.element))
        )
        key = document_key(test.reference.key)
        return {
            "$lookup": {
                "from": collection,
                "localField": document_key(test.reference.place),
                "foreignField": key,
                "pipeline": [
                    {"$match": {key: {"$ne": None}}},
                    *self.stages(test.term, codecs),
                    {"$limit": 1},
                    {"$project": {"_id": 1}},
                ],
                "as": name,
            }
        }


def checked_collections(collections: object, normal: Expression) -> Mapping[str, AnyCollection] | None:
    """The option `collections`, if it names the entities to which an expression refers.

    Raises `CriteriaError` (`unknown_option`, `unsupported`).
    """
    given: Any = {} if collections is None else collections
    if not isinstance(given, Mapping) or not all(map(_is_collection, given.values())):
        message = f"collections is a mapping of entities to names of collections, not {quoted(collections)}."
        raise CriteriaError(Problem("unknown_option", message))
    check_given("collections", given, normal)
    for test in all_reference_tests(normal):
        check_schema(test.reference.element)
    inside = _in_lists(normal)
    if inside:
        names = [quoted(one.reference.name) for one in inside]
        message = "MongoDB does not follow references inside lists of objects (field {})."
        problems = [Problem("unsupported", message.format(name), hint=HINT_INSIDE_LISTS) for name in names]
        raise Unsupported(problems, inside)
    return None if collections is None else given


def _in_lists(expression: Expression) -> list[AnyReferred]:
    """The tests of references inside lists of objects."""
    terms = [test.term for test in element_tests(expression) if test.term is not None]
    found = [test for term in terms for test in all_reference_tests(term)]
    return found + [inner for test in reference_tests(expression) for inner in _in_lists(test.term)]


def _is_collection(value: object) -> bool:
    if isinstance(value, tuple):
        return len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], Collection)
    return isinstance(value, str)


def search_pipelines(search: Search, stages: list[Stage], sort: Mapping[str, int], beyond: Stage) -> MongoPipelines:
    """The pipelines of a search whose query has these stages; `beyond` is the filter of what comes after its
    position."""
    rows = [*([{"$match": beyond}] if beyond else []), *stages, {"$sort": dict(sort)}]
    if search.skip:
        rows.append({"$skip": search.skip})
    if search.fetch is not None:
        rows.append({"$limit": search.fetch})
    return MongoPipelines(rows, [*stages, {"$count": "count"}] if search.get_total_count else None)
