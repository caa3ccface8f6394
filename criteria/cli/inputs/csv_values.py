"""Infers the types of columns from cells of CSV."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from criteria.cli.inputs.cell_spellings import Spelling, spelling, why_no_numbers
from criteria.errors import Refusal, assert_never
from criteria.files.csv_cells import cell_reader
from criteria.files.csv_dialect import NULL_WORDS, CsvDialect
from criteria.inference.candidates import SCALARS, Fits, TypeRules, converts, fits_json
from criteria.inference.observed import ObservedField, RecordPosition
from criteria.messages import quoted
from criteria.schema.field import Field, FieldType
from criteria.text.ascii_case import ascii_lower

_WORDS: Mapping[FieldType, str] = {
    FieldType.STRING: "strings",
    FieldType.INTEGER: "integers",
    FieldType.BOOLEAN: "booleans",
    FieldType.DECIMAL: "decimals",
    FieldType.DOUBLE: "numbers",
    FieldType.DATE: "dates",
    FieldType.DATE_TIME: "dateTimes",
    FieldType.GUID: "guids",
    FieldType.OBJECT_REF: "references",
}

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)", re.ASCII)
_GUID_LENGTH = 36
_MAX_SEEN = 1 << 16
_MAX_KEYS = 1_000_000

*_OTHERS, _STRING = SCALARS
_LISTS = tuple(replace(field, is_list=True) for field in SCALARS)
_WITHOUT_ZONE = Field("value", FieldType.DATE_TIME, precision=6, time_zone="UTC")
CANDIDATES = (*_OTHERS, _WITHOUT_ZONE, *_LISTS, _STRING)


def _of(*types: FieldType) -> frozenset[Field]:
    return frozenset(one for one in CANDIDATES if one.field_type in types and not one.is_list)


_DAY_AND_TIME = r"[12][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])[ T](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"

TELLING: tuple[tuple[re.Pattern[str], frozenset[Field]], ...] = (
    (re.compile(r"0|-?[1-9][0-9]{0,14}"), _of(FieldType.INTEGER, FieldType.DOUBLE)),
    (re.compile(r"-?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15}"), _of(FieldType.DOUBLE)),
    (re.compile(_DAY_AND_TIME + r"(?:\.[0-9]{1,3})?(?:Z|[+-](?:0[0-9]|1[0-3]):?[0-5][0-9])"), _of(FieldType.DATE_TIME)),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), _of(FieldType.GUID)),
)
"""Patterns of cells, and types that hold every such cell. A string does, too. They are right for each dialect but one
with decimal commas."""


def _may_be(field: Field, cell: str) -> bool:
    """Whether a cell has what every value of a type has. Converting a value of another type takes ten times as long:
    a refusal is worded."""
    if field.is_list:
        return "[" in cell
    match field.field_type:
        case FieldType.INTEGER:
            return _INTEGER.fullmatch(cell) is not None
        case FieldType.GUID:
            return len(cell) == _GUID_LENGTH
        case FieldType.BOOLEAN:
            return len(cell) <= 5 and ascii_lower(cell) in ("true", "false")
        case FieldType.DATE | FieldType.DATE_TIME:
            return "-" in cell
        case FieldType.STRING | FieldType.DECIMAL | FieldType.DOUBLE | FieldType.OBJECT_REF:
            return True
        case _:
            assert_never(field.field_type)


def fits_cells(dialect: CsvDialect) -> Fits:
    """Whether a cell is read as a field's type."""
    readers = {field: cell_reader(field, dialect) for field in CANDIDATES}

    def fits(field: Field, cell: str) -> bool:
        if not _may_be(field, cell):
            return False
        try:
            value = readers[field](cell)
        except Refusal:
            return False
        if field.is_list:
            return isinstance(value, list) and all(item is None or fits_json(field, item) for item in value)
        if field.field_type is FieldType.INTEGER:
            return converts(field, value)
        if field.field_type is FieldType.DOUBLE and _INTEGER.fullmatch(cell):  # a rounded id would be another one
            return fits_json(field, value) and int(float(cell)) == int(cell)
        return fits_json(field, value)

    return fits


def _choose(fitting: Sequence[Field]) -> Field:
    """Times without a zone do not tell that they are in UTC."""
    return fitting[-1] if fitting[0] == _WITHOUT_ZONE else _choose_in_utc(fitting)


def _choose_in_utc(fitting: Sequence[Field]) -> Field:
    """Where nothing but empty lists was seen, any type of list fits: that tells none, and a string holds them too."""
    return fitting[-1] if set(_LISTS) <= set(fitting) else fitting[0]


class CsvColumns:
    """The columns of CSV data, seen block by block. Every column can be one of strings. `is_utc` says that times
    without a zone are in UTC."""

    def __init__(self, dialect: CsvDialect, *, is_utc: bool = False) -> None:
        choose = _choose_in_utc if is_utc else _choose
        self._rules = TypeRules(CANDIDATES, fits_cells(dialect), choose, untold=_STRING, are_paths=True)
        self._nulls = dialect.nulls | {""}
        self._telling = TELLING if not dialect.decimal_comma else ()
        self._columns: dict[str, _Column] = {}
        self.records = 0

    def see(self, columns: Iterable[tuple[str, Sequence[str]]], lines: Sequence[int]) -> None:
        """Takes note of rows that begin in these lines: the names of columns, and their cells."""
        for name, cells in columns:
            if name not in self._columns:
                is_first = not self._columns
                self._columns[name] = _Column(name, self._rules, self._nulls, self._telling, is_first)
            self._columns[name].see(cells, self.records, lines)
        self.records += len(lines)

    def observed(self) -> ObservedField:
        """A root whose members are the columns."""
        root = ObservedField.named((), self._rules)
        root.members = {name: column.observed() for name, column in self._columns.items()}
        return root

    def untold(self) -> list[str]:
        """The columns without any value."""
        return [name for name, column in self._columns.items() if column.is_empty]

    def notes(self) -> list[str]:
        """What the types do not say."""
        found = ((name, column.note()) for name, column in self._columns.items())
        return [f"{quoted(name)}: {note}" for name, note in found if note is not None]

    def hints(self) -> dict[str, str]:
        """Why columns have strings, for queries that compare them with something else."""
        found = ((name, column.hint()) for name, column in self._columns.items())
        return {name: hint for name, hint in found if hint is not None}


