"""Changes: a plan that has begun, planned again from a day on, and what that changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from starlette.routing import Route

from routeplan.errors import Fault, Faults, InputError, RouteplanError
from routeplan.language import gettext as _
from routeplan.language import message_language
from routeplan.web.folders import OUTPUTS, changed_from, first_date, read_plan_in
from routeplan.web.records import why_not
from routeplan.web.screens import Screen
from routeplan.web.screens.forms import by_field, fields_of, parse_decimal, parse_whole
from routeplan.web.screens.plan import LEAST_SECONDS, MOST_SECONDS, USUAL_SECONDS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.web.office import Office
    from routeplan.workflow.difference import PlanDifference, VisitChange

MOST_PACE, MOST_STOPS = 1000.0, 10_000


class ChangesScreen(Screen):
    """What is different from a day on, and what changed."""

    def __init__(self, office: Office) -> None:
        super().__init__(office)
        self._typed: dict[str, str] = {}

    def routes(self) -> Sequence[BaseRoute]:
        """Return the page and its forms."""
        return [
            Route("/changes", self.show, methods=["GET"]),
            Route("/changes", self.start, methods=["POST"]),
            Route("/changes/back", self.take_back, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Show what changed, and the form for changes."""
        del request
        return self._show()

    def _show(self, wrong: Sequence[Fault] = ()) -> Response:
        planned, faults = self.planned()
        values: dict[str, Any] = {"days": [], "changed": None}
        if planned is not None:
            where = self.office.plan_folder
            values = {
                "days": _open_days(where, planned[0]),
                "changed": _changed(self.office.folder, where, planned),
                "teams": _team_rows(*planned),
                "places": sorted({place.name for place in planned[0].places}),
                "chosen": str(self._usual_day(where, planned[0])),
            }
        scenario = self.office.scenario()
        state = self.office.records.state(scenario)
        return self.page(
            "changes.html",
            "changes",
            status=422 if wrong else 200,
            faults=faults,
            has_plan=planned is not None,
            why_not=why_not(state),
            worth=scenario.campaign.announced_worth,
            is_sealed=state == "sealed",
            typed=self._typed if wrong or self._is_open(values["changed"]) else {},
            wrong=by_field(wrong),
            seconds=(LEAST_SECONDS, USUAL_SECONDS, MOST_SECONDS),
            **values,
        )

    def _is_open(self, changed: dict[str, Any] | None) -> bool:
        """Return whether what was typed is still to be done: it failed, or was taken back."""
        job = self.office.job
        failed = job is not None and job.kind == "replan" and not job.state.succeeded
        return failed or changed is None

    def _usual_day(self, where: Path, problem: Problem) -> dt.date | None:
        """Return the day after the last one with results; else the first that can be chosen."""
        days, scenario = _open_days(where, problem), self.office.scenario()
        if self.office.records.state(scenario) == "open":
            with self.office.records.open(scenario) as ledger:
                dates = [each.date for each in ledger.results()]
            later = [day for day in days if dates and day > max(dates)]
            days = later or days
        return next(iter(days), None)

    async def start(self, request: Request) -> Response:
        """Start planning again."""
        self._typed = await fields_of(request)
        return await run_in_threadpool(self._start)

    def _start(self) -> Response:
        planned, _faults = self.planned()
        if planned is None:
            return RedirectResponse("/changes", 303)
        try:
            days = _open_days(self.office.plan_folder, planned[0])
            values = _values_of(self._typed, planned[0], days)
            usual = self.office.scenario().campaign.announced_worth
            worths = {"keep": None, "free": 0.0}
            values["worth"] = worths.get(self._typed.get("worth", ""), usual)
        except InputError as error:
            return self._show(error.faults)
        self.office.start("replan", values)
        return RedirectResponse("/changes", 303)

    async def take_back(self, request: Request) -> Response:
        """Remove the last change, and hold the plan of before again."""
        del request
        if self.office.running is None:
            await run_in_threadpool(self.office.take_back)
        return RedirectResponse("/changes", 303)


# ---- The form ----


def _open_days(where: Path, problem: Problem) -> list[dt.date]:
    """Return the days from which a plan can be changed.

    A change from the first day of a change, or from a day before, would replace it or be under it:
    that one is taken back first. One from the first day of a later week would replace its plan.
    """
    first = first_date(where, problem)
    days = [day.date for day in problem.days if day.date >= first]
    return days if where.name == OUTPUTS else days[1:]


def _team_rows(problem: Problem, plan: Plan) -> list[dict[str, Any]]:
    """Return the teams that still work, with the number of their fields in the form."""
    working = {tour.team for tour in plan.tours if tour.stops}
    return [
        {"number": number, "id": team.id, "others": [t.id for t in problem.teams if t != team]}
        for number, team in enumerate(problem.teams)
        if team.id in working
    ]


