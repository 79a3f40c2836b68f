"""Tables and layers of problems and plans, and how both show themselves."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given

import routeplan as rp
from routeplan.display import clock
from routeplan.errors import InputError
from routeplan.model.plan import Requirement, RequirementKind, Rest, Summary
from routeplan.model.problem import Announced, Place
from routeplan.planner import Options
from routeplan.scenario import read_scenario
from tests.helpers.campaign import Undertaking
from tests.helpers.strategies import plans, problems
from tests.helpers.toy import toy_plan, toy_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.scenario import Scenario
    from routeplan.workflow.prepare import Prepared


QUICK = Options(iterations=2, bound=False)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return rp.prepare(Undertaking().write(tmp_path_factory.mktemp("week")))


@pytest.fixture(scope="module")
def planned(prepared: Prepared) -> Plan:
    return rp.plan_tours(prepared, Options(iterations=20, bound=False))


@pytest.fixture
def scenario(prepared: Prepared) -> Scenario:
    return prepared.scenario


# ---- Frames ----


def test_villages_tell_what_is_reached_of_them_and_what_is_left() -> None:
    table = rp.frame_villages(toy_problem(), toy_plan())
    columns = ["households", "visits", "reached", "left"]
    assert table.loc["mill", columns].tolist() == [100, 4, 100, 0]
    assert table.loc["isle", columns].tolist() == [12, 0, 0, 12]
    assert (table.loc["mill"].geometry.y, table.crs.to_epsg()) == (43.0, 4326)
    assert "reached" not in rp.frame_villages(toy_problem())


def test_stops_stand_in_the_order_of_teams_and_days_with_local_times() -> None:
    table = rp.frame_stops(toy_problem(), toy_plan())
    assert table["team"].tolist() == ["A"] * 5 + ["B"] * 4
    second = table.iloc[1]
    assert (second["name"], second["number"], second["households"]) == ("North", 2, 30)
    assert second["arrive"] == pd.Timestamp(2027, 5, 3, 12, 50)
    assert second["minutes"] == 90


def test_a_stop_has_its_rest_and_whether_it_was_announced() -> None:
    first, *others = toy_plan().tours
    stop = first.stops[0]
    rest = Rest(stop.place, stop.start + 600, stop.start + 2400)
    longer = replace(stop, end=stop.end + 1800)
    tours = (replace(first, stops=(longer, *first.stops[1:]), rests=(rest,)), *others)
    announced = (Announced(first.team, first.day, stop.place, 2.0),)
    problem = toy_problem().replace(announced=announced)
    table = rp.frame_stops(problem, toy_plan().replace(tours=tours))
    assert table["announced"].tolist() == [True, *[False] * 8]
    assert table["rest_end"][0] - table["rest_start"][0] == pd.Timedelta(minutes=30)
    assert table["minutes"][0] == (stop.end - stop.start) / 60
    assert pd.isna(table["rest_start"][1])


def test_tours_tell_hours_kilometres_and_nights_away() -> None:
    table = rp.frame_tours(toy_problem(), toy_plan())
    # To mill, to north and back to mill: 30 + 10 + 10 km; at doors 7800 and 5400 s.
    first = table.iloc[0]
    assert (first["km"], first["drive_hours"], first["stops"]) == (50, 3000 / 3600, 2)
    assert first["door_hours"] == pytest.approx(13200 / 3600)
    assert table["away"].tolist() == [True, True, False, False, False]
    assert table["households"].sum() == toy_plan().summary.households


def test_without_distances_kilometres_are_missing() -> None:
    times = {name: replace(each, metres=None) for name, each in toy_problem().travel.items()}
    assert rp.frame_tours(toy_problem().replace(travel=times), toy_plan())["km"].isna().all()


def test_left_out_villages_begin_with_the_largest() -> None:
    table = rp.frame_left_out(toy_problem(), toy_plan())
    assert table[["name", "households", "reason"]].to_numpy().tolist() == [
        ["Isle", 12, "unreachable"],
        ["Dell", 10, "search"],
    ]


def test_frames_name_teams_places_and_days_by_what_they_are_joined_on() -> None:
    problem, plan = toy_problem(), toy_plan()
    dates = {day + 1: pd.Timestamp(each.date) for day, each in enumerate(problem.days)}
    stops, tours = rp.frame_stops(problem, plan), rp.frame_tours(problem, plan)
    legs, left = rp.frame_legs(problem, plan), rp.frame_left_out(problem, plan)
    for frame in (stops, tours, legs):
        assert set(frame["team"]) <= set(problem.team_of)
        assert frame["date"].tolist() == frame["day"].map(dates).tolist()
    assert tours["day"].tolist() == [1, 2, 3, 1, 3]
    for frame in (tours, legs):
        for end in ("start", "end"):
            names = [problem.place(place).name for place in frame[f"{end}_place"]]
            assert names == frame[end].tolist()
    joined = stops.merge(tours, on=["team", "day"], suffixes=("", " of day"))
    assert len(joined) == len(stops)
    villages = rp.frame_villages(problem, plan)
    assert set(stops["place"]) | set(left["place"]) <= set(villages.index)


def test_what_is_left_out_has_its_smallest_requirement_in_columns() -> None:
    table = rp.frame_left_out(toy_problem(), toy_plan()).set_index("place")
    dell, isle = table.loc["dell"], table.loc["isle"]
    assert (dell["requirement"], dell["team"], dell["day"]) == ("search", "B", 2)
    assert dell["date"] == pd.Timestamp(2027, 5, 4)
    assert isle["requirement"] == "road"
    assert isle[["team", "day", "date", "minutes", "would_reach"]].isna().all()
    first, *others = toy_plan().left_out
    needs = Requirement(RequirementKind.MINUTES, "A", 0, minutes=25, households=8)
    plan = toy_plan().replace(left_out=(replace(first, requirements=(needs,)), *others))
    row = rp.frame_left_out(toy_problem(), plan).set_index("place").loc["dell"]
    assert (row["requirement"], row["minutes"], row["would_reach"]) == ("minutes", 25, 8)


def test_legs_of_a_problem_alone_are_straight_lines_with_its_own_times_and_distances() -> None:
    problem, plan = toy_problem(), toy_plan()
    legs = rp.frame_legs(problem, plan)
    assert round(legs["minutes"].sum() * 60) == plan.summary.drive_seconds
    assert legs["km"].sum() == pytest.approx(rp.frame_tours(problem, plan)["km"].sum())
    assert legs["unpaved_km"].isna().all()
    for row in legs.itertuples():
        ends = [problem.place(place) for place in (row.start_place, row.end_place)]
        assert [*row.geometry.coords] == [(place.lon, place.lat) for place in ends]


def test_isochrones_of_a_problem_alone_are_refused() -> None:
    with pytest.raises(InputError, match="need roads, and a problem has none"):
        rp.frame_isochrones(toy_problem())


# ---- Problems and prepared scenarios alike ----

ALIKE: dict[str, Callable[[Any, Plan], Any]] = {
    "audit_plan": rp.audit_plan,
    "compare_plans": lambda posed, plan: rp.compare_plans({"one": plan}, posed),
    "compare_plans by name": lambda posed, plan: rp.compare_plans({"one": plan}, {"one": posed}),
    "compare_under_uncertainty": lambda posed, plan: rp.compare_under_uncertainty(
        posed, {"one": plan}, rp.Trials(count=3)
    ),
    "coverage_by_group": lambda posed, plan: rp.coverage_by_group({"one": plan}, posed),
    "day_reach": lambda posed, _plan: rp.day_reach(posed),
    "differences": lambda posed, plan: rp.differences({"one": plan}, posed),
    "explain": lambda posed, plan: rp.explain(posed, plan, "Tuzaq", QUICK).reached,
    "find_hosts": lambda posed, _plan: rp.find_hosts(posed, QUICK, candidates=1),
    "frame_left_out": rp.frame_left_out,
    "frame_stops": rp.frame_stops,
    "frame_tours": rp.frame_tours,
    "frame_villages": rp.frame_villages,
    "host_candidates": lambda posed, _plan: rp.host_candidates(posed),
    "plan_country": lambda posed, _plan: rp.plan_country({"a": posed}, 1, QUICK, most=1).table(),
    "plan_robustly": lambda posed, _plan: (
        rp.plan_robustly(posed, QUICK, rp.Trials(count=3), slack_minutes=[0, 20]).table
    ),
    "problem_to_json": lambda posed, _plan: rp.problem_to_json(posed),
    "simulate": lambda posed, plan: rp.simulate(posed, plan, rp.Trials(count=3)).summary(),
    "solve": lambda posed, _plan: rp.solve(posed, QUICK).tours,
    "trace_frontier": lambda posed, _plan: rp.trace_frontier(posed, {"days": (1,)}, QUICK).table(),
}


@pytest.mark.parametrize("name", ALIKE)
def test_a_problem_and_its_prepared_scenario_give_the_same(
    prepared: Prepared, planned: Plan, name: str
) -> None:
    found, expected = (ALIKE[name](each, planned) for each in (prepared, prepared.problem))
    assert found.equals(expected) if hasattr(found, "equals") else found == expected


def test_plans_of_both_differ_by_what_the_roads_say_alone(prepared: Prepared) -> None:
    known, alone = (rp.plan_tours(each, QUICK) for each in (prepared, prepared.problem))
    assert known.tours == alone.tours
    assert [left.place for left in known.left_out] == [left.place for left in alone.left_out]
    assert any(r.metres for left in known.left_out for r in left.requirements)


def test_a_host_is_added_to_either(prepared: Prepared) -> None:
    posed = rp.with_host(prepared, "Aral", 2)
    assert isinstance(posed, rp.Prepared)
    assert posed.problem == rp.with_host(prepared.problem, "Aral", 2)


@pytest.mark.parametrize("name", ALIKE)
def test_what_is_neither_is_refused_by_what_it_is(
    scenario: Scenario, planned: Plan, name: str
) -> None:
    with pytest.raises(InputError, match="is a Scenario, expected a problem or a prepared"):
        ALIKE[name](scenario, planned)


def test_maps_say_what_they_are_given_too(scenario: Scenario, planned: Plan) -> None:
    for draw in (rp.draw_map, rp.plan_map):
        with pytest.raises(InputError, match="is a Scenario"):
            draw(scenario, planned)  # type: ignore[arg-type]  # on purpose


# ---- Frames without anything in them ----


def test_a_plan_without_tours_has_frames_with_all_their_columns() -> None:
    plan = toy_plan().replace(tours=(), left_out=(), summary=Summary(0, 0.0, None, 0))
    for frame in (rp.frame_stops, rp.frame_tours, rp.frame_left_out, rp.frame_legs):
        full, empty = frame(toy_problem(), toy_plan()), frame(toy_problem(), plan)
        assert (len(empty), list(empty.columns)) == (0, list(full.columns))
    assert rp.frame_villages(toy_problem(), plan)["left"].sum() == 277


def test_legs_run_along_the_roads_from_stop_to_stop(prepared: Prepared, planned: Plan) -> None:
    legs = rp.frame_legs(prepared, planned)
    assert round(legs["minutes"].sum() * 60) == planned.summary.drive_seconds
    tours = rp.frame_tours(prepared.problem, planned)
    assert legs["km"].sum() == pytest.approx(tours["km"].sum())
    assert (legs["unpaved_km"] <= legs["km"] + 0.01).all()
    place = {place.name: place for place in prepared.problem.places}
    for row in legs.itertuples():
        ends = row.geometry.coords[0], row.geometry.coords[-1]
        for name, (lon, lat) in zip((row.start, row.end), ends, strict=True):
            assert (lat, lon) == pytest.approx((place[name].lat, place[name].lon))


def test_isochrones_count_villages_by_the_times_that_are_planned_with(prepared: Prepared) -> None:
    around = rp.frame_isochrones(prepared, [5, 600])
    assert around["sources"].tolist() == ["bases", "bases", "bases and beds", "bases and beds"]
    seconds = prepared.problem.travel["car"]
    base = prepared.problem.index["base"]
    near = [
        village
        for village in prepared.problem.villages
        if seconds.reachable[base, prepared.problem.index[village.place]]
        and seconds.seconds[base, prepared.problem.index[village.place]] <= 300
    ]
    assert around["villages"][0] == len(near)
    assert around["households"][0] == sum(village.households for village in near)
    assert around["villages"][1] == around["villages"][3] >= around["villages"][0]


# ---- Scenarios ----


def test_named_variants_change_what_they_say_and_nothing_else(scenario: Scenario) -> None:
    assert [team.id for team in scenario.with_crews(3).teams] == ["A", "A-2", "A-3"]
    assert scenario.with_crews(1) == scenario
    days = scenario.with_days(4).days
    assert [day.date.day for day in days] == [3, 4, 5, 6]
    assert scenario.with_days(1).days == scenario.days[:1]
    assert scenario.with_drive_hours(2.5).rules.max_drive_seconds_per_day == 9000
    assert scenario.with_drive_hours(None).rules.max_drive_seconds_per_day is None
    pace = scenario.teams[0].households_per_hour or 0
    assert scenario.with_pace(2).teams[0].households_per_hour == 2 * pace


def test_nights_are_said_for_every_crew(scenario: Scenario) -> None:
    teams = tuple(replace(team, max_nights_away=1) for team in scenario.teams)
    home = scenario.replace(teams=teams, home_every_night=True)
    assert [crew.max_nights_away for crew in home.with_nights(2).effective_teams] == [2]
    assert [crew.max_nights_away for crew in home.with_nights(None).effective_teams] == [None]
    assert [crew.max_nights_away for crew in scenario.with_nights(0).effective_teams] == [0]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda scenario: scenario.with_crews(0),
        lambda scenario: scenario.with_days(-1),
        lambda scenario: scenario.with_nights(-1),
        lambda scenario: scenario.with_drive_hours(float("nan")),
        lambda scenario: scenario.with_pace(0),
    ],
)
def test_variants_that_cannot_be_are_refused(scenario: Scenario, wrong: object) -> None:
    with pytest.raises(InputError):
        wrong(scenario)  # type: ignore[operator]


def test_a_variant_of_the_problem_stands_on_the_same_roads(prepared: Prepared) -> None:
    more = prepared.replace(problem=rp.vary(prepared.problem, rp.Variant(crews=2)))
    plan = rp.plan_tours(more, Options(iterations=2, bound=False))
    assert len(rp.frame_tours(more.problem, plan)) == 2 * len(more.problem.days)
    assert more.graph is prepared.graph
    assert more.snaps is prepared.snaps


# ---- Showing ----


class Tags(HTMLParser):
    """Counts tags, and holds that all that are opened are closed in their order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.counts: dict[str, int] = {}
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.counts[tag] = self.counts.get(tag, 0) + 1
        if tag != "br":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.counts[tag] = self.counts.get(tag, 0) + 1

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_problem_shows_its_crews_and_a_dot_a_village() -> None:
    html = toy_problem()._repr_html_()
    tags = Tags(html)
    assert "277 households in 6 villages" in html
    assert tags.counts["tr"] == 1 + len(toy_problem().teams)
    assert tags.counts["circle"] == 6 + 2  # villages and beds
    assert "Mill: 100 households" in html


