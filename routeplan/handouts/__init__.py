"""What people take away from a plan: the map, and sheets of paper.

A plan becomes plain values (`view`), and the values become files (`map`, `sheets`), in the language
that is told; see there.
"""

from __future__ import annotations

from routeplan.handouts.belonging import check_belongs
from routeplan.handouts.map import SIZE_BUDGET_BYTES, render_map
from routeplan.handouts.sheets import Wanted, render_sheets
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
    "Wanted",
    "build_view",
    "check_belongs",
    "render_map",
    "render_sheets",
]
