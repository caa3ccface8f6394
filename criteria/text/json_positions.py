"""The positions of the parts of a JSON text, looked up only when there is a problem to show.

The text was decoded before, so nothing here checks that it is JSON. Only objects and lists around the wanted values are
read member by member; the decoder skips the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from criteria.errors import Path, to_pointer
from criteria.text.json_decoders import decoder_of_texts

_NEXT = re.compile(r'[ \t\n\r,]*(?:"([^"\\]*)"[ \t\n\r]*:[ \t\n\r]*)?([^\s,"\[\]{}]+|"[^"\\]*")?')
"""What follows inside an object or list: a key, and a scalar value, if a regular expression can read them."""

_COLON = re.compile(r"[ \t\n\r:]*")
_BLANKS = re.compile(r"[ \t\n\r]*")
_ESCAPED_SURROGATE = re.compile(r"\\u(d[89a-f][0-9a-f]{2})")

_DECODER = decoder_of_texts()


@dataclass(slots=True, eq=False)
class SearchTree:
    """A value to look for, and those inside it. `step` is the last one of the pointer."""

    step: str = ""
    around: SearchTree | None = None
    inside: dict[str, SearchTree] = field(default_factory=dict)

    def enter(self, key: str, step: str) -> SearchTree:
        """The value of a key or index inside this one, which is then searched for as well."""
        found = self.inside.get(key)
        if found is None:
            found = self.inside[key] = SearchTree(step, self)
        return found

    @property
    def pointer(self) -> str:
        """The pointer to the value. It is made when it is asked for: those of all values around a deep one are long."""
        steps: list[str] = []
        node = self
        while node.around is not None:
            steps.append(node.step)
            node = node.around
        return "".join([f"/{step}" for step in reversed(steps)])


class Position(NamedTuple):
    """The offsets of a value, of its key (in an object), and of the object or list around it."""

    searched: SearchTree
    value: int
    key: int | None = None
    around: int | None = None

    @property
    def pointer(self) -> str:
        """The pointer to the value."""
        return self.searched.pointer


class _OpenContainer:
    """An object or list whose end was not read yet."""

    __slots__ = ("index", "inside", "is_list", "start")

    def __init__(self, inside: dict[str, SearchTree], is_list: bool, start: int) -> None:
        self.inside, self.is_list, self.start = inside, is_list, start
        self.index = -1


def search_tree(pointers: Iterable[str]) -> SearchTree:
    """The tree that finds the values of some pointers, and all values around them."""
    root = SearchTree()
    for pointer in pointers:
        nodes = [root]
        for step in pointer.split("/")[1:]:
            nodes = [node.enter(key, step) for node in nodes for key in _keys(step)]
    return root


def _keys(step: str) -> set[str]:
    """The keys that a step of a pointer may mean: an escape in it may be a lone surrogate, or literal text."""
    key = step.replace("~1", "/").replace("~0", "~")
    return {key, _ESCAPED_SURROGATE.sub(lambda found: chr(int(found[1], 16)), key)}


def search_tree_of_paths(paths: Iterable[Path]) -> tuple[SearchTree, list[SearchTree]]:
    """The same for paths of keys and indexes, and the value of each path."""
    root = SearchTree()
    found: list[SearchTree] = []
    for path in paths:
        node = root
        for step in path:
            key = str(step)
            node = node.enter(key, key if type(step) is int else to_pointer((step,))[1:])
        found.append(node)
    return root, found


def places(text: str, root: SearchTree) -> Iterator[Position]:
    """The positions of the values in a search tree, in the order of the text. A duplicate key is found twice."""
    at = _past(_BLANKS, text, 0)
    yield Position(root, at)
    stack = [_OpenContainer(root.inside, text[at] == "[", at)] if text[at] in "[{" else []
    at += 1
    while stack:
        top = stack[-1]
        found = _NEXT.match(text, at)
        assert found
        key, value, at = found[1], found.start(2), found.end()
        key_at = found.start(1) - 1
        if value < 0:  # a container, a string with a backslash, or the end
            if key is None and text[at] in "]}":
                stack.pop()
                at += 1
                continue
            if key is None and not top.is_list:
                key_at = at
                key, at = _DECODER.raw_decode(text, at)
                at = _past(_COLON, text, at)
            value = at
        if top.is_list:
            top.index += 1
            key = str(top.index)
        node = top.inside.get(key)
        if node is not None:
            yield Position(node, value, None if top.is_list else key_at, top.start)
        if value < at:
            continue
        if node is not None and node.inside and text[at] in "[{":
            stack.append(_OpenContainer(node.inside, text[at] == "[", at))
            at += 1
        elif text.startswith(("{}", "[]"), at):  # as raw_decode, in a third of the time
            at += 2
        else:
            at = _DECODER.raw_decode(text, at)[1]


def _past(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


class Lines:
    """Lines and columns of a text, for ascending offsets."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._line, self._start, self._offset = 1, 0, 0

    def at(self, offset: int) -> tuple[int, int]:
        """The line and the column of an offset, counted from 1; only LF ends a line."""
        self._line += self._text.count("\n", self._offset, offset)
        self._start = max(self._start, self._text.rfind("\n", self._offset, offset) + 1)
        self._offset = offset
        return self._line, offset - self._start + 1
