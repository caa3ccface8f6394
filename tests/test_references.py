"""References across entities (docs/language.md#references), beside the examples of that page."""

from __future__ import annotations

import cProfile
import pickle
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import criteria
from criteria import CriteriaError, Field, ObjectList, Query, Schema, Search
from criteria.backends.sql import inner_tests
from criteria.backends.sql.dialects import DIALECTS
from criteria.backends.sql.render import print_node
from criteria.cache import CACHES
from criteria.conformance.checks import broken_laws
from criteria.conformance.reference import is_true
from criteria.conformance.strategies import criteria_objects, order_by_texts
from criteria.conformance.suite_files import SuiteCase, reference_cases
from criteria.explanation.finding_words import verdict_lines
from criteria.explanation.query_words import selects
from criteria.tree.normalize import normalize
from tests.conftest import CASES, Engines, capped
from tests.engines import Engine
from tests.linked_records import DISCOUNT, ENTITIES, ID, ORDER, ORGANIZATION, OWN, USER, WORLD, by_id, linked, refers

ANSWERING = ("sqlite", "postgres", "mariadb", "mysql", "mysql8", "duckdb")


def problems(make: Any) -> list[tuple[str, str]]:
    """The code and the pointer of each problem of what is refused."""
    with pytest.raises(CriteriaError) as caught:
        make()
    return [(problem.code, problem.pointer) for problem in caught.value.problems]


def again(value: Any) -> Any:
    """A value that was pickled."""
    return pickle.loads(pickle.dumps(value))  # noqa: S301


