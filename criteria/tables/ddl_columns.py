"""The columns of CREATE TABLE, with their types as the catalog of each engine spells them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from criteria.tables.column import Column
from criteria.tables.ddl_statements import DdlColumn, DdlTable, Name, Script
from criteria.tables.ddl_words import Word, outside
from criteria.text.ascii_case import ascii_lower, ascii_upper

Keys = tuple[tuple[str, ...], ...]


def columns_of(script: Script, name: Name, dialect: str) -> tuple[tuple[Column, ...], Keys]:
    """The columns and the keys of a table of a script, the primary key first."""
    table = script.tables[name]
    columns = tuple(DIALECTS[dialect](script, table, column) for column in table.columns)
    if any(script.is_same(parent, name) for parent in script.parents):  # whose keys and NOT NULL bind no heirs
        return tuple(replace(column, nullable=column.nullable or None) for column in columns), ()
    primary = [table.primary] if table.primary else []
    return columns, tuple(dict.fromkeys([*primary, *table.unique]))


def _written(words: Sequence[Word]) -> str:
    """A type as one line: a blank between words, none around signs."""
    text = ""
    for word in words:
        is_sign = word.keyword in ("(", ")", ",", "[", "]", ".")
        follows_sign = text.endswith(("(", ",", "[", "."))
        text += word.written if is_sign or follows_sign or not text else f" {word.written}"
    return text


def _after(words: Sequence[Word], *keyword: str) -> Word | None:
    """The word after some keywords."""
    size = len(keyword)
    for at in range(len(words) - size):
        if tuple(word.keyword for word in words[at : at + size]) == keyword:
            following = words[at + size]
            return words[at + size + 1] if following.keyword == "=" and at + size + 1 < len(words) else following
    return None


def _is_required(column: DdlColumn) -> bool:
    said = [word.keyword for word in outside(column.rest)]
    return ("NOT", "NULL") in pairwise(said) or "IDENTITY" in said


def _is_in_key(table: DdlTable, column: DdlColumn) -> bool:
    return ascii_lower(column.name) in map(ascii_lower, table.primary)


def _sqlite(script: Script, table: DdlTable, column: DdlColumn) -> Column:
    """Only NOT NULL, another name of the row's id and keys without row ids exclude NULL."""
    said = [word.keyword for word in table.options]
    has_rowid = "WITHOUT" not in said
    kind = _written(column.type)
    is_in_key = _is_in_key(table, column)
    is_descending = "DESC" in [word.keyword for word in outside(column.rest)]  # then it is not the row's id
    is_alias = (
        has_rowid and is_in_key and len(table.primary) == 1 and ascii_upper(kind) == "INTEGER" and not is_descending
    )
    is_key = not has_rowid and is_in_key
    return Column(column.name, kind, not (_is_required(column) or is_alias or is_key))


_SERIALS: Mapping[str, str] = {
    "serial": "integer", "serial4": "integer", "bigserial": "bigint", "serial8": "bigint", "smallserial": "smallint",
    "serial2": "smallint",
}  # fmt: skip


def _as_array(written: str) -> str:
    """A type with one pair of brackets for all that it has at its end, and for ARRAY."""
    end = len(written)
    while True:
        opening = written.rfind("[", 0, end)
        if opening >= 0 and written[end - 1] == "]" and set(written[opening + 1 : end - 1]) <= _DIGITS:
            end = opening
        elif written[max(0, end - 6) : end].upper() == " ARRAY":
            end -= 6
        else:
            return written if end == len(written) else f"{written[:end]}[]"


_DIGITS = frozenset("0123456789")

_DETERMINISTIC = re.compile(
    r"C|POSIX|default|ucs_basic|unicode|pg_c_utf8|pg_unicode_fast|C\.[\w-]+"
    r"|[a-z]{2,3}(-[A-Za-z0-9]+)*-x-icu|[a-z]{2,3}_[A-Z]{2}(\.[\w-]+)?(@\w+)?"
)
"""The names of the collations that PostgreSQL itself has. They keep different texts apart."""


