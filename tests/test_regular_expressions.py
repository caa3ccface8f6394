"""Every regular expression of the library takes time in proportion to its text, whatever the text is.

Texts come from clients, files, databases and DDL of strangers. The texts here are made from each pattern: what leads to
one of its repeats, then one piece very many times, then an end that does not match.
"""

from __future__ import annotations

import ast
import importlib
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import criteria
from criteria.parsing.grammar import criteria_grammar
from criteria.parsing.sort_keys import parse_sort_keys

_parser: Any = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")

_COUNTS = (10, 20, 30, 200)
_LENGTH = 1600
"""How many times a text has its piece: few times, by which a pattern that takes exponential time is found before others
never end, and then as often as this many characters have room for."""

_SECONDS = 0.001
"""A call that takes less is not looked at: it is fast, and cannot be measured."""

_GROWTH = 8
"""How many times as long four times the text may take. Linear time has 4, and quadratic time 16."""

_METHODS = {"search", "match", "fullmatch", "sub", "split", "findall", "finditer"}

_PIECES = (
    *" \t\na0_.,:;-+='\"\\/|([{<$%*!#",
    "''",
    '""',
    '\\"',
    "a ",
    " a",
    "a.",
    "a,",
    ", ",
    ": ",
    "- ",
    "\r\n",
    "a'",
)

_OWN_TEXT = {"criteria.cli.commands.help._LINK"}
"""Patterns that read only pages of the documentation."""


class Used(NamedTuple):
    """A pattern and the method with which the library calls it."""

    name: str
    pattern: re.Pattern[Any]
    method: str


