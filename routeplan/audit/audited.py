"""A plan beside its problem: the tours that the problem asks for, and their legs.

What one violation causes is not a second one: a tour, a place or a leg that is wrong is noted here
once, and no check relies on it. The plan is refused either way.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from routeplan.audit.rules import Rule, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from routeplan.model.plan import Plan, Tour
    from routeplan.model.problem import Problem

__all__ = ["AuditedPlan", "Leg", "audited", "check_places", "check_tours", "clock", "exact"]


@dataclass(frozen=True, slots=True)
class Leg:
    """One drive of a tour.

    Parameters
    ----------
    origin, target
        Ids of places.
    ready
        Earliest departure: that of the tour, or the end of a visit.
    arrive
        When the team arrives.
    seconds
        How long the drive takes; None where it cannot be driven, or a place is not known.
    known
        Whether both places are.
    """

    origin: str
    target: str
    ready: int
    arrive: int
    seconds: int | None
    known: bool

    @property
    def leave(self) -> int:
        """Latest departure, or the arrival where the drive does not fit."""
        if self.seconds is None or self.arrive - self.seconds < self.ready:
            return self.arrive
        return self.arrive - self.seconds


@dataclass(frozen=True, slots=True)
class AuditedPlan:
    """A problem, a plan for it, and its tours by team and day.

    Parameters
    ----------
    problem, plan
        What is audited.
    tours
        The first tour of each team on each of its working days.
    complete
        Whether no tour is missing and every stop is at a village, so that sums over the plan mean
        something.
    """

    problem: Problem
    plan: Plan
    tours: Mapping[tuple[str, int], Tour]
    complete: bool

    def knows(self, place: str) -> bool:
        """Return whether the place is one of the problem's."""
        return place in self.problem.index

    def legs(self, tour: Tour) -> tuple[Leg, ...]:
        """Return a tour's drives in their order."""
        points = [(tour.start, tour.depart), *((stop.place, stop.end) for stop in tour.stops)]
        arrivals = [*((stop.place, stop.arrive) for stop in tour.stops), (tour.end, tour.arrive)]
        # A stop at no village was meant to be at another place, and its legs cannot be checked.
        wrong = {stop.place for stop in tour.stops} - self.problem.village_at.keys()
        times = self.problem.travel[self.problem.team_of[tour.team].vehicle]
        legs = []
        for (origin, ready), (target, arrive) in zip(points, arrivals, strict=True):
            known = all(self.knows(place) and place not in wrong for place in (origin, target))
            seconds = None
            if known:
                cell = self.problem.index[origin], self.problem.index[target]
                seconds = int(times.seconds[cell]) if times.reachable[cell] else None
            legs.append(Leg(origin, target, ready, arrive, seconds, known))
        return tuple(legs)

    def drive_seconds(self, tour: Tour) -> int | None:
        """Return how long a tour drives; None where a leg cannot be driven or checked."""
        seconds = [leg.seconds for leg in self.legs(tour)]
        return None if None in seconds else sum(filter(None, seconds))


def audited(problem: Problem, plan: Plan) -> AuditedPlan:
    """Return a plan beside its problem."""
    expected = _team_days(problem)
    tours: dict[tuple[str, int], Tour] = {}
    for tour in plan.tours:
        if (tour.team, tour.day) in expected:
            tours.setdefault((tour.team, tour.day), tour)
    stops = {stop.place for tour in plan.tours for stop in tour.stops}
    complete = set(tours) == expected and len(plan.tours) == len(expected)
    return AuditedPlan(problem, plan, tours, complete and stops <= problem.village_at.keys())


def check_tours(audit: AuditedPlan) -> Iterator[Violation]:
    """Check that there is one tour for every team and working day."""
    expected = _team_days(audit.problem)
    given = Counter((tour.team, tour.day) for tour in audit.plan.tours)
    for (team, day), count in given.items():
        by = None
        if team not in audit.problem.team_of:
            message = f"there is no team {team!r}"
        elif not 0 <= day < len(audit.problem.days):
            message = f"there is no day {day}"
        elif (team, day) not in expected:
            message = f"{team} does not work on day {day}"
        elif count > 1:
            message, by = f"{team} has {count} tours on day {day}, expected one", count - 1
        else:
            continue
        yield Violation(Rule.TOURS, message, team=team, day=day, by=by)
    for team, day in sorted(expected - set(given)):
        message = f"{team} has no tour on day {day}"
        yield Violation(Rule.TOURS, message, team=team, day=day, by=1)


def check_places(audit: AuditedPlan) -> Iterator[Violation]:
    """Check that every place is known, and every stop at a village."""
    for (team, day), tour in audit.tours.items():
        stops = {stop.place for stop in tour.stops}
        named = [tour.start, tour.end, *stops, *(rest.place for rest in tour.rests)]
        for place in dict.fromkeys(named):
            if not audit.knows(place):
                message = f"there is no place {place!r}"
                yield Violation(Rule.KNOWN_PLACE, message, place, team, day)
            elif place in stops and place not in audit.problem.village_at:
                message = f"{place} is no village, but a stop"
                yield Violation(Rule.VILLAGE_STOP, message, place, team, day)
    for left in audit.plan.left_out:
        if not audit.knows(left.place):
            message = f"left_out names {left.place!r}, but there is no such place"
            yield Violation(Rule.KNOWN_PLACE, message, left.place)


def exact(number: float) -> Fraction:
    """Return the decimal number that is written, not its binary approximation.

    Ceilings then come out as by hand: a tenth of 30 households is 3, not 4.
    """
    return Fraction(repr(float(number)))


def clock(seconds: int) -> str:
    """Return a time of day; hours run past 24 for a late drive home."""
    sign = "-" if seconds < 0 else ""
    minutes, second = divmod(abs(seconds), 60)
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}"


def _team_days(problem: Problem) -> set[tuple[str, int]]:
    return {(team.id, day) for team in problem.teams for day in problem.working_days(team)}
