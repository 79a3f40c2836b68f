"""The engine `routing`: OR-Tools vehicle routing, one vehicle a team-day, nights by search.

A first plan is filled greedily with every team home as often as can be. Then two searches take
turns: one changes where teams sleep and plans the days around anew, the other hands all days, with
these nights, to OR-Tools: villages are split into blocks of doors, each an optional node with its
households for a prize. Every answer is timed, mended and filled up by the planner's own arithmetic,
so it keeps every rule, whatever the model leaves out (a rest elsewhere than before the first stop,
the least households of a visit).
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from routeplan.model.plan import StoppedBy
from routeplan.planner.engine import Outcome
from routeplan.planner.ortools_routing.blocks import BlockModel
from routeplan.planner.ortools_routing.worker import answers
from routeplan.planner.solution import (
    Solution,
    anneal_overnight_places,
    complete,
    has_free_night,
    initial_solution,
    repair,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.planner.engine import Clock, Options
    from routeplan.planner.instance import Instance
    from routeplan.planner.ortools_routing.task import RoutingAnswer

__all__ = ["search"]

# How much of the time goes to the nights before the days, where there are nights to choose. On the
# demo and districts of 80 and 120 villages, 0.8 reached more than 0.5 and 0.25 in the same seconds.
NIGHTS_SHARE = 0.8
STEPS_A_TURN = 200
# Below this many seconds a process to search in is not worth its start.
SHORTEST_SEARCH = 0.5


def search(
    instance: Instance,
    options: Options,
    clock: Clock,
    report: Callable[[Solution, float | None], None],
    start: Solution | None,
) -> Outcome:
    """Search by turns; see the module's text, and `routeplan.planner.engine.Engine`."""
    run = _Search(start or initial_solution(instance), options, clock, report)
    stopped_by = StoppedBy.TIME if options.iterations is None else StoppedBy.ITERATIONS
    try:
        run.begin()
        run.take_turns()
    except KeyboardInterrupt:
        stopped_by = StoppedBy.INTERRUPT
    if stopped_by is StoppedBy.ITERATIONS and clock.over():
        stopped_by = StoppedBy.TIME
    return Outcome(run.best, None, run.steps, stopped_by)


class _Search:
    """The best solution so far, and the two searches that better it."""

    def __init__(
        self,
        start: Solution,
        options: Options,
        clock: Clock,
        report: Callable[[Solution, float | None], None],
    ) -> None:
        self.best, instance = start, start.instance
        self.steps = 0
        self._most_steps = options.iterations
        self._clock, self._report = clock, report
        self._rng = random.Random(options.seed)  # noqa: S311  # nothing secret hangs on it
        self._model = BlockModel(instance)
        wanted = any(village.households or village.required for village in instance.villages)
        self._roams = wanted and has_free_night(instance)

    def begin(self) -> None:
        """Make the first plan; how long it takes tells how long answers take to complete."""
        began = self._clock.spent()
        first = self.best.copy()
        try:
            complete(first, stop=self._clock.over)
        finally:
            # Ctrl-C may come in the midst of a change: visits are counted anew.
            self._keep(Solution(first.instance, first.routes))
        self._completing = self._clock.spent() - began

    def take_turns(self) -> None:
        """Let the two searches take turns until the steps are over, or a turn each in the time."""
        left = self._clock.left()
        nights_until = None if left is None else self._clock.spent() + NIGHTS_SHARE * left
        days_until = None if left is None else self._clock.spent() + left
        while (self._roams or len(self._model)) and self._going_on():
            if self._roams:
                self._change_nights(days_until if not len(self._model) else nights_until)
            if len(self._model) and self._going_on():
                self._route_days(days_until)
            if left is not None and self._most_steps is None:
                return  # each had its share of the time

    def _going_on(self) -> bool:
        steps_left = self._most_steps is None or self.steps < self._most_steps
        return steps_left and not self._clock.over()

    def _steps_of_turn(self) -> int | None:
        most = self._most_steps
        return None if most is None else min(STEPS_A_TURN, most - self.steps)

    def _change_nights(self, until: float | None) -> None:
        first, steps, began = self.steps, self._steps_of_turn(), self._clock.spent()

        def progress() -> float:
            spent = 0.0
            if until is not None:
                spent = (self._clock.spent() - began) / max(until - began, 1e-9)
            done = max(spent, 0.0 if steps is None else (self.steps - first) / steps)
            self.steps += done < 1
            return done

        anneal_overnight_places(self.best, self._rng, progress=progress, better=self._keep)

    def _route_days(self, until: float | None) -> None:
        steps = self._steps_of_turn()
        nights = [route.end for route in self.best.routes]
        task = self._model.task(self.best, steps)
        if until is not None:
            seconds = until - self._clock.spent() - self._completing
            if seconds <= SHORTEST_SEARCH:
                return
            task = replace(task, seconds=seconds)
        waiting: RoutingAnswer | None = None
        for answer in answers(task):
            waiting = answer
            # While one answer is completed the next ones wait: near the end, only the last counts.
            if answer.last or until is None or self._clock.spent() + 2 * self._completing < until:
                self._take(answer, nights)
                waiting = None
            if answer.last:
                self.steps += answer.solutions if steps is None else steps
        if waiting is not None:
            self._take(waiting, nights)

    def _take(self, answer: RoutingAnswer, nights: list[int]) -> None:
        """Make a solution of an answer, and keep it where it is better."""
        began = self._clock.spent()
        inst, visits = self.best.instance, self._model.visits(answer.routes)
        trial = Solution(inst, inst.day_routes(nights, visits))
        repair(trial)
        complete(trial, stop=self._clock.over)
        self._keep(trial)
        self._completing = max(self._completing, self._clock.spent() - began)

    def _keep(self, solution: Solution) -> None:
        # A day that begins by way of a visit may not be one without it.
        if solution.score() <= self.best.score():
            return
        solution.reuse_times(self.best)
        if solution.is_feasible():
            self.best = solution
            self._report(solution, None)
