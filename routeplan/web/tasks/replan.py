"""Plan what is left of a plan again, from a day on."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

from routeplan.errors import Fault, Faults, InputError
from routeplan.language import gettext as _
from routeplan.planner import Options
from routeplan.web.folders import folder_before, later_folder, plan_folders, read_plan_in
from routeplan.workflow import replan as search_again
from routeplan.workflow.changed import (
    check_files,
    further_team,
    ground_of,
    missing_results,
    place_named,
    write_changed,
    write_changed_handouts,
)
from routeplan.workflow.later import Changes, Join, check_changes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.model.results import VisitResult
    from routeplan.web.tasks import Work


def run(work: Work) -> None:
    """Write the plan from a day on, its map, and the handouts that change.

    ``first`` is the day; ``without``, ``joins`` (team, to, pace), ``further`` (new, like),
    ``slept`` (by team), ``roads``, ``worth`` (None for infinite), ``most`` and ``seconds``
    are those of `routeplan replan`.
    """
    values = work.values
    first = dt.date.fromisoformat(values["first"])
    before, output = _folders(work.folder, first)
    posed, made = read_plan_in(before)
    check_files(output, overwrite=False)
    ground = ground_of(posed, work.scenario_of(posed), closed=values["roads"], on_step=work.on_step)
    changes = _changes(ground.problem, values, _results(work, posed, made))
    check_changes(ground.problem, changes)
    worth = math.inf if values["worth"] is None else values["worth"]
    work.say(remarks=missing_results(posed, made, changes))
    work.on_step(_("planning from {date} on", date=first))
    found = search_again.replan(
        *(ground.problem, made, changes),
        price=search_again.Price(worth, values["most"]),
        options=Options(seconds=values["seconds"]),
        report=work.report,
    )
    written = write_changed(ground, (posed, made), found, changes, output, work.on_step)
    write_changed_handouts(output, found, written, work.on_step)
    work.say(result={"first": str(first), "bound": found.bound, "value": found.value})


def _folders(folder: Path, first: dt.date) -> tuple[Path, Path]:
    """Return the folder of the plan of before, and that of the new one."""
    before, output = folder_before(folder, first), later_folder(folder, first)
    if before is None:
        raise InputError([Fault("", _("There is no plan of this week yet."))])
    if any(each.name > output.name for each in plan_folders(folder)[1:]):
        message = _("There is a plan from a later day on already.")
        raise InputError([Fault("", message, _("take that one back first"))])
    return before, output


def _results(work: Work, problem: Problem, plan: Plan) -> tuple[VisitResult, ...] | None:
    """Return what is recorded since the first day of a plan; None without a ledger here."""
    scenario = work.scenario()
    if work.records.state(scenario) in {"unnamed", "missing", "server"}:
        return None
    with work.records.open(scenario) as ledger:
        first, last = problem.days[plan.first_day].date, problem.days[-1].date
        return tuple(ledger.results(first, last))


def _changes(
    problem: Problem, values: Mapping[str, Any], results: tuple[VisitResult, ...] | None
) -> Changes:
    faults = Faults()
    slept, further = {}, []
    for team, text in values["slept"].items():
        try:
            slept[team] = place_named(problem, text)
        except InputError as error:
            faults.adopt(error)
    for new, like in values["further"]:
        try:
            further.append(further_team(problem, new, like))
        except InputError as error:
            faults.adopt(error)
    faults.raise_any()
    first = problem.day_index(values["first"])
    return Changes(
        len(problem.days) if first is None else first,
        without=tuple(values["without"]),
        joins=tuple(Join(*join) for join in values["joins"]),
        further=tuple(further),
        slept=slept,
        results=results,
    )
