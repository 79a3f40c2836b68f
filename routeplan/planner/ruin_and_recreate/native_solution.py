"""Solutions and the memory of a search, as the arrays that the native library changes in place.

Field by field the structures of ``native/routeplan.h``, where shapes and units are given.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan import native
from routeplan.planner.routes import Visit
from routeplan.planner.solution.solution import Solution

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from routeplan.planner.instance import Instance
    from routeplan.planner.native_instance import NativeInstance

    Ints = NDArray[np.int32]
    Structs = NDArray[np.void]

# Stops beyond those that a day can have: some are forced in before others are trimmed.
FORCED = 8
# So many villages at most are candidates for a shift between two places, and so many
# insertions are compared at once; fewer of these where there are many to choose from.
CANDIDATES = 250
INSERTIONS, INSERTIONS_OF_MANY, MANY = 120, 40, 400
# The candidates of so many pairs of places are cached.
CACHED_PAIRS = 2048
# Sizes of the tables from which random factors are drawn.
NOISE_BITS = 11
POWERS, WEIGHTS, THRESHOLDS = 8, 64, 4096
# Visits of more households than this count in proportion.
MOST_POWERED = 4096
# Slots for the hashes of routes that were seen.
HASH_BITS = 18


class NativeSolution(NamedTuple):
    """A solution, and what is counted and timed of it."""

    stop_capacity: int
    village: Ints
    reached: Ints
    stops: Ints
    end: Ints
    remainder: Structs
    visitor: Ints
    next_visitor: Ints
    free_visitor: Ints
    reached_on: Ints
    reached_in: Ints
    beds_used: Ints
    slack: Structs
    duration: Ints
    driven: NDArray[np.int64]

    @property
    def left(self) -> Ints:
        """Households that no visit reaches, shape (villages,)."""
        return self.remainder["left"]

    @property
    def visits(self) -> Ints:
        """Number of visits, shape (villages,)."""
        return self.remainder["visits"]


class RuinParameters(NamedTuple):
    """How solutions are ruined and recreated; measured by `tests.bench.ruin_parameters`.

    Parameters
    ----------
    noise
        Gains are multiplied by a random number in [0, 1) to this power.
    detour
        A second of detour counts up to exp(detour) times, or as much less, as a second of a visit.
    power
        Households count to this power at the least, and to half a power more at the most.
    trim
        When a shift is trimmed, the factors of `noise` are raised to this power.
    others
        As in ``routeplan.h``.
    """

    noise: float
    detour: float
    power: float
    trim: float
    forced: float
    tails: float
    whole_shifts: float
    near_villages: float
    most_shifts: int
    most_villages: int
    most_strings: int
    most_forced: int
    longest: float
    nights: float
    driving: float
    taken_away: float
    shortened: float


def _ints(*shape: int) -> Ints:
    return np.zeros(shape, dtype=np.int32)


def stop_capacity(t: NativeInstance) -> int:
    """Return how many stops a shift can have, and some more.

    Beside one visit where the shift starts, none has more than there are villages of which the
    shortest visits fit into the longest working hours, each with the shortest drive to it.
    """
    if not t.shifts:
        return FORCED
    hours = int((t.work_end - t.work_start).max())
    shortest = np.full(t.villages, np.iinfo(np.int32).max)
    for matrix in t.drive_to:
        rows = matrix[t.at]
        rows[np.arange(t.villages), t.at] = np.iinfo(np.int32).max
        shortest = np.minimum(shortest, rows.min(axis=1))
    pace = (t.paces["num"] / t.paces["den"]).min(axis=0)
    one = np.where((t.households > 0) & ~t.required, pace, 0.0)
    lasts = np.sort(shortest + t.setup + np.floor(one))
    return 1 + int(np.searchsorted(np.cumsum(lasts), hours, side="right")) + FORCED


def empty_solution(t: NativeInstance, capacity: int) -> NativeSolution:
    """Return a solution without visits, every shift's end at home."""
    return NativeSolution(
        stop_capacity=capacity,
        village=_ints(t.shifts, capacity),
        reached=_ints(t.shifts, capacity),
        stops=_ints(t.shifts),
        end=t.home.copy(),
        remainder=np.zeros(t.villages, dtype=native.dtype("Remainder")),
        visitor=_ints(t.shifts * capacity),
        next_visitor=_ints(t.shifts * capacity),
        free_visitor=_ints(1),
        reached_on=_ints(t.villages, t.days),
        reached_in=_ints(t.districts),
        beds_used=_ints(t.places, t.days),
        slack=np.zeros((t.shifts, capacity + 1), dtype=native.dtype("Slack")),
        duration=_ints(t.shifts, capacity),
        driven=np.zeros(t.shifts, dtype=np.int64),
    )


