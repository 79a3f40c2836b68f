"""What somebody edited in a workbook, as pins of the planner, and the plan made anew around them.

A stop moved to another crew or day means that this crew visits this village on this day, and
nobody else does: how long it stays is the planner's. Where households or the order were edited, a
visit was struck out, or a village with several visits had one moved, the whole day stays as it
stands in the workbook.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from routeplan.errors import Fault, InputError, PlanError
from routeplan.formats import plan_to_json
from routeplan.model.plan import Stop, Tour
from routeplan.planner import PinConflict, Pins, check_pins, solve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from routeplan.handouts.workbook_edits import Edits, Visit
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.planner import Options, Progress

__all__ = ["Edit", "TakenBack", "fingerprint_of", "replan", "take_back"]


@dataclass(frozen=True, slots=True)
class Edit:
    """One pin and the cells that ask for it.

    Parameters
    ----------
    text
        As `routeplan solve` is told of it: ``pin A:0``.
    cells
        Where it stands: ``week1.xlsx:stops!C14``.
    pins
        The same as a value, nothing else in it.
    """

    text: str
    cells: tuple[str, ...]
    pins: Pins

    def fault(self, message: str, hint: str = "") -> Fault:
        """Return a fault at the cells of this edit."""
        return Fault(", ".join(self.cells), message, hint)


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What a workbook asks for.

    Parameters
    ----------
    start
        The plan as it stands in the workbook, be it a bad one.
    edits
        Those that break no rule, which hold all together.
    faults
        All the others, each at its cells.
    """

    start: Plan
    edits: tuple[Edit, ...]
    faults: tuple[Fault, ...]

    @property
    def pins(self) -> Pins:
        """All that is held."""
        return _together(self.edits)


def fingerprint_of(plan: Plan) -> str:
    """Return what a plan is known by, however its file is laid out."""
    # Version 1, so that workbooks that were written with such a plan still belong to it.
    return hashlib.sha256(plan_to_json(plan, version=1).encode()).hexdigest()


def take_back(problem: Problem, plan: Plan, edits: Edits) -> TakenBack:
    """Judge what was edited in a workbook.

    Parameters
    ----------
    problem, plan
        What the workbook was written for.
    edits
        What stands in it.

    Returns
    -------
    TakenBack
        Every edit is there: as a pin, or as a fault that names its cells and the rule.
    """
    skipped = {place for place, _ in edits.skipped}
    # A village that is struck out loses its visits, but for those that somebody edited.
    visits = [v for v in edits.visits if v.edited or v.place not in skipped]
    asked = _Asked(problem, plan, visits)
    start = asked.start(plan)
    faults = list(edits.faults) + asked.faults
    kept: list[Edit] = []
    for edit in (*asked.edits(), *_of_villages(edits)):
        if any(edit.pins == other.pins for other in kept):
            continue
        try:
            check_pins(problem, _together([*kept, edit]), start)
        except InputError as error:
            others = [*kept, edit]
            faults += [edit.fault(_message(fault, others), fault.hint) for fault in error.faults]
        else:
            kept.append(edit)
    return TakenBack(start, tuple(kept), tuple(faults))


def replan(
    problem: Problem,
    taken: TakenBack,
    options: Options | None = None,
    *,
    report: Callable[[Progress], None] | None = None,
    sha256: str | None = None,
) -> tuple[Plan, TakenBack]:
    """Plan anew around what was edited.

    Parameters
    ----------
    problem, options, report, sha256
        As `routeplan.planner.solve` takes them.
    taken
        What to keep.

    Returns
    -------
    tuple of Plan and TakenBack
        The plan, and what it keeps: an edit that was allowed by itself, but for which the search
        found no room beside the others, is now among the faults.

    Raises
    ------
    PlanError
        Where no plan is found, whatever is edited.
    """
    while True:
        try:
            plan = solve(
                *(problem, options),
                start=taken.start,
                pins=taken.pins,
                report=report,
                sha256=sha256,
            )
        except PlanError as error:
            without = _without(taken, error)
            if len(without.edits) == len(taken.edits):
                raise
            taken = without
        else:
            return plan, taken


