"""One tour for its sheets: labels of its day, and check-ins with the base.

Times are seconds after the day's midnight.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from routeplan.handouts import labels
from routeplan.handouts.pdf import make_pdf
from routeplan.handouts.visits import begins_with_visit, drive_off
from routeplan.language import number_label, period_label, translation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reportlab.platypus import Flowable

    from routeplan.handouts.map_view import LegView, MapView, TourView
    from routeplan.language import Language
    from routeplan.model.plan import Tour
    from routeplan.model.problem import Problem

# A team is overdue this long after it was expected, or half its drive if that is longer; and the
# alarm is raised this long after that.
GRACE_SECONDS, ALARM_SECONDS = 1_800, 3_600


@dataclass(frozen=True, slots=True)
class Refuge:
    """An overnight place or base, and the drive there; metres are None where none are known."""

    place: str
    seconds: int
    metres: int | None
    name: str = field(default="", compare=False)


@dataclass(frozen=True)
class SheetDay:
    """One tour of a problem, as the map shows it, and all that the map shows with it.

    The sheets are in the language of the map. `refuges` are those of stops that the problem of a
    single day cannot say.
    """

    problem: Problem
    tour: Tour
    view: TourView
    whole: MapView
    refuges: Mapping[str, Refuge | None] = field(default_factory=dict)

    @property
    def language(self) -> Language:
        """The language of the sheets."""
        return self.whole.language

    @property
    def date(self) -> str:
        """The date with its weekday and year."""
        date = self.problem.days[self.tour.day].date
        return period_label(date, date, self.language)

    @property
    def heading(self) -> str:
        """Team and date in a line."""
        label = translation(self.language).gettext("Crew")
        return f"{label} {self.tour.team} · {self.date}"

    def make_pdf(self, flowables: Iterable[Flowable], title: str) -> bytes:
        """Return the PDF of a sheet, with its title and that of the plan at the foot."""
        foot = f"{title} · {self.whole.title}"
        return make_pdf(flowables, title=title, foot=foot, language=self.language)

    @property
    def vehicle(self) -> str:
        """What the team drives."""
        return labels.vehicle_label(self.problem.team_of[self.tour.team].vehicle, self.language)

    @property
    def stays(self) -> bool:
        """Whether the team neither drives nor visits."""
        return not self.tour.stops and not self.view.legs

    def legs_before(self) -> Iterator[LegView | None]:
        """Yield the leg to each stop and to the day's end; None where none is driven."""
        driven = iter(self.view.legs)
        for start, end in pairwise(self.tour.places):
            yield None if start == end else next(driven)

    def km_label(self, km: float) -> str:
        """Return a distance."""
        _ = translation(self.language).gettext
        return _("{km} km").format(km=number_label(km, self.language))

    def minutes_label(self, minutes: int) -> str:
        """Return a duration."""
        _ = translation(self.language).gettext
        hours, rest = divmod(minutes, 60)
        if not hours:
            return _("{minutes} min").format(minutes=rest)
        return _("{hours} h {minutes} min").format(hours=hours, minutes=rest)

    def length_label(self, km: float | None, minutes: int) -> str:
        """Return how long a drive is: kilometres where they are known, and minutes."""
        far = [] if km is None else [self.km_label(km)]
        return " · ".join([*far, self.minutes_label(minutes)])


@dataclass(frozen=True, slots=True)
class CheckIn:
    """When those at the base hear from a team, at which place.

    Parameters
    ----------
    stop
        Number of the stop, from 1; None where the day ends. 0 is where the day begins, when the
        team drives off.
    expected, overdue, alarm
        When the plan has it there; when to begin to call it; when to search for it.
    """

    team: str
    place: str
    stop: int | None
    expected: int
    overdue: int
    alarm: int


def check_ins(problem: Problem, tour: Tour) -> tuple[CheckIn, ...]:
    """Return when a team reports: leaving, at each stop, and where the day ends, in order of time.

    Where the day begins with a visit, that is when it starts and when the team then drives off.
    There are none where the team neither drives nor visits.
    """
    if not tour.stops and tour.start == tour.end:
        return ()
    in_place = begins_with_visit(tour)
    leaves = drive_off(problem, tour) if in_place else tour.depart
    numbers = [0, *range(1, len(tour.stops) + 1), None]
    times = [leaves, *(stop.arrive for stop in tour.stops), tour.arrive]
    if in_place:
        times[1] = tour.stops[0].start
    found = []
    legs = pairwise([tour.start, *tour.places])
    for (before, place), number, expected in zip(legs, numbers, times, strict=True):
        if expected is None:
            continue
        drive = drive_seconds(problem, tour.team, before, place) or 0
        overdue = expected + max(GRACE_SECONDS, drive // 2)
        found.append(CheckIn(tour.team, place, number, expected, overdue, overdue + ALARM_SECONDS))
    return tuple(sorted(found, key=lambda point: point.expected) if in_place else found)


def drive_seconds(problem: Problem, team: str, start: str, end: str) -> int | None:
    """Return the seconds of a leg of a team; None where there is no way."""
    travel = problem.travel[problem.team_of[team].vehicle]
    pair = problem.index[start], problem.index[end]
    return int(travel.seconds[pair]) if travel.reachable[pair] else None


def refuge_of(problem: Problem, team: str, start: str) -> Refuge | None:
    """Return the overnight place or base that is nearest to a place; None where no way leads."""
    places = {sleep.place for sleep in problem.sleeps if sleep.teams_per_night}
    places |= {base for each in problem.teams for base in (each.start, each.end)}
    drives = {place: drive_seconds(problem, team, start, place) for place in places}
    reachable = [(seconds, place) for place, seconds in drives.items() if seconds is not None]
    if not reachable:
        return None
    seconds, place = min(reachable)
    metres = problem.metres(team, (start, place))
    return Refuge(place, seconds, metres, problem.place(place).name)
