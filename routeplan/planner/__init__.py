"""Problem to plan: engines, timing, reasons. Knows no roads, maps or files."""

from routeplan.planner.daytrips import day_trips
from routeplan.planner.engine import Options, Progress
from routeplan.planner.explanation import Explanation, Forced, explain, needs_of
from routeplan.planner.naming import find_village, read_pins
from routeplan.planner.needs import Need, NeedKind
from routeplan.planner.pins import Pins, check_pins
from routeplan.planner.reasons import why_no_visit
from routeplan.planner.solver import ENGINES, find_engine, solve

__all__ = [
    "ENGINES",
    "Explanation",
    "Forced",
    "Need",
    "NeedKind",
    "Options",
    "Pins",
    "Progress",
    "check_pins",
    "day_trips",
    "explain",
    "find_engine",
    "find_village",
    "needs_of",
    "read_pins",
    "solve",
    "why_no_visit",
]
