"""What people take away from a plan: maps, sheets of paper, files for phones.

A plan becomes plain values (`view`), and the values become files (`map`, `sheets` …), in the
language that is told; see there.
"""

from __future__ import annotations

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
from routeplan.handouts.values import MapView, NeedLine, RoadGap, RoadLine, RoadState, Telling
from routeplan.handouts.view import build_view

__all__ = [
    "SIZE_BUDGET_BYTES",
    "ClosedRoad",
    "Code",
    "Ground",
    "Kit",
    "LegNote",
    "MapView",
    "NeedLine",
    "Portion",
    "RoadGap",
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
