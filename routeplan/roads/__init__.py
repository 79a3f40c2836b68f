"""OpenStreetMap ways to speeds, with the reason for each, to travel times and traced legs.

::

    read_area ─► read_roads ─► build_graph ─► snap ─► travel_times, trace_legs ─► stretches_of,
                 read_speeds ──┤        └─► to_networkx                 notes_of, roads_not_taken
                 conditions_on ┘   (of dates, seasons and read_overrides)
"""

from routeplan.model.road_notes import (
    ClosedRoad,
    Detour,
    RoadLine,
    RoadNote,
    RoadPoint,
    Snap,
    SnapFailure,
)
from routeplan.roads.build import build_graph
from routeplan.roads.closures import roads_not_taken
from routeplan.roads.conditions import (
    Conditions,
    DayState,
    Effect,
    Override,
    check_known,
    conditions_on,
)
from routeplan.roads.explain import Stretch, notes_of, stretches_of
from routeplan.roads.extract import Extract, OsmPlace
from routeplan.roads.graph import RoadGraph
from routeplan.roads.graphml import from_networkx
from routeplan.roads.isochrones import isochrones, reached_roads
from routeplan.roads.judge import Cause, Kind, Verdict
from routeplan.roads.learn import Learned, Observation, learn, observe, with_learned
from routeplan.roads.overrides import read_overrides
from routeplan.roads.places import read_homes, read_places
from routeplan.roads.read import read_roads
from routeplan.roads.region import MARGIN_METRES, Region, around, box, read_area
from routeplan.roads.report import RoadReport, VehicleParts, report
from routeplan.roads.snap import snap
from routeplan.roads.sparse import SparseTimes
from routeplan.roads.speeds import SpeedTable, read_speeds, speeds_text
from routeplan.roads.trace import Leg, LegPart, trace, trace_legs
from routeplan.roads.travel import near_travel_times, travel_times

__all__ = [
    "MARGIN_METRES",
    "Cause",
    "ClosedRoad",
    "Conditions",
    "DayState",
    "Detour",
    "Effect",
    "Extract",
    "Kind",
    "Learned",
    "Leg",
    "LegPart",
    "Observation",
    "OsmPlace",
    "Override",
    "Region",
    "RoadGraph",
    "RoadLine",
    "RoadNote",
    "RoadPoint",
    "RoadReport",
    "Snap",
    "SnapFailure",
    "SparseTimes",
    "SpeedTable",
    "Stretch",
    "VehicleParts",
    "Verdict",
    "around",
    "box",
    "build_graph",
    "check_known",
    "conditions_on",
    "from_networkx",
    "isochrones",
    "learn",
    "near_travel_times",
    "notes_of",
    "observe",
    "reached_roads",
    "read_area",
    "read_homes",
    "read_overrides",
    "read_places",
    "read_roads",
    "read_speeds",
    "report",
    "roads_not_taken",
    "snap",
    "speeds_text",
    "stretches_of",
    "trace",
    "trace_legs",
    "travel_times",
    "with_learned",
]
