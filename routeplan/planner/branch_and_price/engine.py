"""The engine `columns`: a greedy first plan, the exact model for small problems, else columns.

Good routes of annealing become columns of the restricted master problem. Branch and price adds more
columns and proves an upper bound; CP-SAT chooses among the columns. The search ends when plan and
bound meet, or at its limits.
"""

from __future__ import annotations

import math
import queue
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from importlib import import_module
from typing import TYPE_CHECKING, Any

from routeplan.model.plan import StoppedBy
from routeplan.planner.branch_and_price.labelling import FIRST_LABELS, MOST_LABELS
from routeplan.planner.branch_and_price.team_classes import make_team_classes
from routeplan.planner.branch_and_price.upper_bound import first_bound
from routeplan.planner.engine import Incumbent, Outcome, defer_interrupt, watch_interrupt
from routeplan.planner.exact import is_small, solve_exactly
from routeplan.planner.native_instance import is_exact, make_native_instance
from routeplan.planner.ruin_and_recreate import Annealer, construct
from routeplan.planner.ruin_and_recreate.night_search import NightSearch, is_searchable
from routeplan.planner.solution import initial_solution

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from routeplan.planner.branch_and_price.algorithm import BranchAndPrice
    from routeplan.planner.branch_and_price.master import Column
    from routeplan.planner.branch_and_price.restricted_master_heuristic import (
        RestrictedMasterHeuristic,
    )
    from routeplan.planner.engine import Clock, Options
    from routeplan.planner.instance import Instance
    from routeplan.planner.native_instance import NativeInstance
    from routeplan.planner.routes import DayRoute
    from routeplan.planner.solution import Solution

# CP-SAT's deterministic time for small problems, where no seconds are given.
EXACT_WORK = 20.0
ANNEALERS, POLL_SECONDS = 2, 0.05
# What is kept of the time for the plan to be written.
RESERVE = 0.15
# Shares of the time: of the first annealing, of all others, of the heuristic; none is longer than
# so many seconds, since the proof waits for the first, and chains of nights for the proof.
SHARES, SHARES_OF_NIGHTS = (0.15, 0.2, 0.08), (0.08, 0.2, 0.02)
LONGEST, SHORTEST_ANNEALING = 30.0, 0.1
# The first annealing where there are no columns, and the share of a whole cooling at which later
# annealing begins.
LONG, REHEATED = 0.75, 0.3
# Beyond this many shifts times villages there are no columns: annealing takes all the time.
LARGEST = 40_000
# Less driving is looked for until none was found for this share of the time.
SHORTENING = 0.25
# Share of the time that one exact pricing may take before the proof is given up.
PATIENCE = 0.25
# Routes of annealing that are added as columns at once, that are kept for it, and columns that the
# heuristic chooses among.
ADDED, KEPT, CHOSEN_AMONG = 3000, 60_000, 5000
# A search of so many iterations takes them in steps, then runs the heuristic for so much of
# CP-SAT's deterministic time, and prices once for every so many iterations.
STEP, WORK, ITERATIONS_A_PRICING = 200, 2.0, 50


def search(
    instance: Instance,
    options: Options,
    clock: Clock,
    report: Callable[[Solution, float | None], None],
    start: Solution | None,
) -> Outcome:
    """Search for a plan and a bound; see `routeplan.planner.engine.Engine`."""
    # With pins, a bound would be none of the problem.
    bound = None if instance.is_pinned else first_bound(instance)
    incumbent = Incumbent(start or initial_solution(instance), report, bound)
    iterations = 0
    stopped_by = StoppedBy.TIME if options.iterations is None else StoppedBy.ITERATIONS
    try:
        arrays = make_native_instance(instance)
        incumbent.keep(construct(instance, arrays, incumbent.solution))
        _solve_small(incumbent, options, clock)
        if not incumbent.is_shortest and instance.shifts:
            with watch_interrupt() as interrupted:
                running = ColumnSearch(arrays, options, clock, incumbent, interrupted)
                try:
                    if not incumbent.is_proven:
                        running.run()
                    if incumbent.is_proven:
                        running.shorten_drives()
                finally:
                    iterations = running.close()
    except KeyboardInterrupt:
        stopped_by = StoppedBy.INTERRUPT
    if incumbent.is_proven:
        stopped_by = StoppedBy.PROVED
    elif stopped_by is StoppedBy.ITERATIONS and clock.over():
        stopped_by = StoppedBy.TIME
    return Outcome(incumbent.solution, incumbent.upper_bound, iterations, stopped_by)


