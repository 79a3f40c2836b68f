from .allocation import share_out
from .compare import (
    compare_plans,
    coverage_by_group,
    differences,
    gini,
    overlap,
)
from .country import Country, Floor, plan_country
from .frontier import Frontier, frontier_points, trace_frontier
from .joined import join, joined_villages
from .reach import day_reach, find_hosts, host_candidates, reach_by_way, with_host
from .robust import RobustPlan, plan_robustly
from .runner import Case, Runner
from .simulation import Simulation, compare_under_uncertainty, simulate
from .sweep import Sweep, read_sweep
from .uncertainty import Trials, Uncertainty, WhenLate
from .variants import Variant, vary

__all__ = [
    "Case",
    "Country",
    "Floor",
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
    "frontier_points",
    "gini",
    "host_candidates",
    "join",
    "joined_villages",
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
