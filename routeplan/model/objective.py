"""What a plan is worth: the sum that the planner maximizes, and the announced visits that it keeps.

Numbers count as the decimals that are written, so that sums come out as by hand.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from routeplan.model.plan import Tour
    from routeplan.model.problem import Announced, Problem, Village

__all__ = ["exact", "gap_percent", "kept_visits", "least_households", "objective_of"]


def gap_percent(objective: float, bound: float) -> float:
    """Return by how many percent a plan may be better than one with this objective.

    Examples
    --------
    >>> gap_percent(200.0, 205.0)
    2.5
    """
    return max(100 * (bound - objective) / max(objective, 1e-9), 0.0)


def exact(number: float) -> Fraction:
    """Return the decimal number that is written, not its binary approximation.

    Examples
    --------
    >>> exact(0.1) * 30 == 3
    True
    """
    return Fraction(repr(float(number)))


def objective_of(problem: Problem, tours: Sequence[Tour]) -> float:
    """Return weighted households + bonuses of announced visits that are kept - costs of driving.

    Stops at places without a village count for nothing.

    Examples
    --------
    >>> objective_of(problem, plan.tours) == plan.summary.objective
    True
    """
    villages = problem.village_at
    total = Fraction(0)
    for tour in tours:
        for stop in tour.stops:
            if stop.place in villages:
                total += stop.households * exact(villages[stop.place].weight)
    total += sum(exact(announced.bonus) for announced in kept_visits(problem, tours))
    driven = sum(tour.drive_seconds for tour in tours)
    return float(total - exact(problem.rules.drive_hour_worth) * driven / 3600)


def kept_visits(problem: Problem, tours: Iterable[Tour]) -> tuple[Announced, ...]:
    """Return the announced visits that are kept, in the problem's order.

    One is kept where its team visits its place on its day and reaches at least the village's least
    households (see `least_households`), and at least one.
    """
    if not problem.announced:
        return ()
    most: dict[tuple[str, int, str], int] = {}
    by_day: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for tour in tours:
        for stop in tour.stops:
            visit = tour.team, tour.day, stop.place
            most[visit] = max(stop.households, most.get(visit, stop.households))
            by_day[stop.place][tour.day] += stop.households

    def is_kept(announced: Announced) -> bool:
        village = problem.village_at[announced.place]
        reached = most.get(announced.visit)
        least = least_households(village, by_day[village.place], announced.day)
        return reached is not None and reached >= max(1, least)

    return tuple(filter(is_kept, problem.announced))


def least_households(village: Village, reached_on: Mapping[int, int], day: int) -> int:
    """Return the fewest households that a visit of a day reaches in order to count.

    All where the village is not partial; else its `min_households`, or what the visits of earlier
    days left if that is fewer. `reached_on` has the households reached there by day.
    """
    if not village.partial:
        return village.households
    earlier = sum(count for each, count in reached_on.items() if each < day)
    return min(village.min_households, max(0, village.households - earlier))
