"""The review of a day: planned against reached, what was missed, and what tomorrow would bring."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.errors import Fault, InputError, PlanError
from routeplan.language import gettext as _
from routeplan.ledger.learning import apply, learn
from routeplan.planner import solve
from routeplan.workflow.remaining import households_left, kept_tours, remaining_problem

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Sequence

    from routeplan.ledger.learning import Learned
    from routeplan.model.plan import Plan, Tour
    from routeplan.model.problem import Problem, Team
    from routeplan.model.results import VisitResult
    from routeplan.planner import Options, Progress

__all__ = ["Missed", "Replanning", "Review", "TeamDay", "Tomorrow", "VillageDay", "review"]


@dataclass(frozen=True, slots=True)
class TeamDay:
    """One team's day, as planned and as it was.

    Parameters
    ----------
    stops, visits
        Villages that it was to visit, and visits that were recorded.
    planned, reached, signed, refused, come_back, not_home
        Households.
    assumed_pace, pace
        Households an hour at doors; None where no time was written down, or none is assumed.
    planned_drive_seconds, drive_seconds
        Of the drives whose time was written down.
    """

    team: str
    stops: int
    visits: int
    planned: int
    reached: int
    signed: int
    refused: int
    come_back: int
    not_home: int
    assumed_pace: float | None
    pace: float | None
    planned_drive_seconds: int
    drive_seconds: int


@dataclass(frozen=True, slots=True)
class VillageDay:
    """One village's day; `left` households have neither signed nor refused since the first day."""

    place: str
    name: str
    teams: tuple[str, ...]
    planned: int
    reached: int
    signed: int
    refused: int
    come_back: int
    not_home: int
    left: int


@dataclass(frozen=True, slots=True)
class Missed:
    """A village where fewer households were reached than planned so far, for the mop-up list.

    Parameters
    ----------
    days
        Indices of the days, up to the one that is reviewed, on which it was to be visited.
    visited
        Whether anybody was there.
    missing
        Households planned and not reached, no more than there are left.
    later
        Households that the plan reaches there on later days, beside.
    """

    place: str
    name: str
    teams: tuple[str, ...]
    days: tuple[int, ...]
    visited: bool
    planned: int
    reached: int
    missing: int
    later: int


@dataclass(frozen=True, slots=True)
class Tomorrow:
    """A tour of the next day at what was learned: the same stops in the same order.

    Parameters
    ----------
    lost
        Households of the plan that would not fit any more: the last stops are cut first.
    gained
        Households beyond the plan that would fit into its stops.
    stops
        Place, planned households, and those that fit.
    """

    team: str
    day: int
    planned: int
    lost: int
    gained: int
    stops: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Replanning:
    """What is left of the plan, kept or planned anew, both at what was learned.

    Parameters
    ----------
    kept, replanned
        Households reached on the days that are left.
    plan
        Of those days; None where none was found, and then `trouble` says why.
    """

    kept: int
    replanned: int
    plan: Plan | None = None
    trouble: str = ""

    @property
    def gain(self) -> int:
        """Households that planning anew reaches beyond those of the plan that is kept."""
        return self.replanned - self.kept


@dataclass(frozen=True, slots=True)
class Review:
    """The review of a day; `replanning` is None where it was not asked for or no day is left."""

    day: int
    date: dt.date
    teams: tuple[TeamDay, ...]
    villages: tuple[VillageDay, ...]
    missed: tuple[Missed, ...]
    learned: Learned
    tomorrow: tuple[Tomorrow, ...]
    replanning: Replanning | None = None


def review(
    problem: Problem,
    plan: Plan,
    results: Iterable[VisitResult],
    day: int,
    *,
    options: Options | None = None,
    report: Callable[[Progress], None] | None = None,
) -> Review:
    """Review a day of a plan.

    Parameters
    ----------
    problem, plan
        As they were announced: their paces, shares and drives are those that were assumed.
    results
        Visits; those before the problem's first day and after the reviewed one do not count.
    day
        Index of the day.
    options
        Of a short search for the days that are left; there is none where left out.
    report
        Called with each better plan of that search.

    Raises
    ------
    InputError
        Where there is no such day.
    """
    if not 0 <= day < len(problem.days):
        fault = Fault("--day", _("there is no day {day}", day=day + 1), problem.days_hint)
        raise InputError([fault])
    first, date = problem.days[0].date, problem.days[day].date
    counted = [result for result in results if first <= result.date <= date]
    today = [result for result in counted if result.date == date]
    learned = learn(counted, problem)
    rest = remaining_problem(apply(problem, learned), plan.tours, counted, day)
    kept = kept_tours(rest, plan)
    return Review(
        day,
        date,
        tuple(_team_day(problem, plan, team, today, day) for team in problem.teams),
        tuple(_village_days(problem, plan, counted, day)),
        tuple(_missed(problem, plan, counted, day)),
        learned,
        tuple(_tomorrows(plan, kept, day)),
        _replanned(rest, plan, kept, options, report) if options and kept else None,
    )


# ---- Today ----


