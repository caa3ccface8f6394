"""Generated queries, orders and pages on a mapped class select the rows that the Python predicate does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from itertools import islice, zip_longest
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import criteria
from criteria import Query, Search
from criteria.conformance.reference import ordered, value_of
from criteria.conformance.strategies import criteria_objects, order_by_texts, records
from criteria.search.cursor import decode_cursor
from criteria.tree.nodes import leaves
from tests.conftest import CASES, Engines, capped
from tests.sqlalchemy.databases import Database, database, each_driver, require_sqlalchemy
from tests.tables import orms

HOLDS: dict[str, Callable[[Any], bool]] = {
    "name": orms.is_short,
    "small": orms.within(16),
    "whole": orms.within(32),
}
MARIADB_HOLDS = HOLDS | {
    "day": orms.is_modern,
    "paid_at": orms.is_modern,
    "sent_at": orms.is_whole_second,
    "token": lambda value: orms.is_standard(value) and value.version != 8,
}
DONE: Counter[str] = Counter()
"""The queries and the rows of each driver."""


def instance(mapped: Any, record: Mapping[str, Any]) -> Any:
    """What a program writes for a typed record."""
    values: dict[str, Any] = {key: record.get(key) for key in HELD if record.get(key) is not None}
    for key in ("mood", "mood_text"):
        if values.get(key) is not None:
            values[key] = mapped.Mood(values[key])
    if values.get("paid_at") is not None:
        values["paid_at"] = values["paid_at"].replace(tzinfo=None)
    if record.get("meta") is not None:
        meta = record["meta"]
        values["meta"] = {key: value if key == "names" else orms.text_in_json(value) for key, value in meta.items()}
    row = mapped.Row(**values)
    if record.get("owner") is not None:
        owner = record["owner"]
        row.owner = mapped.Owner(name=owner.get("name"), rank=owner.get("rank"))
    parts = record.get("parts") or {}
    for sku, quantity in zip_longest(parts.get("sku") or (), parts.get("quantity") or ()):
        row.parts.append(mapped.Part(sku=sku, quantity=quantity))
    return row


def computed(record: dict[str, Any]) -> dict[str, Any]:
    """A record with what the class computes."""
    name, notes = record.get("name"), record.get("notes")
    return record | {"label": None if name is None else f"{name}!", "note": None if notes is None else f"{notes}?"}


HELD = (
    "id", "name", "notes", "small", "whole", "big", "is_gift", "total", "weight", "day", "paid_at", "sent_at", "token",
    "legacy", "mood", "mood_text", "state", "tags", "codes",
)  # fmt: skip


def walk(search: Search, typed: Sequence[dict[str, Any]]) -> Iterator[tuple[Search, list[int]]]:
    """The pages after and before each record that the search selects, with the ids of their records."""
    matches = criteria.compile(search.query, "python")
    in_order = ordered([one for one in typed if matches(one)], search.sort_keys)
    for at, record in enumerate(in_order):
        position = tuple(value_of(key.field, record) for key in search.sort_keys)
        after, before = in_order[at + 1 :], in_order[:at][::-1]
        limited = replace(search, skip=0, limit=2)
        yield replace(limited, after=position), [one["id"] for one in after[:2]]
        yield replace(limited, before=position), [one["id"] for one in before[:2]]


def is_loadable(record: Mapping[str, Any]) -> bool:
    """Whether drivers load a row as an object: the session's time may be in another year than UTC."""
    return record.get("sent_at") is None or 1 < record["sent_at"].year < 9999


def check(db: Database, mapped: Any, typed: list[dict[str, Any]], query: Query, search: Search) -> None:
    """A condition, NOT of it, as a column, in an alias; the count and a page."""
    sa, orm = import_module("sqlalchemy"), import_module("sqlalchemy.orm")
    model, row = mapped.MODEL, mapped.Row
    matches = criteria.compile(query, "python")
    wanted = [record["id"] for record in typed if matches(record)]
    others = [record["id"] for record in typed if record["id"] not in wanted]
    in_order = [record["id"] for record in ordered([one for one in typed if one["id"] in wanted], search.sort_keys)]
    end = None if search.limit is None else search.skip + search.limit

    def agree(session: Any) -> None:
        rows = [instance(mapped, record) for record in typed]
        session.add_all(rows)
        session.flush()
        where, alias = model.where(query), orm.aliased(row)

        def ids(statement: Any) -> list[int]:
            return list(session.scalars(statement.order_by(sa.text("id"))))

        assert ids(sa.select(row.id).where(where)) == wanted
        assert ids(sa.select(row.id).where(~where)) == others
        assert ids(sa.select(row.id).where(sa.not_(sa.and_(where, sa.true())))) == others
        assert ids(sa.select(alias.id).where(model.where(query, alias))) == wanted
        is_wanted = sa.select(row.id, where.label("is_wanted")).order_by(row.id)
        assert [one.id for one in session.execute(is_wanted) if one.is_wanted] == wanted
        assert session.scalar(model.count(query)) == len(wanted)
        selected = model.select(search, sa.select(row.id))
        assert list(session.scalars(selected))[: search.limit] == in_order[search.skip : end]
        has_related = any(key.field.path[0] in ("owner", "parts") for key in search.sort_keys)
        walked = [] if has_related else walk(search, typed)
        for page_search, expected in islice(walked, 4):
            found = list(session.scalars(model.select(page_search, sa.select(row.id))))
            assert found[: page_search.limit] == expected
            parts = model.pages(session, page_search, sa.select(row.id))
            assert [one for part in parts for one in session.scalars(part)][: page_search.fetch] == found
        if not has_related and all(map(is_loadable, typed)):  # objects have the cursors of their records
            session.expire_all()
            first = replace(search, skip=0, limit=2)
            page = model.page(session, first)
            assert (page.next_cursor is not None) is page.has_more_records
            if page.next_cursor is not None:
                [last] = [record for record in typed if record["id"] == page.data[-1].id]
                position = tuple(value_of(key.field, last) for key in first.sort_keys)
                assert decode_cursor(page.next_cursor, query, first.sort_keys, None) == position
        if not any(leaf.field.is_nested or leaf.field.name == "label" for leaf in leaves(query.expression)):
            by_column = criteria.compile(query, "python", by="column")
            assert sorted(one.id for one in rows if by_column(one)) == wanted
        DONE[db.driver] += 1
        DONE[f"{db.driver}-rows"] += len(rows)

    db.run(agree)


@each_driver
def test_generated_queries_select_the_rows_of_the_predicate(driver: str, engines: Engines) -> None:
    require_sqlalchemy()
    mapped: Any = import_module("tests.sqlalchemy.mapped")
    schema, holds = mapped.MODEL.schema, MARIADB_HOLDS if driver in ("pymysql", "mysql") else HOLDS
    with database(driver, engines, mapped.Base.metadata) as db:

        @settings(max_examples=capped(max(1, min(1000, CASES // 100))))
        @given(
            rows=records(schema, 8),
            criteria_json=criteria_objects(schema, 4),
            order_by=order_by_texts(schema),
            limit=st.one_of(st.none(), st.integers(1, 4)),
            skip=st.integers(0, 3),
        )
        def agree(
            rows: list[dict[str, Any]], criteria_json: dict[str, Any], order_by: str, limit: int | None, skip: int
        ) -> None:
            typed = [computed(orms.fitting(schema, holds, row)) for row in rows]
            query = criteria.parse(criteria_json, schema)
            check(db, mapped, typed, query, Search(query, criteria.parse_order_by(order_by, schema), limit, skip))

        agree()