@pytest.mark.heavy("generated values")
@pytest.mark.parametrize("schema", [DISCOUNT, ORDER, USER.with_entities(ENTITIES)], ids=lambda one: str(one.name))
def test_generated_criteria_select_the_same_records_everywhere(schema: Schema, engines: Engines) -> None:
    """Every engine follows references as the reference evaluator does: null, dangling and repeated ones, in lists and
    inside JSON, two steps deep and back to the same entity. DuckDB and MongoDB refuse those inside lists of objects."""

    @settings(max_examples=capped(max(5, CASES // 100)))
    @given(rows=linked(schema), world=WORLD, source=criteria_objects(schema), order_by=order_by_texts(schema))
    def agree(rows: list[dict[str, Any]], world: Any, source: dict[str, Any], order_by: str) -> None:
        query = criteria.parse(source, schema)
        typed, objects = [schema.decode(row) for row in rows], by_id(world)
        key = (schema.find("id") or schema.key[0]).name
        expected = {row[key] for row in typed if is_true(query.expression, row, objects)}
        search = Search(query, criteria.parse_order_by(order_by, schema), None, get_total_count=True)
        for engine in engines.all():
            table, others = engine.table(schema), {name: engine.table(one) for name, one in schema.entities.items()}
            with ExitStack() as stack:
                for name, other in others.items():
                    stack.enter_context(other.holding(world[name]))
                stack.enter_context(table.holding(rows))
                try:
                    assert sorted(table.select(query)) == sorted(expected), engine.name
                    page = table.search(search)
                    assert (sorted(page.data), page.total_count) == (sorted(expected), len(expected)), engine.name
                except CriteriaError as error:
                    assert engine.name in ("mongodb", "duckdb", "duckdb-binary"), error
                    assert schema.name == "order"
                    assert {problem.code for problem in error.problems} == {"unsupported"}

    agree()


@pytest.mark.parametrize(("case", "others"), list(reference_cases()), ids=["1", "2"])
def test_suite_case(case: SuiteCase, others: dict[str, Any], engine: Engine) -> None:
    """Every engine selects the records that the suite names, whose misreadings select other ones."""
    table = engine.table(case.schema)
    tables = {name: engine.table(one) for name, one in case.schema.entities.items()}
    with ExitStack() as stack:
        for name, other in tables.items():
            stack.enter_context(other.holding(others[name]))
        stack.enter_context(table.holding(case.records))
        for test in case.tests:
            assert sorted(table.select(case.search(test).query)) == sorted(test["matches"]), test["description"]
            assert set(test["misreading"]["selects"]) != set(test["matches"]), test["description"]
            assert 0 < len(test["matches"]) < len(case.records), test["description"]


@pytest.mark.heavy("generated values")
@given(linked(DISCOUNT), WORLD, st.lists(criteria_objects(DISCOUNT, 3), min_size=2, max_size=2))
def test_laws_hold(rows: list[dict[str, Any]], world: Any, sources: list[dict[str, Any]]) -> None:
    """NOT partitions, De Morgan, and the others; normal form selects the same records."""
    typed, objects = [DISCOUNT.decode(row) for row in rows], by_id(world)
    lookups = {name: found.get for name, found in objects.items()}

    def select(query: Query) -> list[int]:
        found = [row["id"] for row in typed if is_true(normalize(query.expression), row, objects)]
        assert found == [row["id"] for row in criteria.compile(query, "python", lookups=lookups).filter(typed)]
        return found

    assert list(broken_laws(select, DISCOUNT, {row["id"] for row in rows}, *sources)) == []


@pytest.mark.heavy("generated values")
@given(criteria_objects(ORDER))
def test_queries_survive_a_round_trip(source: dict[str, Any]) -> None:
    """Criteria, tree, criteria, tree: the trees are equal. The JSON Schema accepts both."""
    query = criteria.parse(source, ORDER)
    assert criteria.parse(query.to_json(), ORDER) == query
    assert again(query) == query
    assert VALIDATOR.is_valid(source)
    assert VALIDATOR.is_valid(query.to_json())


VALIDATOR = Draft202012Validator(criteria.query_json_schema(ORDER))


@pytest.mark.heavy("generated values")
@given(linked(ORDER), WORLD, criteria_objects(ORDER, 3))
def test_an_explanation_agrees_with_the_predicate(
    rows: list[dict[str, Any]], world: Any, source: dict[str, Any]
) -> None:
    """The verdict of a record is that of the predicate, and every node has words and a pointer into the criteria."""
    query = criteria.parse(source, ORDER)
    lookups = {name: found.get for name, found in by_id(world).items()}
    matches = criteria.compile(query, "python", lookups=lookups)
    assert selects(query)
    for row in map(ORDER.decode, rows):
        explained = criteria.explain(query, row, written=source, lookups=lookups)
        assert explained.matches == matches(row)
        assert len(list(verdict_lines(explained.root))) >= 1
        assert explained.to_json()["matches"] == explained.matches


EMAIL = '{"name": "a", "user.email": {"$endsWith": "@x.org"}}'


@pytest.mark.parametrize(
    ("source", "pointer"),
    [
        ('{"id": 1, "user.email": {"$endsWith": "@x.org"}}', "/user.email/$endsWith"),
        ('{"OR": [{"id": 2}, {"NOT": {"user.organization.name": {"$ne": "a"}}}]}',
         "/OR/1/NOT/user.organization.name/$ne"),
        ('{"user.email": null}', "/user.email"),
        ('{"user": {"$elemMatch": {"age": 1}}}', "/user/$elemMatch"),
    ],
)  # fmt: skip
def test_what_other_backends_refuse(source: str, pointer: str) -> None:
    """The refusal names the place in the criteria, before anything runs, and says what to do."""
    plain = Schema("plain", [OWN[0], refers("user", "user")], system_properties=False)
    query = criteria.parse(source, plain, entities=ENTITIES)
    ways: list[tuple[Any, dict[str, Any]]] = [(name, {}) for name in ("frame", "qdrant", "lancedb")]
    ways += [
        ("sql", {"dialect": name, "tables": {"user": "u", "organization": "o"}})
        for name in DIALECTS
        if name not in ANSWERING
    ]
    for backend, options in ways:
        try:
            loaded = criteria.backends.load(backend)
        except CriteriaError as error:
            assert error.problems[0].code == "missing_package"
            continue
        with pytest.raises(CriteriaError) as caught:
            criteria.compile(query, loaded, **options)
        followed = [one for one in caught.value.problems if "reference" in one.message]
        assert followed, (backend, options)
        assert {(one.code, one.pointer) for one in followed} == {("unsupported", pointer)}, (backend, options)
        assert all(one.hint for one in followed)


@pytest.mark.parametrize(
    ("backend", "options"),
    [
        ("python", {}),
        ("python", {"lookups": {"organization": {}.get}}),
        ("python", {"lookups": [1]}),
        ("python", {"lookups": {"user": {}}}),
        ("sql", {"dialect": "sqlite"}),
        ("sql", {"dialect": "sqlite", "tables": {}}),
        ("sql", {"dialect": "sqlite", "tables": ("user",)}),
        ("sql", {"dialect": "sqlite", "tables": {"user": "a;b\n"}}),
        ("sql", {"dialect": "sqlite", "tables": {"user": None}}),
        ("mongo", {}),
        ("mongo", {"collections": {"organization": "o"}}),
        ("mongo", {"collections": {"user": 5}}),
    ],
)
def test_every_entity_of_a_query_is_somewhere(backend: str, options: dict[str, Any]) -> None:
    """A query that follows references is told where the objects are, or refused."""
    query = criteria.parse(EMAIL, DISCOUNT)
    with pytest.raises(CriteriaError) as caught:
        criteria.compile(query, criteria.backends.load(backend), **options)
    assert {problem.code for problem in caught.value.problems} == {"unknown_option"}
    assert criteria.compile(criteria.parse({"name": "a"}, DISCOUNT), criteria.backends.load(backend), **{
        name: value for name, value in options.items() if name == "dialect"
    })  # fmt: skip


def test_wrong_entities_are_refused() -> None:
    """What is not a mapping of names to schemas, and an entity without an id that is one integer."""
    nameless = Schema("a", [Field("name", "string")], system_properties=False)
    by_name = Schema("b", [Field("name", "string", nullable=False)], system_properties=False, key=["name"])
    pair = Schema(
        "c", [Field(name, "integer", nullable=False) for name in "ab"], system_properties=False, key=["a", "b"]
    )
    entities: dict[Any, Any] = {"user": nameless, "organization": by_name, "pair": pair, 5: USER, "text": "user"}
    assert problems(lambda: DISCOUNT.with_entities(entities)) == [
        ("invalid_schema", f"/entities/{name}") for name in ("user", "organization", "pair", "5", "text")
    ]
    for wrong in ([USER], "user", 5):
        assert problems(lambda wrong=wrong: criteria.parse({}, DISCOUNT, entities=wrong)) == [
            ("invalid_schema", "/entities")
        ]
    assert Schema("d", [Field("name", "string")]).with_entities({"d": Schema("d", [])}).entities["d"].key


def test_names_that_lead_nowhere() -> None:
    """Without the schema of its entity a reference leads nowhere, and a hint names what a client may mean."""
    alone = DISCOUNT.with_entities({})
    assert problems(lambda: criteria.parse({"user.email": "a"}, alone)) == [("unknown_field", "/user.email")]
    assert problems(lambda: criteria.parse({"user": {"$elemMatch": {"email": "a"}}}, alone)) == [
        ("operator_not_allowed", "/user/$elemMatch")
    ]
    with pytest.raises(CriteriaError) as caught:
        criteria.parse({"user.emial": "a"}, DISCOUNT)
    assert caught.value.problems[0].hint == 'Did you mean "user.email"?'
    deep = ".".join(["user", *["friends"] * 7, "email"])
    assert problems(lambda: criteria.parse({deep: "a"}, DISCOUNT)) == [("invalid_field_name", f"/{deep}")]
    assert criteria.parse({".".join(["user", *["friends"] * 6, "email"]): "a"}, DISCOUNT)
    assert problems(lambda: criteria.parse({"user.email": {"$elemMatch": {"a": 1}}}, DISCOUNT)) == [
        ("operator_not_allowed", "/user.email/$elemMatch")
    ]
    assert problems(lambda: criteria.parse({"user": {"$elemMatch": {}}}, DISCOUNT)) == [
        ("invalid_structure", "/user/$elemMatch")
    ]
    assert problems(lambda: criteria.parse({"user": {"$elemMatch": {"age": 1}}}, DISCOUNT, strict=True)) == [
        ("not_strict", "/user/$elemMatch")
    ]


@pytest.mark.parametrize("name", ["user.email", "guests.age", "user.organization.name"])
def test_no_order_by_fields_of_other_entities(name: str) -> None:
    """A page continues after the values of its last record, which does not have them."""
    assert [code for code, _ in problems(lambda: criteria.parse_order_by(name, DISCOUNT))] == ["not_sortable"]
    search = {"query": EMAIL, "orderBy": "name desc"}
    assert criteria.parse_search(search, DISCOUNT.with_entities({}), entities=ENTITIES).query.entities == ("user",)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"user.email": {"$ne": "a"}}, {"NOT": {"user.email": "a"}}),
        ({"user.email": None}, {"NOT": {"user.email": {"$ne": None}}}),
        ({"user.organization.name": {"$in": ["a"]}}, {"user.organization.name": {"$in": ["a"]}}),
        ({"user": {"$elemMatch": {"email": "a"}}}, {"user.email": "a"}),
        ({"user": {"$elemMatch": {"email": {"$ne": "a"}}}}, {"user": {"$elemMatch": {"email": {"$ne": "a"}}}}),
        ({"user": {"$elemMatch": {"objectId": 1}}}, {"user": {"$elemMatch": {"objectId": 1}}}),
        ({"user.objectId": 1}, {"user": 1}),
        ({"organization.code": 1}, {"organization.code": 1}),
    ],
)
def test_paths_are_written_as_paths(source: dict[str, Any], expected: dict[str, Any]) -> None:
    """Where a path says the same. The path to `objectId` is the reference itself, which may dangle."""
    query = criteria.parse(source, DISCOUNT)
    assert query.to_json() == expected
    assert criteria.parse(expected, DISCOUNT) == query


