"""Villages and visits of a small campaign, and processes that record."""

from __future__ import annotations

import datetime as dt
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from routeplan.ledger import Ledger, LedgerVillage, RecordedVisit, open_ledger
from routeplan.model.results import VisitResult

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Event
    from pathlib import Path

MONDAY = dt.date(2027, 5, 3)
VILLAGES = [
    LedgerVillage("v01", "Aqbulaq", 43.11, 79.35, 60, 50),
    LedgerVillage("v02", "Қарасу", 43.02, 79.21, 40, 40),
    LedgerVillage("v03", "Shet", 43.2, 79.4, 9, 0),
]
BATCH = 3
"""Visits that a process records in one transaction."""

INSIDE = (-1,)
"""What a process sends that stops inside a transaction."""


def visit(place: str = "v01", day: int = 0, team: str = "A", **counts: Any) -> VisitResult:
    """Return a visit of a day, counted from the first Monday."""
    values = {"reached": 10, "signed": 6} | counts
    return VisitResult(team, MONDAY + dt.timedelta(days=day), place, **values)


def recorded(*results: VisitResult, **more: Any) -> list[RecordedVisit]:
    return [RecordedVisit(result, **more) for result in results]


def new_ledger(where: Path | str, **options: Any) -> Ledger:
    ledger = open_ledger(where, create=True, **options)
    ledger.add_villages(VILLAGES)
    return ledger


def answers(ledger: Ledger) -> dict[str, Any]:
    """Return all that a ledger answers."""
    entries = ledger.entries()
    return {
        "villages": ledger.villages(),
        "plans": [vars(plan) for plan in ledger.plans()],
        "entries": entries,
        "history": [ledger.history(entry.id) for entry in entries],
        "remaining": ledger.remaining(),
        "reports": [(report.id, report) for report in ledger.road_reports()],
    }


def record_on(
    where: Path | str,
    name: str,
    times: int | None,
    sender: Connection,
    start: Event,
    *,
    passphrase: str | None,
    stop_inside: int | None,
) -> None:
    """Record batches, without end if `times` is None; send the numbers of each that is recorded.

    The first is recorded after `start` is set.

    Every other batch withdraws the first visit of the one before.

    Of the batch `stop_inside` the rows are written and never committed: it sends `INSIDE` from
    within the transaction, and waits there to be killed.
    """
    with open_ledger(where, recorder=name, passphrase=passphrase) as ledger:
        sender.send(())
        start.wait()
        number = 0
        while times is None or number < times:
            if number == stop_inside:
                sa.event.listen(ledger._storage._engine, "commit", partial(_stop, sender))
            batch = [visit(day=n, team=f"{name}-{number}", signed=n) for n in range(BATCH)]
            done = ledger.record(recorded(*batch), source="loop")
            sender.send(done.added)
            if number % 2:
                sender.send((ledger.correct(done.added[0], None, why="moved"),))
            number += 1


def _stop(sender: Connection, _: sa.Connection) -> None:
    sender.send(INSIDE)
    threading.Event().wait()
