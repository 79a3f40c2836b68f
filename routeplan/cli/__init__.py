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

import click

from routeplan.cli.commands import Commands
from routeplan.cli.language import choose_language, translate_click
from routeplan.cli.terminal import guard_libraries, write_error
from routeplan.errors import INTERRUPTED, Fault, InputError, RouteplanError
from routeplan.isolation import environment
from routeplan.language import LANGUAGE_VARIABLE, ngettext
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

MAX_FAULTS = 50
MAX_MESSAGE_LENGTH = 200


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit with its code."""
    _write_utf8()
    guard_libraries()
    words = list(sys.argv[1:] if arguments is None else arguments)
    with environment({LANGUAGE_VARIABLE: choose_language(words)}):
        translate_click()
        code = _run(words)
    _discard_unwritable()
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    context = None
    commands = Commands()
    try:
        context = commands.make_context("routeplan", arguments)
        with context:
            code: int = commands.invoke(context) or 0
        sys.stdout.flush()
    except click.exceptions.Exit as ended:  # --help and --version
        return ended.exit_code
    except KeyboardInterrupt:
        _report(_("stopped"))
        return INTERRUPTED
    except BrokenPipeError:  # the reader of standard output is gone
        return 0
    except click.UsageError as error:
        return _explain_usage(error)
    except Exception as error:  # noqa: BLE001  # reported in one line, whatever it is
        if context is not None and context.meta.get("traceback"):
            write_error(traceback.format_exc(), end="")
        return _explain(error)
    return code


def _explain_usage(error: click.UsageError) -> int:
    """Report a wrong command, option or argument with the usage."""
    message, where, hint = error.format_message().removesuffix("."), "", ""
    if isinstance(error, click.NoSuchOption):
        where, message = error.option_name, _("there is no such option")
        near = sorted(error.possibilities or (), reverse=True)
        hint = _("did you mean {word!r}?", word=near[-1]) if near else ""
    elif isinstance(error, click.BadParameter) and error.param is not None:
        is_option = isinstance(error.param, click.Option)
        where = error.param.opts[-1] if is_option else error.param.human_readable_name
        is_missing = isinstance(error, click.MissingParameter)
        message = _("is missing") if is_missing else error.message.removesuffix(".")
    if error.ctx is not None:
        _report(error.ctx.get_usage(), prefix="")
    _report(str(Fault(where, message[0].lower() + message[1:], hint)))
    return InputError.exit_code


def _explain(error: Exception) -> int:
    """Report an error and return the exit code."""
    if isinstance(error, RouteplanError):
        for fault in error.faults[:MAX_FAULTS]:
            _report(str(fault))
        more = len(error.faults) - MAX_FAULTS
        if more > 0:
            _report(ngettext("and {n:,} more", "and {n:,} more", more))
        return error.exit_code
    if isinstance(error, OSError) and error.strerror:
        # Not reported by a reader or writer of a file: too long a path, a full disk.
        from routeplan.files import error_text

        place = error.filename if error.filename is not None else _("standard output or a file")
        _report(f"{place}: {error_text(error)}")
        return InputError.exit_code
    if isinstance(error, MemoryError):
        _report(_("there is not enough memory for this; take fewer villages or a smaller area"))
        return RouteplanError.exit_code
    last = traceback.extract_tb(error.__traceback__)[-1]
    what = " ".join(f"{type(error).__name__}: {error}".split())[:MAX_MESSAGE_LENGTH]
    place = f"{Path(last.filename).name}:{last.lineno}"
    text = _(
        "this should not have happened: {error} ({place}); please report this line, and what "
        "--traceback shows, to whoever gave you routeplan; look first whether it names places "
        "that nobody should know of",
        error=what,
        place=place,
    )
    _report(text)
    return RouteplanError.exit_code


def _report(text: str, *, prefix: str = "routeplan: ") -> None:
    with contextlib.suppress(OSError):  # where even errors cannot be written
        write_error(f"{prefix}{text}")


def _write_utf8() -> None:
    """Write names in any alphabet into pipes and files, whatever the locale."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the parent process
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  # to the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not stream.isatty():
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _discard_unwritable() -> None:
    """Leave nothing to be written at exit where the reader is gone or the disk full."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
