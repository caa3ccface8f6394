"""Files of records: formats, reading, selecting, and writing what was selected.

Row formats (NDJSON, JSON, CSV) are filtered by the Python predicate, and rows are written with the text that they were
read with. Column formats (Parquet, Arrow IPC) are scanned lazily by a frame engine. Nothing here depends on the command
line.
"""

from __future__ import annotations
