"""What a frame's types hold: accepted and compared exactly, or refused with what to cast to."""

from __future__ import annotations

import datetime as dt
import operator as op
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

import criteria
from criteria import CriteriaError, Field, Query, Schema
from criteria.backends import frame as backend
from criteria.backends.frame.conditions import Compare, Condition
from criteria.backends.frame.domains import DOUBLES, Domain, decimals, fitted, instants, integers
from criteria.tree.nodes import Comparison, Operator
from tests.engines.duckdb_version import is_duckdb_before_2
from tests.frames.conftest import Frames
from tests.frames.kinds import OF_NUMPY, QUICK, FrameKind, in_words_of

UTC = dt.timezone.utc
KEY = Field("id", "integer", is_unique=True, nullable=False)


def schema_of(field_type: str, **attributes: Any) -> Schema:
    """A schema with a field `f` of a type."""
    return Schema("t", [KEY, Field("f", field_type, **attributes)], system_properties=False)


def table_of(values: list[Any], arrow_type: Any) -> Any:
    """An Arrow table with the values in its column `f`."""
    import pyarrow as pa

    return pa.table({"id": pa.array(range(1, len(values) + 1)), "f": pa.array(values, arrow_type)})


def selected(kind: FrameKind, table: Any, criteria_json: Any, schema: Schema | None) -> list[int]:
    """The keys of the rows that a query selects from a kind of frame."""
    found = backend.filter(kind.make(table), criteria.parse(criteria_json, schema))
    return sorted(kind.read(found)["id"])


def refusal(table: Any, criteria_json: Any, schema: Schema | None) -> tuple[str, str, str | None]:
    """The code, message and hint of the refusal of a query on a frame."""
    with pytest.raises(CriteriaError) as refused:
        backend.filter(table, criteria.parse(criteria_json, schema))
    (problem,) = refused.value.problems
    return problem.code, problem.message, problem.hint


NARROW: list[tuple[str, str, list[Any], Any, list[int]]] = [
    ("integer", "int8", [-128, 127, None, 5], {"f": {"$gt": 300}}, []),
    ("integer", "int8", [-128, 127, None, 5], {"f": {"$lte": 300}}, [1, 2, 4]),
    ("integer", "int8", [-128, 127, None, 5], {"f": {"$ne": 261}}, [1, 2, 3, 4]),
    ("integer", "int8", [-128, 127, None, 5], {"f": {"$in": [5, 261]}}, [4]),
    ("integer", "uint64", [0, 2**64 - 1, None], {"f": {"$gte": -1}}, [1, 2]),
    ("integer", "uint64", [0, 2**64 - 1, None], {"f": {"$gt": 2**63 - 1}}, [2]),
    ("integer", "int64", [2**53, 2**53 + 1], {"f": 2**53 + 1}, [2]),
    ("integer", "decimal128(20, 0)", [Decimal(2**53), Decimal(2**53 + 1), None], {"f": {"$gt": 2**53}}, [2]),
    ("decimal", "int32", [1, 2, None], {"f": {"$gt": "1.5"}}, [2]),
    ("decimal", "int32", [1, 2, None], {"f": "1.0000000000"}, [1]),
    ("decimal", "decimal128(5, 2)", [Decimal("1.25"), Decimal("-1.25"), None], {"f": {"$gte": "1.255"}}, []),
    ("decimal", "decimal128(5, 2)", [Decimal("1.25"), Decimal("-1.25"), None], {"f": {"$lt": "1.255"}}, [1, 2]),
    ("decimal", "decimal128(5, 2)", [Decimal("1.25"), Decimal("-1.25"), None], {"f": {"$gt": "-1.255"}}, [1, 2]),
    ("decimal", "decimal128(5, 2)", [Decimal("1.25"), Decimal("-1.25"), None], {"f": {"$lt": "12345678"}}, [1, 2]),
    ("double", "int64", [1, 2, None], {"f": {"$gt": 1.5}}, [2]),
    ("double", "int64", [2**53, 2**53 + 1, 2**53 + 2], {"f": 2.0**53}, [1, 2]),
    ("double", "decimal128(20, 18)", [Decimal("0.1"), Decimal("0.100000000000000005"), Decimal("0.2")],
     {"f": 0.1}, [1, 2]),
    ("dateTime", "timestamp[s, UTC]", [dt.datetime(2024, 1, 1, tzinfo=UTC), None],
     {"f": {"$gt": "2023-12-31T23:59:59.999Z"}}, [1]),
    ("dateTime", "timestamp[s, UTC]", [dt.datetime(2024, 1, 1, tzinfo=UTC), None],
     {"f": {"$lt": "2024-01-01T00:00:00.001Z"}}, [1]),
    ("dateTime", "timestamp[ns, UTC]", [dt.datetime(2024, 1, 1, tzinfo=UTC), None],
     {"f": {"$gt": "0001-01-01T00:00:00Z"}}, [1]),
    ("dateTime", "timestamp[ns, UTC]", [dt.datetime(2024, 1, 1, tzinfo=UTC), None],
     {"f": {"$ne": "9999-01-01T00:00:00Z"}}, [1, 2]),
    ("dateTime", "timestamp[s, UTC]", [dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), None],
     {"f": {"$lt": "9999-12-31T23:59:59.999Z"}}, [1]),
    ("dateTime", "timestamp[s, UTC]", [dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), None],
     {"f": {"$gte": "9999-12-31T23:59:59.999Z"}}, []),
    ("dateTime", "timestamp[s, UTC]", [dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), None],
     {"f": {"$nin": ["9999-12-31T23:59:59.999Z"]}}, [1, 2]),
    ("dateTime", "timestamp[s, Europe/Paris]", [dt.datetime(2024, 1, 1, tzinfo=UTC), None],
     {"f": {"$lte": "2024-01-01T00:00:00.001Z"}}, [1]),
    ("dateTime", "timestamp[ms, Europe/Paris]", [dt.datetime(2024, 1, 1, tzinfo=UTC), None],
     {"f": {"$nin": ["2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z"]}}, [2]),
    ("decimal", "uint64", [0, 2**64 - 1, None], {"f": {"$gte": "18446744073709551615"}}, [2]),
    ("dateTime", "timestamp[us, Europe/Paris]", [dt.datetime(2024, 1, 1, tzinfo=UTC), None],
     {"f": "2024-01-01T01:00:00+01:00"}, [1]),
]  # fmt: skip


