"""Plan again around the edits of the board, and keep the plan of before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from routeplan.formats import plan_to_json
from routeplan.language import gettext as _
from routeplan.planner import Options
from routeplan.web.changes import PlanEdits, read_edits, write_planned
from routeplan.workflow.board import check_board, edit_text, edits_to_hold
from routeplan.workflow.edits import replan
from routeplan.workflow.prepare import with_road_requirements
from routeplan.workflow.run import write_map

if TYPE_CHECKING:
    from routeplan.model.plan import Plan
    from routeplan.web.tasks import Work


def run(work: Work) -> None:
    """Write a plan that keeps the edits.

    ``seconds`` limit the search; with ``all_days``, days that no edit is about are planned anew.
    """
    where, problem, plan, prepared = work.current()
    changes = read_edits(where)
    board = check_board(problem, plan, changes.edits, changes.held)
    work.on_step(_("planning around the changes"))
    new, checked = replan(
        *(problem, board.checked, Options(seconds=work.values["seconds"])),
        all_days=work.values["all_days"],
        report=work.report,
        sha256=plan.problem_sha256,
    )
    new = _with_bound(with_road_requirements(prepared, new), plan)
    labels = {label for edit in checked.edits for label in edit.cells}
    kept = [e for n, e in enumerate(board.edits, start=1) if _("change {n}", n=n) in labels]
    lost = [edit_text(each, problem) for each in board.edits if each not in kept]
    write_planned(where, plan_to_json(new), PlanEdits(held=edits_to_hold(new, kept)))
    work.say(result={"not_kept": lost})
    work.on_step(_("drawing the map"))
    write_map(prepared, new, where)


def _with_bound(new: Plan, before: Plan) -> Plan:
    """Return a plan with what was proved of the same problem: a search with pins proves nothing."""
    bound = before.summary.upper_bound
    return new.replace(summary=replace(new.summary, upper_bound=bound))
