"""What becomes of criteria: in words, in normal form, and as each backend compiles them, as JSON for a page."""

from __future__ import annotations

import json
from typing import Any

import criteria
from criteria import CriteriaError, Field, Problem, Query, Schema
from criteria.backends import load
from criteria.backends.sql.dialects import DIALECTS
from criteria.cli.reports.compiled import engine_text
from criteria.explanation.finding_words import findings_in_words
from criteria.text.json_decoding import located
from criteria.web.status import problem_json


def compiled(query: Query, text: str) -> dict[str, Any]:
    """Criteria in normal form, in words, and as each backend compiles them. `text` is what `query` was parsed from."""
    explanation = criteria.explain(query, written=text)
    used = Query(query.expression, _narrowed(query, [use.field for use in explanation.uses]))
    names = {name: name for name in query.entities}
    words = explanation.to_json()
    return {
        "normalForm": json.dumps(
            words["normalForm"], ensure_ascii=False
        ),  # as text: JavaScript would round large numbers
        "sql": [{"dialect": name, **_shown(used, "sql", dialect=name, tables=names)} for name in DIALECTS],
        "mongo": _shown(used, "mongo", **({"collections": names} if names else {})),
        "python": _shown(used, "python", lookups=dict.fromkeys(names, _nobody)),
        "words": words["words"],
        "outcome": words["outcome"],
        "findings": _findings(explanation, text),
    }


def _nobody(object_id: int) -> None:
    """A look-up: the page shows the predicate and has no records for it."""


def _narrowed(query: Query, fields: list[Field]) -> Schema:
    """A schema of only the fields that a query uses: engines may not support the others."""
    assert query.schema is not None
    own = [field for field in query.schema.fields if field in fields] or query.schema.fields[:1]
    return Schema(query.schema.name, own, system_properties=False).with_entities(query.schema.entities)


def _shown(query: Query, backend: str, **options: Any) -> dict[str, Any]:
    """A backend's output as text, or the problems for which it refuses the query."""
    try:
        text, *params = engine_text(backend, criteria.compile(query, load(backend), **options), False)
    except CriteriaError as error:
        return {"problems": [problem_json(problem) for problem in error.problems]}
    return {"text": text, **({"params": params[0]} if params else {})}


def _findings(explanation: criteria.Explanation, text: str) -> list[dict[str, Any]]:
    """The findings, each with its line and column."""
    found = []
    for finding, words in zip(explanation.findings, findings_in_words(explanation), strict=True):
        [place] = located([Problem("finding", words.head, finding.pointer)], text)
        terms = [term for _, term in words.terms]
        found.append({**problem_json(place), "terms": terms, **({"hint": words.rests_on} if words.rests_on else {})})
    return found


def column(field: Field) -> dict[str, Any]:
    """A field as the table of records shows it."""
    return {
        "name": field.name,
        "path": list(field.path),
        "fieldType": field.field_type.value,
        "isSortable": not field.is_list and field.field_type is not criteria.FieldType.GUID,
    }
