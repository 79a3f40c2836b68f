"""What of a plan can be judged: the tours that the problem asks for, and their legs.

A plan that breaks one rule is to be told of that one. So what is broken is noted here once, and
what hangs on it is not judged any further: the plan is refused either way.
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
    from routeplan.model.problem import Problem, Team

__all__ = ["Case", "Leg", "check_places", "check_tours", "clock", "exact", "make_case"]


@dataclass(frozen=True, slots=True)
class Leg:
    """One drive of a tour.

    Parameters
    ----------
    origin, target
        Ids of places.
    ready
        When the team may leave at the earliest: at its departure, or at the end of a visit.
    arrive
        When it arrives.
    seconds
        How long the way takes; None where there is none, or a place is not known.
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
        """When the team leaves at the latest, as far as that can be told."""
        if self.seconds is None or self.arrive - self.seconds < self.ready:
            return self.arrive
        return self.arrive - self.seconds


@dataclass(frozen=True, slots=True)
class Case:
    """A problem and the tours of a plan for it.

    Parameters
    ----------
    problem, plan
        What is judged.
    tours
        The first tour of each team on each of its working days.
    whole
        Whether no tour is missing and every stop is at a village, so that sums over the plan mean
        something.
    """

    problem: Problem
    plan: Plan
    tours: Mapping[tuple[str, int], Tour]
    whole: bool

    def knows(self, place: str) -> bool:
        """Tell whether the place is one of the problem's."""
        return place in self.problem.index

    def legs(self, tour: Tour) -> tuple[Leg, ...]:
        """Return a tour's drives in their order."""
        points = [(tour.start, tour.depart), *((stop.place, stop.end) for stop in tour.stops)]
        arrivals = [*((stop.place, stop.arrive) for stop in tour.stops), (tour.end, tour.arrive)]
        villages = self.problem.village_at
        # A stop at no village was meant to be another place: nobody knows the way there.
        strange = {stop.place for stop in tour.stops if stop.place not in villages}
        legs = []
        for (origin, ready), (target, arrive) in zip(points, arrivals, strict=True):
            known = all(self.knows(place) and place not in strange for place in (origin, target))
            seconds = self._seconds(tour.team, origin, target) if known else None
            legs.append(Leg(origin, target, ready, arrive, seconds, known))
        return tuple(legs)

    def drive_seconds(self, tour: Tour) -> int | None:
        """Return how long a tour drives, None where that cannot be told."""
        total = 0
        for leg in self.legs(tour):
            if leg.seconds is None:
                return None
            total += leg.seconds
        return total

    def working_days(self, team: Team) -> tuple[int, ...]:
        """Return the days that a team works, in order."""
        return _working_days(self.problem, team)

    def _seconds(self, team: str, origin: str, target: str) -> int | None:
        times = self.problem.travel[self.problem.team_of[team].vehicle]
        cell = self.problem.index[origin], self.problem.index[target]
        return int(times.seconds[cell]) if times.reachable[cell] else None


def make_case(problem: Problem, plan: Plan) -> Case:
    """Gather the tours that the problem asks for."""
    asked = _asked(problem)
    tours: dict[tuple[str, int], Tour] = {}
    for tour in plan.tours:
        if (tour.team, tour.day) in asked:
            tours.setdefault((tour.team, tour.day), tour)
    whole = set(tours) == asked and len(plan.tours) == len(asked)
    stops = {stop.place for tour in plan.tours for stop in tour.stops}
    return Case(problem, plan, tours, whole=whole and stops <= set(problem.village_at))


def check_tours(case: Case) -> Iterator[Violation]:
    """Judge that there is one tour for every team and working day."""
    asked = _asked(case.problem)
    given = Counter((tour.team, tour.day) for tour in case.plan.tours)
    for (team, day), count in given.items():
        if team not in case.problem.team_of:
            yield Violation(Rule.TOURS, f"there is no team {team!r}", team=team, day=day)
        elif not 0 <= day < len(case.problem.days):
            yield Violation(Rule.TOURS, f"there is no day {day}", team=team, day=day)
        elif (team, day) not in asked:
            yield Violation(Rule.TOURS, f"{team} does not work on day {day}", team=team, day=day)
        elif count > 1:
            message = f"{team} has {count} tours on day {day}, expected one"
            yield Violation(Rule.TOURS, message, team=team, day=day, by=count - 1)
    for team, day in sorted(asked - set(given)):
        message = f"{team} has no tour on day {day}"
        yield Violation(Rule.TOURS, message, team=team, day=day, by=1)


def check_places(case: Case) -> Iterator[Violation]:
    """Judge that every place is known, and every stop at a village."""
    for (team, day), tour in case.tours.items():
        stops = {stop.place for stop in tour.stops}
        named = [tour.start, tour.end, *stops, *(rest.place for rest in tour.rests)]
        for place in dict.fromkeys(named):
            if not case.knows(place):
                message = f"there is no place {place!r}"
            elif place in stops and place not in case.problem.village_at:
                message = f"{place} is no village, but a stop"
            else:
                continue
            rule = Rule.VILLAGE_STOP if case.knows(place) else Rule.KNOWN_PLACE
            yield Violation(rule, message, place=place, team=team, day=day)
    for left in case.plan.left_out:
        if not case.knows(left.place):
            message = f"left_out names {left.place!r}, but there is no such place"
            yield Violation(Rule.KNOWN_PLACE, message, place=left.place)


def exact(number: float) -> Fraction:
    """Return the decimal number that is written, not the binary one that stands for it.

    Ceilings then come out as by hand: a tenth of 30 households is 3, not 4.
    """
    return Fraction(repr(float(number)))


def clock(seconds: int) -> str:
    """Return a time of day; hours run past 24 for a late drive home."""
    sign = "-" if seconds < 0 else ""
    minutes, second = divmod(abs(seconds), 60)
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}"


def _asked(problem: Problem) -> set[tuple[str, int]]:
    return {(team.id, day) for team in problem.teams for day in _working_days(problem, team)}


def _working_days(problem: Problem, team: Team) -> tuple[int, ...]:
    return tuple(range(len(problem.days))) if team.days is None else tuple(sorted(team.days))
