"""The plan: a search and its progress, the board and the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, RedirectResponse
from starlette.routing import Route

from routeplan.errors import RouteplanError
from routeplan.language import gettext as _
from routeplan.web import board, views
from routeplan.web.changes import plan_before
from routeplan.web.folders import OUTPUTS
from routeplan.web.guard import MAP_POLICY
from routeplan.web.screens import BoardedScreen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from routeplan.web.board import Current

LEAST_SECONDS, USUAL_SECONDS, MOST_SECONDS = 1, 30, 3600
"""Limits of a search's time."""


class PlanScreen(BoardedScreen):
    """The plan that is there, and the search for one."""

    def routes(self) -> Sequence[BaseRoute]:
        """Return the page, its form, and the map."""
        return [
            Route("/plan", self.show, methods=["GET"]),
            Route("/plan", self.start, methods=["POST"]),
            Route("/plan/map", self.map, methods=["GET"]),
        ]

    def show(self, request: Request) -> Response:
        """Show the plan with its board, or the search for one."""
        del request
        planned, faults = self.planned()
        values: dict[str, Any] = {}
        if planned is not None:
            try:
                values = _values_of(self._boards.current())
            except RouteplanError as error:
                planned, faults = None, list(map(str, error.faults))
        return self.page(
            "plan.html",
            "plan",
            faults=faults,
            has_plan=planned is not None,
            has_map=planned is not None and self.office.map_file() is not None,
            is_changed=self.office.is_plan_changed(),
            is_first=self.office.plan_folder.name == OUTPUTS,
            seconds=(LEAST_SECONDS, USUAL_SECONDS, MOST_SECONDS),
            **values,
        )

    async def start(self, request: Request) -> Response:
        """Start a search."""
        async with request.form() as form:
            seconds = parse_seconds(str(form.get("seconds", "")))
            overwrite = "overwrite" in form
        values = {"seconds": seconds, "overwrite": overwrite}
        await run_in_threadpool(self.office.start, "plan", values)
        return RedirectResponse("/plan", 303)

    def map(self, request: Request) -> Response:
        """Send the map of the plan, for its frame."""
        del request
        path = self.office.map_file()
        if path is None:
            raise HTTPException(404)
        headers = {"Content-Security-Policy": MAP_POLICY}
        return FileResponse(path, media_type="text/html", headers=headers)


def parse_seconds(text: str) -> float:
    """Return the time of a search; RouteplanError where it is none, or too short or long."""
    seconds = int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0  # noqa: PLR2004  # digits
    if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
        message = _(
            "{text!r} is no time limit: write whole seconds from {least} to {most}",
            text=text[:20],
            least=LEAST_SECONDS,
            most=MOST_SECONDS,
        )
        raise RouteplanError(message)
    return float(seconds)


def _values_of(now: Current) -> dict[str, object]:
    before = plan_before(now.folder)
    if before is not None and before.problem_sha256 != now.plan.problem_sha256:
        before = None  # it cannot come back
    changed: tuple[tuple[str, int], ...] = ()
    if before is not None and not now.changes.edits:
        from routeplan.workflow.edits import changed_days  # noqa: PLC0415  # it loads the planner

        changed = changed_days(before, now.plan)
    return {
        "period": views.period_of(now.problem),
        "reach": views.reach_of(now.problem, now.plan),
        "dates": board.dates_of(now.problem),
        "teams": board.board_rows(now.problem, now.plan, now.board, changed),
        "edits": board.shown_edits(now.problem, now.board, now.changes),
        "is_broken": now.board is not None and bool(now.board.violations),
        "is_edited": bool(now.changes.edits),
        "can_undo": bool(now.changes.edits) or before is not None,
        "changed": len(changed),
        "reached_before": None if before is None else before.summary.households,
        "reached": now.plan.summary.households,
        "left_out": len(now.plan.left_out),
    }
