"""One crew's one day: all that it needs, and nothing of anybody else's."""

from __future__ import annotations

import io
import json
import random
import re
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

import routeplan as rp
from routeplan.errors import InputError
from routeplan.handouts import (
    MapData,
    PlaceCode,
    TeamDay,
    assign_codes,
    build_view,
    codes_from_json,
    codes_to_json,
    day_files,
    rename_places,
    team_day,
)
from routeplan.handouts.geometry import clip_near
from routeplan.handouts.team_days import SURROUNDINGS_METRES
from routeplan.language import LANGUAGES
from routeplan.model.problem import Place
from routeplan.model.road_notes import ClosedRoad, Detour
from routeplan.tally import row_code, tally_rows
from routeplan.workflow.draw import trace_map_data
from tests.handouts.test_geometry import unpacked
from tests.handouts.test_map import payload_of
from tests.helpers import paths
from tests.helpers.handouts import toy_lines, toy_plan, toy_problem, toy_roads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routeplan.language import Language
    from routeplan.model.plan import Plan, Tour
    from routeplan.model.problem import Problem

DEMO = paths.DEMO / "scenario.toml"


FILES = {
    *("day.json", "day_sheet.pdf", "map.html", "tally_sheets.pdf", "track.gpx", "track.kml"),
}


def toy_day(team: str, day: int) -> TeamDay:
    data = MapData(
        lines=toy_lines(),
        states={("car", "base", "v1"): {"paved": 900.0}, ("car", "base", "v3"): {"track": 50.0}},
        roads=toy_roads(),
        signed={"v1": 5, "v3": 7},
    )
    return team_day(toy_problem(), toy_plan(), data, team=team, day=day)


@pytest.fixture(scope="module")
def demo() -> tuple[Problem, Plan, MapData]:
    """Return the demo with a plan of two crews on five days."""
    prepared = rp.prepare(DEMO)
    plan = rp.plan_tours(prepared, rp.Options(iterations=2, bound=False))
    return prepared.problem, plan, trace_map_data(prepared, plan)


def tours_out(plan: Plan) -> list[Tour]:
    return [tour for tour in plan.tours if tour.stops]


# ---- What is in it ----


def test_a_team_day_has_the_places_of_its_tour_in_the_order_of_the_day() -> None:
    problem, plan, _ = toy_day("A", 0)
    assert [place.id for place in problem.places] == ["base", "v1", "v2"]
    assert [village.place for village in problem.villages] == ["v1", "v2"]
    assert [team.id for team in problem.teams] == ["A"]
    assert plan.tours == (toy_plan().tours[0],)
    assert plan.left_out == ()
    assert problem.name == ""


def test_drives_take_as_long_as_in_the_whole_plan() -> None:
    whole = toy_problem()
    problem, _, _ = toy_day("B", 0)
    times, all_times = problem.travel["car"], whole.travel["car"]
    for start in problem.index:
        for end in problem.index:
            here = problem.index[start], problem.index[end]
            there = whole.index[start], whole.index[end]
            assert times.seconds[here] == all_times.seconds[there]
            assert times.metres is not None
            assert all_times.metres is not None
            assert times.metres[here] == all_times.metres[there]


def test_a_night_away_remains_one_though_the_next_day_is_cut_off() -> None:
    own = toy_day("A", 0)
    assert len(own.problem.days) == 1
    tour = build_view(*own).tours[0]
    assert (tour.sleeps_in, tour.nights_away) == ("Верхний Ключ", 1)
    tour = build_view(*toy_day("A", 1)).tours[0]
    assert (tour.sleeps_in, tour.nights_away) == ("", 0)


def test_what_a_village_is_worth_and_when_it_is_closed_is_left_out() -> None:
    whole = toy_problem()
    villages = tuple(
        replace(v, weight=3.0, required=True, closed_days=(1,), min_households=2)
        for v in whole.villages
    )
    problem, _, _ = team_day(
        whole.replace(villages=villages), toy_plan(), MapData(), team="A", day=0
    )
    for village in problem.villages:
        assert (village.weight, village.required, village.closed_days) == (1.0, False, ())
        assert village.households == whole.village_at[village.place].households


