"""Putting more into shifts than they hold, then trimming them, compiled.

Where days have many stops, a better plan often lies behind worse ones that ruin and recreate never
reaches: nothing is put in before something else is out. Here it is the other way around, as in
ejection chains (Glover 1996, Discrete Applied Mathematics 65).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.planner.daykernel import clear, door_seconds, start_of, stop_at, time_shift
from routeplan.planner.kernels import below, inlined, uniform
from routeplan.planner.workspace import fewest, put_in, shaken, take_out, touch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from routeplan.planner.daykernel import State
    from routeplan.planner.tables import Tables
    from routeplan.planner.workspace import Tuning, Work

__all__ = ["force_in", "swap_tails"]

NOWHERE = 1 << 60


@inlined
def trim(t: Tables, st: State, w: Work, s: int, power: float) -> None:
    """Take out of a shift what pays least for its time until it can be kept."""
    drive = t.drive[t.vehicle[s]]
    while st.stops[s] > 0 and not time_shift(t, st, s):
        worst, least = 0, float(NOWHERE)
        before = start_of(t, st, s)
        for p in range(st.stops[s]):
            v = st.route[s, p]
            here = t.at[v]
            after = t.at[st.route[s, p + 1]] if p < st.stops[s] - 1 else st.end[s]
            saved = drive[before, here] + drive[here, after] - drive[before, after]
            saved += t.setup[v] + door_seconds(t, s, v, st.doors[s, p])
            paid = t.weight[v] * st.doors[s, p] * shaken(w, v) ** power / max(saved, 1.0)
            if paid < least:
                worst, least = p, paid
            before = here
        take_out(t, st, s, worst)


@inlined
def nearest_gap(t: Tables, st: State, s: int, v: int) -> int:
    """Return the position with the shortest detour to a village; -1 where the shift visits it."""
    drive, here = t.drive[t.vehicle[s]], t.at[v]
    before, shortest, found = start_of(t, st, s), NOWHERE, -1
    for p in range(st.stops[s] + 1):
        if p < st.stops[s] and st.route[s, p] == v:
            return -1
        after = t.at[st.route[s, p]] if p < st.stops[s] else st.end[s]
        detour = drive[before, here] + drive[here, after] - drive[before, after]
        if detour < shortest:
            shortest, found = detour, p
        before = after
    return found


@inlined
def take_away(t: Tables, st: State, w: Work, v: int, but: int) -> None:
    """Take a village out of all shifts but one."""
    for n in range(st.visits[v] - 1, -1, -1):
        s = st.visitors[v, n]
        if s != but and not t.fixed[s]:
            touch(st, w, s)
            take_out(t, st, s, stop_at(st, s, v))


@inlined
def force_in(t: Tables, st: State, w: Work, u: Tuning, rng: NDArray[np.uint64]) -> None:
    """Force some villages around one into a shift, whether they fit or not, and trim it."""
    v, s = below(rng, len(t.at)), below(rng, len(t.day))
    wanted = 1 + below(rng, u.most_forced)
    for c in range(0 if t.fixed[s] else t.near.shape[1]):
        x = t.near[v, c]
        if wanted == 0 or st.stops[s] == st.route.shape[1]:
            break
        p = nearest_gap(t, st, s, x)
        if p < 0 or t.opens[s, x] > t.closes[s, x]:
            continue
        if st.left[x] == 0 and uniform(rng) < u.taken_away:
            take_away(t, st, w, x, s)
        doors = min(st.left[x], t.most[x])
        if doors == 0 or doors < fewest(t, st, s, x):
            continue
        touch(st, w, s)
        put_in(t, st, s, p, x, doors)
        wanted -= 1
    if w.touched[s]:
        trim(t, st, w, s, u.trim)


@inlined
def visit_near(t: Tables, st: State, v: int, but: int) -> tuple[int, int]:
    """Return shift and position of a visit as near to a village as any; -1, -1 where none is."""
    for c in range(t.near.shape[1]):
        x = t.near[v, c]
        for n in range(st.visits[x]):
            s = st.visitors[x, n]
            if s != but and not t.fixed[s]:
                return s, stop_at(st, s, x)
    return -1, -1


@inlined
def may_follow(t: Tables, st: State, s: int, p: int, other: int, q: int) -> bool:
    """Tell whether what a shift visits from stop p on may come after q stops of another shift."""
    for n in range(p, st.stops[s]):
        v = st.route[s, n]
        if t.opens[other, v] > t.closes[other, v]:
            return False
        for m in range(q):
            if st.route[other, m] == v:
                return False
    return q + st.stops[s] - p <= st.route.shape[1]


@inlined
def swap_tails(t: Tables, st: State, w: Work, u: Tuning, rng: NDArray[np.uint64]) -> None:
    """Let two shifts that come near each other go on with each other's stops, and trim them."""
    v = below(rng, len(t.at))
    a, p = visit_near(t, st, v, -1)
    b, q = visit_near(t, st, v, a)
    if b < 0:
        return
    p, q = p + 1, q + below(rng, 2)
    if not (may_follow(t, st, a, p, b, q) and may_follow(t, st, b, q, a, p)):
        return
    touch(st, w, a)
    touch(st, w, b)
    clear(t, st, a)
    clear(t, st, b)
    for one, cut, other, begin in ((a, p, b, q), (b, q, a, p)):
        for n in range(cut):
            put_in(t, st, one, n, w.route[one, n], w.doors[one, n])
        for n in range(begin, w.stops[other]):
            put_in(t, st, one, cut + n - begin, w.route[other, n], w.doors[other, n])
    trim(t, st, w, a, u.trim)
    trim(t, st, w, b, u.trim)
