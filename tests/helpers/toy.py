"""A problem and a plan for it that a person can check by hand.

Seven places stand along one road; a minute of driving is a kilometre::

    hill ── dell ──────── base ──────── north ── mill ── ford        isle
    -30     -20             0             20      30      40          (no way)

Whoever comes back from dell or hill to base or beyond takes ten minutes more: a one-way bridge.
Only the four-wheel drive reaches ford, nobody reaches isle. A knocks 20 households an hour (180 s
each), B 30 (120 s each). B does not work on day 1; between days 1 and 2 lie two nights.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from routeplan.formats import problem_sha256, problem_to_json
from routeplan.model.plan import (
    LeftOut,
    Plan,
    Reason,
    Requirement,
    RequirementKind,
    Rest,
    Run,
    Stop,
    StoppedBy,
    Summary,
    Tour,
)
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

MINUTES = {"base": 0, "north": 20, "mill": 30, "ford": 40, "dell": -20, "hill": -30, "isle": None}


def minutes(start: str, end: str) -> int | None:
    """Return how long the toy's four-wheel drive takes, None where there is no way."""
    if start == end:
        return 0
    here, there = MINUTES[start], MINUTES[end]
    if here is None or there is None:
        return None
    return abs(here - there) + (10 if here < 0 <= there else 0)


def travel(*, unreachable: str = "isle") -> TravelTimes:
    """Return the toy's travel times, with one more place that cannot be reached."""
    rows: list[list[int | None]] = [
        [
            None if start != end and unreachable in {start, end} else minutes(start, end)
            for end in MINUTES
        ]
        for start in MINUTES
    ]
    return TravelTimes.from_rows(*(_times(rows, factor) for factor in (60, 1000)))


def toy_problem() -> Problem:
    """Return the problem."""
    work, knock = Window(28800, 72000), Window(36000, 68400)
    return Problem(
        name="toy",
        places=tuple(
            Place(name, name.title(), 43.0, 77.0 + (east or 60) / 80)
            for name, east in MINUTES.items()
        ),
        travel={"car": travel(unreachable="ford"), "four_wheel_drive": travel()},
        villages=(
            Village("north", 60, max_share_per_visit=0.5),
            Village("mill", 100, weight=1.5, min_households=10, setup_seconds=600),
            Village("ford", 30, partial=False, setup_seconds=600),
            Village("dell", 50, closed_days=(0,), knock=Window(39600, 64800)),
            Village("hill", 25, weight=2.0, pace=0.5, setup_seconds=300, required=True),
            Village("isle", 12),
        ),
        sleeps=(Sleep("mill", 1), Sleep("dell", 2)),
        teams=(
            Team("A", "base", "base", "car", 20.0, max_nights_away=3),
            Team("B", "base", "base", "four_wheel_drive", 30.0, days=(0, 2), max_nights_away=1),
        ),
        days=(
            Day(dt.date(2027, 5, 3), work, knock),
            Day(dt.date(2027, 5, 4), work, knock),
            Day(dt.date(2027, 5, 6), work),
        ),
        rules=Rules(max_drive_seconds_per_day=8000, rest_seconds_per_day=1800),
    )


def toy_plan() -> Plan:
    """Return a plan that keeps every rule of the problem.

    Mill's 100 households are shared by four visits (40 + 36 + 20, and the 4 that are left, fewer
    than its minimum of 10); north's 60 by two at its cap of 30. Weighted: north 60, mill 150,
    ford 30, dell 40, hill 50.
    """
    return Plan(
        problem_sha256=problem_sha256(problem_to_json(toy_problem())),
        tours=(
            Tour(
                *("A", 0, "base", "mill", 34200, 52200, 3000),
                stops=(
                    Stop("mill", 36000, 36000, 43800, 40),
                    Stop("north", 46200, 46200, 51600, 30),
                ),
                rests=(Rest("mill", 43800, 45600),),
            ),
            Tour(
                *("A", 1, "mill", "dell", 36000, 52200, 3000),
                stops=(
                    Stop("mill", 36000, 36000, 40200, 20),
                    Stop("dell", 45000, 45000, 52200, 40),
                ),
                rests=(Rest("mill", 40200, 42000),),
            ),
            Tour(
                *("A", 2, "dell", "base", 35400, 49500, 3000),
                stops=(Stop("hill", 36000, 36000, 45300, 25),),
                rests=(Rest("hill", 45300, 47100),),
            ),
            Tour(
                *("B", 0, "base", "base", 33600, 49320, 4800),
                stops=(
                    Stop("ford", 36000, 36000, 40200, 30),
                    Stop("mill", 42600, 42600, 47520, 36),
                ),
                rests=(Rest("ford", 40200, 42000),),
            ),
            Tour(
                *("B", 2, "base", "base", 34200, 44280, 3600),
                stops=(
                    Stop("mill", 36000, 37800, 38880, 4),
                    Stop("north", 39480, 39480, 43080, 30),
                ),
                rests=(Rest("mill", 36000, 37800),),
            ),
        ),
        left_out=(
            LeftOut("dell", 10, Reason.SEARCH, (Requirement(RequirementKind.SEARCH, "B", 1),)),
            LeftOut("isle", 12, Reason.UNREACHABLE, (Requirement(RequirementKind.ROAD),)),
        ),
        summary=Summary(255, 330.0, 340.0, 17400),
        run=Run("by hand", 0, 0.0, 0, StoppedBy.ITERATIONS, "0.1.0"),
    )


def full_toy_problem() -> Problem:
    """Return the problem with every field of version 2.

    B changes cars for day 2 and knocks 36 households an hour then (100 s each). All rests begin
    from 11:10 to 12:35. An hour of driving costs 0.6.
    """
    toy = toy_problem()
    first, second = toy.teams
    return toy.replace(
        rules=replace(toy.rules, rest_between=Window(40200, 45300), drive_hour_worth=0.6),
        teams=(first, replace(second, households_per_hour_by_day=(30.0, None, 36.0))),
        announced=(
            Announced("A", 1, "mill", 5.0),
            Announced("B", 2, "mill", 0.7),
            Announced("B", 0, "ford", 3.0),
            Announced("A", 0, "dell", 9.0),
        ),
        districts=(
            District("east", ("north", "mill", "ford"), 190),
            District("west", ("dell", "hill"), 65),
        ),
    )


def full_toy_plan() -> Plan:
    """Return a plan that keeps every rule of the full problem.

    On day 2 B rests in the middle of its visit to north. Of the announced visits three are kept,
    B's to mill with the 4 households that are left there: 330 + 8.7 - 0.6 * 17,400 / 3,600 = 335.8.
    """
    plan, kept = toy_plan(), {("A", 1, "mill"), ("B", 2, "mill"), ("B", 0, "ford")}
    last = Tour(
        *("B", 2, "base", "base", 34200, 43600, 3600),
        stops=(Stop("mill", 36000, 36000, 37000, 4), Stop("north", 37600, 37600, 42400, 30)),
        rests=(Rest("north", 40200, 42000),),
    )
    return plan.replace(
        problem_sha256=problem_sha256(problem_to_json(full_toy_problem())),
        tours=tuple(
            replace(
                tour,
                stops=tuple(
                    replace(stop, announced=(tour.team, tour.day, stop.place) in kept)
                    for stop in tour.stops
                ),
            )
            for tour in (*plan.tours[:-1], last)
        ),
        summary=replace(plan.summary, objective=335.8),
    )


def _times(rows: list[list[int | None]], factor: int) -> list[list[int | None]]:
    return [[None if cell is None else cell * factor for cell in row] for row in rows]
