"""Criteria in the body of a request, read from its text.

FastAPI decodes it without lines and columns, keeps the last of repeated keys, and rounds numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from criteria.errors import CriteriaError, Problem, below
from criteria.pydantic.faults import decoded_text
from criteria.text.json_decoding import decode, read_text
from criteria.text.json_problems import located

MEMBER = "body"
"""The name of the criteria where the body has other members beside them: the endpoint has further parameters in it."""

_CRITERIA, _INSIDE = "/query", f"/{MEMBER}"


class Posted:
    """The body of a request. `around` is the path of FastAPI's errors to the criteria: in the URL without a body."""

    def __init__(self, has_body: bool, text: bytes = b"", body: Any = None, *, is_decoded: bool = False) -> None:
        self.around: tuple[str, ...] = ("body",) if has_body else ("query", "query")
        self._text = text
        self._body = body
        self._is_decoded = is_decoded
        self._member_of: str | None = None

    def criteria(self) -> Any:
        """The criteria: the text, or the exact value of a member of it, or what FastAPI has given to the endpoint if
        that is neither. Raises `CriteriaError`, with pointers that begin with `/query`."""
        decoded = decoded_text(self._text)
        if not self._is_decoded or decoded == self._body:
            return self._text
        if not isinstance(decoded, dict) or MEMBER not in decoded or decoded[MEMBER] != self._body:
            return self._body  # of a form, or of an application that decodes bodies itself
        self.around = ("body", MEMBER)
        try:
            text = read_text(self._text)
            exact, repeated = decode(text)
        except CriteriaError as error:
            raise CriteriaError(*below(_CRITERIA, error.problems)) from None
        own = [one for one in repeated if one.pointer.count("/") == 1 or one.pointer.startswith(f"{_INSIDE}/")]
        if own:  # what is repeated inside other members is a matter of theirs
            raise CriteriaError(*(replace(one, pointer=_CRITERIA + _inside(one.pointer)) for one in located(own, text)))
        self._member_of = text
        return exact[MEMBER]

    def located(self, problems: Sequence[Problem]) -> Sequence[Problem]:
        """The problems of a search, with lines and columns if the criteria are a member of the text."""
        if self._member_of is None:
            return problems
        found = []
        for one in problems:
            if one.pointer == _CRITERIA or one.pointer.startswith(f"{_CRITERIA}/"):
                [one] = located([replace(one, pointer=_INSIDE + one.pointer.removeprefix(_CRITERIA))], self._member_of)
                one = replace(one, pointer=_CRITERIA + one.pointer.removeprefix(_INSIDE))
            found.append(one)
        return found


def _inside(pointer: str) -> str:
    """A pointer inside the criteria; that of the criteria themselves for another member."""
    return pointer.removeprefix(_INSIDE) if pointer == _INSIDE or pointer.startswith(f"{_INSIDE}/") else ""
