"""The command line, as `python -m criteria`."""

import sys

from criteria.cli import main

if __name__ == "__main__":
    sys.exit(main())
