"""The same problem with more or fewer crews, days, nights, driving or pace, or on other roads."""

from __future__ import annotations

import dataclasses
import inspect
import math
import pickle
from typing import TYPE_CHECKING, Any

import pytest

import routeplan as rp
from routeplan.analysis import Variant, vary
from routeplan.errors import InputError
from routeplan.formats import problem_sha256
from routeplan.model.problem import Announced, District, problem_of
from routeplan.model.variants import UNCHANGED
from tests.helpers.campaign import Undertaking, table
from tests.helpers.toy import toy_problem

if TYPE_CHECKING:
    from collections.abc import Mapping

TOY = toy_problem()
QUICK = rp.Options(iterations=2, bound=False)
# Every name once at least, and two at once.
CHANGES: list[Mapping[str, Any]] = [
    {"crews": 3},
    {"days": 1},
    {"days": 4},
    {"nights": 0},
    {"nights": None},
    {"drive_hours": 0.5},
    {"drive_hours": None},
    {"pace": 0.5},
    {"drive_factor": 1.3},
    {"season": "mud"},
    {"season": None},
    {"speeds": None},
    {"crews": 2, "nights": 2, "season": "winter"},
]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> rp.Prepared:
    # One village is closed on the first day, and on one after the last.
    header, first, *others = table()
    lines = [f"{header},closed", f"{first},2027-05-03 2027-05-06", *(f"{row}," for row in others)]
    return rp.prepare(Undertaking(table=lines).write(tmp_path_factory.mktemp("week")))


# ---- One family of variants ----


def test_a_variant_and_a_scenario_have_one_set_of_names() -> None:
    fields = {field.name for field in dataclasses.fields(Variant)}
    methods = {name for name, _ in inspect.getmembers(rp.Scenario) if name.startswith("with_")}
    assert {f"with_{name}" for name in fields} == methods
    assert set().union(*CHANGES) == fields


@pytest.mark.parametrize("changes", CHANGES, ids=str)
def test_a_varied_scenario_is_what_its_methods_make(
    prepared: rp.Prepared, changes: Mapping[str, Any]
) -> None:
    expected = prepared.scenario
    for name, value in changes.items():
        expected = getattr(expected, f"with_{name}")(value)
    assert vary(prepared.scenario, Variant(**changes)) == expected
    assert vary(prepared.scenario, **changes) == expected


@pytest.mark.parametrize("changes", CHANGES, ids=str)
def test_a_prepared_scenario_that_is_varied_is_the_varied_scenario_prepared(
    prepared: rp.Prepared, changes: Mapping[str, Any]
) -> None:
    varied, anew = vary(prepared, **changes), rp.prepare(vary(prepared.scenario, **changes))
    assert varied.problem == anew.problem
    assert (varied.scenario, varied.conditions) == (anew.scenario, anew.conditions)
    assert varied.snaps == anew.snaps
    assert prepared.problem == rp.prepare(prepared.scenario).problem, "is left as it was"


@pytest.mark.parametrize("changes", CHANGES[:9], ids=str)
def test_a_problem_is_varied_as_a_prepared_scenario_is(
    prepared: rp.Prepared, changes: Mapping[str, Any]
) -> None:
    problem = prepared.problem.replace(
        villages=tuple(dataclasses.replace(v, closed_days=()) for v in prepared.problem.villages)
    )
    varied = vary(prepared.replace(problem=problem), **changes).problem
    open_days = tuple(dataclasses.replace(v, closed_days=()) for v in varied.villages)
    assert varied.replace(villages=open_days) == vary(problem, **changes)


def test_mud_makes_drives_longer_and_a_varied_plan_draws_at_once(prepared: rp.Prepared) -> None:
    wet = vary(prepared, season="mud", crews=2)
    before, after = (each.problem.travel["car"] for each in (prepared, wet))
    both = before.reachable & after.reachable
    assert (after.seconds[both] >= before.seconds[both]).all()
    assert (after.seconds[both] > before.seconds[both]).any()
    plan = rp.plan_tours(wet, QUICK)
    assert f"{plan.summary.households}" in rp.draw_map(wet, plan).html
    legs = rp.frame_legs(wet, plan)
    assert round(legs["minutes"].sum() * 60) == plan.summary.drive_seconds


def test_a_factor_on_drives_is_in_legs_and_isochrones(prepared: rp.Prepared) -> None:
    slow = vary(prepared, drive_factor=2.0)
    plan = rp.plan_tours(slow, QUICK)
    assert round(rp.frame_legs(slow, plan)["minutes"].sum() * 60) == plan.summary.drive_seconds
    far, near = (rp.frame_isochrones(each, [20, 10]) for each in (slow, prepared))
    assert far["minutes"].tolist() == near["minutes"].tolist() == [10, 20, 10, 20]
    assert far["road_km"][1] == pytest.approx(near["road_km"][0])


