"""One query, one answer: generated criteria select the same generated records from every kind of frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
from criteria import CriteriaError, Field, Query, Schema, Search
from criteria.backends import frame as backend
from criteria.conformance import schemas
from criteria.conformance.reference import is_true, ordered
from criteria.conformance.strategies import criteria_objects, order_by_texts, records
from criteria.tree.nodes import And, Not, Or
from tests.conftest import CASES, PROFILE, capped
from tests.frames.conftest import Frames
from tests.frames.kinds import DASK, OF_NUMPY, QUICK, FrameKind

NUMPY = Schema(
    "numpy",
    [
        schemas.KEY,
        Field("string", "string"),
        Field("guid", "guid"),
        Field("double", "double"),
        Field("dateTime", "dateTime"),
        Field("at", "dateTime", precision=6),
        Field("integer", "integer", nullable=False),
        Field("boolean", "boolean", nullable=False),
    ],
    system_properties=False,
)
"""What NumPy's types hold: no lists, nothing nested, no decimals, and nulls only where a value represents them."""

ALL = {**schemas.ALL, "numpy": NUMPY}

_SHARES = {
    "scalars": 3, "lists": 3, "nested": 3, "names": 1, "microseconds": 1, "keyed": 1, "objects": 1, "listed": 1,
    "numpy": 1,
}  # fmt: skip
"""How the examples of a profile are divided among the schemas."""


