"""Cells are planned once, kept whole, and survive the loss of what plans them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from routeplan.analysis import Case, Runner, Variant, runner, vary
from routeplan.audit import audit_plan
from routeplan.planner import Options
from tests.bench.districts import make_district
from tests.helpers.toy import toy_problem

if TYPE_CHECKING:
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
    monkeypatch.setattr(runner, "plan_task", lambda _: pytest.fail("planned again"))
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


def test_ctrl_c_ends_processes_at_once_and_keeps_what_is_done(tmp_path: Path) -> None:
    # One crew for so many villages: nothing is proved in a second.
    district = make_district(60, 1, 5, 8, seed=2)
    slow = [Case(district, Options(seconds=900, seed=n)) for n in range(2)]
    began = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_interrupt_soon)
        with pytest.raises(KeyboardInterrupt):
            Runner(tmp_path, workers=2).plan([six()[0], *slow])
    assert time.monotonic() - began < 900
    time.sleep(0.2)
    assert not _workers()


def _interrupt_soon() -> None:
    time.sleep(2)
    os.kill(os.getpid(), signal.SIGINT)
