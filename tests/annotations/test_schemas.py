"""Schemas from annotated classes of five libraries (docs/fastapi.md#schemas-from-annotations)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, make_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from functools import cache
from typing import Annotated, Any, Literal, NewType, TypedDict, Union

import attrs
import msgspec
import pydantic
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from typing_extensions import NotRequired

import criteria
from criteria import CriteriaError, Field, Schema
from criteria.conformance.checks import expected_page
from criteria.conformance.strategies import criteria_objects, order_by_texts, records
from tests.annotations.kinds import EXPECTED, KINDS, Place, PydanticOrder, maker, schema_of
from tests.conftest import capped


@pytest.mark.parametrize("kind", KINDS)
def test_each_library_gives_the_same_fields(kind: str) -> None:
    """Names of JSON, types, lists, nested members, nulls, listed values, sizes and descriptions."""
    found = {field.name: field for field in schema_of(kind).fields}
    assert found.keys() == EXPECTED.keys()
    for name, field in found.items():
        assert Field(
            name, field.field_type, description=field.description, is_list=field.is_list, nullable=field.nullable,
            precision=field.precision, scale=field.scale, values=field.values, time_zone=field.time_zone,
        ) == EXPECTED[name]  # fmt: skip
    has_aliases = kind in ("pydantic", "msgspec")
    assert found["isOpen"].column == ("is_open" if has_aliases else "isOpen")


def listed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records with values that their fields list."""
    kinds, sizes = ("short", "feature"), ("s", None, "m")
    return [{**row, "kind": kinds[len(row["title"]) % 2], "size": sizes[row["id"] % 3]} for row in rows]


LISTED = [{"kind": "short"}, {"size": {"$ne": "s"}}, {"NOT": {"size": {"$in": ["s", "m"]}}}, {"kind": {"$gt": "m"}}]


@cache
def cases(kind: str) -> st.SearchStrategy[tuple[list[dict[str, Any]], dict[str, Any], str, int | None]]:
    """Records, criteria, orderBy and limit."""
    schema = schema_of(kind)
    free = [field for field in schema.fields if field.values is None]
    drawn = criteria_objects(Schema("order", free, system_properties=False, key=["id"]))
    asked = drawn | st.tuples(drawn.filter(bool), st.sampled_from(LISTED)).map(lambda two: {"OR": [*two]})
    return st.tuples(records(schema).map(listed), asked, order_by_texts(schema), st.sampled_from([None, 2]))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=capped(60), phases=[Phase.generate])
@given(data=st.data())
def test_objects_are_found_by_their_attributes(kind: str, data: st.DataObject) -> None:
    """Generated searches on objects of each library select what the reference selects on the records."""
    schema = schema_of(kind)
    rows, asked, order_by, limit = data.draw(cases(kind))
    query, order = criteria.parse(asked, schema), criteria.parse_order_by(order_by, schema)
    search = criteria.Search(query, order, limit, get_total_count=True)
    stored = [maker(kind)(schema.decode(row)) for row in rows]
    page = criteria.compile(search, "python", by="column")(stored)
    right = expected_page(search, rows)
    ids = tuple(one["id"] if isinstance(one, dict) else one.id for one in page.data)
    assert (ids, page.total_count) == (tuple(right.data), right.total_count)


class Colour(Enum):
    """Members that do not equal their values."""

    RED = "red"


class Level(IntEnum):
    """Integers."""

    LOW = 1


Name = NewType("Name", str)

REFUSED: Mapping[str, tuple[Any, str]] = {
    "union": (int | str, "a union of int, str"),
    "Union": (Union[int, str, None], "a union of int, str"),  # noqa: UP007 (the older spelling)
    "dict": (dict[str, int], "No field has the type"),
    "bare dict": (dict, "No field has the type"),
    "Mapping": (Mapping[str, int], "No field has the type"),
    "Any": (Any, "No field has the type"),
    "object": (object, "No field has the type"),
    "bytes": (bytes, "No field has the type"),
    "timedelta": (timedelta, "No field has the type"),
    "secret": (pydantic.SecretStr, "holds a secret"),
    "url": (pydantic.HttpUrl, "No field has the type"),
    "list of lists": (list[list[int]], "a list of lists"),
    "list of objects": (list[Place], "a list of Place, which are objects"),
    "bare list": (list, "a list of anything"),
    "tuple": (tuple[int, str], "a type for each place"),
    "enum": (Colour, "neither strings nor integers"),
    "mixed literals": (Literal["a", 1], "several types"),
    "datetime": (datetime, "may have no time zone"),
    "naive": (pydantic.NaiveDatetime, "has no time zone"),
    "root model": (pydantic.RootModel[list[int]], "No field has the type"),
    "encoded": (pydantic.Base64Str, "other text"),
}