def test_lines_states_and_signatures_are_those_of_the_day_alone() -> None:
    data = toy_day("A", 0).data
    assert set(data.lines) == {("car", "base", "v1"), ("car", "v1", "v2")}
    assert set(data.states) == {("car", "base", "v1")}
    assert data.signed == {"v1": 5}


def test_a_crew_or_day_that_there_is_not_is_named() -> None:
    with pytest.raises(InputError, match="no crew has the id 'a'"):
        toy_day("a", 0)
    with pytest.raises(InputError, match="there is no day 8; the days are 1 to 2"):
        toy_day("A", 7)


def test_every_tour_of_the_demo_makes_a_team_day_that_shows_the_same_day(
    demo: tuple[Problem, Plan, MapData],
) -> None:
    shown = {(tour.team, tour.day): tour for tour in build_view(*demo).tours}
    for tour in demo[1].tours:
        own = build_view(*team_day(*demo, team=tour.team, day=tour.day)).tours[0]
        whole = shown[tour.team, tour.day]
        assert own.legs == whole.legs
        assert [(s.place, s.arrive, s.households) for s in own.stops] == [
            (s.place, s.arrive, s.households) for s in whole.stops
        ]
        assert (own.minutes, own.km, own.sleeps_in) == (whole.minutes, whole.km, whole.sleeps_in)


# ---- Roads around ----


def test_roads_are_cut_to_what_lies_near_the_way(demo: tuple[Problem, Plan, MapData]) -> None:
    tour = tours_out(demo[1])[0]
    data = team_day(*demo, team=tour.team, day=tour.day).data
    way = np.concatenate(list(data.lines.values()))
    assert 0 < len(data.roads) < len(demo[2].roads)
    for road in data.roads:
        for lat, lon in road.points:
            gaps = (way - (lat, lon)) * (111_195, 111_195 * np.cos(np.radians(lat)))
            # The way itself has a point at least every few kilometres.
            assert np.hypot(*gaps.T).min() < SURROUNDINGS_METRES + 5_000


def test_a_line_is_cut_where_it_leaves_the_surroundings_and_keeps_its_direction() -> None:
    way = np.array([(43.0, 79.0), (43.0, 79.1)])
    across = np.array([(42.9, 79.05), (43.1, 79.05)])
    along, far = np.array([(43.001, 79.09), (43.001, 79.01)]), across + np.array([0.0, 1.0])
    (cut,), kept, gone = clip_near([across, along, far], [way], metres=2_000)
    reach = 2_000 / 111_195
    assert cut == pytest.approx(np.array([(43 - reach, 79.05), (43 + reach, 79.05)]))
    assert [line.tolist() for line in kept] == [along.tolist()]
    assert gone == []


@pytest.mark.parametrize("traced", [[], [[43.0, 79.0]]], ids=["not at all", "to a point"])
def test_roads_around_a_place_are_there_where_no_way_is_traced(traced: list[list[float]]) -> None:
    problem, plan = toy_problem(), toy_plan()
    stays = replace(plan.tours[2], stops=(), rests=())
    line = np.array(traced).reshape(-1, 2)
    lines = {("car", "base", "base"): line} if traced else {}
    data = MapData(lines=lines, roads=toy_roads())
    own = team_day(problem, plan.replace(tours=(stays,)), data, team="B", day=0)
    assert {road.road_class for road in own.data.roads} == {"primary", "unclassified"}


