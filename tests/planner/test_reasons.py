"""What a plan says that it would take to reach more: true, short, and quickly said."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, example, given, settings

from routeplan.errors import PlanError
from routeplan.formats import detail_of, requirement_text
from routeplan.model.plan import Reason, Requirement, RequirementKind, Tour
from routeplan.model.problem import (
    Announced,
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
from routeplan.planner import Options, Pins, beds_in_reach, solve, why_no_visit
from routeplan.planner.explain.reasons import why_left_out
from routeplan.planner.explain.requirements import RequirementFinder
from routeplan.planner.instance import Instance
from routeplan.planner.routes import DayRoute, Visit
from routeplan.planner.solution import complete, initial_solution, insertable_villages, time_day
from tests.bench.districts import make_district
from tests.helpers.strategies import problems
from tests.helpers.toy import toy_problem

if TYPE_CHECKING:
    from routeplan.planner.solution import Solution


def line(*villages: Village, minutes: dict[str, int], **changes: object) -> Problem:
    """Villages along one road from the base, a minute of driving each; one team, one day.

    The team works from 8 to 18 and knocks 20 households an hour.
    """
    spots = {"base": 0, **minutes}
    rows = [[60 * abs(a - b) for b in spots.values()] for a in spots.values()]
    return Problem(
        places=tuple(Place(name, name.title(), 43.0, 77.0) for name in spots),
        travel={"car": TravelTimes.from_rows([[*row] for row in rows])},
        villages=villages,
        teams=(Team("A", "base", "base", "car", 20.0),),
        days=(Day(dt.date(2027, 5, 3), Window(8 * 3600, 18 * 3600)),),
    ).replace(**changes)


def filled(problem: Problem) -> Solution:
    solution = initial_solution(Instance(problem))
    complete(solution)
    return solution


def detail(problem: Problem, village: int = 0) -> str:
    solution = filled(problem)
    left = why_left_out(solution)[village]
    assert left.reason is Reason.NO_TIME
    return detail_of(left, visited=bool(solution.visit_counts[village]), problem=problem)


def test_a_visit_that_is_cut_short_tells_by_how_many_minutes() -> None:
    """An hour there and back leaves 9 hours: 180 households; 30 more take 90 minutes."""
    problem = line(Village("near", 210), minutes={"near": 30})
    assert detail(problem) == (
        "visited as long as fits; 90 minutes more for team A on 2027-05-03 would reach 30 more"
    )


def test_where_all_the_others_take_too_long_it_tells_what_two_hours_would_reach() -> None:
    problem = line(Village("near", 1000), minutes={"near": 30})
    assert detail(problem) == (
        "visited as long as fits; 120 minutes more for team A on 2027-05-03 would reach 40 more"
    )


def test_a_village_without_a_visit_tells_by_how_many_minutes_the_least_would_fit() -> None:
    """The nearest village takes 9 hours; the other one is 10 minutes off, 10 doors take 30."""
    problem = line(
        *(Village("near", 180, weight=3.0), Village("side", 50, min_households=10)),
        minutes={"near": 30, "side": 40},
    )
    assert detail(problem, 1) == (
        "all crew-days are full; 50 minutes more for team A on 2027-05-03 would reach 10"
    )


def test_hours_of_the_village_itself_are_not_made_longer() -> None:
    """It may be knocked until noon only: that is 3.5 hours, 70 households, whatever the day."""
    noon = Window(8 * 3600, 12 * 3600)
    problem = line(Village("near", 100, knock=noon), minutes={"near": 30})
    assert detail(problem) == (
        "visited as long as fits; one more crew-day from Base would reach 30"
    )


def test_a_day_that_would_be_far_too_long_gives_way_to_one_more_crew_day() -> None:
    problem = line(
        *(Village("near", 190, weight=3.0), Village("other", 90, partial=False)),
        minutes={"near": 0, "other": -60},
    )
    assert detail(problem, 1) == (
        "all crew-days are full; one more crew-day from Base would reach 90"
    )


@pytest.mark.parametrize(
    ("sleeps", "words"),
    [(1, "where a bed is free"), (0, "")],
)
def test_a_village_that_only_a_night_brings_in_reach_names_the_bed(sleeps: int, words: str) -> None:
    """Five hours off, nothing fits into a day from the base; from the bed beside it much does."""
    days = tuple(Day(dt.date(2027, 5, 3 + n), Window(8 * 3600, 18 * 3600)) for n in range(3))
    problem = line(
        *(Village("near", 2000, weight=3.0), Village("far", 90, min_households=80)),
        minutes={"near": 1, "hostel": 240, "far": 250},
        days=days,
        sleeps=(Sleep("hostel", sleeps),),
    )
    left = why_left_out(filled(problem))[1]
    if sleeps:
        assert detail(problem, 1) == (
            f"all crew-days are full; a night at Hostel, {words}, would bring 90 in reach"
        )
        assert left.requirements == (
            Requirement(RequirementKind.NIGHT, "A", 0, "hostel", households=90, nights=0),
        )
    else:
        assert RequirementKind.NIGHT not in {each.kind for each in left.requirements}


def test_what_fits_as_the_plan_stands_names_the_day_that_it_fits_into() -> None:
    problem = line(Village("near", 20), minutes={"near": 30})
    left = why_left_out(initial_solution(Instance(problem)))[0]
    assert left.reason is Reason.SEARCH
    assert detail_of(left, visited=False, problem=problem) == (
        "it fits into the day of team A on 2027-05-03 as the plan stands; the search missed it"
    )


def three_days() -> tuple[Day, ...]:
    return tuple(Day(dt.date(2027, 5, 3 + n), Window(8 * 3600, 18 * 3600)) for n in range(3))


@pytest.mark.parametrize("sleeps", [(), (Sleep("isle", 1),)])
def test_a_bed_at_a_village_brings_no_road_there(sleeps: tuple[Sleep, ...]) -> None:
    villages = (Village("near", 20), Village("isle", 80))
    problem = line(*villages, minutes={"near": 30, "isle": 60}, days=three_days(), sleeps=sleeps)
    rows: list[list[int | None]] = [[0, 1800, None], [1800, 0, None], [None, None, 0]]
    problem = problem.replace(travel={"car": TravelTimes.from_rows(rows)})
    left = why_left_out(filled(problem))[1]
    assert left.reason is Reason.UNREACHABLE
    assert left.requirements == (Requirement(RequirementKind.ROAD),)
    assert why_no_visit(problem, ["isle"]) == {
        "isle": ("unreachable", requirement_text(left.requirements[0]))
    }
    assert beds_in_reach(problem) == {"A": ()}


@pytest.mark.parametrize(
    ("hostel", "reason"), [(550, Reason.NO_TIME), (610, Reason.TOO_FAR), (590, Reason.TOO_FAR)]
)
def test_a_bed_counts_only_where_it_is_a_day_s_drive_away(hostel: int, reason: Reason) -> None:
    """At 590 minutes it is, but then ten minutes are left for a village that is 40 from it."""
    minutes = {"hostel": hostel, "far": 630}
    villages = (Village("far", 90, min_households=80),)
    problem = line(*villages, minutes=minutes, days=three_days(), sleeps=(Sleep("hostel", 1),))
    assert beds_in_reach(problem) == {"A": ("hostel",) if hostel <= 600 else ()}
    if hostel == 590:
        # Neither is there a day between two nights away.
        team = replace(problem.teams[0], max_nights_away=1)
        problem = problem.replace(teams=(team,))
    left = why_left_out(initial_solution(Instance(problem)))[0]
    assert left.reason is reason
    if reason is Reason.NO_TIME:
        night = Requirement(RequirementKind.NIGHT, "A", 1, "hostel", households=90, nights=0)
        assert left.requirements == (night,)


def test_a_least_number_above_the_most_of_a_visit_is_never_reached() -> None:
    """A visit reaches at most 0.7 of 24, rounded up."""
    tight = Village("near", 24, min_households=20, max_share_per_visit=0.7)
    problem = line(tight, minutes={"near": 30})
    left = why_left_out(filled(problem))[0]
    assert left.reason is Reason.BELOW_MINIMUM
    assert left.requirements == (Requirement(RequirementKind.LOWER_MINIMUM, households=17),)
    text = (
        "a visit has to reach more than one may reach; a least number of 17 would bring 17 in "
        "reach, and so may a larger share of one visit"
    )
    assert detail_of(left, visited=False, problem=problem) == text
    assert why_no_visit(problem, ["near"]) == {"near": ("below_minimum", text)}
    lower = problem.replace(villages=(replace(tight, min_households=17),))
    assert not filled(lower).left()[0] > 24 - 17


def test_what_is_out_of_reach_is_not_said_to_be_below_its_minimum() -> None:
    tight = Village("far", 24, min_households=20, max_share_per_visit=0.7)
    left = why_left_out(filled(line(tight, minutes={"far": 301})))[0]
    assert left.reason is Reason.TOO_FAR
    assert left.requirements == (Requirement(RequirementKind.LONGER_DAY, households=1),)


def test_days_that_are_over_are_the_reason_where_only_they_could_reach_a_village() -> None:
    villages = (Village("near", 2000), Village("early", 20))
    problem = line(*villages, minutes={"near": 30, "early": 40}, days=three_days())
    early = replace(villages[1], closed_days=(1, 2))
    problem = problem.replace(villages=(villages[0], early))
    start = solve(problem, Options(iterations=1), pins=Pins(skipped=("early",)))
    over = solve(problem, Options(iterations=1), start=start, pins=Pins(tours=(("A", 0),)))
    left = {each.place: each for each in over.left_out}
    assert left["early"].reason is Reason.PAST
    assert left["early"].requirements == (Requirement(RequirementKind.OPEN_DAY),)
    assert detail_of(left["early"], visited=False, problem=problem) == (
        "only days that are over could reach it; on the days to come, its doors may not be "
        "knocked on any working day"
    )
    assert left["near"].reason is Reason.NO_TIME
    assert {each.day for each in left["near"].requirements} == {1}


def test_time_on_a_day_that_is_over_is_no_time() -> None:
    """Nobody worked on the first day; no statement cites it after it is over."""
    problem = line(Village("near", 600), minutes={"near": 30}, days=three_days())
    idle = Tour("A", 0, "base", "base", 28800, 28800, 0)
    start = solve(problem, Options(iterations=1))
    start = start.replace(tours=(idle, *start.tours[1:]))
    pins = Pins(tours=(("A", 0),))
    (left,) = solve(problem, Options(iterations=1), start=start, pins=pins).left_out
    assert left.reason is Reason.NO_TIME
    assert left.requirements
    assert {each.day for each in left.requirements} == {1}
    # While that is only pinned, on a day to come, it could be otherwise.
    pins = Pins(tours=(("A", 2),))
    last = replace(idle, day=2)
    start = start.replace(tours=(*start.tours[:2], last))
    (left,) = solve(problem, Options(iterations=1), start=start, pins=pins).left_out
    assert left.requirements == (Requirement(RequirementKind.UNPIN, "A", 2),)


@pytest.mark.parametrize("worth", [0.0, 4.0, 6.0])
def test_a_drive_that_costs_more_than_it_brings_is_no_fault_of_the_search(worth: float) -> None:
    """Two hours of driving bring ten households."""
    rules = Rules(drive_hour_worth=worth)
    problem = line(Village("near", 10), minutes={"near": 60}, rules=rules)
    left = why_left_out(initial_solution(Instance(problem)))[0]
    if worth * 2 < 10:
        assert left.reason is Reason.SEARCH
        return
    detour = Requirement(RequirementKind.DETOUR, "A", 0, minutes=120, households=10)
    assert (left.reason, left.requirements) == (Reason.NO_TIME, (detour,))
    assert detail_of(left, visited=False, problem=problem) == (
        "the drive there, 120 minutes more for team A on 2027-05-03, costs more than 10 would bring"
    )


def test_a_bonus_pays_for_a_drive() -> None:
    problem = line(
        Village("near", 10),
        minutes={"near": 60},
        rules=Rules(drive_hour_worth=6.0),
        announced=(Announced("A", 0, "near", 3.0),),
    )
    assert why_left_out(initial_solution(Instance(problem)))[0].reason is Reason.SEARCH


def test_minutes_reach_enough_to_be_worth_the_drive() -> None:
    """The day is full; the drive to the other village costs as much as four households."""
    problem = line(
        *(Village("near", 180, weight=3.0), Village("side", 50)),
        minutes={"near": 30, "side": 60},
        rules=Rules(drive_hour_worth=4.0),
    )
    left = why_left_out(filled(problem))[1]
    minutes = Requirement(RequirementKind.MINUTES, "A", 0, minutes=75, households=5)
    assert left.requirements[0] == minutes


def longer_days(instance: Instance, shift: int, minutes: int) -> Instance:
    """Return the problem again with one day's hours longer."""
    problem, day = instance.problem, instance.shifts[shift].day
    before = problem.days[day]

    def later(window: Window) -> Window:
        return Window(window.start, window.end + 60 * minutes)

    knock = None if before.knock is None else later(before.knock)
    after = replace(before, work=later(before.work), knock=knock)
    return Instance(problem.replace(days=(*problem.days[:day], after, *problem.days[day + 1 :])))


