"""Verifies that the values of a table are those that its codecs rely on, where the engine does not see to it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sqlglot import exp

from criteria.backends.sql import nodes
from criteria.backends.sql.codec import Form
from criteria.backends.sql.condition import ConditionCompiler, one_of
from criteria.backends.sql.dialect import Dialect, Element, Maker, StoredValue
from criteria.backends.sql.dialects import find_dialect
from criteria.backends.sql.finding import rows_with
from criteria.backends.sql.json_checks import Holds, JsonChecks, NumberCheck, has_digits
from criteria.backends.sql.json_values import canonical_pattern
from criteria.backends.sql.nodes import Binder, Node
from criteria.backends.sql.render import print_node
from criteria.backends.sql.representation import Representation
from criteria.backends.sql.stored_field import StoredField
from criteria.backends.sql.table_name import table_name
from criteria.errors import Problem, assert_never, to_pointer
from criteria.messages import quoted
from criteria.schema.field import Field, FieldType
from criteria.schema.schema import Schema
from criteria.tables.catalogs.catalog import Rows, Statement


@dataclass(frozen=True, slots=True)
class _Check:
    """What the values of a column have to be.

    - `form`: what that is called.
    - `value`: makes the value that has the form, or the list whose elements have it.
    - `is_other`: makes the condition that a row has a value which is not NULL and of another form.
    - `element`: makes what the condition looks at in each element of a list.
    """

    form: Form
    value: Maker
    is_other: Maker
    element: Maker | None = None


@dataclass(frozen=True, slots=True)
class _Look:
    """A check of a field whose column has passed the earlier ones, which it relies on.

    - `index`: the field's place in the schema.
    - `earlier`: the checks before it.
    """

    index: int
    field: Field
    column: str
    check: _Check
    earlier: tuple[_Check, ...]

    def is_other(self) -> Node:
        """1 for the rows that fail the check, and pass the earlier ones; NULL for all others."""
        branches = [exp.If(this=one.is_other(), true=exp.Null()) for one in self.earlier]
        return exp.Case(ifs=[*branches, exp.If(this=self.check.is_other(), true=nodes.number(1))])

    def found_by(self, table: str, columns: Collection[str], dialect: Dialect) -> str:
        """The statement that selects the rows, if all rows pass the earlier checks, as they do where this is the first
        that rows fail. The refusal shows no value: it may be somebody's secret."""
        check = self.check
        elements = [] if check.element is None else [check.element()]
        return print_node(rows_with(table, columns, check.value(), check.is_other(), elements), dialect.sqlglot)


MAX_LOOKS = 100
"""The most checks in one statement. Engines take only so many columns, and so long a text."""


def other_values(
    name: str, columns: Collection[str], schema: Schema, fields: Mapping[str, StoredField], dialect_name: str
) -> Generator[Statement, Rows, list[Problem]]:
    """Yields statements that count the values of other forms in the columns that need a form, and gets their rows: one
    statement, and one more for each `MAX_LOOKS` checks.

    Returns a problem (`unfit_column`) for each field whose column holds one. `fields` has those to look at, `columns`
    the names of all columns.
    """
    dialect = find_dialect(dialect_name, schema)
    looks = list(_looks(schema, fields, ConditionCompiler(dialect, Binder(), None, False, fields)))
    problems: dict[int, Problem] = {}
    for at in range(0, len(looks), MAX_LOOKS):
        part = looks[at : at + MAX_LOOKS]
        counted = [print_node(exp.Count(this=one.is_other()), dialect.sqlglot) for one in part]
        distinct = list(dict.fromkeys(counted))  # fields inside one document have the same checks
        select = exp.Select(
            expressions=[exp.Var(this=text) for text in distinct], from_=exp.From(this=table_name(name))
        )
        [counts] = yield Statement(print_node(select, dialect.sqlglot))
        found = dict(zip(distinct, counts, strict=True))
        for look, text in zip(part, counted, strict=True):
            if found[text]:
                found_by = look.found_by(name, columns, dialect)
                problems.setdefault(look.index, _problem(look, name, int(found[text]), found_by))
    return list(problems.values())


def _problem(look: _Look, table: str, count: int, found_by: str) -> Problem:
    form = look.check.form
    number = "1 value" if count == 1 else f"{count} values"
    message = f"Column {quoted(look.column)} of {quoted(table)} does not fit field {quoted(look.field.name)}: it holds "
    message += f"{number} other than {form.name}."
    hint = f"{form.hint} {WITHOUT_LOOKING} They are found by {found_by}"
    return Problem("unfit_column", message, to_pointer(["fields", look.index]), hint=hint)


WITHOUT_LOOKING = "Or pass verify=False: queries may then be wrong about such rows."
"""How to build a table whose values are not looked at."""


def _looks(schema: Schema, fields: Mapping[str, StoredField], compiler: ConditionCompiler) -> Iterator[_Look]:
    for index, field in enumerate(schema.fields):
        if field.name in fields:
            earlier: tuple[_Check, ...] = ()
            stored = fields[field.name]
            for check in _checks(compiler, field, stored):
                yield _Look(index, field, stored.column, check, earlier)
                earlier = (*earlier, check)


