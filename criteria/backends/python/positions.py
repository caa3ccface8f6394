"""Records after a position in an order (docs/paging.md), by the values that they are sorted by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from criteria.backends.python.order import plain_class
from criteria.backends.python.reading import Reading
from criteria.search.keyset import Position
from criteria.search.order_by import SortKey
from criteria.values.non_finite import is_nan

_Piece = Sequence[Any]


class Counted:
    """The records of each chunk that are after a position. `total` counts all records that it has read."""

    def __init__(self, pieces: Iterable[_Piece], keep: Callable[[_Piece], list[Any]]) -> None:
        self.total = 0
        self._pieces, self._keep = pieces, keep

    def __iter__(self) -> Iterator[list[Any]]:
        for piece in self._pieces:
            self.total += len(piece)
            yield self._keep(piece)


def after(keys: Sequence[SortKey], position: Position, reading: Reading) -> Callable[[_Piece], list[Any]]:
    """A function that keeps the records of a chunk that come after a position in the order of the keys."""
    position = tuple(None if is_nan(value) else value for value in position)  # a NaN sorts as an empty value
    steps = [(reading.value(key.field), value, key.descending) for key, value in zip(keys, position, strict=True)]

    def is_after(record: Any) -> bool:
        for value, bound, descending in steps:
            own = value(record)
            if own is None or bound is None:
                if own is not bound:  # empty is smaller than any value
                    return (own is None) is descending
            elif own != bound:
                return bool(own < bound if descending else own > bound)
        return False

    key, bound = keys[0], position[0]
    plain = plain_class(key.field, reading)
    if plain is None or plain is float or type(bound) is not plain or key.field.is_nested:
        return lambda piece: [record for record in piece if is_after(record)]
    return _quickly(reading.path(key.field)[0], plain, bound, key.descending, is_after)


def _quickly(
    name: str, plain: type, bound: Any, descending: bool, is_after: Callable[[Any], bool]
) -> Callable[[_Piece], list[Any]]:
    """Compares the first key of dicts in a loop without a call, and looks further only at records that are equal in it
    or hold a value of another class."""

    def ascending_piece(piece: _Piece) -> list[Any]:
        return [
            record
            for record in piece
            if (
                own > bound or (own == bound and is_after(record))
                if record.__class__ is dict and (own := record.get(name)).__class__ is plain
                else is_after(record)
            )
        ]

    def descending_piece(piece: _Piece) -> list[Any]:
        return [
            record
            for record in piece
            if (
                own < bound or (own == bound and is_after(record))
                if record.__class__ is dict and (own := record.get(name)).__class__ is plain
                else is_after(record)
            )
        ]

    quick = descending_piece if descending else ascending_piece

    def keep(piece: _Piece) -> list[Any]:
        try:
            return quick(piece)
        except Exception:  # a key that cannot be compared
            return [record for record in piece if is_after(record)]

    return keep
