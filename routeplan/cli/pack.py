"""Seal what one crew needs on one day into one file."""

from __future__ import annotations

from pathlib import Path

from routeplan import packs
from routeplan.cli import options, pack_open
from routeplan.cli.inputs import PlanFiles, find_day, parse_date, plan_alone_too
from routeplan.cli.output import Output
from routeplan.errors import Fault, InputError
from routeplan.files import check_writable, write_whole
from routeplan.language import gettext as _


@options.command()
@plan_alone_too
@options.option("--crew", "ID", "The crew.", required=True)
@options.option("--day", "DAY", "The day: its number on the sheets, or its date.", required=True)
@options.option(
    "--recipient recipients", "KEY", "To this public key, age1… (repeatable).", multiple=True
)
@pack_open.passphrase_options
@options.output("PACK", "The pack. Default: CREW_dayN.age.")
@options.option("--expires", "DATE", "Advice: last day to open it. Default: a day later.")
@options.path("--codes", "KEYFILE", "Call places by codes, whose key is kept in this file.")
@options.language
def pack(
    *,
    out: Output,
    source: PlanFiles,
    crew: str,
    day: str,
    recipients: tuple[str, ...],
    passphrase: bool,
    passphrase_file: Path | None,
    output: Path | None,
    expires: str | None,
    codes: Path | None,
) -> None:
    """Seal what one crew needs on one day into one file.

    Give one of --recipient, --passphrase and --passphrase-file.
    """
    from routeplan.handouts import codes_to_json, safe_filename
    from routeplan.workflow import packs as workflow

    pack_open.check_one_of(
        recipient=recipients, passphrase=passphrase, passphrase_file=passphrase_file
    )
    keys = packs.read_recipients(recipients)
    last_day = None if expires is None else parse_date("--expires", expires)
    secret = "" if keys else read_new_passphrase(passphrase_file)
    known = workflow.read_codes(codes)
    check_writable(*filter(None, (output, codes)))
    with out.steps() as steps:
        read = source.read(steps)
        index = find_day(read[0], day)
        steps.on_step(_("making the files of the day"))
        drawn = () if codes is None else workflow.draw_codes(known, read[0])
        terms = workflow.Terms(pack_open.this_moment().date(), last_day, drawn)
        made = workflow.make_pack(read, terms, team=crew, day=index)
        steps.on_step(_("sealing"))
        sealed = workflow.Seal(keys, secret).apply(made.data)
    path = output or Path(workflow.pack_name(safe_filename(crew), index))
    written: dict[Path, str | bytes] = {path: sealed}
    if codes is not None:
        written[codes] = codes_to_json(drawn)
    write_whole(written)
    pack_open.show_pack(out, made.manifest, [packs.MANIFEST, *made.names], list(written))


def read_new_passphrase(file: Path | None) -> str:
    """Return a good passphrase, from a file, or typed twice."""
    passphrase = pack_open.read_passphrase(file)
    packs.check_passphrase(passphrase)
    if file is None and pack_open.type_unseen(_("the same again: ")) != passphrase:
        fault = Fault(_("passphrase"), _("the two are not the same"), _("type it anew"))
        raise InputError([fault])
    return passphrase


@options.command()
@options.output("KEY", "File of the secret key.", required=True)
def pack_keygen(out: Output, output: Path) -> None:
    """Make a key pair: what is sealed to its public half, it opens.

    The secret half goes into a file, the public half is shown.
    """
    if output.exists():
        message = _("is there already, and what was sealed to it would be lost")
        raise InputError([Fault(str(output), message, _("choose another name with -o"))])
    made = packs.make_identity()
    text = f"# secret key of packs; keep it to yourself\n# public key: {made.recipient}\n"
    write_whole({output: f"{text}{made.secret}\n"})
    out.answer(
        {"recipient": made.recipient, "files": {"identity": str(output)}},
        [
            _("public key: {key}", key=made.recipient),
            _("identity: {file}", file=output),
        ],
    )
