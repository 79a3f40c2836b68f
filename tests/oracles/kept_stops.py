"""Announced stops by brute force: how many can be kept, and what plans with them are worth."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

from tests.oracles.brute_force import best_weighted

if TYPE_CHECKING:
    from collections.abc import Collection

    from routeplan.model.problem import Problem

__all__ = ["best_within", "most_kept"]

# Above all that the households of a small problem are worth.
MUCH = 10_000.0


def most_kept(problem: Problem) -> int:
    """Return the most announced stops that one plan keeps."""
    every = range(len(problem.announced))
    for count in reversed(range(len(problem.announced) + 1)):
        if any(_best_with(problem, chosen) is not None for chosen in combinations(every, count)):
            return count
    raise AssertionError("there is no plan")


def best_within(problem: Problem, most_changes: int) -> float | None:
    """Return the most that a plan is worth without bonuses that moves at most so many stops."""
    every = range(len(problem.announced))
    kept = max(0, len(problem.announced) - most_changes)
    found = [_best_with(problem, chosen) for chosen in combinations(every, kept)]
    return max((each for each in found if each is not None), default=None)


def _best_with(problem: Problem, chosen: Collection[int]) -> float | None:
    """Return the most that a plan is worth that keeps some stops; None where none keeps them."""
    announced = tuple(
        replace(each, bonus=MUCH if n in chosen else 0.0)
        for n, each in enumerate(problem.announced)
    )
    best = best_weighted(problem.replace(announced=announced))
    if best is None or best < MUCH * len(chosen) - MUCH / 2:
        return None
    return best - MUCH * len(chosen)
