"""Driving the stops of a shift in a shorter order, compiled.

Two-opt and or-opt with the first improvement (Croes 1958, Operations Research 6; Or 1976): days of
many stops are refilled in an order that insertion alone seldom leaves short.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.planner.daykernel import start_of, time_shift
from routeplan.planner.kernels import inlined

if TYPE_CHECKING:
    from routeplan.planner.daykernel import State
    from routeplan.planner.tables import Tables

__all__ = ["shorten"]

# Stops that are moved together.
LONGEST_MOVED = 3


@inlined
def place_of(t: Tables, st: State, s: int, p: int) -> int:
    """Return the place of a stop; before the first and after the last, of the shift's ends."""
    if p < 0:
        return start_of(t, st, s)
    if p >= st.stops[s]:
        return st.end[s]
    return t.at[st.route[s, p]]


@inlined
def reverse(st: State, s: int, p: int, q: int) -> None:
    """Turn the stops from p to q around."""
    while p < q:
        st.route[s, p], st.route[s, q] = st.route[s, q], st.route[s, p]
        st.doors[s, p], st.doors[s, q] = st.doors[s, q], st.doors[s, p]
        p += 1
        q -= 1


@inlined
def swap_parts(st: State, s: int, p: int, q: int, last: int) -> None:
    """Put the stops from q to last before those from p to q - 1."""
    reverse(st, s, p, q - 1)
    reverse(st, s, q, last)
    reverse(st, s, p, last)


@inlined
def turn_parts(t: Tables, st: State, s: int) -> bool:
    """Turn each part of a shift around where that is shorter and can be kept; tell if any was."""
    drive, n, changed = t.drive[t.vehicle[s]], st.stops[s], False
    for p in range(n - 1):
        before, first = place_of(t, st, s, p - 1), place_of(t, st, s, p)
        there, back = 0, 0
        for q in range(p + 1, n):
            last, after = place_of(t, st, s, q), place_of(t, st, s, q + 1)
            inner = place_of(t, st, s, q - 1)
            there += drive[inner, last]
            back += drive[last, inner]
            now = drive[before, first] + there + drive[last, after]
            if drive[before, last] + back + drive[first, after] < now:
                reverse(st, s, p, q)
                if time_shift(t, st, s):
                    changed = True
                    first, there, back = last, back, there
                else:
                    reverse(st, s, p, q)
    return changed


@inlined
def move_parts(t: Tables, st: State, s: int) -> bool:
    """Move up to three stops in a row where that is shorter and can be kept; tell if any were."""
    drive, n, changed = t.drive[t.vehicle[s]], st.stops[s], False
    for length in range(1, min(LONGEST_MOVED, n - 1) + 1):
        for p in range(n - length + 1):
            last = p + length - 1
            before, after = place_of(t, st, s, p - 1), place_of(t, st, s, last + 1)
            a, b = place_of(t, st, s, p), place_of(t, st, s, last)
            saved = drive[before, a] + drive[b, after] - drive[before, after]
            for q in range(-1, n):
                if p - 1 <= q <= last:
                    continue
                left, right = place_of(t, st, s, q), place_of(t, st, s, q + 1)
                if drive[left, a] + drive[b, right] - drive[left, right] >= saved:
                    continue
                low, cut, high = (q + 1, p, last) if q < p else (p, last + 1, q)
                swap_parts(st, s, low, cut, high)
                if time_shift(t, st, s):
                    changed = True
                    break
                swap_parts(st, s, low, low + high - cut + 1, high)
    return changed


@inlined
def shorten(t: Tables, st: State, s: int) -> bool:
    """Shorten the drive of a shift, the same doors at the same stops; tell whether it could be.

    The shift must be one that can be kept, and stays one.
    """
    changed = False
    while turn_parts(t, st, s) or move_parts(t, st, s):
        changed = True
    time_shift(t, st, s)
    return changed
