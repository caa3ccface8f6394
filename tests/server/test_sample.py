"""The sample data of the example, and the command that makes it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from criteria import FieldType, Search, parse
from examples.server import __main__ as command
from examples.server.__main__ import main
from examples.server.catalogue import EXTENSIBLE, Catalogue
from examples.server.console import SAMPLE_KEYS
from examples.server.entities import RESOURCES
from examples.server.sample import is_empty, make_sample
from examples.server.store import Store, open_store, shown
from tests.server.running import SECONDS

VARYING = ("createDate", "updateDate", "passwordHash")


def records(store: Store, catalogue: Catalogue) -> list[dict[str, object]]:
    """All objects, but for what differs from one time to another."""
    found = []
    for resource in RESOURCES:
        query = parse({}, catalogue.entity(resource.entity).stored)
        found += store.find(Search(query, limit=None))
    return [{name: value for name, value in one.items() if name not in VARYING} for one in found]


@pytest.mark.heavy("the whole sample, twice")
def test_the_sample_is_the_same_each_time(tmp_path: Path) -> None:
    """Two empty stores get the same few hundred objects, custom properties of all types among them."""
    both = []
    for name in ("one", "other"):
        store = open_store(f"sqlite:///{tmp_path / name}.db")
        try:
            catalogue = Catalogue(store)
            made = make_sample(catalogue, SAMPLE_KEYS)
            both.append(records(store, catalogue))
            fields = [one for entity in EXTENSIBLE for one in catalogue.entity(entity).public.fields if one.is_nested]
        finally:
            store.close()
    assert both[0] == both[1]
    assert 200 < made == len(both[0]) < 1000
    assert {one.field_type for one in fields} == set(FieldType)
    assert any(one.is_list for one in fields)
    assert any(one.is_unique for one in fields)


@pytest.mark.heavy("the whole sample, three times")
def test_every_store_takes_the_sample_once(store_url: str) -> None:
    """An empty store is filled; one that has anything in it, even deleted, is not empty any more."""
    store = open_store(store_url)
    try:
        catalogue = Catalogue(store)
        assert is_empty(catalogue)
        first = catalogue.objects.create("fileGroup", {"name": "only one", "description": None})
        catalogue.objects.delete("fileGroup", first)
        assert not is_empty(catalogue)
        assert make_sample(catalogue, SAMPLE_KEYS) > 200
        everybody = parse({"email": {"$endsWith": "@example.com"}}, catalogue.entity("user").stored)
        nobody = parse({"email": None}, catalogue.entity("user").stored)
        assert (store.count(Search(everybody)), store.count(Search(nobody))) == (103, 17)
    finally:
        store.close()


def started(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """The command, in a process of its own."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("API_KEY", "API_MASTER_KEY")}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "examples.server", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**inherited, "PYTHONPATH": os.getcwd(), **environment},
    )


def said(process: subprocess.Popen[str], count: int) -> list[str]:
    """The first lines that a process prints."""
    assert process.stdout is not None
    killer = threading.Timer(SECONDS, process.kill)
    killer.start()
    try:
        return [process.stdout.readline() for _ in range(count)]
    finally:
        killer.cancel()


def test_one_command_starts_it_and_an_interrupt_ends_it(tmp_path: Path) -> None:
    """It says where it listens and with which keys, answers, and ends without a word; the store is filled once."""
    for words in ("filled with", "server.db\n"):
        process = started("--store", f"sqlite:///{tmp_path / 'server.db'}")
        try:
            page, store, keys = said(process, 3)
            url = page.split()[1]
            assert words in store
            assert "sample-key" in keys
            assert "<title>criteria</title>" in httpx.get(url).text
            headers = {
                "X-Instabot-Api-Key": "sample-key",
                "Authorization": "X-Instabot-Master-Api-Key sample-master-key",
            }
            answer = httpx.get(f"{url}v1/files", params={"getTotalCount": "true"}, headers=headers)
            assert answer.json()["totalCount"] == 60
            process.send_signal(signal.SIGINT)
            rest = process.communicate(timeout=SECONDS)
        finally:
            process.kill()
            process.communicate()
        assert rest == ("", "")
        assert process.returncode == 0


