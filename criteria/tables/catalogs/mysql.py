"""The catalog of MySQL and MariaDB: `information_schema`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from criteria.errors import CriteriaError, Problem
from criteria.messages import quoted, shown_text
from criteria.tables.catalogs.catalog import Described, Naming, Reading, Rows, Statement, names_by
from criteria.tables.catalogs.labels import labels_of
from criteria.tables.column import Column

_COLUMNS = """
SELECT c.COLUMN_NAME, c.COLUMN_TYPE, c.IS_NULLABLE, c.COLLATION_NAME, t.TABLE_TYPE
  FROM information_schema.COLUMNS AS c
  JOIN information_schema.TABLES AS t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
 WHERE c.TABLE_NAME = ? AND c.TABLE_SCHEMA = COALESCE(?, DATABASE())
 ORDER BY c.ORDINAL_POSITION
"""

_CHECKS = """
SELECT CHECK_CLAUSE
  FROM information_schema.CHECK_CONSTRAINTS
 WHERE TABLE_NAME = ? AND CONSTRAINT_SCHEMA = COALESCE(?, DATABASE())
"""

_KEYS = """
SELECT INDEX_NAME, COLUMN_NAME, SUB_PART
  FROM information_schema.STATISTICS
 WHERE TABLE_NAME = ? AND TABLE_SCHEMA = COALESCE(?, DATABASE()) AND NON_UNIQUE = 0
 ORDER BY INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX
"""


_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_MEANINGS = {"0": "\0", "n": "\n", "r": "\r"}

_TABLES_AND_VIEWS = Statement(
    "SELECT CASE WHEN TABLE_SCHEMA = DATABASE() THEN TABLE_NAME ELSE CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) END "
    "FROM information_schema.TABLES "
    "WHERE TABLE_SCHEMA NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys') ORDER BY 1"
)


_WRONG = {"mysql": ("MySQL", (8, 0, 19), "8.0.28"), "mariadb": ("MariaDB", (10, 11, 7), "10.11.19")}
"""The last version that was seen to select wrong rows by conditions on lists and inside JSON, and the first that was
executed without a fault."""


def check_version(dialect: str, version: str) -> None:
    """Refuses a server of a version that selects wrong rows. Raises `CriteriaError` (`unsupported`)."""
    name, wrong, right = _WRONG[dialect]
    # Proxies put 5.5.5 before the version of MariaDB.
    found = tuple(map(int, re.findall(r"\d+", version.removeprefix("5.5.5-"))[:3]))
    if found <= wrong:
        message = f"{name} {'.'.join(map(str, found))} selects wrong rows by conditions on lists and inside JSON."
        raise CriteriaError(Problem("unsupported", message, hint=f"Use {name} {right} or later."))


_SESSION = (
    "SELECT VERSION(), @@sql_mode, @@character_set_client, @@character_set_connection, @@character_set_results, "
    "@@sql_auto_is_null, @@sql_select_limit, @@max_sort_length LIMIT 1"
)
"""A limit of the statement's own comes before `sql_select_limit`, which may be 0."""

SORTED_BYTES = 1024
"""The default of `max_sort_length`. Orders by strings are made of parts of that length (docs/engines.md#limits)."""


def read_names() -> Naming:
    """The tables and views, named as `reflect` takes them."""
    return (yield from names_by(_TABLES_AND_VIEWS))


def read_table(parts: Sequence[str]) -> Reading:
    """What the server says about a table or a view. Which server it is, its version says."""
    [[version, modes, sent, compared, *settings]] = yield Statement(_SESSION)
    _check_characters(_text(sent), _text(compared))
    _check_empty_strings(_text(modes))
    _check_settings(*settings)
    dialect = "mariadb" if "mariadb" in _text(version).lower() else "mysql"
    check_version(dialect, _text(version))
    where = (parts[-1], parts[-2] if len(parts) > 1 else None)
    rows = [tuple(map(_text, row)) for row in (yield Statement(_COLUMNS, where))]
    is_view = any("VIEW" in row[4] for row in rows)
    checks: Rows = ()
    if dialect == "mariadb" and any(row[1] == "longtext" for row in rows):
        checks = yield Statement(_CHECKS, where)
    checked = {_text(clause) for (clause,) in checks}
    columns = tuple(
        Column(
            name,
            "json" if kind == "longtext" and _is_json(name) in checked else kind,
            None if is_view else nullable == "YES",
            collation or None,
            labels=_labels(kind),
        )
        for name, kind, nullable, collation, _ in rows
    )
    if "PAD_CHAR_TO_FULL_LENGTH" in _text(modes):
        _refuse_padded(columns)
    if is_view:
        return Described(dialect, columns, None)
    found: dict[str, list[str]] = {}
    incomplete = set()
    for index, column, length in (yield Statement(_KEYS, where)):
        found.setdefault(_text(index), []).append(_text(column))
        if column is None or length is not None:
            incomplete.add(_text(index))
    keys = tuple(tuple(names) for index, names in found.items() if index not in incomplete)
    return Described(dialect, columns, keys)


