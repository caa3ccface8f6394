"""Whatever the number of wrong values in an input is, collecting its problems stops at the bound."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Problem, Schema
from criteria.cli.reports.table import print_table
from criteria.errors import MAX_POINTER, MAX_PROBLEMS
from criteria.search.page import Page
from criteria.web import ApiError, Entity, json_object
from criteria.web.requests import parameters
from tests.cli.running import run

_WRONG = ["x"] * 500_000
_COUNT = 500
SCHEMA = Schema(
    "thing",
    [
        Field("id", "integer", is_unique=True, nullable=False),
        Field("numbers", "integer", is_list=True),
        Field("days", "date", is_list=True),
        Field("inner.numbers", "integer", is_list=True),
    ],
    system_properties=False,
)
MANY_FIELDS = Schema("many", [Field(f"f{number}", "integer", nullable=False) for number in range(_COUNT)])
_STORED = criteria.storage(SCHEMA, "sqlite")
LISTS = Schema("lists", [Field(f"f{number}", "integer", is_list=True) for number in range(_COUNT)])

INPUTS: dict[str, Callable[[], Any]] = {
    "a JSON record with a wrong list": lambda: SCHEMA.decode({"id": 1, "numbers": _WRONG}),
    "a typed record with a wrong list": lambda: SCHEMA.encode({"id": 1, "days": _WRONG}),
    "a JSON record with a wrong list in an object": lambda: SCHEMA.decode({"id": 1, "inner": {"numbers": _WRONG}}),
    "a JSON record without its fields": lambda: MANY_FIELDS.decode({}),
    "a record to store with a wrong list": lambda: _STORED.encode({"id": 1, "numbers": _WRONG}),
    "a record to store without its fields": lambda: criteria.storage(MANY_FIELDS, "sqlite").encode({}),
    "a document to store with a wrong list": lambda: criteria.storage(SCHEMA, "mongo").encode({"numbers": _WRONG}),
    "a stored row with a wrong list": lambda: _STORED.decode((1, str(_WRONG[:50_000]).replace("'", '"'), None, None)),
    "a stored document with a wrong list": lambda: criteria.storage(SCHEMA, "mongo").decode(
        {"id": 1, "numbers": _WRONG}
    ),
    "a page of wrong records": lambda: Page(tuple({"a": object()} for _ in range(20_000)), False, None).to_json(),
    "a page with a wrong list": lambda: Page(({"a": [float("nan")] * 100_000},), False, None).to_json(),
    "a schema of what is not a field": lambda: Schema("s", _WRONG),  # type: ignore[arg-type]
    "a schema file of what is not a field": lambda: Schema.from_json({"name": "s", "fields": _WRONG}),
    "parameters of a search": lambda: criteria.parse_search(
        {**{f"p{number}": "" for number in range(_COUNT)}, "limit": "x"}, SCHEMA
    ),
    "names to resolve": lambda: criteria.parse_search({"resolve": ",".join(_WRONG[:20_000])}, SCHEMA),
    "fields that a dialect refuses": lambda: criteria.compile(criteria.parse({}, LISTS), "sql", dialect="oracle"),
}


@pytest.mark.parametrize("name", INPUTS)
def test_a_hundred_problems_are_listed_and_the_others_cost_nothing(name: str) -> None:
    """The error lists 100 problems, then `too_many_problems`; memory is enough for a copy of the input's lists."""
    tracemalloc.start()
    try:
        with pytest.raises(CriteriaError) as caught:
            INPUTS[name]()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    codes = [problem.code for problem in caught.value.problems]
    assert len(codes) == MAX_PROBLEMS + 1
    assert codes.index("too_many_problems") == MAX_PROBLEMS
    assert len(str(caught.value)) < 50_000
    assert peak < 16_000_000


def test_a_hundred_problems_are_not_too_many() -> None:
    """The list has no `too_many_problems` when every problem is in it."""
    with pytest.raises(CriteriaError) as caught:
        SCHEMA.decode({"id": 1, "numbers": _WRONG[:MAX_PROBLEMS]})
    assert [problem.code for problem in caught.value.problems] == ["invalid_record"] * MAX_PROBLEMS


def test_long_messages_are_fewer() -> None:
    """Problems whose pointers are long fill the list sooner."""
    long = {"k" * 60_000: [float("nan")] * 50}
    with pytest.raises(CriteriaError) as caught:
        Page((long,), False, None).to_json()
    assert len(caught.value.problems) == 3
    assert caught.value.problems[-1].code == "too_many_problems"


