"""A plan in the making: orders of visits by shift, and where each shift ends."""

from __future__ import annotations

from copy import copy
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from routeplan.planner.solution.timing import time_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from routeplan.planner.instance import Instance, Visit
    from routeplan.planner.solution.timing import DayTimes

__all__ = ["Solution"]


class Solution:
    """Visits and night places, changed in place while a plan is searched.

    Parameters
    ----------
    instance
        What is planned.
    ends
        Position of the place where each shift ends.
    visits
        Each shift's visits in their order; none where left out.
    """

    def __init__(
        self,
        instance: Instance,
        ends: Sequence[int],
        visits: Iterable[Sequence[Visit]] | None = None,
    ) -> None:
        self.instance = instance
        self.ends = list(ends)
        self.visits = [list(v) for v in visits] if visits else [[] for _ in instance.shifts]
        shape = (len(instance.problem.days), len(instance.villages))
        villages, households = self._stops()
        days = np.array([shift.day for shift in instance.shifts], dtype=np.int64)
        self.reached_on: NDArray[np.int64] = np.zeros(shape, dtype=np.int64)
        np.add.at(self.reached_on, (np.repeat(days, self._counts()), villages), households)
        self.reached: NDArray[np.int64] = self.reached_on.sum(axis=0)
        self.visit_counts: NDArray[np.int64] = np.bincount(villages, minlength=shape[1])
        # By day, as long as no visit changes.
        self._fewest: dict[int, NDArray[np.int64]] = {}
        # By shift: the ends and visits that were timed last, and their times.
        self._timed: dict[int, tuple[object, DayTimes | None]] = {}

    def copy(self) -> Solution:
        """Return a solution that can be changed apart from this one."""
        twin = copy(self)
        twin.ends, twin.visits = list(self.ends), [list(visits) for visits in self.visits]
        twin.reached_on, twin.reached = self.reached_on.copy(), self.reached.copy()
        twin.visit_counts = self.visit_counts.copy()
        twin._fewest, twin._timed = {}, dict(self._timed)  # noqa: SLF001  # its own
        return twin

    def remember(self, other: Solution) -> None:
        """Take over the times of another solution; they hold where days are alike."""
        self._timed = {**other._timed, **self._timed}

    def start(self, shift: int) -> int:
        """Return the position of the place where a shift starts."""
        origin = self.instance.origins[shift]
        return self.ends[shift - 1] if origin is None else origin

    def bounds(self, shift: int) -> tuple[int, int]:
        """Return where a shift starts and ends."""
        return self.start(shift), self.ends[shift]

    def times(self, shift: int) -> DayTimes | None:
        """Time a shift; None where it cannot be kept."""
        day = (*self.bounds(shift), tuple(self.visits[shift]))
        known = self._timed.get(shift)
        if known is None or known[0] != day:
            known = day, time_day(self.instance, shift, *day)
            self._timed[shift] = known
        return known[1]

    def is_kept(self) -> bool:
        """Tell whether every shift can be kept."""
        return all(self.times(shift.index) is not None for shift in self.instance.shifts)

    def set_visits(self, shift: int, visits: Sequence[Visit]) -> None:
        """Give a shift other visits."""
        self._count(shift, -1)
        self.visits[shift] = list(visits)
        self._count(shift, 1)

    def left(self) -> NDArray[np.int64]:
        """Shape (villages,): households that no visit reaches."""
        left: NDArray[np.int64] = self.instance.households - self.reached
        return left

    def fewest(self, day: int) -> NDArray[np.int64]:
        """Shape (villages,): the least that a visit on a day may reach."""
        inst = self.instance
        if day not in self._fewest:
            left = inst.households - self.reached_on[:day].sum(axis=0)
            least = np.where(inst.whole, inst.households, np.minimum(inst.fewest, left))
            self._fewest[day] = least
        return self._fewest[day]

    def unvisited_required(self) -> NDArray[np.bool_]:
        """Shape (villages,): whether a visit must be made there and none is."""
        unvisited: NDArray[np.bool_] = self.instance.required & (self.visit_counts == 0)
        return unvisited

    def score(self) -> tuple[int, float, int]:
        """Return what a plan is judged by, the larger the better.

        Required villages visited come first, then weighted households, then the least driving.
        """
        missing = int(self.unvisited_required().sum())
        weighted = float(self.reached @ self.instance.weight)
        return -missing, weighted, -self.drive_seconds()

    def drive_seconds(self) -> int:
        """Return the driving of all shifts that can be driven."""
        inst, counts = self.instance, self._counts()
        shift = np.arange(len(counts))
        stops, before = inst.at[self._stops()[0]], np.cumsum(counts) - counts
        # The legs of all shifts, one after the other: each has one more than it has stops.
        origins = np.insert(stops, before, [self.start(s) for s in shift.tolist()])
        targets = np.insert(stops, before + counts, self.ends)
        seconds, way = inst.legs(np.repeat(shift, counts + 1), origins, targets)
        driven = np.add.reduceat(seconds, before + shift)
        drivable = np.logical_and.reduceat(way, before + shift)
        if inst.drive_limit is not None:
            drivable &= driven <= inst.drive_limit
        return int(driven[drivable].sum())

    def _counts(self) -> NDArray[np.int64]:
        """Shape (shifts,): how many visits each has."""
        return np.array([len(visits) for visits in self.visits], dtype=np.int64)

    def _stops(self) -> NDArray[np.int64]:
        """Shape (2, visits): villages and households of all visits, shift by shift."""
        flat = chain.from_iterable(chain.from_iterable(self.visits))
        return np.fromiter(flat, dtype=np.int64).reshape(-1, 2).T

    def _count(self, shift: int, sign: int) -> None:
        day = self.instance.shifts[shift].day
        self._fewest.clear()
        for village, households in self.visits[shift]:
            self.reached_on[day, village] += sign * households
            self.reached[village] += sign * households
            self.visit_counts[village] += sign