def _is_json(column: str) -> str:
    """The check that makes a column of MariaDB a JSON column: its type is LONGTEXT."""
    return f"json_valid(`{column.replace('`', '``')}`)"


def _check_characters(sent: str, compared: str) -> None:
    """Raises `CriteriaError` (`unfit_column`) for a connection that sends text in a set without all characters, or on
    which the server converts it to such a set: what it lacks becomes another character, or an error of the driver.

    `compared`: `character_set_connection`, which SET CHARACTER SET makes that of the database, whatever it names.
    """
    if sent != "utf8mb4":
        message = f"The connection sends text as {shown_text(sent)}, which lacks some characters."
        raise CriteriaError(Problem("unfit_column", message, hint='Connect with charset="utf8mb4".'))
    if compared != "utf8mb4":
        message = f"By character_set_connection operands become {shown_text(compared)}, which lacks some characters."
        raise CriteriaError(Problem("unfit_column", message, hint="Run SET NAMES utf8mb4, not SET CHARACTER SET."))


def _check_empty_strings(modes: str) -> None:
    """Raises `CriteriaError` (`unfit_column`) for a session of MariaDB in which `''` is NULL, also as a parameter."""
    if "EMPTY_STRING_IS_NULL" in modes:
        message = "The SQL mode EMPTY_STRING_IS_NULL of the connection makes NULL of an empty string."
        hint = "Take the mode out: SET sql_mode = REPLACE(@@sql_mode, 'EMPTY_STRING_IS_NULL', '')."
        raise CriteriaError(Problem("unfit_column", message, hint=hint))


def _check_settings(returned: object, is_null: int, rows: int, sorted_bytes: int) -> None:
    """Raises `CriteriaError` (`unfit_column`) for a session under whose settings statements have other answers."""
    problems = []
    if returned is not None and _text(returned) != "utf8mb4":
        message = f"The connection returns text as {shown_text(_text(returned))}, which lacks some characters."
        problems.append(Problem("unfit_column", message, hint='Connect with charset="utf8mb4".'))
    if is_null:
        message = "Under sql_auto_is_null of the connection the row that was inserted last has no value in its key."
        problems.append(Problem("unfit_column", message, hint="Run SET sql_auto_is_null = 0."))
    if rows < 1 << 63:
        message = f"Under sql_select_limit of the connection a statement returns at most {rows} rows."
        problems.append(Problem("unfit_column", message, hint="Run SET sql_select_limit = DEFAULT."))
    if sorted_bytes < SORTED_BYTES:
        message = f"Under max_sort_length of the connection strings are sorted by their first {sorted_bytes} bytes."
        problems.append(Problem("unfit_column", message, hint=f"Run SET max_sort_length = {SORTED_BYTES}."))
    if problems:
        raise CriteriaError(*problems)


def _refuse_padded(columns: Sequence[Column]) -> None:
    """Raises `CriteriaError` (`unfit_column`) if there are CHAR columns: the session reads their values with blanks."""
    padded = [column.name for column in columns if column.type.lower().startswith("char(")]
    if padded:
        hint = "Take the mode out: SET sql_mode = REPLACE(@@sql_mode, 'PAD_CHAR_TO_FULL_LENGTH', '')."
        raise CriteriaError(
            *(
                Problem(
                    "unfit_column",
                    f"Column {quoted(name)} is a CHAR, and the SQL mode PAD_CHAR_TO_FULL_LENGTH of the connection adds "
                    "spaces to its values while they are compared.",
                    hint=hint,
                )
                for name in padded
            )
        )


def _labels(kind: str) -> tuple[str, ...]:
    """The labels of an enumerated type. The catalog escapes backslashes and line breaks in them, in every SQL mode."""
    return tuple(_ESCAPED.sub(lambda found: _MEANINGS.get(found[1], found[1]), label) for label in labels_of(kind))


def _text(value: object) -> str:
    """A text of the catalog, which some drivers return as bytes."""
    if isinstance(value, (bytes, bytearray)):
        return value.decode("utf-8")
    return "" if value is None else str(value)
