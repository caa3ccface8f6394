"""The text of an explanation for a terminal."""

from __future__ import annotations

import json
import locale
import sys
from collections.abc import Iterator, Mapping

from criteria import Explanation, Query
from criteria.cli.inputs.reading import Written
from criteria.explanation import FieldUse
from criteria.explanation.finding_words import NOT_JUDGED, findings_in_words, outcome_words, verdict_lines
from criteria.explanation.query_words import field_words, selects
from criteria.messages import in_a_line
from criteria.text.json_positions import Lines, search_tree


def explanation_text(explanation: Explanation, written: Written) -> Iterator[str]:
    """The lines that `criteria explain` prints; `written` is the query as it was written."""
    yield selects(explanation.query)
    if explanation.uses:
        yield "\nUses:"
        yield from (f"  {line}" for line in _first([_use(use) for use in explanation.uses]))
    yield "\nNormal form:"
    yield f"  {_normal(explanation)}"
    found = list(_findings(explanation, written))
    if found:
        yield "\nFindings:"
        yield from (f"  {text}" for text in found)
    if explanation.matches is not None:
        yield f"\nThis record {'matches' if explanation.matches else 'does not match'}:"
        yield from (f"  {text}" for text in verdict_lines(explanation.root, marks_of_terminal()))


def _use(use: FieldUse) -> str:
    field = use.field
    kind = "objects" if use.is_object_list else field.field_type.value
    kind_of = f"list of {kind}" if field.is_list else kind
    nullable = "" if field.nullable else ", not nullable"
    return f"{field_words(field)} ({kind_of}{nullable}): {', '.join(use.operators)}"


_MAX_LINES = 50
_MAX_CHARACTERS = 2000


def _first(lines: list[str]) -> list[str]:
    """The lines to print, and the number of the others."""
    more = len(lines) - _MAX_LINES
    return [*lines[:_MAX_LINES], f"and {more} more"] if more > 0 else lines


def _normal(explanation: Explanation) -> str:
    text = json.dumps(Query(explanation.normal).to_json(), ensure_ascii=False)
    more = len(text) - _MAX_CHARACTERS
    return in_a_line(text[:_MAX_CHARACTERS]) + (
        f" ... and {more} characters more (see --output-format json)" if more > 0 else ""
    )


def _findings(explanation: Explanation, written: Written) -> Iterator[str]:
    """Lines about what is never or always true or has no effect, and where it is."""
    outcome = outcome_words(explanation)
    if outcome is not None:
        yield outcome
    positions = _positions(explanation, written)
    for finding, words in zip(explanation.findings[:_MAX_LINES], findings_in_words(explanation), strict=False):
        yield f"- {positions[finding.pointer]}: {words.head}"
        yield from (f"    {line}" for line in _first([f"{positions[at]}: {said}" for at, said in words.terms]))
        if words.rests_on is not None:
            yield f"    {words.rests_on}"
    if len(explanation.findings) > _MAX_LINES:
        yield f"- and {len(explanation.findings) - _MAX_LINES} more"
    if not explanation.is_fully_judged:
        yield NOT_JUDGED


def _positions(explanation: Explanation, written: Written) -> Mapping[str, str]:
    """Line and column of each pointer of the findings."""
    pointers = {one for finding in explanation.findings for one in (finding.pointer, *finding.terms)}
    lines, found = Lines(written.text), {}
    for place in written.places(search_tree(pointers)):
        line, column = lines.at(place.value if place.key is None else place.key)
        found[place.pointer] = f"{line}:{column}"
    return found


def marks_of_terminal() -> tuple[str, str]:
    """The signs for true and false: letters if the terminal cannot print the signs."""
    encoding = locale.getpreferredencoding(False) if sys.stdout.isatty() else "utf-8"
    try:
        "\u2713\u2717".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return "[x]", "[ ]"
    return "\u2713", "\u2717"
