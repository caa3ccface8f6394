"""Writes `criteria/values/folding_table.py` from the Unicode data of the Python that runs it.

Two characters have the same simple case folding if and only if their full case foldings are the same: the statuses C
and S of CaseFolding.txt say so since Unicode 15.1. Run it with Python 3.13, which has that version:

    python -m criteria.values.make_folding_table > criteria/values/folding_table.py
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict

_SURROGATES = range(0xD800, 0xE000)


def classes() -> list[tuple[int, ...]]:
    """The characters with the same folding, for each folding of two or more."""
    found: dict[str, list[int]] = defaultdict(list)
    for code in range(0x110000):
        if code not in _SURROGATES:
            found[chr(code).casefold()].append(code)
    return sorted(tuple(codes) for codes in found.values() if len(codes) > 1)


def runs() -> list[tuple[int, int, int, int]]:
    """Classes of two as (first, last, step, distance) where they follow each other regularly."""
    found: list[tuple[int, int, int, int]] = []
    for one, other in (codes for codes in classes() if len(codes) == 2):
        if found:
            first, last, step, distance = found[-1]
            if other - one == distance and one - last in (1, 2) and (first == last or one - last == step):
                found[-1] = (first, one, one - last, distance)
                continue
        found.append((one, one, 1, other - one))
    return found


def main() -> None:
    """Prints the module."""
    print('"""Characters that differ only in letter case, from `criteria/values/make_folding_table.py`."""')
    print("\nfrom __future__ import annotations\n")
    print(f'UNICODE_VERSION = "{unicodedata.unidata_version}"\n')
    print("PAIRS: tuple[tuple[int, int, int, int], ...] = (")
    for run in runs():
        print(f"    {run},")
    print(")")
    print(
        '"""Classes of two: the first character of the first and of the last class, the step from one to the next, and'
    )
    print('the distance between the two characters of a class."""\n')
    print("LARGER: tuple[tuple[int, ...], ...] = (")
    for codes in classes():
        if len(codes) > 2:
            print(f"    {codes},")
    print(")")
    print('"""Classes of three or four."""')


if __name__ == "__main__":
    main()
