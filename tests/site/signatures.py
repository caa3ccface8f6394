"""The signatures in docs/api.md, for readers of the repository: `python -m tests.site.signatures` writes them.

The site shows whole docstrings instead, and leaves these blocks out (docs/site/hooks.py).
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any

import criteria
from tests.site.pages import ROOT

PAGE: Path = ROOT / "docs" / "api.md"
_ENTRY = re.compile(r"^::: ([\w.]+)\n((?:    [^\n]*\n)*)(?:\n```python\n.*?^```\n)?", re.MULTILINE | re.DOTALL)
_SENTENCE = re.compile(r"(?<=[.;]) (?=[A-Z`])")
_WIDTH = 110


def with_signatures(page: str) -> str:
    """The page with a block of signatures after each name."""

    def entry(match: re.Match[str]) -> str:
        name, options = match[1], match[2]
        return f"::: {name}\n{options}\n```python\n{block(name)}\n```\n"

    return _ENTRY.sub(entry, page)


def block(name: str) -> str:
    """What a public name is: a function with its parameters, a class with its members, a module with its functions."""
    found: Any = criteria
    for part in name.split(".")[1:]:
        found = getattr(found, part)
    if isinstance(found, ModuleType):
        public = [one for one in found.__all__ if inspect.isfunction(getattr(found, one))]
        return "\n\n".join("\n".join(_function(f"{name}.{one}", getattr(found, one))) for one in public)
    return "\n".join(_class(name, found) if inspect.isclass(found) else _function(name, found))


def _class(name: str, found: type) -> Iterator[str]:
    if issubclass(found, Enum):
        yield f"class {name}"
        yield from _indented([f"# {_summary(found)}"])
        yield from _indented([f"{one.name} = {one.value!r}" for one in found])
        return
    yield from _written(f"class {name}", _parameters(found), "")
    yield from _indented([f"# {_summary(found)}"])
    for member, value in vars(found).items():
        if member.startswith("_"):
            continue
        if isinstance(value, property):
            yield from _indented([f"{member}  # {_summary(value)}"])
        elif isinstance(value, (classmethod, staticmethod)) or inspect.isfunction(value):
            yield from _indented(_function(f".{member}", getattr(found, member), is_method=inspect.isfunction(value)))


def _function(name: str, found: Any, *, is_method: bool = False) -> Iterator[str]:
    overloads = [] if is_method else _overloads(found)
    for one in overloads:
        yield from _written(name, list(_arguments(one.args)), f" -> {ast.unparse(one.returns or ast.Constant(None))}")
    if overloads:
        yield from _indented([f"# {_summary(found)}"])
        return
    signature = inspect.signature(found)
    parameters = list(map(_shown, signature.parameters.values()))[is_method:]
    returned = signature.return_annotation
    yield from _written(name, _marked(signature, parameters, is_method), f" -> {_annotation(returned)}")
    yield from _indented([f"# {_summary(found)}"])


def _overloads(found: Any) -> list[ast.FunctionDef]:
    """The overloads of a function. They are read from the source: Python 3.10 does not keep them."""
    module = inspect.getmodule(found)
    tree = ast.parse(inspect.getsource(module)) if module is not None else ast.Module([], [])
    functions = [one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == found.__name__]
    return [one for one in functions if any(ast.unparse(by) == "overload" for by in one.decorator_list)]


def _arguments(arguments: ast.arguments) -> Iterator[str]:
    """The parameters of an overload, with the star before the first that has to be named."""
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(plain) - len(arguments.defaults)) + list(arguments.defaults)
    yield from map(_argument, plain, defaults)
    if arguments.kwonlyargs:
        yield "*"
    yield from map(_argument, arguments.kwonlyargs, arguments.kw_defaults)
    if arguments.kwarg is not None:
        yield f"**{_argument(arguments.kwarg, None)}"


def _argument(argument: ast.arg, default: ast.expr | None) -> str:
    kind = "" if argument.annotation is None else f": {ast.unparse(argument.annotation)}"
    return f"{argument.arg}{kind}" + ("" if default is None else f" = {ast.unparse(default)}")


def _parameters(found: type) -> list[str]:
    signature = inspect.signature(found)
    return _marked(signature, list(map(_shown, signature.parameters.values())), False)


def _marked(signature: inspect.Signature, shown: list[str], is_method: bool) -> list[str]:
    """The parameters with the star before the first that has to be named."""
    kinds = [one.kind for one in signature.parameters.values()][is_method:]
    named = [at for at, kind in enumerate(kinds) if kind is inspect.Parameter.KEYWORD_ONLY]
    if named and inspect.Parameter.VAR_POSITIONAL not in kinds:
        shown.insert(named[0], "*")
    return shown


def _shown(parameter: inspect.Parameter) -> str:
    stars: dict[Any, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    star = stars.get(parameter.kind, "")
    kind = "" if parameter.annotation is parameter.empty else f": {_annotation(parameter.annotation)}"
    if parameter.default is parameter.empty:
        return f"{star}{parameter.name}{kind}"
    default = repr(parameter.default)
    return f"{parameter.name}{kind} = {default if len(default) < 30 and '<' not in default else '...'}"


def _annotation(annotation: Any) -> str:
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))


def _written(name: str, parameters: list[str], end: str) -> Iterator[str]:
    line = f"{name}({', '.join(parameters)}){end}"
    if len(line) <= _WIDTH:
        yield line
        return
    yield f"{name}("
    yield from (f"    {parameter}," for parameter in parameters)
    yield f"){end}"


def _summary(found: Any) -> str:
    """The first sentence of a docstring."""
    paragraph = " ".join((inspect.getdoc(found) or "").partition("\n\n")[0].split())
    return _SENTENCE.split(paragraph, maxsplit=1)[0]


def _indented(lines: Any) -> Iterator[str]:
    return (f"    {line}" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(with_signatures(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
