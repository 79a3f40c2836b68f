"""Why households are left out, and what it would take to reach them."""

from routeplan.planner.explain.explanation import explain

__all__ = ["explain"]
