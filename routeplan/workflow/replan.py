"""A plan that has begun, planned again from a day on, and compared with what was announced."""

from __future__ import annotations

import dataclasses
import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from routeplan.errors import Faults, PlanError
from routeplan.formats import problem_sha256, problem_to_json
from routeplan.language import gettext as _
from routeplan.model.objective import kept_visits
from routeplan.model.plan import StoppedBy
from routeplan.planner import Options, mended_figures, solve
from routeplan.workflow.difference import PlanDifference, compare_from
from routeplan.workflow.later import later_problem, start_of, with_past_reasons

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.model.plan import Plan, Summary
    from routeplan.model.problem import Problem
    from routeplan.planner import Progress
    from routeplan.workflow.later import Changes

__all__ = ["INFINITE", "Price", "Replanned", "replan"]

INFINITE = math.inf
"""The worth of an announced stop for which as many as possible are kept, whatever that costs."""

MOST_ROUNDS = 8
"""Searches for the bonus at which no more announced stops move than may."""


UNKNOWN = "-"
"""Hash of a problem whose file is not written."""

TOLERANCE = 1e-6
"""By which one plan is worth more than another at least."""


@dataclass(frozen=True, slots=True)
class Price:
    """What it costs to change what was announced.

    Parameters
    ----------
    worth
        A stop that was announced is worth so many weighted households more than a new one;
        `INFINITE` where as many as possible are to be kept, whatever that costs.
    most_changes
        How many of the announced stops that could be kept may move; None for any number. Where so
        few are impossible, as few as are found move.
    """

    worth: float = 0.0
    most_changes: int | None = None

    def __post_init__(self) -> None:
        faults = Faults()
        for option, value in (
            ("--change-worth", self.worth),
            ("--most-changes", self.most_changes),
        ):
            if value is not None and not value >= 0:
                faults.add(option, _("{value:g} is below {least:g}", value=value, least=0))
        faults.raise_any()

    @property
    def finite_worth(self) -> float:
        """The worth as it counts in figures: where it is infinite, households alone do."""
        return 0.0 if math.isinf(self.worth) else self.worth


@dataclass(frozen=True, slots=True)
class Replanned:
    """A plan from a day on, and what it changes.

    Parameters
    ----------
    problem, plan
        What was solved, and its plan; days keep their indices.
    price, worth
        What a change costs; and the bonus of each announced stop in the problem, which is higher
        where `Price.most_changes` asks for it.
    difference
        Between the plan of before and this one, from the first open day on.
    value, bound
        Weighted households less costs of driving, and the worth of each announced stop that is kept
        (0 where it is infinite). No plan within the price exceeds the bound, nor one that moves as
        few stops where the price asks for fewer, or is infinite; None where nothing was proved.
    stay
        Figures of the plan of before as far as it can be kept; None if it cannot be mended at once.
    """

    problem: Problem
    plan: Plan
    price: Price
    worth: float
    difference: PlanDifference
    value: float
    bound: float | None
    stay: Summary | None

    @property
    def moved(self) -> int:
        """How many announced stops are not kept, of those in the problem."""
        return len(self.problem.announced) - len(kept_visits(self.problem, self.plan.tours))


