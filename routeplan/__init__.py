"""Plan multi-day door-to-door tours over OpenStreetMap roads, offline.

Examples
--------
The examples of all docstrings go on from these lines.

>>> import routeplan as rp
>>> scenario = rp.read_scenario("data/demo/scenario.toml")
>>> prepared = rp.prepare(scenario)
>>> problem = prepared.problem
>>> plan = rp.plan_tours(prepared, rp.Options(iterations=5, bound=False))
>>> rp.audit_plan(problem, plan)
()
>>> rp.draw_map(prepared, plan).save(folder / "map.html")
"""

import sys

# `python -m routeplan` has Python look for modules in the current folder first, where tables lie
# that others sent. Nothing but what is built in may be imported before this: not `__future__`.
if (
    sys.argv[:1] == ["-m"]
    and not sys.flags.safe_path
    and " ".join(sys.orig_argv).partition(" -m")[2].lstrip().startswith(__name__)
):
    del sys.path[0]

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

# Where each public name lives; loaded when it is first asked for, so that importing is quick.
_HOMES = {
    "AuditError": "errors",
    "Case": "analysis",
    "Country": "analysis",
    "Explanation": "planner",
    "Frontier": "analysis",
    "InputError": "errors",
    "MapPage": "workflow.draw",
    "Options": "planner",
    "Pins": "planner",
    "Plan": "model.plan",
    "PlanError": "errors",
    "Prepared": "workflow.prepare",
    "Problem": "model.problem",
    "Progress": "planner",
    "RoadError": "errors",
    "RouteplanError": "errors",
    "Runner": "analysis",
    "Scenario": "scenario",
    "Sweep": "analysis",
    "Variant": "analysis",
    "audit_plan": "audit",
    "compare_plans": "analysis",
    "coverage_by_group": "analysis",
    "day_reach": "analysis",
    "differences": "analysis",
    "draw_comparison": "analysis.plots",
    "draw_country": "analysis.plots",
    "draw_differences": "analysis.plots",
    "draw_frontier": "analysis.plots",
    "draw_map": "workflow.draw",
    "draw_progress": "analysis.plots",
    "draw_reach": "analysis.plots",
    "explain": "planner",
    "find_hosts": "analysis",
    "frame_isochrones": "analysis.frames",
    "frame_left_out": "analysis.frames",
    "frame_legs": "analysis.frames",
    "frame_stops": "analysis.frames",
    "frame_tours": "analysis.frames",
    "frame_villages": "analysis.frames",
    "host_candidates": "analysis",
    "overlap": "analysis",
    "plan_country": "analysis",
    "plan_from_json": "formats",
    "plan_to_json": "formats",
    "plan_tours": "workflow.prepare",
    "prepare": "workflow.prepare",
    "problem_from_json": "formats",
    "problem_to_json": "formats",
    "reach_by_way": "analysis",
    "read_scenario": "scenario",
    "read_sweep": "analysis",
    "run": "workflow.prepare",
    "solve": "planner",
    "trace_frontier": "analysis",
    "vary": "analysis",
    "with_host": "analysis",
}

if TYPE_CHECKING:
    from routeplan.analysis import (
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
    from routeplan.analysis.frames import (
        frame_isochrones,
        frame_left_out,
        frame_legs,
        frame_stops,
        frame_tours,
        frame_villages,
    )
    from routeplan.analysis.plots import (
        draw_comparison,
        draw_country,
        draw_differences,
        draw_frontier,
        draw_progress,
        draw_reach,
    )
    from routeplan.audit import audit_plan
    from routeplan.errors import AuditError, InputError, PlanError, RoadError, RouteplanError
    from routeplan.formats import plan_from_json, plan_to_json, problem_from_json, problem_to_json
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.planner import Explanation, Options, Pins, Progress, solve
    from routeplan.planner.explain import explain
    from routeplan.scenario import Scenario, read_scenario
    from routeplan.workflow.draw import MapPage, draw_map
    from routeplan.workflow.prepare import Prepared, plan_tours, prepare, run

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


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
