"""Problems that are small enough to try everything, made of a seed."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from random import Random
from typing import NamedTuple

from routeplan.model.problem import (
    Announced,
    Day,
    District,
    Place,
    Problem,
    Rules,
    Sleep,
    Team,
    TravelTimes,
    Village,
    Window,
)

__all__ = ["SMALL", "SMALLER", "TINY", "Size", "new_problem", "small_problem", "with_version_2"]

HOUR = 3600
# Villages times days of teams beyond which brute force takes seconds.
MOST = 12


class Size(NamedTuple):
    """Fewest and most of each part of a problem."""

    villages: tuple[int, int]
    households: tuple[int, int]
    teams: tuple[int, int]
    days: tuple[int, int]


SMALL = Size(villages=(4, 6), households=(1, 8), teams=(1, 2), days=(1, 3))
SMALLER = Size(villages=(3, 4), households=(1, 6), teams=(1, 2), days=(1, 2))
TINY = Size(villages=(2, 2), households=(0, 2), teams=(1, 2), days=(1, 2))


def small_problem(seed: int, size: Size = SMALL) -> Problem:
    """Return a problem in which many rules bind, and for which there mostly is a plan.

    A household takes a team most of an hour, the next village is half an hour or an hour away:
    few visits and households fit into a day.

    Parameters
    ----------
    seed
        Each gives another problem, always the same.
    size
        How small.
    """
    rng = Random(seed)
    villages = [f"v{n}" for n in range(rng.randint(*size.villages))]
    ids = ["b0", "b1", *villages]
    vehicles = ["car", "truck"][: rng.randint(1, 2)]
    # Where all villages lie to one side of the bases, nights out pay.
    aside = rng.choice([0, 50, 70])
    spots = {place: (rng.uniform(-30, 30) + aside, rng.uniform(-30, 30)) for place in ids}
    spots |= {"b0": (0.0, 0.0), "b1": (rng.uniform(-30, 30), rng.uniform(-30, 30))}
    days = _days(rng, _biased(rng, size.days))
    return Problem(
        name=f"small {seed}",
        places=tuple(Place(p, p, 43 + y / 100, 77 + x / 100) for p, (x, y) in spots.items()),
        travel={name: _travel(rng, spots, 60 + 20 * n) for n, name in enumerate(vehicles)},
        villages=tuple(_village(rng, place, size, len(days)) for place in villages),
        teams=tuple(
            _team(rng, f"t{n}", vehicles, len(days)) for n in range(_biased(rng, size.teams))
        ),
        days=days,
        sleeps=tuple(
            Sleep(place, rng.choice([0, 1, 1, 1, 2]))
            for place in rng.sample(
                villages if aside else ["b1", *villages], rng.choice([0, 1, 1, 2])
            )
        ),
        rules=Rules(
            rng.choice([None, 3 * HOUR, 4 * HOUR, 5 * HOUR]), rng.choice([0, 1200, 2700, 4000])
        ),
    )


def with_version_2(problem: Problem, seed: int) -> Problem:
    """Return a problem with rules of version 2 of its format, drawn by a seed."""
    rng = Random(-1 - seed)
    days = range(len(problem.days))
    paces = [1.0, 0.7, 1.5]
    teams = tuple(
        replace(team, households_per_hour_by_day=tuple(rng.choice(paces) for _ in days))
        if rng.random() < 0.3
        else team
        for team in problem.teams
    )
    visits = sorted(
        {
            (rng.choice(teams).id, rng.choice(days), rng.choice(problem.villages).place)
            for _ in range(rng.choice([0, 0, 1, 3]))
        }
    )
    places = [village.place for village in problem.villages]
    rng.shuffle(places)
    cut = rng.choice([0, 0, 2, 3])
    there = sum(problem.village_at[place].households for place in places[:cut])
    begin = rng.choice([11, 11.5, 12])
    hours = rng.choice(
        [None, Window(int(begin * HOUR), int((begin + rng.choice([0, 1, 3])) * HOUR))]
    )
    rules = replace(
        problem.rules,
        rest_seconds_per_day=rng.choice([0, 1200, 2700, 4000]),
        rest_between=hours,
        drive_hour_worth=rng.choice([0.0, 0.0, 0.3, 1.0]),
    )
    return problem.replace(
        teams=teams,
        rules=rules,
        announced=tuple(Announced(*visit, bonus=rng.choice([0.5, 1.0, 3.0])) for visit in visits),
        districts=(District("north", tuple(places[:cut]), rng.randint(0, min(there, 4))),)
        if cut
        else (),
    )


def new_problem(seed: int) -> Problem:
    """Return a small problem with rules of version 2, or a smaller one where it is too large."""
    problem = small_problem(seed)
    working = sum(len(problem.working_days(team)) for team in problem.teams)
    if len(problem.villages) * working > MOST:
        problem = small_problem(seed, SMALLER)
    return with_version_2(problem, seed)


def _biased(rng: Random, bounds: tuple[int, int]) -> int:
    """Return a number within bounds, the larger ones more often."""
    return max(rng.randint(*bounds), rng.randint(*bounds))


def _travel(
    rng: Random, spots: dict[str, tuple[float, float]], seconds_per_kilometre: int
) -> TravelTimes:
    """Make ways as the crow flies, each longer by its own part, of which some are missing."""
    rows: list[list[int | None]] = [
        [
            0
            if start == end
            else None
            if rng.random() < 0.07
            else math.ceil(math.dist(here, there) * seconds_per_kilometre * rng.uniform(1, 1.5))
            for end, there in spots.items()
        ]
        for start, here in spots.items()
    ]
    return TravelTimes.from_rows(rows)


def _days(rng: Random, count: int) -> tuple[Day, ...]:
    date = dt.date(2027, 5, 3)
    days = []
    for _ in range(count):
        work = Window(8 * HOUR, rng.choice([15, 16, 17]) * HOUR)
        days.append(Day(date, work, rng.choice([None, None, Window(10 * HOUR, 15 * HOUR)])))
        date += dt.timedelta(days=rng.choice([1, 1, 1, 2, 3]))
    return tuple(days)


def _village(rng: Random, place: str, size: Size, days: int) -> Village:
    households = rng.randint(*size.households)
    partial = rng.random() < 0.75
    return Village(
        place,
        households,
        weight=rng.choice([1.0, 1.0, 0.5, 2.0, 1.7]),
        partial=partial,
        min_households=rng.choice([0, 1, 1, 1, 2, 3, 5]),
        setup_seconds=rng.choice([0, 601, 1800, 3000]),
        pace=rng.choice([1.0, 1.0, 0.7, 1.3]),
        max_share_per_visit=rng.choice([1.0, 1.0, 1.0, 0.5, 0.3]) if partial else 1.0,
        closed_days=_some_days(rng, days) if rng.random() < 0.1 else (),
        knock=rng.choice([None, None, None, Window(9 * HOUR, 12 * HOUR), Window(47000, 60001)]),
        required=rng.random() < 0.1,
    )


def _team(rng: Random, name: str, vehicles: list[str], days: int) -> Team:
    return Team(
        name,
        start=rng.choice(["b0", "b0", "b0", "b1"]),
        end=rng.choice(["b0", "b0", "b0", "b1"]),
        vehicle=rng.choice(vehicles),
        households_per_hour=rng.choice([1.0, 1.0, 1.1, 0.9, 0.7, 1.5, 1.3, None]),
        days=_some_days(rng, days) if rng.random() < 0.2 else None,
        max_nights_away=rng.choice([None, None, None, 0, 1, 2]),
    )


def _some_days(rng: Random, days: int) -> tuple[int, ...]:
    return tuple(rng.sample(range(days), rng.randint(1, days)))
