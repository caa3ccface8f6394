"""Packages of Debian and Ubuntu, unpacked into a folder: servers of versions that the machine does not have.

They are downloaded with a separate configuration of apt, which changes nothing in the system. Their programs run with
the loader and the libraries of these packages.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.servers.installed import program

LIBRARIES = ("usr/lib/x86_64-linux-gnu", "usr/lib/mysql/private")


@dataclass(frozen=True, slots=True)
class Release:
    """A release whose packages are downloaded: where, and the keys that sign it."""

    mirror: str
    suite: str
    components: str
    keyring: Callable[[], Path]


def cache() -> Path:
    """The folder for downloaded servers, in the user's cache."""
    folder = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(folder) / "criteria"


def debian(suite: str) -> Release:
    """A release of Debian."""
    keyring = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
    return Release("http://deb.debian.org/debian", suite, "main", lambda: keyring)


def ubuntu(suite: str) -> Release:
    """A release of Ubuntu, without its updates. Debian has a package with its keys."""
    return Release("http://archive.ubuntu.com/ubuntu", suite, "main universe", _ubuntu_keyring)


def _ubuntu_keyring() -> Path:
    root = bring(cache() / "ubuntu-keys", ("ubuntu-archive-keyring",), debian("trixie"))
    return root / "usr/share/keyrings/ubuntu-archive-keyring.gpg"


def bring(work: Path, packages: tuple[str, ...], release: Release) -> Path:
    """The root of unpacked packages with all that they depend on; downloads it if needed.

    Raises `CalledProcessError` if apt fails.
    """
    if (work / "root").is_dir():
        return work / "root"
    shutil.rmtree(work, ignore_errors=True)
    apt, unpack, tar = (str(program(name)) for name in ("apt-get", "dpkg-deb", "tar"))
    environment = {**os.environ, "APT_CONFIG": str(_configuration(work, release))}
    subprocess.run([apt, "update", "-q"], env=environment, check=True)
    install = [apt, "install", "-y", "-q", "--download-only", "--no-install-recommends", *packages]
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


def _configuration(work: Path, release: Release) -> Path:
    """A configuration of apt with all folders below `work`."""
    for name in ("etc/preferences.d", "state/lists/partial", "cache/archives/partial"):
        (work / name).mkdir(parents=True, exist_ok=True)
    (work / "state/status").touch()
    source = f"deb [signed-by={release.keyring()}] {release.mirror} {release.suite} {release.components}\n"
    (work / "etc/sources.list").write_text(source, encoding="utf-8")
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


def command(root: Path, name: str) -> tuple[str, ...]:
    """The command that runs a program of the packages with their loader and their libraries."""
    loader = next(path for path in sorted((root / LIBRARIES[0]).glob("ld-*.so*")) if not path.is_symlink())
    libraries = ":".join(str(root / library) for library in LIBRARIES)
    return (str(loader), "--library-path", libraries, str(root / name))


def run_by_name(root: Path, names: tuple[str, ...]) -> None:
    """Lets scripts of the packages run their programs: a shell script in the place of each runs it with its loader."""
    for name in names:
        path = root / name
        original = path.with_suffix(".program")
        if path.is_file() and not path.is_symlink() and not original.exists():
            path.rename(original)
            words = " ".join(f"'{word}'" for word in command(root, f"{name}.program"))
            path.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
            path.chmod(0o755)
