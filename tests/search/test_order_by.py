"""orderBy: names, directions, blanks and commas; types without an order; the unique key at the end."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import criteria
from criteria import Field, Schema, Search, SortKey
from criteria.conformance import schemas
from criteria.conformance.strategies import order_by_texts
from criteria.search.order_by import total_order
from tests.parsing.outcome import refused

NAMES = ("name", "email", "First Name", "asc", "desc", "name desc b", "de", "a,b", "x ascending", "\u00e9t\u00e9",
         "p.n", "descasc")  # fmt: skip
USERS = Schema(
    "user",
    [
        *(Field(name, "string") for name in NAMES),
        Field("key", "guid"),
        Field("tags", "string", is_list=True),
        Field("owner", "objectRef", object_entity_type="user"),
        Field("active", "boolean"),
    ],
)


def keys(text: str, schema: Schema = USERS) -> list[tuple[str, str]]:
    """Names and directions of an order that is accepted."""
    return [(key.field.name, "desc" if key.descending else "asc") for key in criteria.parse_order_by(text, schema)]


def problems(text: Any, schema: Schema = USERS) -> list[tuple[str, int, int]]:
    """Code, line and column of each problem of an order that is refused."""
    found = refused(lambda: criteria.parse_order_by(text, schema))
    assert isinstance(found, tuple)
    assert all(isinstance(one, criteria.Problem) and one.pointer == "" for one in found), found
    return [(one.code, one.line, one.column) for one in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name", [("name", "asc")]),
        ("name asc", [("name", "asc")]),
        ("name desc", [("name", "desc")]),
        ("name DESC", [("name", "desc")]),
        ("name dEsC,email AsC", [("name", "desc"), ("email", "asc")]),
        (" \t name \t desc \t , \t email \t ", [("name", "desc"), ("email", "asc")]),
        ("name,email,active", [("name", "asc"), ("email", "asc"), ("active", "asc")]),
        ("First Name desc,name", [("First Name", "desc"), ("name", "asc")]),
        ("First Name", [("First Name", "asc")]),
        ("asc", [("asc", "asc")]),
        ("desc", [("desc", "asc")]),
        ("desc desc", [("desc", "desc")]),
        ("asc desc,desc asc", [("asc", "desc"), ("desc", "asc")]),
        ("name desc b", [("name desc b", "asc")]),
        ("name desc b desc", [("name desc b", "desc")]),
        ("de desc", [("de", "desc")]),
        ("x ascending", [("x ascending", "asc")]),
        ("descasc DESC", [("descasc", "desc")]),
        ("\u00e9t\u00e9 desc", [("\u00e9t\u00e9", "desc")]),
        ("p.n desc", [("p.n", "desc")]),
        ("owner.objectId desc", [("owner", "desc")]),
        ("objectId", [("objectId", "asc")]),
    ],
)
def test_orders(text: str, expected: list[tuple[str, str]]) -> None:
    """Names may hold blanks, a last word asc or desc in any letters is the direction, blanks around words are free."""
    assert keys(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("invalid_order_by", 1, 1)),
        (",", ("invalid_order_by", 1, 1)),
        (",name", ("invalid_order_by", 1, 1)),
        ("name,,email", ("invalid_order_by", 1, 6)),
        ("name, ,email", ("invalid_order_by", 1, 7)),
        ("name\nemail", ("invalid_order_by", 1, 5)),
        ("name desc\n", ("invalid_order_by", 1, 10)),
        ("name descending", ("unknown_field", 1, 1)),
        ("name desc asc", ("unknown_field", 1, 1)),
        ("email,  nam desc", ("unknown_field", 1, 9)),
        ("NAME", ("unknown_field", 1, 1)),
        ("-name", ("unknown_field", 1, 1)),
        ("a,b", ("unknown_field", 1, 1)),
        ("name;email", ("unknown_field", 1, 1)),
        ("tags", ("not_sortable", 1, 1)),
        ("name,tags desc", ("not_sortable", 1, 6)),
        ("name,name", ("duplicate_sort_key", 1, 6)),
        ("name desc, name asc", ("duplicate_sort_key", 1, 12)),
        ("owner,owner.objectId", ("duplicate_sort_key", 1, 7)),
    ],
)
def test_wrong_orders(text: str, expected: tuple[str, int, int]) -> None:
    """A text that is not an order is refused at its fault, and a name that cannot be a sort key at the name."""
    found = problems(text)
    assert found[0] == expected
    assert len(found) == (2 if text == "a,b" else 1)


@pytest.mark.parametrize("text", ["   ", "name,", "name desc , "])
def test_orders_that_end_too_early(text: str) -> None:
    """An order that stops where a name should follow is refused at its end."""
    assert problems(text) == [("invalid_order_by", 1, len(text) + 1)]


@pytest.mark.parametrize("blank", ["\u3000", "\u00a0", "\u2028", "\u2003", "\ufeff"])
def test_blanks_that_are_letters(blank: str) -> None:
    """Only space and tab are blanks: any other one is a letter of the name, in its middle and at its ends."""
    names = [f"\u59d3{blank}\u540d", f"{blank}x", f"x{blank}", blank, f"desc{blank}"]
    schema = Schema("s", [Field(name, "string") for name in names])
    for name in names:
        assert keys(name, schema) == [(name, "asc")]
        assert keys(f" {name} desc ,\t{names[0] if name != names[0] else names[1]}", schema)[0] == (name, "desc")


@pytest.mark.parametrize("control", ["\x00", "\x0b", "\x1f", "\x7f", "\x85", "\n"])
def test_control_characters_in_an_order(control: str) -> None:
    """A control character is refused at its place: at the start of a name, inside it and after it."""
    assert problems(f"{control}name") == [("invalid_order_by", 1, 1)]
    assert problems(f"na{control}me") == [("invalid_order_by", 1, 3)]
    assert problems(f"name{control}") == [("invalid_order_by", 1, 5)]


def test_hints_for_the_first_unknown_names() -> None:
    """The first ten unknown names are shown the right one, the others are only named."""
    found = refused(lambda: criteria.parse_order_by(",".join(f"emai{number}" for number in range(12)), USERS))
    assert [one.hint for one in found] == ['Did you mean "email"?'] * 10 + [None] * 2


def test_orders_with_more_names_than_fields() -> None:
    """In an order of more names than there are fields the first hundred problems are listed, each at its place."""
    found = problems(",".join(["name", *["nam"] * 500, "email"]))
    assert found[:2] == [("unknown_field", 1, 6), ("unknown_field", 1, 10)]
    assert [code for code, _, _ in found] == ["unknown_field"] * 100 + ["too_many_problems"]


def test_a_name_with_a_comma_cannot_be_ordered_by() -> None:
    """A comma always separates two names, even when a field has one in its name."""
    assert "a,b" in USERS.names
    assert [code for code, _, _ in problems("a,b desc")] == ["unknown_field", "unknown_field"]


@pytest.mark.parametrize("source", [None, 5, ["name"], {"name": "desc"}, b"name", [("name", "desc")]])
def test_orders_must_be_strings(source: Any) -> None:
    """Only text is an order."""
    assert [one.code for one in refused(lambda: criteria.parse_order_by(source, USERS))] == ["invalid_order_by"]


def test_all_problems_at_once() -> None:
    """Every wrong name is found."""
    assert problems("nam,tags desc,name,name") == [
        ("unknown_field", 1, 1), ("not_sortable", 1, 5), ("duplicate_sort_key", 1, 20),
    ]  # fmt: skip


def test_hints() -> None:
    """A misspelt name is shown the right one, a wrong form how an order is written."""
    hints = [refused(lambda: criteria.parse_order_by(text, USERS))[0].hint for text in ("nmae", "name,")]  # noqa: B023
    assert hints == ['Did you mean "name"?', 'Write it like "name desc,email".']


def test_long_orders_are_refused() -> None:
    """An order of more than 65,536 characters is refused as too long."""
    assert keys(" " * 65_532 + "name") == [("name", "asc")]
    assert [one.code for one in refused(lambda: criteria.parse_order_by(" " * 65_533 + "name", USERS))] == ["too_long"]


def wide(count: int, key: Sequence[str] | None = ("id", "part")) -> Schema:
    """A schema with so many fields beside those of its key."""
    own = [Field(name, "integer", nullable=False) for name in ("id", "part")]
    return Schema("wide", [*own, *(Field(f"a{number}", "integer") for number in range(count))], key=key,
                  system_properties=False)  # fmt: skip


def test_an_order_has_at_most_32_sort_keys() -> None:
    """Those of the schema's key count, unless the order names them. The first key that is too many is shown."""
    schema = wide(40)
    names = [f"a{number}" for number in range(40)]
    assert len(keys(",".join(names[:30]), schema)) == 30
    assert len(keys(",".join([*names[:29], "part"]), schema)) == 30
    assert len(keys(",".join(["part", "id", *names[:30]]), schema)) == 32
    for some, first in ((names[:31], "a30"), (["part", *names[:31]], "a30"), (["id", "part", *names], "a30")):
        text = ",".join(some)
        [problem] = refused(lambda: criteria.parse_order_by(text, schema))  # noqa: B023
        place = text.split(",").index(first)
        assert (problem.code, problem.line, problem.column) == ("too_long", 1, len(",".join(some[:place])) + 2)
        with pytest.raises(criteria.CriteriaError) as error:
            criteria.parse_search({"orderBy": text}, schema)
        assert [(one.code, one.pointer, one.column) for one in error.value.problems] == [
            ("too_long", "/orderBy", problem.column)
        ]
    [problem] = refused(lambda: criteria.parse_order_by(",".join(names[:31]), schema))
    assert problem.message == "The order has 33 sort keys, 2 of them from the schema's key; 32 are allowed."


