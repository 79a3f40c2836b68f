"""The map as a folium map: with layers of one's own, in a file, in a notebook, and two at once."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import branca.colormap
import folium
import geopandas as gpd
import pytest
import shapely
from folium.plugins import HeatMap, MarkerCluster

import routeplan as rp
from routeplan.errors import InputError
from routeplan.handouts import MapData, build_view, plan_map_of, render_map
from routeplan.handouts.map import page_texts
from routeplan.language import LANGUAGES, Language
from tests.handouts.test_map import payload_of
from tests.helpers.handouts import toy_lines, toy_plan, toy_problem, toy_roads

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Frame, Page

PROBLEM, PLAN = toy_problem(), toy_plan()
DATA = MapData("en", lines=toy_lines(), roads=toy_roads())


def plan_map() -> rp.PlanMap:
    return plan_map_of(build_view(PROBLEM, PLAN, DATA))


def areas() -> gpd.GeoDataFrame:
    """Return a square around each place, with its name."""
    boxes = [shapely.Point(p.lon, p.lat).buffer(0.02, cap_style="square") for p in PROBLEM.places]
    names = [place.name for place in PROBLEM.places]
    columns = {"name": names, "number": range(len(names)), "kind": ["a", "b"] * 3 + ["a"]}
    return gpd.GeoDataFrame(columns, geometry=boxes, crs="EPSG:4326")


def with_layers() -> rp.PlanMap:
    """Return a map with what analysts add most."""
    page = plan_map()
    folium.GeoJson(
        areas(),
        name="areas",
        tooltip=folium.GeoJsonTooltip(["name"]),
        popup=folium.GeoJsonPopup(["number"]),
    ).add_to(page)
    folium.Marker([43.15, 79.0], popup="<b>Market</b>", tooltip="market").add_to(page)
    folium.Marker([43.2, 79.05], popup="Bridge", icon=folium.Icon(color="darkred")).add_to(page)
    page.add_child(branca.colormap.LinearColormap(["white", "green"], vmax=10).to_step(5))
    folium.LayerControl().add_to(page)
    return page


# ---- The page as text ----


def test_a_plan_map_is_a_folium_map_that_shows_what_the_map_shows() -> None:
    page = plan_map()
    assert isinstance(page, folium.Map)
    assert payload_of(page.html) == payload_of(render_map(build_view(PROBLEM, PLAN, DATA)))
    assert repr(page) == "<PlanMap with 0 layers of one's own>"
    assert page.html == page.html
    assert repr(with_layers()) == "<PlanMap with 5 layers of one's own>"


def test_nothing_in_a_page_with_layers_is_to_be_fetched() -> None:
    page = with_layers().html
    without_plan = page[page.index('<script type="application/json"') :]
    assert not re.search(r"<(?:script|link|img)[^>]+(?:src|href)=[\"'](?!data:|#)", without_plan)
    assert "https://" not in page.split("<body>")[1]


def test_layers_that_would_fetch_something_are_refused_all_at_once(tmp_path: Path) -> None:
    page = plan_map()
    folium.TileLayer("OpenStreetMap").add_to(page)
    for layer in (HeatMap, MarkerCluster):
        make: Any = layer
        make([[43.0, 79.0]]).add_to(page)
    for show in (lambda: page.html, page._repr_html_, lambda: page.save(tmp_path / "map.html")):
        with pytest.raises(InputError) as caught:
            show()
        faults = caught.value.faults
        assert [fault.where for fault in faults][:2] == ["TileLayer", "leaflet_heat.min.js"]
        assert {"leaflet.markercluster.js", "MarkerCluster.css"} <= {f.where for f in faults}
        assert all("would fetch https://" in fault.message for fault in faults)
    assert not list(tmp_path.iterdir())


def test_a_map_is_saved_by_any_kind_of_path(tmp_path: Path) -> None:
    page = with_layers()
    page.save(tmp_path / "one.html")
    page.save(str(tmp_path / "two.html"))
    for name in ("one", "two"):
        text = (tmp_path / f"{name}.html").read_text(encoding="utf-8")
        assert text.count(".addTo(map_district)") == page.html.count(".addTo(map_district)")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_map_of_a_problem_alone_says_that_drives_are_straight(language: Language) -> None:
    for draw in (rp.plan_map, rp.draw_map):
        payload = payload_of(draw(PROBLEM, PLAN, language=language).html)
        assert payload["is_straight"]
        assert payload["note"] == page_texts(language)["no_roads"]
        assert payload["language"] == language
    known = payload_of(plan_map().html)
    assert (known["is_straight"], known["note"]) == (False, "")


def test_a_plan_without_drives_has_no_straight_ones() -> None:
    idle = PLAN.replace(tours=(), left_out=())
    assert not payload_of(rp.draw_map(PROBLEM, idle).html)["is_straight"]


def test_two_maps_are_shown_as_they_are_and_names_are_text() -> None:
    titles = ("<b>one</b>", "two & three")
    both = rp.side_by_side(plan_map(), rp.draw_map(PROBLEM, PLAN), titles=titles)
    assert "<h1>&lt;b&gt;one&lt;/b&gt;</h1>" in both.html
    assert "<h1>two &amp; three</h1>" in both.html
    assert both.html.count("<iframe") == 2
    assert both._repr_html_().count("<") == 2, "the page inside is escaped whole"


# ---- In a browser ----


class Shown:
    """A page in a window, with all that it asks for and complains of."""

    def __init__(self, browser: Browser, size: tuple[int, int] = (1280, 720)) -> None:
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page: Page = browser.new_page(
            viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce"
        )
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, file: Path) -> Page:
        self.page.goto(file.as_uri())
        return self.page

    def asked(self) -> list[str]:
        """Return what was asked for, but for what is in the page."""
        return [url for url in self.requests if not url.startswith(("data:", "about:srcdoc"))]


@pytest.fixture
def shown(browser: Browser) -> Iterator[Shown]:
    found = Shown(browser)
    yield found
    found.page.close()
    assert found.complaints == []
    assert len(found.asked()) == 1, "the file itself"


def maps_in(page: Page) -> list[Frame]:
    """Return the frames that hold a map, once it is drawn."""
    page.wait_for_function("document.querySelectorAll('iframe').length > 0")
    found = []
    for frame in page.frames:
        if frame.evaluate("typeof map_district !== 'undefined'"):
            frame.wait_for_selector(".stop")
            found.append(frame)
    return found


@pytest.mark.browser
def test_layers_of_ones_own_lie_on_the_plan_and_nothing_is_asked_of_the_network(
    shown: Shown, tmp_path: Path
) -> None:
    with_layers().save(tmp_path / "map.html")
    page = shown.open(tmp_path / "map.html")
    page.wait_for_selector(".stop")
    assert page.locator(".stop").count() == 7
    assert page.locator(".leaflet-overlay-pane svg path").count() == len(PROBLEM.places)
    icons = page.locator(".leaflet-marker-pane img")
    assert icons.count() == 1
    assert icons.evaluate("image => image.complete && image.naturalWidth > 0")
    assert page.locator(".pin svg").count() == 1
    assert page.locator(".colours svg").count() == 1
    page.locator(".leaflet-overlay-pane svg path").nth(6).click(force=True)
    assert "6" in page.locator(".leaflet-popup-content").inner_text()
    page.locator(".pin").click(force=True)
    assert page.locator(".leaflet-popup-content").last.inner_text() == "Bridge"
    page.locator(".leaflet-control-layers").hover()
    page.locator(".leaflet-control-layers-overlays input").first.click()
    assert page.locator(".leaflet-overlay-pane svg path").count() == 0
    page.locator("[data-day='1']").click()
    assert 0 < page.locator(".stop").count() < 7


@pytest.mark.browser
@pytest.mark.skipif(
    find_spec("mapclassify") is None, reason="mapclassify, of the extra analysis, is missing"
)
@pytest.mark.parametrize("column", ["number", "kind", None])
def test_a_geodataframe_explores_itself_on_the_map(
    shown: Shown, tmp_path: Path, column: str | None
) -> None:
    page_map: Any = plan_map()
    areas().explore(column, m=page_map)
    page_map.save(tmp_path / "map.html")
    page = shown.open(tmp_path / "map.html")
    page.wait_for_selector(".stop")
    assert page.locator(".leaflet-overlay-pane svg path").count() == len(PROBLEM.places)
    legend = {"number": ".colours svg", "kind": ".maplegend", None: ".stop"}[column]
    assert page.locator(legend).first.is_visible()


@pytest.mark.browser
def test_a_notebook_shows_the_map_in_a_frame_that_cannot_reach_it(
    shown: Shown, tmp_path: Path
) -> None:
    notebook = f"<!DOCTYPE html><meta charset='utf-8'>{with_layers()._repr_html_()}"
    (tmp_path / "notebook.html").write_text(notebook, encoding="utf-8")
    page = shown.open(tmp_path / "notebook.html")
    (frame,) = maps_in(page)
    assert frame.locator(".stop").count() == 7
    assert frame.locator(".leaflet-overlay-pane svg path").count() == len(PROBLEM.places)
    assert page.locator("iframe").get_attribute("sandbox") == "allow-scripts"


@pytest.mark.browser
@pytest.mark.parametrize("in_notebook", [False, True])
def test_two_maps_lie_side_by_side_and_move_together(
    shown: Shown, tmp_path: Path, *, in_notebook: bool
) -> None:
    both = rp.side_by_side(rp.draw_map(PROBLEM, PLAN), with_layers(), titles=("one", "two"))
    both.save(tmp_path / "both.html")
    if in_notebook:
        text = f"<!DOCTYPE html><meta charset='utf-8'>{both._repr_html_()}"
        (tmp_path / "both.html").write_text(text, encoding="utf-8")
    page = shown.open(tmp_path / "both.html")
    page.wait_for_timeout(300)
    left, right = maps_in(page)
    boxes = [frame.frame_element().bounding_box() for frame in (left, right)]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    for one, other in ((left, right), (right, left)):
        zoom = one.evaluate("map_district.getZoom()") + 1
        one.evaluate(f"map_district.setView([43.05, 79.2], {zoom}, {{animate: false}})")
        other.wait_for_function(f"map_district.getZoom() === {zoom}")
        centre = other.evaluate("[map_district.getCenter().lat, map_district.getCenter().lng]")
        assert centre == pytest.approx([43.05, 79.2], abs=0.01)


@pytest.mark.browser
@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_straight_drives_are_said_to_be_so_on_the_map_itself(
    browser: Browser, tmp_path: Path, size: tuple[int, int]
) -> None:
    shown = Shown(browser, size)
    rp.draw_map(PROBLEM, PLAN, language="ru").save(tmp_path / "map.html")
    page = shown.open(tmp_path / "map.html")
    remark = page.locator(".remark")
    assert remark.is_visible()
    assert remark.inner_text() == page_texts("ru")["no_roads"]
    assert shown.complaints == []
    page.close()
