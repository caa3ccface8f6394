"""The clauses that SQLAlchemy gets: a condition and an order, compiled when SQLAlchemy compiles the statement.

Each holds the columns and the operands that its SQL contains, so that SQLAlchemy replaces columns by those of aliases
and subqueries, and binds the operands of the next query to the statement that it has cached. The SQL around them comes
from the SQL backend.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, NamedTuple
from weakref import WeakSet

from sqlalchemy import Boolean, not_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import roles
from sqlalchemy.sql.elements import BindParameter, ClauseElement, ColumnClause, ColumnElement
from sqlalchemy.sql.visitors import InternalTraversal

from criteria.backends.sql.embedding import (
    Unfilled,
    barrier,
    condition_pieces,
    in_groups,
    number_of_values,
    order_pieces,
    segments_pieces,
)
from criteria.backends.sql.nodes import CHAIN, Binding, Derive
from criteria.backends.sql.statement import MAX_SINGLE_BINDS, check_depth, most_criteria_binds, too_many
from criteria.backends.sql.target import Target
from criteria.search.keyset import Segment
from criteria.search.order_by import SortKey
from criteria.sqlalchemy.mapped_columns import MappedColumns
from criteria.sqlalchemy.operand import Operand, Operands
from criteria.tree.nodes import And, Expression, Not, Or, leaves
from criteria.tree.normalize import normalize
from criteria.tree.parameters import Slots, parameterize

MAX_CACHED_COMPARISONS, MAX_CACHED_VALUES = 30, 100
"""The comparisons and the values of the largest queries whose statements SQLAlchemy caches. It keeps the last ones of
an engine, 500 as a rule, however large each of them is, and one takes about 6 KB for each comparison."""


def may_be_cached(normal: Expression) -> bool:
    """Whether SQLAlchemy may keep the statement of an expression in its cache."""
    count = sum(1 for _ in leaves(normal))
    return count <= MAX_CACHED_COMPARISONS and number_of_values(normal) <= MAX_CACHED_VALUES


class Condition(ColumnElement):  # type: ignore[misc]
    """Whether a row fulfils an expression: TRUE or FALSE, never NULL, so that it may be negated and selected."""

    __visit_name__ = "criteria_condition"
    inherit_cache = True
    _traverse_internals = [  # noqa: RUF012
        ("elements", InternalTraversal.dp_clauseelement_list),
        ("operands", InternalTraversal.dp_clauseelement_list),
        ("form", InternalTraversal.dp_plain_obj),
    ]
    whole: Whole | None = None
    type = Boolean()
    _is_implicitly_boolean = True
    """SQLAlchemy would compare it with 1 on engines without booleans, and they would use no index."""

    def __init__(self, mapped: MappedColumns, expression: Expression, columns: Mapping[str, Any]) -> None:
        self.mapped, self.normal, self.names = mapped, expression, tuple(columns)
        self.elements: list[Any] = list(columns.values())
        form, values = self._parameterized()
        self.operands = [BindParameter(None, value, type_=_OPERAND, unique=True) for value in values]
        self.form: Hashable = (mapped, form)
        self._propagate_attrs = _propagated(self.elements)

    def _parameterized(self) -> tuple[Hashable, Sequence[Any]]:
        """What all conditions of one text have in common, and the values that they may bind to it."""
        return parameterize(self.normal, counts_items=True)

    def pieces(self, target: Target) -> tuple[Unfilled, ...]:
        """The SQL, with places for columns and values. Raises `CriteriaError` (`unsupported`)."""
        return condition_pieces(self.normal, target)

    @property
    def slots(self) -> Slots:
        """The places of the operands."""
        return Slots(self._parameterized()[1])

    @property
    def _from_objects(self) -> list[Any]:
        return [table for column in self.elements for table in column._from_objects]

    def self_group(self, against: Any = None) -> Condition:
        """The SQL is in parentheses where it needs them."""
        return self

    def _negate(self) -> ColumnElement:
        """The opposite in its own words: it uses indexes where NOT would not."""
        opposite = normalize(Not(self.normal))
        return condition(self.mapped, opposite, dict(zip(self.names, self.elements, strict=True)))


class UncachedCondition(Condition):
    """A condition whose SQL serves no other query, or that is too large for the cache.

    It has no operands: of a long list they would take more memory than everything else, and no other query's values are
    bound in their place.
    """

    inherit_cache = False

    def _parameterized(self) -> tuple[Hashable, Sequence[Any]]:
        return self.normal, ()


class Whole:
    """A statement with very many values, and all its conditions."""

    def __init__(self, count: int) -> None:
        self.conditions: list[OneOfMany] = []
        self._count = count
        self._fitting: WeakSet[Any] = WeakSet()

    def check(self, sa_dialect: Any) -> None:
        """Raises `CriteriaError` (`unsupported`) before SQLAlchemy makes parameters, if they are too many."""
        dialect, _ = self.conditions[0].mapped.stored_fields(sa_dialect)
        room = most_criteria_binds(dialect)
        if room is None or self._count <= room or sa_dialect in self._fitting:
            return
        for one in self.conditions:
            room -= sum(isinstance(piece, Binding) for piece in one.pieces(one.mapped.target(sa_dialect)))
            if room < 0:
                raise too_many(dialect)
        self._fitting.add(sa_dialect)


def whole_of(normal: Expression) -> Whole | None:
    """The statement of an expression, if it has very many values."""
    count = number_of_values(normal)
    return Whole(count) if count > MAX_SINGLE_BINDS else None


class OneOfMany(UncachedCondition):
    """One of several conditions in a statement with very many values."""

    inherit_cache = False

    def __init__(self, mapped: MappedColumns, expression: Expression, columns: Mapping[str, Any], whole: Whole) -> None:
        super().__init__(mapped, expression, columns)
        self.whole = whole
        whole.conditions.append(self)

    def pieces(self, target: Target) -> tuple[Unfilled, ...]:
        """With lists as arrays."""
        return condition_pieces(self.normal, target, of_many=True)


class Beyond(Condition):
    """Whether a row comes after a position in an order: it is in one of the segments."""

    inherit_cache = True
    _traverse_internals = Condition._traverse_internals

    def __init__(self, mapped: MappedColumns, segments: Sequence[Segment], columns: Mapping[str, Any]) -> None:
        normal = Or(tuple(And((*one.fixed, one.limits)) for one in segments))
        super().__init__(mapped, normal, columns)
        self.segments = tuple(segments)

    def pieces(self, target: Target) -> tuple[Unfilled, ...]:
        """Those of the segments."""
        return segments_pieces(self.segments, target)

    def _negate(self) -> ColumnElement:
        """A position divides rows that are sorted; a statement has no use for those before it."""
        raise AssertionError("the rows after a position are not negated")


class UncachedBeyond(Beyond, UncachedCondition):
    """A position whose SQL serves no other one."""

    inherit_cache = False


class Order(roles.OrderByRole, ClauseElement):  # type: ignore[misc]
    """What ORDER BY has for sort keys. SQLAlchemy selects the columns in it only where it has to."""

    __visit_name__ = "criteria_order"
    inherit_cache = True
    _traverse_internals = [  # noqa: RUF012
        ("elements", InternalTraversal.dp_clauseelement_list),
        ("form", InternalTraversal.dp_plain_obj),
    ]

    def __init__(
        self,
        mapped: MappedColumns,
        sort_keys: Sequence[SortKey],
        columns: Mapping[str, Any],
        *,
        may_be_missing: bool = False,
    ) -> None:
        self.mapped, self.sort_keys, self.names = mapped, tuple(sort_keys), tuple(columns)
        self.elements: list[Any] = list(columns.values())
        self.may_be_missing = may_be_missing
        self.form: Hashable = (mapped, self.sort_keys, may_be_missing)
        self._propagate_attrs = _propagated(self.elements)

    @property
    def _from_objects(self) -> list[Any]:
        return [table for column in self.elements for table in column._from_objects]


_OPERAND = Operand()


def _propagated(columns: Sequence[Any]) -> Any:
    """What marks a statement as one of the ORM."""
    return next(
        (column._propagate_attrs for column in columns if column._propagate_attrs), ClauseElement._propagate_attrs
    )


class Enclosed(ColumnElement):  # type: ignore[misc]
    """A condition whose SQL has parentheses of its own."""

    __visit_name__ = "criteria_enclosed"
    type = Boolean()
    _is_implicitly_boolean = True

    def self_group(self, against: Any = None) -> Enclosed:
        """The SQL needs no more of them."""
        return self


class Group(Enclosed):
    """Terms of AND or OR in parentheses, which SQLAlchemy would leave out."""

    __visit_name__ = "criteria_group"
    inherit_cache = True
    _traverse_internals = [("element", InternalTraversal.dp_clauseelement)]  # noqa: RUF012

    def __init__(self, element: Any) -> None:
        self.element = element
        self._propagate_attrs = element._propagate_attrs

    @property
    def _from_objects(self) -> list[Any]:
        return list(self.element._from_objects)

    def _negate(self) -> ColumnElement:
        return Group(not_(self.element))


@compiles(Group)  # type: ignore[untyped-decorator]
def _compile_group(element: Group, compiler: Any, **options: Any) -> str:
    within = {name: value for name, value in options.items() if name not in _OF_THE_WHOLE}
    return f"({compiler.process(element.element, **within)})"


class Deep(Group):
    """A condition with subqueries inside each other, which an engine may not take."""

    inherit_cache = True

    def __init__(self, element: Any, mapped: MappedColumns) -> None:
        super().__init__(element)
        self.mapped = mapped

    def _negate(self) -> ColumnElement:
        return Deep(not_(self.element), self.mapped)


@compiles(Deep)  # type: ignore[untyped-decorator]
def _compile_deep(element: Deep, compiler: Any, **options: Any) -> str:
    found: str = _compile_group(element, compiler, **options)
    check_depth(element.mapped.target(compiler.dialect).dialect, found)
    return found


class Uncached(Group):
    """A condition of many parts, each of which may be cached, and the whole may not."""

    inherit_cache = False

    def _negate(self) -> ColumnElement:
        return Uncached(not_(self.element))


_BOUNDARY = "\0"
"""What is before, between and after the conditions of rows that one EXISTS is around. No SQL and no value of a query
has it."""


class EachWithin(Enclosed):
    """The conditions that one EXISTS after another contains. SQLAlchemy compiles them inside of the EXISTS, so that
    their columns are those of its rows."""

    __visit_name__ = "criteria_each_within"
    inherit_cache = True
    _traverse_internals = [("conditions", InternalTraversal.dp_clauseelement_list)]  # noqa: RUF012

    def __init__(self, conditions: Sequence[Condition]) -> None:
        self.conditions = list(conditions)
        self._propagate_attrs = _propagated(self.conditions)

    @property
    def _from_objects(self) -> list[Any]:
        return [table for one in self.conditions for table in one._from_objects]


@compiles(EachWithin)  # type: ignore[untyped-decorator]
def _compile_each_within(element: EachWithin, compiler: Any, **options: Any) -> str:
    within = {name: value for name, value in options.items() if name not in _OF_THE_WHOLE}
    texts = [compiler.process(one, **within) for one in element.conditions]
    return _BOUNDARY + _BOUNDARY.join(texts) + _BOUNDARY


class Related(Enclosed):
    """AND or OR of many EXISTS that differ only in the condition of the rows: SQLAlchemy compiles one, and its text is
    around each of the conditions. To compile each takes it two milliseconds.

    - `exists`: the EXISTS around `EachWithin`.
    - `are_negated`: for each condition whether no row may fulfil it.
    - `is_or`: whether they are joined by OR.
    - `is_apart`: whether the engine makes no join of them.
    """

    __visit_name__ = "criteria_related"
    inherit_cache = True
    _traverse_internals = [  # noqa: RUF012
        ("exists", InternalTraversal.dp_clauseelement),
        ("form", InternalTraversal.dp_plain_obj),
    ]

    def __init__(self, exists: Any, are_negated: Sequence[bool], *, is_or: bool, is_apart: bool) -> None:
        self.exists, self.are_negated, self.is_or, self.is_apart = exists, tuple(are_negated), is_or, is_apart
        self.form: Hashable = (self.are_negated, is_or, is_apart)
        self._propagate_attrs = exists._propagate_attrs

    @property
    def _from_objects(self) -> list[Any]:
        return list(self.exists._from_objects)

    def _negate(self) -> ColumnElement:
        are_negated = [not one for one in self.are_negated]
        return Related(self.exists, are_negated, is_or=not self.is_or, is_apart=self.is_apart)


@compiles(Related)  # type: ignore[untyped-decorator]
def _compile_related(element: Related, compiler: Any, **options: Any) -> str:
    within = {name: value for name, value in options.items() if name not in _OF_THE_WHOLE}
    before, *texts, after = compiler.process(element.exists, **within).split(_BOUNDARY)
    word = " OR " if element.is_or else " AND "
    each = [f"{before}{text}{after}" for text in texts]
    if element.is_apart:
        each = [barrier(one) for one in each]
    terms = [
        f"NOT ({one})" if is_negated else f"({one})" for one, is_negated in zip(each, element.are_negated, strict=True)
    ]
    found: str = in_groups(lambda *some: f"({word.join(some)})", terms)
    return found


def joined(join: Callable[..., Any], terms: Sequence[Any]) -> Any:
    """Terms joined by `and_` or `or_`."""
    return in_groups((lambda *some: Group(join(*some))) if len(terms) > CHAIN else join, terms)


def condition(
    mapped: MappedColumns, normal: Expression, columns: Mapping[str, Any], whole: Whole | None = None
) -> Condition:
    """The condition of an expression in normal form. `columns` has those of its fields, by the names of attributes.

    `whole` is the statement of which it is one of several conditions, if that has very many values.
    """
    if whole is not None:
        return OneOfMany(mapped, normal, columns, whole)
    kind = Condition if _is_for_others(normal) else UncachedCondition
    return kind(mapped, normal, columns)


def beyond(mapped: MappedColumns, segments: Sequence[Segment], columns: Mapping[str, Any]) -> Beyond:
    """The condition that a row is in one of the segments after a position."""
    normal = Or(tuple(And((*one.fixed, one.limits)) for one in segments))
    kind = Beyond if _is_for_others(normal) else UncachedBeyond
    return kind(mapped, segments, columns)


def _is_for_others(normal: Expression) -> bool:
    """Whether the SQL of an expression is kept for others of its form."""
    if not may_be_cached(normal):
        return False
    form, values = parameterize(normal, counts_items=True)
    return form is not None and Slots(values).are_certain


@compiles(Condition)  # type: ignore[untyped-decorator]
def _compile_condition(element: Condition, compiler: Any, **options: Any) -> str:
    target = element.mapped.target(compiler.dialect)
    if element.whole is not None:
        element.whole.check(compiler.dialect)
    pieces = _pieces(element, target, compiler.dialect)
    types = Operands()
    found = _printed(pieces, element, lambda source: _bind(source, element.operands, types), compiler, options)
    most = most_criteria_binds(target.dialect)
    if most is not None and len(compiler.bind_names) > most:  # those of all conditions so far
        raise too_many(target.dialect)
    return found


@compiles(Order)  # type: ignore[untyped-decorator]
def _compile_order(element: Order, compiler: Any, **options: Any) -> str:
    target = element.mapped.target(compiler.dialect)
    if element.may_be_missing:
        stored = target.stored_fields or {}
        target = target._replace(stored_fields={name: one._replace(may_be_null=True) for name, one in stored.items()})
    return _printed(order_pieces(element.sort_keys, target), element, lambda binding: None, compiler, options)


class Slot(NamedTuple):
    """The source of a placeholder's value: one of the operands of a condition, and its conversion."""

    place: int
    derive: Derive


