"""The edits of a workbook checked and turned into pins, and the plan computed again."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from routeplan.errors import Fault, InputError, PlanError
from routeplan.formats import plan_to_json
from routeplan.language import gettext as _
from routeplan.model.plan import Stop, Tour
from routeplan.planner import PinConflict, Pins, check_pins, solve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from routeplan.handouts.workbook_edits import Edits
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.planner import Options, Progress
    from routeplan.planner.pins import PinnedVisit

    TeamDay = tuple[str, int]
    from collections.abc import Sequence

    from routeplan.handouts.workbook_edits import Visit


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
                message = _("is empty, and the village has other visits, too")
                hint = _("say how many households this one reaches")
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
        if not visit.edited:
            return
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


@dataclass(frozen=True, slots=True)
class CheckedEdits:
    """The edits of a workbook that break no rule, also together, and the faults of all others.

    `start` is the plan as it is in the workbook, valid or not; `untouched` are the team-days that
    no edit has to do with.
    """

    start: Plan
    edits: tuple[Edit, ...]
    faults: tuple[Fault, ...]
    untouched: tuple[TeamDay, ...] = ()

    @property
    def pins(self) -> Pins:
        """The pins of all edits."""
        return _joined_pins([edit.pins for edit in self.edits])


def fingerprint_of(plan: Plan) -> str:
    """Return a hash of a plan, independent of the layout of its file."""
    try:
        # Version 1, so that workbooks that were written with such a plan still belong to it.
        text = plan_to_json(plan, version=1)
    except InputError:  # it says what only version 2 can
        text = plan_to_json(plan)
    return hashlib.sha256(text.encode()).hexdigest()


def check_edits(problem: Problem, plan: Plan, edits: Edits) -> CheckedEdits:
    """Check the edits of a workbook, which was written for a problem and a plan.

    Every edit is a pin of the result, or a fault that names its cells and the rule.
    """
    skipped = dict(edits.skipped)
    # A village that is struck out loses its visits, except those that were edited.
    visits = [v for v in edits.visits if v.edited or v.place not in skipped]
    stops = EditedStops(problem, plan, visits)
    start = plan.replace(tours=tuple(map(stops.tour, plan.tours)))
    faults = [*edits.faults, *stops.faults]
    found = (*stops.edits(), *_village_edits(edits))
    checked, broken = check_together(problem, start, found)
    untouched = untouched_days(problem, plan, start, checked)
    return CheckedEdits(start, checked, (*faults, *broken), untouched)


def check_together(
    problem: Problem, start: Plan, edits: Sequence[Edit]
) -> tuple[tuple[Edit, ...], tuple[Fault, ...]]:
    """Return the edits that break no rule, each together with those before it; and the faults.

    `start` is the plan as it is edited, which pinned tours are taken from.
    """
    distinct: list[Edit] = []
    for edit in edits:
        if edit.pins not in [other.pins for other in distinct]:
            distinct.append(edit)
    if not _faults_of(problem, start, distinct):
        return tuple(distinct), ()
    checked: list[Edit] = []
    faults: list[Fault] = []
    for edit in distinct:
        together = [*checked, edit]
        found = _faults_of(problem, start, together)
        faults += [edit.fault(_message(fault, together), fault.hint) for fault in found]
        checked = checked if found else together
    return tuple(checked), tuple(faults)


def _faults_of(problem: Problem, start: Plan, edits: Sequence[Edit]) -> tuple[Fault, ...]:
    try:
        check_pins(problem, _joined_pins([each.pins for each in edits]), start)
    except InputError as error:
        return tuple(error.faults)
    return ()


def replan(
    problem: Problem,
    checked: CheckedEdits,
    options: Options | None = None,
    *,
    all_days: bool = False,
    report: Callable[[Progress], None] | None = None,
    sha256: str | None = None,
) -> tuple[Plan, CheckedEdits]:
    """Plan again around the edits of a workbook, with the parameters of `routeplan.planner.solve`.

    Days that no edit has to do with stay as they are, unless `all_days` are planned anew, or the
    edits cannot be kept beside them. Return the plan, and the edits that it keeps: those that are
    valid alone, but that the search could not fit beside the others, are among the faults. Raise
    PlanError if no plan is found even without edits.
    """
    kept = () if all_days else _untouched_pins(problem, checked)
    while True:
        pins = _joined_pins((checked.pins, *kept))
        try:
            plan = solve(
                *(problem, options),
                start=checked.start,
                pins=pins,
                report=report,
                sha256=sha256,
            )
        except PlanError as error:
            if kept:  # they may leave the edits no room
                kept = ()
                continue
            remaining = _without_unfit(checked, error)
            if len(remaining.edits) == len(checked.edits):
                raise
            checked = remaining
        else:
            return plan, checked


def untouched_days(
    problem: Problem, plan: Plan, start: Plan, edits: Sequence[Edit]
) -> tuple[TeamDay, ...]:
    """Return the days of tours that no edit changes, takes visits from or brings visits to."""
    visits = [visit for edit in edits for visit in edit.pins.pinned_visits]
    places = {visit.place for visit in visits}.union(*(edit.pins.skipped for edit in edits))
    before = {(t.team, t.day) for t in plan.tours if not places.isdisjoint(_places_of(t))}
    touched = before.union(changed_days(plan, start), *(_days_of(problem, v) for v in visits))
    return tuple((t.team, t.day) for t in plan.tours if (t.team, t.day) not in touched)


def _places_of(tour: Tour) -> Iterator[str]:
    return (stop.place for stop in tour.stops)


def _days_of(problem: Problem, visit: PinnedVisit) -> Iterator[TeamDay]:
    """Yield the team-days one of which a pinned visit is made on."""
    teams = (team.id for team in problem.teams) if visit.team is None else (visit.team,)
    return ((team, visit.day) for team in teams)


def _untouched_pins(problem: Problem, checked: CheckedEdits) -> tuple[Pins, ...]:
    """Return pins of the untouched days, as far as they break no rule beside the edits."""
    already = set(checked.pins.tours)
    every = [Pins(tours=(day,)) for day in checked.untouched if day not in already]

    def agree(pins: Sequence[Pins]) -> bool:
        try:
            check_pins(problem, _joined_pins((checked.pins, *pins)), checked.start)
        except InputError:
            return False
        return True

    if agree(every):
        return tuple(every)
    kept: list[Pins] = []
    for pins in every:
        if agree([*kept, pins]):
            kept.append(pins)
    return tuple(kept)


def changed_days(before: Plan, after: Plan) -> tuple[TeamDay, ...]:
    """Return the team-days, by the index of the day, whose visits differ between two plans."""
    visits = [
        {
            (tour.team, tour.day): [(stop.place, stop.households) for stop in tour.stops]
            for tour in plan.tours
        }
        for plan in (before, after)
    ]
    old, new = visits
    days = sorted(old.keys() | new.keys(), key=lambda team_day: team_day[::-1])
    return tuple(day for day in days if old.get(day, []) != new.get(day, []))


def _message(fault: Fault, edits: Iterable[Edit]) -> str:
    """Return what is wrong with an edit; one that it contradicts is named by its cells."""
    if not isinstance(fault, PinConflict):
        return fault.message
    other = next(edit for edit in edits if fault.tour in edit.pins.tours)
    return fault.contradicting(", ".join(other.cells))


def _joined_pins(every: Sequence[Pins]) -> Pins:
    return Pins(
        tours=tuple(tour for pins in every for tour in pins.tours),
        visits=tuple(visit for pins in every for visit in pins.visits),
        skipped=tuple(place for pins in every for place in pins.skipped),
        visits_by=tuple(visit for pins in every for visit in pins.visits_by),
    )


def _without_unfit(checked: CheckedEdits, error: PlanError) -> CheckedEdits:
    """Move the edits that a search could not fit to the faults."""
    by_place = {fault.where: fault for fault in error.faults}
    kept, faults = [], list(checked.faults)
    for edit in checked.edits:
        places = [place for place, *_ in (*edit.pins.visits, *edit.pins.visits_by)]
        unfit = [by_place[place] for place in places if place in by_place]
        faults += [edit.fault(fault.message, fault.hint) for fault in unfit]
        if not unfit:
            kept.append(edit)
    return replace(checked, edits=tuple(kept), faults=tuple(faults))


def _village_edits(edits: Edits) -> Iterator[Edit]:
    """Yield the edits of the sheet of villages."""
    for pinned in edits.pins:
        text = f"pin-village {pinned.place}:{pinned.day + 1}"
        if pinned.team is None:
            yield Edit(text, (pinned.cell,), Pins(visits=((pinned.place, pinned.day),)))
        else:
            pins = Pins(visits_by=((pinned.place, pinned.day, pinned.team),))
            yield Edit(f"{text}:{pinned.team}", (pinned.cell,), pins)
    for place, cell in edits.skipped:
        yield Edit(f"skip-village {place}", (cell,), Pins(skipped=(place,)))
