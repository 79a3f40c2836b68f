"""The native library: a day timed as `time_day` times it, and figures that stay true."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from routeplan import native
from routeplan.audit import audit_plan
from routeplan.errors import PlanError
from routeplan.model.plan import StoppedBy
from routeplan.model.problem import Day as ProblemDay
from routeplan.model.problem import Place, Problem, Team, TravelTimes, Village, Window
from routeplan.planner import Options, solve, solver
from routeplan.planner.branch_and_price.pricing import single_shift
from routeplan.planner.branch_and_price.team_classes import terminal_places
from routeplan.planner.engine import Outcome
from routeplan.planner.instance import Instance
from routeplan.planner.native_instance import INFINITE, make_native_instance
from routeplan.planner.routes import DayRoute, Visit
from routeplan.planner.ruin_and_recreate import Annealer
from routeplan.planner.ruin_and_recreate.native_solution import empty_solution
from routeplan.planner.solution import drive_legs, initial_solution, most_households, time_day
from tests.bench.districts import make_district
from tests.helpers.small_problems import small_problem
from tests.helpers.strategies import problems
from tests.oracles import planner as oracle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routeplan.planner.native_instance import NativeInstance
    from routeplan.planner.ruin_and_recreate.native_solution import NativeSolution
    from routeplan.planner.solution import Solution

CLOSE = 1e-6
# More than any of the drawn days has.
STOPS = 16

every_problem = problems() | problems(version=2)


@dataclass
class Day:
    """One shift as the arrays of the kernels, and the same for `time_day`."""

    instance: Instance
    tables: NativeInstance
    state: NativeSolution
    shift: int
    ends: tuple[int, int]

    @property
    def visits(self) -> list[Visit]:
        n = self.state.stops[self.shift]
        order, doors = self.state.village[self.shift, :n], self.state.reached[self.shift, :n]
        return [Visit(int(v), int(h)) for v, h in zip(order, doors, strict=True)]

    def native(self, name: str, *values: Any) -> Any:
        """Call a function of the library on the shift."""
        return native.call(name, self.tables, self.state, self.shift, *values)

    @property
    def route(self) -> DayRoute:
        return DayRoute(*self.ends, tuple(self.visits))

    def is_feasible(self) -> bool:
        return time_day(self.instance, self.shift, self.route) is not None

    def most(self, position: int, most: int) -> int:
        """Return how many doors one of the visits could reach, the others as they are."""
        return most_households(self.instance, self.shift, self.route, position, most)


@st.composite
def days(draw: st.DrawFn, most_doors: int = 60) -> Day:
    """Draw a shift of a problem that uses every rule, some visits, and where it begins and ends."""
    instance = Instance(draw(every_problem))
    assume(instance.shifts)
    tables = make_native_instance(instance)
    state = empty_solution(tables, STOPS)
    shift = draw(st.integers(0, len(instance.shifts) - 1))
    places = st.sampled_from(terminal_places(tables))
    state.end[shift] = draw(places)
    if not tables.first[shift]:
        state.end[shift - 1] = draw(places)
    villages = st.integers(0, len(instance.villages) - 1)
    order = draw(st.lists(villages, unique=True, max_size=5))
    for position, village in enumerate(order):
        there = int(instance.households[village])
        some = st.integers(0, min(most_doors, there))
        whole = st.sampled_from([0, there])
        state.village[shift, position] = village
        state.reached[shift, position] = draw(whole if instance.whole[village] else some)
    state.stops[shift] = len(order)
    native.call("count_solution", tables, state)
    start = tables.start[shift] if tables.first[shift] else state.end[shift - 1]
    ends = int(start), int(state.end[shift])
    return Day(instance, tables, state, shift, ends)


few_doors = days(most_doors=4)


def leave(
    day: Day, ready: int, stops: Sequence[int], rest: tuple[int, str] | None, place: int
) -> int | None:
    """Return when a team leaves the last of some stops; None where it cannot be in time.

    `rest` tells at which stop it rests, and whether before, after or inside setup and doors.
    """
    inst, shift = day.instance, day.instance.shifts[day.shift]
    drive, hours = inst.drive(day.shift), inst.problem.rules.rest_between

    def rested(ready: int) -> int | None:
        """Return when a rest that begins as early as it may from a time on is over."""
        begin = max(ready, hours.start) if hours else ready
        return None if hours and begin > hours.end else begin + inst.rest

    for position in stops:
        village, households = day.visits[position]
        leg = drive[place, int(inst.at[village])]
        if leg is None or not shift.open[village]:
            return None
        arrive: int | None = ready + leg
        if rest == (position, "before"):
            arrive = rested(ready + leg)
        if arrive is None:
            return None
        begin = max(arrive, int(shift.opens[village]))
        ready = begin + int(inst.setup[village]) + inst.pace(day.shift, village).seconds(households)
        if rest == (position, "inside"):
            over = rested(begin)
            if over is None or over - inst.rest > ready:
                return None
            ready += inst.rest
        if ready > shift.closes[village]:
            return None
        after = rested(ready) if rest == (position, "after") else ready
        if after is None:
            return None
        ready, place = after, int(inst.at[village])
    return ready


def rests_at(stops: Sequence[int]) -> list[tuple[int, str] | None]:
    """Return every place of the rest; inside is of use only where there are hours for it."""
    return [(position, side) for position in stops for side in ("before", "after", "inside")]


def is_in_time(day: Day, arrive: int, position: int, *, rest_due: bool) -> bool:
    """Return whether a team that comes to a stop at a time is at the end in time, limits apart."""
    stops = range(position, len(day.visits))
    drive, shift = day.instance.drive(day.shift), day.instance.shifts[day.shift]
    place = int(day.instance.at[day.visits[position].village])
    last = int(day.instance.at[day.visits[-1].village])
    back = drive[last, day.ends[1]]
    for rest in rests_at(stops) if rest_due else [None]:
        ready = leave(day, arrive, stops, rest, place)
        if ready is not None and back is not None and ready + back <= shift.end:
            return True
    return False


# ---- A day ----


@settings(max_examples=200)
@given(day=days() | few_doors)
def test_a_shift_is_feasible_where_time_day_says_so_and_driven_as_far(day: Day) -> None:
    assert day.native("time_shift") == day.is_feasible()
    legs = drive_legs(day.instance, day.shift, day.route)
    limit = day.tables.drive_limit
    found = int(day.state.driven[day.shift])
    assert found > limit or found >= INFINITE if legs is None else found == sum(legs)


@settings(max_examples=150)
@given(day=days() | few_doors)
def test_forward_slack_is_the_earliest_time_with_and_without_the_rest(day: Day) -> None:
    """Before each stop, and after the last: against every place of the rest."""
    shift, rest = day.instance.shifts[day.shift], day.instance.rest
    for position in range(len(day.visits) + 1):
        before = range(position)
        plain = leave(day, shift.start, before, None, day.ends[0])
        rested = [leave(day, shift.start, before, at, day.ends[0]) for at in rests_at(before)]
        earliest = min((ready for ready in rested if ready is not None), default=None)
        kept = (plain, earliest) if rest else (None, plain)
        slack = day.state.slack[day.shift, position]
        found = int(slack["ready_before_rest"]), int(slack["ready_after_rest"])
        assert [None if ready >= INFINITE else ready for ready in found] == list(kept)


@settings(max_examples=150)
@given(day=few_doors)
def test_latest_arrivals_are_in_time_and_a_second_later_is_not(day: Day) -> None:
    """At each stop, with the rest still to come and with the rest taken."""
    state, shift = day.state, day.shift
    for position in range(len(day.visits)):
        slack = state.slack[shift, position]
        latest = [(int(slack["latest_after_rest"]), False)]
        if day.instance.rest:
            latest.append((int(slack["latest_before_rest"]), True))
        for arrive, rest_due in latest:
            if arrive <= -INFINITE:
                assert not is_in_time(day, -(10**6), position, rest_due=rest_due)
            else:
                assert is_in_time(day, arrive, position, rest_due=rest_due)
                assert not is_in_time(day, arrive + 1, position, rest_due=rest_due)


@settings(max_examples=150)
@given(day=days() | few_doors)
def test_the_slack_of_a_stop_is_what_most_households_finds(day: Day) -> None:
    """The drive limit apart, which households do not change."""
    tables, shift = day.tables, day.shift
    assume(day.state.driven[shift] <= tables.drive_limit)
    for position, visit in enumerate(day.visits):
        most = int(day.instance.max_households[visit.village])
        slack = day.native("door_slack", position)
        pace = day.instance.pace(shift, visit.village)
        doors = -1 if slack < 0 else pace.households(slack, most)
        assert doors == day.most(position, most)


@settings(max_examples=150)
@given(day=few_doors)
def test_filling_leaves_no_visit_that_could_reach_more(day: Day) -> None:
    """And takes nothing away, keeps the day, and reaches no more than there is."""
    assume(day.is_feasible())
    before = day.visits
    day.native("fill_shift")
    assert day.is_feasible()
    left = day.instance.households.copy()
    for position, (old, new) in enumerate(zip(before, day.visits, strict=True)):
        village, most = new.village, int(day.instance.max_households[new.village])
        assert old.village == village
        assert old.households <= new.households <= max(most, old.households)
        limit = max(old.households, day.most(position, most))
        if day.instance.whole[village] and limit < most:
            limit = old.households
        assert new.households == limit
        left[village] -= new.households
    assert day.state.left.tolist() == left.tolist()
    assert (left >= 0).all()


@settings(max_examples=150)
@given(day=days(), data=st.data())
def test_households_are_shared_out_where_the_fewest_fit_and_until_no_more_do(
    day: Day, data: st.DataObject
) -> None:
    """In the shift as its team's only one, as pricing asks for it."""
    villages, order = len(day.instance.villages), [v for v, _ in day.visits]
    prizes = data.draw(st.lists(st.floats(0, 3), min_size=villages, max_size=villages))
    instance, n = day.instance, len(order)
    least = np.array([min(1, instance.max_households[v]) for v in order], dtype=np.int32)
    most = instance.max_households[order].astype(np.int32)
    alone = single_shift(day.tables, day.shift)
    state = empty_solution(alone, STOPS)
    alone.start[0], state.end[0] = day.ends
    state.stops[0], state.village[0, :n] = n, order
    fewest = [Visit(v, int(h)) for v, h in zip(order, least, strict=True)]
    fits = time_day(instance, day.shift, DayRoute(*day.ends, tuple(fewest))) is not None
    assert native.call("share_households", alone, state, least, most, np.array(prizes)) == fits
    if not fits:
        return
    visits = [Visit(v, int(h)) for v, h in zip(order, state.reached[0, :n], strict=True)]
    route = DayRoute(*day.ends, tuple(visits))
    assert time_day(instance, day.shift, route) is not None
    for position, (few, visit) in enumerate(zip(fewest, visits, strict=True)):
        limit = int(instance.max_households[visit.village])
        assert few.households <= visit.households <= limit
        if prizes[visit.village] > 0:
            found = most_households(instance, day.shift, route, position, limit)
            assert visit.households == found