def test_none_is_no_limit_and_what_is_left_out_stays() -> None:
    limited = vary(TOY, nights=1, drive_hours=2)
    free = vary(limited, Variant(nights=None))
    assert [team.max_nights_away for team in free.teams] == [None, None]
    assert free.rules.max_drive_seconds_per_day == 7200
    assert vary(free, drive_hours=None).rules.max_drive_seconds_per_day is None
    assert Variant(nights=None).changes() == {"nights": None}
    assert Variant(nights=None, season=None).label() == "nights without limit, season of the dates"


@pytest.mark.parametrize("name", ["crews", "days", "pace", "drive_factor"])
def test_what_has_no_limit_cannot_be_none(prepared: rp.Prepared, name: str) -> None:
    changes: Any = {name: None}
    with pytest.raises(InputError, match=f"{name}: None is not a number"):
        Variant(**changes)
    with pytest.raises(InputError, match=f"{name}: None is not a number"):
        getattr(prepared.scenario, f"with_{name}")(None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("crews", 0), ("crews", 2.5), ("days", 10**6), ("nights", -1)),
        *(("drive_hours", math.nan), ("pace", 0), ("drive_factor", math.inf)),
        ("drive_factor", 1e9),
    ],
)
def test_a_scenario_refuses_what_a_variant_refuses(
    prepared: rp.Prepared, name: str, value: float
) -> None:
    changes: Any = {name: value}
    with pytest.raises(InputError) as by_variant:
        Variant(**changes)
    with pytest.raises(InputError) as by_method:
        getattr(prepared.scenario, f"with_{name}")(value)
    assert by_variant.value.faults == by_method.value.faults


def test_a_season_needs_roads_and_has_to_be_known(prepared: rp.Prepared) -> None:
    with pytest.raises(InputError) as caught:
        vary(TOY, season="mud", speeds=None)
    assert [fault.where for fault in caught.value.faults] == ["season", "speeds"]
    with pytest.raises(InputError, match="no season 'mudd'; did you mean 'mud'"):
        vary(prepared, season="mudd")


def test_changes_by_name_come_after_those_of_a_variant() -> None:
    assert len(vary(TOY, Variant(crews=1, days=2), crews=3).teams) == 3
    with pytest.raises(TypeError, match="crew"):
        vary(TOY, crew=3)


def test_a_variant_is_the_same_in_another_process_and_shows_what_it_changes() -> None:
    variant = Variant(nights=None, crews=2)
    assert pickle.loads(pickle.dumps(variant)) == variant  # noqa: S301  # made here
    assert pickle.loads(pickle.dumps(variant)).days is UNCHANGED  # noqa: S301  # made here
    assert repr(variant) == "Variant(crews=2, nights=None)"


def test_frontiers_and_sweeps_give_back_what_they_planned_ready_to_be_drawn(
    prepared: rp.Prepared,
) -> None:
    frontier = rp.trace_frontier(prepared, {"crews": (1, 2), "days": (1,)}, QUICK)
    for at, (posed, plan) in frontier.cases().items():
        assert isinstance(posed, rp.Prepared)
        assert (len(posed.problem.teams), len(posed.problem.days)) == at
        assert plan is not None
        assert rp.audit_plan(posed, plan) == ()
        assert rp.draw_map(posed, plan).html
    variants = {
        "as it is": Variant(),
        "wet": Variant(season="mud", nights=None),
        "one crew": Variant(crews=1, drive_factor=1.5),
        "longer": Variant(days=len(prepared.problem.days) + 1),
    }
    sweep = rp.Sweep("seasons", {"": prepared}, variants, QUICK)
    cells, plans = sweep.run()
    for posed, plan in zip(sweep.cases().values(), plans, strict=True):
        assert plan is not None
        assert rp.audit_plan(posed, plan) == ()
        assert plan.problem_sha256 == problem_sha256(rp.problem_to_json(problem_of(posed)))
    assert cells["season"].dropna().tolist() == ["mud"]
    assert cells["nights"].dropna().tolist() == [math.inf]
    plain = rp.trace_frontier(prepared.problem, {"crews": (1,)}, QUICK)
    assert [type(posed) for posed, _ in plain.cases().values()] == [rp.Problem]


def test_districts_of_a_country_are_given_back_prepared_with_their_floors(
    prepared: rp.Prepared,
) -> None:
    floors = {"all": rp.Floor(households=5)}
    country = rp.plan_country({"all": prepared}, 1, QUICK, most=1, floors=floors)
    posed, plan = country.cases()["all"]
    assert isinstance(posed, rp.Prepared)
    assert plan is not None
    assert rp.audit_plan(posed, plan) == ()
    assert [each.min_households for each in posed.problem.districts] == [5]
    assert rp.draw_map(posed, plan).html


