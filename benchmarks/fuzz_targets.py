"""What `benchmarks.fuzz` runs: a target takes bytes, and raises only for a finding.

The first byte of an input chooses among variants: with or without a schema, strict or not, one dialect or another.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any

from criteria import (
    CriteriaError,
    Field,
    FieldType,
    Query,
    Schema,
    compile,
    explain,
    parse,
    parse_order_by,
    parse_search,
)
from criteria.backends.sql.dialects import DIALECTS
from criteria.files.csv_table import CsvTable
from criteria.files.faults import DataFault
from criteria.files.json_array import JsonArray
from criteria.files.ndjson import Ndjson
from criteria.files.records import Data, Table
from criteria.json_schema import query_json_schema
from criteria.parsing.yaml_query import parse_yaml
from criteria.text.json_layout import lay_out_json
from criteria.text.yaml_layout import lay_out_yaml

Run = Callable[[bytes], None]

_ATTRIBUTES: dict[FieldType, dict[str, object]] = {
    FieldType.STRING: {},
    FieldType.INTEGER: {},
    FieldType.BOOLEAN: {},
    FieldType.DECIMAL: {"precision": 20, "scale": 4},
    FieldType.DOUBLE: {},
    FieldType.DATE: {},
    FieldType.DATE_TIME: {"precision": 3},
    FieldType.GUID: {},
    FieldType.OBJECT_REF: {"object_entity_type": "user"},
}

SCHEMA = Schema(
    "thing",
    [
        *(Field(one.value, one, **attributes) for one, attributes in _ATTRIBUTES.items()),  # type: ignore[arg-type]
        Field("names", "string", is_list=True),
        Field("inner.amounts", "decimal", is_list=True, precision=12, scale=2),
        Field("inner.day", "date"),
        Field("inner.name", "string"),
    ],
    custom_properties=[Field("age", "integer")],
)
"""A field of each type, lists, and fields in nested objects."""

OPERANDS: tuple[object, ...] = (
    "a%_\\", -7, True, "1.5000", 2.5e-3, "2024-02-29", "2024-02-29T23:59:59.999+02:00",
    "123e4567-e89b-12d3-a456-426614174000", 12,
)  # fmt: skip
_SCALARS = [field for field in SCHEMA.fields if field.name in {one.value for one in FieldType}]

QUERIES: tuple[object, ...] = (
    {},
    *({field.name: operand} for field, operand in zip(_SCALARS, OPERANDS, strict=True)),
    {"AND": [{"string": {"$startsWith": "a"}}, {"OR": [{"integer": {"$gte": 1, "$lt": 5}}, {"double": None}]}]},
    {"NOT": {"names": {"$in": ["a", "b"]}, "inner.name": {"$ne": "x"}}},
    {"inner": {"day": {"$lte": "1999-12-31"}}, "customProperties.age": {"$nin": [1, 2]}},
    {"decimal": {"$gt": 1e3}, "dateTime": {"$lt": "0001-01-01T00:00:00Z"}, "objectRef.objectId": 3},
)

SCHEMAS: tuple[object, ...] = (
    {"name": "a", "fields": [{"name": "b", "fieldType": "decimal", "precision": 5, "scale": 2, "isList": True}]},
    {"name": "a", "systemProperties": False, "maxLimit": 5, "fields": [{"name": "b.c", "fieldType": "objectRef",
     "objectEntityType": "user", "column": "d", "description": "e", "isUnique": True, "nullable": False}]},
    {"name": "a", "fields": [], "customProperties": [{"name": "b", "fieldType": "dateTime", "precision": 3}]},
)  # fmt: skip

RECORDS = (
    {"objectId": 1, "string": "a", "integer": 5, "boolean": False, "decimal": "1.50", "double": 1e300, "names": ["a"]},
    {"objectId": 2, "inner": {"amounts": ["1.00", 2], "day": "2024-02-29"}, "dateTime": "2024-02-29T00:00:00Z"},
)

_QUERY_WORDS = (
    "AND", "OR", "NOT", "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$startsWith", "$endsWith",
    "$contains", "null", "true", "false", "NaN", "Infinity", "-0.0", "1e999", "\\ud800", "\\u0000", "\ufeff", "\u2028",
    "\u017f", "\ufb00", "9223372036854775808", "0001-01-01", "9999-12-31T23:59:59.999Z", "+23:59", *SCHEMA.names,
)  # fmt: skip
_SCHEMA_WORDS = (
    "name", "fields", "fieldType", "customProperties", "systemProperties", "maxLimit", "precision", "scale", "isList",
    "isUnique", "nullable", "objectEntityType", "column", "description",
    *(one.value for one in FieldType), "true", "false", "null",
)  # fmt: skip
_YAML_WORDS = (
    "&a ", "*a", "<<: ", "!!str ", "!!int ", "!!binary ", "!", "%YAML 1.1", "%TAG ! tag:", "---", "...", "? ",
    ": ", "- ", "|+2", ">-", "# ", "0o7", "0x1f", "1_000", ".inf", ".nan", "yes", "~", "'", "\\x85", "\\N", "\u0085",
    "\u2029", "\t",
)  # fmt: skip


def parse_target(data: bytes) -> None:
    """`parse` of bytes, text and decoded JSON. What it accepts is the same query after `to_json`."""
    head, rest = _split(data)
    schema = SCHEMA if head & 1 else None
    strict = bool(head & 2)
    with suppress(CriteriaError):
        query = parse(rest, schema, strict=strict)
        written = query.to_json()
        _check(parse(written, schema).to_json() == written, "to_json is another query")
    if head & 4:
        with suppress(CriteriaError):
            parse(_decoded(rest), schema, strict=strict)


def compile_target(data: bytes) -> None:
    """A query in Python, in one dialect of SQL, as a MongoDB filter, and in words."""
    head, rest = _split(data)
    schema = SCHEMA if head & 1 else None
    with suppress(CriteriaError):
        query = parse(rest, schema)
        selected = compile(query, "python", records="json").filter([*RECORDS])
        explanation = explain(query, RECORDS[0], records="json")
        _check((RECORDS[0] in selected) == explanation.matches, "explain and filter differ")
        with suppress(CriteriaError):
            compile(query, "mongo")
        compile(query, "sql", dialect=list(DIALECTS)[(head >> 1) % len(DIALECTS)], table="t")


def order_by_target(data: bytes) -> None:
    """`parse_order_by`."""
    with suppress(CriteriaError):
        keys = parse_order_by(data.decode("utf-8", "surrogateescape"), SCHEMA)
        text = ",".join(f"{key.field.name} {'desc' if key.descending else 'asc'}" for key in keys)
        _check(parse_order_by(text, SCHEMA) == keys, "the keys are others when written again")


def search_target(data: bytes) -> None:
    """`parse_search` of parameters, one a line, or of decoded JSON."""
    head, rest = _split(data)
    if head & 1:
        lines = rest.decode("utf-8", "replace").split("\n")
        parameters: object = {name: value for name, _, value in (line.partition("=") for line in lines)}
    else:
        parameters = _decoded(rest)
    with suppress(CriteriaError):
        parse_search(parameters, SCHEMA, strict=bool(head & 2))  # type: ignore[arg-type]


def schema_target(data: bytes) -> None:
    """`Schema.from_json`. What it accepts has a JSON Schema of its queries."""
    with suppress(CriteriaError):
        schema = Schema.from_json(data)
        query_json_schema(schema)
        hash(schema)


def fmt_target(data: bytes) -> None:
    """The layout of JSON and of YAML. It is stable, and the query stays the same."""
    head, rest = _split(data)
    width = 20 + (head >> 1)
    with suppress(CriteriaError):
        text = lay_out_yaml(rest, width) if head & 1 else lay_out_json(rest, width)
        again = lay_out_yaml(text, width) if head & 1 else lay_out_json(text, width)
        _check(again == text, "the layout has another layout")
        read: Callable[[str | bytes], Query] = parse_yaml if head & 1 else parse
        before = after = None
        with suppress(CriteriaError):
            before = read(rest)
        with suppress(CriteriaError):
            after = read(text)
        _check(before == after, "the layout is another query")


def yaml_target(data: bytes) -> None:
    """`parse_yaml`."""
    head, rest = _split(data)
    with suppress(CriteriaError):
        parse_yaml(rest, SCHEMA if head & 1 else None, strict=bool(head & 2))


def csv_target(data: bytes) -> None:
    """CSV with the schema's columns."""
    head, rest = _split(data)
    names = ",".join(field.name for field in SCHEMA.fields).encode() + b"\n"
    _read(lambda source: CsvTable(source), names + rest if head & 1 else rest)


