"""A problem and a plan of two teams on two days that can be checked by hand, and roads for it.

Everybody drives 900 m a minute and reaches 20 households an hour after ten minutes of setup, so a
visit to h households takes 600 + 180 h seconds. Names are as awkward as names may be.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

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
    Day,
    Place,
    Problem,
    Rules,
    Sleep,
    Team,
    TravelTimes,
    Village,
    Window,
)
from routeplan.model.road_notes import RoadLine

Lines = dict[tuple[str, str, str], NDArray[np.float64]]

PLACES = (
    Place("base", "Қарасу", 43.0, 79.0),
    Place("v1", "Ақбұлақ", 43.1, 79.1),
    Place("v2", "Верхний Ключ", 43.2, 79.25),
    Place("v3", 'Rock & Roll\'s "End"', 42.9, 79.2),
    Place("v4", "{{ 7*7 }}", 43.05, 79.4),
    Place("v5", "Арал", 42.85, 79.45),
    Place("v6", "</script><b>Far</b>", 43.25, 79.6),
)

# Minutes between the places, as above; no road leads to v5.
MINUTES: list[list[int | None]] = [
    [0, 20, 40, 35, 50, None, 300],
    [20, 0, 30, 45, 60, None, 310],
    [40, 30, 0, 50, 25, None, 320],
    [35, 45, 50, 0, 40, None, 330],
    [50, 60, 25, 40, 0, None, 280],
    [None, None, None, None, None, 0, None],
    [300, 310, 320, 330, 280, None, 0],
]

TOURS = (
    Tour(
        *("A", 0, "base", "v2", 34_800, 70_500, 3_000),
        stops=(
            Stop("v1", 36_000, 36_000, 47_400, 60),
            Stop("v2", 51_900, 51_900, 70_500, 100),
        ),
        rests=(Rest("v1", 47_400, 50_100),),
    ),
    Tour(
        *("A", 1, "v2", "base", 36_000, 66_000, 4_500),
        stops=(
            Stop("v2", 36_000, 36_000, 42_000, 30),
            Stop("v4", 46_200, 46_200, 63_000, 90),
        ),
        rests=(Rest("v2", 42_000, 44_700),),
    ),
    Tour(
        *("B", 0, "base", "base", 33_900, 66_900, 7_500),
        stops=(
            Stop("v3", 36_000, 36_000, 51_000, 80),
            Stop("v4", 56_100, 56_100, 63_900, 40),
        ),
        rests=(Rest("v3", 51_000, 53_700),),
    ),
    Tour(
        *("B", 1, "base", "base", 60_000, 87_600, 2_400),
        stops=(Stop("v1", 61_200, 76_800, 86_400, 50),),
        rests=(Rest("v1", 61_200, 63_900),),
    ),
)


TOO_FAR = Requirement(
    RequirementKind.ROAD,
    metres=4_100,
    trouble="too_far",
    text="The nearest road is 4.1 km away.",
)
CREW_DAY = Requirement(RequirementKind.CREW_DAY, place="base", households=60)


def note(text: str) -> tuple[Requirement, ...]:
    return (Requirement(RequirementKind.NOTE, text=text),)


LEFT_OUT = (
    LeftOut("v4", 70, Reason.NO_TIME, note("One more crew-day would reach 60 of them.")),
    LeftOut("v5", 40, Reason.UNREACHABLE, (TOO_FAR,)),
    LeftOut("v6", 25, Reason.TOO_FAR, note("The drive there and back takes 9 h 20 min <of 6 h>.")),
)


def toy_problem() -> Problem:
    households = {"v1": 110, "v2": 130, "v3": 80, "v4": 200, "v5": 40, "v6": 25}
    seconds = [[None if m is None else 60 * m for m in row] for row in MINUTES]
    metres = [[None if m is None else 900 * m for m in row] for row in MINUTES]
    hours = Window(28_800, 93_600)
    doors = Window(36_000, 86_400)
    return Problem(
        places=PLACES,
        travel={"car": TravelTimes.from_rows(seconds, metres)},
        villages=tuple(Village(v, n, setup_seconds=600) for v, n in households.items()),
        teams=(Team("A", "base", "base", "car", 20.0), Team("B", "base", "base", "car", 20.0)),
        days=(Day(dt.date(2027, 5, 3), hours, doors), Day(dt.date(2027, 5, 4), hours, doors)),
        sleeps=(Sleep("v2"),),
        rules=Rules(max_drive_seconds_per_day=21_600, rest_seconds_per_day=2_700),
        name="toy",
    )


def toy_plan() -> Plan:
    return Plan(
        problem_sha256="0" * 64,
        tours=TOURS,
        left_out=LEFT_OUT,
        summary=Summary(450, 450.0, None, 17_400),
        run=Run("by hand", 0, 0.0, 0, StoppedBy.ITERATIONS, "0"),
    )


def toy_plan_that_requires(*requirements: Requirement) -> Plan:
    """Return the plan with what it would take to reach more of v4."""
    first, *others = toy_plan().left_out
    return toy_plan().replace(left_out=(replace(first, requirements=requirements), *others))


def toy_lines() -> Lines:
    """Return the legs by a corner half way; the one from v4 to the base is not known."""
    at = {place.id: (place.lat, place.lon) for place in PLACES}
    legs = ["base v1", "v1 v2", "v2 v4", "base v3", "v3 v4", "v1 base"]
    return {
        ("car", a, b): np.array([at[a], (at[a][0], at[b][1]), at[b]])
        for a, b in (leg.split() for leg in legs)
    }


def toy_roads() -> list[RoadLine]:
    kinds = [
        ("primary", True, "base v1"),
        ("secondary", True, "v1 v2"),
        ("tertiary", False, "v2 v4"),
        ("unclassified", True, "base v3"),
        ("track", False, "v3 v4"),
    ]
    lines = toy_lines()
    return [RoadLine(kind, paved, lines["car", *leg.split()]) for kind, paved, leg in kinds]  # type: ignore[index]


def winding(
    generator: np.random.Generator, *, points: int, step_metres: float
) -> NDArray[np.float64]:
    """Return a rough line that winds about in the district, shape (points, 2), lat, lon."""
    turns = np.linspace(0, 9, points) + generator.normal(0, 0.9, points)
    steps = np.column_stack([np.sin(turns), np.cos(turns) * 1.37]) * step_metres / 111_195
    start = np.array([42.9, 79.05]) + generator.random(2) * [0.3, 0.5]
    return np.asarray(start + steps.cumsum(axis=0))