_PIECE_BYTES = 200
"""About what a piece takes beside its text."""


def _pieces(element: Condition, target: Target, sa_dialect: Any) -> Sequence[Unfilled | Slot]:
    """The SQL of a condition. It is made once for those of one form, if it serves all of them."""
    is_for_others = type(element) is Condition  # a subclass has SQL of its own, or values in it
    known = element.mapped.pieces(sa_dialect)
    found: Sequence[Unfilled | Slot] | None = known.get(element.form) if is_for_others else None
    if found is None:
        slots = element.slots
        found = [
            Slot(slots[one.operand], one.derive) if isinstance(one, Binding) and one.operand in slots else one
            for one in element.pieces(target)
        ]
        if is_for_others:
            size = sum(_PIECE_BYTES + len(one) if isinstance(one, str) else _PIECE_BYTES for one in found)
            known.put(element.form, found, size)
    return found


def _bind(source: Binding | Slot, operands: Sequence[Any], types: Operands) -> Any:
    """The parameter of one placeholder. SQLAlchemy knows it as the operand's when it binds another query's values.

    It is new and not a clone: clones of an operand that SQLAlchemy has annotated, as `with_loader_criteria` does, are
    equal, so that all placeholders of the operand would get the value of the last one.
    """
    if isinstance(source, Binding):
        return BindParameter(None, source.operand, type_=types[source.derive], unique=True)
    operand = operands[source.place]
    found = BindParameter(None, operand.value, type_=types[source.derive], unique=True)
    found._cloned_set.update(operand._cloned_set)
    return found


_OF_THE_WHOLE = frozenset({"add_to_result_map", "within_columns_clause", "within_label_clause"})
"""Options of SQLAlchemy's compiler that are for the clause, and not for what it contains."""


def _printed(
    pieces: Sequence[Unfilled | Slot],
    element: Any,
    bound: Callable[[Any], Any],
    compiler: Any,
    options: Mapping[str, Any],
) -> str:
    """The text with the columns and the parameters as SQLAlchemy prints them."""
    within = {name: value for name, value in options.items() if name not in _OF_THE_WHOLE}
    columns = dict(zip(element.names, element.elements, strict=True))
    found = []
    for piece in pieces:
        if isinstance(piece, str):
            found.append(piece.replace("%", "%%") if compiler.preparer._double_percents else piece)
        elif isinstance(piece, (Binding, Slot)):
            found.append(compiler.process(bound(piece), **within))
        else:
            column = columns[piece.name]
            written = compiler.process(column, **within)
            found.append(written if isinstance(column, ColumnClause) else f"({written})")
    return "".join(found)
