"""Make a key pair: what is sealed to its public half, it opens."""

from __future__ import annotations

from pathlib import Path

from routeplan import packs
from routeplan.cli import options
from routeplan.cli.output import Output
from routeplan.errors import Fault, InputError
from routeplan.files import write_whole


@options.command()
@options.output("KEY", "File of the secret key.", required=True)
def pack_keygen(out: Output, output: Path) -> None:
    """Make a key pair: what is sealed to its public half, it opens.

    The secret half goes into a file, the public half is shown.
    """
    if output.exists():
        message = "is there already, and what was sealed to it would be lost"
        raise InputError([Fault(str(output), message, "choose another name with -o")])
    made = packs.make_identity()
    text = f"# secret key of packs; keep it to yourself\n# public key: {made.recipient}\n"
    write_whole({output: f"{text}{made.secret}\n"})
    out.answer(
        {"recipient": made.recipient, "files": {"identity": str(output)}},
        [f"public key: {made.recipient}", f"identity: {output}"],
    )
