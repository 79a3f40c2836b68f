"""Pins and start plans: what is pinned stays, what is begun from is never made worse."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from routeplan.audit import Rule, audit_plan
from routeplan.errors import InputError, PlanError
from routeplan.model.plan import Plan, RequirementKind, Rest, Stop, Tour
from routeplan.model.problem import Problem, Sleep, Team, TravelTimes, Window
from routeplan.planner import ENGINES, Options, Pins, parse_pins, solve
from routeplan.planner.ortools_routing import engine as routing
from routeplan.planner.ortools_routing.model import solve_task
from tests.bench.districts import make_district
from tests.helpers.strategies import problems
from tests.helpers.toy import toy_plan, toy_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from routeplan.planner import Progress
    from routeplan.planner.ortools_routing.task import RoutingResult, RoutingTask

PROBLEM, PLAN = toy_problem(), toy_plan()
BRIEF = Options(iterations=3)

every_problem = problems() | problems(version=2)


@pytest.fixture(autouse=True, scope="module")
def in_this_process() -> Iterator[None]:
    """A process for each search would be too slow."""

    def answers(task: RoutingTask) -> Iterator[RoutingResult]:
        found: list[RoutingResult] = []
        solve_task(task, found.append)
        yield found[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routing, "routing_results", answers)
        yield


every_engine = pytest.mark.parametrize("engine", sorted(ENGINES))


def judged(problem: Problem, plan: Plan) -> Plan:
    violations = audit_plan(problem, plan)
    assert violations == (), "\n".join(map(str, violations))
    return plan


def first_plan(problem: Problem, options: Options) -> Plan:
    try:
        return judged(problem, solve(problem, options))
    except PlanError:
        assume(False)  # noqa: FBT003
        raise


def route(tour: Tour) -> tuple[str, str, tuple[tuple[str, int], ...]]:
    return tour.start, tour.end, tuple((stop.place, stop.households) for stop in tour.stops)


def routes(plan: Plan) -> dict[tuple[str, int], object]:
    return {(tour.team, tour.day): route(tour) for tour in plan.tours}


def visited_on(plan: Plan) -> dict[str, set[int]]:
    days: dict[str, set[int]] = {}
    for tour in plan.tours:
        for stop in tour.stops:
            days.setdefault(stop.place, set()).add(tour.day)
    return days


def faults(act: Callable[[], object]) -> list[str]:
    with pytest.raises(InputError) as caught:
        act()
    return [str(fault) for fault in caught.value.faults]


def refused(pins: Pins, start: Plan | None = PLAN, problem: Problem = PROBLEM) -> list[str]:
    return faults(lambda: solve(problem, BRIEF, start=start, pins=pins))


# ---- Start plans ----


@every_engine
@settings(max_examples=15)
@given(problem=every_problem, seed=st.integers(0, 3), iterations=st.integers(0, 12))
def test_a_start_plan_is_never_made_worse(
    engine: str, problem: Problem, seed: int, iterations: int
) -> None:
    start = first_plan(problem, Options(engine=engine, iterations=6))
    options = Options(engine=engine, iterations=iterations, seed=seed)
    plan = judged(problem, solve(problem, options, start=start))
    before, after = start.summary, plan.summary
    assert after.objective >= before.objective - 1e-9
    if after.objective == before.objective:
        assert after.drive_seconds <= before.drive_seconds


@every_engine
@settings(max_examples=15)
@given(problem=every_problem, data=st.data())
def test_any_plan_at_all_can_be_begun_from(
    engine: str, problem: Problem, data: st.DataObject
) -> None:
    """However many rules it breaks: it is mended, or the problem itself cannot be planned."""
    villages = st.sampled_from([*problem.village_at])
    stops = st.builds(Stop, villages, st.just(0), st.just(0), st.just(0), st.integers(-3, 80))
    tours = st.builds(
        Tour,
        team=st.sampled_from([*problem.team_of, "nobody"]),
        day=st.integers(-1, len(problem.days)),
        start=st.sampled_from([*problem.index, "nowhere"]),
        end=st.sampled_from([*problem.index, "nowhere"]),
        depart=st.just(0),
        arrive=st.just(0),
        drive_seconds=st.just(0),
        stops=st.lists(stops, max_size=4).map(tuple),
    )
    wild = PLAN.replace(tours=tuple(data.draw(st.lists(tours, max_size=6))))
    try:
        plan = solve(problem, Options(engine=engine, iterations=2), start=wild)
    except PlanError:
        assume(False)  # noqa: FBT003
    judged(problem, plan)


@every_engine
def test_the_plan_that_is_begun_from_is_where_the_search_begins(engine: str) -> None:
    """With no steps at all, the plan of a longer search comes back."""
    problem = make_district(25, 2, 3, 4, seed=2)
    long = judged(problem, solve(problem, Options(engine=engine, iterations=60)))
    again = solve(problem, Options(engine=engine, iterations=0), start=long)
    assert judged(problem, again).summary.weighted >= long.summary.weighted


@every_engine
def test_a_day_that_only_its_visits_make_drivable_is_kept(engine: str) -> None:
    """There is no straight way from base to the bed, but one by way of a village."""
    base, north, mill = PROBLEM.places[:3]
    rows: list[list[int | None]] = [[0, 600, None], [600, 0, 600], [None, 600, 0]]
    north_village, mill_village = (
        replace(PROBLEM.village_at[name], households=200, max_share_per_visit=1.0)
        for name in ("north", "mill")
    )
    problem = PROBLEM.replace(
        places=(base, north, mill),
        travel={"car": TravelTimes.from_rows(rows)},
        villages=(north_village, mill_village),
        sleeps=(Sleep("mill", 1),),
        teams=(Team("A", "base", "base", "car", 20.0, days=(0, 1)),),
        rules=replace(PROBLEM.rules, rest_seconds_per_day=0),
    )
    there = (Stop("north", 36000, 36000, 36180, 1), Stop("mill", 36780, 36780, 64380, 150))
    back = (Stop("mill", 36000, 36000, 45600, 50), Stop("north", 46200, 46200, 68340, 123))
    start = PLAN.replace(
        tours=(
            Tour("A", 0, "base", "mill", 35400, 64380, 1200, there),
            Tour("A", 1, "mill", "base", 36000, 68940, 1200, back),
        )
    )
    plan = judged(problem, solve(problem, Options(engine=engine, iterations=0), start=start))
    assert plan.summary.weighted >= 1 + 1.5 * 200 + 123


@every_engine
def test_a_start_plan_for_other_villages_is_refused_with_the_nearest(engine: str) -> None:
    strange = PLAN.replace(
        tours=tuple(
            replace(
                tour,
                stops=tuple(
                    replace(stop, place=stop.place.replace("mill", "mil").replace("dell", "bell"))
                    for stop in tour.stops
                ),
            )
            for tour in PLAN.tours
        )
    )
    options = Options(engine=engine, iterations=0)
    assert faults(lambda: solve(PROBLEM, options, start=strange)) == [
        "start plan: stops at 'bell', which is no village of the problem; did you mean 'dell'?",
        "start plan: stops at 'mil', which is no village of the problem; did you mean 'mill'?",
    ]


NOON = PROBLEM.replace(rules=replace(PROBLEM.rules, rest_between=Window(12 * 3600, 15 * 3600)))


@every_engine
def test_rests_of_a_start_plan_made_without_hours_for_them_are_taken_in_these(engine: str) -> None:
    """Be the plan begun from or pinned as a whole: its routes stay, its times are made anew."""
    pins = Pins(tuple((tour.team, tour.day) for tour in PLAN.tours))
    options = Options(engine=engine, iterations=0)
    assert {v.rule for v in audit_plan(NOON, PLAN)} >= {Rule.REST_WINDOW}
    begun = judged(NOON, solve(NOON, options, start=PLAN))
    pinned = judged(NOON, solve(NOON, options, start=PLAN, pins=pins))
    assert routes(pinned) == routes(PLAN)
    assert begun.summary.objective >= pinned.summary.objective == PLAN.summary.weighted
    for plan in (begun, pinned):
        rests = [rest for tour in plan.tours for rest in tour.rests]
        assert rests
        assert all(12 * 3600 <= rest.start <= 15 * 3600 for rest in rests)


def test_a_pinned_tour_without_any_rest_in_the_hours_for_it_is_refused_with_the_rule() -> None:
    night = _without_required(NOON).replace(
        rules=replace(PROBLEM.rules, rest_between=Window(0, 3600))
    )
    found = refused(Pins((("A", 0),)), PLAN, night)
    assert any(fault.startswith("pin A:1: rest_window: ") for fault in found), found


# ---- Pins are kept ----


# Many problems have no plan at all.
@every_engine
@settings(max_examples=30, suppress_health_check=[HealthCheck.filter_too_much])
@given(problem=every_problem, data=st.data())
def test_what_is_pinned_is_kept_by_every_engine(
    engine: str, problem: Problem, data: st.DataObject
) -> None:
    start = first_plan(problem, Options(engine=engine, iterations=6))
    days = visited_on(start)
    tours = data.draw(st.sets(st.sampled_from(sorted(routes(start)) or [("", 0)]), max_size=3))
    once = [(place, min(on)) for place, on in sorted(days.items()) if len(on) == 1]
    visits = data.draw(st.sets(st.sampled_from(once), max_size=2)) if once else set()
    who: dict[tuple[str, int], list[str]] = {}
    for tour in start.tours:
        for stop in tour.stops:
            who.setdefault((stop.place, tour.day), []).append(tour.team)
    alone = sorted(visit for visit in visits if len(who[visit]) == 1)
    for_team: set[tuple[str, int]] = (
        data.draw(st.sets(st.sampled_from(alone), max_size=2)) if alone else set()
    )
    others = sorted(set(problem.village_at) - set(days))
    skipped = data.draw(st.sets(st.sampled_from(others), max_size=2)) if others else set()
    assume(tours & set(routes(start)) or visits or skipped)
    pins = Pins(
        tours=tuple(sorted(tours & set(routes(start)))),
        visits=tuple(visits - for_team),
        skipped=tuple(skipped),
        visits_by=tuple((*visit, who[visit][0]) for visit in sorted(for_team)),
    )
    reported: list[Progress] = []
    options = Options(engine=engine, iterations=data.draw(st.integers(0, 12)), seed=2)
    try:
        plan = solve(problem, options, start=start, pins=pins, report=reported.append)
    except (InputError, PlanError) as error:
        excused(error)
        return
    judged(problem, plan)
    for key in pins.tours:
        assert routes(plan)[key] == routes(start)[key]
    for place, day in pins.visits:
        assert visited_on(plan)[place] == {day}
    for place, day, team in pins.visits_by:
        assert {(t.day, t.team) for t in plan.tours for s in t.stops if s.place == place} == {
            (day, team)
        }
    assert not set(pins.skipped) & set(visited_on(plan))
    assert plan.summary.upper_bound is None
    assert {progress.bound for progress in reported} <= {None}


def excused(error: InputError | PlanError) -> None:
    """Let pass what may be wrong with parts of a plan that keeps every rule, and nothing else."""
    for fault in error.faults:
        assert "min_households" in fault.message or "not visited" in fault.message


@every_engine
def test_a_plan_that_is_pinned_as_a_whole_stays(engine: str) -> None:
    pins = Pins(tuple((tour.team, tour.day) for tour in PLAN.tours))
    plan = judged(
        PROBLEM, solve(PROBLEM, Options(engine=engine, iterations=5), start=PLAN, pins=pins)
    )
    assert routes(plan) == routes(PLAN)
    reasons = {left.place: left for left in plan.left_out}
    assert reasons["isle"].reason == "unreachable"
    assert [each.kind for each in reasons["dell"].requirements] == [RequirementKind.UNPIN]


@every_engine
def test_a_pinned_tour_costs_what_it_costs_and_the_others_make_the_best_of_it(engine: str) -> None:
    """An empty day that is pinned stays empty, and the other days are still filled."""
    problem = make_district(25, 2, 3, 4, seed=2)
    lazy = Tour("t0", 1, "base", "base", 28800, 28800, 0)
    options = Options(engine=engine, iterations=30)
    start = PLAN.replace(tours=(lazy,))
    plan = judged(problem, solve(problem, options, start=start, pins=Pins((("t0", 1),))))
    assert [(t.team, t.day) for t in plan.tours if not t.stops] == [("t0", 1)]
    free = solve(problem, options)
    assert plan.summary.weighted < free.summary.weighted


@every_engine
def test_a_village_can_be_given_a_day_and_another_left_out_without_any_start(engine: str) -> None:
    problem = make_district(25, 2, 3, 4, seed=2)
    free = solve(problem, Options(engine=engine, iterations=10))
    place, days = min(visited_on(free).items())
    other = next(day for day in range(3) if day not in days)
    left = max(visited_on(free))
    pins = Pins(visits=((place, other),), skipped=(left,))
    plan = judged(problem, solve(problem, Options(engine=engine, iterations=10), pins=pins))
    assert visited_on(plan)[place] == {other}
    assert left not in visited_on(plan)
    (said,) = [entry for entry in plan.left_out if entry.place == left]
    assert said.reason in {"search", "no_time"}


@every_engine
def test_a_village_can_be_given_to_either_of_two_teams_that_are_alike(engine: str) -> None:
    """Nothing tells the teams apart but the pin, which each way is kept."""
    alike = replace(PROBLEM.teams[0], id="C")
    problem = PROBLEM.replace(teams=(PROBLEM.teams[0], alike))
    for team in ("A", "C"):
        pins = Pins(visits_by=(("dell", 1, team), ("mill", 0, team)))
        plan = judged(problem, solve(problem, Options(engine=engine, iterations=8), pins=pins))
        who = {(s.place, t.day, t.team) for t in plan.tours for s in t.stops}
        assert {visit for visit in who if visit[0] in {"dell", "mill"}} == {
            ("dell", 1, team),
            ("mill", 0, team),
        }


def test_no_pins_are_no_pins() -> None:
    assert not Pins()
    plain = solve(PROBLEM, BRIEF)
    pinned = solve(PROBLEM, BRIEF, pins=Pins())
    assert plain.tours == pinned.tours


# ---- Pins that cannot be ----


def with_tour(team: str, day: int, **changes: object) -> Plan:
    return PLAN.replace(
        tours=tuple(
            replace(tour, **changes) if (tour.team, tour.day) == (team, day) else tour  # type: ignore[arg-type]
            for tour in PLAN.tours
        )
    )


MILL = Stop("mill", 36000, 36000, 43800, 40)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"start": "dell"}, "first_start"),
        ({"end": "atlantis"}, "known_place"),
        ({"end": "hill"}, "sleeping_place"),
        ({"stops": (MILL, MILL)}, "one_visit_a_day"),
        ({"stops": (replace(MILL, place="base"),)}, "village_stop"),
        ({"stops": (replace(MILL, place="ford"),)}, "way"),
        ({"stops": (replace(MILL, households=400),)}, "households"),
        ({"stops": (replace(MILL, households=-1),)}, "negative"),
        ({"stops": (replace(MILL, households=9),)}, "min_households"),
        ({"stops": (replace(MILL, place="north", households=31),)}, "max_share"),
        ({"stops": (replace(MILL, place="dell"),)}, "closed_day"),
        (
            {"stops": (replace(MILL, place="hill", households=1), MILL), "end": "dell"},
            "drive_limit",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_pinned_tour_that_breaks_a_rule_is_refused_with_its_pin_and_the_rule(
    changes: dict[str, object], rule: str
) -> None:
    if rule in {"way", "households", "village_stop", "max_share"}:
        changes = {**changes, "end": "mill"}
    found = refused(Pins((("A", 0),)), with_tour("A", 0, **changes))
    assert any(fault.startswith(f"pin A:1: {rule}: ") for fault in found), found


def test_times_of_a_pinned_tour_are_made_anew_and_may_be_wrong() -> None:
    wrong = with_tour("A", 0, depart=0, arrive=1, rests=(Rest("mill", 5, 6),))
    plan = judged(PROBLEM, solve(PROBLEM, BRIEF, start=wrong, pins=Pins((("A", 0),))))
    assert routes(plan)["A", 0] == routes(PLAN)["A", 0]


def test_a_pinned_tour_that_is_too_long_is_refused_with_the_rule() -> None:
    long = (MILL, Stop("north", 46200, 46200, 51600, 30))
    short_days = PROBLEM.replace(
        days=tuple(replace(day, work=Window(28800, 45000), knock=None) for day in PROBLEM.days)
    )
    found = refused(Pins((("A", 0),)), with_tour("A", 0, stops=long), short_days)
    assert any(fault.startswith("pin A:1: knock_hours: ") for fault in found)


def test_a_bed_before_a_pinned_day_counts_as_much_as_one_after_it() -> None:
    """Mill has one bed; A's pinned day begins there, so B may not sleep there that night."""
    both = PROBLEM.replace(teams=tuple(replace(team, days=None) for team in PROBLEM.teams))
    waking = Tour("B", 1, "mill", "base", 36000, 37800, 1800)
    start = PLAN.replace(tours=(*PLAN.tours, waking))
    (found,) = refused(Pins((("A", 1), ("B", 1))), start, both)
    assert found.startswith("pin A:2, pin B:2: beds: ")


