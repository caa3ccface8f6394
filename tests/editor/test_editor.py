"""An editor completes and checks queries by their JSON Schema: the service that does it in Visual Studio Code, run."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from criteria import Schema, query_json_schema
from criteria.conformance.schemas import LISTS, NESTED, SCALARS
from criteria.conformance.strategies import criteria_objects
from tests.conftest import require
from tests.editor.service import Answer, ask, missing
from tests.json_schema.agreement import Judges
from tests.json_schema.broken import broken

FILMS = Schema.from_json((Path(__file__).parents[2] / "examples" / "films.schema.json").read_bytes())
NUMBERS = {"$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin"}
TEXTS = NUMBERS | {"$startsWith", "$endsWith", "$contains", "$ieq", "$istartsWith", "$iendsWith", "$icontains"}
GROUPS = {"AND", "OR", "NOT"}


pytestmark = pytest.mark.heavy("Node.js starts for each test")


@pytest.fixture(autouse=True, scope="module")
def _service() -> None:
    require("The editor's service", missing())


def shown(text: str) -> Answer:
    """What the editor shows in a query over films; a | is the cursor."""
    [answer] = ask(query_json_schema(FILMS), [text], cursor="|")
    return answer


@pytest.mark.parametrize(
    "text",
    ["{|}", '{"ye|"}', '{"year": 1999, |}', '{"AND": [{|}]}', '{"NOT": {|}}', '{"NOT": {"OR": [{"year": 1}, {|}]}}'],
)
def test_fields_and_groups_are_completed_as_members(text: str) -> None:
    """Wherever criteria stand, every field that is not there yet and AND, OR and NOT are offered."""
    expected = (set(FILMS.names) | GROUPS) - ({"year"} if "1999" in text else set())
    assert set(shown(text).completions) == expected


@pytest.mark.parametrize(
    ("field", "operators"),
    [("year", NUMBERS), ("title", TEXTS), ("genres", TEXTS), ("released", NUMBERS), ("boxOfficeMillions", NUMBERS),
     ("acclaimed", {"$ne", "$in", "$nin"}), ("awards.oscars", NUMBERS)],
)  # fmt: skip
def test_in_a_comparison_the_operators_of_the_type_are_offered(field: str, operators: set[str]) -> None:
    """Inside a field's object exactly the operators are offered that apply to its type."""
    assert set(shown(f'{{"{field}": {{|}}}}').completions) == operators


def test_what_is_inserted_has_the_right_brackets() -> None:
    """AND and OR come with a list, NOT and a field's operators with an object, $in with a list."""
    members = shown("{|}").completions
    assert (members["AND"], members["OR"], members["NOT"]) == ('"AND": [$1]', '"OR": [$1]', '"NOT": {$1}')
    assert shown('{"year": {|}}').completions["$in"] == '"\\$in": [$1]'  # the editor reads \\$ as a dollar sign
    assert shown('{"AND": [|]}').completions == {"{}": "{$1}"}


def test_values_are_offered() -> None:
    """As a value null is offered and an object of operators; of a boolean true and false too."""
    assert shown('{"year": |}').completions == {"{ operators }": "{$1}", "null": "null"}
    assert set(shown('{"acclaimed": |}').completions) == {"{ operators }", "true", "false", "null"}
    assert set(shown('{"acclaimed": {"$in": [|]}}').completions) == {"true", "false"}


def test_the_type_and_the_description_of_a_field_are_shown() -> None:
    """What the schema says of a field is shown over its name, and what an operator means over that."""
    assert shown('{"run|timeMinutes": 90}').hover == r"integer\. Length in minutes"
    assert "decimal\\(10, 6\\)" in shown('{"box|OfficeMillions": 90}').hover
    assert shown('{"year": {"$g|te": 90}}').hover == r"Is greater than the value or equals it\."


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ('{"year": {"$gtt": 1}}', [(1, 11, '"$gtt"')]),
        ('{"year": 1,\n "yaer": 2}', [(2, 2, '"yaer"')]),
        ('{"rated": {"$in": ["G", null]}}', [(1, 25, "null")]),
        ('{"year": {"$contains": "1"}}', [(1, 11, '"$contains"')]),
        ('{"AND": []}', [(1, 9, "[]")]),
        ('{"OR": [{"year": "1999"}]}', [(1, 18, '"1999"')]),
        ('{"NOT": {}}', [(1, 9, "{}")]),
        ('{"year": {"$gt": null}}', [(1, 18, "null")]),
        ('{"year": 1.5}', [(1, 10, "1.5")]),
        ('{"released": "2012"}', [(1, 14, '"2012"')]),
        ('{"year": 1, "year": 2}', [(1, 13, '"year"'), (1, 2, '"year"')]),
    ],
)  # fmt: skip
def test_faults_are_marked_at_their_position(text: str, marks: list[tuple[int, int, str]]) -> None:
    """Each fault is marked at its own place, and nothing else is."""
    assert [mark[:3] for mark in shown(text).diagnostics] == marks


def test_a_wrong_spelling_is_explained() -> None:
    """A string that does not spell a value of the type is answered with how one is written, not with a pattern."""
    [(_, _, _, message)] = shown('{"released": "2012-07-04"}').diagnostics
    assert message.startswith('Write an instant like "2024-01-31T09:30:00Z"')


def test_example_queries_have_no_marks() -> None:
    """The service takes the schema as it is, and has nothing to say about the example queries."""
    queries = sorted((Path(__file__).parents[2] / "examples" / "queries").iterdir())
    answers = ask(query_json_schema(FILMS), [query.read_text(encoding="utf-8") for query in queries])
    assert [answer.diagnostics for answer in answers] == [[]] * len(queries)
    assert len(queries) > 5


@settings(max_examples=4, phases=[Phase.explicit, Phase.generate])  # each example starts Node.js: none is shrunk
@given(data=st.data(), seed=st.integers(0, 2**32))
@pytest.mark.parametrize("schema", [SCALARS, LISTS, NESTED], ids=["scalars", "lists", "nested"])
def test_the_editor_marks_what_the_json_schema_refuses(schema: Schema, data: st.DataObject, seed: int) -> None:
    """Of generated queries, valid and broken, it marks none that the library accepts, and what a validator refuses that
    reads numbers as JavaScript does."""
    random = Random(seed)  # noqa: S311
    valid = data.draw(st.lists(criteria_objects(schema), min_size=10, max_size=20))
    generated = [*valid, *(broken(one, schema.names, random) for one in valid for _ in range(5))]
    judges = Judges(schema)
    drawn = query_json_schema(schema)
    validator = Draft202012Validator(json.loads(json.dumps(drawn), parse_int=_binary64))
    texts = [json.dumps(one) for one in generated]
    for text, answer in zip(texts, ask(drawn, texts), strict=True):
        if not judges.problems(text):
            assert answer.diagnostics == [], text
        assert validator.is_valid(json.loads(text, parse_int=_binary64)) == (not answer.diagnostics), text


def _binary64(digits: str) -> int | float:
    """A whole number as JavaScript knows it; one that is infinite there stays beyond every bound."""
    number = int(digits)
    return float(number) if 2**53 < abs(number) < 10**308 else number
