"""Make all handouts of the plan that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.language import gettext as _
from routeplan.web.folders import HANDOUTS
from routeplan.workflow.draw import trace_map_data, write_handouts

if TYPE_CHECKING:
    from routeplan.web.tasks import Work


def run(work: Work) -> None:
    """Write the handouts beside the plan."""
    folder, problem, plan, prepared = work.current()
    work.on_step(_("tracing the way"))
    read = problem, plan, trace_map_data(prepared, plan)
    write_handouts(folder / HANDOUTS, read, work.on_step)
