"""When an operator or a field type is added, every place that must handle it is named.

Tables over operators or field types are total, subsets of field types say what they leave out, and no `match` over
either has a default arm. These checks read the code and the modules themselves, so that a new table is held as well.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from inspect import get_annotations
from types import ModuleType
from typing import Any

import pytest

from criteria import FieldType
from criteria.backends.registry import BUILT_IN, load
from criteria.tree.nodes import EQUALITY, FOLDED, MEMBERSHIP, OPPOSITES, ORDERING, POSITIVES, TEXT, Operator
from tests.conftest import IN_CI
from tests.django.databases import configure
from tests.test_architecture import modules

KEYS: Mapping[str, frozenset[Any]] = {
    "FieldType": frozenset(FieldType),
    "Operator": frozenset(Operator),
    "NegativeOperator": frozenset({Operator.NE, Operator.NIN}),
    "PositiveOperator": frozenset(Operator) - frozenset(POSITIVES),
    "EqualityOperator": EQUALITY,
    "OrderingOperator": ORDERING,
    "MembershipOperator": MEMBERSHIP,
    "TextOperator": TEXT,
    "ExactTextOperator": TEXT - FOLDED,
    "FoldedOperator": FOLDED,
}
"""What the keys of a table are, by the name of their type in its annotation."""

_TEXT = "STARTS_WITH ENDS_WITH CONTAINS IEQ ISTARTS_WITH IENDS_WITH ICONTAINS"
_REST = "EQ NE GT GTE LT LTE IN NIN STARTS_WITH ENDS_WITH CONTAINS IEQ"

LEFT_OUT: Mapping[str, str] = {
    "criteria.explanation.text_tests._ENDS": f"{_REST} ISTARTS_WITH",
    "criteria.explanation.text_tests._STARTS": f"{_REST} IENDS_WITH",
    "criteria.files.csv_cells._COMMAS": "STRING INTEGER BOOLEAN DATE DATE_TIME GUID OBJECT_REF",
    "criteria.backends.backend.FIRST_OPERATORS": "IEQ ISTARTS_WITH IENDS_WITH ICONTAINS",
    "criteria.backends.backend.FIRST_TYPES": "DATE",
    "criteria.backends.frame.domains.GREATER": f"EQ NE LT LTE IN NIN {_TEXT}",
    "criteria.backends.frame.domains._CHANGES_BEHIND": f"EQ NE GTE LT IN NIN {_TEXT}",
    "criteria.backends.frame.domains._LESS": f"EQ NE GT GTE IN NIN {_TEXT}",
    "criteria.backends.frame.engines.pandas._CONVERTED": "STRING DECIMAL DOUBLE DATE DATE_TIME GUID",
    "criteria.backends.lancedb.filter._ABOVE": f"EQ NE LT LTE IN NIN {_TEXT}",
    "criteria.backends.mongo.filter._DIVIDE_BELOW": f"EQ NE GTE LT IN NIN {_TEXT}",
    "criteria.backends.python.code._IS_LOWER": f"EQ NE LT LTE IN NIN {_TEXT}",
    "criteria.backends.python.code._RAISED_BY_LISTS": "EQ NE IN NIN CONTAINS",
    "criteria.backends.python.code._SAME": f"NE GT GTE LT LTE NIN {_TEXT}",
    "criteria.backends.python.rounded_numbers._NUMBERS": "STRING BOOLEAN DATE DATE_TIME GUID",
    "criteria.backends.sql.clickhouse._VALUE_CHECKED": (
        "STRING INTEGER BOOLEAN DECIMAL DOUBLE DATE_TIME GUID OBJECT_REF"
    ),
    "criteria.backends.sql.columns.postgres._WHOLE": "STRING BOOLEAN DECIMAL DOUBLE DATE DATE_TIME GUID",
    "criteria.backends.sql.operators._FULFILLED_BY_NAN": f"EQ NE LT LTE IN NIN {_TEXT}",
    "criteria.backends.sql.operators._BELOW_ALL_SPELLINGS": f"EQ NE GT LTE IN NIN {_TEXT}",
    "criteria.backends.sql.operators._WHOLE_NUMBERS": "STRING BOOLEAN DECIMAL DOUBLE DATE DATE_TIME GUID",
    "criteria.backends.sql.condition._SERVED_BY_LIST_INDEX": f"NE GT GTE LT LTE NIN {_TEXT}",
    "criteria.backends.sql.duckdb._NON_FINITE": "STRING INTEGER BOOLEAN DECIMAL DATE DATE_TIME GUID OBJECT_REF",
    "criteria.backends.sql.postgres._NON_FINITE": "STRING INTEGER BOOLEAN DATE DATE_TIME GUID OBJECT_REF",
    "criteria.backends.sql.sqlite._NON_FINITE": "STRING INTEGER BOOLEAN DECIMAL DATE DATE_TIME GUID OBJECT_REF",
    "criteria.backends.sql.dialect._OF_TIME": "STRING INTEGER BOOLEAN DECIMAL DOUBLE GUID OBJECT_REF",
    "criteria.backends.sql.native_types._NOT_CAST": "STRING DECIMAL DOUBLE DATE DATE_TIME GUID",
    "criteria.backends.sql.oracle._VALUE_CHECKED": "STRING INTEGER BOOLEAN DECIMAL DOUBLE GUID OBJECT_REF",
    "criteria.backends.sql.tsql._VALUE_CHECKED": "INTEGER BOOLEAN DECIMAL DOUBLE DATE DATE_TIME GUID OBJECT_REF",
    "criteria.files.column_schema._WITHOUT_LITERALS": "STRING INTEGER BOOLEAN DOUBLE GUID OBJECT_REF",
    "criteria.inference.infer._KEYS": "BOOLEAN DECIMAL DOUBLE DATE DATE_TIME OBJECT_REF",
    "criteria.tables.first_schema._ORDER": "OBJECT_REF",
    "criteria.tree.normalize._MERGEABLE": f"NE GT GTE LT LTE NIN {_TEXT}",
    "criteria.values.hashes.FORESEEABLE": "STRING INTEGER BOOLEAN DOUBLE DATE DATE_TIME OBJECT_REF",
    "criteria.values.loading._NUMBERS": "STRING BOOLEAN DECIMAL DATE DATE_TIME GUID OBJECT_REF",
    "criteria.values.loading.SPELLED": "STRING INTEGER BOOLEAN DOUBLE OBJECT_REF",
    "criteria.web.entity.JSON_TYPES": "DECIMAL DATE DATE_TIME GUID OBJECT_REF",
}
"""The field types that each subset of them leaves out on purpose, or the operators that a subset of those does."""


@cache
def loaded() -> Mapping[str, ModuleType]:
    """Every module of the library; without the modules that need a package which is not installed, but in CI all."""
    found = {}
    if find_spec("django"):
        configure()  # Django REST framework reads its settings while it is imported
    for name in modules():
        try:
            found[name] = import_module(name)
        except ModuleNotFoundError as missing:
            if IN_CI or (missing.name or "").startswith("criteria"):
                raise
    return found


def tables() -> Iterator[tuple[str, str, Mapping[Any, Any]]]:
    """Each table over operators or field types: its name, its annotation, itself."""
    for module_name, module in loaded().items():
        annotations = get_annotations(module)
        for name, value in vars(module).items():
            is_own = (
                isinstance(value, Mapping) and value and all(isinstance(key, (Operator, FieldType)) for key in value)
            )
            if is_own and not is_imported(module_name, name):
                yield f"{module_name}.{name}", str(annotations.get(name, "")), value


@cache
def assigned(module_name: str) -> frozenset[str]:
    """The names that a module assigns at its top level."""
    tree = ast.parse(modules()[module_name].read_text(encoding="utf-8"))
    targets: list[ast.expr] = []
    for node in tree.body:
        if isinstance(node, ast.Assign):
            targets += node.targets
        elif isinstance(node, ast.AnnAssign):
            targets.append(node.target)
    return frozenset(inner.id for target in targets for inner in ast.walk(target) if isinstance(inner, ast.Name))


def is_imported(module_name: str, name: str) -> bool:
    """Whether a name of a module comes from another one."""
    return name not in assigned(module_name)


def test_every_operator_is_of_one_kind() -> None:
    """The kinds are disjoint, and together they are all operators."""
    kinds = [EQUALITY, ORDERING, MEMBERSHIP, TEXT]
    assert sorted(operator.value for kind in kinds for operator in kind) == sorted(one.value for one in Operator)
    assert set(OPPOSITES) == ORDERING
    assert {OPPOSITES[OPPOSITES[one]] for one in OPPOSITES} == ORDERING


def test_tables_are_total() -> None:
    """A table has a key for each operator or field type of the type that its annotation names."""
    assert list(table_faults()) == []


def table_faults() -> Iterator[str]:
    """What each table lacks, or has too much."""
    for name, annotation, table in tables():
        found = re.match(r"(?:Final\[)?(?:Mapping|dict)\[(\w+), ", annotation)
        expected = KEYS.get(found[1]) if found else None
        if expected is None:
            yield f"{name}: annotate it as Mapping of one of {', '.join(KEYS)}"
        elif set(table) != expected:
            missing = sorted(key.name for key in expected - set(table))
            extra = sorted(key.name for key in set(table) - expected)
            yield f"{name}: add {missing}, remove {extra}"


def test_subsets_declare_what_they_leave_out() -> None:
    """A new field type has to be put into each subset of them, or among those that it leaves out."""
    assert list(subset_faults()) == []


def subset_faults() -> Iterator[str]:
    """The line that LEFT_OUT needs for each subset, where it has another; and the lines of subsets that are gone."""
    seen = set()
    for qualified, subset, whole in subsets():
        seen.add(qualified)
        left = " ".join(one.name for one in whole if one not in subset)
        if LEFT_OUT.get(qualified) != left:
            yield f'"{qualified}": "{left}",'
    yield from (f"{gone} is gone" for gone in sorted(set(LEFT_OUT) - seen) if gone.rpartition(".")[0] in loaded())


def subsets() -> Iterator[tuple[str, Collection[Any], type[FieldType] | type[Operator]]]:
    """Each set, tuple or list of field types or of operators: its name, itself, its enumeration.

    The kinds of operators are not among them: `test_every_operator_is_of_one_kind` holds those.
    """
    for module_name, module in loaded().items():
        for name, value in vars(module).items():
            if not isinstance(value, (set, frozenset, tuple, list)) or not value or is_imported(module_name, name):
                continue
            for whole in (FieldType, Operator):
                if all(isinstance(one, whole) for one in value) and module_name != "criteria.tree.nodes":
                    yield f"{module_name}.{name}", value, whole


def is_member(node: ast.AST) -> bool:
    """Whether an expression is `Operator.X` or `FieldType.X`."""
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("Operator", "FieldType")
    )


def defaults(tree: ast.AST) -> Iterator[str]:
    """The places in a module where an operator or a field type that nobody thought of would be taken for another."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Match):
            over = any(is_member(inner) for case in node.cases for inner in ast.walk(case.pattern))
            last = node.cases[-1]
            is_default = isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None
            if over and is_default and "assert_never" not in ast.unparse(last.body[0]):
                yield f"line {node.lineno}: this match has a default arm"
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
            container = node.comparators[0]
            if isinstance(container, (ast.Tuple, ast.Set, ast.List)) and any(map(is_member, container.elts)):
                yield f"line {node.lineno}: name this subset at the top of the module"
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "get"
            and node.args
        ):
            key = node.args[0]
            if isinstance(key, ast.Attribute) and key.attr in ("operator", "field_type"):
                yield f"line {node.lineno}: look this up with [], in a total table"


@pytest.mark.parametrize("module_name", modules())
def test_no_default_arms(module_name: str) -> None:
    """No match, inline subset or look-up takes an unknown operator or field type for a known one."""
    assert list(defaults(ast.parse(modules()[module_name].read_text(encoding="utf-8")))) == []


def test_registry_names_the_storages_of_backends() -> None:
    """What the registry says of the built-in backends' storages before they are loaded is what they offer."""
    for name, built_in in BUILT_IN.items():
        if built_in.module in loaded():
            assert set(load(name).storages) == set(built_in.storages), name
