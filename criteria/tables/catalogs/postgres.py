"""The catalog of PostgreSQL: `pg_attribute`, `pg_index`, `pg_enum`."""

from __future__ import annotations

from collections.abc import Sequence

from criteria.tables.catalogs.catalog import Described, Reading, Statement
from criteria.tables.column import Column

_COLUMNS = """
SELECT a.attname::text,
       pg_catalog.format_type(
           CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE a.atttypid END,
           CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END),
       a.attnotnull OR t.typnotnull,
       CASE WHEN a.attcollation <> t.typcollation
              OR b.datcollate IN ('C', 'POSIX') AND COALESCE(to_jsonb(b) ->> 'datlocprovider', 'c') = 'c'
            THEN COALESCE(NULLIF(l.collname::text, 'default'), b.datcollate::text) END,
       COALESCE((to_jsonb(l) ->> 'collisdeterministic')::boolean, true),
       (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum AS e
         WHERE e.enumtypid IN (t.oid, t.typelem, t.typbasetype)),
       c.relkind::text IN ('v', 'm'),
       c.oid::bigint,
       c.relkind::text = 'r' AND EXISTS (SELECT FROM pg_catalog.pg_inherits AS h WHERE h.inhparent = c.oid)
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_collation AS l ON l.oid = a.attcollation
  JOIN pg_catalog.pg_database AS b ON b.datname = pg_catalog.current_database()
 WHERE c.relname = CAST(? AS text)
   AND CASE WHEN CAST(? AS text) = '' THEN pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname = CAST(? AS text) END
   AND c.relkind::text IN ('r', 'p', 'v', 'm', 'f')
 ORDER BY a.attnum
"""

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


def read_table(parts: Sequence[str]) -> Reading:
    """What PostgreSQL says about a table, a view or a foreign table. Without a schema, what the search path finds."""
    schema = parts[-2] if len(parts) > 1 else ""
    rows = yield Statement(_COLUMNS, (parts[-1], schema, schema))
    columns = tuple(
        Column(name, kind, None if is_view else not required, collation, is_deterministic, tuple(labels or ()))
        for name, kind, required, collation, is_deterministic, labels, is_view, *_ in rows
    )
    if not rows or rows[0][6]:
        return Described("postgres", columns, None)
    if rows[0][8]:  # an index of the table does not cover the rows of the tables that inherit from it
        return Described("postgres", columns, ())
    keys = yield Statement(_KEYS, (rows[0][7],))
    return Described("postgres", columns, tuple(tuple(key) for (key,) in keys))
