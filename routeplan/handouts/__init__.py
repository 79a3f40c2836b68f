"""What people take away from a plan: maps, sheets of paper, files for phones.

A plan becomes plain values (`view`), and the values become files (`map`, `sheets` …), in the
language that is told; see there.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routeplan.handouts.belonging import check_belongs
    from routeplan.handouts.codes import Code, codes_from_json, codes_to_json, draw_codes
    from routeplan.handouts.dayfiles import day_files
    from routeplan.handouts.ground import Ground
    from routeplan.handouts.kit import Kit, make_handouts
    from routeplan.handouts.map import SIZE_BUDGET_BYTES, render_map
    from routeplan.handouts.naming import safe_name
    from routeplan.handouts.portion import Portion, crew_day, renamed
    from routeplan.handouts.sheets import Wanted, render_sheets
    from routeplan.handouts.states import ClosedRoad, LegNote, closed_road_views, note_text
    from routeplan.handouts.values import MapView, RoadLine, RoadState, Telling
    from routeplan.handouts.view import build_view

__all__ = [
    "SIZE_BUDGET_BYTES",
    "ClosedRoad",
    "Code",
    "Ground",
    "Kit",
    "LegNote",
    "MapView",
    "Portion",
    "RoadLine",
    "RoadState",
    "Telling",
    "Wanted",
    "build_view",
    "check_belongs",
    "closed_road_views",
    "codes_from_json",
    "codes_to_json",
    "crew_day",
    "day_files",
    "draw_codes",
    "make_handouts",
    "note_text",
    "renamed",
    "render_map",
    "render_sheets",
    "safe_name",
]

# Where names are defined. They are loaded when they are asked for: libraries that draw pages and
# sheets take longer to load than a small district takes to plan.
_HOMES = {
    "ClosedRoad": "states",
    "Code": "codes",
    "Ground": "ground",
    "Kit": "kit",
    "LegNote": "states",
    "MapView": "values",
    "Portion": "portion",
    "RoadLine": "values",
    "RoadState": "values",
    "SIZE_BUDGET_BYTES": "map",
    "Telling": "values",
    "Wanted": "sheets",
    "build_view": "view",
    "check_belongs": "belonging",
    "closed_road_views": "states",
    "codes_from_json": "codes",
    "codes_to_json": "codes",
    "crew_day": "portion",
    "day_files": "dayfiles",
    "draw_codes": "codes",
    "make_handouts": "kit",
    "note_text": "states",
    "renamed": "portion",
    "render_map": "map",
    "render_sheets": "sheets",
    "safe_name": "naming",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
