"""Databases in other encodings than UTF-8, where engines compare texts by other bytes."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import pytest

import criteria
from criteria import CriteriaError
from tests.conftest import Engines, require
from tests.django.databases import configure, configured
from tests.server.databases import postgres
from tests.servers import POSTGRES
from tests.tables import orms


@pytest.fixture(scope="module", autouse=True)
def _django() -> None:
    require("Django 5", orms.missing_orm("django", 5))
    configure()
    import_module("criteria.django")


@cache
def word_model() -> Any:
    """A model with a text, and with a number."""
    models: Any = import_module("django.db.models")
    meta = type("Meta", (), {"app_label": "encoded"})
    fields = {"text": models.TextField(null=True), "number": models.IntegerField(null=True)}
    return type("Word", (models.Model,), {"__module__": __name__, "Meta": meta, **fields})


@contextmanager
def stored(database: dict[str, Any], model: Any) -> Iterator[Any]:
    """The rows of a model in a database: "a" and "b"."""
    using = f"encoded_{uuid4().hex}"
    wrapper = configured(using, database)
    with wrapper.schema_editor() as editor:
        editor.create_model(model)
    rows = model.objects.using(using)
    try:
        for number, text in enumerate(("a", "b"), 1):
            rows.create(text=text, number=number)
        yield rows
    finally:
        wrapper.close()
        connections = import_module("django.db").connections
        del connections[using]
        del connections.settings[using]


@contextmanager
def stored_in_sqlite(path: Path, encoding: str, model: Any) -> Iterator[Any]:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA encoding = '{encoding}'")
    connection.execute("CREATE TABLE first (id INTEGER)")  # the encoding is written with it
    connection.close()
    with stored({"ENGINE": "django.db.backends.sqlite3", "NAME": str(path)}, model) as rows:
        yield rows


def check_refused(asked: Any, rows: Any, message: str) -> None:
    """The check refuses, and so does the first query, whatever it is."""
    query = criteria.parse({"number": {"$gt": 1}}, asked.schema)
    search = criteria.parse_search({"orderBy": "number", "limit": 1}, asked.schema)
    order = asked.order_by(search, rows.db)
    for call in (
        lambda: asked.check(rows.db),
        lambda: list(rows.filter(asked.q(query))),
        lambda: list(rows.order_by(*order)),
        lambda: rows.exclude(asked.q(query)).delete(),
        lambda: asked.page(search, rows),
        lambda: asked.reflect(rows.db),
    ):
        with pytest.raises(CriteriaError, match=message) as refused:
            call()
        assert {problem.code for problem in refused.value.problems} == {"unfit_column"}
        assert all(problem.hint for problem in refused.value.problems)
    assert rows.count() == 2
    asked.check_columns(rows.db)


@pytest.mark.parametrize("encoding", ["UTF-16le", "UTF-16be"])
def test_a_database_of_sqlite_in_utf_16_is_refused(encoding: str, tmp_path: Path) -> None:
    """Where there are texts: numbers compare as elsewhere."""
    model = word_model()
    asked = criteria.django.model(model)
    with stored_in_sqlite(tmp_path / "words", encoding, model) as rows:
        check_refused(asked, rows, 'UTF-16, and SQLite does not compare the texts of field "text"')
        numbers = criteria.django.model(model, exclude=["text"])
        numbers.check(rows.db)
        found = rows.filter(numbers.q(criteria.parse({"number": {"$gt": 1}}, numbers.schema)))
        assert [one.text for one in found] == ["b"]
    with stored_in_sqlite(tmp_path / "other", "UTF-8", model) as rows:
        asked.check(rows.db)
        found = rows.filter(asked.q(criteria.parse({"text": {"$gt": "a"}}, asked.schema)))
        assert [one.text for one in found] == ["b"]


@pytest.mark.heavy("makes databases")
@pytest.mark.parametrize("encoding", ["LATIN1", "WIN1252", "SQL_ASCII"])
def test_a_database_of_postgresql_in_another_encoding_is_refused(encoding: str, engines: Engines) -> None:
    """It compares texts by the bytes of that encoding, and has no operand that the encoding cannot hold."""
    engines.get("postgres-natural")
    with postgres(engines.servers.get(POSTGRES).url, encoding) as url:
        model = word_model()
        with stored(_database(url), model) as rows:
            check_refused(criteria.django.model(model), rows, f"The database is in {encoding}")


def _database(url: str) -> dict[str, Any]:
    import psycopg.conninfo

    where = psycopg.conninfo.conninfo_to_dict(url)
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.removeprefix("/")),
        "USER": where.get("user", ""),
        "HOST": where.get("host", ""),
        "PORT": where.get("port", ""),
    }


def test_the_encoding_is_asked_once_for_a_connection(tmp_path: Path) -> None:
    model = word_model()
    asked = criteria.django.model(model)
    with stored_in_sqlite(tmp_path / "words", "UTF-8", model) as rows:
        wrapper = import_module("django.db").connections[rows.db]
        for _ in range(2):  # Django opens a connection again
            said: list[str] = []
            wrapper.ensure_connection()
            wrapper.connection.set_trace_callback(said.append)
            for _ in range(3):
                found = rows.filter(asked.q(criteria.parse({"text": {"$gt": "a"}}, asked.schema)))
                assert [one.text for one in found] == ["b"]
            assert sum("encoding" in one for one in said) == 1
            assert len(said) == 4
            wrapper.close()


def test_system_checks_ask_only_the_databases_that_they_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`manage.py check` connects to those that `--database` names."""
    checks: Any = import_module("criteria.django.checks")
    model = word_model()
    asked = criteria.django.model(model)
    monkeypatch.setattr(checks, "MODELS", {asked})
    with stored_in_sqlite(tmp_path / "words", "UTF-16le", model) as rows:
        monkeypatch.setattr(checks.router, "db_for_read", lambda model: rows.db)
        wrapper = import_module("django.db").connections[rows.db]
        wrapper.close()
        assert checks.check_models() == checks.check_models(databases=["default"]) == []
        assert wrapper.connection is None
        [found] = checks.check_models(databases=[rows.db])
        assert (found.obj, "UTF-16" in found.msg) == (model, True)


def test_a_statement_is_written_in_an_event_loop(tmp_path: Path) -> None:
    """There Django runs none, and opens no connection. It runs them in threads, which ask."""
    model = word_model()
    asked = criteria.django.model(model)
    condition = asked.q(criteria.parse({"text": {"$gt": "a"}}, asked.schema))
    connections: Any = import_module("django.db").connections

    async def written(rows: Any) -> tuple[str, list[str]]:
        try:
            return str(rows.filter(condition).query), [one.text async for one in rows.filter(condition)]
        finally:
            await import_module("asgiref.sync").sync_to_async(lambda: connections[rows.db].close())()

    with stored_in_sqlite(tmp_path / "utf-8", "UTF-8", model) as rows:
        statement, found = asyncio.run(written(rows))
        assert "WHERE" in statement
        assert found == ["b"]
    with (
        stored_in_sqlite(tmp_path / "utf-16", "UTF-16le", model) as rows,
        pytest.raises(CriteriaError, match="UTF-16"),
    ):
        asyncio.run(written(rows))
