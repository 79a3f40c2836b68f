"""Visits that fit into a solution as it is, and what each adds to the objective."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.model.objective import exact
from routeplan.planner.routes import Visit
from routeplan.planner.solution import (
    insertable_villages,
    insertion_positions,
    most_households,
    slack_at,
)
from routeplan.planner.solution.slack import ROUNDING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from routeplan.planner.instance import Instance
    from routeplan.planner.routes import DayRoute
    from routeplan.planner.solution import Solution

# Places of a new visit that are timed exactly, the most promising first.
TIMED = 3


class Fit(NamedTuple):
    """A visit that fits into a shift: what it adds to the objective, to driving, and reaches."""

    gain: Fraction
    shift: int
    drive_seconds: int
    households: int


def fits_of(solution: Solution) -> dict[int, Fit]:
    """Return the villages of which more households would fit, and the visit that brings most.

    Where driving costs nothing every visit that fits brings something, and the first is returned,
    without what it brings but for its sign.
    """
    fits = insertable_villages(solution)
    if not solution.instance.drive_cost:
        return {village: Fit(Fraction(1), shift, 0, 0) for village, shift in fits.items()}
    found: dict[int, Fit] = {}
    for village in fits:
        options = [*_longer(solution, village), *_announced(solution, village)]
        if options:
            found[village] = max(options)
    others = [v for v in fits if v not in found or found[v].gain <= 0]
    for village, places in _promising(solution, others).items():
        for shift, position in places:
            fit = new_visit(solution, shift, position, village)
            if fit is not None and (village not in found or fit > found[village]):
                found[village] = fit
    for village in fits.keys() - found.keys():
        shift = fits[village]
        positions = range(len(solution.routes[shift].visits) + 1)
        tried = (new_visit(solution, shift, position, village) for position in positions)
        found[village] = max(fit for fit in tried if fit is not None)
    return {village: found[village] for village in fits}


def value_added(instance: Instance, shift: int, route: DayRoute, before: DayRoute) -> Fraction:
    """Return what a route adds to the objective over the one before, exactly."""
    return instance.route_value(shift, route) - instance.route_value(shift, before)


def added_drive(instance: Instance, shift: int, route: DayRoute, position: int) -> int:
    """Return the driving that the visit at a position adds to a route that can be driven."""
    drive = instance.drive(shift)
    before, here, after = instance.stops(route)[position : position + 3]
    legs = drive[before, here], drive[here, after], drive[before, after]
    there, on, direct = (seconds or 0 for seconds in legs)
    return there + on - direct


def new_visit(solution: Solution, shift: int, position: int, village: int) -> Fit | None:
    """Return what a visit before the one at a position would add, None where it does not fit."""
    inst, before = solution.instance, solution.routes[shift]
    day = inst.shifts[shift]
    if not day.open[village] or any(visit.village == village for visit in before.visits):
        return None
    left = int(solution.left()[village])
    least = max(int(solution.fewest_households(day.day)[village]), int(left > 0))
    possible = min(left, int(inst.max_households[village]))
    route = before.with_visit(position, Visit(village, 0))
    households = most_households(inst, shift, route, position, possible)
    if households < least:
        return None
    route = route.with_households(position, households)
    gain = value_added(inst, shift, route, before)
    return Fit(gain, shift, added_drive(inst, shift, route, position), households)


def _longer(solution: Solution, village: int) -> Iterator[Fit]:
    """Yield the visits there are that could reach more."""
    inst, left = solution.instance, int(solution.left()[village])
    for shift, route in enumerate(solution.routes):
        for position, (visited, now) in enumerate(route.visits):
            most = min(int(inst.max_households[village]), now + left)
            if visited != village or shift in inst.fixed or most <= now:
                continue
            households = most_households(inst, shift, route, position, most)
            if households > now and (households == most or not inst.whole[village]):
                more = households - now
                yield Fit(exact(inst.villages[village].weight) * more, shift, 0, more)


def _announced(solution: Solution, village: int) -> Iterator[Fit]:
    """Yield new visits that keep what was announced, in shifts that may be changed."""
    inst = solution.instance
    for shift, bonuses in inst.bonuses.items():
        if village in bonuses and shift not in inst.fixed:
            for position in range(len(solution.routes[shift].visits) + 1):
                fit = new_visit(solution, shift, position, village)
                if fit is not None:
                    yield fit


def _promising(solution: Solution, villages: Sequence[int]) -> dict[int, list[tuple[int, int]]]:
    """Return by village the shifts and positions where a new visit seems to bring most."""
    inst, places = solution.instance, np.array(villages, dtype=np.int64)
    best: dict[int, list[tuple[float, int, int]]] = {village: [] for village in villages}
    if not villages:
        return {}
    most = np.minimum(solution.left(), inst.max_households)[places]
    for at in insertion_positions(solution, villages=len(villages)):
        day = inst.shifts[at.shift[0]]
        seconds = inst.travel(day.index).seconds
        slack, slow = slack_at(solution, at, places), inst.seconds_per_household[day.index][places]
        least = solution.fewest_households(day.day)[places]
        fitting = np.where(slow > 0, (slack.spare + ROUNDING) // np.maximum(slow, 1e-9), most)
        households = np.minimum(fitting, most)
        out, back = seconds[np.ix_(at.before, inst.at[places])], seconds[inst.at[places]]
        detour = out + back[:, at.after].T - seconds[at.before, at.after][:, None]
        values = inst.weight[places] * households - inst.drive_cost * detour
        fits = slack.reachable & day.open[places] & (slack.spare >= 0) & (households >= least)
        values = np.where(fits, values, -np.inf)
        for row in np.argsort(-values, axis=0, kind="stable")[:TIMED]:
            for n, village in enumerate(villages):
                value = float(values[row[n], n])
                if value > -np.inf:
                    best[village].append((-value, int(at.shift[row[n]]), int(at.position[row[n]])))
        best = {village: sorted(options)[:TIMED] for village, options in best.items()}
    return {
        village: [(shift, position) for _, shift, position in options]
        for village, options in best.items()
    }
