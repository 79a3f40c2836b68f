"""What differs between two plans from a day on: who moves and why, what it costs and gains."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from routeplan.handouts import EarlierTour
from routeplan.language import date_label, translation
from routeplan.model.objective import exact
from routeplan.model.plan import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from routeplan.language import Language
    from routeplan.model.plan import Plan, Stop, Tour
    from routeplan.model.problem import Problem
    from routeplan.model.results import VisitResult

    Posed = tuple[Problem, Plan]
    TeamDay = tuple[str, int]

__all__ = [
    "Cause",
    "Change",
    "Figures",
    "PlanDifference",
    "PlannedVisit",
    "VisitChange",
    "cause_text",
    "change_text",
    "compare_from",
    "earlier_tours",
]


class Change(StrEnum):
    """What becomes of a stop."""

    KEPT = "kept"
    """The same team visits the same village on the same day."""
    MOVED = "moved"
    """Another team visits the village, or on another day."""
    DROPPED = "dropped"
    """No visit takes its place."""
    NEW = "new"
    """No visit was planned in its place."""


class Cause(StrEnum):
    """Why a stop is not kept."""

    TEAM_OUT = "team_out"
    """Its team does not work on that day any more."""
    NOBODY_LEFT = "nobody_left"
    """Nobody is left there who is to be asked."""
    OUT_OF_REACH = "out_of_reach"
    """No team can visit the village on the days that are left."""
    BETTER = "better"
    """The plan is worth more without it."""


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """Who visits a village when, and how many households are to be reached."""

    team: str
    day: int
    households: int


@dataclass(frozen=True, slots=True)
class VisitChange:
    """A stop before and after; one of them is None where it is new or dropped."""

    place: str
    before: PlannedVisit | None
    after: PlannedVisit | None
    cause: Cause | None = None

    @property
    def change(self) -> Change:
        """What becomes of the stop."""
        if self.before is None:
            return Change.NEW
        if self.after is None:
            return Change.DROPPED
        same = (self.before.team, self.before.day) == (self.after.team, self.after.day)
        return Change.KEPT if same else Change.MOVED

    @property
    def households(self) -> int:
        """By how many households more are to be reached; below 0 for fewer."""
        before, after = (visit.households if visit else 0 for visit in (self.before, self.after))
        return after - before


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over the tours of a plan from a day on."""

    households: int
    weighted: float
    stops: int
    drive_seconds: int
    nights_away: int


@dataclass(frozen=True, slots=True)
class PlanDifference:
    """What differs between two plans from a day on.

    Parameters
    ----------
    first_day
        Index of that day.
    visits
        Every stop of either plan that reaches somebody, once: by the day, team and place of before,
        new ones last.
    before, after
        Figures of both plans.
    team_days
        Teams and days whose tours differ in anything, by day.
    """

    first_day: int
    visits: tuple[VisitChange, ...]
    before: Figures
    after: Figures
    team_days: tuple[TeamDay, ...]

    def of(self, change: Change) -> tuple[VisitChange, ...]:
        """Return the stops that are kept, moved, dropped or new."""
        return tuple(visit for visit in self.visits if visit.change is change)

    @property
    def recounted(self) -> tuple[VisitChange, ...]:
        """Stops that are kept, and reach more or fewer households than before."""
        return tuple(visit for visit in self.of(Change.KEPT) if visit.households)


def compare_from(first_day: int, old: Posed, new: Posed) -> PlanDifference:
    """Compare two plans, each with its problem, from a day on; days have the same indices."""
    tours = [[t for t in plan.tours if t.day >= first_day] for _, plan in (old, new)]
    before, after = map(_visits, tours)
    changes = [
        VisitChange(place, *pair)
        for place in dict.fromkeys([*before, *after])
        for pair in _paired(before[place], after[place])
    ]
    visits = (replace(change, cause=_cause(change, *new)) for change in changes)
    before_sums, after_sums = (
        _figures(problem, own) for (problem, _plan), own in zip((old, new), tours, strict=True)
    )
    return PlanDifference(
        *(first_day, tuple(sorted(visits, key=_order)), before_sums, after_sums),
        team_days=_changed_tours(*tours),
    )


