"""Verifies that the values of a table are those that its codecs rely on, where the engine does not see to it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.codec import Form
from criteria.backends.sql.condition import ConditionCompiler
from criteria.backends.sql.dialect import Maker
from criteria.backends.sql.dialects import find_dialect
from criteria.backends.sql.fitting import StoredField
from criteria.backends.sql.json_checks import JsonChecks, NumberCheck
from criteria.backends.sql.json_values import canonical_pattern
from criteria.backends.sql.nodes import Binder, Node
from criteria.backends.sql.render import print_node
from criteria.backends.sql.table_name import table_name
from criteria.errors import Problem, assert_never, quoted, to_pointer
from criteria.schema.field import Field, FieldType
from criteria.schema.schema import Schema
from criteria.tables.catalogs.catalog import Rows, Statement


@dataclass(frozen=True, slots=True)
class _Check:
    """What the values of a column have to be: a form, the condition of it, and the value that a refusal shows."""

    form: Form
    holds: Maker
    value: Maker


def other_values(
    name: str, schema: Schema, fields: Mapping[str, StoredField], dialect_name: str
) -> Generator[Statement, Rows, list[Problem]]:
    """Yields statements for the columns whose values need a form, and gets their rows: a value of another form.

    Returns a problem (`unfit_column`) for each field whose column holds one. `fields` has those to look at.
    """
    dialect = find_dialect(dialect_name, schema)
    compiler = ConditionCompiler(dialect, Binder(), None, False, fields)
    problems = []
    for index, field in enumerate(schema.fields):
        if field.name not in fields:
            continue
        stored = fields[field.name]
        for check in _checks(compiler, field, stored):
            select = _other_value(name, check, as_text=dialect.name != "sqlite")
            rows = yield Statement(print_node(select, dialect.sqlglot))
            if rows:
                message = f"Column {quoted(stored.column)} does not fit field {quoted(field.name)}: it holds "
                message += f"{quoted(rows[0][0])}, and should hold only {check.form.name}."
                problems.append(Problem("unfit_column", message, to_pointer(["fields", index]), hint=check.form.hint))
                break
    return problems


def _checks(compiler: ConditionCompiler, field: Field, stored: StoredField) -> Iterator[_Check]:
    """The checks of a field's column. Later ones rely on the earlier ones."""

    def column() -> Node:
        return nodes.column(stored.column)

    form = stored.codec.form
    if form is not None:
        holds = form.holds
        if field.is_list and compiler.is_array(field):
            yield _Check(form, lambda: _holds_of_each(compiler, field, holds), column)
        else:
            yield _Check(form, lambda: holds(column), column)
    if field.is_nested or (field.is_list and not compiler.is_array(field)):
        yield from _read_alike(compiler, field, column)
        yield from _canonical(compiler, field, column)


def _read_alike(compiler: ConditionCompiler, field: Field, column: Maker) -> Iterator[_Check]:
    """The checks that the engine reads the JSON at a field's place as Python does: its keys and its numbers."""
    checks = compiler.dialect.json.checks
    if checks is None:
        return
    has_one_value = checks.has_one_value
    if has_one_value is not None and field.path_inside:
        holds = partial(has_one_value, field)
        form = Form(
            "JSON with each key once, spelled without escapes", holds, "Rewrite such values: the last one counts."
        )
        yield _Check(form, partial(holds, column), column)
    for shown, one in _number_checks(checks, field.field_type):
        number = type(field)(field.name, one.read_as, is_list=field.is_list, column=field.column)
        form = Form(shown, one.holds, "Correct such values, or declare another type.")
        if field.is_list:
            yield _Check(form, partial(_holds_of_each, compiler, number, one.holds), column)
        else:
            value = partial(compiler.dialect.json.scalar, number, compiler.column(field))
            yield _Check(form, partial(one.holds, value), value)


def _number_checks(checks: JsonChecks, field_type: FieldType) -> list[tuple[str, NumberCheck]]:
    """The checks of the numbers of a field, and what they have to be. A decimal inside JSON may be a number."""
    match field_type:
        case FieldType.INTEGER | FieldType.OBJECT_REF:
            return [("whole numbers of 64 bits", one) for one in checks.whole]
        case FieldType.DOUBLE | FieldType.DECIMAL:
            return [("numbers that a double can hold", one) for one in checks.finite]
        case FieldType.STRING | FieldType.BOOLEAN | FieldType.DATE | FieldType.DATE_TIME | FieldType.GUID:
            return []
        case _:
            assert_never(field_type)


def _canonical(compiler: ConditionCompiler, field: Field, column: Maker) -> Iterator[_Check]:
    """The check that texts of a field inside JSON are values of it: no query would find another text, without a word.

    Values of other JSON types are not looked for: they are no values of the field (docs/language.md#paths).
    """
    is_canonical = compiler.dialect.json.is_canonical
    if canonical_pattern(field) is None or is_canonical is None:
        return

    def holds(text: Maker) -> Node:
        return nodes.any_of([nodes.is_null(text()), is_canonical(field, text)])

    hint = "Rewrite such texts (docs/language.md#canonical-form), or declare the field as a string."
    form = Form(f"texts that are values of type {field.field_type.value} in canonical form", holds, hint)
    as_text = replace(field, field_type=FieldType.STRING, precision=None, scale=None, time_zone=None)
    if field.is_list:
        yield _Check(form, lambda: _holds_of_each(compiler, as_text, holds), column)
    else:
        document = compiler.column(field)

        def text() -> Node:
            return compiler.dialect.json.scalar(as_text, document)

        yield _Check(form, lambda: holds(text), text)


def _holds_of_each(compiler: ConditionCompiler, field: Field, holds: Callable[[Maker], Node]) -> Node:
    """Whether a condition holds for each element of a list that is not null and has the list's type."""
    is_other = compiler.any_element(
        field,
        lambda one: nodes.all_of([nodes.is_not_null(one.value()), nodes.negated(_surely(holds(one.value)))]),
    )
    return nodes.negated(is_other)


def _surely(condition: Node) -> Node:
    """Whether a condition is TRUE; never NULL."""
    holds = nodes.call("COALESCE", nodes.when(condition, nodes.number(1)), nodes.number(0))
    return nodes.equal(holds, nodes.number(1))


def _other_value(table: str, check: _Check, as_text: bool) -> Node:
    """SELECT of one value that is not NULL and has another form. A form may be NULL for such a value.

    It is selected as text, because drivers cannot read all values that columns hold.
    """
    is_other = nodes.all_of([nodes.is_not_null(check.value()), nodes.negated(_surely(check.holds()))])
    return exp.Select(
        expressions=[nodes.cast(check.value(), exp.DType.TEXT) if as_text else check.value()],
        from_=exp.From(this=table_name(table)),
        where=exp.Where(this=is_other),
        limit=exp.Limit(expression=nodes.number(1)),
    )
