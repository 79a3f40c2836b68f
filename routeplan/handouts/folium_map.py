"""The map as a folium map, to which layers of one's own are added, and two maps in one page.

Whatever layers of folium would have the browser fetch is in the page, replaced by what is
(`folium.js`), or refused.
"""

from __future__ import annotations

import html
import json
import os
import re
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, cast

import folium
from branca.colormap import ColorMap
from folium.template import Template

from routeplan.errors import Faults
from routeplan.files import write_whole
from routeplan.handouts.map import (
    POLICY,
    SIZE_BUDGET_BYTES,
    PlanPage,
    Text,
    data_url,
    fitting_page,
    resource,
)
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from branca.element import Element

    from routeplan.handouts.map_view import MapView
    from routeplan.language import Language

MARKER_IMAGES = {
    "iconUrl": "marker-icon.png",
    "iconRetinaUrl": "marker-icon-2x.png",
    "shadowUrl": "marker-shadow.png",
}

# Tags with what a browser fetches: of scripts and of style sheets.
_FETCHED = re.compile(
    r"""<script[^>]*\ssrc=["']((?:https?:)?//[^"']+)["'][^>]*>\s*</script>"""
    r"""|<link[^>]*\shref=["']((?:https?:)?//[^"']+)["'][^>]*/?>""",
    re.IGNORECASE,
)
# Libraries that are not needed, since the page has what layers take from them.
_REPLACED = re.compile(r"jquery|/d3[./]|d3\.min\.js|bootstrap|awesome", re.IGNORECASE)


class PlanMap(folium.Map):
    """The map of a plan: layers of folium are added to it as to any map.

    Made by `routeplan.plan_map`. It needs no network, in a file and in a notebook. Layers that
    would fetch something are refused when the map is written or shown.

    Examples
    --------
    >>> import folium
    >>> page = plan_map(problem, plan)
    >>> _ = folium.CircleMarker([48.5, 67.4], radius=9, tooltip="Market").add_to(page)
    >>> page.save(folder / "map.html")
    """

    def __repr__(self) -> str:
        return f"<PlanMap with {len(self._children) - 1} layers of one's own>"

    @property
    def html(self) -> str:
        """The whole page.

        Raises
        ------
        InputError
            With every layer that would fetch something.
        """
        return str(self.get_root().render())

    def save(self, outfile: object, close_file: bool = True, **kwargs: object) -> None:  # noqa: FBT001, FBT002  # as folium has it
        """Write the page into a file, whole or not at all."""
        del close_file, kwargs
        path = os.fsdecode(outfile)  # type: ignore[arg-type]  # a path
        write_whole({Path(path): self.html})

    def _repr_html_(self, **kwargs: object) -> str:
        del kwargs
        return framed(self.html)


class _OpenPage(PlanPage):
    """The page around a map with layers of one's own."""

    def render(self, **kwargs: object) -> str:
        """Return the page; InputError names every layer that would fetch something."""
        faults = Faults()
        for element in _elements(self):
            if isinstance(element, ColorMap):
                element._template = _LEGEND  # noqa: SLF001  # its own draws with a library that is fetched
            tiles = getattr(element, "tiles", None) or getattr(element, "url", None)
            if isinstance(tiles, str) and re.match("(?:https?:)?//", tiles):
                hint = _("leave it out: the map has roads of its own")
                faults.add(type(element).__name__, _("would fetch {address}", address=tiles), hint)
        parts = (self.header, self.html, self.script)
        before = [dict(part._children) for part in parts]  # noqa: SLF001  # no other way
        page = _FETCHED.sub(_without_replaced, str(super().render(**kwargs)))
        # Layers write themselves into these anew, in their order, whenever the page is rendered.
        for part, children in zip(parts, before, strict=True):
            part._children = OrderedDict(children)  # noqa: SLF001  # as above
        for found in _FETCHED.finditer(page):
            address = found[1] or found[2]
            hint = _("leave out the layer that needs it, or add its text to the page's header")
            faults.add(
                address.rpartition("/")[2], _("would fetch {address}", address=address), hint
            )
        faults.raise_any()
        return page