def _visits(tours: Iterable[Tour]) -> defaultdict[str, list[PlannedVisit]]:
    visits: defaultdict[str, list[PlannedVisit]] = defaultdict(list)
    for tour in sorted(tours, key=lambda tour: (tour.day, tour.team)):
        for stop in _reaching(tour):
            visits[stop.place].append(PlannedVisit(tour.team, tour.day, stop.households))
    return visits


def _reaching(tour: Tour) -> list[Stop]:
    """Return the stops of a tour that reach somebody: to make others is no news to a village."""
    return [stop for stop in tour.stops if stop.households]


def _paired(
    before: Sequence[PlannedVisit], after: Sequence[PlannedVisit]
) -> list[tuple[PlannedVisit | None, PlannedVisit | None]]:
    """Pair the visits to one village: those kept, then those on the same day, then any."""
    pairs: list[tuple[PlannedVisit | None, PlannedVisit | None]] = []
    old, new = list(before), list(after)

    def take(*, day: bool, team: bool) -> None:
        for one in list(old):
            for other in new:
                if (not day or one.day == other.day) and (not team or one.team == other.team):
                    pairs.append((one, other))
                    old.remove(one)
                    new.remove(other)
                    break

    for day, team in ((True, True), (True, False), (False, True), (False, False)):
        take(day=day, team=team)
    return [*pairs, *((one, None) for one in old), *((None, other) for other in new)]


def _cause(change: VisitChange, problem: Problem, plan: Plan) -> Cause | None:
    before, place = change.before, change.place
    if before is None or change.change is Change.KEPT:
        return None
    team = problem.team_of.get(before.team)
    if team is None or before.day not in problem.working_days(team):
        return Cause.TEAM_OUT
    village = problem.village_at.get(place)
    if village is None or not village.households:
        return Cause.NOBODY_LEFT
    never = {Reason.UNREACHABLE, Reason.TOO_FAR, Reason.CLOSED, Reason.PAST}
    if any(left.place == place and left.reason in never for left in plan.left_out):
        return Cause.OUT_OF_REACH
    return Cause.BETTER


def _order(visit: VisitChange) -> tuple[bool, int, str, str]:
    first = visit.before or visit.after
    if first is None:
        raise AssertionError("a stop of neither plan")
    return visit.before is None, first.day, first.team, visit.place


def _figures(problem: Problem, tours: Sequence[Tour]) -> Figures:
    stops = [stop for tour in tours for stop in _reaching(tour)]
    weights = {village.place: exact(village.weight) for village in problem.villages}
    return Figures(
        households=sum(stop.households for stop in stops),
        weighted=float(sum(weights[stop.place] * stop.households for stop in stops)),
        stops=len(stops),
        drive_seconds=sum(tour.drive_seconds for tour in tours),
        nights_away=sum(_nights_away(problem, tour) for tour in tours),
    )


def _nights_away(problem: Problem, tour: Tour) -> int:
    team = problem.team_of[tour.team]
    later = [day for day in problem.working_days(team) if day > tour.day]
    if not later or tour.end == team.end:
        return 0
    return (problem.days[later[0]].date - problem.days[tour.day].date).days


def _changed_tours(before: Sequence[Tour], after: Sequence[Tour]) -> tuple[TeamDay, ...]:
    old, new = (
        {(tour.team, tour.day): _content(tour) for tour in each} for each in (before, after)
    )
    days = sorted(old.keys() | new.keys(), key=lambda team_day: team_day[::-1])
    nothing: tuple[object, ...] = ((), ())
    return tuple(
        day
        for day in days
        if old.get(day) != new.get(day)
        # A team that stays where it is has no sheet.
        and (old.get(day, nothing)[-1], new.get(day, nothing)[-1]) != ((), ())
    )


