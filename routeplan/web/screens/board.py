"""What an organizer changes of the plan by hand: stops, days, villages; and planning again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.routing import Route

from routeplan.errors import Fault, InputError, RouteplanError
from routeplan.language import gettext as _
from routeplan.web.board import anchor_of, dates_of, span_of, stop_keys
from routeplan.web.screens import BoardedScreen
from routeplan.web.screens.plan import parse_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from routeplan.model.plan import Stop
    from routeplan.web.board import Current, StopKey
    from routeplan.workflow.board import BoardEdit


Choice: TypeAlias = tuple[str, str, str, bool]
"""A day where a stop can be moved: its value, its date, whether it fits, and if it is there now."""


class BoardScreen(BoardedScreen):
    """One stop of the plan, and all forms that change the plan."""

    def routes(self) -> Sequence[BaseRoute]:
        """Return the page of a stop, and the forms."""
        return [
            Route("/plan/stop/{number:int}", self.show, methods=["GET"]),
            Route("/plan/edit", self.edit, methods=["POST"]),
            Route("/plan/undo", self.undo, methods=["POST"]),
            Route("/plan/again", self.again, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Show what can be done with a stop, and into which days it fits."""
        now = self._boards.current()
        keys = stop_keys(now.plan, now.edits)
        if not request.path_params["number"] < len(keys):
            raise HTTPException(404)
        key = keys[request.path_params["number"]]
        here = place, team, day = _where_now(now, key)
        stop = _stop_of(now, here)
        dates = dates_of(now.problem)
        return self.page(
            "stop.html",
            "plan",
            name=now.problem.place(place).name,
            where=_("{team}, {date}", team=team, date=dates[day]),
            span=span_of(stop),
            households=stop.households,
            subject=json.dumps(key),
            day_subject=json.dumps(("", team, day)),
            village_subject=json.dumps((place, "", -1)),
            is_planned=bool(key[1]),
            is_edited=any(each.stop == key or each.place == place for each in now.edits),
            choices=_choices(now, here, stop.households),
            back=f"/plan#{anchor_of(now.problem, team, day)}",
        )

    async def edit(self, request: Request) -> Response:
        """Add an edit, and show the day that it is about."""
        async with request.form() as form:
            values = {name: str(form.get(name, "")) for name in ("kind", "subject", "target")}
        anchor = await run_in_threadpool(self._add, values)
        return RedirectResponse(f"/plan#{anchor}", 303)

    def _add(self, values: Mapping[str, str]) -> str:
        edit = parse_edit(values)
        self._boards.add(edit)
        problem = self._boards.current().problem
        if edit.to_team:
            return anchor_of(problem, *edit.target)
        is_of_day = bool(edit.team) and edit.kind != "release"
        return anchor_of(problem, edit.team, edit.day) if is_of_day else "changes"

    async def undo(self, request: Request) -> Response:
        """Take the last edit back, or else the last search."""
        del request
        await run_in_threadpool(self._boards.undo)
        return RedirectResponse("/plan#board-title", 303)

    async def again(self, request: Request) -> Response:
        """Start a search around the edits."""
        async with request.form() as form:
            seconds = parse_seconds(str(form.get("seconds", "")))
            all_days = "all_days" in form
        values = {"seconds": seconds, "all_days": all_days}
        await run_in_threadpool(self.office.start, "edit", values)
        return RedirectResponse("/plan", 303)


def _where_now(now: Current, key: StopKey) -> StopKey:
    """Return the village, team and day of a stop, as it is moved."""
    place, team, day = key
    for edit in now.edits:
        is_moved = edit.kind == "move" and edit.stop == key
        if is_moved or (edit.kind == "visit" and edit.place == place):
            return place, *edit.target
    return place, team, day


def _stop_of(now: Current, here: StopKey) -> Stop:
    """Return a stop as it is shown; InputError where it is taken out."""
    place, *team_day = here
    tour = next(tour for tour in now.shown.tours if [tour.team, tour.day] == team_day)
    stop = next((each for each in tour.stops if each.place == place), None)
    if stop is None:
        name = now.problem.place(place).name
        raise RouteplanError(_("{village} is taken out of the plan", village=name))
    return stop


def _choices(now: Current, here: StopKey, households: int) -> list[tuple[str, list[Choice]]]:
    """Return by team the days where a stop can be moved, and whether it fits there."""
    from routeplan.workflow.trials import trial_text, try_days, without_stop  # noqa: PLC0415  # loads the planner

    problem, dates = now.problem, dates_of(now.problem)
    trials = try_days(problem, without_stop(now.shown, *here), here[0], households)
    texts = {(trial.team, trial.day): trial_text(trial, problem) for trial in trials}
    by_team: dict[str, list[Choice]] = {team.id: [] for team in problem.teams}
    for team, day in sorted(texts, key=lambda team_day: team_day[1]):
        value, is_here = json.dumps((team, day)), (team, day) == here[1:]
        by_team[team].append((value, dates[day], texts[team, day], is_here))
    return [each for each in by_team.items() if each[1]]


def parse_edit(values: Mapping[str, str]) -> BoardEdit:
    """Return the edit of a form; InputError where it is none."""
    from routeplan.workflow.board import BoardEdit, EditKind  # noqa: PLC0415  # loads the planner

    place, team, day = _parsed(values["subject"], (str, str, int))
    to_team, to_day = _parsed(values["target"] or '["", -1]', (str, int))
    if values["kind"] not in get_args(EditKind):
        raise _unknown()
    kind: EditKind = values["kind"]  # type: ignore[assignment]  # it is one of them
    if kind == "move" and not team:
        # A village that is on no day of the plan is not moved: another day is chosen for it.
        return BoardEdit("visit", place, to_team=to_team, to_day=to_day)
    return BoardEdit(kind, place, team, day, to_team, to_day)


def _parsed(text: str, kinds: Sequence[type]) -> list[Any]:
    """Return a list of JSON with values of these types."""
    try:
        found = json.loads(text)
    except ValueError:
        raise _unknown() from None
    # A Boolean is an int, too.
    if not isinstance(found, list) or [type(each) for each in found] != [*kinds]:
        raise _unknown()
    return found


def _unknown() -> InputError:
    message = _("the plan has no such stop, crew or day")
    return InputError([Fault("", message, _("load the page again"))])
