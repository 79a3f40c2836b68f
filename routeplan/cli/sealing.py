"""What sealing a pack and opening it share: keys, passphrases, and what is shown."""

from __future__ import annotations

import datetime as dt
import getpass
import sys
import warnings
from pathlib import Path

from routeplan import packs
from routeplan.cli import options
from routeplan.cli.inputs import read_text
from routeplan.cli.output import Output
from routeplan.errors import Fault, InputError

ADVICE = "advice to honest readers: whoever can open the pack can do so later with another tool"

passphrase_options = options.combined(
    options.flag("--passphrase", "With a passphrase, typed unseen."),
    options.path("--passphrase-file", "FILE", "With its first line; - is standard input."),
)


def check_one_of(**given: object) -> None:
    """Refuse none, or more than one, of the options that lock or open a pack."""
    count = sum(map(bool, given.values()))
    if count != 1:
        listed = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        message = "too many ways to lock or open it" if count else "nothing to lock or open it with"
        raise InputError([Fault("", message, f"give one of {listed}")])


def read_passphrase(file: Path | None) -> str:
    """Return the passphrase, from a file, or from the terminal where none is given."""
    if file is None:
        return type_unseen("passphrase: ")
    if str(file) == "-":
        return sys.stdin.readline().rstrip("\r\n")
    return next(iter(read_text(file).splitlines()), "")


def type_unseen(prompt: str) -> str:
    """Return what is typed on the terminal, which does not show it."""
    try:
        with warnings.catch_warnings():
            # Where it cannot hide what is typed, it would go on all the same.
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass(prompt)
    except (EOFError, OSError, getpass.GetPassWarning):
        message = "there is no terminal to ask for it"
        raise InputError([Fault("passphrase", message, "give it with --passphrase-file")]) from None


def show_pack(out: Output, manifest: packs.Manifest, names: list[str], written: list[Path]) -> None:
    """Show what a pack holds, until when, and the files that were written."""
    out.answer(
        {
            "crew": manifest.crew,
            "date": manifest.date,
            "expires": manifest.expires,
            "holds": names,
            "files": {path.name: path for path in written},
        },
        [
            f"crew {manifest.crew}, {manifest.date:%a %d %b %Y}: {', '.join(names)}",
            f"expires after {manifest.expires}: {ADVICE}",
            *map(str, written),
        ],
    )


def this_moment() -> dt.datetime:
    """Return the time by which packs expire."""
    return dt.datetime.now().astimezone()