# A legend of colours, as branca draws it for notebooks.
_LEGEND = Template(
    """{% macro script(this, kwargs) %}
    var {{ this.get_name() }} = L.control({position: "bottomright"});
    {{ this.get_name() }}.onAdd = () => {
      const box = el("div.colours", {});
      box.innerHTML = {{ this._repr_html_()|tojson }};
      const picture = box.querySelector("svg");
      const size = ["width", "height"].map((side) => picture.getAttribute(side));
      picture.setAttribute("viewBox", `0 0 ${size.join(" ")}`);
      return box;
    };
    {{ this.get_name() }}.addTo(map_district);
    {% endmacro %}"""
)


def _elements(element: Element) -> Iterator[Element]:
    """Yield all elements under one."""
    for child in element._children.values():  # noqa: SLF001  # no other way
        yield child
        yield from _elements(child)
        # Choropleths keep theirs until they are drawn.
        colours = getattr(child, "color_scale", None)
        if colours is not None:
            yield colours


def _without_replaced(found: re.Match[str]) -> str:
    return "" if _REPLACED.search(found[1] or found[2]) else found[0]


def plan_map_of(view: MapView, *, budget_bytes: int = SIZE_BUDGET_BYTES) -> PlanMap:
    """Return the map of a view, to which layers can be added; its roads fit the budget."""
    page, _text = fitting_page(view, budget_bytes, _OpenPage, PlanMap)
    images = {key: data_url(f"images/{name}") for key, name in MARKER_IMAGES.items()}
    script = resource("folium.js").replace("MARKER_IMAGES", json.dumps(images))
    page.header.add_child(Text(f"<script>{script}</script>"), name="folium_js")
    return cast("PlanMap", page._children["district"])  # noqa: SLF001  # as it is named


def framed(page: str, title: str = "Map", height: str = "600px") -> str:
    """Return a frame with a page, whose scripts run but cannot reach what is around it."""
    style = f"box-sizing:border-box;width:100%;height:{height};border:1px solid #ccc"
    text, name = html.escape(page), html.escape(title)
    return (
        f'<iframe title="{name}" srcdoc="{text}" style="{style}" sandbox="allow-scripts"></iframe>'
    )


def pair_page(pages: Sequence[str], titles: Sequence[str], language: Language = "en") -> str:
    """Return a page with two maps that move together, beside each other or, on a phone, below."""
    frames = "\n".join(
        f"<section><h1>{html.escape(title)}</h1>{framed(_followed(page), title or 'Map', '100%')}"
        "</section>"
        for page, title in zip(pages, titles, strict=True)
    )
    return f"""<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="generator" content="routeplan">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(" | ".join(filter(None, titles)) or "routeplan")}</title>
<style>{_PAIR_STYLE}</style>
</head>
<body>
{frames}
<script>{_PAIR_SCRIPT}</script>
</body>
</html>
"""


_PAIR_STYLE = """
html, body { height: 100%; margin: 0; background: #f6f2e8; color: #2b2a27; }
body { display: grid; grid-template-columns: 1fr 1fr; gap: 6px; font-family: system-ui, "Segoe UI",
  Roboto, "Noto Sans", "Liberation Sans", "DejaVu Sans", sans-serif; }
section { display: flex; flex-direction: column; min-width: 0; min-height: 0; }
h1 { margin: 6px 10px; font-size: 16px; font-weight: 650; }
h1:empty { display: none; }
iframe { flex: 1 1 0; }
@media (max-width: 720px) { body { grid-template-columns: 1fr; grid-template-rows: 1fr 1fr; } }
"""

# Where one map looks, the other does.
_PAIR_SCRIPT = """
const frames = [...document.querySelectorAll("iframe")].map((frame) => frame.contentWindow);
addEventListener("message", ({ data, source }) => {
  if (!frames.includes(source)) return;
  for (const other of frames) if (other !== source) other.postMessage(data, "*");
});
"""

_FOLLOWING = """<script>
addEventListener("load", () => {
  let follows = false;
  const map = map_district;
  map.on("moveend", () => {
    const { lat, lng } = map.getCenter();
    if (!follows) parent.postMessage({ centre: [lat, lng], zoom: map.getZoom() }, "*");
  });
  addEventListener("message", ({ data, source }) => {
    if (source !== parent) return;
    follows = true;
    map.setView(data.centre, data.zoom, { animate: false });
    follows = false;
  });
});
</script>
"""


def _followed(page: str) -> str:
    """Return a page whose map says where it looks, and looks where it is told."""
    start, end, rest = page.rpartition("</body>")
    return f"{start}{_FOLLOWING}{end}{rest}"
