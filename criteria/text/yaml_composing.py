"""Reads the JSON data in a YAML text.

Uses only the events of ruamel.yaml's parser (YAML 1.2), so no text can create an object. Anything that is not JSON data
is refused with its position: tags, dates, keys that are not strings, duplicate keys, a second document. Anchors and
aliases are allowed as long as the text with all aliases expanded is within the limits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from criteria.errors import MAX_PROBLEMS, CriteriaError, Listing, Path, Problem, Refusal, listed, to_pointer
from criteria.limits import DEFAULT_LIMITS, MAX_YAML_CHARACTERS, MAX_YAML_NODES, Limits
from criteria.messages import install_hint, quoted
from criteria.text.json_positions import Lines
from criteria.text.yaml_document import YamlDocument, YamlNode
from criteria.text.yaml_scalars import plain_value, quoted_value


def compose(text: str, limits: Limits = DEFAULT_LIMITS) -> YamlDocument:
    """The content of a YAML text. Raises `CriteriaError` (`invalid_yaml`, `not_json`, `too_deep`, `too_long`,
    `missing_package`)."""
    if len(text) > MAX_YAML_CHARACTERS:
        message = f"The YAML is longer than {MAX_YAML_CHARACTERS} characters."
        raise CriteriaError(Problem("too_long", message, hint="Write it as JSON, which is read faster."))
    _refuse_line_ends(text)
    composer = _Composer(text, limits)
    for event in _events(text):
        composer.take(event)
    if composer.root is None:
        hint = "Write {} for every record."
        raise CriteriaError(Problem("invalid_yaml", "The text has no YAML document.", line=1, column=1, hint=hint))
    if composer.refused.problems:
        problems = (*composer.refused.problems, *composer.repeated.problems)
        raise CriteriaError(*listed(sorted(problems, key=lambda one: (one.line or 0, one.column or 0))))
    return YamlDocument(composer.root, tuple(composer.repeated.problems))


def _refuse_line_ends(text: str) -> None:
    """Raises `CriteriaError` for characters that end a line in YAML 1.1 but not in 1.2."""
    found = re.search("[\x85\u2028\u2029]", text)
    if found:
        escape = f"\\u{ord(found[0]):04x}"
        message = f"Some readers of YAML take the character {escape} for the end of a line."
        hint = f'Write it as an escape, in double quotes: "{escape}".'
        raise CriteriaError(Problem("invalid_yaml", message, "", *Lines(text).at(found.start()), hint))


def _events(text: str) -> Iterator[Any]:
    """The events of a text. Raises `CriteriaError` where it is not YAML."""
    try:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError
        from ruamel.yaml.reader import ReaderError

        from criteria.text.yaml_scanner import BoundedScanner
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] != "ruamel":
            raise
        hint = install_hint("yaml")
        raise CriteriaError(Problem("missing_package", 'YAML needs the package "ruamel.yaml".', hint=hint)) from None
    offset = 0
    try:
        yaml = YAML(typ="safe", pure=True)
        yaml.Scanner = BoundedScanner
        for event in yaml.parse(text):
            offset = event.start_mark.index
            yield event
    except CriteriaError:
        raise
    except MarkedYAMLError as fault:
        raise _not_yaml(text, *_said(fault, offset)) from None
    except ReaderError as fault:
        raise _not_yaml(text, "control characters are not allowed", fault.position) from None
    except Exception:  # escapes of characters that do not exist, version numbers of any length ...
        raise _not_yaml(text, "something that starts here cannot be read", offset) from None


_MAX_SAID = 200
"""Characters of the parser's message. It may repeat a part of the text, of any length."""


def _said(fault: Any, offset: int) -> tuple[str, int]:
    """The parser's message about a fault, and its position."""
    mark = fault.problem_mark or fault.context_mark
    said = str(fault.problem or fault.context or "it cannot be read")
    if "end of stream" in said and fault.context_mark and "quoted" in str(fault.context):
        return "the string that starts here is not closed", fault.context_mark.index
    if "\\t" in said:
        said = "tabs are not allowed here, indent with spaces"
    if said.startswith("expected <block end>"):
        said = "this does not fit the indentation of the lines before it"
    said = said.replace("'<stream end>'", "the end of the text").replace("'<document start>'", "a new document")
    said = said if len(said) <= _MAX_SAID else f"{said[:_MAX_SAID]} ..."
    return said[0].lower() + said[1:], offset if mark is None else mark.index


def _not_yaml(text: str, said: str, offset: int) -> CriteriaError:
    line, column = Lines(text).at(min(offset, len(text)))
    return CriteriaError(Problem("invalid_yaml", f"This is not YAML: {said}.", line=line, column=column))


class _OpenNode:
    """A list or mapping whose end has not been read yet."""

    __slots__ = ("key", "node", "step")

    def __init__(self, node: YamlNode) -> None:
        self.node = node
        self.key: YamlNode | None = None
        self.step = ""


