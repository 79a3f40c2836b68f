"""Which villages can be visited at all, and why a solution leaves households out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from routeplan.formats import requirement_text
from routeplan.model.plan import LeftOut, Reason, Requirement, RequirementKind
from routeplan.planner.explain.requirements import RequirementFinder
from routeplan.planner.instance import DayRoute, Instance, Visit
from routeplan.planner.solution import (
    Solution,
    insertable_villages,
    seconds_with_rest,
    time_day,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from routeplan.model.problem import Problem


def why_left_out(solution: Solution) -> dict[int, LeftOut]:
    """Return by village, in order, what a solution leaves out, why, and what it would take.

    Required villages without a visit are among them, whatever their households. What is pinned is
    no reason: a village that would fit but for that could fit.
    """
    pinned = solution.instance
    left, missing = solution.left(), solution.unvisited_required()
    if pinned.is_pinned:
        solution = Solution(Instance(pinned.problem), solution.routes)
    instance, fits = solution.instance, insertable_villages(solution)
    villages = np.flatnonzero(left + missing).tolist()
    never = _never(solution, villages, missing)
    short = [village for village in villages if village not in never and village not in fits]
    finder = RequirementFinder(solution, short)
    requirements: dict[int, tuple[Reason, list[Requirement]]] = {}
    for village in villages:
        if village in never:
            requirements[village] = never[village][0], [never[village][1]]
        elif village in fits:
            requirements[village] = Reason.SEARCH, [_why_missed(pinned, village, fits[village])]
        else:
            skipped = pinned.pins.days.get(village) == frozenset()
            unpin = [Requirement(RequirementKind.UNPIN)] if skipped else []
            takes = finder.of(village) or (Requirement(RequirementKind.CREW_DAY),)
            requirements[village] = Reason.NO_TIME, [*unpin, *takes]
    return {
        village: LeftOut(instance.villages[village].place, int(left[village]), reason, tuple(each))
        for village, (reason, each) in requirements.items()
    }


def _never(
    solution: Solution, villages: Sequence[int], missing: NDArray[np.bool_]
) -> dict[int, tuple[Reason, Requirement]]:
    """Return `why_never` of villages, where it is not None."""
    instance = solution.instance
    possible = _surely_possible(instance) | (solution.visit_counts > 0)
    reasons = {
        village: why_never(instance, village, empty=bool(missing[village]))
        for village in villages
        if not possible[village]
    }
    return {village: reason for village, reason in reasons.items() if reason is not None}


def _why_missed(pinned: Instance, village: int, shift: int) -> Requirement:
    """Return why a village that would fit into a shift is not in it."""
    is_pinned = shift in pinned.fixed or not pinned.shifts[shift].open[village]
    kind = RequirementKind.UNPIN if is_pinned else RequirementKind.SEARCH
    return Requirement(kind, pinned.team(shift).id, pinned.shifts[shift].day)


def why_never(
    instance: Instance, village: int, *, empty: bool = True
) -> tuple[Reason, Requirement] | None:
    """Return why no team can ever visit a village; None where some team can, or it is not proven.

    `empty` is whether a visit that reaches nobody, where rules let it, is one.
    """
    if not any(instance.shifts[number].open[village] for number in instance.shift_classes):
        return Reason.CLOSED, Requirement(RequirementKind.OPEN_DAY)
    least = int(_least(instance)[village])
    if empty and not instance.min_households[village]:
        least = 0
    visit, at = Visit(village, least), int(instance.at[village])
    is_connected = is_possible = False
    for shift in _shifts_that_differ(instance, village):
        starts, ends = instance.terminals(shift)
        there, start = instance.nearest(shift, starts, to=False)
        back, end = instance.nearest(shift, ends, to=True)
        if time_day(instance, shift, DayRoute(int(start[at]), int(end[at]), (visit,))) is not None:
            return None
        direct = float(there[at]), float(back[at])
        shortest = (
            float(instance.shortest(shift, starts, to=False)[at]),
            float(instance.shortest(shift, ends, to=True)[at]),
        )
        is_connected |= math.isfinite(sum(shortest))
        # Where no way is shorter than the direct one, that was timed.
        is_possible |= shortest != direct and _in_windows(instance, shift, visit, *shortest)
    if not is_connected:
        return Reason.UNREACHABLE, Requirement(RequirementKind.ROAD)
    if is_possible:
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
    least, most = int(_least(instance)[village]), int(instance.max_households[village])
    if least > most:
        return "rules", f"a visit has to reach {least} households, and may reach {most}"
    found = why_never(instance, village)
    return None if found is None else (found[0].value, requirement_text(found[1]))


def day_trips(problem: Problem, team: str, trips: Sequence[tuple[str, str]]) -> NDArray[np.int64]:
    """Return the households that a team can reach at each village in a day with no other stop.

    Parameters
    ----------
    problem, team
        Whose villages they are, and the id of the team.
    trips
        Ids of the places where the day begins and ends, whether or not teams may sleep there.

    Returns
    -------
    array, shape (trips, villages)
        On the best day of the team; 0 where the least that a visit may reach cannot be reached.
    """
    instance = Instance(problem)
    starts, ends = (
        np.array([problem.index[trip[side]] for trip in trips], dtype=np.int64) for side in (0, 1)
    )
    best = np.zeros((len(trips), len(problem.villages)), dtype=np.int64)
    done: set[object] = set()
    for shift in instance.shifts:
        # Days with the same hours everywhere bring the same.
        windows = (a.tobytes() for a in (shift.opens, shift.closes, shift.open))
        hours = (shift.start, shift.end, *windows)
        if instance.team(shift.index).id == team and hours not in done:
            done.add(hours)
            np.maximum(best, _day_trips_of(instance, shift.index, starts, ends), out=best)
    return best


def _day_trips_of(
    instance: Instance, number: int, starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.int64]:
    shift, times, at = instance.shifts[number], instance.travel(number), instance.at
    there, back = times.seconds[np.ix_(starts, at)], times.seconds[np.ix_(at, ends)].T
    possible = times.reachable[np.ix_(starts, at)] & times.reachable[np.ix_(at, ends)].T
    possible &= shift.open
    if instance.drive_limit is not None:
        possible &= there + back <= instance.drive_limit
    seconds = _service_seconds(instance, number, there, back)
    households = np.zeros_like(seconds)
    for village, most in enumerate(instance.max_households.tolist()):
        pace = instance.pace(number, village)
        households[:, village] = [pace.households(int(each), most) for each in seconds[:, village]]
    return np.where(possible & (households >= _least(instance)), households, 0)


def _service_seconds(
    instance: Instance, number: int, there: NDArray[Any], back: NDArray[Any]
) -> NDArray[Any]:
    """Return the time for the service of a visit alone in a day, with the rest."""
    shift = instance.shifts[number]
    arrive, leave, hours = shift.start + there, shift.end - back, (shift.opens, shift.closes)
    if instance.rest:
        return seconds_with_rest(instance, arrive, leave, hours) - instance.setup
    seconds: NDArray[Any] = (
        np.minimum(leave, shift.closes) - np.maximum(arrive, shift.opens) - instance.setup
    )
    return seconds


def _surely_possible(instance: Instance) -> NDArray[np.bool_]:
    """Shape (villages,): whether some shift has time for a visit there alone, with a second over.

    The others may be possible, too.
    """
    limit = np.inf if instance.drive_limit is None else instance.drive_limit
    possible = np.zeros(len(instance.at), dtype=np.bool_)
    for number in instance.shift_classes:
        day = instance.shifts[number]
        starts, ends = instance.terminals(number)
        there = instance.nearest(number, starts, to=False)[0][instance.at]
        back = instance.nearest(number, ends, to=True)[0][instance.at]
        needed = _least(instance) * instance.seconds_per_household[day.index] + 1
        has_time = _service_seconds(instance, number, there, back) >= needed
        possible |= day.open & has_time & (there + back <= limit)
    return possible


def _least(instance: Instance) -> NDArray[np.int64]:
    """Shape (villages,): the least households that a first visit may reach, some if there are."""
    least: NDArray[np.int64] = np.maximum(instance.fewest_households(), instance.households > 0)
    return least


def _shifts_that_differ(instance: Instance, village: int) -> list[int]:
    """Return one shift of each class that differs in what it could do for a village."""
    classes: dict[object, int] = {}
    for number, common in instance.shift_classes.items():
        shift = instance.shifts[number]
        window = (shift.open[village], shift.opens[village], shift.closes[village])
        classes.setdefault((*common, *window), number)
    return list(classes.values())


def _in_windows(instance: Instance, shift: int, visit: Visit, there: float, back: float) -> bool:
    """Return whether a visit is in all windows with these times of driving."""
    day, village = instance.shifts[shift], visit.village
    begin = max(day.start + there, float(day.opens[village]))
    lasts = instance.setup[village] + instance.pace(shift, village).seconds(visit.households)
    end = begin + lasts
    limit = math.inf if instance.drive_limit is None else instance.drive_limit
    in_day = end <= day.closes[village] and end + back <= day.end
    return bool(day.open[village] and in_day and there + back <= limit)
