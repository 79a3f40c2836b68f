"""The map as a person opens it, in a headless Chromium with everything it asks for recorded.

One page of each kind is opened once and shared by all tests; each begins with all that is shown.
"""

from __future__ import annotations

import contextlib
import itertools
import re
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest

from routeplan.formats import plan_from_json, plan_to_json, problem_from_json, problem_to_json
from routeplan.handouts import EarlierTour, MapData, build_view, render_map
from routeplan.handouts.map import SCRIPTS
from routeplan.handouts.map_view import ClosedRoadView
from routeplan.language import LANGUAGES, Language
from routeplan.model.road_notes import RoadNote
from tests.handouts.test_visits import lunch_plan, lunch_problem
from tests.helpers.handouts import (
    CREW_DAY,
    toy_lines,
    toy_plan,
    toy_plan_that_requires,
    toy_problem,
    toy_roads,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

TITLE = "<Toy> & 'week' \"one\" of a campaign with a rather long name"
NOTE = "1.0 km slow, 9 min more than on a dry day: <ford> 0.4 m"
WIDE, PHONE = (1400, 900), (390, 844)
EVERYTHING = {"stops": 7, "legs": 9, "rings": 6, "badges": 2, "names": 7, "roads": 8}
EVERYTHING |= {"drives": 0, "closed": 1}


def map_data(language: Language) -> MapData:
    """Return what is known of some roads, and who has signed in some villages."""
    return MapData(
        language=language,
        lines=toy_lines(),
        roads=toy_roads(),
        states={("car", "v1", "v2"): {"paved": 20_000.0, "unpaved": 6_000.0, "track": 1_000.0}},
        road_notes={("car", "v1", "v2"): (RoadNote("override", "<ford> 0.4 m", 1_000, 600, 60),)},
        signed={"v1": 90, "v3": 20},
    )


@pytest.fixture(scope="module")
def file_in(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Language], Path]:
    def write(language: Language) -> Path:
        problem = toy_problem().replace(name=TITLE)
        view = build_view(problem, toy_plan_that_requires(CREW_DAY), map_data(language))
        closed = ClosedRoadView(
            "<7>, 9 км", "<why>", ("Арал: +20",), (((43.2, 79.3), (43.2, 79.5)),)
        )
        view = replace(view, closed_roads=(closed,))
        path = tmp_path_factory.mktemp("map") / f"{language}.html"
        path.write_text(render_map(view), encoding="utf-8")
        return path

    return write


class Opened:
    """The map in a window, with all that it asked for and complained of."""

    def __init__(self, browser: Browser, file: Path, size: tuple[int, int]) -> None:
        self.file = file
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page: Page = browser.new_page(
            viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce"
        )
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(file.as_uri())

    def reset(self) -> None:
        """Show everything again, from where it was shown first."""
        self.page.evaluate(
            """() => {
                map_district.closePopup();
                const boxes = [...document.querySelectorAll("[data-layer]")];
                for (const box of boxes) if (!box.checked) box.click();
                const press = ["[data-mode=plan]", "[data-day='0']", "[data-crew='']"];
                for (const name of press) document.querySelector(name).click();
                for (const open of document.querySelectorAll("details[open]")) open.open = false;
            }"""
        )

    def popup(self) -> str:
        return words_of(self.page.locator(".leaflet-popup-content").last.inner_text())

    def stops(self) -> list[str]:
        return sorted(self.page.locator(".stop").evaluate_all("all => all.map(one => one.title)"))

    def switch(self, layer: str) -> None:
        self.page.locator(f"[data-layer={layer}]").click()

    def press(self, **data: str | int) -> None:
        for name, value in data.items():
            self.page.locator(f"[data-{name}='{value}']").click()

    def shown(self) -> dict[str, int]:
        """Return how many of each kind of thing are on the map."""
        drawn: dict[str, int] = self.page.evaluate(
            """(() => {
                const layers = Object.values(map_district._layers);
                const count = (test) => layers.filter((layer) => test(layer.options || {})).length;
                return {
                    legs: count((options) => options.beside),
                    rings: count((options) => options.share !== undefined),
                    closed: count((options) => options.color === CLOSED),
                    roads: count((options) => options.pane === "roads" && options.weight),
                };
            })()"""
        )
        marks = {"stops": ".stop", "badges": ".badge", "names": ".name", "drives": ".drive"}
        return drawn | {kind: self.page.locator(mark).count() for kind, mark in marks.items()}

    def click_at(self, lat: float, lon: float) -> None:
        x, y = self.page.evaluate(
            """([lat, lon]) => {
                const frame = map_district.getContainer().getBoundingClientRect();
                const point = map_district.latLngToContainerPoint([lat, lon]);
                return [frame.left + point.x, frame.top + point.y];
            }""",
            [lat, lon],
        )
        self.page.mouse.click(x, y)

    def boxes(self, selector: str) -> list[tuple[float, float, float, float]]:
        """Return x, y, width, height of the visible elements, in pixels."""
        found = [
            one.bounding_box() for one in self.page.locator(selector).all() if one.is_visible()
        ]
        return [(box["x"], box["y"], box["width"], box["height"]) for box in found if box]

    def texts(self, selector: str) -> list[str]:
        return [words_of(text) for text in self.page.locator(selector).all_inner_texts()]


