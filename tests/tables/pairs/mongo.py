"""MongoDB, as programs write documents: the BSON types that each type of field may be stored as."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID
from zlib import crc32

from criteria import FieldType
from tests.tables.pairs.pair import Pair
from tests.tables.pairs.values import LIST, by_turns, signed


def _midnight(value: Any) -> datetime:
    return datetime(value.year, value.month, value.day, tzinfo=timezone.utc)


def _milliseconds(value: datetime) -> str:
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _long(value: Any) -> Any:
    from bson import Int64

    return Int64(int(value))


def _decimal(value: Any) -> Any:
    from bson import Decimal128

    return Decimal128(Decimal(value))


def _object_id(value: str) -> Any:
    from bson import ObjectId

    return ObjectId(value)


def binary(representation: int) -> Callable[[UUID], Any]:
    def write(value: UUID) -> Any:
        from bson import Binary

        return Binary.from_uuid(value, representation)

    return write


def _each(write: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Writes a list."""
    return lambda values: [None if one is None else write(one) for one in values]


def _is_exact(value: Any) -> bool:
    """Whether a double holds an integer, as all others beside it do."""
    return bool(abs(value) <= 2**53)


def _is_int(value: Any) -> bool:
    """Whether an `int`, which has 32 bits, holds a number."""
    return bool(value == value // 1) and signed(32)(value)


def _is_long(value: Any) -> bool:
    """Whether a `long` holds a number, and a double does as well."""
    return _is_exact(value) and bool(value == value // 1)


IDS = ("000000000000000000000000", "00000000000000000000000a", "0123456789abcdef01234567", "5f0000000000000000000000",
       "ffffffffffffffffffffffff")  # fmt: skip
OPERANDS = (*IDS, "", "0", "5", "5f", "5F", "5f:", "5g", "a", "f", "ff", "fg", "g", "é", "~", " ", "/", "9", ":", "`",
            IDS[1] + "0", IDS[4] + "0", IDS[2][:23], IDS[2][:23] + "g", "0123456789ABCDEF01234567",
            "f" * 23 + "~")  # fmt: skip
"""What is compared with ObjectIds: other ids, and texts before, among and after all of them."""


def near_ids(texts: tuple[str, ...]) -> Callable[[str], str]:
    """One of some texts for a generated one, which is hardly ever 24 digits."""
    return lambda value: texts[crc32(value.encode("utf-8", "surrogatepass")) % len(texts)]


_DOUBLE = {"precision": 15, "scale": 4}
_SHORT = {"precision": 12, "scale": 2}
LEGACY = {"pythonLegacy": 3, "javaLegacy": 5, "csharpLegacy": 6}
"""The orders of bytes in binary subtype 3, and the numbers by which PyMongo knows them."""

MONGO = (
    Pair("string", FieldType.STRING),
    Pair("objectId", FieldType.STRING, write=_object_id, made=near_ids(IDS)),
    *(
        pair
        for kind in (FieldType.INTEGER, FieldType.OBJECT_REF)
        for pair in (
            Pair("int", kind, holds=_is_int),
            Pair("long", kind, write=_long),
            Pair("double", kind, write=float, holds=_is_exact),
            Pair("decimal", kind, write=_decimal),
            Pair("number", kind, write=by_turns(int, _long, float, _decimal), holds=_is_exact),
        )
    ),
    Pair("double", FieldType.DOUBLE),
    Pair("int", FieldType.DOUBLE, write=int, holds=_is_int),
    Pair("long", FieldType.DOUBLE, write=_long, holds=_is_long),
    Pair("number", FieldType.DOUBLE, write=by_turns(float, _long), holds=_is_long),
    Pair("decimal", FieldType.DECIMAL, write=_decimal),
    Pair("int", FieldType.DECIMAL, _SHORT, write=int, holds=_is_int),
    Pair("long", FieldType.DECIMAL, _SHORT, write=_long, holds=_is_long),
    Pair("double", FieldType.DECIMAL, _DOUBLE, write=float),
    Pair("bool", FieldType.BOOLEAN),
    Pair("string", FieldType.DATE, write=str),
    Pair("date", FieldType.DATE, write=_midnight),
    Pair("date", FieldType.DATE_TIME),
    Pair("string", FieldType.DATE_TIME, write=_milliseconds),
    Pair("binData", FieldType.GUID, write=binary(4)),
    Pair("string", FieldType.GUID, write=str),
    *(Pair(name, FieldType.GUID, write=binary(number)) for name, number in LEGACY.items()),
    Pair("string", FieldType.STRING, LIST),
    Pair("objectId", FieldType.STRING, LIST, write=_each(_object_id), made=near_ids(IDS)),
    Pair("long", FieldType.INTEGER, LIST, write=_each(_long)),
    Pair("decimal", FieldType.DECIMAL, LIST, write=_each(_decimal)),
    Pair("double", FieldType.DECIMAL, _DOUBLE | LIST, write=_each(float)),
    Pair("date", FieldType.DATE, LIST, write=_each(_midnight)),
    Pair("string", FieldType.DATE_TIME, LIST, write=_each(_milliseconds)),
    *(Pair(name, FieldType.GUID, LIST, write=_each(binary(number))) for name, number in LEGACY.items()),
)
"""A pair's column is the BSON type, as `criteria.Collection` names it."""

NOTES: Mapping[FieldType, str] = {
    FieldType.STRING: "the 24 hexadecimal digits, in lower case; `$contains` and `$endsWith` are refused",
    FieldType.DECIMAL: "doubles up to 15 digits",
    FieldType.INTEGER: "numbers compare by value; `number` is several of these types",
    FieldType.OBJECT_REF: "numbers compare by value; `number` is several of these types",
    FieldType.DOUBLE: "numbers compare by value; `number` is several of these types",
    FieldType.DATE: "as text `2026-06-01`; as an instant at midnight UTC",
    FieldType.DATE_TIME: "as text `2026-06-01T12:00:00.000Z`, which JavaScript's `toISOString` writes",
    FieldType.GUID: "subtype 4; text in lower case; subtype 3 in the byte order of each driver. Orders by "
    "`javaLegacy` and `csharpLegacy` are refused",
}
"""What the documentation says about the values of each type of field."""
