"""Lists of structs as lists of objects: what fits, what is refused. That all frames agree is in test_agreement."""

from __future__ import annotations

from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, ObjectList, Schema, Search
from criteria.backends import frame as backend
from tests.frames.conftest import Frames
from tests.frames.kinds import SPARK

ORDERS = Schema(
    "order",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        ObjectList("items", [Field("sku", "string"), Field("quantity", "integer"), Field("size.width", "integer"),
                             ObjectList("parts", [Field("number", "integer")])]),
    ],
    system_properties=False,
)  # fmt: skip
ROWS: list[dict[str, Any]] = [
    {"id": 1, "items": [{"sku": "pen", "quantity": 5}, {"sku": "ink", "size": {"width": 2}}]},
    {"id": 2, "items": [{"sku": "pen", "quantity": 1, "parts": [{"number": 7}, None]}, None]},
    {"id": 3, "items": [None]},
    {"id": 4, "items": []},
    {"id": 5},
]


def tables(frames: Frames) -> list[Any]:
    """The rows as every kind of frame that holds lists."""
    from tests.frames.tables import arrow_table

    table = arrow_table(ORDERS, ROWS)
    return [(kind, kind.make(table)) for kind in frames.quick() if kind.holds_everything and kind is not SPARK]


def refusal(make: Any) -> list[tuple[str, str, str | None]]:
    """The code, the message and the hint of each problem of what is refused."""
    with pytest.raises(CriteriaError) as caught:
        make()
    return [(problem.code, problem.message, problem.hint) for problem in caught.value.problems]


def test_a_page_has_the_list_as_it_is(frames: Frames) -> None:
    """The page of a search has the column of the list, and no other than the schema names."""
    query = criteria.parse({"items": {"$elemMatch": {"sku": "pen", "quantity": {"$lt": 3}}}}, ORDERS)
    for kind, frame in tables(frames):
        page = backend.search(frame, Search(query, get_total_count=True))
        assert list(kind.read(page.data)) == ["id", "items"], kind.name
        assert list(kind.read(page.data)["id"]) == [2], kind.name
        assert page.total_count == 1


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"items.colour": "red"}, 'There is no column "items.colour" for field "colour".'),
        ({"items": {"$elemMatch": {"sku": 1}}},
         'Column "items.sku" is String, which does not hold values of type integer.'),
        ({"items": {"$elemMatch": {"parts": {"$elemMatch": {"number": "7"}}}}},
         'Column "items.parts.number" is Int64, which does not hold values of type string.'),
        ({"NOT": {"items.quantity.n": 1}}, 'There is no column "items.quantity.n" for field "quantity.n".'),
    ],
)  # fmt: skip
def test_unfit_members_are_refused_by_their_path(source: dict[str, Any], message: str, frames: Frames) -> None:
    """What is wrong inside the structs has the path of the list in front of it."""
    other = Schema(
        "other",
        [ORDERS.fields[0], ObjectList("items", [Field("sku", "integer"), Field("colour", "string"),
                                                Field("quantity.n", "integer"),
                                                ObjectList("parts", [Field("number", "string")])])],
        system_properties=False,
    )  # fmt: skip
    for kind, frame in tables(frames):
        found = refusal(lambda frame=frame: backend.filter(frame, criteria.parse(source, other)))
        assert [(code, said) for code, said, _ in found] == [("unfit_column", message)], kind.name


def test_a_list_of_values_holds_no_objects(frames: Frames) -> None:
    """A column of another type is refused, and the message has the type."""
    import polars as pl

    query = criteria.parse({"items.sku": "a"}, ORDERS)
    for column, dtype in ((["a"], "String"), ([["a"]], "List(String)"), ([{"sku": "a"}], "Struct({'sku': String})")):
        frame = pl.DataFrame({"id": [1], "items": column})
        [(code, message, hint)] = refusal(lambda frame=frame: backend.filter(frame, query))
        assert (code, hint) == ("unfit_column", "Cast it to a List of Struct.")
        assert message == f'Column "items" is {dtype}, which does not hold lists of objects.'


def test_columns_of_nulls_fit(frames: Frames) -> None:
    """What engines infer from nulls alone: of the list, its elements, a member, the elements of a list in it."""
    import polars as pl

    for items in ([None], [[None]], [[{"sku": None, "quantity": None, "size": None, "parts": [None]}]]):
        frame = pl.DataFrame({"id": [1], "items": items})
        is_object = isinstance((items[0] or [None])[0], dict)
        for source, expected in (
            ({"items.sku": "a"}, False),
            ({"items": {"$elemMatch": {"sku": None, "size.width": None, "parts": None}}}, is_object),
            ({"items.parts": {"$elemMatch": {"number": 1}}}, False),
            ({"items": None}, not is_object),
        ):
            query = criteria.parse(source, ORDERS)
            assert len(backend.filter(frame, query)) == expected, (items, source)
            assert len(backend.filter(frame.to_arrow(), query)) == expected, (items, source)
            assert len(backend.filter(frame, ~query)) == (not expected), (items, source)


def test_a_compiled_expression_has_no_conditions_on_elements() -> None:
    """narwhals has none; the refusal has the pointer, and says what to call."""
    query = criteria.parse('{"OR": [{"id": 1}, {"items": {"$elemMatch": {"sku": "a"}}}]}', ORDERS)
    with pytest.raises(CriteriaError) as caught:
        criteria.compile(query, "frame")
    (problem,) = caught.value.problems
    assert (problem.code, problem.pointer) == ("unsupported", "/OR/1/items/$elemMatch")
    assert problem.hint == "Use criteria.backends.frame.filter(frame, query)."