def arrow_type(name: str) -> Any:
    """An Arrow type by its name."""
    import pyarrow as pa

    if name.startswith("timestamp"):
        return pa.timestamp(*name[10:-1].split(", "))
    return pa.decimal128(*map(int, name[11:-1].split(", "))) if name.startswith("decimal") else getattr(pa, name)()


@pytest.mark.parametrize(("field_type", "dtype", "values", "criteria_json", "expected"), NARROW, ids=str)
def test_operands_that_a_type_cannot_hold_compare_exactly(
    kind: FrameKind, field_type: str, dtype: str, values: list[Any], criteria_json: Any, expected: list[int]
) -> None:
    """A column of a narrower type than its field's answers by value: no rounding, no overflow, no error."""
    if not kind.holds_everything:
        pytest.skip("NumPy's types hold no nulls in these columns")
    if kind.name == "duckdb-relation" and dtype == "timestamp[ns, UTC]":
        pytest.skip("DuckDB has instants in microseconds alone; others are refused")
    assert selected(kind, table_of(values, arrow_type(dtype)), criteria_json, schema_of(field_type)) == expected


@pytest.mark.parametrize("bits", [8, 16, 32, 64])
@pytest.mark.parametrize("sign", ["int", "uint"])
def test_operands_at_the_bounds_of_an_integer_type_compare_exactly(kind: FrameKind, sign: str, bits: int) -> None:
    """The least and the greatest number of a type, and those next to them, which the type cannot hold."""
    if not kind.holds_everything:
        pytest.skip("NumPy's types hold no nulls in these columns")
    least, most = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if sign == "int" else (0, 2**bits - 1)
    values = [least, least + 1, 1, most - 1, most, None]
    table = table_of(values, arrow_type(f"{sign}{bits}"))
    frame = kind.make(table)
    for operand in (least - 1, least, 0, most, most + 1):
        decimal = schema_of("decimal", precision=30, scale=10)
        for operator, compare in (("$gt", op.gt), ("$gte", op.ge), ("$lt", op.lt), ("$lte", op.le), ("$in", op.eq)):
            asked = [str(operand), "1.5"] if operator == "$in" else str(operand)
            found = backend.filter(frame, criteria.parse({"f": {operator: asked}}, decimal))
            expected = [key for key, value in enumerate(values, 1) if value is not None and compare(value, operand)]
            assert sorted(kind.read(found)["id"]) == expected, (operator, operand)


