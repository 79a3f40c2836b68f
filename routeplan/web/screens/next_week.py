"""The next week: what is left, what was learned, and its plan."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from starlette.routing import Route

from routeplan.errors import Fault, InputError
from routeplan.language import gettext as _
from routeplan.language import message_language, period_label
from routeplan.web.folders import OUTPUTS, changed_from
from routeplan.web.records import why_not
from routeplan.web.screens import Screen
from routeplan.web.screens.evening import learned_lines
from routeplan.web.screens.forms import by_field, fields_of, parse_whole
from routeplan.web.screens.plan import LEAST_SECONDS, MOST_SECONDS, USUAL_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from routeplan.ledger import Remaining
    from routeplan.model.problem import Problem
    from routeplan.scenario import Scenario

MOST_VILLAGES = 20
"""Of those with the most unsigned households."""


class NextWeekScreen(Screen):
    """The step from one week to the next."""

    def routes(self) -> Sequence[BaseRoute]:
        """Return the page and its forms."""
        return [
            Route("/next-week", self.show, methods=["GET"]),
            Route("/next-week", self.start, methods=["POST"]),
            Route("/next-week/back", self.take_back, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Show what is left and what was learned, and the form."""
        del request
        return self._show({}, ())

    def _show(self, typed: Mapping[str, str], wrong: Sequence[Fault]) -> Response:
        planned, faults = self.planned()
        scenario = self.office.scenario()
        state = self.office.records.state(scenario)
        values: dict[str, Any] = {"left": None, "period": "", "is_later": False}
        if planned is not None:
            problem = planned[0]
            days = [day.date for day in problem.days]
            values["period"] = period_label(days[0], days[-1], message_language())
            folder, where = self.office.folder, self.office.plan_folder
            values["is_later"] = where.name != OUTPUTS and changed_from(folder, where) is None
            if state == "open":
                values["left"] = self._left(scenario, problem)
        found = self.office.result_of("week") or self.office.result_of("evening") or {}
        return self.page(
            "next_week.html",
            "next-week",
            status=422 if wrong else 200,
            faults=faults,
            has_plan=planned is not None,
            why_not=why_not(state),
            learned=list(learned_lines(found.get("learned", ()))),
            typed=typed,
            wrong=by_field(wrong),
            seconds=(LEAST_SECONDS, USUAL_SECONDS, MOST_SECONDS),
            **values,
        )

    def _left(self, scenario: Scenario, problem: Problem) -> dict[str, Any]:
        """Return what is unsigned, how far the campaign is, and how many sheets are missing."""
        from routeplan.web.sheets import Plans  # noqa: PLC0415  # tables and pages load slowly
        from routeplan.workflow.week import next_scenario, progress_lines, progress_of  # noqa: PLC0415

        entries, remaining = self.office.records.read(scenario)
        results = [entry.result for entry in entries]
        progress = progress_of(results, remaining, problem, scenario.campaign.goal)
        week = Plans(self.office.folder)
        dates = tuple(day.date for day in problem.days)
        sheets = [sheet for _date, own in week.of_week(dates, entries, dates[-1]) for sheet in own]
        return {
            "progress": list(progress_lines(progress)),
            "unsigned": sum(each.unsigned for each in remaining.values()),
            "pending": sum(each.come_back + each.not_home for each in remaining.values()),
            "evening": sum(each.evening for each in remaining.values()),
            "villages": _village_rows(problem, remaining),
            "missing": len([sheet for sheet in sheets if sheet.entry is None]),
            "first": next_scenario(scenario, dates[-1]).days[0].date,
        }

    async def start(self, request: Request) -> Response:
        """Start planning the next week."""
        fields = await fields_of(request)
        return await run_in_threadpool(self._start, fields)

    def _start(self, fields: Mapping[str, str]) -> Response:
        try:
            seconds = parse_whole("seconds", fields.get("seconds", ""), MOST_SECONDS)
            first = fields.get("first", "").strip()
            if first:
                _date(first)
        except InputError as error:
            return self._show(fields, error.faults)
        values = {
            "first": first,
            "as_assumed": "as_assumed" in fields,
            "seconds": float(max(LEAST_SECONDS, seconds or USUAL_SECONDS)),
        }
        self.office.start("week", values)
        return RedirectResponse("/next-week", 303)

    async def take_back(self, request: Request) -> Response:
        """Remove the plan of the last week, and hold that of the week before again."""
        del request
        if self.office.running is None and self.office.plan_folder.name != OUTPUTS:
            await run_in_threadpool(self.office.take_back)
        return RedirectResponse("/next-week", 303)


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        message, hint = _("{text!r} is no date", text=text), _("write it as 2027-05-05")
        raise InputError([Fault("first", message, hint)]) from None


def _village_rows(
    problem: Problem, remaining: Mapping[str, Remaining]
) -> list[tuple[str, Remaining]]:
    """Return the villages with the most unsigned households, and what is left to do there."""
    rows = [
        (problem.place(place).name, left)
        for place, left in remaining.items()
        if left.unsigned and place in problem.index
    ]
    return sorted(rows, key=lambda row: -row[1].unsigned)[:MOST_VILLAGES]