_KEY = "k" * 900_000
_ENTITY = Entity("user", [Field("name", "string")], custom_properties=[Field("age", "integer")])
LONG_KEYS: dict[str, Callable[[], Any]] = {
    "a field of a query": lambda: criteria.parse({_KEY: 1}, SCHEMA),
    "a field of a query without a schema": lambda: criteria.parse(f'{{"NOT": {{"{_KEY}": 1}}}}'),
    "an operator": lambda: criteria.parse({"id": {_KEY: 1}}, SCHEMA),
    "a key that is there twice": lambda: json_object(f'{{"{_KEY[:400_000]}": 1, "{_KEY[:400_000]}": 2}}'.encode()),
    "a parameter of a search": lambda: criteria.parse_search({_KEY: "1"}, SCHEMA),
    "a parameter of a URL": lambda: parameters(f"{_KEY}=1&{_KEY}=1"),
    "a field of an object": lambda: _ENTITY.read(json_object(f'{{"{_KEY}": 1}}'.encode())),
    "a custom property": lambda: _ENTITY.read(json_object(f'{{"customProperties": {{"{_KEY}": 1}}}}'.encode())),
    "an attribute of a schema file": lambda: Schema.from_json({"name": "s", "fields": [], _KEY: 1}),
}


@pytest.mark.parametrize("name", LONG_KEYS)
def test_a_long_key_is_not_sent_back(name: str) -> None:
    """Messages and responses have the beginning of the key, and the pointer of what holds it."""
    with pytest.raises(CriteriaError) as caught:
        LONG_KEYS[name]()
    answer = json.dumps(ApiError.of(caught.value).to_json())
    assert len(answer) < 3000
    assert len(str(caught.value)) < 1500
    assert any(len(problem.pointer) > MAX_POINTER for problem in caught.value.problems)


def test_a_pointer_is_shown_whole_up_to_its_bound() -> None:
    """One character more, and it is that of the object around."""
    for length, shown in ((MAX_POINTER - 3, f"/a/{'k' * (MAX_POINTER - 3)}"), (MAX_POINTER - 2, "/a")):
        assert Problem("invalid_value", "x", f"/a/{'k' * length}").shown_pointer == shown
    assert Problem("invalid_value", "x", f"/{'~1' * 600}/b").shown_pointer == ""


def test_hints_remember_little_of_a_million_letters() -> None:
    """A misspelt name beside 4,096 long ones leaves no letter pairs in memory; one in another case is still near."""
    names = [f"{number:03x}" * 50 for number in range(4096)]
    schema = Schema("wide", [Field(f"a{name}", "string") for name in names], system_properties=False)
    tracemalloc.start()
    try:
        with pytest.raises(CriteriaError):
            criteria.parse({"b": 1}, schema)
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 8_000_000
    assert peak < 16_000_000
    wide = Schema("wide", [*schema.fields, Field("nearby", "string")], system_properties=False)
    with pytest.raises(CriteriaError) as caught:
        criteria.parse({"NEARBY": 1}, wide)
    assert caught.value.problems[0].hint == 'Did you mean "nearby"?'


def test_a_script_of_many_tables_is_refused_in_few_words() -> None:
    """The hint names some of them."""
    script = "".join(f"CREATE TABLE t{number} (id INTEGER);" for number in range(5000))
    with pytest.raises(CriteriaError) as caught:
        criteria.tables.from_ddl(script, SCHEMA, dialect="sqlite")
    assert len(str(caught.value)) < 1000


def test_patterns_of_a_configuration_are_not_all_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has the first ones, and how many more there are."""
    monkeypatch.chdir(tmp_path)
    patterns = [f"p{number}" for number in range(20_000)]
    Path("criteria.toml").write_text(f"[[files]]\ninclude = {json.dumps(patterns)}\n")
    result = run("check")
    assert result.code == 2
    assert '"p0", "p1"' in result.err
    assert "and 19,990 more" in result.err
    assert len(result.err) < 1_000


class Terminal(StringIO):
    """A terminal of 80 columns."""

    def isatty(self) -> bool:
        return True


def test_columns_without_room_are_not_all_named(tmp_path: Path) -> None:
    """The last line of a table has the first of them, cut, and how many more there are."""
    out = Terminal()
    print_table([{f"{number}{'n' * 200}": number for number in range(500)}], 1, out)
    assert "more columns: " in out.getvalue()
    assert " and 479 more" in out.getvalue()
    assert len(out.getvalue()) < 3_000
