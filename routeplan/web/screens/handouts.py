"""The handouts: made, listed and sent."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, RedirectResponse
from starlette.routing import Route

from routeplan.web import views
from routeplan.web.screens import Screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute


class HandoutsScreen(Screen):
    """All that crews take along."""

    def routes(self) -> Sequence[BaseRoute]:
        """Return the page, its form, and the files by their numbers."""
        return [
            Route("/handouts", self.show, methods=["GET"]),
            Route("/handouts", self.start, methods=["POST"]),
            Route("/handouts/{number:int}", self.send, methods=["GET"]),
        ]

    def show(self, request: Request) -> Response:
        """List the handouts by their folders."""
        del request
        office = self.office
        folders = [] if office.running else views.handout_rows(office.handouts())
        planned, faults = self.planned()
        return self.page(
            "handouts.html",
            "handouts",
            faults=faults,
            folders=folders,
            has_plan=planned is not None,
            are_old=bool(folders) and planned is not None and not office.are_handouts_made(),
        )

    async def start(self, request: Request) -> Response:
        """Start making the handouts."""
        del request
        await run_in_threadpool(self.office.start, "handouts")
        return RedirectResponse("/handouts", 303)

    def send(self, request: Request) -> Response:
        """Send one of the handouts, by its number in the list, to be saved."""
        number = request.path_params["number"]
        found = self.office.handouts()
        if number >= len(found):
            raise HTTPException(404)
        kind = mimetypes.guess_type(found[number].name)[0] or "application/octet-stream"
        return FileResponse(found[number].path, media_type=kind, filename=found[number].name)
