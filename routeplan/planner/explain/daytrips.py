"""What one crew can reach of one village on one day: there, setup, doors, rest, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from routeplan.planner.instance import Instance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from routeplan.model.problem import Problem

__all__ = ["day_trips"]


def day_trips(problem: Problem, team: str, trips: Sequence[tuple[str, str]]) -> NDArray[np.int64]:
    """Return the households that a crew can reach at each village in a day with no other stop.

    Parameters
    ----------
    problem
        What is asked.
    team
        Id of the crew.
    trips
        Ids of the places where the day begins and ends. Whether there are beds is not asked.

    Returns
    -------
    numpy.ndarray
        Shape (trips, villages): on the day of the crew that is best for it; 0 where the least that
        a visit may reach cannot be reached.
    """
    instance = Instance(problem)
    starts, ends = (
        np.array([problem.index[trip[side]] for trip in trips], dtype=np.int64) for side in (0, 1)
    )
    best = np.zeros((len(trips), len(problem.villages)), dtype=np.int64)
    known: set[object] = set()
    for shift in instance.shifts:
        # Days with the same hours everywhere bring the same.
        kind = (shift.start, shift.end, *(a.tobytes() for a in (shift.opens, shift.closes)))
        if instance.team(shift.index).id == team and (kind, shift.open.tobytes()) not in known:
            known.add((kind, shift.open.tobytes()))
            np.maximum(best, _most(instance, shift.index, starts, ends), out=best)
    return best


def _most(
    instance: Instance, number: int, starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.int64]:
    shift, times, at = instance.shifts[number], instance.travel(number), instance.at
    there, back = times.seconds[np.ix_(starts, at)], times.seconds[np.ix_(at, ends)].T
    possible = times.reachable[np.ix_(starts, at)] & times.reachable[np.ix_(at, ends)].T
    possible &= shift.open
    if instance.drive_limit is not None:
        possible &= there + back <= instance.drive_limit
    arrive, leave, rest = shift.start + there, shift.end - back, instance.rest
    first = np.minimum(shift.closes, leave) - np.maximum(arrive + rest, shift.opens)
    last = np.minimum(shift.closes, leave - rest) - np.maximum(arrive, shift.opens)
    room = np.maximum(first, last) - instance.setup
    doors = np.zeros_like(room)
    for village, most in enumerate(instance.max_households.tolist()):
        pace = instance.pace(number, village)
        doors[:, village] = [pace.households(int(seconds), most) for seconds in room[:, village]]
    least = np.minimum(np.maximum(instance.min_households, 1), instance.households)
    least[instance.whole] = instance.households[instance.whole]
    return np.where(possible & (doors >= least), doors, 0)
