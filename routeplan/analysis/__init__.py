"""For analysts: plans side by side, what one more of anything brings, sweeps, whole countries."""

from __future__ import annotations

from routeplan.analysis.compare import compare_plans
from routeplan.analysis.country import Country, join, plan_country, share_out
from routeplan.analysis.frontier import Frontier, trace_frontier
from routeplan.analysis.hosts import find_hosts, host_candidates, with_host
from routeplan.analysis.reach import day_reach, reach_by_way
from routeplan.analysis.reached import coverage_by_group, differences, overlap
from routeplan.analysis.runner import Case, Runner
from routeplan.analysis.sweepfile import District, Sweep, read_sweep
from routeplan.analysis.variants import Variant, vary

__all__ = [
    "Case",
    "Country",
    "District",
    "Frontier",
    "Runner",
    "Sweep",
    "Variant",
    "compare_plans",
    "coverage_by_group",
    "day_reach",
    "differences",
    "find_hosts",
    "host_candidates",
    "join",
    "overlap",
    "plan_country",
    "reach_by_way",
    "read_sweep",
    "share_out",
    "trace_frontier",
    "vary",
    "with_host",
]
