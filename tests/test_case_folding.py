"""The table of letter case ships with the library, and Python and SQLite agree on hostile texts with the rule."""

from __future__ import annotations

import sqlite3
from hashlib import sha256

import pytest

import criteria
from criteria.conformance.reference import is_true
from criteria.limits import MAX_FOLDED_OPERAND
from criteria.values.case_folding import caseless_pattern, classes, fold
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