def replan(
    problem: Problem,
    plan: Plan,
    changes: Changes,
    *,
    price: Price | None = None,
    options: Options | None = None,
    report: Callable[[Progress], None] | None = None,
) -> Replanned:
    """Plan again from a day on, and compare.

    Without a cap, one search with the given worth as bonus: with `math.inf` as many announced stops
    are kept as is possible, with 0 it is a fresh plan from that day on. With a cap, the bonus is
    raised along the corners of the concave hull of what plans are worth by the number of stops that
    they keep (the Lagrangian dual of the cap; Fisher 1981), until no more stops move than may. What
    each search proves bounds the plans within the cap: a plan on the hull is the best of them, and
    of others it is known by how much they could be better.

    Parameters
    ----------
    problem, plan, changes
        As `later_problem` takes them.
    price
        What a change costs; nothing by default.
    options, report
        As `routeplan.planner.solve` takes them; a time limit is shared by all searches.

    Raises
    ------
    InputError, PlanError
        As `later_problem` and `routeplan.planner.solve` do.
    """
    price = price or Price()
    search = _Search(problem, plan, changes, options or Options(), report)
    found = search.cheapest(price)
    later, made = found.problem, with_past_reasons(problem, found.problem, found.plan, changes)
    made = made.replace(problem_sha256=problem_sha256(problem_to_json(later)))
    return Replanned(
        *(later, made, price, found.worth),
        difference=compare_from(changes.first_day, (problem, plan), (later, made)),
        value=found.value + found.kept * price.finite_worth,
        bound=search.bound(found, price),
        stay=search.stay(found),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """A plan for one worth; `value` is its objective without what is kept."""

    problem: Problem
    plan: Plan
    worth: float
    kept: int
    value: float

    @property
    def moved(self) -> int:
        return len(self.problem.announced) - self.kept

    @property
    def is_interrupted(self) -> bool:
        """Whether Ctrl-C ended its search: no other is begun then."""
        return self.plan.run.stopped_by is StoppedBy.INTERRUPT

    def worth_with(self, bonus: float) -> float:
        """Return the objective with another bonus."""
        return self.value + bonus * self.kept


@dataclass(slots=True)
class _Search:
    """Searches for plans with different bonuses, and what they found."""

    problem: Problem
    plan: Plan
    changes: Changes
    options: Options
    report: Callable[[Progress], None] | None
    began: float = field(default_factory=time.monotonic)
    found: list[_Found] = field(default_factory=list)

    def cheapest(self, price: Price) -> _Found:
        """Return the best plan found for a price."""
        most = price.most_changes
        if most is None:
            return self.at(price.worth, share=1.0)
        free = self.at(price.worth, share=0.5)
        if free.is_interrupted:
            return free
        if free.moved > most and not math.isinf(price.worth):
            return self._within(most, price.worth, free)
        if free.plan.run.stopped_by is StoppedBy.PROVED or self.options.seconds is None:
            return free
        longer = self.at(price.worth, share=1.0, start=free)
        return longer if longer.moved <= max(most, free.moved) else free

    def at(self, worth: float, *, share: float, start: _Found | None = None) -> _Found:
        """Search with a bonus, in a share of the seconds that are left.

        It begins from another plan, or else from the plan of before.
        """
        posed = later_problem(self.problem, self.plan, self.changes, worth=worth)
        options = self.options
        if options.seconds is not None:
            spent = time.monotonic() - self.began
            left = max(options.seconds - spent, options.seconds / 20)
            options = dataclasses.replace(options, seconds=left * share)
        begin = start.plan if start else start_of(posed, self.plan, self.changes)
        # The hash takes a second where there are a thousand villages: one for all searches.
        made = solve(posed, options, start=begin, report=self.report, sha256=UNKNOWN)
        bonus = posed.announced[0].bonus if posed.announced else 0.0
        kept = len(kept_visits(posed, made.tours))
        found = _Found(posed, made, bonus, kept, made.summary.objective - bonus * kept)
        self.found.append(found)
        return found

    def _within(self, most: int, worth: float, free: _Found) -> _Found:
        """Return the best plan found that moves at most so many stops, else one that moves fewest.

        `free` moves more. Between two corners of the hull, the next bonus is that at which both are
        worth the same; where no plan is worth more there, the hull has no corner between them.
        """
        capped = self.at(INFINITE, share=0.5)
        for _round in range(MOST_ROUNDS):
            if capped.moved >= most or capped.kept <= free.kept or self._is_over():
                break
            bonus = max((free.value - capped.value) / (capped.kept - free.kept), worth)
            middle = self.at(bonus, share=0.5, start=capped)
            if middle.worth_with(bonus) - capped.worth_with(bonus) <= TOLERANCE:
                break
            capped, free = (middle, free) if middle.moved <= most else (capped, middle)
        suitable = [each for each in self.found if each.moved <= most]
        if not suitable:
            return max(self.found, key=lambda each: (each.kept, each.value))
        return max(suitable, key=lambda each: each.worth_with(worth))

    def _is_over(self) -> bool:
        """Return whether the time is spent, or Ctrl-C ended the last search."""
        limit = self.options.seconds
        is_late = limit is not None and time.monotonic() - self.began >= limit
        return is_late or self.found[-1].is_interrupted

    def bound(self, found: _Found, price: Price) -> float | None:
        """Return a bound on value + worth × stops kept, over plans that move as few stops.

        With a bonus b at or above the worth, a plan that keeps k of them or more is worth at most
        bound(b) - (b - worth) × k.
        """
        worth, moved = price.finite_worth, price.most_changes
        if math.isinf(price.worth) or (moved is not None and found.moved > moved):
            moved = found.moved
        least = 0 if moved is None else max(0, len(found.problem.announced) - moved)
        bounds = [
            each.plan.summary.upper_bound - (each.worth - worth) * least
            for each in self.found
            if each.plan.summary.upper_bound is not None and each.worth >= worth
        ]
        return min(bounds, default=None)

    def stay(self, found: _Found) -> Summary | None:
        """Return the figures of the plan of before, as far as it can be kept; None if it cannot."""
        try:
            start = start_of(found.problem, self.plan, self.changes)
            return mended_figures(found.problem, start)
        except PlanError:
            return None
