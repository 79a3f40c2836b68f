"""Commands that seal packs, open them, and make keys for them."""

from __future__ import annotations

import datetime as dt
import getpass
import random
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from routeplan import packs
from routeplan.cli import show
from routeplan.cli.asked import find_day
from routeplan.cli.handout_commands import read_plan
from routeplan.cli.written import write_folder
from routeplan.errors import Fault, Faults, InputError
from routeplan.files import check_writable, read_bytes, write_whole

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from routeplan.handouts import PlaceCode, TeamDay
    from routeplan.model.problem import Problem

__all__ = ["keygen", "open_pack", "pack"]

ADVICE = "advice to honest readers: whoever can open the pack can do so later with another tool"


def pack(asked: argparse.Namespace) -> int:
    """Seal what one crew needs on one day."""
    from routeplan import handouts  # noqa: PLC0415
    from routeplan.tally import tally_rows  # noqa: PLC0415

    _check_one_of(asked, "recipient", "passphrase", "passphrase_file")
    recipients = packs.read_recipients(asked.recipient)
    expires = _date(asked.expires)
    passphrase = None if recipients else _ask_new_passphrase(asked)
    known = _read_codes(asked.codes)
    check_writable(*filter(None, (asked.output, asked.codes)))
    with show.Steps(quiet=asked.quiet) as steps:
        problem, plan, data = read_plan(asked, steps)
        day = find_day(problem, asked.day)
        steps.on_step("making the files of the day")
        whose = (asked.crew, day)
        own = handouts.team_day(problem, plan, data, team=asked.crew, day=day)
        codes = _draw_codes(asked.codes, known, problem)
        tallies = [row for row in tally_rows(problem, plan) if (row.team, row.day) == whose]
        files = handouts.day_files(_in_codes(own, codes), tallies)
        steps.on_step("sealing")
        manifest = _manifest(asked.crew, problem.days[day].date, expires)
        whole = packs.bundle(manifest, files)
        if passphrase is None:
            sealed = packs.seal(whole, recipients)
        else:
            sealed = packs.seal_with_passphrase(whole, passphrase)
    output = asked.output or Path(f"{handouts.safe_filename(asked.crew)}_day{day + 1}.age")
    written: dict[Path, str | bytes] = {output: sealed}
    if codes:
        written[asked.codes] = handouts.codes_to_json(codes)
    write_whole(written)
    _show_pack(asked, manifest, [packs.MANIFEST, *sorted(files)], list(written))
    return 0


def open_pack(asked: argparse.Namespace) -> int:
    """Open a sealed pack, where nothing speaks against it."""
    _check_one_of(asked, "identity", "passphrase", "passphrase_file")
    name = asked.pack.name
    data = _read_pack(asked.pack)
    if asked.identity is None:
        whole = packs.unseal_with_passphrase(data, _ask_passphrase(asked), source=name)
    else:
        keys = packs.read_identities(_text(asked.identity), source=asked.identity.name)
        whole = packs.unseal(data, keys, source=name)
    manifest, files = packs.unbundle(whole, source=name)
    packs.check_expiry(manifest, _now().date(), source=name)
    folder = asked.output or asked.pack.with_suffix("")
    if folder == asked.pack:
        raise InputError([Fault(str(folder), "is the pack itself", "name a folder with -o")])
    written = write_folder(folder, files)
    _show_pack(asked, manifest, sorted(files), [written[each] for each in sorted(files)])
    return 0


def keygen(asked: argparse.Namespace) -> int:
    """Make a key pair; the secret half goes into a file, the public half is shown."""
    if asked.output.exists():
        message = "is there already, and what was sealed to it would be lost"
        raise InputError([Fault(str(asked.output), message, "choose another name with -o")])
    made = packs.make_identity()
    text = f"# secret key of packs; keep it to yourself\n# public key: {made.recipient}\n"
    write_whole({asked.output: f"{text}{made.secret}\n"})
    show.answer(
        {"recipient": made.recipient, "files": {"identity": str(asked.output)}},
        [f"public key: {made.recipient}", f"identity: {asked.output}"],
        as_json=asked.json,
    )
    return 0


