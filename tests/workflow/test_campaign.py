"""The straight line, on a district drawn by hand: what each step hands to the next."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

import routeplan as rp
from routeplan.files import INDEX, write_whole
from routeplan.model.plan import Reason, RequirementKind
from routeplan.model.problem import Sleep
from routeplan.roads import read_speeds, snap
from routeplan.workflow import draw as drawing
from routeplan.workflow import prepare as campaign
from routeplan.workflow.draw import trace_map_data, view_plan
from routeplan.workflow.legs import driven_legs
from tests.helpers.campaign import HEADER, Undertaking
from tests.helpers.roads import at, place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from routeplan.model.plan import Plan
    from routeplan.scenario import Scenario
    from routeplan.workflow.prepare import Prepared

FEW = rp.Options(iterations=3)
OSM = "osm = true\npeople_per_household = 4"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return rp.prepare(Undertaking().write(tmp_path_factory.mktemp("toy")))


@pytest.fixture(scope="module")
def plan(prepared: Prepared) -> Plan:
    return rp.plan_tours(prepared, FEW)


@pytest.fixture
def no_roads(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        pytest.fail("the roads were read before all else was checked")

    monkeypatch.setattr(campaign, "load_roads", refuse)


def faults_of(kind: type[rp.RouteplanError], act: Callable[[], object]) -> list[str]:
    with pytest.raises(kind) as caught:
        act()
    return [str(fault) for fault in caught.value.faults]


def refused(folder: Path, kind: type[rp.RouteplanError], undertaking: Undertaking) -> list[str]:
    path = undertaking.write(folder)
    return faults_of(kind, lambda: rp.prepare(path))


def with_row(*rows: str) -> Undertaking:
    sound = Undertaking()
    return replace(sound, table=[*sound.table, *rows])


# ---- From a scenario to a problem ----


def test_the_problem_holds_the_scenarios_places_and_the_tables_villages(prepared: Prepared) -> None:
    problem = prepared.problem
    assert problem.name == "Toy week"
    assert [spot.id for spot in problem.places] == [
        *("base", "Aq", "Bulaq", "Kemer", "Tasty", "Shet", "Aral", "Tuzaq")
    ]
    assert [(v.place, v.households) for v in problem.villages][:2] == [("Aq", 40), ("Bulaq", 60)]
    assert [day.date.isoformat() for day in problem.days] == ["2027-05-03", "2027-05-04"]
    assert problem.teams[0].households_per_hour == 10


def test_beds_of_the_table_become_sleeps(prepared: Prepared) -> None:
    assert prepared.problem.sleeps == (Sleep("Bulaq", 2),)


def test_beds_of_the_scenario_go_before_those_of_the_table(tmp_path: Path) -> None:
    beds = (
        '[nights]\n[[nights.places]]\nplace = "Bulaq"\nteams = 5\n[[nights.places]]\nplace = "Aq"\n'
    )
    problem = rp.prepare(Undertaking(more=beds).write(tmp_path)).problem
    assert set(problem.sleeps) == {Sleep("Bulaq", 5), Sleep("Aq", 1)}


def test_travel_times_are_those_of_the_roads_for_the_vehicles_in_use(prepared: Prepared) -> None:
    problem = prepared.problem
    assert set(problem.travel) == {"car"}
    reachable = problem.travel["car"].reachable
    off = [problem.index[name] for name in ("Shet", "Aral")]
    expected = np.ones_like(reachable)
    expected[off], expected[:, off] = False, False
    np.fill_diagonal(expected, val=True)
    assert (reachable == expected).all()


def test_each_step_is_told_before_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROUTEPLAN_CACHE", str(tmp_path / "cache"))
    reported: list[str] = []
    scenario = Undertaking().write(tmp_path)
    rp.prepare(scenario, on_step=reported.append)
    steps = [
        "reading villages",
        "reading roads from district.osm",
        "building the road graph",
        "working out travel times",
    ]
    assert reported == steps
    rp.prepare(scenario, on_step=reported.append)
    # The second time the graph is there.
    assert reported[len(steps) :] == [steps[0], steps[1], steps[3]]


def test_a_village_may_be_a_base(tmp_path: Path) -> None:
    problem = rp.prepare(Undertaking(base="Tasty").write(tmp_path)).problem
    assert (problem.teams[0].start, problem.teams[0].end) == ("Tasty", "Tasty")
    assert "Tasty" in problem.village_at


def test_villages_of_the_map_are_its_places_with_a_population(tmp_path: Path) -> None:
    found = rp.prepare(Undertaking(villages=OSM, base="n101").write(tmp_path))
    assert [(row.id, row.name, row.households) for row in found.rows] == [("n101", "Ақ", 310)]
    assert found.unplaced == ("n102",)
    assert found.problem.village_at["n101"].households == 310
    assert rp.audit_plan(found.problem, rp.plan_tours(found, FEW)) == ()


def test_a_map_that_tells_no_population_is_refused(tmp_path: Path) -> None:
    faults = refused(tmp_path, rp.InputError, Undertaking(villages=f'{OSM}\nkinds = ["village"]'))
    assert faults == [
        (
            "scenario.toml: villages: of 1 such places the map has no population; "
            "make a table of villages, or take other kinds"
        )
    ]


# ---- What is refused, and when ----


@pytest.mark.usefixtures("no_roads")
def test_a_bad_scenario_is_refused_before_the_roads_are_read(tmp_path: Path) -> None:
    faults = refused(tmp_path, rp.InputError, Undertaking(work='["21:00", "08:00"]', lat=95))
    assert len(faults) == 2
    assert all(fault.startswith("scenario.toml:") for fault in faults)


@pytest.mark.usefixtures("no_roads")
def test_table_vehicles_and_places_are_refused_together_before_the_roads_are_read(
    tmp_path: Path,
) -> None:
    undertaking = replace(with_row("x,X,43,77,3O,"), vehicle="kar")
    assert refused(tmp_path, rp.InputError, undertaking) == [
        "villages.csv:9 households: '3O' is not a whole number; did you mean 30?",
        "scenario.toml:25: teams[0].vehicle: no speeds are known for 'kar'; did you mean 'car'?",
    ]
    undertaking = Undertaking(vehicle="kar", base="bose")
    assert refused(tmp_path, rp.InputError, undertaking) == [
        (
            "scenario.toml:24: teams[0].base: no place and no village has the id 'bose'; "
            "did you mean 'base'?"
        ),
        "scenario.toml:25: teams[0].vehicle: no speeds are known for 'kar'; did you mean 'car'?",
    ]


@pytest.mark.usefixtures("no_roads")
def test_a_scenario_with_faults_names_those_of_its_table_bases_and_vehicles_too(
    tmp_path: Path,
) -> None:
    undertaking = Undertaking(vehicle="kar", base="bose", work='["21:00", "08:00"]')
    assert [
        fault.partition(": ")[2][:16] for fault in refused(tmp_path, rp.InputError, undertaking)
    ] == ["days.work: ends ", "teams[0].base: n", "teams[0].vehicle"]
    undertaking = replace(with_row("x,X,43,77,3O,"), vehicle="kar", lat=95)
    faults = refused(tmp_path, rp.InputError, undertaking)
    assert [fault.split(":")[0] for fault in faults] == [
        *("scenario.toml", "villages.csv", "scenario.toml")
    ]
    assert faults[2].startswith("scenario.toml:25: teams[0].vehicle: no speeds are known for 'kar'")


@pytest.mark.usefixtures("no_roads")
def test_an_unknown_engine_and_a_bad_folder_are_refused_before_the_roads_are_read(
    tmp_path: Path,
) -> None:
    path = Undertaking().write(tmp_path)
    bad = rp.Options(engine="rooting", iterations=1)
    assert faults_of(rp.InputError, lambda: rp.run(path, tmp_path / "out", bad)) == [
        "engine: there is no engine 'rooting'; did you mean 'routing'?"
    ]
    faults = faults_of(rp.InputError, lambda: rp.run(path, path / "out", FEW))
    assert len(faults) == 3
    assert "problem.json: cannot be written: not a directory" in faults[0]


def test_a_base_on_an_island_is_named_with_its_team(tmp_path: Path) -> None:
    aral = place("Aral", 20500, 30)
    (fault,) = refused(tmp_path, rp.RoadError, Undertaking(lat=aral.lat, lon=aral.lon))
    assert fault.startswith(
        "scenario.toml: team A: its base 'base' cannot be reached: "
        "the road 30 m away is joined to no other road"
    )


def test_slips_of_position_are_all_named_at_once(tmp_path: Path) -> None:
    lat, lon = at(2500, 0)
    undertaking = replace(with_row(f"swapped,,{lon},{lat},5,", "sea,,42,51,5,"), lat=lon, lon=lat)
    faults = refused(tmp_path, rp.InputError, undertaking)
    assert [fault.split(": ")[0] for fault in faults] == [
        *("scenario.toml", "villages.csv:9 lat", "villages.csv:10", "scenario.toml")
    ]
    assert faults[0].endswith("the other way round; are lat and lon swapped?")
    assert "places[0] lat" in faults[0]
    assert faults[1].endswith("the other way round; are lat and lon swapped?")
    assert "lat 42.0, lon 51.0 is 2,151 km from every road" in faults[2]
    assert "team A: its base 'base' cannot be reached" in faults[3]


# ---- From a problem to a plan and its map ----


def test_the_plan_keeps_every_rule_and_belongs_to_the_problem(
    prepared: Prepared, plan: Plan
) -> None:
    text = rp.problem_to_json(prepared.problem)
    again = rp.problem_from_json(text)
    assert rp.audit_plan(again, plan) == ()
    assert plan.summary.households == 40


def test_an_unreachable_village_is_named_with_the_reason_of_the_roads(plan: Plan) -> None:
    reasons = {
        left.place: left.requirements for left in plan.left_out if left.reason is Reason.UNREACHABLE
    }
    assert set(reasons) == {"Shet", "Aral"}
    (shet,), (aral,) = reasons["Shet"], reasons["Aral"]
    assert "tracktype=grade5: does not pass" in (shet.text or "")
    assert (aral.text or "").startswith("the road 30 m away is joined to no other road")
    assert (aral.kind, aral.trouble) == (RequirementKind.ROAD, "island")


def test_crews_sleep_in_the_beds_of_the_table_unless_home_every_night_is_asked(
    tmp_path: Path,
) -> None:
    # Bulaq's doors take both days; there and back in one is farther than the rule allows.
    undertaking = Undertaking(more="[rules]\nmax_drive_hours_per_day = 0.12\n")
    rows = [HEADER, *(row for row in undertaking.table if row.startswith("Bulaq"))]
    prepared = rp.prepare(replace(undertaking, table=rows).write(tmp_path))
    few = rp.Options(iterations=50)
    away = rp.plan_tours(prepared, few)
    assert [(tour.start, tour.end) for tour in away.tours] == [("base", "Bulaq"), ("Bulaq", "base")]
    assert away.summary.households == 40
    home = rp.plan_tours(rp.prepare(prepared.scenario.replace(home_every_night=True)), few)
    assert [(tour.start, tour.end) for tour in home.tours] == [("base", "base"), ("base", "base")]
    assert home.summary.households == 0


def test_every_leg_of_the_map_runs_along_the_roads(prepared: Prepared, plan: Plan) -> None:
    lines = drawing.trace_map_data(prepared, plan).lines
    driven = {
        (start, end)
        for tour in plan.tours
        for spots in [[tour.start, *(stop.place for stop in tour.stops), tour.end]]
        for start, end in itertools.pairwise(spots)
        if start != end
    }
    assert {(start, end) for _, start, end in lines} == driven
    for (_, start, end), points in lines.items():
        # The first and last points are the places themselves, all others lie on the roads.
        for spot, point in ((start, points[0]), (end, points[-1])):
            assert np.allclose(
                point, [prepared.problem.place(spot).lat, prepared.problem.place(spot).lon]
            )
        middle = [
            replace(prepared.problem.place(start), lat=lat, lon=lon) for lat, lon in points[1:-1]
        ]
        assert all(
            found.found and (found.metres or 0.0) < 1
            for found in snap(prepared.graph, "car", middle)
        )


def test_a_map_tells_the_roads_of_each_leg_and_what_each_village_would_take(
    prepared: Prepared, plan: Plan
) -> None:
    legs = driven_legs(prepared.problem, plan, prepared.graph, prepared.snaps)
    reported = trace_map_data(prepared, plan, language="kk")
    assert reported.states.keys() == legs.keys()
    for way, leg in legs.items():
        assert sum(reported.states[way].values()) == pytest.approx(leg.metres, abs=1)
    assert reported.signed == {row.id: row.signed for row in prepared.rows}
    assert reported.language == "kk"
    villages = {village.place: village for village in view_plan(prepared, plan).villages}
    lacking = {left.place for left in plan.left_out if left.reason is Reason.NO_TIME}
    assert {place for place, village in villages.items() if village.requirements} == lacking
    assert "joined to no other road" in villages["Aral"].detail


def test_a_map_says_of_a_plan_that_breaks_a_rule_what_its_file_says(
    prepared: Prepared, plan: Plan
) -> None:
    first, *rest = plan.tours
    late = plan.replace(tours=(replace(first, arrive=first.arrive + 86_400), *rest))
    assert [v.requirements for v in view_plan(prepared, late).villages] == [
        v.requirements for v in view_plan(prepared, plan).villages
    ]
    assert rp.draw_map(prepared, late).html


def test_the_map_is_one_page_that_says_what_it_shows(
    tmp_path: Path, prepared: Prepared, plan: Plan
) -> None:
    page = rp.draw_map(prepared, plan)
    page.save(tmp_path / "map.html")
    text = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert text == page.html
    assert "<title>Toy week</title>" in text
    assert '"traced": false' not in text.replace('":', '": ')
    assert page.html == rp.draw_map(prepared, plan).html


def test_a_plan_that_names_what_the_problem_does_not_know_is_not_drawn(
    prepared: Prepared, plan: Plan
) -> None:
    first = plan.tours[0]
    stray = replace(first, team="Z", start="Atlantis")
    for tours in ((stray,), (first, replace(first, day=9)), (replace(first, end="Aral"),)):
        wrong = plan.replace(tours=tours)
        faults = faults_of(rp.InputError, lambda: rp.draw_map(prepared, wrong))  # noqa: B023
        assert all(fault.startswith("tours[") for fault in faults)


def test_a_run_leaves_problem_plan_and_map_that_belong_together(tmp_path: Path) -> None:
    reported: list[str] = []
    results = rp.run(
        str(Undertaking().write(tmp_path)), str(tmp_path / "out"), FEW, on_step=reported.append
    )
    assert reported[-2:] == ["planning", "drawing the map"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        *(INDEX, "map.html", "plan.json", "problem.json")
    ]
    data = results.problem_file.read_bytes()
    problem, plan = rp.problem_from_json(data), rp.plan_from_json(results.plan_file.read_bytes())
    assert plan == results.plan
    assert rp.audit_plan(problem, plan, problem_sha256=plan.problem_sha256) == ()
    assert json.loads(data)["name"] == "Toy week"


def test_the_same_steps_give_the_same_files_to_the_byte(tmp_path: Path) -> None:
    path = Undertaking().write(tmp_path)
    first, second = (rp.run(path, tmp_path / name, FEW) for name in ("one", "two"))
    assert first.problem_file.read_bytes() == second.problem_file.read_bytes()
    assert first.map_file.read_bytes() == second.map_file.read_bytes()
    plans = [
        results.plan.replace(run=replace(results.plan.run, seconds=0))
        for results in (first, second)
    ]
    assert plans[0] == plans[1]


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), rp.RouteplanError("no map today")]
)
def test_a_map_that_fails_does_not_take_the_plan_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    path = Undertaking().write(tmp_path)
    out = tmp_path / "out"
    rp.run(path, out, FEW)
    before = (out / "map.html").read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(drawing, "draw_map", fail)
        faults = faults_of(
            rp.RouteplanError, lambda: rp.run(path, out, rp.Options(iterations=1, seed=5))
        )
    assert rp.plan_from_json((out / "plan.json").read_bytes()).run.seed == 5
    assert (out / "map.html").read_bytes() == before
    assert str(error.args[-1]).lower() in faults[0]
    assert "problem.json and " in faults[1]
    assert "plan.json are written, map.html is not" in faults[1]
    assert faults[2].endswith("map.html: is the map of an earlier plan")
    # The plan is the run's own, so that the next one may replace it.
    rp.run(path, out, FEW)
    assert (out / "map.html").read_bytes() == before


def _edit_by_hand(path: Path, out: Path) -> None:
    del path
    text = (out / "plan.json").read_text(encoding="utf-8")
    (out / "plan.json").write_text(text + " ", encoding="utf-8")


def _change_the_problem(path: Path, out: Path) -> None:
    del path
    text = (out / "problem.json").read_text(encoding="utf-8")
    (out / "problem.json").write_text(text.replace("Toy", "Our"), encoding="utf-8")


def _solve_again(path: Path, out: Path) -> None:
    del path
    problem = rp.problem_from_json((out / "problem.json").read_bytes())
    plan = rp.solve(problem, rp.Options(iterations=1, seed=7))
    write_whole({out / "plan.json": rp.plan_to_json(plan)})


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (_edit_by_hand, "plan.json"),
        (_change_the_problem, "problem.json"),
        (_solve_again, "plan.json"),
    ],
)
def test_a_run_replaces_no_plan_but_its_own_last_one_unless_told(
    tmp_path: Path, change: Callable[[Path, Path], None], name: str
) -> None:
    path = Undertaking().write(tmp_path)
    out = tmp_path / "out"
    rp.run(path, out, FEW)
    change(path, out)
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    (fault,) = faults_of(rp.InputError, lambda: rp.run(path, out, FEW))
    assert fault.startswith(str(out / name))
    assert fault.endswith("or repeat this with --overwrite")
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before


def test_a_run_that_is_told_to_overwrite_replaces_a_changed_plan(tmp_path: Path) -> None:
    path = Undertaking().write(tmp_path)
    out = tmp_path / "out"
    rp.run(path, out, FEW)
    _edit_by_hand(path, out)
    results = rp.run(path, out, FEW, overwrite=True)
    assert rp.plan_from_json((out / "plan.json").read_bytes()) == results.plan
    rp.run(path, out, FEW)


def test_a_scenario_without_a_table_of_speeds_takes_the_packaged_one(prepared: Prepared) -> None:
    scenario: Scenario = prepared.scenario
    assert scenario.roads.speeds is None
    assert tuple(prepared.graph.vehicles) == tuple(read_speeds().vehicles)