def test_a_plan_shows_a_row_a_tour_with_its_bound() -> None:
    html = toy_plan()._repr_html_()
    assert Tags(html).counts["tr"] == 1 + 5
    assert "255 households reached, weighted 330.0" in html
    assert "no plan reaches more than 340.0" in html
    assert "mill (40), north (30)" in html
    assert "09:30" in html


def test_a_prepared_scenario_shows_its_roads(prepared: Prepared) -> None:
    tags = Tags(prepared._repr_html_())
    assert tags.counts["polyline"] == len(list(prepared.graph.lines()))


def test_names_are_shown_as_they_are_written_whatever_they_hold() -> None:
    first, *others = toy_problem().places
    odd = toy_problem().replace(
        name="<b>&", places=(Place(first.id, "<script>", first.lat, first.lon), *others)
    )
    html = odd._repr_html_()
    assert "script" not in Tags(html).counts
    assert "&lt;script&gt;: base" in html


@given(problem=problems())
def test_every_problem_can_show_itself(problem: Problem) -> None:
    html = problem._repr_html_()
    assert Tags(html).counts["circle"] == len(problem.villages) + len(problem.sleeps)
    assert not re.search(r"\b(nan|inf)\b", html.split("<svg")[1])


@given(plan=plans())
def test_every_plan_can_show_itself_even_a_bad_one(plan: Plan) -> None:
    assert Tags(plan._repr_html_()).counts["tr"] == 1 + len(plan.tours)


def test_a_clock_goes_on_past_midnight() -> None:
    assert [clock(0), clock(86399), clock(90000)] == ["00:00", "23:59", "25:00"]


def test_a_figure_shows_itself_as_a_picture_no_larger_than_a_page(prepared: Prepared) -> None:
    around = rp.frame_isochrones(prepared, [5, 60])
    figure = rp.draw_reach(around, rp.day_reach(prepared.problem))
    data, size = figure._repr_png_()  # type: ignore[attr-defined]
    assert data.startswith(b"\x89PNG")
    assert 300 < size["width"] <= 1000


def test_a_scenario_reads_back_as_it_was(scenario: Scenario) -> None:
    assert read_scenario(scenario.roads.file.with_name("scenario.toml")) == scenario
