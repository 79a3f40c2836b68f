"""Edits of a workbook as pins of the planner.

A stop moved to another team or day means that this team visits this village on this day, and no
other team does; how long it stays is left to the planner. The whole day is pinned as it is in the
workbook where households or the order were edited, a visit was struck out, or one of several visits
of a village was moved.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.errors import Fault
from routeplan.model.plan import Stop, Tour
from routeplan.planner import Pins

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from routeplan.handouts.workbook_edits import Visit
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

    TeamDay = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Edit:
    """One pin, and the cells that it comes from.

    `text` is the pin as an option of `routeplan solve` (``pin A:1``), and `pins` the same as a
    value; cells are like ``week1.xlsx:stops!C14``.
    """

    text: str
    cells: tuple[str, ...]
    pins: Pins

    def fault(self, message: str, hint: str = "") -> Fault:
        """Return a fault at the cells of this edit."""
        return Fault(", ".join(self.cells), message, hint)


class EditedStops:
    """The sheet of stops, as tours and as edits."""

    def __init__(self, problem: Problem, plan: Plan, visits: Sequence[Visit]) -> None:
        self.faults: list[Fault] = []
        self._problem, self._plan, self._visits = problem, plan, visits
        present = [visit for visit in visits if not visit.struck]
        self._counts = Counter(visit.place for visit in present)
        self._present = []
        for visit in present:
            if visit.was is None and visit.households is None and self._counts[visit.place] > 1:
                message = "is empty, and the village has other visits, too"
                hint = "say how many households this one reaches"
                self.faults.append(Fault(visit.cells["households"], message, hint))
            else:
                self._present.append(visit)

    def tour(self, tour: Tour) -> Tour:
        """Return a tour with its stops as they are in the workbook."""
        stops = tuple(
            Stop(visit.place, 0, 0, 0, visit.households)
            for visit in self._visits_of(tour)
            if visit.households is not None
        )
        if [(stop.place, stop.households) for stop in stops] == [
            (stop.place, stop.households) for stop in tour.stops
        ]:
            return tour
        # The planner computes the times again.
        places = (tour.team, tour.day, tour.start, tour.end)
        return Tour(*places, tour.depart, tour.arrive, tour.drive_seconds, stops)

    def edits(self) -> Iterator[Edit]:
        """Yield whole days that are pinned, in the order of days; then moved visits."""
        pinned: dict[TeamDay, list[str]] = {}
        for visit in self._visits:
            for team_day, cell in self._days_pinned_by(visit):
                pinned.setdefault(team_day, []).append(cell)
        for tour in self._plan.tours:
            if cells := self._reordered_cells(tour):
                pinned.setdefault((tour.team, tour.day), []).extend(cells)
        for (team, day), cells in sorted(pinned.items(), key=lambda item: item[0][::-1]):
            pins = Pins(((team, day), *self._earlier_days(team, day)))
            yield Edit(f"pin {team}:{day + 1}", tuple(dict.fromkeys(cells)), pins)
        for visit in self._present:
            if visit.new and self._counts[visit.place] == 1:
                pins = Pins(visits_by=((visit.place, visit.day, visit.team),))
                text = f"pin-village {visit.place}:{visit.day + 1}:{visit.team}"
                yield Edit(text, visit.moved_cells, pins)

    def _days_pinned_by(self, visit: Visit) -> Iterator[tuple[TeamDay, str]]:
        """Yield the days that must stay as they are because of a visit, each with a cell."""
        now, before = (visit.team, visit.day), visit.was and visit.was[:2]
        if visit.struck and before is not None:
            yield before, visit.cells.get("strike", visit.cells["row"])
        if visit not in self._present:
            return
        if visit.households not in (None, visit.was and visit.was[3]):
            yield now, visit.cells["households"]
        if visit.new and self._counts[visit.place] > 1:
            # Another visit remains: only both days together say which one is meant.
            yield from itertools.product(filter(None, (now, before)), visit.moved_cells)
        if visit.moved and visit.renumbered:
            yield now, visit.cells["number"]

    def _earlier_days(self, team: str, day: int) -> list[TeamDay]:
        """Return the days whose visits leave so few households that this day may reach fewer."""
        least = {village.place: village.min_households for village in self._problem.villages}
        final = {
            visit.place
            for visit in self._present
            if (visit.team, visit.day) == (team, day)
            and (visit.households or 0) < least.get(visit.place, 0)
        }
        return sorted({(v.team, v.day) for v in self._present if v.place in final and v.day < day})

    def _reordered_cells(self, tour: Tour) -> list[str]:
        """Return the cells that change the order of the stops that stay in a tour."""
        stays = [v for v in self._visits_of(tour) if v.was is not None and not v.moved]
        if stays == sorted(stays, key=lambda visit: visit.was or ()):
            return []
        return [visit.cells["number"] for visit in stays if visit.renumbered]

    def _visits_of(self, tour: Tour) -> list[Visit]:
        """Return the visits of a team's day by their numbers, then in the order of the sheet.

        One that was moved from another day without a new number comes last.
        """
        own = [v for v in self._present if (v.team, v.day) == (tour.team, tour.day)]
        return sorted(
            own,
            key=lambda visit: (
                visit.number is None or (visit.moved and not visit.renumbered),
                visit.number or 0,
            ),
        )
