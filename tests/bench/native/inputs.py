"""Instances to time on: a problem, roads between its places, and thresholds of pricing.

All are made by this checkout, and read by both.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from routeplan.formats import problem_to_json
from routeplan.roads import build_graph, read_roads, read_speeds, snap
from routeplan.roads.network import build_network
from routeplan.workflow import prepare as campaign
from tests.bench.district import SHAPES
from tests.bench.districts import make_district
from tests.bench.extracts import make_country
from tests.bench.native.work import Input, Priced

if TYPE_CHECKING:
    from routeplan.model.problem import Problem

__all__ = ["INSTANCES", "make_inputs"]

DEMO = Path(__file__).parents[3] / "data" / "demo"
INSTANCES = {"demo": 60_000, "80": 60_000, "1000": 24_000}
"""By name, the demo's or the number of villages of a district: rounds of ruin and recreate."""
# Priced with the prizes of so many seeds each.
SEEDS = 3
# As the certificate does: routes that bring less than the best by this share are not wanted.
BELOW_BEST = 0.001


def make_inputs(name: str, folder: Path) -> Path:
    """Make an instance's files; return the path of the one that names its facts."""
    facts = folder / f"{name}.json"
    if name == "demo":
        extract, problem = DEMO / "steppe.osm.pbf", campaign.prepare(DEMO / "scenario.toml").problem
    else:
        problem = make_district(int(name), *SHAPES[int(name)], seed=1)
        extract = folder / f"{name}.osm.pbf"
        make_country(extract, list(problem.places), share=0.0)
    _keep_roads(problem, extract, facts.with_suffix(".npz"))
    facts.with_suffix(".problem").write_text(problem_to_json(problem), encoding="utf-8")
    _write(facts, {"rounds": INSTANCES[name]})
    given = Input(facts)
    thresholds = [_threshold(Priced(given, seed)) for seed in range(SEEDS)]
    _write(facts, {"rounds": INSTANCES[name], "thresholds": thresholds})
    return facts


def _write(path: Path, facts: dict[str, object]) -> None:
    path.write_text(json.dumps(facts), encoding="utf-8")


def _keep_roads(problem: Problem, extract: Path, path: Path) -> None:
    """Write the roads' graph, joined to the places of a problem."""
    graph = build_graph(read_roads(extract), read_speeds())
    vehicle = next(iter(problem.travel))
    network = build_network(graph, vehicle, snap(graph, vehicle, list(problem.places)))
    matrix = network.matrix
    np.savez(
        path,
        data=matrix.data,
        indices=matrix.indices,
        indptr=matrix.indptr,
        millimetres=network.millimetres,
        nodes=network.place_node[network.place_node >= 0],
        arrivals=network.arrival_node[network.place_node >= 0],
    )


def _threshold(day: Priced) -> float:
    """Return a little less than what the best route brings."""
    best = 0.0
    for route in day.routes():
        best = max(best, sum(float(day.prizes[v]) * n for v, n in route.visits))
    # Routes of heuristic pricing may not be the best, but make it easier to bound that.
    return (1 - BELOW_BEST) * float(day.price((1 - BELOW_BEST) * best).max())
