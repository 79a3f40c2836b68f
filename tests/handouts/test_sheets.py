"""Sheets on paper: rendered, read back, and scanned with a phone's eye."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from urllib.parse import unquote

import numpy as np
import pytest

from routeplan.errors import InputError
from routeplan.handouts import MapData, Selection, build_view, render_sheets
from routeplan.handouts.map_view import ClosedRoadView
from routeplan.handouts.sheets import draw_check_in_sheet
from routeplan.language import LANGUAGES, Language, translation
from routeplan.model.plan import Plan, Tour
from routeplan.model.road_notes import RoadNote
from routeplan.tally import tally_rows
from tests.helpers.handouts import TOURS, toy_lines, toy_plan, toy_problem
from tests.helpers.sheets import (
    POINTS_PER_MM,
    Page,
    days_of,
    drawn,
    long_day,
    packed,
    pages,
)

DAY_A0 = "A_day1_2027-05-03.pdf"
TALLY_A0 = "A_day1_2027-05-03_tally.pdf"
CHECK_INS = "check-in_day1_2027-05-03.pdf"
KAZAKH = "Әә Ғғ Ққ Ңң Өө Ұұ Үү Һһ Іі"
LONG = "Ұзынағаштың терістігіндегі Қызылжұлдыз орман шаруашылығының қыстағы (бұрынғы Октябрь)"
A4 = 595.28, 841.89
GEO = re.compile(r"geo:([-0-9.]+),([-0-9.]+)\?q=\1,\2\((.*)\)")


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Language:
    found: Language = request.param
    return found


@pytest.fixture(scope="module")
def spoken(language: Language) -> dict[str, bytes]:
    """Return the sheets of the toy plan in a language."""
    return drawn(toy_problem(), toy_plan(), language)


@pytest.fixture(scope="module")
def toy() -> dict[str, bytes]:
    return drawn(toy_problem(), toy_plan(), data=MapData(lines=toy_lines()))


def scanned(page: Page) -> set[tuple[float, float, str]]:
    """Return lat, lon and label of each code on a page."""
    found = [GEO.fullmatch(code) for code in page.codes]
    assert all(found), page.codes
    return {(float(m[1]), float(m[2]), unquote(m[3])) for m in found if m}


def assert_sound(shown: list[Page]) -> None:
    """Make sure that all letters stand inside the margins, in black, white and grey."""
    margin = 5 * POINTS_PER_MM
    for page in shown:
        left, bottom, right, top = page.boxes.T
        drawn_ones = right > left
        assert left[drawn_ones].min() >= margin
        assert right.max() <= A4[0] - margin
        assert bottom[drawn_ones].min() >= margin
        assert top.max() <= A4[1] - margin
        image = page.image.astype(int)
        assert np.ptp(image, axis=2).max() == 0


def test_every_crew_and_day_has_its_sheets_and_every_day_its_check_ins(
    toy: dict[str, bytes],
) -> None:
    days = ("day1_2027-05-03", "day2_2027-05-04")
    crews = [f"{crew}_{day}{kind}.pdf" for crew in "AB" for day in days for kind in ("", "_tally")]
    assert list(toy) == [*crews, *(f"check-in_{day}.pdf" for day in days)]


def test_a_day_sheet_shows_the_day_as_planned(toy: dict[str, bytes]) -> None:
    (page,) = pages(toy[DAY_A0])
    assert_sound([page])
    for words in (
        *(
            "Mon 3 May 2027",
            "Day 1 of 2",
            "09:40",
            "from Қарасу",
            "160",
            "in 2 villages",
            "45.0 km",
        ),
        *("Ақбұлақ", "10:00–13:10", "60", "Rest", "13:10–13:55", "18.0 km · 20 min from Қарасу"),
        *("Верхний Ключ", "14:25–19:35", "The night is here.", "27.0 km · 30 min from Ақбұлақ"),
        *("arrive 19:35, 02:00 +1 at the latest", "it took"),
        "Leave for Верхний Ключ by 01:30 +1 at the latest. In an emergency: Қарасу, 18.0 km",
        "Check in with the base: 09:40 (Қарасу), 10:00 (1), 14:25 (2), 19:35 (Верхний Ключ).",
    ):
        assert packed(words) in page.text, words


def test_codes_open_the_place_of_each_stop_and_of_the_night(spoken: dict[str, bytes]) -> None:
    for tour in TOURS:
        date = toy_problem().days[tour.day].date
        shown = pages(spoken[f"{tour.team}_day{tour.day + 1}_{date}.pdf"])
        found = set[tuple[float, float, str]]().union(*map(scanned, shown))
        places = {stop.place: f"{n} " for n, stop in enumerate(tour.stops, start=1)}
        expected = set()
        for place_id, number in ({tour.end: ""} | places).items():
            place = toy_problem().place(place_id)
            expected.add((place.lat, place.lon, f"{number}{place.name}"[:16].strip()))
        assert found == expected


def test_kazakh_letters_are_printed_and_read_back() -> None:
    made = drawn(*long_day([KAZAKH, "Ки\u0306ык"]), "kk")
    for name in (DAY_A0, TALLY_A0, CHECK_INS):
        shown = pages(made[name], scale=1)
        assert packed(KAZAKH) in "".join(page.text for page in shown)
        assert b"/FontFile2" in made[name]
    # Letters in two parts are composed.
    assert "Кйык" in pages(made[DAY_A0], scale=1)[0].text


def test_all_texts_of_a_sheet_are_in_its_language(
    language: Language, spoken: dict[str, bytes]
) -> None:
    _ = translation(language).gettext
    titles = {
        DAY_A0: ("Crew", "Leave", "Doors to knock", "If something goes wrong"),
        TALLY_A0: ("Tally sheet", "Sheet", "doors in all", "come back"),
        CHECK_INS: ("Check-in sheet", "Expected", "Alarm from", "Heard at"),
    }
    for name, words in titles.items():
        text = "".join(page.text for page in pages(spoken[name], scale=1))
        for word in words:
            assert packed(_(word)) in text, (name, word)


@pytest.mark.parametrize(
    ("stops", "language"), [(1, "en"), (3, "ru"), (4, "kk"), (12, "en"), (12, "kk"), (12, "ru")]
)
def test_days_of_any_length_fit_within_the_margins(stops: int, language: Language) -> None:
    names = [f"{letter} {LONG}" for letter in "АӘБВГҒДЕЖЗИК"[:stops]]
    made = drawn(*long_day(names), language, selection=Selection("A", 0))
    shown = pages(made[DAY_A0])
    assert_sound(shown)
    assert len({code for page in shown for code in page.codes}) == stops + 1
    assert f"{len(shown)}/{len(shown)}" in shown[-1].text
    _ = translation(language).gettext
    arrive = _("Arrive")
    before = ["Қарасу", *names]
    for page in shown:
        # A stop has its code beside it and the way to it above: none is alone on another page.
        heads = {n + 1 for n, name in enumerate(names) if packed(name + arrive) in page.text}
        assert heads == {int(label.split()[0]) for *_, label in scanned(page) if label[0].isdigit()}
        for n in heads:
            length = _("{minutes} min").format(minutes=10)
            way = _("Drive {length} from {place}").format(length=length, place=before[n - 1])
            assert packed(way) in page.text
    assert stops > 2 or len(shown) == 1


def test_a_day_that_fits_is_one_page() -> None:
    made = [drawn(*long_day(["Ауыл"] * n), selection=Selection("A", 0)) for n in (1, 2, 9)]
    assert [len(pages(sheets[DAY_A0], scale=1)) for sheets in made] == [1, 1, 2]


def with_day(tour: Tour) -> Plan:
    """Return the toy plan with the day of one crew replaced."""
    tours = [tour if (t.team, t.day) == (tour.team, tour.day) else t for t in TOURS]
    return toy_plan().replace(tours=tuple(tours))


def test_a_day_without_visits_says_so_and_has_no_tally() -> None:
    stays = Tour("B", 1, "base", "base", 30_000, 30_000, 0)
    made = drawn(toy_problem(), with_day(stays), selection=Selection("B", 1))
    (page,) = pages(made["B_day2_2027-05-04.pdf"])
    assert_sound([page])
    assert packed("No visits and no drive on this day. The crew stays in Қарасу.") in page.text
    assert "B_day2_2027-05-04_tally.pdf" not in made
    assert packed("Check in") not in page.text


def test_a_day_of_a_drive_alone_leads_to_the_night() -> None:
    drives = Tour("B", 1, "base", "v2", 30_000, 32_400, 2_400)
    made = drawn(toy_problem(), with_day(drives), selection=Selection("B", 1))
    (page,) = pages(made["B_day2_2027-05-04.pdf"])
    assert_sound([page])
    assert packed("Drive 36.0 km · 40 min from Қарасу") in page.text
    assert scanned(page) == {(43.2, 79.25, "Верхний Ключ")}


def test_road_notes_are_by_their_leg_and_closed_roads_below() -> None:
    leg = ("car", "base", "v1")
    data = MapData(
        states={leg: {"paved": 12_000.0, "unpaved": 6_000.0}},
        road_notes={leg: (RoadNote("override", "ford after rain", 900, 600, 60),)},
    )
    beside = ((43.05, 79.05), (43.06, 79.06))
    closed = (
        ClosedRoadView(
            "ford, 2 km", "closed in the thaw, by car", ("Арал: 20 min more",), (beside,)
        ),
        ClosedRoadView("other", "far away", (), (((44.5, 79.05), (44.6, 79.05)),)),
        ClosedRoadView("steep", "other crews'", (), (beside,), vehicle="truck"),
    )
    made = drawn(toy_problem(), toy_plan(), data=data, closed=closed)
    text = "".join(page.text for page in pages(made[DAY_A0], scale=1))
    for words in (
        *("12.0 km paved, 6.0 km unpaved", "ford after rain", "Roads not taken, and why"),
        "ford, 2 km: closed in the thaw, by car; Арал: 20 min more",
    ):
        assert packed(words) in text
    assert "other" not in text
    assert "steep" not in text
    stays = drawn(toy_problem(), toy_plan(), data=data)
    assert packed("Roads not taken") not in pages(stays[DAY_A0], scale=1)[0].text


def test_many_notes_go_on_to_the_next_page() -> None:
    leg = ("car", "base", "v0")
    notes = tuple(f"way {n}: closed in the thaw" for n in range(90))
    slow = tuple(RoadNote("override", note, 900, 600, 60) for note in notes)
    problem, plan = long_day(["Ауыл"])
    closed = tuple(ClosedRoadView(note, "why", (), (((43.0, 79.0),),)) for note in notes)
    for made in (
        drawn(problem, plan, data=MapData(road_notes={leg: slow})),
        drawn(problem, plan, closed=closed),
    ):
        shown = pages(made[DAY_A0])
        assert len(shown) > 1
        assert_sound(shown)
        assert packed(notes[-1]) in "".join(page.text for page in shown)
        assert sum(len(page.codes) for page in shown) == 2


def test_a_long_title_stays_within_the_page() -> None:
    problem, plan = long_day(["Ауыл"])
    made = drawn(problem.replace(name=f"{LONG} " * 5), plan)
    for pdf in made.values():
        assert_sound(pages(pdf, scale=1))


@pytest.mark.parametrize("doors", [1, 40, 61, 150])
def test_a_tally_sheet_has_every_row_once_in_order(doors: int) -> None:
    problem, plan = long_day([LONG, KAZAKH], doors=doors)
    shown = pages(drawn(problem, plan, "kk", selection=Selection("A", 0))[TALLY_A0], scale=1)
    assert_sound(shown)
    text = "".join(page.text for page in shown)
    for sheet in tally_rows(problem, plan):
        places = [text.index(code) for code in sheet.codes]
        assert all(text.count(code) == 1 for code in sheet.codes)
        assert len(sheet.codes) > doors
        assert all(a < b for a, b in pairwise(places))


def test_a_check_in_sheet_lists_all_crews_by_time(toy: dict[str, bytes]) -> None:
    (page,) = pages(toy[CHECK_INS])
    assert_sound([page])
    rows = [
        "09:25 B leaves Қарасу 09:55 10:55",
        "09:40 A leaves Қарасу 10:10 11:10",
        "10:00 A 1. Ақбұлақ 10:30 11:30",
        '10:00 B 1. Rock & Roll\'s "End" 10:30 11:30',
        "14:25 A 2. Верхний Ключ 14:55 15:55",
        "15:35 B 2. {{ 7*7 }} 16:05 17:05",
        "18:35 B ends the day in Қарасу 19:05 20:05",
        "19:35 A ends the day in Верхний Ключ 20:05 21:05",
    ]
    places = [page.text.index(packed(row)) for row in rows]
    assert places == sorted(places)


@pytest.mark.parametrize(("crews", "count"), [(6, 1), (40, 5)])
def test_all_teams_are_on_one_check_in_sheet(crews: int, count: int) -> None:
    problem, plan = long_day(["Ауыл", "Бұлақ"])
    ids = [f"Экипаж {n}" for n in range(crews)]
    problem = problem.replace(teams=tuple(replace(problem.teams[0], id=n) for n in ids))
    plan = plan.replace(tours=tuple(replace(plan.tours[0], team=n) for n in ids))
    shown = pages(draw_check_in_sheet(days_of(problem, plan, "ru")), scale=1)
    assert len(shown) == count
    assert_sound(shown)
    text = "".join(page.text for page in shown)
    assert all(text.count(packed(n)) >= 5 for n in ids)


def test_only_the_sheets_that_are_wanted_are_made(toy: dict[str, bytes]) -> None:
    def names(crew: str | None, day: int | None) -> list[str]:
        return list(drawn(toy_problem(), toy_plan(), selection=Selection(crew, day)))

    assert names("A", 0) == [DAY_A0, TALLY_A0]
    assert names(None, 0) == [name for name in toy if "day1" in name]


def test_sheets_of_one_crew_are_those_of_all(toy: dict[str, bytes]) -> None:
    mine = drawn(
        toy_problem(), toy_plan(), data=MapData(lines=toy_lines()), selection=Selection("B")
    )
    assert list(mine) == [name for name in toy if name.startswith("B")]
    assert all(toy[name] == pdf for name, pdf in mine.items())


def test_rows_of_a_plan_that_is_cut_out_of_another_keep_their_codes() -> None:
    problem, plan = toy_problem(), toy_plan()
    alone = plan.replace(tours=tuple(t for t in TOURS if (t.team, t.day) == ("B", 0)))
    view = build_view(problem, alone)
    whole = tally_rows(problem, plan)
    made = render_sheets(problem, alone, view, tallies=whole)
    text = "".join(page.text for page in pages(made["B_day1_2027-05-03_tally.pdf"], scale=1))
    assert all(code in text for sheet in whole[4:6] for code in sheet.codes)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Selection("a", 7), ["no crew has the id 'a'", "there is no day 8; the days are 1 to 2"]),
        (Selection(None, -1), ["there is no day 0"]),
    ],
)
def test_crews_and_days_that_are_not_there_are_refused(wanted: Selection, said: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        drawn(toy_problem(), toy_plan(), selection=wanted)
    for fault, words in zip(caught.value.faults, said, strict=True):
        assert words in str(fault)


def test_a_day_on_which_a_crew_does_not_work_is_refused() -> None:
    problem = toy_problem()
    teams = (replace(problem.teams[0], days=(0,)), problem.teams[1])
    plan = toy_plan().replace(tours=tuple(t for t in TOURS if (t.team, t.day) != ("A", 1)))
    with pytest.raises(InputError, match="no crew has a tour on that day"):
        drawn(problem.replace(teams=teams), plan, selection=Selection("A", 1))


def test_crews_of_any_name_have_files_of_their_own() -> None:
    problem, plan = long_day(["Ауыл"])
    ids = ["a", "A", "check-in", "../b", "Экипаж №1", "x" * 90, "x" * 91]
    problem = problem.replace(teams=tuple(replace(problem.teams[0], id=n) for n in ids))
    plan = plan.replace(tours=tuple(replace(plan.tours[0], team=n) for n in ids))
    made = drawn(problem, plan)
    assert len({name.casefold() for name in made}) == 2 * len(ids) + 1
    assert all(re.fullmatch(r"[\w-]{1,60}_day1_2027-05-03(_tally)?\.pdf", name) for name in made)


def test_the_same_plan_gives_the_same_bytes_in_any_process(toy: dict[str, bytes]) -> None:
    script = (
        "import hashlib\n"
        "from tests.helpers.handouts import toy_lines, toy_plan, toy_problem\n"
        "from tests.helpers.sheets import drawn\n"
        "from routeplan.handouts import MapData\n"
        "made = drawn(toy_problem(), toy_plan(), data=MapData(lines=toy_lines()))\n"
        "print(hashlib.sha256(b''.join(made.values())).hexdigest())"
    )
    ended = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", script],
        env={"PYTHONHASHSEED": "7", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.strip() == hashlib.sha256(b"".join(toy.values())).hexdigest()


def test_a_sheet_names_nothing_of_the_machine_and_requests_nothing(toy: dict[str, bytes]) -> None:
    for pdf in toy.values():
        for word in (b"/URI", b"http", b"/JavaScript", b"/Launch", b"/home", b"/root"):
            assert word not in pdf


def test_the_map_of_a_day_shows_stops_scale_and_source(toy: dict[str, bytes]) -> None:
    (page,) = pages(toy[DAY_A0])
    assert page.text.count(packed("Ақбұлақ")) >= 3  # the map, the stop, the leg to the next
    assert "©OpenStreetMapcontributors" in page.text
    assert re.search(r"\d+km", page.text)


def test_where_no_distances_are_known_only_minutes_are_shown() -> None:
    problem, plan = long_day(["Ауыл"])
    assert problem.travel["car"].metres is None
    (page,) = pages(drawn(problem, plan)[DAY_A0], scale=1)
    assert packed("Drive 10 min from Қарасу") in page.text
    assert "Nonekm" not in page.text
