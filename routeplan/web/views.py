"""What the pages show of a plan, of a search and of what is stored, as plain values."""

from __future__ import annotations

import datetime as dt
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
from routeplan.workflow.outputs import find_caches, scan_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.web.jobs import Job, State
    from routeplan.web.office import Handout, Office

NAVIGATION = (
    (marked("This week"), (("week", "/", marked("This week")),)),
    (
        marked("Plan"),
        (
            ("plan", "/plan", marked("Plan")),
            ("left_out", "/left-out", marked("Left out")),
            ("what_if", "/what-if", marked("What if")),
        ),
    ),
    (marked("Handouts"), (("handouts", "/handouts", marked("Handouts")),)),
    (marked("Lock and data"), (("lock", "/lock", marked("Lock and data")),)),
)
"""Groups of pages, each with its title, and the name, the address and the title of its pages."""

PATHS = {name: path for _title, pages in NAVIGATION for name, path, _title in pages}
"""The addresses of the pages by their names."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one thing to do next: why, and the page where it is done."""

    text: str
    action: str
    path: str


def next_step(office: Office, *, has_plan: bool) -> NextStep:
    """Return what comes next in the week."""
    if office.running is not None:
        return NextStep(_("Work is going on."), _("Look how far it is"), office.running.page)
    if not has_plan:
        return NextStep(_("There is no plan of this week yet."), _("Plan the tours"), "/plan")
    if not office.are_handouts_made():
        text = _("The plan is there. Crews need it on paper and on their phones.")
        return NextStep(text, _("Make the handouts"), "/handouts")
    text = _("The handouts are made. Print the sheets, and give them to the crews.")
    return NextStep(text, _("Open the handouts"), "/handouts")


def period_of(problem: Problem) -> str:
    """Return the days of a problem, with the year."""
    return period_label(problem.days[0].date, problem.days[-1].date, message_language())


def reach_of(problem: Problem, plan: Plan) -> list[str]:
    """Return how much a plan reaches, and how far it may be from the best one."""
    total = sum(village.households for village in problem.villages)
    lines = [
        ngettext(
            "{reached} of {n} households reached",
            "{reached} of {n} households reached",
            total,
            reached=plan.summary.households,
        )
    ]
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


def handout_rows(handouts: Sequence[Handout]) -> list[tuple[str, list[tuple[int, str]]]]:
    """Return title, and numbers and names of the files, of each folder; the top one first.

    Folders of crews and days are titled by them; the title of the top folder is empty.
    """
    folders: dict[str, list[tuple[int, str]]] = {".": []}
    for number, each in enumerate(handouts):
        folders.setdefault(each.folder, []).append((number, each.name))
    return [(_title_of(folder), files) for folder, files in folders.items() if files]


def _title_of(folder: str) -> str:
    team, _slash, day = folder.rpartition("/")
    try:
        return f"{team}, {date_label(dt.date.fromisoformat(day), message_language())}"
    except ValueError:
        return "" if folder == "." else folder


@dataclass(frozen=True, slots=True)
class Stored:
    """Files of ours in one folder: how many, how large, and what they are."""

    folder: Path
    holds: str
    files: int
    megabytes: str


def stored_in(folder: Path) -> list[Stored]:
    """Return what is stored in the campaign's folder and in the caches of this machine."""
    found = scan_folder(folder)
    of_folder = [
        (_("what routeplan made"), found.made),
        (_("made by routeplan and changed since"), found.changed),
        (_("ledgers of results"), found.ledgers),
        (_("secret keys of packs"), found.keys),
    ]
    stores = [(folder, holds, files) for holds, files in of_folder if files]
    caches = [(each.folder, each.holds, each.files) for each in find_caches()]
    return [
        Stored(where.absolute(), holds, len(files), _megabytes(files))
        for where, holds, files in (*stores, *caches)
    ]


def _megabytes(files: Sequence[Path]) -> str:
    size = sum(path.stat().st_size for path in files if path.exists())
    return number_text(f"{size / 1e6:.1f}")