def test_keys_of_the_environment_are_not_printed(tmp_path: Path) -> None:
    """A key of one's own is used, and shown nowhere; `--no-sample` leaves the store empty."""
    process = started(
        "--store", f"sqlite:///{tmp_path / 'own.db'}", "--no-sample", API_KEY="own", API_MASTER_KEY="secret!"
    )
    try:
        lines = said(process, 3)
        headers = {"X-Instabot-Api-Key": "own", "Authorization": "X-Instabot-Master-Api-Key secret!"}
        answer = httpx.get(f"{lines[0].split()[1]}v1/files", headers=headers)
        assert answer.json()["data"] == []
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
        process.communicate()
    assert "secret!" not in "".join((*lines, *rest))


HALF = "only {} is set: set API_KEY and API_MASTER_KEY, or neither for the sample keys"
INVALID = "API_KEY and API_MASTER_KEY: The {} must consist of visible ASCII characters, at least one."
KNOWN = "API_KEY and API_MASTER_KEY: one of them is a sample key, which everybody knows"


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"API_KEY": "own"}, HALF.format("API_KEY")),
        ({"API_MASTER_KEY": "own"}, HALF.format("API_MASTER_KEY")),
        ({"API_KEY": ""}, HALF.format("API_KEY")),
        ({"API_KEY": "own", "API_MASTER_KEY": ""}, INVALID.format("master_key")),
        ({"API_KEY": "", "API_MASTER_KEY": "secret!"}, INVALID.format("api_key")),
        ({"API_KEY": "", "API_MASTER_KEY": ""}, INVALID.format("api_key")),
        ({"API_KEY": "own", "API_MASTER_KEY": "sec ret"}, INVALID.format("master_key")),
        ({"API_KEY": "own", "API_MASTER_KEY": "s\u00e9cret"}, INVALID.format("master_key")),
        (
            {"API_KEY": "own", "API_MASTER_KEY": "own"},
            "API_KEY and API_MASTER_KEY: The api_key and the master_key must differ.",
        ),
        ({"API_KEY": "own", "API_MASTER_KEY": SAMPLE_KEYS.master_key}, KNOWN),
        ({"API_KEY": SAMPLE_KEYS.api_key, "API_MASTER_KEY": "secret!"}, KNOWN),
        ({"API_KEY": SAMPLE_KEYS.master_key, "API_MASTER_KEY": "secret!"}, KNOWN),
    ],
)
def test_keys_are_set_both_or_neither(
    keys: dict[str, str],
    reason: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise the command says why in one line, without a key, and ends with 2 before it touches the store."""
    for name in ("API_KEY", "API_MASTER_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in keys.items():
        monkeypatch.setenv(name, value)
    assert main(["--port", "0", "--store", f"sqlite:///{tmp_path / 'untouched.db'}"]) == 2
    assert capsys.readouterr() == ("", f"examples.server: {reason}\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "shop.example", "127.shop.example"])  # noqa: S104
def test_sample_keys_are_refused_where_other_machines_can_reach_the_server(
    host: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody knows them: the master key reads and changes everything."""
    for name in ("API_KEY", "API_MASTER_KEY"):
        monkeypatch.delenv(name, raising=False)
    assert main(["--host", host, "--port", "0", "--store", f"sqlite:///{tmp_path / 'untouched.db'}"]) == 2
    assert capsys.readouterr().err.startswith(f"examples.server: {host} may be reached from other machines: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "store", ["sqlite:////nowhere/at/all.db", "oracle://host/x", "nothing", "sqlite:///{here}/text.db"]
)
def test_a_store_that_cannot_be_had_is_one_line(store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command says which store and why, and ends with 2."""
    (tmp_path / "text.db").write_text("This is no database, but a text that is long enough to be taken for one." * 20)
    assert main(["--port", "0", "--store", store.format(here=tmp_path)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("examples.server: the store ")
    assert printed.err.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of the size of files; run it on Linux")
@pytest.mark.parametrize(
    ("options", "words"), [((), "server.db\n"), (("--sample",), "3 users have the password sample")]
)
def test_with_keys_of_ones_own_nobody_has_a_known_password_unasked(
    tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    """A sample is made only if it is asked for, and then the command says so."""
    store = f"sqlite:///{tmp_path / 'server.db'}"
    process = started("--store", store, *options, API_KEY="own", API_MASTER_KEY="secret!")
    try:
        lines = said(process, 3)
        assert words in lines[1]
        headers = {"X-Instabot-Api-Key": "own", "Authorization": "X-Instabot-Master-Api-Key secret!"}
        params = {"limit": "0", "getTotalCount": "true"}
        answer = httpx.get(f"{lines[0].split()[1]}v1/files", params=params, headers=headers)
        assert answer.json()["totalCount"] == (60 if options else 0)
    finally:
        process.kill()
        process.communicate()


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    """When there is no room for the sample, the command says so and ends with 2, without a traceback."""
    full = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000)); "
        "from examples.server.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    inherited = {name: value for name, value in os.environ.items() if name not in ("API_KEY", "API_MASTER_KEY")}
    found = subprocess.run(
        [sys.executable, "-c", full, "--port", "0", "--store", f"sqlite:///{tmp_path / 'server.db'}"],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={**inherited, "PYTHONPATH": os.getcwd()},
    )
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.startswith(
        "examples.server: the sample was made in part only, start again with an empty store: "
    )
    assert found.stderr.count("\n") == 1


def test_a_sample_that_a_signal_ends_is_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next start would take the part that is there for the objects of somebody."""

    def ended(catalogue: Catalogue, keys: object) -> int:
        raise SystemExit(0)  # as the command's handler of SIGTERM does

    monkeypatch.setattr(command, "make_sample", ended)
    with pytest.raises(SystemExit):
        main(["--port", "0", "--store", f"sqlite:///{tmp_path / 'server.db'}"])
    said = "examples.server: the sample was made in part only, start again with an empty store\n"
    assert capsys.readouterr() == ("", said)


def test_a_port_that_is_taken_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The command says which address, and ends with 2, before it touches the store."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port), "--store", f"sqlite:///{tmp_path / 'untouched.db'}"]) == 2
    assert capsys.readouterr().err == f"examples.server: cannot listen on 127.0.0.1:{port}: Address already in use\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("port", ["x", "-1", "65536"])
def test_an_invalid_port_is_a_usage_error(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The command line refuses it with 2."""
    with pytest.raises(SystemExit) as exit_:
        main(["--port", port])
    assert exit_.value.code == 2
    assert "invalid" in capsys.readouterr().err


def test_passwords_of_stores_are_not_shown() -> None:
    """A URL is printed without who logs in."""
    assert shown("postgresql://me:secret@db.example.com:5432/x?a=b") == "postgresql://***@db.example.com:5432/x"
    assert shown("sqlite:///server.db") == "sqlite:///server.db"
    assert shown("sqlite:////tmp/server.db") == "sqlite:////tmp/server.db"
    assert shown("postgresql://db.example.com/x?password=se@cret") == "postgresql://***"
    for without_slashes in ("postgresql:me:secret@db", "postgresql:host=db password=secret", "me:secret@db"):
        assert shown(without_slashes) == "***"


@pytest.mark.parametrize("secret", ["sec-ret", "x@sec-ret", "x&sec-ret", "x\nsec-ret", "[sec-ret]", "x?sec-ret"])
@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:{}@[::1/x",
        "postgresql:me:{}@127.0.0.1",
        "postgresql:host=127.0.0.1 password={}",
        "postgresql://127.0.0.1:1/x?sslpassword={}",
        "mongodb://me:{}@127.0.0.1:1",
        "mysql://me:{}@127.0.0.1/x",
    ],
)
def test_a_password_is_in_no_message(url: str, secret: str, capsys: pytest.CaptureFixture[str]) -> None:
    """However wrong the URL is that it stands in, and whatever the driver repeats of it."""
    assert main(["--port", "0", "--store", url.format(secret)]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("examples.server: the store ")
    assert "sec-ret" not in printed.err + printed.out
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize(
    ("argument", "value"),
    [("--host", "\u00e4..b"), ("--host", "a\n\x1b[31mb"), ("--store", "sqlite:///no\n\x1b[31m/b.db")],
)
def test_what_is_no_name_is_one_line(
    argument: str, value: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names are printed without line feeds and sequences of terminals, and a host that cannot be one is told."""
    monkeypatch.setenv("API_KEY", "one")
    monkeypatch.setenv("API_MASTER_KEY", "two")
    assert main(["--port", "0", argument, value]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("examples.server: ")
    assert (printed.count("\n"), "\x1b" in printed) == (1, False)
