"""The first records of an order, from a stream of which no more is kept than needed.

Records are collected in a buffer. Whenever it is full, it is sorted and cut to as many as are selected; from then on a
record whose first sort key is worse than that of the last one kept can never be among them, and is dropped after one
look-up and one comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from criteria.backends.python.order import plain_class, sort
from criteria.backends.python.reading import Reading
from criteria.search.order_by import SortKey

_MIN_BUFFER = 128

_Piece = Sequence[Any]
_Sieve = Callable[[_Piece], list[Any]]


def first(
    pieces: Iterable[_Piece], keys: Sequence[SortKey], length: int, reading: Reading, is_counted: bool
) -> tuple[list[Any], int]:
    """The first records in the order of the keys, and how many there are in all (if they are counted)."""
    buffer: list[Any] = []
    most = max(_MIN_BUFFER, 2 * length)
    sieve: _Sieve | None = None
    total = 0
    for piece in pieces:
        total += len(piece)
        buffer += piece if sieve is None else sieve(piece)
        if not keys and len(buffer) >= length:
            del buffer[length:]
            if not is_counted:
                break
            sieve = _nothing
        elif len(buffer) > most:
            buffer = sort(buffer, keys, reading)[:length]
            sieve = _sieve(buffer[-1], keys[0], reading) if buffer else _nothing
    return sort(buffer, keys, reading)[:length], total


def _nothing(piece: _Piece) -> list[Any]:
    return []


def _sieve(last: Any, key: SortKey, reading: Reading) -> _Sieve:
    """What keeps the records of a piece whose first key is not worse than the last record's."""
    value = reading.value(key.field)
    bound = value(last)
    if bound is None and key.descending:
        return list  # nothing is worse than an empty value
    keep = _keeper(value, bound, key.descending)
    sieves: list[_Sieve] = [
        *_quick_sieves(key, reading, bound, keep),
        lambda piece: [record for record in piece if keep(record)],
    ]

    def sieve(piece: _Piece) -> list[Any]:
        """The quickest one that no record has stopped so far: by a key that is missing, or that cannot be compared."""
        while len(sieves) > 1:
            try:
                return sieves[0](piece)
            except Exception:
                del sieves[0]
        return sieves[0](piece)

    return sieve


def _keeper(value: Callable[[Any], Any], bound: Any, descending: bool) -> Callable[[Any], bool]:
    """Whether a record may be among the first, whatever it is. Empty values are the least of all."""

    def keep(record: Any) -> bool:
        own = value(record)
        if own is None:
            return bound is None or not descending
        if bound is None:
            return descending
        return bool(own >= bound if descending else own <= bound)

    return keep


def _quick_sieves(key: SortKey, reading: Reading, bound: Any, keep: Callable[[Any], bool]) -> Iterator[_Sieve]:
    """The same for dicts whose values are mostly of one class, where that class can be compared with the bound."""
    name, plain = reading.path(key.field)[0], plain_class(key.field, reading)
    if plain is None or key.field.is_nested:
        return
    if bound is None and plain is not float:  # NaN is an empty value of that class
        yield _empty(name, plain, keep)
    elif type(bound) is plain and key.descending:
        yield _not_below(name, plain, bound, keep)
        yield _not_below_or_missing(name, plain, bound, keep)
    elif type(bound) is plain:
        yield _not_above(name, plain, bound, keep)
        yield _not_above_or_missing(name, plain, bound, keep)


def _empty(name: str, plain: type, keep: Callable[[Any], bool]) -> _Sieve:
    return lambda piece: [
        row
        for row in piece
        if (
            (own := row.get(name)) is None or (type(own) is not plain and keep(row))
            if row.__class__ is dict
            else keep(row)
        )
    ]


def _not_above(name: str, plain: type, bound: Any, keep: Callable[[Any], bool]) -> _Sieve:
    """A true among numbers compares with them, and is an empty value: another class than a number's is asked again."""
    return lambda piece: [
        row
        for row in piece
        if (
            (own := row[name]) is None or not own > bound or (own.__class__ is not plain and keep(row))
            if row.__class__ is dict
            else keep(row)
        )
    ]


def _not_above_or_missing(name: str, plain: type, bound: Any, keep: Callable[[Any], bool]) -> _Sieve:
    return lambda piece: [
        row
        for row in piece
        if (
            (own := row.get(name)) is None or not own > bound or (own.__class__ is not plain and keep(row))
            if row.__class__ is dict
            else keep(row)
        )
    ]


def _not_below(name: str, plain: type, bound: Any, keep: Callable[[Any], bool]) -> _Sieve:
    """The decimal 0.1 is the double 0.1, and less than it: what is of another class is asked again before it goes. A
    true among numbers may stay until it is sorted."""
    return lambda piece: [
        row
        for row in piece
        if (
            (own := row[name]) is not None and (own >= bound or (own.__class__ is not plain and keep(row)))
            if row.__class__ is dict
            else keep(row)
        )
    ]


def _not_below_or_missing(name: str, plain: type, bound: Any, keep: Callable[[Any], bool]) -> _Sieve:
    return lambda piece: [
        row
        for row in piece
        if (
            (own := row.get(name)) is not None and (own >= bound or (own.__class__ is not plain and keep(row)))
            if row.__class__ is dict
            else keep(row)
        )
    ]
