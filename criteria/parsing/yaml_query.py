"""Queries in YAML. `text.yaml_composing` reads the JSON values of the text; problems get their places in it."""

from __future__ import annotations

from criteria.errors import CriteriaError, listed
from criteria.limits import DEFAULT_LIMITS, Limits
from criteria.parsing.diagnose import diagnose
from criteria.parsing.parser import check_length, parse
from criteria.schema.schema import Schema
from criteria.text.json_decoding import read_text
from criteria.text.json_problems import located
from criteria.text.yaml_composing import compose
from criteria.tree.query import Query


def parse_yaml(
    source: str | bytes, schema: Schema | None = None, *, strict: bool = False, limits: Limits = DEFAULT_LIMITS
) -> Query:
    """The query of a YAML text: what `criteria.parse` makes of its JSON values.

    Bytes are UTF-8. Raises `CriteriaError` with every problem, each with its line and column in the YAML text; with
    `missing_package` when ruamel.yaml (the extra `yaml`) is not installed.
    """
    check_length(source, limits)
    text = read_text(source, "invalid_yaml")
    document = compose(text, limits)
    try:
        if type(document.value) is not dict:  # parse() would read a string as JSON text
            raise CriteriaError(*diagnose(document.value, schema, limits, strict))
        query = parse(document.value, schema, strict=strict, limits=limits)
        if document.repeated:
            raise CriteriaError()
    except CriteriaError as error:
        raise CriteriaError(*listed(located((*document.repeated, *error.problems), text, document.places))) from None
    return query
