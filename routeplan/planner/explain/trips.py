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

# Places to sleep at times travel times that are looked at for the shortest ways: some seconds.
MOST_TIMES = 2 * 10**8


class Trip(NamedTuple):
    """A day with one visit: a shift of a team of its kind, where it starts and ends."""

    households: int
    shift: int
    start: int
    end: int


class _Chain(NamedTuple):
    """The days of one team, where it may be between them, and nights away in a row until and from.

    Shapes are (places,) and (shifts, places); nights are inf where the team cannot be there.
    """

    shifts: range
    places: NDArray[np.int64]
    before: Floats
    after: Floats


class TripFinder:
    """Trips of one more team, alike to one of an instance, which does not visit anything else."""

    def __init__(self, instance: Instance) -> None:
        self._inst = instance

    def best(self, village: int, least: int, most: int) -> Trip | None:
        """Return the trip that reaches most, where that is at least so much; None for none."""
        found = self._trips(village, self._direct, most, shortest=False)
        for trip in sorted(found, key=lambda trip: (-trip.households, trip.shift)):
            if trip.households < least:
                return None
            route = DayRoute(trip.start, trip.end, (Visit(village, 0),))
            households = most_households(self._inst, trip.shift, route, 0, trip.households)
            if households >= least:
                return trip._replace(households=households)
        return None

    def may_reach(self, village: int, least: int) -> bool:
        """Return whether a team might reach so many, were it by way of any other villages.

        False is proven: visits on the way would take only longer.
        """
        inst = self._inst
        sleeps = len(inst.beds) + len(inst.problem.teams)
        if sleeps * len(inst.problem.places) ** 2 > MOST_TIMES:
            return True
        trips = self._trips(village, self._by_any_way, least, shortest=True)
        return any(trip.households >= least for trip in trips)

    def nearest(self) -> Iterator[tuple[int, Floats, Floats]]:
        """Yield shifts, and the driving to and from each village of a trip that nights allow.

        Not all trips are yielded. Shapes are (villages,), inf for no way.
        """
        inst, at = self._inst, self._inst.at
        for chain in self._direct:
            times, limit = inst.travel(chain.shifts[0]), inst.team(chain.shifts[0]).max_nights_away
            cells = np.ix_(chain.places, at), np.ix_(at, chain.places)
            out = np.where(times.reachable[cells[0]], times.seconds[cells[0]], np.inf)
            back = np.where(times.reachable[cells[1]], times.seconds[cells[1]], np.inf).T
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

    def _drive(self, shift: int, places: NDArray[np.int64], *, shortest: bool) -> Floats:
        """Return the driving between places, shape (places, places), inf for no way."""
        if shortest:
            rows = [self._inst.shortest(shift, (p,), to=False)[places] for p in places.tolist()]
            return np.array(rows)
        times, cells = self._inst.travel(shift), np.ix_(places, places)
        return np.where(times.reachable[cells], times.seconds[cells], np.inf)

    def _is_drivable(
        self, shift: int, places: NDArray[np.int64], drive: Floats
    ) -> NDArray[np.bool_]:
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

    def _nights(self, shift: int, places: NDArray[np.int64], sleeps: list[int]) -> Floats:
        """Return the nights away after a shift, shape (places,), inf where it cannot end."""
        inst, night = self._inst, self._inst.nights[shift]
        home = inst.home(shift)
        ends = [inst.fixed_ends[shift]] if shift in inst.fixed_ends else sleeps
        away = 0 if night is None else night.nights
        nights = np.where(np.isin(places, ends), float(away), np.inf)
        return np.where((places == home) & np.isin(home, ends), 0.0, nights)

    def _trips(
        self, village: int, chains: list[_Chain], most: int, *, shortest: bool
    ) -> Iterator[Trip]:
        """Yield for each shift the trip that reaches most, up to a number."""
        inst, at = self._inst, int(self._inst.at[village])
        for chain in chains:
            times, limit = inst.travel(chain.shifts[0]), inst.team(chain.shifts[0]).max_nights_away
            places = chain.places
            if shortest:
                there = inst.shortest(chain.shifts[0], (at,), to=True)[places]
                back = inst.shortest(chain.shifts[0], (at,), to=False)[places]
            else:
                there = np.where(times.reachable[places, at], times.seconds[places, at], np.inf)
                back = np.where(times.reachable[at, places], times.seconds[at, places], np.inf)
            driven = there[:, None] + back
            for n, shift in enumerate(chain.shifts):
                if shift in inst.fixed or not inst.shifts[shift].open[village]:
                    continue
                nights = chain.before[n][:, None] + chain.after[n]
                possible = nights <= (np.finfo(float).max if limit is None else limit)
                possible &= driven <= (
                    np.finfo(float).max if inst.drive_limit is None else inst.drive_limit
                )
                seconds = self._service_seconds(shift, village, (there, back), shortest=shortest)
                possible &= seconds >= -ROUNDING
                if not possible.any():
                    continue
                slow = max(float(inst.seconds_per_household[shift, village]), 1e-9)
                households = np.minimum((np.maximum(seconds, 0) + ROUNDING) // slow, most)
                values = np.where(possible, households, -1.0)
                # Of those that reach as much, the one that drives least.
                ties = np.where(values == values.max(), driven, np.inf)
                start, end = divmod(int(ties.argmin()), len(places))
                yield Trip(int(values.max()), shift, int(places[start]), int(places[end]))

    def _service_seconds(
        self, shift: int, village: int, drives: tuple[Floats, Floats], *, shortest: bool
    ) -> Floats:
        """Return the time for doors, shape (starts, ends), below 0 for too few."""
        there, back = drives
        inst, day = self._inst, self._inst.shifts[shift]
        opens, closes = float(day.opens[village]), float(day.closes[village])
        arrive, leave = day.start + there[:, None], day.end - back
        seconds: Floats
        if shortest:
            # The rest may be on the way.
            lasts = np.minimum(leave, closes) - np.maximum(arrive, opens)
            seconds = np.minimum(lasts, leave - arrive - inst.rest)
        else:
            hours = np.array(opens), np.array(closes)
            seconds = seconds_with_rest(inst, arrive, leave, hours)  # type: ignore[arg-type,assignment]  # no way is inf
        return np.where(np.isnan(seconds), -np.inf, seconds) - float(inst.setup[village])