REFUSED: list[tuple[str, str, list[Any], str]] = [
    ("decimal", "float64", [0.5], "Cast it to Decimal."),
    ("integer", "float64", [1.0], "Cast it to Int64."),
    ("dateTime", "timestamp[us]", [dt.datetime(2024, 1, 1)],
     'If it is in UTC, add "timeZone": "UTC" to the field. Otherwise cast it to Datetime with a time zone.'),
    ("dateTime", "string", ["2024-01-01T00:00:00.000Z"], "Cast it to Datetime with a time zone."),
    ("dateTime", "date32", [dt.date(2024, 1, 1)], "Cast it to Datetime with a time zone."),
    ("boolean", "int8", [1], "Cast it to Boolean."),
    ("string", "int64", [1], "Cast it to String."),
    ("string", "binary", [b"a"], "Cast it to String."),
    ("guid", "binary", [b"a" * 16], "Cast it to String (in canonical form: lower case, with dashes)."),
    ("integer", "decimal128(5, 2)", [Decimal("1.25")], "Cast it to Int64."),
]  # fmt: skip


@pytest.mark.parametrize(("field_type", "dtype", "values", "hint"), REFUSED, ids=str)
def test_types_that_do_not_hold_a_fields_values_are_refused(
    kind: FrameKind, field_type: str, dtype: str, values: list[Any], hint: str
) -> None:
    """A column of another type is refused on every kind of frame, also where only nulls are asked for."""
    table = table_of(values, arrow_type(dtype))
    frame = table if kind.name == "pandas-numpy" else kind.make(table)
    code, message, cast = refusal(frame, {"f": None}, schema_of(field_type))
    said = "" if cast is None else cast.replace(OF_NUMPY, "")
    assert (code, said) == ("unfit_column", hint if frame is table else in_words_of(kind.name, hint))
    assert message.startswith('Column "f" is ')
    assert message.endswith(f"which does not hold values of type {field_type}.")


def test_durations_have_no_field_type() -> None:
    """The hint does not ask for a schema that nobody can write."""
    import polars as pl

    frame = pl.DataFrame({"id": [1], "f": [dt.timedelta(1)]})
    _, message, hint = refusal(frame, {"f": 1}, None)
    assert message.startswith('Column "f" is Duration')
    assert hint == "No field type has such values: cast it to numbers, or name another column."


def test_objects_are_refused() -> None:
    """An object column may hold anything."""
    import pandas as pd

    frame = pd.DataFrame({"id": [1], "f": pd.Series(["a"], dtype=object)})
    hint = in_words_of("pandas", "Cast it to String.")
    assert refusal(frame, {"f": "a"}, schema_of("string"))[::2] == ("unfit_column", hint)
    assert refusal(frame, {"f": "a"}, None)[0] == "unfit_column"


def test_a_missing_column_is_refused_with_the_nearest_name() -> None:
    """A column that the frame does not have is no column of nulls, with a schema and without."""
    import polars as pl

    frame = pl.DataFrame({"id": [1], "nmae": ["a"], "p": [{"x": 1}]})
    people = Schema("t", [KEY, Field("name", "string"), Field("p.y", "integer")], system_properties=False)
    assert refusal(frame, {"name": "a"}, people) == (
        "unfit_column", 'There is no column "name" for field "name".', 'Did you mean "nmae"?')  # fmt: skip
    assert refusal(frame, {"p.y": 1}, people)[:2] == (
        "unfit_column", 'There is no column "p.y" for field "p.y".')  # fmt: skip
    assert refusal(frame, {"name": None}, None)[0] == "unfit_column"


