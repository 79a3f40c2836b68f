"""The map's file as text: what is in it, and what is not."""

from __future__ import annotations

import itertools
import json
import re
from importlib import resources
from importlib.metadata import version
from typing import Any

import folium.folium
import numpy as np
import pytest
from xstatic.pkg import leaflet

from routeplan.handouts import (
    SIZE_BUDGET_BYTES,
    EarlierTour,
    MapData,
    MapView,
    build_view,
    render_map,
)
from routeplan.handouts.map import SCRIPTS, page_texts
from routeplan.handouts.map_view import contrast
from routeplan.language import LANGUAGES, Language
from routeplan.model.road_notes import RoadLine
from tests.helpers.handouts import toy_lines, toy_plan, toy_problem, toy_roads, winding

KINDS = ("primary", "secondary", "unclassified", "track")


def toy_view(
    title: str = "Toy", roads: list[RoadLine] | None = None, language: Language = "en"
) -> MapView:
    roads = toy_roads() if roads is None else roads
    data = MapData(language, lines=toy_lines(), roads=roads)
    return build_view(toy_problem().replace(name=title), toy_plan(), data)


def payload_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="plan">(.*?)</script>', page, re.DOTALL)
    assert found
    payload: dict[str, Any] = json.loads(found[1])
    return payload


@pytest.fixture(scope="module")
def page() -> str:
    return render_map(toy_view())


@pytest.fixture(scope="module")
def many_roads() -> list[RoadLine]:
    """Return 20 000 km of rough roads in a district of 30 × 45 km."""
    generator = np.random.default_rng(1)
    return [
        RoadLine(KINDS[n % 4], n % 3 > 0, winding(generator, points=400, step_metres=25.0))
        for n in range(2_000)
    ]


def test_the_leaflet_that_is_inlined_is_the_one_that_folium_expects(page: str) -> None:
    expected = dict(folium.folium._default_js)["leaflet"]
    assert f"leaflet@{leaflet.VERSION}/" in expected
    assert version("XStatic-Leaflet").startswith(leaflet.VERSION)
    assert f"Leaflet {leaflet.VERSION}, a JS library" in page


def test_nothing_in_the_page_is_to_be_fetched(page: str) -> None:
    loads = re.findall(r"""(?:src|href|action|data|poster)\s*=\s*\\?["']([^"']*)""", page)
    assert all(not load or load.startswith("#") for load in loads), loads
    images = re.findall(r"url\(\s*[\"']?([^)]*)", page)
    assert images
    assert all(image.startswith(("data:", "#")) for image in images), images
    assert not re.search(r"@import|sourceMappingURL|<link|<iframe|<img|fetch\(|XMLHttp", page)
    addresses = set(re.findall(r"(?:https?:)?//[\w-]+(?:\.[\w-]+)+[^\s\"')]*", page))
    known = ("http://www.w3.org/2000/svg", "https://leafletjs.com", "https://bugzilla.mozilla.org")
    assert all(address.startswith(known) for address in addresses), addresses


def test_a_policy_forbids_whatever_might_ask_for_something_all_the_same(page: str) -> None:
    policy = page.index("Content-Security-Policy")
    assert "default-src 'none'; script-src 'unsafe-inline'" in page[policy : policy + 200]
    assert policy < page.index("<script")
    assert '<meta name="referrer" content="no-referrer">' in page