def ndjson_target(data: bytes) -> None:
    """NDJSON, and JSON arrays."""
    head, rest = _split(data)
    _read(lambda source: Ndjson(source) if head & 1 else JsonArray(source), rest)


_MATCHES = {
    kind: [
        compile(parse(query, SCHEMA), "python", records=kind)  # type: ignore[arg-type]
        for query in QUERIES[: len(OPERANDS)]
    ]
    for kind in ("json", "typed")
}


def _read(table: Callable[[Data], Table], content: bytes) -> None:
    """Reads a table to its end, and gives each record to predicates, which never raise."""
    faults: list[DataFault] = []
    with suppress(CriteriaError):
        opened = table(Data("data", BytesIO(content), SCHEMA, lambda: None, faults.append))
        for batch in opened.batches():
            for matches in _MATCHES[opened.records]:
                list(map(matches, batch.records))
            for at in range(len(batch.records)):
                with suppress(CriteriaError):
                    SCHEMA.decode(batch.records[at]) if opened.records != "typed" else SCHEMA.encode(batch.records[at])
    for fault in faults:
        str(fault).encode()


def _decoded(text: bytes) -> Any:
    """Any decoded JSON, and None for other text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _split(data: bytes) -> tuple[int, bytes]:
    return (data[0], data[1:]) if data else (0, b"")


def _check(claim: bool, otherwise: str) -> None:
    if not claim:
        raise AssertionError(otherwise)


def _json(*values: object) -> Iterator[bytes]:
    return (json.dumps(value).encode() for value in values)


def _after(heads: bytes, texts: Iterator[bytes]) -> list[bytes]:
    """Each text once, after one of the bytes."""
    return [heads[at % len(heads) : at % len(heads) + 1] + text for at, text in enumerate(texts)]


_PARAMETERS = (
    b'query={"string":"a"}\norderBy=string desc,integer\nlimit=5\nskip=1\ngetTotalCount=true\nresolve=objectRef'
)
_YAML = (
    b"AND:\n  - string: a # b\n  - {integer: {$in: [1, 2]}}\n",
    b"%YAML 1.2\n---\nstring: |\n  a\n  b\n...\n",
    b"? string\n: 'it''s'\ninteger: !!int 5\n",
    b'{"string": "\\u00e9", &a double: *a}',
)
_CSV = (b'objectId,string\n1,"a,""b\n"\n2,\n', b'decimal,date,names\r\n1.5,2024-02-29,"[""a""]"\r\n')

TARGETS: dict[str, tuple[Run, list[bytes], tuple[str, ...]]] = {
    "parse": (parse_target, _after(b"\x01\x05\x03\x00", _json(*QUERIES)), _QUERY_WORDS),
    "compile": (compile_target, _after(bytes(range(1, 32, 2)), _json(*QUERIES)), _QUERY_WORDS),
    "order_by": (order_by_target, [b"string desc, integer asc", b"inner.name, date"], (" asc", " desc", *_QUERY_WORDS)),
    "search": (
        search_target,
        [
            b"\x01" + _PARAMETERS,
            *_after(b"\x00\x02", _json({"query": {"integer": 1}, "limit": 5, "resolve": "objectRef"})),
        ],
        ("query", "orderBy", "limit", "skip", "getTotalCount", "resolve", *_QUERY_WORDS),
    ),
    "schema": (schema_target, list(_json(*SCHEMAS)), _SCHEMA_WORDS),
    "fmt": (fmt_target, [*_after(b"\x00\x40", _json(*QUERIES)), *_after(b"\x01\x41", iter(_YAML))], _YAML_WORDS),
    "yaml": (yaml_target, _after(b"\x00\x01\x03", iter(_YAML)), (*_YAML_WORDS, *_QUERY_WORDS)),
    "csv": (csv_target, _after(b"\x00", iter(_CSV)), (",", '"', "\r\n", "\x00", *_QUERY_WORDS)),
    "ndjson": (
        ndjson_target,
        [b"\x01" + b"\n".join(_json(*RECORDS)), *_after(b"\x00", _json(list(RECORDS)))],
        ("\r\n", "],[", *_QUERY_WORDS),
    ),
}
"""Each target: its function, the inputs that it begins with, and words that its inputs are made of."""
