"""What the stores do when their database is not there, goes away, or is held by somebody else."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from criteria import CriteriaError
from examples.server.catalogue import Catalogue
from examples.server.store import open_store, shown
from tests.server.running import Api, name, running, status

FAILED = (500, "UnidentifiedError")
URLS = {
    "": "write sqlite:///file.db",
    "nothing": "write sqlite:///file.db",
    "oracle://u:secret@127.0.0.1/db": "write sqlite:///file.db",
    "sqlite://file.db": "write sqlite:///relative.db",
    "sqlite:///": "write sqlite:///relative.db",
    "sqlite:///:memory:": "write sqlite:///relative.db",
    "sqlite:///file.db?mode=ro": "without options",
    "sqlite:////nowhere/at/all/file.db": "there is no folder /nowhere/at/all",
    "postgresql://u:secret@127.0.0.1:1/db": "refused",
    "postgresql://u@127.0.0.1:1/db?password=secret": "refused",
    "postgresql://u:secret@127.0.0.1:x/db": "port",
    "postgresql://u:a/secret@127.0.0.1:1/db": "",
    "postgresql://u:secret@[::1/db": "",
    "postgresql://u:secret@127.0.0.1:1/db?nothing=1": "",
    "mongodb://u:secret@127.0.0.1:1/db?serverSelectionTimeoutMS=300": "refused",
    "mongodb://u:a@secret@127.0.0.1:1/db": "escaped",
    "mongodb://u:secret@127.0.0.1:1/?serverSelectionTimeoutMS=300": "database",
    "mongodb://u:secret@127.0.0.1:x/db": "",
}


@pytest.mark.parametrize("url", URLS)
def test_a_store_that_cannot_be_opened_says_why(url: str, caplog: pytest.LogCaptureFixture) -> None:
    """A bad URL and a database that is not there give one line with the reason, without the password."""
    with caplog.at_level(logging.DEBUG), pytest.raises(ValueError, match="cannot be opened") as found:
        open_store(url)
    text = str(found.value)
    assert "\n" not in text
    assert URLS[url].lower() in text.lower()
    assert "secret" not in text
    assert "secret" not in caplog.text
    assert found.value.__suppress_context__


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("postgresql://u:p@h:5432/db?password=x", "postgresql://***@h:5432/db"),
        ("mongodb://u:p@q@h/db?authSource=admin", "mongodb://***@h/db"),
        ("mongodb://h/db", "mongodb://h/db"),
        ("sqlite:////tmp/a@b.db", "sqlite:////tmp/a@b.db"),
    ],
)
def test_what_is_shown_of_a_url(url: str, seen: str) -> None:
    """A URL is shown without user, password and options."""
    assert shown(url) == seen


def test_paths_of_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three slashes begin a path relative to the folder of the process, four an absolute one."""
    monkeypatch.chdir(tmp_path)
    open_store("sqlite:///relative.db").close()
    open_store(f"sqlite:///{tmp_path}/absolute.db").close()
    assert {path.name for path in tmp_path.glob("*.db")} == {"relative.db", "absolute.db"}


def test_a_file_that_is_not_a_database(tmp_path: Path) -> None:
    """A file of something else is left as it is."""
    path = tmp_path / "notes.txt"
    path.write_text("no database " * 100)
    with pytest.raises(ValueError, match="not a database"):
        open_store(f"sqlite:///{path}")
    assert path.read_text() == "no database " * 100


def test_a_locked_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process holds the file, reads are answered and a write fails after a while; then all goes on."""
    monkeypatch.setattr("examples.server.store.sqlite.SECONDS", 0.2)
    path = tmp_path / "server.db"
    with running(f"sqlite:///{path}") as api, closing(sqlite3.connect(path, isolation_level=None)) as other:
        number = api.make("files", name="first")
        other.execute("BEGIN IMMEDIATE")
        refused = api.send("POST", "files", json={"name": "second"})
        assert status(refused) == FAILED
        assert "lock" not in str(refused[1])
        assert api.ids("files") == [number]
        other.execute("ROLLBACK")
        assert api.ids("files") == [number]
        api.make("files", name="third")
        assert [one["name"] for one in api.send("GET", "files")[1]["data"]] == ["first", "third"]


def _break_sqlite(api: Api) -> None:
    with closing(sqlite3.connect(api.store_url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute('ALTER TABLE "contentGroup" RENAME TO "away"')


def _mend_sqlite(api: Api) -> None:
    with closing(sqlite3.connect(api.store_url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute('ALTER TABLE "away" RENAME TO "contentGroup"')


def test_an_error_of_the_database_tells_nothing(tmp_path: Path) -> None:
    """When statements fail, the answer is `UnidentifiedError` without a word of them, nothing is half done, and the
    server answers rightly as soon as the database does."""
    with running(f"sqlite:///{tmp_path}/server.db") as api:
        taken = name()
        number = api.make("contentgroups", name=name())
        _break_sqlite(api)
        for method, path in (
            ("GET", "contentgroups"),
            ("POST", "contentgroups"),
            ("DELETE", f"contentgroups/{number}"),
        ):
            body = {"json": {"name": taken}} if method == "POST" else {}
            answer = api.send(method, path, **body)
            assert status(answer) == FAILED
            assert not any(word in str(answer) for word in ("contentGroup", "table", "sqlite", "SELECT"))
        _mend_sqlite(api)
        assert api.ids("contentgroups") == [number]
        assert api.make("contentgroups", name=taken) > number


@pytest.mark.heavy("waits for seconds")
def test_connections_that_the_database_ended(store_url: str, store_kind: str) -> None:
    """After PostgreSQL has ended every connection, as a restart does, the next requests are answered."""
    if store_kind != "postgres":
        pytest.skip("only PostgreSQL ends connections one by one")
    import psycopg

    with running(store_url) as api:
        number = api.make("contentgroups", name=name())
        for _ in range(3):
            with psycopg.connect(store_url, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            assert status(api.send("PUT", f"contentgroups/{number}", json={"description": "x"})) == (200, "Success")
            assert api.ids("contentgroups") == [number]


def test_a_failed_write_leaves_no_open_transaction(tmp_path: Path) -> None:
    """What fails between BEGIN and COMMIT gives its connection up: the next write begins anew."""
    store = open_store(f"sqlite:///{tmp_path}/server.db")
    with closing(store):
        catalogue = Catalogue(store)
        entity = catalogue.entity("contentGroup").stored
        for _ in range(2):
            with suppress(CriteriaError):
                store.insert(entity, {"name": "no system properties"}, {})
        assert catalogue.objects.create("contentGroup", {"name": "whole"}) == 1


def test_many_unique_values_are_few_statements(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    """A thousand values are taken and given back with a few statements, whatever the object had; those that it keeps
    are in none."""
    path = "usersegments"
    key = api.make(f"{path}/customproperties", name="many", fieldType="integer", isList=True, isUnique=True)
    number = api.make(path, name=name())

    def statements(items: range) -> int:
        body = {"customProperties": {"many": list(items)}}
        caplog.clear()
        with caplog.at_level(logging.DEBUG, "examples.server.store"):
            assert status(api.send("PUT", f"{path}/{number}", json=body)) == (200, "Success")
        return len(caplog.messages)

    usual = statements(range(0))
    assert statements(range(999)) <= usual + 2
    assert statements(range(999, 1998)) <= usual + 4
    assert statements(range(999, 1998)) == usual
    assert statements(range(0)) <= usual + 2
    assert status(api.send("DELETE", f"{path}/customproperties/{key}")) == (200, "Success")
