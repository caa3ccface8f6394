"""Cursors: positions in an order as text that clients send back (docs/paging.md#cursors).

A cursor is base64url, without padding, of 8 bytes that identify the criteria and the order, the values of the sort keys
as a JSON array in canonical form, and, if there is a key to sign with, 12 bytes of an HMAC over both.
"""

from __future__ import annotations

import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Any

from criteria.cache import Cache
from criteria.errors import CriteriaError, Problem, Refusal
from criteria.limits import DEFAULT_LIMITS
from criteria.messages import quoted
from criteria.schema.field import Field, Value
from criteria.search.keyset import Position
from criteria.search.order_by import SortKey
from criteria.text.json_decoding import decode, read_text
from criteria.tree.nodes import And, AnyElement, AnyReferred, Comparison, Expression, Not, Operator, Or, assert_never
from criteria.tree.query import Query
from criteria.values.canonical import json_value
from criteria.values.coerce import coerce
from criteria.values.non_finite import is_non_finite, non_finite, non_finite_text

MAX_LENGTH = 32_768
"""Characters of a cursor. Servers often take 64 KiB for the whole head of a request, of which a cursor is one part."""

MIN_KEY_LENGTH = 16
"""Bytes of a key that signs cursors."""

_SCOPE, _SIGNATURE = 8, 12
"""Bytes of the parts of a cursor."""

_TEXT = re.compile(r"[0-9A-Za-z_-]+", re.ASCII)
_FIRST_PAGE = "Request the first page again, without a cursor."


def check_cursor_key(key: object) -> None:
    """Raises `CriteriaError` (`invalid_parameter`) for a key that cannot sign cursors.

    The key is the server's own: check it when the program starts, and keep its problem apart from those of a request.
    """
    if key is not None and not (isinstance(key, bytes) and len(key) >= MIN_KEY_LENGTH):
        message = f"The key of cursors is bytes, at least {MIN_KEY_LENGTH}."
        hint = "An empty key may come from a variable that is not set. None leaves cursors unsigned."
        raise CriteriaError(Problem("invalid_parameter", message, "/cursorKey", hint=hint))


def encode_cursor(position: Position, query: Query, keys: Sequence[SortKey], key: bytes | None) -> str:
    """The cursor of a position in the order of the keys. Raises `Refusal` (`unsupported`) for one that is too long."""
    values = [None if value is None else _as_json(one.field, value) for one, value in zip(keys, position, strict=True)]
    body = _scope(query, keys) + _compact_list(values).encode()
    signed = body if key is None else body + _signature(key, body)
    text = urlsafe_b64encode(signed).decode().rstrip("=")
    if len(text) > MAX_LENGTH:
        message = f"The values of the sort keys make a cursor of more than {MAX_LENGTH} characters."
        raise Refusal("unsupported", message, "Order by fields with shorter values, or use skip.")
    return text


def _as_json(field: Field, value: Value) -> Any:
    """A value in canonical form; NaN and infinities, which JSON does not have, as text."""
    if isinstance(value, (float, Decimal)) and is_non_finite(value):
        return non_finite_text(value)
    return json_value(field, value)


def decode_cursor(text: object, query: Query, keys: Sequence[SortKey], key: bytes | None) -> Position:
    """The position of a cursor that belongs to a query and an order.

    Raises `Refusal`: `invalid_cursor` for text that is not a cursor, a wrong signature and values that do not fit their
    fields; `cursor_mismatch` for a cursor of another query, order or schema; `too_long`.
    """
    scope, values = _parts(_verified(_bytes(text), key))
    if not hmac.compare_digest(scope, _scope(query, keys)):
        message = "The cursor belongs to other criteria, another order or another schema."
        raise Refusal("cursor_mismatch", message, _FIRST_PAGE)
    if len(values) != len(keys):
        raise _invalid()
    return tuple(_typed(one.field, value) for one, value in zip(keys, values, strict=True))


def _bytes(text: object) -> bytes:
    if not isinstance(text, str):
        raise Refusal("invalid_cursor", f"Expected a cursor to be a string, found {quoted(text)}.", _FIRST_PAGE)
    if len(text) > MAX_LENGTH:
        raise Refusal("too_long", f"The cursor is longer than {MAX_LENGTH} characters.", _FIRST_PAGE)
    if not _TEXT.fullmatch(text) or len(text) % 4 == 1:
        raise _invalid()
    found = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if urlsafe_b64encode(found).decode().rstrip("=") != text:  # the last character may hold unused bits
        raise _invalid()
    return found


