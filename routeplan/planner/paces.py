"""Door time and shares of households by the decimals that are written, without rounding errors."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routeplan.model.problem import Village

__all__ = ["Pace", "decimal", "most_at_once", "paces_of"]


class Pace(NamedTuple):
    """Door time as an exact ratio: `households` doors take ceil(households · num / den) seconds.

    The ratio is that of the decimals as they are written, so that 20 doors an hour at pace 1.1 are
    22 and not a hair more.
    """

    num: int
    den: int

    def seconds(self, households: int) -> int:
        """Return the time at that many doors."""
        return -(-households * self.num // self.den)

    def households(self, seconds: int, most: int) -> int:
        """Return how many doors fit into a time, `most` at the most."""
        if seconds < 0:
            return 0
        return most if self.num == 0 else min(most, seconds * self.den // self.num)

    def rounded(self, most: int) -> Pace:
        """Return the ratio of small terms that gives the same times at up to that many doors.

        It is the least one, not below this, of which the denominator is at most so many; 0 where
        there are no doors.
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


def decimal(value: float) -> Fraction:
    """Return a number as it is written: 1.1 is 11/10."""
    return Fraction(repr(float(value)))


def most_at_once(village: Village) -> int:
    """Return how many households one visit may reach."""
    if village.max_share_per_visit == 1:
        return village.households
    share = decimal(village.max_share_per_visit) * village.households
    return -(-share.numerator // share.denominator)


def paces_of(households_per_hour: float | None, villages: Sequence[Village]) -> list[Pace]:
    """Return how long doors take in each village at a team's pace."""
    if households_per_hour is None:
        return [Pace(0, 1)] * len(villages)
    known: dict[float, Pace] = {}
    for village in villages:
        if village.pace not in known:
            ratio = 3600 / (decimal(households_per_hour) * decimal(village.pace))
            known[village.pace] = Pace(ratio.numerator, ratio.denominator)
    return [known[village.pace] for village in villages]