def _checks(compiler: ConditionCompiler, field: Field, stored: StoredField) -> Iterator[_Check]:
    """The checks of a field's column. Later ones rely on the earlier ones."""

    def column() -> Node:
        return nodes.column(stored.column)

    form = stored.codec.form
    for one in () if form is None else (form.first, form):
        if one is None:
            continue
        if field.is_list and compiler.is_array(field):
            yield _of_each(compiler, field, one, one.holds)
        else:
            yield _of_value(one, one.holds, column)
    if field.is_nested or (field.is_list and not compiler.is_array(field)):
        yield from _read_alike(compiler, field, column)
        yield from _canonical(compiler, field)
    if field.values is not None and not set(stored.codec.labels or ("",)) <= set(field.values):
        yield _listed(compiler, field, field.values)


def _of_value(form: Form, holds: Holds, value: Maker) -> _Check:
    """A check of a value, for which the condition may be NULL."""

    def is_other() -> Node:
        is_other = nodes.when(holds(value), nodes.number(0), nodes.number(1))
        return nodes.all_of([nodes.is_not_null(value()), nodes.equal(is_other, nodes.number(1))])

    return _Check(form, value, is_other)


def _of_each(
    compiler: ConditionCompiler,
    field: Field,
    form: Form,
    holds: Holds,
    written: Callable[[Node], Node] = lambda value: value,
) -> _Check:
    """A check of each element of a list that is not null and has the list's type, or of what is `written` for it."""
    values: list[Maker] = []

    def condition(one: Element) -> Node:
        value = _in_other_words(one.value, written)
        values.append(value)
        is_other = nodes.when(holds(value), nodes.number(0), nodes.number(1))
        return nodes.all_of([nodes.is_not_null(value()), nodes.equal(is_other, nodes.number(1))])

    compiler.any_element(field, condition)
    return _Check(form, compiler.column(field), lambda: compiler.any_element(field, condition), values[0])


def _listed(compiler: ConditionCompiler, field: Field, values: Sequence[str]) -> _Check:
    """The check that texts are among the values that a field lists."""
    form = Form("the values that the field lists", lambda make: make(), 'Add them to "values", or correct them.')

    def is_one(stored: StoredValue, make: Maker) -> Node:
        found = stored._replace(make=make)
        if stored.codec is not None and stored.codec.labels is not None:
            found = StoredValue(field, lambda: nodes.cast(make(), exp.DType.TEXT), Representation.TEXT)
        text = compiler.dialect.text
        return one_of([text.equal(found, text.constant(one)) for one in values])

    if not field.is_list:
        stored = compiler.stored(field)
        return _of_value(form, lambda make: is_one(stored, make), stored.make)

    def holds(make: Maker) -> Node:
        stored = compiler.element(field, Element(make, make))
        return is_one(stored, stored.make)

    return _of_each(compiler, field, form, holds)


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
        yield _of_value(form, holds, column)
    if checks.is_encoded_once is not None and field.path_inside:
        document = compiler.column(field)
        form = Form("JSON that is encoded once", checks.is_encoded_once, "Decode such strings: each holds an object.")
        yield _of_value(form, checks.is_encoded_once, document)
    for shown, one in _number_checks(checks, field):
        number = type(field)(field.name, one.read_as, is_list=field.is_list, column=field.column)
        form = Form(shown, one.holds, "Correct such values, or declare another type.")
        if field.is_list:
            yield _of_each(compiler, number, form, one.holds, one.written)
        else:
            read = partial(compiler.dialect.json.scalar, number, compiler.column(field))
            yield _of_value(form, one.holds, _in_other_words(read, one.written))


def _in_other_words(value: Maker, written: Callable[[Node], Node]) -> Maker:
    return lambda: written(value())


def _number_checks(checks: JsonChecks, field: Field) -> list[tuple[str, NumberCheck]]:
    """The checks of the numbers of a field, and what they have to be. A decimal inside JSON may be a number."""
    match field.field_type:
        case FieldType.INTEGER | FieldType.OBJECT_REF:
            return [("whole numbers of 64 bits", one) for one in checks.whole]
        case FieldType.DOUBLE:
            return [("numbers that a double can hold", one) for one in checks.finite]
        case FieldType.DECIMAL:
            shown = f"numbers of at most {field.precision} digits, {field.scale} of them after the point"
            digits = NumberCheck(FieldType.DOUBLE, lambda value: has_digits(value, field, checks.is_rounded))
            return [*(("numbers that a double can hold", one) for one in checks.finite), (shown, digits)]
        case FieldType.STRING | FieldType.BOOLEAN | FieldType.DATE | FieldType.DATE_TIME | FieldType.GUID:
            return []
        case _:
            assert_never(field.field_type)


def _canonical(compiler: ConditionCompiler, field: Field) -> Iterator[_Check]:
    """The check that texts of a field inside JSON are values of it: no query would find another text, without a word.

    Values of other JSON types are not looked for: they are no values of the field (docs/language.md#paths).
    """
    is_canonical = compiler.dialect.json.is_canonical
    if canonical_pattern(field) is None or is_canonical is None:
        return
    hint = "Rewrite such texts (docs/language.md#canonical-form), or declare the field as a string."
    holds = partial(is_canonical, field)
    form = Form(f"texts that are values of type {field.field_type.value} in canonical form", holds, hint)
    as_text = replace(field, field_type=FieldType.STRING, precision=None, scale=None, time_zone=None)
    if field.is_list:
        yield _of_each(compiler, as_text, form, holds)
    else:
        yield _of_value(form, holds, partial(compiler.dialect.json.scalar, as_text, compiler.column(field)))
