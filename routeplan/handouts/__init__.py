"""What people take away from a plan: so far the map.

A plan becomes plain values (`view`), and the values become a file (`map`); see there.
"""

from __future__ import annotations

from routeplan.handouts.codes import Code, codes_from_json, codes_to_json, draw_codes
from routeplan.handouts.map import SIZE_BUDGET_BYTES, render_map
from routeplan.handouts.portion import Portion, crew_day, find_tour, renamed
from routeplan.handouts.values import Ground
from routeplan.handouts.view import MapView, RoadLine, build_view, check_belongs

__all__ = [
    "SIZE_BUDGET_BYTES",
    "Code",
    "Ground",
    "MapView",
    "Portion",
    "RoadLine",
    "build_view",
    "check_belongs",
    "codes_from_json",
    "codes_to_json",
    "crew_day",
    "draw_codes",
    "find_tour",
    "renamed",
    "render_map",
]
