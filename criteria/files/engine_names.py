"""Names of files for engines, which take some names for patterns or addresses (docs/files.md#engines)."""

from __future__ import annotations

import glob
import os
import re

from criteria.files.faults import FaultKind, UsageFault
from criteria.files.inputs import Inputs, is_address
from criteria.messages import is_encodable, shown_name

_NO_FILE_OF_SPARK = re.compile(r"[\[\]{}*?\\:]|(?:^|/)[._][^/]*$")
"""Parts of patterns and addresses, and beginnings of names that Spark silently skips."""


def check_names(inputs: Inputs, engine: str) -> None:
    """Raises `UsageFault` for a name that an engine of columns cannot take, or would take for that of another file."""
    for path in inputs.paths:
        if not is_encodable(path):
            message = f"{shown_name(path)}: the name of a file with columns must be UTF-8."
            raise UsageFault(FaultKind.NAME_NOT_UTF_8, message)
        if engine == "spark" and path not in dict(inputs.copies) and _NO_FILE_OF_SPARK.search(path):
            message = f"{shown_name(path)}: Spark does not take this for the name of one file."
            raise UsageFault(FaultKind.NAME_OF_ENGINE, message)


def literal_name(path: str) -> str:
    """The path as one that is not in a home folder (`~...`), and no address (`s3://...`) unless it is one."""
    return path if os.path.isabs(path) or is_address(path) else os.path.join(os.curdir, path)


def escaped_pattern(path: str) -> str:
    """The pattern that only this path matches."""
    return glob.escape(literal_name(path))