def test_joined_queries_have_the_entities_of_both() -> None:
    """A server's condition may follow other references than the client's, or none."""
    alone = DISCOUNT.with_entities({})
    client = criteria.parse({"user.email": "a"}, alone, entities={"user": USER})
    server = criteria.parse({"organization.name": "b"}, alone, entities={"organization": ORGANIZATION})
    joined = client & server & criteria.parse({"name": "c"}, alone)
    assert joined.schema == DISCOUNT
    assert joined.entities == ("user", "organization")
    assert (~joined | client).entities == ("user", "organization")
    assert repr(joined.schema) == "Schema('discount', 7 fields, 2 entities, key=())" or "2 entities" in repr(
        joined.schema
    )


def test_scopes_hide_objects() -> None:
    """Objects that a scope does not select count as missing, on every step; other entities are not limited."""
    wide = Schema("user", [*USER.fields, Field("tenant", "integer")], system_properties=False)
    own = criteria.parse({"tenant": 7}, wide)
    users = {1: {"email": "a", "tenant": 7, "friends": [2]}, 2: {"email": "b", "tenant": 8, "organization": 5}}
    lookups: dict[str, Any] = {"user": users.get, "organization": {5: {"name": "c"}}.get}

    def select(source: dict[str, Any]) -> list[int]:
        matches = criteria.compile(criteria.parse(source, DISCOUNT).within({"user": own}), "python", lookups=lookups)
        return [user for user in (1, 2, 3) if matches({"user": user, "items": [{"user": user}]})]

    assert select({"user.email": {"$ne": None}}) == [1]
    assert select({"user.email": None}) == [2, 3]
    assert select({"user.organization.name": "c"}) == []
    assert select({"user.friends.email": "b"}) == []
    assert select({"NOT": {"user.friends.email": "b"}}) == [1, 2, 3]
    for source in ({"items.user.email": "b"}, {"items": {"$elemMatch": {"user.email": "b"}}}):
        scoped = criteria.parse(source, ORDER).within({"user": own})
        assert not criteria.compile(scoped, "python", lookups=lookups)({"items": [{"user": 2}]})
    scoped = criteria.parse({"user.email": "a"}, DISCOUNT).within({"user": own})
    assert criteria.parse(scoped.to_json(), DISCOUNT, entities={"user": wide}).to_json() == scoped.to_json()
    other = Schema("other", [Field("x", "integer")], system_properties=False)
    assert problems(lambda: scoped.within({"user": criteria.parse({"x": 1}, other)})) == [("invalid_schema", "")]


