"""Plan the scenario's tours, and write problem, plan and map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.errors import Fault, InputError
from routeplan.language import gettext as _
from routeplan.planner import Options
from routeplan.web.changes import keep_step
from routeplan.web.folders import OUTPUTS, plan_folders
from routeplan.workflow.prepare import plan_tours, prepare
from routeplan.workflow.run import check_results, write_results

if TYPE_CHECKING:
    from routeplan.web.tasks import Work


def run(work: Work) -> None:
    """Write the first plan; ``seconds`` and ``overwrite`` are those of `routeplan run`."""
    outputs = work.folder / OUTPUTS
    if plan_folders(work.folder)[1:]:
        message = _("A later plan holds: take that back before the first plan is made anew.")
        raise InputError([Fault("", message)])
    check_results(outputs, overwrite=work.values["overwrite"])
    prepared = prepare(work.scenario(), on_step=work.on_step)
    work.say(remarks=prepared.remarks)
    work.on_step(_("planning"))
    plan = plan_tours(prepared, Options(seconds=work.values["seconds"]), report=work.report)
    keep_step(outputs)
    write_results(prepared, plan, outputs, on_step=work.on_step)
