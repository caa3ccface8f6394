"""Hostile values in columns of MySQL and MariaDB."""

from __future__ import annotations

import pytest

from criteria import Field
from tests.conftest import Engines
from tests.tables.hostile import ON_TEXT, hostile_table

SERVERS = pytest.mark.parametrize("name", ["mariadb", "mysql"])
TEXTS = ("a", "A", "", "é", "É", "€", "Ÿ", "ß", "ss", "it's")


def written(text: str | None) -> str:
    return "NULL" if text is None else "'" + text.replace("\\", "\\\\").replace("\n", "\\n").replace("'", "''") + "'"


@SERVERS
def test_labels_with_backslashes_and_line_breaks_are_found(name: str, engines: Engines) -> None:
    """The catalog escapes them."""
    labels = ("b\\n", "b\n", "it's", "x,y", "é", "\\", "B x")
    cells = [(written(one), one) for one in (*labels, None)]
    column = f"ENUM({', '.join(map(written, labels))})"
    with hostile_table(engines, name, column, Field("value", "string"), cells) as hostile:
        hostile.check([*labels, "b"], ON_TEXT)
        hostile.check_order()


@SERVERS
def test_what_was_no_label_is_the_empty_text(name: str, engines: Engines) -> None:
    """Without the strict mode, the servers store '' in the place of a value that is not among the labels."""
    cells = [("'a'", "a"), ("'nonsense'", ""), ("NULL", None)]
    engine = engines.get(name)
    modes = engine.execute("SELECT @@sql_mode")[0][0]  # type: ignore[attr-defined]
    engine.execute("SET sql_mode = ''")  # type: ignore[attr-defined]
    try:
        with hostile_table(engines, name, "ENUM('a', 'b')", Field("value", "string"), cells) as hostile:
            hostile.check(["a", "", "c"], ON_TEXT)
            hostile.check_order()
    finally:
        engine.execute(f"SET sql_mode = '{modes}'")  # type: ignore[attr-defined]


@SERVERS
@pytest.mark.parametrize("character_set", ["latin1", "utf8mb3"])
def test_characters_that_a_column_cannot_hold_match_nothing(name: str, character_set: str, engines: Engines) -> None:
    """The servers refuse to compare such a column with them: "Illegal mix of collations"."""
    column = f"varchar(60) CHARACTER SET {character_set}"
    cells = [(written(one), one) for one in (*TEXTS, None)]
    with hostile_table(engines, name, column, Field("value", "string"), cells) as hostile:
        hostile.check([*TEXTS, "\U0001f600", "\u4e00"], ON_TEXT)
        hostile.check_order()
