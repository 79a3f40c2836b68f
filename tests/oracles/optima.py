"""Optima of small problems by brute force, recorded in `tests/data/optima.json`.

Brute force takes minutes for all of them; `python -m tests.oracles.optima` records them again.
An optimum is recorded by the hash of its problem, so that it is never taken for another's.
"""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from typing import TYPE_CHECKING

from routeplan.formats import problem_sha256, problem_to_json
from tests.helpers.paths import DATA
from tests.helpers.small_problems import new_problem, small_problem
from tests.oracles.brute_force import Answer, TeamDay, best_answer

if TYPE_CHECKING:
    from typing import Any

    from routeplan.model.problem import Problem

__all__ = ["NEW_SEEDS", "SEEDS", "optimum", "optimum_of_new"]

SEEDS, NEW_SEEDS = range(200), range(300)
FILE = DATA / "optima.json"


@cache
def optimum(seed: int) -> Answer | None:
    """Return the best answer to the small problem of a seed, None where there is no plan."""
    return _recorded(small_problem(seed))


@cache
def optimum_of_new(seed: int) -> Answer | None:
    """Return the best answer to the small problem of a seed that has rules of version 2."""
    return _recorded(new_problem(seed))


def _recorded(problem: Problem) -> Answer | None:
    answer = _file()[_hash_of(problem)]
    return answer and Answer(answer[0], tuple(TeamDay(*day) for day in answer[1]))


@cache
def _file() -> dict[str, Any]:
    answers: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return answers


def _hash_of(problem: Problem) -> str:
    return problem_sha256(problem_to_json(problem))


def main() -> None:
    """Record all optima."""
    problems = [*map(small_problem, SEEDS), *map(new_problem, NEW_SEEDS)]
    with ProcessPoolExecutor() as executor:
        answers = dict(
            zip(map(_hash_of, problems), executor.map(best_answer, problems), strict=True)
        )
    lines = (f'"{key}": {json.dumps(each, separators=(",", ":"))}' for key, each in answers.items())
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main()
