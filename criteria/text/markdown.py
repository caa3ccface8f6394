"""Text inside Markdown that shows as it is, whatever Markdown or HTML it may spell.

Names and values come from queries and schemas of strangers, and Markdown is shown where HTML runs.
"""

from __future__ import annotations

import re

_ENTITIES = {one: f"&#{ord(one)};" for one in "`|"} | {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_MARKUP = re.compile(
    r"(?P<entity>[`|&<>])"
    r"|(?P<escaped>[\\*\[\]~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|^[#+=-])"
    r"|(?P<number>^[0-9]{1,9})(?P<mark>[.)])"
    r"|(?P<link>:(?=//)|(?<=www)\.|@)",
    re.IGNORECASE,
)


def literal(text: str) -> str:
    """Text on one line, also for a cell of a table or a heading, without anything that is read as markup or a link."""
    return _MARKUP.sub(_escaped, " ".join(text.split()))


def _escaped(found: re.Match[str]) -> str:
    one = found[0]
    if found["number"]:
        return f"{found['number']}\\{found['mark']}"
    if found["entity"]:
        return _ENTITIES[one]
    return f"\\{one}" if found["escaped"] else f"&#{ord(one)};"


def code(text: str) -> str:
    """A code span, on one line. In a cell of a table use `code_cell`."""
    shown = " ".join(text.splitlines())
    fence = "`" * (_longest_run(shown) + 1)
    pad = " " if "`" in (shown[:1], shown[-1:]) or shown.strip(" ") != shown or not shown else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def code_cell(text: str) -> str:
    """A code span for a cell of a table; text if it has `|`, which ends cells of some readers inside code too."""
    return literal(text) if "|" in text else code(text)


def fenced(text: str, language: str) -> str:
    """A block of code."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text.removesuffix(chr(10))}\n{fence}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
