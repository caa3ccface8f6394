"""Problems and CriteriaError are values: they can be printed, compared, hashed and pickled."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Problem
from criteria.errors import CODES, to_pointer
from criteria.messages import quoted
from tests.parsing.outcome import problems

FULL = Problem(
    "type_mismatch", 'Expected an integer for field "age", found "x".', "/age", 2, 5, "Write the number without quotes."
)
BARE = Problem("invalid_json", "The text is not UTF-8.")


def test_how_a_problem_reads() -> None:
    """A problem prints its place, message, pointer, code and hint, as far as it has them."""
    assert str(FULL) == (
        'line 2, column 5: Expected an integer for field "age", found "x". (at /age) [type_mismatch]\n'
        "  Write the number without quotes."
    )
    assert str(BARE) == "The text is not UTF-8. [invalid_json]"


def test_how_an_error_reads() -> None:
    """An error prints all its problems."""
    assert str(CriteriaError(FULL, BARE)) == f"{FULL}\n{BARE}"


def test_an_error_is_a_value_error() -> None:
    """`except ValueError` catches a refusal."""
    with pytest.raises(ValueError, match="There is no operator"):
        criteria.parse({"age": {"$above": 1}})


@pytest.mark.parametrize("problem", [FULL, BARE])
def test_problems_are_values(problem: Problem) -> None:
    """Equal problems are equal and hash alike, none can be changed, and pickle and copy keep them."""
    again = Problem(problem.code, problem.message, problem.pointer, problem.line, problem.column, problem.hint)
    assert problem == again
    assert len({problem, again, BARE, FULL}) == 2
    assert pickle.loads(pickle.dumps(problem)) == copy.deepcopy(problem) == problem  # noqa: S301
    with pytest.raises(AttributeError):
        problem.code = "x"  # type: ignore[misc]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_errors_can_be_pickled_and_copied(protocol: int) -> None:
    """An unpickled or copied error has the same problems and the same text."""
    with pytest.raises(CriteriaError) as caught:
        criteria.parse('{"$x": 1, "b": {"$gt": null}}')
    for again in (pickle.loads(pickle.dumps(caught.value, protocol)), copy.copy(caught.value)):  # noqa: S301
        assert isinstance(again, CriteriaError)
        assert again.problems == caught.value.problems
        assert str(again) == str(caught.value)
        assert len(again.problems) == 2


def test_errors_have_no_internal_cause() -> None:
    """The traceback of a refusal shows no exception of a parser or a number type as its cause."""
    sources: tuple[Any, ...] = (
        '{"a": ',
        '{"a": NaN}',
        b"\xff",
        '{"a": 1, "a": 2}',
        {"a": {"$gt": None}},
        "[" * 100_000,
    )
    for source in sources:
        with pytest.raises(CriteriaError) as caught:
            criteria.parse(source)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    ("path", "pointer"),
    [((), ""), (("a",), "/a"), (("",), "/"), (("a/b", "~", 0), "/a~1b/~0/0"), (("~1",), "/~01")],
)
def test_pointers(path: tuple[str | int, ...], pointer: str) -> None:
    """Pointers are JSON Pointers (RFC 6901)."""
    assert to_pointer(path) == pointer


def test_pointers_lead_to_the_fault() -> None:
    """A pointer can be followed into the criteria, step by step."""
    source = {"OR": [{"a/b~c": 1}, {"~1": {"$in": [1, None]}}, {"m~n/o": {"$x/y": 1}}]}
    assert [one.pointer for one in problems(source)] == ["/OR/1/~01/$in/1", "/OR/2/m~0n~1o/$x~1y"]


LONE = "\ud800"


@pytest.mark.parametrize(
    "source",
    [
        {LONE: 1},
        {"a": {LONE: 1}},
        {"a": {"$" + LONE: 1}},
        {"a": LONE},
        {"a": {"$in": [LONE, None]}},
        {"a": {"$gt": [LONE]}},
        {"\u00e9" + LONE: None},
        '{"\\ud800": 1}',
        '{"\\ud800": 1, "\\ud800": 2}',
        '{"a": {"\\udfff/~": 1}}',
    ],
)
def test_errors_can_be_encoded(source: Any) -> None:
    """Whatever the keys and values are, an error can be written as UTF-8."""
    for one in problems(source):
        for text in (str(one), repr(one), one.pointer):
            assert text.encode("utf-8").decode("utf-8") == text


def test_lone_surrogates_are_shown_as_escapes() -> None:
    """Pointers and messages show a lone surrogate as a JSON escape, and other letters as they are."""
    (problem,) = problems({"\u00e9" + LONE: 1})
    assert problem.pointer == "/\u00e9\\ud800"
    assert problem.message.startswith('"\u00e9\\ud800" cannot be a field name.')
    assert Problem("unknown_field", LONE, "/" + LONE, hint=LONE) == Problem(
        "unknown_field", "\\ud800", "/\\ud800", hint="\\ud800"
    )


def test_escaped_surrogates_have_their_place() -> None:
    """A key with a lone surrogate is found in the text, and so is one that has the letters of an escape in it."""
    for text in ('{\n "\\ud800": 1}', '{\n "$\\\\ud800": 1}'):
        (problem,) = problems(text)
        assert (problem.line, problem.column) == (2, 2)


def test_messages_show_the_beginning_of_long_values() -> None:
    """A message shows the beginning of a long or endless value, and only that is read."""

    class Endless(list[Any]):
        read = 0

        def __iter__(self) -> Iterator[Any]:
            while True:
                Endless.read += 1
                yield 12345

    assert quoted(Endless([1])) == "[12345, 12345, 12345, 12345, 12345, 12345, 12345, 12345, ..."
    assert Endless.read < 20
    assert quoted(["x" * 10**6] * 3) == '["' + "x" * 55 + "..."
    assert quoted({"a": [1, None, Decimal("1.50"), {"b": True}]}) == '{"a": [1, null, 1.50, {"b": true}]}'


def test_codes_are_words_with_an_explanation() -> None:
    """Every code is in lower case and says what it means."""
    for code, explanation in CODES.items():
        assert code == code.lower()
        assert code.replace("_", "").isalpha()
        assert len(explanation.split()) > 3
