"""OpenStreetMap ways to speeds, with the reason for each, to travel times and traced legs.

::

    read_roads ─► build_graph ─► snap ─► travel_times, trace_legs
    read_speeds ──┘
"""

from routeplan.roads.build import build_graph
from routeplan.roads.extract import Extract, OsmPlace
from routeplan.roads.graph import Line, RoadGraph
from routeplan.roads.judge import Kind, Verdict
from routeplan.roads.places import read_homes, read_places
from routeplan.roads.read import read_roads
from routeplan.roads.report import RoadReport, VehicleParts, report
from routeplan.roads.snap import RoadPoint, Snap, Trouble, snap
from routeplan.roads.speeds import SpeedTable, read_speeds
from routeplan.roads.trace import Leg, LegPart, trace, trace_legs
from routeplan.roads.travel import travel_times

__all__ = [
    "Extract",
    "Kind",
    "Leg",
    "LegPart",
    "Line",
    "OsmPlace",
    "RoadGraph",
    "RoadPoint",
    "RoadReport",
    "Snap",
    "SpeedTable",
    "Trouble",
    "VehicleParts",
    "Verdict",
    "build_graph",
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
