"""What people use instead of `criteria.sqlalchemy` and `criteria.django`: which of them selects the same rows, and how
fast (docs/compared.md)."""

from __future__ import annotations

import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import median
from time import process_time
from typing import Any
from unicodedata import combining, normalize

import criteria
from benchmarks import adapter_django, adapter_queries, adapter_sqlalchemy
from benchmarks.adapter_peer import CannotExpress, Peer
from benchmarks.harness import Group, Sizes, Timing
from benchmarks.sql_run_time import missing
from benchmarks.targets import Figure, Result
from criteria import Query
from criteria.tree.nodes import is_text, leaves
from tests.conftest import Engines
from tests.servers import MARIADB, POSTGRES
from tests.tables.orms import missing_orm

ENGINES = {"sqlite": "sqlite", "postgres": "postgres-natural", "mariadb": "mariadb"}
"""The engines, by their names in `Sizes`: with the collations that databases usually have."""

VERDICTS = ("same rows", "other rows", "cannot express", "error")
CAUSES = ("null", "wildcard", "text", "other")


@dataclass(slots=True)
class Tally:
    """What a contestant did with the queries on one engine: how many ended in each verdict, and why rows differ."""

    verdicts: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)

    @property
    def wrong(self) -> int:
        """How many queries it did not answer with the rows of the predicate."""
        return self.verdicts.total() - self.verdicts["same rows"]

    def __str__(self) -> str:
        causes = ", ".join(f"{one} {self.causes[one]}" for one in CAUSES if self.causes[one])
        notes = {"other rows": f" ({causes})"}
        return "; ".join(f"{self.verdicts[one]} {one}{notes.get(one, '')}" for one in VERDICTS if self.verdicts[one])


@dataclass(frozen=True, slots=True)
class Case:
    """A query, and the ids of the rows that the Python predicate selects."""

    query: Query
    wanted: list[int]


Missing = tuple[str, str]
"""The name of a contestant that is not here, and the reason."""

Opened = Callable[[Engines, str, Sequence[dict[str, Any]]], AbstractContextManager[list[Peer | Missing]]]
"""The contestants on an engine, with a table of the rows."""


def run(sizes: Sizes) -> Result:
    """Figures of the job `adapters`."""
    rows = adapter_queries.records(sizes.adapter_rows)
    cases = [_case(one, rows) for one in adapter_queries.queries(sizes.adapter_queries, rows)]
    figures: dict[str, Figure] = {}
    groups: list[Group] = []
    with ExitStack() as stack:
        engines = Engines(list(ENGINES.values()), stack)
        for library, (oldest, opened) in LIBRARIES.items():
            keys = (f"adapters.{library}", f"adapters.{library}_time")
            reason = missing_orm(library, oldest)
            if reason is not None:
                figures |= dict.fromkeys(keys, reason)
                continue
            wrong, time, found = _measured(library, opened, engines, rows, cases, sizes)
            figures |= dict(zip(keys, (wrong, time), strict=True))
            groups += found
    return Result(figures, tuple(groups))


def _case(criteria_json: dict[str, Any], rows: Sequence[Mapping[str, Any]]) -> Case:
    query = criteria.parse(criteria_json, adapter_queries.SCHEMA)
    return Case(query, [row["id"] for row in criteria.compile(query, "python").filter(rows)])


def _measured(
    library: str, opened: Opened, engines: Engines, rows: Sequence[dict[str, Any]], cases: Sequence[Case], sizes: Sizes
) -> tuple[float, Figure, list[Group]]:
    """How many queries the library's adapter answers otherwise on some engine, its time relative to code by hand, and
    the groups."""
    ours, wrong, groups = f"criteria.{library}", 0, []
    times: Group | None = None
    for name in [name for name in sizes.engines if name in ENGINES]:
        title = f"adapters: {library} on {name}, {len(cases)} queries on {len(rows)} rows"
        reason = missing(name)
        if reason is not None:
            groups.append(Group(title, (Timing(ours, None, None, None, reason),)))
            continue
        print(f"adapters: {library}, {name}", file=sys.stderr)
        with opened(engines, name, rows) as contestants:
            tallies = {one.name: _tally(one, cases, rows) for one in contestants if isinstance(one, Peer)}
            wrong += tallies[ours].wrong
            remarks = {one[0]: one[1] for one in contestants if not isinstance(one, Peer)}
            shown = remarks | {key: str(tally) for key, tally in tallies.items()}
            groups.append(Group(title, tuple(Timing(key, None, None, None, text) for key, text in shown.items())))
            if name == "sqlite":
                times = _times(library, [one for one in contestants if isinstance(one, Peer)], cases, sizes)
    if times is None:
        return float(wrong), "sqlite is not among the engines", groups
    return float(wrong), times.ratio(ours, times.timings[0].name), [*groups, times]