class _Composer:
    """Builds a value from events, without recursion: texts may be nested to any depth."""

    def __init__(self, text: str, limits: Limits) -> None:
        self.text, self.limits = text, limits
        self.root: YamlNode | None = None
        self.refused, self.repeated = Listing(), Listing()
        self.stack: list[_OpenNode] = []
        self.anchors: dict[str, YamlNode | None] = {}
        self.nodes = 0

    def path(self) -> Path:
        """The path of the next value."""
        steps = [len(one.node.inside) if one.key is None else one.step for one in self.stack]
        return tuple(steps)

    def problem(self, code: str, message: str, at: int, hint: str | None = None) -> Problem:
        return Problem(code, message, to_pointer(self.path()), *Lines(self.text).at(at), hint)

    def refuse(self, code: str, message: str, at: int, hint: str | None = None) -> None:
        if not self.refused.add(self.problem(code, message, at, hint)):
            raise CriteriaError(*self.refused.problems)

    def take(self, event: Any) -> None:
        """The next event of the text."""
        at = event.start_mark.index
        self.count(at)
        match type(event).__name__:
            case "ScalarEvent":
                self.scalar(event, at)
            case "MappingStartEvent" | "SequenceStartEvent":
                self.open(event, at, {} if type(event).__name__ == "MappingStartEvent" else [])
            case "MappingEndEvent" | "SequenceEndEvent":
                node = self.stack.pop().node
                node.end = event.end_mark.index
                self.add(node, node.start)
            case "AliasEvent":
                self.alias(str(event.anchor), at, event.end_mark.index)
            case "DocumentStartEvent" if self.root is not None:
                message = "Expected one YAML document, found another."
                raise CriteriaError(Problem("invalid_yaml", message, "", *Lines(self.text).at(at)))

    def count(self, at: int) -> None:
        """Counts an event. Lists, objects and the document count twice, because their ends are events, too."""
        self.nodes += 1
        if self.nodes > MAX_YAML_NODES:
            message = f"The YAML has more than {MAX_YAML_NODES} keys, values, lists and objects."
            hint = "Write it as JSON, which is read faster."
            raise CriteriaError(self.problem("too_long", message, at, hint))

    def is_key(self) -> bool:
        """Whether the next value is a key."""
        return bool(self.stack) and type(self.stack[-1].node.value) is dict and self.stack[-1].key is None

    def tag(self, event: Any, at: int) -> None:
        if event.ctag is not None:
            self.refuse("not_json", "Tags have no equivalent in JSON.", at, "Leave it out.")

    def open(self, event: Any, at: int, value: Any) -> None:
        if len(self.stack) >= self.limits.nesting:
            message = f"Objects and lists are nested more than {self.limits.nesting} levels deep."
            raise CriteriaError(self.problem("too_deep", message, at))
        self.tag(event, at)
        if event.anchor is not None:
            self.anchors[event.anchor] = None  # known but incomplete: an alias of it would be inside itself
        if self.is_key():
            self.refuse("not_json", "A list or a mapping is a key here, and keys are strings.", at)
        self.stack.append(_OpenNode(YamlNode(at, at, value, "flow" if event.flow_style else "", event.anchor)))

    def scalar(self, event: Any, at: int) -> None:
        self.tag(event, at)
        is_plain = event.style is None and event.implicit[0]
        value: Any = ""
        if not is_plain:
            value = quoted_value(event.value)
        else:
            at = at if event.value else self.empty_at(at)
            try:
                value = plain_value(event.value)
            except Refusal as refusal:
                self.refuse(refusal.code, refusal.message, at, refusal.hinted(self.refused.hints))
        if self.is_key() and type(value) is not str:
            hint = f"Write it in quotes: {quoted(event.value)}."
            self.refuse("not_json", f"{quoted(event.value)[1:-1]} is a key, and keys must be strings.", at, hint)
            value = event.value
        end = event.end_mark.index
        self.add(YamlNode(at, end, value, event.style or "", event.anchor, len(event.value)), at)

    def empty_at(self, at: int) -> int:
        """The position for a missing value: its key, or the last character before it."""
        if self.stack and self.stack[-1].key is not None:
            return self.stack[-1].key.start
        return max(len(self.text[:at].rstrip()) - 1, 0)

    def alias(self, name: str, at: int, end: int) -> None:
        if name not in self.anchors:
            raise _not_yaml(self.text, f"there is no anchor {quoted(name)} before this alias", at)
        anchored = self.anchors[name]
        if anchored is None:
            self.refuse("not_json", "This alias is inside the value that it refers to.", at)
            anchored = YamlNode(at, end)
        self.add(YamlNode(at, end, anchored.value, "alias", None, anchored.size, anchored.inside), at)

    def add(self, node: YamlNode, at: int) -> None:
        """Adds a value to the open node: as the whole content, a key, a member or an item."""
        if node.anchor is not None:
            self.anchors[node.anchor] = node
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        top.node.size += node.size + 1
        if top.node.size > self.limits.text:
            message = f"With its aliases written out, the criteria are longer than {self.limits.text} bytes."
            raise CriteriaError(self.problem("too_long", message, at))
        if type(top.node.value) is list:
            top.node.inside.append((None, str(len(top.node.inside)), node))
            top.node.value.append(node.value)
        elif top.key is None:
            self.key(top, node, at)
        else:
            top.node.inside.append((top.key, top.step, node))
            top.node.value[top.step] = node.value
            top.key = None

    def key(self, top: _OpenNode, node: YamlNode, at: int) -> None:
        key = node.value
        if type(key) is not str:  # an alias, or something that was refused
            if node.is_alias:
                self.refuse("not_json", "This alias is a key, and keys must be strings.", at)
            key = ""
        top.key, top.step = node, key
        if key in top.node.value and len(self.repeated.problems) <= MAX_PROBLEMS:
            message = f"The key {quoted(key)} appears twice in one object."
            self.repeated.add(self.problem("duplicate_key", message, at))
