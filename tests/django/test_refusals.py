"""What is refused, before anything runs, and what is left out of a schema."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field
from tests.conftest import Engines
from tests.django.orders import Orders, open_orders


@pytest.fixture(scope="module")
def orders(engines: Engines) -> Iterator[Orders]:
    with open_orders("sqlite", engines) as opened:
        yield opened


def made(kind: str, /, **attributes: Any) -> Any:
    """A model with other fields, of no application."""
    models: Any = import_module("django.db.models")
    meta = type("Meta", (), {"app_label": "refused"})
    return type(kind, (models.Model,), {"__module__": __name__, "Meta": meta, **attributes})


def refusal(model: Any, **options: Any) -> list[tuple[str, str]]:
    with pytest.raises(CriteriaError) as refused:
        criteria.django.model(model, **options)
    assert all(problem.hint for problem in refused.value.problems)
    return [(problem.code, problem.message) for problem in refused.value.problems]


def test_fields_without_a_type_are_left_out(orders: Orders) -> None:
    """`left_out` says which and why; a field that is named is refused instead."""
    asked = criteria.django.model(orders.models.Order)
    assert {"photo", "duration", "codes", "meta"}.isdisjoint(asked.schema.names)
    assert {"id", "company", "mood", "double"} <= set(asked.schema.names)
    assert len(asked.left_out) == 4
    assert all(problem.hint for problem in asked.left_out)
    assert refusal(orders.models.Order, include=["photo"]) == [
        ("unfit_column", 'Field "photo" of Order cannot be queried: the language has no type for FileField.')
    ]


def test_a_password_is_left_out_unless_it_is_named(orders: Orders) -> None:
    """A query on its beginning would tell what it is."""
    models: Any = import_module("django.db.models")
    user = made("User", name=models.CharField(max_length=9), password=models.CharField(max_length=9))
    assert criteria.django.model(user).schema.names == ("id", "name")
    assert criteria.django.model(user, include=["password"]).schema.names == ("id", "password")
    assert criteria.django.model(user, exclude=["id"]).schema.names == ("name",)


def test_names_that_do_not_exist(orders: Orders) -> None:
    """A name that is silently ignored would leave a field in, or out."""
    order = orders.models.Order
    assert refusal(order, exclude=["passwd"])[0][0] == "unknown_option"
    assert refusal(order, include=["nam"])[0][0] == "unknown_option"
    assert refusal(order, json={"mta": []})[0][0] == "unknown_option"
    assert refusal(order, types={"mta": "string"})[0][0] == "unknown_option"
    assert refusal(order, relations={"company": ["nam"]})[0][0] == "unknown_option"
    assert refusal(order, relations={"compan": ["name"]})[0][0] == "unknown_option"
    assert refusal(order, relations={"name": ["x"]})[0][0] == "unknown_option"
    other = criteria.django.model(orders.models.Label)
    assert refusal(order, relations={"company": other})[0][0] == "unknown_option"
    assert refusal(order, include="name") == [("unknown_option", 'include is a collection of names, not "name".')]
    assert refusal(order, naive="local")[0][0] == "unknown_option"


def test_relations_to_any_model(orders: Orders) -> None:
    """A GenericForeignKey leads to rows of many models."""
    models: Any = import_module("django.db.models")
    generic: Any = import_module("django.contrib.contenttypes.fields")
    kinds: Any = import_module("django.contrib.contenttypes.models").ContentType
    noted = made("Noted", notes=generic.GenericRelation("refused.Note"))
    note = made(
        "Note",
        kind=models.ForeignKey(kinds, on_delete=models.CASCADE),
        object_id=models.IntegerField(),
        about=generic.GenericForeignKey("kind", "object_id"),
    )
    assert refusal(note, relations={"about": ["id"]})[0][0] == "unsupported"
    assert refusal(noted, relations={"notes": ["id"]})[0][0] == "unsupported"


def test_fields_of_other_packages_are_declared(orders: Orders) -> None:
    """A field that converts its values may store anything; a subclass that converts nothing is known."""
    models: Any = import_module("django.db.models")
    upper: Any = type(
        "UpperField", (models.CharField,), {"get_prep_value": lambda self, value: value and value.upper()}
    )
    short: Any = type("ShortField", (models.CharField,), {"description": "A short text"})
    model = made("Converted", code=upper(max_length=9), word=short(max_length=9))
    asked = criteria.django.model(model)
    assert asked.schema.names == ("id", "word")
    assert "UpperField converts its values" in asked.left_out[0].message
    assert criteria.django.model(model, types={"code": "string"}).schema.names == ("id", "code", "word")


def test_converted_fields_have_no_cursors(orders: Orders) -> None:
    """An instance has another value than the one that the database sorts by, so a cursor of it would repeat rows."""
    models: Any = import_module("django.db.models")
    backwards: Any = type(
        "BackwardsField",
        (models.CharField,),
        {
            "get_prep_value": lambda self, value: value and value[::-1],
            "from_db_value": lambda self, value, expression, connection: value and value[::-1],
        },
    )
    model = made("Backwards", code=backwards(max_length=9))
    with orders.wrapper.schema_editor() as editor:
        editor.create_model(model)
    rows = model.objects.using("sqlite")
    for code in ("az", "by", "cx"):
        rows.create(code=code)
    asked = criteria.django.model(model, types={"code": "string"})

    def page(**given: Any) -> Any:
        return asked.page(criteria.parse_search({"orderBy": "code", "limit": 1, **given}, asked.schema), rows)

    assert ([one.code for one in page().data], page().next_cursor) == (["cx"], None)
    cursor = criteria.parse_search({"orderBy": "code", "limit": 1}, asked.schema).cursor({"id": 1, "code": "a"})
    with pytest.raises(CriteriaError) as refused:
        page(after=cursor)
    assert [problem.code for problem in refused.value.problems] == ["unsupported"]


def test_other_models_and_querysets(orders: Orders) -> None:
    """A queryset of another model may have fields of the same names."""
    models: Any = import_module("django.db.models")
    abstract = type("Meta", (), {"app_label": "refused", "abstract": True})
    base = type("Abstract", (models.Model,), {"__module__": __name__, "Meta": abstract})
    for wrong in (base, models.Model, orders.models.Order(), "tests_django.Order", orders.rows.all(), None):
        assert refusal(wrong)[0][0] == "invalid_parameter"
    asked = criteria.django.model(orders.models.Order, include=["id"])
    search = criteria.parse_search({"query": {"id": 1}, "limit": 1}, asked.schema)
    companies = orders.models.Company.objects.using(orders.using)
    assert asked.page(search, orders.models.GiftOrder.objects.using(orders.using)) == criteria.Page((), False)
    for call in (
        lambda: list(companies.filter(asked.q(search))),
        lambda: list(companies.annotate(found=asked.q(search))),
        lambda: asked.page(search, companies.all()),
        lambda: asked.page(search, orders.rows.all()[:2]),
        lambda: asked.page(search, orders.rows.all().union(orders.rows.all())),
        lambda: asked.page(search, orders.models.Order),
        lambda: asked.page({"limit": 1}),
        lambda: asked.select(None),
    ):
        with pytest.raises(CriteriaError) as refused:
            call()
        assert [problem.code for problem in refused.value.problems] == ["invalid_parameter"]
        assert refused.value.problems[0].hint


def test_instants_without_a_time_zone(orders: Orders) -> None:
    """With USE_TZ = False an instant is in the schema only if it is declared to be in UTC."""
    utils: Any = import_module("django.test.utils")
    with utils.override_settings(USE_TZ=False):
        assert criteria.django.model(orders.models.Order).schema.find("sent_at") is None
        asked = criteria.django.model(orders.models.Order, naive="utc")
        assert asked.schema.find("sent_at") is not None
        asked.check("sqlite")


def test_a_database_with_another_time_zone(orders: Orders) -> None:
    """Django stores instants in the time zone of a SQLite database, and local times repeat."""
    asked = criteria.django.model(orders.models.Order)
    orders.wrapper.settings_dict["TIME_ZONE"] = "Europe/Berlin"
    orders.wrapper.__dict__.pop("timezone_name", None)
    try:
        with pytest.raises(CriteriaError, match="stores instants as times of Europe/Berlin"):
            list(orders.rows.filter(asked.q(criteria.parse({"name": "x"}, asked.schema))))
    finally:
        orders.wrapper.settings_dict["TIME_ZONE"] = None
        orders.wrapper.__dict__.pop("timezone_name", None)


def test_columns_that_do_not_fit_on_a_database(orders: Orders) -> None:
    """SQLite stores decimals as doubles: the system check says so, and so does the first query."""
    models: Any = import_module("django.db.models")
    model = made("Precise", total=models.DecimalField(max_digits=20, decimal_places=2))
    asked = criteria.django.model(model)
    with pytest.raises(CriteriaError) as refused:
        list(model.objects.using("sqlite").filter(asked.q(criteria.parse({}, asked.schema))))
    assert [problem.code for problem in refused.value.problems] == ["unfit_column"]
    check: Any = import_module("criteria.django.checks").check_models
    assert [one.obj for one in check()] == [model]
    criteria.django.model(model, exclude=["total"]).check("sqlite")


def test_queries_of_another_schema(orders: Orders) -> None:
    asked = criteria.django.model(orders.models.Order)
    for query in (criteria.parse({"name": "x"}), criteria.parse({"name": "x"}, orders.asked.schema)):
        with pytest.raises(CriteriaError) as refused:
            asked.q(query)
        assert [problem.code for problem in refused.value.problems] == ["invalid_schema"]


def test_an_order_is_for_one_database(orders: Orders) -> None:
    """What it sorts by depends on the dialect."""
    expressions: Any = import_module("criteria.django.expressions")
    terms = orders.asked.order_by(criteria.parse_search({"orderBy": "name"}, orders.asked.schema), "sqlite")
    for term in terms:
        term.expression.dialect = "postgres"
    with pytest.raises(CriteriaError, match="The order was made for postgres"):
        list(orders.rows.order_by(*terms))
    assert expressions.dialect_of(orders.wrapper) == "sqlite"


def test_choices_of_a_function(orders: Orders) -> None:
    """They may change: the values of the field are not listed."""
    models: Any = import_module("django.db.models")
    model = made("Chosen", word=models.CharField(max_length=9, choices=lambda: [("a", "A")]))
    word = criteria.django.model(model).schema.find("word")
    assert word is not None
    assert word.values is None


def test_other_databases(orders: Orders) -> None:
    expressions: Any = import_module("criteria.django.expressions")
    with pytest.raises(CriteriaError) as refused:
        expressions.dialect_of(SimpleNamespace(vendor="oracle", display_name="Oracle"))
    assert [problem.code for problem in refused.value.problems] == ["unknown_dialect"]


def test_tables_that_django_does_not_manage(orders: Orders) -> None:
    """`reflect` reads how columns are stored, and on SQLite looks at their values."""
    models: Any = import_module("django.db.models")
    model = made("Legacy", token=models.UUIDField(null=True), name=models.CharField(max_length=9, null=True))
    with orders.wrapper.cursor() as cursor:
        cursor.execute("CREATE TABLE refused_legacy (id INTEGER PRIMARY KEY, token CHAR(36), name VARCHAR(9))")
        cursor.execute("INSERT INTO refused_legacy VALUES (1, '00000000-0000-4000-8000-00000000000a', 'a')")
    asked = criteria.django.model(model)
    condition = asked.q(criteria.parse({"token": "00000000-0000-4000-8000-00000000000A"}, asked.schema))
    rows = model.objects.using("sqlite").filter(condition)
    assert rows.count() == 0
    asked.reflect("sqlite")
    assert rows.count() == 1
    with orders.wrapper.cursor() as cursor:
        cursor.execute("INSERT INTO refused_legacy VALUES (2, 'no guid', 'a')")
    with pytest.raises(CriteriaError) as refused:
        asked.reflect("sqlite")
    assert [problem.code for problem in refused.value.problems] == ["unfit_column"]


def test_arrays_of_postgresql(engines: Engines) -> None:
    """An ArrayField is a list; one of lists is left out."""
    with open_orders("postgres-natural", engines) as opened:
        models: Any = import_module("django.db.models")
        array = import_module("django.contrib.postgres.fields").ArrayField
        model = made(
            "Arrays",
            words=array(models.CharField(max_length=9), null=True),
            numbers=array(models.IntegerField(), null=True),
            nested=array(array(models.IntegerField()), null=True),
        )
        asked = criteria.django.model(model)
        assert asked.schema.names == ("id", "words", "numbers")
        rows = model.objects.using("postgres-natural")
        with opened.rolled_back():
            with opened.wrapper.schema_editor() as editor:
                editor.create_model(model)
            for words, numbers in ((["a", "B"], [1, 2]), ([], None), ([None], [2])):
                rows.create(words=words, numbers=numbers)
            for found, count in (
                ({"words": "a"}, 1), ({"words": {"$ne": "a"}}, 2), ({"words": None}, 2), ({"numbers": {"$gt": 1}}, 2),
                ({"words": {"$startsWith": "b"}}, 0),
            ):  # fmt: skip
                assert rows.filter(asked.q(criteria.parse(found, asked.schema))).count() == count, found


def test_a_list_of_fields_in_json(orders: Orders) -> None:
    assert refusal(orders.models.Order, json={"meta": ["name"]})[0][0] == "invalid_schema"
    asked = criteria.django.model(orders.models.Order, json={"meta": [Field("a.b", "string", is_list=True)]})
    assert asked.schema.find("meta.a.b") is not None
    one = criteria.django.model(orders.models.Order, json={"codes": Field("codes", "integer", is_list=True)})
    assert (
        one.schema
        == criteria.django.model(orders.models.Order, json={"codes": [Field("codes", "integer", is_list=True)]}).schema
    )


def test_references_and_lists_of_objects_are_refused_with_their_place(orders: Orders) -> None:
    """The refusal comes before a queryset is made, and says what a model has instead."""
    asked = criteria.django.model(orders.models.Order)
    company = criteria.django.model(orders.models.Company)
    entity = asked.schema.find("company").object_entity_type
    query = criteria.parse(
        {"OR": [{"id": 1}, {"company.name": {"$ne": "a"}}]}, asked.schema, entities={entity: company.schema}
    )
    lines = criteria.Schema("lists", [criteria.ObjectList("lines", [Field("sku", "string")])])
    for other, pointer in (
        (query, "/OR/1/company.name/$ne"),
        (criteria.Search(query), "/OR/1/company.name/$ne"),
        (criteria.parse({"lines": {"$elemMatch": {"sku": "a"}}}, lines), "/lines/$elemMatch"),
    ):
        with pytest.raises(CriteriaError) as refused:
            asked.q(other)
        (problem,) = refused.value.problems
        assert (problem.code, problem.pointer) == ("unsupported", pointer)
        assert problem.hint
    for objects in (lines.object_lists[0], [*lines.object_lists]):
        assert refusal(orders.models.Order, json={"meta": objects})[0][0] == "unsupported"


def test_parameters_of_a_condition_of_the_server_are_not_those_of_a_client(orders: Orders) -> None:
    """SQLite takes 32,766: the two together have more, and each alone has fewer."""

    def weights(lists: int) -> criteria.Query:
        many = [{"weight": {"$in": [at * 400 + one + 0.5 for one in range(400)]}} for at in range(lists)]
        return criteria.parse({"OR": many}, orders.asked.schema)

    few, own = weights(50), weights(60)
    with orders.rolled_back():
        assert orders.asked.page(criteria.Search(few), orders.rows).data == ()
        for asked, is_asked in ((few, False), (weights(100), True)):
            with pytest.raises(CriteriaError, match="too many parameters") as refused:
                orders.asked.page(criteria.Search(asked & own, cursor_query=asked), orders.rows)
            assert refused.value.is_asked is is_asked


def test_a_refusal_without_conditions_of_the_server_is_compiled_once(
    orders: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the client asks is compiled again without them only if there are any, also those of a queryset."""
    found: list[str] = []
    compiler = orders.wrapper.ops.compiler

    def counted(name: str) -> Any:
        found.append(name)
        return compiler(name)

    monkeypatch.setattr(orders.wrapper.ops, "compiler", counted)
    many = [{"weight": {"$in": [at * 400 + one + 0.5 for one in range(400)]}} for at in range(100)]
    asked = criteria.parse({"OR": many}, orders.asked.schema)
    own = criteria.parse({"id": 1}, orders.asked.schema)
    with orders.rolled_back():
        for search, rows, count in (
            (criteria.Search(asked), orders.rows, 1),
            (criteria.Search(asked, cursor_query=asked), orders.rows.all(), 1),
            (criteria.Search(asked), orders.rows.filter(id=1), 2),
            (criteria.Search(asked & own, cursor_query=asked), orders.rows, 2),
        ):
            found.clear()
            with pytest.raises(CriteriaError, match="too many parameters") as refused:
                orders.asked.page(search, rows)
            assert refused.value.is_asked
            assert len(found) == count


def test_conditions_of_a_manager_are_those_of_the_server(orders: Orders) -> None:
    """The rows that a model's manager leaves out, and a queryset of it, are no matter of the client."""
    models: Any = import_module("django.db.models")
    own: list[Any] = []

    class Shown(models.Manager):  # type: ignore[misc]
        """Leaves rows out by long criteria."""

        def get_queryset(self) -> Any:
            return super().get_queryset().using(orders.using).filter(*own)

    model = made("Listed", weight=models.FloatField(null=True), objects=Shown())
    with orders.wrapper.schema_editor() as editor:
        editor.create_model(model)
    asked = criteria.django.model(model)

    def weights(lists: int) -> criteria.Query:
        many = [{"weight": {"$in": [at * 400 + one + 0.5 for one in range(400)]}} for at in range(lists)]
        return criteria.parse({"OR": many}, asked.schema)

    own.append(asked.q(weights(100)))
    for query, is_asked in ((weights(50), False), (weights(100), True)):
        for rows in (None, model.objects.all()):
            with pytest.raises(CriteriaError, match="too many parameters") as refused:
                asked.page(criteria.Search(query), rows)
            assert refused.value.is_asked is is_asked
