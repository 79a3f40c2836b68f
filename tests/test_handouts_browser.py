"""The map as a person opens it, in a headless Chromium with everything it asks for recorded."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import pytest

from routeplan.handouts import build_view, render_map
from tests.handouts_helpers import toy_lines, toy_plan, toy_problem, toy_roads

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

TITLE = "<Toy> & 'week' \"one\" of a campaign with a rather long name"
SIZES = {"wide": (1400, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    view = build_view(toy_problem(), toy_plan(), lines=toy_lines(), roads=toy_roads(), title=TITLE)
    path = tmp_path_factory.mktemp("map") / "map.html"
    path.write_text(render_map(view), encoding="utf-8")
    return path


class Opened:
    """The map in a window, with all that it asked for and complained of."""

    def __init__(self, browser: Browser, file: Path, size: tuple[int, int]) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page: Page = browser.new_page(viewport={"width": size[0], "height": size[1]})
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(file.as_uri())

    def popup(self) -> str:
        texts = self.page.locator(".leaflet-popup-content").last
        return re.sub(r"\s+", " ", texts.inner_text())

    def stops(self) -> list[str]:
        return sorted(self.page.locator(".stop").evaluate_all("all => all.map(one => one.title)"))

    def switch(self, layer: str) -> None:
        self.page.locator(f"[data-layer={layer}]").click()

    def shown(self) -> dict[str, int]:
        """Return how many of each kind of thing are on the map."""
        drawn: dict[str, int] = self.page.evaluate(
            """(() => {
                const layers = Object.values(map_district._layers);
                const count = (test) => layers.filter((layer) => test(layer.options || {})).length;
                return {
                    legs: count((options) => options.beside),
                    rings: count((options) => options.share !== undefined),
                    roads: count((options) => options.pane === "roads" && options.weight),
                };
            })()"""
        )
        marks = {"stops": ".stop", "badges": ".badge", "names": ".name"}
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


@pytest.fixture(params=SIZES)
def opened(request: pytest.FixtureRequest, browser: Browser, file: Path) -> Iterator[Opened]:
    yield from _opened(browser, file, request.param)


@pytest.fixture
def wide(browser: Browser, file: Path) -> Iterator[Opened]:
    yield from _opened(browser, file, "wide")


@pytest.fixture
def phone(browser: Browser, file: Path) -> Iterator[Opened]:
    yield from _opened(browser, file, "phone")


def _opened(browser: Browser, file: Path, size: str) -> Iterator[Opened]:
    opened = Opened(browser, file, SIZES[size])
    yield opened
    opened.page.close()
    assert opened.complaints == []


def test_the_map_asks_for_nothing_beyond_its_own_file(opened: Opened, file: Path) -> None:
    page = opened.page
    if page.locator(".more").is_visible():
        page.locator(".more").click()
    for box in page.locator("#panel input").all():
        box.click()
        box.click()
    page.locator(".stop").first.click()
    page.locator(".leaflet-control-zoom-in").click()
    page.wait_for_timeout(400)
    assert opened.requests == [file.as_uri()]


def test_the_policy_stops_what_the_page_would_ask_for_all_the_same(
    browser: Browser, file: Path
) -> None:
    page = browser.new_page()
    page.goto(file.as_uri())
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


def test_every_layer_goes_and_comes_back_by_itself(wide: Opened) -> None:
    page = wide.page
    everything = wide.shown()
    assert everything == {"stops": 7, "legs": 9, "rings": 6, "badges": 2, "names": 7, "roads": 8}
    without = {
        "tour-0": {"stops": 5, "legs": 7},
        "tour-2": {"stops": 5, "legs": 6},
        "left_out": {"rings": 4},
        "sleeps": {"badges": 1},
        "names": {"names": 0},
        "roads": {"roads": 0},
    }
    for layer, fewer in without.items():
        wide.switch(layer)
        assert wide.shown() == everything | fewer, layer
        wide.switch(layer)
        assert wide.shown() == everything, layer
    assert page.locator("[data-layer^=tour]").count() == 4


def test_a_team_s_box_switches_all_its_days_and_shows_when_only_some_are_on(wide: Opened) -> None:
    team = wide.page.locator("[data-team=A]")
    team.click()
    assert wide.stops() == ['1 · Rock & Roll\'s "End"', "1 · Ақбұлақ", "2 · {{ 7*7 }}"]
    wide.switch("tour-1")
    assert team.evaluate("box => box.indeterminate")
    team.click()
    assert len(wide.stops()) == 7


def test_layers_stand_by_team_then_by_day(wide: Opened) -> None:
    labels = wide.page.locator("#panel [data-layer^=tour]").evaluate_all(
        "all => all.map(one => one.ariaLabel)"
    )
    assert labels == ["A, Mon 3 May", "A, Tue 4 May", "B, Mon 3 May", "B, Tue 4 May"]


def test_the_popup_of_a_stop_has_the_plan_s_times_and_households(wide: Opened) -> None:
    wide.page.locator(".stop[title='2 · {{ 7*7 }}']").first.click()
    assert wide.popup() == (
        "2 · {{ 7*7 }} A · Tue 4 May Arrives 12:50 Starts 12:50 Ends 17:30 "
        "Households 90 of 200 Visit 2 of 2, 130 reached in all "
        "70 households not reached. More crew-days would reach more. "
        "One more crew-day would reach 60 of them."
    )


def test_the_popup_of_a_late_stop_says_that_midnight_has_passed(wide: Opened) -> None:
    wide.page.locator(".stop[title='1 · Ақбұлақ']").last.click()
    assert wide.popup() == (
        "1 · Ақбұлақ B · Tue 4 May Arrives 17:00 Starts 21:20 Ends 00:00 +1 "
        "Rests 17:00 – 17:45 Households 50 of 110 Visit 2 of 2, 110 reached in all"
    )


def test_the_popup_of_a_leg_has_its_minutes_and_kilometres(wide: Opened) -> None:
    wide.click_at(43.1, 79.2)
    assert wide.popup() == "Ақбұлақ → Верхний Ключ A · Mon 3 May Drive 30 min Distance 27 km"


def test_the_popups_of_a_village_left_out_a_bed_and_a_base_say_what_they_are(wide: Opened) -> None:
    wide.click_at(42.85, 79.45)
    assert wide.popup() == (
        "Арал Households 0 of 40 reached 40 households not reached. No road leads there. "
        "The nearest road is 4.1 km away."
    )
    wide.page.locator(".badge[title='Night in Верхний Ключ']").click()
    assert wide.popup() == "Верхний Ключ Sleeping place Mon 3 May A"
    wide.page.locator(".badge[title='Base in Қарасу']").click()
    assert wide.popup() == "Қарасу Base Teams A, B"


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
    page.evaluate("map_district.setMinZoom(0).setZoom(7, {animate: false})")
    assert page.locator(".name.missed, .name.done").count() == 0


def test_panel_and_controls_do_not_overlap_and_stay_in_the_window(opened: Opened) -> None:
    page = opened.page
    width, height = page.evaluate("[innerWidth, innerHeight]")
    more = page.locator(".more")
    for _ in range(2 if more.is_visible() else 1):
        boxes = opened.boxes(
            "#panel, .leaflet-bar, .leaflet-control-scale, .leaflet-control-attribution"
        )
        assert len(boxes) == 5
        assert not overlaps(boxes)
        assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in boxes)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if more.is_visible():
            more.click()


def test_on_a_phone_the_layers_are_folded_away_and_the_map_has_most_of_the_window(
    phone: Opened,
) -> None:
    page = phone.page
    assert not page.locator("#details").is_visible()
    ((*_, height),) = phone.boxes("#map_district")
    assert height > 0.75 * 844
    page.locator(".more").click()
    assert page.locator("#details").is_visible()
    ((*_, height),) = phone.boxes("#map_district")
    assert height > 0.35 * 844


def test_the_lists_of_villages_say_what_was_missed_and_why(wide: Opened) -> None:
    page = wide.page
    for summary in page.locator("#panel summary").all():
        summary.click()
    lists = [re.sub(r"\s+", " ", text) for text in page.locator("#panel details").all_inner_texts()]
    assert lists[0] == (
        "Left out (2) 65 households "
        "Арал 40 No road leads there. The nearest road is 4.1 km away. "
        "</script><b>Far</b> 25 Too far to be back in time. "
        "The drive there and back takes 9 h 20 min <of 6 h>."
    )
    assert lists[1].startswith("Reached in part (1) 70 households {{ 7*7 }} 130 of 200")
    assert lists[2].startswith("Legend Stop, numbered in the order of the day")


def test_the_scale_is_metric(opened: Opened) -> None:
    assert re.fullmatch(r"\d+ k?m", opened.page.locator(".leaflet-control-scale").inner_text())


def overlaps(boxes: list[tuple[float, float, float, float]]) -> list[Any]:
    return [
        (a, b)
        for a, b in itertools.combinations(boxes, 2)
        if min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]) > 0.5
        and min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]) > 0.5
    ]
