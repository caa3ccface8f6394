"""The catalog of PostgreSQL: `pg_attribute`, `pg_index`, `pg_enum`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from criteria.errors import CriteriaError, Problem
from criteria.tables.catalogs.catalog import Described, Naming, Reading, Statement, names_by
from criteria.tables.column import Column

_COLUMNS = """
SELECT a.attname::text,
       CASE WHEN CAST(? AS text) <> '' AND e.typtype = 'e' AND pg_catalog.pg_type_is_visible(e.oid)
            THEN pg_catalog.quote_ident(en.nspname::text) || '.' ELSE '' END
       || pg_catalog.format_type(t.oid, based.modifier),
       CASE WHEN NOT a.attnotnull AND NOT based.is_required THEN true
            WHEN a.attnotnull AND NOT inherited.is_parent
                 AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k
                                  WHERE k.conrelid = c.oid AND k.contype = 'n' AND NOT k.convalidated
                                    AND a.attnum = ANY (k.conkey)) THEN false END,
       CASE WHEN a.attcollation <> t.typcollation
              OR b.datcollate IN ('C', 'POSIX') AND COALESCE(to_jsonb(b) ->> 'datlocprovider', 'c') = 'c'
            THEN COALESCE(NULLIF(CASE WHEN l.collnamespace <> 'pg_catalog'::regnamespace
                                      THEN l.collnamespace::regnamespace::text || '.' ELSE '' END || l.collname::text,
                                 'default'), b.datcollate::text) END,
       COALESCE((to_jsonb(l) ->> 'collisdeterministic')::boolean, true),
       (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum AS e
         WHERE e.enumtypid IN (t.oid, t.typelem)),
       c.relkind::text IN ('v', 'm', 'f'),
       c.oid::bigint,
       inherited.is_parent,
       pg_catalog.current_setting('extra_float_digits')::int
       < CASE WHEN pg_catalog.current_setting('server_version_num')::int < 120000 THEN 3 ELSE 1 END,
       pg_catalog.current_setting('gin_fuzzy_search_limit', true)::int
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 CROSS JOIN LATERAL (
       WITH RECURSIVE domains(oid, modifier, is_required, depth) AS (
            SELECT a.atttypid, a.atttypmod, false, 0
             UNION ALL
            SELECT d.typbasetype, d.typtypmod, domains.is_required OR d.typnotnull, domains.depth + 1
              FROM domains JOIN pg_catalog.pg_type AS d ON d.oid = domains.oid AND d.typtype = 'd')
       SELECT domains.* FROM domains ORDER BY depth DESC LIMIT 1) AS based
 CROSS JOIN LATERAL (
       SELECT c.relkind::text = 'r' AND EXISTS (SELECT FROM pg_catalog.pg_inherits AS h WHERE h.inhparent = c.oid)
                 AS is_parent) AS inherited
  JOIN pg_catalog.pg_type AS t ON t.oid = based.oid
  JOIN pg_catalog.pg_type AS e ON e.oid = CASE WHEN t.typelem <> 0 AND t.typlen = -1 THEN t.typelem ELSE t.oid END
  JOIN pg_catalog.pg_namespace AS en ON en.oid = e.typnamespace
  LEFT JOIN pg_catalog.pg_collation AS l ON l.oid = a.attcollation
  JOIN pg_catalog.pg_database AS b ON b.datname = pg_catalog.current_database()
 WHERE c.relname = CAST(? AS text)
   AND CASE WHEN CAST(? AS text) = '' THEN pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname = CAST(? AS text) END
   AND c.relkind::text IN ('r', 'p', 'v', 'm', 'f')
 ORDER BY a.attnum
"""
"""A column of a domain has the type that the domains are over. NOT NULL of a domain is not enforced everywhere, nor is
that of a column where a constraint is not validated, or where tables inherit from the table.

With fewer `extra_float_digits` the text of a float is not the float. Since PostgreSQL 12 1 is enough.

An enumerated type is qualified if the table's name is, as format_type does only for types outside the search path.

