"""The first records of an order, from a stream, without keeping more records than necessary.

Records are collected in a buffer. Whenever it is full, it is sorted and cut to the number of records to select. From
then on, a record whose first sort key is worse than that of the last record kept cannot be selected, and is dropped
after one look-up and one comparison. One that ties in the first key is compared by the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from criteria.backends.python.order import plain_class, sort
from criteria.backends.python.reading import Reading
from criteria.search.order_by import SortKey

_MIN_BUFFER = 128

_Piece = Sequence[Any]
_Sieve = Callable[[_Piece], list[Any]]
_Bound = tuple[Any, Callable[[Any], Any], bool]
"""The last record's value of a sort key, what reads it from a record, and whether the order is descending."""


def first(
    pieces: Iterable[_Piece], keys: Sequence[SortKey], length: int, reading: Reading, is_counted: bool
) -> tuple[list[Any], int]:
    """The first records in the order of the keys, and the total number of records (if they are counted)."""
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
            sieve = _sieve(buffer[-1], keys, reading) if buffer else _nothing
    return sort(buffer, keys, reading)[:length], total


def _nothing(piece: _Piece) -> list[Any]:
    return []


def _sieve(last: Any, keys: Sequence[SortKey], reading: Reading) -> _Sieve:
    """A function that keeps the records of a chunk that may come before the last record."""
    first_key = _first_key_sieve(last, keys[0], reading)
    if len(keys) == 1:
        return first_key
    readers = [reading.value(key.field) for key in keys]
    bounds = tuple((value(last), value, key.descending) for key, value in zip(keys, readers, strict=True))
    field, bound = keys[0].field, bounds[0][0]
    name, plain, kind = reading.path(field)[0], plain_class(field, reading), type(bound)
    if plain is None or field.is_nested or kind not in (plain, type(None)):
        return lambda piece: [record for record in piece if _may_be_before(bounds, record)]
    other_keys = _sieve(last, keys[1:], reading)
    get = dict.get

    def sieve(piece: _Piece) -> list[Any]:
        """Most chunks have only ties, or mostly records that are better."""
        kept = first_key(piece)
        try:
            if not [None for row in kept if (own := get(row, name)).__class__ is not kind or own != bound]:
                return other_keys(kept)
            return [
                row
                for row in kept
                if ((own := get(row, name)).__class__ is plain and own != bound) or _may_be_before(bounds, row)
            ]
        except Exception:  # a record that is not a dict
            return [record for record in kept if _may_be_before(bounds, record)]

    return sieve


def _may_be_before(bounds: Sequence[_Bound], record: Any) -> bool:
    """Whether a record's keys are not worse than the bounds. Records without a value sort lowest."""
    for bound, value, descending in bounds:
        own = value(record)
        if own is None or bound is None:
            if own is not bound:
                return (own is None) is not descending
        elif own != bound:
            return bool(own > bound if descending else own < bound)
    return True


def _first_key_sieve(last: Any, key: SortKey, reading: Reading) -> _Sieve:
    """A function that keeps the records of a chunk whose first key is not worse than the last record's."""
    value = reading.value(key.field)
    bound = value(last)
    if bound is None and key.descending:
        return list  # nothing is worse than an empty value
    keep = _keeper(value, bound, key.descending)
    quick = _quick_sieve(key, reading, bound, keep)

    def sieve(piece: _Piece) -> list[Any]:
        """Uses the quick sieve until it raises, because of a record that is not a dict or a value that cannot be
        compared."""
        nonlocal quick
        if quick is not None:
            try:
                return quick(piece)
            except Exception:
                quick = None
        return [record for record in piece if keep(record)]

    return sieve


def _keeper(value: Callable[[Any], Any], bound: Any, descending: bool) -> Callable[[Any], bool]:
    """A function that tells for any record whether it may be among the first. Records without a value sort lowest."""

    def keep(record: Any) -> bool:
        own = value(record)
        if own is None:
            return bound is None or not descending
        if bound is None:
            return descending
        return bool(own >= bound if descending else own <= bound)

    return keep


def _quick_sieve(key: SortKey, reading: Reading, bound: Any, keep: Callable[[Any], bool]) -> _Sieve | None:
    """A sieve for dicts whose values are mostly of one class, if that class can be compared with the bound.

    Each of them is written out: a call per record would take longer than the comparison. `dict.get` raises for a record
    that is not a dict, and runs no code of a subclass.
    """
    name, plain = reading.path(key.field)[0], plain_class(key.field, reading)
    if plain is None or key.field.is_nested:
        return None
    if bound is None:
        return None if plain is float else _empty(name, plain, keep)  # NaN is an empty value of that class
    if type(bound) is not plain:
        return None
    return _not_below(name, plain, bound, keep) if key.descending else _not_above(name, plain, bound, keep)


def _empty(name: str, plain: type, keep: Callable[[Any], bool]) -> _Sieve:
    get = dict.get
    return lambda piece: [
        row for row in piece if type(own := get(row, name)) is not plain and (own is None or keep(row))
    ]


def _not_above(name: str, plain: type, bound: Any, keep: Callable[[Any], bool]) -> _Sieve:
    """True compares with numbers but counts as no value: a value of another class than `plain` is checked by `keep`."""
    get = dict.get
    return lambda piece: [
        row
        for row in piece
        if (own := get(row, name)) is None or not own > bound or (own.__class__ is not plain and keep(row))
    ]


def _not_below(name: str, plain: type, bound: Any, keep: Callable[[Any], bool]) -> _Sieve:
    """The decimal 0.1 equals the double 0.1 but compares as less: a value of another class is checked by `keep` before
    it is dropped. True may stay among numbers until the buffer is sorted."""
    get = dict.get
    return lambda piece: [
        row
        for row in piece
        if (own := get(row, name)) is not None and (own >= bound or (own.__class__ is not plain and keep(row)))
    ]
