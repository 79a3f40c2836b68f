"""What people take away from a plan: maps, sheets of paper, files for phones, a workbook, layers.

`build_view` works out what is shown of a plan as plain values, in one language; all other modules
write these values as files.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routeplan.handouts.folder import make_handouts
    from routeplan.handouts.labels import safe_filename
    from routeplan.handouts.map import SIZE_BUDGET_BYTES, render_map
    from routeplan.handouts.map_view import MapData, MapView, RoadState
    from routeplan.handouts.sheets import Selection, render_sheets
    from routeplan.handouts.team_days import (
        PlaceCode,
        TeamDay,
        assign_codes,
        codes_from_json,
        codes_to_json,
        day_files,
        rename_places,
        team_day,
    )
    from routeplan.handouts.view_builder import build_view, check_references

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

# Names are loaded on first use: libraries that draw pages and sheets load slowly.
_MODULES = {
    "folder": ["make_handouts"],
    "labels": ["safe_filename"],
    "map": ["SIZE_BUDGET_BYTES", "render_map"],
    "map_view": ["MapData", "MapView", "RoadState"],
    "sheets": ["Selection", "render_sheets"],
    "view_builder": ["build_view", "check_references"],
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_MODULE_OF.get(name, 'team_days')}")
    return getattr(module, name)