@pytest.mark.parametrize(
    ("group", "operator"), [("AND", "$contains"), ("OR", "$contains"), ("AND", "$ne"), ("OR", "$ne"), ("OR", "$gt")]
)
@pytest.mark.parametrize("path", ["boss.name", "boss.boss.name"])
def test_limits_are_once_for_the_conditions_on_one_object(path: str, group: str, operator: str) -> None:
    """Three hundred conditions behind one reference have one subquery for each step, with the limit and without."""
    key = Field("id", "integer", is_unique=True, nullable=False)
    fields = [key, Field("name", "string"), Field("boss", "objectRef", object_entity_type="person")]
    public = Schema("person", fields, system_properties=False)
    stored = Schema("person", [*fields, Field("tenant", "integer")], system_properties=False)
    asked = {group: [{path: {operator: f"x{number}"}} for number in range(300)]}
    query = criteria.parse(asked, public, entities={"person": public})
    own = query.within({"person": criteria.parse({"tenant": 7}, stored)})
    for one in (query, own):
        sql = criteria.compile(one, "sql", dialect="postgres", tables={"person": "people"}).text
        assert sql.count("EXISTS") == path.count("boss")
        assert sql.count("tenant") == (path.count("boss") if one is own else 0)
    people = {1: {"name": "x1", "tenant": 7, "boss": 1}, 2: {"name": "x1", "tenant": 8, "boss": 1}}
    matches = criteria.compile(own, "python", lookups={"person": people.get})
    seen, hidden = matches({"boss": 1}), matches({"boss": 2})
    assert (seen, hidden) == (group == "OR", operator == "$ne")