@dataclass
class _Asked:
    """What the sheet of stops asks for, day by day."""

    problem: Problem
    plan: Plan
    visits: list[Visit]
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._left = [visit for visit in self.visits if not visit.struck]
        self._counts = Counter(visit.place for visit in self._left)
        for visit in list(self._left):
            if visit.was is None and visit.households is None and self._counts[visit.place] > 1:
                message = "is empty, and the village has other visits, too"
                hint = "say how many households this one reaches"
                self.faults.append(Fault(visit.cells["households"], message, hint))
                self._left.remove(visit)

    def edits(self) -> Iterator[Edit]:
        """Yield whole days that stay as they are, in the order of days; then moved visits."""
        held = self._held_days()
        for (team, day), cells in sorted(held.items(), key=lambda item: item[0][::-1]):
            pins = Pins(((team, day), *self._days_before(team, day)))
            yield Edit(f"pin {team}:{day}", tuple(dict.fromkeys(cells)), pins)
        for visit in self._left:
            if (visit.moved or visit.was is None) and self._counts[visit.place] == 1:
                pins = Pins(visits_by=((visit.place, visit.day, visit.team),))
                text = f"pin-village {visit.place}:{visit.day}:{visit.team}"
                yield Edit(text, _moved_cells(visit), pins)

    def start(self, plan: Plan) -> Plan:
        """Return the plan with the stops as they stand in the workbook."""
        return plan.replace(tours=tuple(self._tour(tour) for tour in plan.tours))

    def _held_days(self) -> Mapping[tuple[str, int], list[str]]:
        """Return the days that must stay as a whole, and the cells that ask for it."""
        held: dict[tuple[str, int], list[str]] = {}
        for visit in self.visits:
            for day, cell in self._days_held_by(visit):
                held.setdefault(day, []).append(cell)
        for tour in self.plan.tours:
            if cells := self._reordered(tour):
                held.setdefault((tour.team, tour.day), []).extend(cells)
        return held

    def _days_held_by(self, visit: Visit) -> Iterator[tuple[tuple[str, int], str]]:
        here, before = (visit.team, visit.day), visit.was and visit.was[:2]
        if visit.struck:
            if before is not None:
                yield before, visit.cells.get("strike", visit.cells["row"])
            return
        if visit not in self._left:
            return
        if visit.households is not None and (visit.was is None or visit.households != visit.was[3]):
            yield here, visit.cells["households"]
        if (visit.moved or visit.was is None) and self._counts[visit.place] > 1:
            # Another visit remains: to say which one is meant, both days must stay as they are.
            cells = _moved_cells(visit)
            yield from ((day, cell) for day in (here, before) if day for cell in cells)
        if visit.moved and _renumbered(visit):
            yield here, visit.cells["number"]

    def _days_before(self, team: str, day: int) -> Iterator[tuple[str, int]]:
        """Yield the days whose visits leave so few households that this day may reach fewer."""
        least = {village.place: village.min_households for village in self.problem.villages}
        rests = {
            visit.place
            for visit in self._left
            if (visit.team, visit.day) == (team, day)
            and (visit.households or 0) < least.get(visit.place, 0)
        }
        before = {(v.team, v.day) for v in self._left if v.place in rests and v.day < day}
        yield from sorted(before)

    def _reordered(self, tour: Tour) -> list[str]:
        """Return the cells that change the order of the stops that stay in a tour."""
        stays = [v for v in self._of(tour) if v.was is not None and not v.moved]
        planned = sorted(stays, key=lambda visit: visit.was or ())
        if stays == planned:
            return []
        return [visit.cells["number"] for visit in stays if _renumbered(visit)]

    def _of(self, tour: Tour) -> list[Visit]:
        """Return the visits of a team's day in the order of their numbers, then of the sheet.

        One that came from another day without a new number goes to the end.
        """
        own = [v for v in self._left if (v.team, v.day) == (tour.team, tour.day)]
        return sorted(own, key=lambda v: (not _is_placed(v), v.number or 0))

    def _tour(self, tour: Tour) -> Tour:
        stops = tuple(
            Stop(visit.place, 0, 0, 0, visit.households)
            for visit in self._of(tour)
            if visit.households is not None
        )
        same = [(s.place, s.households) for s in stops] == [
            (s.place, s.households) for s in tour.stops
        ]
        if same:
            return tour
        # Its times are made anew wherever it is looked at.
        places = (tour.team, tour.day, tour.start, tour.end)
        return Tour(*places, tour.depart, tour.arrive, tour.drive_seconds, stops)


def _is_placed(visit: Visit) -> bool:
    """Tell whether the number of a visit says where in its day it is."""
    return visit.number is not None and not (visit.moved and not _renumbered(visit))


def _renumbered(visit: Visit) -> bool:
    return visit.was is not None and visit.number != visit.was[2]


def _moved_cells(visit: Visit) -> tuple[str, ...]:
    """Return the cells that say where a visit is now."""
    if visit.was is None:
        return (visit.cells["row"],)
    changed = {"team": visit.team != visit.was[0], "date": visit.day != visit.was[1]}
    return tuple(visit.cells[name] for name, is_so in changed.items() if is_so)


def _message(fault: Fault, edits: Iterable[Edit]) -> str:
    """Return what is wrong with an edit; one that it contradicts is named by its cells."""
    if not isinstance(fault, PinConflict):
        return fault.message
    other = next(edit for edit in edits if fault.tour in edit.pins.tours)
    return fault.contradicting(", ".join(other.cells))


def _of_villages(edits: Edits) -> Iterator[Edit]:
    """Yield what the sheet of villages asks for."""
    for held in edits.pins:
        text = f"pin-village {held.place}:{held.day}"
        if held.team is None:
            yield Edit(text, (held.cell,), Pins(visits=((held.place, held.day),)))
        else:
            pins = Pins(visits_by=((held.place, held.day, held.team),))
            yield Edit(f"{text}:{held.team}", (held.cell,), pins)
    for place, cell in edits.skipped:
        yield Edit(f"skip-village {place}", (cell,), Pins(skipped=(place,)))


def _together(edits: Iterable[Edit]) -> Pins:
    every = [edit.pins for edit in edits]
    return Pins(
        tours=tuple(tour for pins in every for tour in pins.tours),
        visits=tuple(visit for pins in every for visit in pins.visits),
        skipped=tuple(place for pins in every for place in pins.skipped),
        visits_by=tuple(visit for pins in every for visit in pins.visits_by),
    )


def _without(taken: TakenBack, error: PlanError) -> TakenBack:
    """Give up the edits that a search found no room for."""
    messages = {fault.where: fault for fault in error.faults}
    kept, faults = [], list(taken.faults)
    for edit in taken.edits:
        places = [place for place, *_ in (*edit.pins.visits, *edit.pins.visits_by)]
        missed = [messages[place] for place in places if place in messages]
        faults += [edit.fault(fault.message, fault.hint) for fault in missed]
        kept += [] if missed else [edit]
    return TakenBack(taken.start, tuple(kept), tuple(faults))
