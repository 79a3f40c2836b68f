"""Problem to plan: engines, timing, reasons. Knows no roads, maps or files."""

from routeplan.planner.engine import Options, Progress
from routeplan.planner.explain.daytrips import day_trips
from routeplan.planner.explain.explanation import Explanation, Forced, explain
from routeplan.planner.explain.reasons import why_no_visit
from routeplan.planner.pins.naming import find_village, read_pins
from routeplan.planner.pins.pins import PinConflict, Pins, check_pins
from routeplan.planner.solver import ENGINES, find_engine, solve

__all__ = [
    "ENGINES",
    "Explanation",
    "Forced",
    "Options",
    "PinConflict",
    "Pins",
    "Progress",
    "check_pins",
    "day_trips",
    "explain",
    "find_engine",
    "find_village",
    "read_pins",
    "solve",
    "why_no_visit",
]