def _team_day(
    problem: Problem, plan: Plan, team: Team, today: Sequence[VisitResult], day: int
) -> TeamDay:
    own = [result for result in today if result.team == team.id]
    stops = [stop for tour in plan.tours_of(team.id) if tour.day == day for stop in tour.stops]
    reached, seconds = _sums((r.reached, r.door_seconds) for r in own)
    planned, driven = _sums((_planned_seconds(problem, r), r.drive_seconds) for r in own)
    return TeamDay(
        team.id,
        len(stops),
        len(own),
        sum(stop.households for stop in stops),
        *_counts(own),
        team.pace_on(day),
        3600 * reached / seconds if seconds else None,
        planned,
        driven,
    )


def _sums(pairs: Iterable[tuple[int | None, int | None]]) -> tuple[int, int]:
    """Return the sums of pairs of which both numbers are known."""
    first = second = 0
    for one, other in pairs:
        if one is not None and other is not None:
            first, second = first + one, second + other
    return first, second


def _planned_seconds(problem: Problem, result: VisitResult) -> int | None:
    """Return how long the drive to a visit was planned to take; None where that is not known."""
    start, index = result.from_place, problem.index
    if not result.drive_seconds or start is None or not {start, result.place} <= index.keys():
        return None
    times = problem.travel[problem.team_of[result.team].vehicle]
    return int(times.seconds[index[start], index[result.place]])


def _counts(results: Sequence[VisitResult]) -> tuple[int, int, int, int, int]:
    """Return the households reached, signed, that refused, asked to come back, and not at home."""
    return (
        sum(result.reached for result in results),
        sum(result.signed for result in results),
        sum(result.refused for result in results),
        sum(result.come_back for result in results),
        sum(result.not_home for result in results),
    )


def _village_days(
    problem: Problem, plan: Plan, counted: Sequence[VisitResult], day: int
) -> Iterable[VillageDay]:
    """Yield the villages that were to be visited, in the order of the plan, then the others."""
    date = problem.days[day].date
    planned: Counter[str] = Counter()
    teams: dict[str, list[str]] = {}
    for tour in plan.tours:
        for stop in tour.stops if tour.day == day else ():
            planned[stop.place] += stop.households
            teams.setdefault(stop.place, []).append(tour.team)
    for result in counted:
        if result.date == date:
            teams.setdefault(result.place, []).append(result.team)
    left = households_left(problem, counted)
    for place, names in teams.items():
        today = [r for r in counted if r.date == date and r.place == place]
        yield VillageDay(
            place,
            _name(problem, place),
            tuple(dict.fromkeys(names)),
            planned[place],
            *_counts(today),
            left[place],
        )


def _name(problem: Problem, place: str) -> str:
    return problem.place(place).name if place in problem.index else place


def _missed(problem: Problem, plan: Plan, counted: Sequence[VisitResult], day: int) -> list[Missed]:
    """Return the mop-up list, those first that nobody visited, then by what is missing."""
    planned: dict[str, list[tuple[str, int, int]]] = {}
    later: Counter[str] = Counter()
    for tour in sorted(plan.tours, key=lambda tour: tour.day):
        for stop in tour.stops:
            if tour.day <= day:
                visit = tour.team, tour.day, stop.households
                planned.setdefault(stop.place, []).append(visit)
            else:
                later[stop.place] += stop.households
    left, missed = households_left(problem, counted), []
    for place, visits in planned.items():
        reached = [result.reached for result in counted if result.place == place]
        total = sum(households for _, _, households in visits)
        missing = min(total - sum(reached), left[place])
        if missing > 0:
            teams, days, _households = zip(*visits, strict=True)
            names = tuple(dict.fromkeys(teams)), tuple(dict.fromkeys(days))
            counts = total, sum(reached), missing, later[place]
            missed.append(Missed(place, _name(problem, place), *names, bool(reached), *counts))
    return sorted(missed, key=lambda each: (each.visited, -each.missing, each.place))


# ---- Tomorrow ----


def _tomorrows(plan: Plan, kept: Sequence[Tour], day: int) -> Iterable[Tomorrow]:
    """Yield the tours of the next day on which anybody works."""
    following = min((tour.day for tour in plan.tours if tour.day > day), default=None)
    for tour in plan.tours:
        if tour.day == following:
            yield _tomorrow(tour, kept)


def _tomorrow(planned: Tour, kept: Iterable[Tour]) -> Tomorrow:
    """Compare a tour with what of it is kept; nothing is where it cannot be driven any more."""
    same = [t for t in kept if (t.team, t.day) == (planned.team, planned.day)]
    fits = {stop.place: stop.households for tour in same for stop in tour.stops}
    stops = tuple((stop.place, stop.households, fits.get(stop.place, 0)) for stop in planned.stops)
    return Tomorrow(
        planned.team,
        planned.day,
        planned.households,
        sum(max(0, was - now) for _, was, now in stops),
        sum(max(0, now - was) for _, was, now in stops),
        stops,
    )


def _replanned(
    rest: Problem,
    plan: Plan,
    kept: Sequence[Tour],
    options: Options,
    report: Callable[[Progress], None] | None,
) -> Replanning:
    reached = sum(tour.households for tour in kept)
    try:
        found = solve(rest, options, start=plan.replace(tours=tuple(kept)), report=report)
    except PlanError as error:
        return Replanning(reached, reached, trouble=str(error))
    return Replanning(reached, found.summary.households, found)
