"""Plan the next week, with what is unsigned and what was learned."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from routeplan.errors import Fault, InputError
from routeplan.language import gettext as _
from routeplan.planner import Options
from routeplan.web.folders import HANDOUTS, current_folder, later_folder, read_plan_in
from routeplan.workflow.draw import trace_map_data, write_handouts
from routeplan.workflow.run import check_results, write_results
from routeplan.workflow.week import next_scenario, plan_week, prepare_week
from routeplan.workflow.words import learned_figures

if TYPE_CHECKING:
    from routeplan.web.tasks import Work


def run(work: Work) -> None:
    """Write the plan of the next week with its handouts, as `routeplan week new` does.

    ``first`` is its first day, or None; ``as_assumed`` and ``seconds`` are those of the command.
    """
    before = current_folder(work.folder)
    if before is None:
        raise InputError([Fault("", _("There is no plan of this week yet."))])
    posed, _plan = read_plan_in(before)
    text = work.values["first"]
    first = dt.date.fromisoformat(text) if text else None
    scenario = next_scenario(work.scenario(), posed.days[-1].date, first)
    output = later_folder(work.folder, scenario.days[0].date)
    check_results(output)
    with work.records.open(scenario) as ledger:
        remaining, results = ledger.remaining(), ledger.results()
        problems = [plan.problem for plan in ledger.plans()]
    found = prepare_week(
        *(scenario, remaining, results),
        problems=problems,
        as_assumed=work.values["as_assumed"],
        on_step=work.on_step,
    )
    work.say(remarks=found.prepared.remarks)
    work.on_step(_("planning"))
    options = Options(seconds=work.values["seconds"])
    plan = plan_week(found.prepared, options, report=work.report)
    made = write_results(found.prepared, plan, output, on_step=work.on_step)
    work.on_step(_("tracing the way"))
    read = found.prepared.problem, made.plan, trace_map_data(found.prepared, made.plan)
    write_handouts(output / HANDOUTS, read, work.on_step)
    work.say(result={"learned": [tuple(each) for each in learned_figures(found.learned)]})