def test_too_many_sort_keys_are_one_problem_of_all() -> None:
    """The other problems of the order are listed with it."""
    found = problems(",".join(f"a{number}" for number in range(40)) + ",nam", wide(40))
    assert [code for code, _, _ in found] == ["unknown_field", "too_long"]


def test_a_search_made_by_hand_has_at_most_32_sort_keys() -> None:
    """With those of the schema's key, as in a search that is parsed, and also without a schema."""
    schema = wide(40)
    order = tuple(SortKey(field) for field in schema.fields[2:])
    everything, alike = criteria.parse({}, schema), criteria.parse({})
    assert len(Search(everything, order[:30]).sort_keys) == len(Search(alike, order[:32], None).sort_keys) == 32
    for query, some in ((everything, order[:31]), (alike, order[:33])):
        [problem] = refused(lambda: Search(query, some))  # noqa: B023
        assert (problem.code, problem.pointer) == ("too_long", "/orderBy")


def test_a_key_has_no_more_fields_than_an_order() -> None:
    """Every order ends with the key."""
    names = [f"a{number}" for number in range(33)]
    fields = [Field(name, "integer", nullable=False) for name in names]
    assert len(Schema("s", fields, key=names[:32], system_properties=False).key) == 32
    for many in (names, ["a0"] * 50_000, [f"k{number}" for number in range(50_000)]):
        [problem] = refused(lambda: Schema("s", fields, key=many, system_properties=False))  # noqa: B023
        assert (problem.code, problem.pointer) == ("invalid_schema", "/key")


