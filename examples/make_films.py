"""Make films.ndjson from movies.db, the film database of the PyPI package bokeh-sampledata 2026.1.

    python make_films.py path/to/movies.db [path/of/films.ndjson]

The same database always gives the same bytes. README.md says what the fields hold and where the data come from.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from examples.arguments import ArgumentParser

# Earlier releases of the package carry other data, under a licence that forbids commercial use.
DATABASE_SHA256 = "1d9c6a02e488d0354b2309e16130c58820a91ac2ce417e814c5964f9579a65ac"
FILM_COUNT = 400
FRESH_FROM = 60  # percent of favourable reviews from which Rotten Tomatoes calls a film fresh
ACCLAIMED_FROM = 81  # score from which Metacritic speaks of universal acclaim
NAME_ENDINGS = frozenset({"Jr.", "Sr.", "Jr", "Sr", "II", "III", "IV", "Princess of Wales"})

SELECT = """
    SELECT o."ID", o."Title", o."Year", o."Released", o."Runtime", o."Rating", o."Genre", o."Director", o."Cast",
           o."Language", o."Country", o."Metacritic", t."BoxOffice", o."Awards", t."Meter", t."Rating", t."Reviews"
    FROM omdb AS o JOIN tomatoes AS t ON t."ID" = o."ID"
    ORDER BY o."ID"
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One film as the database has it, in the order of the columns of SELECT."""

    item: int
    title: str
    year: int
    released: str
    runtime: float | None
    rated: str | None
    genres: str
    directors: str
    actors: str
    languages: str | None
    countries: str | None
    metacritic: int | None
    box_office: float | None
    awards: str | None
    meter: int | None
    rating: float | None
    reviews: int | None


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the selection: at most `size` films that are `wanted`, those with the lowest `rank` first."""

    size: int
    wanted: Callable[[Row], bool]
    rank: Callable[[Row], tuple[int | str, ...]]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = ArgumentParser(
        prog="python -m examples.make_films",
        description="Make films.ndjson from the movies.db of bokeh-sampledata 2026.1.",
    )
    parser.add_argument("database", type=Path, help="path of movies.db")
    parser.add_argument("output", type=Path, nargs="?", default=Path(__file__).with_name("films.ndjson"))
    options = parser.parse_args(arguments)
    try:
        digest = hashlib.sha256(options.database.read_bytes()).hexdigest()
    except OSError as error:
        parser.error(str(error))
    if digest != DATABASE_SHA256:
        parser.error(f"{options.database} is not the movies.db of bokeh-sampledata 2026.1 (its SHA-256 is {digest})")
    lines = [json.dumps(film(row), ensure_ascii=False) + "\n" for row in selection(rows(options.database))]
    options.output.write_text("".join(lines), encoding="utf-8", newline="\n")


def rows(database: Path) -> list[Row]:
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        return [Row(*columns) for columns in connection.execute(SELECT)]


def selection(films: Sequence[Row]) -> list[Row]:
    """FILM_COUNT films, by objectId: each share takes from what the shares before it have left."""
    chosen: dict[int, Row] = {}
    for share in shares(films):
        left = (row for row in films if row.item not in chosen and share.wanted(row))
        room = min(share.size, FILM_COUNT - len(chosen))
        chosen.update((row.item, row) for row in sorted(left, key=share.rank)[:room])
    return sorted(chosen.values(), key=lambda row: row.item)


