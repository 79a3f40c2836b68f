"""Greedy completion of a solution: doors at visits with room first, then new visits where they pay.

The gain of an insertion is its weighted households over the time that it takes, detour, setup and
doors together, as in the insertion step of orienteering heuristics (Vansteenwegen, Souffriau and
Van Oudheusden 2011, EJOR 209, section 4); here the doors that fit are part of the choice.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from heapq import heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.planner.instance import Visit
from routeplan.planner.solution.timing import most_households, time_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from random import Random

    from numpy.typing import NDArray

    from routeplan.planner.solution.solution import Solution

__all__ = ["complete", "mend"]

# What a household of a required village that nobody visits yet counts for, over any other.
REQUIRED_FIRST = 1e6


class _Candidate(NamedTuple):
    gain: float
    village: int
    position: int
    households: int


def complete(
    solution: Solution,
    shifts: Iterable[int] | None = None,
    rng: Random | None = None,
    *,
    stop: Callable[[], bool] = lambda: False,
) -> None:
    """Fill the shifts of a solution until nothing more fits, in place.

    Parameters
    ----------
    solution
        Keeps every rule before and after.
    shifts
        Which may be changed; all where left out. Fixed ones stay as they are.
    rng
        Shakes the gains a little, so that another call may choose otherwise.
    stop
        Asked before each visit whether to leave the rest unfilled.
    """
    every = range(len(solution.visits)) if shifts is None else shifts
    chosen = [shift for shift in every if shift not in solution.instance.fixed]
    fill(solution, chosen)
    offers = _Offers(solution, chosen, _shaken(solution, rng), stop)
    while not stop() and (found := offers.best()) is not None:
        shift, best = found
        order = solution.visits[shift]
        visit = Visit(best.village, best.households)
        solution.set_visits(shift, [*order[: best.position], visit, *order[best.position :]])
        offers.renew(shift)
    if not stop():
        fill(solution, chosen)


class _Offers:
    """The best candidate of each shift, the best of all of them first.

    What is taken elsewhere only ever lowers a gain, so an old gain is looked at anew no sooner than
    it is the largest; but where fewer households than a visit's fewest are left, a visit to those
    may fit where none did, and in the end all shifts are looked at anew. Empty shifts of a day that
    are alike have the same candidate: only the first of them is looked at.
    """

    def __init__(
        self,
        solution: Solution,
        shifts: list[int],
        shake: NDArray[np.float64],
        stop: Callable[[], bool],
    ) -> None:
        self._solution, self._shake = solution, shake
        self._heap: list[tuple[float, int]] = []
        self._candidates: dict[int, _Candidate] = {}
        # By village: the shifts whose candidate is a visit there.
        self._visiting: dict[int, set[int]] = defaultdict(set)
        self._stale: set[int] = set()
        self._looked: set[int] = set()
        self._has_rest = False
        alike: dict[object, list[int]] = defaultdict(list)
        for shift in reversed(shifts):
            alike[_kind(solution, shift)].append(shift)
        # By the first shift of those alike: the others, the last of them first.
        self._others = {others.pop(): others for others in alike.values()}
        for shift in self._others:
            if not stop():
                self._look(shift)

    def best(self) -> tuple[int, _Candidate] | None:
        """Return the shift with the best candidate, and that; None where nothing fits."""
        while self._heap or self._has_rest:
            if not self._heap:
                self._has_rest = False
                for shift in sorted(self._looked):
                    self._look(shift)
                continue
            _, shift = heappop(self._heap)
            if shift not in self._stale:
                return shift, self._candidates[shift]
            self._look(shift)
        return None

    def renew(self, shift: int) -> None:
        """Look at a shift that was given the visit of its candidate anew."""
        taken, others = self._candidates[shift], self._others.pop(shift, None)
        left = self._solution.left()[taken.village]
        self._has_rest |= bool(0 < left < self._solution.instance.fewest[taken.village])
        self._stale |= self._visiting.pop(taken.village)
        if others:
            after = others.pop()
            self._others[after] = others
            self._stale.add(after)
            self._offer(after, taken)
        self._look(shift)

    def _look(self, shift: int) -> None:
        self._stale.discard(shift)
        self._looked.add(shift)
        candidate = _best_candidate(self._solution, shift, self._shake)
        if candidate is not None:
            self._offer(shift, candidate)

    def _offer(self, shift: int, candidate: _Candidate) -> None:
        self._candidates[shift] = candidate
        self._visiting[candidate.village].add(shift)
        heappush(self._heap, (-candidate.gain, shift))


def _kind(solution: Solution, shift: int) -> object:
    """Return what empty shifts of the same candidate share; of another shift, itself."""
    day, team = solution.instance.shifts[shift], solution.instance.team(shift)
    pace = (team.vehicle, team.households_per_hour)
    kind = (solution.bounds(shift), day.day, pace, id(day.open))
    return shift if solution.visits[shift] else kind


def fill(solution: Solution, shifts: Iterable[int]) -> None:
    """Reach more households at the visits that are there, the best paid first, in place."""
    inst = solution.instance
    for shift in shifts:
        team = inst.shifts[shift].team
        order = solution.visits[shift]

        if not order:
            continue

        def pay(position: int, team: int = team, order: list[Visit] = order) -> float:
            village = order[position].village
            slow = inst.seconds_per_household[team, village]
            return -float(inst.weight[village]) / max(float(slow), 1e-9)

        for position in sorted(range(len(order)), key=pay):
            village, now = solution.visits[shift][position]
            room = int(min(inst.most[village], now + solution.left()[village]))
            if room <= now:
                continue
            visits = solution.visits[shift]
            most = most_households(inst, shift, solution.bounds(shift), visits, position, room)
            # A visit that reaches all or none may reach none, where it need only be made.
            if most > now and (not inst.whole[village] or most == inst.households[village]):
                changed = Visit(village, most)
                solution.set_visits(shift, [*visits[:position], changed, *visits[position + 1 :]])


def mend(solution: Solution) -> None:
    """Shrink and drop visits until every rule of a day and of a village holds, in place.

    Fixed shifts stay as they are: they keep every rule by themselves.
    """
    fixed = solution.instance.fixed
    free = [s for s, visits in enumerate(solution.visits) if visits and s not in fixed]
    for shift in free:
        _drop_repeats(solution, shift)
        while solution.times(shift) is None and solution.visits[shift]:
            _shrink_cheapest(solution, shift)
    order = sorted(free, key=lambda s: solution.instance.shifts[s].day)
    changed = True
    while changed:
        changed = False
        for shift in order:
            changed |= _keep_to_households(solution, shift)


def _best_candidate(
    solution: Solution, shift: int, shake: NDArray[np.float64]
) -> _Candidate | None:
    """Find the visit that pays best in a shift, with as many doors as fit."""
    return next(_candidates(solution, shift, shake), None)


def _candidates(solution: Solution, shift: int, shake: NDArray[np.float64]) -> Iterator[_Candidate]:
    """Yield visits that fit into a shift, those first that pay best."""
    inst = solution.instance
    left, fewest = solution.left(), solution.fewest(inst.shifts[shift].day)
    missing = solution.unvisited_required()
    allowed = inst.shifts[shift].open & ((left > 0) | missing) & (fewest <= left)
    allowed[[visit.village for visit in solution.visits[shift]]] = False
    if not allowed.any():
        return
    doors, spent = _room(solution, shift, np.minimum(left, inst.most))
    # A required village without households is worth its visit all the same.
    worth = np.maximum(doors, missing) * np.where(missing, REQUIRED_FIRST, 1.0)
    pays = worth * inst.weight * shake / np.maximum(spent, 1.0)
    gains = np.where(allowed & (doors >= np.maximum(fewest, 0)), pays, 0.0)
    while True:
        position, village = divmod(int(gains.argmax()), gains.shape[1])
        gain = float(gains[position, village])
        if gain <= 0:
            return
        gains[position, village] = 0.0
        visits = list(solution.visits[shift])
        visits.insert(position, Visit(village, 0))
        room = int(doors[position, village])
        most = most_households(inst, shift, solution.bounds(shift), visits, position, room)
        if most >= fewest[village] and (most > 0 or left[village] == 0):
            yield _Candidate(gain, village, position, most)


def _spare_seconds(
    solution: Solution, shift: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]]:
    """Estimate the time for doors that a visit of every village has at every position of a shift.

    The rest is left out of account, so it may be too much but never too little.

    Returns
    -------
    spare, way, detour
        Shape (positions, villages): seconds, below 0 where there are too few; whether there is a
        way within the drive limit; and the driving that a visit adds.
    """
    inst = solution.instance
    day, times = inst.shifts[shift], inst.travel(shift)
    ready, latest = _slack(solution, shift)
    at = [inst.at[visit.village] for visit in solution.visits[shift]]
    before = np.array([solution.start(shift), *at])
    after = np.array([*at, solution.ends[shift]])
    there, on = times.seconds[np.ix_(before, inst.at)], times.seconds[np.ix_(inst.at, after)].T
    way = times.reachable[np.ix_(before, inst.at)] & times.reachable[np.ix_(inst.at, after)].T
    detour = there + on - times.seconds[before, after][:, None]
    begin = np.maximum(ready[:, None] + there, day.opens)
    spare = np.minimum(latest[:, None] - on, day.closes) - begin - inst.setup
    if inst.drive_limit is not None:
        legs = times.seconds[before, after].sum()
        way &= detour + legs <= inst.drive_limit
    return spare, way, detour


def _room(
    solution: Solution, shift: int, most: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Estimate doors and time of every village at every position of a shift.

    Returns
    -------
    doors, spent
        Shape (positions, villages); doors are -1 where a visit does not fit, else may be too many
        but never too few.
    """
    inst = solution.instance
    spare, way, detour = _spare_seconds(solution, shift)
    slow = inst.seconds_per_household[inst.shifts[shift].team]
    # A hair is added against the rounding of the division; the exact doors are counted later.
    doors = np.where(slow > 0, (spare + 1e-6) // np.maximum(slow, 1e-9), most).astype(np.int64)
    doors = np.where(way & (spare >= 0), np.minimum(doors, most), -1)
    return doors, detour + inst.setup + doors * slow


def _slack(solution: Solution, shift: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the earliest readiness before, and the latest arrival after, every position."""
    inst = solution.instance
    day, drive, order = inst.shifts[shift], inst.drive(shift), solution.visits[shift]
    lasts = [
        int(inst.setup[v.village]) + inst.pace(shift, v.village).seconds(v.households)
        for v in order
    ]
    places = [
        solution.start(shift),
        *(int(inst.at[v.village]) for v in order),
        solution.ends[shift],
    ]
    legs = [drive[a][b] or 0 for a, b in itertools.pairwise(places)]
    ready, latest = [day.start], [day.end]
    for position, visit in enumerate(order):
        begin = max(ready[-1] + legs[position], int(day.opens[visit.village]))
        ready.append(begin + lasts[position])
    for position in range(len(order) - 1, -1, -1):
        closes = int(day.closes[order[position].village])
        latest.append(min(latest[-1] - legs[position + 1], closes) - lasts[position])
    return np.array(ready), np.array(latest[::-1])


def _shaken(solution: Solution, rng: Random | None) -> NDArray[np.float64]:
    count = len(solution.instance.villages)
    if rng is None:
        return np.ones(count)
    return np.array([rng.uniform(0.7, 1.3) for _ in range(count)])


def _drop_repeats(solution: Solution, shift: int) -> None:
    """Join repeated visits of one village into the first of them."""
    joined: dict[int, int] = {}
    for visit in solution.visits[shift]:
        most = int(solution.instance.most[visit.village])
        joined[visit.village] = min(joined.get(visit.village, 0) + visit.households, most)
    if len(joined) < len(solution.visits[shift]) or any(
        joined[v.village] != v.households for v in solution.visits[shift]
    ):
        solution.set_visits(shift, [Visit(*item) for item in joined.items()])


def _shrink_cheapest(solution: Solution, shift: int) -> None:
    inst = solution.instance
    visits = solution.visits[shift]
    position = min(
        range(len(visits)),
        key=lambda p: float(inst.weight[visits[p].village]) * visits[p].households,
    )
    village, now = visits[position]
    most = most_households(inst, shift, solution.bounds(shift), visits, position, now)
    least = int(solution.fewest(inst.shifts[shift].day)[village])
    kept = [Visit(village, most)] if most > 0 and most >= least else []
    solution.set_visits(shift, [*visits[:position], *kept, *visits[position + 1 :]])


def _keep_to_households(solution: Solution, shift: int) -> bool:
    """Drop or shrink visits of a shift that reach more than there are, or too few."""
    inst = solution.instance
    left, fewest = solution.left(), solution.fewest(inst.shifts[shift].day)
    kept: list[Visit] = []
    for visit in solution.visits[shift]:
        village = inst.villages[visit.village]
        reached = visit.households + min(int(left[visit.village]), 0)
        whole = village.partial or reached == village.households
        empty = reached <= 0 and village.households > 0
        if reached >= fewest[visit.village] and whole and not empty:
            kept.append(Visit(visit.village, reached))
    if kept == solution.visits[shift]:
        return False
    shorter = time_day(inst, shift, *solution.bounds(shift), kept)
    solution.set_visits(shift, kept if shorter else [])
    return True
