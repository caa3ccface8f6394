"""Options and fixtures: which engines the tests run on, and how many examples Hypothesis generates.

`--engines=sqlite,postgres` selects engines. One that cannot be had here is skipped with how to get it; where CI=true it
is a failure. CRITERIA_PROFILE names the profile: `local` (the default), `ci` (where CI=true), `nightly`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, settings

from tests.engines import ENGINES, Engine, Servers
from tests.frames.kinds import FRAMES

_QUIET = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)
for _name, _examples in {"local": 50, "ci": 200, "nightly": 2000}.items():
    settings.register_profile(
        _name, max_examples=_examples, deadline=None, suppress_health_check=_QUIET, print_blob=True
    )
PROFILE = os.environ.get("CRITERIA_PROFILE") or ("ci" if os.environ.get("CI") == "true" else "local")
settings.load_profile(PROFILE)

CASES = {"local": 200, "ci": 2000, "nightly": 50_000}[PROFILE]
"""How many generated queries, with records, the engines have to agree on."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that selects engines."""
    names = ",".join((*ENGINES, *FRAMES))
    parser.addoption("--engines", default=names, help=f"engines and frames to run on, of {names}")


def pytest_configure(config: pytest.Config) -> None:
    """An engine that does not exist is a usage error, not a run without engines."""
    known = (*ENGINES, *FRAMES)
    unknown = set(selected_names(config)) - set(known)
    if unknown:
        raise pytest.UsageError(f"--engines: there is no {', '.join(sorted(unknown))}; there are {', '.join(known)}")


def selected_names(config: pytest.Config) -> list[str]:
    """The engines and frames that `--engines` names."""
    return [name for name in config.getoption("--engines").split(",") if name]


class Engines:
    """The engines of a run, each started when it is first asked for and stopped at the end."""

    def __init__(self, selected: list[str], stack: ExitStack) -> None:
        self.selected, self.stack = selected, stack
        self.servers = Servers(stack)
        self.running: dict[str, Engine] = {}

    def check(self, name: str) -> None:
        """Skips the test when an engine cannot be had; fails it when it must be."""
        if name not in self.selected:
            pytest.skip(f"{name} is not among --engines")
        reason = None if name in self.running else ENGINES[name].missing()
        if reason and os.environ.get("CI") == "true":
            pytest.fail(f"{name} cannot be had: {reason}")
        if reason:
            pytest.skip(f"{name} cannot be had here. To get it: {reason}")

    def get(self, name: str) -> Engine:
        """A running engine; the test is skipped when it cannot be had, and fails when it must."""
        self.check(name)
        if name not in self.running:
            self.running[name] = self.stack.enter_context(ENGINES[name].open(self.servers))
        return self.running[name]

    def all(self) -> list[Engine]:
        """Every selected engine that can be had; in CI every selected one must be."""
        must = os.environ.get("CI") == "true"
        return [self.get(name) for name in self.selected if must or ENGINES[name].missing() is None]


@pytest.fixture(scope="session")
def engines(request: pytest.FixtureRequest) -> Iterator[Engines]:
    """The engines of this run."""
    with ExitStack() as stack:
        yield Engines([name for name in selected_names(request.config) if name in ENGINES], stack)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, engines: Engines) -> Engine:
    """Each engine in turn."""
    return engines.get(request.param)
