"""Whether a plan belongs to a problem: does the one name only what the other knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.errors import Faults, nearest

if TYPE_CHECKING:
    from routeplan.model.plan import LeftOut, Plan, Tour
    from routeplan.model.problem import Problem

__all__ = ["check_belongs"]


def check_belongs(problem: Problem, plan: Plan) -> None:
    """Refuse a plan for another problem.

    Raises
    ------
    InputError
        With everything in the plan that the problem does not know.
    """
    faults = Faults()
    for n, tour in enumerate(plan.tours):
        known = tour.team in problem.team_of
        if not known:
            hint = nearest(tour.team, problem.team_of)
            faults.add(f"tours[{n}].team", f"no team has the id {tour.team!r}", hint)
        if not 0 <= tour.day < len(problem.days):
            message = f"{tour.day} is no day; they count from 0 to {len(problem.days) - 1}"
            faults.add(f"tours[{n}].day", message)
        strange = {place for drive in tour.drives for place in drive} - problem.index.keys()
        for place in sorted(strange):
            hint = nearest(place, problem.index)
            faults.add(f"tours[{n}]", f"no place has the id {place!r}", hint)
        if known and not strange:
            _check_ways(problem, tour, f"tours[{n}]", faults)
    for n, left in enumerate(plan.left_out):
        _check_left_out(problem, left, f"left_out[{n}]", faults)
    faults.raise_any()


def _check_left_out(problem: Problem, left: LeftOut, where: str, faults: Faults) -> None:
    if left.place not in problem.village_at:
        hint = nearest(left.place, problem.village_at)
        faults.add(f"{where}.place", f"no village is at {left.place!r}", hint)
    for n, required in enumerate(left.requirements):
        place, day, at = required.place, required.day, f"{where}.requirements[{n}]"
        if place is not None and place not in problem.index:
            hint = nearest(place, problem.index)
            faults.add(f"{at}.place", f"no place has the id {place!r}", hint)
        if day is not None and not 0 <= day < len(problem.days):
            message = f"{day} is no day; they count from 0 to {len(problem.days) - 1}"
            faults.add(f"{at}.day", message)


def _check_ways(problem: Problem, tour: Tour, where: str, faults: Faults) -> None:
    vehicle = problem.team_of[tour.team].vehicle
    for start, end in tour.drives:
        pair = problem.index[start], problem.index[end]
        if not problem.travel[vehicle].reachable[pair]:
            faults.add(where, f"there is no way from {start!r} to {end!r} by {vehicle!r}")
