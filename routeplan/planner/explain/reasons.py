"""Which villages can be visited at all, and why a solution leaves households out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from routeplan.formats import requirement_text
from routeplan.model.plan import LeftOut, Reason, Requirement, RequirementKind
from routeplan.planner.explain.fits import Fit, fits_of
from routeplan.planner.explain.requirements import RequirementFinder
from routeplan.planner.explain.trips import TripFinder
from routeplan.planner.instance import Instance
from routeplan.planner.routes import InstancePins, Visit
from routeplan.planner.solution import Solution, seconds_with_rest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from routeplan.model.problem import Problem
    from routeplan.planner.routes import Shift


def why_left_out(solution: Solution) -> dict[int, LeftOut]:
    """Return by village, in order, what a solution leaves out, why, and what it would take.

    Required villages without a visit are among them, whatever their households. What is pinned on
    days to come is no reason: a village that would fit but for that could fit. Days that are over
    (`Instance.days_over`) are: only visits on the others can still be made.
    """
    pinned = solution.instance
    left, missing = solution.left(), solution.unvisited_required()
    free = solution if not pinned.is_pinned else Solution(_without_pins(pinned), solution.routes)
    instance, fits = free.instance, fits_of(free)
    fits_pinned = fits_of(solution) if free is not solution else {}
    villages = np.flatnonzero(left + missing).tolist()
    trips = TripFinder(instance)
    never = _never(free, villages, missing, trips)
    short = [village for village in villages if village not in never and village not in fits]
    finder = RequirementFinder(free, short, trips)
    requirements: dict[int, tuple[Reason, list[Requirement]]] = {}
    for village in villages:
        if village in never:
            requirements[village] = never[village][0], [never[village][1]]
        elif village in fits:
            fit = max(fits_pinned.get(village, fits[village]), fits[village], key=_is_worth_it)
            requirements[village] = _why_missed(pinned, village, fit, missing[village])
        else:
            skipped = pinned.pins.days.get(village) == frozenset()
            unpin = [Requirement(RequirementKind.UNPIN)] if skipped else []
            requirements[village] = Reason.NO_TIME, [*unpin, *finder.of(village)]
    return {
        village: LeftOut(instance.villages[village].place, int(left[village]), reason, tuple(each))
        for village, (reason, each) in requirements.items()
    }


def _is_worth_it(fit: Fit) -> bool:
    return fit.gain > 0


def _without_pins(pinned: Instance) -> Instance:
    """Return an instance in which nothing but the days that are over is pinned."""
    days, shifts = pinned.days_over, pinned.shifts
    over = {s: route for s, route in pinned.pins.routes.items() if shifts[s].day < days}
    return Instance(pinned.problem, InstancePins(over, {}, {}))


def _never(
    solution: Solution, villages: Sequence[int], missing: NDArray[np.bool_], trips: TripFinder
) -> dict[int, tuple[Reason, Requirement]]:
    """Return `why_never` of villages, where it is not None.

    Those that a day that is over could reach are `Reason.PAST`.
    """
    instance = solution.instance
    possible = _surely_possible(instance, trips)
    for shift, route in enumerate(solution.routes):
        if shift not in instance.fixed:
            possible[[village for village, households in route.visits if households]] = True
    others = [village for village in villages if not possible[village]]
    reasons = why_never(instance, others, empty=missing, trips=trips)
    return _with_past(solution, reasons) if instance.is_pinned else reasons


def _with_past(
    solution: Solution, reasons: dict[int, tuple[Reason, Requirement]]
) -> dict[int, tuple[Reason, Requirement]]:
    """Return the reasons, `Reason.PAST` for villages that are never out of reach without pins."""
    before = why_never(Instance(solution.instance.problem), [*reasons])
    return {
        village: (Reason.PAST, requirement)
        if solution.visit_counts[village] or village not in before
        else (reason, requirement)
        for village, (reason, requirement) in reasons.items()
    }


def _why_missed(
    pinned: Instance, village: int, fit: Fit, is_missing: np.bool_
) -> tuple[Reason, list[Requirement]]:
    """Return why a village that would fit into a shift is not in it."""
    team, day = pinned.team(fit.shift).id, pinned.shifts[fit.shift].day
    if fit.gain <= 0 and not is_missing:
        minutes = -(-fit.drive_seconds // 60)
        kind, number = RequirementKind.DETOUR, fit.households
        return Reason.NO_TIME, [Requirement(kind, team, day, minutes=minutes, households=number)]
    is_pinned = fit.shift in pinned.fixed or not pinned.shifts[fit.shift].open[village]
    kind = RequirementKind.UNPIN if is_pinned else RequirementKind.SEARCH
    return Reason.SEARCH, [Requirement(kind, team, day)]


def why_never(
    instance: Instance,
    villages: Sequence[int],
    *,
    empty: NDArray[np.bool_] | None = None,
    trips: TripFinder | None = None,
) -> dict[int, tuple[Reason, Requirement]]:
    """Return by village why no team can ever visit it, where that is proven.

    `empty` is by village of the instance whether a visit that reaches nobody, where rules let it,
    is one; None for all. Shifts that are fixed visit no village more. A finder of trips in this
    instance saves making one.
    """
    if not villages:
        return {}
    trips = trips or TripFinder(instance)
    least, most = _least(instance), instance.max_households
    least[(True if empty is None else empty) & (instance.min_households == 0)] = 0
    is_open = np.zeros(len(instance.villages), dtype=np.bool_)
    for shift in _free_shifts(instance):
        is_open |= shift.open
    below = least > most
    asked = np.where(below, 1, least)
    number = np.array([v for v in villages if is_open[v]], dtype=np.int64)
    best = trips.best(number, asked[number], most[number])
    reasons = {}
    for village in villages:
        if not is_open[village]:
            reasons[village] = Reason.CLOSED, Requirement(RequirementKind.OPEN_DAY)
            continue
        trip, reason = best.get(village), None
        if trip is None:
            reason = _why_out_of_reach(instance, village, int(asked[village]), trips)
        if reason is None and below[village]:
            households = None if trip is None else trip.households
            lower = Requirement(RequirementKind.LOWER_MINIMUM, households=households)
            reason = Reason.BELOW_MINIMUM, lower
        if reason is not None:
            reasons[village] = reason
    return reasons


def _why_out_of_reach(
    instance: Instance, village: int, least: int, trips: TripFinder
) -> tuple[Reason, Requirement] | None:
    """Return why no visit of so many households can be made; None where that is not proven."""
    visit, at = Visit(village, least), int(instance.at[village])
    is_connected = is_possible = False
    for shift in _shifts_that_differ(instance, village):
        starts, ends = instance.terminals(shift)
        there = float(instance.shortest(shift, starts, to=False)[at])
        back = float(instance.shortest(shift, ends, to=True)[at])
        is_connected |= math.isfinite(there + back)
        is_possible |= _in_windows(instance, shift, visit, there, back)
    if not is_connected:
        return Reason.UNREACHABLE, Requirement(RequirementKind.ROAD)
    if is_possible and trips.may_reach(village, least):
        return None
    return Reason.TOO_FAR, Requirement(RequirementKind.LONGER_DAY, households=least)


def why_no_visit(problem: Problem, places: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return by village why no team can ever visit it, where that is proven.

    Returns
    -------
    dict of tuple of str
        By the id of the place: a `Reason`; the same in words.
    """
    number = {village.place: n for n, village in enumerate(problem.villages)}
    found = why_never(Instance(problem), [number[place] for place in places])
    return {
        problem.villages[village].place: (reason.value, requirement_text(requirement))
        for village, (reason, requirement) in found.items()
    }


