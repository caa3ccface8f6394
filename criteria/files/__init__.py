"""Files of records: their formats, reading them, selecting from them, and writing what was selected.

Row formats (NDJSON, JSON, CSV) go through the Python predicate, and their texts come out as they went in. Column
formats (Parquet, Arrow IPC) are scanned lazily by an engine of frames. Nothing here knows of a command line.
"""

from __future__ import annotations
