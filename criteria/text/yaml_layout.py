"""Formats YAML: one entry per line, indented by two spaces. Lists and mappings in brackets stay on one line if they
fit.

Comments stay before or after their entries, and one blank line between entries is kept. Scalars on one line are written
unchanged.
"""

from __future__ import annotations

import re

from criteria.errors import CriteriaError, Problem
from criteria.limits import MAX_YAML_CHARACTERS
from criteria.text.json_decoding import read_text
from criteria.text.json_layout import json_string
from criteria.text.yaml_comments import Comments
from criteria.text.yaml_composing import compose
from criteria.text.yaml_document import YamlDocument, YamlNode

_DIRECTIVE = re.compile(r"^%.*$", re.MULTILINE)
_START = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_MAX_KEY_LENGTH = 1000
"""Characters of a key that needs no question mark before it (YAML 1.2, 7.4.2 has 1,024)."""


def lay_out_yaml(source: str | bytes, line_length: int) -> str:
    """The formatted text, with a line feed at its end.

    Raises `CriteriaError` for text that is not YAML or not JSON data, for duplicate keys, and if it would be longer
    than YAML may be (`too_long`).
    """
    text = read_text(source, "invalid_yaml")
    text = text.replace("\r\n", "\n")
    document = _composed(text)
    writer = _Layout(text, document, line_length)
    layout = writer.text()
    if len(layout) > MAX_YAML_CHARACTERS:
        message = f"The formatted YAML would have {len(layout)} characters; {MAX_YAML_CHARACTERS} are allowed."
        raise CriteriaError(Problem("too_long", message, hint="Write it as JSON, which may be longer."))
    if not _is_same(document, writer.comments, layout):  # an unformatted file is better than a different query
        raise CriteriaError(Problem("unsupported", "This file cannot be formatted without changing its meaning."))
    return layout


def _composed(text: str) -> YamlDocument:
    document = compose(text)
    if document.repeated:
        raise CriteriaError(*document.repeated)
    return document


def _is_same(document: YamlDocument, comments: Comments, layout: str) -> bool:
    try:
        again = _composed(layout)
    except CriteriaError:
        return False
    kept = comments.texts == Comments(layout, again).texts
    return kept and repr(document.value) == repr(again.value)


