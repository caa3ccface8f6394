"""The page of the documentation that says which index serves which condition, from what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from benchmarks.run_time.cases import OPERATORS
from benchmarks.run_time.engine import Better
from benchmarks.run_time.measure import Measured, Run, mean
from benchmarks.run_time.records import KINDS

_HEAD = """\
# Indexes

Which conditions use an index to find their records, according to EXPLAIN on a table of {records:,} records.
[Days and MySQL](#days-and-mysql) have a section of their own. `python -m benchmarks sql --page docs/indexes.md` writes
this page; with `--full` it uses a million records.

- **yes**: an index from the list below the heading serves the condition.
- **(1)**: a better index serves it, the one with this number below the table.
- **no**: no index does, and all records are read. **no!**: a handwritten condition would use an index.

The conditions select a few thousandths of the records, except `$ne`, `$nin`, `not null` and the NOT of a text operator.
These select nearly all records, so no index would help. (`$ne` of a boolean selects few, because nearly all are false.)
The last line is the run time divided by that of handwritten conditions that select the same records, as the geometric
mean of the column.
"""

_DAYS = """\
## Days, and MySQL

`date` and MySQL are not in the tables above. What EXPLAIN says of 20,000 to 100,000 records with an index on `day`:

| | `$eq`, `$in`, null | `$gt` | `NOT $lt` | `$ne` |
|---|---|---|---|---|
| SQLite, PostgreSQL, MariaDB, MySQL 9.7 | yes | yes | yes | no |
| MongoDB | yes | yes | no | yes |
| DuckDB | no | no | no | no |

On MySQL an index on a string with its default collation serves `$eq`, `$in` and `$startsWith`, as on MariaDB. It does
not serve orderings, which compare by code point: a column with `COLLATE utf8mb4_0900_bin` does.
"""
"""What was measured apart from these runs."""

_LETTER_CASE = """\
## Letter case

`$ieq`, `$istartsWith`, `$iendsWith` and `$icontains` are patterns of the engine and read all records, or all keys of an
index. An index on `lower(name)` and SQLite's `COLLATE NOCASE` do not serve them: they fold other letters.
Milliseconds on a table of 200,000 texts of about 25 characters, most of them with letters beyond ASCII:

| | `$ieq` | `$istartsWith` | `$iendsWith` | `$icontains` | by hand, like `$icontains` |
|---|---|---|---|---|---|
| SQLite | 43 | 17 | 222 | 152 | `LIKE`: 42, which folds only ASCII |
| PostgreSQL | 150 | 60 | 263 | 413 | `ILIKE`: 372 |
| PostgreSQL, with the index below | 8 | 8 | 2 | 5 | |
| MariaDB | 147 | 146 | 168 | 156 | `LIKE`, collation that ignores case: 177 |
| DuckDB | 8 | 8 | 19 | 21 | `ILIKE`: 55 |
| MongoDB | 263 | 284 | 375 | 523 | `$options: "i"`: 299 |

On PostgreSQL a trigram index serves all four, if the operand has three letters or digits in a row. The answer stays
exact, which 7,696 queries with hostile operands confirm.

```
CREATE EXTENSION pg_trgm
CREATE INDEX by_name_parts ON item USING gin (name gin_trgm_ops)
```

MySQL takes about twice as long as MariaDB: 217, 195, 261 and 242 ms on 100,000 of these texts, where MariaDB took 94,
106, 104 and 100 ms on the same machine, and MySQL's `LIKE` 172 ms.

On other engines, and for short operands, the program can keep the text in lower case in a field of its own. Clients
compare that field with a value in lower case, or by `$startsWith`, and the usual index serves it (0.1 and 0.5 ms).
On MySQL and MariaDB that may be a generated column (0.2 ms):

```
ALTER TABLE item ADD INDEX (folded),
    ADD folded VARCHAR(300) COLLATE utf8mb4_bin GENERATED ALWAYS AS (LOWER(name)) STORED
```

It folds letters as the engine's `LOWER` does, which differs from `$ieq` for some letters: only to `$ieq` is the long
s (U+017F) an s.
"""
"""The section on operators that ignore letter case, which the conditions of these runs do not have."""

_OBJECTS = """\
## Lists of objects, and references

The indexes in which EXPLAIN looks up rows, for 10,000 items and 2,000 people, if `item` has an index on its reference
`owner` and `person` one on `city` (on MongoDB also on its `id`, and on `parts.sku` of `item`):

| | SQLite | PostgreSQL | MariaDB | MySQL 9.7 | DuckDB | MongoDB |
|---|---|---|---|---|---|---|
| `{"parts": {"$elemMatch": {...}}}` | no | no | no | no | no | parts.sku |
| `{"parts.sku": "s5"}`, `$in` | no | no | no | no | no | parts.sku |
| `{"parts.sku": {"$ne": "s5"}}` | no | no | no | no | no | no |
| `{"parts": null}` | no | no | no | no | no | no |
| `{"owner.city": "Lund"}` | id | city, owner | city, owner | city, owner | no | id |
| `{"owner.city": {"$ne": "Lund"}}` | id | city | city | no | no | id |
| `{"guests.city": "Lund"}` | id | city | city | id | no | id |

Lists of objects: on SQL no index serves them, and all records are read. Objects may hold other types than the schema
says, so each value is tested for its type; a GIN index on `jsonb` cannot do that. If queries often
name a value of the objects, keep it in a list of its own too, which a GIN index serves on PostgreSQL (`list of strings`
above). On MongoDB an index on the path serves `$elemMatch` and positive comparisons.

References: index the field of the other table that queries name, and the reference. PostgreSQL, MariaDB and MySQL then
begin with the people, and read only their items. SQLite reads all items and looks up the owner of each by its id, and
DuckDB reads both tables once. MongoDB looks up the owner of each document: without an index on the ids that takes a
minute for 20,000 documents. It tests other conditions of the query first, so add some.

Lists of references: all records are read. On PostgreSQL index the field that queries name: without that, it reads
the other table for each record (20,000 records and 2,000 people: 3.5 s, and 0.1 s with the index).

`python -m benchmarks further` measures all of these beside SQL by hand, on SQLite and PostgreSQL.
"""
"""The section on conditions that lead into other objects, which the conditions of these runs do not have."""

SECTIONS = (_DAYS, _LETTER_CASE, _OBJECTS)
"""What is measured apart from the runs, at the end of the page."""


def page(runs: Sequence[Run]) -> str:
    """The page in Markdown."""
    lines = [_HEAD.format(records=max((run.records for run in runs), default=0))]
    for run in runs:
        lines += [f"## {run.engine} {run.version}\n", *_first(run), *_table(run), *_remark(run)]
    return "\n".join(lines).rstrip() + "\n\n" + "\n".join(SECTIONS)


def _first(run: Run) -> Iterator[str]:
    ours = [statement for statement in run.first if "_hand " not in statement]
    yield from ("```", *ours, "```", "")


def _table(run: Run) -> Iterator[str]:
    kinds = [kind for kind in KINDS.values() if run.ratios(kind)]
    better = list(dict.fromkeys(one.better for one in run.measured if one.better is not None))
    found = {(one.case.kind, one.case.operator): one for one in run.measured}
    yield _row(["", *kinds])
    yield _row(["---"] * (len(kinds) + 1))
    for operator in OPERATORS:
        cells = [_cell(found.get((kind, operator)), better) for kind in kinds]
        yield _row([operator if operator.endswith("null") else f"`{operator}`", *cells])
    yield _row(["time", *(f"{mean(run.ratios(kind)):.2f}" for kind in kinds)])
    yield ""
    for number, one in enumerate(better, 1):
        yield f"{number}. `{one.statement}`{_declared(one)}"
    if better:
        yield ""


def _declared(better: Better) -> str:
    field = better.declared
    if field is None:
        return ""
    collation = f', "collation": "{field.collation}"' if field.collation else ""
    return f', and in the schema `{{"name": "{field.name}", "fieldType": "{field.field_type.value}"{collation}}}`'


def _cell(one: Measured | None, better: Sequence[Better]) -> str:
    if one is None:
        return ""
    if one.our_indexes:
        return "yes"
    if one.better is not None:
        return f"({better.index(one.better) + 1})" + ("!" if one.misses else "")
    return "no!" if one.misses else "no"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _remark(run: Run) -> Iterator[str]:
    if run.remark:
        yield from (run.remark, "")