def test_nights_away_of_pinned_days_count_together() -> None:
    shorter = PROBLEM.replace(
        teams=(replace(PROBLEM.teams[0], max_nights_away=2), PROBLEM.teams[1])
    )
    found = refused(Pins((("A", 1), ("A", 2))), PLAN, shorter)
    assert found == ["pin A:2: nights_away: 3 nights in a row away from base, 2 allowed"]


def test_what_a_visit_leaves_to_be_fewer_than_the_least_must_be_pinned_with_it() -> None:
    """B's day 2 reaches 4 in mill because earlier visits reached the others."""
    (found,) = refused(Pins((("B", 2),)))
    assert found == (
        "pin B:3: min_households: reaches 4 households in mill, 10 are the least; "
        "pin the tours of earlier days that left no more as well"
    )
    pins = Pins((("B", 2), ("A", 0), ("A", 1), ("B", 0)))
    plan = judged(PROBLEM, solve(PROBLEM, BRIEF, start=PLAN, pins=pins))
    assert routes(plan)["B", 2] == routes(PLAN)["B", 2]


def test_everything_that_is_wrong_with_pins_is_said_at_once() -> None:
    pins = Pins(
        tours=(("A", 0), ("C", 0), ("B", 1), ("A", 0)),
        visits=(("mill", 1), ("dell", 0), ("frod", 0), ("north", 7), ("hill", 0), ("hill", 2)),
        skipped=("hill", "mill", "hil"),
    )
    found = refused(pins)
    expected = [
        "pin C:1: there is no team 'C'",
        "pin B:2: B does not work on day 2; its days are 1, 3",
        "skip-village hill: required: the problem asks for a visit to hill",
        "skip-village hill: is also to be visited on day 1",
        "skip-village mill: contradicts 'pin A:1', which visits it",
        "pin-village mill:2: contradicts 'pin A:1', which visits it on another day",
        "pin-village dell:1: closed_day: dell is closed on day 1",
        "pin-village north:8: there is no day 8; the days are 1 to 3",
        "pin-village hill:1: is pinned to day 3, too, and can be pinned to one day only",
        "pin-village frod:1: there is no village 'frod'; did you mean 'ford'?",
        "skip-village hil: there is no village 'hil'; did you mean 'hill'?",
    ]
    for fault in expected:
        assert any(said.startswith(fault) for said in found), (fault, found)


