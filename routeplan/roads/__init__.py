"""OpenStreetMap ways to edge speeds, with the reason for each, to travel times and traced legs.

::

    read_area ─► read_roads ─► build_graph ─► snap ─► travel_times, trace_legs ─► road_notes,
                 read_speeds ──┤        └─► to_networkx                 roads_not_taken
                 conditions_on ┘   (of dates, seasons and read_overrides)
"""

from routeplan.model.road_notes import ClosedRoad, OsmPlace, RoadPoint, Snap, SnapFailure
from routeplan.roads.areas import read_area
from routeplan.roads.build import build_graph
from routeplan.roads.closures import read_overrides, roads_not_taken
from routeplan.roads.conditions import (
    Conditions,
    DayState,
    Effect,
    Override,
    conditions_on,
    validate_conditions,
)
from routeplan.roads.edge_speed import EdgeSpeed, LimitingFactor, SpeedProfile, SpeedTable
from routeplan.roads.extract import Extract, Region, bounding_box, buffer_around
from routeplan.roads.graph import RoadGraph, RoadReport, report
from routeplan.roads.graphml import from_networkx
from routeplan.roads.legs import (
    Leg,
    LegPart,
    Observation,
    SpeedCorrection,
    learn,
    road_notes,
    summarize_parts,
    trace_legs,
)
from routeplan.roads.osm import read_roads
from routeplan.roads.places import read_homes, read_places
from routeplan.roads.reasons import shown_reason
from routeplan.roads.snap import snap
from routeplan.roads.speeds import read_speeds, speeds_text, with_learned
from routeplan.roads.travel import isochrones, reachable_roads, travel_times

__all__ = [
    "ClosedRoad",
    "Conditions",
    "DayState",
    "EdgeSpeed",
    "Effect",
    "Extract",
    "Leg",
    "LegPart",
    "LimitingFactor",
    "Observation",
    "OsmPlace",
    "Override",
    "Region",
    "RoadGraph",
    "RoadPoint",
    "RoadReport",
    "Snap",
    "SnapFailure",
    "SpeedCorrection",
    "SpeedProfile",
    "SpeedTable",
    "bounding_box",
    "buffer_around",
    "build_graph",
    "conditions_on",
    "from_networkx",
    "isochrones",
    "learn",
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
    "shown_reason",
    "snap",
    "speeds_text",
    "summarize_parts",
    "trace_legs",
    "travel_times",
    "validate_conditions",
    "with_learned",
]