def _show_pack(
    asked: argparse.Namespace, manifest: packs.Manifest, holds: list[str], written: list[Path]
) -> None:
    show.answer(
        {
            "crew": manifest.crew,
            "date": str(manifest.date),
            "expires": str(manifest.expires),
            "holds": holds,
            "files": {path.name: str(path) for path in written},
        },
        [
            f"crew {manifest.crew}, {manifest.date:%a %d %b %Y}: {', '.join(holds)}",
            f"expires after {manifest.expires}: {ADVICE}",
            *map(str, written),
        ],
        as_json=asked.json,
    )


def _check_one_of(asked: argparse.Namespace, *names: str) -> None:
    given = [name for name in names if getattr(asked, name)]
    if len(given) != 1:
        listed = ", ".join(f"--{name.replace('_', '-')}" for name in names)
        message = "nothing to lock or open it with" if not given else "too much at once"
        raise InputError([Fault("", message, f"give one of {listed}")])


def _manifest(crew: str, date: dt.date, expires: dt.date | None) -> packs.Manifest:
    last = expires or min(date, dt.date.max - dt.timedelta(days=1)) + dt.timedelta(days=1)
    faults = Faults()
    if last < date:
        faults.add("--expires", f"{last} lies before the day itself, {date}")
    elif last < _now().date():
        faults.add("--expires", f"nobody could open it: {last} is over", "give a later date")
    faults.raise_any()
    return packs.Manifest(crew, date, None, last)


def _date(text: str | None) -> dt.date | None:
    try:
        return None if text is None else dt.date.fromisoformat(text)
    except ValueError:
        hint = "write it as 2027-05-05"
        raise InputError([Fault("--expires", f"{text!r} is no date", hint)]) from None


def _read_codes(path: Path | None) -> tuple[PlaceCode, ...]:
    from routeplan.handouts import codes_from_json  # noqa: PLC0415

    if path is None or not path.exists():
        return ()
    return codes_from_json(read_bytes(path), source=path.name)


def _draw_codes(
    path: Path | None, known: Sequence[PlaceCode], problem: Problem
) -> tuple[PlaceCode, ...] | None:
    from routeplan.handouts import assign_codes  # noqa: PLC0415

    return None if path is None else assign_codes(known, problem.places, random.SystemRandom())


def _in_codes(own: TeamDay, codes: Sequence[PlaceCode] | None) -> TeamDay:
    from routeplan.handouts import rename_places  # noqa: PLC0415

    return own if codes is None else rename_places(own, {c.place: c.code for c in codes})


def _read_pack(path: Path) -> bytes:
    # Nothing that large was packed; it is not read into memory to be told so.
    if path.exists() and path.stat().st_size > 2 * packs.LARGEST_BYTES:
        raise InputError([Fault(str(path), "is too large for a pack")])
    return read_bytes(path)


def _ask_new_passphrase(asked: argparse.Namespace) -> str:
    passphrase = _ask_passphrase(asked)
    packs.check_passphrase(passphrase)
    if asked.passphrase and _typed("the same again: ") != passphrase:
        raise InputError([Fault("passphrase", "the two are not the same", "type it anew")])
    return passphrase


def _ask_passphrase(asked: argparse.Namespace) -> str:
    """Return the passphrase, from a file or the terminal: what is typed there shows nowhere."""
    if asked.passphrase:
        return _typed("passphrase: ")
    if str(asked.passphrase_file) == "-":
        return sys.stdin.readline().rstrip("\r\n")
    return next(iter(_text(asked.passphrase_file).splitlines()), "")


def _typed(prompt: str) -> str:
    try:
        with warnings.catch_warnings():
            # Where it cannot hide what is typed, it would go on all the same.
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass(prompt)
    except (EOFError, OSError, getpass.GetPassWarning):
        message = "there is no terminal to ask for it"
        raise InputError([Fault("passphrase", message, "give it with --passphrase-file")]) from None


def _text(path: Path) -> str:
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError([Fault(str(path), "is not UTF-8", "save it as UTF-8")]) from None


def _now() -> dt.datetime:
    return dt.datetime.now().astimezone()