def _verified(found: bytes, key: bytes | None) -> bytes:
    """What was signed, if the signature is right."""
    if key is None:
        return found
    body, signature = found[:-_SIGNATURE], found[-_SIGNATURE:]
    if not hmac.compare_digest(signature, _signature(key, body)):
        raise _invalid()
    return body


def _parts(body: bytes) -> tuple[bytes, list[Any]]:
    """The scope of a cursor, and its values as decoded JSON."""
    try:
        values, problems = decode(read_text(body[_SCOPE:]))
    except CriteriaError:
        raise _invalid() from None
    if problems or not isinstance(values, list):
        raise _invalid()
    return body[:_SCOPE], values


def _typed(field: Field, value: Any) -> Value | None:
    if value is None:
        if not (field.nullable or field.is_nested):
            message = f"The cursor has no value of field {quoted(field.name)}, which is not nullable."
            raise Refusal("invalid_cursor", message, _FIRST_PAGE)
        return None
    special = non_finite(field, value) if isinstance(value, str) else None
    if special is not None:
        return special
    try:
        return coerce(field, value)
    except Refusal as refusal:
        raise Refusal("invalid_cursor", f"The cursor does not fit its fields. {refusal.message}", _FIRST_PAGE) from None


def _invalid() -> Refusal:
    message = "This is not a cursor that was issued here, or it has been changed."
    return Refusal("invalid_cursor", message, _FIRST_PAGE)


def _signature(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, "sha256")[:_SIGNATURE]


def _scope(query: Query, keys: Sequence[SortKey]) -> bytes:
    """Identifies criteria, in whatever order their members are, and sort keys with their types."""
    name = None if query.schema is None else query.schema.name
    criteria = _text(query.expression, DEFAULT_LIMITS.nesting) or _sorted(query.to_json())
    text = f"[{_compact(name)},{criteria},[{_order(tuple(keys))}]]"
    return sha256(text.encode()).digest()[:_SCOPE]


_ORDERS: Cache[tuple[SortKey, ...], str] = Cache(100, max_bytes=1 << 20)


def _order(keys: tuple[SortKey, ...]) -> str:
    """Sort keys with their types as text. Most pages of a list have one of a few orders."""
    found = _ORDERS.get(keys)
    if found is None:
        found = ",".join([_compact_list([one.field.name, *_type(one.field), bool(one.descending)]) for one in keys])
        _ORDERS.put(keys, found, 4 * len(found))
    return found


def _type(field: Field) -> tuple[object, ...]:
    return field.field_type.value, field.precision, field.scale


def _text(expression: Expression, levels: int) -> str | None:
    """What `_sorted` returns for an expression as JSON, without making the JSON. None if it nests in more levels, or
    has tests of objects in lists or of other entities."""
    match expression:
        case Comparison(field, operator, value):
            if levels < _LEVELS_OF_COMPARISON:
                return None
            if isinstance(value, tuple):
                operand = "[" + ",".join(sorted(_compact(json_value(field, item)) for item in value)) + "]"
            else:
                operand = "null" if value is None else _compact(json_value(field, value))
            name = _compact(field.name)
            if operator is not Operator.EQ:
                operand = f'{{"{operator.value}":{operand}}}'
            return f"{{{name}:{operand}}}"
        case And(terms) | Or(terms):
            texts = [_text(term, levels - 2) for term in terms]
            known = [text for text in texts if text is not None]
            if not known or len(known) < len(texts):
                return None
            return f'{{"{"AND" if isinstance(expression, And) else "OR"}":[{",".join(sorted(known))}]}}'
        case Not(term):
            text = _text(term, levels - 1)
            return None if text is None else f'{{"NOT":{text}}}'
        case AnyElement() | AnyReferred():
            return None
        case _:
            assert_never(expression)


_LEVELS_OF_COMPARISON = 3


def _sorted(criteria: Any) -> str:
    """Decoded criteria as text, with the terms of each AND and OR, and the values of each list, in one order."""
    if isinstance(criteria, dict):
        return "{" + ",".join(f"{_compact(name)}:{_sorted(criteria[name])}" for name in sorted(criteria)) + "}"
    if isinstance(criteria, list):
        return "[" + ",".join(sorted(map(_sorted, criteria))) + "]"
    return _compact(criteria)


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _compact(value: Any) -> str:
    """A value as JSON. The encoder prepares for values of any depth, which takes longer than most scalars do."""
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    return str(value) if type(value) is int else _encode(value)


def _compact_list(values: Iterable[Any]) -> str:
    return f"[{','.join(map(_compact, values))}]"
