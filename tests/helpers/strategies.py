"""Hypothesis strategies: small random problems, and plans that may be nonsense.

Both are of version 1 of the files, unless version 2 is asked for.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import strategies as st

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

if TYPE_CHECKING:
    from collections.abc import Sequence

MORNING, EVENING = 8 * 3600, 20 * 3600


NEW_REASONS = {Reason.BELOW_MINIMUM, Reason.PAST}

AMOUNTS = st.sampled_from([0.0, 0.1, 1.0, 2.5, 7.3])


@st.composite
def problems(draw: st.DrawFn, version: int = 1) -> Problem:
    """Draw a problem of 3 to 6 villages, 1 or 2 teams and 1 to 3 days that uses every field.

    Travel times follow the streets of a grid at two minutes a block, some ways are missing, and
    a second vehicle, where there is one, is slower and has other ways. Of the places "b0" and
    "b1" teams start and end at, villages are at "v0", "v1" and so on.
    """
    villages = [f"v{n}" for n in range(draw(st.integers(3, 6)))]
    bases = ["b0", "b1"][: draw(st.integers(1, 2))]
    ids = [*bases, *villages]
    vehicles = ["car", "truck"][: draw(st.integers(1, 2))]
    days = draw(_days())
    spots = [draw(st.tuples(st.integers(0, 30), st.integers(0, 30))) for _ in ids]
    problem = Problem(
        name=draw(st.text(max_size=5)),
        places=tuple(
            Place(name, draw(st.text(max_size=5)), 43 + y / 100, 77 + x / 100)
            for name, (x, y) in zip(ids, spots, strict=True)
        ),
        travel={name: draw(_travel(spots, 120 * (n + 1))) for n, name in enumerate(vehicles)},
        villages=tuple(draw(_village(place, len(days))) for place in villages),
        sleeps=tuple(
            Sleep(place, draw(st.integers(0, 2)))
            for place in draw(st.lists(st.sampled_from(ids), unique=True, max_size=3))
        ),
        teams=tuple(
            draw(_team(f"t{n}", bases, vehicles, len(days))) for n in range(draw(st.integers(1, 2)))
        ),
        days=days,
        rules=Rules(
            draw(st.none() | st.integers(3600, 20000)), draw(st.sampled_from([0, 900, 2700]))
        ),
    )
    return problem if version == 1 else draw(_of_version_2(problem))


@st.composite
def _of_version_2(draw: st.DrawFn, problem: Problem) -> Problem:
    """Draw all that version 2 has beside version 1."""
    paces = st.none() | st.sampled_from([20.0, 7.0, 33.3])
    days = len(problem.days)
    lists = st.none() | st.lists(paces, min_size=days, max_size=days).map(tuple)
    hours = st.tuples(*[st.integers(MORNING, EVENING)] * 2)
    between = hours.map(lambda times: Window(*sorted(times)))
    visit = st.tuples(
        st.sampled_from([*problem.team_of]),
        st.integers(0, days - 1),
        st.sampled_from([*problem.village_at]),
    )
    visits = draw(st.lists(visit, unique=True, max_size=4))
    places = draw(st.permutations([*problem.village_at]))
    first, second = sorted(draw(st.integers(0, len(places))) for _ in range(2))
    return problem.replace(
        rules=dataclasses.replace(
            problem.rules,
            rest_between=draw(st.none() | between),
            drive_hour_worth=draw(AMOUNTS),
        ),
        teams=tuple(
            dataclasses.replace(team, households_per_hour_by_day=draw(lists))
            for team in problem.teams
        ),
        travel={
            vehicle: draw(_thinned(times)) if draw(st.booleans()) else times
            for vehicle, times in problem.travel.items()
        },
        announced=tuple(Announced(*visit, draw(AMOUNTS)) for visit in visits),
        districts=tuple(
            District(name, tuple(members), draw(_floor(problem, members)))
            for name, members in (("d0", places[:first]), ("d1", places[first:second]))
        ),
    )


@st.composite
def _thinned(draw: st.DrawFn, times: TravelTimes) -> TravelTimes:
    """Draw travel times with few of their ways."""
    size = len(times)
    cells = st.tuples(*[st.integers(0, size - 1)] * 2)
    kept = np.eye(size, dtype=bool)
    for cell in draw(st.lists(cells, max_size=size * (size - 1) // 2)):
        kept[cell] = True
    return dataclasses.replace(times, reachable=times.reachable & kept)


def _floor(problem: Problem, places: Sequence[str]) -> st.SearchStrategy[int]:
    return st.integers(0, sum(problem.village_at[place].households for place in places))


@st.composite
def plans(draw: st.DrawFn, problem: Problem | None = None, version: int = 1) -> Plan:
    """Draw a plan of the right types that may break any rule.

    Its teams, days and places are mostly those of the problem, where one is given.
    """
    problem = problem or draw(problems(version=version))
    teams = st.sampled_from([*problem.team_of, "nobody"])
    places = st.sampled_from([*problem.index, "nowhere"])
    times = st.integers(-100, 90000)
    marks = st.sampled_from([False, True] if version > 1 else [False])
    stops = st.builds(Stop, places, times, times, times, st.integers(-2, 50), marks)
    reasons = [reason for reason in Reason if version > 1 or reason not in NEW_REASONS]
    tours = st.builds(
        Tour,
        team=teams,
        day=st.integers(-1, len(problem.days)),
        start=places,
        end=places,
        depart=times,
        arrive=times,
        drive_seconds=times,
        stops=st.lists(stops, max_size=3).map(tuple),
        rests=st.lists(st.builds(Rest, places, times, times), max_size=2).map(tuple),
    )
    if version == 1:
        tours = tours.map(_without_interruptions)
    optional = st.none() | st.text(max_size=8)
    requirements = st.builds(
        Requirement,
        kind=st.sampled_from(RequirementKind),
        team=st.none() | teams,
        day=st.none() | st.integers(-1, len(problem.days)),
        place=st.none() | places,
        minutes=st.none() | times,
        households=st.none() | times,
        nights=st.none() | times,
        metres=st.none() | times,
        trouble=optional,
        text=optional,
    )
    left_out = st.builds(
        LeftOut,
        places,
        st.integers(-1, 50),
        st.sampled_from(reasons),
        st.lists(requirements, max_size=3).map(tuple),
    )
    numbers = st.floats(allow_nan=False, allow_infinity=False)
    return Plan(
        problem_sha256=draw(st.text("0123456789abcdef", min_size=64, max_size=64)),
        tours=tuple(draw(st.lists(tours, max_size=6))),
        left_out=tuple(draw(st.lists(left_out, max_size=3))),
        summary=Summary(
            *(draw(times), weighted := draw(numbers), draw(st.none() | numbers), draw(times)),
            objective=draw(numbers) if version > 1 else weighted,
        ),
        run=Run(
            engine=draw(st.text(max_size=8)),
            seed=draw(st.integers(-(2**63), 2**63 - 1)),
            seconds=draw(numbers),
            iterations=draw(st.integers(0, 10**12)),
            stopped_by=draw(st.sampled_from(StoppedBy)),
            routeplan="0.1.0",
        ),
    )


def _without_interruptions(tour: Tour) -> Tour:
    """Return a tour without the rests inside its visits."""
    rests = (rest for rest in tour.rests if not any(map(rest.interrupts, tour.stops)))
    return dataclasses.replace(tour, rests=tuple(rests))


@st.composite
def _travel(draw: st.DrawFn, spots: Sequence[tuple[int, int]], pace: int) -> TravelTimes:
    points = np.array(spots)
    blocks = np.abs(points[:, None, :] - points[None, :, :]).sum(axis=2)
    cells = st.tuples(*[st.integers(0, len(spots) - 1)] * 2)
    reachable = np.ones(blocks.shape, dtype=bool)
    for start, end in draw(st.lists(cells, max_size=4)):
        reachable[start, end] = start == end
    metres = blocks * 1000 if draw(st.booleans()) else None
    return TravelTimes(blocks * pace, reachable, metres)


@st.composite
def _days(draw: st.DrawFn) -> tuple[Day, ...]:
    date = dt.date(2027, 5, 3)
    days = []
    for _ in range(draw(st.integers(1, 3))):
        knock = draw(st.none() | st.just(Window(10 * 3600, 19 * 3600)))
        days.append(Day(date, Window(MORNING, EVENING), knock))
        date += dt.timedelta(days=draw(st.integers(1, 3)))
    return tuple(days)


@st.composite
def _village(draw: st.DrawFn, place: str, days: int) -> Village:
    partial = draw(st.booleans())
    return Village(
        place,
        households=draw(st.integers(0, 60)),
        weight=draw(st.sampled_from([1.0, 0.5, 2.0, 1.7])),
        partial=partial,
        min_households=draw(st.integers(0, 12)),
        setup_seconds=draw(st.sampled_from([0, 300, 601])),
        pace=draw(st.sampled_from([1.0, 0.3, 1.1])),
        max_share_per_visit=draw(st.sampled_from([1.0, 0.5, 0.1])) if partial else 1.0,
        closed_days=draw(_some_days(days)),
        knock=draw(st.none() | st.just(Window(11 * 3600, 16 * 3600))),
        required=draw(st.sampled_from([False, False, False, True])),
    )


@st.composite
def _team(
    draw: st.DrawFn, name: str, bases: Sequence[str], vehicles: Sequence[str], days: int
) -> Team:
    return Team(
        name,
        start=draw(st.sampled_from(bases)),
        end=draw(st.sampled_from(bases)),
        vehicle=draw(st.sampled_from(vehicles)),
        households_per_hour=draw(st.sampled_from([20.0, 7.0, 33.3, None])),
        days=draw(st.none() | _some_days(days)),
        max_nights_away=draw(st.none() | st.integers(0, 3)),
    )


def _some_days(days: int) -> st.SearchStrategy[tuple[int, ...]]:
    return st.lists(st.integers(0, days - 1), unique=True).map(tuple)
