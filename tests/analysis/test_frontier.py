"""What one more brings: never falling, and never outside what is proven."""

from __future__ import annotations

import itertools
import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeplan.analysis import trace_frontier, vary
from routeplan.audit import audit_plan
from routeplan.errors import InputError
from routeplan.planner import Options
from tests.bench.districts import make_district
from tests.helpers.small_problems import TINY, small_problem
from tests.oracles.brute_force import best_weighted

OPTIONS = Options(iterations=3)
AXES = {"crews": (1, 2), "days": (1, 2), "nights": (0, 1)}


@settings(max_examples=6)
@given(st.integers(0, 10_000))
def test_between_found_and_proven_lies_what_can_be_reached(seed: int) -> None:
    problem = small_problem(seed, TINY)
    frontier = trace_frontier(problem, AXES, OPTIONS)
    for at, plan in frontier.plans.items():
        varied = vary(problem, None, **dict(zip(AXES, map(int, at), strict=True)))
        most = best_weighted(varied)
        assert (plan is None) == (most is None)
        if plan is None or most is None:
            continue
        assert audit_plan(varied, plan) == ()
        assert plan.summary.weighted <= most + 1e-6
        bound = frontier.bounds[at]
        assert bound is not None
        assert most <= bound + 1e-6


@settings(max_examples=6)
@given(st.integers(0, 10_000))
def test_what_is_proven_of_a_step_holds_for_what_it_brings(seed: int) -> None:
    problem = small_problem(seed, TINY)
    for step in trace_frontier(problem, AXES, OPTIONS).steps().to_dict("records"):
        at = {name: int(step[name]) for name in AXES}
        before = best_weighted(vary(problem, None, **at))
        after = best_weighted(vary(problem, None, **{**at, step["of"]: int(step["to"])}))
        if before is None or after is None or math.isnan(step["most"]):
            continue
        assert step["least"] - 1e-6 <= after - before <= step["most"] + 1e-6


def test_neither_found_nor_proven_falls_where_there_is_more() -> None:
    # A short search on a district that it cannot prove: noise alone would let it fall.
    problem = make_district(20, 2, 3, 3, seed=5)
    axes = {"crews": (1, 2, 3), "drive_hours": (2, 4.5)}
    frontier = trace_frontier(problem, axes, Options(iterations=300))
    for one, other in itertools.permutations(frontier.plans, 2):
        if all(a <= b for a, b in zip(one, other, strict=True)):
            fewer, more = frontier.plans[one], frontier.plans[other]
            assert fewer is not None
            assert more is not None
            assert fewer.summary.weighted <= more.summary.weighted
            assert (frontier.bounds[one] or 0) <= (frontier.bounds[other] or 0)


def test_tables_have_a_row_a_cell_and_a_row_a_step() -> None:
    problem = make_district(3, 1, 2, 1, seed=1)
    frontier = trace_frontier(problem, {"days": (2, 1), "crews": [1, 2]}, OPTIONS)
    table, steps = frontier.table(), frontier.steps()
    assert list(table.columns) == [
        *("days", "crews", "households", "weighted", "objective", "upper_bound", "wheel_hours"),
        *("iterations", "stopped_by"),
    ]
    assert [tuple(row) for row in table[["days", "crews"]].to_numpy()] == [
        *((1, 1), (1, 2), (2, 1), (2, 2))
    ]
    assert list(steps["of"]) == ["days", "days", "crews", "crews"]
    first = steps.iloc[0]
    found = table["weighted"]
    assert (first.days, first.crews, first.to, first.found) == (1, 1, 2, found[2] - found[0])


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ({}, "axes: there are none"),
        ({"crew": [1]}, "did you mean 'crews'"),
        ({"crews": []}, "crews: has no values"),
        ({"crews": [0, 1]}, "crews: 0 is not a number of 1 or more"),
        ({"days": [1.5]}, "days: 1.5 is not a whole number"),
        ({"nights": [math.nan]}, "nights: nan is not a whole number"),
        ({"drive_hours": [math.inf]}, "drive_hours: inf is not a number of 0 or more"),
    ],
)
def test_axes_that_cannot_be_are_refused(axes: dict[str, list[float]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        trace_frontier(make_district(4, 1, 1, 0, seed=1), axes, OPTIONS)


def test_seeds_trace_frontiers_of_their_own_whose_best_plans_and_range_are_shown() -> None:
    problem, axes = make_district(20, 2, 3, 3, seed=5), {"crews": (1, 2), "days": (2, 3)}
    both = trace_frontier(problem, axes, Options(iterations=20, seed=4), seeds=2)
    alone = [trace_frontier(problem, axes, Options(iterations=20, seed=seed)) for seed in (4, 5)]
    single, table = [one.table() for one in alone], both.table()
    objectives = pd.DataFrame([one["objective"] for one in single])
    assert table["low"].tolist() == objectives.min().tolist()
    assert table["high"].tolist() == objectives.max().tolist()
    assert table["objective"].tolist() == table["high"].tolist()
    assert (table["low"] < table["high"]).any()
    assert (
        table["upper_bound"].tolist()
        == pd.DataFrame([one["upper_bound"] for one in single]).min().tolist()
    )
    step = both.steps().set_index("of").loc["crews"].iloc[0]
    before, then = (both.found[crews, 2.0] for crews in (1.0, 2.0))
    assert step["low"] == pytest.approx(min(then) - max(before))
    assert step["high"] == pytest.approx(max(then) - min(before))
    assert "low" not in single[0].columns


def test_no_seed_at_all_is_refused() -> None:
    with pytest.raises(InputError, match="seeds: 0 is not a number of 1 or more"):
        trace_frontier(make_district(3, 1, 1, 1, seed=3), {"days": (1,)}, OPTIONS, seeds=0)
