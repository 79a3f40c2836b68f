"""The pages of the office, and what their forms do.

No address has more in it than the name of a page and a number: villages, crews and files of the
organizer are in the pages alone, which no browser keeps.
"""

from __future__ import annotations

import asyncio
import json
import mimetypes
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from routeplan.errors import RouteplanError
from routeplan.files import error_text
from routeplan.language import LANGUAGE_VARIABLE, LANGUAGES, gettext, message_language, ngettext
from routeplan.language import gettext as _
from routeplan.web import views
from routeplan.web.guard import MAP_POLICY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.web.office import Office

HERE = Path(__file__).parent
ASSETS = {"office.css": "text/css", "office.js": "text/javascript", "office.svg": "image/svg+xml"}
"""Files of ours that pages load, and their types."""

PATHS = {"week": "/", "plan": "/plan", "handouts": "/handouts", "lock": "/lock"}
"""The addresses of the pages by their names."""

LEAST_SECONDS, USUAL_SECONDS, MOST_SECONDS = 1, 30, 3600
"""Limits of a search's time."""

LAST_LOOK_SECONDS = 1.0
"""After it is locked, the office goes on for so long: its last page is still loading its looks."""

EVENT_SECONDS = 0.5
"""The progress of a job is sent so often."""


class Pages:
    """What answers the requests that the guard lets through.

    Parameters
    ----------
    office
        The campaign.
    lock
        Called when the organizer locks the office.
    """

    def __init__(self, office: Office, lock: Callable[[], None]) -> None:
        self._office = office
        self._lock = lock
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(_=gettext, ngettext=ngettext)

    def application(self) -> Starlette:
        """Return the application of all pages."""
        routes = [
            Route("/", self.week, methods=["GET"]),
            Route("/plan", self.plan, methods=["GET"]),
            Route("/plan", self.start_plan, methods=["POST"]),
            Route("/plan/map", self.map, methods=["GET"]),
            Route("/handouts", self.handouts, methods=["GET"]),
            Route("/handouts", self.start_handouts, methods=["POST"]),
            Route("/handouts/{number:int}", self.handout, methods=["GET"]),
            Route("/job", self.job_events, methods=["GET"]),
            Route("/job/stop", self.stop_job, methods=["POST"]),
            Route("/lock", self.doctor, methods=["GET"]),
            Route("/lock", self.close, methods=["POST"]),
            Route("/language", self.set_language, methods=["POST"]),
            *(Route(f"/{name}", partial(_asset, name=name), methods=["GET"]) for name in ASSETS),
        ]
        handlers: dict[Any, Any] = {
            HTTPException: self.show_missing,
            RouteplanError: self.show_faults,
            Exception: self.show_unexpected,
        }
        application = Starlette(routes=routes, exception_handlers=handlers)
        application.router.redirect_slashes = False
        return application

    def week(self, request: Request) -> Response:
        """Show how far the campaign is, and the next step."""
        del request
        office = self._office
        scenario = office.scenario()
        planned, lines = self._planned()
        signed, goal = None, scenario.campaign.goal
        if planned is not None:
            progress = office.progress(scenario, planned[0])
            if isinstance(progress, str):
                lines.append(progress)
            else:
                from routeplan.workflow.week import progress_lines  # noqa: PLC0415  # it is loaded now

                lines += progress_lines(progress)
                signed = progress.signed
        return self._page(
            "week.html",
            "week",
            campaign=scenario.name,
            period=None if planned is None else views.period_of(planned[0]),
            lines=lines,
            signed=signed,
            goal=goal,
            reach=[] if planned is None else views.reach_of(*planned),
            step=views.next_step(office, has_plan=planned is not None),
        )

    def plan(self, request: Request) -> Response:
        """Show the plan, or the search for one."""
        del request
        planned, faults = self._planned()
        tables: dict[str, Any] = {} if planned is None else _tables_of(*planned)
        return self._page(
            "plan.html",
            "plan",
            faults=faults,
            has_plan=planned is not None,
            has_map=planned is not None and self._office.map_file() is not None,
            is_changed=self._office.is_plan_changed(),
            seconds=(LEAST_SECONDS, USUAL_SECONDS, MOST_SECONDS),
            **tables,
        )

    async def start_plan(self, request: Request) -> Response:
        """Start a search."""
        async with request.form() as form:
            text = str(form.get("seconds", ""))
            overwrite = "overwrite" in form
        seconds = int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0  # noqa: PLR2004  # digits
        if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
            message = _(
                "{text!r} is no time limit: write whole seconds from {least} to {most}",
                text=text[:20],
                least=LEAST_SECONDS,
                most=MOST_SECONDS,
            )
            raise RouteplanError(message)
        values = {"seconds": float(seconds), "overwrite": overwrite}
        await run_in_threadpool(self._office.start, "plan", values)
        return RedirectResponse("/plan", 303)

    def map(self, request: Request) -> Response:
        """Send the map of the plan, for its frame."""
        del request
        path = self._office.map_file()
        if path is None:
            raise HTTPException(404)
        headers = {"Content-Security-Policy": MAP_POLICY}
        return FileResponse(path, media_type="text/html", headers=headers)

    def handouts(self, request: Request) -> Response:
        """List the handouts by their folders."""
        del request
        folders = [] if self._office.running else views.handout_rows(self._office.handouts())
        planned, faults = self._planned()
        return self._page(
            "handouts.html",
            "handouts",
            faults=faults,
            folders=folders,
            has_plan=planned is not None,
            are_old=bool(folders) and planned is not None and not self._office.are_handouts_made(),
        )

    async def start_handouts(self, request: Request) -> Response:
        """Start making the handouts."""
        del request
        await run_in_threadpool(self._office.start, "handouts")
        return RedirectResponse("/handouts", 303)

    def handout(self, request: Request) -> Response:
        """Send one of the handouts, by its number in the list, to be saved."""
        number = request.path_params["number"]
        found = self._office.handouts()
        if number >= len(found):
            raise HTTPException(404)
        kind = mimetypes.guess_type(found[number].name)[0] or "application/octet-stream"
        return FileResponse(found[number].path, media_type=kind, filename=found[number].name)

    async def job_events(self, request: Request) -> Response:
        """Send the progress of the job until it is over."""
        del request
        return StreamingResponse(self._events(), media_type="text/event-stream")

    async def _events(self) -> AsyncIterator[str]:
        # The loop ends with the office: an open stream would keep it from ending.
        while (job := self._office.running) is not None and not self._office.is_closing:
            yield f"data: {json.dumps(views.job_values(job))}\n\n"
            await asyncio.sleep(EVENT_SECONDS)
        if not self._office.is_closing:
            yield "event: end\ndata:\n\n"

    async def stop_job(self, request: Request) -> Response:
        """Let the job end with the best that it has."""
        del request
        job = self._office.job
        self._office.finish()
        return RedirectResponse("/plan" if job is None or job.kind == "plan" else "/handouts", 303)

    def doctor(self, request: Request) -> Response:
        """Show what is stored, and lock."""
        del request
        return self._page("lock.html", "lock", stores=views.stored_in(self._office.folder))

    async def close(self, request: Request) -> Response:
        """Lock the office: nobody is let in any more, and it ends."""
        del request
        self._office.finish()
        self._lock()
        page = self._page("closed.html", "")
        page.background = BackgroundTask(self._end_soon)
        return page

    async def _end_soon(self) -> None:
        await asyncio.sleep(LAST_LOOK_SECONDS)
        self._office.is_closing = True

    async def set_language(self, request: Request) -> Response:
        """Change the language of the pages, until the office ends."""
        async with request.form() as form:
            language, page = str(form.get("language", "")), str(form.get("page", ""))
        if language not in LANGUAGES:
            raise HTTPException(404)
        os.environ[LANGUAGE_VARIABLE] = language
        return RedirectResponse(PATHS.get(page, "/"), 303)

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

    def _planned(self) -> tuple[tuple[Problem, Plan] | None, list[str]]:
        """Return the plan unless one is made, and what is wrong with it if it is not readable."""
        try:
            return None if self._office.running else self._office.plan(), []
        except RouteplanError as error:
            return None, list(map(str, error.faults))

    def _errors(self, faults: list[str], status: int) -> Response:
        return self._page("error.html", "", status=status, found=faults)

    def _page(self, template: str, here: str, *, status: int = 200, **values: object) -> Response:
        job, running = self._office.job, self._office.running
        text = self._templates.get_template(template).render(
            here=here,
            language=message_language(),
            languages={"kk": "Қазақша", "ru": "Русский", "en": "English"},
            running=running,
            live=None if running is None else views.job_values(running),
            last=None if job is None or running else job,
            **values,
        )
        return HTMLResponse(text, status)


def _tables_of(problem: Problem, plan: Plan) -> dict[str, object]:
    rows = list(views.tour_rows(problem, plan))
    left_out = views.left_out_rows(problem, plan)
    return {
        "period": views.period_of(problem),
        "reach": views.reach_of(problem, plan),
        "tours": rows[: views.MOST_ROWS],
        "left_out": left_out,
    }


async def _asset(request: Request, name: str) -> Response:
    del request
    return Response((HERE / "static" / name).read_bytes(), media_type=ASSETS[name])
