"""The state of the roads from a scenario to the map: the demo in May and in the thaw."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import routeplan as rp
from routeplan.cli import main
from routeplan.handouts.labels import (
    closed_road_title,
    closure_label,
    detour_labels,
    road_note_label,
)
from routeplan.language import LANGUAGES
from routeplan.model.road_notes import ClosedRoad, Detour, RoadNote
from routeplan.roads import road_notes, roads_not_taken, summarize_parts
from routeplan.workflow.inputs import condition_notes
from routeplan.workflow.legs import closed_roads, explain_leg
from tests.helpers import paths
from tests.helpers.campaign import Undertaking
from tests.helpers.handouts import toy_problem

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path

    from routeplan.model.plan import Plan
    from routeplan.workflow.draw import MapPage
    from routeplan.workflow.prepare import Prepared

DEMO = paths.DEMO
DATES = {"may": ("2027-05-03", "2027-05-07"), "thaw": ("2027-04-12", "2027-04-16")}
OVERRIDES = """\
version = 1
[[override]]
effect = "close"
note = "bridge under repair"
names = ["OY-12"]
area = [[48.6, 67.9], [48.9, 67.9], [48.9, 68.6], [48.6, 68.6]]
expires = {expires}
"""


@dataclass(frozen=True, slots=True)
class Week:
    """A week of the demo, planned and drawn."""

    prepared: Prepared
    plan: Plan
    closed: tuple[ClosedRoad, ...]
    page: MapPage

    @property
    def payload(self) -> Any:
        """Return what the page draws."""
        found = re.search(r'id="plan">(.*?)</script>', self.page.html, re.DOTALL)
        assert found is not None
        return json.loads(found[1])


def scenario_of(week: str, folder: Path, roads: str = "") -> Path:
    text = (DEMO / "scenario.toml").read_text(encoding="utf-8")
    for name in ("steppe.osm.pbf", "villages.csv"):
        text = text.replace(f'"{name}"', f'"{(DEMO / name).as_posix()}"')
    for old, new in zip(DATES["may"], DATES[week], strict=True):
        text = text.replace(old, new)
    path = folder / f"{week}.toml"
    path.write_text(text.replace("[roads]\n", f"[roads]\n{roads}"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Week]:
    found = {}
    for week in DATES:
        prepared = rp.prepare(scenario_of(week, tmp_path_factory.mktemp(week)))
        plan = rp.plan_tours(prepared, rp.Options(iterations=20, bound=False))
        graph, snaps, problem = prepared.graph, prepared.snaps, prepared.problem
        closed = closed_roads(graph, snaps, problem, limit_metres=2000)
        found[week] = Week(prepared, plan, closed, rp.draw_map(prepared, plan, language="en"))
    return found


# ---- May and the thaw ----


def test_in_the_thaw_a_car_does_not_reach_what_it_reaches_in_may(weeks: dict[str, Week]) -> None:
    lost = {
        week: {one.place.id for one in found.prepared.snaps["car"] if not one.found}
        for week, found in weeks.items()
    }
    assert lost["may"] < lost["thaw"]
    assert len(lost["may"]) == 1  # the village that no road reaches
    assert len(lost["thaw"]) > 15
    # A four-wheel drive gets to every one of them, and to none of them sooner.
    rough = {week: found.prepared.problem.travel["four_wheel_drive"] for week, found in
             weeks.items()}  # fmt: skip
    assert (rough["may"].reachable == rough["thaw"].reachable).all()
    assert (rough["may"].seconds <= rough["thaw"].seconds).all()
    assert (rough["may"].seconds < rough["thaw"].seconds).mean() > 0.5


def test_the_plans_differ_where_roads_are_closed(weeks: dict[str, Week]) -> None:
    closed = {one.place.id for one in weeks["thaw"].prepared.snaps["car"] if not one.found}
    tours = weeks["thaw"].plan.tours
    assert not {stop.place for tour in tours if tour.team == "A" for stop in tour.stops} & closed
    assert weeks["thaw"].plan.summary.households < weeks["may"].plan.summary.households
    # Sent to no others, the car gets there in May.
    alone = {week: car_to(closed, found.prepared.problem) for week, found in weeks.items()}
    assert alone["may"].summary.households > 100
    assert alone["thaw"].summary.households == 0


def car_to(villages: Container[str], problem: rp.Problem) -> Plan:
    """Plan for the car alone, and some villages."""
    some = tuple(village for village in problem.villages if village.place in villages)
    teams = tuple(team for team in problem.teams if team.id == "A")
    return rp.solve(problem.replace(villages=some, teams=teams), rp.Options(iterations=20))


def test_every_village_that_a_car_no_longer_reaches_has_a_closed_road_to_blame(
    weeks: dict[str, Week],
) -> None:
    problem = weeks["thaw"].prepared.problem
    lost = {
        problem.place(one.place.id).name
        for one in weeks["thaw"].prepared.snaps["car"]
        if not one.found
    } - {problem.place(one.place.id).name for one in weeks["may"].prepared.snaps["car"]
         if not one.found}  # fmt: skip
    blamed = {
        problem.place(detour.end).name
        for road in weeks["thaw"].closed
        if road.vehicle == "car" and not road.kmh
        for detour in road.detours
        if detour.seconds is None
    }
    assert lost == blamed
    assert {(road.code, road.detail) for road in weeks["thaw"].closed} == {("season", "thaw")}
    assert weeks["may"].closed == ()


def test_the_map_says_why_a_road_is_not_taken(weeks: dict[str, Week]) -> None:
    roads = weeks["thaw"].payload["closed_roads"]
    assert len(roads) == len(weeks["thaw"].closed) > 10
    assert "Closed to car: spring thaw" in {road["reason"] for road in roads}
    assert any("no other way" in text for road in roads for text in road["villages"])
    assert weeks["may"].payload["closed_roads"] == []
    notes = {
        note
        for tour in weeks["thaw"].payload["tours"]
        for leg in tour["legs"]
        for note in leg["road_notes"]
    }
    assert any(re.fullmatch(r"[0-9.]+ km slow, [0-9]+ min more .*: spring thaw", n) for n in notes)


def test_a_reader_sees_the_closed_roads_and_asks_them_why(
    tmp_path: Path, weeks: dict[str, Week], browser: Any
) -> None:
    path = tmp_path / "map.html"
    weeks["thaw"].page.save(path)
    page = browser.new_page(viewport={"width": 1200, "height": 800})
    page.goto(path.as_uri())
    page.locator("#panel summary", has_text="Roads not taken").click()
    page.locator("#panel details[open] button.place").first.click()
    popup = page.locator(".leaflet-popup-content")
    assert "spring thaw" in popup.inner_text()
    assert "no other way" in popup.inner_text()
    page.close()


def test_planners_are_told_of_the_season(weeks: dict[str, Week]) -> None:
    remarks = {
        week: condition_notes(found.prepared.graph, found.prepared.conditions)
        for week, found in weeks.items()
    }
    assert remarks == {"may": [], "thaw": ["roads are taken as in the season 'thaw'"]}


# ---- Overrides, by way of a scenario ----


def test_an_override_closes_a_bridge_for_the_plan_and_is_the_reason(tmp_path: Path) -> None:
    (tmp_path / "roads.toml").write_text(OVERRIDES.format(expires="2027-05-20"), encoding="utf-8")
    path = scenario_of("may", tmp_path, 'overrides = "roads.toml"\n')
    prepared = rp.prepare(path)
    found = closed_roads(prepared.graph, prepared.snaps, prepared.problem, limit_metres=2000)
    assert {(road.name, road.detail) for road in found} == {("OY-12", "bridge under repair")}
    (tmp_path / "roads.toml").write_text(OVERRIDES.format(expires="2027-05-02"), encoding="utf-8")
    stale = rp.prepare(path)
    (remark,) = condition_notes(stale.graph, stale.conditions)
    assert remark == (
        "roads.toml override[0] expired on 2027-05-02, before the first day, and counts no more "
        "(bridge under repair)"
    )


def test_faults_of_overrides_and_of_the_table_are_named_together(tmp_path: Path) -> None:
    path = Undertaking(table=["id,name,lat,lon,households", "a,A,43,77,x"]).write(tmp_path)
    text = path.read_text(encoding="utf-8")
    text = text.replace(
        'file = "district.osm"', 'file = "district.osm"\noverrides = "r.toml"\nseason = "taw"'
    )
    path.write_text(text, encoding="utf-8")
    (tmp_path / "r.toml").write_text("version = 3\noverride = []\n", encoding="utf-8")
    with pytest.raises(rp.InputError) as caught:
        rp.prepare(path)
    found = "\n".join(map(str, caught.value.faults))
    assert "villages.csv:2 households" in found
    assert "r.toml version: 3 is not known" in found
    (tmp_path / "r.toml").unlink()
    path.write_text(text.replace('overrides = "r.toml"', ""), encoding="utf-8")
    with pytest.raises(rp.InputError, match="no season 'taw'; did you mean 'thaw'") as caught:
        rp.prepare(path)
    assert len(caught.value.faults) == 2


# ---- Explained legs ----


def test_the_minutes_of_a_leg_add_up_to_those_of_the_matrix(weeks: dict[str, Week]) -> None:
    prepared = weeks["thaw"].prepared
    travel, index = prepared.problem.travel["four_wheel_drive"], prepared.problem.index
    for village in ("v46", "v02", "v33"):
        pair = (index["base"], index[village])
        found = explain_leg(
            *(prepared.graph, prepared.snaps["four_wheel_drive"], travel),
            *("four_wheel_drive", pair),
            limit_metres=2000,
        )
        assert found.leg is not None
        stretches = summarize_parts(found.leg)
        assert sum(part.seconds for part in stretches) == pytest.approx(
            int(travel.seconds[pair]), abs=1
        )
        assert sum(part.metres for part in stretches) == pytest.approx(found.leg.metres, abs=1)
        (note,) = road_notes(prepared.graph, "four_wheel_drive", found.leg)
        slow = [part for part in stretches if part.limiting_factor is not None]
        assert note.metres == pytest.approx(sum(part.metres for part in slow))
        assert note.seconds > (note.dry_seconds or 0)


def test_a_road_is_blamed_only_where_the_way_is_longer(weeks: dict[str, Week]) -> None:
    prepared = weeks["thaw"].prepared
    travel = prepared.problem.travel["four_wheel_drive"]
    base = prepared.problem.index["base"]
    dry = weeks["may"].prepared.problem.travel["four_wheel_drive"]
    found = roads_not_taken(
        *(prepared.graph, "four_wheel_drive", prepared.snaps["four_wheel_drive"], travel),
        [(base, place) for place in range(len(prepared.problem.places))],
    )
    assert found
    for road in found:
        for detour in road.detours:
            pair = prepared.problem.index[detour.start], prepared.problem.index[detour.end]
            assert detour.seconds == travel.seconds[pair]
            assert detour.seconds - dry.seconds[pair] >= 600


def test_the_command_explains_in_words_and_for_machines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = scenario_of("thaw", tmp_path)
    answers = []
    for more in ((), ("--json",)):
        with pytest.raises(SystemExit) as ended:
            main(["roads", "explain", str(path), "base", "Мыңтау", "-q", *more])
        assert ended.value.code == 0
        answers.append(capsys.readouterr().out)
    words, values = answers[0], json.loads(answers[1])
    assert "Мыңтау by car: no way" in words
    assert "closed (season thaw); and there is no other way" in words
    assert "tracktype=grade4 in thaw: 10 km/h" in words
    car, rough = values["legs"]
    assert (car["seconds"], car["vehicle"]) == (None, "car")
    assert car["not_taken"][0]["cause"] == {"code": "season", "detail": "thaw"}
    assert sum(part["metres"] for part in rough["stretches"]) == pytest.approx(rough["metres"], 1)


def test_the_command_learns_and_writes_a_table_that_the_scenario_can_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = scenario_of("may", tmp_path)
    plain = rp.prepare(path)
    reports, speeds = tmp_path / "reports.csv", tmp_path / "speeds.toml"
    reports.write_text(
        "from,to,minutes,vehicle,date\nbase,v46,190,car,2027-05-03\n", encoding="utf-8"
    )
    with pytest.raises(SystemExit) as ended:
        main(["roads", "learn", str(path), str(reports), "-o", str(speeds), "--json", "-q"])
    assert ended.value.code == 0
    learned = json.loads(capsys.readouterr().out)["learned"]
    assert all(one["before"] == 1 and 0.5 < one["after"] <= 1 for one in learned)
    slower = rp.prepare(scenario_of("may", tmp_path, f'speeds = "{speeds.name}"\n'))
    pair = plain.problem.index["base"], plain.problem.index["v46"]
    before, after = (one.problem.travel["car"].seconds[pair] for one in (plain, slower))
    assert before < after < 190 * 60


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["Atlantis", "Мыңту"], ["FROM: no place is called 'Atlantis'", "did you mean 'Мыңтау'"]),
        (["base", "v46", "--vehicle", "cart"], ["--vehicle: no team has 'cart'; did you mean"]),
    ],
)
def test_places_and_vehicles_that_are_not_there_are_refused_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: list[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["roads", "explain", str(scenario_of("may", tmp_path)), *arguments])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert all(word in said for word in words), said


# ---- Words ----


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cause_is_told_in_every_language(language: str) -> None:
    line = (np.array([[48.5, 68.0], [48.6, 68.1]]),)
    problem = toy_problem()
    detours = (Detour("base", "v1", None, 60), Detour("base", "v3", 1_000, 100))
    reported = set()
    for code, detail in (
        *(("season", season) for season in ("dry", "thaw", "mud", "winter", "rain")),
        *(("seasonal", "seasonal=winter"), ("winter_road", "winter_road=yes")),
        *(("conditional", "access:conditional=no @ (Apr)"), ("barrier", "barrier=gate")),
        ("override", "bridge under repair"),
    ):
        road = ClosedRoad("", "track", "car", code, detail, 0, 9_000, line, detours)
        reported.add(closure_label(road, language))  # type: ignore[arg-type]
        vehicle = {"en": "car", "kk": "жеңіл көлік", "ru": "легковая машина"}[language]
        assert vehicle in closure_label(road, language)  # type: ignore[arg-type]
        nine = "9.0" if language == "en" else "9,0"
        assert nine in closed_road_title(road, language)  # type: ignore[arg-type]
        served = detour_labels(road, problem, language)  # type: ignore[arg-type]
        assert served[0].startswith("Ақбұлақ")
        assert "15" in served[1]
        for dry in (None, 1_440.0):
            note = RoadNote(code, detail, 12_000, 3_600, dry)
            reported.add(road_note_label(note, language))  # type: ignore[arg-type]
            assert "12" in road_note_label(note, language)  # type: ignore[arg-type]
    for name in ("Ертіс", ""):
        ferry = RoadNote("ferry", name, 1_200, 1_800, 1_800)
        text = road_note_label(ferry, language)  # type: ignore[arg-type]  # a plain text
        reported.add(text)
        assert name in text
        assert "30" in text
    assert len(reported) == 32
    if language != "en":
        assert all(re.search("[а-яәғқңөұүһі]", text.lower()) for text in reported)
