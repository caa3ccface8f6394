"""What a record may be: a dict, another mapping, an object with attributes, and any mix of them."""

from __future__ import annotations

from collections import ChainMap, Counter, OrderedDict, UserDict, defaultdict, namedtuple
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType, SimpleNamespace
from typing import Any, NamedTuple

import pytest

import criteria
from criteria import Field, Query, Schema

PEOPLE = Schema(
    "person",
    [Field("name", "string"), Field("age", "integer"), Field("tags", "string", is_list=True),
     Field("home.city", "string"), Field("__class__", "string"), Field("__dict__", "string"),
     Field("__len__", "string"), Field("_hidden", "string")],
    system_properties=False,
)  # fmt: skip


@dataclass(frozen=True)
class Home:
    """An address."""

    city: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """A record with slots."""

    name: str
    age: int
    tags: tuple[str, ...]
    home: Home


class Row(NamedTuple):
    """A record that is a tuple with names."""

    name: str
    age: int
    tags: list[str]
    home: Any


class Lazy:
    """A record whose values are properties and class attributes."""

    age = 30

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def name(self) -> str:
        return self._name.title()

    @property
    def tags(self) -> list[str]:
        raise RuntimeError("not loaded")

    @property
    def home(self) -> Home:
        return Home("Paris")


class Lower(Mapping[str, Any]):
    """A mapping with a mind of its own."""

    def __init__(self, members: dict[str, Any]) -> None:
        self.members = members

    def __getitem__(self, key: str) -> Any:
        return self.members[key.upper()]

    def __iter__(self) -> Iterator[str]:
        return iter(self.members)

    def __len__(self) -> int:
        return len(self.members)


MEMBERS: dict[str, Any] = {"name": "Ann", "age": 30, "tags": ["a", "b"], "home": {"city": "Paris"}}
Untyped = namedtuple("Untyped", ("age", "home", "name", "tags"))

RECORDS: dict[str, Any] = {
    "dict": MEMBERS,
    "ordered dict": OrderedDict(MEMBERS),
    "default dict": defaultdict(list, MEMBERS),
    "counter": Counter(MEMBERS),
    "user dict": UserDict(MEMBERS),
    "read-only": MappingProxyType(MEMBERS),
    "chain": ChainMap({}, {"name": "Ann", "age": 30}, MEMBERS),
    "mapping": Lower({key.upper(): value for key, value in MEMBERS.items()}),
    "namespace": SimpleNamespace(**MEMBERS),
    "dataclass": Person("Ann", 30, ("a", "b"), Home("Paris")),
    "named tuple": Row("Ann", 30, ["a", "b"], Home("Paris")),
    "untyped tuple": Untyped(**MEMBERS),
    "objects in dicts": {**MEMBERS, "home": SimpleNamespace(city="Paris")},
    "mappings in objects": SimpleNamespace(**{**MEMBERS, "home": MappingProxyType({"city": "Paris"})}),
}


def holds(source: dict[str, Any], record: Any, mode: str = "typed") -> bool:
    """What a query says of a record."""
    query: Query = criteria.parse(source, PEOPLE)
    predicate = criteria.compile(query, "python", records=mode)
    answers: set[bool] = {predicate(record), len(predicate.filter([record])) == 1}
    assert len(answers) == 1
    return answers.pop()


@pytest.mark.parametrize("mode", ["typed", "json"])
@pytest.mark.parametrize("kind", RECORDS)
def test_kinds_of_records(kind: str, mode: str) -> None:
    """A record of any kind has the values that its members or attributes say."""
    record = RECORDS[kind]
    true: tuple[Any, ...] = (
        {"name": "Ann"},
        {"age": {"$gte": 30}},
        {"tags": "b"},
        {"home.city": {"$startsWith": "Pa"}},
    )
    false: tuple[Any, ...] = ({"name": "ann"}, {"age": {"$gt": 30}}, {"tags": "c"}, {"home.city": None})
    assert all(holds(source, record, mode) is True for source in true)
    assert all(holds(source, record, mode) is False for source in false)