@settings(max_examples=150)
@given(problem=problems())
@example(problem=toy_problem())
def test_what_it_is_said_to_take_is_true(problem: Problem) -> None:
    """With so many minutes more, so many households more fit; a crew-day more reaches them."""
    instance = Instance(problem)
    try:
        solution = initial_solution(instance)
    except PlanError:
        assume(False)  # noqa: FBT003
    complete(solution)
    fits, left = insertable_villages(solution), solution.left()
    villages = [v for v in range(len(instance.villages)) if left[v] and v not in fits]
    finder = RequirementFinder(solution, villages)
    for village in villages:
        for required in finder.of(village):
            assert requirement_text(required, problem=problem)
            if not required.is_quantified:
                continue
            assert required.households is not None
            assert 0 < required.households <= left[village]
            if required.kind is RequirementKind.MINUTES:
                assert required.team is not None
                assert required.day is not None
                assert required.minutes is not None
                assert 0 < required.minutes <= 120
                assert _fits_with(solution, village, required.households, required.minutes)
            elif required.kind in {RequirementKind.CREW_DAY, RequirementKind.NIGHT}:
                assert _fits_alone(instance, village, required)


def _fits_alone(instance: Instance, village: int, required: Requirement) -> bool:
    """Try the households alone on the days of teams alike, from and to the place or their own."""
    at, visit = (
        instance.problem.index[required.place or ""],
        Visit(village, required.households or 0),
    )
    ends = [
        (shift.index, {at, instance.home(shift.index), instance.problem.index[team.start]})
        for shift in instance.shifts
        if (team := instance.team(shift.index)).id == required.team and shift.day == required.day
    ]
    return any(
        time_day(instance, shift, DayRoute(start, end, (visit,))) is not None
        for shift, places in ends
        for start in places
        for end in places
        if at in {start, end}
    )


def _fits_with(solution: Solution, village: int, households: int, minutes: int) -> bool:
    """Try the households at every place of every day that is so much longer."""
    for shift, route in enumerate(solution.routes):
        order = route.visits
        instance = longer_days(solution.instance, shift, minutes)
        for position in range(len(order) + 1):
            tried = route.with_visit(position, Visit(village, households))
            if position < len(order) and order[position].village == village:
                tried = route.with_households(position, order[position].households + households)
            if time_day(instance, shift, tried) is not None:
                return True
    return False


def test_reasons_of_a_thousand_villages_are_quickly_said() -> None:
    problem = make_district(1000, 20, 10, 20, seed=1)
    instance = Instance(problem)
    solution = initial_solution(instance)
    # Half of all days are filled, so that much is left out for want of time and of search.
    for shift in range(0, len(instance.shifts), 2):
        complete(solution, [shift])
    began = time.process_time()
    reasons = why_left_out(solution)
    assert time.process_time() - began < 3
    assert len(reasons) > 200
