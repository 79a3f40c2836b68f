"""Driving and service times as the planner looks them up, free of rounding errors."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.model.objective import exact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from routeplan.model.problem import Village
    from routeplan.model.travel import TravelTimes

# Travel times that are added up at once.
BLOCK = 1 << 20
# Places that others are looked for from together.
NEAR = 64


class Pace(NamedTuple):
    """Service time as an exact ratio: `households` take ceil(households · num / den) seconds.

    The ratio is that of the decimals as they are written, so that 20 households an hour at pace
    1.1 are exactly 22.
    """

    num: int
    den: int

    def seconds(self, households: int) -> int:
        """Return the time that so many households take."""
        return -(-households * self.num // self.den)

    def households(self, seconds: int, most: int) -> int:
        """Return how many households fit into a time, at most `most`."""
        if seconds < 0:
            return 0
        return most if self.num == 0 else min(most, seconds * self.den // self.num)

    def rounded(self, most: int) -> Pace:
        """Return the ratio of small terms that gives the same times for up to `most` households.

        It is the least ratio, not below this one, with a denominator of at most `most`; 0 where
        that is 0.
        """
        if not most:
            return Pace(0, 1)
        ratio = Fraction(self.num, self.den)
        near = ratio.limit_denominator(most)
        num, den = near.as_integer_ratio()
        if near < ratio:
            # The next fraction in the Farey sequence.
            after = -pow(num, -1, den) % den
            after += (most - after) // den * den
            num, den = (num * after + 1) // den, after
        return Pace(num, den)


def outward(bound: Fraction) -> float:
    """Return the least double that is not below a bound as the decimals of both are written."""
    double = float(bound)
    return double if exact(double) >= bound else math.nextafter(double, math.inf)


class DriveTimes:
    """Travel times as plain numbers by origin and destination, None where there is no way.

    The matrices are not copied: as Python objects, those of large problems would take gigabytes.
    """

    __slots__ = ("_reachable", "_seconds")

    def __init__(self, times: TravelTimes) -> None:
        self._seconds = times.seconds.data
        self._reachable = times.reachable.data

    def __getitem__(self, leg: tuple[int, int]) -> int | None:
        return self._seconds[leg] if self._reachable[leg] else None


def nearest(
    times: TravelTimes, places: tuple[int, ...], *, to: bool
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the times from, or `to`, the nearest of some places, inf for no way; and which it is.

    Both have an element for each place of the problem; places are given by their positions.
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

    Times made on roads are shortest already; those that people bring may not be. Labels are
    corrected (Bellman 1958, Moore 1959) until none gets smaller. A way may lead through the places
    `middle`; for the others see `nearest`.
    """
    best = np.full(len(times), np.inf)
    best[list(places)] = 0.0
    changed = np.array(sorted(places), dtype=np.int64)
    while len(changed):
        before = best.copy()
        for part in np.array_split(changed, -(-len(changed) * len(times) // BLOCK)):
            cells = (slice(None), part) if to else (part, slice(None))
            offset = before[part] if to else before[part, None]
            by_way = np.where(times.reachable[cells], times.seconds[cells] + offset, np.inf)
            np.minimum(best, by_way.min(axis=1 if to else 0), out=best)
        changed = middle[best[middle] < before[middle]]
    return best


def most_per_visit(village: Village) -> int:
    """Return how many households one visit may reach."""
    if village.max_share_per_visit == 1:
        return village.households
    share = exact(village.max_share_per_visit) * village.households
    return -(-share.numerator // share.denominator)


def paces_of(households_per_hour: float | None, villages: Sequence[Village]) -> list[Pace]:
    """Return the pace of a team in each village."""
    if households_per_hour is None:
        return [Pace(0, 1)] * len(villages)
    paces: dict[float, Pace] = {}
    for village in villages:
        if village.pace not in paces:
            ratio = 3600 / (exact(households_per_hour) * exact(village.pace))
            paces[village.pace] = Pace(ratio.numerator, ratio.denominator)
    return [paces[village.pace] for village in villages]


def within(
    times: TravelTimes,
    places: tuple[int, ...],
    others: tuple[int, ...],
    middle: NDArray[np.int64],
    *,
    limit: int,
    to: bool,
) -> tuple[int, ...]:
    """Return which others are so near from, or `to`, any of some places, by way of `middle` too.

    No visit is timed on the way, so that these may be too many, but never too few.
    """
    if not places:
        return ()
    reachable, driving = times.reachable, times.seconds
    if not to:
        reachable, driving = reachable.T, driving.T
    missing = np.array(others, dtype=np.int64)
    # Mostly all are near to the first place, which is a base.
    for first in range(0, len(places), NEAR):
        cells = np.ix_(missing, np.array(places[first : first + NEAR]))
        missing = missing[~(reachable[cells] & (driving[cells] <= limit)).any(axis=1)]
        if not len(missing):
            return others
    # From those that no road leads to, none leads on to others either.
    has_way = reachable[missing][:, np.unique(np.concatenate([middle, places]))].sum(axis=1)
    far = missing
    if (has_way > np.isin(missing, middle)).any():
        far = missing[shortest(times, places, middle, to=to)[missing] > limit]
    too_far = set(far.tolist())
    return tuple(place for place in others if place not in too_far)
