"""How often a plain translation to Django's lookups selects other rows: `python -m tests.django.hand_translation`.

Each operator becomes the lookup of its name, NOT becomes `~Q`, and a path becomes one of lookups. The figures are in
docs/django.md.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from importlib import import_module
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import criteria
from benchmarks.adapter_django import translated
from criteria.conformance.strategies import criteria_objects, records
from tests.conftest import Engines
from tests.django.orders import Orders, ids, open_orders, seen
from tests.django.test_agreement import schemas, write

ENGINES = ["sqlite", "postgres-natural", "mariadb"]
EXAMPLES = 300


def measure(orders: Orders, asked: Any) -> Counter[str]:
    """What the plain translation and the library select for the same queries: right, other rows, or an error."""
    found: Counter[str] = Counter()
    own, others = schemas(orders)

    @settings(
        max_examples=EXAMPLES, database=None, derandomize=True, phases=[Phase.generate], deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(
        rows=records(own, 8),
        companies=records(others["company"], 3),
        labels=records(others["labels"], 3),
        items=records(others["items"], 4),
        links=st.lists(st.integers(0, 11), min_size=24, max_size=24),
        queries=st.lists(criteria_objects(asked.schema, 2), min_size=5, max_size=5),
    )
    def count(
        rows: list[Any], companies: list[Any], labels: list[Any], items: list[Any], links: list[int],
        queries: list[dict[str, Any]],
    ) -> None:  # fmt: skip
        with orders.rolled_back():
            write(orders, own, others, rows, companies, labels, items, links)
            instances = [seen(one, orders.using) for one in orders.rows.order_by("id")]
            for criteria_json in queries:
                compare(orders, instances, criteria.parse(criteria_json, asked.schema), asked, found)

    count()
    return found


def compare(orders: Orders, instances: list[Any], query: criteria.Query, asked: Any, found: Counter[str]) -> None:
    """Counts what both select for one query, if it selects some of the rows and not all."""
    transaction: Any = import_module("django.db.transaction")
    wanted = ids(criteria.compile(query, "python", by="column").filter(instances))
    if len(wanted) in (0, len(instances)):
        return
    for name, condition in (("plain", translated(query.expression)), ("criteria", asked.q(query))):
        try:
            with transaction.atomic(using=orders.using):
                selected = ids(orders.rows.filter(condition))
            found[f"{name}: {'right' if selected == wanted else 'other rows'}"] += 1
        except Exception:
            found[f"{name}: error"] += 1


def main() -> None:
    """Prints the figures of each engine."""
    with ExitStack() as stack:
        engines = Engines(ENGINES, stack)
        for name in ENGINES:
            with open_orders(name, engines) as orders:
                models = orders.models
                company = criteria.django.model(models.Company, include=["name", "founded"])
                labels = criteria.django.model(models.Label, exclude=["id"])
                items = criteria.django.model(models.Item, include=["price", "text"], exclude=["id"])
                relations = {"company": company, "labels": labels, "items": items}
                asked = criteria.django.model(models.Order, types={"mood": "string"}, relations=relations)
                print(name, dict(sorted(measure(orders, asked).items())))


if __name__ == "__main__":
    main()
