"""The plan: a search and its progress, the map, tours and what is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, RedirectResponse
from starlette.routing import Route

from routeplan.errors import RouteplanError
from routeplan.language import gettext as _
from routeplan.web import views
from routeplan.web.guard import MAP_POLICY
from routeplan.web.screens import Screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

LEAST_SECONDS, USUAL_SECONDS, MOST_SECONDS = 1, 30, 3600
"""Limits of a search's time."""


class PlanScreen(Screen):
    """The plan that is there, and the search for one."""

    def routes(self) -> Sequence[BaseRoute]:
        """Return the page, its form, and the map."""
        return [
            Route("/plan", self.show, methods=["GET"]),
            Route("/plan", self.start, methods=["POST"]),
            Route("/plan/map", self.map, methods=["GET"]),
        ]

    def show(self, request: Request) -> Response:
        """Show the plan, or the search for one."""
        del request
        planned, faults = self.planned()
        tables: dict[str, Any] = {} if planned is None else _tables_of(*planned)
        return self.page(
            "plan.html",
            "plan",
            faults=faults,
            has_plan=planned is not None,
            has_map=planned is not None and self.office.map_file() is not None,
            is_changed=self.office.is_plan_changed(),
            seconds=(LEAST_SECONDS, USUAL_SECONDS, MOST_SECONDS),
            **tables,
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


def _tables_of(problem: Problem, plan: Plan) -> dict[str, object]:
    rows = list(views.tour_rows(problem, plan))
    left_out = views.left_out_rows(problem, plan)
    return {
        "period": views.period_of(problem),
        "reach": views.reach_of(problem, plan),
        "tours": rows[: views.MOST_ROWS],
        "left_out": left_out,
    }