def _solve_small(incumbent: Incumbent, options: Options, clock: Clock) -> None:
    """Solve a small problem by the exact model, in half the time."""
    if not is_small(incumbent.solution.instance):
        return
    left = clock.left()
    found = solve_exactly(
        incumbent.solution.instance,
        incumbent.solution,
        seconds=None if left is None else clock.wall(left / 2),
        deterministic=EXACT_WORK if options.iterations is not None else None,
        seed=options.seed,
    )
    if found is None or found.solution is None:
        return
    incumbent.keep(found.solution)
    incumbent.lower(found.bound)
    incumbent.is_optimal, incumbent.is_shortest = found.proved, found.is_shortest
    if found.interrupted:
        raise KeyboardInterrupt


class ColumnSearch:
    """Annealing, branch and price, and the restricted master heuristic, side by side or in turn.

    They begin from the incumbent. A Ctrl-C that may have been lost has set `interrupted`.
    """

    def __init__(
        self,
        arrays: NativeInstance,
        options: Options,
        clock: Clock,
        incumbent: Incumbent,
        interrupted: threading.Event,
    ) -> None:
        instance = incumbent.solution.instance
        self._instance, self._arrays, self._options = instance, arrays, options
        self._clock, self._incumbent, self._interrupted = clock, incumbent, interrupted
        self._stopping = threading.Event()
        self._found: queue.SimpleQueue[Solution] = queue.SimpleQueue()
        # Routes of annealing by shift class, the latest last.
        self._routes: dict[tuple[int, DayRoute], None] = {}
        self._annealers = [
            Annealer(instance, arrays, incumbent.solution, options.seed * ANNEALERS + n)
            for n in range(ANNEALERS)
        ]
        self._searches: list[Annealer | NightSearch] = [*self._annealers]
        size = len(instance.shifts) * len(instance.villages)
        is_timed = options.iterations is None
        has_columns = size <= LARGEST and not instance.is_pinned and is_exact(instance)
        self._team_classes = make_team_classes(instance, arrays) if has_columns else []
        self._algorithm: BranchAndPrice | None = None
        if has_columns:
            # It loads GLOP.
            from routeplan.planner.branch_and_price import algorithm  # noqa: PLC0415  # as above

            # Where no seconds are given, nothing else ends a proof that is out of reach.
            labels = MOST_LABELS if is_timed else FIRST_LABELS
            self._algorithm = algorithm.BranchAndPrice(
                *(instance, arrays, self._team_classes, labels), read=clock.read
            )
        if is_timed and is_searchable(instance):
            draw = self._algorithm.draw_chain if self._algorithm else None
            self._searches[-1] = NightSearch(
                instance, arrays, incumbent.solution, options.seed, draw
            )
        self._heuristic: RestrictedMasterHeuristic | None = None
        self._is_shortening = False
        self._proof: Future[None] | None = None
        self._threads = ThreadPoolExecutor(ANNEALERS + 2)
        self._pricing_threads = ThreadPoolExecutor(ANNEALERS)

    def run(self) -> None:
        """Search until the limits are reached, or the plan is proven."""
        if self._options.iterations is None:
            self._run_timed()
        else:
            self._run_iterations(self._options.iterations)

    def shorten_drives(self) -> None:
        """Look for less driving until the limits are reached, or none is found for a while."""
        most, patience = self._options.iterations, SHORTENING * (self._options.limit or math.inf)
        self._is_shortening = True
        for annealer in self._annealers if most is None else self._annealers[:1]:
            annealer.shorten_drives(self._incumbent.solution)
        if most is None:
            until, submit = self._clock.spent() + max(self._left(), 0.0), self._threads.submit
            self._wait_for([submit(self._shorten, a, until, patience) for a in self._annealers])
            return
        annealer = self._annealers[0]
        first = annealer.iterations
        while annealer.iterations < most and not self._is_over():
            done = (annealer.iterations - first) / max(most - first, 1)
            annealer.iterate(min(STEP, most - annealer.iterations), done)
        self._incumbent.keep(annealer.best())

    def close(self) -> int:
        """End all that is under way, keep what it found, and return the iterations taken."""
        self._stop()
        self._threads.shutdown()
        self._pricing_threads.shutdown()
        self._collect()
        return sum(annealer.iterations for annealer in {*self._annealers, *self._searches})

    def _run_iterations(self, iterations: int) -> None:
        """Take so many iterations, one thread after the other, so that results reproduce."""
        annealer, parts = self._annealers[0], (0.7, 0.3)
        for part, share in enumerate(parts):
            last = iterations if part else round(iterations * share)
            first = annealer.iterations
            while annealer.iterations < last and not self._is_over():
                done = (annealer.iterations - first) / max(last - first, 1)
                annealer.iterate(min(STEP, last - annealer.iterations), REHEATED * part + done)
                self._take_routes(annealer)
            self._incumbent.keep(annealer.best())
            if self._algorithm is None:
                continue
            if part == 0:
                self._run_heuristic(self._make_heuristic(), seconds=None, work=WORK)
            elif self._options.bound:
                rounds = self._algorithm.solve(self._pricing_threads)
                self._run_rounds(rounds, 1 + iterations // ITERATIONS_A_PRICING)
            annealer.restart(self._incumbent.solution)

    def _run_rounds(self, rounds: Iterator[None], most: int) -> None:
        """Run so many rounds of branch and price, each in a thread that can be stopped."""
        for _ in range(most):
            if self._is_over():
                break
            task = self._threads.submit(next, rounds, self)
            self._wait_for([task])
            if task.result() is self:
                break

    def _run_timed(self) -> None:
        whole = self._left()
        shares = SHARES_OF_NIGHTS if isinstance(self._searches[-1], NightSearch) else SHARES
        first, later, choosing = (min(share * whole, LONGEST) for share in shares)
        if self._algorithm is None:
            first = LONG * whole
        else:
            # CP-SAT takes long to load: beside the first annealing, which needs no interpreter.
            self._threads.submit(
                import_module, "routeplan.planner.branch_and_price.restricted_master_heuristic"
            )
        self._anneal(first)
        gathering = 0.0
        while not self._is_over():
            # Nothing ends the gathering of columns: no more of it than there was time for last.
            if self._left() > gathering:
                began = self._clock.spent()
                own = self._make_heuristic()
                gathering = self._clock.spent() - began
                self._begin_proof()
                self._run_heuristic(own, seconds=choosing, work=None)
            left, seconds = self._left(), later
            if left < SHORTEST_ANNEALING:
                break
            # Time is left for a last run of the heuristic, unless there is none for annealing.
            last = gathering + choosing
            if left < seconds + last + SHORTEST_ANNEALING:
                seconds = left - last if left > last + SHORTEST_ANNEALING else left
            self._anneal(seconds)

    def _left(self) -> float:
        """Return the seconds left to search."""
        return (self._clock.left() or 0.0) - RESERVE

    def _anneal(self, seconds: float) -> None:
        """Search side by side: an annealer other than the first begins anew."""
        until = self._clock.spent() + seconds
        tasks = []
        for number, annealer in enumerate(self._searches):
            anew = isinstance(annealer, Annealer) and number > 0 and self._algorithm is not None
            share = REHEATED if annealer.iterations and not anew else 0.0
            if annealer.iterations:
                start = initial_solution(self._instance) if anew else self._incumbent.solution
                annealer.restart(start)
            tasks.append(self._threads.submit(self._anneal_until, annealer, until, share))
        self._wait_for(tasks)
        for annealer in self._searches:
            self._take_routes(annealer)

    def _anneal_until(self, annealer: Annealer | NightSearch, until: float, share: float) -> None:
        began, best = self._clock.spent(), annealer.score()

        def done() -> float:
            if self._stopping.is_set():
                return 1.0
            spent = (self._clock.spent() - began) / max(until - began, 1e-9)
            return share + (1.0 - share) * spent

        again = 0.0
        for _ in annealer.run(done):
            now = self._clock.spent()
            if annealer.score() > best and now >= again:
                best = annealer.score()
                self._found.put(annealer.best())
                # Solutions of many shifts take long to make: no more of the time than a tenth.
                again = now + 10 * (self._clock.spent() - now)
        if annealer.score() > best:
            self._found.put(annealer.best())

    def _shorten(self, annealer: Annealer, until: float, patience: float) -> None:
        """Anneal from the incumbent on, again and again, until a time or without success."""
        best, last = annealer.score(), self._clock.spent()
        while not self._stopping.is_set() and self._clock.spent() < min(until, last + patience):
            began = self._clock.spent()

            def done(began: float = began) -> float:
                lasted = self._clock.spent() - began
                is_over = self._stopping.is_set() or self._clock.spent() > until
                return 1.0 if is_over else lasted / max(patience / 2, 1e-9)

            for _ in annealer.run(done):
                continue
            if annealer.score() > best:
                best, last = annealer.score(), self._clock.spent()
                self._found.put(annealer.best())

    def _take_routes(self, annealer: Annealer | NightSearch) -> None:
        for route in annealer.routes():
            self._routes.pop(route, None)
            self._routes[route] = None
        for route in list(self._routes)[: max(0, len(self._routes) - KEPT)]:
            del self._routes[route]

    def _begin_proof(self) -> None:
        """Run branch and price beside all else, until it is done or a round takes too long."""
        if self._algorithm is None or self._proof is not None or not self._options.bound:
            return
        rounds = self._algorithm.solve(self._pricing_threads)

        def prove() -> None:
            for _ in rounds:
                if self._stopping.is_set():
                    break

        self._proof = self._threads.submit(prove)

    def _make_heuristic(self) -> list[Column]:
        """Make the heuristic of the best columns, all routes found; return the incumbent's own."""
        algorithm = self._algorithm
        if algorithm is None or self._is_over():
            return []
        with defer_interrupt():
            # They load GLOP and CP-SAT.
            from routeplan.planner.branch_and_price import master  # noqa: PLC0415  # as above
            from routeplan.planner.branch_and_price import restricted_master_heuristic as rmh  # noqa: PLC0415
        own = master.columns_of(self._incumbent.solution, self._team_classes, self._arrays)
        routes = [(column.arc.shift_class, column.route) for column in own]
        costs = algorithm.reduced_costs([*routes, *list(self._routes)[-ADDED:]])
        among = sorted(costs, key=lambda column: -costs[column])[:CHOSEN_AMONG]
        self._heuristic = rmh.RestrictedMasterHeuristic(
            self._instance, self._team_classes, dict.fromkeys([*own, *among]), self._options.seed
        )
        return own

    def _run_heuristic(
        self, own: list[Column], *, seconds: float | None, work: float | None
    ) -> None:
        heuristic, threads = self._heuristic, 1
        if seconds is not None:
            seconds, threads = min(seconds, self._left()), ANNEALERS
        is_over = self._is_over() or (seconds is not None and seconds <= 0)
        if heuristic is None or not own or is_over:
            return

        def solve() -> None:
            limit = self._clock.wall(seconds)
            found = heuristic.solve(own, seconds=limit, work=work, threads=threads)
            if found is not None:
                self._found.put(found)

        self._wait_for([self._threads.submit(solve)])

    def _wait_for(self, tasks: Iterable[Future[Any]]) -> None:
        """Wait for tasks and keep what they find; a task that fails fails the search."""
        pending = set(tasks)
        while pending:
            done, pending = wait(pending, POLL_SECONDS, FIRST_COMPLETED)
            self._collect()
            for task in done:
                task.result()
            if self._proof is not None and self._proof.done():
                self._proof.result()
            self._give_up_proof()
            if pending and self._is_over():
                self._stop()

    def _give_up_proof(self) -> None:
        """End a proof that is out of reach: days of many stops have too many labels."""
        algorithm, limit = self._algorithm, self._options.limit
        # Read once: the other thread may be done with it by the next moment.
        since = algorithm.exact_since if algorithm else None
        if algorithm and limit and since and self._clock.read() - since > PATIENCE * limit:
            algorithm.stop()

    def _collect(self) -> None:
        while not self._found.empty():
            self._incumbent.keep(self._found.get())
        if self._algorithm is not None and self._options.bound:
            self._incumbent.lower(self._algorithm.upper_bound)

    def _stop(self) -> None:
        self._stopping.set()
        if self._algorithm is not None:
            self._algorithm.stop()
        if self._heuristic is not None:
            self._heuristic.stop()

    def _is_over(self) -> bool:
        if self._interrupted.is_set():
            raise KeyboardInterrupt
        left = self._clock.left()
        is_late = left is not None and left <= RESERVE
        return is_late or (self._incumbent.is_proven and not self._is_shortening)