def test_a_tour_cannot_be_pinned_without_a_plan_that_has_it() -> None:
    assert refused(Pins((("A", 0),)), None) == [
        "pin A:1: there is no start plan to take the tour from; give one"
    ]
    without = PLAN.replace(tours=PLAN.tours[1:])
    assert refused(Pins((("A", 0),)), without) == [
        "pin A:1: the start plan has no tour of A on day 1"
    ]


def test_a_village_that_no_team_can_visit_on_its_day_is_refused_with_the_reason() -> None:
    found = refused(Pins(visits=(("isle", 1), ("ford", 1))), None)
    assert [fault.partition(",")[0] for fault in found] == [
        "pin-village ford:2: cannot be visited then: too_far",
        "pin-village isle:2: cannot be visited then: unreachable",
    ]
    fixed = Pins(tours=(("A", 1),), visits=(("north", 1),))
    assert refused(fixed) == ["pin-village north:2: all tours of that day are pinned without it"]


def test_what_is_wrong_with_a_village_for_one_team_is_said() -> None:
    pins = Pins(
        tours=(("A", 0),),
        visits_by=(
            *(("dell", 1, "B"), ("dell", 2, "C"), ("mill", 0, "B")),
            *(("north", 1, "A"), ("north", 1, "B"), ("hill", 0, "A")),
        ),
    )
    assert refused(pins) == [
        "pin-village dell:2:B: is pinned to day 3, too, and can be pinned to one day only",
        "pin-village dell:2:B: is pinned to team C, too, and can be pinned to one only",
        "pin-village dell:2:B: B does not work on that day",
        "pin-village dell:3:C: there is no team 'C'; known are 'A', 'B'",
        "pin-village mill:1:B: contradicts 'pin A:1', by which another team visits it",
        "pin-village north:2:A: is pinned to team B, too, and can be pinned to one only",
        "pin-village north:2:A: contradicts 'pin A:1', which visits it on another day",
        "pin-village north:2:B: is pinned to team A, too, and can be pinned to one only",
        "pin-village north:2:B: contradicts 'pin A:1', which visits it on another day",
        "pin-village north:2:B: B does not work on that day",
        "pin-village hill:1:A: all tours of that day are pinned without it",
    ]


