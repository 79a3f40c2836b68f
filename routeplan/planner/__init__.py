"""Problem to plan: engines, timing, reasons. Knows no roads, maps or files."""

from routeplan.planner.engine import Options, Progress
from routeplan.planner.explain import (
    Explanation,
    Forced,
    beds_in_reach,
    day_trips,
    days_in_reach,
    explain,
    why_no_visit,
)
from routeplan.planner.pins import PinConflict, Pins, find_village, parse_pins
from routeplan.planner.pins.checks import check_pins, timed_days
from routeplan.planner.solver import ENGINES, find_engine, mended_figures, solve, transferred

__all__ = [
    "ENGINES",
    "Explanation",
    "Forced",
    "Options",
    "PinConflict",
    "Pins",
    "Progress",
    "beds_in_reach",
    "check_pins",
    "day_trips",
    "days_in_reach",
    "explain",
    "find_engine",
    "find_village",
    "mended_figures",
    "parse_pins",
    "solve",
    "timed_days",
    "transferred",
    "why_no_visit",
]