def test_every_problem_of_a_frame_is_reported_at_once() -> None:
    """A query with three columns that do not fit has three problems, also under a constant."""
    import polars as pl

    frame = pl.DataFrame({"id": [1], "f": ["a"]})
    schema = Schema(
        "t", [KEY, Field("f", "integer"), Field("g", "string"), Field("h", "string")], system_properties=False
    )
    with pytest.raises(CriteriaError) as refused:
        backend.filter(frame, criteria.parse({"f": 1, "OR": [{"g": "a"}, {"h": "b"}]}, schema))
    assert [problem.code for problem in refused.value.problems] == ["unfit_column"] * 3


def test_other_objects_than_frames_are_refused() -> None:
    """A list is no frame, a dict is no query, a query is no search."""
    query = criteria.parse({})
    for call in (lambda: backend.filter([1], query), lambda: backend.filter([1], {}),  # type: ignore[arg-type]
                 lambda: backend.search([1], query)):  # type: ignore[arg-type]  # fmt: skip
        with pytest.raises(CriteriaError) as refused:
            call()
        assert refused.value.problems[0].code == "invalid_parameter"


MIXED: dict[str, tuple[str, list[Any]]] = {
    "text": ("string", ["1", None, "true", ""]),
    "whole": ("int64", [1, None, 2**53 + 1, 0]),
    "double": ("float64", [1.0, None, 0.1, -0.0]),
    "amount": ("decimal128(5, 2)", [Decimal("1.00"), None, Decimal("0.10"), Decimal("0.00")]),
    "flag": ("bool_", [True, None, False, True]),
    "nothing": ("null", [None, None, None, None]),
}

_LITERALS: list[Any] = ["1", "", "true", 1, 0, 2**53 + 1, 1.0, 0.1, 1.5, True, False]


