"""MySQL's server in a separate folder: `python -m tests.servers.mysql_package` installs it from Debian's packages.

Debian has MySQL only in its unstable release, whose libraries are newer than the machine's. The packages are downloaded
with a separate configuration of apt, which changes nothing in the system, and unpacked into one folder. The server runs
with the loader and the libraries of these packages.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.servers.installed import program

PACKAGE = "mysql-server-core"
MIRROR = "http://deb.debian.org/debian"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
LOADER = "usr/lib64/ld-linux-x86-64.so.2"
LIBRARIES = ("usr/lib/x86_64-linux-gnu", "usr/lib/mysql/private")


def folder() -> Path:
    """The folder of the unpacked server: CRITERIA_MYSQL_FOLDER, or a folder in the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("CRITERIA_MYSQL_FOLDER") or Path(cache) / "criteria" / "mysql")


def unpacked() -> Path | None:
    """The root of the unpacked packages, or None."""
    root = folder() / "root"
    return root if (root / "usr/sbin/mysqld").is_file() else None


def command() -> tuple[str, ...] | None:
    """The command that starts the unpacked server, or None without one."""
    root = unpacked()
    if root is None:
        return None
    libraries = ":".join(str(root / library) for library in LIBRARIES)
    return (str(root / LOADER), "--library-path", libraries, str(root / "usr/sbin/mysqld"), f"--basedir={root / 'usr'}")


def configuration(work: Path) -> Path:
    """A configuration of apt with all folders below `work`."""
    for name in ("etc/preferences.d", "state/lists/partial", "cache/archives/partial"):
        (work / name).mkdir(parents=True, exist_ok=True)
    (work / "state/status").touch()
    (work / "etc/sources.list").write_text(f"deb [signed-by={KEYRING}] {MIRROR} sid main\n", encoding="utf-8")
    settings = {
        "Dir::State": work / "state",
        "Dir::State::status": work / "state/status",
        "Dir::Cache": work / "cache",
        "Dir::Etc": work / "etc",
        "Dir::Etc::sourcelist": work / "etc/sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::parts": "/dev/null",
        "APT::Architecture": "amd64",
        "Acquire::Languages": "none",
        "Acquire::Check-Valid-Until": "false",  # an outdated mirror is signed too
    }
    path = work / "apt.conf"
    path.write_text("".join(f'{name} "{value}";\n' for name, value in settings.items()), encoding="utf-8")
    return path


def bring() -> Path:
    """Downloads and unpacks the server if needed. Raises `CalledProcessError` if apt fails."""
    found = unpacked()
    if found is not None:
        return found
    work = folder()
    shutil.rmtree(work, ignore_errors=True)
    apt, unpack, tar = (str(program(name)) for name in ("apt-get", "dpkg-deb", "tar"))
    environment = {**os.environ, "APT_CONFIG": str(configuration(work))}
    subprocess.run([apt, "update", "-q"], env=environment, check=True)
    install = [apt, "install", "-y", "-q", "--download-only", "--no-install-recommends", PACKAGE]
    subprocess.run(install, env=environment, check=True)
    root = work / "unpacking"
    for name in ("bin", "sbin", "lib", "lib64"):
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")  # as on Debian; packages use both paths
    for archive in sorted((work / "cache/archives").glob("*.deb")):
        with subprocess.Popen([unpack, "--fsys-tarfile", str(archive)], stdout=subprocess.PIPE) as contents:
            subprocess.run([tar, "-x", "-C", str(root), "--keep-directory-symlink"], stdin=contents.stdout, check=True)
    shutil.rmtree(work / "cache")
    root.rename(work / "root")
    return work / "root"


if __name__ == "__main__":
    sys.stdout.write(f"{bring()}\n")
