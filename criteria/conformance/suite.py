"""The checks as a pytest class. Subclass it, name an adapter, and run pytest."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from functools import partial
from random import Random
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

import criteria
from criteria import CriteriaError, Page, Problem, Query, Schema, Search
from criteria.conformance import checks, marks, schemas
from criteria.conformance.adapter import Adapter
from criteria.conformance.reference import plain_values
from criteria.conformance.strategies import criteria_objects, operands, order_by_texts, records
from criteria.conformance.suite_files import SuiteCase, cases, reference_cases
from criteria.conformance.tally import Tally
from criteria.conformance.years import moved
from criteria.tree.nodes import MEMBERSHIP, Operator

ROWS = 3_000
"""Of the large table: enough for an engine to plan joins, hashes and indexes that it does not use on ten rows."""

SIMPLEST = 1
"""Cases beside those that are asked for: Hypothesis draws the simplest case first, and no records say nothing."""

_CASES = list(cases(refused=False))
_REFERENCE_CASES = [pytest.param(case, others, id=str(case)) for case, others in reference_cases()]


class Suite:
    """Every check of the kit, for one engine.

        class TestMyEngine(Suite):
            adapter = MyEngine

    `adapter` is called once, without arguments, and gives an `Adapter`. Options of pytest: `--conformance-examples`
    sets how many generated cases each check draws, `--conformance-report` writes a report (docs/conformance.md).
    """

    adapter: ClassVar[Callable[[], Adapter]]

    @pytest.mark.parametrize("case", _CASES, ids=str)
    def test_suite_case(self, case: SuiteCase, conformance_adapter: Adapter, conformance_tally: Tally) -> None:
        """A hand-written case of the language-neutral suite: each test selects the records that it names."""
        conformance_tally.need(marks.of_case(case), len(case.tests))
        _run_case(conformance_adapter, conformance_tally, case)

    @pytest.mark.parametrize(("case", "others"), _REFERENCE_CASES)
    def test_references(
        self,
        case: SuiteCase,
        others: dict[str, tuple[dict[str, Any], ...]],
        conformance_adapter: Adapter,
        conformance_tally: Tally,
    ) -> None:
        """A hand-written case whose paths lead through references into other entities."""
        needed = marks.of_case(case).union({"references"}, *map(marks.of_schema, case.schema.entities.values()))
        conformance_tally.need(needed, len(case.tests))
        conformance_adapter.insert_entities(case.schema, others)
        _run_case(conformance_adapter, conformance_tally, case)

    @pytest.mark.parametrize("name", schemas.ALL)
    def test_generated_searches(
        self, name: str, conformance_adapter: Adapter, conformance_tally: Tally, conformance_examples: int
    ) -> None:
        """Generated searches over generated records give what docs/language.md says: records, order, page and count."""
        adapter, tally = conformance_adapter, conformance_tally
        schema = tally.trimmed(schemas.ALL[name])
        orders = st.just("") if "order_by" in tally.unsupported else order_by_texts(schema)
        limits = st.none() if "paging" in tally.unsupported else st.one_of(st.none(), st.integers(1, 4))
        skips = st.just(0) if "paging" in tally.unsupported else st.integers(0, 3)

        @_drawn(conformance_examples + SIMPLEST)
        @given(_records(schema, tally), _criteria(schema, tally), orders, limits, skips)
        def agree(
            rows: list[dict[str, Any]], wanted: dict[str, Any], order_by: str, limit: int | None, skip: int
        ) -> None:
            query = criteria.parse(wanted, schema)
            order = criteria.parse_order_by(order_by, schema) if order_by else ()
            counts = "total_count" not in tally.unsupported
            search = Search(query, order, limit, skip, get_total_count=counts)
            adapter.insert(schema, rows)
            tally.ran(len(rows))
            in_order = "order_by" not in tally.unsupported
            wrong = checks.wrong_answer(search, _answer(adapter, search), rows, in_order=in_order)
            assert wrong is None, _failed(adapter, [str(wrong)])

        agree()

    @pytest.mark.parametrize("name", schemas.ALL)
    def test_laws(
        self, name: str, conformance_adapter: Adapter, conformance_tally: Tally, conformance_examples: int
    ) -> None:
        """NOT partitions, NOT NOT changes nothing, De Morgan, AND narrows, the order of terms does not matter."""
        adapter, tally = conformance_adapter, conformance_tally
        schema = tally.trimmed(schemas.ALL[name])

        @_drawn(conformance_examples + SIMPLEST)
        @given(_records(schema, tally), _criteria(schema, tally, 3), _criteria(schema, tally, 3))
        def lawful(rows: list[dict[str, Any]], first: dict[str, Any], second: dict[str, Any]) -> None:
            adapter.insert(schema, rows)
            ids = {row["id"] for row in rows}
            wrong = list(checks.broken_laws(_select(adapter, tally, rows), schema, ids, first, second))
            assert not wrong, _failed(adapter, wrong)

        lawful()

    @pytest.mark.parametrize("name", schemas.ALL)
    def test_complements(
        self, name: str, conformance_adapter: Adapter, conformance_tally: Tally, conformance_examples: int
    ) -> None:
        """$nin is NOT $in, $ne is NOT equals (also of null), and each selects the rest; $in of a list is that of its
        parts."""
        adapter, tally = conformance_adapter, conformance_tally
        schema = tally.trimmed(schemas.ALL[name])
        tally.need({Operator.IN.value, Operator.NIN.value, Operator.NE.value})

        @_drawn(conformance_examples + SIMPLEST)
        @given(_fields_and_values(schema, tally))
        def lawful(drawn: tuple[list[dict[str, Any]], str, list[Any]]) -> None:
            rows, path, values = drawn
            adapter.insert(schema, rows)
            ids = {row["id"] for row in rows}
            wrong = list(checks.broken_complements(_select(adapter, tally, rows), path, schema, ids, values))
            assert not wrong, _failed(adapter, wrong)

        lawful()

    @pytest.mark.parametrize("name", schemas.ALL)
    def test_pages(
        self, name: str, conformance_adapter: Adapter, conformance_tally: Tally, conformance_examples: int
    ) -> None:
        """Pages of any size put together are the ordered list: no record twice, none missing."""
        adapter, tally = conformance_adapter, conformance_tally
        schema = tally.trimmed(schemas.ALL[name])
        tally.need({"paging", "order_by"})

        @_drawn(max(1, conformance_examples // 2) + SIMPLEST)
        @given(_records(schema, tally), _criteria(schema, tally, 2), order_by_texts(schema), st.integers(1, 3))
        def whole(rows: list[dict[str, Any]], wanted: dict[str, Any], order_by: str, size: int) -> None:
            query, order = criteria.parse(wanted, schema), criteria.parse_order_by(order_by, schema)
            adapter.insert(schema, rows)
            tally.ran(len(rows))
            wrong = list(checks.broken_pages(partial(_answer, adapter), query, order, size, len(rows)))
            assert not wrong, _failed(adapter, wrong)

        whole()

    @pytest.mark.parametrize("name", schemas.ALL)
    def test_large_table(
        self, name: str, conformance_adapter: Adapter, conformance_tally: Tally, conformance_examples: int
    ) -> None:
        """The same on 3,000 records with indexes and statistics, where engines choose other plans, and other ways to
        sort."""
        adapter, tally = conformance_adapter, conformance_tally
        schema = tally.trimmed(schemas.ALL[name])
        in_order = "order_by" not in tally.unsupported
        orders = order_by_texts(schema) if in_order else st.just("")
        # An engine sorts the first records of a page otherwise than all.
        limits = st.none() if "paging" in tally.unsupported else st.sampled_from([None, None, 10, 1_000])

        # A failure is not shrunk: each try would fill the table again, for minutes.
        @settings(_drawn(max(1, conformance_examples // 50)), phases=[Phase.explicit, Phase.reuse, Phase.generate])
        @given(
            _records(schema, tally, 12, 4),
            st.lists(st.tuples(_criteria(schema, tally), orders, limits), min_size=5, max_size=12),
            st.integers(0),
        )
        def agree(rows: list[dict[str, Any]], wanted: list[tuple[dict[str, Any], str, int | None]], seed: int) -> None:
            # The first draw is the simplest: the same criteria each time, on records that are alike.
            assume(len({json.dumps(one) for one, _, _ in wanted}) >= 4)
            many = multiplied(rows, schema, Random(seed))  # noqa: S311
            adapter.insert(schema, many)
            adapter.index(schema)
            typed = [schema.decode(record) for record in many]
            for one, order_by, limit in wanted:
                order = criteria.parse_order_by(order_by, schema) if order_by else ()
                search = Search(criteria.parse(one, schema), order, limit)
                tally.ran(len(many))
                wrong = checks.wrong_answer(search, _answer(adapter, search), many, in_order=in_order, typed=typed)
                assert wrong is None, _failed(adapter, [str(wrong)])

        agree()

    def test_unsupported_is_refused(self, conformance_adapter: Adapter, conformance_tally: Tally) -> None:
        """What an engine declares as unsupported is refused as `unsupported` before anything runs, never answered."""
        adapter = conformance_adapter
        for mark in conformance_tally.unsupported:
            for schema, search in _beyond(mark):
                conformance_tally.ran(0)
                problems = _refusal(adapter, schema, search)
                assert problems is not None, f"{adapter.name} answers what it declares as unsupported: {mark}."
                codes = {problem.code for problem in problems}
                assert codes == {"unsupported"}, f"{adapter.name} refuses {mark} with {codes}, expected unsupported."


def every_test() -> Iterator[tuple[str, str]]:
    """Each test of `Suite`: the name of its check, and what it is parametrised with, or an empty text."""
    for name, check in vars(Suite).items():
        if not name.startswith("test_"):
            continue
        drawn = [mark.args[1] for mark in getattr(check, "pytestmark", ()) if mark.name == "parametrize"]
        for one in drawn[0] if drawn else ("",):
            yield name.removeprefix("test_"), str(getattr(one, "values", (one,))[0])


def _answer(adapter: Adapter, search: Search) -> Page:
    """What an adapter answers. Fails if it is no page of ids, which nothing could be said about."""
    found: Any = adapter.run(search)
    wrong = checks.not_ids(found)
    assert wrong is None, _failed(adapter, [str(wrong)])
    return Page(tuple(found.data), found.has_more_records, found.total_count)


def _run_case(adapter: Adapter, tally: Tally, case: SuiteCase) -> None:
    """Runs the tests of a case that the engine supports, on the records of the case."""
    adapter.insert(case.schema, case.records)
    wrong = []
    for test in case.tests:
        search = case.search(test)
        if not tally.supports(marks.of_search(search) | marks.of_values(test, case.schema)):
            continue
        tally.ran(len(case.records))
        page = _answer(adapter, search)
        found, expected = list(page.data), test["matches"]
        if "orderBy" not in test:
            found, expected = sorted(found), sorted(expected)
        if found != expected or not case.fits(test, page):
            wrong.append(f"{test['description']}: {page!r} of {found}, expected {expected}.{_hint(test, found)}")
    assert not wrong, _failed(adapter, wrong)


def _refusal(adapter: Adapter, schema: Schema, search: Search) -> tuple[Problem, ...] | None:
    try:
        adapter.insert(schema, [])
        adapter.run(search)
    except CriteriaError as error:
        return error.problems
    return None


def multiplied(rows: list[dict[str, Any]], schema: Schema, draw: Random) -> list[dict[str, Any]]:
    """Many records whose members are drawn from those of a few; the key stays unique."""
    names = sorted({name for row in rows for name in row} - {"id"})
    key = {field.name for field in schema.key} - {"id"}
    made = []
    for number in range(1, ROWS + 1):
        parent = draw.choice(rows)
        record: dict[str, Any] = {"id": number}
        for name in names:
            holder = parent if name in key else draw.choice(rows)
            if name in holder:
                record[name] = holder[name]
        made.append(record)
    if not key:
        return made
    first: dict[Any, dict[str, Any]] = {}
    for record in made:
        first.setdefault(tuple(record[name] for name in sorted(key)), record)
    return list(first.values())


def _beyond(mark: str) -> list[tuple[Schema, Search]]:
    """Searches that need a mark, each with its schema."""
    beyond = marks.sample(mark)
    if beyond is not None:
        return [(beyond, Search(criteria.parse({}, beyond), limit=None))]
    if mark == "years":
        day = Schema("sample", [schemas.KEY, criteria.Field("d", "date")], system_properties=False)
        return [(day, Search(criteria.parse({"d": {"$gt": "0001-01-01"}}, day), limit=None))]
    if mark == "references":
        other = Schema("other", [schemas.KEY, criteria.Field("n", "integer")], system_properties=False)
        reference = criteria.Field("f", "objectRef", object_entity_type="other")
        referring = Schema("sample", [schemas.KEY, reference], system_properties=False).with_entities({"other": other})
        return [(referring, Search(criteria.parse({"f.n": 1}, referring), limit=None))]
    if mark == "object_lists":
        objects = criteria.ObjectList("f", [criteria.Field("n", "integer")])
        listed = Schema("sample", [schemas.KEY, objects], system_properties=False)
        return [(listed, Search(criteria.parse({"f.n": 1}, listed), limit=None))]
    plain = Schema("sample", [schemas.KEY, criteria.Field("f", "string")], system_properties=False)
    everything = criteria.parse({}, plain)
    found = {
        "order_by": [(plain, Search(everything, criteria.parse_order_by("f", plain), None))],
        "paging": [(plain, Search(everything, (), 1))],
        "total_count": [(plain, Search(everything, (), None, get_total_count=True))],
    }.get(mark, [])
    if mark in {operator.value for operator in Operator}:
        operand: Any = ["a", "b"] if Operator(mark) in MEMBERSHIP else "a"
        found.append((plain, Search(criteria.parse({"f": {mark: operand}}, plain), limit=None)))
    return found


def _drawn(examples: int) -> settings:
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    return settings(max_examples=examples, deadline=None, suppress_health_check=quiet)


def _criteria(schema: Schema, tally: Tally, max_leaves: int = 8) -> st.SearchStrategy[dict[str, Any]]:
    drawn = criteria_objects(schema, max_leaves, marks.operators(tally.unsupported))
    return drawn.map(moved) if "years" in tally.unsupported else drawn


def _records(
    schema: Schema, tally: Tally, max_size: int = 6, min_size: int = 0
) -> st.SearchStrategy[list[dict[str, Any]]]:
    drawn = records(schema, max_size, min_size)
    return drawn.map(moved) if "years" in tally.unsupported else drawn


def _select(adapter: Adapter, tally: Tally, rows: Collection[Any]) -> Callable[[Query], Collection[Any]]:
    def select(query: Query) -> Collection[Any]:
        tally.ran(len(rows))
        return _answer(adapter, Search(query, limit=None)).data

    return select


def _compared(schema: Schema) -> Iterator[tuple[tuple[str, ...], criteria.Field]]:
    """The fields of a schema, also those in its lists of objects, each with the path to it."""
    yield from ((field.path, field) for field in schema.fields)
    for objects in schema.object_lists:
        yield from ((objects.place.path + path, field) for path, field in _compared(objects.element))


@st.composite
def _fields_and_values(draw: st.DrawFn, schema: Schema, tally: Tally) -> tuple[list[dict[str, Any]], str, list[Any]]:
    """Records, a field or a path through lists of objects, and values to look for: those that the records hold there,
    and others."""
    rows = draw(_records(schema, tally))
    path, field = draw(st.sampled_from(list(_compared(schema))))
    held = [one for row in rows for one in plain_values(row, path)]
    values = st.one_of(st.sampled_from(held), operands(field)) if held else operands(field)
    wanted = draw(st.lists(values, max_size=3))
    return rows, ".".join(path), moved(wanted) if "years" in tally.unsupported else wanted


def _hint(test: dict[str, Any], found: list[Any]) -> str:
    """What the engine seems to do instead, if its answer is that of the misreading."""
    misread = test["misreading"]
    return f" That is what you get if {misread['says']}." if sorted(misread["selects"]) == sorted(found) else ""


def _failed(adapter: Adapter, wrong: list[str]) -> str:
    return f"{adapter.name} does not conform:\n" + "\n".join(f"- {one}" for one in wrong)
