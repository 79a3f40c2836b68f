"""The map: one HTML file that opens with the network cable out.

Folium makes the page and its Leaflet map. Everything that folium would have the reader's browser
fetch is either in the file (Leaflet, out of the package XStatic-Leaflet) or not there at all, and
a content security policy forbids the page to ask for anything. What is drawn goes into the page as
one block of JSON, with all words in its language; the scripts beside this module draw it, `map.css`
says how it looks.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import asdict, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import folium
from folium.template import Template
from xstatic.pkg import leaflet

from routeplan.handouts.geometry import encode_lines, simplify_lines
from routeplan.handouts.texts import page_texts
from routeplan.handouts.view_builder import ROAD_TOLERANCE_METRES, road_margin
from routeplan.language import number_signs, plural_script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from routeplan.handouts.map_view import MapView, RoadView

__all__ = ["SIZE_BUDGET_BYTES", "render_map"]

SIZE_BUDGET_BYTES = 2_000_000
"""No map is larger, whatever the roads, as long as the plan alone is not.

As much is some half a million points of roads: a cheap phone draws them anew in two seconds.
"""

# By how much the roads get coarser, step by step, until the map fits its budget.
COARSER = (2, 4, 8, 16)

# In the order in which they name one another.
SCRIPTS = (
    *("helpers", "drawing", "popups", "names"),
    *("lists", "panel", "print", "map"),
)

E = TypeVar("E", bound=folium.Element)

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)


def render_map(view: MapView, *, budget_bytes: int = SIZE_BUDGET_BYTES) -> str:
    """Return the whole text of the map's file; the same view gives the same text.

    Where the roads would make it larger than its budget, they are drawn coarser; where that is not
    enough, the smallest are left out, tracks first. The legend then says so.

    Parameters
    ----------
    view
        What it shows.
    budget_bytes
        The most that the text, in UTF-8, may take.
    """
    page = ""
    for roads, note in _ever_fewer_roads(view):
        page = _page(replace(view, roads=roads), note)
        if len(page.encode()) <= budget_bytes:
            break
    return page


def _ever_fewer_roads(view: MapView) -> Iterator[tuple[tuple[RoadView, ...], str]]:
    roads = view.roads
    yield roads, ""
    box = road_margin(view.bounds)
    for factor in COARSER:
        tolerance = factor * ROAD_TOLERANCE_METRES
        roads = tuple(replace(r, lines=simplify_lines(r.lines, tolerance, box)) for r in view.roads)
        yield roads, "coarse"
    while roads:
        roads = roads[:-1]
        yield roads, "fewer"


class _Map(folium.Map):
    """A folium map that loads nothing."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012  # as folium declares them
    default_css: list[tuple[str, str]] = []  # noqa: RUF012


class _Text(folium.Element):
    """Text as it is: folium's own elements read theirs as templates."""

    _template = Template("{{ this.text }}")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class _Start(folium.MacroElement):
    """Draws the plan once the map is there."""

    _template = Template(
        """{% macro script(this, kwargs) %}
        drawPlan({{ this._parent.get_name() }});
        {% endmacro %}"""
    )

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]


class _Page(folium.Figure):
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


def _page(view: MapView, note: str) -> str:
    page = _Page(view.title, view.language)
    del page.header._children["meta_http"]  # noqa: SLF001  # the page has its own
    page.header.add_child(_Text(f"<style>{_leaflet_css()}</style>"), name="leaflet_css")
    page.header.add_child(_Text(f"<script>{_leaflet_js()}</script>"), name="leaflet_js")
    district = _named(
        _Map(
            tiles=None,
            prefer_canvas=True,
            zoom_control=False,
            attribution_control=False,
            zoom_snap=0.25,
            max_zoom=17,
        ),
        "district",
    )
    district.add_child(_named(_Start(), "start"))
    page.add_child(district)
    scripts = [_own(f"{name}.js") for name in SCRIPTS]
    scripts.append(f"const pluralOf = {plural_script(view.language)};")
    page.script.add_child(_Text("\n".join(scripts)), name="own_js")
    page.html.add_child(_Text(_panel_html(view, note)), name="panel")
    page.header.add_child(_Text(f"<style>{_own('map.css')}</style>"), name="own_css")
    return str(page.render())


def _named(element: E, name: str) -> E:
    # Folium gives random names, and no two texts would be alike.
    element._id = name  # noqa: SLF001
    return element


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
    words = page_texts(view.language)
    payload |= {"words": words, "signs": number_signs(view.language)}
    payload["note"] = words[note] if note else ""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    # Inside a script element nothing but "<" has a meaning of its own.
    data = text.replace("<", "\\u003c")
    return (
        '<aside id="panel"></aside>\n'
        f"<noscript>{words['no_script']}</noscript>\n"
        f'<script type="application/json" id="plan">{data}</script>'
    )


def _own(name: str) -> str:
    return (resources.files("routeplan.handouts") / name).read_text(encoding="utf-8")


def _leaflet_js() -> str:
    text = (Path(leaflet.BASE_DIR) / "leaflet.js").read_text(encoding="utf-8")
    # The library's own corner text links to a host and, in some versions, shows a flag.
    text = re.sub(r"""prefix:'<a href=.*?Leaflet</a>"\}""", 'prefix:"Leaflet"}', text)
    return re.sub(r"//# sourceMappingURL=\S*", "", text)


def _leaflet_css() -> str:
    folder = Path(leaflet.BASE_DIR)
    text = (folder / "leaflet.css").read_text(encoding="utf-8")
    # For browsers of the last century, and a lookup of a name for all others.
    text = re.sub(r"\s*behavior: url\(#default#VML\);", "", text)
    return re.sub(r"url\((images/[\w.-]+)\)", lambda found: _data_url(folder / found[1]), text)


def _data_url(image: Path) -> str:
    return f"url(data:image/png;base64,{base64.b64encode(image.read_bytes()).decode()})"