def _tally(peer: Peer, cases: Sequence[Case], rows: Sequence[Mapping[str, Any]]) -> Tally:
    tally = Tally()
    for case in cases:
        try:
            found = sorted(peer.ids(peer.request(case.query)))
        except CannotExpress:
            tally.verdicts["cannot express"] += 1
        except Exception:
            tally.verdicts["error"] += 1
        else:
            tally.verdicts["same rows" if found == case.wanted else "other rows"] += 1
            if found != case.wanted:
                differing = set(found) ^ set(case.wanted)
                tally.causes[_cause(case.query, [row for row in rows if row["id"] in differing])] += 1
    return tally


def _cause(query: Query, differing: Sequence[Mapping[str, Any]]) -> str:
    """What the rows that differ have in common: a null, a pattern's special characters in the operand, or a text."""
    compared = [leaf for leaf in leaves(query.expression) if leaf.value is not None]
    names = {leaf.field.name for leaf in compared}
    if all(any(row[name] is None for name in names) for row in differing):
        return "null"
    patterns = [_folded(str(leaf.value)) for leaf in compared if is_text(leaf.operator)]
    special = [one for one in patterns if any(character in one for character in "%_\\")]
    if any(one not in _folded(row["name"] or "") for one in special for row in differing):
        return "wildcard"
    return "text" if "name" in names else "other"


def _folded(text: str) -> str:
    """A text without case and accents."""
    return "".join(one for one in normalize("NFD", text.casefold()) if not combining(one))


def _times(library: str, peers: Sequence[Peer], cases: Sequence[Case], sizes: Sizes) -> Group:
    """CPU seconds from the request to the rows, over the queries that every contestant answers with the same rows."""
    asked = [case for case in cases if all(_is_right(peer, case) for peer in peers)]
    if not asked:
        raise AssertionError(f"{library}: the contestants agree on no query")
    requests = {peer.name: [peer.request(case.query) for case in asked] for peer in peers}
    seconds: dict[str, list[float]] = {peer.name: [] for peer in peers}
    for _ in range(sizes.rounds + 1):
        for peer in peers:
            start = process_time()
            for request in requests[peer.name]:
                peer.ids(request)
            seconds[peer.name].append((process_time() - start) / len(asked))
    best = {name: min(found[1:]) for name, found in seconds.items()}  # the first round fills caches
    by_hand = best[peers[0].name]
    title = f"adapters: {library} on sqlite, {len(asked)} queries that all answer alike, from the request to the rows"
    return Group(
        title, tuple(Timing(name, best[name], median(seconds[name][1:]), best[name] / by_hand) for name in best)
    )


def _is_right(peer: Peer, case: Case) -> bool:
    return _tally(peer, [case], ()).wrong == 0


@contextmanager
def _sqlalchemy(engines: Engines, name: str, rows: Sequence[dict[str, Any]]) -> Iterator[list[Peer | Missing]]:
    servers = engines.servers
    connect: dict[str, tuple[str, Callable[[], Any]]] = {
        "sqlite": ("sqlite://", lambda: sqlite3.connect(":memory:")),
        "postgres": (
            "postgresql+psycopg://",
            lambda: servers.get(POSTGRES).connect("natural", autocommit=False),
        ),
        "mariadb": ("mysql+pymysql://", lambda: servers.get(MARIADB).connect(autocommit=False)),
    }
    with adapter_sqlalchemy.filled(*connect[name], rows) as (session, mapped):
        yield adapter_sqlalchemy.peers(session, mapped, name)


@contextmanager
def _django(engines: Engines, name: str, rows: Sequence[dict[str, Any]]) -> Iterator[list[Peer | Missing]]:
    from tests.django.databases import configured, database_of

    connection = configured(f"adapters-{name}", dict(database_of(ENGINES[name], engines)))
    with adapter_django.filled(connection, rows) as found:
        yield adapter_django.peers(found)


LIBRARIES: dict[str, tuple[int, Opened]] = {"sqlalchemy": (2, _sqlalchemy), "django": (5, _django)}
"""The library of each adapter: its oldest version, and what opens a table with the rows."""
