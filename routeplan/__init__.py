"""Plan multi-day door-to-door tours over OpenStreetMap roads, offline.

Examples
--------
>>> import routeplan as rp
>>> scenario = rp.read_scenario("data/demo/scenario.toml")      # doctest: +SKIP
>>> prepared = rp.prepare(scenario)                             # doctest: +SKIP
>>> plan = rp.plan_tours(prepared, rp.Options(seconds=10))      # doctest: +SKIP
>>> rp.audit_plan(prepared.problem, plan)                            # doctest: +SKIP
()
>>> rp.draw_map(prepared, plan).save("outputs/map.html")        # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

# Where each public name lives; loaded when it is first asked for, so that importing is quick.
_HOMES = {
    "AuditError": "errors",
    "Explanation": "planner",
    "InputError": "errors",
    "MapPage": "campaign",
    "Options": "planner",
    "Pins": "planner",
    "Plan": "plan",
    "PlanError": "errors",
    "Prepared": "campaign",
    "Problem": "problem",
    "Progress": "planner",
    "RoadError": "errors",
    "RouteplanError": "errors",
    "Scenario": "scenario",
    "audit_plan": "audit",
    "compare_plans": "analysis",
    "draw_map": "campaign",
    "explain": "planner",
    "plan_from_json": "formats",
    "plan_to_json": "formats",
    "plan_tours": "campaign",
    "prepare": "campaign",
    "problem_from_json": "formats",
    "problem_to_json": "formats",
    "read_scenario": "scenario",
    "run": "campaign",
    "solve": "planner",
}

if TYPE_CHECKING:
    from routeplan.analysis import compare_plans
    from routeplan.audit import audit_plan
    from routeplan.campaign import MapPage, Prepared, draw_map, plan_tours, prepare, run
    from routeplan.errors import AuditError, InputError, PlanError, RoadError, RouteplanError
    from routeplan.formats import (
        plan_from_json,
        plan_to_json,
        problem_from_json,
        problem_to_json,
    )
    from routeplan.plan import Plan
    from routeplan.planner import Explanation, Options, Pins, Progress, explain, solve
    from routeplan.problem import Problem
    from routeplan.scenario import Scenario, read_scenario

__all__ = [
    "AuditError",
    "Explanation",
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
    "Scenario",
    "__version__",
    "audit_plan",
    "compare_plans",
    "draw_map",
    "explain",
    "plan_from_json",
    "plan_to_json",
    "plan_tours",
    "prepare",
    "problem_from_json",
    "problem_to_json",
    "read_scenario",
    "run",
    "solve",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
