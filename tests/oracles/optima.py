"""Optima of small problems by brute force, each found once for all tests that need it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tests.helpers.small_problems import new_problem, small_problem
from tests.oracles.brute_force import best_answer

if TYPE_CHECKING:
    from tests.oracles.brute_force import Answer

__all__ = ["optimum", "optimum_of_new"]


@cache
def optimum(seed: int) -> Answer | None:
    """Return the best answer to the small problem of a seed, None where there is no plan."""
    return best_answer(small_problem(seed))


@cache
def optimum_of_new(seed: int) -> Answer | None:
    """Return the best answer to the small problem of a seed that has rules of version 2."""
    return best_answer(new_problem(seed))
