"""How visits read: their hours with the rest inside, who else is there, which were announced."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from routeplan.handouts.labels import time_label
from routeplan.handouts.map_view import OtherVisit, RestView
from routeplan.language import date_label, translation
from routeplan.model.objective import kept_visits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from routeplan.language import Language
    from routeplan.model.plan import Plan, Rest, Stop, Tour
    from routeplan.model.problem import Problem

LUNCH_SECONDS = (11 * 3600, 16 * 3600)
"""A rest inside a visit that begins within these times of day is called lunch."""


def begins_with_visit(tour: Tour) -> bool:
    """Return whether a team begins its day at the doors of the place where it slept."""
    return bool(tour.stops) and tour.stops[0].place == tour.start


def drive_off(problem: Problem, tour: Tour) -> int | None:
    """Return when a team first drives on a day; None where it does not."""
    seconds = problem.travel[problem.team_of[tour.team].vehicle].seconds
    arrivals = [*(stop.arrive for stop in tour.stops), tour.arrive]
    for (start, end), arrive in zip(pairwise(tour.places), arrivals, strict=True):
        if start != end:
            return arrive - int(seconds[problem.index[start], problem.index[end]])
    return None


def rest_view(rest: Rest, stop: Stop, language: Language) -> RestView:
    """Return a rest at a stop; one that interrupts it around noon is lunch."""
    inside, (first, last) = rest.interrupts(stop), LUNCH_SECONDS
    name = translation(language).gettext("Lunch") if inside and first <= rest.start < last else ""
    return RestView(time_label(rest.start), time_label(rest.end), inside=inside, name=name)


def hours_label(stop: Stop, rests: Iterable[RestView], language: Language) -> str:
    """Return the hours of a visit with the rests that interrupt it; empty where none does."""
    _ = translation(language).gettext
    inside = [rest for rest in rests if rest.inside]
    if not inside:
        return ""
    is_lunch = all(rest.name for rest in inside)
    label = _("{start} – {end}, lunch {rest}") if is_lunch else _("{start} – {end}, rest {rest}")
    rest = ", ".join(f"{each.start} – {each.end}" for each in inside)
    return label.format(start=time_label(stop.start), end=time_label(stop.end), rest=rest)


def other_visits(plan: Plan, tour: Tour, stop: Stop) -> tuple[OtherVisit, ...]:
    """Return the visits of other teams to the village of a stop while it lasts."""
    return tuple(
        OtherVisit(each.team, other.start, other.end, other.households)
        for each in plan.tours
        if each.day == tour.day and each.team != tour.team
        for other in each.stops
        if other.place == stop.place and other.start < stop.end and stop.start < other.end
    )


def sharing_labels(stop: Stop, others: Sequence[OtherVisit], language: Language) -> tuple[str, ...]:
    """Return who else is in the village of a stop, and how many households each reaches."""
    if not others:
        return ()
    _, ngettext = translation(language).gettext, translation(language).ngettext
    lines = []
    for other in others:
        here = ngettext(
            "Crew {team} is here too, {start} – {end}, for {n} household.",
            "Crew {team} is here too, {start} – {end}, for {n} households.",
            other.households,
        )
        start, end = time_label(other.start), time_label(other.end)
        lines.append(here.format(team=other.team, start=start, end=end, n=other.households))
    divide = _("Divide the houses between you: {own} yours, {others} theirs.")
    theirs = sum(other.households for other in others)
    return (*lines, divide.format(own=stop.households, others=theirs))


class AnnouncedVisits:
    """The announced visits of a problem, and which of them a plan keeps."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self._problem = problem
        self._kept = {each.visit for each in kept_visits(problem, plan.tours)}

    def is_kept(self, tour: Tour, place: str) -> bool:
        """Return whether a stop of a tour keeps an announced visit."""
        return (tour.team, tour.day, place) in self._kept

    def missed_on(self, tour: Tour) -> tuple[str, ...]:
        """Return the names of the villages that wait for the team of a tour in vain."""
        missed = (a for a in self._problem.announced if a.visit not in self._kept)
        own = (a for a in missed if (a.team, a.day) == (tour.team, tour.day))
        return tuple(self._problem.place(each.place).name for each in own)

    def labels(self, language: Language) -> Mapping[str, tuple[str, ...]]:
        """Return by village which visits were announced, and whether each is kept."""
        _ = translation(language).gettext
        kept, missed = _("crew {team} on {date}: kept"), _("crew {team} on {date}: not kept")
        found: dict[str, tuple[str, ...]] = {}
        for each in self._problem.announced:
            label = kept if each.visit in self._kept else missed
            date = date_label(self._problem.days[each.day].date, language)
            text = label.format(team=each.team, date=date)
            found[each.place] = (*found.get(each.place, ()), text)
        return found
