"""One server for a database: a second one does not start, however the first one ends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from criteria.web import json_object
from examples.server.__main__ import main
from examples.server.catalogue import Catalogue
from examples.server.store import open_store
from examples.server.store.claims import Held
from tests.server.running import SECONDS

pytestmark = pytest.mark.heavy("servers in processes of their own, some killed")

HOLDER = """
import sys
from examples.server.store import open_store
store = open_store(sys.argv[1])
store.claim(lambda: None)
print("claimed", flush=True)
sys.stdin.read()
"""


def test_a_second_server_is_refused(new_store: Callable[[], str], capsys: pytest.CaptureFixture[str]) -> None:
    """The command says so in one line and ends with 2; the first one's database is not touched."""
    url = new_store()
    with closing(open_store(url)) as first:
        first.claim(lambda: None)
        assert main(["--port", "0", "--store", url]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith("examples.server: another server uses the store ")
        assert printed.err.count("\n") == 1


def test_a_claim_ends_with_its_server(new_store: Callable[[], str]) -> None:
    """After a server is closed, the next one has the claim, and other databases have claims of their own."""
    url = new_store()
    for _ in range(2):
        with closing(open_store(url)) as store, closing(open_store(new_store())) as other:
            store.claim(lambda: None)
            other.claim(lambda: None)
            with closing(open_store(url)) as second, pytest.raises(Held):
                second.claim(lambda: None)


def test_a_claim_ends_when_its_server_is_killed(new_store: Callable[[], str]) -> None:
    """Nothing has to be cleaned up after SIGKILL."""
    url = new_store()
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    command = [sys.executable, "-c", HOLDER, url]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "claimed\n"
        with closing(open_store(url)) as second, pytest.raises(Held):
            second.claim(lambda: None)
        process.kill()
        process.wait(SECONDS)
    with closing(open_store(url)) as store:
        store.claim(lambda: None)


def test_another_path_to_the_same_file(tmp_path: Path) -> None:
    """A symbolic link names the same database."""
    with closing(open_store(f"sqlite:///{tmp_path}/server.db")) as store:
        store.claim(lambda: None)
        (tmp_path / "link.db").symlink_to(tmp_path / "server.db")
        with closing(open_store(f"sqlite:///{tmp_path}/link.db")) as other, pytest.raises(Held):
            other.claim(lambda: None)


def test_a_hard_link_to_the_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """SQLite keeps what was written last beside each name: two servers would damage the file."""
    with closing(open_store(f"sqlite:///{tmp_path}/server.db")) as store:
        store.claim(lambda: None)
        (tmp_path / "other.db").hardlink_to(tmp_path / "server.db")
        assert main(["--port", "0", "--store", f"sqlite:///{tmp_path}/other.db"]) == 2
        assert "hard links" in capsys.readouterr().err


def test_a_server_whose_lock_was_deleted_writes_nothing_after_the_next_one(tmp_path: Path) -> None:
    """The lock file stays after every stop, and somebody tidies it away while a server runs: that one ends."""
    url, lost = f"sqlite:///{tmp_path}/server.db", Event()
    with closing(open_store(url)) as first, closing(open_store(url)) as second:
        first.claim(lost.set)
        catalogue = Catalogue(first)
        definition = json_object(b'{"name": "p", "fieldType": "string"}')
        (tmp_path / "server.db.lock").unlink()
        second.claim(lambda: None)
        with pytest.raises(Held):
            catalogue.define("user", definition)
        assert lost.wait(SECONDS)
        assert Catalogue(second).define("user", definition) == 1


def test_a_lost_claim_is_noticed(
    new_store: Callable[[], str], store_kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the database has given the claim to another server, the first one notices."""
    url, lost = new_store(), Event()
    if store_kind == "sqlite":
        pytest.skip("the system gives no lock of a running process away")
    if store_kind == "mongodb":
        import pymongo

        monkeypatch.setattr("examples.server.store.mongo.LEASE_SECONDS", 1.0)
        with closing(open_store(url)) as store, pymongo.MongoClient[dict[str, Any]](url) as client:
            store.claim(lost.set)
            client.get_default_database()["claims"].update_one({}, {"$set": {"holder": "another"}})
            assert lost.wait(SECONDS)
        return
    import psycopg

    monkeypatch.setattr("examples.server.store.postgres.RENEWAL_SECONDS", 0.2)
    from examples.server.store.postgres import CLAIM

    with (
        closing(open_store(url)) as store,
        psycopg.connect(url, autocommit=True) as other,
        psycopg.connect(url, autocommit=True) as third,
        ThreadPoolExecutor(1) as threads,
    ):
        store.claim(lost.set)
        waiting = threads.submit(other.execute, "SELECT pg_advisory_lock(%s)", (CLAIM,))
        while third.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").fetchone() is None:
            assert not waiting.done()
        third.execute(CLAIMING)
        waiting.result(SECONDS)
        assert lost.wait(SECONDS)


def test_no_write_without_a_claim(new_store: Callable[[], str], store_kind: str) -> None:
    """PostgreSQL ends the connection that holds the claim, and another server starts before the first one looks again:
    the first one writes nothing more, as it knows no custom property that the other one defines."""
    if store_kind != "postgres":
        pytest.skip("a lock of PostgreSQL ends with its connection alone")
    import psycopg

    url = new_store()
    with closing(open_store(url)) as first, closing(open_store(url)) as second:
        first.claim(lambda: None)
        before = Catalogue(first).objects
        ann = before.create("user", {"username": "ann"})
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(CLAIMING)
        while True:  # the lock is free a moment later
            try:
                second.claim(lambda: None)
                break
            except Held:
                continue
        after = Catalogue(second).objects
        with pytest.raises(Held):
            before.create("user", {"username": "bo"})
        with pytest.raises(Held):
            before.change("user", ann, lambda record: {**record, "username": "eve"})
        assert after.get("user", ann)["username"] == "ann"
        after.change("user", ann, lambda record: {**record, "username": "anna"})


CLAIMING = (
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
