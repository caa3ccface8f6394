"""Starts the server."""

from __future__ import annotations

import argparse
import os

import uvicorn

from criteria.web import Keys
from examples.server.catalogue import Catalogue
from examples.server.routes import application
from examples.server.store import open_store

SAMPLE_KEY, SAMPLE_MASTER_KEY = "sample-key", "sample-master-key"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m examples.server", description=__doc__)
    parser.add_argument(
        "--store", default="sqlite:///server.db", help="sqlite:///FILE, postgresql://... or mongodb://..."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    keys = Keys(os.environ.get("API_KEY", SAMPLE_KEY), os.environ.get("API_MASTER_KEY", SAMPLE_MASTER_KEY))
    store = open_store(options.store)
    try:
        uvicorn.run(application(Catalogue(store), keys), host=options.host, port=options.port, log_level="warning")
    finally:
        store.close()


main()
