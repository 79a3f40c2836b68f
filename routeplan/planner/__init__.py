"""Problem to plan: engines, timing, reasons. Knows no roads, maps or files."""

from routeplan.planner.engine import Options, Progress
from routeplan.planner.solver import ENGINES, find_engine, solve

__all__ = ["ENGINES", "Options", "Progress", "find_engine", "solve"]
