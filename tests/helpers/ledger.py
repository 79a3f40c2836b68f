"""A stand-in for the ledger: visits in memory, read by the days on which they were made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import datetime as dt

    from routeplan.model.results import VisitResult


@dataclass
class StandIn:
    """Visits, opened and read as `routeplan.ledger.open_ledger` and its `Ledger` are."""

    visits: list[VisitResult]
    opened: str = ""

    def open_ledger(self, where: str) -> Self:
        self.opened = str(where)
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is to be closed."""

    def results(self, first: dt.date, last: dt.date) -> list[VisitResult]:
        return [visit for visit in self.visits if first <= visit.date <= last]
