"""The map of a country: its districts with what each reaches, and one of them at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from routeplan.analysis import join, joined_villages
from routeplan.handouts import MapData, build_view, render_map
from routeplan.model.problem import District
from tests.helpers.toy import toy_plan, toy_problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from routeplan.handouts import MapView
    from routeplan.language import Language
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

DISTRICTS = 150
SIZES = {"wide": (1280, 720), "phone": (390, 844)}


def shifted(number: int) -> Problem:
    """Return the toy problem at another place on the map for each number."""
    north, east = divmod(number, 15)
    toy = toy_problem()
    places = tuple(
        replace(place, lat=round(place.lat + north, 5), lon=round(place.lon + east, 5))
        for place in toy.places
    )
    return toy.replace(places=places)


def country(districts: int) -> tuple[Problem, Plan, dict[str, tuple[str, ...]]]:
    """Return a country whose districts are the toy problem, the last without crews."""
    cases: dict[str, tuple[Problem, Plan | None]] = {
        f"District {n:03d}": (shifted(n), toy_plan()) for n in range(districts - 1)
    }
    cases[f"District {districts - 1:03d}"] = shifted(districts - 1), None
    return *join(cases, name="Toy country"), joined_villages(cases)


def view_of(districts: int, language: Language = "en") -> MapView:
    problem, plan, villages = country(districts)
    return build_view(problem, plan, MapData(language, districts=villages))


def test_districts_add_up_to_the_plan_and_hold_their_villages() -> None:
    problem, plan, villages = country(4)
    floor = District("District 001", villages["District 001"], 7)
    view = build_view(problem.replace(districts=(floor,)), plan, MapData(districts=villages))
    assert [each.name for each in view.districts] == list(villages)
    assert [each.teams for each in view.districts][::3] == [
        ("District 000/A", "District 000/B"),
        (),
    ]
    assert sum(each.reached for each in view.districts) == plan.summary.households
    assert sum(each.households for each in view.districts) == view.households
    assert [each.min_households for each in view.districts] == [0, 7, 0, 0]
    for each in view.districts:
        lats, lons = zip(*each.outline, strict=True)
        for place in map(problem.place, each.places):
            assert min(lats) < place.lat < max(lats)
            assert min(lons) < place.lon < max(lons)


def test_without_districts_a_map_is_what_it_was() -> None:
    view = build_view(toy_problem(), toy_plan())
    assert view.districts == ()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("country") / "map.html"
    path.write_text(render_map(view_of(DISTRICTS)), encoding="utf-8")
    return path


@pytest.fixture(params=SIZES)
def page(browser: Browser, file: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = SIZES[request.param]
    page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
    complaints: list[str] = []
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(file.as_uri())
    yield page
    assert (complaints, asked) == ([], [file.as_uri()])
    page.close()


def outlines(page: Page) -> int:
    script = "Object.values(map_district._layers).filter((one) => one instanceof L.Polygon).length"
    return int(page.evaluate(script))


@pytest.mark.browser
def test_a_country_of_150_districts_opens_with_all_of_them(page: Page) -> None:
    assert page.locator("[data-district]").count() == outlines(page) == DISTRICTS
    first = page.locator("[data-district='0'] span").all_text_contents()
    assert first == ["District 000", "92\xa0% · 2 crews"]
    assert (page.locator("[data-district='149']").text_content() or "").endswith("0 crews")
    assert page.locator(".stop").count() == 0
    assert page.locator(".name.district").count()


@pytest.mark.browser
def test_one_district_is_looked_at_and_left_again(page: Page) -> None:
    page.evaluate("document.querySelector(\"[data-district='3']\").click()")
    assert outlines(page) == 1
    assert page.locator(".stop").count() == sum(len(tour.stops) for tour in toy_plan().tours)
    crews = page.locator("[data-crew]").evaluate_all(
        "all => all.filter((one) => one.checkVisibility()).map((one) => one.dataset.crew)"
    )
    assert crews == ["", "District 003/A", "District 003/B"]
    assert page.locator(".districts h2").text_content() == "District 003"
    assert "255 of 277" in (page.locator(".districts dl").text_content() or "")
    page.evaluate("document.querySelector('.districts .back').click()")
    assert outlines(page) == DISTRICTS


@pytest.mark.browser
def test_a_village_that_is_searched_for_opens_its_district(page: Page) -> None:
    page.evaluate("document.querySelector('.more').click()")
    page.locator("#search").fill("hill")
    page.locator("#search").press("Enter")
    assert outlines(page) == 1
    assert page.locator(".leaflet-popup-content h3").text_content() == "Hill"


@pytest.mark.browser
def test_an_outline_opens_its_district(browser: Browser, file: Path) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    page.goto(file.as_uri())
    at = page.evaluate(
        """() => {
            const box = map_district.getContainer().getBoundingClientRect();
            const { lat, lon } = plan.districts[76];
            const at = map_district.latLngToContainerPoint([lat, lon]);
            return [box.x + at.x, box.y + at.y];
        }"""
    )
    page.mouse.click(*at)
    assert page.locator(".districts h2").text_content() == "District 076"
    page.close()
