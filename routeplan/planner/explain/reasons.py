"""Why households of a village are left out, and what it would take to reach them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.formats import requirement_text
from routeplan.model.plan import LeftOut, Reason, Requirement, RequirementKind
from routeplan.planner.explain.requirements import RequirementFinder
from routeplan.planner.instance import DayRoute, Instance, Visit
from routeplan.planner.solution import Solution, insertable_villages, time_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from routeplan.model.problem import Problem

__all__ = ["why_left_out", "why_never", "why_no_visit"]


def why_never(
    instance: Instance, village: int, *, empty: bool = True
) -> tuple[Reason, Requirement] | None:
    """Return why no team can ever visit a village; None where some team can, or it is not proven.

    Parameters
    ----------
    instance, village
        Which village of what.
    empty
        Whether a visit that reaches nobody, where rules let it, is one.
    """
    if not any(instance.shifts[kind].open[village] for kind in instance.shift_classes):
        return Reason.CLOSED, Requirement(RequirementKind.OPEN_DAY)
    least = _least(instance, village, empty=empty)
    visit = Visit(village, least)
    at = int(instance.at[village])
    shifts = list(_unlike_shifts(instance, village))
    for shift in shifts:
        legs = _direct(instance, shift, at)
        if time_day(instance, shift, DayRoute(legs.start, legs.end, (visit,))) is not None:
            return None
    shortest = {shift: _shortest(instance, shift, at) for shift in shifts}
    if not any(np.isfinite(legs).all() for legs in shortest.values()):
        return Reason.UNREACHABLE, Requirement(RequirementKind.ROAD)
    if any(_may_be_possible(instance, shift, visit, legs) for shift, legs in shortest.items()):
        return None
    return Reason.TOO_FAR, Requirement(RequirementKind.LONGER_DAY, households=least)


def why_no_visit(problem: Problem, place: str) -> tuple[str, str] | None:
    """Return why no team can ever visit a village; None where some team can, or it is not proven.

    Returns
    -------
    tuple of str or None
        A `Reason`, or ``rules`` where its own rules contradict each other; the same in words.
    """
    village, instance = problem.villages.index(problem.village_at[place]), Instance(problem)
    least, most = _least(instance, village, empty=False), int(instance.max_households[village])
    if least > most:
        return "rules", f"a visit has to reach {least} households, and may reach {most}"
    found = why_never(instance, village)
    return None if found is None else (found[0].value, requirement_text(found[1]))


def why_left_out(solution: Solution) -> dict[int, LeftOut]:
    """Return by village, in order, what a solution leaves out, why, and what it would take.

    Required villages without a visit are among them, whatever their households. What is pinned is
    no reason: a village that would fit but for that could fit.
    """
    pinned = solution.instance
    left, missing = solution.left(), solution.unvisited_required()
    villages = np.flatnonzero(left + missing).tolist()
    if pinned.is_pinned:
        solution = Solution(Instance(pinned.problem), solution.routes)
    instance, fits = solution.instance, insertable_villages(solution)
    possible = _surely_possible(instance) | (solution.visit_counts > 0)
    never = {
        village: found
        for village in villages
        if not possible[village]
        and (found := why_never(instance, village, empty=bool(missing[village])))
    }
    short = [village for village in villages if village not in never and village not in fits]
    finder = RequirementFinder(solution, short)
    reasons = {}
    for village in villages:
        requirements: tuple[Requirement, ...]
        if village in never:
            reason, requirement = never[village]
            requirements = (requirement,)
        elif village in fits:
            reason, requirements = Reason.SEARCH, (_why_missed(pinned, village, fits[village]),)
        else:
            reason = Reason.NO_TIME
            requirements = tuple(finder.of(village)) or (Requirement(RequirementKind.CREW_DAY),)
            if pinned.pins.days.get(village) == frozenset():
                requirements = (Requirement(RequirementKind.UNPIN), *requirements)
        place = instance.villages[village].place
        reasons[village] = LeftOut(place, int(left[village]), reason, requirements)
    return reasons


def _why_missed(pinned: Instance, village: int, shift: int) -> Requirement:
    """Return what a village that would fit into a shift lacks."""
    is_pinned = shift in pinned.fixed or not pinned.shifts[shift].open[village]
    kind = RequirementKind.UNPIN if is_pinned else RequirementKind.SEARCH
    return Requirement(kind, pinned.team(shift).id, pinned.shifts[shift].day)


def _surely_possible(instance: Instance) -> NDArray[np.bool_]:
    """Shape (villages,): whether some shift has time for a visit there alone, with a second over.

    The others may be possible, too.
    """
    at, rest = instance.at, instance.rest
    limit = np.inf if instance.drive_limit is None else instance.drive_limit
    least = [_least(instance, village, empty=False) for village in range(len(at))]
    possible = np.zeros(len(at), dtype=np.bool_)
    for number in instance.shift_classes:
        day = instance.shifts[number]
        starts, ends = instance.terminals(number)
        there = instance.nearest(number, starts, to=False)[0][at]
        back = instance.nearest(number, ends, to=True)[0][at]
        reach, leave = day.start + there, day.end - back
        # The rest is before the doors or after them.
        early = np.minimum(leave, day.closes) - np.maximum(reach + rest, day.opens)
        late = np.minimum(leave - rest, day.closes) - np.maximum(reach, day.opens)
        doors = least * instance.seconds_per_household[day.team]
        has_time = np.maximum(early, late) >= instance.setup + doors + 1
        possible |= day.open & has_time & (there + back <= limit)
    return possible


def _least(instance: Instance, village: int, *, empty: bool) -> int:
    """Return the least that a first visit may reach."""
    asked = instance.villages[village]
    if empty and not asked.min_households:
        return 0
    return (
        min(max(asked.min_households, 1), asked.households) if asked.partial else asked.households
    )


def _unlike_shifts(instance: Instance, village: int) -> Iterator[int]:
    """Yield one shift of each kind that differs in what it could do for a village."""
    known: set[object] = set()
    for number, kind in instance.shift_classes.items():
        shift = instance.shifts[number]
        unlike = (*kind, shift.open[village], shift.opens[village], shift.closes[village])
        if unlike not in known:
            known.add(unlike)
            yield number


class _Legs(NamedTuple):
    """Times from the nearest bed and to the nearest bed, inf for no way, and which they are."""

    there: float
    back: float
    start: int
    end: int


def _direct(instance: Instance, shift: int, at: int) -> _Legs:
    starts, ends = instance.terminals(shift)
    there, start = instance.nearest(shift, starts, to=False)
    back, end = instance.nearest(shift, ends, to=True)
    return _Legs(float(there[at]), float(back[at]), int(start[at]), int(end[at]))


def _shortest(instance: Instance, shift: int, at: int) -> tuple[float, float]:
    starts, ends = instance.terminals(shift)
    there = instance.shortest(shift, starts, to=False)
    back = instance.shortest(shift, ends, to=True)
    return float(there[at]), float(back[at])


def _may_be_possible(
    instance: Instance, shift: int, visit: Visit, legs: tuple[float, float]
) -> bool:
    """Tell whether a visit by way of other villages cannot be ruled out."""
    there, back = legs
    if legs == _direct(instance, shift, int(instance.at[visit.village]))[:2]:
        return False  # no way is shorter than the direct one, and that was timed
    day = instance.shifts[shift]
    begin = max(day.start + there, float(day.opens[visit.village]))
    lasts = instance.pace(shift, visit.village).seconds(visit.households)
    done = begin + instance.setup[visit.village] + lasts
    limit = np.inf if instance.drive_limit is None else instance.drive_limit
    in_windows = done <= day.closes[visit.village] and done + back <= day.end
    return bool(day.open[visit.village] and in_windows and there + back <= limit)
