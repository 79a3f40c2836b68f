"""The public instances are read as they stand, and plans for them stay below what is known."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from routeplan.audit import audit_plan
from routeplan.formats import problem_from_json, problem_to_json
from routeplan.model.problem import Sleep, Team, Window
from routeplan.planner import Options, solve
from tests.bench import published
from tests.bench.instances import BENCH, Instance, read_ophs, read_top, spread
from tests.bench.published import Run

if TYPE_CHECKING:
    from pathlib import Path

needs_bench = pytest.mark.skipif(not BENCH.is_dir(), reason="needs the instances in ../shared")

TOP_TEXT = "n 4\nm 2\ntmax 7.5\n0.0\t0.0\t0\n3.0\t4.0\t20\n1.0\t1.0\t0\n0.0\t-2.5\t0\n"
OPHS_TEXT = """\
3\t1\t2
10
5.0001\t4.25\t

0\t0\t0
6\t0\t0
3\t4\t0
3\t4\t7
---------
"""


@cache
def top() -> dict[str, Instance]:
    return {instance.name: instance for instance in read_top()}


@cache
def ophs() -> dict[str, Instance]:
    return {instance.name: instance for instance in read_ophs()}


@pytest.fixture
def top_folder(tmp_path: Path) -> Path:
    (tmp_path / "p0.txt").write_text(TOP_TEXT)
    (tmp_path / "best_known.csv").write_text("instance,n,m,tmax,bks\np0,4,2,7.5,0\n")
    return tmp_path


@pytest.fixture
def ophs_folder(tmp_path: Path) -> Path:
    (tmp_path / "small.ophs").write_text(OPHS_TEXT)
    table = "instance,n,m,tmax,bks,upper_bound,source\nsmall.ophs,3,2,10,,7,computed: a, b\n"
    (tmp_path / "upper_bounds.csv").write_text(table)
    return tmp_path


def test_a_team_orienteering_file_becomes_one_day_of_alike_teams(top_folder: Path) -> None:
    """First and last point are the teams' ends; lengths are times 10 000, rounded up."""
    (instance,) = read_top(top_folder)
    problem = instance.problem
    assert (instance.best, instance.upper_bound) == (0, None)
    assert problem.teams == (Team("t0", "h0", "h1", "car"), Team("t1", "h0", "h1", "car"))
    assert [day.work for day in problem.days] == [Window(0, 75_000)]
    assert [(v.place, v.households, v.partial) for v in problem.villages] == [
        ("v0", 20, False),
        ("v1", 0, False),
    ]
    # By hand: 5; √2 = 1.41421…; 2.5; from (3, 4) to (0, -2.5) √51.25 = 7.15891….
    assert problem.travel["car"].seconds.tolist() == [
        [0, 25_000, 50_000, 14_143],
        [25_000, 0, 71_590, 36_401],
        [50_000, 71_590, 0, 36_056],
        [14_143, 36_401, 36_056, 0],
    ]
    assert [problem.index[name] for name in ("h0", "h1", "v0", "v1")] == [0, 1, 2, 3]


def test_a_hotel_file_becomes_a_day_for_each_trip_and_a_bed_in_each_hotel(
    ophs_folder: Path,
) -> None:
    """The rule of dashes is no point; a trip's length is not rounded."""
    (instance,) = read_ophs(ophs_folder)
    problem = instance.problem
    assert (instance.name, instance.best, instance.upper_bound) == ("small", None, 7)
    assert problem.sleeps == (Sleep("h0"), Sleep("h1"), Sleep("h2"))
    assert problem.teams == (Team("t0", "h0", "h1", "car"),)
    assert [day.work for day in problem.days] == [Window(0, 5_000_100), Window(0, 4_250_000)]
    assert [(v.place, v.households, v.partial) for v in problem.villages] == [("v0", 7, False)]
    assert problem.travel["car"].seconds[0].tolist() == [0, 6_000_000, 5_000_000, 5_000_000]


def test_more_points_than_the_head_says_are_refused(top_folder: Path) -> None:
    (top_folder / "p0.txt").write_text(TOP_TEXT + "9.0\t9.0\t5\n")
    with pytest.raises(ValueError, match="5 points, its head says 4"):
        read_top(top_folder)


def test_fewer_lengths_than_trips_are_refused(ophs_folder: Path) -> None:
    (ophs_folder / "small.ophs").write_text(OPHS_TEXT.replace("\t4.25", ""))
    with pytest.raises(ValueError, match="1 lengths for 2 trips"):
        read_ophs(ophs_folder)


@needs_bench
def test_all_team_orienteering_instances_are_read() -> None:
    assert len(top()) == 227
    assert {name[:4] for name in top()} >= {"p4.2", "p4.4", "p7.2", "p7.4"}
    assert all(instance.best is not None for instance in top().values())


