"""Degenerate problems: each kind of them changes any problem into one, and several compose."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from routeplan.model.problem import Day, Problem, Rules, Sleep, Team, TravelTimes, Village, Window
from routeplan.model.travel import LARGEST
from routeplan.planner.native_instance import LONGEST
from tests.helpers.small_problems import small_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["KINDS", "alike", "degenerate_problem", "degenerate_problems"]

# More than a few kinds at once mostly leave nothing to plan.
MOST_KINDS = 3


def degenerate_problem(seed: int, *kinds: str) -> Problem:
    """Return a small problem of a seed, changed by some kinds one after the other."""
    rng, problem = Random(seed), small_problem(seed)
    for kind in kinds:
        problem = KINDS[kind](problem, rng)
    return problem.replace(name=" ".join([str(seed), *kinds]))


@st.composite
def degenerate_problems(draw: st.DrawFn) -> Problem:
    """Draw a small problem that is degenerate in up to a few ways at once."""
    names = st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=MOST_KINDS, unique=True)
    return degenerate_problem(draw(st.integers(0, 10**6)), *draw(names))


def alike(count: int, seconds: int) -> Problem:
    """Return a day of so many villages, so many seconds from each other, without service time."""
    problem = small_problem(1)
    base = problem.places[0]
    places = (base, *(replace(base, id=f"v{n}") for n in range(count)))
    drive = np.full((count + 1, count + 1), seconds)
    np.fill_diagonal(drive, 0)
    return Problem(
        places=places,
        travel={"car": TravelTimes(drive, np.ones(drive.shape, dtype=bool))},
        villages=tuple(Village(place.id, 5) for place in places[1:]),
        teams=(Team("t0", base.id, base.id, "car"),),
        days=problem.days[:1],
    )


# ---- Hours and windows ----


def _some_hours_empty(problem: Problem, rng: Random) -> Problem:
    return _days(problem, lambda day: _empty(day) if rng.random() < 0.5 else day)


def _all_hours_empty(problem: Problem, _: Random) -> Problem:
    return _days(problem, _empty)


def _hours_from_midnight(problem: Problem, _: Random) -> Problem:
    return _days(problem, lambda day: Day(day.date, Window(0, 1)))


def _hours_of_years(problem: Problem, rng: Random) -> Problem:
    most = rng.choice([LONGEST - 1, LONGEST, LONGEST + 1, LARGEST])
    return _days(problem, lambda day: Day(day.date, Window(rng.choice([0, 28800]), most)))


def _hours_after_years(problem: Problem, _: Random) -> Problem:
    return _days(problem, lambda day: Day(day.date, Window(LARGEST - 40000, LARGEST)))


def _knock_outside(problem: Problem, rng: Random) -> Problem:
    work = problem.days[0].work
    outside = Window(0, work.start - 1) if work.start else Window(work.end + 1, LARGEST)
    return _villages(problem, rng, lambda v: replace(v, knock=outside))


def _knock_at_the_border(problem: Problem, rng: Random) -> Problem:
    work = problem.days[0].work
    border = rng.choice([Window(0, work.start), Window(work.end, LARGEST)])
    return _villages(problem, rng, lambda v: replace(v, knock=border))


def _knock_of_no_length(problem: Problem, rng: Random) -> Problem:
    moment = problem.days[0].work.start + rng.choice([0, 7200, 14400])
    return _villages(problem, rng, lambda v: replace(v, knock=Window(moment, moment)))


def _day_knock_of_no_length(problem: Problem, _: Random) -> Problem:
    def at_the_end(day: Day) -> Day:
        return replace(day, knock=Window(day.work.end, day.work.end))

    return _days(problem, at_the_end)


# ---- Places and travel times ----


def _one_point(problem: Problem, _: Random) -> Problem:
    return _travel(problem, np.zeros_like)


def _pairs_at_one_point(problem: Problem, rng: Random) -> Problem:
    count = len(problem.places)
    twin = [rng.randrange(count) for _ in range(count)]
    same = np.equal.outer(np.array(twin), np.arange(count))
    return _travel(problem, lambda seconds: np.where(same | same.T, 0, seconds))


def _no_ways(problem: Problem, _: Random) -> Problem:
    def alone(times: TravelTimes) -> TravelTimes:
        return replace(times, reachable=np.eye(len(times), dtype=bool))

    return problem.replace(travel={name: alone(times) for name, times in problem.travel.items()})


def _crooked_ways(problem: Problem, rng: Random) -> Problem:
    draws = np.random.default_rng(rng.randrange(2**32))
    return _travel(problem, lambda seconds: draws.choice([0, 60, 1800, 30000], seconds.shape))


def _ways_of_years(problem: Problem, rng: Random) -> Problem:
    draws = np.random.default_rng(rng.randrange(2**32))
    long = np.array([LONGEST, LONGEST + 1, 2**30, LARGEST])
    return _travel(
        problem, lambda s: np.where(draws.random(s.shape) < 0.3, draws.choice(long, s.shape), s)
    )


def _one_place(problem: Problem, _: Random) -> Problem:
    if not problem.villages:
        return problem
    village, place = problem.villages[0], problem.place(problem.villages[0].place)
    return problem.replace(
        places=(place,),
        travel=dict.fromkeys(problem.travel, TravelTimes.from_rows([[0]])),
        villages=(village,),
        teams=tuple(replace(team, start=place.id, end=place.id) for team in problem.teams),
        sleeps=(),
    )


def _bases_are_villages(problem: Problem, _: Random) -> Problem:
    first, last = problem.places[-1].id, problem.places[-2 % len(problem.places)].id
    return problem.replace(
        teams=tuple(replace(team, start=first, end=last) for team in problem.teams)
    )


# ---- Villages ----


def _no_villages(problem: Problem, _: Random) -> Problem:
    return problem.replace(villages=())


def _no_households(problem: Problem, rng: Random) -> Problem:
    return _villages(problem, rng, lambda v: replace(v, households=0))


def _no_setup(problem: Problem, _: Random) -> Problem:
    return problem.replace(villages=tuple(replace(v, setup_seconds=0) for v in problem.villages))


def _setup_of_years(problem: Problem, rng: Random) -> Problem:
    long = rng.choice([LONGEST, LONGEST + 1, LARGEST])
    return _villages(problem, rng, lambda v: replace(v, setup_seconds=long))


def _countless_households(problem: Problem, rng: Random) -> Problem:
    return _villages(problem, rng, lambda v: replace(v, households=LARGEST))


def _least_above_households(problem: Problem, rng: Random) -> Problem:
    return _villages(
        problem, rng, lambda v: replace(v, min_households=min(v.households + 1, LARGEST))
    )


def _least_of_all(problem: Problem, rng: Random) -> Problem:
    return _villages(problem, rng, lambda v: replace(v, min_households=LARGEST))


def _all_or_none(problem: Problem, rng: Random) -> Problem:
    return _villages(problem, rng, lambda v: replace(v, partial=False, max_share_per_visit=1.0))


def _tiny_shares(problem: Problem, rng: Random) -> Problem:
    return _villages(problem, rng, lambda v: replace(v, partial=True, max_share_per_visit=1e-9))


def _required(problem: Problem, rng: Random) -> Problem:
    return _villages(problem, rng, lambda v: replace(v, required=True))


def _closed(problem: Problem, rng: Random) -> Problem:
    every = tuple(range(len(problem.days)))
    return _villages(problem, rng, lambda v: replace(v, closed_days=every))


def _weights_apart(problem: Problem, rng: Random) -> Problem:
    return _villages(problem, rng, lambda v: replace(v, weight=rng.choice([1e-9, 1e9, 1 / 3])))


def _light(problem: Problem, _: Random) -> Problem:
    return problem.replace(villages=tuple(replace(v, weight=1e-9) for v in problem.villages))


def _heavy(problem: Problem, _: Random) -> Problem:
    return problem.replace(villages=tuple(replace(v, weight=1e9) for v in problem.villages))


# ---- Teams, days and rules ----


def _no_doors(problem: Problem, _: Random) -> Problem:
    return _teams(problem, households_per_hour=None)


def _many_decimals(problem: Problem, rng: Random) -> Problem:
    return problem.replace(
        teams=tuple(
            replace(t, households_per_hour=rng.uniform(0.5, 2.0) ** rng.choice([1, 9]))
            for t in problem.teams
        ),
        villages=tuple(replace(v, pace=rng.uniform(0.5, 1.5)) for v in problem.villages),
    )


def _paces_apart(problem: Problem, rng: Random) -> Problem:
    return _villages(problem, rng, lambda v: replace(v, pace=rng.choice([1e-12, 1e-4, 1e4, 1e12])))


def _no_shared_day(problem: Problem, _: Random) -> Problem:
    days = problem.days
    return problem.replace(
        teams=tuple(
            replace(team, days=tuple(range(n, len(days), len(problem.teams))))
            for n, team in enumerate(problem.teams)
        )
    )


def _idle_team(problem: Problem, _: Random) -> Problem:
    first, *others = problem.teams
    idle = replace(first, id="idle", days=())
    return problem.replace(teams=(idle, first, *others))


def _all_idle(problem: Problem, _: Random) -> Problem:
    return _teams(problem, days=())


def _idle_days(problem: Problem, _: Random) -> Problem:
    return _teams(problem, days=(len(problem.days) - 1,))


def _one_shift(problem: Problem, _: Random) -> Problem:
    team = replace(problem.teams[0], days=(0,))
    villages = tuple(replace(v, closed_days=()) for v in problem.villages)
    return problem.replace(teams=(team,), days=problem.days[:1], villages=villages)


def _never_away(problem: Problem, _: Random) -> Problem:
    return _teams(problem, max_nights_away=0)


def _no_beds(problem: Problem, _: Random) -> Problem:
    return problem.replace(sleeps=tuple(Sleep(place.id, 0) for place in problem.places))


def _beds_everywhere(problem: Problem, _: Random) -> Problem:
    return problem.replace(sleeps=tuple(Sleep(place.id, LARGEST) for place in problem.places))


def _no_driving(problem: Problem, _: Random) -> Problem:
    return problem.replace(rules=replace(problem.rules, max_drive_seconds_per_day=0))


def _rest_longer_than_the_day(problem: Problem, rng: Random) -> Problem:
    rest = rng.choice([86400, LONGEST, LARGEST])
    return problem.replace(rules=replace(problem.rules, rest_seconds_per_day=rest))


def _rules_of_years(problem: Problem, _: Random) -> Problem:
    return problem.replace(rules=Rules(LARGEST, 0))


KINDS: Mapping[str, Callable[[Problem, Random], Problem]] = {
    name.removeprefix("_").replace("_", " "): kind
    for name, kind in dict(globals()).items()
    if name.startswith("_") and getattr(kind, "__module__", "") == __name__
}
"""By name, how to make a problem one of a kind."""


def _days(problem: Problem, change: Callable[[Day], Day]) -> Problem:
    return problem.replace(days=tuple(map(change, problem.days)))


def _empty(day: Day) -> Day:
    return Day(day.date, Window(day.work.start, day.work.start))


def _travel(problem: Problem, change: Callable[[np.ndarray], np.ndarray]) -> Problem:
    def changed(times: TravelTimes) -> TravelTimes:
        seconds = np.array(change(times.seconds))
        np.fill_diagonal(seconds, 0)
        return replace(times, seconds=seconds)

    return problem.replace(travel={name: changed(times) for name, times in problem.travel.items()})


def _villages(problem: Problem, rng: Random, change: Callable[[Village], Village]) -> Problem:
    """Change the first village, and half of the others."""
    return problem.replace(
        villages=tuple(
            change(v) if n == 0 or rng.random() < 0.5 else v for n, v in enumerate(problem.villages)
        )
    )


def _teams(problem: Problem, **changes: Any) -> Problem:
    return problem.replace(teams=tuple(replace(team, **changes) for team in problem.teams))
