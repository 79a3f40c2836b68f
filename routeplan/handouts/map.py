"""The map: one HTML file that needs no network.

Folium makes the page and its Leaflet map. What folium would have the browser fetch is either in the
file (Leaflet, out of the package XStatic-Leaflet) or left out, and a content security policy
forbids all requests. What is drawn is in the page as JSON, with all texts in its language; the
scripts beside this module draw it, and `map.css` is its style.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import asdict, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import folium
import numpy as np
from folium.template import Template
from xstatic.pkg import leaflet

from routeplan.handouts.geometry import DECIMALS, simplify_lines
from routeplan.handouts.view_builder import ROAD_TOLERANCE_METRES, road_box
from routeplan.language import number_signs, plural_forms, plural_script, translation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from routeplan.handouts.geometry import Points
    from routeplan.handouts.map_view import MapView, RoadView
    from routeplan.language import Language

SIZE_BUDGET_BYTES = 2_000_000
"""No map is larger, unless the plan alone is; a cheap phone redraws it in two seconds."""

COARSER = (2, 4, 8, 16)
"""Factors of the tolerance of roads, tried until a map fits its budget."""

# In the order in which they depend on one another.
SCRIPTS = ("helpers", "drawing", "popups", "districts", "names", "lists", "panel", "print", "map")

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)


def render_map(view: MapView, *, budget_bytes: int = SIZE_BUDGET_BYTES) -> str:
    """Return the whole text of the map's file; the same view gives the same text.

    Where the text in UTF-8 would exceed its budget, roads are simplified more; where that is not
    enough, the smallest classes are left out, tracks first. The legend then says so.
    """
    return fitting_page(view, budget_bytes)[1]


class Text(folium.Element):
    """Text as it is: folium's own elements read theirs as templates."""

    _template = Template("{{ this.text }}")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class _Start(folium.MacroElement):
    """The call that draws the plan once the map is there."""

    _template = Template(
        """{% macro script(this, kwargs) %}
        drawPlan({{ this._parent.get_name() }});
        {% endmacro %}"""
    )

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # library without types


class PlanPage(folium.Figure):
    """The page around the map."""

    _template = Template(
        """<!DOCTYPE html>
<html lang="{{ this.language }}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ this.policy }}">
<meta name="generator" content="routeplan">
<meta name="referrer" content="no-referrer">
<meta name="format-detection" content="telephone=no">
<title>{{ this.title|e }}</title>
{{ this.header.render() }}
</head>
<body>
{{ this.html.render() }}
<script>
{{ this.script.render() }}
</script>
</body>
</html>
"""
    )
    policy = POLICY

    def __init__(self, title: str, language: str) -> None:
        super().__init__(title=title)
        self.language = language


def fitting_page(
    view: MapView, budget_bytes: int, make: type[PlanPage] = PlanPage, of: type[Any] = folium.Map
) -> tuple[PlanPage, str]:
    """Return a page around a map, with roads that fit the budget, and its text."""
    page, text = make(view.title, view.language), ""
    for roads, note in _fewer_roads(view):
        page = _page(replace(view, roads=roads), note, make, of)
        text = str(page.render())
        if len(text.encode()) <= budget_bytes:
            break
    return page, text


def _page(view: MapView, note: str, make: type[PlanPage], of: type[Any]) -> PlanPage:
    page = make(view.title, view.language)
    del page.header._children["meta_http"]  # noqa: SLF001  # the page has its own
    css, js = _leaflet()
    page.header.add_child(Text(f"<style>{css}</style>"), name="leaflet_css")
    page.header.add_child(Text(f"<script>{js}</script>"), name="leaflet_js")
    folium_map = of(
        tiles=None,
        zoom_control=False,
        attribution_control=False,
        zoom_snap=0.25,
        max_zoom=17,
    )
    # What they would have the browser fetch.
    folium_map.default_js, folium_map.default_css = [], []
    start = _Start()
    # Folium gives random names; the same view is to give the same text.
    folium_map._id, start._id = "district", "start"  # noqa: SLF001  # no other way
    folium_map.add_child(start)
    page.add_child(folium_map, name="district")
    scripts = [resource(f"{name}.js") for name in SCRIPTS]
    scripts.append(f"const pluralOf = {plural_script(view.language)};")
    page.script.add_child(Text("\n".join(scripts)), name="own_js")
    page.html.add_child(Text(_panel_html(view, note)), name="panel")
    page.header.add_child(Text(f"<style>{resource('map.css')}</style>"), name="own_css")
    return page


