"""Greedy insertion, longer visits first, then new visits where they pay; and repair.

The gain of an insertion is its weighted households over the time that it takes, detour, setup and
service together, as in the insertion step of orienteering heuristics (Vansteenwegen, Souffriau and
Van Oudheusden 2011, EJOR 209, section 4); here the households that fit are part of the choice.
Repair shrinks and drops visits until every rule holds; a village that must be visited is forced in.
"""

from __future__ import annotations

from collections import defaultdict
from heapq import heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.planner.routes import Visit
from routeplan.planner.solution.slack import ROUNDING, slack_without_rest
from routeplan.planner.solution.solution import most_households, time_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from random import Random

    from numpy.typing import NDArray

    from routeplan.planner.instance import Instance
    from routeplan.planner.solution.solution import Solution

# What a household of a required village that nobody visits yet counts for, over any other; so does
# one that a district lacks.
REQUIRED_FIRST = 1e6
# Shifts that are tried, those first with the shortest way there and back.
MOST_SHIFTS = 12


class Insertion(NamedTuple):
    """A visit that can be inserted into a shift, and its gain."""

    gain: float
    position: int
    visit: Visit


def complete(
    solution: Solution,
    shifts: Iterable[int] | None = None,
    rng: Random | None = None,
    *,
    stop: Callable[[], bool] = lambda: False,
) -> None:
    """Fill the shifts of a solution until nothing more fits, in place; it keeps every rule.

    Parameters
    ----------
    shifts
        Which may be changed; all where left out. Fixed ones stay as they are.
    rng
        Of random factors of the gains, so that another call may choose otherwise.
    stop
        Called before each insertion: whether to leave the rest unfilled.
    """
    every = range(len(solution.routes)) if shifts is None else shifts
    free = [shift for shift in every if shift not in solution.instance.fixed]
    extend_visits(solution, free)
    queue = _InsertionQueue(solution, free, gain_factors(solution, rng), stop)
    while not stop() and (found := queue.pop()) is not None:
        shift, best = found
        route = solution.routes[shift].with_visit(best.position, best.visit)
        solution.set_visits(shift, route.visits)
        queue.update(shift)
    if not stop():
        extend_visits(solution, free)


def gain_factors(solution: Solution, rng: Random | None) -> NDArray[np.float64]:
    """Return what gains are multiplied by, shape (villages,); 1 without random numbers."""
    villages = solution.instance.villages
    return np.array([1.0 if rng is None else rng.uniform(0.7, 1.3) for _ in villages])


class _InsertionQueue:
    """The best insertion of each shift, the best of all of them first.

    An insertion elsewhere only ever lowers a gain, so an old gain is updated no sooner than it is
    the largest (lazy evaluation: Minoux 1978); but where fewer households than a visit's fewest
    are left, a visit to those may fit where none did, and in the end all shifts are evaluated
    anew. Identical empty shifts of a day have the same insertion: only the first is evaluated.
    """

    def __init__(
        self,
        solution: Solution,
        shifts: list[int],
        factors: NDArray[np.float64],
        stop: Callable[[], bool],
    ) -> None:
        self._solution, self._factors = solution, factors
        self._heap: list[tuple[float, int]] = []
        self._best: dict[int, Insertion] = {}
        # By village: the shifts whose best insertion is a visit there.
        self._visiting: dict[int, set[int]] = defaultdict(set)
        self._stale: set[int] = set()
        self._evaluated: set[int] = set()
        self._has_remainder = False
        identical: dict[object, list[int]] = defaultdict(list)
        for shift in reversed(shifts):
            day, team = solution.instance.shifts[shift], solution.instance.team(shift)
            start, end, visits = solution.routes[shift]
            pace = solution.instance.households_per_hour(shift)
            empty = (start, end, day.day, team.vehicle, pace, id(day.open))
            identical[shift if visits else empty].append(shift)
        # By the first of identical shifts: the others, the last of them first.
        self._others = {others.pop(): others for others in identical.values()}
        for shift in self._others:
            if not stop():
                self._evaluate(shift)

    def pop(self) -> tuple[int, Insertion] | None:
        """Return the shift with the best insertion, and that; None where nothing fits."""
        while self._heap or self._has_remainder:
            if not self._heap:
                self._has_remainder = False
                for shift in sorted(self._evaluated):
                    self._evaluate(shift)
                continue
            _, shift = heappop(self._heap)
            if shift not in self._stale:
                return shift, self._best[shift]
            self._evaluate(shift)
        return None

    def update(self, shift: int) -> None:
        """Evaluate a shift anew, in which its best insertion was made."""
        inserted, others = self._best[shift], self._others.pop(shift, None)
        village, inst = inserted.visit.village, self._solution.instance
        left = self._solution.left()[village]
        self._has_remainder |= bool(0 < left < inst.min_households[village])
        self._stale |= self._visiting.pop(village)
        if inst.district[village] >= 0:
            # The district lacks fewer now.
            for other in np.flatnonzero(inst.district == inst.district[village]).tolist():
                self._stale |= self._visiting.pop(other, set())
        if others:
            after = others.pop()
            self._others[after] = others
            self._stale.add(after)
            self._push(after, inserted)
        self._evaluate(shift)

    def _evaluate(self, shift: int) -> None:
        self._stale.discard(shift)
        self._evaluated.add(shift)
        insertion = best_insertion(self._solution, shift, self._factors)
        if insertion is not None:
            self._push(shift, insertion)

    def _push(self, shift: int, insertion: Insertion) -> None:
        self._best[shift] = insertion
        self._visiting[insertion.visit.village].add(shift)
        heappush(self._heap, (-insertion.gain, shift))


