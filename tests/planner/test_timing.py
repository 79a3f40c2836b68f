"""The timing of a day: earliest, rested, in its windows, and no later than it need be."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeplan.model.objective import exact
from routeplan.model.problem import Day, Place, Problem, Rules, Team, TravelTimes, Village, Window
from routeplan.planner.instance import Instance
from routeplan.planner.routes import DayRoute, Visit
from routeplan.planner.solution import DayTimes, most_households, time_day
from routeplan.planner.times import Pace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

MINUTE = 60
HOUR = 3600


def line(
    villages: Sequence[Village],
    *,
    rules: Rules | None = None,
    work: Window | None = None,
    knock: Window | None = None,
    leg: int = 600,
) -> Instance:
    """Villages on a line, `leg` seconds apart, the base at its beginning."""
    names = ["base", *(village.place for village in villages)]
    rows = [[abs(a - b) * leg for b in range(len(names))] for a in range(len(names))]
    return Instance(
        Problem(
            places=tuple(Place(n, n, 48.0, 67.0 + i / 10) for i, n in enumerate(names)),
            travel={"car": TravelTimes.from_rows(rows)},
            villages=tuple(villages),
            teams=(Team("A", "base", "base", "car", households_per_hour=20.0),),
            days=(Day(dt.date(2027, 5, 3), work or Window(8 * HOUR, 21 * HOUR), knock),),
            rules=rules or Rules(),
        )
    )


def test_a_day_leaves_as_late_as_the_first_time_window_allows() -> None:
    instance = line([Village("v1", 20)], knock=Window(10 * HOUR, 20 * HOUR))
    day = time_day(instance, 0, DayRoute(0, 0, (Visit(0, 20),)))
    assert day is not None
    assert (day.depart, day.stops[0].arrive, day.stops[0].start) == (35400, 36000, 36000)
    assert day.stops[0].end == 11 * HOUR
    assert day.arrive == 11 * HOUR + 600


def test_a_rest_is_taken_while_waiting_for_a_time_window() -> None:
    instance = line(
        [Village("v1", 20)],
        rules=Rules(rest_seconds_per_day=45 * MINUTE),
        knock=Window(10 * HOUR, 11 * HOUR),
    )
    day = time_day(instance, 0, DayRoute(0, 0, (Visit(0, 20),)))
    assert day is not None
    assert day.rest == (0, 10 * HOUR - 45 * MINUTE, 10 * HOUR)
    assert day.stops[0].arrive == 10 * HOUR - 45 * MINUTE


def test_a_rest_is_taken_after_a_visit_that_may_begin_at_once() -> None:
    instance = line(
        [Village("v1", 20)],
        rules=Rules(rest_seconds_per_day=45 * MINUTE),
        work=Window(8 * HOUR, 21 * HOUR),
        knock=Window(8 * HOUR, 9 * HOUR + 600),
    )
    day = time_day(instance, 0, DayRoute(0, 0, (Visit(0, 20),)))
    assert day is not None
    assert day.rest == (0, 9 * HOUR + 600, 9 * HOUR + 600 + 45 * MINUTE)


def test_a_day_without_a_visit_needs_no_rest() -> None:
    instance = line([Village("v1", 20)], rules=Rules(rest_seconds_per_day=45 * MINUTE))
    assert time_day(instance, 0, DayRoute(0, 0)) == DayTimes(8 * HOUR, 8 * HOUR, 0, (), None)


@pytest.mark.parametrize(
    ("limit", "kept"), [(1199, False), (1200, True)], ids=["too little", "just enough"]
)
def test_the_drive_limit_holds_to_the_second(limit: int, *, kept: bool) -> None:
    instance = line([Village("v1", 20)], rules=Rules(max_drive_seconds_per_day=limit))
    assert (time_day(instance, 0, DayRoute(0, 0, (Visit(0, 1),))) is not None) == kept


def test_most_households_fill_the_day_to_the_last_household() -> None:
    instance = line(
        [Village("v1", 500), Village("v2", 500)], work=Window(0, 4 * HOUR), knock=None, leg=600
    )
    route = DayRoute(0, 0, (Visit(0, 20), Visit(1, 0)))
    most = most_households(instance, 0, route, 1, 500)
    # Four hours, less 40 minutes of driving and an hour of doors, at three minutes a door.
    assert most == 46
    assert time_day(instance, 0, route.with_households(1, most)) is not None
    assert time_day(instance, 0, route.with_households(1, most + 1)) is None


@given(
    rate=st.decimals("0.1", "99", places=1),
    pace=st.decimals("0.1", "3", places=1),
    households=st.integers(0, 2000),
)
def test_households_and_seconds_are_inverse(rate: Decimal, pace: Decimal, households: int) -> None:
    """As many doors fit into the time of h doors as h, and one second less fits fewer."""
    ratio = 3600 / (exact(float(rate)) * exact(float(pace)))
    given = Pace(ratio.numerator, ratio.denominator)
    seconds = given.seconds(households)
    assert seconds >= ratio * households > seconds - 1
    assert given.households(seconds, 10**9) >= households
    if households:
        assert given.households(seconds - 1, 10**9) < households


@st.composite
def days(draw: st.DrawFn) -> tuple[Instance, list[Visit]]:
    count = draw(st.integers(1, 3))
    villages = []
    for number in range(count):
        opens = draw(st.integers(0, 6)) * 1800
        knock = draw(st.sampled_from([None, Window(opens, opens + 2 * HOUR)]))
        setup = draw(st.sampled_from([0, 600]))
        villages.append(Village(f"v{number}", 30, knock=knock, setup_seconds=setup))
    begins = draw(st.integers(0, 12)) * 1800
    hours = Window(begins, begins + draw(st.sampled_from([0, 900, 2 * HOUR])))
    instance = line(
        villages,
        rules=Rules(
            rest_seconds_per_day=draw(st.sampled_from([0, 900, 3600])),
            rest_between=draw(st.sampled_from([None, hours])),
        ),
        work=Window(0, draw(st.integers(2, 10)) * HOUR),
        leg=draw(st.sampled_from([300, 900])),
    )
    order = draw(st.permutations(range(count)))
    return instance, [Visit(v, draw(st.integers(0, 30))) for v in order]


@settings(max_examples=400)
@given(days())
def test_the_earliest_end_equals_that_of_every_place_for_the_rest(
    day: tuple[Instance, list[Visit]],
) -> None:
    """Brute force: put the rest before, inside or after each stop; take the earliest arrival."""
    instance, visits = day
    rest, hours = instance.rest, instance.problem.rules.rest_between or Window(0, 24 * HOUR)
    ends = []
    sides = ["before", "inside", "after"]
    slots = itertools.product(range(len(visits)), sides) if rest else [(-1, "")]
    for stop, side in slots:
        clock, place, kept = instance.shifts[0].start, 0, True
        for position, (village, households) in enumerate(visits):
            at = int(instance.at[village])
            clock += instance.drive(0)[place, at] or 0
            place = at
            if (position, "before") == (stop, side):
                clock = max(clock, hours.start)
                kept &= clock <= hours.end
                clock += rest
            begin = max(clock, int(instance.shifts[0].opens[village]))
            clock = begin + int(instance.setup[village]) + households * 180
            if (position, "inside") == (stop, side):
                kept &= max(begin, hours.start) <= min(clock, hours.end)
                clock += rest
            kept &= clock <= instance.shifts[0].closes[village]
            if (position, "after") == (stop, side):
                clock = max(clock, hours.start)
                kept &= clock <= hours.end
                clock += rest
        clock += instance.drive(0)[place, 0] or 0
        if kept and clock <= instance.shifts[0].end:
            ends.append(clock)
    found = time_day(instance, 0, DayRoute(0, 0, tuple(visits)))
    assert (found.arrive if found else None) == min(ends, default=None)
    if found and found.rest:
        assert hours.start <= found.rest[1] <= hours.end