def test_closed_roads_stay_near_the_legs_without_the_villages_that_they_would_serve() -> None:
    near_by = np.array([(43.0, 79.0), (43.01, 79.0), (43.5, 79.0)])
    far = np.array([(44.5, 79.0), (44.6, 79.0)])
    detours = (Detour("base", "v5", None, 900),)
    roads = tuple(
        ClosedRoad(name, "track", vehicle, "season", "thaw", 0.0, 9_000.0, (line,), detours)
        for name, vehicle, line in (
            *(("Near", "car", near_by), ("Far", "car", far)),
            ("Of others", "truck", near_by),
        )
    )
    data = MapData(lines=toy_lines(), roads=toy_roads(), closed_roads=roads)
    own_day = team_day(toy_problem(), toy_plan(), data, team="A", day=0)
    (kept,) = own_day.data.closed_roads
    assert (kept.name, kept.detours) == ("Near", ())
    assert max(lat for line in kept.lines for lat, _ in line) < 43.2
    names = {"base": "A0001", "v1": "B0001", "v2": "C0001"}
    assert rename_places(own_day, names).data.closed_roads == ()


# ---- Nothing of others ----


def texts_of(files: dict[str, bytes]) -> Iterator[str]:
    """Yield every text in the files: as bytes, inflated, and as a reader of a PDF has it."""
    for name, data in files.items():
        yield data.decode("utf-8", "replace")
        if name.endswith(".pdf"):
            for stream in re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL):
                try:
                    yield zlib.decompress(stream).decode("latin-1")
                except zlib.error:
                    yield stream.decode("latin-1")
            pdf = pypdfium2.PdfDocument(io.BytesIO(data))
            for page in pdf:
                yield page.get_textpage().get_text_range()
                image = page.render(scale=2).to_pil()
                yield from (code.text for code in zxingcpp.read_barcodes(image))


def points_of(page: str) -> set[tuple[float, float]]:
    """Return every point of every line that a map draws, to five decimals."""
    payload = payload_of(page)
    packed = [road["line"] for road in payload["roads"]]
    packed += [leg["line"] for tour in payload["tours"] for leg in tour["legs"]]
    lines = [line for each in packed for line in unpacked(each)]
    return {(round(lat, 5), round(lon, 5)) for line in lines for lat, lon in line}


def traces_of(place: Place, text: str) -> list[str]:
    """Return what of a place stands in a text: its name, its id, its coordinates."""
    lat, lon = (f"{degrees:.4f}" for degrees in (place.lat, place.lon))
    between = r"\d*[^\d]{1,20}"
    signs = [
        (place.name, rf"\b{re.escape(place.name)}\b"),
        (place.id, f'"{re.escape(place.id)}"'),
        (lat, rf"(?<!\d){re.escape(lat)}{between}{re.escape(lon)}"),
        (lon, rf"(?<!\d){re.escape(lon)}{between}{re.escape(lat)}"),
    ]
    return [pattern for sign, pattern in signs if sign in text and re.search(pattern, text)]


@pytest.mark.parametrize("coded", [False, True], ids=["by name", "in codes"])
def test_the_files_of_a_day_hold_no_name_and_no_place_of_other_villages(
    demo: tuple[Problem, Plan, MapData], *, coded: bool
) -> None:
    problem = demo[0]
    codes = {c.place: c.code for c in assign_codes((), problem.places, random.Random(3))}
    for tour in tours_out(demo[1])[coded::4]:
        own_day = team_day(*demo, team=tour.team, day=tour.day)
        own = {place.id for place in own_day[0].places}
        refuges = {each.place for each in own_day.data.refuges.values() if each}
        rows = [
            row for row in tally_rows(*demo[:2]) if (row.team, row.day) == (tour.team, tour.day)
        ]
        files = day_files(rename_places(own_day, codes) if coded else own_day, rows)
        assert set(files) == FILES
        text = "\n".join(texts_of(files))
        drawn = points_of(files["map.html"].decode())
        for place in problem.places:
            if place.id not in own:
                # Where to go in an emergency is named, but not where that is.
                named = (
                    [rf"\b{re.escape(place.name)}\b"] if place.id in refuges and not coded else []
                )
                assert set(traces_of(place, text)) <= set(named), place
                assert (round(place.lat, 5), round(place.lon, 5)) not in drawn
            elif coded:
                assert re.search(rf"\b{re.escape(place.name)}\b", text) is None, place
                assert codes[place.id] in text
            else:
                assert place.name in text, place
        for team in {team.id for team in problem.teams} - {tour.team}:
            assert f"Crew {team}" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_files_of_a_day_are_in_the_language_of_the_plan(language: Language) -> None:
    own = toy_day("A", 0)
    files = day_files(own._replace(data=replace(own.data, language=language)))
    assert f'<html lang="{language}">' in files["map.html"].decode()


