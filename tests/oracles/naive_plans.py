"""Plans by brute force without a thought: all tours that can be written, judged by the audit.

Only times are made here, as early as they can be; which rules a tour or a plan keeps, the audit
says. Too slow for more than two villages, but for one day's visits it finds an order and times.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from itertools import permutations, product
from typing import TYPE_CHECKING

from routeplan.audit import audit_plan
from routeplan.audit.plans import check_chain, check_nights
from routeplan.audit.tours import audited, check_tour, exact
from routeplan.model.objective import kept_visits, objective_of
from routeplan.model.plan import LeftOut, Plan, Reason, Rest, Run, Stop, StoppedBy, Summary, Tour

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from routeplan.model.problem import Problem, Team

__all__ = ["find_tour", "make_plan", "naive_best"]

Visits = tuple[tuple[str, int], ...]
"""Places of villages, and the households reached there."""


def naive_best(problem: Problem) -> float | None:
    """Return the highest objective of all plans that pass the audit, None without one."""
    chains = [list(_chains(problem, team)) for team in problem.teams]
    tours = (tuple(tour for chain in plan for tour in chain) for plan in product(*chains))
    plans = [make_plan(problem, those) for those in tours if _are_there(problem, those)]
    plans.sort(key=lambda plan: -plan.summary.objective)
    found = (plan.summary.objective for plan in plans if not audit_plan(problem, plan))
    return next(found, None)


def find_tour(
    problem: Problem, team: Team, day: int, ends: tuple[str, str], visits: Visits
) -> Tour | None:
    """Return the shortest tour from the one place to the other that passes the audit by itself.

    Parameters
    ----------
    problem, team, day, ends
        Whose tour, on which day, and the places where it begins and ends.
    visits
        In any order.
    """
    found: Tour | None = None
    for order in permutations(visits):
        for rest in _rests(len(order)):
            tour = _tour(problem, team, day, (ends, order, rest))
            if tour is None or (found and found.drive_seconds <= tour.drive_seconds):
                break
            if _passes(problem, tour):
                found = tour
    return found


def make_plan(problem: Problem, tours: Sequence[Tour]) -> Plan:
    """Return the plan of some tours, its figures added up and its kept visits marked."""
    kept = {announced.visit for announced in kept_visits(problem, tours)}
    tours = [_marked(tour, kept) for tour in tours]
    reached = _reached(tours)
    villages = problem.villages
    left_out = tuple(
        LeftOut(v.place, v.households - reached[v.place], Reason.SEARCH)
        for v in villages
        if reached[v.place] < v.households
    )
    weighted = float(sum(exact(v.weight) * reached[v.place] for v in villages))
    driven = sum(tour.drive_seconds for tour in tours)
    summary = Summary(reached.total(), weighted, None, driven, objective_of(problem, tours))
    run = Run("brute force", 0, 0.0, 0, StoppedBy.PROVED, "0.1.0")
    return Plan("", tuple(tours), left_out, summary, run)


def _marked(tour: Tour, kept: set[tuple[str, int, str]]) -> Tour:
    stops = (
        replace(stop, announced=(tour.team, tour.day, stop.place) in kept) for stop in tour.stops
    )
    return replace(tour, stops=tuple(stops))


def _reached(tours: Sequence[Tour]) -> Counter[str]:
    reached: Counter[str] = Counter()
    for stop in (stop for tour in tours for stop in tour.stops):
        reached[stop.place] += stop.households
    return reached


def _are_there(problem: Problem, tours: Sequence[Tour]) -> bool:
    """Return whether tours reach no more households than there are; cheaper than an audit."""
    reached = _reached(tours)
    return all(reached[v.place] <= v.households for v in problem.villages)


def _chains(problem: Problem, team: Team) -> Iterator[tuple[Tour, ...]]:
    """Yield all tours of a team, one for each of its days, that pass the audit but for others."""
    chains: list[tuple[Tour, ...]] = [()]
    for day in problem.working_days(team):
        tours = list(_tours(problem, team, day))
        chains = [(*chain, tour) for chain in chains for tour in tours]
        chains = [chain for chain in chains if _sleeps(problem, chain)]
    yield from chains


def _tours(problem: Problem, team: Team, day: int) -> Iterator[Tour]:
    places = [place.id for place in problem.places]
    for ends in product(places, places):
        for visits in _all_visits(problem):
            tour = find_tour(problem, team, day, ends, visits)
            if tour is not None:
                yield tour


def _all_visits(problem: Problem) -> Iterator[Visits]:
    numbers = ([None, *range(village.households + 1)] for village in problem.villages)
    for chosen in product(*numbers):
        pairs = zip(problem.villages, chosen, strict=True)
        yield tuple((village.place, number) for village, number in pairs if number is not None)


def _rests(stops: int) -> Iterable[tuple[int, str] | None]:
    """Return where a rest may be: at which stop, and when in its visit; None for no rest."""
    return [None, *product(range(stops), ["before", "inside", "after"])]


def _tour(
    problem: Problem,
    team: Team,
    day: int,
    what: tuple[tuple[str, str], Visits, tuple[int, str] | None],
) -> Tour | None:
    """Time a tour as early as can be, whatever ends too late; None where there is no way."""
    (start, end), visits, rest = what
    lasts, between = problem.rules.rest_seconds_per_day, problem.rules.rest_between
    first = 0 if between is None else between.start
    now = depart = problem.days[day].work.start
    driven, at = 0, start
    stops, rests = [], []
    for position, (place, households) in enumerate(visits):
        leg = _leg(problem, team, at, place)
        if leg is None:
            return None
        arrive = now = now + leg
        driven, at = driven + leg, place
        if rest == (position, "before"):
            rests.append(Rest(place, max(now, first), max(now, first) + lasts))
            now = rests[-1].end
        begin = max(now, _opens(problem, day, place))
        now = begin + _length(problem, (team, day), place, households)
        if rest == (position, "inside"):
            rests.append(Rest(place, max(begin, first), max(begin, first) + lasts))
            now += lasts
        stops.append(Stop(place, arrive, begin, now, households))
        if rest == (position, "after"):
            rests.append(Rest(place, max(now, first), max(now, first) + lasts))
            now = rests[-1].end
    leg = _leg(problem, team, at, end)
    if leg is None:
        return None
    return Tour(
        *(team.id, day, start, end, depart, now + leg, driven + leg),
        stops=tuple(stops),
        rests=tuple(rests),
    )


def _leg(problem: Problem, team: Team, start: str, end: str) -> int | None:
    times, cell = problem.travel[team.vehicle], (problem.index[start], problem.index[end])
    return int(times.seconds[cell]) if times.reachable[cell] else None


def _opens(problem: Problem, day: int, place: str) -> int:
    knock = problem.village_at[place].knock
    doors = problem.days[day].doors
    return max(doors.start, knock.start) if knock else doors.start


def _length(problem: Problem, shift: tuple[Team, int], place: str, households: int) -> int:
    village, per_hour = problem.village_at[place], shift[0].pace_on(shift[1])
    if per_hour is None:
        return village.setup_seconds
    hour = exact(per_hour) * exact(village.pace)
    return village.setup_seconds + math.ceil(3600 * households / hour)


def _passes(problem: Problem, tour: Tour) -> bool:
    audit = audited(problem, make_plan(problem, [tour]))
    return not any(check_tour(audit, tour))


def _sleeps(problem: Problem, chain: tuple[Tour, ...]) -> bool:
    audit = audited(problem, make_plan(problem, chain))
    return not any(True for check in (check_chain, check_nights) for _ in check(audit))