def words_of(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _opened(browser: Browser, file: Path, size: tuple[int, int]) -> Iterator[Opened]:
    opened = Opened(browser, file, size)
    yield opened
    opened.page.close()
    assert opened.complaints == []
    assert opened.requests == [file.as_uri()]


@pytest.fixture(scope="module")
def wide_page(browser: Browser, file_in: Callable[[Language], Path]) -> Iterator[Opened]:
    yield from _opened(browser, file_in("en"), WIDE)


@pytest.fixture(scope="module")
def phone_page(browser: Browser, file_in: Callable[[Language], Path]) -> Iterator[Opened]:
    yield from _opened(browser, file_in("en"), PHONE)


@pytest.fixture
def wide(wide_page: Opened) -> Opened:
    wide_page.reset()
    return wide_page


@pytest.fixture
def phone(phone_page: Opened) -> Opened:
    phone_page.reset()
    while phone_page.page.locator("#panel").get_attribute("data-sheet") != "peek":
        phone_page.page.locator(".more").click()
    return phone_page


@pytest.fixture(params=["wide", "phone"])
def opened(request: pytest.FixtureRequest) -> Opened:
    found: Opened = request.getfixturevalue(request.param)
    return found


def test_the_map_asks_for_nothing_beyond_its_own_file(opened: Opened) -> None:
    page = opened.page
    for press in ("[data-mode=before]", "[data-mode=after]", "[data-mode=plan]", "[data-day='1']"):
        page.locator(press).evaluate("button => button.click()")
    page.locator(".stop").first.click()
    page.locator(".leaflet-control-zoom-in").click()
    page.wait_for_timeout(300)
    assert opened.requests == [opened.file.as_uri()]


def test_the_policy_stops_what_the_page_would_ask_for_all_the_same(
    browser: Browser, wide_page: Opened
) -> None:
    page = browser.new_page()
    page.goto(wide_page.file.as_uri())
    refused = page.evaluate(
        """new Promise((resolve) => {
            document.onsecuritypolicyviolation = ({ blockedURI }) => resolve(blockedURI);
            new Image().src = "http://127.0.0.1:9/seen.png";
        })"""
    )
    page.close()
    assert refused == "http://127.0.0.1:9/seen.png"


def test_the_corner_gives_credit_in_plain_text_and_shows_no_flag(opened: Opened) -> None:
    corner = opened.page.locator(".leaflet-control-attribution")
    assert corner.inner_text() == "Leaflet | © OpenStreetMap contributors"
    assert corner.locator("svg, img, a").count() == 0


# ---- Switches ----


def test_every_layer_goes_and_comes_back_by_itself(wide: Opened) -> None:
    assert wide.shown() == EVERYTHING
    without = {
        "tour-0": {"stops": 5, "legs": 7, "badges": 2},
        "tour-2": {"stops": 5, "legs": 6},
        "left_out": {"rings": 4},
        "sleeps": {"badges": 1},
        "names": {"names": 0},
        "roads": {"roads": 0},
        "closed": {"closed": 0},
    }
    for layer, fewer in without.items():
        wide.switch(layer)
        assert wide.shown() == EVERYTHING | fewer, layer
        wide.switch(layer)
        assert wide.shown() == EVERYTHING, layer
    assert wide.page.locator("[data-layer^=tour]").count() == 4


def test_a_team_s_box_switches_all_its_days_and_shows_when_only_some_are_on(wide: Opened) -> None:
    team = wide.page.locator("[data-team=A]")
    team.click()
    assert wide.stops() == ['1 · Rock & Roll\'s "End"', "1 · Ақбұлақ", "2 · {{ 7*7 }}"]
    wide.switch("tour-1")
    assert team.evaluate("box => box.indeterminate")
    team.click()
    assert len(wide.stops()) == 7


def test_layers_are_ordered_by_team_then_by_day(wide: Opened) -> None:
    labels = wide.page.locator("#panel [data-layer^=tour]").evaluate_all(
        "all => all.map(one => one.ariaLabel)"
    )
    assert labels == ["A, Mon 3 May", "A, Tue 4 May", "B, Mon 3 May", "B, Tue 4 May"]


def test_a_day_and_a_crew_are_chosen_by_a_tap_and_only_their_drives_and_stops_are_shown(
    wide: Opened,
) -> None:
    wide.press(day=1)
    assert len(wide.stops()) == 4
    wide.press(crew="A")
    assert wide.stops() == ["1 · Ақбұлақ", "2 · Верхний Ключ"]
    wide.press(day=2)
    assert wide.stops() == ["1 · Верхний Ключ", "2 · {{ 7*7 }}"]
    wide.press(day=0)
    assert len(wide.stops()) == 4
    wide.press(crew="")
    assert wide.shown() == EVERYTHING


def test_the_slider_goes_from_day_to_day_and_says_which_it_is(wide: Opened) -> None:
    slider = wide.page.locator("#day")
    slider.focus()
    wide.page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "Mon 3 May"
    assert wide.texts(".days output") == ["Mon 3 May"]
    assert len(wide.stops()) == 4
    wide.page.keyboard.press("ArrowRight")
    wide.page.keyboard.press("ArrowRight")
    assert wide.texts(".days output") == ["Tue 4 May"]
    wide.page.locator(".days .step").last.click()
    assert wide.texts(".days output") == ["All days"]


def test_of_one_day_each_drive_says_its_distance_and_minutes_on_the_map(wide: Opened) -> None:
    wide.press(day=1, crew="A")
    assert sorted(wide.texts(".drive")) == ["18 km · 20 min", "27 km · 30 min"]
    assert not overlaps(wide.boxes(".drive, .name"))


def test_a_team_s_day_is_listed_from_leaving_to_the_night(wide: Opened) -> None:
    wide.page.locator(".row button.find").first.click()
    assert wide.texts(".itinerary summary") == [
        "A · Mon 3 May 2 stops · 160 households · 45 km · 50 min"
    ]
    assert wide.texts(".itinerary li") == [
        "09:40 Leaves Қарасу",
        "18 km · 20 min",
        "10:00 1 Ақбұлақ 10:00 – 13:10 · 60 of 110 households Rests 13:10 – 13:55",
        f"27 km · 30 min 20 km paved, 6 km unpaved, 1 km of track {NOTE}",
        "14:25 2 Верхний Ключ 14:25 – 19:35 · 100 of 130 households",
        "19:35 Arrives in Верхний Ключ",
        "Night in Верхний Ключ",
    ]
    wide.page.locator(".itinerary li.at button").first.click()
    assert wide.popup().startswith("1 · Ақбұлақ A · Mon 3 May Arrives 10:00")
    wide.page.locator(".itinerary .back").click()
    assert wide.shown() == EVERYTHING


# ---- Coverage ----


def test_villages_are_shaded_by_the_share_before_and_after_the_plan(wide: Opened) -> None:
    shades = """() => {
        const rings = Object.values(map_district._layers).filter((layer) => layer.village);
        const shade = (ring) => SHARES.findIndex(({ colour }) => colour === ring.options.shade);
        return Object.fromEntries(rings.map((ring) => [ring.village.place, shade(ring)]));
    }"""
    wide.press(mode="before")
    # 90 of 200 have signed in v1, 20 of 100 in v3, and none elsewhere.
    assert wide.page.evaluate(shades) == {"v1": 2, "v2": 0, "v3": 1, "v4": 0, "v5": 0, "v6": 0}
    assert wide.shown() == EVERYTHING | {"stops": 0, "legs": 0, "badges": 1}
    wide.press(mode="after")
    assert wide.page.evaluate(shades) == {"v1": 5, "v2": 5, "v3": 5, "v4": 3, "v5": 0, "v6": 0}
    assert wide.texts(".shares li") == [
        *("none 2 villages", "1 – 25 % 0 villages", "26 – 50 % 0 villages"),
        *("51 – 75 % 1 village", "76 – 99 % 0 villages", "all 3 villages"),
    ]
    assert "Ақбұлақ 100 %" in wide.texts(".name")
    wide.press(mode="plan")
    assert wide.shown() == EVERYTHING


# ---- Search ----


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("Ақбұлақ", "Ақбұлақ"),
        ("акбулак", "Ақбұлақ"),
        ("AQBULAQ", "Ақбұлақ"),
        ("Akbulak", "Ақбұлақ"),
        ("aqbūlaq", "Ақбұлақ"),
        ("verkhniy", "Верхний Ключ"),
        ("kliuch", "Верхний Ключ"),
        ("klyuch", "Верхний Ключ"),
        ("верхнийключ", "Верхний Ключ"),
        ("ВЕРХНИЙ-КЛЮЧ", "Верхний Ключ"),
        ("ак булак", "Ақбұлақ"),
        ("арал", "Арал"),
        ("end", 'Rock & Roll\'s "End"'),
    ],
)
def test_a_village_is_found_in_any_script_and_way_of_writing(
    wide: Opened, query: str, name: str
) -> None:
    wide.page.fill("#search", query)
    assert wide.page.locator("#found li span").first.inner_text() == name


