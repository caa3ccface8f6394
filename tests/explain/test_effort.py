"""Explaining the largest queries takes a bounded time, and never the interpreter's stack."""

from __future__ import annotations

import json
import tracemalloc
from time import perf_counter
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, ObjectList, Query, Schema
from criteria.explanation import Outcome, conditions, judging, text_tests
from criteria.explanation.effort import MAX_EFFORT, Effort
from criteria.explanation.finding_words import verdict_lines
from criteria.explanation.findings import Analysis
from criteria.explanation.source_tree import written_tree
from criteria.explanation.text_tests import Text, TextTest, exclude
from criteria.tree import comparing
from criteria.tree.nodes import And, Comparison, Expression, Not, Operator
from criteria.values.case_folding import fold
from criteria.values.loading import Loader, Records, loader
from tests.explain.conflicts import FIELDS

_MAX_SECONDS = 20
"""Far more than any of them takes alone on an idle machine: less than a second."""

WIDE: dict[str, Any] = {
    "values that exclude each other": {"AND": [{"a": number} for number in range(1000)]},
    "values left out": {"OR": [{"a": {"$ne": number}} for number in range(1000)]},
    "many holes": {"AND": [{"a": {"$nin": list(range(n, n + 40_000, 400))}} for n in range(1000)]},
    "long lists": {"OR": [{"a": {"$in": list(range(n, n + 40_000, 400))}} for n in range(1000)]},
    "a thousand needed": {"AND": [{"a": {"$in": list(range(999))}}, *({"a": {"$ne": n}} for n in range(999))]},
    "texts": {"AND": [{"s": {"$contains": "x" * (n % 50) + str(n)}} for n in range(1000)]},
    "texts in strings": {"AND": [{"s": {"$in": [str(n + 7 * m) for m in range(100)]}} if n % 2 else
                                 {"s": {"$endsWith": str(n)}} for n in range(1000)]},
    "texts in any letter case in long strings": {"AND": [*({"s": {"$istartsWith": "Aß" * (n % 120 + 1)}}
                                                           for n in range(500)),
                                                         {"s": {"$in": ["aß" * n for n in range(400, 800)]}}]},
    "lists": {"AND": [{"al": n} if n % 2 else {"al": {"$ne": 3 * n}} for n in range(1000)]},
    "lists under OR": {"AND": [{"OR": [{"al": n}, {"AND": [{"al": n + 1}, {"al": n + 2}]}]} for n in range(330)]},
    "ANDs of ORs": {"AND": [{"OR": [{"a": n % 5}, {"s": str(n % 3)}]} for n in range(500)]},
    "ORs of ANDs of texts": {"OR": [{"AND": [{"s": {"$contains": str(n + m)}} for m in range(40)]} for n in range(25)]},
}  # fmt: skip


@pytest.mark.heavy("the largest queries")
@pytest.mark.parametrize("source", [pytest.param(source, id=name) for name, source in WIDE.items()])
def test_a_thousand_comparisons(source: Any) -> None:
    """A query with as many comparisons as one may have is explained, and worded, in seconds."""
    query = criteria.parse(source, FIELDS)
    start = perf_counter()
    explanation = criteria.explain(query, {"a": 1, "s": "x"})
    json.dumps(explanation.to_json())
    assert perf_counter() - start < _MAX_SECONDS


