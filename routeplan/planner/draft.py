"""A plan in the making: orders of visits by shift, and where each shift ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from routeplan.planner.timing import drive_seconds, time_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from routeplan.planner.instance import Instance, Visit
    from routeplan.planner.timing import DayTimes

__all__ = ["Draft"]


class Draft:
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
        self.reached_on: NDArray[np.int64] = np.zeros(shape, dtype=np.int64)
        self.visit_counts: NDArray[np.int64] = np.zeros(len(instance.villages), dtype=np.int64)
        for shift in instance.shifts:
            self._count(shift.index, 1)

    def copy(self) -> Draft:
        """Return a draft that can be changed apart from this one."""
        return Draft(self.instance, self.ends, self.visits)

    def start(self, shift: int) -> int:
        """Return the position of the place where a shift starts."""
        if self.instance.first(shift):
            return self.instance.problem.index[self.instance.team(shift).start]
        return self.ends[shift - 1]

    def bounds(self, shift: int) -> tuple[int, int]:
        """Return where a shift starts and ends."""
        return self.start(shift), self.ends[shift]

    def times(self, shift: int) -> DayTimes | None:
        """Time a shift; None where it cannot be kept."""
        return time_day(self.instance, shift, *self.bounds(shift), self.visits[shift])

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
        left: NDArray[np.int64] = self.instance.households - self.reached_on.sum(axis=0)
        return left

    def fewest(self, day: int) -> NDArray[np.int64]:
        """Shape (villages,): the least that a visit on a day may reach."""
        inst = self.instance
        left: NDArray[np.int64] = inst.households - self.reached_on[:day].sum(axis=0)
        return np.where(inst.whole, inst.households, np.minimum(inst.fewest, left))

    def unvisited_required(self) -> NDArray[np.bool_]:
        """Shape (villages,): whether a visit must be made there and none is."""
        unvisited: NDArray[np.bool_] = self.instance.required & (self.visit_counts == 0)
        return unvisited

    def score(self) -> tuple[int, float, int]:
        """Return what a plan is judged by, the larger the better.

        Required villages visited come first, then weighted households, then the least driving.
        """
        missing = int(self.unvisited_required().sum())
        weighted = float(self.reached_on.sum(axis=0) @ self.instance.weight)
        return -missing, weighted, -self.drive_seconds()

    def drive_seconds(self) -> int:
        """Return the driving of all shifts that can be driven."""
        return sum(
            drive_seconds(self.instance, s, *self.bounds(s), self.visits[s]) or 0
            for s in range(len(self.visits))
        )

    def _count(self, shift: int, sign: int) -> None:
        day = self.instance.shifts[shift].day
        for village, households in self.visits[shift]:
            self.reached_on[day, village] += sign * households
            self.visit_counts[village] += sign