def test_the_search_goes_by_keyboard_alone_and_opens_the_village_on_the_map(wide: Opened) -> None:
    page = wide.page
    page.fill("#search", "а")
    found = wide.texts("#found li span")
    assert len(found) > 2
    page.keyboard.press("ArrowDown")
    assert page.locator("#found li").nth(1).get_attribute("aria-selected") == "true"
    page.fill("#search", "aral")
    page.keyboard.press("Enter")
    assert wide.popup().startswith("Арал Reached 0 of 40")
    assert page.locator(".found").count() == 1
    assert not page.locator("#found").is_visible()
    assert page.evaluate("map_district.getBounds().contains([42.85, 79.45])")
    page.keyboard.press("Escape")
    page.fill("#search", "no such place")
    assert wide.texts(".search .none") == ["No village has such a name."]
    page.fill("#search", "")


# ---- Popups ----


def test_the_popup_of_a_stop_has_the_plan_s_times_and_households(wide: Opened) -> None:
    wide.page.locator(".stop[title='2 · {{ 7*7 }}']").first.click()
    assert wide.popup() == (
        "2 · {{ 7*7 }} A · Tue 4 May Arrives 12:50 Starts 12:50 Ends 17:30 "
        "Households 90 of 200 Visit 2 of 2, 130 reached in all "
        "70 households not reached. More crew-days would reach more. "
        "What it would take one more crew-day from Қарасу: 60 households"
    )


