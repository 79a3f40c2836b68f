"""Plans side by side, with figures worked out by hand from the toy's plan."""

from __future__ import annotations

from dataclasses import replace

from routeplan.analysis import compare_plans
from routeplan.model.plan import LeftOut, Plan, Reason, Rest, Summary, Tour
from tests.helpers.toy import toy_plan, toy_problem

COLUMNS = [
    "households",
    "weighted",
    "objective",
    "crew_days",
    "idle_days",
    "per_crew_day",
    "drive_hours",
    "evenings_away",
    "left_out",
    "iterations",
    "stopped_by",
]


def home_plan() -> Plan:
    """Two of the toy's tours and a day on which B stays at base: nobody is away for a night."""
    first, last = (tour for tour in toy_plan().tours if tour.team == "B")
    idle = Tour("B", 1, "base", "base", 28800, 28800, 0)
    left = (
        LeftOut("dell", 50, Reason.NO_TIME),
        LeftOut("isle", 12, Reason.UNREACHABLE),
        LeftOut("north", 30, Reason.SEARCH),
    )
    summary = Summary(100, 120.0, None, 8400)
    return toy_plan().replace(tours=(first, idle, last), left_out=left, summary=summary)


def test_the_toy_s_figures_are_those_worked_out_by_hand() -> None:
    # 255 households (weighted 330) in 5 tours; 17400 s are 4 h 50 min; 10 are left in dell and 12
    # in isle.
    row = compare_plans({"toy": toy_plan()}).loc["toy"]
    assert row.to_dict() == {
        "households": 255,
        "weighted": 330.0,
        "objective": 330.0,
        "crew_days": 5,
        "idle_days": 0,
        "per_crew_day": 51.0,
        "drive_hours": 4.8,
        "evenings_away": 2,
        "left_out": 22,
        "iterations": 0,
        "stopped_by": "iterations",
    }


def test_there_is_a_row_a_plan_in_the_order_given_and_always_the_same_columns() -> None:
    plans = {"two": home_plan(), "one": toy_plan()}
    table = compare_plans(plans)
    assert list(table.index) == ["two", "one"]
    assert table.index.name == "plan"
    assert list(table.columns) == COLUMNS
    assert list(compare_plans({"one": toy_plan()}).columns) == COLUMNS


def test_counts_stay_whole_numbers() -> None:
    table = compare_plans({"home": home_plan(), "toy": toy_plan()})
    counts = ["households", "crew_days", "evenings_away", "left_out"]
    assert {str(table[count].dtype) for count in counts} == {"int64"}


def test_a_day_without_visit_and_drive_is_idle_and_no_crew_day() -> None:
    # 100 households in the 2 days with work are 50 a day; the third is idle.
    row = compare_plans({"home": home_plan()}).loc["home"]
    assert (row.crew_days, row.idle_days, row.per_crew_day) == (2, 1, 50.0)


def test_crews_that_come_home_every_evening_are_never_away() -> None:
    assert compare_plans({"home": home_plan()}).loc["home"].evenings_away == 0


def test_the_place_where_a_crew_s_last_day_ends_is_home_wherever_it_began() -> None:
    first, *rest = toy_plan().tours_of("A")
    moved = replace(first, start="north")
    assert (
        compare_plans({"A": toy_plan().replace(tours=(moved, *rest))}).loc["A"].evenings_away == 2
    )


def test_the_order_in_which_tours_stand_does_not_matter() -> None:
    plan = toy_plan()
    turned = plan.replace(tours=plan.tours[::-1])
    assert compare_plans({"plan": turned}).equals(compare_plans({"plan": plan}))


def test_a_plan_without_tours_reaches_nobody_and_divides_by_nothing() -> None:
    nothing = toy_plan().replace(tours=(), summary=Summary(0, 0.0, None, 0))
    row = compare_plans({"nothing": nothing}).loc["nothing"]
    assert (row.households, row.crew_days, row.per_crew_day, row.evenings_away) == (0, 0, 0.0, 0)


def test_no_plans_make_a_table_without_rows() -> None:
    assert len(compare_plans({})) == 0


def test_bonuses_and_the_price_of_driving_are_in_the_gap() -> None:
    summary = replace(toy_plan().summary, objective=320.0, upper_bound=336.0)
    row = compare_plans({"toy": toy_plan().replace(summary=summary)}, toy_problem()).loc["toy"]
    assert (row.weighted, row.objective, row.upper_bound, row.gap) == (330.0, 320.0, 336.0, 0.05)


def test_a_rest_inside_a_visit_is_not_time_at_doors() -> None:
    plan = toy_plan()
    before = compare_plans({"toy": plan}, toy_problem()).loc["toy"].door_hours
    tour = next(tour for tour in plan.tours if tour.stops)
    stop = tour.stops[0]
    inside = replace(
        tour,
        stops=(replace(stop, end=stop.end + 3600), *tour.stops[1:]),
        rests=(Rest(stop.place, stop.start + 60, stop.start + 3660),),
    )
    longer = plan.replace(tours=tuple(inside if each is tour else each for each in plan.tours))
    assert compare_plans({"toy": longer}, toy_problem()).loc["toy"].door_hours == before
