"""Review a day."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING

from routeplan.errors import Fault, InputError
from routeplan.language import gettext as _
from routeplan.planner import Options
from routeplan.web.sheets import Plans
from routeplan.workflow.evening import review
from routeplan.workflow.words import learned_figures

if TYPE_CHECKING:
    from routeplan.web.tasks import Work


def run(work: Work) -> None:
    """Send the review of a ``date``; what is left is searched for so many ``seconds``."""
    date = dt.date.fromisoformat(work.values["date"])
    plans = Plans(work.folder)
    held = plans.holding(date)
    if held is None:
        raise InputError([Fault("", _("No plan has this day."))])
    problem, plan = plans.read(held)
    since = problem.days[plan.first_day].date
    with work.records.open(work.scenario()) as ledger:
        results = ledger.results(since, problem.days[-1].date)
    work.on_step(_("reviewing the day"))
    day = [each.date for each in problem.days].index(date)
    options = Options(seconds=work.values["seconds"])
    found = review(problem, plan, results, day, options=options, report=work.report)
    values = dataclasses.asdict(dataclasses.replace(found, replanning=None))
    again = found.replanning
    values |= {
        "date": str(date),
        "since": str(since),
        "learned": [tuple(each) for each in learned_figures(found.learned)],
        "replanning": again and (again.kept, again.gain, again.trouble),
        "visits": len([each for each in results if each.date <= date]),
    }
    work.say(result=values)
