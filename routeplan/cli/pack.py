"""Seal what one crew needs on one day into one file."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import TYPE_CHECKING

from routeplan import packs
from routeplan.cli import options, pack_open
from routeplan.cli.inputs import PlanFiles, find_day, parse_date, plan_alone_too
from routeplan.cli.output import Output
from routeplan.errors import Fault, InputError
from routeplan.files import check_writable, read_bytes, write_whole
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from routeplan.handouts import PlaceCode


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
    from routeplan import handouts
    from routeplan.tally import tally_rows

    pack_open.check_one_of(
        recipient=recipients, passphrase=passphrase, passphrase_file=passphrase_file
    )
    keys = packs.read_recipients(recipients)
    last_day = None if expires is None else parse_date("--expires", expires)
    secret = None if keys else read_new_passphrase(passphrase_file)
    known = _read_codes(codes)
    check_writable(*filter(None, (output, codes)))
    with out.steps() as steps:
        problem, plan, data = source.read(steps)
        index = find_day(problem, day)
        steps.on_step(_("making the files of the day"))
        own = handouts.team_day(problem, plan, data, team=crew, day=index)
        drawn: tuple[PlaceCode, ...] = ()
        if codes is not None:
            drawn = handouts.assign_codes(known, problem.places, random.SystemRandom())
            own = handouts.rename_places(own, {code.place: code.code for code in drawn})
        rows = tally_rows(problem, plan)
        tallies = [row for row in rows if (row.team, row.day) == (crew, index)]
        contents = handouts.day_files(own, tallies)
        steps.on_step(_("sealing"))
        manifest = _make_manifest(crew, problem.days[index].date, last_day)
        whole = packs.bundle(manifest, contents)
        if secret is None:
            sealed = packs.seal(whole, keys)
        else:
            sealed = packs.seal_with_passphrase(whole, secret)
    path = output or Path(f"{handouts.safe_filename(crew)}_day{index + 1}.age")
    written: dict[Path, str | bytes] = {path: sealed}
    if codes is not None:
        written[codes] = handouts.codes_to_json(drawn)
    write_whole(written)
    pack_open.show_pack(out, manifest, [packs.MANIFEST, *sorted(contents)], list(written))


def _make_manifest(crew: str, date: dt.date, expires: dt.date | None) -> packs.Manifest:
    last = expires or min(date, dt.date.max - dt.timedelta(days=1)) + dt.timedelta(days=1)
    if last < date:
        message = _("{last} lies before the day itself, {date}", last=last, date=date)
        raise InputError([Fault("--expires", message)])
    if last < pack_open.this_moment().date():
        message = _("nobody could open it: {last} is over", last=last)
        raise InputError([Fault("--expires", message, _("give a later date"))])
    return packs.Manifest(crew, date, None, last)


def _read_codes(path: Path | None) -> tuple[PlaceCode, ...]:
    from routeplan.handouts import codes_from_json

    if path is None or not path.exists():
        return ()
    return codes_from_json(read_bytes(path), source=path.name)


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
