"""What a plan reaches, and what it leaves out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from routeplan.cli.output import Output
from routeplan.errors import INTERRUPTED
from routeplan.language import gettext as _
from routeplan.language import ngettext
from routeplan.model.objective import kept_visits
from routeplan.model.plan import Plan, Reason, StoppedBy
from routeplan.model.problem import Problem
from routeplan.workflow.plan_rows import (
    left_out_row,
    objective_lines,
    reach_line,
    tour_rows,
    tour_totals,
)

# Villages that only lack time are shown so many of.
FEW = 5
# Rows of a table: more take seconds to be laid out, and nobody reads them.
MAX_ROWS = 500


def show_plan(
    out: Output,
    problem: Problem,
    plan: Plan,
    written: Mapping[str, Path],
    *,
    more: Mapping[str, object] | None = None,
) -> None:
    """Show what a plan reaches, what it leaves out, and where its files are.

    Machines also get what is named in `more`.
    """
    console = out.console(
        {
            "summary": dataclasses.asdict(plan.summary),
            "run": dataclasses.asdict(plan.run),
            "left_out": [dataclasses.asdict(left) for left in plan.left_out],
            **_announced_values(problem, plan),
            **(more or {}),
            "files": written,
        }
    )
    columns = (_("villages"), _("households"), _("km"), _("at the wheel"))
    if len(plan.tours) <= MAX_ROWS:
        heads = (_("team"), _("date"), *columns, _("night"))
        console.table(_("Tours"), heads, _tour_rows(problem, plan))
    else:
        console.table(_("Tours"), (_("team"), _("days"), *columns), _team_rows(problem, plan))
    if plan.left_out:
        columns = (_("village"), _("households"), _("why"), _("detail"))
        console.table(_("Left out"), columns, _left_out_rows(problem, plan))
    console.bold(reach_line(problem, plan))
    console.lines(*objective_lines(plan.summary), *_announced_lines(problem, plan))
    if plan.run.stopped_by == "interrupt":
        console.bold(_("stopped with Ctrl-C: this is the best plan found until then"))
    console.files(written)


def _announced_values(problem: Problem, plan: Plan) -> dict[str, object]:
    """Return each announced visit and whether it is kept; nothing where there are none."""
    kept = kept_visits(problem, plan.tours)
    each = [dataclasses.asdict(one) | {"kept": one in kept} for one in problem.announced]
    return {"announced": each} if each else {}


def _announced_lines(problem: Problem, plan: Plan) -> Iterator[str]:
    """Yield how many announced visits are kept, and each that is not."""
    kept = kept_visits(problem, plan.tours)
    if problem.announced:
        yield ngettext(
            "{kept} of {n} announced visits kept",
            "{kept} of {n} announced visits kept",
            len(problem.announced),
            kept=len(kept),
        )
    for each in problem.announced:
        if each not in kept:
            yield _(
                "not kept: {place}, by {team} on {date}",
                place=problem.place(each.place).name,
                team=each.team,
                date=problem.days[each.day].date,
            )


def exit_code_of(plan: Plan) -> int:
    """Return the exit code of a command that made a plan."""
    return INTERRUPTED if plan.run.stopped_by is StoppedBy.INTERRUPT else 0


def _tour_rows(problem: Problem, plan: Plan) -> Iterator[Sequence[object]]:
    """Yield the tours, team by team."""
    for team in problem.teams:
        yield from tour_rows(problem, plan, team.id)
        yield ()


def _team_rows(problem: Problem, plan: Plan) -> Iterator[Sequence[object]]:
    """Yield the sums of each team's tours, which are too many to be read one by one."""
    for team in problem.teams:
        tours = plan.tours_of(team.id)
        yield team.id, len(tours), *tour_totals(problem, tours)


def _left_out_rows(problem: Problem, plan: Plan) -> Iterator[Sequence[object]]:
    """Yield what is left out, the largest first; of what only lacks time, a few."""
    order = sorted(plan.left_out, key=lambda left: -left.households)
    few = [left for left in order if left.reason is Reason.NO_TIME]
    others = [left for left in order if left.reason is not Reason.NO_TIME]
    visited = {stop.place for tour in plan.tours for stop in tour.stops}
    for left in (*others[:MAX_ROWS], *few[:FEW]):
        yield left_out_row(problem, left, visited=left.place in visited)
    more: dict[Reason, list[int]] = {}
    for left in (*others[MAX_ROWS:], *few[FEW:]):
        more.setdefault(left.reason, []).append(left.households)
    for reason, households in more.items():
        more_of_them = ngettext("{n} more", "{n} more", len(households))
        yield more_of_them, sum(households), reason.label, _("see the plan")
