"""Travel times as the planner looks them up: one by one, from the nearest place, the shortest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from routeplan.model.travel import TravelTimes

__all__ = ["Row", "Rows", "is_metric", "nearest", "shortest"]

# Travel times that are added up at once.
BLOCK = 1 << 20
# Of more places than this, ways by way of another are not looked at: that takes seconds, and days
# of so many villages cannot be priced anyhow. And so many rows at once, which a cache holds.
MOST_BY_WAY, ROWS = 1500, 64


class Row:
    """Travel times from one place as plain numbers, None for no way.

    Made where they are looked up: all of a large problem would take gigabytes.
    """

    __slots__ = ("_seconds", "_way")

    def __init__(self, times: TravelTimes, place: int) -> None:
        self._seconds = memoryview(times.seconds[place])
        self._way = memoryview(times.reachable[place])

    def __getitem__(self, place: int) -> int | None:
        return self._seconds[place] if self._way[place] else None


class Rows(dict[int, Row]):
    """Rows by the position of the place, made when they are first asked for."""

    def __init__(self, times: TravelTimes) -> None:
        super().__init__()
        self._times = times

    def __missing__(self, place: int) -> Row:
        self[place] = row = Row(self._times, place)
        return row


def nearest(
    times: TravelTimes, places: tuple[int, ...], *, to: bool
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the times from, or to, the nearest of some places, inf for no way; and which it is.

    Parameters
    ----------
    times
        Of one vehicle.
    places
        Positions of the places, one of which is chosen.
    to
        Whether they are where the drive ends, and not where it starts.

    Returns
    -------
    seconds, chosen
        Shape (places,): from or to each place of the problem, and the position of the nearest.
    """
    chosen = list(places)
    cells = (slice(None), chosen) if to else (chosen, slice(None))
    seconds = np.where(times.reachable[cells], times.seconds[cells], np.inf)
    axis = 1 if to else 0
    return seconds.min(axis=axis), np.array(chosen)[seconds.argmin(axis=axis)]


def shortest(
    times: TravelTimes, places: tuple[int, ...], middle: NDArray[np.int64], *, to: bool
) -> NDArray[np.float64]:
    """Return the same times, but by way of others where that is shorter.

    Times by way of a place that got shorter are looked at again, until none does.

    Parameters
    ----------
    times, places, to
        See `nearest`.
    middle
        Positions of the places that a way may lead through.
    """
    best = np.full(len(times), np.inf)
    best[list(places)] = 0.0
    changed = np.array(sorted(places), dtype=np.int64)
    while len(changed):
        before = best.copy()
        for part in np.array_split(changed, -(-len(changed) * len(times) // BLOCK)):
            cells = (slice(None), part) if to else (part, slice(None))
            known = before[part] if to else before[part, None]
            by_way = np.where(times.reachable[cells], times.seconds[cells] + known, np.inf)
            np.minimum(best, by_way.min(axis=1 if to else 0), out=best)
        changed = middle[best[middle] < before[middle]]
    return best


def is_metric(
    times: TravelTimes, middle: NDArray[np.int64], stop: Callable[[], bool] = lambda: False
) -> bool:
    """Tell whether it is known that no way is shorter, or is a way at all, by way of another place.

    Parameters
    ----------
    times
        Of one vehicle; of very many places it is not known.
    middle
        Positions of the places that a way may lead through.
    stop
        Asked now and then whether to leave it unknown.
    """
    if len(times) > MOST_BY_WAY:
        return False
    longest = int(times.seconds.max())
    kind = np.int32 if 4 * longest + 2 <= np.iinfo(np.int32).max else np.int64
    # No way is longer than any by way of another place, and two of them are longer still.
    seconds: NDArray[np.signedinteger[Any]] = np.where(
        times.reachable, times.seconds, 2 * longest + 1
    ).astype(kind)
    by_way = np.empty((ROWS, len(times)), dtype=kind)
    for first in range(0, len(times), ROWS):
        rows = seconds[first : first + ROWS]
        best, way = rows.copy(), by_way[: len(rows)]
        for place in middle:
            np.add(rows[:, place, None], seconds[place], out=way)
            np.minimum(best, way, out=best)
        if stop() or (best < rows).any():
            return False
    return True