class _Layout:
    """Writes a document line by line; comments are written before the entry that follows them."""

    def __init__(self, text: str, document: YamlDocument, line_length: int) -> None:
        self.source, self.root, self.line_length = text, document.root, line_length
        self.comments = Comments(text, document)
        self.lines: list[str] = []
        self.read = 0
        """The offset up to which the source was written: the end of the last scalar or comment."""
        self.can_add = False
        """Whether a comment can be added to the last line."""

    def text(self) -> str:
        head = self.source[: self.root.start]
        start = _START.search(head)
        if start:
            self.lines += [match.rstrip() for match in _DIRECTIVE.findall(head)]
            self.flush(start.start(), 0)
            self.line("---")
            self.read = start.end()
        if self.is_inline(self.root, 0) and (self.root.style != "flow" or not self.root.value):
            self.flush(self.root.start, 0)
            self.line(self.inline(self.root))
            self.read = self.root.end
        else:
            self.block(self.root, 0)
        self.flush(len(self.source), 0)
        while self.lines and not self.lines[-1]:
            self.lines.pop()
        return "\n".join(self.lines).lstrip("\n") + "\n"

    def line(self, text: str) -> None:
        self.lines.append(text)
        self.can_add = True

    def flush(self, until: int, indent: int) -> None:
        """Writes the comments before an offset, and one blank line if there are any in the source."""
        while self.comments.next and self.comments.next.start < until:
            comment = self.comments.take()
            if comment.is_behind and self.can_add:
                self.lines[-1] += f"  {comment.text}"
            else:
                self.blank(comment.start)
                self.lines.append(" " * indent + comment.text)
            self.can_add = False
            self.read = comment.start + len(comment.text)
        if until < len(self.source):
            self.blank(until)

    def blank(self, until: int) -> None:
        if self.lines and self.lines[-1] and re.search(r"\n[ \t]*\n", self.source[self.read : until]):
            self.lines.append("")
            self.can_add = False
        self.read = max(self.read, until)

    def is_inline(self, node: YamlNode, room: int | None) -> bool:
        """Whether a value fits on the line of its key or dash."""
        if node.is_alias or not isinstance(node.value, (dict, list)):
            return True
        if not node.value:
            return True
        if node.style != "flow" or self.comments.has_between(node.start, node.end):
            return False
        return room is None or len(self.inline(node)) <= room

    def inline(self, node: YamlNode) -> str:
        """A value on one line."""
        if node.is_alias or not isinstance(node.value, (dict, list)):
            return self.scalar(node)
        parts = [(f"{self.key(key)}: " if key else "") + self.inline(inner) for key, _, inner in node.inside]
        is_mapping = isinstance(node.value, dict)
        return f"{self.anchor(node)}{'{' if is_mapping else '['}{', '.join(parts)}{'}' if is_mapping else ']'}"

    def anchor(self, node: YamlNode) -> str:
        return f"&{node.anchor} " if node.anchor else ""

    def scalar(self, node: YamlNode) -> str:
        written = self.source[node.start : node.end].rstrip()
        if not re.search(r"[\r\n]", written) and node.style not in ("|", ">"):
            return written
        return self.anchor(node) + json_string(str(node.value))

    def key(self, node: YamlNode) -> str:
        written = self.scalar(node)
        return written + " " if node.is_alias else written

    def block(self, node: YamlNode, indent: int, is_compact: bool = False) -> None:
        """The entries of a list or mapping, one per line. If compact, the first one continues the last line."""
        for index, (key, _, inner) in enumerate(node.inside):
            start = key.start if key else self.item_start(inner)
            if index or not is_compact:
                self.flush(start, indent)
                lead = " " * indent
            else:
                lead = self.lines.pop() + " "
                self.read = max(self.read, start)
            head = self.head(key, indent)
            self.read = max(self.read, key.end if key else start + self.source.startswith("-", start))
            if self.entry(lead + head, inner, indent, is_item=key is None):
                self.flush_inside(inner, indent + 2, self.column(start))

    def item_start(self, node: YamlNode) -> int:
        """The position of an item's dash, or of the item if there is none: text before it is written before the
        line."""
        at = node.start
        before = self.source[self.read : at]
        for found in re.finditer(r"-(?=\s)", before):
            if not self.comments.has_around(self.read + found.start()):
                return self.read + found.start()
        return at

    def head(self, key: YamlNode | None, indent: int) -> str:
        if key is None:
            return "-"
        written = self.key(key)
        return f"{written}:" if len(written) <= _MAX_KEY_LENGTH else f"? {written}\n{' ' * indent}:"

    def entry(self, head: str, node: YamlNode, indent: int, is_item: bool) -> bool:
        """Writes one entry: its key or dash, and its value on the same line, or below it; the result is then True."""
        room = self.line_length - len(head) - 1
        literal = self.literal(node, indent + 2)
        if literal is not None:
            first, *rest = literal
            self.line(f"{head} {first}")
            self.lines += rest
            self.can_add, self.read = False, node.start + len(self.source[node.start : node.end].rstrip())
        elif self.is_inline(node, room):
            self.line(f"{head} {self.inline(node)}")
            if self.comments.has_between(self.read, node.start):
                self.flush(node.start, indent)
            self.read = node.end
        else:
            self.line(f"{head} &{node.anchor}" if node.anchor else head)
            first_key, _, first_value = node.inside[0]
            start = first_key.start if first_key else self.item_start(first_value)
            is_compact = is_item and not node.anchor and not self.comments.has_between(self.read, start)
            self.block(node, indent + 2, is_compact)
            return True
        return False

    def flush_inside(self, node: YamlNode, indent: int, outer: int) -> None:
        """Writes the comments after the last entry: those before a closing bracket, or those indented at least as far
        as the entries but further than the node around them."""
        if node.style == "flow":
            if self.comments.has_between(self.read, node.end):
                self.flush(node.end - 1, indent)
            self.read = max(self.read, node.end)
            return
        while (comment := self.comments.next) and not self.source[self.read : comment.start].strip():
            column = self.column(comment.start)
            if not comment.is_behind and (column < self.column(node.start) or column <= outer):
                break
            self.flush(comment.start + 1, indent)

    def column(self, at: int) -> int:
        return at - self.source.rfind("\n", 0, at) - 1

    def literal(self, node: YamlNode, indent: int) -> list[str] | None:
        """The lines of a text as a block scalar (`|`); None if it cannot be written as one."""
        if node.style != "|" or node.is_alias or not isinstance(node.value, str):
            return None
        body = node.value.rstrip("\n")
        ends = len(node.value) - len(body)
        if not body or ends > 1 or body[0] in " \t\n" or not all(line.isprintable() for line in body.split("\n")):
            return None
        header = self.source[node.start : node.end].split("\n", 1)[0]
        comment = re.search(r"\s(#.*)$", header)
        first = f"{self.anchor(node)}|{'' if ends else '-'}" + (f"  {comment[1].rstrip()}" if comment else "")
        return [first, *(f"{' ' * indent}{line}" if line else "" for line in body.split("\n"))]
