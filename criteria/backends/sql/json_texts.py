"""How the texts inside JSON that spell a decimal or a date look, as regular expressions that every engine reads alike.

A text of another form has another type than the field, so no positive comparison is true of it (see
docs/language.md#paths). The patterns are without anchors: each engine has its own way to match a whole text.
"""

from __future__ import annotations

DECIMAL = "-?[0-9]+([.][0-9]+)?"

_YEAR = "([0-9][0-9][0-9][1-9]|[0-9][0-9][1-9]0|[0-9][1-9]00|[1-9]000)"
_DAY = "(0[1-9]|1[0-9]|2[0-8])"
_LATE_DAYS = "(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31"
_LEAP_YEAR = "([0-9][0-9](0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)"

DATE = f"({_YEAR}-((0[1-9]|1[0-2])-{_DAY}|{_LATE_DAYS})|{_LEAP_YEAR}-02-29)"
"""YYYY-MM-DD for each day of the years 1 to 9999. Engines without regular expressions call a function instead."""