def test_what_is_true_of_no_record_needs_no_limits() -> None:
    """An empty list makes the rest of an AND needless, and limits of it, too. It can be spelled, as before."""
    wide = Schema("user", [*USER.fields, Field("tenant", "integer")], system_properties=False)
    own = criteria.parse({"tenant": 7}, wide)
    query = criteria.parse({"AND": [{"name": {"$in": []}}, {"NOT": {"user.email": "a"}}]}, DISCOUNT)
    limited = query.within({"user": own})
    assert limited.entities == ()
    assert criteria.parse(limited.to_json(), DISCOUNT) == limited
    assert not criteria.compile(limited, "python")({"name": "a", "user": 1})
    assert query.within({"organization": own}) == query


@pytest.mark.parametrize(
    ("limit", "most"),
    [
        ({"OR": [{"age": {"$gt": -number}} for number in range(100)]}, 101),
        ({"objectId": {"$in": list(range(1000))}}, 1 + 10_000 // 41),
    ],
)
def test_limits_are_repeated_within_a_bound(limit: dict[str, Any], most: int) -> None:
    """Each condition on a list of references is joined with what limits its objects. Both together have a bound; what
    limits the objects alone has none."""
    scopes = {"user": criteria.parse(limit, USER)}

    def positive(count: int) -> Query:
        return criteria.parse({"AND": [{"guests.age": number} for number in range(count)]}, DISCOUNT)

    with pytest.raises(CriteriaError) as caught:
        positive(most + 1).within(scopes)
    assert caught.value.is_asked  # a client can mend it
    lookups = {"user": lambda number: {"objectId": number, "age": number}}
    matches = criteria.compile(positive(most).within(scopes), "python", lookups=lookups)
    assert matches({"guests": list(range(most))})
    assert not matches({"guests": list(range(most - 1))})
    assert positive(900).within({"organization": criteria.parse({}, ORGANIZATION)}) == positive(900)
    assert positive(1).within({"user": criteria.parse(limit, USER) & criteria.parse(limit, USER)}).entities == ("user",)


def test_a_look_up_may_raise() -> None:
    """What it raises reaches the caller: a failure is not an object that does not exist."""

    def lost(object_id: int) -> None:
        raise ConnectionError(object_id)

    predicate = criteria.compile(criteria.parse(EMAIL, DISCOUNT), "python", lookups={"user": lost})
    assert predicate({"name": "b", "user": 1}) is False
    for call in (lambda: predicate({"name": "a", "user": 1}), lambda: predicate.filter([{"name": "a", "user": 1}])):
        with pytest.raises(ConnectionError):
            call()
    assert predicate({"name": "a", "user": None}) is False


@pytest.mark.parametrize("value", ["1", True, 1.5, {"objectId": "1"}, [1], float("nan"), 2**64, "", {}])
def test_what_is_no_id_refers_to_nothing(value: Any) -> None:
    """Records hold anything, and a look-up gets integers of 64 bits only."""
    asked: list[Any] = []
    predicate = criteria.compile(criteria.parse({"user.age": None}, DISCOUNT), "python", lookups={"user": asked.append})
    assert predicate({"user": value})
    assert asked == []
    assert predicate({"user": {"objectId": 1}})
    assert asked == [1]


def test_joined_queries_of_the_same_entities_have_a_schema_that_was_there() -> None:
    """A server joins a condition to each query of its clients: comparing a new schema each time would take longer."""
    client = Schema("thing", [Field("id", "integer", is_unique=True, nullable=False)], system_properties=False)
    whole = Schema("thing", [*client.fields, Field("hidden", "boolean")], system_properties=False)
    asked, own = client.with_entities({"thing": client}), whole.with_entities({"thing": client})
    assert asked.with_entities({"thing": client}) is asked
    for joined in (
        criteria.parse({"id": 1}, asked) & criteria.parse({"hidden": False}, own),
        criteria.parse({"hidden": False}, own) & criteria.parse({"id": 1}, asked),
    ):
        assert joined.schema is own
    wider = criteria.parse({"hidden": False}, whole) & criteria.parse({"id": 1}, asked)
    assert wider.schema == own
    assert hash(wider.schema) == hash(own)


def test_json_schema_takes_no_longer_paths_than_parse() -> None:
    """A path of eight segments leads through references, and one of nine does not."""
    schema = Schema("user", [OWN[0], refers("user", "user"), Field("email", "string")], system_properties=False)
    schema = schema.with_entities({"user": schema})
    validator = Draft202012Validator(criteria.query_json_schema(schema))
    for count, fits in ((1, True), (2, True), (7, True), (8, False)):
        query = {".".join(["user"] * count + ["email"]): "a"}
        assert validator.is_valid(query) is fits
        assert not fits or criteria.parse(query, schema)
    assert not validator.is_valid({"user.user.email\n": "a"})


def test_explain_says_that_nothing_is_behind_a_dangling_reference() -> None:
    user = Schema("user", [OWN[0], Field("email", "string")], system_properties=False)
    fields = [OWN[0], refers("user", "user"), Field("friends", "objectRef", object_entity_type="user", is_list=True)]
    schema = Schema("order", fields, system_properties=False).with_entities({"user": user})
    found = {7: {"id": 7, "email": "b"}}
    for query, record, words in (
        ({"user.email": "a"}, {"id": 1, "user": 9}, "it has 9, and no user has that id"),
        ({"user.email": "a"}, {"id": 1, "user": 7}, "it has 7\n"),
        ({"user.email": "a"}, {"id": 1, "user": None}, "it has no value\n"),
        ({"friends.email": "a"}, {"id": 1, "friends": [9, 8]}, "it has [9, 8], and no user has one of these ids"),
        ({"friends.email": "a"}, {"id": 1, "friends": [9, 7]}, "it has [9, 7]\n"),
    ):
        explanation = criteria.explain(criteria.parse(query, schema), record, lookups={"user": found.get})
        assert words in "\n".join([*verdict_lines(explanation.root), ""])


def deep(levels: int) -> dict[str, Any]:
    """Groups and tests inside each other; joining the tests of a level puts one more OR into each."""
    inner: dict[str, Any] = {"email": "a"}
    for _ in range(levels):
        friend = {"friends": {"$elemMatch": {"AND": [inner, {"age": {"$ne": 1}}]}}}
        inner = {"OR": [friend, {"friends": {"$elemMatch": {"age": 3}}}, {"email": "z"}]}
    return inner


def test_the_deepest_tests_are_answered(engine: Engine) -> None:
    """A query as deep as the limits take, whose tests are joined at every level. SQLite's parser has no room for it."""
    schema = USER.with_entities(ENTITIES)
    query = criteria.parse(deep(5), schema)
    assert problems(lambda: criteria.parse(deep(6), schema)) == [("too_deep", "")]
    if engine.name == "sqlite":
        assert problems(lambda: engine.table(schema).select(query)) == [("unsupported", "")]
        query = criteria.parse(deep(3), schema)
    users = [{"objectId": 1, "email": "a", "friends": [1]}, {"objectId": 2, "friends": [9]}]
    table, organizations = engine.table(schema), engine.table(schema.entities["organization"])
    others = engine.table(schema.entities["user"])
    with ExitStack() as stack:
        for one, rows in ((organizations, []), (others, users), (table, users)):
            stack.enter_context(one.holding(rows))
        assert table.select(query) == [1]


MANY = [{"user.profile.boss.email": {operator: f"{number}"}} for number in range(40)
        for operator in ("$gt", "$startsWith", "$contains")]  # fmt: skip


def test_tests_of_one_reference_are_one_subquery_or_one_look_up() -> None:
    """Under AND, OR and NOT, whatever their operators: all are of the one object to which it refers."""
    for source in ({"OR": MANY}, {"NOT": {"OR": MANY}}, {"AND": MANY}, {"NOT": {"AND": MANY}}):
        query = criteria.parse(source, DISCOUNT)
        statement = criteria.compile(query, "sql", dialect="postgres", tables={"user": "users"})
        assert statement.text.count("EXISTS") == 2
        assert len(criteria.compile(query, "mongo", collections={"user": "users"})) == 3


PEOPLE = ((1, "ann", 40), (2, "bob", 50), (3, "abe", None), (4, "cy", 20))
EITHER = {"user.age": {"$gt": 30}}, {"user.email": {"$startsWith": "a"}}
NEITHER = tuple({"NOT": one} for one in EITHER)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"AND": [*EITHER]}, [1]),
        ({"OR": [*EITHER]}, [1, 2, 3]),
        ({"AND": [*NEITHER]}, [4, 5, 6]),
        ({"OR": [*NEITHER]}, [2, 3, 4, 5, 6]),
        ({"NOT": {"AND": [*EITHER]}}, [2, 3, 4, 5, 6]),
        ({"AND": [*EITHER, {"user.age": {"$ne": 40}}]}, []),
        ({"AND": [EITHER[0], NEITHER[1]]}, [2]),
        ({"OR": [NEITHER[0], NEITHER[1], {"user.age": 40}]}, [1, 2, 3, 4, 5, 6]),
    ],
)
def test_conditions_on_the_object_of_a_reference_are_joined(
    source: dict[str, Any], expected: list[int], engine: Engine
) -> None:
    """The rows are those of each condition alone: whether one, both or none is fulfilled, and where a reference is null
    or dangles."""
    users = [{"objectId": number, "email": email, "age": age} for number, email, age in PEOPLE]
    schema = DISCOUNT.with_entities(ENTITIES)
    rows = [
        {"id": number, "user": user, "organization": 9} for number, user in enumerate((1, 2, 3, 4, None, 99), start=1)
    ]
    table = engine.table(schema)
    others = [engine.table(schema.entities[name]) for name in ("user", "organization")]
    with ExitStack() as stack:
        for one, some in zip(others, (users, []), strict=True):
            stack.enter_context(one.holding(some))
        stack.enter_context(table.holding(rows))
        assert sorted(table.select(criteria.parse(source, schema))) == expected


