"""BigQuery's language on its reference evaluator, in this process: `pip install zetasql`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, ClassVar

from criteria import Field, FieldType, Schema
from criteria.backends.sql import Sql
from criteria.tree.nodes import FOLDED, Operator
from tests.engines.further import COLUMNS_ONLY, FurtherEngine
from tests.engines.running import Servers
from tests.engines.table import Record

_TYPES: Mapping[FieldType, str] = {
    FieldType.STRING: "STRING",
    FieldType.INTEGER: "INT64",
    FieldType.BOOLEAN: "BOOL",
    FieldType.DECIMAL: "BIGNUMERIC",
    FieldType.DOUBLE: "FLOAT64",
    FieldType.DATE: "DATE",
    FieldType.DATE_TIME: "TIMESTAMP",
    FieldType.GUID: "STRING",
    FieldType.OBJECT_REF: "INT64",
}


def column_type(field: Field) -> str:
    """The type of the column of a field."""
    return f"ARRAY<{_TYPES[field.field_type]}>" if field.is_list else _TYPES[field.field_type]


def literal(field: Field, value: Any) -> str:
    """A value as SQL text of BigQuery."""
    match value:
        case None:
            return f"CAST(NULL AS {column_type(field)})"
        case list():
            return f"{column_type(field)}[{', '.join('NULL' if one is None else literal(field, one) for one in value)}]"
        case bool() | int():
            return str(value)
        case float():
            return f"CAST('{value!r}' AS FLOAT64)"
        case str():
            return quoted(value)
        case datetime():
            return f"TIMESTAMP '{value.isoformat(' ', 'microseconds')}'"
        case _:
            return f"CAST('{value}' AS {_TYPES[field.field_type]})"


def quoted(text: str) -> str:
    """A string as SQL text of BigQuery."""
    return "'" + "".join(f"\\U{ord(one):08x}" if one in "'\\" or not one.isprintable() else one for one in text) + "'"


def identifier(name: str) -> str:
    """A name as SQL text of BigQuery."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


class BigQuery(FurtherEngine):
    """Each statement begins with the rows of its table, as there is no storage."""

    name = "bigquery"
    dialect = "bigquery"
    unsupported: ClassVar = {
        **COLUMNS_ONLY,
        **{operator.value: "BigQuery has no exact form of it" for operator in Operator if operator in FOLDED},
    }

    def __init__(self, evaluate: Callable[[str, Mapping[str, Any]], list[dict[str, Any]]]) -> None:
        super().__init__()
        self.evaluate = evaluate
        self.rows = ""

    def version(self) -> str:
        return version("zetasql")

    def store(self, table: str, schema: Schema, records: Sequence[Record]) -> None:
        columns = ", ".join(f"{identifier(field.column)} {column_type(field)}" for field in schema.fields)
        typed = [schema.decode(record) for record in records]
        rows = (", ".join(literal(field, record.get(field.name)) for field in schema.fields) for record in typed)
        array = f"ARRAY<STRUCT<{columns}>>[{', '.join(f'({row})' for row in rows)}]"
        self.rows = f"WITH {table} AS (SELECT * FROM UNNEST({array})) "

    def store_indexed(self, table: str, schema: Schema, records: Sequence[Record]) -> None:
        """The evaluator has neither storage nor indexes."""
        raise NotImplementedError

    def ask(self, statement: Sql, column: str | None = None) -> list[Any]:
        assert isinstance(statement.params, dict)
        text = statement.text % {name: f"@{name}" for name in statement.params}  # as the driver of BigQuery does
        rows = self.evaluate(self.rows + text, statement.params)
        return [row[column] if column else next(iter(row.values())) for row in rows]


def missing() -> str | None:
    """How to get the evaluator; None when it is there."""
    return None if find_spec("zetasql") else 'pip install -e ".[bigquery-test]"'


@contextmanager
def bigquery(servers: Servers) -> Iterator[BigQuery]:
    """The evaluator with the names and rules of BigQuery."""
    from tests.engines.zetasql import Evaluator

    yield BigQuery(Evaluator().rows)
