"""The cost of `import criteria` above bare Python, in separate processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from benchmarks.harness import ROOT, Contestant, Ready, Sizes, compete
from benchmarks.targets import Figure, Result

MODULES = ("criteria", "lark", "sqlglot", "pydantic", "sqlalchemy")

LOADED = "import criteria, sys; print(len({'lark', 'sqlglot'} & set(sys.modules)))"


def run(sizes: Sizes) -> Result:
    """Figures of the job `imports`."""
    contestants = [
        Contestant("bare Python", lambda: Ready(lambda: _python("pass"))),
        *(Contestant(f"import {name}", _import(name)) for name in MODULES),
    ]
    group = compete("imports: a process that does nothing else", contestants, sizes.starts, in_processes=True)
    bare, ours = group.best("bare Python"), group.best("import criteria")
    above = ours if isinstance(ours, str) or isinstance(bare, str) else (ours - bare) * 1e3
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
