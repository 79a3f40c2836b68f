"""What a plan names, checked against the problem that it is shown for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.errors import Faults, nearest
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from routeplan.model.plan import LeftOut, Plan, Tour
    from routeplan.model.problem import Problem


def check_references(problem: Problem, plan: Plan) -> None:
    """Refuse a plan for another problem.

    Raises InputError with everything in the plan that the problem does not know.
    """
    faults = Faults()
    for n, tour in enumerate(plan.tours):
        _check_tour(problem, tour, f"tours[{n}]", faults)
    for n, left in enumerate(plan.left_out):
        _check_left_out(problem, left, f"left_out[{n}]", faults)
    faults.raise_any()


def _check_tour(problem: Problem, tour: Tour, where: str, faults: Faults) -> None:
    if tour.team not in problem.team_of:
        hint = nearest(tour.team, problem.team_of)
        faults.add(f"{where}.team", _("no team has the id {id!r}", id=tour.team), hint)
    _check_day(problem, tour.day, f"{where}.day", faults)
    unknown = {place for drive in tour.drives for place in drive} - problem.index.keys()
    for place in sorted(unknown):
        message = _("no place has the id {id!r}", id=place)
        faults.add(where, message, nearest(place, problem.index))
    if tour.team in problem.team_of and not unknown:
        vehicle = problem.team_of[tour.team].vehicle
        for start, end in tour.drives:
            if not problem.travel[vehicle].reachable[problem.index[start], problem.index[end]]:
                message = _(
                    "there is no way from {start!r} to {end!r} by {vehicle!r}",
                    start=start,
                    end=end,
                    vehicle=vehicle,
                )
                faults.add(where, message)


def _check_day(problem: Problem, day: int, where: str, faults: Faults) -> None:
    if not 0 <= day < len(problem.days):
        faults.add(where, _("there is no day {day}", day=day + 1), problem.days_hint)


def _check_left_out(problem: Problem, left: LeftOut, where: str, faults: Faults) -> None:
    if left.place not in problem.village_at:
        hint = nearest(left.place, problem.village_at)
        faults.add(f"{where}.place", _("no village is at {id!r}", id=left.place), hint)
    for n, required in enumerate(left.requirements):
        place, day, at = required.place, required.day, f"{where}.requirements[{n}]"
        if place is not None and place not in problem.index:
            hint = nearest(place, problem.index)
            faults.add(f"{at}.place", _("no place has the id {id!r}", id=place), hint)
        if day is not None:
            _check_day(problem, day, f"{at}.day", faults)