def test_the_page_says_its_language_letters_and_width(page: str) -> None:
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">')
    assert len(re.findall(r'<meta name="viewport"', page)) == 1
    assert not re.search(r"jquery|bootstrap|awesome|glyphicon", page, re.IGNORECASE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_in_its_language_and_brings_all_its_words(language: Language) -> None:
    page = render_map(toy_view(language=language))
    assert page.startswith(f'<!DOCTYPE html>\n<html lang="{language}">')
    assert payload_of(page)["words"] == page_texts(language)


def test_the_scripts_name_only_words_that_there_are_and_leave_none_unused() -> None:
    folder = resources.files("routeplan.handouts")
    code = "\n".join((folder / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)
    texts = page_texts("en")
    named = set(re.findall(r'"([a-z_]+)"', code)) & texts.keys()
    named |= {key for key in texts if key.startswith(("mode_", "road_", "state_"))}
    # The first are said by the page itself.
    assert texts.keys() - named == {"no_script", "coarse", "fewer", "no_roads"}
    said = set(re.findall(r'say\("([a-z_]+)"', code))
    assert said <= texts.keys()


@pytest.mark.parametrize("ground", ["paper", "sheet"])
@pytest.mark.parametrize("ink", ["ink", "faint", "accent"])
def test_text_has_contrast_with_its_background(page: str, ink: str, ground: str) -> None:
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", page))
    assert contrast(colours[ink], colours[ground]) >= 4.5


def test_shares_get_darker_step_by_step_so_that_grey_tells_them_apart(page: str) -> None:
    shades = re.findall(r'\{ upto: \d+, colour: "(#[0-9a-f]{6})" \}', page)
    assert len(shades) == 6
    steps = [contrast(light, dark) for light, dark in itertools.pairwise(shades)]
    assert all(step > 1.2 for step in steps)
    against_white = [contrast("#ffffff", shade) for shade in shades]
    assert against_white == sorted(against_white)


def test_no_flag_is_anywhere_in_the_page(page: str) -> None:
    assert not re.search(r"4C7BE1|FFD500|E0BC00", page, re.IGNORECASE)
    assert "leaflet-attribution-flag" not in page.partition("</style>")[2]


def test_the_same_view_gives_the_same_text(page: str) -> None:
    assert render_map(toy_view()) == page


def test_texts_of_the_plan_cannot_become_markup_or_template() -> None:
    title = "</title><script>alert(1)</script> {{ 7*7 }} & 'quotes' \"double\""
    page = render_map(toy_view(title))
    payload = payload_of(page)
    assert payload["title"] == title
    assert [v["name"] for v in payload["villages"]][3:] == [
        "{{ 7*7 }}",
        "Арал",
        "</script><b>Far</b>",
    ]
    assert "alert(1)</script>" not in page
    assert "<b>Far" not in page
    assert page.count("</script>") == page.count("<script")
    shown = "&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }} &amp;"
    assert f"<title>{shown}" in page


def test_20_000_km_of_roads_fit_the_size_budget(many_roads: list[RoadLine]) -> None:
    length = sum((len(road.points) - 1) * 25 for road in many_roads)
    page = render_map(toy_view(roads=many_roads))
    assert length > 19_000_000
    assert 500_000 < len(page.encode()) <= SIZE_BUDGET_BYTES


def test_roads_get_coarser_and_then_fewer_until_the_file_fits(many_roads: list[RoadLine]) -> None:
    view = toy_view(roads=many_roads)
    whole = payload_of(render_map(view))
    coarse_page = render_map(view, budget_bytes=700_000)
    coarse = payload_of(coarse_page)
    few_page = render_map(view, budget_bytes=300_000)
    few = payload_of(few_page)
    assert len(coarse_page.encode()) <= 700_000
    assert len(few_page.encode()) <= 300_000
    assert [p["note"].split(",")[0] for p in (whole, coarse, few)] == [
        "",
        "Roads are drawn coarsely",
        "The smallest roads are left out",
    ]
    ranks = [{road["rank"] for road in p["roads"]} for p in (whole, coarse, few)]
    assert ranks[0] == ranks[1] == {"highway", "district", "local", "track"}
    assert "track" not in ranks[2]
    assert "highway" in ranks[2]
    assert coarse["tours"] == few["tours"] == whole["tours"]


def test_a_budget_that_the_plan_alone_breaks_leaves_the_plan_whole() -> None:
    payload = payload_of(render_map(toy_view(), budget_bytes=1))
    assert payload["roads"] == []
    assert len(payload["tours"]) == 4


def test_the_plan_of_before_is_drawn_with_what_becomes_of_its_stops() -> None:
    tour = EarlierTour("A", 0, ("base", "v1", "v2", "base"), "Before", (("v2", "<dropped>"),))
    data = MapData(lines=toy_lines(), earlier=(tour,))
    payload = payload_of(render_map(build_view(toy_problem(), toy_plan(), data)))
    (earlier,) = payload["earlier"]
    assert (earlier["team"], earlier["day"], earlier["title"]) == ("A", 0, "Before")
    (stop,) = earlier["stops"]
    place = toy_problem().place("v2")
    assert (stop["name"], stop["text"]) == (place.name, "<dropped>")
    assert (stop["lat"], stop["lon"]) == (place.lat, place.lon)
    assert earlier["line"]
    assert payload_of(render_map(toy_view()))["earlier"] == []