def test_the_popup_of_a_late_stop_says_that_midnight_has_passed(wide: Opened) -> None:
    wide.page.locator(".stop[title='1 · Ақбұлақ']").last.click()
    assert wide.popup() == (
        "1 · Ақбұлақ B · Tue 4 May Arrives 17:00 Starts 21:20 Ends 00:00 +1 "
        "Rests 17:00 – 17:45 Households 50 of 110 Visit 2 of 2, 110 reached in all"
    )


def test_the_popup_of_a_leg_has_its_minutes_kilometres_and_the_state_of_its_road(
    wide: Opened,
) -> None:
    wide.click_at(43.1, 79.2)
    assert wide.popup() == (
        "Ақбұлақ → Верхний Ключ A · Mon 3 May Drive 30 min Distance 27 km "
        f"20 km paved, 6 km unpaved, 1 km of track {NOTE}"
    )


def test_the_popups_of_a_village_left_out_a_bed_and_a_base_say_what_they_are(wide: Opened) -> None:
    wide.click_at(42.85, 79.45)
    assert wide.popup() == (
        "Арал Reached 0 of 40 40 households not reached. No road leads there. "
        "The nearest road is 4.1 km away."
    )
    wide.page.locator(".badge[title='Night in Верхний Ключ']").click()
    assert wide.popup() == "Верхний Ключ Sleeping place Mon 3 May A"
    wide.page.locator(".badge[title='Base in Қарасу']").click()
    assert wide.popup() == "Қарасу Base Crews A, B"


