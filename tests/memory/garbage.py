"""Records that nobody promised anything about."""

from __future__ import annotations

from collections import OrderedDict, UserDict, UserList, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum, IntEnum
from functools import cache, partial
from types import MappingProxyType, SimpleNamespace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from criteria import Schema


class Word(str):
    """A string of a class of its own, which compares as it likes."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no comparisons")

    __hash__ = str.__hash__
    __lt__ = __gt__ = __le__ = __ge__ = __contains__ = __eq__

    def startswith(self, *_: Any) -> bool:
        raise RuntimeError("no prefixes")

    endswith = startswith


class Number(int):
    """An integer of a class of its own, which compares as it likes."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no comparisons")

    __hash__ = int.__hash__
    __lt__ = __gt__ = __le__ = __ge__ = __eq__

    def __index__(self) -> int:
        raise RuntimeError("no index")

    __int__ = __index__


class Fraction(float):
    """A float of a class of its own, which compares as it likes."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no comparisons")

    __hash__ = float.__hash__
    __lt__ = __gt__ = __le__ = __ge__ = __eq__

    def __float__(self) -> float:
        raise RuntimeError("no float")


class Money(Decimal):
    """A decimal of a class of its own, which compares as it likes."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no comparisons")

    __hash__ = Decimal.__hash__
    __lt__ = __gt__ = __le__ = __ge__ = __eq__

    def is_finite(self) -> bool:
        raise RuntimeError("no tests")


class Moment(datetime):
    """A datetime of a class of its own that cannot be converted."""

    def astimezone(self, tz: Any = None) -> Any:
        raise RuntimeError("no zones")


class Day(date):
    """A date of a class of its own, which compares as it likes."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no comparisons")

    __hash__ = date.__hash__
    __lt__ = __gt__ = __le__ = __ge__ = __eq__

    def toordinal(self) -> int:
        raise RuntimeError("no number")

    isoformat = __str__ = toordinal  # type: ignore[assignment]


class Holiday(date):
    """A date of a class of its own, which says no to every comparison."""

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = date.__hash__
    __lt__ = __gt__ = __le__ = __ge__ = __eq__


_MACHINERY = frozenset({
    "__class__", "__class_getitem__", "__delattr__", "__dict__", "__doc__", "__getattribute__", "__init__",
    "__init_subclass__", "__module__", "__new__", "__repr__", "__setattr__", "__subclasshook__",
})  # fmt: skip
"""What a class needs for its instances to be made, and to be shown where a test fails."""


def raising(kind: type) -> Any:
    """A subclass whose methods and properties raise, all but those that make and show an instance."""

    def method(self: Any, *arguments: Any, **named: Any) -> Any:
        raise RuntimeError(f"no method of {kind.__name__}")

    members = {
        name: method if callable(getattr(kind, name)) else property(method)
        for name in dir(kind)
        if name not in _MACHINERY
    }
    return type(f"Raising{kind.__name__.title()}", (kind,), members)


class Colour(str, Enum):
    """Strings that are members of an enumeration."""

    RED = "a"


class Level(IntEnum):
    """Integers that are members of an enumeration."""

    LOW = 1


class BrokenZone(tzinfo):
    """A zone that raises."""

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        raise RuntimeError("no offset")

    dst = utcoffset

    def tzname(self, moment: datetime | None) -> str | None:
        return None


class ZoneOfStrings(BrokenZone):
    """A zone whose offset is no time."""

    def utcoffset(self, moment: datetime | None) -> Any:
        return "+01:00"


class Shy:
    """An object all of whose attributes raise."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __repr__(self) -> str:
        return "Shy()"


class Agreeable:
    """An object that equals everything, is greater and less, holds everything, and has every attribute."""

    def __eq__(self, other: object) -> bool:
        return True

    __lt__ = __gt__ = __le__ = __ge__ = __eq__

    def __hash__(self) -> int:
        return 0

    def __contains__(self, other: object) -> bool:
        return True

    def __iter__(self) -> Iterator[Any]:
        return iter((1, "a"))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self


class BrokenMapping(Mapping[str, Any]):
    """A mapping that raises whatever it is asked."""

    def __getitem__(self, key: str) -> Any:
        raise RuntimeError(key)

    def __iter__(self) -> Iterator[str]:
        raise RuntimeError("no keys")

    def __len__(self) -> int:
        raise RuntimeError("no length")


def numbers() -> Iterator[Any]:
    """A generator, used up once read."""
    yield 1
    yield "a"


NEW_YORK = ZoneInfo("America/New_York")

