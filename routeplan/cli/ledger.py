"""``ledger``: make one, show what is in it, back it up and restore it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from routeplan.cli import options
from routeplan.cli.output import Output
from routeplan.cli.pack import read_new_passphrase
from routeplan.cli.pack_open import read_passphrase
from routeplan.language import gettext as _
from routeplan.language import ngettext

if TYPE_CHECKING:
    from routeplan.ledger import Entry, Ledger

ledger_argument = click.argument("ledger", type=str)
passphrase_file = options.path(
    "--passphrase-file", "FILE", "Of a sealed ledger: its first line; - is input."
)


def passphrase_of(*places: Path | str, file: Path | None, new: bool = False) -> str | None:
    """Return the passphrase of ledgers, from a file or the terminal; None if none is sealed."""
    from routeplan.ledger.marks import is_sealed_name

    if file is None and not any(map(is_sealed_name, places)):
        return None
    return read_new_passphrase(file) if new else read_passphrase(file)


@options.command()
@ledger_argument
@options.paths("scenario")
@options.option("--by", "NAME", "Who records; kept in the ledger.", default="")
@passphrase_file
def ledger_create(
    out: Output, ledger: str, scenario: Path, by: str, passphrase_file: Path | None
) -> None:
    """Make the ledger of a campaign, with a scenario's villages.

    LEDGER is a file, sealed with a passphrase if its name ends in .age, or the address of a
    PostgreSQL database, postgresql://name@host/database. Nobody who records is named unless --by
    does.
    """
    from routeplan.workflow.journal import make_ledger

    passphrase = passphrase_of(ledger, file=passphrase_file, new=True)
    with out.steps() as steps:
        name, villages = make_ledger(
            ledger, scenario, recorder=by, passphrase=passphrase, on_step=steps.on_step
        )
    text = ngettext("{n} village", "{n} villages", villages)
    out.answer({"ledger": name, "villages": villages}, [f"{name}: {text}"])


@options.command()
@ledger_argument
@options.flag("--visits", "List all visits, with the numbers by which they are corrected.")
@passphrase_file
def ledger_show(out: Output, ledger: str, *, visits: bool, passphrase_file: Path | None) -> None:
    """Show what is recorded, and what is left to do."""
    from routeplan.ledger import open_ledger

    with open_ledger(ledger, passphrase=passphrase_of(ledger, file=passphrase_file)) as read:
        entries, rows, plans = read.entries(), _village_rows(read), read.plans()
        name, reports = read.name, len(read.road_reports())
    totals = {key: sum(row[key] for row in rows) for key in ("households", "unsigned", "signed")}
    shown_plans = [
        {key: getattr(plan, key) for key in ("id", "name", "first", "last", "when", "by")}
        for plan in plans
    ]
    visit_rows = list(map(_visit_values, entries))
    values: dict[str, Any] = {
        "ledger": name,
        "totals": totals | {"visits": len(entries), "road_reports": reports},
        "plans": shown_plans,
        "villages": rows,
    }
    console = out.console(values | ({"visits": visit_rows} if visits else {}))
    if plans:
        heads = (_("id"), _("name"), _("first day"), _("last day"), _("recorded"), _("recorded by"))
        console.table(_("Plans"), heads, (list(map(_cell, row.values())) for row in shown_plans))
    console.table(_("Villages"), _village_heads(), _cells(rows))
    if visits:
        console.table(_("Visits"), _visit_heads(), _cells(visit_rows))
    texts = [
        ngettext("{n} visit recorded", "{n} visits recorded", len(entries)),
        ngettext("{n} household signed", "{n} households signed", totals["signed"]),
        ngettext("{n} unsigned", "{n} unsigned", totals["unsigned"]),
        ngettext("{n} report of a road", "{n} reports of roads", reports),
    ]
    console.bold(", ".join(texts))


def _village_rows(ledger: Ledger) -> list[dict[str, Any]]:
    names = {village.place: village.name for village in ledger.villages()}
    counts = ("households", "unsigned", "signed", "refused", "come_back", "evening", "not_home")
    return [
        {"id": place, "name": names[place]} | {key: getattr(left, key) for key in counts}
        for place, left in ledger.remaining().items()
    ]


def _village_heads() -> Sequence[str]:
    return (
        *(_("id"), _("name"), _("households"), _("unsigned"), _("signed"), _("refused")),
        *(_("come back"), _("in the evening"), _("not home")),
    )


def _visit_values(entry: Entry) -> dict[str, Any]:
    counts = ("reached", "signed", "refused", "come_back", "not_home")
    return {
        "entry": entry.id,
        "date": entry.result.date,
        "team": entry.result.team,
        "place": entry.result.place,
        **{name: getattr(entry.result, name) for name in counts},
        "when": entry.when,
        "by": entry.by,
        "source": entry.source,
    }


def _visit_heads() -> Sequence[str]:
    return (
        *(_("entry"), _("date"), _("team"), _("village"), _("reached"), _("signed"), _("refused")),
        *(_("come back"), _("not home"), _("recorded"), _("recorded by"), _("source")),
    )


def _cells(rows: Iterable[Mapping[str, Any]]) -> Iterable[list[str]]:
    return (list(map(_cell, row.values())) for row in rows)


def _cell(value: object) -> str:
    """Return a value as a table shows it: times by the clock of this machine."""
    when = getattr(value, "astimezone", None)
    return f"{when():%Y-%m-%d %H:%M}" if when else str(value)


@options.command()
@ledger_argument
@options.output("FILE", "The backup; sealed if its name ends in .age.", required=True)
@passphrase_file
def ledger_backup(out: Output, ledger: str, output: Path, passphrase_file: Path | None) -> None:
    """Write a whole ledger into a new file.

    The file is a ledger itself, wherever the ledger is kept: 'ledger restore' makes any kind of it.
    """
    from routeplan.ledger import open_ledger
    from routeplan.ledger.marks import is_sealed_name

    sealed = is_sealed_name(ledger)
    passphrase = passphrase_of(ledger, output, file=passphrase_file, new=not sealed)
    with open_ledger(ledger, passphrase=passphrase if sealed else None) as read:
        read.backup(output, passphrase=passphrase)
    out.files({"backup": output})


@options.command()
@options.paths("file")
@options.option("-o --output", "LEDGER", "The new ledger: a file or an address.", required=True)
@passphrase_file
def ledger_restore(out: Output, file: Path, output: str, passphrase_file: Path | None) -> None:
    """Make a ledger of a backup.

    FILE is what 'ledger backup' wrote. One passphrase opens it and seals the ledger, if they are
    sealed.
    """
    from routeplan.ledger import open_ledger, restore
    from routeplan.ledger.marks import is_sealed_name

    passphrase = passphrase_of(file, output, file=passphrase_file, new=not is_sealed_name(file))
    restore(file, output, passphrase=passphrase)
    of_new = passphrase if is_sealed_name(output) else None
    with open_ledger(output, passphrase=of_new) as made:
        name, visits = made.name, len(made.entries())
    text = ngettext("{n} visit recorded", "{n} visits recorded", visits)
    out.answer({"ledger": name, "visits": visits}, [f"{name}: {text}"])