def test_a_required_village_that_pins_leave_no_day_for_is_named() -> None:
    idle = [Tour(t.team, t.day, "base", "base", 28800, 28800, 0) for t in PLAN.tours]
    pins = Pins(tuple((tour.team, tour.day) for tour in idle))
    assert refused(pins, PLAN.replace(tours=tuple(idle))) == [
        "pins: required: hill must be visited, and the tours that are pinned leave no day for it"
    ]


def test_a_pinned_day_that_cannot_be_reached_from_the_days_around_is_refused() -> None:
    """From mill to dell and back takes all that A may drive; nobody flies there overnight."""
    tight = PROBLEM.replace(rules=replace(PROBLEM.rules, max_drive_seconds_per_day=1700))
    stay = Tour("A", 1, "mill", "mill", 36000, 36000, 0)
    (found,) = refused(Pins((("A", 1),)), PLAN.replace(tours=(stay,)), _without_required(tight))
    assert found.startswith("pin A:2: team A cannot get from base to base in its days with")


def _without_required(problem: Problem) -> Problem:
    return problem.replace(villages=tuple(replace(v, required=False) for v in problem.villages))


# ---- As they are written ----


def test_pins_are_read_with_days_by_number_or_date_and_villages_by_id_or_name() -> None:
    pins = parse_pins(
        PROBLEM,
        tours=["A:1", "B:2027-05-06"],
        visits=["mill:2", " Hill :2027-05-06", "Dell:2027-05-04:A"],
        skipped=["NORTH"],
    )
    assert pins == Pins(
        (("A", 0), ("B", 2)), (("mill", 1), ("hill", 2)), ("north",), (("dell", 1, "A"),)
    )


