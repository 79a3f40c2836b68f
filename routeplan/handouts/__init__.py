"""What people take away from a plan: so far the map.

A plan becomes plain values (`view`), and the values become a file (`map`); see there.
"""

from __future__ import annotations

from routeplan.handouts.belonging import check_belongs
from routeplan.handouts.codes import Code, codes_from_json, codes_to_json, draw_codes
from routeplan.handouts.dayfiles import day_files
from routeplan.handouts.ground import Ground
from routeplan.handouts.map import SIZE_BUDGET_BYTES, render_map
from routeplan.handouts.portion import Portion, crew_day, find_tour, renamed
from routeplan.handouts.values import MapView, NeedLine, RoadLine, RoadState, Telling
from routeplan.handouts.view import build_view

__all__ = [
    "SIZE_BUDGET_BYTES",
    "Code",
    "Ground",
    "MapView",
    "NeedLine",
    "Portion",
    "RoadLine",
    "RoadState",
    "Telling",
    "build_view",
    "check_belongs",
    "codes_from_json",
    "codes_to_json",
    "crew_day",
    "day_files",
    "draw_codes",
    "find_tour",
    "renamed",
    "render_map",
]
