"""What the pages show of a plan and of a search, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.language import (
    date_label,
    marked,
    message_language,
    ngettext,
    number_text,
    period_label,
)
from routeplan.language import gettext as _
from routeplan.model.objective import gap_percent
from routeplan.workflow.plan_rows import reach_line

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from routeplan.ledger import Entry
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.web.jobs import Job, State
    from routeplan.web.office import Office
    from routeplan.web.sheets import Sheet

NAVIGATION = (
    (marked("This week"), (("week", "/", marked("This week")),)),
    (
        marked("Preparation"),
        (
            ("district", "/district", marked("District")),
            ("teams", "/teams", marked("Teams, days, nights")),
        ),
    ),
    (
        marked("Plan"),
        (
            ("plan", "/plan", marked("Plan")),
            ("left_out", "/left-out", marked("Left out")),
            ("what_if", "/what-if", marked("What if")),
        ),
    ),
    (marked("Handouts"), (("handouts", "/handouts", marked("Handouts")),)),
    (
        marked("Results"),
        (
            ("results", "/results", marked("Results")),
            ("evening", "/evening", marked("Evening")),
            ("changes", "/changes", marked("Changes")),
            ("next-week", "/next-week", marked("Next week")),
        ),
    ),
    (marked("Lock and data"), (("lock", "/lock", marked("Lock and data")),)),
)
"""Groups of pages, each with its title, and the name, the address and the title of its pages."""

PATHS = {name: path for _title, pages in NAVIGATION for name, path, _title in pages}
"""The addresses of the pages by their names."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one thing to do next: why, and the page where it is done; perhaps another link."""

    text: str
    action: str
    path: str
    other: tuple[str, str] | None = None


def next_step(
    office: Office, entries: Sequence[Entry] | None, *, has_plan: bool, is_sealed: bool
) -> NextStep:
    """Return what comes next in the week, by what is recorded; None where that is not known."""
    if office.running is not None:
        return NextStep(_("Work is going on."), _("Look how far it is"), office.running.page)
    if not has_plan:
        return NextStep(_("There is no plan of this week yet."), _("Plan the tours"), "/plan")
    if not office.are_handouts_made():
        text = _("The plan is there. Crews need it on paper and on their phones.")
        return NextStep(text, _("Make the handouts"), "/handouts")
    if is_sealed:
        return NextStep(_("The ledger is sealed."), _("Open the ledger"), "/results")
    return _first_results() if entries is None else _step_of_results(office, entries)


def _first_results() -> NextStep:
    text = _(
        "The handouts are made. Print the sheets, and give them to the crews. In the evening, "
        "enter the sheets that they bring back."
    )
    other = _("Open the handouts"), "/handouts"
    return NextStep(text, _("Enter the sheets"), "/results", other)


def _step_of_results(office: Office, entries: Sequence[Entry]) -> NextStep:
    """Return what comes next once there is a ledger: sheets, the evening, the next week."""
    sheets = _sheets_of_week(office, entries)
    recorded = [sheet.visit.date for sheet in sheets if sheet.entry is not None]
    missing = [sheet for sheet in sheets if sheet.entry is None and sheet.is_due]
    if missing:
        text = ngettext("{n} sheet is missing.", "{n} sheets are missing.", len(missing))
        return NextStep(text, _("Enter the sheets"), "/results", (_("Evening"), "/evening"))
    if not recorded:
        return _first_results()
    if len(recorded) == len(sheets):
        text = _("All sheets of the week are in.")
        other = _("Review the last evening"), "/evening"
        return NextStep(text, _("Plan the next week"), "/next-week", other)
    return _step_of_evening(office, max(recorded))


def _step_of_evening(office: Office, last: dt.date) -> NextStep:
    date, found = date_label(last, message_language()), office.result_of("evening")
    other = _("Change the plan"), "/changes"
    if found is None or found["date"] != str(last):
        text = _("All sheets up to {date} are in.", date=date)
        return NextStep(text, _("Review the evening"), "/evening", other)
    text = _("The evening of {date} is reviewed. Enter the next sheets in the evening.", date=date)
    return NextStep(text, _("Enter the sheets"), "/results", other)


def _sheets_of_week(office: Office, entries: Sequence[Entry]) -> list[Sheet]:
    from routeplan.web.sheets import Plans, current_date  # noqa: PLC0415  # tables load slowly

    plans = Plans(office.folder)
    days = plans.of_week(plans.weeks()[-1], entries, current_date())
    return [sheet for _date, own in days for sheet in own]


def period_of(problem: Problem) -> str:
    """Return the days of a problem, with the year."""
    return period_label(problem.days[0].date, problem.days[-1].date, message_language())


def reach_of(problem: Problem, plan: Plan) -> list[str]:
    """Return how much a plan reaches, and how far it may be from the best one."""
    lines = [reach_line(problem, plan)]
    bound = plan.summary.upper_bound
    if bound is not None:
        gap = gap_percent(plan.summary.objective, bound)
        lines.append(_("No plan is better than this one by more than {gap:.1f} %.", gap=gap))
    return lines


def job_values(job: Job) -> dict[str, str]:
    """Return what is shown of a running job, by the name of its field on the page."""
    state = job.state
    seconds = int(job.seconds)
    return {
        "step": state.step,
        "seconds": f"{seconds // 60}:{seconds % 60:02d}",
        "households": "–" if state.households is None else str(state.households),
        "bound": "–" if state.bound is None else number_text(f"{state.bound:,.0f}"),
        "gap": _gap(state),
    }


def _gap(state: State) -> str:
    if state.bound is None or state.objective is None:
        return "–"
    return number_text(f"{gap_percent(state.objective, state.bound):.1f} %")