def test_a_day_as_data_equals_the_plan() -> None:
    day = json.loads(day_files(toy_day("A", 0))["day.json"])
    assert (day["format"], day["version"], day["crew"], day["date"]) == (
        *("routeplan-day", 1, "A", "2027-05-03"),
    )
    assert day["from"] == {"name": "Қарасу", "lat": 43.0, "lon": 79.0, "depart": "09:40"}
    assert [(stop["name"], stop["arrive"], stop["households"]) for stop in day["stops"]] == [
        ("Ақбұлақ", "10:00", 60),
        ("Верхний Ключ", "14:25", 100),
    ]
    assert (day["to"]["name"], day["to"]["arrive"]) == ("Верхний Ключ", "19:35")


def test_rows_of_a_tally_keep_the_codes_of_the_whole_plan() -> None:
    rows = [row for row in tally_rows(toy_problem(), toy_plan()) if (row.team, row.day) == ("B", 0)]
    assert rows[0].number == 5
    text = "\n".join(texts_of({"t.pdf": day_files(toy_day("B", 0), rows)["tally_sheets.pdf"]}))
    assert "005" in text
    assert row_code(5, 1) in text


# ---- Codes ----


PLACES = st.lists(st.text(st.characters(codec="utf-8"), min_size=1), unique=True, max_size=30).map(
    lambda names: [Place(f"v{n}", name, 0.0, 0.0) for n, name in enumerate(names)]
)


@given(PLACES, st.integers())
def test_every_place_has_a_code_of_its_own_and_the_key_reads_back_equal(
    places: list[Place], seed: int
) -> None:
    codes = assign_codes((), places, random.Random(seed))
    assert {code.place for code in codes} == {place.id for place in places}
    assert len({code.code for code in codes}) == len(places)
    assert all(re.fullmatch("[ABCEHKMPTX][0-9]{4}", code.code) for code in codes)
    assert codes_from_json(codes_to_json(codes), source="codes.json") == codes


@given(PLACES, st.integers(0, 30))
def test_codes_that_were_given_out_stay_when_places_are_added(
    places: list[Place], first: int
) -> None:
    known = assign_codes((), places[:first], random.Random(1))
    assert assign_codes(known, places, random.Random(2))[: len(known)] == known


def test_codes_follow_neither_the_order_of_the_places_nor_one_another() -> None:
    places = [Place(f"v{n}", f"n{n}", 0.0, 0.0) for n in range(200)]
    orders = []
    for seed in (1, 2):
        codes = {c.place: c.code for c in assign_codes((), places, random.Random(seed))}
        orders.append([codes[place.id] for place in places])
    assert orders[0] != orders[1]
    assert all(order != sorted(order) for order in orders)


def test_codes_of_another_plan_are_refused_by_the_names_of_its_places() -> None:
    known = (PlaceCode("A0001", "v1", "Aq"), PlaceCode("A0002", "v2", "Bulaq"))
    with pytest.raises(InputError, match="'v1' is 'Aq' there and 'Kemer' in the plan"):
        assign_codes(known, [Place("v1", "Kemer", 0.0, 0.0)], random.Random(1))


def test_a_key_with_faults_is_refused_with_all_of_them() -> None:
    text = codes_to_json((PlaceCode("A0001", "v1", "Aq"), PlaceCode("A0001", "v1", "Bulaq")))
    with pytest.raises(InputError) as caught:
        codes_from_json(text, source="codes.json")
    message = str(caught.value)
    assert "codes.json codes: the code 'A0001' is there more than once" in message
    assert "the place 'v1' is there more than once" in message
