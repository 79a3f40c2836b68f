"""Problem to plan: engines, timing, reasons. Knows no roads, maps or files."""

from routeplan.planner.engine import Options, Progress


__all__ = ["ENGINES", "Options", "Progress", "solve"]
