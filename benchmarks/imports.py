"""The cost of `import criteria` above bare Python: processor time of separate processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

from benchmarks.harness import ROOT, Contestant, Ready, Sizes, compete, processes_time
from benchmarks.targets import Figure, Result

MODULES = ("criteria", "lark", "sqlglot", "pydantic", "sqlalchemy")

LOADED = "import criteria, sys; print(len({'lark', 'sqlglot'} & set(sys.modules)))"


def run(sizes: Sizes) -> Result:
    """Figures of the job `imports`."""
    contestants = [
        Contestant("bare Python", lambda: Ready(lambda: _python("pass"))),
        *(Contestant(f"import {name}", _import(name)) for name in MODULES),
    ]
    group = compete("imports: a process that does nothing else", contestants, sizes.starts, clock=processes_time)
    bare, ours = group.best("bare Python"), group.best("import criteria")
    assert not isinstance(ours, str)
    assert not isinstance(bare, str)
    above = replace(ours, seconds=ours.seconds - bare.seconds)
    figures: dict[str, Figure] = {"imports.time": above, "imports.loaded": float(_python(LOADED))}
    return Result(figures, (group,))


def _import(name: str) -> Callable[[], Ready]:
    def prepare() -> Ready:
        done = _python(f"import importlib.util; print(importlib.util.find_spec({name!r}) is not None)")
        if done.strip() != "True":
            raise ModuleNotFoundError(f"{name} is not installed", name=name)
        return Ready(lambda: _python(f"import {name}"))

    return prepare


def _python(code: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout  # noqa: S603
