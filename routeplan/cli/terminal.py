"""The one module that writes text to standard output and standard error.

Names of places, fields of files, file names and arguments come from others. A control character
in them could hide lines, recolour them or set the clipboard; an override of the direction of
writing could show a name as another. Here they are made visible.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
import warnings
from typing import Any

# C0 but newline and tab, DEL, C1; marks, embeddings, overrides and isolates of the direction of
# writing; separators of lines; lone surrogates, which cannot be encoded.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def visible(text: str) -> str:
    r"""Return a text with everything in it that a terminal would obey written as escapes.

    Examples
    --------
    >>> visible("Aral\x1b[2J")
    'Aral\\x1b[2J'
    """
    return _CONTROLS.sub(lambda found: repr(found[0])[1:-1], text)


def write_error(text: str, *, end: str = "\n") -> None:
    """Write to standard error at once."""
    sys.stderr.write(f"{visible(text)}{end}")
    sys.stderr.flush()


def write_json(values: object) -> None:
    """Write an answer to machines."""
    write_json_text(json.dumps(values, ensure_ascii=False, indent=1, default=str) + "\n")


def write_json_text(text: str) -> None:
    """Write JSON to standard output, with control characters as JSON's own escapes."""
    # Outside of strings JSON has no such characters, and inside them it has escapes for them.
    sys.stdout.write(_CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text))
    sys.stdout.flush()


def guard_libraries() -> None:
    """Make visible what Python itself prints: warnings, logs and the tracebacks of errors."""
    warnings.formatwarning = _format_warning
    sys.excepthook = _print_traceback
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(_Formatter())


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record))


def _format_warning(
    message: Warning | str, category: type[Warning], *_: object, **__: object
) -> str:
    return visible(f"{category.__name__}: {message}\n")


def _print_traceback(*error: Any) -> None:  # noqa: ANN401  # as Python passes it
    write_error("".join(traceback.format_exception(*error)), end="")
