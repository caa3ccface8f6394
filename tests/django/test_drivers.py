"""Drivers with other settings than Django's own."""

from __future__ import annotations

from decimal import Decimal

import criteria
from tests.conftest import Engines
from tests.django.orders import ids, open_orders


def test_parameters_bound_by_the_server(engines: Engines) -> None:
    """psycopg binds parameters on the server, where each has a type."""
    with open_orders("postgres-natural", engines) as opened:
        opened.wrapper.close()
        opened.wrapper.settings_dict["OPTIONS"]["server_side_binding"] = True
        opened.wrapper.settings_dict["OPTIONS"].pop("pool", None)
        with opened.rolled_back():
            opened.create(
                opened.models.Order, {"id": 1, "name": "a", "weight": 0.1, "small": 2, "total": Decimal("1.5")}
            )
            for found in (
                {"name": {"$startsWith": "a"}}, {"name": {"$endsWith": "a"}}, {"weight": 0.1},
                {"small": {"$in": [1, 2]}}, {"total": {"$gte": 1.5}}, {"small": {"$lt": 2**40}},
                {"is_gift": {"$ne": True}}, {"meta.size": None},
            ):  # fmt: skip
                assert ids(opened.rows.filter(opened.asked.q(criteria.parse(found, opened.asked.schema)))) == [1], found
            page = opened.asked.page(
                criteria.parse_search({"orderBy": "name,meta.at"}, opened.asked.schema), opened.rows
            )
            assert [one.id for one in page.data] == [1]
