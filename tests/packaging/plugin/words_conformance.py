"""The proof that the words of a query say what the query says: a reader who has only the words selects its records.

pip install "criteria-engine[conformance]" criteria-words
pytest words_conformance.py
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import criteria
from criteria.conformance import Adapter, Suite

_OPERATORS = {
    "is above": "$gt",
    "is at least": "$gte",
    "is below": "$lt",
    "is at most": "$lte",
    "is one of": "$in",
    "starts with": "$startsWith",
    "ends with": "$endsWith",
    "contains": "$contains",
}
_COMPARISON = re.compile(rf'("(?:[^"\\]|\\.)*"|\S+) ({"|".join(_OPERATORS)}|is) (empty)?')
_END_OF_TERM = re.compile(r"\)(?: (and|or) )?")


class Reader(Adapter):
    """Reads the words back as criteria, and looks at the records for what they ask."""

    name = "words"
    unsupported: ClassVar = {
        "lists": "is every element meant, or some?",
        "object_lists": "is every object meant, or some?",
        "date": "the language's first version had no days",
        "other_kinds": "records are decoded, and conform to their schema",
        **dict.fromkeys(("$ieq", "$istartsWith", "$iendsWith", "$icontains"), "there are no words for letter case"),
    }

    def insert(self, schema: criteria.Schema, records: Sequence[Mapping[str, Any]]) -> None:
        if any(field.is_list or field.field_type is criteria.FieldType.DATE for field in schema.fields):
            raise criteria.CriteriaError(criteria.Problem("unsupported", "There are no words for lists and days."))
        self.schema, self.records = schema, [schema.decode(record) for record in records]

    def run(self, search: criteria.Search) -> criteria.Page:
        said, rest = read(criteria.compile(search.query, criteria.backends.load("words")))
        assert not rest
        query = criteria.parse(said, self.schema)
        page = criteria.compile(replace(search, query=query), "python")(self.records)
        return criteria.Page(tuple(one["id"] for one in page.data), page.has_more_records, page.total_count)


def read(words: str) -> tuple[dict[str, Any], str]:
    """The criteria that words begin with, and the words after them."""
    if words == "everything":
        return {}, ""
    if words == "nothing":
        return {"id": None}, ""
    if words.startswith("not ("):
        term, rest = read(words.removeprefix("not ("))
        return {"NOT": term}, rest.removeprefix(")")
    if words.startswith("("):
        return _group(words)
    found = _COMPARISON.match(words)
    assert found is not None, words
    name = json.loads(found[1]) if found[1].startswith('"') else found[1]
    value, end = (None, found.end()) if found[3] else json.JSONDecoder().raw_decode(words, found.end())
    return {name: value if found[2] == "is" else {_OPERATORS[found[2]]: value}}, words[end:]


def _group(words: str) -> tuple[dict[str, Any], str]:
    terms, joint = [], ""
    while words.startswith("("):
        term, words = read(words[1:])
        end = _END_OF_TERM.match(words)
        assert end is not None, words
        terms.append(term)
        joint, words = end[1] or joint, words[end.end() :]
    return {joint.upper(): terms}, words


class TestWords(Suite):
    adapter = Reader
