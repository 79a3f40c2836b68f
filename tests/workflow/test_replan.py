"""A plan that has begun, planned again: against brute force, the audit, and by hand."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeplan.audit import audit_plan
from routeplan.errors import InputError, PlanError
from routeplan.formats import problem_sha256, problem_to_json
from routeplan.model.objective import kept_visits
from routeplan.model.plan import Reason, StoppedBy
from routeplan.model.problem import (
    Announced,
    Day,
    Place,
    Problem,
    Sleep,
    Team,
    TravelTimes,
    Village,
    Window,
)
from routeplan.model.results import VisitResult
from routeplan.planner import Options, solve
from routeplan.workflow.difference import Change
from routeplan.workflow.later import Changes, Join, later_problem
from routeplan.workflow.replan import INFINITE, Price, Replanned, replan
from tests.helpers.small_problems import Size, new_problem, small_problem
from tests.oracles.brute_force import best_weighted
from tests.oracles.kept_stops import best_within, most_kept

if TYPE_CHECKING:
    from routeplan.model.plan import Plan

SIZE = Size(villages=(3, 4), households=(2, 6), teams=(2, 2), days=(2, 3))
OPTIONS = Options(iterations=100)
SEEDS = range(10)
TOLERANCE = 1e-6
HOUR = 3600

each_problem = pytest.mark.parametrize("seed", SEEDS)


@cache
def begun(seed: int) -> tuple[Problem, Plan] | None:
    """Return a small problem as it is now, and the plan that was made before paces were known."""
    problem = small_problem(seed, SIZE)
    try:
        plan = solve(problem, OPTIONS)
    except PlanError:
        return None
    teams = tuple(
        replace(team, households_per_hour=(team.households_per_hour or 1.0) * factor)
        for team, factor in zip(problem.teams, (1.5, 0.8), strict=True)
    )
    return problem.replace(teams=teams), plan


@cache
def replanned(seed: int, worth: float, most: int | None = None) -> Replanned | None:
    """Return the plan from the second day on; None where there is none."""
    found = begun(seed)
    if found is None:
        return None
    try:
        return replan(*found, Changes(1), price=Price(worth, most), options=OPTIONS)
    except PlanError:
        assert best_weighted(later_problem(*found, Changes(1), worth=0.0)) is None
        return None


def every(worth: float, most: int | None = None) -> list[Replanned]:
    found = [replanned(seed, worth, most) for seed in SEEDS]
    return [each for each in found if each is not None]


def without_bonuses(found: Replanned) -> float:
    kept = len(found.problem.announced) - found.moved
    return found.plan.summary.objective - found.worth * kept


# ---- The price of a change ----


def test_with_infinite_worth_as_many_announced_stops_are_kept_as_any_plan_keeps() -> None:
    found = every(INFINITE)
    for each in found:
        assert each.moved == len(each.problem.announced) - most_kept(each.problem)
        assert each.value == pytest.approx(best_within(each.problem, each.moved), abs=TOLERANCE)
    # Some of the problems have stops that cannot all be kept.
    assert {each.moved > 0 for each in found} == {True, False}


def test_with_worth_0_it_is_a_fresh_plan_from_there() -> None:
    for each in every(0.0):
        fresh = best_weighted(each.problem.replace(announced=()))
        assert each.plan.summary.objective == pytest.approx(fresh, abs=TOLERANCE)
        assert each.value == pytest.approx(fresh, abs=TOLERANCE)


def test_households_never_rise_and_kept_stops_never_fall_as_the_worth_rises() -> None:
    differ = 0
    for seed in SEEDS:
        steps = [replanned(seed, worth) for worth in (0.0, 0.5, 1.3, 3.0, INFINITE)]
        chain = [each for each in steps if each is not None]
        assert len(chain) in {0, len(steps)}
        for lower, higher in itertools.pairwise(chain):
            for each in (lower, higher):
                proved = each.plan.run.stopped_by is StoppedBy.PROVED
                assert proved or each.value == pytest.approx(each.bound, abs=TOLERANCE)
            reached = [
                each.plan.summary.objective
                - each.worth * (len(each.problem.announced) - each.moved)
                for each in (lower, higher)
            ]
            assert reached[1] <= reached[0] + TOLERANCE
            assert higher.moved <= lower.moved
            differ += higher.moved < lower.moved
    assert differ


@pytest.mark.parametrize("most", [0, 1, 2])
def test_no_more_stops_move_than_may_where_that_is_possible(most: int) -> None:
    """The value never exceeds the optimum within the cap, and the bound is never below it."""
    exact = 0
    for each in every(0.0, most):
        best = best_within(each.problem, most)
        if best is None:
            assert each.moved == len(each.problem.announced) - most_kept(each.problem)
            continue
        assert each.moved <= most
        assert each.value <= best + TOLERANCE
        assert each.bound is None or each.bound >= best - TOLERANCE
        exact += abs(each.value - best) <= TOLERANCE
    assert exact


@pytest.mark.parametrize("seed", range(0, 40, 4))
def test_problems_with_every_rule_are_solved_and_audited_from_the_second_day_on(seed: int) -> None:
    problem = new_problem(seed)
    try:
        plan = solve(problem, OPTIONS)
        found = (
            replan(problem, plan, Changes(1), price=Price(1.5), options=OPTIONS)
            if (len(problem.days) > 1)
            else None
        )
    except PlanError:
        return
    if found is not None:
        assert audit_plan(found.problem, found.plan) == ()
        best = best_weighted(found.problem)
        assert found.plan.summary.objective == pytest.approx(best, abs=TOLERANCE)


# ---- What is past ----


@st.composite
def changes(draw: st.DrawFn) -> tuple[Problem, Plan, Changes]:
    found = begun(draw(st.sampled_from([s for s in SEEDS if begun(s)])))
    assert found is not None
    problem, plan = found
    kind = draw(st.sampled_from(["none", "without", "join", "further"]))
    day = draw(st.integers(0, len(problem.days) - 1))
    further = replace(problem.teams[0], id="more", days=None)
    change = {
        "none": Changes(day),
        "without": Changes(day, without=("t0",)),
        "join": Changes(day, joins=(Join("t1", "t0"),)),
        "further": Changes(day, further=(further,)),
    }[kind]
    if draw(st.booleans()):
        results = [
            VisitResult(tour.team, problem.days[tour.day].date, stop.place, reached, signed)
            for tour in plan.tours
            if tour.day < day
            for stop in tour.stops
            for reached in [draw(st.integers(0, stop.households))]
            for signed in [draw(st.integers(0, reached))]
        ]
        change = replace(change, results=tuple(results))
    return problem, plan, change


@given(changes(), st.sampled_from([0.0, 2.0, INFINITE]))
@settings(max_examples=30, deadline=None)
def test_what_is_past_stays_and_every_plan_passes_the_audit(
    drawn: tuple[Problem, Plan, Changes], worth: float
) -> None:
    problem, plan, change = drawn
    try:
        found = replan(problem, plan, change, price=Price(worth), options=OPTIONS)
    except PlanError:
        return
    first, later = change.first_day, found.problem
    assert audit_plan(later, found.plan) == ()
    assert found.plan.problem_sha256 == problem_sha256(problem_to_json(later))
    assert [day.date for day in later.days] == [day.date for day in problem.days]
    for tour in found.plan.tours:
        assert tour.team not in change.dropped
        past = [before for before in plan.tours_of(tour.team) if before.day < first]
        if tour.day < first:  # it stays where it slept
            assert not tour.stops
            assert tour.start == tour.end == past[-1].end
    for team in later.teams:
        own = [tour for tour in found.plan.tours_of(team.id) if tour.day >= first]
        past = [tour for tour in plan.tours_of(team.id) if tour.day < first]
        if own and past:
            assert own[0].start == past[-1].end
    closed = Counter[str]()
    for tour in plan.tours if change.results is None else ():
        closed.update({s.place: s.households for s in tour.stops if tour.day < first})
    for result in change.results or ():
        closed[result.place] += result.signed + result.refused
    for village in later.villages:
        assert (
            village.households
            == problem.village_at[village.place].households - closed[village.place]
        )
    for left in found.plan.left_out:
        days = [requirement.day for requirement in left.requirements]
        assert all(day is None or day >= first for day in days)


@pytest.mark.parametrize("seed", range(0, 60, 6))
def test_where_nothing_changes_the_rest_of_a_plan_stays_possible(seed: int) -> None:
    problem = small_problem(seed, SIZE)
    try:
        plan = solve(problem, OPTIONS)
    except PlanError:
        return
    for first in range(1, len(problem.days)):
        found = replan(problem, plan, Changes(first), price=Price(INFINITE), options=OPTIONS)
        assert found.moved == 0
        assert found.difference.after.weighted >= found.difference.before.weighted - TOLERANCE
        assert found.plan.summary.upper_bound is not None


def test_one_visit_reaches_as_many_as_before_of_those_that_are_left() -> None:
    problem = road(days=2).replace(villages=(Village("near", 50, max_share_per_visit=0.7),))
    problem = problem.replace(teams=problem.teams[:1])
    plan = solve(problem, OPTIONS)
    by_day = [sum(stop.households for stop in tour.stops) for tour in plan.tours]
    assert sorted(by_day) == [15, 35]
    (later,) = later_problem(problem, plan, Changes(1)).villages
    assert (later.households, later.max_share_per_visit) == (50 - by_day[0], 1.0)
    refused = VisitResult("A", problem.days[0].date, "near", reached=9, signed=0, refused=9)
    found = replan(problem, plan, Changes(1, results=(refused,)), options=OPTIONS)
    assert found.problem.villages[0].households == 41
    assert found.plan.summary.households == 35


# ---- The difference ----


@given(changes(), st.sampled_from([0.0, 2.0, INFINITE]))
@settings(max_examples=20, deadline=None)
def test_the_difference_adds_up(drawn: tuple[Problem, Plan, Changes], worth: float) -> None:
    problem, plan, change = drawn
    try:
        found = replan(problem, plan, change, price=Price(worth), options=OPTIONS)
    except PlanError:
        return
    difference, first = found.difference, change.first_day
    for side, own in (("before", plan), ("after", found.plan)):
        stops = [
            (stop.place, tour.team, tour.day, stop.households)
            for tour in own.tours
            if tour.day >= first
            for stop in tour.stops
            if stop.households
        ]
        seen = [
            (visit.place, each.team, each.day, each.households)
            for visit in difference.visits
            if (each := getattr(visit, side)) is not None
        ]
        assert sorted(seen) == sorted(stops)
        sums = getattr(difference, side)
        assert (sums.stops, sums.households) == (len(stops), sum(stop[-1] for stop in stops))
    gained = sum(visit.households for visit in difference.visits)
    assert gained == difference.after.households - difference.before.households
    kept = {
        (visit.before.team, visit.before.day, visit.place)
        for visit in difference.visits
        if visit.before and visit.change == "kept"
    }
    announced = {each.visit for each in found.problem.announced}
    assert {each.visit for each in kept_visits(found.problem, found.plan.tours)} == kept & announced
    assert all(
        (visit.cause is None) == (visit.change in {"kept", "new"}) for visit in difference.visits
    )
    unchanged = {(t.team, t.day) for t in plan.tours if t.day >= first and t.stops}
    tours = {(t.team, t.day): t.stops for t in plan.tours}
    for tour in found.plan.tours:
        if (tour.team, tour.day) in unchanged.difference(difference.team_days):
            was = tours[tour.team, tour.day]
            assert [(s.place, s.arrive, s.end) for s in was] == [
                (s.place, s.arrive, s.end) for s in tour.stops
            ]


# ---- By hand ----


def road(days: int = 3, *, nights: int | None = None, beds: int = 1) -> Problem:
    """Return two teams on one road: base, near (1 h), far (4 h); a day has 10 hours.

    Both reach 10 households an hour; whoever works in far cannot get there and back in a day and
    knock for more than two hours.
    """
    seconds = [[0, 1, 4], [1, 0, 3], [4, 3, 0]]
    matrix = [[hours * HOUR for hours in row] for row in seconds]
    date = dt.date(2027, 5, 3)
    return Problem(
        places=tuple(
            Place(name, name, 43, 77 + n / 10) for n, name in enumerate(("base", "near", "far"))
        ),
        travel={"car": TravelTimes.from_rows(matrix)},
        villages=(Village("near", 60), Village("far", 150)),
        teams=tuple(
            Team(name, "base", "base", "car", 10.0, max_nights_away=nights) for name in "AB"
        ),
        days=tuple(
            Day(date + dt.timedelta(days=n), Window(8 * HOUR, 18 * HOUR)) for n in range(days)
        ),
        sleeps=(Sleep("far", beds),),
    )


def test_a_team_goes_on_from_where_it_slept_and_its_nights_count_on() -> None:
    problem = road(nights=2)
    plan = solve(problem, OPTIONS)
    away = next(t for t in plan.tours if t.day == 0 and t.end == "far")
    # A third day would be the third night; two nights are allowed, so it comes home on day 3.
    longer = road(days=4, nights=2)
    found = replan(longer, plan, Changes(1), options=OPTIONS)
    tours = {tour.day: tour for tour in found.plan.tours_of(away.team)}
    assert tours[0].start == tours[0].end == tours[1].start == "far"
    assert "base" in {tours[1].end, tours[2].end}
    assert audit_plan(found.problem, found.plan) == ()


@pytest.mark.parametrize(
    ("worth", "weight", "kept"),
    [(0.0, 9.0, 0), (90.0, 9.0, 0), (110.0, 9.0, 2), (1000.0, 90.0, 0), (INFINITE, 90.0, 2)],
)
def test_a_stop_is_kept_exactly_where_it_is_worth_what_it_costs(
    worth: float, weight: float, kept: int
) -> None:
    """Both teams are announced in near, where they reach 80 each; in far they would reach 20."""
    near, far = Village("near", 400, min_households=30), Village("far", 150, weight=weight)
    old = road(days=2).replace(villages=(near, replace(far, households=0)))
    plan = solve(old, OPTIONS)
    now = old.replace(villages=(near, far))
    found = replan(now, plan, Changes(1), price=Price(worth), options=OPTIONS)
    assert len(found.problem.announced) == 2
    assert len(found.difference.of(Change.KEPT)) == kept
    assert found.plan.summary.weighted == (160 if kept else 40 * weight)


def test_a_bed_stays_taken_until_the_team_leaves_it() -> None:
    problem = road(beds=1)
    plan = solve(problem, OPTIONS)
    away = next(t.team for t in plan.tours if t.day == 0 and t.end == "far")
    later = later_problem(problem, plan, Changes(1))
    assert later.team_of[away].start == "far"
    assert later.team_of[away].days == (0, 1, 2)
    assert {team.days for team in later.teams if team.id != away} == {(1, 2)}
    assert later.days[0].work == Window(0, 0)


def test_who_signed_or_refused_is_not_asked_again_and_all_others_are() -> None:
    problem = road()
    plan = solve(problem, OPTIONS)
    date = problem.days[0].date
    results = (
        VisitResult("A", date, "far", reached=30, signed=12, refused=5, come_back=3, not_home=9),
        VisitResult("B", date, "near", reached=20, signed=20),
        VisitResult("B", date - dt.timedelta(days=7), "near", reached=9, signed=9),
    )
    later = later_problem(problem, plan, Changes(1, results=results))
    assert [village.households for village in later.villages] == [40, 133]


def test_people_who_join_a_team_make_it_quicker_from_that_day_on() -> None:
    problem = road()
    plan = solve(problem, OPTIONS)
    added = later_problem(problem, plan, Changes(1, joins=(Join("B", "A"),)))
    assert added.team_of["A"].households_per_hour_by_day == (10.0, 20.0, 20.0)
    assert added.team_of["B"].days == ()
    given = later_problem(problem, plan, Changes(2, joins=(Join("B", "A", 14.0),)))
    assert given.team_of["A"].households_per_hour_by_day == (10.0, 10.0, 14.0)


def test_stops_of_a_team_that_drops_out_are_not_among_those_that_can_be_kept() -> None:
    problem = road()
    plan = solve(problem, OPTIONS)
    out = next(tour.team for tour in plan.tours if tour.day and tour.stops)
    found = replan(problem, plan, Changes(1, without=(out,)), price=Price(5), options=OPTIONS)
    assert all(each == Announced(*each.visit, 5) for each in found.problem.announced)
    assert all(each.team != out for each in found.problem.announced)
    lost = [visit for visit in found.difference.visits if visit.before and visit.before.team == out]
    assert lost
    assert {visit.cause for visit in lost} == {"team_out"}


def test_a_village_that_only_past_days_could_reach_is_past_and_not_a_choice() -> None:
    problem = road(days=2, beds=1)
    # Without a night the visit in far is too short on the last day.
    problem = problem.replace(
        villages=(Village("near", 60), Village("far", 150, min_households=30))
    )
    plan = solve(problem, OPTIONS)
    home = [team.id for team in problem.teams if plan.tours_of(team.id)[0].end == "base"]
    found = replan(
        *(
            problem,
            plan,
            Changes(1, without=tuple(t.id for t in problem.teams if t.id not in home)),
        ),
        options=OPTIONS,
    )
    reasons = {left.place: left.reason for left in found.plan.left_out}
    assert reasons["far"] is Reason.PAST


def test_closed_roads_are_travel_times_of_now() -> None:
    problem = road()
    plan = solve(problem, OPTIONS)
    closed = TravelTimes.from_rows([[0, HOUR, None], [HOUR, 0, None], [None, None, 0]])
    home = Changes(1, slept={"A": "base", "B": "base"})
    found = replan(problem.replace(travel={"car": closed}), plan, home, options=OPTIONS)
    assert {stop.place for tour in found.plan.tours for stop in tour.stops} <= {"near"}
    far = [visit for visit in found.difference.visits if visit.place == "far"]
    assert far
    assert {visit.cause for visit in far} == {"out_of_reach"}


def test_everything_wrong_with_changes_is_named_at_once() -> None:
    problem = road()
    plan = solve(problem, OPTIONS)
    wrong = Changes(
        7,
        without=("C",),
        joins=(Join("A", "B"), Join("B", "A")),
        further=(problem.teams[0],),
        slept={"A": "nowhere"},
    )
    with pytest.raises(InputError) as caught:
        later_problem(problem, plan, wrong)
    options = [fault.where for fault in caught.value.faults]
    assert options == ["--from", "--without", "--slept", "--join", "--join", "--team"]
    with pytest.raises(InputError, match="no team is left"):
        later_problem(problem, plan, Changes(1, without=("A", "B")))
    with pytest.raises(InputError, match="below 0"):
        Price(-1)


def test_a_plan_that_was_made_again_can_be_made_again() -> None:
    problem = road(days=4, nights=3)
    plan = solve(problem, OPTIONS)
    once = replan(problem, plan, Changes(1), price=Price(3), options=OPTIONS)
    twice = replan(once.problem, once.plan, Changes(2), price=Price(INFINITE), options=OPTIONS)
    assert audit_plan(twice.problem, twice.plan) == ()
    assert twice.moved == 0
    assert not twice.difference.of(Change.DROPPED)