def _postgres(script: Script, table: DdlTable, column: DdlColumn) -> Column:
    written = _written(column.type)
    kind = _SERIALS.get(written.lower(), _as_array(written))
    element = _element(column.type) if kind.endswith("[]") else next(reversed(column.type), None)
    labels = script.types.get(script.name(element), ()) if element is not None else ()
    named = _after(column.rest, "COLLATE")
    collation = None if named is None else script.name(_last_part(column.rest, named))
    is_known = collation is None or (
        collation not in script.folding_collations and _DETERMINISTIC.fullmatch(collation) is not None
    )
    is_required = _is_required(column) or written.lower() in _SERIALS or column.name in table.primary
    return Column(column.name, kind, not is_required, collation, is_known, labels)


def _element(words: Sequence[Word]) -> Word | None:
    """The last word before the brackets of an array."""
    names = [word for word in words if word.keyword not in ("[", "]", "ARRAY") and not word.text.isdigit()]
    return names[-1] if names else None


def _last_part(words: Sequence[Word], first: Word) -> Word:
    """The last part of a perhaps qualified name."""
    at = list(words).index(first)
    while at + 2 < len(words) and words[at + 1].keyword == ".":
        at += 2
    return words[at]


_MYSQL_TYPES: Mapping[str, str] = {
    "boolean": "tinyint(1)", "bool": "tinyint(1)", "bit": "bit(1)", "char": "char(1)", "character": "char(1)",
    "binary": "binary(1)", "real": "double", "decimal": "decimal(10,0)", "numeric": "decimal(10,0)",
}  # fmt: skip


def _mysql(script: Script, table: DdlTable, column: DdlColumn) -> Column:
    written = _written(column.type)
    is_enumerated = bool(column.type) and column.type[0].keyword == "ENUM"
    labels = tuple(word.text for word in column.type if word.kind == "text") if is_enumerated else ()
    kind = f"enum({','.join(map(_literal, labels))})" if is_enumerated else written.lower()
    kind = _MYSQL_TYPES.get(kind, kind)
    is_required = _is_required(column) or column.name.lower() in [one.lower() for one in table.primary]
    return Column(column.name, kind, not is_required, _mysql_collation(table, column), labels=labels)


_DEFAULT_COLLATIONS: Mapping[str, str | None] = {
    "utf8mb4": None,  # which depends on the server
    "utf8mb3": "utf8mb3_general_ci",
    "utf8": "utf8mb3_general_ci",
    "latin1": "latin1_swedish_ci",
    "ascii": "ascii_general_ci",
}


def _mysql_collation(table: DdlTable, column: DdlColumn) -> str | None:
    """The collation of a column: its own, that of its character set, or those of the table."""
    for words in (column.rest, table.options):
        collation, character_set = (
            _after(words, "COLLATE"),
            _after(words, "CHARACTER", "SET") or _after(words, "CHARSET"),
        )
        if collation is not None:
            return collation.text.lower()
        if character_set is not None:
            name = character_set.text.lower()
            return _DEFAULT_COLLATIONS.get(name, f"{name}_general_ci")
    return None


def _literal(label: str) -> str:
    return "'" + label.replace("'", "''") + "'"


def _mariadb(script: Script, table: DdlTable, column: DdlColumn) -> Column:
    """MariaDB's JSON is a LONGTEXT."""
    found = _mysql(script, table, column)
    return replace(found, type="longtext", collation="utf8mb4_bin") if found.type == "json" else found


def _duckdb(script: Script, table: DdlTable, column: DdlColumn) -> Column:
    kind = _as_array(_written(column.type))
    element = kind.removesuffix("[]")
    literals = tuple(word.text for word in column.type if word.kind == "text")
    labels = literals if element[:4].upper() == "ENUM" else _labels_of(script, column.type)
    if labels:
        kind = f"ENUM({', '.join(map(_literal, labels))}){'[]' if kind.endswith('[]') else ''}"
    is_required = _is_required(column) or _is_in_key(table, column)
    return Column(column.name, kind, not is_required, labels=labels)


def _labels_of(script: Script, words: Sequence[Word]) -> tuple[str, ...]:
    element = _element(words)
    if element is None:
        return ()
    folded = {ascii_lower(name): labels for name, labels in script.types.items()}
    return folded.get(ascii_lower(element.text), ())


DIALECTS: Mapping[str, Callable[[Script, DdlTable, DdlColumn], Column]] = {
    "duckdb": _duckdb,
    "mariadb": _mariadb,
    "mysql": _mysql,
    "postgres": _postgres,
    "sqlite": _sqlite,
}
"""Reads a column of CREATE TABLE, by the name of the dialect."""
