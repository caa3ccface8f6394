"""The pytest plug-in: its options, the fixtures of `Suite`, and the report. pytest finds it by its entry point.

It is loaded in every run of pytest where the package is installed, so it imports nothing else at its top.
"""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from criteria.conformance.adapter import Adapter
    from criteria.conformance.tally import Tally

_PROPERTY = "criteria-conformance"
_ADAPTER, _TALLY = pytest.StashKey["Adapter"](), pytest.StashKey["Tally"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the kit."""
    group = parser.getgroup("criteria-conformance", "conformance to the criteria language")
    group.addoption(
        "--conformance-examples",
        type=_examples,
        default=100,
        metavar="N",
        help="generated cases of each check, 1 or more (default 100)",
    )
    group.addoption(
        "--conformance-report",
        action="append",
        default=[],
        metavar="FILE",
        help="write a report to FILE, as JSON if it ends in .json, else as Markdown; may be given twice",
    )


def _examples(text: str) -> int:
    """A number of examples. Without any, a check would pass that has checked nothing."""
    number = int(text)
    if number < 1:
        raise ArgumentTypeError("expected a whole number of 1 or more")
    return number


@pytest.fixture(scope="session")
def conformance_examples(request: pytest.FixtureRequest) -> int:
    """How many generated cases each check draws."""
    return int(request.config.getoption("--conformance-examples"))


@pytest.fixture(scope="class")
def conformance_adapter(request: pytest.FixtureRequest) -> Iterator[Adapter]:
    """The adapter of the test class, closed at its end."""
    from criteria.conformance.adapter import check_marks

    adapter = request.cls.adapter()
    check_marks(adapter)
    yield adapter
    adapter.close()


@pytest.fixture
def conformance_tally(request: pytest.FixtureRequest, conformance_adapter: Adapter) -> Tally:
    """What the test counts."""
    from criteria.conformance.adapter import unsupported_by
    from criteria.conformance.tally import Tally

    tally = Tally(unsupported_by(conformance_adapter))
    request.node.stash[_ADAPTER], request.node.stash[_TALLY] = conformance_adapter, tally
    return tally


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Sends the counts with the report of the test: with pytest-xdist it ran in another process.

    A failure that was expected is a failure: it says of the engine what any other does.
    """
    report: Any = yield
    if report.when == "call" and _TALLY in item.stash:
        adapter = item.stash[_ADAPTER]
        is_expected_failure = report.skipped and hasattr(report, "wasxfail")
        params = getattr(getattr(item, "callspec", None), "params", {})
        counts = {
            "engine": adapter.name,
            "version": adapter.version,
            "unsupported": dict(item.stash[_TALLY].unsupported),
            "check": getattr(item, "originalname", item.name).removeprefix("test_"),
            "test": str(params.get("case", params.get("name", ""))),
            "outcome": "failed" if is_expected_failure else report.outcome,
            **item.stash[_TALLY].to_json(),
        }
        report.user_properties.append((_PROPERTY, json.dumps(counts)))
    return report  # type: ignore[no-any-return]


def pytest_configure(config: pytest.Config) -> None:
    """Collects the counts of the tests. Only the process that prints has them all."""
    if not hasattr(config, "workerinput"):
        for path in config.getoption("--conformance-report"):
            if not Path(path).absolute().parent.is_dir():
                from criteria.messages import shown_name

                raise pytest.UsageError(f"--conformance-report: there is no folder for {shown_name(path)}.")
        config.pluginmanager.register(_Collected(config), "criteria-conformance-collected")


class _Collected:
    """The counts of all tests, and what is done with them at the end."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.counts: list[dict[str, Any]] = []
        self.session: pytest.Session | None = None

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Keeps the run, whose exit code a report that cannot be written changes."""
        self.session = session

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keeps the counts of a test."""
        self.counts += [json.loads(value) for name, value in report.user_properties if name == _PROPERTY]  # type: ignore[arg-type]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Prints the counts by engine, and writes the reports."""
        if not self.counts:
            return
        from criteria.conformance.report import Report

        report = Report.of(self.counts)
        terminalreporter.section("conformance to the criteria language")
        for line in report.lines():
            terminalreporter.write_line(line)
        if self.session is not None and self.session.exitstatus == pytest.ExitCode.OK and report.failed:
            self.session.exitstatus = pytest.ExitCode.TESTS_FAILED  # of failures that were expected
        for path in self.config.getoption("--conformance-report"):
            try:
                report.write(path)
            except OSError as error:
                terminalreporter.write_line(f"not written: {path}: {error.strerror}", red=True)
                if self.session is not None:
                    self.session.exitstatus = pytest.ExitCode.TESTS_FAILED
            else:
                terminalreporter.write_line(f"written: {path}")
