"""Results: the ledger, and the sheets that are entered, looked at, corrected and withdrawn."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.routing import Route

from routeplan.errors import Fault, InputError
from routeplan.language import gettext as _
from routeplan.language import message_language, period_label
from routeplan.ledger.marks import is_sealed_name
from routeplan.web.records import why_not
from routeplan.web.screens import Screen
from routeplan.web.screens.forms import by_field, fields_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from routeplan.ledger import Entry
    from routeplan.scenario import Scenario
    from routeplan.web.office import Office
    from routeplan.web.sheets import Plans, Sheet

LINES = 6
"""So many lines of a sheet are offered, and so many more each time."""

SHEET = "/results/{plan:int}/{team:int}/{day:int}/{place:int}"


class Typed(NamedTuple):
    """What was typed into a form, and what is wrong with it."""

    fields: Mapping[str, str] = {}
    faults: Sequence[Fault] = ()


class ResultsScreen(Screen):
    """The sheets of all plans, by week, day and crew."""

    def __init__(self, office: Office) -> None:
        super().__init__(office)
        self._notice = ""

    def routes(self) -> Sequence[BaseRoute]:
        """Return the page of a week, its forms, and the pages of sheets."""
        return [
            Route("/results", self.show, methods=["GET"]),
            Route("/results/week/{week:int}", self.show, methods=["GET"]),
            Route("/results/ledger", self.make_ledger, methods=["POST"]),
            Route("/results/passphrase", self.unlock, methods=["POST"]),
            Route("/results/find", self.find, methods=["POST"]),
            Route(SHEET, self.show_sheet, methods=["GET"]),
            Route(SHEET, self.write_sheet, methods=["POST"]),
        ]

    # ---- The week ----

    def show(self, request: Request) -> Response:
        """Show the sheets of a week; of the last one where none is named."""
        return self._show(request.path_params.get("week"))

    def _show(
        self, week: int | None = None, typed: Typed | None = None, choices: Sequence[Sheet] = ()
    ) -> Response:
        from routeplan.web.sheets import Plans  # noqa: PLC0415  # tables and pages load slowly

        scenario = self.office.scenario()
        state = self.office.records.state(scenario)
        typed = typed or Typed()
        values: dict[str, Any] = {
            "state": state,
            "why_not": why_not(state),
            "is_sealed": is_sealed_name(str(scenario.campaign.ledger or "")),
            "notice": self._take_notice(),
            "typed": typed.fields,
            "wrong": by_field(typed.faults),
            "choices": choices,
            "weeks": [],
        }
        plans = Plans(self.office.folder)
        values["has_plan"] = bool(plans.folders)
        if state == "open" and plans.folders:
            values |= self._week_values(plans, scenario, week)
        status = 422 if typed.faults else 200
        return self.page("results.html", "results", status=status, **values)

    def _week_values(self, plans: Plans, scenario: Scenario, week: int | None) -> dict[str, Any]:
        from routeplan.web.sheets import current_date  # noqa: PLC0415  # as above

        weeks = plans.weeks()
        number = len(weeks) - 1 if week is None else week
        if number >= len(weeks):
            raise HTTPException(404)
        dates = weeks[number]
        with self.office.records.open(scenario) as ledger:
            entries = ledger.entries(dates[0], dates[-1])
        days = list(plans.of_week(dates, entries, current_date()))
        language = message_language()
        last = plans.read(plans.holding(dates[-1]) or 0)[0]
        return {
            "weeks": [(period_label(each[0], each[-1], language)) for each in weeks],
            "week": number,
            "days": days,
            "next_day": next(
                (d for d, own in days if any(each.entry is None for each in own)), None
            ),
            "teams": list(last.team_of),
            "dates": [date for date, _sheets in days],
            "villages": sorted(last.place(each.place).name for each in last.villages),
        }

    def _take_notice(self) -> str:
        notice, self._notice = self._notice, ""
        return notice

    async def make_ledger(self, request: Request) -> Response:
        """Start making the ledger; a sealed one with the passphrase that is typed twice."""
        fields = await fields_of(request)
        ledger = self.office.scenario().campaign.ledger
        if is_sealed_name(str(ledger or "")):
            secret = fields.get("passphrase", "")
            if not secret or secret != fields.get("again"):
                message = _("type the same passphrase into both fields")
                return self._show(typed=Typed({}, [Fault("passphrase", message)]))
            self.office.records.passphrase = secret
        await run_in_threadpool(self.office.start, "ledger")
        return RedirectResponse("/results", 303)

    async def unlock(self, request: Request) -> Response:
        """Take the passphrase of a sealed ledger."""
        fields = await fields_of(request)
        scenario, records = self.office.scenario(), self.office.records
        try:
            await run_in_threadpool(records.unlock, scenario, fields.get("passphrase", ""))
        except InputError as error:
            faults = [Fault("passphrase", fault.message) for fault in error.faults]
            return self._show(typed=Typed({}, faults))
        return RedirectResponse("/results", 303)

    async def find(self, request: Request) -> Response:
        """Open the sheet of a code, or of a crew, a day and a village."""
        return await run_in_threadpool(self._find, await fields_of(request))

    def _find(self, fields: Mapping[str, str]) -> Response:
        from routeplan.web.sheets import Plans  # noqa: PLC0415  # tables and pages load slowly

        plans = Plans(self.office.folder)
        by_name = "village" in fields
        try:
            found = [_named(plans, fields)] if by_name else plans.find(fields.get("sheet", ""))
        except InputError as error:
            where = "village" if by_name else "sheet"
            faults = [Fault(where, fault.message, fault.hint) for fault in error.faults]
            return self._show(typed=Typed(fields, faults))
        likely = self._likely(plans, found) if len(found) > 1 else found
        if len(likely) > 1:
            return self._show(typed=Typed(fields), choices=likely)
        return RedirectResponse(likely[0].path, 303)

    def _likely(self, plans: Plans, found: Sequence[Sheet]) -> Sequence[Sheet]:
        """Return the sheets of the last week of those with one number, and older missing ones."""
        week = plans.weeks()[-1]
        with self.office.records.open(self.office.scenario()) as ledger:
            known = {entry.result.key for entry in ledger.entries()}
        own = [each for each in found if each.visit.date in week]
        missing = [each for each in found if each not in own and each.visit.key not in known]
        return [*own, *missing] or found

    # ---- One sheet ----

    def show_sheet(self, request: Request) -> Response:
        """Show a sheet: what is recorded of it, or the form."""
        sheet = self._sheet(request)
        return self._show_sheet(sheet, self._entry(sheet), Typed())

    async def write_sheet(self, request: Request) -> Response:
        """Record, correct or withdraw a sheet; or offer more lines."""
        sheet = await run_in_threadpool(self._sheet, request)
        return await run_in_threadpool(self._write, sheet, await fields_of(request))

    def _sheet(self, request: Request) -> Sheet:
        from routeplan.web.sheets import Plans  # noqa: PLC0415  # tables and pages load slowly

        names = ("plan", "team", "day", "place")
        try:
            return Plans(self.office.folder).at(*(request.path_params[name] for name in names))
        except IndexError:
            raise HTTPException(404) from None

    def _entry(self, sheet: Sheet) -> Entry | None:
        visit = sheet.visit
        with self.office.records.open(self.office.scenario()) as ledger:
            entries = ledger.entries(visit.date, visit.date, visit.team, visit.place)
        return entries[0] if entries else None

    def _write(self, sheet: Sheet, fields: Mapping[str, str]) -> Response:
        if fields.get("act") == "more":
            return self._show_sheet(sheet, self._entry(sheet), Typed(fields))
        try:
            self._notice = self._kept(sheet, fields)
        except InputError as error:
            return self._show_sheet(sheet, self._entry(sheet), Typed(fields, error.faults))
        week = self._week_of(sheet)
        return RedirectResponse("/results" if week is None else f"/results/week/{week}", 303)

    def _kept(self, sheet: Sheet, fields: Mapping[str, str]) -> str:
        """Do what a form asks for, and return what is said of it once that is in the ledger."""
        from routeplan.recording.form import read_form  # noqa: PLC0415  # it loads tables
        from routeplan.web.sheets import Plans  # noqa: PLC0415

        problem, plan = Plans(self.office.folder).read(sheet.plan)
        scenario, act = self.office.scenario(), fields.get("act", "")
        why = fields.get(f"why_{act}", "")
        named = f"{sheet.code} {sheet.visit.team}, {sheet.village}".strip()
        with self.office.records.journal(scenario, problem, plan) as journal:
            known = {each.result.key: each for each in journal.entries()}
            entry = known.get(sheet.visit.key)
            _check_why(act, why)
            if act == "withdraw" and entry is not None:
                journal.correct(entry, None, why=why)
                return _("Withdrawn: {sheet}", sheet=named)
            row = read_form(sheet.visit, journal.planned, fields)
            if act == "correct" and entry is not None:
                journal.correct_typed(entry, row, why=why)
                return _("Corrected: {sheet}", sheet=named)
            if entry is not None and not journal.sort([row]).same:
                message = _("This sheet is recorded already, with other numbers.")
                raise InputError([Fault("", message, _("compare them, and correct it below"))])
            if journal.record_typed(row) is None:
                return _("Was recorded before, and counts once: {sheet}", sheet=named)
            return _("Recorded: {sheet}", sheet=named)

    def _week_of(self, sheet: Sheet) -> int | None:
        """Return the number of the week of a sheet; None for the last one."""
        from routeplan.web.sheets import Plans  # noqa: PLC0415  # tables and pages load slowly

        weeks = Plans(self.office.folder).weeks()
        number = next(n for n, dates in enumerate(weeks) if sheet.visit.date in dates)
        return None if number == len(weeks) - 1 else number

    def _show_sheet(self, sheet: Sheet, entry: Entry | None, typed: Typed) -> Response:
        from routeplan.recording.counts import COUNTS, count_labels  # noqa: PLC0415  # as above
        from routeplan.recording.form import AS_LINES, MOST_LINES  # noqa: PLC0415

        fields = typed.fields or ({} if entry is None else _fields_of_entry(entry))
        lines, labels = min(_lines_of(fields), MOST_LINES), count_labels()
        wrong = by_field(typed.faults)
        parts = ("total", *(f"line{n}" for n in range(1, lines + 1)))
        names = {part: [f"{part}_{name}" for name in COUNTS] for part in parts}
        totals = names["total"]
        return self.page(
            "sheet.html",
            "results",
            status=422 if typed.faults else 200,
            sheet=sheet,
            entry=entry,
            counts=[(name, labels[name]) for name in COUNTS],
            lines=lines,
            names_of=names,
            typed=fields,
            wrong=wrong,
            act=fields.get("act", ""),
            may_take_lines=AS_LINES in fields or not wrong.keys().isdisjoint(totals),
            recorded=None if entry is None else _recorded_rows(entry),
        )


def _check_why(act: str, why: str) -> None:
    """Refuse a correction or withdrawal without a reason, or with a person's data in it."""
    from routeplan.workflow.journal import check_texts  # noqa: PLC0415  # it loads the ledger

    if act in {"correct", "withdraw"} and not why.strip():
        raise InputError([Fault(f"why_{act}", _("say why, in a few words"))])
    check_texts({f"why_{act}": why})


