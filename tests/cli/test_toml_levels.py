"""The depth of a configuration is found before it is decoded, whatever its strings hold and however they end."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from criteria.text.toml_levels import too_deep
from tests.cli.running import run

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_QUOTES = ("'", '"')


def _checked(folder: Path, text: str) -> Any:
    (folder / "criteria.toml").write_text(text, encoding="utf-8")
    (folder / "a.json").write_text("{}", encoding="utf-8")
    return run("check", str(folder / "a.json"))


@pytest.mark.parametrize("quote", _QUOTES)
@pytest.mark.parametrize("closing", [3, 4, 5])
def test_a_long_key_behind_a_text_of_many_lines_is_refused(tmp_path: Path, quote: str, closing: int) -> None:
    """The text may end with one or two quotes of its own."""
    begin = f"x = {{x = {quote * 3}y{quote * closing}, "
    outcome = _checked(tmp_path, begin + "b." * 131_000 + "b = 1}")
    assert outcome.code == 2
    assert f"criteria.toml:1:{len(begin) + 201}: invalid_config: A key has more than 100 parts." in outcome.err


@pytest.mark.parametrize("quote", _QUOTES)
@pytest.mark.parametrize("closing", [3, 4, 5])
def test_a_text_behind_a_text_of_many_lines_may_have_brackets(tmp_path: Path, quote: str, closing: int) -> None:
    text = f"exclude = [{quote * 3}y{quote * closing}, {quote}{'[' * 101}{quote}]\n"
    assert "[" * 101 in tomllib.loads(text)["exclude"][1]
    assert _checked(tmp_path, text).code == 0


@given(st.sampled_from(["'", '"', "'''", '"""']), st.lists(st.sampled_from([*"'\"\\.#a\n", "a." * 101, "[" * 101])))
@example("'''", ["\\", "'"])
@example('"""', ['"'])
@example('"""', ["a", '"', '"'])
@example('"""', ['"', "\\", '"', '"', '"'])
def test_texts_end_where_the_decoder_ends_them(quote: str, pieces: list[str]) -> None:
    """Nothing in a text is too deep, and a key behind it is."""
    begin = f"a = [{quote}{''.join(pieces)}{quote}"
    try:
        tomllib.loads(f"{begin}]")
    except tomllib.TOMLDecodeError:
        assume(False)
    assert too_deep(f"{begin}]") is None
    begin += ", {"
    assert too_deep(begin + "b." * 200 + "b = 1}]") == ("A key has more than 100 parts.", len(begin) + 200)
