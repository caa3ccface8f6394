"""Reads a table's first schema from a database, which a URL names: `sqlite:///file.db::orders`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any
from urllib.parse import SplitResult, parse_qs, parse_qsl, quote, unquote, urlsplit

from criteria import CriteriaError, Problem, Schema
from criteria.cli.reports.problems import InputError, Source
from criteria.messages import Hints, encodable, nearest_or_all, shown_text
from criteria.tables.first_schema import first_schema
from criteria.tables.reflecting import table_names
from criteria.text.ascii_case import ascii_lower

Connect = Callable[[Any, SplitResult], Any]
"""Takes a driver's module and a URL, returns a connection."""


def is_table(data: str) -> bool:
    """Whether the data are a table of a database."""
    return _scheme(data) in _DRIVERS and "::" in data


def is_database(data: str) -> bool:
    """Whether the data are a database without the name of a table."""
    return _scheme(data) in _DRIVERS and "::" not in data


def _scheme(url: str) -> str:
    """The kind of database that a URL names, whatever driver SQLAlchemy would take: `mysql` of `mysql+pymysql://...`."""
    return ascii_lower(url.partition("://")[0].partition("+")[0])


def _plain(url: str) -> str:
    """The URL without the name of a driver."""
    return f"{_scheme(url)}://{url.partition('://')[2]}"


def unnamed_table(data: str) -> InputError:
    """The refusal of a database without the name of a table, with the names of its tables."""
    data = _plain(data)
    shown = _without_password(data)
    try:
        connection = _connected(_split(data))
        try:
            names = table_names(connection)
        finally:
            connection.close()
    except CriteriaError as error:
        return InputError(Source(shown), error.problems, exit_code=2)
    hint = nearest_or_all(None, names, "tables", Hints())
    if names:
        hint = f"{hint} Name one after two colons: {shown}::{shown_text(names[0])}"
    return InputError(Source(shown), [Problem("unknown_option", "No table is named.", hint=hint)], exit_code=2)