def test_a_road_that_is_not_taken_says_why_and_which_villages_it_would_serve(wide: Opened) -> None:
    wide.page.locator("summary", has_text="Roads not taken").click()
    assert "<7>, 9 км <why>; Арал: +20" in wide.texts("#panel details li")
    wide.page.locator("button.place", has_text="<7>").click()
    assert wide.popup() == "<7>, 9 км <why> Арал: +20"


# ---- Names and room ----


def test_names_that_look_like_markup_are_shown_as_they_are(wide: Opened) -> None:
    names = wide.page.locator(".name").all_inner_texts()
    assert {"</script><b>Far</b>", "{{ 7*7 }}", 'Rock & Roll\'s "End"', "Қарасу"} <= set(names)
    assert wide.page.locator("h1").inner_text() == TITLE
    assert wide.page.title() == TITLE


def test_names_appear_from_a_zoom_level_on_and_never_lie_on_one_another(wide: Opened) -> None:
    page = wide.page
    boxes = wide.boxes(".name")
    assert len(boxes) == 7
    assert not overlaps(boxes)
    page.evaluate("lowest = map_district.getMinZoom()")
    page.evaluate("map_district.setMinZoom(0).setZoom(7, {animate: false}) && 0")
    assert page.locator(".name.missed, .name.done").count() == 0
    # Where villages crowd, numbers do not lie on one another either: some become dots.
    assert page.locator(".stop.small").count() > 0
    page.evaluate("map_district.setMinZoom(lowest) && 0")


def test_panel_and_controls_do_not_overlap_and_stay_in_the_window(opened: Opened) -> None:
    page = opened.page
    width, height = page.evaluate("[innerWidth, innerHeight]")
    more = page.locator(".more")
    for _ in range(2 if more.is_visible() else 1):
        boxes = opened.boxes(
            "#panel, .leaflet-bar, .leaflet-control-scale, .leaflet-control-attribution, .north"
        )
        assert len(boxes) == 6
        assert not overlaps(boxes)
        assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in boxes)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if more.is_visible():
            more.click()


