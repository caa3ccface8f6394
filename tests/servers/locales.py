"""A natural-language locale for a database's collation: the machine's, or one compiled from sources.

The packaged PostgreSQL has no natural-language collations: it is built without ICU, and its built-in provider has only
code point order. The `locales` package of Debian and Ubuntu has the sources, which compile in a second.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.servers.installed import program

SOURCES = Path("/usr/share/i18n")
COMPILED = "en_US.utf8"
HOW_TO_GET = "apt-get install -y --no-install-recommends locales"


def installed_locale() -> str | None:
    """The machine's UTF-8 locale nearest to en_US, or None if it has only C and POSIX."""
    lister = program("locale")
    if lister is None:
        return None
    listed = (
        subprocess.run([lister, "-a"], capture_output=True, check=False).stdout.decode("ascii", "replace").split("\n")
    )
    unicode = [name for name in listed if name.lower().endswith((".utf8", ".utf-8"))]
    natural = [name for name in unicode if not name.startswith(("C.", "POSIX."))]
    return min(natural, key=lambda name: (not name.startswith("en_US"), not name.startswith("en_"), name), default=None)


def can_compile() -> bool:
    """Whether the compiler and the sources of en_US are installed. Compiling needs no privileges."""
    return shutil.which("localedef") is not None and (SOURCES / "locales" / "en_US").exists()


def compile_command(folder: Path) -> tuple[str, ...]:
    """The command that compiles the locale COMPILED into an existing folder."""
    return ("localedef", "--no-archive", "-i", "en_US", "-f", "UTF-8", str(folder / COMPILED))


def search_path(folder: Path) -> str:
    """The value of LOCPATH with which a program finds the compiled locale and those of the system."""
    return f"{folder}:/usr/lib/locale"
