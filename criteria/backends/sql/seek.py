"""How a statement finds the rows after a position, so that an index over the sort keys serves it (docs/paging.md#sql).

Each segment after a position is one range of the index. Engines differ in what else they read as one range.
"""

from __future__ import annotations

from enum import Enum


class Seek(Enum):
    """The statements of a page after a position.

    - `TOGETHER`: one statement, with the segments joined by OR. MariaDB and MySQL read them as ranges of one index. In
      a statement of one segment they may look up its equality alone, and read all rows that fulfil it. An engine
      without such indexes reads all rows for each statement.
    - `APART`: a statement for each segment. With OR the engine reads all rows; DuckDB skips parts of a table by plain
      conditions only.
    - `ROWS`: as `APART`, but neighbouring segments are one comparison of rows, `(a, b) > (?, ?)`, where that means the
      same. PostgreSQL leaves keys that are fixed by = out of the order, and then may take an index of the other keys
      and read all rows in it, so they are fixed by two bounds.
    """

    TOGETHER = "together"
    APART = "apart"
    ROWS = "rows"
