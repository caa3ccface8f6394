"""Criteria in the body of a request, read from its text.

FastAPI decodes it without lines and columns, keeps the last of repeated keys, and rounds numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from criteria.errors import CriteriaError, Problem, below
from criteria.messages import quoted
from criteria.pydantic.faults import decoded_text, request_errors
from criteria.text.json_decoding import decode, read_text
from criteria.text.json_problems import located

MEMBER = "body"
"""The name of the criteria where the body has other members beside them: the endpoint has further parameters in it."""

_CRITERIA, _INSIDE = "/query", f"/{MEMBER}"


class Posted:
    """The body of a request.

    - `around`: the path of FastAPI's errors to the criteria: in the URL without a body.
    - `given`: the criteria for errors, which repeat them.
    - `beside`: the errors of names that are repeated beside the criteria, or that of criteria that are missing.
    """

    def __init__(self, has_body: bool) -> None:
        self.around: tuple[str, ...] = ("body",) if has_body else ("query", "query")
        self.given: Any = None
        self.beside: list[dict[str, Any]] = []
        self._member_of: str | None = None

    def parameter(self, text: bytes, body: Any, *, is_decoded: bool, is_member: bool) -> dict[str, Any]:
        """The parameter `query`: the text, or the exact value of a member of it, or what FastAPI has given to the
        endpoint as `body` if that is neither. None of a body that should have the member and has not.

        Unless it `is_decoded`, FastAPI has not read the text. `is_member`: the body has other members.
        Raises `CriteriaError`, with pointers that begin with `/query`.
        """
        self.given = body  # if what follows raises
        decoded = decoded_text(text)
        has_member = isinstance(decoded, dict) and MEMBER in decoded
        if not is_decoded and is_member:
            return {"query": self._member(text, decoded)} if has_member else self._missing()
        if not is_decoded or decoded == body:
            return {"query": text}
        if not has_member or decoded[MEMBER] != body:  # of an application that decodes bodies itself
            return {"query": "null" if body is None else body}  # None would count as no criteria
        return {"query": self._member(text, decoded)}

    def of_form(self, values: Sequence[object]) -> dict[str, Any]:
        """The parameter `query`: the one text that a form has as the criteria. None of a form without them.

        Raises `CriteriaError`, with pointers that begin with `/query`.
        """
        self.around = ("body", MEMBER)
        if not any(values):  # an empty field is a missing one to FastAPI
            return self._missing()
        if len(values) > 1:
            raise CriteriaError(Problem("invalid_parameter", f"The field {quoted(MEMBER)} is given twice.", _CRITERIA))
        if not isinstance(values[0], str):
            message = "Expected criteria as text, found a file."
            raise CriteriaError(Problem("invalid_parameter", message, _CRITERIA))
        self.given = values[0]
        return {"query": values[0]}

    def _missing(self) -> dict[str, Any]:
        """No parameter, and FastAPI's own error of a missing one."""
        self.beside = [{"type": "missing", "loc": ("body", MEMBER), "msg": "Field required", "input": None}]
        return {}

    def _member(self, body: bytes, decoded: dict[str, Any]) -> Any:
        self.around, self.given = ("body", MEMBER), decoded[MEMBER]
        try:
            text = read_text(body)
            exact, repeated = decode(text)
        except CriteriaError as error:
            raise CriteriaError(*below(_CRITERIA, error.problems)) from None
        beside = [one for one in repeated if one.pointer.count("/") == 1 and one.pointer != _INSIDE]
        self.beside = request_errors(located(beside, text), decoded, ("body",))
        own = [one for one in repeated if one.pointer == _INSIDE or one.pointer.startswith(f"{_INSIDE}/")]
        if own:  # what is repeated inside other members is a matter of theirs
            raise CriteriaError(*(_of_criteria(one) for one in located(own, text)))
        if exact[MEMBER] is None:  # that would count as no criteria, which select everything
            null = Problem("invalid_structure", "Expected an object of criteria, found null.", _INSIDE)
            raise CriteriaError(*map(_of_criteria, located([null], text)))
        self._member_of = text
        return exact[MEMBER]

    def located(self, problems: Sequence[Problem]) -> Sequence[Problem]:
        """The problems of a search, with lines and columns if the criteria are a member of the text."""
        if self._member_of is None:
            return problems
        inside = [_INSIDE + one.pointer.removeprefix(_CRITERIA) if _is_of_criteria(one) else None for one in problems]
        own = [replace(one, pointer=at) for one, at in zip(problems, inside, strict=True) if at is not None]
        placed = map(_of_criteria, located(own, self._member_of))
        return [one if at is None else next(placed) for one, at in zip(problems, inside, strict=True)]


def _is_of_criteria(one: Problem) -> bool:
    return one.pointer == _CRITERIA or one.pointer.startswith(f"{_CRITERIA}/")


def _of_criteria(one: Problem) -> Problem:
    """A problem in the member with the criteria, as one of the criteria."""
    return replace(one, pointer=_CRITERIA + one.pointer.removeprefix(_INSIDE))