# ---- Rounds ----


@settings(max_examples=60)
@given(day=days())
def test_a_shortened_shift_keeps_its_visits_and_cannot_be_shortened_again(day: Day) -> None:
    assume(day.is_feasible())
    visits, driven = sorted(day.visits), int(day.state.driven[day.shift])
    shorter = day.native("shorten_shift")
    assert day.is_feasible()
    assert sorted(day.visits) == visits
    assert (day.state.driven[day.shift] < driven) == shorter
    legs = drive_legs(day.instance, day.shift, day.route)
    assert legs is not None
    assert day.state.driven[day.shift] == sum(legs)
    assert not day.native("shorten_shift")


def test_a_circle_driven_in_any_order_is_shortened_to_the_circle() -> None:
    """Twelve villages around the base, as the crow flies: the circle is the shortest way."""
    angles = np.arange(12) * np.pi / 6
    points = np.vstack([np.zeros(2), np.column_stack([np.cos(angles), np.sin(angles)])])
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    seconds = np.ceil(apart * 1000).astype(np.int64)
    problem = Problem(
        places=tuple(Place(f"p{n}", f"p{n}", *point) for n, point in enumerate(points.tolist())),
        travel={"car": TravelTimes(seconds, np.ones_like(seconds, dtype=np.bool_))},
        villages=tuple(Village(f"p{n}", 1) for n in range(1, 13)),
        teams=(Team("t", "p0", "p0", "car"),),
        days=(ProblemDay(dt.date(2027, 5, 3), Window(0, 36_000)),),
    )
    tables = make_native_instance(Instance(problem))
    shortest = 2 * 1000 + 11 * int(seconds[1, 2])
    for seed in range(10):
        state = empty_solution(tables, STOPS)
        state.village[0, :12] = np.random.default_rng(seed).permutation(12)
        state.reached[0, :12], state.stops[0] = 1, 12
        native.call("count_solution", tables, state)
        assert native.call("shorten_shift", tables, state, 0)
        assert state.driven[0] <= 1.1 * shortest


