from .codes import PlaceCode, assign_codes, codes_from_json, codes_to_json
from .earlier import EarlierTour
from .folium_map import PlanMap, framed, pair_page, plan_map_of
from .fonts import unprintable_names
from .labels import safe_filename
from .map import SIZE_BUDGET_BYTES, render_map
from .map_view import MapData, MapView, RoadState
from .references import check_references
from .sheets import Selection, render_sheets
from .team_days import TeamDay, day_files, make_handouts, rename_places, team_day
from .view_builder import build_view

__all__ = [
    "SIZE_BUDGET_BYTES",
    "EarlierTour",
    "MapData",
    "MapView",
    "PlaceCode",
    "PlanMap",
    "RoadState",
    "Selection",
    "TeamDay",
    "assign_codes",
    "build_view",
    "check_references",
    "codes_from_json",
    "codes_to_json",
    "day_files",
    "framed",
    "make_handouts",
    "pair_page",
    "plan_map_of",
    "rename_places",
    "render_map",
    "render_sheets",
    "safe_filename",
    "team_day",
    "unprintable_names",
]
