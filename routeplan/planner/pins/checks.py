"""Whether pins can be kept, checked before a search begins, and the instance that keeps them."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from routeplan.audit import Rule, audit_plan
from routeplan.errors import Faults, InputError, nearest
from routeplan.formats import requirement_text
from routeplan.language import gettext as _
from routeplan.language import message_language
from routeplan.model.plan import Tour
from routeplan.model.travel import LARGEST
from routeplan.planner.explain.reasons import why_never
from routeplan.planner.instance import Instance
from routeplan.planner.pins import PinConflict, Pins
from routeplan.planner.routes import DayRoute, InstancePins, Visit
from routeplan.planner.solution import make_tour, time_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from routeplan.audit import Violation
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.planner.pins import PinnedVisit

# Rules that only mean something for a whole plan, or that are checked here by themselves.
OF_WHOLE_PLANS = {
    *(Rule.TOURS, Rule.LEFT_OUT, Rule.SUMMARY, Rule.UPPER_BOUND, Rule.REQUIRED),
    *(Rule.MIN_HOUSEHOLDS, Rule.ANNOUNCED, Rule.DISTRICT_FLOOR),
}
# Rules on times: these are worked out anew, so that those of the plan do not matter.
OF_TIMES = {
    *(Rule.TRAVEL_TIME, Rule.WORK_HOURS, Rule.STOP_ORDER, Rule.VISIT_LENGTH, Rule.KNOCK_HOURS),
    *(Rule.REST, Rule.REST_AT_STOP, Rule.REST_WINDOW, Rule.TOUR_DRIVE),
}
# What can be wrong with the night before a pinned tour, whose own day is not pinned.
OF_NIGHTS = {Rule.SLEEPING_PLACE, Rule.NIGHTS_AWAY}


def check_pins(problem: Problem, pins: Pins, start: Plan | None = None) -> None:
    """Refuse pins that no plan could keep, without a search.

    Parameters
    ----------
    problem, pins, start
        As `routeplan.planner.solve` takes them.

    Raises
    ------
    InputError
        Naming every pin that names nothing there is, contradicts another one, or breaks a rule.
    """
    pinned_instance(Instance(problem), pins, start)


def timed_days(
    problem: Problem, plan: Plan, days: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], tuple[Tour, tuple[Violation, ...]]]:
    """Return tours of a plan timed anew, and the rules that each breaks, whatever the others are.

    Parameters
    ----------
    problem, plan
        Whose tours visit no place that the problem lacks.
    days
        Teams and indices of days. One that a team does not work, or without a tour, is left out.

    Returns
    -------
    dict
        By team and day: the tour, past its hours where it does not fit into them; and its
        violations. Of a tour that cannot be driven at all, the times are those of the plan, and no
        rule on times is named.
    """
    checks = _Checks(Instance(problem), Pins(tours=tuple(days)), plan)
    return checks.timed_days(plan)


def pinned_instance(free: Instance, pins: Pins, start: Plan | None) -> Instance:
    """Return an instance in which what is pinned is decided already; raise as `check_pins` does.

    Pinned tours are taken from the start plan; `free` is the problem without pins.
    """
    checks = _Checks(free, pins, start)
    checks.check_tours(start)
    checks.check_skipped()
    for visit in pins.pinned_visits:
        checks.check_visit(visit)
    checks.faults.raise_any()
    village = {each.place: n for n, each in enumerate(free.villages)}
    team = {each.id: n for n, each in enumerate(free.problem.teams)}
    decided = InstancePins(
        routes={checks.shift[_key(tour)]: checks.route(tour) for tour in checks.tours},
        days={
            **{village[place]: frozenset[int]() for place in pins.skipped},
            **{village[visit.place]: frozenset({visit.day}) for visit in pins.pinned_visits},
        },
        teams={village[place]: team[name] for place, _, name in pins.visits_by},
    )
    pinned = Instance(free.problem, decided)
    checks.check_required(pinned)
    checks.faults.raise_any()
    return pinned


class _Checks:
    """Pins and their faults, gathered."""

    def __init__(self, free: Instance, pins: Pins, start: Plan | None) -> None:
        self.free, self.problem, self.pins, self.faults = free, free.problem, pins, Faults()
        self.shift = {(free.team(s.index).id, s.day): s.index for s in free.shifts}
        self.tours = list(self._pinned_tours(start))
        self._untimed: set[tuple[str, int]] = set()

    def _pinned_tours(self, start: Plan | None) -> Iterator[Tour]:
        """Yield the pinned tours; note those that the start plan does not have."""
        planned = {_key(tour): tour for tour in reversed(start.tours if start else ())}
        teams = self.problem.team_of
        for team, day in dict.fromkeys(self.pins.tours):
            where = f"pin {team}:{day + 1}"
            if team not in teams:
                message = _("there is no team {team!r}", team=team)
                self.faults.add(where, message, nearest(team, teams))
            elif day not in (days := self.problem.working_days(teams[team])):
                message = _("{team} does not work on day {day}", team=team, day=day + 1)
                self.faults.add(where, message, _days_hint(days))
            elif start is None:
                message = _("there is no start plan to take the tour from")
                self.faults.add(where, message, _("give one"))
            elif (team, day) not in planned:
                message = _(
                    "the start plan has no tour of {team} on day {day}", team=team, day=day + 1
                )
                self.faults.add(where, message)
            else:
                yield planned[team, day]

    def route(self, tour: Tour) -> DayRoute:
        """Return a tour in positions; it names no unknown place."""
        villages, index = self._village_numbers, self.problem.index
        visits = tuple(Visit(villages[stop.place], stop.households) for stop in tour.stops)
        return DayRoute(index[tour.start], index[tour.end], visits)

    def check_tours(self, start: Plan | None) -> None:
        """Note every rule that the pinned tours break, whatever the others are."""
        if start is None:
            return
        pinned = {_key(tour): self._timed(tour) for tour in self.tours}
        for violation in self._violations(start, pinned):
            where = ", ".join(_pin(tour) for tour in _concerned(violation, pinned))
            self.faults.add(where, f"{violation.rule}: {violation.message}")
        self._check_min_households()

    def timed_days(self, start: Plan) -> dict[tuple[str, int], tuple[Tour, tuple[Violation, ...]]]:
        """Return the pinned tours with new times, and the rules that each breaks."""
        pinned = {_key(tour): self._timed(tour) for tour in self.tours}
        found = self._violations(start, pinned)
        return {
            key: (tour, tuple(v for v in found if _team_day(v) == key))
            for key, tour in pinned.items()
        }

    def _violations(self, start: Plan, pinned: Mapping[tuple[str, int], Tour]) -> list[Violation]:
        """Return the violations of some tours, whatever the others are."""
        before = [day for tour in self.tours if (day := self._day_before(tour))]
        unpinned = [tour for tour in before if _key(tour) not in pinned]
        partial = start.replace(tours=(*pinned.values(), *unpinned), left_out=())
        # Of tours that are not pinned, only the nights mean something.
        found = [
            v
            for v in audit_plan(self.problem, partial)
            if v.rule not in OF_WHOLE_PLANS
            and (v.team is None or _team_day(v) in pinned or v.rule in OF_NIGHTS)
        ]
        return self._without_times(found)

    def _without_times(self, found: Sequence[Violation]) -> list[Violation]:
        """Leave out what says nothing: times of a day that cannot be timed, and is forbidden."""
        untimed = self._untimed & {_team_day(v) for v in found if v.rule not in OF_TIMES}
        return [v for v in found if v.rule not in OF_TIMES or _team_day(v) not in untimed]

    def _timed(self, tour: Tour) -> Tour:
        """Return a tour with new times, past its hours where it does not fit into them.

        One that cannot be driven at all is noted, and returned as it is.
        """
        strange = {stop.place for stop in tour.stops} - self.problem.village_at.keys()
        times = None
        if not strange and {tour.start, tour.end} <= self.problem.index.keys():
            route, shift = self.route(tour), self.shift[_key(tour)]
            times = time_day(self.free, shift, route) or time_day(self._unlimited, shift, route)
        if times is None:
            self._untimed.add(_key(tour))
            return tour
        return make_tour(self.free, shift, route, times)

    @cached_property
    def _unlimited(self) -> Instance:
        """The instance with days that do not end."""
        unlimited = copy.copy(self.free)
        never = np.full(len(unlimited.villages), LARGEST)
        unlimited.shifts = tuple(replace(s, end=LARGEST, closes=never) for s in unlimited.shifts)
        return unlimited

    @cached_property
    def _village_numbers(self) -> dict[str, int]:
        return {village.place: n for n, village in enumerate(self.free.villages)}

    def _day_before(self, tour: Tour) -> Tour | None:
        """Return a day before that ends where the tour starts, to check the night between."""
        days = self.problem.working_days(self.problem.team_of[tour.team])
        if tour.day == days[0]:
            return None
        day, place = days[days.index(tour.day) - 1], tour.start
        return Tour(tour.team, day, place, place, tour.depart, tour.depart, 0)

    def _check_min_households(self) -> None:
        """Note visits that reach too few, unless pinned tours of earlier days left no more."""
        visits = [(tour, stop) for tour in self.tours for stop in tour.stops]
        for tour, stop in visits:
            village = self.problem.village_at.get(stop.place)
            if village is None:
                continue
            before = sum(
                other.households
                for earlier, other in visits
                if other.place == stop.place and earlier.day < tour.day
            )
            least = min(village.min_households, max(0, village.households - before))
            if 0 <= stop.households < least:
                message = _(
                    "reaches {n} households in {place}, {least} are the least",
                    n=stop.households,
                    place=stop.place,
                    least=least,
                )
                hint = _("pin the tours of earlier days that left no more as well")
                self.faults.add(_pin(tour), f"{Rule.MIN_HOUSEHOLDS}: {message}", hint)

    def check_skipped(self) -> None:
        """Note villages to be skipped that are unknown, required, or pinned to a day."""
        for place in self.pins.skipped:
            where, village = f"skip-village {place}", self.problem.village_at.get(place)
            if village is None:
                self._note_unknown(where, place)
            elif village.required:
                message = _("the problem asks for a visit to {place}", place=place)
                self.faults.add(where, f"{Rule.REQUIRED}: {message}")
            for tour in self._visiting(place):
                self._note_conflict(where, tour, _("which visits it"))
            for visit in self.pins.pinned_visits:
                if visit.place == place:
                    message = _("is also to be visited on day {day}", day=visit.day + 1)
                    self.faults.add(where, message)

    def check_visit(self, visit: PinnedVisit) -> None:
        """Note why a village cannot be visited on its day, as far as pins and hours say."""
        place, day, team = visit
        where, village = str(visit), self.problem.village_at.get(place)
        if village is None:
            self._note_unknown(where, place)
        if not 0 <= day < len(self.problem.days):
            hint = _("the days are 1 to {n}", n=len(self.problem.days))
            self.faults.add(where, _("there is no day {day}", day=day + 1), hint)
        elif team is not None and team not in self.problem.team_of:
            hint = nearest(team, self.problem.team_of)
            self.faults.add(where, _("there is no team {team!r}", team=team), hint)
        elif village is not None:
            if day in village.closed_days:
                message = _("{place} is closed on day {day}", place=place, day=day + 1)
                self.faults.add(where, f"{Rule.CLOSED_DAY}: {message}")
            elif self.problem.days[day].doors.narrowed(village.knock) is None:
                message = _(
                    "no doors may be knocked in {place} on day {day}", place=place, day=day + 1
                )
                self.faults.add(where, f"{Rule.KNOCK_HOURS}: {message}")
            self._check_same_village(visit)
            self._check_tours_of_day(visit)

    def _check_same_village(self, visit: PinnedVisit) -> None:
        """Note that the village is pinned to another day or team, too."""
        others = [other for other in self.pins.pinned_visits if other.place == visit.place]
        if days := sorted({other.day for other in others} - {visit.day}):
            message = _(
                "is pinned to day {day}, too, and can be pinned to one day only", day=days[0] + 1
            )
            self.faults.add(str(visit), message)
        teams = sorted({other.team for other in others if other.team} - {visit.team})
        if teams and visit.team is not None:
            message = _(
                "is pinned to team {team}, too, and can be pinned to one only", team=teams[0]
            )
            self.faults.add(str(visit), message)

    def _check_tours_of_day(self, visit: PinnedVisit) -> None:
        """Note pinned tours that visit the village otherwise, or leave no team for its visit."""
        where, visiting = str(visit), self._visiting(visit.place)
        for tour in visiting:
            if tour.day != visit.day:
                self._note_conflict(where, tour, _("which visits it on another day"))
            elif visit.team not in {None, tour.team}:
                self._note_conflict(where, tour, _("by which another team visits it"))
        if all(tour.day != visit.day for tour in visiting):
            self._check_teams_of_day(visit)

    def _check_teams_of_day(self, visit: PinnedVisit) -> None:
        """Note that no team is left for a visit."""
        working = {team for team, day in self.shift if day == visit.day}
        working &= {visit.team or team for team in working}
        pinned = {tour.team for tour in self.tours if tour.day == visit.day}
        if not working:
            message = _("nobody works on that day")
            if visit.team is not None:
                message = _("{team} does not work on that day", team=visit.team)
            self.faults.add(str(visit), message)
        elif working <= pinned:
            self.faults.add(str(visit), _("all tours of that day are pinned without it"))

    def check_required(self, pinned: Instance) -> None:
        """Note villages that must be visited and, with what is pinned, cannot be."""
        visits = {visit.place: visit for visit in self.pins.pinned_visits}
        never = why_never(pinned, np.flatnonzero(pinned.required).tolist())
        never_at_all = why_never(self.free, [*never])
        for number, (reason, requirement) in never.items():
            place = pinned.villages[number].place
            if place in visits:
                message = _(
                    "cannot be visited then: {reason}, {why}",
                    reason=reason.label,
                    why=requirement_text(requirement, language=message_language()),
                )
                self.faults.add(str(visits[place]), message)
            elif number not in never_at_all:
                message = _(
                    "{place} must be visited, and the tours that are pinned leave no day for it",
                    place=place,
                )
                self.faults.add(_("pins"), f"{Rule.REQUIRED}: {message}")

    def _visiting(self, place: str) -> list[Tour]:
        return [tour for tour in self.tours if any(stop.place == place for stop in tour.stops)]

    def _note_unknown(self, where: str, place: str) -> None:
        hint = nearest(place, self.problem.village_at)
        self.faults.add(where, _("there is no village {name!r}", name=place), hint)

    def _note_conflict(self, where: str, tour: Tour, message: str) -> None:
        self.faults.adopt(InputError([PinConflict(where, message, tour=_key(tour))]))


def _concerned(violation: Violation, pinned: Mapping[tuple[str, int], Tour]) -> list[Tour]:
    """Return the pinned tours that a violation is about."""
    if own := pinned.get(_team_day(violation)):
        return [own]
    return [
        tour
        for tour in pinned.values()
        if violation.team in {None, tour.team}
        and violation.place in {tour.start, tour.end, *(stop.place for stop in tour.stops)}
    ]


def _team_day(violation: Violation) -> tuple[str, int]:
    return violation.team or "", -1 if violation.day is None else violation.day


def _days_hint(days: Sequence[int]) -> str:
    if not days:
        return _("its days are none")
    return _("its days are {days}", days=", ".join(str(day + 1) for day in days))


def _pin(tour: Tour) -> str:
    return f"pin {tour.team}:{tour.day + 1}"


def _key(tour: Tour) -> tuple[str, int]:
    return tour.team, tour.day