@pytest.mark.parametrize(
    ("text", "last"),
    [("", ("objectId", "asc")), ("name", ("objectId", "asc")), ("name desc", ("objectId", "desc")),
     ("name desc,email", ("objectId", "asc")), ("name,email desc", ("objectId", "desc")),
     ("name,objectId desc", ("objectId", "desc")), ("objectId desc,name", ("name", "asc"))],
)  # fmt: skip
def test_the_key_ends_every_order(text: str, last: tuple[str, str]) -> None:
    """The unique key is appended in the direction of the last key, unless the order has it already."""
    order = criteria.parse_order_by(text, USERS) if text else ()
    complete = total_order(order, USERS)
    assert complete[: len(order)] == order
    assert (complete[-1].field.name, "desc" if complete[-1].descending else "asc") == last
    assert len({key.field for key in complete}) == len(complete)
    assert total_order(complete, USERS) == complete


def test_an_order_without_a_key() -> None:
    """Where the schema has no key nothing is appended."""
    keyless = Schema("s", [Field("name", "string")], system_properties=False)
    order = criteria.parse_order_by("name desc", keyless)
    assert total_order(order, keyless) == order
    assert total_order((), keyless) == ()


@given(st.sampled_from(list(schemas.ALL.values())).flatmap(lambda one: st.tuples(st.just(one), order_by_texts(one))))
def test_generated_orders(case: tuple[Schema, str]) -> None:
    """Writing the keys of an order as text and parsing that gives the same keys; blanks change nothing."""
    schema, text = case
    order = criteria.parse_order_by(text, schema)
    written = ",".join(f"{key.field.name} {'desc' if key.descending else 'asc'}" for key in order)
    assert criteria.parse_order_by(written, schema) == order
    assert criteria.parse_order_by(" \t" + written.replace(",", " ,  ") + "  ", schema) == order


