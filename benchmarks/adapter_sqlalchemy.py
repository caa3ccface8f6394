"""The contestants of the job `adapters` on SQLAlchemy, each with the rows of one mapped class."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from importlib import import_module
from typing import Any

import criteria
from benchmarks.adapter_peer import CannotExpress, Peer, as_parameters, contestants, odata, quiet, text
from criteria.tree.nodes import And, AnyElement, AnyReferred, Comparison, Expression, Not, Operator, Or, assert_never


def person() -> Any:
    """A mapped class as an application has it. Its instants are in UTC, without a zone."""
    sa, orm = import_module("sqlalchemy"), import_module("sqlalchemy.orm")
    microseconds = sa.DateTime().with_variant(import_module("sqlalchemy.dialects.mysql").DATETIME(fsp=6), "mysql")
    kinds = {
        "name": sa.String(60), "status": sa.String(20), "age": sa.Integer(), "balance": sa.Numeric(10, 2),
        "is_active": sa.Boolean(), "born": sa.Date(), "seen": microseconds,
    }  # fmt: skip
    columns = {name: sa.Column(kind, nullable=name != "status") for name, kind in kinds.items()}
    key = sa.Column(sa.Integer(), primary_key=True, autoincrement=False)
    return type("Person", (orm.declarative_base(),), {"__tablename__": "person", "id": key, **columns})


@contextmanager
def filled(url: str, connect: Callable[[], Any], rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Any, Any]]:
    """A session and the mapped class, with the rows in a table that is dropped at the end."""
    sa, pool = import_module("sqlalchemy"), import_module("sqlalchemy.pool")
    mapped = person()
    engine = sa.create_engine(url, creator=connect, poolclass=pool.StaticPool)
    metadata = mapped.metadata
    metadata.drop_all(engine)
    metadata.create_all(engine)
    session = import_module("sqlalchemy.orm").Session(engine)
    try:
        for row in rows:
            one = mapped()
            for name, value in row.items():
                setattr(one, name, _stored(value))
            session.add(one)
        session.commit()
        yield session, mapped
    finally:
        session.close()
        metadata.drop_all(engine)
        engine.dispose()


def _stored(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_stored(one) for one in value]
    return value.astimezone(timezone.utc).replace(tzinfo=None) if isinstance(value, datetime) else value


def peers(session: Any, mapped: Any, dialect: str) -> list[Peer | tuple[str, str]]:
    """The contestants, for one that is not installed its name and the reason. The first is by hand."""
    makers: dict[str, Callable[[Any, Any, str], Peer]] = {
        "SQLAlchemy by hand": _by_hand,
        "criteria.sqlalchemy": _criteria,
        "fastapi-filter": _fastapi_filter,
        "sqlalchemy-filters": _sqlalchemy_filters,
        "odata-query, SQLAlchemy": _odata_query,
    }

    def made(make: Callable[[Any, Any, str], Peer]) -> Peer:
        peer = make(session, mapped, dialect)
        return replace(peer, ids=partial(_in_transaction, session, peer.ids))

    return contestants({name: partial(made, make) for name, make in makers.items()})


def _in_transaction(session: Any, ids: Callable[[Any], list[int]], request: Any) -> list[int]:
    """The ids. After an error PostgreSQL answers nothing until the transaction ends."""
    try:
        return ids(request)
    except Exception:
        session.rollback()
        raise


def _criteria(session: Any, mapped: Any, dialect: str) -> Peer:
    model = criteria.sqlalchemy.model(mapped, naive="utc")
    select = import_module("sqlalchemy").select

    def ids(request: str) -> list[int]:
        query = criteria.parse(request, model.schema)
        return list(session.scalars(select(mapped.id).where(model.where(query))))

    return Peer("criteria.sqlalchemy", lambda query: json.dumps(query.to_json()), ids)


def _by_hand(session: Any, mapped: Any, dialect: str) -> Peer:
    select = import_module("sqlalchemy").select
    return Peer(
        "SQLAlchemy by hand",
        lambda query: query,
        lambda query: list(session.scalars(select(mapped.id).where(translated(query.expression, mapped)))),
    )


def translated(expression: Expression, mapped: Any) -> Any:
    """The expression as one writes it in SQLAlchemy at first."""
    sa = import_module("sqlalchemy")
    match expression:
        case And(terms):
            return sa.and_(*(translated(term, mapped) for term in terms))
        case Or(terms):
            return sa.or_(*(translated(term, mapped) for term in terms))
        case Not(term):
            return sa.not_(translated(term, mapped))
        case Comparison(field, operator, value):
            return _compared(getattr(mapped, field.name), operator, _stored(value))
        case AnyElement() | AnyReferred():
            raise AssertionError("no benchmark has lists of objects or other entities")
        case _:
            assert_never(expression)


def _compared(column: Any, operator: Operator, value: Any) -> Any:
    match operator:
        case Operator.EQ:
            return column == value
        case Operator.NE:
            return column != value
        case Operator.GT:
            return column > value
        case Operator.GTE:
            return column >= value
        case Operator.LT:
            return column < value
        case Operator.LTE:
            return column <= value
        case Operator.IN:
            return column.in_(value)
        case Operator.NIN:
            return column.not_in(value)
        case Operator.STARTS_WITH:
            return column.startswith(value, autoescape=True)
        case Operator.ENDS_WITH:
            return column.endswith(value, autoescape=True)
        case Operator.CONTAINS:
            return column.contains(value, autoescape=True)
        case Operator.IEQ:
            return import_module("sqlalchemy").func.lower(column) == value.lower()
        case Operator.ISTARTS_WITH:
            return column.istartswith(value, autoescape=True)
        case Operator.IENDS_WITH:
            return column.iendswith(value, autoescape=True)
        case Operator.ICONTAINS:
            return column.icontains(value, autoescape=True)
        case _:
            assert_never(operator)


def _fastapi_filter(session: Any, mapped: Any, dialect: str) -> Peer:
    pydantic, select = import_module("pydantic"), import_module("sqlalchemy").select
    filter_class = import_module("fastapi_filter.contrib.sqlalchemy").Filter
    kinds = {"name": str, "status": str, "age": int, "balance": "Decimal", "is_active": bool, "born": "date",
             "seen": "datetime"}  # fmt: skip
    modules = {"Decimal": "decimal", "date": "datetime", "datetime": "datetime"}
    fields: dict[str, Any] = {}
    for name, kind in kinds.items():
        one: Any = getattr(import_module(modules[kind]), kind) if isinstance(kind, str) else kind
        fields |= {f"{name}{suffix}": (one | None, None) for suffix in ("", "__neq", "__gt", "__gte", "__lt", "__lte")}
        fields |= {f"{name}{suffix}": (list[one] | None, None) for suffix in ("__in", "__not_in")}
        fields |= {f"{name}__isnull": (bool | None, None), f"{name}__like": (str | None, None)}
    filters: Any = pydantic.create_model("PersonFilter", __base__=filter_class, **fields)
    filters.Constants = type("Constants", (filter_class.Constants,), {"model": mapped})

    def parameter(leaf: Comparison, negated: bool) -> tuple[str, str]:
        operator, value, name = leaf.operator, leaf.value, leaf.field.name
        if negated:
            operator = _OPPOSITES.get(operator) or _cannot()
        if value is None:
            return f"{name}__isnull", text(operator is Operator.EQ)
        if operator in _LIKE:
            return f"{name}__like", like(operator, value, dialect)
        if isinstance(value, tuple):
            return f"{name}{_FASTAPI_FILTER[operator]}", ",".join(text(one, zone="") for one in value)
        return f"{name}{_FASTAPI_FILTER[operator]}", text(value, zone="")

    def ids(request: Mapping[str, str]) -> list[int]:
        return list(session.scalars(filters(**request).filter(select(mapped.id))))

    return Peer("fastapi-filter", lambda query: as_parameters(query, parameter), ids)


_FASTAPI_FILTER = {
    Operator.EQ: "", Operator.NE: "__neq", Operator.GT: "__gt", Operator.GTE: "__gte", Operator.LT: "__lt",
    Operator.LTE: "__lte", Operator.IN: "__in", Operator.NIN: "__not_in",
}  # fmt: skip
_OPPOSITES = {
    Operator.EQ: Operator.NE, Operator.NE: Operator.EQ, Operator.IN: Operator.NIN, Operator.NIN: Operator.IN,
}  # fmt: skip
_LIKE = {Operator.STARTS_WITH: "{}%", Operator.ENDS_WITH: "%{}", Operator.CONTAINS: "%{}%"}


def _cannot() -> Any:
    raise CannotExpress


def like(operator: Operator, value: Any, dialect: str) -> str:
    """A LIKE pattern, with the escapes that PostgreSQL and MariaDB know without being told. SQLite knows none."""
    if dialect == "sqlite" and ("%" in value or "_" in value):
        raise CannotExpress
    if dialect != "sqlite":
        for special in "\\%_":
            value = value.replace(special, f"\\{special}")
    return _LIKE[operator].format(value)


_SQLALCHEMY_FILTERS = {
    Operator.EQ: "==", Operator.NE: "!=", Operator.GT: ">", Operator.GTE: ">=", Operator.LT: "<", Operator.LTE: "<=",
    Operator.IN: "in", Operator.NIN: "not_in",
}  # fmt: skip


def _sqlalchemy_filters(session: Any, mapped: Any, dialect: str) -> Peer:
    apply = import_module("sqlalchemy_filters").apply_filters

    def spec(expression: Expression) -> Any:
        match expression:
            case And(terms):
                return {"and": [spec(term) for term in terms]}
            case Or(terms):
                return {"or": [spec(term) for term in terms]}
            case Not(term):
                return {"not": [spec(term)]}
            case Comparison(field, operator, value):
                if value is None:
                    return {"field": field.name, "op": "is_null" if operator is Operator.EQ else "is_not_null"}
                if operator in _LIKE:
                    return {"field": field.name, "op": "like", "value": like(operator, value, dialect)}
                return {"field": field.name, "op": _SQLALCHEMY_FILTERS[operator], "value": _stored(value)}
            case AnyElement() | AnyReferred():
                raise AssertionError("no benchmark has lists of objects or other entities")
            case _:
                assert_never(expression)

    def ids(request: Any) -> list[int]:
        return [number for (number,) in apply(session.query(mapped.id), request)]

    return Peer("sqlalchemy-filters", lambda query: spec(query.expression), ids)


def _odata_query(session: Any, mapped: Any, dialect: str) -> Peer:
    apply = import_module("odata_query.sqlalchemy").apply_odata_query
    select = import_module("sqlalchemy").select

    quiet()

    def ids(request: str) -> list[int]:
        return list(session.scalars(apply(select(mapped.id), request)))

    return Peer("odata-query, SQLAlchemy", lambda query: odata(query, zone=""), ids)