@example(name="flag", operator="$in", literals=["1", 1], negated=False)  # a problem for each type
@given(
    name=st.sampled_from(sorted(MIXED)),
    operator=st.sampled_from(["", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$startsWith", "$contains"]),
    literals=st.lists(st.sampled_from(_LITERALS), min_size=1, max_size=3),
    negated=st.booleans(),
)
def test_without_a_schema_frames_answer_as_python_does(
    name: str, operator: str, literals: list[Any], negated: bool
) -> None:
    """The literal's type is used as the field's: numbers compare by value, and a column of another type is refused."""
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    operand = literals if operator in ("$in", "$nin") else literals[0]
    if operator in ("$startsWith", "$contains") and not isinstance(operand, str):
        operand = "1"
    if operator in ("$gt", "$gte", "$lt", "$lte") and isinstance(operand, bool):
        operand = 1
    if isinstance(operand, list):  # numbers of one list are of one type, and 2^53+1 is no double
        assume(2**53 + 1 not in operand or not any(isinstance(one, float) and one % 1 for one in operand))
    leaf = {name: {operator: operand} if operator else operand}
    query = criteria.parse({"NOT": leaf} if negated else leaf)
    table = pa.table({column: pa.array(values, arrow_type(kind)) for column, (kind, values) in MIXED.items()})
    table = table.append_column("id", pa.array([1, 2, 3, 4]))
    frames: list[Any] = [pl.from_arrow(table), table, table.to_pandas(types_mapper=pd.ArrowDtype)]
    operands = operand if isinstance(operand, list) else [operand]
    if name != "nothing" and any(_kind(one) is not _KINDS[name] for one in operands):
        for frame in frames:
            with pytest.raises(CriteriaError) as refused:
                backend.filter(frame, query)
            assert {problem.code for problem in refused.value.problems} == {"unfit_column"}
        return
    expected = [row["id"] for row in criteria.compile(query, "python").filter(table.to_pylist())]
    for frame in frames:
        assert list(pl.DataFrame(backend.filter(frame, query))["id"]) == expected


_KINDS: dict[str, type] = {"text": str, "whole": float, "double": float, "amount": float, "flag": bool}
"""What the columns of MIXED compare with; float: any number."""


def _kind(literal: Any) -> type:
    return float if type(literal) is int else type(literal)


LITERALS: list[tuple[str, Any, str, str | None]] = [
    ("double", "0.1", "Float64, which does not compare with a string.", "Write a number: 0.1."),
    ("whole", {"$gt": "ten"}, "Int64, which does not compare with a string.", "Write a number."),
    ("amount", {"$startsWith": "1"}, "which does not compare with a string.", "Write a number: 1."),
    ("whole", True, "Int64, which does not compare with a boolean.", "Write a number."),
    ("text", {"$in": ["1", 1]}, "String, which does not compare with a number.", 'Write a string: "1".'),
    ("text", {"$ne": True}, "String, which does not compare with a boolean.", 'Write a string: "true".'),
    ("flag", "true", "Boolean, which does not compare with a string.", "Write true or false."),
    ("object", "x", "which does not compare with a string.", 'Name one of its members, such as "object.x".'),
    ("object.x", "1", "Int64, which does not compare with a string.", "Write a number: 1."),
    ("list", {"$nin": [1]}, "List(String), which does not compare with a number.", 'Write a string: "1".'),
    ("lists", 1, "which does not compare with a number.", None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "asked", "said", "hint"), LITERALS, ids=str)
def test_literals_that_a_column_never_matches_are_refused(name: str, asked: Any, said: str, hint: str | None) -> None:
    """A comparison that is false of every row, whatever is in it, is a mistake: it is refused with what to write."""
    import polars as pl
    import pyarrow as pa

    columns = {column: pa.array(values, arrow_type(kind)) for column, (kind, values) in MIXED.items()}
    columns |= {"object": pa.array([{"x": 1}] * 4), "list": pa.array([["a"]] * 4), "lists": pa.array([[[1]]] * 4)}
    table = pa.table(columns)
    for frame in (table, pl.DataFrame(table), pl.LazyFrame(pl.DataFrame(table))):
        for query in ({name: asked}, {"NOT": {name: asked}}, {"OR": [{"text": "1"}, {name: asked}]}):
            code, message, found = refusal(frame, query, None)
            assert (code, found) == ("unfit_column", hint)
            assert message.startswith(f'Column "{name}" is ')
            assert message.endswith(said)


def test_without_a_schema_a_type_that_json_has_no_literal_for_is_refused() -> None:
    """A string is not an instant: the field's type has to be declared. Nulls can be asked for all the same."""
    import polars as pl

    frame = pl.DataFrame({"id": [1, 2], "f": [dt.datetime(2024, 1, 1, tzinfo=UTC), None]})
    code, message, hint = refusal(frame, {"f": {"$gte": "2024-01-01T00:00:00Z"}}, None)
    assert (code, hint) == ("unfit_column", "Give the query a schema that declares the field's type.")
    assert message.startswith('Column "f" is Datetime')
    assert backend.filter(frame, criteria.parse({"f": None}))["id"].to_list() == [2]


@pytest.mark.parametrize("name", ["*", "^id$", "^.*$", "a.b", "__criteria_0"])
def test_names_that_are_patterns_name_one_column(name: str) -> None:
    """Polars takes some names for patterns of names, and a name with dots is a path: neither reaches another column."""
    import polars as pl

    frame = pl.DataFrame({"id": [1, 2], name: ["a", "b"], "l": [["a"], []]})
    if "." in name and not name.startswith("^"):
        assert refusal(frame, {name: "a"}, None)[0] == "unfit_column"
        return
    schema = Schema("t", [KEY, Field("f", "string", column=name) if "." not in name else Field("f", "string"),
                          Field("l", "string", is_list=True)], system_properties=False)  # fmt: skip
    if "." in name:
        frame = frame.rename({name: "f"})
    found = backend.filter(frame, criteria.parse({"f": {"$ne": "a"}, "NOT": {"l": "a"}}, schema))
    assert found["id"].to_list() == [2]
    assert found.columns == frame.columns


@pytest.mark.parametrize("name", ["*", "COLUMNS(*)", "**", "* EXCLUDE id", '"', "f", "''"])
@pytest.mark.parametrize("kind", ["duckdb", "polars", "pandas", "arrow"])
def test_names_that_are_sql_name_one_column_or_are_refused(kind: str, name: str) -> None:
    """DuckDB takes the name `*` for all columns, even if the query does not name it, so such frames are refused. Before
    version 2 it cannot name columns with a quotation mark."""
    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    table = pa.table({"id": [1, 2], name: ["a", "b"]})
    makers: dict[str, Any] = {
        "duckdb": duckdb.from_arrow,
        "polars": pl.from_arrow,
        "pandas": lambda one: one.to_pandas(types_mapper=pd.ArrowDtype),  # pandas 2 has no type of its own for strings
        "arrow": lambda one: one,
    }
    frame: Any = makers[kind](table)
    schema = Schema("t", [KEY, Field("f", "string", column=name)], system_properties=False)
    for query in (criteria.parse({"f": {"$ne": "a"}}, schema), criteria.parse({"id": 2}, schema)):
        if kind == "duckdb" and (name == "*" or (name == '"' and is_duckdb_before_2())):
            with pytest.raises(CriteriaError) as caught:
                backend.filter(frame, query)
            assert [problem.code for problem in caught.value.problems] == ["unsupported"]
        else:
            found = backend.filter(frame, query)
            if kind == "duckdb":
                assert (found.columns, found.fetchall()) == (["id", name], [(2, "b")])
            else:
                as_table = found.to_arrow() if kind == "polars" else found
                rows = found.to_dict("records") if kind == "pandas" else as_table.to_pylist()
                assert rows == [{"id": 2, name: "b"}]


@pytest.mark.parametrize("name", ['a"b', "a.b"])
def test_names_that_duckdb_parses(name: str) -> None:
    """DuckDB 2 names every column. Older versions parse names, so a relation with such a column is refused there."""
    import duckdb

    quoted = '"' + name.replace('"', '""') + '"'
    relation = duckdb.connect().sql(f"SELECT 1 AS id, 'x' AS f, 2 AS {quoted}")
    schema = Schema("t", [KEY, Field("f", "string")], system_properties=False)
    query = criteria.parse({"f": "x"}, schema)
    if is_duckdb_before_2():
        code, message, hint = refusal(relation, {"f": "x"}, schema)
        assert (code, hint) == ("unsupported", "Install DuckDB 2, or rename the columns.")
        assert message.startswith("DuckDB before version 2 cannot name ")
    else:
        assert backend.filter(relation, query).fetchall() == [(1, "x", 2)]


def brute(domain_values: list[Any], operator: Operator, operand: Any, exact: Any) -> list[Any]:
    """The values that fulfil a comparison, compared exactly."""
    compared: dict[Operator, Callable[[Any, Any], Any]] = {
        Operator.EQ: op.eq,
        Operator.GT: op.gt,
        Operator.GTE: op.ge,
        Operator.LT: op.lt,
        Operator.LTE: op.le,
    }
    return [value for value in domain_values if compared[operator](exact(value), operand)]


def fulfilling(values: list[Any], condition: Condition) -> list[Any]:
    """The values that fulfil a condition."""
    if isinstance(condition, bool):
        return values if condition else []
    if isinstance(condition, Compare):
        return brute(values, condition.operator, condition.value, lambda value: value)
    return [value for value in values if all(fulfilling([value], part) for part in condition.conditions)]


_ORDERINGS = st.sampled_from([Operator.EQ, Operator.GT, Operator.GTE, Operator.LT, Operator.LTE])


_NUMBERS = st.one_of(
    st.integers(2**53, 2**63).map(float),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
)


@given(
    operator=_ORDERINGS,
    operand=_NUMBERS,
    bits=st.sampled_from([8, 16, 32, 64]),
    is_signed=st.booleans(),
    data=st.data(),
)
def test_a_fitted_comparison_with_integers_is_the_exact_one(
    operator: Operator, operand: Any, bits: int, is_signed: bool, data: st.DataObject
) -> None:
    """Of every member of a domain, the fitted condition says what the comparison with the operand says."""
    domain = integers(bits, is_signed)
    near = st.integers(-2000, 2000).map(lambda step: int(operand) + step)
    drawn = data.draw(st.lists(st.one_of(st.integers(domain.least, domain.most), near), min_size=5, max_size=20))
    values = [value for value in (*drawn, domain.least, domain.most) if domain.least <= value <= domain.most]
    exact = float if isinstance(operand, float) else int
    check(domain, values, operator, operand, exact)


@given(operator=_ORDERINGS, operand=st.one_of(st.decimals(-1000, 1000, places=4), st.floats(-1000, 1000)),
       precision=st.integers(1, 8), data=st.data())  # fmt: skip
def test_a_fitted_comparison_with_decimals_is_the_exact_one(
    operator: Operator, operand: Any, precision: int, data: st.DataObject
) -> None:
    """As with integers: a decimal type has digits of its own after the point."""
    scale = data.draw(st.integers(0, precision))
    domain = decimals(precision, scale)
    near = st.integers(-3, 3).map(lambda step: round(Decimal(operand) * 10**scale) + step)
    drawn = data.draw(st.lists(st.one_of(st.integers(domain.least, domain.most), near), min_size=5, max_size=20))
    units = [unit for unit in (*drawn, domain.least, domain.most) if domain.least <= unit <= domain.most]
    exact = float if isinstance(operand, float) else Decimal
    check(domain, [domain.value(unit) for unit in units], operator, operand, exact)


@given(operator=_ORDERINGS, operand=st.integers(-(2**63), 2**63 - 1), data=st.data())
def test_a_fitted_comparison_of_doubles_with_integers_is_the_exact_one(
    operator: Operator, operand: int, data: st.DataObject
) -> None:
    """An integer that is not a double is between two doubles."""
    near = st.integers(-3000, 3000).map(lambda step: float(operand + step))
    values = data.draw(st.lists(st.one_of(st.floats(allow_nan=False, allow_infinity=False), near), min_size=3))
    check(DOUBLES, values, operator, operand, lambda value: value)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@given(operator=_ORDERINGS, operand=st.datetimes(timezones=st.just(UTC)), step=st.integers(-3, 3))
def test_a_fitted_comparison_of_instants_is_the_exact_one(
    unit: str, operator: Operator, operand: dt.datetime, step: int
) -> None:
    """Instants of every unit near the operand, also outside the years that nanoseconds reach."""
    domain = instants(unit)
    counts = [int(domain.units(operand)) + step, 0, int(domain.units(dt.datetime(2262, 1, 1, tzinfo=UTC)))]
    values = [domain.value(count) for count in counts if domain.least <= count <= domain.most]
    check(domain, [value for value in values if value.year > 1], operator, operand, lambda value: value)


def check(domain: Domain, values: list[Any], operator: Operator, operand: Any, exact: Any) -> None:
    """Holds a fitted comparison against the exact one."""
    condition = fitted(domain, operator, operand)
    assert fulfilling(values, condition) == brute(values, operator, operand, exact)


def test_columns_of_one_name_and_names_that_are_not_strings() -> None:
    """A pandas frame may have two columns of one name, which is refused, and names that are no strings."""
    import pandas as pd

    query = criteria.parse({"id": 1})
    with pytest.raises(CriteriaError) as refused:
        backend.filter(pd.DataFrame([[1, 2]], columns=["id", "id"]), query)
    assert refused.value.problems[0].code == "invalid_parameter"
    frame = pd.DataFrame([[1, 2], [2, 3]], columns=["id", 5])
    assert backend.filter(frame, query)["id"].tolist() == [1]
    assert refusal(frame, {"idd": 1}, None) == (
        "unfit_column", 'There is no column "idd" for field "idd".', 'Did you mean "id"?')  # fmt: skip


@pytest.mark.parametrize("name", ["polars", "pandas-arrow", "pyarrow", "duckdb-relation"])
def test_lists_of_a_fixed_length_are_lists(name: str, frames: Frames) -> None:
    """An Array column is a set of its elements that are not null, too."""
    import pyarrow as pa

    kind = next(frames.need(one) for one in QUICK if one.name == name)
    table = table_of([[1, 2], None, [3, None]], pa.list_(pa.int64(), 2))
    schema = schema_of("integer", is_list=True)
    assert selected(kind, table, {"f": 3}, schema) == [3]
    assert selected(kind, table, {"NOT": {"f": {"$gt": 1}}}, schema) == [2]
    assert selected(kind, table, {"f": None}, schema) == [2]


def test_a_tree_made_by_hand_is_filtered(kind: FrameKind) -> None:
    """A query needs no parser: expressions made of nodes are bound to the frame like any other."""
    query = Query(Comparison(Field("f", "integer"), Operator.EQ, 5), schema_of("integer"))
    found = backend.filter(kind.make(table_of([5, 6, 7], arrow_type("int64"))), query)
    assert kind.read(found)["id"] == [1]


@pytest.mark.parametrize("name", ["string_view", "list<item: string_view>", "run_end_encoded"])
def test_types_that_arrow_cannot_select_rows_of_are_refused(name: str) -> None:
    """Arrow has no kernel that takes rows of some types: a table or a pandas frame that has one is refused."""
    import pandas as pd
    import pyarrow as pa

    kinds = {
        "string_view": pa.string_view(),
        "list<item: string_view>": pa.list_(pa.string_view()),
        "run_end_encoded": pa.run_end_encoded(pa.int32(), pa.string()),
    }
    table = pa.table({"id": [1, 2], "f": pa.array([None, None], pa.string()), "g": pa.nulls(2, kinds[name])})
    for frame in (table, table.to_pandas(types_mapper=pd.ArrowDtype)):
        code, message, hint = refusal(frame, {"id": 1}, schema_of("string"))
        assert code == "unsupported"
        assert message.startswith(f'Column "g" is {name}')
        assert hint is not None


def test_lists_of_nothing_but_nulls_fit_every_list(kind: FrameKind) -> None:
    """A column of lists in which there never was a value has no type for its elements, and answers as it is."""
    import pyarrow as pa

    if not kind.holds_everything:
        pytest.skip("NumPy's types hold no lists")
    if kind.is_old_duckdb:
        pytest.skip("DuckDB before version 2 takes columns of nothing but nulls for integers, and refuses others")
    table = table_of([[], [None], None], pa.list_(pa.null()))
    schema = schema_of("string", is_list=True)
    assert selected(kind, table, {"f": None}, schema) == [1, 2, 3]
    assert selected(kind, table, {"f": "a"}, schema) == []
    assert selected(kind, table, {"f": {"$ne": "a"}}, schema) == [1, 2, 3]


@pytest.mark.parametrize(
    ("field_type", "options", "values", "arrow"),
    [
        ("decimal", {"precision": 5, "scale": 2}, [Decimal("1.50"), None], "pa.decimal128(38, 9)"),
        ("date", {}, [dt.date(2024, 1, 31), None], "pa.date32()"),
        ("integer", {"is_list": True}, [[1, 2], None], "pa.list_(pa.int64())"),
        ("boolean", {}, [True, None], "pa.bool_()"),
    ],
)
def test_what_is_said_of_objects_in_pandas_helps(
    field_type: str, options: dict[str, Any], values: list[Any], arrow: str
) -> None:
    """The type that the refusal names is one of pandas, and a column of it is filtered."""
    import pandas as pd
    import pyarrow as pa

    frame = pd.DataFrame({"id": [1, 2], "f": pd.Series(values, dtype=object)})
    query = criteria.parse({"f": {"$ne": None}}, schema_of(field_type, **options))
    with pytest.raises(CriteriaError) as refused:
        backend.filter(frame, query)
    assert f"astype(pd.ArrowDtype({arrow}))" in (refused.value.problems[0].hint or "")
    made = {"pa.decimal128(38, 9)": pa.decimal128(38, 9), "pa.date32()": pa.date32(),
            "pa.list_(pa.int64())": pa.list_(pa.int64()), "pa.bool_()": pa.bool_()}  # fmt: skip
    frame["f"] = frame["f"].astype(pd.ArrowDtype(made[arrow]))
    assert backend.filter(frame, query)["id"].tolist() == [1]


@pytest.mark.parametrize("name", ["polars", "pandas-arrow", "pyarrow", "duckdb-relation"])
def test_a_type_of_many_members_is_cut_in_messages(name: str, frames: Frames) -> None:
    import pyarrow as pa

    kind = next(frames.need(one) for one in QUICK if one.name == name)

    value = {f"member{at}": at for at in range(500)}
    frame = kind.make(table_of([value], pa.struct([(member, pa.int64()) for member in value])))
    with pytest.raises(CriteriaError) as refused:
        backend.filter(frame, criteria.parse({"f": "x"}, schema_of("string")))
    (problem,) = refused.value.problems
    assert problem.code == "unfit_column"
    assert len(problem.message) < 300
