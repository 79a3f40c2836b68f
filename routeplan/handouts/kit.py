"""All handouts of a plan at once: by crew and day what crews take along, beside it the rest."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from routeplan.files import safe_name
from routeplan.handouts.map import render_map
from routeplan.handouts.portion import crew_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from routeplan.handouts.ground import Ground
    from routeplan.plan import Plan
    from routeplan.problem import Problem

__all__ = ["make_handouts"]

Files = dict[str, bytes]


def make_handouts(
    problem: Problem, plan: Plan, ground: Ground, *, kinds: Sequence[str] | None = None
) -> Iterator[tuple[str, Callable[[], Files]]]:
    """Yield each step of the work: what it does in a few words, and what makes its files.

    Parameters
    ----------
    problem, plan, ground
        A plan for that problem, and what it is drawn on.
    kinds
        Which of the kinds are wanted; all of them where left out.
    """
    steps: list[tuple[str, str, Callable[..., Files]]] = [("map", "drawing maps", _maps)]
    for kind, does, make in steps:
        if kinds is None or kind in kinds:
            yield does, partial(make, problem, plan, ground)


def _maps(problem: Problem, plan: Plan, ground: Ground) -> Files:
    whole = ground.view(problem, plan, problem.name or "routeplan")
    files = {"map.html": render_map(whole).encode()}
    for team, day, folder in _folders(problem, plan):
        own_problem, own_plan, own_ground = crew_day(problem, plan, ground, team=team, day=day)
        own = own_ground.view(own_problem, own_plan, "")
        files[f"{folder}/map.html"] = render_map(own).encode()
    return files


def _folders(problem: Problem, plan: Plan) -> Iterator[tuple[str, int, str]]:
    """Yield team, day and folder of each tour that goes anywhere."""
    taken: list[str] = []
    for team in problem.teams:
        name = safe_name(team.id, taken=taken)
        taken.append(f"{name}.")
        for tour in plan.tours_of(team.id):
            if tour.stops or tour.start != tour.end:
                yield team.id, tour.day, f"{name}/{problem.days[tour.day].date}"
