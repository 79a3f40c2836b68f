"""Sealed packs: what one crew needs on one day, how it is opened, and keys."""

from __future__ import annotations

import datetime as dt
import getpass
import random
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import click

from routeplan import packs
from routeplan.cli import options
from routeplan.cli.handouts import plan_files_argument, read_plan
from routeplan.cli.output import write_folder
from routeplan.errors import Fault, InputError
from routeplan.files import check_writable, read_bytes, write_whole

if TYPE_CHECKING:
    from routeplan.cli.output import Output
    from routeplan.handouts import PlaceCode
    from routeplan.language import Language

ADVICE = "advice to honest readers: whoever can open the pack can do so later with another tool"

passphrase_options = options.combined(
    options.flag("--passphrase", "With a passphrase, typed unseen."),
    options.path("--passphrase-file", "FILE", "With its first line; - is standard input."),
)


@options.command()
@plan_files_argument
@options.option("--crew", "ID", "The crew.", required=True)
@options.option("--day", "DAY", "The day: its number on the sheets, or its date.", required=True)
@options.option(
    "--recipient recipients", "KEY", "To this public key, age1… (repeatable).", multiple=True
)
@passphrase_options
@options.output("PACK", "The pack. Default: CREW_dayN.age.")
@options.option("--expires", "DATE", "Advice: last day to open it. Default: a day later.")
@options.path("--codes", "KEYFILE", "Call places by codes, whose key is kept in this file.")
@options.language
def pack(
    *,
    out: Output,
    files: tuple[Path | None, Path],
    crew: str,
    day: str,
    recipients: tuple[str, ...],
    passphrase: bool,
    passphrase_file: Path | None,
    output: Path | None,
    expires: str | None,
    codes: Path | None,
    language: Language | None,
) -> None:
    """Seal what one crew needs on one day into one file.

    Give one of --recipient, --passphrase and --passphrase-file.
    """
    from routeplan import handouts
    from routeplan.tally import tally_rows

    _check_one_of(recipient=recipients, passphrase=passphrase, passphrase_file=passphrase_file)
    keys = packs.read_recipients(recipients)
    last_day = _parse_date(expires)
    secret = None if keys else _read_new_passphrase(passphrase_file)
    known = _read_codes(codes)
    check_writable(*filter(None, (output, codes)))
    with out.steps() as steps:
        problem, plan, data = read_plan(steps, *files, language)
        index = options.find_day(problem, day)
        steps.on_step("making the files of the day")
        own = handouts.team_day(problem, plan, data, team=crew, day=index)
        drawn: tuple[PlaceCode, ...] = ()
        if codes is not None:
            drawn = handouts.assign_codes(known, problem.places, random.SystemRandom())
            own = handouts.rename_places(own, {code.place: code.code for code in drawn})
        rows = tally_rows(problem, plan)
        tallies = [row for row in rows if (row.team, row.day) == (crew, index)]
        contents = handouts.day_files(own, tallies)
        steps.on_step("sealing")
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
    _show_pack(out, manifest, [packs.MANIFEST, *sorted(contents)], list(written))


@options.command()
@click.argument("file", metavar="PACK", type=Path)
@options.path("--identity", "KEY", "With the secret key in this file, of 'keygen'.")
@passphrase_options
@options.output("FOLDER", "Where its files go. Default: named as the pack, beside it.")
def unpack(
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
    _check_one_of(identity=identity, passphrase=passphrase, passphrase_file=passphrase_file)
    name = file.name
    # Nothing that large was packed; it is refused before it is read into memory.
    if file.exists() and file.stat().st_size > 2 * packs.LARGEST_BYTES:
        raise InputError([Fault(str(file), "is too large for a pack")])
    data = read_bytes(file)
    if identity is None:
        whole = packs.unseal_with_passphrase(data, _read_passphrase(passphrase_file), source=name)
    else:
        keys = packs.read_identities(options.read_text(identity), source=identity.name)
        whole = packs.unseal(data, keys, source=name)
    manifest, contents = packs.unbundle(whole, source=name)
    packs.check_expiry(manifest, _now().date(), source=name)
    folder = output or file.with_suffix("")
    if folder == file:
        raise InputError([Fault(str(folder), "is the pack itself", "name a folder with -o")])
    written = write_folder(folder, contents)
    names = sorted(contents)
    _show_pack(out, manifest, names, [written[each] for each in names])


@options.command()
@options.output("KEY", "File of the secret key.", required=True)
def keygen(out: Output, output: Path) -> None:
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


def _show_pack(
    out: Output, manifest: packs.Manifest, names: list[str], written: list[Path]
) -> None:
    out.answer(
        {
            "crew": manifest.crew,
            "date": str(manifest.date),
            "expires": str(manifest.expires),
            "holds": names,
            "files": {path.name: str(path) for path in written},
        },
        [
            f"crew {manifest.crew}, {manifest.date:%a %d %b %Y}: {', '.join(names)}",
            f"expires after {manifest.expires}: {ADVICE}",
            *map(str, written),
        ],
    )


def _check_one_of(**given: object) -> None:
    """Refuse none, or more than one, of the options that lock or open a pack."""
    count = sum(map(bool, given.values()))
    if count != 1:
        listed = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        message = "too many ways to lock or open it" if count else "nothing to lock or open it with"
        raise InputError([Fault("", message, f"give one of {listed}")])


def _make_manifest(crew: str, date: dt.date, expires: dt.date | None) -> packs.Manifest:
    last = expires or min(date, dt.date.max - dt.timedelta(days=1)) + dt.timedelta(days=1)
    if last < date:
        message = f"{last} lies before the day itself, {date}"
        raise InputError([Fault("--expires", message)])
    if last < _now().date():
        message = f"nobody could open it: {last} is over"
        raise InputError([Fault("--expires", message, "give a later date")])
    return packs.Manifest(crew, date, None, last)


def _read_codes(path: Path | None) -> tuple[PlaceCode, ...]:
    from routeplan.handouts import codes_from_json

    if path is None or not path.exists():
        return ()
    return codes_from_json(read_bytes(path), source=path.name)


def _parse_date(text: str | None) -> dt.date | None:
    try:
        return None if text is None else dt.date.fromisoformat(text)
    except ValueError:
        hint = "write it as 2027-05-05"
        raise InputError([Fault("--expires", f"{text!r} is no date", hint)]) from None


def _read_new_passphrase(file: Path | None) -> str:
    passphrase = _read_passphrase(file)
    packs.check_passphrase(passphrase)
    if file is None and _type_unseen("the same again: ") != passphrase:
        raise InputError([Fault("passphrase", "the two are not the same", "type it anew")])
    return passphrase


def _read_passphrase(file: Path | None) -> str:
    """Return the passphrase, from a file, or from the terminal where none is given."""
    if file is None:
        return _type_unseen("passphrase: ")
    if str(file) == "-":
        return sys.stdin.readline().rstrip("\r\n")
    return next(iter(options.read_text(file).splitlines()), "")


def _type_unseen(prompt: str) -> str:
    try:
        with warnings.catch_warnings():
            # Where it cannot hide what is typed, it would go on all the same.
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass(prompt)
    except (EOFError, OSError, getpass.GetPassWarning):
        message = "there is no terminal to ask for it"
        raise InputError([Fault("passphrase", message, "give it with --passphrase-file")]) from None


def _now() -> dt.datetime:
    return dt.datetime.now().astimezone()
