"""Why households are left out, and what it would take to reach them."""

from routeplan.planner.explain.explanation import Explanation, Forced, explain
from routeplan.planner.explain.reasons import day_trips, why_no_visit

__all__ = ["Explanation", "Forced", "day_trips", "explain", "why_no_visit"]
