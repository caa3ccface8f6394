"""The comments of a YAML text, in the order in which the formatter writes them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from criteria.errors import CriteriaError, Problem
from criteria.limits import MAX_YAML_NODES
from criteria.text.json_positions import Lines
from criteria.text.yaml_document import YamlDocument, YamlNode

_COMMENT = re.compile(r"(?:(?<=[\s\[\]{},\"'])|^)#[^\n]*")
"""ruamel takes a # for a comment also without a blank before it, after brackets, commas and quotes."""


class Comment(NamedTuple):
    """A comment, with the offset of its #. `is_behind`: other text precedes it on its line."""

    start: int
    text: str
    is_behind: bool


class Comments:
    """The comments that are not yet written. A # starts one outside scalars only: block scalars (`|`) may contain #.

    Raises `CriteriaError` (`too_long`) for more than 10,000.
    """

    def __init__(self, text: str, document: YamlDocument) -> None:
        self._all = list(islice(_found(text, document), MAX_YAML_NODES + 1))
        if len(self._all) > MAX_YAML_NODES:
            message = f"The YAML has more than {MAX_YAML_NODES} comments."
            line, column = Lines(text).at(self._all[-1].start)
            raise CriteriaError(Problem("too_long", message, line=line, column=column))
        self._starts = [one.start for one in self._all]
        self._taken = 0

    @property
    def texts(self) -> list[str]:
        """The texts of all comments, in alphabetical order."""
        return sorted(one.text for one in self._all)

    @property
    def next(self) -> Comment | None:
        """The first one left."""
        return self._all[self._taken] if self._taken < len(self._all) else None

    def take(self) -> Comment:
        """Removes and returns the first one."""
        self._taken += 1
        return self._all[self._taken - 1]

    def has_between(self, start: int, end: int) -> bool:
        """Whether a comment starts between two offsets."""
        at = bisect_left(self._starts, start, self._taken)
        return at < len(self._starts) and self._starts[at] < end

    def has_around(self, offset: int) -> bool:
        """Whether an offset is inside a comment."""
        at = bisect_right(self._starts, offset, self._taken) - 1
        return at >= self._taken and offset < self._starts[at] + len(self._all[at].text)


def _found(text: str, document: YamlDocument) -> Iterator[Comment]:
    at = 0
    line = 0  # where the last line with a comment begins
    for start, end in [*((one.start, one.end) for one in _scalars(document.root)), (len(text), len(text))]:
        for match in _COMMENT.finditer(text, at, start):
            begin = match.start()
            line = max(line, text.rfind("\n", line, begin) + 1)
            yield Comment(begin, match[0].rstrip(), not (line == begin or text[line:begin].isspace()))
        at = max(at, end)


def _scalars(node: YamlNode) -> Iterator[YamlNode]:
    """Scalars and aliases, in the order of the text."""
    if node.is_alias or not isinstance(node.value, (dict, list)):
        yield node
        return
    for key, _, inner in node.inside:
        if key is not None:
            yield from _scalars(key)
        yield from _scalars(inner)
