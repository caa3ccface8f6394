"""The servers of the tests start, answer and stop, and leave no process and no folder behind."""

from __future__ import annotations

import datetime
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.conftest import require
from tests.servers import MARIADB, MONGODB, POSTGRES, SERVERS, MariadbServer, MongoServer, PostgresServer, ServerError
from tests.servers import ServerKind as Kind
from tests.servers.process import Launch, running, temporary_folder

Server = PostgresServer | MariadbServer | MongoServer

ROOT = Path(__file__).parent.parent
GONE_SECONDS = 10

HOLDER = """
import sys, time
from tests.servers import SERVERS
[kind] = [kind for kind in SERVERS if kind.name == sys.argv[1]]
with kind.start() as server:
    print(server.folder, flush=True)
    time.sleep(120 if server.folder else 0)
"""

each_kind = pytest.mark.parametrize("kind", SERVERS, ids=[kind.name for kind in SERVERS])
needs_proc = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for processes in /proc")


def require_server(kind: Kind[Server]) -> None:
    """Skip where there is no such server; in CI, which has to install them all, fail."""
    require(kind.name, kind.missing())


def processes_of(folder: Path) -> dict[int, str]:
    """The ids and command lines of processes that work in the folder or name it in an argument."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            cwd = os.readlink(process / "cwd")
        except OSError:  # it ended, or is somebody else's
            continue
        if str(folder) in command or Path(cwd).is_relative_to(folder):
            found[int(process.name)] = command
    return found


def wait_until_gone(folder: Path) -> None:
    """Return as soon as no process of the folder is left; fail after GONE_SECONDS."""
    deadline = time.monotonic() + GONE_SECONDS
    while left := processes_of(folder):
        assert time.monotonic() < deadline, f"still running: {left}"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    require_server(POSTGRES)
    with POSTGRES.start() as server:
        yield server


@pytest.fixture(scope="module")
def mariadb() -> Iterator[MariadbServer]:
    require_server(MARIADB)
    with MARIADB.start() as server:
        yield server


@pytest.fixture(scope="module")
def mongodb() -> Iterator[MongoServer]:
    require_server(MONGODB)
    with MONGODB.start() as server:
        yield server


class TestPostgres:
    def test_it_answers(self, postgres: PostgresServer) -> None:
        """Both databases answer as PostgreSQL."""
        for database in postgres.databases:
            with postgres.connect(database) as connection:
                [version] = connection.execute("SELECT version()").fetchone() or [""]
            assert version.startswith("PostgreSQL")

    def test_its_databases_order_text_differently(self, postgres: PostgresServer) -> None:
        """Code point order puts capitals before small letters, a natural language does not."""
        letters = "SELECT string_agg(letter, '' ORDER BY letter) FROM (VALUES ('b'), ('B'), ('a'), ('C')) AS t (letter)"
        with postgres.connect("binary") as binary, postgres.connect("natural") as natural:
            assert binary.execute(letters).fetchone() == ("BCab",)
            assert natural.execute(letters).fetchone() == ("abBC",)

    def test_its_sessions_are_not_on_utc(self, postgres: PostgresServer) -> None:
        """A text without an offset is read as New York's time."""
        with postgres.connect() as connection:
            row = connection.execute("SELECT TIMESTAMPTZ '2024-01-01 00:00' AT TIME ZONE 'UTC'").fetchone()
        assert row == (datetime.datetime(2024, 1, 1, 5, 0),)

    def test_autocommit_can_be_turned_off(self, postgres: PostgresServer) -> None:
        """Without autocommit, other connections do not see changes before the commit."""
        writer = postgres.connect(autocommit=False)
        writer.execute("CREATE TABLE uncommitted (n int)")
        with postgres.connect() as reader:
            assert reader.execute("SELECT to_regclass('uncommitted')").fetchone() == (None,)
        writer.close()


