"""What people take away from a plan: so far the map.

A plan becomes plain values (`view`), and the values become a file (`map`); see there.
"""

from __future__ import annotations

from routeplan.handouts.map import SIZE_BUDGET_BYTES, render_map
from routeplan.handouts.states import ClosedRoad, LegNote, RoadStates
from routeplan.handouts.view import MapView, RoadLine, build_view, check_belongs

__all__ = [
    "SIZE_BUDGET_BYTES",
    "ClosedRoad",
    "LegNote",
    "MapView",
    "RoadLine",
    "RoadStates",
    "build_view",
    "check_belongs",
    "render_map",
]
