"""`criteria.pydantic.of`: criteria as a type (docs/fastapi.md#pydantic)."""

from __future__ import annotations

import json
from time import process_time
from typing import Annotated, Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_settings import BaseSettings

import criteria
from criteria import CriteriaError, Field, Query, Schema, Table
from criteria.json_schema import query_json_schema
from criteria.pydantic.faults import repeated

FILMS = Schema(
    "film",
    [Field("title", "string"), Field("year", "integer"), Field("kind", "string", values=["short", "feature"])],
    system_properties=False,
)
OTHERS = Schema("other", [Field("kind", "string", values=["a", "b"])], system_properties=False)
FilmQuery = Annotated[Query, criteria.pydantic.of(FILMS)]


class Saved(BaseModel):
    """A saved filter."""

    name: str
    films: FilmQuery
    others: Annotated[Query, criteria.pydantic.of(OTHERS)] | None = None
    more: list[FilmQuery] = []


ASKED = {"OR": [{"year": {"$gte": 2000}}, {"title": {"$startsWith": "A"}}]}
EXPECTED = criteria.parse(ASKED, FILMS)


@pytest.mark.parametrize("value", [ASKED, json.dumps(ASKED), json.dumps(ASKED).encode(), EXPECTED])
def test_values(value: Any) -> None:
    """Decoded JSON, JSON text and a query are one query."""
    assert Saved(name="x", films=value).films == EXPECTED


def test_models_as_json() -> None:
    """A model is written with the criteria as JSON, and read again."""
    saved = Saved.model_validate({"name": "x", "films": ASKED, "more": [{}]})
    assert saved.model_dump() == {"name": "x", "films": ASKED, "others": None, "more": [{}]}
    assert Saved.model_validate_json(saved.model_dump_json()) == saved


def test_a_query_over_another_schema_is_checked() -> None:
    """Its fields may not be those of this one."""
    with pytest.raises(ValidationError):
        Saved(name="x", films=criteria.parse({"kind": "a"}, OTHERS))
    same = criteria.parse({"year": 2000})
    assert Saved(name="x", films=same).films == criteria.parse({"year": 2000}, FILMS)


def test_every_problem_is_an_error_of_pydantic() -> None:
    """`type` is our code, `loc` the path through model and criteria, and the hint is in `ctx`."""
    given = {"name": 5, "films": {"yeer": 1, "OR": [{"title": "a"}, {"year": "x"}]}, "more": [{}, {"kind": "long"}]}
    with pytest.raises(ValidationError) as caught:
        Saved.model_validate(given)
    errors = {error["loc"]: error for error in caught.value.errors()}
    assert {place: error["type"] for place, error in errors.items()} == {
        ("name",): "string_type",
        ("films", "yeer"): "unknown_field",
        ("films", "OR", 1, "year"): "type_mismatch",
        ("more", 1, "kind"): "unknown_value",
    }
    assert errors["films", "yeer"]["input"] == 1
    assert errors["films", "yeer"]["ctx"] == {"pointer": "/yeer", "hint": 'Did you mean "year"?'}


def test_text_has_lines_and_columns() -> None:
    """Those of the text."""
    with pytest.raises(ValidationError) as caught:
        TypeAdapter[Query](FilmQuery).validate_python('{"year": 1,\n "yeer": 2}')
    [error] = caught.value.errors()
    assert (error["ctx"]["line"], error["ctx"]["column"], error["input"]) == (2, 2, 2)


@pytest.mark.parametrize("value", [5, None, [], "x", "", b"\xff", float("nan"), {"year": float("nan")}, object()])
def test_other_values_are_refused(value: Any) -> None:
    """As errors of Pydantic that JSON can hold."""
    with pytest.raises(ValidationError) as caught:
        TypeAdapter[Query](FilmQuery).validate_python(value)
    json.dumps(caught.value.errors(), allow_nan=False)


def test_a_message_is_no_template() -> None:
    """Pydantic fills names in braces, which a client may write."""
    with pytest.raises(ValidationError) as caught:
        TypeAdapter[Query](FilmQuery).validate_python({"{hint} {pointer}": 1})
    assert caught.value.errors()[0]["msg"] == 'There is no field "{hint} {pointer}" in "film".'


