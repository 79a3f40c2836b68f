"""The command line: arguments, progress, errors to exit codes.

Nothing heavy is loaded before a command runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from routeplan.cli.parser import make_parser
from routeplan.errors import RouteplanError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit with its code."""
    options = make_parser().parse_args(arguments)
    try:
        from routeplan.cli import commands  # noqa: PLC0415  # loads what the command needs

        code = commands.COMMANDS[options.command](options)
    except RouteplanError as error:
        for fault in error.faults:
            _complain(f"routeplan: {fault}")
        code = error.exit_code
    except KeyboardInterrupt:
        _complain("routeplan: stopped")
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away; nothing is left to tell it.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)


def _complain(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201
