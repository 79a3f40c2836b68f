"""Ledgers for tests: files with a problem's villages, and what is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.ledger import LedgerVillage, RecordedVisit, open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from routeplan.ledger import Entry
    from routeplan.model.problem import Problem
    from routeplan.model.results import VisitResult


def new_ledger(path: Path, problem: Problem, results: Iterable[VisitResult] = ()) -> Path:
    """Make a ledger of the villages of a problem, none of whose households signed before."""
    with open_ledger(path, create=True) as ledger:
        ledger.add_villages(
            LedgerVillage(
                *(place.id, place.name, place.lat, place.lon),
                *(village.households, village.households),
            )
            for village in problem.villages
            for place in [problem.place(village.place)]
        )
        ledger.record([RecordedVisit(result) for result in results], source="test")
    return path


def entries_of(path: Path) -> list[Entry]:
    """Return the current entries of a ledger."""
    with open_ledger(path) as ledger:
        return ledger.entries()
