"""The parts of a run: its profile, its engines, and what happens if something is missing.

CRITERIA_PROFILE names the profile. The default is `ci` if CI=true, otherwise `quick`. A test that is too slow for
`quick` is marked `@pytest.mark.heavy("why")`, one that is too slow for `ci` `@pytest.mark.nightly("why")`. Each is
skipped with the profile that runs it.

`--engines=sqlite,postgres` selects engines. A missing engine is skipped with instructions to install it; it is a
failure if `--engines` names it, and if CI=true.

Under `quick` and `ci` Hypothesis draws the same examples in every run (`derandomize`): everybody gets the same result,
and a change is judged by the change, not by a draw. `nightly` is there to find new failures, so it draws with a new
seed each time. The seed is in the header of the run. `--hypothesis-seed` with it draws the same examples again, under
each profile; with another number, `quick` and `ci` draw others.
"""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from secrets import randbelow
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.engines import ENGINES, FURTHER, Engine, FurtherEngine, Servers
from tests.frames import spark
from tests.frames.kinds import FRAMES

IN_CI = os.environ.get("CI") == "true"
"""Whether missing engines fail their tests, instead of being skipped."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How much a run does: `examples` of a generated test, `cases` on which all engines have to agree, `fuzzed`
    requests to each operation of the server."""

    name: str
    examples: int
    cases: int
    fuzzed: int
    runs_heavy: bool = True
    is_derandomized: bool = False


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("quick", examples=3, cases=20, fuzzed=0, runs_heavy=False, is_derandomized=True),
        Profile("ci", examples=12, cases=100, fuzzed=2, is_derandomized=True),
        Profile("nightly", examples=2000, cases=50_000, fuzzed=200),
    )
}


def _named_profile() -> Profile:
    name = os.environ.get("CRITERIA_PROFILE") or ("ci" if IN_CI else "quick")
    if name not in PROFILES:
        raise pytest.UsageError(f"CRITERIA_PROFILE: there is no {name}; there are {', '.join(PROFILES)}")
    return PROFILES[name]


PROFILE = _named_profile()
CASES = PROFILE.cases
"""How many generated queries, with records, the engines have to agree on."""

MAX_PROCESSES = 8
"""Of `-n auto`, however many cores there are."""

_QUIET = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example)


def _load_profile(profile: Profile, *, derandomize: bool) -> None:
    settings.register_profile(
        profile.name,
        max_examples=profile.examples,
        derandomize=derandomize,
        deadline=None,
        suppress_health_check=_QUIET,
        print_blob=True,
    )
    settings.load_profile(profile.name)


_load_profile(PROFILE, derandomize=PROFILE.is_derandomized)


def capped(examples: int) -> int:
    """The examples of a test that does not take their number from the profile; `quick` draws no more than elsewhere.

    At least two: Hypothesis draws the simplest one first, such as no records, which says little.
    """
    return max(2, examples if PROFILE.runs_heavy else min(examples, PROFILE.examples))


def require(what: str, how_to_get: str | None, *, is_named: bool = False) -> None:
    """Skips the test if something that it needs is missing, with instructions to install it; in CI that is a
    failure, and so it is for an engine that `--engines` names."""
    if how_to_get and (IN_CI or is_named):
        pytest.fail(f"{what} is missing: {how_to_get}")
    if how_to_get:
        pytest.skip(f"{what} is missing. To get it: {how_to_get}")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """The processes of `-n auto`: one for each core, and not too many, as each starts its own servers."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MAX_PROCESSES)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that selects engines."""
    names = ",".join((*ENGINES, *FURTHER, *FRAMES))
    parser.addoption("--engines", help=f"engines and frames to run on, which have to be there, of {names}")


@pytest.hookimpl(tryfirst=True)  # before Hypothesis reads its option
def pytest_configure(config: pytest.Config) -> None:
    """Markers and the seed. An engine that does not exist is a usage error, not a run without engines."""
    config.addinivalue_line("markers", "heavy(why): too slow for CRITERIA_PROFILE=quick, which skips it")
    config.addinivalue_line("markers", "nightly(why): too slow for CRITERIA_PROFILE=ci, which skips it")
    config.addinivalue_line("markers", "needs_spark: heavy, and needs Spark")
    if config.option.hypothesis_seed is not None:
        _load_profile(PROFILE, derandomize=False)
    elif not PROFILE.is_derandomized:
        config.option.hypothesis_seed = str(randbelow(2**32))  # workers of pytest-xdist get it with the options
    known = (*ENGINES, *FURTHER, *FRAMES)
    unknown = set(selected_names(config)) - set(known)
    if unknown:
        raise pytest.UsageError(f"--engines: there is no {', '.join(sorted(unknown))}; there are {', '.join(known)}")


