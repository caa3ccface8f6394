"""The suite's files have the format that their README describes, for runners in other languages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

import criteria
from criteria import CriteriaError, Field, FieldType, Schema
from criteria.conformance.suite_files import FOLDER, WITHOUT_SCHEMA, PlainCase, SuiteCase, cases, plain_cases
from tests.engines.table import without_nested

README = (FOLDER / "README.md").read_text(encoding="utf-8")
FILES = sorted(FOLDER.glob("*.json"))
CASES = {
    f"{path.stem}-{number}": case
    for path in FILES
    for number, case in enumerate(json.loads(path.read_text(encoding="utf-8")), 1)
}
SELECTING = list(cases(refused=False))
REFUSING = list(cases(refused=True))

SPELLED = (FieldType.DATE, FieldType.DATE_TIME, FieldType.DECIMAL, FieldType.GUID)


def named_in(heading: str) -> set[str]:
    """The names in the first column of the README's table with this heading."""
    [table] = re.findall(rf"^\| {heading} \|.*?(?=\n\n|\Z)", README, re.MULTILINE | re.DOTALL)
    first_cells = re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE)
    return {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)}


def test_readme_names_every_file() -> None:
    """The table of files names every file of the suite."""
    assert named_in("file") == {path.stem for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files_have_the_format_of_the_json_schema(path: Any) -> None:
    """Runners in other languages can check a file before they read it."""
    import jsonschema

    schema = json.loads((FOLDER / "format" / "suite.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(path.read_text(encoding="utf-8")), schema, jsonschema.Draft202012Validator)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files_are_ascii(path: Any) -> None:
    """No editor can normalise a file's characters: all of them are ASCII."""
    assert path.read_bytes().isascii()


@pytest.mark.parametrize("name", CASES)
def test_case_has_the_keys_of_a_case(name: str) -> None:
    """A case and its schema have the keys that the README lists, and the descriptions of its tests differ."""
    case = CASES[name]
    if name.startswith(WITHOUT_SCHEMA):
        assert {"description", "records", "tests"} <= case.keys() <= {"description", "records", "tests", "columns"}
        assert case.get("columns", True) is True
        return
    assert {"description", "schema", "records", "tests"} <= case.keys() <= named_in("key of a case") - {"columns"}
    assert case.get("otherKinds", True) is True
    assert {"name", "systemProperties", "fields"} <= case["schema"].keys()
    assert case["schema"].keys() <= {"name", "systemProperties", "fields", "customProperties", "key"}
    assert case["schema"]["systemProperties"] is False
    assert case["tests"]
    descriptions = [test["description"] for test in case["tests"]]
    assert len(descriptions) == len(set(descriptions))
    assert (case["records"] == []) == name.startswith("refused")


@pytest.mark.parametrize("case", SELECTING, ids=str)
def test_id_names_the_records(case: SuiteCase) -> None:
    """No two records share their integer `id`, which is the key but in the file about keys."""
    own = case.schema.find("id")
    assert own is not None
    assert own.field_type is FieldType.INTEGER
    assert case.schema.key == (own,) or case.name.startswith("keys-")
    assert len({record["id"] for record in case.records}) == len(case.records)
    assert len({tuple(record[one.name] for one in case.schema.key) for record in case.records}) == len(case.records)


@pytest.mark.parametrize("case", SELECTING, ids=str)
def test_records_conform_but_where_other_kinds_are_announced(case: SuiteCase) -> None:
    """Records conform to the schema; with `otherKinds` their columns do, and something nested does not."""
    if not case.other_kinds:
        assert [conforms(case.schema, record) for record in case.records] == [True] * len(case.records)
        return
    for record in case.records:
        without_nested(case.schema, record)
    assert not all(conforms(case.schema, record) for record in case.records)


@pytest.mark.parametrize("case", SELECTING, ids=str)
def test_values_are_of_the_promised_kind(case: SuiteCase) -> None:
    """dateTimes, decimals and guids are strings, references integers, wherever values are of their field's kind."""
    for record in () if case.other_kinds else case.records:
        for field, value in values(case.schema, record):
            if field.field_type in SPELLED:
                assert type(value) is str, (record["id"], field.name)
            if field.field_type is FieldType.OBJECT_REF:
                assert type(value) is int, (record["id"], field.name)


@pytest.mark.parametrize("case", SELECTING, ids=str)
def test_nested_values_are_canonical(case: SuiteCase) -> None:
    """Inside a document or a list dateTimes and decimals have all their digits; a guid is canonical everywhere."""
    for record in case.records:
        for field, value in values(case.schema, record):
            has_one_spelling = field.is_nested or field.is_list or field.field_type is FieldType.GUID
            if has_one_spelling and field.field_type in SPELLED and conforms(alone(field), {"value": value}):
                assert canonical(field, value) == value, (record["id"], field.name)


@pytest.mark.parametrize("case", SELECTING, ids=str)
def test_no_array_under_a_scalar_field(case: SuiteCase) -> None:
    """No path of a scalar field leads to an array or through one."""
    for record in case.records:
        for field in case.schema.fields:
            found = [step for step, _ in steps(field, record)]
            assert not any(isinstance(step, list) for step in (found[:-1] if field.is_list else found)), field.name


@pytest.mark.parametrize("case", SELECTING, ids=str)
def test_selecting_tests_have_the_keys_of_a_test(case: SuiteCase) -> None:
    """Criteria or text, what they select, a misreading, and paging only where there is an order."""
    for test in case.tests:
        assert {"description", "matches", "misreading"} <= test.keys() <= {"description"} | named_in("key of a test")
        assert isinstance(test["criteria"], dict) if "criteria" in test else isinstance(test["text"], str), test
        assert not {"criteria", "text"} <= test.keys(), test
        assert test["misreading"].keys() == {"says", "selects"}, test
        assert test["misreading"]["says"], test
        assert "orderBy" in test or not test.keys() & {"limit", "skip", "getTotalCount"}, test


@pytest.mark.parametrize("case", SELECTING, ids=str)
def test_selected_records_exist(case: SuiteCase) -> None:
    """What a test and its misreading select are ids of the case's records, none twice, rising without an order."""
    ids = {record["id"] for record in case.records}
    for test in case.tests:
        for selected in (test["matches"], test["misreading"]["selects"]):
            assert set(selected) <= ids, test
            assert len(selected) == len(set(selected)), test
        assert "orderBy" in test or test["matches"] == sorted(test["matches"]), test


@pytest.mark.parametrize("case", SELECTING, ids=str)
def test_pages_say_what_a_page_says(case: SuiteCase) -> None:
    """A page is no longer than its limit and says whether more follows; it has a total where the search counts."""
    for test in case.tests:
        is_page, limit = bool(test.keys() & {"limit", "skip"}), test.get("limit", 10)
        assert ("hasMoreRecords" in test) == (is_page and limit > 0), test
        assert ("totalCount" in test) == test.get("getTotalCount", False), test
        assert not is_page or len(test["matches"]) <= limit, test
        assert len(test["matches"]) <= test.get("totalCount", len(case.records)) <= len(case.records), test


@pytest.mark.parametrize("case", list(plain_cases()), ids=str)
def test_cases_without_a_schema_have_what_all_cases_have(case: PlainCase) -> None:
    """Keys, ids, and misreadings that select other records; each test selects some records and leaves out some."""
    ids = {record["id"] for record in case.records}
    assert len(ids) == len(case.records)
    descriptions = [test["description"] for test in case.tests]
    assert len(descriptions) == len(set(descriptions))
    for test in case.tests:
        is_text = "text" in test
        assert test.keys() == {"description", "text" if is_text else "criteria", "matches", "misreading"}, test
        assert test["misreading"].keys() == {"says", "selects"}, test
        right, wrong = test["matches"], test["misreading"]["selects"]
        assert right == sorted(set(right)), test
        assert wrong == sorted(set(wrong)), test
        assert set(wrong) <= ids, test
        assert wrong != right, test
        assert set() < set(right) < ids, test


@pytest.mark.parametrize("case", REFUSING, ids=str)
def test_refused_tests_have_the_keys_of_one(case: SuiteCase) -> None:
    """Criteria or text, and faults of codes that the README lists, each with its place unless that is left open."""
    for test in case.tests:
        assert {"description", "refused"} <= test.keys() <= {"description", "criteria", "text", "orderBy", "refused"}
        assert ("criteria" in test) != ("text" in test), test
        assert test["refused"], test
        for fault in test["refused"]:
            assert {"code"} <= fault.keys() <= {"code", "pointer"}, test
            is_open = fault["code"] in {"invalid_json", "too_deep"} or "orderBy" in test
            assert ("pointer" in fault) != is_open, test


def test_every_code_has_a_test() -> None:
    """The codes of the README's table are those of the tests."""
    tried = {fault["code"] for case in REFUSING for test in case.tests for fault in test["refused"]}
    assert tried == named_in("code")


@pytest.mark.parametrize("case", REFUSING, ids=str)
def test_pointers_lead_to_a_place_in_the_criteria(case: SuiteCase) -> None:
    """A pointer leads to a value that the criteria have; where the order is refused, the criteria are right."""
    for test in case.tests:
        if "orderBy" in test:
            criteria.parse(test["criteria"], case.schema)
        for pointer in [fault["pointer"] for fault in test["refused"] if "pointer" in fault]:
            place = json.loads(test["text"], parse_int=str, parse_float=str) if "text" in test else test["criteria"]
            for token in pointer.split("/")[1:]:
                key = token.replace("~1", "/").replace("~0", "~")
                assert isinstance(place, list) or key in place, test
                place = place[int(key)] if isinstance(place, list) else place[key]


def conforms(schema: Schema, record: dict[str, Any]) -> bool:
    """Whether a record is one of the schema."""
    try:
        schema.decode(record)
    except CriteriaError:
        return False
    return True


def alone(field: Field) -> Schema:
    """A schema of one scalar of a field's type."""
    one = Field("value", field.field_type, precision=field.precision, scale=field.scale,
                object_entity_type=field.object_entity_type)  # fmt: skip
    return Schema("alone", [one], system_properties=False)


def canonical(field: Field, value: Any) -> Any:
    """The canonical spelling of a value."""
    schema = alone(field)
    return schema.encode(schema.decode({"value": value}))["value"]


def steps(field: Field, record: dict[str, Any]) -> Iterator[tuple[Any, str]]:
    """The value at each step of a field's path that the record has."""
    place: Any = record
    for segment in field.path:
        if not isinstance(place, dict) or segment not in place:
            return
        place = place[segment]
        yield place, segment


def values(schema: Schema, record: dict[str, Any]) -> Iterator[tuple[Field, Any]]:
    """The values of a record that are not null, each with its field; of a list the elements."""
    for field in schema.fields:
        found = [step for step, _ in steps(field, record)]
        if len(found) == len(field.path):
            value = found[-1]
            for one in value if isinstance(value, list) else [value]:
                if one is not None:
                    yield field, one
