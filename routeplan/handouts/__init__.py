"""What people take away from a plan: so far the map.

A plan becomes plain values (`view`), and the values become a file (`map`), in the language that is
told; see there.
"""

from __future__ import annotations

from routeplan.handouts.belonging import check_belongs
from routeplan.handouts.map import SIZE_BUDGET_BYTES, render_map
from routeplan.handouts.values import MapView, NeedLine, RoadGap, RoadLine, RoadState, Telling
from routeplan.handouts.view import build_view

__all__ = [
    "SIZE_BUDGET_BYTES",
    "MapView",
    "NeedLine",
    "RoadGap",
    "RoadLine",
    "RoadState",
    "Telling",
    "build_view",
    "check_belongs",
    "render_map",
]