def _modules() -> Iterator[tuple[str, ast.Module, Mapping[str, Any]]]:
    """The modules of the library that use regular expressions: names, syntax trees and members."""
    root = Path(criteria.__file__).parent
    for path in sorted(root.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        name = ".".join(("criteria", *path.relative_to(root).with_suffix("").parts)).removesuffix(".__init__")
        if "import re\n" not in text or name.startswith("criteria.django"):  # which needs settings
            continue
        try:
            members = vars(importlib.import_module(name))
        except ImportError:  # of an extra that is not installed
            continue
        yield name, ast.parse(text), members


def _used() -> Iterator[Used]:
    """Each pattern of the library with each method that is called of it."""
    modules = list(_modules())
    everywhere = {call for _, tree, _ in modules for call in _calls(tree)}
    for module, tree, members in modules:
        here = set(_calls(tree))
        for name, value in members.items():
            calls = here if name.startswith("_") else everywhere
            if isinstance(value, re.Pattern):
                methods = {method for one, method in calls if one == name}
            else:
                methods = {method for one, method in here if one not in members}  # of what a loop names
            for pattern, bound in _patterns(value):
                for method in {bound} if bound else methods:
                    yield Used(f"{module}.{name}", pattern, method)
        yield from _inline(module, tree, members)
    for _, pattern in criteria_grammar()._patterns:
        yield Used("criteria.lark", pattern, "fullmatch")
    for terminal in _terminals_of_orders():
        yield Used("order_by.lark", re.compile(terminal), "match")


def _calls(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The names of which a module uses a method that patterns have, and the method."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in _METHODS:
            yield node.value.id, node.attr


def _patterns(value: Any) -> Iterator[tuple[re.Pattern[Any], str | None]]:
    """The patterns in a member of a module, and the method of one that is there as a method."""
    if isinstance(value, re.Pattern):
        yield value, None
    elif isinstance(getattr(value, "__self__", None), re.Pattern):
        yield value.__self__, value.__name__
    elif type(value) in (dict, list, tuple):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _patterns(one)


def _inline(module: str, tree: ast.Module, members: Mapping[str, Any]) -> Iterator[Used]:
    """The patterns in calls such as `re.sub("a", "b", text)`, but not those of local variables."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and ast.unparse(node.func) in _CALLS):
            continue
        source, *others = map(ast.unparse, (*node.args, *(one.value for one in node.keywords)))
        flags = " | ".join(one for one in others if one.startswith("re.")) or "0"
        try:
            pattern = re.compile(eval(source, dict(members)), eval(flags, dict(members)))  # noqa: S307
        except NameError:
            continue
        yield Used(f"{module}.{source}", pattern, ast.unparse(node.func).removeprefix("re."))


_CALLS = {f"re.{method}" for method in _METHODS}


def _terminals_of_orders() -> list[str]:
    from criteria.parsing.sort_keys import _order_by_parser

    assert parse_sort_keys("a desc")
    return [one.pattern.to_regexp() for one in _order_by_parser().terminals]


def _member(options: Any) -> str:
    """A character of a class."""
    return next(one for one in _ALPHABET if _is_member(options, one))


_ALPHABET = "a0 A_.,:;-+='\"\\/|()[]{}<>$%*!#~?@&^`\t\n\x00\x85\u2018\u2028\udc80\ufffd" + "".join(map(chr, range(128)))


def _is_member(options: Any, character: str) -> bool:
    is_negated, code = str(options[0][0]) == "NEGATE", ord(character)
    for kind, value in options:
        name = str(kind)
        if (name == "LITERAL" and code == value) or (name == "RANGE" and value[0] <= code <= value[1]):
            return not is_negated
        if name == "CATEGORY" and re.match(_CATEGORIES[str(value).removeprefix("CATEGORY_")], character):
            return not is_negated
    return is_negated


_CATEGORIES = {"DIGIT": r"\d", "NOT_DIGIT": r"\D", "SPACE": r"\s", "NOT_SPACE": r"\S", "WORD": r"\w", "NOT_WORD": r"\W"}


def _sample(items: Any, groups: dict[int, str]) -> str:
    """A text that a sequence of a parsed pattern matches, but for what it looks ahead at."""
    found = ""
    for kind, value in items:
        match str(kind):
            case "LITERAL":
                found += chr(value)
            case "NOT_LITERAL":
                found += "a" if value != ord("a") else "0"
            case "ANY":
                found += "a"
            case "IN":
                found += _member(value)
            case "BRANCH":
                found += _sample(value[1][0], groups)
            case "SUBPATTERN":
                groups[value[0]] = _sample(value[-1], groups)
                found += groups[value[0]]
            case "ATOMIC_GROUP":
                found += _sample(value, groups)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                found += _sample(value[2], groups) * value[0]
            case "GROUPREF":
                found += groups.get(value, "")
    return found


def _repeats(items: Any, before: str, after: str) -> Iterator[tuple[str, str, str]]:
    """Of each repeat in a parsed pattern: a text that leads to it, one that it repeats, and one that follows."""
    items = list(items)
    for at, (kind, value) in enumerate(items):
        lead, rest = before + _sample(items[:at], {}), _sample(items[at + 1 :], {}) + after
        match str(kind):
            case "BRANCH":
                for one in value[1]:
                    yield from _repeats(one, lead, rest)
            case "SUBPATTERN":
                yield from _repeats(value[-1], lead, rest)
            case "ATOMIC_GROUP":
                yield from _repeats(value, lead, rest)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                if value[1] > _COUNTS[0]:
                    yield lead, _sample(value[2], {}) * max(value[0], 1), rest
                yield from _repeats(value[2], lead, rest)


def _texts(pattern: re.Pattern[Any]) -> set[tuple[str, str, str]]:
    """The beginnings, pieces and ends of texts that may take a pattern much time."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    found = set()
    for before, inside, after in _repeats(_parser.parse(source, pattern.flags & ~re.UNICODE), "", ""):
        pieces = {*_PIECES, inside, before, before + inside} - {""}
        found |= set(product((before,), pieces, ("", "\0", "\n", f"{after}\0")))
        found |= set(product(("", "a"), pieces, ("", "\0")))
    return found


def _is_slow(call: Callable[[Any], Any], before: str, piece: str, after: str, *, is_bytes: bool = False) -> bool:
    """Whether time grows much faster than the text, among texts whose middle is one piece many times."""

    def text(count: int) -> str | bytes:
        made = before + piece * count + after
        return made.encode("utf-8", "replace") if is_bytes else made

    for count in (*_COUNTS, _LENGTH // len(piece)):
        long = text(count)
        if _seconds(call, long, 1) > _SECONDS and _seconds(call, long, 3) > _SECONDS:
            short = text(count // 4)
            return all(_seconds(call, long, 3) > _GROWTH * _seconds(call, short, 5) for _ in range(3))
    return False


def _seconds(call: Callable[[Any], Any], text: str | bytes, count: int) -> float:
    """The processor time of a call at best."""
    times = []
    for _ in range(count):
        start = time.process_time()
        call(text)
        times.append(time.process_time() - start)
    return min(times)


def _slow_text(pattern: re.Pattern[Any], method: str) -> tuple[str, str, str] | None:
    """The beginning, the piece and the end of a text that takes a pattern too much time."""
    is_bytes = isinstance(pattern.pattern, bytes)
    calls: Mapping[str, Callable[[Any], Any]] = {
        "sub": lambda text: pattern.sub(b"" if is_bytes else "", text),
        "finditer": lambda text: sum(1 for _ in pattern.finditer(text)),
    }
    call = calls.get(method) or getattr(pattern, method)
    return next((one for one in sorted(_texts(pattern)) if _is_slow(call, *one, is_bytes=is_bytes)), None)


@pytest.mark.heavy("a hundred patterns with two hundred to two thousand texts each")
def test_no_pattern_takes_more_than_linear_time() -> None:
    """No pattern of the library, called as the library calls it, is slow for a text that is made against it."""
    used = {(one.pattern, one.method): one for one in _used() if one.name not in _OWN_TEXT}
    assert len(used) > 100
    slow = {f"{one.name}.{one.method}": _slow_text(one.pattern, one.method) for one in used.values()}
    assert {name: text for name, text in slow.items() if text} == {}


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"\b(?:tolower|toupper|lower|upper)\(\s*([^()]*?)\s*\)", "sub"),
        (r"([-+]?)(.+?)(?:[ \t:|]+(asc|desc))?(?:[ \t]+nulls[ \t]+(first|last))?", "fullmatch"),
        (r'\[((?:[A-Za-z_]\w*|"(?:[^"]|"")*"|, )+)\]', "fullmatch"),
        (r"(?s)\s*([^(]*?)\s*(?:\(([^)]*)\)\s*(.*))?\Z", "match"),
        (r", hint:|\n\n|\n\s*at |\. SQLSTATE", "split"),
        (r"-?[0-9]{16,}.*", "fullmatch"),
        (r'(?s)"[^"\\]*(?:\\.[^"\\]*)*"', "sub"),
        (r"\[([^\]]*)\]\([^)]*\)", "sub"),
    ],
)
def test_slow_patterns_are_found(pattern: str, method: str) -> None:
    """Patterns that were slow are found: quadratic, cubic and exponential ones."""
    assert _slow_text(re.compile(pattern), method) is not None
