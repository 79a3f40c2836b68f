"""What one more team of each kind could reach in one village, with no other visit in all its days.

Nights are found forward from where the team starts and backward from its home, as the fewest nights
away in a row so far and from then on; what is in between is the day of the visit.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.planner.routes import DayRoute, Visit
from routeplan.planner.solution import most_households, seconds_with_rest
from routeplan.planner.solution.slack import ROUNDING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from routeplan.planner.instance import Instance

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

# Places to sleep at times travel times that are looked at for the shortest ways: some seconds.
MOST_TIMES = 2 * 10**8


class Trip(NamedTuple):
    """A day with one visit: a shift of a team of its kind, where it starts and ends."""

    households: int
    shift: int
    start: int
    end: int


class _ShiftTrips(NamedTuple):
    """The best trip of a shift to each of some villages; shapes are (villages,), -1 for none."""

    shift: int
    households: Floats
    start: Ints
    end: Ints


class _Nearest(NamedTuple):
    """For each number of nights the nearest place; shapes are (numbers,), (numbers, villages)."""

    nights: Floats
    position: Ints
    drive: Floats


class _Chain(NamedTuple):
    """The days of one team, where it may be between them, and nights away in a row until and from.

    Shapes are (places,) and (shifts, places); nights are inf where the team cannot be there.
    """

    shifts: range
    places: Ints
    before: Floats
    after: Floats


class TripFinder:
    """Trips of one more team, alike to one of an instance, which does not visit anything else."""

    def __init__(self, instance: Instance) -> None:
        self._inst = instance

    def best(self, villages: Ints, least: Ints, most: Ints) -> dict[int, Trip]:
        """Return by village the trip that reaches most, where that is at least so much.

        Shapes are (villages,).
        """
        found = list(self._trips(villages, self._direct, most, shortest=False))
        trips = {}
        for n, (village, fewest) in enumerate(zip(villages.tolist(), least.tolist(), strict=True)):
            candidates = [
                Trip(int(each.households[n]), each.shift, int(each.start[n]), int(each.end[n]))
                for each in found
                if each.households[n] >= fewest
            ]
            for trip in sorted(candidates, key=lambda trip: (-trip.households, trip.shift)):
                route = DayRoute(trip.start, trip.end, (Visit(village, 0),))
                households = most_households(self._inst, trip.shift, route, 0, trip.households)
                if households >= fewest:
                    trips[village] = trip._replace(households=households)
                    break
        return trips

    def shifts_reaching(self, village: int, least: int) -> Iterator[int]:
        """Yield the shifts in which a team that visits nothing else reaches so many households."""
        only = np.array([village])
        for trips in self._trips(only, self._direct, np.array([least]), shortest=False):
            if trips.households[0] >= least:
                yield trips.shift

    def may_reach(self, village: int, least: int) -> bool:
        """Return whether a team might reach so many, were it by way of any other villages.

        False is proven: visits on the way would take only longer.
        """
        inst = self._inst
        sleeps = len(inst.beds) + len(inst.problem.teams)
        if sleeps * len(inst.problem.places) ** 2 > MOST_TIMES:
            return True
        only = np.array([village])
        trips = self._trips(only, self._by_any_way, np.array([least]), shortest=True)
        return any(trips_of_shift.households[0] >= least for trips_of_shift in trips)

    def nearest(self) -> Iterator[tuple[int, Floats, Floats]]:
        """Yield shifts, and the driving to and from each village of a trip that nights allow.

        Not all trips are yielded. Shapes are (villages,), inf for no way.
        """
        inst, at = self._inst, self._inst.at
        for chain in self._direct:
            limit = inst.team(chain.shifts[0]).max_nights_away
            out, back = self._drives(chain, at, shortest=False)
            most = np.inf if limit is None else limit
            for n, shift in enumerate(chain.shifts):
                if shift in inst.fixed:
                    continue
                starts, ends = chain.before[n][:, None], chain.after[n][:, None]
                for first, last in ((np.inf, np.inf), (0, np.inf), (np.inf, 0)):
                    drives, nights = [], np.zeros(len(at))
                    for drive, away, allowed in ((out, starts, first), (back, ends, last)):
                        usable = np.where(np.isfinite(away) & (away <= allowed), drive, np.inf)
                        place = usable.argmin(axis=0)
                        drives.append(usable.min(axis=0))
                        nights += away[place, 0]
                    drives[0][~(nights <= most)] = np.inf
                    yield shift, drives[0], drives[1]

    @cached_property
    def _direct(self) -> list[_Chain]:
        return [self._chain(chain, shortest=False) for chain in self._kinds]

    @cached_property
    def _by_any_way(self) -> list[_Chain]:
        return [self._chain(chain, shortest=True) for chain in self._kinds]

    @cached_property
    def _kinds(self) -> list[range]:
        """The shifts of one team of each kind."""
        inst = self._inst
        kinds: dict[object, range] = {}
        for chain in inst.chains:
            team = inst.team(chain[0])
            days = [inst.shifts[shift] for shift in chain]
            hours = [(day.day, id(day.open), inst.households_per_hour(day.index)) for day in days]
            fixed = [(inst.fixed_ends.get(shift), shift in inst.fixed) for shift in chain]
            ends = (team.start, team.end, team.vehicle, team.max_nights_away)
            kinds.setdefault((ends, *hours, *fixed), chain)
        return list(kinds.values())

    def _chain(self, chain: range, *, shortest: bool) -> _Chain:
        inst, last = self._inst, len(chain) - 1
        home, origin = inst.home(chain[0]), inst.problem.index[inst.team(chain[0]).start]
        limit = inst.team(chain[0]).max_nights_away
        beds = [place for place, count in inst.beds.items() if count]
        fixed = [inst.fixed_ends[shift] for shift in chain if shift in inst.fixed_ends]
        places = np.unique(np.array([home, origin, *beds, *fixed], dtype=np.int64))
        drive = self._drive(chain[0], places, shortest=shortest)
        ways = [self._is_drivable(shift, places, drive) for shift in chain]
        nights = [self._nights(shift, places, [home, *beds]) for shift in chain]
        before, after = np.full((2, len(chain), len(places)), np.inf)
        before[0, places == origin] = 0
        for n in range(last):
            here = np.where(ways[n], before[n][:, None], np.inf).min(axis=0)
            before[n + 1] = np.where((places == home) & (here < np.inf), 0, here) + nights[n]
            if limit is not None:
                before[n + 1, before[n + 1] > limit] = np.inf
        after[last, places == home] = 0
        for n in reversed(range(last)):
            later = np.where(ways[n + 1], after[n + 1], np.inf).min(axis=1)
            after[n] = np.where((places == home) & (later < np.inf), 0, later) + nights[n]
        return _Chain(chain, places, before, after)

    def _drive(self, shift: int, places: Ints, *, shortest: bool) -> Floats:
        """Return the driving between places, shape (places, places), inf for no way."""
        if shortest:
            rows = [self._inst.shortest(shift, (p,), to=False)[places] for p in places.tolist()]
            return np.array(rows)
        times, cells = self._inst.travel(shift), np.ix_(places, places)
        return np.where(times.reachable[cells], times.seconds[cells], np.inf)

    def _is_drivable(self, shift: int, places: Ints, drive: Floats) -> NDArray[np.bool_]:
        """Return from where to where a team can go in a day."""
        inst, day = self._inst, self._inst.shifts[shift]
        if shift in inst.fixed:
            start, end = inst.pins.routes[shift][:2]
            is_fixed: NDArray[np.bool_] = (places == start)[:, None] & (places == end)
            return is_fixed
        most = day.end - day.start
        limit = most if inst.drive_limit is None else min(most, inst.drive_limit)
        is_near: NDArray[np.bool_] = drive <= limit
        return is_near

    def _nights(self, shift: int, places: Ints, sleeps: list[int]) -> Floats:
        """Return the nights away after a shift, shape (places,), inf where it cannot end."""
        inst, night = self._inst, self._inst.nights[shift]
        home = inst.home(shift)
        ends = [inst.fixed_ends[shift]] if shift in inst.fixed_ends else sleeps
        away = 0 if night is None else night.nights
        nights = np.where(np.isin(places, ends), float(away), np.inf)
        return np.where((places == home) & np.isin(home, ends), 0.0, nights)

    def _trips(
        self, villages: Ints, chains: list[_Chain], most: Ints, *, shortest: bool
    ) -> Iterator[_ShiftTrips]:
        """Yield for each shift the trip to each village that reaches most, up to a number."""
        inst, at = self._inst, self._inst.at[villages]
        for chain in chains:
            there, back = self._drives(chain, at, shortest=shortest)
            nights_away = inst.team(chain.shifts[0]).max_nights_away
            for n, shift in enumerate(chain.shifts):
                if shift in inst.fixed:
                    continue
                starts = _nearest_by_nights(chain.before[n], there)
                ends = _nearest_by_nights(chain.after[n], back)
                nights = starts.nights[:, None] + ends.nights
                possible = nights <= (np.inf if nights_away is None else nights_away)
                first, last = np.nonzero(possible)
                drives = starts.drive[first], ends.drive[last]
                driven = drives[0] + drives[1]
                seconds = self._service_seconds(shift, villages, drives, shortest=shortest)
                is_possible = (seconds >= -ROUNDING) & inst.shifts[shift].open[villages]
                is_possible &= driven <= (np.inf if inst.drive_limit is None else inst.drive_limit)
                slow = np.maximum(inst.seconds_per_household[shift, villages], 1e-9)
                households = np.minimum((np.maximum(seconds, 0) + ROUNDING) // slow, most)
                values = np.where(is_possible, households, -1.0)
                if not len(values):
                    continue
                # Of those that reach as much, the one that drives least.
                ties = np.where(values == values.max(axis=0), driven, np.inf)
                best = ties.argmin(axis=0), np.arange(len(villages))
                yield _ShiftTrips(
                    shift,
                    values[best],
                    chain.places[starts.position[first[best[0]], best[1]]],
                    chain.places[ends.position[last[best[0]], best[1]]],
                )

    def _drives(self, chain: _Chain, at: Ints, *, shortest: bool) -> tuple[Floats, Floats]:
        """Return the driving to and from places, shapes (places of the chain, places)."""
        inst, shift = self._inst, chain.shifts[0]
        if shortest:
            there = [inst.shortest(shift, (p,), to=True)[chain.places] for p in at.tolist()]
            back = [inst.shortest(shift, (p,), to=False)[chain.places] for p in at.tolist()]
            return np.array(there).T, np.array(back).T
        times = inst.travel(shift)
        out, home = np.ix_(chain.places, at), np.ix_(at, chain.places)
        return (
            np.where(times.reachable[out], times.seconds[out], np.inf),
            np.where(times.reachable[home], times.seconds[home], np.inf).T,
        )

    def _service_seconds(
        self, shift: int, villages: Ints, drives: tuple[Floats, Floats], *, shortest: bool
    ) -> Floats:
        """Return the time for doors, shape (ways there and back, villages), below 0 for too few."""
        there, back = drives
        inst, day = self._inst, self._inst.shifts[shift]
        opens, closes = day.opens[villages], day.closes[villages]
        arrive, leave = day.start + there, day.end - back
        seconds: Floats
        if shortest:
            # The rest may be on the way.
            lasts = np.minimum(leave, closes) - np.maximum(arrive, opens)
            seconds = np.minimum(lasts, leave - arrive - inst.rest)
        else:
            seconds = seconds_with_rest(inst, arrive, leave, (opens, closes))  # type: ignore[arg-type,assignment]  # no way is inf
        return np.where(np.isnan(seconds), -np.inf, seconds) - inst.setup[villages]


def _nearest_by_nights(nights: Floats, drive: Floats) -> _Nearest:
    """Return the places that no other is before in nights and in driving, for each village.

    Shapes are (places,) and (places, villages).
    """
    numbers = np.unique(nights[np.isfinite(nights)])
    position = np.zeros((len(numbers), drive.shape[1]), dtype=np.int64)
    for n, number in enumerate(numbers):
        alike = np.flatnonzero(nights == number)
        position[n] = alike[drive[alike].argmin(axis=0)]
    return _Nearest(numbers, position, np.take_along_axis(drive, position, axis=0))