def _panel_html(view: MapView, note: str) -> str:
    payload = asdict(replace(view, roads=()))
    for tour in payload["tours"]:
        for leg in tour["legs"]:
            leg["line"] = encode_lines([leg.pop("points")])
    payload["roads"] = [
        {"rank": road.rank, "paved": road.paved, "line": encode_lines(road.lines)}
        for road in view.roads
    ]
    for road in payload["closed_roads"]:
        road["line"] = encode_lines(road.pop("lines"))
    for tour in payload["earlier"]:
        tour["line"] = encode_lines(tour.pop("lines"))
    for district in payload["districts"]:
        district["outline"] = encode_lines([district["outline"]])
    texts = page_texts(view.language)
    payload |= {"words": texts, "signs": number_signs(view.language)}
    payload["note"] = texts[note] if note else ""
    payload["is_straight"] = note == "no_roads"
    # Inside a script element only "<" has a meaning of its own.
    data = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return (
        '<aside id="panel"></aside>\n'
        f"<noscript>{texts['no_script']}</noscript>\n"
        f'<script type="application/json" id="plan">{data}</script>'
    )


def resource(name: str) -> str:
    """Return a text that is beside this module."""
    return (resources.files("routeplan.handouts") / name).read_text(encoding="utf-8")


def _leaflet() -> tuple[str, str]:
    """Return the style and the script of Leaflet, without all that a browser would fetch."""
    folder = Path(leaflet.BASE_DIR)
    css, js = (
        (folder / name).read_text(encoding="utf-8") for name in ("leaflet.css", "leaflet.js")
    )
    # A rule for browsers of the last century, which makes others look up a name.
    css = re.sub(r"\s*behavior: url\(#default#VML\);", "", css)
    # The library's own corner text links to a host and, in some versions, shows a flag.
    js = re.sub(r"""prefix:'<a href=.*?Leaflet</a>"\}""", 'prefix:"Leaflet"}', js)
    js = re.sub(r"//# sourceMappingURL=\S*", "", js)
    return re.sub(r"url\((images/[\w.-]+)\)", lambda found: f"url({data_url(found[1])})", css), js


def data_url(name: str) -> str:
    """Return a picture of Leaflet as an address that holds it."""
    image = base64.b64encode((Path(leaflet.BASE_DIR) / name).read_bytes()).decode()
    return f"data:image/png;base64,{image}"


def page_texts(language: Language) -> dict[str, str | dict[str, str]]:
    """Return the page's texts by key; a text that counts something has its plural forms by name."""
    return {**_plan_texts(language), **_panel_texts(language), **_legend_texts(language)}


def _plan_texts(language: Language) -> dict[str, str]:
    _ = translation(language).gettext
    return {
        "arrives": _("Arrives"),
        "starts": _("Starts"),
        "ends": _("Ends"),
        "rests": _("Rests"),
        "households": _("Households"),
        "of": _("{part} of {whole}"),
        "visit": _("Visit"),
        "visit_of": _("{visit} of {visits}, {reached} reached in all"),
        "reached": _("Reached"),
        "signed_before": _("Signed before"),
        "after_plan": _("After the plan"),
        "it_takes": _("What it would take"),
        "drive": _("Drive"),
        "distance": _("Distance"),
        "road": _("Road"),
        "state_paved": _("{km} paved"),
        "state_unpaved": _("{km} unpaved"),
        "state_track": _("{km} of track"),
        "drawn_straight": _("Drawn straight: its road is not known here."),
        "sleeping_place": _("Sleeping place"),
        "base": _("Base"),
        "night_in": _("Night in {place}"),
        "night_at_base": _("Night at the base"),
        "base_in": _("Base in {place}"),
        "leaves": _("Leaves {place}"),
        "work_starts": _("Work starts in {place}"),
        "announced": _("Announced"),
        "kept": _("kept"),
        "announced_today": _("This visit was announced for today."),
        "not_kept": _("Announced for this day, but not in the plan: {villages}"),
        "is_at": _("Arrives in {place}"),
        "doors": _("{doors} households"),
        "stays_put": _("Stays where it is"),
        "nobody_works": _("No crew is shown on this day."),
        "km": _("{km} km"),
        "minutes": _("{minutes} min"),
        "hours": _("{hours} h {minutes} min"),
        "metres": _("{n} m"),
        "why": _("Why"),
        "number": _("No."),
        "village": _("Village"),
        "stops": _("Stops"),
    }


def _panel_texts(language: Language) -> dict[str, str]:
    _ = translation(language).gettext
    return {
        "households_reached": _("households reached"),
        "of_all": _("of {n}"),
        "driven": _("driven"),
        "at_the_wheel": _("at the wheel"),
        "nights_out": _("nights out"),
        "all_days": _("All days"),
        "week": _("All"),
        "day": _("Day"),
        "day_before": _("Day before"),
        "day_after": _("Day after"),
        "crew": _("Crew"),
        "crews": _("Crews"),
        "all_crews": _("All crews"),
        "districts": _("Districts"),
        "all_districts": _("All districts"),
        "district_floor": _("At least to be reached"),
        "all_days_of": _("All days of {team}"),
        "show_day": _("Show this day"),
        "map_shows": _("What the map shows"),
        "mode_plan": _("Plan"),
        "mode_before": _("Before"),
        "mode_after": _("After"),
        "search": _("Find a village"),
        "villages": _("Villages"),
        "none_found": _("No village has such a name."),
        "villages_left_out": _("Villages left out"),
        "sleeping_places": _("Sleeping places"),
        "names": _("Names"),
        "roads": _("Roads"),
        "closed_roads": _("Roads not taken"),
        "earlier": _("Plan of before"),
        "left_out": _("Left out"),
        "reached_in_part": _("Reached in part"),
        "not_reached_title": _("Not reached"),
        "all_villages": _("All villages"),
        "before_after": _("before → after"),
        "details": _("Details"),
        "close": _("Close"),
        "panel": _("Plan and switches"),
        "map_of": _("Map: {title}"),
        "print": _("Print"),
        "zoom_in": _("Zoom in"),
        "zoom_out": _("Zoom out"),
        "show_all": _("Show all"),
        "credit": _("© OpenStreetMap contributors"),
        "no_script": _("This map is drawn by a script, which this browser does not run."),
    }


