"""Taking visits out of a plan, and moving nights between emptied days, compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.planner.daykernel import clear, start_of, stop_at
from routeplan.planner.kernels import FAR, below, inlined, uniform
from routeplan.planner.workspace import away_is_kept, bed_is_free, fewest, take_out, touch, use_bed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from routeplan.planner.daykernel import State
    from routeplan.planner.tables import Tables
    from routeplan.planner.workspace import Tuning, Work


__all__ = ["ruin_near", "ruin_shifts", "ruin_strings", "take_out_too_small"]


@inlined
def ruin_shifts(t: Tables, st: State, w: Work, u: Tuning, rng: NDArray[np.uint64]) -> None:
    """Clear shifts of one team in a row, and choose the nights between them anew."""
    first = below(rng, len(t.day))
    end = first + 1
    while end < min(len(t.day), first + u.most_shifts) and not t.first[end] and uniform(rng) < 0.7:
        end += 1
    for s in range(first, end):
        if not t.fixed[s]:
            touch(st, w, s)
            clear(t, st, s)
    for s in range(first, end - 1):
        if uniform(rng) < 0.7:
            move_night(t, st, s, rng)


@inlined
def ruin_near(t: Tables, st: State, w: Work, u: Tuning, rng: NDArray[np.uint64]) -> None:
    """Take villages around one out of all shifts, or of most."""
    v = below(rng, len(t.at))
    chance = 1.0 if uniform(rng) < 0.5 else 0.7
    for c in range(min(t.near.shape[1], 1 + below(rng, u.most_villages))):
        x = t.near[v, c]
        for n in range(st.visits[x] - 1, -1, -1):
            s = st.visitors[x, n]
            if not t.fixed[s] and uniform(rng) < chance:
                touch(st, w, s)
                take_out(t, st, s, stop_at(st, s, x))


@inlined
def ruin_strings(t: Tables, st: State, w: Work, u: Tuning, rng: NDArray[np.uint64]) -> None:
    """Take strings of stops out of shifts that come near a village."""
    v = below(rng, len(t.at))
    strings, longest = 1 + below(rng, u.most_strings), 1.0 + uniform(rng) * u.longest
    for c in range(t.near.shape[1]):
        x = t.near[v, c]
        for n in range(st.visits[x] - 1, -1, -1):
            s = st.visitors[x, n]
            if strings == 0:
                return
            if t.fixed[s] or w.touched[s]:
                continue
            p = stop_at(st, s, x)
            length = min(st.stops[s], 1 + int(uniform(rng) * longest))
            low, high = max(0, p - length + 1), min(p, st.stops[s] - length)
            begin = low + below(rng, high - low + 1)
            touch(st, w, s)
            for _ in range(length):
                take_out(t, st, s, begin)
            strings -= 1


@inlined
def take_out_too_small(t: Tables, st: State, w: Work) -> None:
    """Take out visits that reach fewer than they may, since earlier days now leave more."""
    k = 0
    while k < w.size[0]:
        touched = w.order[k]
        for p in range(w.stops[touched]):
            v, n = w.route[touched, p], 0
            while n < st.visits[v]:
                s = st.visitors[v, n]
                at = stop_at(st, s, v)
                small = st.doors[s, at] < t.fewest[v] and not t.fixed[s]
                n += 1
                if small and st.doors[s, at] < fewest(t, st, s, v):
                    touch(st, w, s)
                    take_out(t, st, s, at)
                    n = 0
        k += 1


@inlined
def move_night(t: Tables, st: State, s: int, rng: NDArray[np.uint64]) -> None:
    """Move the night between two shifts without visits to another place, where one is drawn."""
    if t.last[s] or len(t.beds) == 0 or t.fixed[s] or t.fixed[s + 1]:
        return
    drive, old, start = t.drive[t.vehicle[s]], st.end[s], start_of(t, st, s)
    place = t.home[s]
    draws = 1
    if len(t.beds) > 12 and uniform(rng) < 0.8:
        draws = len(t.beds) // 6
    reference = start if uniform(rng) < 0.5 else st.end[s + 1]
    if uniform(rng) * (len(t.beds) + 1) >= 1.0:
        nearest = 2 * FAR
        for _ in range(draws):
            bed = t.beds[below(rng, len(t.beds))]
            if drive[reference, bed] < nearest:
                nearest, place = drive[reference, bed], bed
    there, on = drive[start, place], drive[place, st.end[s + 1]]
    drivable = (
        max(there, on) <= t.limits[1]
        and t.work_start[s] + there <= t.work_end[s]
        and t.work_start[s + 1] + on <= t.work_end[s + 1]
    )
    use_bed(t, st, s, -1)
    if drivable and bed_is_free(t, st, s, place):
        st.end[s] = place
        if not away_is_kept(t, st, s):
            st.end[s] = old
    use_bed(t, st, s, 1)
