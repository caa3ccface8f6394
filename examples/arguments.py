"""The command line of programs: what is wrong with an argument is told in one line, with the exit code 2."""

from __future__ import annotations

import argparse
from typing import NoReturn

from criteria.messages import shown_name


class ArgumentParser(argparse.ArgumentParser):
    """argparse's, which by itself repeats an argument as it is: one may hold line feeds and terminal sequences."""

    def error(self, message: str) -> NoReturn:
        """Prints the usage and the message, and ends the program with 2."""
        super().error(shown_name(message))


def port(text: str) -> int:
    """The number of a port. Raises `ValueError`."""
    number = int(text)
    if not 0 <= number < 1 << 16:
        raise ValueError
    return number
