"""How many films the queries in `examples/queries` select, and how many their plain translations to SQL do on SQLite.

Run `python -m examples.plain_sql` in the project's folder: it prints the table of the README.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import criteria

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Plain:
    """A query as it is translated without much thought: operator by operator, to the nearest of SQL."""

    query: str
    asks: str
    sql: str
    why: str


PLAIN = (
    Plain(
        "leading-the",
        'titles that start with "The " and have no "the" in lower case',
        "title LIKE 'The %' AND NOT title LIKE '%the%'",
        "`LIKE` ignores letter case",
    ),
    Plain(
        "wildcards-in-title",
        "titles that contain `%` or `_`, or end with `*`",
        "title LIKE '%%%' OR title LIKE '%_%' OR title LIKE '%*'",
        "`%` and `_` are wildcards",
    ),
    Plain(
        "well-received-not-restricted",
        "not rated R, NC-17 or X, and a score of 8 or more",
        "NOT (rated IN ('R', 'NC-17', 'X')) AND tomatoes ->> '$.rating' >= 8",
        "`NOT (NULL IN ...)` is not true",
    ),
    Plain(
        "nominated-no-win-recorded",
        "two nominations or more, and no award won",
        "awards ->> '$.nominations' >= 2 AND NOT awards ->> '$.oscars' >= 1",
        "`NOT (NULL >= 1)` is not true",
    ),
    Plain(
        "family-or-unrated",
        "G, PG or unrated, not marked as unacclaimed, reviews 90% or better",
        "(rated IN ('G', 'PG') OR rated IS NULL) AND NOT acclaimed = 0 AND tomatoes ->> '$.meter' >= 90",
        "`NOT (NULL = 0)` is not true",
    ),
    Plain(
        "serious-drama-not-english",
        "dramas that are not comedies or romances, without English dialogue",
        "EXISTS (SELECT 1 FROM json_each(genres) WHERE value = 'Drama')"
        " AND EXISTS (SELECT 1 FROM json_each(genres) WHERE value NOT IN ('Comedy', 'Romance'))"
        " AND EXISTS (SELECT 1 FROM json_each(languages) WHERE value <> 'English')",
        '"no element is" became "an element is not"',
    ),
    Plain(
        "hits-2010-to-christmas-2012",
        "released by Christmas 2012 in New York, over 300 million dollars",
        "released >= '2010-01-01T00:00:00-05:00' AND released <= '2012-12-25T00:00:00-05:00'"
        " AND boxOfficeMillions > '300'",
        "instants and decimals compared as text",
    ),
)


def films() -> list[dict[str, Any]]:
    """The films of `films.ndjson`, as decoded JSON."""
    with (FOLDER / "films.ndjson").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def counts() -> Iterator[tuple[Plain, int, int]]:
    """Each query, how many films it selects, and how many its plain translation selects."""
    records = films()
    schema = criteria.Schema.from_file(FOLDER / "films.schema.json")
    connection = sqlite3.connect(":memory:")
    try:
        names = list(records[0])
        connection.execute(f"CREATE TABLE films ({', '.join(names)})")
        rows = [[_stored(record.get(name)) for name in names] for record in records]
        connection.executemany(f"INSERT INTO films VALUES ({', '.join('?' * len(names))})", rows)  # noqa: S608
        for plain in PLAIN:
            query = criteria.parse((FOLDER / "queries" / f"{plain.query}.json").read_text(encoding="utf-8"), schema)
            selected = criteria.compile(query, "python", records="json").filter(records)
            [[found]] = connection.execute(f"SELECT COUNT(*) FROM films WHERE {plain.sql}")  # noqa: S608
            yield plain, len(selected), found
    finally:
        connection.close()


def _stored(value: Any) -> Any:
    """Lists and objects as JSON, and decimals as text, as many applications store them; other values as they are."""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value) if isinstance(value, float) else value


def table() -> str:
    """The table of the README."""
    rows = ["| question about 400 films | correct | plain SQL | why |", "|---|---|---|---|"]
    rows += [f"| {plain.asks} | **{right}** | {found} | {plain.why} |" for plain, right, found in counts()]
    return "\n".join(rows)


if __name__ == "__main__":
    print(table())