class _Column:
    """The cells of one column. The same cell is looked at once."""

    def __init__(
        self,
        name: str,
        rules: TypeRules,
        nulls: frozenset[str],
        telling: Sequence[tuple[re.Pattern[str], frozenset[Field]]],
        is_first: bool,
    ) -> None:
        self._name, self._nulls, self._telling = name, nulls, telling
        self._all = ObservedField.named((name,), rules)
        self._others = ObservedField.named((name,), rules)
        """The same without the cells that are words for null."""
        self._all.keys = set() if is_first else None
        self._seen: set[str] = set()
        self._words: Counter[str] = Counter()
        self._is_told = self._is_cut = False

    @property
    def is_empty(self) -> bool:
        """Whether all cells are null."""
        return not self._all.filled

    def see(self, cells: Sequence[str], before: int, lines: Sequence[int]) -> None:
        distinct = set(cells)
        nulls = sum(cells.count(null) for null in self._nulls & distinct)
        if nulls < len(cells):
            self._all.kind = "a value"
            self._all.filled += len(cells) - nulls
        if self._all.keys is not None:
            keys = distinct - self._nulls
            is_repeated = len(keys) < len(cells) - nulls or not keys.isdisjoint(self._all.keys)
            self._all.keys.update(keys)
            if is_repeated or len(self._all.keys) > _MAX_KEYS:
                self._all.keys = None
        for word in distinct.intersection(NULL_WORDS) - self._nulls:
            self._words[word] += cells.count(word)
        left = [*(distinct - self._seen - self._nulls)]
        while left:
            possible = self._possible()
            left = self._untold(left, possible)
            while left and self._possible() == possible:
                cell = left.pop()
                place = RecordPosition(before + 1, lines[0])  # about: a column of strings takes any cell
                are_same = self._others.candidates == self._all.candidates
                self._all.narrow(cell, place)
                if cell not in NULL_WORDS:
                    self._is_told = True
                    if are_same and self._all.fault is None:
                        self._others.candidates = self._all.candidates
                    else:
                        self._others.narrow(cell, place)
        if len(self._seen) > _MAX_SEEN:
            self._seen.clear()
            self._is_cut = True
        self._seen.update(distinct)

    def _possible(self) -> frozenset[Field]:
        """The types besides strings that are possible, with or without the words for null. Before the first cell: all
        of them."""
        return frozenset({*self._all.candidates, *self._others.candidates} - {_STRING})

    def _untold(self, cells: Iterable[str], possible: frozenset[Field]) -> list[str]:
        """The cells that may leave fewer types possible. Looking at one takes twenty times as long as a pattern."""
        if not possible and self._is_told:
            return []
        pattern = next((pattern for pattern, held in self._telling if possible and possible <= held), None)
        return [*cells] if pattern is None else [cell for cell in cells if pattern.fullmatch(cell) is None]

    def observed(self) -> ObservedField:
        self._all.path = (self._name,) if "." not in self._name else tuple(self._name.split("."))
        return self._all

    def note(self) -> Spelling | None:
        """What is said of the column if its type does not say it."""
        if not self._is_told or self._others.fault is not None:
            return None
        if self._others.candidates[0] != _STRING or self._is_cut:  # nothing is said of very many values
            return self._note_on_words()
        return self._note_on_words() or spelling(self._cells())

    def hint(self) -> str | None:
        """Why the column has strings, if it does."""
        if not self._is_told or self._all.candidates[0] != _STRING or self._is_cut:
            return None
        note = self.note()
        if note is None:
            return why_no_numbers(self._cells())
        return note.remedy or f"The cells are written as {quoted(min(self._cells()))} is."

    def _cells(self) -> set[str]:
        return self._seen - self._nulls - {*NULL_WORDS}

    def _note_on_words(self) -> Spelling | None:
        first = self._others.candidates[0]
        if self._words and self._all.candidates[0] != first:
            words = " or ".join(self._words)
            options = " ".join(f"--null {_shell(word)}" for word in self._words)
            kind = "times" if first == _WITHOUT_ZONE else "lists" if first.is_list else _WORDS[first.field_type]
            is_or_are = "is" if self._words.total() == 1 else "are"
            told = f"{self._words.total():,} of {self._all.filled:,} cells {is_or_are} {words}, all others {kind}."
            return Spelling(told, f"To read them as null, add {options}.")
        if first == _WITHOUT_ZONE and self._all.values.choose(self._all.candidates) == _STRING:
            remedy = (
                'If they are in UTC, add --time-zone UTC, or declare a dateTime with "timeZone": "UTC" in the schema.'
            )
            return Spelling("the times have no time zone, so they are strings here.", remedy)
        return None


def _shell(word: str) -> str:
    return word if re.fullmatch(r"[A-Za-z/]+", word) else f"'{word}'"