def test_variants_are_compared_under_uncertainty_by_name(prepared: rp.Prepared) -> None:
    posed = {"all": prepared, "slow": vary(prepared, pace=0.5)}
    plans = {name: rp.plan_tours(each, QUICK) for name, each in posed.items()}
    trials = rp.Trials(rp.Uncertainty(drive_factor=1.1), count=20)
    found = rp.compare_under_uncertainty(posed, plans, trials)
    for name, each in posed.items():
        alone = rp.simulate(each, plans[name], trials).summary()
        assert found.loc[name, "households"] == alone["households"]
    with pytest.raises(InputError, match="slow: has no problem"):
        rp.compare_under_uncertainty({"all": prepared}, plans, trials)


# ---- What each change does ----


def test_a_variant_that_says_nothing_changes_nothing() -> None:
    assert vary(TOY, Variant()) == TOY


def test_the_first_crews_come_first_and_then_copies_in_turn() -> None:
    assert [team.id for team in vary(TOY, Variant(crews=1)).teams] == ["A"]
    teams = vary(TOY, Variant(crews=5)).teams
    assert [team.id for team in teams] == ["A", "B", "A-2", "B-2", "A-3"]
    assert teams[3].days == TOY.teams[1].days


def test_fewer_crews_are_the_first_of_more_crews() -> None:
    more = vary(TOY, Variant(crews=6)).teams
    assert all(vary(TOY, Variant(crews=n)).teams == more[:n] for n in range(1, 7))


def test_fewer_days_drop_what_is_said_of_later_ones() -> None:
    shorter = vary(TOY, Variant(days=2))
    assert shorter.days == TOY.days[:2]
    assert shorter.teams[1].days == (0,)
    assert all(day < 2 for village in shorter.villages for day in village.closed_days)


def test_more_days_are_like_the_last_one_on_the_dates_after_it() -> None:
    longer = vary(TOY, Variant(days=5))
    assert [day.date.day for day in longer.days] == [3, 4, 6, 7, 8]
    assert longer.days[4].work == TOY.days[2].work


def test_nights_are_those_of_every_crew_whatever_its_own_limit_was() -> None:
    for nights in (0, 2):
        limits = [team.max_nights_away for team in vary(TOY, Variant(nights=nights)).teams]
        assert limits == [nights, nights]


def test_driving_pace_and_travel_times_change_as_told() -> None:
    varied = vary(TOY, Variant(drive_hours=1.5, pace=0.5, drive_factor=1.1))
    assert varied.rules.max_drive_seconds_per_day == 5400
    assert [team.households_per_hour for team in varied.teams] == [10.0, 15.0]
    before, after = TOY.travel["car"].seconds, varied.travel["car"].seconds
    assert ((after >= 1.1 * before - 1e-6) & (after < 1.1 * before + 1)).all()


def test_every_value_that_cannot_be_is_named() -> None:
    with pytest.raises(InputError) as caught:
        Variant(crews=0, nights=-1, pace=0)
    assert [fault.where for fault in caught.value.faults] == ["crews", "nights", "pace"]


def test_fewer_crews_or_days_drop_what_was_announced_for_them() -> None:
    announced = (
        Announced("A", 0, "mill", 3.0),
        Announced("A", 2, "north", 3.0),
        Announced("B", 0, "dell", 3.0),
    )
    district = District("west", ("north", "mill"), 40)
    teams = tuple(
        dataclasses.replace(team, households_per_hour_by_day=(9.0, None, 12.0))
        for team in TOY.teams
    )
    problem = TOY.replace(announced=announced, districts=(district,), teams=teams)
    assert vary(problem, Variant(crews=1)).announced == announced[:2]
    assert vary(problem, Variant(days=2)).announced == (announced[0], announced[2])
    assert vary(problem, Variant(crews=1, days=1)).announced == announced[:1]
    longer = vary(problem, Variant(crews=3, days=4, pace=2.0))
    assert (longer.announced, longer.districts) == (announced, (district,))
    assert longer.teams[2].households_per_hour_by_day == (18.0, None, 24.0, 24.0)


def test_hours_driven_stand_beside_the_limit_that_a_sweep_varies() -> None:
    variants = {"as it is": Variant(), "less": Variant(drive_hours=1)}
    table, plans = rp.Sweep("wheel", {"": TOY}, variants, QUICK).run()
    assert table["drive_hours"].tolist()[1] == 1
    assert table["drive_hours"].isna().tolist() == [True, False]
    assert plans[1] is not None
    hours = [tour.drive_seconds / 3600 for tour in plans[1].tours]
    assert table["wheel_hours"][1] == pytest.approx(sum(hours), abs=0.06)
