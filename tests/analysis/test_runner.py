"""Cells are planned once, kept whole, and survive the loss of what plans them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from routeplan.analysis import Case, Runner, Variant, pools, trace_frontier, vary
from routeplan.analysis.runner import Job
from routeplan.audit import audit_plan
from routeplan.planner import Options
from tests.bench.districts import make_district
from tests.helpers.toy import toy_problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from routeplan.model.plan import Plan

OPTIONS = Options(iterations=5)


def six() -> list[Case]:
    """Return small cells, all different."""
    problem = make_district(3, 2, 2, 1, seed=1)
    return [
        Case(vary(problem, Variant(crews=crews, days=days)), OPTIONS)
        for crews in (1, 2, 3)
        for days in (1, 2)
    ]


def alike(plans: list[Plan | None]) -> list[object]:
    """Return plans without how long they took."""
    return [plan and (plan.tours, plan.left_out, plan.summary) for plan in plans]


@pytest.fixture(scope="module")
def alone() -> list[object]:
    """Return what one process finds."""
    return alike(Runner(workers=0).plan(six()))


def test_plans_come_in_the_order_of_the_cells_and_keep_the_rules() -> None:
    for cell, plan in zip(six(), Runner(workers=0).plan(six()), strict=True):
        assert plan is not None
        assert audit_plan(cell.problem, plan) == ()


def test_a_second_run_plans_nothing(
    tmp_path: Path, alone: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert alike(Runner(tmp_path, workers=0).plan(six())) == alone
    monkeypatch.setattr(pools, "plan_task", lambda _: pytest.fail("planned again"))
    seen: list[tuple[int, int]] = []
    again = Runner(tmp_path, workers=0, report=lambda *counts: seen.append(counts))
    assert alike(again.plan(six())) == alone
    assert seen == [(6, 6)]


def test_a_run_that_was_cut_short_goes_on_where_it_stopped(tmp_path: Path) -> None:
    Runner(tmp_path, workers=0).plan(six()[:4])
    seen: list[tuple[int, int]] = []
    Runner(tmp_path, workers=0, report=lambda *counts: seen.append(counts)).plan(six())
    assert seen == [(4, 6), (5, 6), (6, 6)]


def test_a_spoilt_file_is_planned_anew(tmp_path: Path, alone: list[object]) -> None:
    Runner(tmp_path, workers=0).plan(six()[:2])
    first, second = sorted(tmp_path.iterdir())
    whole = first.read_bytes()
    first.write_bytes(whole[: len(whole) // 2])
    second.write_text("[]")
    assert alike(Runner(tmp_path, workers=0).plan(six()[:2])) == alone[:2]


def test_other_options_another_start_or_another_problem_make_another_cell(tmp_path: Path) -> None:
    first = six()[0]
    (plan,) = Runner(tmp_path, workers=0).plan([first])
    others = [
        Case(first.problem, Options(iterations=5, seed=2)),
        Case(first.problem, OPTIONS, plan),
        Case(first.problem.replace(name="another"), OPTIONS),
    ]
    Runner(tmp_path, workers=0).plan(others)
    assert len(list(tmp_path.iterdir())) == 4


def test_what_is_required_and_cannot_be_is_none_and_kept_too(tmp_path: Path) -> None:
    toy = toy_problem()
    villages = tuple(replace(v, required=v.place == "isle") for v in toy.villages)
    cell = Case(toy.replace(villages=villages), OPTIONS)
    for _ in range(2):
        assert Runner(tmp_path, workers=0).plan([cell]) == [None]
    assert len(list(tmp_path.iterdir())) == 1


def test_processes_find_what_one_finds_also_when_one_is_killed(
    tmp_path: Path, alone: list[object]
) -> None:
    seen: list[int] = []

    def kill_one(done: int, _: int) -> None:
        if done == 1 and not seen:
            child = next(iter(_workers()))
            os.kill(child, signal.SIGKILL)
        seen.append(done)

    assert alike(Runner(tmp_path, workers=1, report=kill_one).plan(six())) == alone
    assert seen[-1] == 6


def _workers() -> list[int]:
    return [child.pid for child in multiprocessing.active_children() if child.pid is not None]


def test_a_cluster_finds_what_one_process_finds_also_when_a_worker_is_killed(
    tmp_path: Path, alone: list[object]
) -> None:
    distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed")
    killed: list[int] = []
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=None,
        worker_dashboard_address=None,
    ) as cluster:

        def kill_one(done: int, _: int) -> None:
            if done == 2 and not killed:
                killed.append(next(iter(cluster.workers.values())).pid)
                os.kill(killed[0], signal.SIGKILL)

        made = Runner(tmp_path, scheduler=cluster.scheduler_address, report=kill_one)
        assert alike(made.plan(six())) == alone
    assert killed
    assert len(list(tmp_path.iterdir())) == 6


def test_a_job_is_posed_with_the_plans_of_those_before_it_and_equal_ones_are_planned_once(
    tmp_path: Path,
) -> None:
    problem = make_district(3, 2, 2, 1, seed=1)
    posed: list[int] = []

    def pose(crews: int, before: Sequence[Plan | None]) -> Case:
        posed.append(crews)
        assert all(plan is not None for plan in before)
        start = before[0] if before else None
        return Case(problem, OPTIONS, start, Variant(crews=crews))

    jobs = {
        "last": Job(("first", "same"), partial(pose, 2)),
        "first": Job((), partial(pose, 1)),
        "same": Job((), partial(pose, 1)),
    }
    plans = Runner(tmp_path, workers=1).plan_jobs(jobs)
    assert posed == [1, 1, 2]
    assert plans["first"] == plans["same"] != plans["last"]
    assert len(list(tmp_path.iterdir())) == 2


def test_a_variant_is_planned_as_the_problem_that_it_stands_for() -> None:
    problem, variant = make_district(3, 2, 2, 1, seed=1), Variant(crews=1, drive_factor=1.5)
    whole, varied = Runner(workers=0).plan(
        [Case(vary(problem, variant), OPTIONS), Case(problem, OPTIONS, variant=variant)]
    )
    assert whole is not None
    assert varied is not None
    assert varied.problem_sha256 == whole.problem_sha256
    assert alike([varied]) == alike([whole])


def test_all_levels_of_a_frontier_are_planned_by_one_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    pool = Runner.pool

    def counted(self: Runner, cases: int) -> pools.Pool:
        made.append(cases)
        return pool(self, cases)

    monkeypatch.setattr(Runner, "pool", counted)
    problem = make_district(3, 2, 2, 1, seed=1)
    axes = {"crews": (1, 2, 3), "days": (1, 2)}
    trace_frontier(problem, axes, OPTIONS, runner=Runner(workers=1))
    assert made == [6]


def test_ctrl_c_ends_processes_at_once_and_keeps_what_is_done(tmp_path: Path) -> None:
    # One crew for so many villages: nothing is proved in a second.
    district = make_district(60, 1, 5, 8, seed=2)
    slow = [Case(district, Options(seconds=900, seed=n)) for n in range(2)]
    began = time.monotonic()
    notes: list[str] = []

    def interrupt_after_the_first(done: int, _: int) -> None:
        if done == 1:
            os.kill(os.getpid(), signal.SIGINT)

    made = Runner(tmp_path, workers=2, report=interrupt_after_the_first, note=notes.append)
    with pytest.raises(KeyboardInterrupt):
        made.plan([six()[0], *slow])
    assert notes == ["1 of 3 plans are done and kept"]
    assert len(list(tmp_path.iterdir())) == 1
    assert time.monotonic() - began < 900
    time.sleep(0.2)
    assert not _workers()
