"""Which marks a schema, a query or a search needs, so that cases beyond an engine are left out by name."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from criteria import Field, FieldType, ObjectList, Query, Schema, Search
from criteria.conformance.suite_files import SuiteCase
from criteria.conformance.years import are_beyond
from criteria.tree.nodes import Operator, leaves_and_tests, leaves_inside

_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9.]*")


def of_field(field: Field) -> set[str]:
    """The marks that an engine needs to hold a field."""
    found = {field.field_type.value}
    if field.is_list:
        found.add("lists")
    if len(field.path) > 1:
        found.add("nested")
    if field.field_type is FieldType.DATE_TIME and field.precision == 6:
        found.add("microseconds")
    if not _PLAIN_NAME.fullmatch(field.name):
        found.add("names")
    return found


def of_object_list(objects: ObjectList) -> set[str]:
    """The marks that an engine needs to hold a list of objects, whatever is in them."""
    return {"object_lists", "nested"} if len(objects.place.path) > 1 else {"object_lists"}


def of_schema(schema: Schema) -> set[str]:
    """The marks that an engine needs to hold records of a schema."""
    found = {mark for field in schema.fields for mark in of_field(field)}
    for objects in schema.object_lists:
        found |= of_object_list(objects) | of_schema(objects.element)
    return found | {"composite_key"} if len(schema.key) > 1 else found


def of_values(values: Any, schema: Schema) -> set[str]:
    """The marks of decoded JSON that has values of a schema's fields."""
    types = _types(schema)
    has_days = FieldType.DATE in types or FieldType.DATE_TIME in types
    return {"years"} if has_days and are_beyond(values) else set()


def _types(schema: Schema) -> set[FieldType]:
    found = {field.field_type for field in schema.fields}
    return found.union(*(_types(one.element) for one in schema.object_lists))


def of_case(case: SuiteCase) -> set[str]:
    """The marks that an engine needs to hold the records of a case."""
    found = of_schema(case.schema) | of_values(list(case.records), case.schema)
    return found | {"other_kinds"} if case.other_kinds else found


def of_query(query: Query) -> set[str]:
    """The marks of the operators of a query."""
    comparisons, tests = leaves_and_tests(query.expression)
    found = {leaf.operator.value for leaf in (*comparisons, *leaves_inside(tests)) if leaf.operator.value}
    return found | {"object_lists"} if tests else found


def of_search(search: Search) -> set[str]:
    """The marks of the operators, the order and the page of a search."""
    found = of_query(search.query)
    if search.order_by:
        found.add("order_by")
    if search.limit is not None or search.skip:
        found.add("paging")
    return found | {"total_count"} if search.get_total_count else found


def operators(without: Collection[str]) -> tuple[Operator, ...]:
    """The operators that are supported."""
    return tuple(operator for operator in Operator if operator.value not in without)


def trimmed(schema: Schema, without: Collection[str]) -> Schema | None:
    """The schema without the fields that an engine cannot hold; None if it has no other field than its key then."""
    if len(schema.key) > 1 and "composite_key" in without:
        return None
    kept = [field for field in schema.fields if field in schema.key or not of_field(field) & {*without}]
    lists = _trimmed_lists(schema.object_lists, without)
    if len(kept) == len(schema.fields) and lists == list(schema.object_lists):
        return schema
    if len(kept) + len(lists) == len(schema.key) or any(of_field(field) & {*without} for field in schema.key):
        return None
    key = [field.name for field in schema.key]
    return Schema(schema.name, [*kept, *lists], system_properties=False, key=key)


def _trimmed_lists(lists: Collection[ObjectList], without: Collection[str]) -> list[ObjectList]:
    """The lists of objects that an engine can hold, without the fields in them that it cannot hold."""
    found = []
    for one in lists:
        fields = [field for field in one.element.fields if not of_field(field) & {*without}]
        inner = _trimmed_lists(one.element.object_lists, without)
        if of_object_list(one) & {*without} or not (fields or inner):
            continue
        is_whole = len(fields) == len(one.element.fields) and inner == list(one.element.object_lists)
        column = one.place.column
        found.append(
            one if is_whole else ObjectList(one.name, [*fields, *inner], nullable=one.place.nullable, column=column)
        )
    return found


def sample(mark: str) -> Schema | None:
    """A schema that needs a mark; None for a mark that is not of a schema."""
    from criteria.conformance.schemas import KEY, KEYED, field_of

    if mark == "composite_key":
        return KEYED
    fields = {
        **{kind.value: field_of(kind, "f") for kind in FieldType},
        "lists": Field("f", "integer", is_list=True),
        "nested": Field("p.f", "integer"),
        "microseconds": Field("f", "dateTime", precision=6),
        "names": Field('"f" or 1=1 --', "integer"),
    }
    return Schema("sample", [KEY, fields[mark]], system_properties=False) if mark in fields else None