def test_on_a_phone_the_sheet_is_drawn_up_in_steps_and_back(phone: Opened) -> None:
    page = phone.page
    assert not page.locator("#details").is_visible()
    ((*_, height),) = phone.boxes("#map_district")
    assert height > 0.7 * 844
    page.locator(".more").click()
    assert page.locator("#details").is_visible()
    ((*_, height),) = phone.boxes("#map_district")
    assert 0.35 * 844 < height < 0.6 * 844
    page.locator(".more").click()
    assert phone.boxes("#panel")[0][3] > 0.8 * 844
    page.locator(".more").click()
    assert not page.locator("#details").is_visible()


def test_on_a_phone_the_sheet_follows_a_finger(phone: Opened) -> None:
    ((x, y, width, _),) = phone.boxes(".more")
    mouse = phone.page.mouse
    mouse.move(x + width / 2, y + 10)
    mouse.down()
    mouse.move(x + width / 2, 500, steps=3)
    mouse.move(x + width / 2, 420, steps=3)
    mouse.up()
    assert phone.page.locator("#panel").get_attribute("data-sheet") == "half"


def test_on_a_phone_a_crew_s_stops_are_at_hand_and_large_enough_for_a_thumb(phone: Opened) -> None:
    phone.press(day=1, crew="A")
    phone.page.locator(".more").click()
    assert [height for *_, height in phone.boxes(".itinerary li.at button") if height < 44] == []
    touched = phone.boxes(".ticks button, .chip, .itinerary li.at button")
    assert all(height >= 40 for *_, height in touched)
    phone.page.locator(".itinerary li.at button").first.click()
    assert phone.popup().startswith("1 · Ақбұлақ")
    assert phone.page.locator("#panel").get_attribute("data-sheet") == "peek"


# ---- Lists, scale, paper ----


def test_the_lists_of_villages_say_what_was_missed_and_why(wide: Opened) -> None:
    page = wide.page
    for summary in page.locator("#panel summary").all():
        summary.click()
    lists = wide.texts("#panel details")
    assert lists[0] == (
        "Left out (2) 65 households "
        "Арал 40 No road leads there. The nearest road is 4.1 km away. "
        "</script><b>Far</b> 25 Too far to be back in time. "
        "The drive there and back takes 9 h 20 min <of 6 h>."
    )
    assert lists[1] == (
        "Reached in part (1) 70 households {{ 7*7 }} 130 of 200 More crew-days would reach more. "
        "What it would take one more crew-day from Қарасу: 60 households"
    )
    assert lists[3].startswith("All villages (6) before → after")
    assert "Ақбұлақ 45 % → 100 %" in lists[3]
    assert lists[4].startswith("Legend Stop, numbered in the order of the day")


def test_the_scale_is_metric_and_north_is_up(opened: Opened) -> None:
    assert re.fullmatch(r"\d+ k?m", opened.page.locator(".leaflet-control-scale").inner_text())
    assert opened.page.locator(".north").get_attribute("aria-label") == "North is up"


def test_on_paper_are_the_map_a_legend_and_a_table_of_the_stops_that_are_shown(
    wide: Opened,
) -> None:
    page = wide.page
    wide.press(day=1, crew="A")
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert not page.locator("#panel").is_visible()
    head, tables = wide.texts("#print-head")[0], wide.texts("#print-tail table")
    assert head.startswith(
        f"{TITLE} Mon 3 May · A A Mon 3 A2.1: crew A, day 2, stop 1 Drive whose road"
    )
    assert tables[0].startswith("Stops No. Village Drive Road Arrives · Starts – Ends Households")
    assert tables[0].endswith(
        "A1.2 Верхний Ключ 27 km · 30 min "
        f"20 km paved, 6 km unpaved, 1 km of track, {NOTE} 14:25 · 14:25 – 19:35 100"
    )
    assert "B1" not in tables[0]
    assert "Арал 40 of 40 No road leads there. The nearest road is 4.1 km away." in tables[2]
    assert tables[1] == "Roads not taken Road Why Villages <7>, 9 км <why> Арал: +20"
    codes = page.locator(".stop span").evaluate_all("all => all.map((one) => one.dataset.code)")
    assert codes == ["A1.1", "A1.2"]
    page.emulate_media(media="null")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("#panel").is_visible()


