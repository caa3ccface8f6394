"""Clients without a key, or with the API key alone, that ask for what takes long: others are answered meanwhile."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from threading import Barrier, Thread

import httpx
import pytest

from criteria.web import Keys
from criteria.web.requests import json_object
from criteria.web.starlette import Call
from examples.server.catalogue import Catalogue
from examples.server.console import SAMPLE_KEYS, application_with_page
from examples.server.routes import LOGIN_BYTES, Api
from examples.server.serving import OTHER_DESCRIPTORS
from examples.server.store import open_store
from examples.server.store.sqlite import MAX_KEPT, MAX_READERS, Sqlite
from examples.server.threads import LONG_BODY
from tests.server.process import ROOT
from tests.server.running import API, API_KEY, MASTER_KEY, SECONDS, listening, running, user


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """Entities in a file."""
    with closing(open_store(f"sqlite:///{tmp_path / 'file.db'}")) as store:
        yield Catalogue(store)


@pytest.fixture
def api(catalogue: Catalogue) -> Api:
    """The endpoints on them."""
    return Api(catalogue, Keys(API_KEY, MASTER_KEY))


def test_the_openapi_document_is_made_once(api: Api, catalogue: Catalogue) -> None:
    """Everybody may ask for it, and it takes long to make. A custom property is in it at once, and then gone."""
    call = Call("GET", {}, {}, (), b"")
    first = api.openapi(call)
    assert api.openapi(call) is first
    property_id = catalogue.define("user", json_object(b'{"name": "shoeSize", "fieldType": "integer"}'))
    second = api.openapi(call)
    assert api.openapi(call) is second
    assert "shoeSize" in str(second)
    assert "shoeSize" not in str(first)
    catalogue.undefine("user", property_id)
    assert "shoeSize" not in str(api.openapi(call))


def test_long_bodies_have_threads_of_their_own(api: Api) -> None:
    """They are few: more of them would take turns on the interpreter with all others. A login has those of logins."""
    call = Call("POST", {}, {}, API_HEADERS, b'{"userpassword": "x"}')
    long = Call("POST", {}, {}, API_HEADERS, b" " * LONG_BODY + b"{}")
    threads = api.threads
    assert threads.of(call) is threads._hashing
    assert threads.of(long) is threads._reading
    assert threads.of_sessions(long) is threads._hashing
    assert threads._reading.total_tokens < 5


API_HEADERS = tuple(API.items())


def test_a_login_has_a_bound(tmp_path: Path) -> None:
    """Anybody with the API key may send one: what is longer is not read as JSON."""
    repeated = b'{"x":{' + b",".join([b'"":{}'] * 170_000) + b"}}"
    headers = {**API, "Content-Type": "application/json"}
    with running(f"sqlite:///{tmp_path / 'file.db'}") as api:
        for body in (repeated, b" " * (LOGIN_BYTES - 1) + b"{}"):
            code, answer = api.send("POST", "usersession", headers=headers, content=body)
            assert (code, answer["problems"][0]["code"]) == (400, "too_long")
        login = b'{"username": "nobody", "userpassword": "x"}'
        code, _ = api.send("POST", "usersession", headers=headers, content=login.rjust(LOGIN_BYTES))
        assert code == 401


def files(path: Path) -> int:
    """How many descriptors of this process belong to a SQLite file."""
    found = 0
    for one in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # that of the listing
            found += os.readlink(one).startswith(str(path))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="descriptors are counted in /proc")
def test_readers_of_a_file_are_few(tmp_path: Path) -> None:
    """As many threads as Starlette has read at the same time: they share connections, which stay open."""
    path = tmp_path / "file.db"
    with closing(Sqlite(str(path))) as database:
        with database.writing() as cursor:
            cursor.execute("CREATE TABLE numbers (number INTEGER)")
        together, read = Barrier(40), []

        def reading() -> None:
            together.wait(SECONDS)
            with database.reading() as cursor:
                time.sleep(0.05)
                read.append(cursor.execute("SELECT count(*) FROM numbers").fetchall())

        threads = [Thread(target=reading) for _ in range(40)]
        for one in threads:
            one.start()
        for one in threads:
            one.join(SECONDS)
        assert read == [[(0,)]] * 40
        assert 2 <= files(path) <= 2 * (MAX_READERS + 1) + 1


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read in /proc")
def test_long_statements_are_not_kept(tmp_path: Path) -> None:
    """sqlite3 keeps statements by their number, and each of these takes megabytes."""

    def memory() -> float:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    with closing(Sqlite(str(tmp_path / "file.db"))) as database:
        with database.writing() as cursor:
            cursor.execute("CREATE TABLE numbers (number INTEGER)")

        def searched(terms: int) -> None:
            condition = " + ".join(["abs(number)"] * terms)
            with database.reading() as cursor:
                assert cursor.execute(f"SELECT 1 FROM numbers WHERE 5 < {condition}").fetchall() == []

        searched(2)
        assert len(database._idle) == 1
        searched(900)
        before = memory()
        for terms in range(901, 961):
            searched(terms)
            assert len(database._idle) == 0
        assert memory() - before < 15
        assert len("abs(number) + " * 900) > MAX_KEPT


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:8000", "[::1]:8000", "127.1.2.3", "[::1]"])
def test_the_sample_keys_serve_this_machine(catalogue: Catalogue, host: str) -> None:
    """A browser sends the name that it looked up, and any name of this machine is good."""
    with listening(application_with_page(catalogue, SAMPLE_KEYS)) as url:
        assert httpx.get(f"{url}/health", headers={"Host": host}, timeout=SECONDS).status_code == 200


@pytest.mark.parametrize(
    "host", ["example.com", "127.example.com", "localhost.example.com:8000", "[::2]", "", "x@localhost", "::1"]
)
def test_the_sample_keys_serve_no_website(catalogue: Catalogue, host: str) -> None:
    """A name of its own that leads to 127.0.0.1 would let a website use the store, with keys that everybody knows."""
    with listening(application_with_page(catalogue, SAMPLE_KEYS)) as url:
        for path in ("/v1/users", "/", "/console/keys", "/nothing"):
            answer = httpx.get(f"{url}{path}", headers={"Host": host}, timeout=SECONDS)
            assert (answer.status_code, answer.json()["apiStatusCode"]) == (400, "BadRequest")
            assert "API_MASTER_KEY" in answer.json()["apiStatusMessage"]
    with listening(application_with_page(catalogue, Keys(API_KEY, MASTER_KEY))) as url:
        assert httpx.get(f"{url}/health", headers={"Host": host}, timeout=SECONDS).status_code == 200


@pytest.mark.heavy("starts a server with few descriptors")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not count descriptors")
def test_few_descriptors_are_enough(tmp_path: Path) -> None:
    """More clients than the process has descriptors hold connections, and those who are served are served well."""
    import resource

    room = 12

    def limited() -> None:
        limit = OTHER_DESCRIPTORS + room
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

    command = [sys.executable, "-m", "examples.server", "--no-sample", "--port", "0"]
    command += ["--store", f"sqlite:///{tmp_path / 'file.db'}"]
    environment = {**os.environ, "API_KEY": API_KEY, "API_MASTER_KEY": MASTER_KEY, "PYTHONPATH": str(ROOT)}
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment, preexec_fn=limited
        ) as process,
    ):
        try:
            assert process.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:(\d+)", process.stdout.readline())
            assert found
            address = ("127.0.0.1", int(found[1]))
            with ExitStack() as stack:
                client = stack.enter_context(httpx.Client(headers=API, timeout=SECONDS))
                read = f"{found[0]}/v1/promo/referrals/discounts/1"
                assert client.get(read).status_code == 404
                for _ in range(2 * OTHER_DESCRIPTORS):
                    held = stack.enter_context(socket.create_connection(address))
                    with suppress(ConnectionError):
                        held.sendall(b"GET / HTTP/1.1\r\nX-Half: ")
                    assert client.get(read).status_code == 404
        finally:
            process.kill()
    assert (tmp_path / "log").read_bytes() == b""


@pytest.mark.parametrize(
    ("line", "headers", "code"),
    [
        ("POST /v1/nothing", API, 404),
        ("PATCH /v1/users", API, 400),
        ("POST /v1/users", {}, 403),
        ("POST /v1/users", {"X-Instabot-Api-Key": "wrong"}, 400),
        ("POST /v1/users", {**API, "Authorization": "wrong"}, 401),
        ("POST /v1/users/query", API, 403),
        ("PUT /v1/users/1", API, 403),
        ("POST /v1/users", user("no-such-session"), 401),
        ("POST /v1/users/query", user("no-such-session"), 401),
        ("POST /v1/users/customproperties", user("no-such-session"), 401),
        ("PUT /v1/users/1", user("no-such-session"), 401),
        ("PUT /v1/contentitems/1", user("no-such-session"), 401),
        ("GET /openapi.json", {}, 400),
        ("GET /v1/users", {}, 400),
        ("HEAD /v1/users/1", API, 400),
        ("DELETE /v1/usersession", user("no-such-session"), 401),
        ("POST /v1/users", {"Transfer-Encoding": "chunked"}, 400),
        ("POST /v1/users/customproperties", API, 403),
        ("PUT /v1/users/customproperties/1", API, 403),
        ("POST /v1/usersession", {}, 403),
    ],
)
def test_what_needs_no_body_is_refused_before_it_arrives(
    tmp_path: Path, line: str, headers: dict[str, str], code: int
) -> None:
    """An unknown address, another method, and who has no access: nothing of the body is kept or waited for."""
    lines = [f"{line} HTTP/1.1", "Host: localhost", "Content-Type: application/json", "Content-Length: 900000"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    with running(f"sqlite:///{tmp_path / 'file.db'}") as api:
        port = httpx.URL(api.url).port
        assert port is not None
        with closing(socket.create_connection(("127.0.0.1", port), timeout=SECONDS)) as client:
            client.sendall("\r\n".join([*lines, "", ""]).encode())
            assert client.recv(100).split()[1] == str(code).encode()