@needs_bench
def test_where_no_team_gets_to_its_end_nothing_is_known_to_be_reached() -> None:
    """Those have no plan, so the benchmark may leave out the instances with a best of 0."""
    for instance in top().values():
        problem = instance.problem
        direct = problem.travel["car"].seconds[problem.index["h0"], problem.index["h1"]]
        assert direct <= problem.days[0].work.end or instance.best == 0


@needs_bench
def test_all_hotel_instances_are_read() -> None:
    """Every known best value is one that the upper bound allows."""
    assert set(ophs()) == {path.stem for path in (BENCH / "ophs").glob("*/*.ophs")}
    assert any(instance.best is not None for instance in ophs().values())
    for instance in ophs().values():
        assert instance.upper_bound is not None
        assert (instance.best or 0) <= instance.upper_bound


@needs_bench
def test_instances_are_problems_that_a_file_can_hold() -> None:
    for instance in [*spread(list(top().values()), 5), *spread(list(ophs().values()), 5)]:
        assert problem_from_json(problem_to_json(instance.problem)) == instance.problem


@needs_bench
def test_one_small_instance_of_each_kind_stands_as_its_file_says() -> None:
    small = top()["p1.2.b"].problem
    assert (len(small.villages), len(small.teams), len(small.sleeps)) == (30, 2, 0)
    assert small.days[0].work == Window(0, 50_000)
    hotels = ophs()["T1-65-1-2"].problem
    assert (len(hotels.villages), len(hotels.teams), len(hotels.sleeps)) == (30, 1, 3)
    assert len(hotels.days) == 2


@needs_bench
@pytest.mark.parametrize("name", ["p1.2.h", "p2.3.k"])
def test_a_plan_for_team_orienteering_does_not_beat_the_best_known(name: str) -> None:
    instance = top()[name]
    plan = solve(instance.problem, Options(iterations=5))
    assert audit_plan(instance.problem, plan) == ()
    assert instance.best is not None
    assert 0 < plan.summary.households <= instance.best


@needs_bench
@pytest.mark.parametrize("name", ["T1-65-1-2", "64-45-2-3"])
def test_a_plan_with_hotels_does_not_beat_the_upper_bound(name: str) -> None:
    instance = ophs()[name]
    plan = solve(instance.problem, Options(iterations=5))
    assert audit_plan(instance.problem, plan) == ()
    assert instance.upper_bound is not None
    assert 0 < plan.summary.households <= instance.upper_bound


def test_a_spread_takes_even_steps_and_all_where_there_is_no_limit(top_folder: Path) -> None:
    instances = read_top(top_folder) * 7
    assert len(spread(instances, None)) == 7
    assert len(spread(instances, 3)) == 3
    assert len(spread(instances, 9)) == 7


def run(instance: Instance, households: int, bound: float, engine: str = "columns") -> Run:
    return Run(instance, engine, households, bound, 1.0)


def test_gaps_are_to_the_best_known_and_no_more_than_is_proved(top_folder: Path) -> None:
    """A published score that limits as printed do not allow is no reference."""
    (read,) = read_top(top_folder)
    instance = replace(read, best=20)
    key = instance.group, instance.name
    assert published.best_known(instance, {}) == 20
    longer = published.kept({}, [run(instance, 15, 21.5)])
    assert published.best_known(instance, longer) == 20
    proved = published.kept(longer, [run(instance, 14, 15.9)])
    assert proved[key][:2] == (15, 15.9)
    assert published.best_known(instance, proved) == 15
    better = published.kept(longer, [run(instance, 25, 30.0)])
    assert better[key][:2] == (25, 21.5)
    assert published.best_known(instance, better) == 25


def test_the_longest_runs_are_read_as_they_were_written(tmp_path: Path, top_folder: Path) -> None:
    (instance,) = read_top(top_folder)
    path = tmp_path / "longest.csv"
    assert published.read_longest(path) == {}
    known = published.kept({}, [run(instance, 15, 20.25), run(instance, 7, math.inf, "routing")])
    published.write_longest(known, path)
    assert published.read_longest(path) == known


def test_a_table_has_a_row_for_each_group_and_engine_and_one_for_all_of_a_kind(
    top_folder: Path,
) -> None:
    (read,) = read_top(top_folder)
    one, two = (replace(read, group=f"TOP {n}", name=f"p{n}", best=100) for n in (1, 2))
    runs = [run(one, 100, 100.0), run(one, 90, math.inf, "routing"), run(two, 98, 101.0)]
    rows = published.table(runs, {})
    assert [row[:2] for row in rows] == [
        ["TOP 1", "columns"],
        ["TOP 1", "routing"],
        ["TOP 2", "columns"],
        ["TOP, all", "columns"],
        ["TOP, all", "routing"],
    ]
    assert rows[3][2:] == ["2", "1", "1.000", "2.00", "p2", "1", "1.0"]
    assert rows[1][2:] == ["1", "0", "10.000", "10.00", "p1", "0", "1.0"]
    single = published.table(runs[:1], {})
    assert [row[0] for row in single] == ["TOP 1"]
