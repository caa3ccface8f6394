"""The refusal of a table or a collection about which its database does not answer."""

from __future__ import annotations

from criteria.errors import CriteriaError, Problem
from criteria.messages import shown_text

_MAX_SAID = 1000
"""The characters of what a driver says that are repeated: it may repeat the statement."""


def unanswered(error: Exception, about: str | None, hint: str, pointer: str = "") -> CriteriaError:
    """The refusal (`database_error`) for an exception of a driver, in the driver's words.

    - `about`: what the database was asked about, as the message shows it.
    """
    text = shown_text(error, _MAX_SAID) or type(error).__name__
    asked = "" if about is None else f" about {about}"
    return CriteriaError(Problem("database_error", f"The database did not answer{asked}: {text}", pointer, hint=hint))
