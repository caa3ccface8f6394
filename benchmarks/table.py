"""Prints results: the table of targets, the timings behind it, and the comparison of two runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from benchmarks.harness import Group, Timing
from benchmarks.targets import TARGETS, Figure, Target

CHANGED = 0.1
"""Changes up to 10 % are noise on most machines."""


def columns(rows: Iterable[Sequence[str]], right: Sequence[int]) -> Iterator[str]:
    """Rows of text in columns as wide as their widest cell; the columns in `right` are right-aligned."""
    rows = list(rows)
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        cells = (
            cell.rjust(width) if at in right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()


def number(value: float) -> str:
    """A number with three significant digits."""
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _with_unit(value: float, unit: str) -> str:
    return f"{number(value)} {unit}".rstrip()


def targets(figures: Mapping[str, Figure], jobs: Iterable[str]) -> Iterator[str]:
    """The rows of some jobs: figure, target, and whether it is met. Durations are those of the machine for which the
    goals were set (`benchmarks.machine`), and beside that as they were on this one."""
    rows = [("job", "measure", "figure", "target", "met", "on this machine")]
    notes = []
    for target in TARGETS:
        if target.job not in jobs:
            continue
        figure = figures.get(target.key, "this job is not written yet")
        if isinstance(figure, str):
            notes.append(f"{target.key}: {figure}")
        measured = target.measured(figure)
        here = "" if measured is None else _with_unit(measured, target.unit)
        verdict = _verdict(target, figure)
        rows.append((target.job, target.measure, _shown(figure, target), _bound(target), verdict, here))
    yield from columns(rows, right=(2, 3, 5))
    yield from ("", *notes) if notes else ()


def _shown(figure: Figure | None, target: Target) -> str:
    value = None if figure is None else target.value(figure)
    return "-" if value is None or isinstance(value, str) else _with_unit(value, target.unit)


def _bound(target: Target) -> str:
    if target.bound is None:
        return ""
    return f"{'<=' if target.at_most else '>='} {_with_unit(target.bound, target.unit)}"


def _verdict(target: Target, figure: Figure) -> str:
    met = target.met(figure)
    if met is None:
        return "" if target.bound is None else "not measured"
    return "yes" if met else "NO"


def contestants(groups: Iterable[Group]) -> Iterator[str]:
    """Each group: best times, also relative to the baseline's."""
    for group in groups:
        yield f"\n{group.title}"
        yield from ("  " + line for line in columns(map(_line, group.timings), right=(1, 2)))


def _line(timing: Timing) -> tuple[str, str, str, str]:
    ratio = "" if timing.ratio is None else f"{number(timing.ratio)} x"
    return (timing.name, ratio, "-" if timing.best is None else duration(timing.best), timing.remark)


def duration(seconds: float) -> str:
    """A duration in a suitable unit."""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
        if seconds * factor >= 1:
            return f"{number(seconds * factor)} {unit}"
    return f"{seconds * 1e9:.0f} ns"


def changes(before: Mapping[str, Figure], after: Mapping[str, Figure]) -> Iterator[str]:
    """The figures of two runs side by side, and whether the second is better."""
    rows = [("measure", "before", "after", "change", "")]
    for target in TARGETS:
        one, other = before.get(target.key), after.get(target.key)
        if one is None and other is None:
            continue
        shown = (_shown(one, target), _shown(other, target))
        rows.append((f"{target.key}: {target.measure}", *shown, *_change(target, one, other)))
    yield from columns(rows, right=(1, 2, 3))


def _change(target: Target, before: Figure | None, after: Figure | None) -> tuple[str, str]:
    if not isinstance(before, (int, float)) or not isinstance(after, (int, float)):
        return "", ""
    if before == after:
        return "0 %", ""
    ratio = after / before - 1 if before else float("inf")
    if abs(ratio) <= CHANGED:
        return f"{ratio:+.0%}", ""
    return f"{ratio:+.0%}", "better" if (ratio < 0) is target.at_most else "WORSE"