def test_each_text_is_folded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A string that thirty operands in any letter case are compared with is folded once, and so is each operand."""
    folded: list[str] = []

    def counted(text: str) -> str:
        folded.append(text)
        return fold(text)

    monkeypatch.setattr(text_tests, "fold", counted)
    tests = [TextTest(Operator.ISTARTS_WITH, "Aß" * length) for length in range(1, 31)]
    text = Text("aß" * 400)
    assert all(one.passes(text) for one in tests)
    assert not any(exclude(one, other) for one in tests for other in tests)
    assert sorted(folded) == sorted([text.plain, *(one.operand for one in tests)])


LISTS_UNDER_ORS: dict[str, Any] = {
    "AND": [
        {"OR": [{"a": {"$in": list(range(start, start + 300, 2))}} for start in range(column, column + 40_000, 1000)]}
        for column in range(25)
    ]
}
"""25 ORs of 40 lists: each OR allows 6,000 values, and each pair of them has to be compared."""


def test_a_query_that_is_too_large_says_so() -> None:
    """25 ORs of 40 lists are more than is compared. A query with a short list is judged fully."""
    explanation = criteria.explain(criteria.parse(LISTS_UNDER_ORS, FIELDS))
    assert not explanation.is_fully_judged
    assert explanation.to_json()["fullyJudged"] is False
    small = criteria.explain(criteria.parse({"AND": [{"a": {"$in": [1, 2]}}, {"a": 3}]}, FIELDS))
    assert small.is_fully_judged
    assert small.to_json()["fullyJudged"] is True


def test_effort_is_bounded() -> None:
    """What takes more than is left is not begun, and the analysis never spends more than it has."""
    analysis = Analysis(written_tree(criteria.parse(LISTS_UNDER_ORS, FIELDS)), True)
    analysis.outcome()
    list(analysis.findings())
    assert analysis.effort.is_spent
    assert 0 <= analysis.effort.left < MAX_EFFORT


@pytest.mark.parametrize(
    "source",
    [
        {"AND": [{"a": {"$gt": 5}}, {"a": {"$lt": 3}}, {"s": "x"}, {"OR": [{"s": "y"}, {"s": {"$ne": "y"}}]}]},
        {"OR": [{"a": {"$in": []}}, {"AND": [{"a": {"$gt": 5}}, {"a": {"$gte": 6}}, {"a": {"$gt": 7}}]}]},
        {"AND": [{"al": {"$in": [1, 2]}}, {"NOT": {"al": {"$in": [1, 2, 3]}}}, {"s": {"$startsWith": "ab"}}]},
    ],
)
def test_less_effort_finds_less_and_nothing_else(source: Any) -> None:
    """With any effort the findings are some of those that full effort finds, and the outcome is theirs or unknown."""
    root = written_tree(criteria.parse(source, FIELDS))
    full = Analysis(root, True)
    outcome, findings = full.outcome(), list(full.findings())
    assert findings
    for left in range(MAX_EFFORT - full.effort.left):
        analysis = Analysis(root, True)
        analysis.effort = Effort(left)
        assert analysis.outcome() in (outcome, (Outcome.SOMETIMES, ()))
        assert set(analysis.findings()) <= set(findings)
        assert analysis.effort.is_spent


def test_the_deepest_query() -> None:
    """As many levels as criteria may have are explained."""
    source: Any = {"a": 5}
    for level in range(24):
        source = {"NOT": {"AND": [source]}} if level % 2 else {"AND": [source]}
    explanation = criteria.explain(criteria.parse(source, FIELDS), {"a": 5})
    assert explanation.matches is not None
    assert json.dumps(explanation.to_json())


@pytest.mark.parametrize("wrap", [Not, lambda term: And((term,))], ids=["NOT", "AND"])
def test_trees_deeper_than_the_stack(wrap: Any) -> None:
    """A tree made by hand that is deeper than the interpreter's stack is refused."""
    expression: Expression = criteria.parse({"a": 5}, FIELDS).expression
    for _ in range(20_000):
        expression = wrap(expression)
    with pytest.raises(CriteriaError) as raised:
        criteria.explain(Query(expression, FIELDS))
    assert [problem.code for problem in raised.value.problems] == ["too_deep"]


ITEMS = ObjectList("items", [Field("count", "integer"), Field("sku", "string")])
BASKET = Schema("basket", [ITEMS], system_properties=False)
LIST = {"OR": [{"count": {"$in": list(range(n, n + 400, 7))}} for n in range(20)]}


def test_a_comparison_is_made_once_for_all_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    """50 elements are judged by 20 lists of values: 20 tests are made, not 1,000. Each element has its own verdict."""
    made: list[Comparison] = []

    def counted(comparison: Comparison, load: Loader) -> Any:
        made.append(comparison)
        return comparing.test_maker(comparison, load)

    monkeypatch.setattr(conditions, "test_maker", counted)
    query = criteria.parse({"items": {"$elemMatch": LIST}}, BASKET)
    record = {"items": [{"count": -1 - n} for n in range(49)] + [{"count": 3}]}
    explanation = criteria.explain(query, record)
    assert explanation.matches
    assert [(term.element, term.verdict) for term in explanation.root.terms] == [(49, True)]
    assert len(made) == 20
    assert [term.verdict for term in criteria.explain(query, {"items": record["items"][:49]}).root.terms] == [
        False
    ] * 49


