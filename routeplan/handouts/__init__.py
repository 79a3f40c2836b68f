"""What people take away from a plan: maps, sheets of paper, files for phones.

A plan becomes plain values (`view`), and the values become files (`map`, `sheets` …), in the
language that is told; see there.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routeplan.handouts.belonging import check_references
    from routeplan.handouts.codes import PlaceCode, assign_codes, codes_from_json, codes_to_json
    from routeplan.handouts.dayfiles import day_files
    from routeplan.handouts.folder import make_handouts
    from routeplan.handouts.map import SIZE_BUDGET_BYTES, render_map
    from routeplan.handouts.map_view import MapData, MapView, RoadState
    from routeplan.handouts.naming import safe_filename
    from routeplan.handouts.sheets import Selection, render_sheets
    from routeplan.handouts.team_days import TeamDay, rename_places, team_day
    from routeplan.handouts.view_builder import build_view

__all__ = [
    "SIZE_BUDGET_BYTES",
    "MapData",
    "MapView",
    "PlaceCode",
    "RoadState",
    "Selection",
    "TeamDay",
    "assign_codes",
    "build_view",
    "check_references",
    "codes_from_json",
    "codes_to_json",
    "day_files",
    "make_handouts",
    "rename_places",
    "render_map",
    "render_sheets",
    "safe_filename",
    "team_day",
]

# Where names are defined. They are loaded when they are asked for: libraries that draw pages and
# sheets take longer to load than a small district takes to plan.
_HOMES = {
    "PlaceCode": "codes",
    "MapData": "values",
    "MapView": "values",
    "TeamDay": "portion",
    "RoadState": "values",
    "SIZE_BUDGET_BYTES": "map",
    "Selection": "sheets",
    "build_view": "view",
    "check_references": "belonging",
    "codes_from_json": "codes",
    "codes_to_json": "codes",
    "team_day": "portion",
    "day_files": "dayfiles",
    "assign_codes": "codes",
    "make_handouts": "kit",
    "rename_places": "portion",
    "render_map": "map",
    "render_sheets": "sheets",
    "safe_filename": "naming",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
