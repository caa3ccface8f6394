"""Writers of a SQLite file that wait at the same time share a commit: each is told what became of its own change."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from criteria.web import Keys
from criteria.web.starlette import Call
from examples.server.catalogue import Catalogue
from examples.server.routes import Api
from examples.server.store import open_store
from examples.server.store.sqlite import Sqlite
from tests.server.running import SECONDS


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Sqlite]:
    """A file with a table of names, each of which is unique."""
    with closing(Sqlite(str(tmp_path / "file.db"))) as found:
        with found.writing() as cursor:
            cursor.execute("CREATE TABLE names (name TEXT PRIMARY KEY)")
            cursor.execute("CREATE TABLE parts (name TEXT REFERENCES names DEFERRABLE INITIALLY DEFERRED)")
        yield found


def names(database: Sqlite) -> set[str]:
    """The names that another connection reads."""
    with closing(sqlite3.connect(database._path)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM names")}


def written_together(database: Sqlite, *statements: tuple[str, str]) -> list[str]:
    """What each writer is told: all of them but the first one wait for the first one's turn to end."""
    told = [""] * len(statements)
    begun, waiting = Event(), Event()

    def write(at: int, statement: str, name: str) -> None:
        try:
            with database.writing() as cursor:
                cursor.execute(statement, (name,))
                begun.set()
                waiting.wait(SECONDS)
        except sqlite3.Error as error:
            told[at] = f"{type(error).__name__}: {error}"
        else:
            told[at] = "written" if name in names(database) else "not there"

    threads = [Thread(target=write, args=(at, *statement)) for at, statement in enumerate(statements)]
    threads[0].start()
    assert begun.wait(SECONDS)
    for thread in threads[1:]:
        thread.start()
    while database._waiting < len(threads) - 1:
        pass
    waiting.set()
    for thread in threads:
        thread.join(SECONDS)
        assert not thread.is_alive()
    return told


INSERT = "INSERT INTO names VALUES (?)"


def test_each_writer_goes_on_when_its_change_is_on_the_disk(database: Sqlite) -> None:
    """Another connection reads a change as soon as its writer goes on."""
    assert written_together(database, *((INSERT, f"n{at}") for at in range(20))) == ["written"] * 20


def test_a_writer_that_fails_takes_no_other_with_it(database: Sqlite) -> None:
    """Of three writers one violates a constraint, and one has an error in its SQL."""
    told = written_together(
        database, (INSERT, "a"), (INSERT, "a"), ("INSERT INTO nothing VALUES (?)", "b"), (INSERT, "c")
    )
    assert sorted(word.split(":")[0] for word in told) == ["IntegrityError", "OperationalError", "written", "written"]
    assert names(database) == {"a", "c"}


def test_a_commit_that_fails_is_told_to_all_of_its_writers(database: Sqlite) -> None:
    """None of them is told that its change was written, and the next writer begins anew."""
    with database.writing() as cursor:
        cursor.execute(INSERT, ("before",))
    assert database._writer is not None
    database._writer.execute("PRAGMA foreign_keys = ON")  # a part of no name is found by the commit
    told = written_together(database, (INSERT, "a"), ("INSERT INTO parts VALUES (?)", "nobody"), (INSERT, "b"))
    assert all(word.startswith("OperationalError: Nothing was written") for word in told)
    assert names(database) == {"before"}
    with database.writing() as cursor:
        cursor.execute(INSERT, ("after",))
    assert names(database) == {"before", "after"}


def test_a_full_disk_loses_no_change_that_was_told_as_written(database: Sqlite) -> None:
    """SQLite may roll back the whole transaction. Whoever is told so has written nothing, and all others have."""
    with database.writing() as cursor:
        cursor.execute("PRAGMA max_page_count = 12")
    told = written_together(
        database, *((INSERT, letter * size) for letter, size in zip("abcd", (9, 90_000, 9, 90_000), strict=True))
    )
    assert {word.split(":")[0] for word in told} <= {"written", "OperationalError"}
    assert len(names(database)) == told.count("written")


@pytest.mark.parametrize(
    ("body", "is_slow"),
    [
        (b'{"userpassword": "x"}', True),
        (b'{"\\u0075serpassword": "x"}', True),
        (b'{"user\\u0070assword": "x"}', True),
        (b'{"name": "\\u00c7elik"}', False),
        (b'{"name": "\\ud83d\\ude00"}', False),
        (b'{"name": "Ada"}', False),
    ],
)
def test_only_passwords_wait_for_the_threads_that_hash(tmp_path: Path, body: bytes, is_slow: bool) -> None:
    """A letter of the field's name may be an escape. Escapes of other characters do not make a request wait."""
    with closing(open_store(f"sqlite:///{tmp_path / 'file.db'}")) as store:
        api = Api(Catalogue(store), Keys("a-key", "a-master-key"))
        assert (api.threads.of(Call("PUT", {"id": "1"}, {}, (), body)) is not None) == is_slow
