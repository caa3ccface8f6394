"""The grammar text defines the language: editing it, and nothing else, changes what is accepted."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Query, Schema
from criteria.conformance import schemas
from criteria.limits import DEFAULT_LIMITS
from criteria.parsing.grammar import CriteriaGrammar, criteria_grammar
from criteria.parsing.grammar_files import grammar_text
from criteria.parsing.shape import shape, terminals
from criteria.tree.nodes import EVERYTHING, NOTHING
from tests.parsing.outcome import problems, refused


def edited(old: str, new: str) -> CriteriaGrammar:
    """The grammar with one place of its text changed."""
    text = grammar_text("criteria")
    assert text.count(old) == 1
    return CriteriaGrammar(text.replace(old, new))


def derives(grammar: CriteriaGrammar, decoded: Any) -> bool:
    """Whether a grammar derives decoded JSON."""
    exact, with_runs = (
        grammar.accepts(terminals(shape(decoded, DEFAULT_LIMITS, has_runs=has_runs)[0], grammar.key_terminal))
        for has_runs in (False, True)
    )
    assert exact or not with_runs
    return exact


RUNS: dict[str, tuple[str, Callable[[int], bool]]] = {
    "as it is": ("[value (COMMA value)*]", lambda count: True),
    "two at least": ("value (COMMA value)+", lambda count: count >= 2),
    "six at most": ("[value (COMMA value)~0..5]", lambda count: count <= 6),
    "an even number": ("value COMMA value (COMMA value COMMA value)*", lambda count: count >= 2 and count % 2 == 0),
    "three at a time": ("[value COMMA value COMMA value (COMMA value COMMA value COMMA value)*]", lambda n: n % 3 == 0),
    "nested to the left": ("[values] ", lambda count: True),
}
"""Other rules for the values of a list, with the numbers of values that they derive."""


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("value", ["a", 1, True])
def test_the_grammar_decides_how_many_equal_values_a_list_has(name: str, value: Any) -> None:
    """The values of a run are skipped only where the grammar does not count them."""
    rule, is_derived = RUNS[name]
    text = grammar_text("criteria").replace("[value (COMMA value)*]", rule)
    grammar = CriteriaGrammar(text + "\nvalues: value | values COMMA value\n" * (name == "nested to the left"))
    for count in (*range(40), *reversed(range(40))):
        source = {"f": {"$in": [value] * count}}
        assert derives(grammar, source) is is_derived(count), count
        found = refused(lambda source=source: criteria.parse(source, grammar=grammar))  # type: ignore[misc]
        assert isinstance(found, Query) is is_derived(count), count


def test_empty_groups_when_the_grammar_has_them() -> None:
    """A grammar whose AND and OR take empty lists accepts them: AND of nothing is true, OR of nothing is false."""
    grammar = edited(
        "(AND | OR) COLON LBRACKET expression (COMMA expression)* RBRACKET",
        "(AND | OR) COLON LBRACKET [expression (COMMA expression)*] RBRACKET",
    )
    sources: tuple[Any, ...] = ({"AND": []}, OrderedDict({"AND": []}), '{"AND": []}', b'{"AND": []}')
    for source in sources:
        assert criteria.parse(source, grammar=grammar).expression == EVERYTHING
    assert criteria.parse({"OR": []}, grammar=grammar).expression == NOTHING
    assert [one.code for one in problems({"AND": []})] == ["empty_list"]


def test_an_operator_that_the_grammar_does_not_have() -> None:
    """A grammar without $contains refuses it, and keeps the other text operators."""
    grammar = edited("(startsWith|endsWith|contains|ieq|istartsWith|iendsWith|icontains)", "(startsWith|endsWith)")
    source = {"string": {"$contains": "a"}}
    assert isinstance(criteria.parse(source, schemas.SCALARS), Query)
    for form in (source, OrderedDict(source), '{"string": {"$contains": "a"}}', b'{"string": {"$contains": "a"}}'):
        with pytest.raises(CriteriaError):
            criteria.parse(form, schemas.SCALARS, grammar=grammar)
    assert criteria.parse({"string": {"$endsWith": "a"}}, schemas.SCALARS, grammar=grammar)


@pytest.mark.parametrize("operator", ["$in", "$nin"])
@pytest.mark.parametrize("values", [[None], [None, 1], [1, None], [1, None, 2], [None, None]])
def test_null_in_a_list_cannot_be_derived(operator: str, values: list[Any]) -> None:
    """The grammar derives no null inside $in and $nin; with null among the values of the list it does."""
    source = {"integer": {operator: values}}
    assert not derives(criteria_grammar(), source)
    grammar = edited(
        "LBRACKET [value (COMMA value)*] RBRACKET", "LBRACKET [(value | NULL) (COMMA (value | NULL))*] RBRACKET"
    )
    assert derives(grammar, source)
    assert derives(grammar, {"integer": {operator: [1, 2]}})


@pytest.mark.parametrize("schema", [None, schemas.SCALARS], ids=["no schema", "schema"])
def test_a_null_in_a_list_has_no_meaning_either(schema: Schema | None) -> None:
    """Criteria that an edited grammar derives and that have no meaning are still refused, at their place."""
    grammar = edited(
        "LBRACKET [value (COMMA value)*] RBRACKET", "LBRACKET [(value | NULL) (COMMA (value | NULL))*] RBRACKET"
    )
    found = problems({"integer": {"$in": [1, None]}}, schema, grammar=grammar)
    assert [(one.code, one.pointer) for one in found] == [("null_in_list", "/integer/$in/1")]


def test_connectives_by_other_words() -> None:
    """A grammar with other spellings of its terminals accepts those spellings."""
    grammar = edited('NOT: "\\"NOT\\""', 'NOT: "\\"NOT\\"" | "\\"BUT\\""')
    assert derives(grammar, {"BUT": {"a": 1}})
    assert not derives(grammar, {"BUT": [{"a": 1}]})
    assert not derives(criteria_grammar(), {"BUT": {"a": 1}})


def test_an_operator_that_has_no_meaning() -> None:
    """An operator that only the grammar knows is refused, not taken for another one."""
    grammar = edited("(gt|gte|lt|lte)", "(gt|gte|lt|lte|above)")
    assert derives(grammar, {"integer": {"$above": 1}})
    assert [one.code for one in problems({"integer": {"$above": 1}}, grammar=grammar)] == ["unknown_operator"]


def test_several_members_are_a_rule_of_the_grammar() -> None:
    """A grammar with one member in an object refuses two."""
    grammar = edited("LBRACE member (COMMA member)* RBRACE", "LBRACE member RBRACE")
    assert criteria.parse({"a": 1}, grammar=grammar)
    assert problems({"a": 1, "b": 2}, grammar=grammar)
    assert criteria.parse({"a": 1, "b": 2})