def pytest_report_header(config: pytest.Config) -> str:
    """What is needed to repeat a run."""
    return _drawn(config)


def _drawn(config: pytest.Config) -> str:
    seed = config.option.hypothesis_seed
    examples = "the same examples each time" if seed is None else f"--hypothesis-seed={seed}"
    return f"CRITERIA_PROFILE={PROFILE.name}, {examples}"


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Collects without the garbage collector, and excludes what was collected from its later runs: it is most of the
    memory of a run, and none of it is garbage."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Heavy tests are skipped by a profile without them."""
    for item in items:
        if item.get_closest_marker("needs_spark"):
            item.add_marker(pytest.mark.heavy("Spark takes half a minute to start"))
        heavy = item.get_closest_marker("heavy")
        if heavy and not PROFILE.runs_heavy:
            item.add_marker(pytest.mark.skip(f"runs in CRITERIA_PROFILE=ci: {heavy.args[0]}"))
        nightly = item.get_closest_marker("nightly")
        if nightly and PROFILE.name != "nightly":
            item.add_marker(pytest.mark.skip(f"runs in CRITERIA_PROFILE=nightly: {nightly.args[0]}"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests of Spark are skipped where it is missing."""
    if item.get_closest_marker("needs_spark"):
        is_named = names_engines(item.config) and not {"spark", "spark-sql"}.isdisjoint(selected_names(item.config))
        require("Spark", spark.missing(), is_named=is_named)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The reasons for skipped tests, each with the number of its tests; and how to repeat failures."""
    details = [report.longrepr for report in terminalreporter.stats.get("skipped", ())]
    reasons = Counter(detail[2].removeprefix("Skipped: ") for detail in details if isinstance(detail, tuple))
    if reasons:
        terminalreporter.section("skipped")
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"{count:5} {reason}")
    if terminalreporter.stats.get("failed"):
        terminalreporter.section("run")
        terminalreporter.write_line(_drawn(config))


def selected_names(config: pytest.Config) -> list[str]:
    """The engines and frames that `--engines` names; without it all."""
    if not names_engines(config):
        return [*ENGINES, *FURTHER, *FRAMES]
    return [name for name in config.getoption("--engines").split(",") if name]


def names_engines(config: pytest.Config) -> bool:
    """Whether the run has `--engines`."""
    return config.getoption("--engines") is not None


_OPENED = {**ENGINES, **FURTHER}


class Engines:
    """The engines of a run, each started when it is first asked for and stopped at the end.

    With `must_be_there` a missing one is a failure.
    """

    def __init__(self, selected: Sequence[str], stack: ExitStack, *, must_be_there: bool = False) -> None:
        self.selected, self.stack, self.must_be_there = selected, stack, must_be_there or IN_CI
        self.servers = Servers(stack)
        self.running: dict[str, Engine] = {}

    def check(self, name: str) -> None:
        """Skips the test if an engine is missing; fails it if it must be there."""
        if name not in self.selected:
            pytest.skip(f"{name} is not among --engines")
        require(name, None if name in self.running else _OPENED[name].missing(), is_named=self.must_be_there)

    def get(self, name: str) -> Engine:
        """A running engine. If it is missing, the test is skipped, or fails if it must be there."""
        self.check(name)
        if name not in self.running:
            self.running[name] = self.stack.enter_context(_OPENED[name].open(self.servers))
        return self.running[name]

    def all(self) -> list[Engine]:
        """Every selected engine of `ENGINES` that is installed; all of them if they must be there."""
        selected = [name for name in self.selected if name in ENGINES]
        return [self.get(name) for name in selected if self.must_be_there or ENGINES[name].missing() is None]


@pytest.fixture(scope="session")
def engines(request: pytest.FixtureRequest) -> Iterator[Engines]:
    """The engines of this run."""
    with ExitStack() as stack:
        selected = [name for name in selected_names(request.config) if name in _OPENED]
        yield Engines(selected, stack, must_be_there=names_engines(request.config))


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, engines: Engines) -> Engine:
    """Each engine in turn, but for those of `FURTHER`."""
    return engines.get(request.param)


@pytest.fixture(params=FURTHER)
def further_engine(request: pytest.FixtureRequest, engines: Engines) -> FurtherEngine:
    """Each engine without `criteria.storage` in turn. Tests that take it are heavy."""
    found = engines.get(request.param)
    assert isinstance(found, FurtherEngine)
    return found


@pytest.fixture
def opened() -> Iterator[Callable[[Any], Any]]:
    """A function that returns a connection as it is. The connection is closed when the test ends."""
    with ExitStack() as stack:

        def keep(connection: Any) -> Any:
            stack.callback(connection.close)
            return connection

        yield keep
