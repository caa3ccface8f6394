"""The command line, as `python -m criteria`."""

import sys

from criteria.cli import main

sys.exit(main())