def _lines_of(fields: Mapping[str, str]) -> int:
    """Return how many lines a form has."""
    text = fields.get("lines", "")
    lines = int(text) if re.fullmatch("[0-9]{1,3}", text) else LINES
    return lines + LINES if fields.get("act") == "more" else lines


def _named(plans: Plans, fields: Mapping[str, str]) -> Sheet:
    """Return the sheet of a crew, a day and a village."""
    try:
        date = dt.date.fromisoformat(fields.get("date", ""))
    except ValueError:
        raise InputError([Fault("", _("No plan has this day."))]) from None
    held = plans.holding(date)
    if held is None:
        raise InputError([Fault("", _("No plan has this day."))])
    names = fields.get("team", ""), str(date), fields.get("village", "")
    return plans.sheet(held, plans.planned(held).named_visit(*names))


def _fields_of_entry(entry: Entry) -> dict[str, str]:
    """Return the fields of a form that says what is recorded, as one line."""
    from routeplan.display import clock  # noqa: PLC0415  # as the others
    from routeplan.recording.counts import COUNTS  # noqa: PLC0415
    from routeplan.recording.form import line_field, total_field  # noqa: PLC0415

    result = entry.result
    fields = {line_field(1, name): str(getattr(result, name)) for name in COUNTS}
    fields |= {total_field(name): str(getattr(result, name)) for name in COUNTS}
    if result.come_back_after is not None:
        fields["come_back_after"] = clock(result.come_back_after)
    for name, seconds in (
        ("door_minutes", result.door_seconds),
        ("drive_minutes", result.drive_seconds),
    ):
        if seconds is not None:
            fields[name] = f"{seconds / 60:g}"
    return fields


def _recorded_rows(entry: Entry) -> list[tuple[str, str]]:
    """Return what is recorded of a sheet, with what it is called."""
    from routeplan.recording.counts import count_labels  # noqa: PLC0415  # as the others

    fields = _fields_of_entry(entry)
    rows = [(label, str(getattr(entry.result, name))) for name, label in count_labels().items()]
    names = {
        "come_back_after": _("come back after"),
        "door_minutes": _("minutes at doors"),
        "drive_minutes": _("minutes of the drive"),
    }
    rows += [(label, fields[name]) for name, label in names.items() if name in fields]
    when = f"{entry.when.astimezone():%Y-%m-%d %H:%M}"
    rows.append((_("recorded"), f"{when}, {entry.by}" if entry.by else when))
    if entry.corrects is not None:
        rows.append((_("why it was corrected"), entry.why))
    return rows