@pytest.mark.parametrize("dialect", ["sqlite", "postgres", "mariadb", "mysql", "duckdb"])
def test_what_is_around_the_tests_of_one_reference_is_printed_once(
    dialect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand of them under AND take a thousand short texts, and no large tree. Each of a list of references may be
    fulfilled by another object."""
    printed: list[int] = []

    def counted(node: Any, name: str) -> str:
        printed.append(1)
        return print_node(node, name)

    monkeypatch.setattr(inner_tests, "print_node", counted)
    through = [{"friends.friends.email": each} for one in MANY[:60] for each in one.values()]
    query = criteria.parse({"AND": through}, USER.with_entities(ENTITIES))
    text = criteria.compile(query, "sql", dialect=dialect, tables={"user": "users"}).text
    assert text.count("email") >= 60
    assert len(printed) == 2  # both steps; nothing has their negations


class Counted(dict[int, Any]):
    """Objects by id, which keeps what was looked up."""

    def __init__(self, objects: dict[int, Any]) -> None:
        super().__init__(objects)
        self.asked: list[int] = []

    def find(self, number: int) -> Any:
        self.asked.append(number)
        return self.get(number)


NODE = Schema(
    "node",
    [
        OWN[0],
        Field("n", "integer"),
        refers("one", "node"),
        refers("some", "node", is_list=True),
        ObjectList("items", [refers("node", "node")]),
    ],
    system_properties=False,
)
NODE = NODE.with_entities({"node": NODE})


def mesh(count: int, length: int) -> dict[int, Any]:
    """Objects that all refer to several of them, in each way."""
    found = {}
    for number in range(count):
        ids = [(number * 7 + place) % count for place in range(length)]
        found[number] = {
            "id": number,
            "n": number,
            "one": ids[-1],
            "some": ids,
            "items": [{"node": one} for one in ids],
        }
    return found


@pytest.mark.parametrize(
    "path",
    [
        ["some"] * 7,
        ["items.node"] * 3,
        ["some", "one", "some", "items.node", "some"],
        ["one", "some", "one", "some", "some", "some"],
        ["items.node", "one", "some", "some", "some"],
    ],
    ids=".".join,
)
def test_each_object_is_tested_once_behind_lists_of_references(path: list[str]) -> None:
    """Many ways lead to the same 20 objects. The rows are those at the ends of all of them."""
    objects = Counted(mesh(20, 8))
    reached = []
    for start in objects:
        ends = {start}
        for step in path:
            kept = [objects[end] for end in ends]
            ends = {one for node in kept for one in ([node["one"]] if step == "one" else node["some"])}
        reached.append(ends)
    for wanted in (3, 99):
        query = criteria.parse({".".join([*path, "n"]): wanted}, NODE)
        predicate = criteria.compile(query, "python", lookups={"node": objects.find})
        for start, ends in enumerate(reached):
            objects.asked.clear()
            assert predicate(objects[start]) is (wanted in ends)
            assert len(objects.asked) <= 20 * len(path)
            objects.asked.clear()
        assert predicate.filter(objects.values()) == [objects[at] for at, ends in enumerate(reached) if wanted in ends]
        for start in (0, 5):
            objects.asked.clear()
            explanation = criteria.explain(query, objects[start], lookups={"node": objects.find})
            assert explanation.matches is (wanted in reached[start])
            assert len(objects.asked) == len(set(objects.asked))


def test_verdicts_on_objects_are_of_one_test_and_one_record() -> None:
    """Another test, another record and another call ask again; so does NOT, which has its own objects."""
    objects = Counted({1: {"id": 1, "n": 1, "some": [2]}, 2: {"id": 2, "n": 5, "some": [1, 1, 2]}})
    source = {"AND": [{"some.some.n": 5}, {"some.some.n": 1}, {"NOT": {"some.some.n": 7}}]}
    predicate = criteria.compile(criteria.parse(source, NODE), "python", lookups={"node": objects.find})
    assert [predicate(objects[1]), predicate(objects[2])] == [True, True]
    objects[2] = {"id": 2, "n": 6, "some": [1]}
    assert [predicate({"some": [2, 2, 1]}), predicate({"some": [1]}), predicate({"some": []})] == [False] * 3
    objects[2]["n"] = 5
    assert predicate({"some": [2, 2, 1]})


def test_a_look_up_may_ask_the_same_predicate() -> None:
    """The verdicts of the one inside are its own."""
    objects = mesh(5, 3)
    inside: list[bool] = []

    def find(number: int) -> Any:
        if not inside:
            inside.append(True)
            inside[0] = predicate({"some": [4, 9]})
        return objects.get(number)

    query = criteria.parse({"some.some.n": 4}, NODE)
    predicate = criteria.compile(query, "python", lookups={"node": find})
    expected = criteria.compile(query, "python", lookups={"node": objects.get})
    assert predicate(objects[0]) is expected(objects[0])
    assert inside == [expected({"some": [4, 9]})]
    inside.clear()
    assert predicate.filter(list(objects.values())) == expected.filter(list(objects.values()))


def test_a_failed_look_up_is_not_remembered() -> None:
    """The next call asks again."""
    objects, failing = mesh(5, 3), [True]

    def find(number: int) -> Any:
        if failing[0]:
            raise ConnectionError(number)
        return objects[number]

    predicate = criteria.compile(criteria.parse({"some.some.n": 2}, NODE), "python", lookups={"node": find})
    with pytest.raises(ConnectionError):
        predicate(objects[0])
    failing[0] = False
    assert predicate(objects[0])


def test_a_path_is_found_without_a_look_at_each_reference() -> None:
    """Parsing takes as many calls with 1,000 references beside those that a query follows as with three."""

    def calls(count: int) -> int:
        schema = Schema("u", [ID, *(refers(f"r{at}", "u") for at in range(count))], system_properties=False)
        schema = schema.with_entities({"u": schema})
        source = {"OR": [{"r1": {"$elemMatch": {"r0.r2.objectId": at}}} for at in range(20)]}
        criteria.parse(source, schema, limits=criteria.Limits(depth=10))  # hashes are kept
        profile = cProfile.Profile(builtins=False)
        for cache in CACHES:
            cache.clear()
        profile.runcall(criteria.parse, source, schema)
        return sum(entry.callcount for entry in profile.getstats())

    assert calls(1000) == calls(3)