_MAKERS: tuple[Callable[[], Any], ...] = (
    lambda: None, lambda: True, lambda: False, lambda: 0, lambda: 1, lambda: -1, lambda: 2**63, lambda: -(10**5000),
    lambda: 0.0, lambda: 1.5, lambda: float("nan"), lambda: float("inf"), lambda: float("-inf"), lambda: 1j,
    lambda: Decimal("NaN"), lambda: Decimal("sNaN"), lambda: Decimal("-sNaN1"), lambda: Decimal("Infinity"),
    lambda: Decimal("1E+999999999999999999"), lambda: Decimal("1E-999999999999999999"), lambda: Decimal("1.5"),
    lambda: "", lambda: "a", lambda: "1", lambda: "1.5", lambda: "a\0", lambda: "\ud800", lambda: b"a",
    lambda: bytearray(b"a"), lambda: memoryview(b"a"), lambda: "2024-01-01T00:00:00Z", lambda: "2024-01-01",
    lambda: "1e999999999999999999999", lambda: "6BA7B810-9DAD-11D1-80B4-00C04FD430C8", lambda: "x" * 10_000,
    lambda: UUID(int=1), lambda: date(2024, 1, 1), lambda: datetime(2024, 1, 1),
    lambda: datetime(2024, 1, 1, tzinfo=timezone.utc), lambda: datetime(2021, 11, 7, 1, 30, tzinfo=NEW_YORK),
    lambda: datetime(2021, 11, 7, 1, 30, fold=1, tzinfo=NEW_YORK),
    lambda: datetime(2021, 3, 14, 2, 30, tzinfo=NEW_YORK),
    lambda: datetime.min.replace(tzinfo=timezone(timedelta(hours=23))), lambda: datetime.max.replace(tzinfo=NEW_YORK),
    lambda: datetime.max.replace(tzinfo=timezone(timedelta(hours=-23))),
    lambda: datetime(2024, 1, 1, tzinfo=BrokenZone()),
    lambda: datetime(2024, 1, 1, tzinfo=ZoneOfStrings()), lambda: Moment(2024, 1, 1, tzinfo=timezone.utc),
    partial(raising(date), 2024, 1, 1), lambda: Day(2024, 1, 1), lambda: Holiday(2024, 1, 1),
    lambda: date.min, lambda: date.max, lambda: "2024-02-30",
    lambda: Word("a"), lambda: Number(1), lambda: Fraction(1.5), lambda: Money("1.5"), lambda: Money("sNaN"),
    *(partial(raising(kind), value) for kind, value in (
        (str, "a"), (bytes, b"{}"), (int, 1), (float, 1.0), (Decimal, "1.5"), (list, [1]), (dict, {"objectId": 1}))),
    lambda: Colour.RED, lambda: Level.LOW, lambda: Colour, object, Shy, Agreeable, BrokenMapping, numbers,
    lambda: SimpleNamespace(objectId=1), lambda: {"objectId": 1}, lambda: {"objectId": {"objectId": 1}},
    dict, list, set,
    lambda: defaultdict(dict), lambda: OrderedDict(objectId="1"), lambda: UserDict(objectId=1), lambda: UserList([1]),
    lambda: deque([1]), lambda: MappingProxyType({"objectId": True}), lambda: range(3), lambda: {1, "a"},
    lambda: frozenset({None}), lambda: (1, None, "a"), lambda: print, lambda: Exception("a"), lambda: ..., lambda: int,
)  # fmt: skip

_ATOMS = st.sampled_from(_MAKERS).map(lambda make: make())


@cache
def values(schema: Schema) -> st.SearchStrategy[Any]:
    """Values of every kind, nested in lists, mappings and objects that have the schema's names."""
    names = st.sampled_from(sorted({segment for field in schema.fields for segment in field.path} | {"objectId"}))

    def grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        members = st.dictionaries(names, inner, max_size=4)
        return st.one_of(
            st.lists(inner, max_size=3),
            st.lists(inner, max_size=3).map(tuple),
            members,
            members.map(UserDict),
            members.map(_namespace),
            members.map(lambda found: defaultdict(list, found)),
        )

    return st.recursive(_ATOMS, grown, max_leaves=8)


def _namespace(members: dict[str, Any]) -> Any:
    made = SimpleNamespace()
    for name, value in members.items():
        if not name.startswith("__"):
            setattr(made, name, value)
    return made


@st.composite
def records(draw: st.DrawFn, schema: Schema) -> Any:
    """A record whose fields hold anything, as a dict, a mapping or an object; sometimes no record at all."""
    anything = values(schema)
    if draw(st.integers(0, 9)) == 0:
        return draw(anything)
    names = sorted({field.path[0] for field in schema.fields})
    members = draw(st.dictionaries(st.sampled_from(names), anything, max_size=len(names)))
    return draw(st.sampled_from((dict, UserDict, MappingProxyType, _namespace)))(members)
