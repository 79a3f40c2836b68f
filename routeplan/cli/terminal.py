"""What goes to a terminal goes through here: names may hold what a terminal takes for a command.

Names of places, fields of files, file names and arguments come from others. A control character
in them could hide lines, recolour them or set the clipboard; an override of the direction of
writing could show a name as another.
"""

from __future__ import annotations

import argparse
import json
import logging
import re
import sys
import traceback
import warnings
from typing import IO, Any

__all__ = ["Parser", "guard_libraries", "visible", "write_error", "write_json", "write_json_text"]

# C0 but newline and tab, DEL, C1; marks, embeddings, overrides and isolates of the direction of
# writing; separators of lines; halves of characters, which a terminal cannot be sent at all.
_HOSTILE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def visible(text: str) -> str:
    r"""Return a text with everything in it that a terminal would obey written out.

    Examples
    --------
    >>> visible("Aral\x1b[2J")
    'Aral\\x1b[2J'
    """
    return _HOSTILE.sub(lambda found: repr(found[0])[1:-1], text)


class Parser(argparse.ArgumentParser):
    """A parser whose messages repeat what it was given, made visible."""

    def _print_message(self, message: str, file: IO[str] | None = None) -> None:  # type: ignore[override]
        super()._print_message(visible(message or ""), file)


def write_error(text: str, *, end: str = "\n") -> None:
    """Write to standard error at once."""
    sys.stderr.write(f"{visible(text)}{end}")
    sys.stderr.flush()


def write_json(values: object) -> None:
    """Write an answer to machines."""
    write_json_text(json.dumps(values, ensure_ascii=False, indent=1, default=str) + "\n")


def write_json_text(text: str) -> None:
    """Write a text in JSON to standard output, in which it reads the same."""
    # Outside of strings JSON has no such characters, and inside them it has escapes for them.
    sys.stdout.write(_HOSTILE.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def guard_libraries() -> None:
    """Make visible what Python itself prints: warnings, logs and the tracebacks of errors."""
    warnings.formatwarning = _warning
    sys.excepthook = _traceback
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(_Formatter())


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record))


def _warning(message: Warning | str, category: type[Warning], *_: object, **__: object) -> str:
    return visible(f"{category.__name__}: {message}\n")


def _traceback(*error: Any) -> None:  # noqa: ANN401  # as Python hands it on
    write_error("".join(traceback.format_exception(*error)), end="")