def test_problems_are_bounded() -> None:
    """A thousand faults are a hundred errors and one that says so, however long the values."""
    with pytest.raises(ValidationError) as caught:
        TypeAdapter[Query](FilmQuery).validate_python({"AND": [{f"f{n}": "x" * 5000} for n in range(1000)]})
    errors = caught.value.errors()
    assert (len(errors), errors[-1]["type"]) == (101, "too_many_problems")
    assert len(json.dumps(errors)) < 250_000


def test_the_json_schema_of_a_model_has_that_of_queries() -> None:
    """It is valid, accepts and refuses what the model does, and equal definitions are one."""
    schema = Saved.model_json_schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    assert validator.is_valid(
        {"name": "x", "films": ASKED, "others": {"kind": "a"}, "more": [{"NOT": {"kind": "short"}}]}
    )
    for wrong in ({"yeer": 1}, {"kind": "a"}, {"OR": [{"year": {"$gte": "x"}}]}, "text"):
        assert not validator.is_valid({"name": "x", "films": wrong})
    assert {"FilmCriteria", "OtherCriteria", "comparison-integer"} <= set(schema["$defs"])
    for name, definition in schema["$defs"].items():
        if name.endswith("Criteria"):
            own = FILMS if name == "FilmCriteria" else OTHERS
            for example in definition["examples"]:
                criteria.parse(example, own)


def test_equal_schemas_share_one_definition() -> None:
    """Two fields over one schema, and an equal schema made again."""
    again = Schema("film", FILMS.fields, system_properties=False)

    class Two(BaseModel):
        one: FilmQuery
        two: Annotated[Query, criteria.pydantic.of(again)]

    assert [name for name in Two.model_json_schema()["$defs"] if "Criteria" in name] == ["FilmCriteria"]


KEY = Field("id", "integer", is_unique=True, nullable=False)


def referring(name: str, *others: str) -> Schema:
    """A schema with a reference to each of other entities."""
    fields = [Field(f"to_{one}", "objectRef", object_entity_type=one) for one in others]
    return Schema(name, [KEY, *fields], system_properties=False)


def in_a_row(count: int) -> Schema:
    """A schema that leads to entities each of which refers to all those after it."""
    names = [f"e{at}" for at in range(count)]
    entities = {name: referring(name, *names[at:]) for at, name in enumerate(names, 1)}
    return referring("order", "e0").with_entities(entities)


LEADING_BACK: dict[str, tuple[Schema, dict[str, Any], dict[str, Any]]] = {
    "a user's boss": (
        referring("order", "user").with_entities({"user": referring("user", "user")}),
        {"to_user.to_user.id": 1}, {"to_user.id": "x"},
    ),
    "two that refer to each other": (
        referring("order", "user").with_entities(
            {"user": referring("user", "team"), "team": referring("team", "user")}
        ),
        {"to_user.to_team.id": 1}, {"to_user.name": 1},
    ),
    "back to the first": (
        referring("order", "user").with_entities(
            {"user": referring("user", "order"), "order": referring("order", "user")}
        ),
        {"to_user.to_order.id": 1}, {"to_user.id": "x"},
    ),
    "14 in a row": (in_a_row(14), {"to_e0.to_e1.id": 1}, {"to_e0.id": "x"}),
}  # fmt: skip


@pytest.mark.parametrize("name", LEADING_BACK)
def test_references_across_entities(name: str) -> None:
    """However many ways lead to an entity, or back to it, its definition is one, and is drawn at once."""
    schema, right, wrong = LEADING_BACK[name]
    started = process_time()

    class Held(BaseModel):
        held: Annotated[Query, criteria.pydantic.of(schema)]
        also: Annotated[Query, criteria.pydantic.of(schema)]

    drawn = Held.model_json_schema()
    assert process_time() - started < 10
    Draft202012Validator.check_schema(drawn)
    validator = Draft202012Validator(drawn)
    criteria.parse(right, schema)
    assert validator.is_valid({"held": right, "also": {}})
    with pytest.raises(CriteriaError):
        criteria.parse(wrong, schema)
    assert not validator.is_valid({"held": wrong, "also": {}})
    assert len(drawn["$defs"]) == len(query_json_schema(schema)["$defs"])


