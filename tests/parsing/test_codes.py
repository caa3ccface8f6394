"""Every code can happen, every code that happens is documented."""

from __future__ import annotations

import ast
import gzip
import io
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, Schema
from criteria.errors import CODES, KEY_CODES
from criteria.files.columns import RecordColumns
from criteria.files.compression import decompressed
from criteria.files.records import Data
from criteria.parsing.yaml_query import parse_yaml
from criteria.web import Entity, check_references, json_object, not_unique
from tests.parsing.outcome import refused

USERS = Schema("user", [Field("name", "string"), Field("age", "integer"), Field("key", "guid"),
                        Field("at", "dateTime", precision=6), Field("tags", "string", is_list=True)])  # fmt: skip

WITHOUT_PYMONGO = """
import sys
sys.modules["bson"] = sys.modules["pymongo"] = None
import criteria
try:
    criteria.compile(criteria.parse({}), "mongo")
except criteria.CriteriaError as error:
    print(error.problems[0].code)
"""


def _parse(source: Any, **options: Any) -> Callable[[], Any]:
    return lambda: criteria.parse(source, USERS, **options)


def _search(**params: Any) -> Callable[[], Any]:
    return lambda: criteria.parse_search(params, USERS)


def _compile(backend: str, **options: Any) -> Callable[[], Any]:
    wanted: Any = backend
    return lambda: criteria.compile(criteria.parse({}, USERS), wanted, **options)


def _unfit() -> Any:
    import polars

    from criteria.backends import frame

    return frame.filter(polars.DataFrame({"name": [1]}), criteria.parse({"name": "a"}, USERS))


def _read(content: bytes) -> bytes:
    stream = decompressed(io.BufferedReader(io.BytesIO(content)))
    data = Data("data", stream, None, before_waiting=lambda: None, bad=lambda fault: None)
    return b"".join(iter(data.read, b""))


def _columns(*records: dict[str, Any]) -> Any:
    columns = RecordColumns(None, are_typed=False)
    return columns.frame([columns.typed(record, 1) for record in records], columns.schema())


def _taken() -> None:
    raise CriteriaError(*not_unique(Entity("user", [Field("mail", "string", is_unique=True)]), "mail").problems)


def _unknown_object() -> None:
    entity = Entity("user", [Field("friend", "objectRef", object_entity_type="user")])
    check_references(entity, {}, {"friend": 5}, lambda name, object_ids: ())


def _closed() -> None:
    connection = sqlite3.connect(":memory:")
    connection.close()
    criteria.tables.reflect(connection, "users", USERS)


REFUSED: dict[str, Callable[[], Any]] = {
    "invalid_json": _parse('{"name": '),
    "invalid_yaml": lambda: parse_yaml("name: ["),
    "not_json": _parse({"name": {1, 2}}),
    "duplicate_key": _parse('{"age": 1, "age": 2}'),
    "invalid_structure": _parse({"age": [1]}),
    "empty_list": _parse({"AND": []}),
    "null_in_list": _parse({"age": {"$in": [None]}}),
    "null_operand": _parse({"age": {"$gt": None}}),
    "unknown_operator": _parse({"age": {"$above": 1}}),
    "invalid_field_name": _parse({"$age": 1}),
    "not_strict": _parse({"age": 1, "name": "a"}, strict=True),
    "too_long": _parse({"name": {"$contains": "x" * 8001}}),
    "too_deep": _parse("[" * 100_000),
    "too_many_leaves": _parse({"OR": [{"age": 1}] * 1001}),
    "too_many_values": _parse({"age": {"$in": [1] * 1001}}),
    "too_many_problems": _parse({"OR": [{}] * 200}),
    "unknown_field": _parse({"agee": 1}),
    "operator_not_allowed": _parse({"age": {"$contains": "1"}}),
    "type_mismatch": _parse({"age": "1"}),
    "out_of_range": _parse({"age": 2**63}),
    "unknown_value": lambda: criteria.parse({"f": "c"}, Schema("s", [Field("f", "string", values=["a", "b"])])),
    "invalid_text": _parse({"name": "\0"}),
    "invalid_order_by": lambda: criteria.parse_order_by("name,", USERS),
    "not_sortable": lambda: criteria.parse_order_by("tags", USERS),
    "duplicate_sort_key": lambda: criteria.parse_order_by("age,age desc", USERS),
    "invalid_parameter": _search(limit="many"),
    "unknown_parameter": _search(limits=1),
    "not_resolvable": _search(resolve="name"),
    "invalid_cursor": _search(after="AAAA"),
    "cursor_mismatch": _search(after="AAAAAAAAAABbMV0"),
    "invalid_schema": lambda: Schema.from_json({}),
    "invalid_record": lambda: USERS.decode({"objectId": "1"}),
    "read_only": lambda: Entity("user", []).read(json_object(b'{"objectId": 1}')),
    "not_unique": _taken,
    "unknown_object": _unknown_object,
    "unknown_backend": _compile("oracle"),
    "unknown_dialect": _compile("sql", dialect="cobol"),
    "unknown_option": _compile("python", records="yaml"),
    "unsupported": _compile("mongo"),
    "unfit_column": _unfit,
    "database_error": _closed,
    "invalid_ddl": lambda: criteria.tables.from_ddl("CREATE TABLE users (", USERS, dialect="sqlite"),
    "unreadable_file": lambda: _read(gzip.compress(b"{}")[:-1]),
    "no_common_type": lambda: _columns({"a": 1}, {"a": "1"}),
}


@pytest.mark.parametrize("code", REFUSED)
def test_each_code_happens(code: str) -> None:
    """The input of each code is refused with that code."""
    assert code in {problem.code for problem in refused(REFUSED[code])}


def test_a_missing_package() -> None:
    """A backend whose package is not installed is refused with what to install."""
    run = subprocess.run([sys.executable, "-c", WITHOUT_PYMONGO], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "missing_package"


def test_every_code_is_used() -> None:
    """Every documented code has an input that is refused with it."""
    assert set(REFUSED) | {"missing_package", "invalid_config"} == set(CODES)  # the latter: tests/cli/test_config.py
    assert set(CODES) >= KEY_CODES


def test_codes_in_the_sources_are_documented() -> None:
    """Every code in the sources is in CODES, and every code in CODES is in the sources."""
    used = set(_codes_in_sources())
    assert used <= set(CODES)
    assert set(CODES) <= used | set(_texts_in_sources())


SOURCES = [path for path in sorted(Path(criteria.__file__).parent.rglob("*.py")) if path.name != "errors.py"]


def _codes_in_sources() -> Iterator[str]:
    """The literal code of every problem that is made: first argument of Problem and Refusal, second of report."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                position = {"Problem": 0, "Refusal": 0, "report": 1}.get(name)
                code = node.args[position] if position is not None and len(node.args) > position else None
                if isinstance(code, ast.Constant) and isinstance(code.value, str):
                    yield code.value


def _texts_in_sources() -> Iterator[str]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_refusals_do_not_leave_the_library() -> None:
    """Callers never see a Refusal, which the library raises internally for one value."""
    from criteria.errors import Refusal

    assert not issubclass(Refusal, CriteriaError)
    for call in REFUSED.values():
        with pytest.raises(CriteriaError):
            call()