def _legend_texts(language: Language) -> dict[str, str | dict[str, str]]:
    _, ngettext = translation(language).gettext, translation(language).ngettext
    counts = {
        "not_reached": lambda n: ngettext(
            "{n} household not reached.", "{n} households not reached.", n
        ),
        "n_households": lambda n: ngettext("{n} household", "{n} households", n),
        "n_villages": lambda n: ngettext("{n} village", "{n} villages", n),
        "n_crews": lambda n: ngettext("{n} crew", "{n} crews", n),
        "n_stops": lambda n: ngettext("{n} stop", "{n} stops", n),
        "n_nights_out": lambda n: ngettext("{n} night out", "{n} nights out", n),
        "nights": lambda n: ngettext("{n} night", "{n} nights", n),
    }
    return {
        "legend": _("Legend"),
        "legend_stop": _("Stop, numbered in the order of the day"),
        "legend_drive": _("Drive; shade and strokes tell the day"),
        "legend_code": _("A2.1: crew A, day 2, stop 1"),
        "legend_straight": _("Drive whose road is not known here"),
        "legend_earlier": _("Plan of before, where it has changed or is done"),
        "legend_closed": _("Road not taken: closed, or too slow now"),
        "legend_all": _("Village, all households reached"),
        "legend_part": _("Reached in part"),
        "legend_none": _("Left out; a larger ring, more households"),
        "legend_district": _("District; the darker, the more of its households are reached"),
        "road_highway": _("Highway"),
        "road_district": _("District road"),
        "road_local": _("Local road"),
        "road_track": _("Track"),
        "not_paved": _("Not paved"),
        "north": _("N"),
        "north_up": _("North is up"),
        "share_before": _("Households that have signed, before the plan"),
        "share_after": _("Households that have signed or are reached, after the plan"),
        "share_none": _("none"),
        "share_all": _("all"),
        "ring_size": _("A larger ring, more households"),
        "coarse": _("Roads are drawn coarsely, so that this file stays small."),
        "no_roads": _("Drives are straight lines here: the roads are not known."),
        "fewer": _("The smallest roads are left out, so that this file stays small."),
        **{key: plural_forms(language, text) for key, text in counts.items()},
    }


def _is_straight(view: MapView) -> bool:
    """Return whether no road is known, and drives are drawn all the same."""
    legs = [leg for tour in view.tours for leg in tour.legs]
    return bool(legs) and not view.roads and not any(leg.traced for leg in legs)


def _fewer_roads(view: MapView) -> Iterator[tuple[tuple[RoadView, ...], str]]:
    """Yield the roads of a map, ever fewer, with the key of a text that says so."""
    roads = view.roads
    yield roads, "no_roads" if _is_straight(view) else ""
    box = road_box(view.bounds)
    for factor in COARSER:
        tolerance = factor * ROAD_TOLERANCE_METRES
        roads = tuple(replace(r, lines=simplify_lines(r.lines, tolerance, box)) for r in view.roads)
        yield roads, "coarse"
    while roads:
        roads = roads[:-1]
        yield roads, "fewer"


def encode_lines(lines: Sequence[Points]) -> dict[str, object]:
    """Write lines as Google's "encoded polyline": `steps`, one text, and the `counts` of points.

    Coordinates count in 0.00001 degrees; each is written as the step from the one before it, also
    from the end of one line to the begin of the next.
    """
    if not lines:
        return {"counts": [], "steps": ""}
    degrees = np.concatenate([np.array(line) for line in lines])
    whole = np.rint(degrees * 10**DECIMALS).astype(np.int64)
    steps = np.diff(whole, axis=0, prepend=[[0, 0]]).ravel()
    # The sign moves to the lowest bit, so that small steps either way have few digits.
    unsigned = np.where(steps < 0, ~(steps << 1), steps << 1)
    shifts = np.arange(0, 35, 5)
    rest = unsigned[:, None] >> shifts
    digits = (rest & 31) + 32 * ((rest >> 5) > 0) + 63
    text = digits[(rest > 0) | (shifts == 0)].astype(np.uint8).tobytes().decode("ascii")
    return {"counts": [len(line) for line in lines], "steps": text}