@pytest.mark.parametrize("name", ["films", *LEADING_BACK])
def test_the_type_alone_has_a_json_schema(name: str) -> None:
    """Criteria contain criteria: it is that of the annotation, and values are read and written as there."""
    schema, right, wrong = LEADING_BACK.get(name, (FILMS, ASKED, {"yeer": 1}))
    kind = criteria.pydantic.of(schema)
    alone = TypeAdapter[Query](kind)  # type: ignore[arg-type]
    drawn = alone.json_schema()
    assert drawn == TypeAdapter[Query](Annotated[Query, kind]).json_schema()
    validator = Draft202012Validator(drawn)
    assert validator.is_valid(right)
    assert not validator.is_valid(wrong)
    assert json.loads(alone.dump_json(alone.validate_json(json.dumps(right)))) == right
    with pytest.raises(ValidationError):
        alone.validate_python(wrong)
    listed = TypeAdapter[list[Query]](list[kind])  # type: ignore[valid-type]
    assert Draft202012Validator(listed.json_schema()).is_valid([right, {}])


def test_entities_of_one_name_in_two_schemas() -> None:
    """They are two definitions, and so are those that lead to them, whose texts are equal."""
    schemas = []
    for key in ("number", "code"):
        field = Field(key, "integer", is_unique=True, nullable=False)
        user = Schema("user", [field, Field("boss", "objectRef", object_entity_type="user")], system_properties=False)
        schemas.append(referring("order", "team").with_entities({"team": referring("team", "user"), "user": user}))

    class Both(BaseModel):
        first: Annotated[Query, criteria.pydantic.of(schemas[0])] | None = None
        second: Annotated[Query, criteria.pydantic.of(schemas[1])] | None = None

    validator = Draft202012Validator(Both.model_json_schema())
    for name, key, other in (("first", "number", "code"), ("second", "code", "number")):
        for one, is_right in ((key, True), (other, False)):
            asked = {"to_team": {"$elemMatch": {"to_user": {"$elemMatch": {one: 1}}}}}
            assert validator.is_valid({name: asked}) is is_right


def test_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Criteria in an environment variable."""

    class Settings(BaseSettings):
        visible: FilmQuery

    monkeypatch.setenv("VISIBLE", '{"year": {"$gte": 2000}}')
    assert Settings().visible == criteria.parse({"year": {"$gte": 2000}}, FILMS)  # type: ignore[call-arg]
    monkeypatch.setenv("VISIBLE", '{"yeer": 1}')
    with pytest.raises(ValidationError, match="unknown_field"):
        Settings()  # type: ignore[call-arg]


def test_sources() -> None:
    """A table lends its schema; what has none is refused with what to do."""
    columns = [criteria.Column("title", "text"), criteria.Column("year", "integer"), criteria.Column("kind", "text")]
    table = Table("films", FILMS, columns, dialect="sqlite")
    assert criteria.pydantic.of(table) == criteria.pydantic.of(FILMS)
    with pytest.raises(CriteriaError) as caught:
        criteria.pydantic.of(Saved)  # type: ignore[arg-type]
    assert caught.value.problems[0].hint == "Use Schema.from_annotations(Saved, ...)."
    with pytest.raises(CriteriaError, match="a value of class int"):
        criteria.pydantic.of(5)  # type: ignore[arg-type]


def test_inputs_are_repeated_within_bounds() -> None:
    """Short values as they are, others as text, and only their beginning is read."""
    assert repeated({"a": [1, None, "x", 1.5]}) == {"a": [1, None, "x", 1.5]}
    assert repeated(10**30) == str(10**30)
    assert repeated([float("inf")]) == ["inf"]
    assert repeated("\ud800") == "\\ud800"
    assert repeated({"\ud800": "\ud800"}) == {"\\ud800": "\\ud800"}
    assert len(repeated("x" * 2000)) == 1000
    wide: Any = [0] * 1000
    for _ in range(5):
        wide = [wide] * 1000
    assert isinstance(repeated(wide), str)
    deep: Any = 1
    for _ in range(500):
        deep = [deep]
    assert isinstance(repeated(deep), str)
    cycle: list[Any] = []
    cycle.append(cycle)
    assert isinstance(repeated(cycle), str)
