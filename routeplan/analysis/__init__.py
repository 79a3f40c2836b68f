"""For analysts: plans side by side, what one more of anything brings, sweeps, whole countries."""

from __future__ import annotations

from routeplan.analysis.cells import Cell, Cells
from routeplan.analysis.compare import compare_plans
from routeplan.analysis.country import Country, join, plan_country, share_out
from routeplan.analysis.coverage import coverage, differences, overlap
from routeplan.analysis.frontier import Frontier, trace_frontier
from routeplan.analysis.sweepfile import District, Sweep, read_sweep
from routeplan.analysis.variants import Variant, vary

__all__ = [
    "Cell",
    "Cells",
    "Country",
    "District",
    "Frontier",
    "Sweep",
    "Variant",
    "compare_plans",
    "coverage",
    "differences",
    "join",
    "overlap",
    "plan_country",
    "read_sweep",
    "share_out",
    "trace_frontier",
    "vary",
]
