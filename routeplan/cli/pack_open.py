"""Open a sealed pack."""

from __future__ import annotations

from pathlib import Path

from routeplan import packs
from routeplan.cli import options, sealing
from routeplan.cli.inputs import read_text
from routeplan.cli.output import Output, write_folder
from routeplan.errors import Fault, InputError
from routeplan.files import read_bytes


@options.command()
@options.paths("file", metavar="PACK")
@options.path("--identity", "KEY", "With the secret key in this file, of 'keygen'.")
@sealing.passphrase_options
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
    sealing.check_one_of(identity=identity, passphrase=passphrase, passphrase_file=passphrase_file)
    name = file.name
    # Nothing that large was packed; it is refused before it is read into memory.
    if file.exists() and file.stat().st_size > 2 * packs.LARGEST_BYTES:
        raise InputError([Fault(str(file), "is too large for a pack")])
    data = read_bytes(file)
    if identity is None:
        whole = packs.unseal_with_passphrase(
            data, sealing.read_passphrase(passphrase_file), source=name
        )
    else:
        keys = packs.read_identities(read_text(identity), source=identity.name)
        whole = packs.unseal(data, keys, source=name)
    manifest, contents = packs.unbundle(whole, source=name)
    packs.check_expiry(manifest, sealing.this_moment().date(), source=name)
    folder = output or file.with_suffix("")
    if folder == file:
        raise InputError([Fault(str(folder), "is the pack itself", "name a folder with -o")])
    written = write_folder(folder, contents)
    names = sorted(contents)
    sealing.show_pack(out, manifest, names, [written[each] for each in names])
