"""Infers the types of columns from cells of CSV."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from criteria import Field, FieldType, Problem
from criteria.files.csv_table import cell_reader, csv_rows
from criteria.files.records import Data
from criteria.inference.candidates import SCALARS, TypeRules, converts, fits_json


def csv_records(data: Data) -> tuple[list[str], Iterator[Mapping[str, str | None]]]:
    """The names in the header, and the rows as dicts; an empty cell is null."""
    rows = csv_rows(data)
    names, _, _ = next(rows, ([], 1, ""))
    if not names:
        raise data.fault(Problem("invalid_record", "The data have no header line.", line=1))
    twice = next((name for at, name in enumerate(names) if name in names[:at]), None)
    if twice is not None:
        raise data.fault(Problem("invalid_record", f'The header names "{twice}" twice.', line=1))

    def records() -> Iterator[Mapping[str, str | None]]:
        for cells, number, _ in rows:
            if len(cells) != len(names):
                message = f"Cells in this row: {len(cells)}; in the header: {len(names)}."
                raise data.fault(Problem("invalid_record", message, line=number))
            yield {name: cell or None for name, cell in zip(names, cells, strict=True)}

    return names, records()


_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)", re.ASCII)


def _fits_cell(field: Field, cell: str) -> bool:
    """Whether a cell of CSV can be read as the field's type."""
    value = cell_reader(field)(cell)
    if field.is_list:
        return isinstance(value, list) and all(item is None or fits_json(field, item) for item in value)
    if field.field_type is FieldType.INTEGER:
        return bool(_INTEGER.fullmatch(cell)) and converts(field, value)
    return fits_json(field, value)


def _choose_cell(fitting: Sequence[Field]) -> Field:
    """If all values are empty lists, any list type fits, so none can be inferred. Then the column is a string, which
    fits too."""
    return fitting[-1] if set(_LISTS) <= set(fitting) else fitting[0]


*_OTHERS, _STRING = SCALARS
_LISTS = tuple(replace(field, is_list=True) for field in SCALARS)

CELLS = TypeRules((*_OTHERS, *_LISTS, _STRING), _fits_cell, _choose_cell, untold=_STRING, are_paths=True)
"""Cells of CSV are texts, which may represent a value or a list. Every column can be a string, also one without values:
otherwise the schema would omit a column, and could not read the data."""
