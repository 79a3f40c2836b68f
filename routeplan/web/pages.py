"""The application of all screens, and what they have in common: language, progress, errors."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route, Router

from routeplan.errors import RouteplanError
from routeplan.files import error_text
from routeplan.language import LANGUAGE_VARIABLE, LANGUAGES
from routeplan.language import gettext as _
from routeplan.web import views
from routeplan.web.board import Boards
from routeplan.web.screens import Screen
from routeplan.web.screens.board import BoardScreen
from routeplan.web.screens.changes import ChangesScreen
from routeplan.web.screens.evening import EveningScreen
from routeplan.web.screens.handouts import HandoutsScreen
from routeplan.web.screens.left_out import LeftOutScreen
from routeplan.web.screens.lock import LockScreen
from routeplan.web.screens.next_week import NextWeekScreen
from routeplan.web.screens.plan import PlanScreen
from routeplan.web.screens.results import ResultsScreen
from routeplan.web.screens.week import WeekScreen
from routeplan.web.screens.what_if import WhatIfScreen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from starlette.requests import Request
    from starlette.routing import BaseRoute
    from starlette.types import Receive, Scope, Send

    from routeplan.web.office import Office

STATIC = Path(__file__).parent / "static"
ASSETS = {"office.css": "text/css", "office.js": "text/javascript", "office.svg": "image/svg+xml"}
"""Files of ours that pages load, and their types."""

EVENT_SECONDS = 0.5
"""The progress of a job is sent so often."""


LATER = {"district": "DistrictScreen", "teams": "TeamsScreen"}
"""Screens that load roads and villages, by their modules."""


class _LaterScreen:
    """A screen that is loaded when it is first asked for, since its libraries load slowly."""

    def __init__(self, office: Office, name: str) -> None:
        self._office, self._name = office, name
        self._router: Router | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if self._router is None:
            self._router = await run_in_threadpool(self._load)
        await self._router(scope, receive, send)

    def _load(self) -> Router:
        module = importlib.import_module(f"routeplan.web.screens.{self._name}")
        screen = getattr(module, LATER[self._name])(self._office)
        return Router(screen.routes(), redirect_slashes=False)


class Pages(Screen):
    """What answers the requests that the guard lets through.

    Parameters
    ----------
    office
        The campaign.
    lock
        Called when the organizer locks the office.
    """

    def __init__(self, office: Office, lock: Callable[[], None]) -> None:
        super().__init__(office)
        boards = Boards(office)
        self._screens = (
            WeekScreen(office),
            PlanScreen(office, boards),
            BoardScreen(office, boards),
            LeftOutScreen(office, boards),
            WhatIfScreen(office),
            HandoutsScreen(office),
            ResultsScreen(office),
            EveningScreen(office),
            ChangesScreen(office),
            NextWeekScreen(office),
            LockScreen(office, lock),
        )

    def routes(self) -> Sequence[BaseRoute]:
        """Return all addresses."""
        return [
            *(route for screen in self._screens for route in screen.routes()),
            *(Route(f"/{name}{{rest:path}}", _LaterScreen(self.office, name)) for name in LATER),
            Route("/job", self.job_events, methods=["GET"]),
            Route("/job/stop", self.stop_job, methods=["POST"]),
            Route("/language", self.set_language, methods=["POST"]),
            *(Route(f"/{name}", partial(_asset, name=name), methods=["GET"]) for name in ASSETS),
        ]

    def application(self) -> Starlette:
        """Return the application of all pages."""
        handlers: dict[Any, Any] = {
            HTTPException: self.show_missing,
            RouteplanError: self.show_faults,
            Exception: self.show_unexpected,
        }
        application = Starlette(routes=self.routes(), exception_handlers=handlers)
        application.router.redirect_slashes = False
        return application

    async def job_events(self, request: Request) -> Response:
        """Send the progress of the job until it is over."""
        del request
        return StreamingResponse(self._events(), media_type="text/event-stream")

    async def _events(self) -> AsyncIterator[str]:
        # The loop ends with the office: an open stream would keep it from ending.
        while (job := self.office.running) is not None and not self.office.is_closing:
            yield f"data: {json.dumps(views.job_values(job))}\n\n"
            await asyncio.sleep(EVENT_SECONDS)
        if not self.office.is_closing:
            yield "event: end\ndata:\n\n"

    async def stop_job(self, request: Request) -> Response:
        """Let the job end with the best that it has."""
        del request
        job = self.office.job
        self.office.finish()
        return RedirectResponse("/plan" if job is None else job.page, 303)

    async def set_language(self, request: Request) -> Response:
        """Change the language of the pages, until the office ends."""
        async with request.form() as form:
            language, path = str(form.get("language", "")), str(form.get("page", ""))
        if language not in LANGUAGES:
            raise HTTPException(404)
        os.environ[LANGUAGE_VARIABLE] = language
        return RedirectResponse(views.PATHS.get(path, "/"), 303)

    async def show_missing(self, request: Request, error: HTTPException) -> Response:
        """Show that there is no such page."""
        del request
        return self._errors([_("There is no such page.")], error.status_code)

    async def show_faults(self, request: Request, error: RouteplanError) -> Response:
        """Show what is wrong, and what to do."""
        del request
        return self._errors(list(map(str, error.faults)), 422)

    async def show_unexpected(self, request: Request, error: Exception) -> Response:
        """Show what a fault of the system or of ours is."""
        del request
        if isinstance(error, OSError) and error.strerror:
            return self._errors([f"{error.filename or ''}: {error_text(error)}"], 500)
        what = type(error).__name__
        return self._errors([_("this should not have happened: {error}", error=what)], 500)

    def _errors(self, faults: list[str], status: int) -> Response:
        return self.page("error.html", "", status=status, found=faults)


async def _asset(request: Request, name: str) -> Response:
    del request
    return Response((STATIC / name).read_bytes(), media_type=ASSETS[name])
