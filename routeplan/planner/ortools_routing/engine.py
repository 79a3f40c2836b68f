"""Search of the engine `routing`: changing nights, and routing days in another process."""

from __future__ import annotations

import contextlib
import itertools
import math
import pickle
import queue
import random
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

from routeplan.errors import RouteplanError
from routeplan.isolation import child_environment
from routeplan.language import gettext as _
from routeplan.model.plan import StoppedBy
from routeplan.planner.engine import Incumbent, Outcome
from routeplan.planner.ortools_routing.task import TaskBuilder
from routeplan.planner.solution import (
    Solution,
    anneal_overnight_places,
    complete,
    has_free_night,
    initial_solution,
    repair,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from routeplan.planner.engine import Clock, Options
    from routeplan.planner.instance import Instance
    from routeplan.planner.ortools_routing.task import RoutingResult, RoutingTask

# How much of the time goes to the nights before the days, where there are nights to choose. On the
# demo and districts of 80 and 120 villages, 0.8 reached more than 0.5 and 0.25 in the same seconds.
NIGHTS_SHARE = 0.8
STEPS_A_TURN = 200
# Below this many seconds a process to search in is not worth its start.
SHORTEST_SEARCH = 0.5
# The process is ended from outside when it is not done this long after its time.
GRACE_SECONDS = 0.5
COMMAND = (sys.executable, "-P", "-m", "routeplan.planner.ortools_routing.model")


def search(
    instance: Instance,
    options: Options,
    clock: Clock,
    report: Callable[[Solution, float | None], None],
    start: Solution | None,
) -> Outcome:
    """Change nights and route days by turns; see `routeplan.planner.engine.Engine`."""
    incumbent = Incumbent(start or initial_solution(instance), report)
    run = _Search(incumbent, options, clock)
    stopped_by = StoppedBy.TIME if options.iterations is None else StoppedBy.ITERATIONS
    try:
        run.begin()
        run.take_turns()
    except KeyboardInterrupt:
        stopped_by = StoppedBy.INTERRUPT
    if stopped_by is StoppedBy.ITERATIONS and clock.over():
        stopped_by = StoppedBy.TIME
    return Outcome(incumbent.solution, None, run.steps, stopped_by)


class _Search:
    """The two searches that better the incumbent."""

    def __init__(self, incumbent: Incumbent, options: Options, clock: Clock) -> None:
        instance, self._incumbent = incumbent.solution.instance, incumbent
        self.steps, self._most_steps, self._clock = 0, options.iterations, clock
        self._rng = random.Random(options.seed)  # noqa: S311  # nothing secret hangs on it
        self._builder = TaskBuilder(instance)
        self._changes_nights = has_free_night(instance) and any(
            village.households or village.required for village in instance.villages
        )

    def begin(self) -> None:
        """Make the first solution, and measure how long results take to complete."""
        began = self._clock.spent()
        first = self._incumbent.solution.copy()
        try:
            complete(first, stop=self._clock.over)
        finally:
            # Ctrl-C may come in the midst of a change: visits are counted anew.
            self._incumbent.keep(Solution(first.instance, first.routes))
        self._completing = self._clock.spent() - began

    def take_turns(self) -> None:
        """Let the two searches take turns until the steps are over, or a turn each in the time."""
        left, routes_days = self._clock.left(), len(self._builder) > 0
        seconds, began = math.inf if left is None else left, self._clock.spent()
        share = NIGHTS_SHARE if routes_days else 1.0
        turns: list[tuple[Callable[[float], None], float]] = []
        if self._changes_nights:
            turns.append((self._change_nights, began + share * seconds))
        if routes_days:
            turns.append((self._route_days, began + seconds))
        is_timed = left is not None and self._most_steps is None
        for take_turn, until in turns if is_timed else itertools.cycle(turns):
            if self._steps_of_turn() == 0 or self._clock.over():
                return
            take_turn(until)

    def _steps_of_turn(self) -> int | None:
        most = self._most_steps
        return None if most is None else max(0, min(STEPS_A_TURN, most - self.steps))

    def _change_nights(self, until: float) -> None:
        first, steps, began = self.steps, self._steps_of_turn(), self._clock.spent()

        def progress() -> float:
            spent = (self._clock.spent() - began) / max(until - began, 1e-9)
            done = max(spent, 0.0 if steps is None else (self.steps - first) / steps)
            self.steps += done < 1
            return done

        incumbent = self._incumbent
        anneal_overnight_places(
            incumbent.solution, self._rng, progress=progress, better=incumbent.keep
        )

    def _route_days(self, until: float) -> None:
        steps, seconds = self._steps_of_turn(), until - self._clock.spent() - self._completing
        if seconds <= SHORTEST_SEARCH:
            return
        best = self._incumbent.solution
        nights = [route.end for route in best.routes]
        limit = None if math.isinf(seconds) else seconds
        task = self._builder.task(best, steps, seconds=limit)
        waiting: RoutingResult | None = None
        for result in routing_results(task):
            waiting = result
            # While one result is completed the next ones wait: near the end, only the last counts.
            if result.last or self._clock.spent() + 2 * self._completing < until:
                self._take(result, nights)
                waiting = None
            if result.last:
                self.steps += result.solutions if steps is None else steps
        if waiting is not None:
            self._take(waiting, nights)

    def _take(self, result: RoutingResult, nights: list[int]) -> None:
        """Make a solution of a result, and keep it where it is better."""
        began = self._clock.spent()
        instance, visits = self._incumbent.solution.instance, self._builder.visits(result.routes)
        trial = Solution(instance, instance.day_routes(nights, visits))
        repair(trial)
        complete(trial, stop=self._clock.over)
        self._incumbent.keep(trial)
        self._completing = max(self._completing, self._clock.spent() - began)


def routing_results(task: RoutingTask) -> Iterator[RoutingResult]:
    """Solve a task in another process; yield each better result, of several waiting the newest.

    Ends with the last result, or without it when the task's seconds are over; raises
    `RouteplanError` when the process ends before its last result.
    """
    ends = None if task.seconds is None else time.monotonic() + task.seconds + GRACE_SECONDS
    with _process(task) as arrivals:
        while True:
            left = None if ends is None else max(0.0, ends - time.monotonic())
            try:
                result = arrivals.get(timeout=left)
            except queue.Empty:
                return
            with contextlib.suppress(queue.Empty):
                while result is not None and not result.last:
                    result = arrivals.get_nowait()
            if result is None:
                raise RouteplanError(_("the routing process ended before its last result"))
            yield result
            if result.last:
                return


@contextlib.contextmanager
def _process(task: RoutingTask) -> Iterator[queue.Queue[RoutingResult | None]]:
    """Run the task; its results arrive in the queue, None when it has ended."""
    arrivals: queue.Queue[RoutingResult | None] = queue.Queue()
    process = subprocess.Popen(  # noqa: S603  # our own interpreter, our own module
        COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=child_environment(),
        # Ctrl-C is for the parent, which keeps the best result and then ends the process.
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
    # Both ways in a thread: a process that does not read would block whoever writes to it.
    thread = threading.Thread(target=_exchange, args=(process, task, arrivals), daemon=True)
    try:
        thread.start()
        yield arrivals
    finally:
        process.kill()
        process.wait()
        if thread.is_alive():
            thread.join()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]  # it is a pipe


def _exchange(
    process: subprocess.Popen[bytes],
    task: RoutingTask,
    arrivals: queue.Queue[RoutingResult | None],
) -> None:
    """Send the task, and pass on results; None when there are no more."""
    sent = time.time()
    # A Ctrl-C while this thread starts closes the pipes before it has begun: a ValueError.
    with contextlib.suppress(EOFError, pickle.UnpicklingError, OSError, ValueError):
        pickle.dump((task, sent), process.stdin)  # type: ignore[arg-type]  # it is a pipe
        process.stdin.close()  # type: ignore[union-attr]  # it is a pipe
        while True:
            arrivals.put(pickle.load(process.stdout))  # type: ignore[arg-type]  # noqa: S301  # our own process wrote it
    arrivals.put(None)
