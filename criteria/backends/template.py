"""Templates: what a backend compiles once per form of queries."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from criteria.search.search import Search


class Recompiled:
    """A compiled query that is made of functions. It is pickled as what it was compiled from, and compiled again."""

    __slots__ = ("_origin",)
    _origin: tuple[Any, ...]

    def compiled_from(self, origin: tuple[Any, ...]) -> None:
        """Keeps what `__reduce__` returns: a function that compiles, and its arguments."""
        object.__setattr__(self, "_origin", origin)

    def __reduce__(self) -> tuple[Any, ...]:
        try:
            return self._origin
        except AttributeError:
            raise TypeError("Only what criteria.compile returned can be pickled.") from None


@runtime_checkable
class OfSearch(Protocol):
    """What a template is filled to if the result needs the search itself, which a cached template must not keep."""

    def of_search(self, search: Search) -> Any:
        """The compiled search."""


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled form, to be filled with the values of any query of that form.

    - `fill`: takes the values in the order of `criteria.tree.parameters.parameterize`; returns the compiled query.
    - `is_reusable`: whether the template is correct for every query of the form, so that it may be cached.
    - `size`: the approximate size in bytes; None: as much as the code of a predicate of the form.
    - `variant`: takes the values of a query of the form, and returns what else the template depends on: it is reused
      only for queries with the same. None: nothing else.
    """

    fill: Callable[[Sequence[Any]], Any]
    is_reusable: bool = True
    size: int | None = None
    variant: Callable[[Sequence[Any]], Hashable] | None = None
