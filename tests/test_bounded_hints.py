"""However many unknown names an input has, the nearest of the known ones is looked for ten times."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, ObjectList, Schema, messages
from criteria.backends import frame as frame_backend
from criteria.errors import MAX_PROBLEMS
from criteria.messages import MAX_HINTS
from criteria.web import Entity, json_object

_KNOWN = [f"name{number:04}" for number in range(9000)]
"""Names just below the bound on letters: looking for the nearest of them takes as long as it ever does."""
_UNKNOWN = [f"nbme{number:04}" for number in range(MAX_PROBLEMS + 1)]
_LISTED = [Field(f"f{number}", "string", values=[f"{name}{number}" for name in _KNOWN]) for number in range(6)]
LISTED = Schema("listed", _LISTED, system_properties=False)
LISTS = Schema("lists", [ObjectList("inner", _LISTED)], system_properties=False)
WIDE = Schema("wide", [Field(name, "string") for name in _KNOWN], system_properties=False)
ABSENT = Schema("absent", [Field(name, "string") for name in _UNKNOWN], system_properties=False)
_OF_SIX = [{f"f{number % 6}": name} for number, name in enumerate(_UNKNOWN)]
_ENTITY = Entity("listed", _LISTED)


def _frame() -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({name: ["a"] for name in _KNOWN})
    frame_backend.filter(frame, criteria.parse({"OR": [{name: "a"} for name in _UNKNOWN]}))


def _reflected() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE TABLE t ({', '.join(f'{name} TEXT' for name in _KNOWN[:1900])})")
    criteria.tables.reflect(connection, "t", ABSENT)


def _declared() -> None:
    ddl = f"CREATE TABLE t ({', '.join(f'{name} TEXT' for name in _KNOWN[:1900])})"
    criteria.tables.from_ddl(ddl, ABSENT, dialect="sqlite")


INPUTS: dict[str, Callable[[], Any]] = {
    "fields of a query": lambda: criteria.parse({"OR": [{name: 1} for name in _UNKNOWN]}, WIDE),
    "fields of an order": lambda: criteria.parse_search({"orderBy": ",".join(_UNKNOWN)}, WIDE),
    "values of one field": lambda: criteria.parse({"f0": {"$in": _UNKNOWN}}, LISTED),
    "values of six fields": lambda: criteria.parse({"OR": _OF_SIX}, LISTED),
    "values of a JSON record": lambda: LISTS.decode({"inner": _OF_SIX}),
    "values of a typed record": lambda: LISTS.encode({"inner": _OF_SIX}),
    "values of a record to store": lambda: criteria.storage(LISTS, "sqlite").encode({"inner": _OF_SIX}),
    "values of a document to store": lambda: criteria.storage(LISTS, "mongo").encode({"inner": _OF_SIX}),
    "members of an object": lambda: _ENTITY.read(json_object(json.dumps(dict.fromkeys(_UNKNOWN, 1)).encode())),
    "keys of a schema file": lambda: Schema.from_json({"name": "s", "fields": [{"nam": 1} for _ in _UNKNOWN]}),
    "fields of a key": lambda: Schema("s", WIDE.fields, key=_UNKNOWN[:30]),
    "options of a backend": lambda: criteria.compile(  # type: ignore[call-overload]
        criteria.parse({}, LISTED), "sql", **dict.fromkeys(_UNKNOWN)
    ),
    "columns of a frame": _frame,
    "columns of a table": _reflected,
    "columns of a script": _declared,
}


@pytest.mark.parametrize("name", INPUTS)
def test_ten_hints_are_looked_for(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the first problems. All others have none, and up to 100 are listed."""
    looked_for = 0
    look = messages._nearest

    def counted(word: str, known: Iterable[str]) -> str | None:
        nonlocal looked_for
        looked_for += 1
        return look(word, known)

    monkeypatch.setattr(messages, "_nearest", counted)
    with pytest.raises(CriteriaError) as caught:
        INPUTS[name]()
    assert len(caught.value.problems) <= MAX_PROBLEMS + 1
    assert looked_for == MAX_HINTS
