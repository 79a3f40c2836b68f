"""Left out: each village that the plan does not reach, why, and what it would take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from starlette.routing import Route

from routeplan.errors import Fault, InputError, RouteplanError
from routeplan.formats import requirement_text
from routeplan.language import gettext as _
from routeplan.language import message_language
from routeplan.model.plan import Reason
from routeplan.web.board import anchor_of
from routeplan.web.changes import PlanEdits
from routeplan.web.screens import MOST_ROWS, BoardedScreen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from routeplan.model.plan import LeftOut
    from routeplan.web.board import Current
    from routeplan.workflow.board import BoardEdit

MOST_TEXTS = 3
MOST_TRIED = 4

_NEVER = {Reason.UNREACHABLE, Reason.TOO_FAR, Reason.CLOSED, Reason.BELOW_MINIMUM, Reason.PAST}


@dataclass(frozen=True, slots=True)
class LeftOutRow:
    """A village that is left out; `choice` says what the organizer decided, empty for nothing."""

    number: int
    name: str
    households: int
    why: str
    takes: tuple[str, ...]
    choice: str
    faults: tuple[str, ...]
    is_possible: bool


class LeftOutScreen(BoardedScreen):
    """What is left out, and a form that forces a village in."""

    def routes(self) -> Sequence[BaseRoute]:
        """Return the page and its form."""
        return [
            Route("/left-out", self.show, methods=["GET"]),
            Route("/left-out", self.force, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """List what is left out."""
        del request
        planned, faults = self.planned()
        rows: list[LeftOutRow] = []
        if planned is not None:
            try:
                rows = list(_rows(self._boards.current()))
            except RouteplanError as error:
                faults = list(map(str, error.faults))
        return self.page(
            "left_out.html",
            "left_out",
            faults=faults,
            has_plan=planned is not None,
            rows=rows,
            households=sum(row.households for row in rows),
        )

    async def force(self, request: Request) -> Response:
        """Put a village into the day where it fits best, as an edit of the board."""
        async with request.form() as form:
            text = str(form.get("village", ""))
        anchor = await run_in_threadpool(self._force, text)
        return RedirectResponse(f"/plan#{anchor}", 303)

    def _force(self, text: str) -> str:
        now = self._boards.current()
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else -1  # noqa: PLR2004  # digits
        if not 0 <= number < len(now.problem.villages):
            message = _("the plan has no such stop, crew or day")
            raise InputError([Fault("", message, _("load the page again"))])
        edit = self._best_visit(now, now.problem.villages[number].place)
        self._boards.add(edit)
        return anchor_of(now.problem, *edit.target)

    def _best_visit(self, now: Current, place: str) -> BoardEdit:
        """Return a visit on the day where it fits best; InputError where it fits on none."""
        from routeplan.workflow.board import BoardEdit  # noqa: PLC0415  # it loads the planner
        from routeplan.workflow.trials import least_visit, trial_text, try_days  # noqa: PLC0415

        kept = {(edit.team, edit.day) for edit in now.edits if edit.kind == "keep"}
        trials = try_days(now.problem, now.shown, place, least_visit(now.problem, place))
        free = [trial for trial in trials if (trial.team, trial.day) not in kept]
        why = [trial_text(free[0], now.problem) if free else _("all days are kept as they are")]
        for trial in [each for each in free if each.seconds_over < float("inf")][:MOST_TRIED]:
            edit = BoardEdit("visit", place, to_team=trial.team, to_day=trial.day)
            changes = PlanEdits((*now.changes.edits, edit), now.changes.held)
            board = self._boards.check(now.problem, now.plan, changes)
            faults = board.faults.get(edit) if board else None
            if not faults:
                return edit
            why = [*faults]
        message = _("no day is possible: {why}", why="; ".join(why))
        raise InputError([Fault(now.problem.place(place).name, message)])


def _rows(now: Current) -> Iterator[LeftOutRow]:
    """Yield what is left out, the largest first."""
    problem, language = now.problem, message_language()
    number = {village.place: n for n, village in enumerate(problem.villages)}
    visited = {stop.place for tour in now.plan.tours for stop in tour.stops}
    for left in sorted(now.plan.left_out, key=lambda left: -left.households)[:MOST_ROWS]:
        is_visited = left.place in visited
        texts = [
            requirement_text(each, visited=is_visited, problem=problem, language=language)
            for each in left.requirements[:MOST_TEXTS]
        ]
        choice, faults = _choice_of(now, left.place)
        yield LeftOutRow(
            number[left.place],
            problem.place(left.place).name,
            left.households,
            _why(left, is_visited=is_visited),
            tuple(dict.fromkeys(filter(None, texts))),
            choice,
            faults,
            is_possible=left.reason not in _NEVER and not is_visited,
        )


def _choice_of(now: Current, place: str) -> tuple[str, tuple[str, ...]]:
    """Return in words what the organizer decided for a village, and why that cannot be."""
    own = [edit for edit in now.edits if edit.kind in {"visit", "skip"} and edit.place == place]
    if not own or now.board is None:
        return "", ()
    from routeplan.workflow.board import edit_text  # noqa: PLC0415  # it loads the planner

    return edit_text(own[0], now.problem), now.board.faults.get(own[0], ())


def _why(left: LeftOut, *, is_visited: bool) -> str:
    texts = {
        Reason.UNREACHABLE: _("no road leads there"),
        Reason.TOO_FAR: _("too far for any crew"),
        Reason.CLOSED: _("takes no visits on any day"),
        Reason.NO_TIME: _("visited as long as fits") if is_visited else _("all crew-days are full"),
        Reason.SEARCH: _("it would fit, but the search did not find it"),
        Reason.BELOW_MINIMUM: _("a visit there would reach too few"),
        Reason.PAST: _("only days that are over could reach it"),
    }
    return texts[left.reason]