def audited(problem: Problem, solution: Solution) -> None:
    """Audit a solution as a plan, made by the solver's own last steps."""
    with pytest.MonkeyPatch.context() as patch:
        outcome = Outcome(solution, None, 0, StoppedBy.ITERATIONS)
        patch.setitem(solver.ENGINES, "given", lambda *_: outcome)
        plan = solve(problem, Options(engine="given", iterations=0))
    violations = audit_plan(problem, plan)
    assert violations == (), "\n".join(map(str, violations))


def annealed(problem: Problem, seed: int, rounds: int, *, crowded: bool = False) -> Annealer:
    """Anneal; `crowded` as where days have many stops, whatever the pace."""
    instance = Instance(problem)
    annealer = Annealer(instance, make_native_instance(instance), initial_solution(instance), seed)
    if crowded:
        annealer._parameters = annealer._parameters._replace(forced=0.4, tails=0.3, shortened=0.5)
    for part in range(4):
        annealer.iterate(rounds // 4, part / 4)
    return annealer


def assert_true_figures(annealer: Annealer) -> None:
    """What a solution has counted on the way is what there is to count."""
    tables, state = annealer._tables, annealer._solution
    assert_true_counts(tables, state)
    reached = tables.households - state.left
    weighted = float(tables.weight @ reached) - tables.drive_cost * float(state.driven.sum())
    for shift, row in enumerate(tables.bonus_set.tolist()):
        n = state.stops[shift]
        visited = state.village[shift, :n][state.reached[shift, :n] > 0]
        weighted += float(tables.bonus[row, visited].sum()) if row >= 0 else 0.0
    missing = int((tables.required & (state.visits == 0)).sum())
    for number, floor in enumerate(tables.floors.tolist()):
        missing += max(0, floor - int(reached[tables.district == number].sum()))
    now = weighted, float(state.driven.sum()), float(missing)
    assert annealer._workspace.value.tolist() == pytest.approx(now, abs=CLOSE)


def assert_true_counts(tables: NativeInstance, state: NativeSolution) -> None:
    """Against plain Python; times against those of the same solution timed anew."""
    counts = oracle.count(tables, state)
    assert state.left.tolist() == counts.left
    assert state.reached_on.tolist() == counts.reached_on
    assert state.beds_used.tolist() == counts.beds_used
    assert state.driven.tolist() == counts.driven
    for village in range(tables.villages):
        assert visitors(state, village) == set(counts.visitors[village])
    anew = empty_solution(tables, state.stop_capacity)
    for name in ("village", "reached", "stops", "end"):
        getattr(anew, name)[:] = getattr(state, name)
    native.call("count_solution", tables, anew)
    for shift, n in enumerate(state.stops):
        assert (state.slack[shift, : n + 1] == anew.slack[shift, : n + 1]).all()


def visitors(state: NativeSolution, village: int) -> set[int]:
    """Return the shifts in a village's list of visitors."""
    found, node = [], int(state.remainder["first_visitor"][village])
    while node >= 0:
        found.append(int(state.visitor[node]))
        node = int(state.next_visitor[node])
    assert len(found) == state.visits[village]
    return set(found)


def assert_true_score(annealer: Annealer) -> None:
    best = annealer.best()
    assert annealer.score() == pytest.approx(best.score(), abs=CLOSE)


def assert_good_routes(
    instance: Instance, tables: NativeInstance, routes: Sequence[tuple[int, DayRoute]]
) -> None:
    """Each can be driven by every shift of its class, and begins and ends where one may."""
    places = set(terminal_places(tables))
    for shift_class, route in routes:
        assert {route.start, route.end} <= places
        assert route.visits
        for shift in np.flatnonzero(tables.shift_class == shift_class):
            assert time_day(instance, int(shift), route) is not None
        for village, households in route.visits:
            assert households <= instance.max_households[village]


@settings(max_examples=80)
@given(
    problem=every_problem, seed=st.integers(0, 5), rounds=st.integers(4, 300), crowded=st.booleans()
)
def test_annealing_keeps_its_counts_true_whatever_the_rules(
    problem: Problem, seed: int, rounds: int, *, crowded: bool
) -> None:
    assume(Instance(problem).shifts)
    try:
        annealer = annealed(problem, seed, rounds, crowded=crowded)
    except PlanError:
        assume(False)  # noqa: FBT003
    assert_true_figures(annealer)
    assert_true_score(annealer)
    assert_good_routes(annealer._instance, annealer._tables, annealer.routes())
    best = annealer.best()
    assume(best.score()[0] == 0)
    audited(problem, best)


@pytest.mark.parametrize("crowded", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_counts_are_true_after_many_iterations_in_a_district(seed: int, *, crowded: bool) -> None:
    """With nights out, shared villages and visits that earlier days make too small."""
    problem = make_district(40, 2, 4, 8, seed=seed)
    annealer = annealed(problem, seed, 6000, crowded=crowded)
    assert annealer.score()[1] > 0
    for _ in range(5):
        annealer.iterate(300, 0.5)
        assert_true_figures(annealer)
        assert_true_score(annealer)
        audited(problem, annealer.best())
    routes = annealer.routes()
    assert len(routes) > 10
    assert any(route.start != route.end for _, route in routes)
    assert_good_routes(annealer._instance, annealer._tables, routes)


@pytest.mark.parametrize("seed", range(20))
def test_an_annealer_goes_on_from_any_solution_and_keeps_its_incumbent(seed: int) -> None:
    problem = small_problem(seed)
    try:
        annealer = annealed(problem, seed, 400)
    except PlanError:
        return
    first = annealer.score()
    annealer.restart(initial_solution(annealer._instance))
    assert annealer.score() == first
    assert_true_figures(annealer)
    annealer.iterate(100, 0.9)
    assert annealer.score() >= first
    assert_true_score(annealer)


def test_hardly_a_route_is_pooled_twice() -> None:
    """Of two with the same hash slot the older is forgotten, no more; and pools are cleared."""
    annealer = annealed(make_district(20, 2, 3, 4, seed=5), 1, 4000)
    routes = annealer.routes()
    assert len(routes) > 100
    assert len(routes) < 1.02 * len(set(routes))
    assert annealer.routes() == []
    annealer.iterate(4000, 1.0)
    again = annealer.routes()
    assert len(again) > 100
    assert len(set(again) & set(routes)) < 0.02 * len(again)