def beds_in_reach(problem: Problem) -> dict[str, tuple[str, ...]]:
    """Return by team the overnight places that it can get to from its start and home from.

    It gets there day by day, within the hours of work and the drive limit.
    """
    instance = Instance(problem)
    found: dict[str, tuple[str, ...]] = {team.id: () for team in problem.teams}
    for chain in instance.chains:
        ends = {end for shift in chain for end in instance.terminals(shift)[1]}
        places = [problem.places[end].id for end in sorted(ends & instance.beds.keys())]
        found[instance.team(chain[0]).id] = tuple(places)
    return found


def days_in_reach(problem: Problem, place: str) -> frozenset[tuple[str, int]]:
    """Return the teams and days that could visit a village, with nothing else on that day."""
    instance = Instance(problem)
    number = next(n for n, each in enumerate(instance.villages) if each.place == place)
    least = int(max(1, _least(instance)[number]))
    shifts = (instance.shifts[n] for n in TripFinder(instance).shifts_reaching(number, least))
    return frozenset((instance.team(shift.index).id, shift.day) for shift in shifts)


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
        # Days with the same pace and the same hours everywhere bring the same.
        windows = (a.tobytes() for a in (shift.opens, shift.closes, shift.open))
        hours = (instance.households_per_hour(shift.index), shift.start, shift.end, *windows)
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
    return seconds_with_rest(instance, arrive, leave, hours) - instance.setup


def _surely_possible(instance: Instance, trips: TripFinder) -> NDArray[np.bool_]:
    """Shape (villages,): whether some shift has time for a visit there alone, with a second over.

    The others may be possible, too.
    """
    limit = np.inf if instance.drive_limit is None else instance.drive_limit
    possible = np.zeros(len(instance.at), dtype=np.bool_)
    for number, there, back in trips.nearest():
        day = instance.shifts[number]
        needed = _least(instance) * instance.seconds_per_household[day.index] + 1
        has_time = _service_seconds(instance, number, there, back) >= needed
        possible |= day.open & has_time & (there + back <= limit)
    return possible & (_least(instance) <= instance.max_households)


def _free_shifts(instance: Instance) -> list[Shift]:
    """Return one shift of each class, without those that are fixed."""
    classes = instance.shift_classes
    return [instance.shifts[number] for number in classes if number not in instance.fixed]


def _least(instance: Instance) -> NDArray[np.int64]:
    """Shape (villages,): the least households that a first visit may reach, some if there are.

    What fixed shifts reach is no longer there.
    """
    left = instance.households - instance.fixed_households
    least: NDArray[np.int64] = np.maximum(instance.fewest_households(left), left > 0)
    return least


def _shifts_that_differ(instance: Instance, village: int) -> list[int]:
    """Return one shift of each class that differs in what it could do for a village."""
    classes: dict[object, int] = {}
    for number, common in instance.shift_classes.items():
        if number in instance.fixed:
            continue
        shift = instance.shifts[number]
        window = (shift.open[village], shift.opens[village], shift.closes[village])
        classes.setdefault((*common, *window), number)
    return list(classes.values())


def _in_windows(instance: Instance, shift: int, visit: Visit, there: float, back: float) -> bool:
    """Return whether a visit is in all windows with these times of driving."""
    day, village = instance.shifts[shift], visit.village
    begin = max(day.start + there, float(day.opens[village]))
    lasts = int(instance.setup[village]) + instance.pace(shift, village).seconds(visit.households)
    end = begin + lasts
    limit = math.inf if instance.drive_limit is None else instance.drive_limit
    in_day = end <= day.closes[village] and end + back <= day.end
    return bool(day.open[village] and in_day and there + back <= limit)