class TestMariadb:
    def test_it_answers(self, mariadb: MariadbServer) -> None:
        """Both databases answer as MariaDB."""
        for database in mariadb.databases:
            with mariadb.connect(database) as connection, connection.cursor() as cursor:
                cursor.execute("SELECT version()")
                assert "MariaDB" in cursor.fetchone()[0]

    @pytest.mark.parametrize(("database", "equal"), [("folding", ["a", "A", "a "]), ("binary", ["a"])])
    def test_its_databases_compare_text_differently(
        self, mariadb: MariadbServer, database: Literal["folding", "binary"], equal: list[str]
    ) -> None:
        """A column without a collation of its own ignores case and trailing spaces in one database, not in another."""
        with mariadb.connect(database) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE word (n int, text varchar(9))")
            cursor.execute("INSERT INTO word VALUES (1, 'a'), (2, 'A'), (3, 'a '), (4, 'b')")
            cursor.execute("SELECT text FROM word WHERE text = 'a' ORDER BY n")
            assert [text for (text,) in cursor.fetchall()] == equal

    def test_its_sessions_are_not_on_utc(self, mariadb: MariadbServer) -> None:
        """The session's clock is five hours behind UTC."""
        with mariadb.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT TIMEDIFF(NOW(), UTC_TIMESTAMP())")
            assert cursor.fetchone() == (datetime.timedelta(hours=-5),)

    def test_it_takes_every_character(self, mariadb: MariadbServer) -> None:
        """A character beyond the basic plane can be stored and read."""
        with mariadb.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT %s", ("\N{GRINNING FACE}",))
            assert cursor.fetchone() == ("\N{GRINNING FACE}",)


class TestMongodb:
    def test_it_answers(self, mongodb: MongoServer) -> None:
        """The server answers a ping and has a version."""
        with mongodb.connect() as client:
            assert client.admin.command("ping")["ok"] == 1
            assert client.server_info()["versionArray"][0] >= 4

    def test_instants_are_aware_and_uuids_standard(self, mongodb: MongoServer) -> None:
        """A UUID is stored as subtype 4 and comes back as a UUID; an instant comes back with its zone."""
        from bson.binary import UuidRepresentation
        from bson.codec_options import CodecOptions

        record = {
            "_id": uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
            "at": datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc),
        }
        with mongodb.connect() as client:
            records = client[mongodb.database]["instants"]
            records.insert_one(record)
            assert records.find_one() == record
            as_stored = CodecOptions[dict[str, Any]](uuid_representation=UuidRepresentation.UNSPECIFIED)
            assert [stored["_id"].subtype for stored in records.with_options(as_stored).find()] == [4]


@each_kind
@needs_proc
@pytest.mark.heavy("starts each server three times")
class TestCleanUp:
    def test_after_the_block(self, kind: Kind[Server]) -> None:
        """After the with block no process and no folder is left."""
        require_server(kind)
        with kind.start() as server:
            folder = own_folder(server)
            assert processes_of(folder)
        assert processes_of(folder) == {}
        assert not folder.exists()

    def test_after_the_test_process_was_killed(self, kind: Kind[Server]) -> None:
        """A killed test process leaves no server and no folder."""
        require_server(kind)
        command = [sys.executable, "-c", HOLDER, kind.name]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as holder:
            assert holder.stdout is not None
            line = holder.stdout.readline().strip()
            if line == "None":
                pytest.skip("the server is one that the environment names")
            folder = Path(line)
            assert len(processes_of(folder)) >= 2
            holder.kill()
        wait_until_gone(folder)
        assert not folder.exists()

    def test_after_the_supervisor_was_killed(self, kind: Kind[Server]) -> None:
        """The kernel ends the server of a killed supervisor."""
        require_server(kind)
        with kind.start() as server:
            folder = own_folder(server)
            [supervisor] = [number for number, command in processes_of(folder).items() if "supervisor.py" in command]
            os.kill(supervisor, signal.SIGKILL)
            wait_until_gone(folder)
        assert not folder.exists()


def own_folder(server: Server) -> Path:
    """The folder of a server that was started here."""
    if server.folder is None:
        pytest.skip("the server is one that the environment names")
    return server.folder