def test_a_printed_map_is_a4_across_and_keeps_its_roads_under_the_drives(wide: Opened) -> None:
    pdfium = pytest.importorskip("pypdfium2", reason="pypdfium2 is not installed")
    with contextlib.closing(pdfium.PdfDocument(wide.page.pdf(prefer_css_page_size=True))) as paper:
        assert len(paper) >= 2
        assert [round(side / 72 * 25.4) for side in paper[0].get_size()] == [297, 210]
        pixels = paper[0].render(scale=2, rev_byteorder=True).to_numpy()[..., :3].astype(int)
    below_the_legend = pixels[len(pixels) // 4 :]
    # The sand of a highway, and the blue of the first crew's first day.
    for colour in ((0xF3, 0xD9, 0x99), (0x00, 0x52, 0x80)):
        assert (abs(below_the_legend - colour).max(axis=-1) < 8).sum() > 50


# ---- Languages ----


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_in_kazakh_and_russian_nothing_is_left_in_english(
    browser: Browser, file_in: Callable[[Language], Path], language: Language
) -> None:
    for opened in _opened(browser, file_in(language), WIDE):
        page = opened.page
        opened.press(day=1)
        for summary in page.locator("#panel summary").all():
            summary.click()
        page.locator(".stop").first.click()
        seen = page.locator("body").inner_text()
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        seen += page.locator("#print-head").inner_text() + page.locator("#print-tail").inner_text()
        labels = page.locator("[aria-label], [title]").evaluate_all(
            "all => all.map((one) => `${one.ariaLabel || ''} ${one.title || ''}`).join(' ')"
        )
        known = [TITLE, 'Rock & Roll\'s "End"', "</script><b>Far</b>", "<ford> 0.4 m", "</s"]
        known += ["Leaflet", "OpenStreetMap", "<why>"]
        text = f"{seen} {labels}"
        for name in known:
            text = text.replace(name, "")
        # Crews and their stops are called A and B, A2.1.
        assert re.findall("[A-Za-z]{2,}", text) == []
        assert page.locator("html").get_attribute("lang") == language


def overlaps(boxes: list[tuple[float, float, float, float]]) -> list[Any]:
    return [
        (a, b)
        for a, b in itertools.combinations(boxes, 2)
        if min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]) > 0.5
        and min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]) > 0.5
    ]


# Of what every object of JavaScript has by itself.
INHERITED = {
    "base": "valueOf",
    "v1": "constructor",
    "v2": "__proto__",
    "v3": "toString",
    "v4": "hasOwnProperty",
    "v5": "isPrototypeOf",
    "A": "__defineGetter__",
    "B": "propertyIsEnum",
}


def test_places_and_crews_may_have_ids_that_objects_know(
    browser: Browser, tmp_path: Path, wide_page: Opened
) -> None:
    def called(text: str) -> str:
        return re.sub(r'"(base|v[1-5]|[AB])"', lambda found: f'"{INHERITED[found[1]]}"', text)

    problem = problem_from_json(called(problem_to_json(toy_problem())))
    plan = plan_from_json(called(plan_to_json(toy_plan())))
    view = build_view(problem, plan, MapData(roads=toy_roads()))
    # A village that no crew visits has no visits, either.
    file = tmp_path / "map.html"
    file.write_text(render_map(view), encoding="utf-8")
    for odd in _opened(browser, file, WIDE):
        assert odd.shown() == {**EVERYTHING, "closed": 0}
        assert odd.stops() == wide_page.stops()
        odd.page.locator(".stop").first.click()
        assert "of" in odd.popup()
        odd.press(day=1)
        assert odd.texts(".itinerary .at")
        odd.press(mode="after")
        odd.press(mode="plan")
        odd.page.emulate_media(media="print")
        odd.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert len(odd.texts("#print-tail table")) > 1


