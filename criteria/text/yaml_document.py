"""The content of a YAML text: JSON data, and the position of each part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from criteria.errors import Problem
from criteria.text.json_positions import Position, SearchTree


@dataclass(slots=True)
class YamlNode:
    """A value, the start and end of its text, and its entries: each with its key (in a mapping), its text or index, and
    its value.

    `style` is that of a scalar (its quote, `|`, `>`, or empty), `flow` for a list or mapping in brackets, or `alias`.
    `size` is the approximate length of the value as JSON, with its aliases expanded.
    """

    start: int
    end: int
    value: Any = None
    style: str = ""
    anchor: str | None = None
    size: int = 1
    inside: list[tuple[YamlNode | None, str, YamlNode]] = field(default_factory=list)

    @property
    def is_alias(self) -> bool:
        return self.style == "alias"


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """The content of a YAML text: the decoded value, a problem for each duplicate key, and all positions."""

    root: YamlNode
    repeated: tuple[Problem, ...]

    @property
    def value(self) -> Any:
        return self.root.value

    def places(self, root: SearchTree) -> Iterator[Position]:
        """The positions of the values in a search tree, in text order. Values of an alias have the position of the
        alias."""
        yield Position(root, self.root.start)
        yield from _inside(self.root, root, None)


def _inside(node: YamlNode, searched: SearchTree, alias: int | None) -> Iterator[Position]:
    if not searched.inside:
        return
    alias = node.start if alias is None and node.is_alias else alias
    for key, step, inner in node.inside:
        found = searched.inside.get(step)
        if found is not None:
            if alias is not None:
                yield Position(found, alias, alias)
            else:
                yield Position(found, inner.start, key.start if key else None)
            yield from _inside(inner, found, alias)
