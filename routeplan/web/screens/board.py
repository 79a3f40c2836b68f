"""What an organizer changes of the plan by hand: stops, days, villages; and planning again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, get_args

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.routing import Route

from routeplan.errors import Fault, InputError
from routeplan.language import date_label, message_language
from routeplan.language import gettext as _
from routeplan.web.board import anchor_of, span_of, stop_keys
from routeplan.web.screens import Screen
from routeplan.web.screens.plan import parse_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from routeplan.web.board import Boards, Current, StopKey
    from routeplan.web.office import Office
    from routeplan.workflow.board import BoardEdit


class BoardScreen(Screen):
    """One stop of the plan, and all forms that change the plan.

    Parameters
    ----------
    office
        The campaign.
    boards
        Its plan with the edits of the organizer.
    """

    def __init__(self, office: Office, boards: Boards) -> None:
        super().__init__(office)
        self._boards = boards

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
        from routeplan.workflow.board import trial_text, try_days, without_stop  # noqa: PLC0415  # loads the planner

        now = self._boards.current()
        keys = stop_keys(now.plan, now.edits)
        if not request.path_params["number"] < len(keys):
            raise HTTPException(404)
        key = keys[request.path_params["number"]]
        place, team, day = _where_now(now, key)
        tour = next(t for t in now.shown.tours if (t.team, t.day) == (team, day))
        stop = next((each for each in tour.stops if each.place == place), None)
        if stop is None:
            message = _("is taken out of the plan")
            raise InputError([Fault(now.problem.place(place).name, message)])
        trials = try_days(
            now.problem, without_stop(now.shown, place, team, day), place, stop.households
        )
        texts = {(t.team, t.day): trial_text(t, now.problem) for t in trials}
        dates = [date_label(each.date, message_language()) for each in now.problem.days]
        choices = [
            (
                each.id,
                [
                    (json.dumps((each.id, n)), date, texts[each.id, n], (each.id, n) == (team, day))
                    for n, date in enumerate(dates)
                    if (each.id, n) in texts
                ],
            )
            for each in now.problem.teams
        ]
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
            choices=[each for each in choices if each[1]],
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


def parse_edit(values: Mapping[str, str]) -> BoardEdit:
    """Return the edit of a form; InputError where it is none."""
    from routeplan.workflow.board import BoardEdit, EditKind  # noqa: PLC0415  # loads the planner

    kind = values["kind"]
    try:
        subject, target = json.loads(values["subject"]), json.loads(values["target"] or '["", -1]')
        place, team, day = subject
        to_team, to_day = target
    except (ValueError, TypeError):
        subject, target = [], []
    texts, days = [*subject[:2], *target[:1]], [*subject[2:], *target[1:]]
    is_sound = len(texts) + len(days) == 5 and all(isinstance(each, str) for each in texts)  # noqa: PLR2004  # of both
    if (
        kind not in get_args(EditKind)
        or not is_sound
        or any(type(each) is not int for each in days)
    ):
        message = _("names a stop, a team or a day that the plan does not have")
        raise InputError([Fault(_("change"), message, _("load the page again"))])
    if kind == "move" and not team:
        # A village that is on no day of the plan is not moved: another day is chosen for it.
        return BoardEdit("visit", place, to_team=to_team, to_day=to_day)
    return BoardEdit(kind, place, team, day, to_team, to_day)  # type: ignore[arg-type]  # it is one of them
