"""What engines share: options, progress, the clock, Ctrl-C, and what they return."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, NoReturn, Protocol

from routeplan.errors import Faults
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from routeplan.model.plan import StoppedBy
    from routeplan.planner.instance import Instance
    from routeplan.planner.solution import Solution

DEFAULT_SECONDS = 30.0
LONGEST_SECONDS = 7 * 86_400.0
LARGEST_SEED = 2**53
# Seconds of the processor from which on its share of the wall clock is known.
LEAST_MEASURED = 0.1
# Sums of weights are doubles, and bounds are rounded outward.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Options:
    """How long and how to search.

    Parameters
    ----------
    engine
        Name of the engine.
    seconds
        Time limit by the wall clock; where no limit is given, 30 seconds.
    cpu_seconds
        Time limit of the processor instead, all threads of this process together: as much search
        on a machine that does other work too, where it takes longer. A search by the default engine
        has two threads or more. Not for the engine ``routing``, which works in another process.
    iterations
        Limit of iterations of the engine; the same number gives the same plan.
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
    cpu_seconds: float | None = None

    def __post_init__(self) -> None:
        faults = Faults()
        self._check_seconds(faults)
        if self.iterations is not None and self.iterations < 0:
            faults.add("iterations", _("{value} is below 0", value=self.iterations))
        if not -LARGEST_SEED <= self.seed <= LARGEST_SEED:
            faults.add(
                "seed", _("{value} is not within ±{most}", value=self.seed, most=LARGEST_SEED)
            )
        faults.raise_any()
        if self.limit is None and self.iterations is None:
            object.__setattr__(self, "seconds", DEFAULT_SECONDS)

    def _check_seconds(self, faults: Faults) -> None:
        for name, seconds in (("seconds", self.seconds), ("cpu_seconds", self.cpu_seconds)):
            if seconds is not None and not 0 < seconds <= LONGEST_SECONDS:
                message = _(
                    "{seconds:g} is not above 0 and at most {most:.0f} (a week)",
                    seconds=seconds,
                    most=LONGEST_SECONDS,
                )
                faults.add(name, message)
        if self.cpu_seconds is not None and self.seconds is not None:
            faults.add("cpu_seconds", _("is given beside seconds"), _("keep one of them"))
        if self.cpu_seconds is not None and self.engine == "routing":
            message = _("the engine routing has no limit of the processor's time")
            faults.add("cpu_seconds", message, _("give seconds or iterations"))

    @property
    def limit(self) -> float | None:
        """Seconds of the wall clock or of the processor; None where neither are limited."""
        return self.seconds if self.cpu_seconds is None else self.cpu_seconds


class Progress(NamedTuple):
    """The incumbent of a search and its proven bound on the objective, None where there is none.

    Examples
    --------
    >>> Progress(120, weighted=150.0, bound=None, seconds=0.5, objective=148.5).objective
    148.5
    """

    households: int
    weighted: float
    bound: float | None
    seconds: float
    objective: float


class Clock:
    """Seconds since the search began, and how many are left: of the wall clock, or the processor.

    Those of the processor are those of all threads of this process together.
    """

    def __init__(self, limit: float | None, *, cpu: bool = False) -> None:
        self.read = time.process_time if cpu else time.monotonic
        self._began, self._wall_began = self.read(), time.monotonic()
        self._limit, self._is_cpu = limit, cpu

    def spent(self) -> float:
        """Return the seconds since the search began."""
        return self.read() - self._began

    def wall_spent(self) -> float:
        """Return the seconds of the wall clock since the search began."""
        return time.monotonic() - self._wall_began

    def wall(self, seconds: float | None) -> float | None:
        """Return how long so many seconds take by the wall clock, which limits solvers.

        Those of the processor are taken to come as they have come until now.
        """
        if seconds is None or not self._is_cpu or self.spent() < LEAST_MEASURED:
            return seconds
        return seconds * self.wall_spent() / self.spent()

    def left(self) -> float | None:
        """Return the seconds left, below 0 when they are over; None where there is no limit."""
        return None if self._limit is None else self._limit - self.spent()

    def over(self) -> bool:
        """Return whether the time is over."""
        left = self.left()
        return left is not None and left <= 0


class Incumbent:
    """The best solution and, where there is one, the lowest upper bound so far.

    `report` is called with each better solution, and when the bound falls. The solution
    `is_optimal` and `is_shortest` where it is proved that none reaches more, and that none of the
    same objective drives less.
    """

    def __init__(
        self,
        solution: Solution,
        report: Callable[[Solution, float | None], None],
        bound: float | None = None,
    ) -> None:
        self.solution, self._score, self._report = solution, solution.score(), report
        self.upper_bound, self.is_optimal, self.is_shortest = bound, False, False

    def keep(self, solution: Solution) -> None:
        """Keep a solution if it is better."""
        score = solution.score()
        if score <= self._score:
            return
        solution.reuse_times(self.solution)
        # A day that begins by way of a visit may not be feasible without it.
        if solution.is_feasible():
            self.solution, self._score = solution, score
            self._report(solution, self.upper_bound)

    def lower(self, bound: float | None) -> None:
        """Keep a bound if it is lower than the one that there is."""
        if bound is not None and self.upper_bound is not None and bound < self.upper_bound:
            self.upper_bound = bound
            self._report(self.solution, self.upper_bound)

    @property
    def is_proven(self) -> bool:
        """Whether no plan reaches more, pins kept."""
        missing, weighted, _ = self._score
        bound = self.upper_bound
        met = bound is not None and weighted >= bound - ROUNDING * abs(bound)
        return self.is_optimal or (met and missing == 0)


class Outcome(NamedTuple):
    """What a search found; `bound` is a proven bound on the weighted households, or None."""

    solution: Solution
    bound: float | None
    iterations: int
    stopped_by: StoppedBy


class Engine(Protocol):
    """A way to search for a plan.

    Ctrl-C ends a search early: an engine then returns the incumbent, marked.
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
        never returns a worse one. Shifts in ``instance.fixed`` stay as they are in it.
        """


# ---- Ctrl-C that Python would lose ----
# Nothing is set outside the main thread, or where Ctrl-C means something else already.


@contextlib.contextmanager
def defer_interrupt() -> Iterator[None]:
    """Raise Ctrl-C at the end only, for what it would break, as modules left half loaded."""
    with record_interrupt() as interrupted:
        yield
    if interrupted.is_set():
        raise KeyboardInterrupt


@contextlib.contextmanager
def record_interrupt() -> Iterator[threading.Event]:
    """Yield an event that Ctrl-C sets, and does nothing else: for what must be completed."""
    event = threading.Event()
    with _handle_interrupt(lambda _, __: event.set()):
        yield event


@contextlib.contextmanager
def watch_interrupt() -> Iterator[threading.Event]:
    """Yield an event that Ctrl-C sets, besides raising KeyboardInterrupt as usual.

    An exception that is raised in the callback of a weak reference or in a destructor is printed
    and forgotten; a loop can look at the event and raise it again.
    """
    event = threading.Event()

    def interrupt(_: int, __: FrameType | None) -> NoReturn:
        event.set()
        raise KeyboardInterrupt

    with _handle_interrupt(interrupt):
        yield event


@contextlib.contextmanager
def _handle_interrupt(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Set a handler of Ctrl-C, where it has Python's own and comes to this thread."""
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
