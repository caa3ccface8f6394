"""Filtering lists of dicts, compared with hand-written comprehensions and peers; and the first predicate of a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from statistics import geometric_mean

import criteria
from benchmarks import by_hand, flights, people
from benchmarks.by_hand import Filter
from benchmarks.filter_peers import BASELINE, peers
from benchmarks.first_predicate import first_predicate
from benchmarks.harness import HOW_TO_GET, Contestant, Group, Ready, Sizes, compete
from benchmarks.people import Record
from benchmarks.queries import Criteria
from benchmarks.targets import Figure, Result
from criteria.values.loading import Lookups


def run(sizes: Sizes) -> Result:
    """Figures of the job `filter`."""
    count, rounds = sizes.records, sizes.rounds
    clean = _six("clean records", people.clean(count), by_hand.NULL_SAFE, rounds, _OTHERS)
    json = _six("JSON records with nulls", people.as_json(count), by_hand.NULL_SAFE, rounds, records="json")
    dirt = _six("typed records with dirt", people.with_dirt(count), by_hand.TYPE_SAFE, rounds)
    figures: dict[str, Figure] = {"filter.clean": _mean(clean), "filter.json": _mean(json), "filter.dirt": _mean(dirt)}
    few = min(count, _FEW)
    cached = [
        _six("clean records in the cache", people.clean(few), by_hand.NULL_SAFE, rounds),
        _six("JSON records with nulls in the cache", people.as_json(few), by_hand.NULL_SAFE, rounds, records="json"),
        _six("typed records with dirt in the cache", people.with_dirt(few), by_hand.TYPE_SAFE, rounds),
    ]
    figures |= {
        f"filter.cached_{kind}": _mean(six) for kind, six in zip(("clean", "json", "dirt"), cached, strict=True)
    }
    figures["filter.worst"] = _worst([*clean, *json, *dirt, *chain(*cached)])
    sixty = _sixty(people.clean(count), rounds)
    figures["filter.sixty"] = _faster(sixty)
    figures["filter.equality"] = _faster(clean[0])
    real = _flights(sizes)
    figures["filter.flights"] = real if isinstance(real, str) else _mean(real)
    dates = _dates(sizes)
    figures["filter.dates"] = dates.ratio(BASELINE, "criteria")
    cases = _letter_cases(sizes)
    figures["filter.case"] = _most([group.ratio("criteria", BASELINE) for group in cases])
    lists = _object_lists(sizes)
    figures["filter.objects"] = _worst(lists)
    references = _references(sizes)
    figures["filter.references"] = _worst(references)
    first, found = first_predicate(sizes)
    flown = [] if isinstance(real, str) else real
    in_memory = [*clean, *json, *dirt, *chain(*cached), sixty]
    groups = [*in_memory, *flown, dates, *cases, *lists, *references, *first, *peers(sizes)]
    return Result(figures | found, tuple(groups))


_FEW = 3_000
"""Records that fit into the cache of a processor."""


def _sixty(rows: Sequence[Record], rounds: int) -> Group:
    """A list of sixty strings."""
    countries = frozenset({*by_hand.NORDIC, *(f"{number:02}" for number in range(55))})
    contestants = [
        _hand(BASELINE, lambda rows: [row for row in rows if row.get("country") in countries], rows),
        _ours({"country": {"$in": sorted(countries)}}, people.SCHEMA, rows, "typed"),
    ]
    expected = _ids([row for row in rows if row.get("country") in countries])
    return compete("filter: $in of sixty strings, clean records", contestants, rounds, expected)


_OTHERS = {"by hand, without nulls": by_hand.UNSAFE, "by hand, types tested": by_hand.TYPE_SAFE}
"""Other hand-written versions: one for clean records, and one for values of other types."""


def _six(
    title: str,
    rows: Sequence[Record],
    hand: Mapping[str, Filter],
    rounds: int,
    others: Mapping[str, Mapping[str, Filter]] = {},
    records: str = "typed",
) -> list[Group]:
    groups = []
    for name, query in by_hand.QUERIES.items():
        contestants = [_hand(BASELINE, hand[name], rows), _ours(query, people.SCHEMA, rows, records)]
        contestants += [_hand(other, select[name], rows) for other, select in others.items()]
        groups.append(compete(f"filter: {name}, {title}", contestants, rounds, _ids(hand[name](rows))))
    return groups


def _ids(rows: Sequence[Record]) -> list[int]:
    """The identity of the records, in order: filters return the records themselves."""
    return [id(row) for row in rows]


def _hand(name: str, select: Filter, rows: Sequence[Record]) -> Contestant:
    return Contestant(name, lambda: Ready(lambda: select(rows), _ids(select(rows)), len(rows)))


def _ours(
    query: Criteria, schema: criteria.Schema, rows: Sequence[Record], records: str, lookups: Lookups | None = None
) -> Contestant:
    def prepare() -> Ready:
        select = criteria.compile(criteria.parse(query, schema), "python", records=records, lookups=lookups).filter
        return Ready(lambda: select(rows), _ids(select(rows)), len(rows))

    return Contestant("criteria", prepare)


def _faster(group: Group) -> float | str:
    return group.ratio(BASELINE, "criteria")


def _mean(groups: Sequence[Group]) -> Figure:
    """How much faster than by hand: the geometric mean, or the reason why there is none."""
    ratios = [_faster(group) for group in groups]
    faults = [ratio for ratio in ratios if isinstance(ratio, str)]
    return faults[0] if faults else geometric_mean([ratio for ratio in ratios if not isinstance(ratio, str)])


def _most(ratios: Sequence[float | str]) -> Figure:
    faults = [ratio for ratio in ratios if isinstance(ratio, str)]
    return faults[0] if faults else max(ratio for ratio in ratios if not isinstance(ratio, str))


def _worst(groups: Sequence[Group]) -> Figure:
    ratios = [_faster(group) for group in groups]
    faults = [ratio for ratio in ratios if isinstance(ratio, str)]
    return faults[0] if faults else min(ratio for ratio in ratios if not isinstance(ratio, str))


def _flights(sizes: Sizes) -> list[Group] | str:
    try:
        rows = flights.read(sizes.flights)
    except ModuleNotFoundError as missing:
        return f"{missing.name} is not installed: {HOW_TO_GET}"
    return [
        compete(
            f"filter: {name}, real flights",
            [_hand(BASELINE, flights.BY_HAND[name], rows), _ours(query, flights.SCHEMA, rows, "typed")],
            sizes.rounds,
            _ids(flights.BY_HAND[name](rows)),
        )
        for name, query in flights.QUERIES.items()
    ]


def _dates(sizes: Sizes) -> Group:
    """Compares dateTimes as text, which is correct for one spelling only; the library reads all of them."""
    rows = people.as_json(max(sizes.records // 10, 50))
    query = {"seen": {"$gte": "2021-06-01T00:00:00Z", "$lt": "2021-09-01T00:00:00Z"}}

    def select(rows: Sequence[Record]) -> list[Record]:
        first, end = "2021-06-01T00:00:00.000Z", "2021-09-01T00:00:00.000Z"
        return [row for row in rows if (seen := row.get("seen")) is not None and first <= seen < end]

    contestants = [_hand(BASELINE, select, rows), _ours(query, people.SCHEMA, rows, "json")]
    return compete("filter: dates, JSON records with nulls", contestants, sizes.rounds, _ids(select(rows)))


_OBJECT_LISTS: Mapping[str, tuple[Criteria, Filter]] = {
    "one object": (
        {"items": {"$elemMatch": {"sku": "pen", "quantity": {"$lt": 3}}}},
        lambda rows: [
            row
            for row in rows
            if any(
                one is not None and one.get("sku") == "pen" and one.get("quantity") is not None and one["quantity"] < 3
                for one in row.get("items") or ()
            )
        ],
    ),
    "no object": (
        {"items.sku": {"$ne": "pen"}},
        lambda rows: [
            row
            for row in rows
            if not any(one is not None and one.get("sku") == "pen" for one in row.get("items") or ())
        ],
    ),
}
"""Conditions on the objects of a list, and what is written for them by hand where there may be nulls."""


def _object_lists(sizes: Sizes) -> list[Group]:
    """Lists of up to four objects, some of them null."""
    item = criteria.ObjectList("items", [criteria.Field("sku", "string"), criteria.Field("quantity", "integer")])
    schema = criteria.Schema("orders", [item], system_properties=False)
    objects: Sequence[Record | None] = (
        {"sku": "pen", "quantity": 5}, {"sku": "ink", "quantity": 1}, None, {"sku": "pen", "quantity": 1},
        {"sku": "cap", "quantity": None},
    )  # fmt: skip
    rows: list[Record] = [
        {"items": [objects[(number * 7 + at) % 5] for at in range(number % 5)]} for number in range(sizes.records)
    ]
    return [
        compete(
            f"filter: lists of objects, {name}",
            [_hand(BASELINE, select, rows), _ours(query, schema, rows, "typed")],
            sizes.rounds,
            _ids(select(rows)),
        )
        for name, (query, select) in _OBJECT_LISTS.items()
    ]


def _references(sizes: Sizes) -> list[Group]:
    """References of records to a hundred users, some of whom do not exist, and lists of them."""
    user = criteria.Schema(
        "user",
        [criteria.Field("id", "integer", is_unique=True, nullable=False), criteria.Field("city", "string")],
        system_properties=False,
    )
    schema = criteria.Schema(
        "orders",
        [criteria.Field("user", "objectRef", object_entity_type="user"),
         criteria.Field("guests", "objectRef", object_entity_type="user", is_list=True)],
        system_properties=False,
    ).with_entities({"user": user})  # fmt: skip
    users = {number: {"id": number, "city": ("Lund", "Oslo", None)[number % 3]} for number in range(1, 101)}
    rows: list[Record] = [
        {"user": number % 110 or None, "guests": [number * 7 % 110, None, number % 13][: number % 4]}
        for number in range(sizes.records)
    ]

    def lives_in_lund(number: int | None) -> bool:
        found = None if number is None else users.get(number)
        return found is not None and found["city"] == "Lund"

    filters: Mapping[str, Filter] = {
        "user": lambda rows: [row for row in rows if lives_in_lund(row.get("user"))],
        "guests": lambda rows: [row for row in rows if any(map(lives_in_lund, row.get("guests") or ()))],
    }
    lookups = {"user": users.get}
    return [
        compete(
            f"filter: references, {name}",
            [_hand(BASELINE, select, rows), _ours({f"{name}.city": "Lund"}, schema, rows, "typed", lookups)],
            sizes.rounds,
            _ids(select(rows)),
        )
        for name, select in filters.items()
    ]


_IN_ANY_CASE: Mapping[str, tuple[str, Filter]] = {
    "contains": ("$icontains", lambda rows: [row for row in rows if "fox j" in row["text"].lower()]),
    "equals": ("$ieq", lambda rows: [row for row in rows if row["text"].lower() == "fox j"]),
    "ends with": ("$iendsWith", lambda rows: [row for row in rows if row["text"].lower().endswith("fox j")]),
}
"""Each operator, and what is usually written for it, which folds a few letters otherwise."""


def _letter_cases(sizes: Sizes) -> list[Group]:
    """Texts of ASCII, and texts of which each has other letters."""
    schema = criteria.Schema("texts", [criteria.Field("text", "string")], system_properties=False)
    groups = []
    for title, ending in (("ASCII", ""), ("other letters", " \u00c4\u00d6")):
        rows: list[Record] = [{"text": f"The brown Fox {'jk'[number % 2]}umps {number}{ending}"}
                              for number in range(sizes.records)]  # fmt: skip
        rows[::50] = [{"text": "FOX J"} for _ in rows[::50]]
        for name, (operator, select) in _IN_ANY_CASE.items():
            contestants = [_hand(BASELINE, select, rows), _ours({"text": {operator: "Fox J"}}, schema, rows, "typed")]
            groups.append(compete(f"filter: {name}, any letter case, {title}", contestants, sizes.rounds,
                                  _ids(select(rows))))  # fmt: skip
    return groups
