"""What a plan reaches and leaves out as rows and lines, for terminals, pages and reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.formats import detail_of
from routeplan.language import date_label, message_language, ngettext
from routeplan.language import gettext as _
from routeplan.model.objective import gap_percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from routeplan.model.plan import LeftOut, Plan, Summary, Tour
    from routeplan.model.problem import Problem

__all__ = ["left_out_row", "objective_lines", "reach_line", "tour_rows", "tour_totals"]


def tour_rows(problem: Problem, plan: Plan, team: str) -> Iterator[tuple[object, ...]]:
    """Yield team, date, villages, households, km, hours at the wheel, and night of its tours.

    The last tour has no night after it.
    """
    tours = plan.tours_of(team)
    for tour in tours:
        date = date_label(problem.days[tour.day].date, message_language())
        night = "" if tour is tours[-1] else problem.place(tour.end).name
        yield team, date, *tour_totals(problem, [tour]), night


def tour_totals(problem: Problem, tours: Sequence[Tour]) -> tuple[object, ...]:
    """Return villages, households, kilometres and hours of driving of tours.

    Kilometres are empty where the lengths of some ways are not known.
    """
    metres = [problem.metres(tour.team, tour.places) for tour in tours]
    known = [length for length in metres if length is not None]
    seconds = sum(tour.drive_seconds for tour in tours)
    return (
        sum(len(tour.stops) for tour in tours),
        sum(tour.households for tour in tours),
        f"{sum(known) / 1000:.0f}" if len(known) == len(metres) > 0 else "",
        f"{seconds // 3600}:{seconds % 3600 // 60:02d}",
    )


def left_out_row(problem: Problem, left: LeftOut, *, visited: bool) -> tuple[object, ...]:
    """Return village, households, why, and what it would take."""
    detail = detail_of(left, visited=visited, problem=problem, language=message_language())
    return problem.place(left.place).name, left.households, left.reason.label, detail


def reach_line(problem: Problem, plan: Plan) -> str:
    """Return how many of the households are reached."""
    total = sum(village.households for village in problem.villages)
    return ngettext(
        "{reached} of {n} households reached",
        "{reached} of {n} households reached",
        total,
        reached=plan.summary.households,
    )


def objective_lines(summary: Summary) -> Iterator[str]:
    """Yield what the plan is worth and the bound on it, as far as that says more."""
    is_plain = summary.objective == summary.weighted
    if not is_plain:
        yield _(
            "worth {objective:.1f} (weighted, with bonuses and the price of driving)",
            objective=summary.objective,
        )
    bound = summary.upper_bound
    if bound is None:
        return
    gap = gap_percent(summary.objective, bound)
    if is_plain:
        yield _(
            "no plan reaches more than {bound:.1f} (weighted): {gap:.1f} % more than this one",
            bound=bound,
            gap=gap,
        )
    else:
        yield _(
            "no plan is worth more than {bound:.1f} (weighted, with bonuses and the price of "
            "driving): {gap:.1f} % more than this one",
            bound=bound,
            gap=gap,
        )
