"""The first page: how far the campaign is this week, and the one next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from routeplan.errors import RouteplanError
from routeplan.web import views
from routeplan.web.screens import Screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute


class WeekScreen(Screen):
    """The first page."""

    def routes(self) -> Sequence[BaseRoute]:
        """Return its one address."""
        return [Route("/", self.show, methods=["GET"])]

    def show(self, request: Request) -> Response:
        """Show how far the campaign is, and the next step."""
        del request
        scenario = self.office.scenario()
        planned, lines = self.planned()
        entries, signed = None, None
        if planned is not None:
            try:
                entries, remaining = self.office.records.read(scenario)
            except RouteplanError as error:
                lines.append(str(error))
            else:
                from routeplan.workflow.week import progress_lines, progress_of  # noqa: PLC0415  # they load slowly

                results = [entry.result for entry in entries]
                goal = scenario.campaign.goal
                progress = progress_of(results, remaining, planned[0], goal)
                lines += progress_lines(progress)
                signed = progress.signed
        return self.page(
            "week.html",
            "week",
            campaign=scenario.name,
            period=None if planned is None else views.period_of(planned[0]),
            lines=lines,
            signed=signed,
            goal=scenario.campaign.goal,
            reach=[] if planned is None else views.reach_of(*planned),
            step=views.next_step(
                self.office,
                entries,
                has_plan=planned is not None,
                is_sealed=self.office.records.state(scenario) == "sealed",
            ),
        )
