"""OpenStreetMap ways to speeds, with the reason for each, to travel times and traced legs.

::

    read_area ─► read_roads ─► build_graph ─► snap ─► travel_times, trace_legs
                 read_speeds ──┘        └─► to_networkx
"""

from routeplan.roads.build import build_graph
from routeplan.roads.extract import Extract, OsmPlace
from routeplan.roads.graph import Line, RoadGraph
from routeplan.roads.graphml import from_networkx
from routeplan.roads.judge import Kind, Verdict
from routeplan.roads.places import read_homes, read_places
from routeplan.roads.read import read_roads
from routeplan.roads.region import MARGIN_METRES, Region, around, box, read_area
from routeplan.roads.report import RoadReport, VehicleParts, report
from routeplan.roads.snap import RoadPoint, Snap, Trouble, snap
from routeplan.roads.sparse import SparseTimes
from routeplan.roads.speeds import SpeedTable, read_speeds
from routeplan.roads.trace import Leg, LegPart, trace, trace_legs
from routeplan.roads.travel import near_travel_times, travel_times

__all__ = [
    "MARGIN_METRES",
    "Extract",
    "Kind",
    "Leg",
    "LegPart",
    "Line",
    "OsmPlace",
    "Region",
    "RoadGraph",
    "RoadPoint",
    "RoadReport",
    "Snap",
    "SparseTimes",
    "SpeedTable",
    "Trouble",
    "VehicleParts",
    "Verdict",
    "around",
    "box",
    "build_graph",
    "from_networkx",
    "near_travel_times",
    "read_area",
    "read_homes",
    "read_places",
    "read_roads",
    "read_speeds",
    "report",
    "snap",
    "trace",
    "trace_legs",
    "travel_times",
]
