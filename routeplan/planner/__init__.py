"""Problem to plan: engines, timing, reasons. Knows no roads, maps or files."""

from routeplan.planner.engine import Options, Progress
from routeplan.planner.explain.daytrips import day_trips
from routeplan.planner.explain.explanation import Explanation, Forced, explain, needs_of
from routeplan.planner.explain.needs import Need, NeedKind
from routeplan.planner.explain.reasons import why_no_visit
from routeplan.planner.pins.naming import find_village, read_pins
from routeplan.planner.pins.pins import Pins, check_pins
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
