"""Texts are decoded alike by msgspec and by the standard library."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import criteria
from criteria.text import json_decoding
from criteria.text.json_decoders import msgspec_decoder
from criteria.text.json_decoding import decode_quickly
from tests.parsing.arbitrary import JSON, VALID, json_texts
from tests.parsing.outcome import refused

_EDGES = [
    *("1", " 1 ", "-0", "-0.0", "1e5", "1E+400", "1E400000000000000000000", "1" * 5000, "0.1" + "0" * 400),
    *("18446744073709551616", "-123456789012345678901", "01", "1.", "+1", "NaN", "Infinity", "1\x0b", "1 2"),
    *('"\\ud800"', '"\ud800"', '"\\ud83d\\ude00"', '"\\ud83d\\u0041"', '"\\u0000"', '"a\x01"', '"\x7f"', '"\\/"'),
    *('{"a":1,"b":2,"a":3}', '{"a":{"a":1},"a":[]}', '{"":0}', "{1:2}", "{", "[1,]", "[] x", "true", "nul"),
    *("[" * 500 + "]" * 500, "", " ", "\ufeff1", '"\\x"'),
]


def _decoder() -> Any:
    decoder = msgspec_decoder()
    if decoder is None:
        pytest.skip('pip install "criteria-engine[files]" (msgspec)')
    return decoder


@contextmanager
def _decoding(decoder: Any) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_decoding._MSGSPEC, "_left", 0)
        patch.setattr(json_decoding._MSGSPEC, "_decode", decoder)
        yield


def _both(text: str) -> list[str]:
    found = []
    for decoder in (_decoder(), None):
        with _decoding(decoder):
            found.append(repr(refused(lambda: decode_quickly(text))))
    return found


@pytest.mark.parametrize("text", _EDGES, ids=range(len(_EDGES)))
def test_texts_at_the_edges_of_json(text: str) -> None:
    """Numbers of all lengths, surrogates, repeated keys and faults are the same values and problems."""
    one, other = _both(text)
    assert one == other


@given(
    st.one_of(
        json_texts(st.one_of(JSON, VALID)),
        st.text(st.sampled_from('[]{}",:-+0123456789.eEtruefalsn\\ ud8'), max_size=12),
    )
)
def test_any_text(text: str) -> None:
    """Any text, JSON or not, is the same value, with the same classes, or the same problem."""
    one, other = _both(text)
    assert one == other


def test_many_texts_without_msgspec(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without msgspec the standard library decodes the texts after the first ones as well."""
    monkeypatch.setitem(sys.modules, "msgspec", None)
    monkeypatch.setattr(json_decoding._MSGSPEC, "_left", 2)
    monkeypatch.setattr(json_decoding._MSGSPEC, "_decode", None)
    for number in range(4):
        assert criteria.parse(json.dumps({"a": number})) == criteria.parse({"a": number})
    assert json_decoding._MSGSPEC.decoder() is None


def test_msgspec_decodes_after_many_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """msgspec is loaded when there have been many texts, and not by the first ones of a program."""
    _decoder()
    monkeypatch.setattr(json_decoding._MSGSPEC, "_left", 2)
    monkeypatch.setattr(json_decoding._MSGSPEC, "_decode", None)
    criteria.parse('{"a": 1}')
    assert json_decoding._MSGSPEC._decode is None
    criteria.parse('{"a": 1}')
    assert json_decoding._MSGSPEC._decode is not None
