"""Open a sealed pack, and what both sides of sealing share."""

from __future__ import annotations

import datetime as dt
import getpass
import sys
import warnings
from pathlib import Path

from routeplan import packs
from routeplan.cli import options
from routeplan.cli.inputs import read_text
from routeplan.cli.output import Output, write_folder
from routeplan.errors import Fault, InputError
from routeplan.files import read_bytes
from routeplan.language import gettext as _

passphrase_options = options.combined(
    options.flag("--passphrase", "With a passphrase, typed unseen."),
    options.path("--passphrase-file", "FILE", "With its first line; - is standard input."),
)


def check_one_of(**given: object) -> None:
    """Refuse none, or more than one, of the options that lock or open a pack."""
    count = sum(map(bool, given.values()))
    if count != 1:
        listed = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        too_many = _("too many ways to lock or open it")
        message = too_many if count else _("nothing to lock or open it with")
        raise InputError([Fault("", message, _("give one of {options}", options=listed))])


def read_passphrase(file: Path | None) -> str:
    """Return the passphrase, from a file, or from the terminal where none is given."""
    if file is None:
        return type_unseen(_("passphrase: "))
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
        message, hint = _("there is no terminal to ask for it"), _("give it with --passphrase-file")
        raise InputError([Fault(_("passphrase"), message, hint)]) from None


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
            _(
                "crew {crew}, {date:%a %d %b %Y}: {files}",
                crew=manifest.crew,
                date=manifest.date,
                files=", ".join(names),
            ),
            _(
                "expires after {date}: advice to honest readers: whoever can open the pack can do "
                "so later with another tool",
                date=manifest.expires,
            ),
            *map(str, written),
        ],
    )


def this_moment() -> dt.datetime:
    """Return the time by which packs expire."""
    return dt.datetime.now().astimezone()


@options.command()
@options.paths("file", metavar="PACK")
@options.path("--identity", "KEY", "With the secret key in this file, of 'keygen'.")
@passphrase_options
@options.output("FOLDER", "Where its files go. Default: named as the pack, beside it.")
def pack_open(
    *,
    out: Output,
    file: Path,
    identity: Path | None,
    passphrase: bool,
    passphrase_file: Path | None,
    output: Path | None,
) -> None:
    """Open a sealed pack.

    Give one of --identity, --passphrase and --passphrase-file.
    """
    check_one_of(identity=identity, passphrase=passphrase, passphrase_file=passphrase_file)
    name = file.name
    # Nothing that large was packed; it is refused before it is read into memory.
    if file.exists() and file.stat().st_size > 2 * packs.LARGEST_BYTES:
        raise InputError([Fault(str(file), _("is too large for a pack"))])
    data = read_bytes(file)
    if identity is None:
        whole = packs.unseal_with_passphrase(data, read_passphrase(passphrase_file), source=name)
    else:
        keys = packs.read_identities(read_text(identity), source=identity.name)
        whole = packs.unseal(data, keys, source=name)
    manifest, contents = packs.unbundle(whole, source=name)
    packs.check_expiry(manifest, this_moment().date(), source=name)
    folder = output or file.with_suffix("")
    if folder == file:
        hint = _("name a folder with -o")
        raise InputError([Fault(str(folder), _("is the pack itself"), hint)])
    written = write_folder(folder, contents)
    names = sorted(contents)
    show_pack(out, manifest, names, [written[each] for each in names])