def extend_visits(solution: Solution, shifts: Iterable[int]) -> None:
    """Reach more households at the visits that there are, those first that pay best, in place."""
    inst = solution.instance
    for shift in shifts:
        visits = solution.routes[shift].visits
        slow = inst.seconds_per_household[shift]
        pay = [-float(inst.weight[v]) / max(float(slow[v]), 1e-9) for v, _ in visits]
        for position in sorted(range(len(visits)), key=pay.__getitem__):
            route, (village, now) = solution.routes[shift], visits[position]
            possible = int(min(inst.max_households[village], now + solution.left()[village]))
            if possible <= now:
                continue
            most = most_households(inst, shift, route, position, possible)
            # A visit that reaches all or none may reach none, where it need only be made.
            if most > now and (not inst.whole[village] or most == inst.households[village]):
                solution.set_visits(shift, route.with_households(position, most).visits)


def best_insertion(
    solution: Solution, shift: int, factors: NDArray[np.float64]
) -> Insertion | None:
    """Return the visit that pays best in a shift, with as many households as fit."""
    inst, route, day = solution.instance, solution.routes[shift], solution.instance.shifts[shift]
    left, fewest = solution.left(), solution.fewest_households(day.day)
    missing = solution.unvisited_required()
    allowed = day.open & ((left > 0) | missing) & (fewest <= left)
    allowed[[visit.village for visit in route.visits]] = False
    if not allowed.any():
        return None
    # As if no rest were due: may be too many households, but never too few.
    spare, reachable, detour = slack_without_rest(solution, shift)
    slow = inst.seconds_per_household[day.index]
    most = np.minimum(left, inst.max_households)
    fitting = np.where(slow > 0, (spare + ROUNDING) // np.maximum(slow, 1e-9), most)
    lacking = np.append(solution.lacking_in_districts(), 0)[inst.district]
    # What a floor lacks comes first; visits are extended in the end.
    most = np.where(lacking > 0, np.minimum(most, np.maximum(lacking, fewest)), most)
    households = np.where(reachable & (spare >= 0), np.minimum(fitting, most), -1).astype(np.int64)
    spent = detour + inst.setup + households * slow
    # A required village without households counts as one all the same.
    is_first = missing | (lacking > 0)
    values = np.maximum(households, missing) * np.where(is_first, REQUIRED_FIRST, 1.0)
    pays = values * inst.weight * factors / np.maximum(spent, 1.0)
    gains = np.where(allowed & (households >= np.maximum(fewest, 0)), pays, 0.0)
    while True:
        position, village = divmod(int(gains.argmax()), gains.shape[1])
        gain = float(gains[position, village])
        if gain <= 0:
            return None
        gains[position, village] = 0.0
        longer = route.with_visit(position, Visit(village, 0))
        possible = int(households[position, village])
        reached = most_households(inst, shift, longer, position, possible)
        if reached >= fewest[village] and (reached > 0 or left[village] == 0):
            return Insertion(gain, position, Visit(village, reached))


def repair(solution: Solution) -> None:
    """Shrink and drop visits until every rule of a day and of a village holds, in place.

    Fixed shifts stay as they are: they keep every rule by themselves.
    """
    inst = solution.instance
    free = [s for s, r in enumerate(solution.routes) if r.visits and s not in inst.fixed]
    for shift in free:
        _merge_repeats(solution, shift)
        while solution.times(shift) is None and solution.routes[shift].visits:
            _shrink_cheapest(solution, shift)
    order = sorted(free, key=lambda s: inst.shifts[s].day)
    changed = True
    while changed:
        changed = sum(_keep_to_households(solution, shift) for shift in order) > 0


def _merge_repeats(solution: Solution, shift: int) -> None:
    """Merge repeated visits of one village into the first of them."""
    merged: dict[int, int] = {}
    visits = solution.routes[shift].visits
    for village, households in visits:
        most = int(solution.instance.max_households[village])
        merged[village] = min(merged.get(village, 0) + households, most)
    kept = tuple(Visit(*item) for item in merged.items())
    if kept != visits:
        solution.set_visits(shift, kept)


def _shrink_cheapest(solution: Solution, shift: int) -> None:
    inst, route = solution.instance, solution.routes[shift]
    values = [_value(inst, visit) for visit in route.visits]
    position = values.index(min(values))
    village, now = route.visits[position]
    most = most_households(inst, shift, route, position, now)
    if most > 0 and most >= solution.fewest_households(inst.shifts[shift].day)[village]:
        visits = route.with_households(position, most).visits
    else:
        visits = route.visits[:position] + route.visits[position + 1 :]
    solution.set_visits(shift, visits)


def _value(instance: Instance, visit: Visit) -> float:
    return float(instance.weight[visit.village]) * visit.households


def _keep_to_households(solution: Solution, shift: int) -> bool:
    """Drop or shrink visits that reach more households than there are, or too few."""
    inst, route = solution.instance, solution.routes[shift]
    left, fewest = solution.left(), solution.fewest_households(inst.shifts[shift].day)
    kept: list[Visit] = []
    for village, households in route.visits:
        reached = households + min(int(left[village]), 0)
        empty = reached <= 0 and inst.households[village] > 0
        if reached >= fewest[village] and not empty:
            kept.append(Visit(village, reached))
    shorter = route._replace(visits=tuple(kept))
    if shorter == route:
        return False
    is_feasible = time_day(inst, shift, shorter) is not None
    solution.set_visits(shift, shorter.visits if is_feasible else ())
    return True


def force_visit(solution: Solution, village: int) -> Solution | None:
    """Give a village a visit, at the cost of others of the same day, the cheapest first.

    None is returned where no day is long enough, were it for this village alone, with its nights as
    they are; else the best of the solutions that were tried, which keeps every rule.
    """
    inst = solution.instance
    at = int(inst.at[village])

    def driving(shift: int) -> float:
        drive, route = inst.drive(shift), solution.routes[shift]
        there, back = drive[route.start, at], drive[at, route.end]
        return np.inf if there is None or back is None else there + back

    free = [s.index for s in inst.shifts if s.open[village] and s.index not in inst.fixed]
    trials = []
    for shift in sorted(free, key=driving)[:MOST_SHIFTS]:
        trial = solution.copy()
        if _force_into(trial, shift, village):
            repair(trial)
            complete(trial, [shift])
            trials.append(trial)
    kept = [trial for trial in trials if trial.visit_counts[village]]
    return max(kept, key=lambda trial: trial.score(), default=None)


def _force_into(trial: Solution, shift: int, village: int) -> bool:
    """Drop the cheapest visits of a shift until the village fits with its fewest households."""
    inst, others = trial.instance, list(trial.routes[shift].visits)
    while True:
        trial.set_visits(shift, others)
        least = int(trial.fewest_households(inst.shifts[shift].day)[village])
        possible = int(min(inst.max_households[village], trial.left()[village]))
        for position in range(len(others) + 1):
            route = trial.routes[shift].with_visit(position, Visit(village, 0))
            most = most_households(inst, shift, route, position, possible)
            if most >= least:
                trial.set_visits(shift, route.with_households(position, most).visits)
                return True
        if not others:
            return False
        others.remove(min(others, key=lambda visit: _value(inst, visit)))