def test_what_no_object_fulfils_is_listed_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test of more objects than are left to be listed has its verdict without them, and says so. Other tests, and
    those that one object fulfils, are explained as ever."""
    source = {"AND": [{"NOT": {"items.count": -1 - n}} for n in range(6)] + [{"items.count": 29}]}
    query, record = criteria.parse(source, BASKET), {"items": [{"count": n} for n in range(30)]}
    whole = criteria.explain(query, record)
    assert [len(term.terms[0].terms) for term in whole.root.terms[:6]] == [30] * 6
    monkeypatch.setattr(judging, "MAX_LISTED", 100)
    cut = criteria.explain(query, record)
    assert [(term.terms[0].is_cut, len(term.terms[0].terms)) for term in cut.root.terms[:6]] == [
        *[(False, 30)] * 3,
        *[(True, 0)] * 3,
    ]
    assert [term.verdict for term in cut.root.terms] == [term.verdict for term in whole.root.terms] == [True] * 7
    assert cut.root.terms[6] == whole.root.terms[6]
    assert [term.element for term in cut.root.terms[6].terms] == [29]
    assert "cut" not in str(whole.to_json())
    terms = cut.to_json()["tree"]["terms"]
    assert [term["terms"][0].get("cut", False) for term in terms[:6]] == [False] * 3 + [True] * 3
    assert list(verdict_lines(cut.root.terms[5]))[-1] == "    ... too many objects to list"


@pytest.mark.parametrize("operator", ["$ne", "$gt"])
def test_as_many_elements_as_comparisons(operator: str) -> None:
    """A thousand comparisons of a thousand elements: 25,000 of the million are listed, and the verdicts are right."""
    query = criteria.parse({"AND": [{"items.count": {operator: -1 - n}} for n in range(1000)]}, BASKET)
    start = perf_counter()
    explanation = criteria.explain(query, {"items": [{"count": n} for n in range(1000)]})
    json.dumps(explanation.to_json()["tree"]["verdict"])
    assert perf_counter() - start < _MAX_SECONDS
    assert explanation.matches
    assert len(list(explanation.root.walk())) <= judging.MAX_LISTED + 3001


def test_what_elements_fulfil_is_analysed_once() -> None:
    """The findings inside of $elemMatch cost as much as those of the same conditions on a record, and no more."""
    spent = []
    for source, schema in ((LIST, BASKET.inside(ITEMS)), ({"items": {"$elemMatch": LIST}}, BASKET)):
        analysis = Analysis(written_tree(criteria.parse(source, schema)), True)
        list(analysis.findings())
        spent.append(MAX_EFFORT - analysis.effort.left)
    assert spent[0] <= spent[1] < 1.1 * spent[0]


PERSON = Schema(
    "person",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("age", "integer"),
        Field("friends", "objectRef", object_entity_type="person", is_list=True),
    ],
    system_properties=False,
)


def test_objects_behind_references_that_are_not_listed_take_no_memory() -> None:
    """A thousand tests of a list of a thousand references keep no tuple for each of the million pairs."""
    source = {"AND": [{"friends.age": 1000 + n} for n in range(300)]}
    query = criteria.parse(source, PERSON.with_entities({"person": PERSON}))
    people = {n: {"id": n, "age": n % 50} for n in range(1, 1001)}
    record = {"id": 0, "friends": list(people)}
    tracemalloc.start()
    try:
        explanation = criteria.explain(query, record, lookups={"person": people.get})
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()
    assert explanation.matches is False
    terms = explanation.root.terms
    assert [len(term.terms) for term in terms] == [0 if term.is_cut else 1000 for term in terms]
    assert [term.is_cut for term in terms] == sorted(term.is_cut for term in terms)
    assert sum(term.is_cut for term in terms) == 300 - judging.MAX_LISTED // 1000


def test_json_does_not_repeat_a_long_list_for_each_comparison() -> None:
    """A thousand comparisons found one list of a thousand objects: the text has it some times, and says where not."""
    query = criteria.parse({"AND": [{"items.count": -1 - n} for n in range(1000)]}, BASKET)
    found = criteria.explain(query, {"items": [{"count": n, "sku": "x" * 20} for n in range(1000)]}).to_json()
    terms = found["tree"]["terms"]
    shown = ["value" in term for term in terms]
    assert shown == sorted(shown, reverse=True)
    assert shown[0]
    assert not shown[-1]
    assert [term.get("valueCut", False) for term in terms] == [not one for one in shown]
    assert {term["found"] for term in terms} == {"value"}
    assert len(json.dumps(found)) < 10_000_000
    small = criteria.explain(query, {"items": [{"count": 1}]}).to_json()
    assert "valueCut" not in str(small)


def test_json_does_not_repeat_a_long_text_for_each_comparison() -> None:
    """A thousand comparisons found one text of 100 KB, alone or in a list: not all of them have it."""
    schema = Schema("texts", [Field("one", "string"), Field("many", "string", is_list=True)], system_properties=False)
    for field, value in (("one", "x" * 100_000), ("many", ["x" * 100_000])):
        query = criteria.parse({"OR": [{field: {"$contains": str(n)}} for n in range(1000)]}, schema)
        found = criteria.explain(query, {field: value}).to_json()
        terms = found["tree"]["terms"]
        assert terms[0]["value"] == value
        assert terms[-1]["valueCut"] is True
        assert len(json.dumps(found)) < 10_000_000


@pytest.mark.parametrize(
    ("operator", "selects"),
    [
        ("$ieq", ["STRASSE Ö", "strasse ö"]),
        ("$istartsWith", ["STRASSE Ö", "strasse ö", "Strasse ös"]),
        ("$iendsWith", ["STRASSE Ö", "strasse ö", "x Strasse Ö"]),
        ("$icontains", ["STRASSE Ö", "strasse ö", "Strasse ös", "x Strasse Ö"]),
    ],
)
def test_each_text_of_a_record_is_folded_once(
    operator: str, selects: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thirty operands in any letter case are compared with each text of a record: it is folded once, and so is each
    operand."""
    folded: list[str] = []

    def counted(text: str) -> str:
        folded.append(text)
        return fold(text)

    monkeypatch.setattr(conditions, "fold", counted)
    schema = Schema("texts", [Field("one", "string"), Field("many", "string", is_list=True)], system_properties=False)
    texts = ["STRASSE Ö", "strasse ö", "Strasse ös", "x Strasse Ö", "Straße Ö", ""]
    operands = [f"Missing {n}" for n in range(30)]
    for text in texts:
        for field, value in (("one", text), ("many", [text, text])):
            folded.clear()
            for negated in (False, True):
                tests = [{field: {operator: operand}} for operand in [*operands, "Strasse Ö"]]
                query = criteria.parse({"NOT": {"OR": tests}} if negated else {"OR": tests}, schema)
                assert criteria.explain(query, {field: value}).matches is ((text in selects) is not negated)
            assert sorted(folded) == sorted(2 * [text, *operands, "Strasse Ö"])


@pytest.mark.parametrize("field", ["price", "prices", "items.price"])
def test_each_value_is_loaded_once(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty comparisons of one field read each value of the record once, alone, in a list and in objects."""
    price = Field("price", "decimal", precision=9, scale=2)
    shop = Schema(
        "shop",
        [price, Field("prices", "decimal", precision=9, scale=2, is_list=True), ObjectList("items", [price])],
        system_properties=False,
    )
    texts = [f"{n}.50" for n in range(10)]
    loaded: list[str] = []

    def counting(one: Field, records: Records) -> Loader:
        load = loader(one, records)

        def counted(value: Any) -> Any:
            loaded.append(value)
            return load(value)

        return counted

    monkeypatch.setattr(conditions, "loader", counting)
    query = criteria.parse({"OR": [{field: {"$gt": f"{n + 100}.25"}} for n in range(30)]}, shop)
    record = {"price": texts[3], "prices": texts, "items": [{"price": one} for one in texts]}
    explanation = criteria.explain(query, record, records="json")
    assert explanation.matches is False
    assert sorted(loaded) == ([texts[3]] if field == "price" else texts)