With a `gin_fuzzy_search_limit` a scan of a GIN index returns about as many rows, whichever."""

_KEYS = """
SELECT ARRAY(SELECT a.attname::text
               FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)
               JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number
              WHERE k.place <= i.indnkeyatts ORDER BY k.place)
  FROM pg_catalog.pg_index AS i
 WHERE i.indrelid = CAST(? AS bigint)::oid AND i.indisunique AND i.indisvalid
   AND i.indpred IS NULL AND i.indexprs IS NULL
 ORDER BY i.indisprimary DESC, i.indexrelid
"""

_TABLES_AND_VIEWS = Statement(
    "SELECT CASE WHEN pg_catalog.pg_table_is_visible(c.oid) THEN c.relname::text "
    "ELSE n.nspname::text || '.' || c.relname::text END "
    "FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace "
    "WHERE c.relkind::text IN ('r', 'p', 'v', 'm', 'f') "
    "AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') ORDER BY 1"
)


_ENCODING = """
SELECT pg_catalog.current_setting('server_encoding') = 'UTF8', pg_catalog.current_setting('server_encoding')
"""
"""Under SQL_ASCII drivers return texts as bytes."""


def check_encoding(is_utf_8: bool, name: str | bytes) -> None:
    """Raises `CriteriaError` (`unfit_column`) for a database in another encoding than UTF-8: it compares texts by the
    bytes of that encoding, and has no operand that the encoding cannot hold. Refuses drivers that return bytes, too."""
    shown = name.decode() if isinstance(name, bytes) else name
    if not is_utf_8:
        message = f"The database is in {shown}, and PostgreSQL compares texts by their characters in UTF-8 alone."
        hint = "Copy it into a database in UTF-8: CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0."
    elif isinstance(name, bytes):
        message, hint = "The driver returns texts of this connection as bytes.", "Run SET client_encoding = 'UTF8'."
    else:
        return
    raise CriteriaError(Problem("unfit_column", message, hint=hint))


def read_names() -> Naming:
    """The tables and views, named as `reflect` takes them."""
    return (yield from names_by(_TABLES_AND_VIEWS))


def read_table(parts: Sequence[str]) -> Reading:
    """What PostgreSQL says about a table, a view or a foreign table. Without a schema, what the search path finds."""
    [encoding] = yield Statement(_ENCODING)
    check_encoding(*encoding)
    schema = parts[-2] if len(parts) > 1 else ""
    rows = yield Statement(_COLUMNS, (schema, parts[-1], schema, schema))
    if rows:
        _check_fuzzy_search(rows[0][10])
    columns = tuple(
        Column(
            name,
            kind if labels else _unquoted(kind),
            None if is_view else nullable,
            collation,
            is_deterministic,
            tuple(labels or ()),
        )
        for name, kind, nullable, collation, is_deterministic, labels, is_view, *_ in rows
    )
    if not rows or rows[0][6]:
        return Described("postgres", columns, None, rounds_floats=bool(rows and rows[0][9]))
    if rows[0][8]:  # an index of the table does not cover the rows of the tables that inherit from it
        return Described("postgres", columns, (), rounds_floats=rows[0][9])
    keys = yield Statement(_KEYS, (rows[0][7],))
    return Described("postgres", columns, tuple(tuple(key) for (key,) in keys), rounds_floats=rows[0][9])


def _check_fuzzy_search(rows: int | None) -> None:
    """Raises `CriteriaError` (`unfit_column`) for a session under which conditions on lists leave out rows."""
    if rows:
        message = f"Under gin_fuzzy_search_limit of the connection a GIN index finds some {rows} rows of any number."
        raise CriteriaError(Problem("unfit_column", message, hint="Run SET gin_fuzzy_search_limit = 0."))


_QUOTED = re.compile(r'"([a-z_][a-z0-9_]*)"')


def _unquoted(kind: str) -> str:
    """The name of a type as it is without the setting `quote_all_identifiers`. Names of enumerated types, which
    statements spell out, may need their quotes."""
    return _QUOTED.sub(r"\1", kind)
