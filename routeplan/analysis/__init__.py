"""For analysts: compare plans, trace what more teams or days bring, sweep variants, plan countries.

`routeplan.analysis.frames` gives tables and layers of plans, and `routeplan.analysis.plots` draws
figures; neither is loaded with this package, since their libraries are heavy.
"""

from __future__ import annotations

from routeplan.analysis.compare import (
    compare_plans,
    coverage_by_group,
    differences,
    gini,
    overlap,
)
from routeplan.analysis.country import Country, plan_country, share_out
from routeplan.analysis.frontier import Frontier, trace_frontier
from routeplan.analysis.join import join
from routeplan.analysis.reach import day_reach, find_hosts, host_candidates, reach_by_way, with_host
from routeplan.analysis.robust import RobustPlan, plan_robustly
from routeplan.analysis.runner import Case, Runner
from routeplan.analysis.simulation import Simulation, compare_under_uncertainty, simulate
from routeplan.analysis.sweep import Sweep, read_sweep
from routeplan.analysis.uncertainty import Trials, Uncertainty, WhenLate
from routeplan.analysis.variants import Variant, vary

__all__ = [
    "Case",
    "Country",
    "Frontier",
    "RobustPlan",
    "Runner",
    "Simulation",
    "Sweep",
    "Trials",
    "Uncertainty",
    "Variant",
    "WhenLate",
    "compare_plans",
    "compare_under_uncertainty",
    "coverage_by_group",
    "day_reach",
    "differences",
    "find_hosts",
    "gini",
    "host_candidates",
    "join",
    "overlap",
    "plan_country",
    "plan_robustly",
    "reach_by_way",
    "read_sweep",
    "share_out",
    "simulate",
    "trace_frontier",
    "vary",
    "with_host",
]