def test_properties() -> None:
    """Properties and class attributes are read; one that raises is missing."""
    record = Lazy("ann")
    assert holds({"name": "Ann", "age": 30, "home.city": "Paris"}, record) is True
    assert holds({"tags": None}, record) is True
    assert holds({"tags": "a"}, record) is False


@pytest.mark.parametrize(
    "record",
    [SimpleNamespace(name="Ann"), Person("Ann", 1, (), Home(None)), Row("a", 1, [], None), Lazy("ann"), object(), Home,
     PEOPLE, print],
)  # fmt: skip
@pytest.mark.parametrize("name", ["__class__", "__dict__", "__len__"])
def test_machinery_of_objects(record: Any, name: str) -> None:
    """Names with two leading underscores never reach into an object: it has no such value."""
    assert holds({name: None}, record) is True
    assert holds({name: {"$ne": None}}, record) is False
    assert holds({name: {"$gte": ""}}, record) is False


@pytest.mark.parametrize("name", ["__class__", "__dict__", "__len__", "_hidden"])
def test_the_same_names_in_mappings(name: str) -> None:
    """In a mapping they are keys like any other."""
    records: tuple[Any, ...] = ({name: "x"}, UserDict({name: "x"}), MappingProxyType({name: "x"}))
    for record in records:
        assert holds({name: "x"}, record) is True
    assert holds({name: "x"}, {}) is False


def test_asking_changes_nothing() -> None:
    """A mapping that makes missing values when it is asked is not made to."""
    record: defaultdict[str, Any] = defaultdict(lambda: defaultdict(dict))
    assert holds({"OR": [{"name": "a"}, {"home.city": "b"}, {"tags": "c"}]}, record) is False
    assert record == {}
    record["home"] = defaultdict(str)
    assert holds({"home.city": None}, record) is True
    assert record == {"home": {}}


@pytest.mark.parametrize(
    "record", [None, 5, "name", b"name", True, 1.5, [], ["name"], (), {"name"}, {}, object(), range(3)]
)
def test_other_objects_than_records(record: Any) -> None:
    """Anything else has no values: every field is empty."""
    for name in ("name", "age", "tags", "home.city"):
        assert holds({name: None}, record) is True
        assert holds({name: {"$ne": None}}, record) is False


@pytest.mark.parametrize("home", [None, 5, "city", [], [{"city": "Paris"}], ("city",), {"city"}, True])
def test_other_values_than_objects_on_a_path(home: Any) -> None:
    """A path through null, a scalar or a list is empty."""
    assert holds({"home.city": None}, {"home": home}) is True
    assert holds({"home.city": "Paris"}, {"home": home}) is False


METHODS = pytest.mark.parametrize(
    "name", ["count", "index", "p.count", "p.index", "p.append", "p.title", "p.real", "p.keys"]
)


@METHODS
@pytest.mark.parametrize("record", [[1], "text", b"text", 5, {1}, {}, UserDict()], ids=lambda one: type(one).__name__)
def test_methods_are_not_values(name: str, record: Any) -> None:
    """The methods and attributes of Python's own values and collections are no members of a record."""
    predicate = criteria.compile(criteria.parse({name: None}), "python")
    assert predicate(record) is True
    assert predicate({"p": record}) is True


def test_methods_of_tuples_are_not_values() -> None:
    """A plain tuple has no members either."""
    for name in ("count", "index", "p.count", "p.index"):
        predicate = criteria.compile(criteria.parse({name: None}), "python")
        assert predicate((1, 2)) is True
        assert predicate({"p": (1, 2)}) is True


@pytest.mark.parametrize("rows", [iter, tuple, list, lambda rows: (row for row in rows), dict.fromkeys])
def test_any_iterable_of_records(rows: Any) -> None:
    """filter takes any iterable, reads it once, and keeps its order."""
    people = rows([Person(name, 1, (), Home(None)) for name in ("b", "a", "c")])
    predicate = criteria.compile(criteria.parse({"name": {"$in": ["b", "c"]}}, PEOPLE), "python")
    assert [person.name for person in predicate.filter(people)] == ["b", "c"]