def schema_of_table(
    data: str,
    name: str | None,
    time_zone: str | None,
    *,
    verify: bool,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> tuple[Schema, Sequence[Problem]]:
    """A first schema of a table, and why its other columns were left out. `include` names the columns to use (none:
    all), `exclude` those not to. Raises `InputError`."""
    url, _, table = _plain(data).rpartition("::")
    try:
        connection = _connected(_split(url))
        try:
            found, problems = first_schema(connection, table, time_zone, verify, include or None, exclude)
        finally:
            connection.close()
    except CriteriaError as error:
        raise InputError(Source(_without_password(url)), error.problems, exit_code=2) from None
    told = [replace(one, hint=_of_command_line(one.hint)) for one in problems]
    return Schema(encodable(name or found.name), found.fields, system_properties=False, key=_key(found)), told


def _of_command_line(hint: str | None) -> str | None:
    return None if hint is None else hint.replace("pass verify=False", "give --no-verify")


def _key(found: Schema) -> tuple[str, ...] | None:
    """The names of a key of several columns."""
    return tuple(field.name for field in found.key) if len(found.key) > 1 else None


def _connected(url: SplitResult) -> Any:
    """A connection of the first driver that is installed. Raises `CriteriaError`."""
    for package, connect in _DRIVERS[url.scheme]:
        try:
            module = import_module(package)
        except ModuleNotFoundError:
            continue
        try:
            return connect(module, url)
        except Exception as error:  # each driver has exceptions of its own
            message = f"The database cannot be opened: {shown_text(error, 1000)}"
            raise CriteriaError(Problem("unknown_option", message)) from None
    packages = " or ".join(package for package, _ in _DRIVERS[url.scheme])
    message = f"A database of {url.scheme} needs the package {packages}."
    hint = f"Install it: pip install {_DRIVERS[url.scheme][0][0]}"
    raise CriteriaError(Problem("missing_package", message, hint=hint))


def _split(url: str) -> SplitResult:
    """The parts of a URL. Raises `CriteriaError`, also where drivers would take a part of the password for something
    else, and repeat it."""
    try:
        found = urlsplit(url)
    except ValueError as error:
        raise CriteriaError(Problem("unknown_option", f"The URL cannot be read: {shown_text(error)}.")) from None
    if _is_unescaped(found):
        message = "The URL cannot be read: its user or password has a character that a URL has in another place."
        hint = "Write %40 for @, %2F for /, %3F for ?, %23 for #, %3A for : and %25 for %."
        raise CriteriaError(Problem("unknown_option", message, hint=hint))
    return found


def _is_unescaped(url: SplitResult) -> bool:
    """Whether the user or the password has characters that end them early, or no digits after a percent sign."""
    if not url.netloc:
        return False
    user, _, host = url.netloc.rpartition("@")
    behind = "@" in f"{url.path}{url.query}{url.fragment}"
    return (not user and ":" in host and behind) or "@" in user or _HALF_ESCAPED.search(user) is not None


_HALF_ESCAPED = re.compile("%(?![0-9A-Fa-f]{2})")


def _without_password(url: str) -> str:
    """The URL as messages show it: without the password, and without parameters that may be one."""
    try:
        found = urlsplit(url)
    except ValueError:  # where its password is cannot be told
        return "<database>"
    if _is_unescaped(found):
        return "<database>"
    if {name for name, _ in parse_qsl(found.query, keep_blank_values=True)} <= _SHOWN:
        shown, kept = found, url
    else:
        shown = found._replace(query="")
        kept = shown.geturl()
    host = found.netloc.rpartition("@")[2]
    user = f"{found.username}@" if found.username else ""
    return shown._replace(netloc=f"{user}{host}").geturl() if found.password else kept


_SHOWN = {"host", "hostaddr", "port", "dbname", "user", "sslmode", "unix_socket", "connect_timeout", "application_name"}
"""The parameters that messages repeat. Of others, such as `password`, drivers have many."""


def _path(url: SplitResult) -> str:
    """The file: sqlite:///file.db is beside, sqlite:////var/file.db is absolute."""
    return unquote(url.path)[1:]


def _sqlite(module: Any, url: SplitResult) -> Any:
    return module.connect(f"file:{quote(_path(url))}?mode=ro", uri=True)


def _duckdb(module: Any, url: SplitResult) -> Any:
    return module.connect(_path(url), read_only=True)


def _postgres(module: Any, url: SplitResult) -> Any:
    given = url._replace(scheme="postgresql").geturl().removeprefix("postgresql:")
    return module.connect(f"postgresql://{given.removeprefix('//')}")  # of an empty host, Python writes no slashes


def _mysql(module: Any, url: SplitResult) -> Any:
    [socket] = parse_qs(url.query).get("unix_socket", [None])
    given = {
        "host": url.hostname, "port": url.port, "user": url.username, "password": url.password, "unix_socket": socket,
    }  # fmt: skip
    options = {key: unquote(value) if isinstance(value, str) else value for key, value in given.items() if value}
    return module.connect(database=_path(url), **options)


_POSTGRES: Sequence[tuple[str, Connect]] = (("psycopg", _postgres), ("psycopg2", _postgres))
_MYSQL: Sequence[tuple[str, Connect]] = (
    ("pymysql", _mysql), ("MySQLdb", _mysql), ("mariadb", _mysql), ("mysql.connector", _mysql),
)  # fmt: skip

_DRIVERS: Mapping[str, Sequence[tuple[str, Connect]]] = {
    "sqlite": (("sqlite3", _sqlite),),
    "duckdb": (("duckdb", _duckdb),),
    "postgresql": _POSTGRES,
    "postgres": _POSTGRES,
    "mysql": _MYSQL,
    "mariadb": _MYSQL,
}
"""The drivers of the schemes, in the order in which they are tried."""