def _content(tour: Tour) -> tuple[object, ...]:
    """Return a tour without marks of announced visits; the last part is empty if it stays put."""
    stops = tuple((s.place, s.arrive, s.start, s.end, s.households) for s in tour.stops)
    times = tour.depart, tour.arrive, tour.drive_seconds, tour.rests
    return tour.start, tour.end, *times, (*stops, *tour.drives)


# ---- In words, and on the map ----


def change_text(change: VisitChange, problem: Problem, language: Language) -> str:
    """Return what becomes of a stop, in a language."""
    _ = translation(language).gettext
    before, after = change.before, change.after
    if after is None:
        return _("dropped")
    date = date_label(problem.days[after.day].date, language)
    if before is None:
        return _("new: {team}, {date}").format(team=after.team, date=date)
    if change.change is Change.MOVED:
        return _("moves to {team}, {date}").format(team=after.team, date=date)
    if change.households > 0:
        return _("stays, with more households")
    if change.households < 0:
        return _("stays, with fewer households")
    return _("stays")


def cause_text(cause: Cause | None, language: Language) -> str:
    """Return why a stop is not kept, in a language; nothing where it is."""
    _ = translation(language).gettext
    texts = {
        Cause.TEAM_OUT: _("its crew does not work then"),
        Cause.NOBODY_LEFT: _("nobody is left there to be asked"),
        Cause.OUT_OF_REACH: _("no crew can get there any more"),
        Cause.BETTER: _("the plan is worth more this way"),
    }
    return "" if cause is None else texts[cause]


def earlier_tours(
    old: Posed,
    difference: PlanDifference,
    results: Sequence[VisitResult] | None,
    language: Language,
) -> tuple[EarlierTour, ...]:
    """Return what the map shows of a plan that was changed.

    That are its past days with what came of them, as far as there are results; and of the others
    the tours of which not every stop is kept.
    """
    problem, plan = old
    changed = {
        (visit.before.team, visit.before.day, visit.place): visit
        for visit in difference.visits
        if visit.before and visit.change is not Change.KEPT
    }
    _, tours = translation(language).gettext, []
    for tour in sorted(plan.tours, key=lambda tour: (tour.day, tour.team)):
        is_past = tour.day < difference.first_day
        date = date_label(problem.days[tour.day].date, language)
        title = _("Done: {team}, {date}") if is_past else _("Planned before: {team}, {date}")
        stops: list[tuple[str, str]] = []
        if is_past:
            stops += _past_stops(tour, problem, results, language)
        for stop in tour.stops:
            if visit := changed.get((tour.team, tour.day, stop.place)):
                texts = change_text(visit, problem, language), cause_text(visit.cause, language)
                stops.append((stop.place, ": ".join(filter(None, texts))))
        if stops:
            named = title.format(team=tour.team, date=date)
            tours.append(EarlierTour(tour.team, tour.day, tour.places, named, tuple(stops)))
    return tuple(tours)


def _past_stops(
    tour: Tour, problem: Problem, results: Sequence[VisitResult] | None, language: Language
) -> Iterator[tuple[str, str]]:
    """Yield the stops of a day that is over; those that were made besides come last."""
    _ = translation(language).gettext
    planned = {stop.place: stop.households for stop in tour.stops}
    if results is None:
        for place, households in planned.items():
            yield place, _("planned: {n} households").format(n=households)
        return
    date = problem.days[tour.day].date
    made = {r.place: r for r in results if (r.team, r.date) == (tour.team, date)}
    for place in dict.fromkeys([*planned, *made]):
        if place not in problem.index:
            continue
        texts = []
        if place in planned:
            texts.append(_("planned: {n} households").format(n=planned[place]))
        if place in made:
            counts = {"reached": made[place].reached, "signed": made[place].signed}
            texts.append(_("reached: {reached}, signed: {signed}").format(**counts))
        else:
            texts.append(_("no result is recorded"))
        yield place, "; ".join(texts)
