"""The evening: what a day brought, and what that means for the next ones."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from starlette.routing import Route

from routeplan.errors import Fault, InputError
from routeplan.language import gettext as _
from routeplan.language import number_text
from routeplan.web.records import why_not
from routeplan.web.screens import Screen
from routeplan.web.screens.forms import fields_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

SECONDS = 10.0
"""For which it is searched whether planning anew pays."""


class EveningScreen(Screen):
    """The review of a day."""

    def routes(self) -> Sequence[BaseRoute]:
        """Return the page and its form."""
        return [
            Route("/evening", self.show, methods=["GET"]),
            Route("/evening", self.start, methods=["POST"]),
        ]

    def show(self, request: Request) -> Response:
        """Show the last review, and the days that can be reviewed."""
        del request
        scenario = self.office.scenario()
        state = self.office.records.state(scenario)
        days = self._recorded_days() if state == "open" and not self.office.running else {}
        found = self.office.result_of("evening")
        return self.page(
            "evening.html",
            "evening",
            why_not=why_not(state),
            days=days,
            chosen=max(days, default=None),
            review=None if found is None else _review_values(found),
            is_old=found is not None and bool(days) and _is_old(found, days),
        )

    def _recorded_days(self) -> dict[dt.date, int]:
        """Return the days with results, and how many visits each has."""
        days: dict[dt.date, int] = {}
        with self.office.records.open(self.office.scenario()) as ledger:
            for result in ledger.results():
                days[result.date] = days.get(result.date, 0) + 1
        return days

    async def start(self, request: Request) -> Response:
        """Start the review of a day."""
        fields = await fields_of(request)
        try:
            date = dt.date.fromisoformat(fields.get("date", ""))
        except ValueError:
            raise InputError([Fault("", _("No plan has this day."))]) from None
        values = {"date": str(date), "seconds": SECONDS}
        await run_in_threadpool(self.office.start, "evening", values)
        return RedirectResponse("/evening", 303)


def _is_old(found: Mapping[str, Any], days: Mapping[dt.date, int]) -> bool:
    """Return whether more or fewer visits are recorded since a review was made."""
    since, until = found["since"], found["date"]
    visits = sum(n for day, n in days.items() if since <= str(day) <= until)
    return visits != int(found["visits"])


def _review_values(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page shows of a review."""
    from routeplan.workflow.words import conclusion_of  # noqa: PLC0415  # loads with a review alone

    again = found["replanning"]
    return {
        **found,
        "date": dt.date.fromisoformat(found["date"]),
        "planned": sum(team["planned"] for team in found["teams"]),
        "reached": sum(team["reached"] for team in found["teams"]),
        "signed": sum(team["signed"] for team in found["teams"]),
        "lost": sum(tour["lost"] for tour in found["tomorrow"]),
        "gained": sum(tour["gained"] for tour in found["tomorrow"]),
        "learned": list(learned_lines(found["learned"])),
        "conclusion": "" if again is None else conclusion_of(*again),
        "pays": bool(again and again[1] > 0),
        "paces": {
            team["team"]: (_pace(team["pace"]), _pace(team["assumed_pace"]))
            for team in found["teams"]
        },
    }


def _pace(pace: float | None) -> str:
    return "–" if pace is None else number_text(f"{pace:.1f}")


def learned_lines(figures: Sequence[Sequence[Any]]) -> Iterator[str]:
    """Yield what was learned of crews, in words, from `LearnedFigure` values."""
    for kind, name, before, _observed, after, *_interval in figures:
        now, then = number_text(f"{after:.1f}"), number_text(f"{before or 0:.1f}")
        if kind == "pace" and before is None:
            yield _("Crew {team} does {now} households an hour.", team=name, now=now)
        elif kind == "pace":
            yield _(
                "Crew {team} does {now} households an hour; {then} were assumed.",
                team=name,
                now=now,
                then=then,
            )
        elif kind == "contact":
            yield _("Crew {team} finds {share:.0f} of 100 doors open.", team=name, share=after)
        elif kind == "signing":
            yield _(
                "Of 100 households that crew {team} reaches, {share:.0f} sign.",
                team=name,
                share=after,
            )
        elif kind == "legs_by_team":
            yield _(
                "Drives of crew {team} take {share:.0f} % of the time that was planned.",
                team=name,
                share=after,
            )
