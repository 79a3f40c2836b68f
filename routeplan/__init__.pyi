from .analysis import (
    Case,
    Country,
    Frontier,
    Runner,
    Sweep,
    Variant,
    compare_plans,
    coverage_by_group,
    day_reach,
    differences,
    find_hosts,
    host_candidates,
    overlap,
    plan_country,
    reach_by_way,
    read_sweep,
    trace_frontier,
    vary,
    with_host,
)
from .analysis.frames import (
    frame_isochrones,
    frame_left_out,
    frame_legs,
    frame_stops,
    frame_tours,
    frame_villages,
)
from .analysis.plots import (
    draw_comparison,
    draw_country,
    draw_differences,
    draw_frontier,
    draw_progress,
    draw_reach,
)
from .audit import audit_plan
from .errors import AuditError, InputError, PlanError, RoadError, RouteplanError
from .formats import plan_from_json, plan_to_json, problem_from_json, problem_to_json
from .model.plan import Plan
from .model.problem import Problem
from .planner import Explanation, Options, Pins, Progress, solve
from .planner.explain import explain
from .scenario import Scenario, read_scenario
from .workflow.draw import MapPage, draw_map
from .workflow.prepare import Prepared, plan_tours, prepare
from .workflow.run import run

__version__: str

__all__ = [
    "AuditError",
    "Case",
    "Country",
    "Explanation",
    "Frontier",
    "InputError",
    "MapPage",
    "Options",
    "Pins",
    "Plan",
    "PlanError",
    "Prepared",
    "Problem",
    "Progress",
    "RoadError",
    "RouteplanError",
    "Runner",
    "Scenario",
    "Sweep",
    "Variant",
    "__version__",
    "audit_plan",
    "compare_plans",
    "coverage_by_group",
    "day_reach",
    "differences",
    "draw_comparison",
    "draw_country",
    "draw_differences",
    "draw_frontier",
    "draw_map",
    "draw_progress",
    "draw_reach",
    "explain",
    "find_hosts",
    "frame_isochrones",
    "frame_left_out",
    "frame_legs",
    "frame_stops",
    "frame_tours",
    "frame_villages",
    "host_candidates",
    "overlap",
    "plan_country",
    "plan_from_json",
    "plan_to_json",
    "plan_tours",
    "prepare",
    "problem_from_json",
    "problem_to_json",
    "reach_by_way",
    "read_scenario",
    "read_sweep",
    "run",
    "solve",
    "trace_frontier",
    "vary",
    "with_host",
]
