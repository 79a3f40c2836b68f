"""Time slack of one more visit, at every position of many shifts at once.

A day is timed forward and backward (forward and backward time slack: Savelsbergh 1992) in two
states, before and after the rest, as `time_day` times one day; what is in between is the slack of a
position. Service times are divided in doubles, so it may be slightly too much, but never too
little.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.planner.instance import NEVER
from routeplan.planner.routes import Visit
from routeplan.planner.solution.solution import time_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from routeplan.planner.instance import Instance
    from routeplan.planner.solution.solution import Solution

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

# Seconds that the division of service times may be wrong by.
ROUNDING = 1e-6
# Positions times villages that are handled at once.
CELLS = 1 << 18


class Positions(NamedTuple):
    """Where a visit can be inserted, in shifts of one day with the same windows, vehicle and pace.

    Shapes are (positions,), ordered by shift and position in it. Each is between the places
    `before` and `after`, of which the one can be left at the earliest, the rest not yet or already
    taken, and the other must be reached at the latest, the rest already or not yet taken. `driven`
    is the driving of the whole shift.
    """

    shift: Ints
    position: Ints
    before: Ints
    after: Ints
    earliest: Ints
    earliest_after_rest: Ints
    latest: Ints
    latest_before_rest: Ints
    driven: Ints


class Slack(NamedTuple):
    """Seconds for the service of a visit of each village at each position, below 0 for too few.

    Shapes are (positions, villages). `without_rest` is the same, if no rest were due. A village is
    `reachable` where there is a way within the drive limit, and the shift has no visit of it.
    """

    spare: Ints
    without_rest: Ints
    reachable: Bools


def insertable_villages(solution: Solution) -> dict[int, int]:
    """Return the villages of which more households would fit, and the first shift that has time."""
    inst, left, none = solution.instance, solution.left(), len(solution.routes)
    candidates = np.flatnonzero((left > 0) | solution.unvisited_required())
    longer = _longer_visits(solution)
    first = np.array([longer.get(v, none) for v in candidates.tolist()], dtype=np.int64)
    for at in insertion_positions(solution, villages=len(candidates)):
        tried = np.flatnonzero(first > at.shift[0])
        villages, day = candidates[tried], inst.shifts[at.shift[0]]
        least = np.maximum(solution.fewest_households(day.day)[villages], left[villages] > 0)
        service = least * inst.seconds_per_household[day.index][villages]
        slack = slack_at(solution, at, villages)
        is_allowed = day.open[villages] & (least <= np.minimum(left, inst.max_households)[villages])
        fits = slack.reachable & is_allowed & (slack.spare >= service - ROUNDING)
        for n in np.flatnonzero(fits.any(axis=0)).tolist():
            visit = Visit(int(villages[n]), int(least[n]))
            for row in np.flatnonzero(fits[:, n] & (at.shift < first[tried[n]])).tolist():
                shift = int(at.shift[row])
                route = solution.routes[shift].with_visit(int(at.position[row]), visit)
                if time_day(inst, shift, route) is not None:
                    first[tried[n]] = shift
                    break
    return {v: s for v, s in zip(candidates.tolist(), first.tolist(), strict=True) if s < none}


def _longer_visits(solution: Solution) -> dict[int, int]:
    """Return the villages of which a visit could reach more, and the first shift.

    That is one household, but all where a visit reaches all or none.
    """
    inst, left = solution.instance, solution.left().tolist()
    found: dict[int, int] = {}
    for shift, route in enumerate(solution.routes):
        for position, (village, now) in enumerate(route.visits):
            more = left[village] > 0 and now < inst.max_households[village]
            if shift in inst.fixed or village in found or not more:
                continue
            reached = int(inst.households[village]) if inst.whole[village] else now + 1
            if reached > now + left[village]:
                continue
            if time_day(inst, shift, route.with_households(position, reached)) is not None:
                found[village] = shift
    return found


def insertion_positions(solution: Solution, *, villages: int) -> Iterator[Positions]:
    """Yield all positions of shifts that may be changed; of identical empty ones, the first's only.

    The number of villages that may be inserted decides how many are yielded at once.
    """
    inst = solution.instance
    groups: dict[object, list[int]] = {}
    empty: set[object] = set()
    for shift in inst.shifts:
        number, team, route = shift.index, inst.team(shift.index), solution.routes[shift.index]
        if number in inst.fixed:
            continue
        group = (shift.day, team.vehicle, inst.households_per_hour(number), id(shift.open))
        identical = (group, route.start, route.end)
        if route.visits or identical not in empty:
            groups.setdefault(group, []).append(number)
        if not route.visits:
            empty.add(identical)
    most = max(1, CELLS // max(villages, 1))
    for shifts in groups.values():
        found = _positions(solution, shifts)
        for first in range(0, len(found.shift), most):
            yield Positions(*(each[first : first + most] for each in found))


def slack_at(solution: Solution, at: Positions, villages: Ints) -> Slack:
    """Return how much time there is for visits of some villages at some positions."""
    inst = solution.instance
    number = int(at.shift[0])
    day, times = inst.shifts[number], inst.travel(number)
    places = inst.at[villages]
    there, on = np.ix_(at.before, places), np.ix_(places, at.after)
    reachable = times.reachable[there] & times.reachable[on].T
    out, back = times.seconds[there], np.ascontiguousarray(times.seconds[on].T)
    if inst.drive_limit is not None:
        legs = times.seconds[at.before, at.after]
        reachable &= out + back <= (inst.drive_limit - at.driven + legs)[:, None]
    opens, closes, setup = day.opens[villages], day.closes[villages], inst.setup[villages]

    def between(earliest: Ints, latest: Ints) -> Ints:
        ends = np.minimum(latest[:, None] - back, closes)
        spare: Ints = ends - np.maximum(earliest[:, None] + out, opens) - setup
        return spare

    # The rest was before the visit, or it is later, or at the visit.
    spare = between(at.earliest_after_rest, at.latest)
    if inst.rest:
        spare = np.maximum(spare, between(at.earliest, at.latest_before_rest))
        arrive, leave = at.earliest[:, None] + out, at.latest[:, None] - back
        rested = seconds_with_rest(inst, arrive, leave, (opens, closes)) - setup
        spare = np.maximum(spare, rested)
    column = {village: n for n, village in enumerate(villages.tolist())}
    for shift in np.unique(at.shift).tolist():
        visited = [column[v] for v, _ in solution.routes[shift].visits if v in column]
        reachable[np.ix_(at.shift == shift, visited)] = False
    return Slack(spare, between(at.earliest, at.latest), reachable)


def seconds_with_rest(
    instance: Instance, arrive: Ints, leave: Ints, hours: tuple[Ints, Ints]
) -> Ints:
    """Return the seconds for setup and doors of visits at which the rest is taken, if one is due.

    That is between the earliest arrivals and the latest departures, in hours in which visits begin
    and end. It is below 0 for too few. Shapes are broadcast.
    """
    rest, first, last = instance.rest, instance.rest_from, instance.rest_until
    opens, closes = hours
    begin, end = np.maximum(arrive, opens), np.minimum(leave, closes)
    if not rest:
        return end - begin
    earliest, latest = np.maximum(arrive, first), np.minimum(leave - rest, last)
    before = np.where(earliest <= last, end - np.maximum(earliest + rest, opens), -NEVER)
    may_follow = (earliest <= last) & (latest >= first)
    after = np.where(may_follow, np.minimum(latest, closes) - begin, -NEVER)
    inside = np.where((begin <= last) & (end - rest >= first), end - rest - begin, -NEVER)
    seconds: Ints = np.maximum(np.maximum(before, after), inside)
    return seconds


def slack_without_rest(solution: Solution, shift: int) -> tuple[Ints, Bools, Ints]:
    """Return the slack of every village at every position of a shift, as if no rest were due.

    With it, whether there is a way within the drive limit, and the driving that a visit adds.
    """
    inst, route = solution.instance, solution.routes[shift]
    day, times, drive = inst.shifts[shift], inst.travel(shift), inst.drive(shift)
    places = inst.stops(route)
    legs = [drive[leg] or 0 for leg in itertools.pairwise(places)]
    lasts = [
        int(inst.setup[v.village]) + inst.pace(shift, v.village).seconds(v.households)
        for v in route.visits
    ]
    earliest, latest = [day.start], [day.end]
    for visit, leg, seconds in zip(route.visits, legs, lasts, strict=False):
        earliest.append(max(earliest[-1] + leg, int(day.opens[visit.village])) + seconds)
    for visit, leg, seconds in zip(route.visits[::-1], legs[::-1], lasts[::-1], strict=False):
        latest.append(min(latest[-1] - leg, int(day.closes[visit.village])) - seconds)
    before, after = np.array(places[:-1]), np.array(places[1:])
    there, on = np.ix_(before, inst.at), np.ix_(inst.at, after)
    out, back = times.seconds[there], times.seconds[on].T
    reachable = times.reachable[there] & times.reachable[on].T
    direct = times.seconds[before, after]
    detour = out + back - direct[:, None]
    if inst.drive_limit is not None:
        reachable &= detour + direct.sum() <= inst.drive_limit
    begin = np.maximum(np.array(earliest)[:, None] + out, day.opens)
    ends = np.minimum(np.array(latest[::-1])[:, None] - back, day.closes)
    return ends - begin - inst.setup, reachable, detour


def _positions(solution: Solution, shifts: Sequence[int]) -> Positions:
    """Return the positions of shifts of one day with the same windows, vehicle and pace."""
    inst, routes = solution.instance, [solution.routes[shift] for shift in shifts]
    day, times = inst.shifts[shifts[0]], inst.travel(shifts[0])
    counts = np.array([len(route.visits) for route in routes])
    most = int(counts.max())
    villages, households = np.zeros((2, len(shifts), most), dtype=np.int64)
    places = np.repeat(np.array([route.end for route in routes])[:, None], most + 2, axis=1)
    places[:, 0] = [route.start for route in routes]
    is_stop = np.arange(most) < counts[:, None]
    flat = [visit for route in routes for visit in route.visits]
    villages[is_stop] = [visit.village for visit in flat]
    households[is_stop] = [visit.households for visit in flat]
    places[:, 1:-1] = np.where(is_stop, inst.at[villages], places[:, 1:-1])
    legs = times.seconds[places[:, :-1], places[:, 1:]]
    pace = inst.seconds_per_household[day.index][villages]
    service = np.ceil(households * pace - ROUNDING).astype(np.int64)
    opens, closes, lasts = day.opens[villages], day.closes[villages], inst.setup[villages] + service
    forward = np.stack([opens, closes, lasts])
    rest = inst.rest, inst.rest_from, inst.rest_until
    earliest, after_rest = _time_forward(day.start, rest, legs, is_stop, forward)
    # Backward in time is forward in negative time.
    backward = np.stack([-closes, -opens, lasts])[:, :, ::-1]
    rest = inst.rest, -inst.rest_until - inst.rest, -inst.rest_from - inst.rest
    reached = _time_forward(-day.end, rest, legs[:, ::-1], is_stop[:, ::-1], backward)
    latest, before_rest = (-each[:, ::-1] for each in reached)
    cells = np.nonzero(np.arange(most + 1) <= counts[:, None])
    return Positions(
        np.array(shifts)[cells[0]],
        cells[1],
        places[:, :-1][cells],
        places[:, 1:][cells],
        earliest[cells],
        after_rest[cells],
        latest[cells],
        before_rest[cells],
        legs.sum(axis=1)[cells[0]],
    )


def _time_forward(
    start: int, resting: tuple[int, int, int], legs: Ints, is_stop: Bools, visits: Ints
) -> tuple[Ints, Ints]:
    """Return when each position is left at the earliest, before and after the rest.

    The rest has so many seconds, and begins from the one time until the other. `visits` are the
    time windows and durations, shape (3, shifts, stops).
    """
    (rest, first, last), (opens, closes, lasts) = resting, visits
    before, after = np.full((2, *legs.shape), NEVER)
    before[:, 0] = start
    if not rest:
        after[:, 0] = start
    for n in range(legs.shape[1] - 1):

        def serve(arrive: Ints, n: int = n) -> Ints:
            end = np.maximum(arrive, opens[:, n]) + lasts[:, n]
            return np.where(end <= closes[:, n], end, NEVER)

        arrive, arrive_after = before[:, n] + legs[:, n], after[:, n] + legs[:, n]
        plain, least = serve(arrive), serve(arrive_after)
        if rest:
            earliest, later = np.maximum(arrive, first), np.maximum(plain, first)
            least = np.minimum(least, np.where(earliest <= last, serve(earliest + rest), NEVER))
            least = np.minimum(least, np.where(later <= last, later + rest, NEVER))
            is_inside = (plain > last) & (np.maximum(arrive, opens[:, n]) <= last)
            fits = is_inside & (plain + rest <= closes[:, n])
            least = np.minimum(least, np.where(fits, plain + rest, NEVER))
        before[:, n + 1] = np.where(is_stop[:, n], plain, before[:, n])
        after[:, n + 1] = np.where(is_stop[:, n], least, after[:, n])
    return before, after
