"""OpenStreetMap ways to speeds, with the reason for each, to travel times and traced legs.

::

    read_area ─► read_roads ─► build_graph ─► snap ─► travel_times, trace_legs ─► stretches_of,
                 read_speeds ──┤        └─► to_networkx                 notes_of, roads_not_taken
                 conditions_on ┘   (of dates, seasons and read_overrides)
"""

from routeplan.roads.build import build_graph
from routeplan.roads.closures import Detour, RoadNotTaken, roads_not_taken
from routeplan.roads.conditions import (
    Conditions,
    DayState,
    Effect,
    Override,
    conditions_on,
    validate_conditions,
)
from routeplan.roads.explain import RoadNote, road_notes, summarize_parts
from routeplan.roads.extract import Extract, OsmPlace
from routeplan.roads.graph import Line, RoadGraph
from routeplan.roads.graphml import from_networkx
from routeplan.roads.isochrones import isochrones, reachable_roads
from routeplan.roads.edge_speed import EdgeSpeed, LimitingFactor, SpeedProfile
from routeplan.roads.learn import Observation, SpeedCorrection, learn, observe, with_learned
from routeplan.roads.overrides import read_overrides
from routeplan.roads.places import read_homes, read_places
from routeplan.roads.read import read_roads
from routeplan.roads.region import MARGIN_METRES, Region, bounding_box, buffer_around, read_area
from routeplan.roads.report import RoadReport, VehicleParts, report
from routeplan.roads.snap import RoadPoint, Snap, SnapFailure, snap
from routeplan.roads.sparse import SparseTravelTimes
from routeplan.roads.speeds import SpeedTable, read_speeds, speeds_text
from routeplan.roads.trace import Leg, LegPart, trace, trace_legs
from routeplan.roads.travel import sparse_travel_times, travel_times

__all__ = [
    "MARGIN_METRES",
    "Conditions",
    "DayState",
    "Detour",
    "EdgeSpeed",
    "Effect",
    "Extract",
    "Leg",
    "LegPart",
    "LimitingFactor",
    "Line",
    "Observation",
    "OsmPlace",
    "Override",
    "Region",
    "RoadGraph",
    "RoadNotTaken",
    "RoadNote",
    "RoadPoint",
    "RoadReport",
    "Snap",
    "SnapFailure",
    "SparseTravelTimes",
    "SpeedCorrection",
    "SpeedProfile",
    "SpeedTable",
    "VehicleParts",
    "bounding_box",
    "buffer_around",
    "build_graph",
    "conditions_on",
    "from_networkx",
    "isochrones",
    "learn",
    "observe",
    "reachable_roads",
    "read_area",
    "read_homes",
    "read_overrides",
    "read_places",
    "read_roads",
    "read_speeds",
    "report",
    "road_notes",
    "roads_not_taken",
    "snap",
    "sparse_travel_times",
    "speeds_text",
    "summarize_parts",
    "trace",
    "trace_legs",
    "travel_times",
    "validate_conditions",
    "with_learned",
]
