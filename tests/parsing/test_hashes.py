"""Guids and decimals that were chosen to have one hash (docs/language.md#bounds)."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

import criteria
from criteria import CriteriaError, Field, Schema
from criteria.values.hashes import MAX_SAME_HASH

MODULUS = 2**61 - 1
"""Python's hashes of guids and decimals are remainders of the division by this prime."""

SCHEMA = Schema(
    "it",
    [Field("guid", "guid"), Field("guids", "guid", is_list=True), Field("number", "decimal", precision=34, scale=4)],
    system_properties=False,
)


def guids(count: int) -> list[str]:
    """Different guids with one hash."""
    found = [UUID(int=12_345 + number * MODULUS * 2**20) for number in range(1, count + 1)]
    assert len(set(map(hash, found))) == 1
    return list(map(str, found))


def numbers(count: int) -> list[str]:
    """Different decimals with one hash."""
    return [str(10**20 + number * MODULUS * 1000) for number in range(1, count + 1)]


@pytest.mark.parametrize(
    "source",
    [
        {"guid": {"$in": guids(1000)}},
        {"guid": {"$nin": guids(MAX_SAME_HASH + 1)}},
        {"guids": {"$in": guids(MAX_SAME_HASH + 1)}},
        {"number": {"$in": numbers(MAX_SAME_HASH + 1)}},
        {"number": {"$in": [int(one) for one in numbers(MAX_SAME_HASH + 1)]}},
        {"OR": [{"guid": one} for one in guids(MAX_SAME_HASH + 1)]},
        {"AND": [{"guid": {"$in": guids(60)[start : start + 10]}} for start in range(0, 60, 10)]},
    ],
)
@pytest.mark.parametrize("of", [json.dumps, lambda source: source], ids=["text", "decoded"])
def test_values_that_share_a_hash_are_refused(source: Any, of: Any) -> None:
    """Alone or in lists, each of which may have few: sets of them are slow."""
    with pytest.raises(CriteriaError) as caught:
        criteria.parse(of(source), SCHEMA)
    assert [problem.code for problem in caught.value.problems] == ["too_many_values"]


@pytest.mark.parametrize(
    "source",
    [
        {"guid": {"$in": guids(MAX_SAME_HASH)}},
        {"guid": {"$in": [str(UUID(int=tenant << 64 | row)) for tenant in range(20) for row in range(50)]}},
        {"guid": {"$in": guids(1) * 1000}},
        {"OR": [{"number": "7"}, {"number": "7.0"}] * 100},
        {"number": {"$in": [str(number) for number in range(1000)]}},
    ],
)
def test_others_are_not(source: Any) -> None:
    """Few of them, equal ones in any number, ids made of two numbers, and as many as one likes of usual values."""
    query = criteria.parse(json.dumps(source), SCHEMA)
    assert criteria.parse(query.to_json(), SCHEMA) == query


def test_a_wrong_value_is_told_first() -> None:
    """The pointer of a value that is no guid says more."""
    with pytest.raises(CriteriaError) as caught:
        criteria.parse({"guid": {"$in": [*guids(50), "x"]}}, SCHEMA)
    assert [(one.code, one.pointer) for one in caught.value.problems] == [("type_mismatch", "/guid/$in/50")]
