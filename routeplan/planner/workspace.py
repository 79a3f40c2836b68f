"""What rounds of ruin and recreate work with, compiled where kernels change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.planner.daykernel import MOST_STOPS, book
from routeplan.planner.kernels import FAR, inlined, zeros

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from routeplan.planner.daykernel import State
    from routeplan.planner.tables import Tables


__all__ = [
    "REQUIRED",
    "Harvest",
    "Score",
    "Tuning",
    "Work",
    "away_is_kept",
    "bed_is_free",
    "fewest",
    "make_harvest",
    "make_work",
    "put_in",
    "shaken",
    "take_out",
    "touch",
    "use_bed",
]

# What a required village that nobody visits counts for, over all households.
REQUIRED = 1e7
# So many villages are offered to one shift at once; fewer where there are many to choose from.
OFFERS, OFFERS_OF_MANY, MANY = 120, 40, 400
# A power of two, far more than villages that are looked at in one round.
SHAKES = 1 << 16
# So many powers of doors are drawn from.
POWERS = 8


class Tuning(NamedTuple):
    """How plans are ruined and refilled; measured by `tests.bench.ruin_parameters`.

    Parameters
    ----------
    whole_shifts, near_villages
        Shares of the rounds that clear shifts in a row, and villages around one; the others take
        strings of stops out of shifts near each other.
    most_shifts, most_villages, most_strings, longest
        How many at once, and the longest string.
    shake
        Gains are multiplied by a random number in [0, 1) to this power.
    detour
        A second of detour counts up to exp(detour) times, or as much less, as a second at doors.
    power
        Doors count to this power at the least, and to half a power more at the most.
    nights
        Share of the chances to choose a night anew that are taken.
    driving
        What a second of driving costs, in weighted households.
    forced, tails
        Shares of the rounds that force villages into a shift, and that swap tails of two shifts.
    most_forced
        How many villages are forced in at once.
    taken_away
        Share of the villages to be forced in that are taken from other shifts where no household
        is left.
    trim
        When a shift is trimmed, gains are shaken as for `shake`, raised to this power.
    shortened
        Share of the rounds after which the order of stops is shortened.
    """

    whole_shifts: float
    near_villages: float
    most_shifts: int
    most_villages: int
    most_strings: int
    longest: float
    shake: float
    detour: float
    power: float
    nights: float
    driving: float
    forced: float
    tails: float
    most_forced: int
    taken_away: float
    trim: float
    shortened: float


class Score(NamedTuple):
    """Weighted households, seconds driven and required villages not visited, shape (3,) each.

    `now` is of the state, `best` of the best state so far.
    """

    now: NDArray[np.float64]
    best: NDArray[np.float64]


class Work(NamedTuple):
    """Room to work in: what a round touches, as it was, and what may be put in.

    Parameters
    ----------
    route, doors, stops, end, driven
        Touched shifts as they were, as in `State`.
    touched
        Shape (shifts,).
    order, size
        Touched shifts in the order of touching, and how many.
    score, position, offer
        Shape (shifts, villages): the best way to put a village into a shift.
    offered, offers
        Shape (shifts, n) and (shifts,): which villages have one.
    place, leg, spare
        Shape (stops + 2,): of the shift that is looked at, its start, stops and end; the way from
        each to the next; and how long that may last at most, beyond it.
    shake, turn
        Random factors, drawn once, and which of them this round gives to which village.
    paid
        Shape (powers, doors): what so many doors count for.
    """

    route: NDArray[np.int64]
    doors: NDArray[np.int64]
    stops: NDArray[np.int64]
    end: NDArray[np.int64]
    driven: NDArray[np.int64]
    touched: NDArray[np.bool_]
    order: NDArray[np.int64]
    size: NDArray[np.int64]
    score: NDArray[np.float64]
    position: NDArray[np.int64]
    offer: NDArray[np.int64]
    offered: NDArray[np.int64]
    offers: NDArray[np.int64]
    place: NDArray[np.int64]
    leg: NDArray[np.int64]
    spare: NDArray[np.int64]
    shake: NDArray[np.float64]
    turn: NDArray[np.int64]
    paid: NDArray[np.float64]


class Harvest(NamedTuple):
    """Routes of good plans, each once, row by row; `size` is how many, `seen` are their hashes."""

    shift: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    stops: NDArray[np.int64]
    route: NDArray[np.int64]
    doors: NDArray[np.int64]
    size: NDArray[np.int64]
    seen: NDArray[np.uint64]


def make_work(t: Tables, u: Tuning, seed: int) -> Work:
    """Make room to work in."""
    shifts, villages = t.opens.shape
    stops = min(villages, MOST_STOPS)
    doors = np.arange(t.most.max(initial=0) + 1, dtype=float)
    return Work(
        route=zeros(shifts, stops),
        doors=zeros(shifts, stops),
        stops=zeros(shifts),
        end=zeros(shifts),
        driven=zeros(shifts),
        touched=np.zeros(shifts, dtype=np.bool_),
        order=zeros(shifts),
        size=zeros(1),
        score=np.zeros((shifts, villages)),
        position=zeros(shifts, villages),
        offer=zeros(shifts, villages),
        offered=zeros(shifts, min(villages, OFFERS if villages < MANY else OFFERS_OF_MANY)),
        offers=zeros(shifts),
        place=zeros(stops + 2),
        leg=zeros(stops + 2),
        spare=zeros(stops + 2),
        shake=np.random.default_rng(abs(seed)).random(SHAKES) ** u.shake,
        turn=zeros(1),
        paid=doors ** np.linspace(u.power, u.power + 0.5, POWERS).reshape(-1, 1),
    )


def make_harvest(t: Tables, size: int) -> Harvest:
    """Make room for so many routes at once; hashes of those taken away stay."""
    longest = min(t.opens.shape[1], MOST_STOPS)
    return Harvest(
        shift=zeros(size),
        start=zeros(size),
        end=zeros(size),
        stops=zeros(size),
        route=zeros(size, longest),
        doors=zeros(size, longest),
        size=zeros(1),
        seen=np.zeros(1 << 18, dtype=np.uint64),
    )


@inlined
def touch(st: State, w: Work, s: int) -> None:
    """Note a shift as it is before it is changed."""
    if w.touched[s]:
        return
    w.touched[s] = True
    w.order[w.size[0]] = s
    w.size[0] += 1
    w.stops[s], w.end[s], w.driven[s] = st.stops[s], st.end[s], st.driven[s]
    for p in range(st.stops[s]):
        w.route[s, p], w.doors[s, p] = st.route[s, p], st.doors[s, p]


@inlined
def take_out(t: Tables, st: State, s: int, p: int) -> None:
    """Take a stop out of a shift."""
    book(t, st, s, st.route[s, p], -st.doors[s, p], -1)
    for q in range(p, st.stops[s] - 1):
        st.route[s, q], st.doors[s, q] = st.route[s, q + 1], st.doors[s, q + 1]
    st.stops[s] -= 1


@inlined
def put_in(t: Tables, st: State, s: int, p: int, v: int, households: int) -> None:
    """Put a stop into a shift."""
    for q in range(st.stops[s], p, -1):
        st.route[s, q], st.doors[s, q] = st.route[s, q - 1], st.doors[s, q - 1]
    st.route[s, p], st.doors[s, p] = v, households
    st.stops[s] += 1
    book(t, st, s, v, households, 1)


@inlined
def shaken(w: Work, v: int) -> float:
    """Return the random factor of a village in this round."""
    return w.shake[(v * 2654435761 + w.turn[0]) & (len(w.shake) - 1)]


@inlined
def use_bed(t: Tables, st: State, s: int, sign: int) -> None:
    """Take or free the bed of the night after a shift."""
    if not t.last[s] and st.end[s] != t.home[s]:
        for d in range(t.day[s], t.until[s]):
            st.used[st.end[s], d] += sign


@inlined
def bed_is_free(t: Tables, st: State, s: int, place: int) -> bool:
    """Tell whether a team could sleep at a place after a shift."""
    if place != t.home[s]:
        for d in range(t.day[s], t.until[s]):
            if st.used[place, d] >= t.room[place]:
                return False
    return True


@inlined
def away_is_kept(t: Tables, st: State, s: int) -> bool:
    """Tell whether the team of a shift is never away for too many nights."""
    if t.nights_away[s] >= FAR:
        return True
    while not t.first[s]:
        s -= 1
    away = 0
    while not t.last[s]:
        away = 0 if st.end[s] == t.home[s] else away + t.nights[s]
        if away > t.nights_away[s]:
            return False
        s += 1
    return True


@inlined
def fewest(t: Tables, st: State, s: int, v: int) -> int:
    """Return the least that a visit of a shift to a village may reach."""
    if t.whole[v]:
        return t.households[v]
    # What is left in the end is no more than what earlier days leave.
    if t.fewest[v] <= st.left[v]:
        return t.fewest[v]
    left = t.households[v]
    for d in range(t.day[s]):
        left -= st.reached[d, v]
    return min(t.fewest[v], left)
