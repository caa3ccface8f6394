"""MySQL's server in a separate folder: `python -m tests.servers.mysql_package` installs it from Debian's packages.

Debian has MySQL only in its unstable release, whose libraries are newer than the machine's.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.servers import unpacked

PACKAGES = ("mysql-server-core",)


def folder() -> Path:
    """The folder of the unpacked server: CRITERIA_MYSQL_FOLDER, or a folder in the user's cache."""
    return Path(os.environ.get("CRITERIA_MYSQL_FOLDER") or unpacked.cache() / "mysql")


def command() -> tuple[str, ...] | None:
    """The command that starts the unpacked server, or None without one."""
    root = folder() / "root"
    if not (root / "usr/sbin/mysqld").is_file():
        return None
    return (*unpacked.command(root, "usr/sbin/mysqld"), f"--basedir={root / 'usr'}")


if __name__ == "__main__":
    sys.stdout.write(f"{unpacked.bring(folder(), PACKAGES, unpacked.debian('sid'))}\n")