@pytest.mark.parametrize("annotation", [case[0] for case in REFUSED.values()], ids=REFUSED)
def test_types_of_no_field_are_refused_with_a_remedy(annotation: Any) -> None:
    """Each is `invalid_schema` with the member, the reason and what to do, and can be excluded."""
    words = next(words for found, words in REFUSED.values() if found is annotation)
    made = make_dataclass("Made", [("id", int), ("it", annotation)])
    with pytest.raises(CriteriaError) as caught:
        Schema.from_annotations(made)
    [problem] = caught.value.problems
    assert (problem.code, problem.pointer) == ("invalid_schema", "/it")
    assert words in problem.message
    assert problem.hint
    assert Schema.from_annotations(made, exclude={"it"}).names == ("id",)
    assert Schema.from_annotations(made, include={"id"}).names == ("id",)


ACCEPTED: Mapping[str, tuple[Any, Field]] = {
    "newtype": (Name, Field("it", "string", nullable=False)),
    "int enum": (Level, Field("it", "integer", nullable=False)),
    "tuple": (tuple[int, ...], Field("it", "integer", is_list=True, nullable=False)),
    "sequence": (Sequence[str], Field("it", "string", is_list=True, nullable=False)),
    "set": (set[date], Field("it", "date", is_list=True, nullable=False)),
    "elements may be null": (list[int | None], Field("it", "integer", is_list=True, nullable=False)),
    "positive": (pydantic.PositiveInt, Field("it", "integer", nullable=False)),
    "constrained": (Annotated[str, pydantic.StringConstraints(max_length=3)], Field("it", "string", nullable=False)),
    "uuid4": (pydantic.UUID4, Field("it", "guid", nullable=False)),
    "decimal": (Decimal, Field("it", "decimal", nullable=False)),
    "email": (pydantic.EmailStr, Field("it", "string", nullable=False)),
    "literal numbers": (Literal[1, 2], Field("it", "integer", nullable=False)),
    "past": (pydantic.PastDate | None, Field("it", "date")),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_further_types(name: str) -> None:
    """What programs write for the types of fields."""
    annotation, expected = ACCEPTED[name]
    assert Schema.from_annotations(make_dataclass("Made", [("it", annotation)])).fields == (expected,)


def test_what_naive_datetimes_mean_is_said() -> None:
    """`naive="utc"` declares the zone and finds them; `"never"` says that there are none."""
    made = make_dataclass("Made", [("it", datetime)])
    schema = Schema.from_annotations(made, naive="utc")
    assert schema.fields == (Field("it", "dateTime", nullable=False, precision=6, time_zone="UTC"),)
    stored = [made(datetime(2024, 1, 31, 9, 30, 0, 5)), made(datetime(2024, 2, 1))]
    query = criteria.parse({"it": "2024-01-31T09:30:00.000005Z"}, schema)
    assert criteria.compile(query, "python").filter(stored) == stored[:1]
    assert Schema.from_annotations(made, naive="never").fields[0].time_zone is None
    with pytest.raises(CriteriaError) as caught:
        Schema.from_annotations(made, naive="local")  # type: ignore[arg-type]
    assert caught.value.problems[0].code == "unknown_option"
    with pytest.raises(CriteriaError, match="has no time zone"):
        Schema.from_annotations(make_dataclass("Made", [("it", pydantic.NaiveDatetime)]), naive="never")


def test_all_problems_of_a_class_are_reported_at_once() -> None:
    """Nested ones too, at their paths."""
    inner = make_dataclass("Inner", [("a", bytes), ("b", int)])
    outer = make_dataclass("Outer", [("x", dict), ("inner", inner)])
    with pytest.raises(CriteriaError) as caught:
        Schema.from_annotations(outer, exclude={"z"})
    assert [problem.pointer for problem in caught.value.problems] == ["/x", "/inner/a", "/exclude"]
    assert Schema.from_annotations(outer, exclude={"x", "inner.a"}).names == ("inner.b",)
    assert Schema.from_annotations(outer, include={"inner.b"}).names == ("inner.b",)
    with pytest.raises(CriteriaError, match=r"inner\.a"):
        Schema.from_annotations(outer, include={"inner"})


@dataclass
class Node:
    """A class that holds itself."""

    id: int
    parent: Node | None = None


def test_recursion_is_refused() -> None:
    """It would never end."""
    with pytest.raises(CriteriaError, match="Node holds itself"):
        Schema.from_annotations(Node)
    assert Schema.from_annotations(Node, exclude={"parent"}).names == ("id",)


class Camel(pydantic.BaseModel):
    """Aliases of an alias generator."""

    model_config = pydantic.ConfigDict(alias_generator=lambda name: name.replace("_", "-"))
    first_name: str
    place: Place
    hidden: str = pydantic.Field(exclude=True)


def test_clients_see_the_names_of_json() -> None:
    """An alias is the name, the attribute the column; what is not serialized is left out."""
    schema = Schema.from_annotations(Camel, exclude={"place.zip"})
    assert [(field.name, field.column) for field in schema.fields] == [
        ("first-name", "first_name"), ("place.city", "place"),
    ]  # fmt: skip
    with pytest.raises(CriteriaError) as caught:
        Schema.from_annotations(Camel, exclude={"first_name"})
    assert caught.value.problems[0].hint == 'Did you mean "first-name"?'
    outer = make_dataclass("Outer", [("inner", Camel)])
    with pytest.raises(CriteriaError, match="another name in JSON"):
        Schema.from_annotations(outer)


class Partly(TypedDict):
    """A key that may be missing."""

    id: int
    note: NotRequired[str]


def test_keys_that_may_be_missing_are_nullable() -> None:
    """A missing value is null (docs/language.md#null)."""
    assert [field.nullable for field in Schema.from_annotations(Partly).fields] == [False, True]


def test_members_that_are_unset_are_missing() -> None:
    """msgspec leaves a member out of JSON whose value is UNSET."""
    inner = msgspec.defstruct("Inner", [("z", int | msgspec.UnsetType, msgspec.UNSET)])
    fields: list[Any] = [("id", int), ("it", str | None | msgspec.UnsetType, msgspec.UNSET)]
    fields += [
        ("tags", list[str] | msgspec.UnsetType, msgspec.UNSET),
        ("inner", inner | msgspec.UnsetType, msgspec.UNSET),
    ]
    made = msgspec.defstruct("Made", fields)
    schema = Schema.from_annotations(made, key=["id"])
    assert [(one.name, one.nullable) for one in schema.fields] == [
        ("id", False), ("it", True), ("tags", True), ("inner.z", True),
    ]  # fmt: skip
    stored = [made(1, "a", ["x"], inner(3)), made(2), made(3, inner=inner())]
    for asked in ({"it": None}, {"tags": None}, {"inner.z": None}, {"it": {"$ne": "a"}}):
        predicate = criteria.compile(criteria.parse(asked, schema), "python", by="column")
        assert [one.id for one in predicate.filter(stored)] == [2, 3], asked
    search = criteria.parse_search({"orderBy": "inner.z desc", "limit": 2}, schema)
    page = criteria.compile(search, "python", by="column")(stored)
    assert [one.id for one in page.data] == [1, 3]
    assert page.next_cursor == search.cursor({"id": 3, "inner": {"z": None}})


def test_private_members_have_to_be_named() -> None:
    """As those of SQLAlchemy's classes."""
    made = attrs.make_class("Made", {"id": attrs.field(type=int), "_salt": attrs.field(type=str)})
    assert Schema.from_annotations(made).names == ("id",)
    assert Schema.from_annotations(made, include={"id", "_salt"}).names == ("id", "_salt")


@dataclass
class Broken:
    """An annotation that names nothing."""

    it: Nothing  # type: ignore[name-defined]  # noqa: F821


@pytest.mark.parametrize("cls", [int, Broken, "Film", PydanticOrder.model_construct(id=1)])
def test_what_has_no_members_is_refused(cls: Any) -> None:
    """With the reason."""
    with pytest.raises(CriteriaError) as caught:
        Schema.from_annotations(cls)
    assert caught.value.problems[0].code == "invalid_schema"


@attrs.define
class BrokenAttrs:
    """As `Broken`."""

    it: Nothing  # type: ignore[name-defined]  # noqa: F821


class BrokenStruct(msgspec.Struct):
    """As `Broken`."""

    it: Nothing  # type: ignore[name-defined]  # noqa: F821


class BrokenModel(pydantic.BaseModel):
    """As `Broken`."""

    it: Nothing  # type: ignore[name-defined]  # noqa: F821


class BrokenDict(TypedDict):
    """As `Broken`."""

    it: Nothing  # type: ignore[name-defined]  # noqa: F821


@pytest.mark.parametrize("inner", [Broken, BrokenAttrs, BrokenStruct, BrokenModel, BrokenDict])
def test_annotations_inside_that_cannot_be_evaluated_are_refused(inner: Any) -> None:
    """With their place, beside the other problems of the class."""
    middle = make_dataclass("Middle", [("inner", inner), ("other", bytes)])
    outer = make_dataclass("Outer", [("id", int), ("middle", middle)])
    with pytest.raises(CriteriaError) as caught:
        Schema.from_annotations(outer)
    assert [(one.code, one.pointer) for one in caught.value.problems] == [
        ("invalid_schema", "/middle/inner"), ("invalid_schema", "/middle/other"),
    ]  # fmt: skip
    assert "cannot be evaluated" in caught.value.problems[0].message
    assert "Nothing" in caught.value.problems[0].message
    assert Schema.from_annotations(outer, exclude={"middle"}).names == ("id",)


def test_an_alias_that_cannot_be_evaluated_is_refused() -> None:
    """`type Title = Nothing` is evaluated when its value is asked for."""

    class Alias:
        """What the statement makes, since Python 3.12."""

        @property
        def __value__(self) -> Any:
            return Nothing  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(CriteriaError, match="cannot be evaluated: NameError") as caught:
        Schema.from_annotations(make_dataclass("Outer", [("id", int), ("title", Alias())]))
    assert [one.pointer for one in caught.value.problems] == ["/title"]


class Dotted(pydantic.BaseModel):
    """Names in JSON with dots."""

    id: int
    year: int = pydantic.Field(alias="film.year")


class DottedStruct(msgspec.Struct):
    """As `Dotted`."""

    id: int
    year: int = msgspec.field(name="film.year")


@pytest.mark.parametrize("cls", [Dotted, DottedStruct])
def test_names_with_dots_are_refused(cls: Any) -> None:
    """Queries would read one as a path, and find nothing there."""
    with pytest.raises(CriteriaError, match="a name with a dot is a path") as caught:
        Schema.from_annotations(cls)
    assert [one.code for one in caught.value.problems] == ["invalid_schema"]
    assert Schema.from_annotations(cls, exclude={"film.year"}).names == ("id",)


@pytest.mark.parametrize("names", ["id", b"id", 5, [1]])
def test_names_are_a_collection(names: Any) -> None:
    """A string would be a set of letters."""
    with pytest.raises(CriteriaError) as caught:
        Schema.from_annotations(PydanticOrder, exclude=names)
    assert caught.value.problems[0].code == "unknown_option"


def test_no_library_is_imported_that_the_program_does_not_use() -> None:
    """A dataclass needs none of them."""
    program = (
        "import sys, dataclasses, criteria\n"
        "made = dataclasses.make_dataclass('Made', [('id', int)])\n"
        "print(criteria.Schema.from_annotations(made).names)\n"
        "print({'pydantic', 'msgspec', 'attrs', 'annotated_types', 'fastapi'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["('id',)", "set()"]


def test_the_fields_are_those_of_a_schema_file() -> None:
    """A schema from annotations is a schema as any other: hashable, with a key and a limit."""
    schema = Schema.from_annotations(PydanticOrder, name="order", key=["id"], max_limit=50)
    assert (schema.name, schema.max_limit, [field.name for field in schema.key]) == ("order", 50, ["id"])
    assert schema == Schema("order", schema.fields, system_properties=False, key=["id"], max_limit=50)
