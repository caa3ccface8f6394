"""`Fit`: how a column stores the values of a field, or why it cannot."""

from __future__ import annotations

from typing import NamedTuple

from criteria.backends.sql.codec import Codec


class Unfit(NamedTuple):
    """Why a column cannot hold the values of a field, and what to do about it.

    `reason` continues "it", as "has no time zone" does.
    """

    reason: str
    hint: str


Fit = Codec | Unfit
