"""The days of the calendar as a regular expression: the texts that a date has in canonical form.

It means the same in ECMA-262, Python, PCRE and SQL engines, and uses only constructs that linear-time engines support.
"""

from __future__ import annotations

_YEAR = "([0-9][0-9][0-9][1-9]|[0-9][0-9][1-9]0|[0-9][1-9]00|[1-9]000)"
_DAY = "(0[1-9]|1[0-9]|2[0-8])"
_LATE_DAYS = "(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31"

_LEAP_YEAR = "([0-9][0-9](0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)"
"""Divisible by 4 but not by 100, or by 400; the year 0 is not one."""

DAY_WITH_CAPTURES = f"({_YEAR}-((0[1-9]|1[0-2])-{_DAY}|{_LATE_DAYS})|{_LEAP_YEAR}-02-29)"
"""YYYY-MM-DD for each day of the years 1 to 9999, without anchors. Its groups capture: some engines have no others."""

DAY = DAY_WITH_CAPTURES.replace("(", "(?:")
"""The same with groups that do not capture."""