def test_sort_keys_are_values() -> None:
    """Sort keys compare, hash and print in a few words."""
    first, second = criteria.parse_order_by("name desc,email", USERS)
    assert repr([first, second]) == "[SortKey('name', desc), SortKey('email', asc)]"
    assert first == SortKey(first.field, True) != SortKey(first.field)
    assert len({first, SortKey(first.field, True), second}) == 2


@pytest.mark.parametrize("word", ["de\u017fc", "DE\u017fC", "a\u017fc", "\uff41\uff53\uff43", "d\u00e9sc"])
def test_directions_are_ascii(word: str) -> None:
    """A word that only Unicode's letter case makes asc or desc is part of the name: unknown, or a field's own."""
    assert problems(f"name {word}") == [("unknown_field", 1, 1)]
    assert problems(f"email,name {word} desc") == [("unknown_field", 1, 7)]
    own = Schema("own", [Field(f"name {word}", "string"), Field("name", "string")])
    assert keys(f"name {word},name DESC", own) == [(f"name {word}", "asc"), ("name", "desc")]


@pytest.mark.heavy("traces memory")
def test_long_orders_are_remembered_by_their_size() -> None:
    """After a hundred orders of more than 50 KB, most of them blanks, less than 1.5 MB is held."""
    schema = Schema("t", [Field(f"f{number}", "string") for number in range(29)], system_properties=False)
    criteria.parse_order_by("f1 desc", schema)
    tracemalloc.start()
    try:
        for number in range(100):
            criteria.parse_order_by(",".join(f"f{key}{' ' * (1800 + number)}desc" for key in range(29)), schema)
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < 1.5e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", [" lead", "lead ", "lead,er"])
def test_hints_name_no_field_that_an_order_cannot_spell(name: str) -> None:
    """A comma ends a name, and blanks around it are no part of it."""
    schema = Schema("b", [Field("id", "integer", is_unique=True, nullable=False), Field(name, "string")],
                    system_properties=False)  # fmt: skip
    for text in (name, f"{name} desc"):
        with pytest.raises(criteria.CriteriaError) as caught:
            criteria.parse_order_by(text, schema)
        assert all("lead" not in (problem.hint or "") for problem in caught.value.problems)


def test_a_name_that_ends_with_a_direction() -> None:
    """It needs a direction behind it, and the hint writes one."""
    schema = Schema("b", [Field("id", "integer", is_unique=True, nullable=False), Field("Sort desc", "string")],
                    system_properties=False)  # fmt: skip
    assert keys("Sort desc asc", schema) == [("Sort desc", "asc")]
    with pytest.raises(criteria.CriteriaError, match='Write "Sort desc asc"'):
        criteria.parse_order_by("Sort desc", schema)