def share(name: str) -> int:
    """How many examples a schema has: of all CASES on the schemas of all frames, and more on that of NumPy's types."""
    whole = sum(_SHARES.values()) - _SHARES["numpy"]
    return capped(max(6, -(-CASES * _SHARES[name] // whole)))


def kinds_for(frames: Frames, schema: Schema) -> list[FrameKind]:
    """The kinds of frames that hold a schema's records; the test is skipped when there are none.

    Dask takes as long as all others together: the profile quick runs only the suite on it.
    """
    kinds = [kind for kind in frames.quick() if kind.holds_everything or schema is NUMPY]
    kinds = [kind for kind in kinds if kind is not DASK or PROFILE.runs_heavy]
    kinds = [kind for kind in kinds if kind.can_name(schema)]
    if not kinds:
        pytest.skip("no frames are among --engines that can be had here")
    return kinds


def keys(kind: FrameKind, frame: Any) -> list[int]:
    """The keys of a frame's rows."""
    return list(kind.read(frame)["id"])


def differences(kinds: Sequence[FrameKind], schema: Schema, rows: list[dict[str, Any]], query: Query) -> list[Any]:
    """Where a frame's answer to a query is not the one that the rules give."""
    from tests.frames.tables import arrow_table

    expected = [row["id"] for row in rows if is_true(query.expression, schema.decode(row))]
    table = arrow_table(schema, rows)
    found = [(kind, backend.filter(kind.make(table), query)) for kind in kinds]
    answers = [(kind.name, sorted(keys(kind, frame))) for kind, frame in found]
    return [(name, "selects", answer, "not", expected) for name, answer in answers if answer != expected]


def page_differences(
    kinds: Sequence[FrameKind], schema: Schema, rows: list[dict[str, Any]], search: Search
) -> list[Any]:
    """Where a frame's page is not the one that the rules give."""
    from tests.frames.tables import arrow_table

    typed = [schema.decode(row) for row in rows]
    selected = [record for record in typed if is_true(search.query.expression, record)]
    in_order = [record["id"] for record in ordered(selected, search.sort_keys)]
    end = None if search.fetch is None else search.skip + search.fetch
    page = search.page(in_order[search.skip : end], len(in_order) if search.get_total_count else None)
    expected = (list(page.data), page.has_more_records, page.total_count)
    table = arrow_table(schema, rows)
    wrong = []
    for kind in kinds:
        found = backend.search(kind.make(table), search)
        answer = (keys(kind, found.data), found.has_more_records, found.total_count)
        if answer != expected:
            wrong.append((kind.name, "pages", answer, "not", expected))
    return wrong


@pytest.mark.parametrize("name", ALL)
def test_generated_criteria_select_the_same_records_from_every_frame(name: str, frames: Frames) -> None:
    """Every kind of frame gives the rows that the rules of the language give."""
    schema = ALL[name]
    kinds = kinds_for(frames, schema)

    @settings(max_examples=share(name))
    @given(rows=records(schema), criteria_json=criteria_objects(schema))
    def agree(rows: list[dict[str, Any]], criteria_json: dict[str, Any]) -> None:
        assert differences(kinds, schema, rows, criteria.parse(criteria_json, schema)) == []

    agree()


@pytest.mark.parametrize("name", ALL)
def test_generated_searches_page_alike_on_every_frame(name: str, frames: Frames) -> None:
    """Every kind of frame orders, pages and counts as the rules of the language say."""
    schema = ALL[name]
    kinds = kinds_for(frames, schema)

    @settings(max_examples=capped(max(5, share(name) // 6)))
    @given(
        rows=records(schema),
        criteria_json=criteria_objects(schema, 3),
        order_by=order_by_texts(schema),
        limit=st.one_of(st.none(), st.integers(0, 4)),
        skip=st.integers(0, 3),
        get_total_count=st.booleans(),
    )
    def agree(rows: list[dict[str, Any]], criteria_json: dict[str, Any], order_by: str, limit: int | None, skip: int,
              get_total_count: bool) -> None:  # fmt: skip
        query, order = criteria.parse(criteria_json, schema), criteria.parse_order_by(order_by, schema)
        assert page_differences(kinds, schema, rows, Search(query, order, limit, skip, get_total_count)) == []

    agree()


@pytest.mark.heavy("generated queries on every kind of frame")
@pytest.mark.parametrize("name", ALL)
def test_laws_hold_on_every_frame(name: str, frames: Frames) -> None:
    """NOT partitions, twice it is nothing, De Morgan holds, and AND and OR are intersection and union."""
    from tests.frames.tables import arrow_table

    schema = ALL[name]
    kinds = [kind for kind in kinds_for(frames, schema) if kind is not DASK]

    @settings(max_examples=capped(max(5, share(name) // 20)))
    @given(rows=records(schema), first=criteria_objects(schema, 3), second=criteria_objects(schema, 3))
    def lawful(rows: list[dict[str, Any]], first: dict[str, Any], second: dict[str, Any]) -> None:
        p, q = criteria.parse(first, schema).expression, criteria.parse(second, schema).expression
        table = arrow_table(schema, rows)
        everything = {row["id"] for row in rows}
        for kind in kinds:
            frame = kind.make(table)

            def selected(expression: Any, kind: FrameKind = kind, frame: Any = frame) -> set[int]:
                found = keys(kind, backend.filter(frame, Query(expression, schema)))
                assert len(found) == len(set(found))
                return set(found)

            of_p, of_q = selected(p), selected(q)
            assert selected(Not(p)) == everything - of_p, kind.name
            assert selected(Not(Not(p))) == of_p, kind.name
            assert selected(And((p, q))) == of_p & of_q, kind.name
            assert selected(Or((p, q))) == of_p | of_q, kind.name
            assert selected(Not(And((p, q)))) == selected(Or((Not(p), Not(q)))), kind.name

    lawful()


@pytest.mark.parametrize("name", ["scalars", "nested", "numpy"])
def test_a_compiled_expression_selects_what_filter_does(name: str, frames: Frames) -> None:
    """`compile(query, "frame")` filters and marks the rows of every kind of frame: true or false, never null."""
    import narwhals as nw

    from tests.frames.tables import arrow_table

    schema = ALL[name]
    kinds = [kind for kind in kinds_for(frames, schema) if kind not in (DASK,) and kind.name != "pandas-nullable"]

    @settings(max_examples=capped(max(5, share(name) // 10)))
    @given(rows=records(schema), criteria_json=criteria_objects(schema))
    def agree(rows: list[dict[str, Any]], criteria_json: dict[str, Any]) -> None:
        query = criteria.parse(criteria_json, schema)
        expected = [row["id"] for row in rows if is_true(query.expression, schema.decode(row))]
        expression = criteria.compile(query, "frame")
        table = arrow_table(schema, rows)
        for kind in kinds:
            frame = nw.from_native(kind.make(table))
            assert sorted(keys(kind, frame.filter(expression).to_native())) == expected, kind.name
            marked = kind.read(frame.select("id", expression.alias("holds")).to_native())
            by_key = dict(zip(marked["id"], marked["holds"], strict=True))
            assert by_key == {row["id"]: row["id"] in expected for row in rows}, kind.name
            assert None not in by_key.values(), kind.name

    agree()


def test_an_unfit_column_is_refused_for_every_value(frames: Frames) -> None:
    """NumPy's types hold no nulls in integers and booleans: what they make of such a column is refused, and the refusal
    names the column, its type and what to cast it to."""
    import pandas as pd
    import pyarrow as pa

    frames.need(next(kind for kind in QUICK if kind.name == "pandas-numpy"))
    schema: Mapping[str, Any] = {"name": "t", "systemProperties": False, "fields": [
        {"name": "id", "fieldType": "integer", "isUnique": True, "nullable": False},
        {"name": "age", "fieldType": "integer"}, {"name": "active", "fieldType": "boolean"}]}  # fmt: skip
    people = criteria.Schema.from_json(schema)
    frame = pd.DataFrame({"id": [1, 2], "age": [30, None], "active": [True, None]})
    with pytest.raises(CriteriaError) as refused:
        backend.filter(frame, criteria.parse({"age": {"$gt": 1}, "active": True}, people))
    expected = (("age", "Float64", "integer", "int64()"), ("active", "Object", "boolean", "bool_()"))
    assert [(problem.code, problem.message, problem.hint) for problem in refused.value.problems] == [
        (
            "unfit_column",
            f'Column "{name}" is {dtype}, which does not hold values of type {kind}.',
            f"Convert the column with astype(pd.ArrowDtype(pa.{cast})){OF_NUMPY}.",
        )
        for name, dtype, kind, cast in expected
    ]
    by_column = frame.astype({"age": pd.ArrowDtype(pa.int64()), "active": pd.ArrowDtype(pa.bool_())})
    for held in (by_column, frame.convert_dtypes(dtype_backend="pyarrow")):
        assert keys_of(backend.filter(held, criteria.parse({"NOT": {"age": {"$gt": 1}}}, people))) == [2]


def keys_of(frame: Any) -> list[int]:
    """The keys of a pandas frame."""
    return list(frame["id"])
