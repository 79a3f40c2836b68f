"""The command line: arguments, progress, errors to exit codes.

Nothing heavy is loaded before a command runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from routeplan.cli.parser import make_parser
from routeplan.cli.terminal import guard_libraries, write_error
from routeplan.errors import INTERRUPTED, InputError, RouteplanError
from routeplan.isolation import environment, isolated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["main"]

MOST_FAULTS = 50
LONGEST_MESSAGE = 200
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
    guard_libraries()
    options = make_parser().parse_args(_joined(sys.argv[1:] if arguments is None else arguments))
    try:
        fetches, scheduler = options.command.startswith("fetch "), vars(options).get("scheduler")
        with isolated(offline=not fetches, scheduler=scheduler), _keeping_private():
            from routeplan.cli import commands  # noqa: PLC0415  # loads what the command needs

            code = commands.COMMANDS[options.command](options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        _complain("stopped")
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away; nothing is left to tell it.
        code = 0
    except Exception as error:  # noqa: BLE001  # whatever it is, it is told in a line
        if options.traceback:
            write_error(traceback.format_exc(), end="")
        code = _explain(error)
    _give_up_output()
    sys.exit(code)


def _explain(error: Exception) -> int:
    """Say what went wrong, and return the exit code."""
    if isinstance(error, RouteplanError):
        _name_faults(error)
        return error.exit_code
    if isinstance(error, OSError) and error.strerror:
        # What no reader or writer of a file has told: a path that is too long, a full disk.
        place = error.filename if error.filename is not None else "standard output or a file"
        _complain(f"{place}: {error.strerror.lower()}")
        return InputError.exit_code
    if isinstance(error, MemoryError):
        _complain("there is not enough memory for this; take fewer villages or a smaller area")
        return RouteplanError.exit_code
    last = traceback.extract_tb(error.__traceback__)[-1]
    what = " ".join(f"{type(error).__name__}: {error}".split())[:LONGEST_MESSAGE]
    _complain(
        f"this should not have happened: {what} ({Path(last.filename).name}:{last.lineno}); "
        "please report this line, and what --traceback shows, to whoever gave you routeplan; "
        "look first whether it names places that nobody should know of"
    )
    return RouteplanError.exit_code


def _give_up_output() -> None:
    """Leave nothing to be written at the end, where the reader is gone or the disk full."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextlib.contextmanager
def _keeping_private() -> Iterator[None]:
    """Let libraries write for the user alone, too, and matplotlib only where it is wiped."""
    from routeplan.files import cache_folder, private_files  # noqa: PLC0415  # no --help needs it

    folder = os.environ.get(FONTS) or str(cache_folder().absolute() / "matplotlib")
    with environment({FONTS: folder}), private_files():
        yield


def _joined(arguments: Sequence[str]) -> list[str]:
    """Take the two words of a command like ``villages match`` for one."""
    first = " ".join(arguments[:2])
    return [first, *arguments[2:]] if first in TWO_WORDS else list(arguments)


def _speak_utf8() -> None:
    """Write names in any alphabet into pipes and files, whatever the machine is set to."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who began the program
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  # to the end
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
    with contextlib.suppress(OSError):  # where even errors cannot be written
        write_error(f"routeplan: {text}")
