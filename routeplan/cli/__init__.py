"""The command line: arguments, progress, errors to exit codes.

Nothing heavy is loaded before a command runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from routeplan.cli.parser import make_parser
from routeplan.errors import INTERRUPTED, RouteplanError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["main"]

MOST_FAULTS = 50

# By this matplotlib is told where to keep its list of fonts; osmnx loads it, too.
FONTS = "MPLCONFIGDIR"
TWO_WORDS = frozenset(
    {
        *("fetch extract", "fetch osm", "pack keygen", "pack open", "villages match"),
        *("workbook read", "workbook write"),
    }
)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit with its code."""
    _speak_utf8()
    options = make_parser().parse_args(_joined(sys.argv[1:] if arguments is None else arguments))
    try:
        from routeplan.cli import commands  # noqa: PLC0415  # loads what the command needs

        with _keeping_private():
            code = commands.COMMANDS[options.command](options)
        sys.stdout.flush()
    except RouteplanError as error:
        _name_faults(error)
        code = error.exit_code
    except KeyboardInterrupt:
        _complain("stopped")
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away; nothing is left to tell it.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)


@contextlib.contextmanager
def _keeping_private() -> Iterator[None]:
    """Let libraries write for the user alone, too, and matplotlib only where it is wiped."""
    from routeplan.files import cache_folder, private_files  # noqa: PLC0415

    named = os.environ.get(FONTS)
    os.environ.setdefault(FONTS, str(cache_folder().absolute() / "matplotlib"))
    try:
        with private_files():
            yield
    finally:
        if named is None:
            del os.environ[FONTS]


def _joined(arguments: Sequence[str]) -> list[str]:
    """Take the two words of a command like ``villages match`` for one."""
    first = " ".join(arguments[:2])
    return [first, *arguments[2:]] if first in TWO_WORDS else list(arguments)


def _speak_utf8() -> None:
    """Write names in any alphabet into pipes and files, whatever the machine is set to."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not stream.isatty():
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _name_faults(error: RouteplanError) -> None:
    for fault in error.faults[:MOST_FAULTS]:
        _complain(str(fault))
    more = len(error.faults) - MOST_FAULTS
    if more > 0:
        _complain(f"and {more:,} more")


def _complain(text: str) -> None:
    print(f"routeplan: {text}", file=sys.stderr)  # noqa: T201
