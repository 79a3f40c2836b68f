"""A ledger as plain lists: households are listed one by one where the real one counts."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from routeplan.ledger import Remaining

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routeplan.ledger import LedgerVillage
    from routeplan.model.results import VisitResult

EVENING = 18 * 3600


class PlainLedger:
    """Rows in a list; the result of a row is None where it was replaced or withdrawn."""

    def __init__(self, villages: Sequence[LedgerVillage]) -> None:
        self.villages = villages
        self.rows: list[VisitResult | None] = []

    def record(self, visits: Sequence[VisitResult]) -> tuple[list[int], list[int], int]:
        """Return the numbers of new and known rows, and how many visits conflict."""
        added, same, conflicts = [], [], 0
        for visit in visits:
            known = self._row_of(visit)
            if known is None:
                self.rows.append(visit)
                added.append(len(self.rows))
            elif self._repeats(visit, self.rows[known - 1]):
                same.append(known)
            else:
                conflicts += 1
        return added, same, conflicts

    def correct(self, number: int, visit: VisitResult | None) -> int | None:
        """Return the number of the new row, or of the old one if equal; None where refused."""
        if not 1 <= number <= len(self.rows) or self.rows[number - 1] is None:
            return None
        if self.rows[number - 1] == visit:
            return number
        if visit is not None and self._row_of(visit) not in {None, number}:
            return None
        self.rows[number - 1] = None
        self.rows.append(visit)
        return len(self.rows)

    def remaining(self) -> dict[str, Remaining]:
        return {village.place: self._remaining(village) for village in self.villages}

    @staticmethod
    def _repeats(visit: VisitResult, row: VisitResult | None) -> bool:
        """Return whether a visit is equal to a row, or would be if it left out no time."""
        if row is None:
            return False
        after = row.come_back_after if visit.come_back_after is None else visit.come_back_after
        return replace(visit, come_back_after=after) == row

    def _row_of(self, visit: VisitResult) -> int | None:
        for number, row in enumerate(self.rows, start=1):
            if row is not None and row.key == visit.key:
                return number
        return None

    def _remaining(self, village: LedgerVillage) -> Remaining:
        visits = [row for row in self.rows if row is not None and row.place == village.place]
        visits.sort(key=lambda visit: visit.date)
        signed, refused = sum(v.signed for v in visits), sum(v.refused for v in visits)
        come_back: list[str] = []
        not_home = 0
        for _, day in groupby(visits, key=lambda visit: visit.date):
            today = list(day)
            # Whoever comes by day is asked first, then whoever is at home in the evening.
            come_back.sort(key=["day", "evening"].index)
            del come_back[: sum(visit.reached for visit in today)]
            for _ in range(sum(visit.reached + visit.not_home for visit in today)):
                not_home -= not_home > 0
            for visit in today:
                after = visit.come_back_after
                when = "evening" if after is not None and after >= EVENING else "day"
                come_back += [when] * visit.come_back
                not_home += visit.not_home
        left = max(0, village.unsigned - signed - refused)
        evening = min(left, come_back.count("evening"))
        pending = min(left, len(come_back)), min(left, not_home)
        return Remaining(village.households, left, signed, refused, *pending, evening)
