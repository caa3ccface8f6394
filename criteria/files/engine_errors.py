"""Converts engines' errors about files that they cannot read."""

from __future__ import annotations

import os

from criteria.errors import Problem
from criteria.files.faults import DataFault
from criteria.files.inputs import Inputs


def unreadable(inputs: Inputs, error: Exception) -> DataFault | OSError:
    """The fault of files that an engine cannot read: a file is missing, or is not of the format."""
    for path in inputs.paths:
        if not os.path.exists(path):
            return FileNotFoundError(2, "No such file or directory", path)
    name = inputs.name_of(inputs.paths[0])
    name = name if len(inputs.paths) == 1 else f"{name} ..."
    said = " ".join(str(error).split("\n\n", 1)[0].split()).split(", hint:")[0].rstrip(".")
    return DataFault(name, Problem("unreadable_file", f"The {inputs.format.value} data cannot be read: {said}."))
