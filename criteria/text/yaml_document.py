"""What a YAML text holds: JSON data, and where each part of them stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from criteria.errors import Problem
from criteria.text.json_positions import Place, Wanted


@dataclass(slots=True)
class Node:
    """A value, where its text begins and ends, and what is inside it: each key (of a mapping), its text or the index,
    and the value.

    `style` is that of a scalar (its quote, `|`, `>`, or nothing), `flow` of a list or mapping in brackets, or `alias`.
    `size` is about how long the value is when it is written as JSON, with all that its aliases stand for.
    """

    start: int
    end: int
    value: Any = None
    style: str = ""
    anchor: str | None = None
    size: int = 1
    inside: list[tuple[Node | None, str, Node]] = field(default_factory=list)

    @property
    def is_alias(self) -> bool:
        return self.style == "alias"


@dataclass(frozen=True, slots=True)
class Document:
    """What a YAML text holds: the decoded value, a problem for each key that stands twice, and where things stand."""

    root: Node
    repeated: tuple[Problem, ...]

    @property
    def value(self) -> Any:
        return self.root.value

    def places(self, root: Wanted) -> Iterator[Place]:
        """The places of what is wanted, in the order of the text; what an alias stands for is where the alias is."""
        yield Place(root.pointer, self.root.start)
        yield from _inside(self.root, root, None)


def _inside(node: Node, searched: Wanted, alias: int | None) -> Iterator[Place]:
    if not searched.inside:
        return
    alias = node.start if alias is None and node.is_alias else alias
    for key, step, inner in node.inside:
        found = searched.inside.get(step)
        if found is not None:
            if alias is not None:
                yield Place(found.pointer, alias, alias)
            else:
                yield Place(found.pointer, inner.start, key.start if key else None)
            yield from _inside(inner, found, alias)
