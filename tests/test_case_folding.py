"""The table of letter case ships with the library, and Python and SQLite agree on hostile texts with the rule."""

from __future__ import annotations

import sqlite3
from hashlib import sha256

import pytest

import criteria
from criteria.backends.python import operands
from criteria.conformance.reference import is_true
from criteria.limits import MAX_FOLDED_OPERAND
from criteria.values.case_folding import caseless_pattern, classes, compiled_pattern, fold
from criteria.values.folding_table import UNICODE_VERSION

SCHEMA = criteria.Schema("s", [criteria.Field("a", "string")], system_properties=False)
OPERATORS = ("$ieq", "$istartsWith", "$iendsWith", "$icontains")
TEXTS = [
    "k", "K", "\u212a", "s\u017fS", "\u03c3\u03c2\u03a3", "\u00df", "\u1e9e", "ss", "i", "I", "\u0131", "\u0130",
    "i\u0307", "\u0345", "\u1fbe", "\u1f88", "\u1f80", "\ufb05", "\ufb06", "\u0390", "\u1fd3", "\U00010400",
    "\U00010428", "\U0001f600a", "\u13a0", "\uab70", "a[b]*?^-]", "A\\.|(){}$+%_!'", "e\u0301", "\u00e9", "\u00c9",
    "a\n", "A\n\n", "\n", "", "\u01c4\u01c5\u01c6", "\u00b5", "\u03bc", "\u03f4\u03d1", "1K2",
]  # fmt: skip


def test_table_is_pinned() -> None:
    """The classes are those of Unicode 15.1, whichever version Python has."""
    found = sorted(set(classes().values()))
    assert (UNICODE_VERSION, len(found), sum(map(len, found))) == ("15.1.0", 1427, 2884)
    assert sha256("|".join(found).encode()).hexdigest()[:16] == "3af8a5c9a8051868"


def test_longest_pattern_fits_every_engine() -> None:
    """Of the characters with the longest class, as many as an operand may have are far from the bounds of engines."""
    longest = max(len(caseless_pattern(one).encode()) for one in classes())
    assert longest * MAX_FOLDED_OPERAND < 4096


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("value", ["a", "\u00e9" * 300])
@pytest.mark.parametrize("is_list", [False, True])
def test_first_record_compiles_no_patterns(operator: str, value: str, is_list: bool) -> None:
    """Compiling the patterns of a hostile query would take seconds, so texts are folded until patterns pay."""
    schema = criteria.Schema("s", [criteria.Field("a", "string", is_list=is_list)], system_properties=False)
    terms = [{"a": {operator: "kKs" * 80 + operator + str(number)}} for number in range(200)]
    predicate = criteria.compile(criteria.parse({"OR": terms}, schema), "python")
    before = compiled_pattern.cache_info()
    assert not predicate({"a": [value] * 10 if is_list else value})
    assert compiled_pattern.cache_info() == before


def test_patterns_are_compiled_when_they_pay() -> None:
    """A predicate that has folded much text gives the same answers with the pattern."""
    for operator in OPERATORS:
        predicate = criteria.compile(criteria.parse({"a": {operator: "Zo\u00eb"}}, SCHEMA), "python")
        before = sum(compiled_pattern.cache_info()[:2])
        assert all(predicate({"a": "".join(["zO", "\u00cb"])}) for _ in range(1100))  # another object each time
        assert not predicate({"a": "zo\u00e8"})
        assert sum(compiled_pattern.cache_info()[:2]) == before + 1


def test_folding_keeps_the_number_of_characters() -> None:
    """Every character is folded to one character, and folding twice changes nothing."""
    assert all(len(fold(one)) == 1 and fold(fold(one)) == fold(one) for one in classes())


@pytest.mark.parametrize("operator", OPERATORS)
def test_python_and_sqlite_follow_the_rule(operator: str) -> None:
    """Each text as operand on each text as value, alone and in other text."""
    values = [*TEXTS, *(f"x{one}y" for one in TEXTS), *(one.upper() for one in TEXTS)]
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE s (a TEXT)")
    connection.executemany("INSERT INTO s VALUES (?)", [(one,) for one in values])
    for operand in TEXTS:
        query = criteria.parse({"a": {operator: operand}}, SCHEMA)
        expected = sorted(one for one in values if is_true(query.expression, {"a": one}))
        assert sorted(
            filter(
                None,
                (row["a"] or "\0" for row in criteria.compile(query, "python").filter([{"a": one} for one in values])),
            )
        ) == sorted(one or "\0" for one in expected), operand
        sql = criteria.compile(query, "sql", dialect="sqlite")
        found = connection.execute(f"SELECT a FROM s WHERE {sql.text}", sql.params)
        assert sorted(row[0] for row in found) == expected, operand
    connection.close()


def test_long_operands_are_refused() -> None:
    """At most 256 characters."""
    criteria.parse({"a": {"$ieq": "k" * 256}}, SCHEMA)
    with pytest.raises(criteria.CriteriaError) as caught:
        criteria.parse({"a": {"$ieq": "k" * 257}}, SCHEMA)
    assert [(one.code, one.pointer) for one in caught.value.problems] == [("too_long", "/a/$ieq")]


def test_contradictions_are_found() -> None:
    """Two equalities in any letter case contradict each other unless they have the same folding."""
    never = criteria.parse({"a": {"$ieq": "Kiel", "$istartsWith": "ko"}}, SCHEMA)
    assert [one.reason.value for one in criteria.explain(never).findings] == ["contradiction"]
    implied = criteria.parse({"a": {"$ieq": "Kiel", "$istartsWith": "\u212aI"}}, SCHEMA)
    assert [one.reason.value for one in criteria.explain(implied).findings] == ["redundant"]


def test_a_text_is_folded_once_for_many_operands(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pattern for each of a thousand operands took seconds in one long text. After a few tests it is folded."""
    terms = [{"a": {"$icontains": f"\u00c9{number}"}} for number in range(200)]
    predicate = criteria.compile(criteria.parse({"OR": terms}, SCHEMA), "python")
    folded: list[str] = []

    def counted(text: str) -> str:
        folded.append(text)
        return fold(text)

    monkeypatch.setattr(operands, "fold", counted)
    before = compiled_pattern.cache_info().misses
    text = "\u00e9" * 20_000
    assert not predicate({"a": text})
    assert not predicate.filter([{"a": text}] * 20)
    assert [one for one in folded if len(one) > 10] == [text]
    assert compiled_pattern.cache_info().misses < before + 10


def test_many_operands_follow_the_rule_in_many_texts() -> None:
    """Also where the same text comes again after another, and where two fields are asked in turn."""
    fields = [criteria.Field(name, "string") for name in "ab"]
    schema = criteria.Schema("s", fields, system_properties=False)
    values = [f"x{one}y" for one in TEXTS] * 2
    for operand in TEXTS:
        others = [{"ab"[number % 2]: {"$icontains": f"{operand}{number}"}} for number in range(30)]
        query = criteria.parse(
            {"OR": [*others, {"a": {"$icontains": operand}}, {"b": {"$icontains": f"{operand}y"}}]}, schema
        )
        predicate = criteria.compile(query, "python")
        records = [{"a": one, "b": other} for one, other in zip(values, reversed(values), strict=True)]
        assert predicate.filter(records) == [one for one in records if is_true(query.expression, one)]
