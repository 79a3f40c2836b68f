"""How objects show themselves: in one short line, and as HTML in a notebook."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

import routeplan as rp
from routeplan.analysis import plan_country, trace_frontier
from routeplan.planner import Options, explain
from routeplan.scenario import read_scenario
from tests.helpers.paths import DEMO
from tests.helpers.strategies import plans, problems
from tests.helpers.toy import toy_plan, toy_problem

if TYPE_CHECKING:
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

LONGEST = 250
QUICK = Options(iterations=1, bound=False)


def assert_short(shown: str) -> None:
    assert len(shown) <= LONGEST
    assert "\n" not in shown
    assert "object at" not in shown


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> rp.Prepared:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        return rp.prepare(DEMO / "scenario.toml")


def test_a_problem_and_a_plan_say_what_is_in_them() -> None:
    problem, plan = toy_problem(), toy_plan()
    first = problem.days[0].date
    assert repr(problem.replace(name="May")) == (
        f"<Problem 'May': 277 households, 6 villages, 2 teams, 3 days from {first}>"
    )
    assert repr(problem.replace(name="x" * 500)).startswith(f"<Problem '{'x' * 39}…': 277 ")
    assert repr(plan) == (
        "<Plan: 255 households, 5 tours, worth 330, at most 340, by hand, stopped by iterations>"
    )


@given(problem=problems(version=2))
def test_every_problem_shows_itself_in_one_short_line(problem: Problem) -> None:
    assert_short(repr(problem))


@given(plan=plans())
def test_every_plan_shows_itself_in_one_short_line(plan: Plan) -> None:
    assert_short(repr(plan))


def test_a_prepared_scenario_and_its_parts_show_themselves_in_one_short_line(
    prepared: rp.Prepared,
) -> None:
    for each in (prepared, prepared.scenario, prepared.problem, prepared.graph):
        assert_short(repr(each))
        assert repr(each).startswith(f"<{type(each).__name__}")
    assert f"{len(prepared.rows)} villages, 2 teams, 5 days from" in repr(prepared)
    assert "2 teams, 5 days from" in repr(prepared.scenario)
    # Names of files without the folders that they are in.
    assert str(DEMO) not in repr(prepared.scenario)


def test_every_public_class_shows_itself_in_few_words(prepared: rp.Prepared) -> None:
    problem = toy_problem()
    plan = rp.solve(problem, QUICK)
    reports: list[rp.Progress] = []
    rp.solve(problem, QUICK, report=reports.append)
    one_day, few = {"days": (1,)}, rp.Trials(count=2)
    country = plan_country({"all": problem}, 1, QUICK, most=1)
    every_day = tuple(range(366))
    shown = [
        *(problem, plan, prepared, prepared.scenario, QUICK, reports[0], few, few.uncertainty),
        *(problem.places[0], problem.sleeps[0], problem.rules, problem.days[0], country),
        *(problem.days[0].work, problem.travel["car"], rp.Announced("A", 0, "v01", 2.0)),
        rp.District("x" * 1000, tuple(f"v{n}" for n in range(1000)), 3),
        rp.Village("v01", 3, closed_days=every_day),
        rp.Team("A", "a", "a", "car", 5.0, every_day, None, (5.0,) * 366),
        rp.Pins(visits=tuple((f"v{n}", n) for n in range(1000))),
        rp.Case(problem, QUICK, plan),
        rp.Runner(),
        rp.Floor(10, 2),
        rp.Variant(crews=2, nights=None, season="mud"),
        rp.Sweep("x" * 1000, {f"d{n}": prepared for n in range(99)}, {"": rp.Variant()}, QUICK),
        rp.explain(problem, plan, plan.left_out[0].place, QUICK),
        trace_frontier(problem, one_day, QUICK),
        rp.simulate(problem, plan, few),
        rp.plan_robustly(problem, QUICK, few, slack_minutes=[0, 10]),
        rp.draw_map(problem, plan),
        rp.plan_map(problem, plan),
    ]
    public = {name for name in rp.__all__ if isinstance(getattr(rp, name), type)}
    errors = {name for name in public if issubclass(getattr(rp, name), (Exception, StrEnum))}
    assert {type(each).__name__ for each in shown} == public - errors
    for each in shown:
        assert len(repr(each)) < 500, repr(each)
        assert "\n" not in repr(each)
        assert "object at" not in repr(each)


@given(problem=problems(version=2))
def test_the_parts_of_every_problem_show_themselves_in_few_words(problem: Problem) -> None:
    parts = (*problem.places, *problem.villages, *problem.teams, *problem.days, *problem.sleeps)
    for each in (*parts, *problem.announced, *problem.districts, *problem.travel.values()):
        assert len(repr(each)) < 500, repr(each)


def test_a_scenario_shows_its_days_and_a_row_a_team() -> None:
    scenario = read_scenario(DEMO / "scenario.toml")
    html = scenario._repr_html_()
    assert html.count("<tr>") == 1 + len(scenario.teams)
    assert all(str(date) in html for date in scenario.dates)
    odd = scenario.replace(name="<b>")
    assert "&lt;b&gt;" in odd._repr_html_()


def test_frontiers_and_countries_show_what_is_reached() -> None:
    problem = toy_problem()
    frontier = trace_frontier(problem, {"days": (1, 2), "crews": (1,)}, QUICK)
    reached = [plan.summary.households for plan in frontier.plans.values() if plan is not None]
    assert repr(frontier) == (
        "<Frontier: days 1 to 2, crews 1 to 1, 2 points, "
        f"{min(reached)} to {max(reached)} households>"
    )
    assert frontier._repr_html_().count("<tr>") == 1 + 2
    country = plan_country({"north": problem, "south": problem}, 2, QUICK, most=1)
    total = int(country.table()["reached"].sum())
    assert repr(country) == f"<Country: 2 districts, 2 crews, {total} households>"
    assert country._repr_html_().count("<tr>") == 1 + 2


def test_an_explanation_shows_why_and_a_row_a_requirement() -> None:
    problem, plan = toy_problem(), toy_plan()
    left = plan.left_out[0]
    found = explain(problem, plan, left.place, QUICK)
    html = found._repr_html_()
    assert f"{found.reached} of {found.households} households reached" in html
    assert found.conclusion in html
    assert html.count("<tr>") == 1 + len(found.requirements)
