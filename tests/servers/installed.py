"""Finds installed drivers, packages with a server, and programs."""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
from pathlib import Path

SYSTEM_FOLDERS = ("sbin", "libexec")
"""Folders of servers that are not on an ordinary user's PATH, next to a `bin` that is."""


def missing_driver(module: str, requirement: str) -> str | None:
    """None if the driver is installed, else install instructions."""
    try:
        importlib.import_module(module)
    except ImportError as problem:
        return f"pip install '{requirement}' ({problem})"
    return None


def package_folders(package: str) -> tuple[Path, ...]:
    """The folders of a top-level package, which is not imported; none if it is not installed."""
    spec = importlib.util.find_spec(package)
    return tuple(map(Path, spec.submodule_search_locations or ())) if spec else ()


def program(name: str) -> Path | None:
    """The program with this name on PATH, or in a system folder next to one on PATH."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    beside = [
        str(Path(folder).parent / other) for folder in folders if Path(folder).name == "bin" for other in SYSTEM_FOLDERS
    ]
    found = shutil.which(name, path=os.pathsep.join((*folders, *beside)))
    return Path(found) if found else None