def test_pins_that_cannot_be_read_are_named_all_at_once() -> None:
    act = faults(
        lambda: parse_pins(
            PROBLEM, tours=["A", "A:9", "AA:1", "A:0"], visits=["mil:2", "mill:x"], skipped=["hil"]
        )
    )
    assert act == [
        "pin A: names no day; write a colon and the day behind it, as in A:1",
        "pin A:9: there is no day '9'; the days are 1 to 3, or 2027-05-03 to 2027-05-06",
        "pin AA:1: there is no team 'AA'; did you mean 'A'?",
        "pin A:0: there is no day '0'; the days are 1 to 3, or 2027-05-03 to 2027-05-06",
        "pin-village mil:2: there is no village 'mil'; did you mean 'mill'?",
        "pin-village mill:x: there is no day 'x'; the days are 1 to 3, or 2027-05-03 to 2027-05-06",
        "skip-village hil: there is no village 'hil'; did you mean 'hill'?",
    ]


def test_a_name_that_several_villages_have_is_refused_with_their_ids() -> None:
    places = tuple(
        replace(place, name="Aqbulaq") if place.id in {"north", "dell"} else place
        for place in PROBLEM.places
    )
    twins = PROBLEM.replace(places=places)
    assert faults(lambda: parse_pins(twins, skipped=["aqbulaq"])) == [
        "skip-village aqbulaq: 2 villages are called 'aqbulaq'; their ids are 'north', 'dell'"
    ]
    assert parse_pins(twins, skipped=["dell"]) == Pins(skipped=("dell",))
