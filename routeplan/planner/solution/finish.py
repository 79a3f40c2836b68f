"""A solution as a plan: timed tours, figures, and what is left out with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.model.plan import Rest, Stop, Summary, Tour
from routeplan.planner.explain.reasons import why_left_out

if TYPE_CHECKING:
    from routeplan.model.plan import LeftOut
    from routeplan.planner.solution.solution import Solution

__all__ = ["left_out", "summary", "tours"]


def tours(solution: Solution) -> tuple[Tour, ...]:
    """Return the tours of all teams, day by day.

    Raises
    ------
    AssertionError
        When a day cannot be kept; a solution that an engine hands over never has one.
    """
    order = sorted(solution.instance.shifts, key=lambda shift: (shift.day, shift.team))
    return tuple(_tour(solution, shift.index) for shift in order)


def left_out(solution: Solution) -> tuple[LeftOut, ...]:
    """Return the households that no tour reaches, by village."""
    return tuple(left for left in why_left_out(solution).values() if left.households > 0)


def summary(solution: Solution, bound: float | None) -> Summary:
    """Return the figures of a solution."""
    inst = solution.instance
    reached = solution.reached_on.sum(axis=0)
    weighted = sum(v.weight * int(h) for v, h in zip(inst.villages, reached, strict=True))
    return Summary(int(reached.sum()), float(weighted), bound, solution.drive_seconds())


def _tour(solution: Solution, shift: int) -> Tour:
    inst = solution.instance
    times = solution.times(shift)
    if times is None:
        raise AssertionError(f"shift {shift} cannot be kept")
    places = inst.problem.places
    start, end = solution.bounds(shift)
    names = [inst.villages[visit.village].place for visit in solution.visits[shift]]
    stops = tuple(
        Stop(name, t.arrive, t.start, t.end, visit.households)
        for name, t, visit in zip(names, times.stops, solution.visits[shift], strict=True)
    )
    rests = (Rest(names[times.rest[0]], *times.rest[1:]),) if times.rest else ()
    return Tour(
        team=inst.team(shift).id,
        day=inst.shifts[shift].day,
        start=places[start].id,
        end=places[end].id,
        depart=times.depart,
        arrive=times.arrive,
        drive_seconds=times.drive_seconds,
        stops=stops,
        rests=rests,
    )