def test_the_map_reads_as_days_with_lunch_shared_villages_and_announced_visits_are_lived(
    browser: Browser, tmp_path: Path
) -> None:
    view = build_view(lunch_problem(), lunch_plan(), MapData(roads=toy_roads()))
    file = tmp_path / "map.html"
    file.write_text(render_map(view), encoding="utf-8")
    for seen in _opened(browser, file, WIDE):
        seen.press(day=1)
        text = " ".join(seen.texts(".itinerary"))
        for part in (
            "10:00 – 13:55, lunch 12:00 – 12:45 · 60 of 110 households",
            "This visit was announced for today.",
            "Divide the houses between you: 60 yours, 40 theirs.",
        ):
            assert part in text
        assert "Rests" not in text
        seen.press(day=2)
        course = seen.texts(".itinerary li")
        assert [line for line in course if line.startswith(("10:00 Work", "12:45 Leaves"))] == [
            "10:00 Work starts in Верхний Ключ",
            "12:45 Leaves Верхний Ключ",
        ]
        assert course.index("12:45 Leaves Верхний Ключ") == 2
        assert "Announced for this day, but not in the plan: {{ 7*7 }}" in course
        seen.press(day=1)
        seen.page.locator(".itinerary li.at button").first.click()
        assert "Lunch 12:00 – 12:45" in seen.popup()
        assert "Announced kept" in seen.popup()
        seen.reset()
        seen.page.fill("#search", "Ақбұлақ")
        seen.page.keyboard.press("Enter")
        popup = seen.popup()
        assert "A · Mon 3 May 10:00 – 13:55, lunch 12:00 – 12:45 · 60 households" in popup
        assert "B · Mon 3 May 10:00 – 12:55, lunch 12:00 – 12:45 · 40 households" in popup
        assert "Announced crew A on Mon 3 May: kept" in popup
        seen.page.emulate_media(media="print")
        seen.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        printed = " ".join(seen.texts("#print-tail table"))
        assert "10:00 · 10:00 – 13:55, lunch 12:00 – 12:45" in printed
        assert "12:45 Leaves Верхний Ключ" in printed
        assert seen.complaints == []


def test_no_script_of_the_map_keeps_names_as_keys_of_an_object() -> None:
    # JSON makes such objects only of keys that this package writes.
    for name in SCRIPTS:
        text = (resources.files("routeplan.handouts") / f"{name}.js").read_text(encoding="utf-8")
        assert not re.search(r"= \{\};|fromEntries|Object\.create", text), name


def test_the_plan_of_before_is_a_grey_layer_that_says_what_becomes_of_its_stops(
    browser: Browser, tmp_path: Path
) -> None:
    tour = EarlierTour("A", 1, ("base", "v1", "v2", "base"), "Before: A", (("v2", "<dropped>"),))
    data = replace(map_data("en"), earlier=(tour,))
    path = tmp_path / "map.html"
    page = render_map(build_view(toy_problem(), toy_plan(), data))
    path.write_text(page, encoding="utf-8")
    for opened in _opened(browser, path, WIDE):
        every = "Object.values(map_district._layers)"
        count = f"{every}.filter((layer) => layer.options?.color === EARLIER).length"
        assert opened.page.evaluate(count) == 2  # its drives, and a ring at the stop
        opened.page.evaluate(f"{every}.find((layer) => layer.options?.radius === 11).openPopup()")
        name = toy_problem().place("v2").name
        assert opened.popup() == f"{name} Before: A <dropped>"
        opened.press(day=1)
        assert opened.page.evaluate(count) == 0
        opened.press(day=2)
        assert opened.page.evaluate(count) == 2
        opened.switch("earlier")
        assert opened.page.evaluate(count) == 0
