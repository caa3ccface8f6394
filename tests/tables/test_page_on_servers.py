"""The examples of docs/tables.md on servers: what they print there, apart from the names of types and the quoting."""

from __future__ import annotations

import ast
import doctest
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from criteria import CriteriaError
from tests.conftest import Engines
from tests.engines.sql import SqlEngine
from tests.tables.page import PAGE

CHANGES = {
    'sqlite3.connect(":memory:")': "opened",
    "connection.executescript(": "script(",
    "connection.execute(": "execute(",
    " ?": " %s",
    '"named"': '"pyformat"',
    'dialect="sqlite"': "dialect=dialect",
}
"""How the examples are adapted to the drivers of servers."""


class Rows(list[Any]):
    """Rows as the cursors of sqlite3 give them."""

    def fetchall(self) -> list[Any]:
        return [*self]


def examples() -> list[doctest.Example]:
    """Those before the section about MongoDB."""
    text = PAGE.read_text(encoding="utf-8").partition("## MongoDB")[0]
    blocks = re.findall(r"^```pycon\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return doctest.DocTestParser().get_examples("\n".join(blocks))


@pytest.mark.parametrize("name", ["postgres-natural", "mariadb", "mysql"])
def test_the_examples_do_what_they_show(name: str, engines: Engines) -> None:
    engine = engines.get(name)
    assert isinstance(engine, SqlEngine)
    scope: dict[str, Any] = {
        "opened": engine.connection,
        "dialect": engine.dialect,
        "script": _script(engine),
        "execute": lambda text, params=(): Rows(engine.execute(text, params)),
    }
    compared = 0
    try:
        for example in examples():
            compared += _is_as_shown(example, scope)
    finally:
        with suppress(Exception):
            engine.rollback()
        engine.execute("DROP TABLE IF EXISTS orders")
        engine.execute("DROP TABLE IF EXISTS tokens")
        engine.commit()
    assert compared >= 7


def _script(engine: SqlEngine) -> Callable[[str], None]:
    def script(text: str) -> None:
        instant = "TIMESTAMP" if engine.dialect == "postgres" else "DATETIME"
        engine.execute("DROP TABLE IF EXISTS orders")
        for statement in filter(None, map(str.strip, text.split(";"))):
            engine.execute(statement.replace("DATETIME", instant))

    return script


def _is_as_shown(example: doctest.Example, scope: dict[str, Any]) -> bool:
    """Runs an example. Whether what it shows was compared: texts of SQL and of types differ between engines."""
    source = example.source
    for old, new in CHANGES.items():
        source = source.replace(old, new)
    if example.exc_msg is not None:
        with pytest.raises(CriteriaError) as told:
            exec(source, scope)  # noqa: S102 - what the page says
        return example.exc_msg.count("[unfit_column]") == len(told.value.problems)
    if not example.want:
        exec(source, scope)  # noqa: S102 - what the page says
        return False
    found = eval(source, scope)  # noqa: S307 - what the page says
    with suppress(ValueError, SyntaxError):
        shown = ast.literal_eval(example.want)
        if "`" not in example.want and "DATETIME" not in example.want:
            assert found == shown, source
            return True
    return False
