"""Reads a schema from an annotated class."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, Literal, TypeVar

from criteria.annotations.libraries import members_of
from criteria.annotations.member import Member, Zone
from criteria.annotations.shapes import Shape, shape_of, shown
from criteria.errors import CriteriaError, Listing, Problem, Refusal, to_pointer
from criteria.messages import nearest_or_all, quoted, shown_text
from criteria.schema.chosen_names import chosen_names
from criteria.schema.field import Field, FieldType
from criteria.schema.schema import Schema

Naive = Literal["utc", "never"]

Result = TypeVar("Result")

_PYTHON_DIGITS = 6
"""Digits of a second that a `datetime` of Python has."""


def annotated_schema(
    cls: type,
    *,
    name: str | None = None,
    include: Iterable[str] | None = None,
    exclude: Iterable[str] = (),
    key: Iterable[str] | None = None,
    max_limit: int | None = None,
    naive: Naive | None = None,
) -> Schema:
    """What `Schema.from_annotations` returns."""
    if naive not in (None, "utc", "never"):
        raise CriteriaError(Problem("unknown_option", f"naive is {quoted(naive)}.", hint='Use "utc" or "never".'))
    wanted = None if include is None else frozenset(chosen_names("include", include))
    reader = _Reader(wanted, frozenset(chosen_names("exclude", exclude)), naive)
    reader.read(cls, (), (), column=None, nullable=False)
    reader.check_names()
    reader.listing.refuse()
    title = getattr(cls, "__name__", "object") if name is None else name
    return Schema(title, reader.fields, system_properties=False, key=key, max_limit=max_limit)


class _Reader:
    """Collects the fields of a class, and the problems of members that no field can be."""

    def __init__(self, include: frozenset[str] | None, exclude: frozenset[str], naive: Naive | None) -> None:
        self.include, self.exclude, self.naive = include, exclude, naive
        self.fields: list[Field] = []
        self.seen: dict[str, None] = {}
        self.listing = Listing()

    def read(
        self, cls: Any, path: tuple[str, ...], around: tuple[Any, ...], *, column: str | None, nullable: bool
    ) -> None:
        """Reads the members of a class whose objects are at a path, inside the classes `around`."""
        members = self._members(cls, path)
        for member in members:
            here = (*path, member.name)
            name = ".".join(here)
            self.seen[name] = None
            if not self._is_wanted(name):
                continue
            try:
                self._add(member, here, (*around, cls), column or member.attribute, nullable)
            except Refusal as refusal:
                message = f"{quoted(name)} of {shown(around[0] if around else cls)} cannot be a field. "
                hint = refusal.hinted(self.listing.hints)
                hint = hint and hint.replace('"..."', quoted(name))
                self.listing.report(Problem(refusal.code, message + refusal.message, to_pointer(here), hint=hint))
            except CriteriaError as error:
                for problem in error.problems:
                    self.listing.report(Problem(problem.code, problem.message, to_pointer(here), hint=problem.hint))

    def _members(self, cls: Any, path: tuple[str, ...]) -> Collection[Member]:
        members = _evaluated(lambda: members_of(cls), f"The annotations of {shown(cls)}", path)
        if members is None:
            message = f"{shown(cls)} has no annotated members."
            hint = "Use a Pydantic model, a dataclass, a TypedDict, a msgspec.Struct or an attrs class."
            raise CriteriaError(Problem("invalid_schema", message, to_pointer(path), hint=hint))
        return members

    def _is_wanted(self, name: str) -> bool:
        if name in self.exclude:
            return False
        if self.include is None:
            return not name.rpartition(".")[2].startswith("_")
        outer = [name[:index] for index, letter in enumerate(name) if letter == "."]
        is_around = any(one.startswith(f"{name}.") for one in self.include)
        return is_around or not self.include.isdisjoint([name, *outer])

    def _add(self, member: Member, path: tuple[str, ...], around: tuple[Any, ...], column: str, nullable: bool) -> None:
        """Adds the field of a member, or the fields inside it."""
        shape = _evaluated(lambda: shape_of(member.annotation), f"The annotation of {quoted(member.attribute)}", path)
        may_be_null = nullable or shape.nullable or member.may_be_missing
        leave_out = f"Leave it out: exclude={{{quoted('.'.join(path))}}}."
        if "." in member.name:
            message = f"In JSON it is {quoted(member.name)}, and a name with a dot is a path into an object."
            raise Refusal("invalid_schema", message, f"Give it a name without dots. {leave_out}")
        if len(path) > 1 and member.name != member.attribute:
            message = f"Inside an object, it is the attribute {quoted(member.attribute)} with another name in JSON."
            raise Refusal("invalid_schema", message, f"Give both one name. {leave_out}")
        if shape.holds is not None:
            if shape.holds in around:
                raise Refusal("invalid_schema", f"{shown(shape.holds)} holds itself.", leave_out)
            inner = shape.holds
            if _evaluated(lambda: members_of(inner), f"The annotations of {shown(inner)}", path) is None:
                raise Refusal("invalid_schema", f"No field has the type {shown(shape.holds)}.", leave_out)
            self.read(shape.holds, path, around, column=column, nullable=may_be_null)
            return
        self.fields.append(self._field(member, ".".join(path), shape, column, may_be_null))

    def _field(self, member: Member, name: str, shape: Shape, column: str, nullable: bool) -> Field:
        assert shape.field_type is not None
        described = member.description or shape.said("description") or shape.said("documentation")
        precision = scale = None
        if shape.field_type is FieldType.DECIMAL:
            precision, scale = shape.said("max_digits"), shape.said("decimal_places")
        elif shape.field_type is FieldType.DATE_TIME:
            precision = _PYTHON_DIGITS
        return Field(
            name,
            shape.field_type,
            description=described if isinstance(described, str) else None,
            is_list=shape.is_list,
            nullable=nullable,
            column=None if column == name.split(".")[0] else column,
            precision=precision,
            scale=scale,
            values=shape.values,
            time_zone=self._time_zone(shape) if shape.field_type is FieldType.DATE_TIME else None,
        )

    def _time_zone(self, shape: Shape) -> str | None:
        """What a field of datetimes says of those without a zone."""
        if shape.zone is Zone.AWARE:
            return None
        if self.naive == "utc":
            return "UTC"
        if self.naive == "never" and shape.zone is None:
            return None
        is_naive = "has no time zone" if shape.zone is Zone.NAIVE else "may have no time zone"
        hint = 'Say naive="utc" if those without a zone are in UTC, naive="never" if there are none, or annotate it as'
        hint += " AwareDatetime (Pydantic) or Annotated[datetime, msgspec.Meta(tz=True)]."
        raise Refusal("invalid_schema", f"A datetime that {is_naive} is not an instant.", hint)

    def check_names(self) -> None:
        """Reports the names to include or exclude that no member has."""
        for option, names in (("include", self.include or ()), ("exclude", self.exclude)):
            for name in sorted(names):
                if name not in self.seen:
                    hint = nearest_or_all(name, self.seen, "members", self.listing.hints)
                    message = f"{option} names {quoted(name)}, which no member has in JSON."
                    self.listing.report(Problem("unknown_option", message, f"/{option}", hint=hint))


def _evaluated(call: Callable[[], Result], what: str, path: tuple[str, ...]) -> Result:
    """What a call returns that evaluates annotations. Raises `CriteriaError` (`invalid_schema`) for what they raise."""
    try:
        return call()
    except (CriteriaError, Refusal):
        raise
    except Exception as error:  # annotations are code of their own
        told = f"{type(error).__name__}: {shown_text(error, 1000)}"
        message = f"{what} cannot be evaluated: {told}"
        raise CriteriaError(Problem("invalid_schema", message, to_pointer(path))) from error
