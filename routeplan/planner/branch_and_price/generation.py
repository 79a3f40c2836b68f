"""Annealing, certifying and choosing, side by side or one after the other."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from importlib import import_module
from typing import TYPE_CHECKING, Any

from routeplan.planner.branch_and_price.pricing import FIRST_LABELS, MOST_LABELS
from routeplan.planner.branch_and_price.team_classes import Route, make_team_classes
from routeplan.planner.engine import defer_interrupt
from routeplan.planner.native_instance import is_exact
from routeplan.planner.ruin_and_recreate import Annealer
from routeplan.planner.solution import initial_solution

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routeplan.planner.branch_and_price.certificate import Certificate
    from routeplan.planner.branch_and_price.choice import Choice
    from routeplan.planner.branch_and_price.columns import Best
    from routeplan.planner.branch_and_price.master import Column
    from routeplan.planner.engine import Clock, Options
    from routeplan.planner.native_instance import NativeInstance
    from routeplan.planner.solution import Solution

__all__ = ["Generation"]

WALKERS = 2
POLL_SECONDS = 0.05
# What is kept of the time for the plan to be written down.
RESERVE = 0.15
# Shares of the time: of the first cooling, of all others, of choosing; none longer than so many
# seconds, since the proof waits for the first.
FIRST, LATER, CHOOSING = 0.15, 0.2, 0.08
# The first cooling where columns are not chosen among.
LONG = 0.75
LONGEST_CYCLE, LONGEST_CHOICE = 30.0, 10.0
SHORTEST_CYCLE = 0.1
# Where later coolings begin: at the heat of such a share of a whole one.
WARM_START = 0.3
# Beyond this many shifts times villages, columns are not chosen among: annealing is all there is
# time for.
LARGEST = 40_000
# Share of the time that one exact pricing may take before the proof is given up.
PATIENCE = 0.25
POOL, CHOSEN_AMONG = 3000, 5000
# A search told to stop after a number of rounds spends them in steps of so many, then chooses with
# so much of CP-SAT's deterministic time, and prices once for every so many rounds.
STEP, WORK, ROUNDS_A_PRICING = 200, 2.0, 50


class Generation:
    """One search by columns.

    Parameters
    ----------
    tables
        What is planned, for the native library.
    options, clock
        How to search, and for how long.
    best
        What is planned, and where to begin; told of better plans and bounds.
    interrupted
        Set by a Ctrl-C, which may have been lost.
    """

    def __init__(
        self,
        tables: NativeInstance,
        options: Options,
        clock: Clock,
        best: Best,
        interrupted: threading.Event,
    ) -> None:
        instance = best.solution.instance
        self._instance, self._options, self._clock, self._best = instance, options, clock, best
        self._tables = tables
        self._stopping, self._interrupted = threading.Event(), interrupted
        self._news: queue.SimpleQueue[Solution] = queue.SimpleQueue()
        self._pool: dict[Route, None] = {}
        self._walkers = [
            Annealer(instance, self._tables, best.solution, options.seed * WALKERS + n)
            for n in range(WALKERS)
        ]
        size = len(instance.shifts) * len(instance.villages)
        self._chooses = size <= LARGEST and not instance.is_pinned and is_exact(instance)
        self._crews = make_team_classes(instance, tables) if self._chooses else []
        self._certificate: Certificate | None = None
        if self._chooses:
            from routeplan.planner.branch_and_price.certificate import Certificate  # noqa: PLC0415  # loads GLOP

            # Where no seconds are given, nothing else ends a proof that is out of reach.
            labels = MOST_LABELS if options.iterations is None else FIRST_LABELS
            self._certificate = Certificate(instance, self._tables, self._crews, labels)
        self._choice: Choice | None = None
        self._certifying: Future[None] | None = None
        self._threads = ThreadPoolExecutor(WALKERS + 2)
        self._pricing = ThreadPoolExecutor(WALKERS)

    def run(self) -> None:
        """Search until the options or the clock say stop, or the plan is proven."""
        if self._options.iterations is not None:
            self._run_counted(self._options.iterations)
        else:
            self._run_timed()

    def close(self) -> int:
        """End all that is under way, keep what it found, and return the rounds that were taken."""
        self._halt()
        self._threads.shutdown()
        self._pricing.shutdown()
        self._hear()
        return sum(walker.iterations for walker in self._walkers)

    def _run_counted(self, iterations: int) -> None:
        """Take so many rounds, one thread after the other, so that they end alike each time."""
        walker, parts = self._walkers[0], (0.7, 0.3)
        for part, share in enumerate(parts):
            last = iterations if part else round(iterations * share)
            begun = walker.iterations
            while walker.iterations < last and not self._is_over():
                done = (walker.iterations - begun) / max(last - begun, 1)
                walker.iterate(min(STEP, last - walker.iterations), WARM_START * part + done)
                self._gather(walker)
            self._best.keep(walker.best())
            if self._certificate is None:
                continue
            if part == 0:
                self._choose(self._gather_columns(), seconds=None, work=WORK)
            else:
                self._certify_counted(iterations)
            walker.restart(self._best.solution)

    def _certify_counted(self, iterations: int) -> None:
        certificate = self._certificate
        if certificate is None or not self._options.bound:
            return
        for _ in range(1 + iterations // ROUNDS_A_PRICING):
            if self._is_over():
                break
            step = self._threads.submit(certificate.improve, self._pricing)
            self._await([step])
            if not step.result():
                break

    def _run_timed(self) -> None:
        whole = self._left()
        choosing = min(CHOOSING * whole, LONGEST_CHOICE)
        if self._chooses:
            # CP-SAT takes long to load: beside the first search, which needs no interpreter.
            self._threads.submit(import_module, "routeplan.planner.branch_and_price.choice")
        self._cool(min(FIRST * whole, LONGEST_CYCLE) if self._chooses else LONG * whole)
        gathering = 0.0
        while not self._is_over():
            # Nothing ends the gathering of columns: no more of it than there was time for last.
            if self._left() > gathering:
                began = self._clock.spent()
                own = self._gather_columns()
                gathering = self._clock.spent() - began
                self._begin_certifying()
                self._choose(own, seconds=choosing, work=None)
            left, cycle = self._left(), min(LATER * whole, LONGEST_CYCLE)
            if left < SHORTEST_CYCLE:
                break
            # The last choice is left time for, unless there is time for nothing else.
            last = gathering + choosing
            if left < cycle + last + SHORTEST_CYCLE:
                cycle = left - last if left > last + SHORTEST_CYCLE else left
            self._cool(cycle)

    def _left(self) -> float:
        """Return the seconds that may be searched in."""
        return (self._clock.left() or 0.0) - RESERVE

    def _cool(self, seconds: float) -> None:
        """Let walkers cool down side by side: one goes on from the best plan, others anew."""
        until = self._clock.spent() + seconds
        tasks: list[Future[None]] = []
        for number, walker in enumerate(self._walkers):
            anew = number > 0 and self._chooses
            share = WARM_START if walker.iterations and not anew else 0.0
            if walker.iterations:
                walker.restart(initial_solution(self._instance) if anew else self._best.solution)
            tasks.append(self._threads.submit(self._walk, walker, until, share))
        self._await(tasks)
        for walker in self._walkers:
            self._gather(walker)

    def _walk(self, walker: Annealer, until: float, share: float) -> None:
        began, best = self._clock.spent(), walker.score()

        def done() -> float:
            if self._stopping.is_set():
                return 1.0
            spent = (self._clock.spent() - began) / max(until - began, 1e-9)
            return share + (1.0 - share) * spent

        again = 0.0
        for _ in walker.run(done):
            now = self._clock.spent()
            if walker.score() > best and now >= again:
                best = walker.score()
                self._news.put(walker.best())
                # Solutions of many shifts take long to make: no more of the time than a tenth.
                again = now + 10 * (self._clock.spent() - now)
        if walker.score() > best:
            self._news.put(walker.best())

    def _certify(self) -> None:
        """Lower the bound beside all else, until it is done or a step takes too long.

        Branches go on for as long as the search does: they leave more of the processor to it.
        """
        certificate = self._certificate
        while certificate is not None and not self._stopping.is_set():
            is_split = certificate.tree.leaves > 1
            if not certificate.improve(None if is_split else self._pricing):
                break

    def _begin_certifying(self) -> None:
        if self._certificate is not None and self._options.bound and self._certifying is None:
            self._certifying = self._threads.submit(self._certify)

    def _gather_columns(self) -> list[Column]:
        """Offer the routes found to the master, and make a choice of its best columns.

        Returns
        -------
        list
            The columns of the best plan so far.
        """
        certificate = self._certificate
        if certificate is None or self._is_over():
            return []
        with defer_interrupt():
            from routeplan.planner.branch_and_price.choice import Choice, columns_of  # noqa: PLC0415  # loads CP-SAT

        own = columns_of(
            self._best.solution, self._crews, dict(enumerate(self._tables.shift_class.tolist()))
        )
        gains = certificate.gains([*(route for _, _, route in own), *list(self._pool)[-POOL:]])
        among = sorted(gains, key=lambda column: -gains[column])[:CHOSEN_AMONG]
        self._choice = Choice(
            self._instance, self._crews, dict.fromkeys([*own, *among]), self._options.seed
        )
        return own

    def _choose(self, own: list[Column], *, seconds: float | None, work: float | None) -> None:
        """Put the best columns together anew."""
        if seconds is not None:
            seconds = min(seconds, self._left())
        if not own or self._is_over() or (seconds is not None and seconds <= 0):
            return
        self._await([self._threads.submit(self._solve_choice, own, seconds, work)])

    def _solve_choice(self, own: list[Column], seconds: float | None, work: float | None) -> None:
        assert self._choice is not None  # noqa: S101
        threads = 1 if seconds is None else WALKERS
        found = self._choice.solve(own, seconds=seconds, work=work, threads=threads)
        if found is not None:
            self._news.put(found)

    def _gather(self, walker: Annealer) -> None:
        for route in walker.routes():
            self._pool.pop(route, None)
            self._pool[route] = None
        for route in list(self._pool)[: max(0, len(self._pool) - 20 * POOL)]:
            del self._pool[route]

    def _await(self, tasks: Sequence[Future[Any]]) -> None:
        """Wait for tasks, and tell what they find; a task that fails fails the search."""
        pending = set(tasks)
        while pending:
            done, pending = wait(pending, POLL_SECONDS, FIRST_COMPLETED)
            self._hear()
            for task in done:
                task.result()
            if self._certifying is not None and self._certifying.done():
                self._certifying.result()
            self._give_up_proof()
            if pending and self._is_over():
                self._halt()

    def _give_up_proof(self) -> None:
        """End a proof that is out of reach: days of many stops have too many labels."""
        certificate, limit = self._certificate, self._options.seconds
        if certificate is None or limit is None:
            return
        # Asked once: the thread that certifies may be done with it by the next moment.
        since = certificate.exact_since
        if since is not None and time.monotonic() - since > PATIENCE * limit:
            certificate.stop()

    def _hear(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._best.keep(self._news.get_nowait())
        if self._certificate is not None and self._options.bound:
            self._best.lower(self._certificate.proven())

    def _halt(self) -> None:
        self._stopping.set()
        if self._certificate is not None:
            self._certificate.stop()
        if self._choice is not None:
            self._choice.stop()

    def _is_over(self) -> bool:
        if self._interrupted.is_set():
            raise KeyboardInterrupt
        left = self._clock.left()
        return (left is not None and left <= RESERVE) or self._best.is_proven