def shares(films: Iterable[Row]) -> list[Share]:
    spellings = Counter(title.casefold() for title in {row.title for row in films})
    return [
        Share(60, lambda row: True, by_reviews),
        Share(30, lambda row: bool(re.search(r'[%_*+$#"\\]', row.title)), by_chance),
        Share(10, lambda row: spellings[row.title.casefold()] > 1, by_chance),
        Share(45, lambda row: any(letter.isalpha() and not letter.isascii() for letter in row.title), by_chance),
        *(Share(5, gap, by_chance) for gap in GAPS),
        Share(40, lambda row: "English" not in names(row.languages or "English"), by_chance),
        Share(40, lambda row: day_is_known(row.released) and row.rated is not None, by_chance),
        Share(25, lambda row: row.awards is not None, by_chance),
        Share(25, lambda row: row.box_office is not None, by_chance),
        *(Share(8, in_decade(start), by_chance) for start in range(1940, 2020, 10)),
        Share(FILM_COUNT, lambda row: True, by_chance),
    ]


def by_reviews(row: Row) -> tuple[int | str, ...]:
    return (-(row.reviews or 0), row.item)


def by_chance(row: Row) -> tuple[int | str, ...]:
    """An order that has nothing to do with what the film is, and is the same on every machine."""
    return (hashlib.sha256(str(row.item).encode("ascii")).hexdigest(),)


def in_decade(start: int) -> Callable[[Row], bool]:
    return lambda row: start <= row.year < start + 10


GAPS: tuple[Callable[[Row], bool], ...] = (
    lambda row: not row.genres,
    lambda row: not row.directors,
    lambda row: not row.actors,
    lambda row: row.languages is None,
    lambda row: row.countries is None,
    lambda row: row.runtime is None,
    lambda row: row.meter is None,
    lambda row: row.rating is None,
    lambda row: row.reviews is None,
)


def film(row: Row) -> dict[str, Any]:
    """The record of a film. At the top level an unknown value is null; inside an object its key is left out."""
    record: dict[str, Any] = {
        "objectId": row.item,
        "title": row.title,
        "year": row.year,
        "released": f"{row.released}T00:00:00.000Z" if day_is_known(row.released) else None,
        "runtimeMinutes": None if row.runtime is None else int(row.runtime),
        "rated": row.rated,
        "genres": names(row.genres),
        "directors": names(row.directors),
        "actors": names(row.actors),
        "languages": None if row.languages is None else names(row.languages),
        "countries": None if row.countries is None else names(row.countries),
        "metacritic": row.metacritic,
        "acclaimed": None if row.metacritic is None else row.metacritic >= ACCLAIMED_FROM,
        "boxOfficeMillions": millions(row.box_office),
    }
    objects = {"awards": awards(row.awards), "tomatoes": tomatoes(row)}
    return record | {name: value for name, value in objects.items() if value}


def day_is_known(released: str) -> bool:
    """Two thirds of the dates in the database are the first of January, evidently where only the year is known."""
    return not released.endswith("-01-01")


def names(text: str) -> list[str]:
    """The names in a comma-separated list; an ending ("Henry Z. Jones, Jr.") belongs to the name before it."""
    found: list[str] = []
    for part in filter(None, text.split(", ")):
        if part in NAME_ENDINGS and found:
            found[-1] += f", {part}"
        else:
            found.append(part)
    return found


def millions(dollars: float | None) -> float | None:
    """Dollars as millions of dollars, exact to the dollar.

    A few amounts in the database have three decimals, evidently a thousands separator misread as a decimal point.
    They are not dollars, so they count as unknown.
    """
    if dollars is None or dollars != int(dollars):
        return None
    return float(Decimal(int(dollars)).scaleb(-6))


def awards(text: str | None) -> dict[str, int]:
    patterns = {"oscars": r"Won (\d+) Oscar", "nominations": r"Nominated for (\d+) Oscar"}
    found = {name: re.search(pattern, text or "") for name, pattern in patterns.items()}
    return {name: int(match[1]) for name, match in found.items() if match}


def tomatoes(row: Row) -> dict[str, int | float | bool]:
    fresh = None if row.meter is None else row.meter >= FRESH_FROM
    values = {"meter": row.meter, "fresh": fresh, "rating": row.rating, "reviews": row.reviews}
    return {name: value for name, value in values.items() if value is not None}


if __name__ == "__main__":
    main()