def _values_of(
    fields: Mapping[str, str], problem: Problem, days: Sequence[dt.date]
) -> dict[str, Any]:
    """Return what the job is asked for; InputError with each fault, at the name of its field."""
    faults = Faults()
    values: dict[str, Any] = {"without": [], "joins": [], "slept": {}, "further": []}
    values["first"] = fields.get("first", "")
    if values["first"] not in map(str, days):
        faults.add("first", _("No plan has this day."))
    _read_teams(fields, problem, values, faults)
    new = fields.get("further", "").strip()
    if new:
        values["further"].append((new, fields.get("like", "")))
    values["roads"] = [
        line.strip() for line in fields.get("roads", "").splitlines() if line.strip()
    ]
    values["most"] = _tried(faults, "most", fields, lambda n, t: parse_whole(n, t, MOST_STOPS))
    seconds = _tried(faults, "seconds", fields, lambda n, t: parse_whole(n, t, MOST_SECONDS))
    values["seconds"] = float(max(LEAST_SECONDS, seconds or USUAL_SECONDS))
    faults.raise_any()
    return values


def _read_teams(
    fields: Mapping[str, str], problem: Problem, values: dict[str, Any], faults: Faults
) -> None:
    """Add what each team does to the values of a job."""
    for number, team in enumerate(problem.teams):
        what, _colon, other = fields.get(f"team{number}", "").partition(":")
        pace = _tried(faults, f"pace{number}", fields, lambda n, t: parse_decimal(n, t, MOST_PACE))
        if what == "out":
            values["without"].append(team.id)
        elif what == "join":
            values["joins"].append((team.id, other, pace))
        elif pace is not None:
            faults.add(f"pace{number}", _("a pace belongs to a crew that joins another one"))
        if slept := fields.get(f"slept{number}", "").strip():
            values["slept"][team.id] = slept


def _tried(
    faults: Faults,
    name: str,
    fields: Mapping[str, str],
    parse: Callable[[str, str], float | None],
) -> float | None:
    try:
        return parse(name, fields.get(name, ""))
    except InputError as error:
        faults.adopt(error)
        return None


# ---- What changed ----


def _changed(folder: Path, where: Path, new: tuple[Problem, Plan]) -> dict[str, Any] | None:
    """Return what a plan changes of that of before; None where it is the first of its week."""
    problem, before = new[0], changed_from(folder, where)
    if before is None:
        return None
    from routeplan.workflow.difference import Change, compare_from  # noqa: PLC0415  # loads slowly

    old, first = read_plan_in(before), first_date(where, problem)
    day = [each.date for each in problem.days].index(first)
    found = compare_from(day, old, new)
    return {
        "first": first,
        "before": found.before.households,
        "after": found.after.households,
        "kept": len(found.of(Change.KEPT)),
        "stops": found.before.stops,
        "loss": _loss(old, new, day, found),
        "moved": _announcements(found.of(Change.MOVED), problem),
        "dropped": _announcements(found.of(Change.DROPPED), problem),
        "new": _announcements(found.of(Change.NEW), problem),
        "days": _day_rows(old, new, found),
    }


def _loss(
    old: tuple[Problem, Plan], new: tuple[Problem, Plan], day: int, found: PlanDifference
) -> int | None:
    """Return the households that are lost where what was announced is kept as far as possible.

    None where the plan of before cannot be kept at all.
    """
    from routeplan.planner import mended_figures  # noqa: PLC0415  # the planner loads slowly
    from routeplan.workflow.later import Changes, start_of  # noqa: PLC0415

    try:
        kept = mended_figures(new[0], start_of(new[0], old[1], Changes(day)))
    except RouteplanError:
        return None
    return found.after.households - kept.households


def _announcements(visits: Sequence[VisitChange], problem: Problem) -> list[dict[str, Any]]:
    """Return village, visit of before and visit of now, and why, of stops that change."""
    from routeplan.workflow.difference import cause_text  # noqa: PLC0415  # as above

    rows = []
    for visit in visits:
        before, after = visit.before, visit.after
        rows.append(
            {
                "village": problem.place(visit.place).name,
                "before": before and (before.team, problem.days[before.day].date),
                "after": after and (after.team, problem.days[after.day].date),
                "why": cause_text(visit.cause, message_language()),
            }
        )
    return rows


def _day_rows(
    old: tuple[Problem, Plan], new: tuple[Problem, Plan], found: PlanDifference
) -> list[dict[str, Any]]:
    """Return villages and households before and after, of the teams and days that change."""
    rows = []
    for team, day in found.team_days:
        tours = [
            next((t for t in plan.tours_of(team) if t.day == day), None) for _, plan in (old, new)
        ]
        before, after = (
            (len(tour.stops), tour.households) if tour is not None else (0, 0) for tour in tours
        )
        date = new[0].days[day].date
        rows.append({"team": team, "date": date, "before": before, "after": after})
    return rows
