"""The stored tables are those that Lark makes of the grammar file."""

from __future__ import annotations

from pathlib import Path

from criteria.parsing.grammar_files import grammar_file, grammar_text, stored_tables, to_json
from criteria.parsing.lalr import made_tables


def test_the_stored_tables_are_those_of_the_grammar() -> None:
    """`python -m criteria.parsing.lalr` would store the same text."""
    text = grammar_text("criteria")
    assert Path(grammar_file("criteria.tables.json")).read_text(encoding="utf-8") == to_json(made_tables(text), text)


def test_an_edited_grammar_does_not_use_them() -> None:
    """Whatever is changed in the text of the grammar, its own tables are made."""
    text = grammar_text("criteria")
    assert stored_tables(text) is not None
    for edited in (f"{text} ", text[1:], text.replace("gte", "gee"), text.replace("// ", "//", 1), ""):
        assert stored_tables(edited) is None