def read_solution(t: NativeInstance, solution: Solution, arrays: NativeSolution) -> None:
    """Set arrays to a solution; `CapacityError` where a shift has more stops than they hold."""
    for shift, route in enumerate(solution.routes):
        arrays.end[shift], arrays.stops[shift] = route.end, len(route.visits)
        for position, visit in enumerate(route.visits[: arrays.stop_capacity]):
            arrays.village[shift, position], arrays.reached[shift, position] = visit
    native.call("count_solution", t, arrays)


def to_solution(instance: Instance, arrays: NativeSolution) -> Solution:
    """Return the solution of arrays."""
    rows = zip(arrays.village, arrays.reached, arrays.stops.tolist(), strict=True)
    visits = [
        [*map(Visit, village[:n].tolist(), reached[:n].tolist())] for village, reached, n in rows
    ]
    return Solution(instance, instance.day_routes(arrays.end.tolist(), visits))


def make_workspace(
    t: NativeInstance, capacity: int, u: RuinParameters, seed: int
) -> SimpleNamespace:
    """Return the memory of a search, ``Workspace``, all random choices drawn from a seed."""
    rng = np.random.default_rng(abs(seed))
    insertions = min(t.villages, INSERTIONS if t.villages < MANY else INSERTIONS_OF_MANY)
    candidates = min(t.villages, CANDIDATES)
    pairs = min(CACHED_PAIRS, t.vehicles * t.places**2)
    noise = rng.random(1 << NOISE_BITS) ** u.noise
    households = min(int(t.most.max(initial=0)), MOST_POWERED)
    powers = np.linspace(u.power, u.power + 0.5, POWERS).reshape(-1, 1)
    return SimpleNamespace(
        insertion_capacity=insertions,
        candidate_count=candidates,
        cached_pairs=pairs,
        noise_bits=NOISE_BITS,
        power_count=POWERS,
        power_households=households,
        weight_count=WEIGHTS,
        threshold_count=THRESHOLDS,
        random=np.array([splitmix64(seed), 0], dtype=np.uint64),
        changed=_ints(t.shifts),
        changed_count=_ints(1),
        changed_position=_ints(t.shifts) - 1,
        old_village=_ints(t.shifts, capacity),
        old_reached=_ints(t.shifts, capacity),
        old_stops=_ints(t.shifts),
        old_end=_ints(t.shifts),
        old_driven=np.zeros(t.shifts, dtype=np.int64),
        insertion=np.zeros((t.shifts, insertions), dtype=native.dtype("Insertion")),
        insertion_count=_ints(t.shifts),
        best_insertion=_ints(t.shifts),
        pair=_ints(pairs, 3) - 1,
        candidates=_ints(pairs, candidates),
        key=np.zeros(t.villages, dtype=np.int64),
        gap=np.zeros(capacity + 1, dtype=native.dtype("Gap")),
        noise=noise,
        trim_noise=noise**u.trim,
        power=np.arange(households + 1) ** powers,
        detour_weight=np.exp(np.linspace(-u.detour, u.detour, WEIGHTS)),
        threshold=-np.log((np.arange(THRESHOLDS) + 0.5) / THRESHOLDS),
        differing=_ints(t.shifts),
        differing_count=_ints(1),
        differs=np.zeros(t.shifts, dtype=np.bool_),
        value=np.zeros(3),
        best_value=np.zeros(3),
    )


def splitmix64(seed: int) -> int:
    """Return the state of a generator of random numbers, never 0.

    SplitMix64 (Steele, Lea and Flood 2014) spreads seeds that lie close together.
    """
    mask = (1 << 64) - 1
    x = (seed + 0x9E3779B97F4A7C15) & mask
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & mask
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
    return (x ^ (x >> 31)) or 1


def make_route_pool(stops: int, size: int) -> SimpleNamespace:
    """Return memory for so many routes, ``RoutePool``; hashes of those taken away stay."""
    return SimpleNamespace(
        capacity=size,
        stop_capacity=stops,
        hash_bits=HASH_BITS,
        size=_ints(1),
        shift=_ints(size),
        start=_ints(size),
        end=_ints(size),
        stops=_ints(size),
        village=_ints(size, stops),
        reached=_ints(size, stops),
        seen=np.zeros(1 << HASH_BITS, dtype=np.uint64),
    )