class TestNamedServer:
    """A server that the environment names is used, and the tests remove what they add to it."""

    def test_postgres(self, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
        """The databases on it are other ones than before, differ in collation, and are gone afterwards."""
        monkeypatch.setenv("CRITERIA_POSTGRES_URL", postgres.url)

        def databases() -> list[str]:
            with postgres.connect() as connection:
                return [name for (name,) in connection.execute("SELECT datname FROM pg_database ORDER BY 1")]

        before = databases()
        with POSTGRES.start() as named:
            assert named.folder is None
            assert sorted([*before, *named.databases.values()]) == sorted(databases())
            with named.connect("natural") as connection:
                assert connection.execute("SELECT 'a' < 'B'").fetchone() == (True,)
        assert databases() == before

    def test_mariadb(self, mariadb: MariadbServer, monkeypatch: pytest.MonkeyPatch) -> None:
        """The databases on it are other ones than before, and are gone afterwards."""
        monkeypatch.setenv("CRITERIA_MARIADB_URL", mariadb.url)

        def databases() -> list[str]:
            with mariadb.connect() as connection, connection.cursor() as cursor:
                cursor.execute("SHOW DATABASES")
                return [name for (name,) in cursor.fetchall()]

        before = databases()
        with MARIADB.start() as named:
            assert named.folder is None
            assert sorted([*before, *named.databases.values()]) == sorted(databases())
        assert databases() == before

    def test_mongodb(self, mongodb: MongoServer, monkeypatch: pytest.MonkeyPatch) -> None:
        """The database on it is another one than before, and is gone afterwards."""
        monkeypatch.setenv("CRITERIA_MONGODB_URL", mongodb.url)
        with mongodb.connect() as client:
            before = client.list_database_names()
            with MONGODB.start() as named, named.connect() as other:
                assert named.folder is None
                other[named.database]["record"].insert_one({"n": 1})
                assert sorted([*before, named.database]) == sorted(client.list_database_names())
            assert client.list_database_names() == before


@pytest.mark.parametrize(
    ("kind", "driver"),
    [(POSTGRES, "psycopg"), (MARIADB, "pymysql"), (MONGODB, "pymongo")],
    ids=["postgres", "mariadb", "mongodb"],
)
def test_a_missing_driver_is_a_reason(kind: Kind[Server], driver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the driver of a server, `missing` says what to install, and `start` raises the same."""
    monkeypatch.setitem(sys.modules, driver, None)
    reason = kind.missing()
    assert reason is not None
    assert reason.lower().startswith(f"pip install '{driver}")
    with pytest.raises(ServerError) as caught, kind.start():
        pass
    assert str(caught.value) == reason


class NotYetError(Exception):
    """What the probes of these tests raise."""


def no_answer() -> None:
    raise NotYetError("nobody there")


@pytest.fixture
def shell() -> Iterator[Callable[..., Launch]]:
    """Makes a launch of a shell script in a temporary folder."""
    with temporary_folder() as folder:

        def launch(*scripts: str, start_seconds: float = 30, stop_seconds: float = 5) -> Launch:
            commands = tuple(("sh", "-c", script) for script in scripts)
            return Launch("shell", folder, commands, start_seconds=start_seconds, stop_seconds=stop_seconds)

        yield launch


class TestProcess:
    def test_a_server_that_ends_early_shows_its_log(self, shell: Callable[..., Launch]) -> None:
        """The error has the status and the last lines of the log, and comes before the time is over."""
        script = "i=0; while [ $i -lt 99 ]; do echo line $i; i=$((i+1)); done; echo no room >&2; exit 3"
        with pytest.raises(ServerError) as caught, running(shell(script), no_answer, (NotYetError,)):
            pass
        lines = str(caught.value).splitlines()
        assert lines[0] == "shell ended before it answered (status 3)"
        assert lines[-2:] == ["line 98", "no room"]
        assert "line 0" not in lines

    def test_a_server_that_never_answers_is_stopped(self, shell: Callable[..., Launch]) -> None:
        """The wait is bounded; the error has the last answer and the log; no process is left."""
        launch = shell("echo still warming up; exec sleep 60", start_seconds=1)
        with pytest.raises(ServerError) as caught, running(launch, no_answer, (NotYetError,)):
            pass
        assert str(caught.value).splitlines() == ["shell did not answer in 1 s (nobody there)", "still warming up"]
        if sys.platform.startswith("linux"):
            assert processes_of(launch.folder) == {}

    def test_a_failed_preparation_is_the_end(self, shell: Callable[..., Launch]) -> None:
        """When a command before the server fails, the server is not started."""
        launch = shell("echo first", "echo second; exit 4", "echo third")
        with pytest.raises(ServerError) as caught, running(launch, no_answer, (NotYetError,)):
            pass
        assert str(caught.value).splitlines() == ["shell ended before it answered (status 4)", "first", "second"]

    @needs_proc
    def test_a_server_that_does_not_listen_is_killed(self, shell: Callable[..., Launch]) -> None:
        """SIGTERM is followed by SIGKILL, for the server and for what it has started."""
        launch = shell("trap '' TERM; sleep 60 & echo > ready; wait; sleep 60", stop_seconds=0.5)

        def ready() -> None:
            if not (launch.folder / "ready").exists():
                raise NotYetError

        with running(launch, ready, (NotYetError,)):
            assert len(processes_of(launch.folder)) == 3
        assert processes_of(launch.folder) == {}
        assert not launch.folder.exists()
