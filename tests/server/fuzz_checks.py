"""Checks of this API's own for schemathesis, which runs in a process of its own and loads this module."""

from __future__ import annotations

import os
from typing import Any

import schemathesis

TAKEN = {"ObjectAlreadyExists", "CustomDomainNameAlreadyUsed"}

BEYOND = {
    "duplicate_sort_key", "unknown_object", "read_only", "too_deep", "too_many_leaves", "too_many_problems",
    "invalid_cursor", "cursor_mismatch",
}  # fmt: skip
"""Problems that a schema cannot know of: names that stand twice, objects that are there, sums, cursors of no page."""

WORDS = ("combined", "digits", "moment that exists", "years 1 to 9999", "is no double", "nearer to zero")
"""What problems say of numbers and dates whose form is right."""

REQUIREMENTS: dict[str, list[dict[str, list[str]]]] = {
    "none": [],
    "application": [{"apiKey": []}],
    "user": [{"apiKey": []}, {"apiKey": [], "userSession": []}],
    "master": [{"apiKey": []}, {"apiKey": [], "userSession": []}, {"apiKey": [], "masterKey": []}],
}
"""What the callers of a run have, of what operations ask for."""


@schemathesis.check
def allowed_is_done(ctx: Any, response: Any, case: Any) -> None:
    """A request that the document allows is done, or refused for a reason that no schema can give."""
    is_allowed = case.meta is not None and case.meta.generation.mode.is_positive
    if not is_allowed or response.status_code != 400 or os.environ["FUZZ_ACCESS"] != "master":
        return
    answer = response.json()
    problems = answer.get("problems", [])
    if answer["apiStatusCode"] in TAKEN or (problems and all(map(_is_beyond, problems))):
        return
    operation = case.operation.definition.raw["operationId"]
    if operation.startswith("restore") and "is not deleted" in answer["apiStatusMessage"]:
        return
    if operation.endswith("Session") and answer["apiStatusCode"] == "BadRequest":  # the master key is nobody's session
        return
    # Which type goes with which is known when a change is laid over the definition.
    if operation.startswith("change") and operation.endswith("CustomProperty"):
        assert {problem["code"] for problem in problems} <= {"invalid_schema", *BEYOND}, answer
        return
    raise AssertionError(f"{operation} refused what the document allows: {answer}")


@schemathesis.check
def less_is_not_enough(ctx: Any, response: Any, case: Any) -> None:
    """Callers who have nothing of what an operation asks for do not learn whether there is an object, either."""
    has = REQUIREMENTS[os.environ["FUZZ_ACCESS"]]
    wanted = case.operation.definition.raw["security"]
    if not any(requirement in has for requirement in wanted):
        assert response.status_code in (400, 401, 403), f"{response.status_code} for {os.environ['FUZZ_ACCESS']}"


def _is_beyond(problem: dict[str, Any]) -> bool:
    return problem["code"] in BEYOND or any(word in problem["message"] for word in WORDS)
