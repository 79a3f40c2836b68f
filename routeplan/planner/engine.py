"""What an engine is handed and hands back."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from routeplan.errors import Faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from routeplan.model.plan import StoppedBy
    from routeplan.planner.instance import Instance
    from routeplan.planner.solution.solution import Solution


DEFAULT_SECONDS = 30.0
LONGEST_SECONDS = 7 * 86_400.0
LARGEST_SEED = 2**53


@dataclass(frozen=True, slots=True)
class Options:
    """How long and how to search.

    Parameters
    ----------
    engine
        Name of the engine.
    seconds
        Stop after that long; where neither this nor `iterations` is given, after 30 seconds.
    iterations
        Stop after that many steps of the engine; the same number gives the same plan.
    seed
        Of all random choices.
    bound
        Whether an engine that can prove a bound spends time on it.

    Examples
    --------
    >>> Options().seconds, Options(iterations=100).seconds
    (30.0, None)
    """

    engine: str = "columns"
    seconds: float | None = None
    iterations: int | None = None
    seed: int = 1
    bound: bool = True

    def __post_init__(self) -> None:
        faults = Faults()
        if self.seconds is not None and not 0 < self.seconds <= LONGEST_SECONDS:
            message = f"{self.seconds:g} is not above 0 and at most {LONGEST_SECONDS:.0f} (a week)"
            faults.add("seconds", message)
        if self.iterations is not None and self.iterations < 0:
            faults.add("iterations", f"{self.iterations} is below 0")
        if not -LARGEST_SEED <= self.seed <= LARGEST_SEED:
            faults.add("seed", f"{self.seed} is not within ±{LARGEST_SEED}")
        faults.raise_any()
        if self.seconds is None and self.iterations is None:
            object.__setattr__(self, "seconds", DEFAULT_SECONDS)


class Progress(NamedTuple):
    """How far a search has come: `bound` is None where none is proved.

    Examples
    --------
    >>> Progress(households=120, weighted=150.0, bound=None, seconds=0.5).weighted
    150.0
    """

    households: int
    weighted: float
    bound: float | None
    seconds: float


class Clock:
    """Seconds since the search began, and how many are left."""

    def __init__(self, limit: float | None) -> None:
        self._began = time.monotonic()
        self._limit = limit

    def spent(self) -> float:
        """Return the seconds since the search began."""
        return time.monotonic() - self._began

    def left(self) -> float | None:
        """Return the seconds left, below 0 when they are over; None where there is no limit."""
        return None if self._limit is None else self._limit - self.spent()

    def over(self) -> bool:
        """Tell whether the time is over."""
        left = self.left()
        return left is not None and left <= 0


class Outcome(NamedTuple):
    """What a search found; `bound` is a proven bound on the weighted households, or None."""

    solution: Solution
    bound: float | None
    iterations: int
    stopped_by: StoppedBy


class Engine(Protocol):
    """A way to search for a plan.

    Ctrl-C ends a search early: an engine then hands back the best solution it has, marked.
    """

    def __call__(
        self,
        instance: Instance,
        options: Options,
        clock: Clock,
        report: Callable[[Solution, float | None], None],
        start: Solution | None,
    ) -> Outcome:
        """Search until the options or the clock say stop; `report` each better solution.

        Where there is a `start`, a solution that keeps every rule, the search begins from it and
        never hands back a worse one. Shifts in ``instance.fixed`` stay as they are in it.
        """
