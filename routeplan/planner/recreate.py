"""Refilling shifts by what pays best for the time that it takes, compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routeplan.planner.daykernel import fill, start_of, time_shift
from routeplan.planner.kernels import inlined
from routeplan.planner.workspace import REQUIRED, fewest, put_in, shaken

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from routeplan.planner.daykernel import State
    from routeplan.planner.tables import Tables
    from routeplan.planner.workspace import Work


__all__ = ["recreate"]


@inlined
def look(
    t: Tables,
    st: State,
    w: Work,
    s: int,
    at: int,
    only: int,
    detour_worth: float,
    paid: NDArray[np.float64],
) -> None:
    """Look for the best way to put villages into a shift.

    `at` is where a stop has just been put in, so that only what it changes is looked at anew; -1
    where nothing is known yet. `only` is a village to look at alone, or -1. `paid` is what so many
    doors count for.
    """
    n = st.stops[s]
    if only < 0 and (t.fixed[s] or n == st.route.shape[1]):
        w.offers[s] = 0
        return
    rest, spare = t.limits[0], t.limits[1] - st.driven[s]
    drive = t.drive[t.vehicle[s]]
    team, start = t.team[s], start_of(t, st, s)
    before = start
    for p in range(n + 1):
        after = t.at[st.route[s, p]] if p < n else st.end[s]
        most = st.done[s, p] - st.rested[s, p]
        if rest > 0:
            later = st.owed[s, p] - st.unrested[s, p]
            most = max(most, later, st.done[s, p] - st.unrested[s, p] - rest)
        w.place[p], w.leg[p] = before, drive[before, after]
        w.spare[p] = most - w.leg[p]
        before = after
    w.place[n + 1] = before
    candidates = t.candidates[t.vehicle[s], t.bed_index[start], t.bed_index[st.end[s]]]
    looked_at = 1 if only >= 0 else (len(candidates) if at < 0 else w.offers[s])
    kept = 0
    for c in range(looked_at):
        v = only
        if only < 0:
            v = candidates[c] if at < 0 else w.offered[s, c]
        left, needed = st.left[v], t.required[v] and st.visits[v] == 0
        opens, closes = t.opens[s, v], t.closes[s, v]
        w.score[s, v] = 0.0
        if (left <= 0 and not needed) or opens > closes:
            continue
        low = fewest(t, st, s, v)
        if low > left:
            continue
        old = -1
        if at < 0:
            inside = False
            for q in range(n):
                if st.route[s, q] == v:
                    inside = True
            if inside:
                continue
        else:
            if st.route[s, at] == v:
                continue
            if w.position[s, v] != at:
                old = w.position[s, v] + (1 if w.position[s, v] > at else 0)
        most = min(left, t.most[v])
        here, num, den, setup = t.at[v], t.num[team, v], t.den[team, v], t.setup[v]
        all_last = -((-most * num) // den)
        gain = t.weight[v] * shaken(w, v)
        best, where, offer = 0.0, -1, 0
        for scan in range(2):
            # What has changed, then, where nothing of it fits, all positions.
            if scan == 1 and (best > 0.0 or old < 0):
                break
            for p in range(n + 1):
                if scan == 0 and old >= 0 and p != old and p != at and p != at + 1:
                    continue
                there, on = drive[w.place[p], here], drive[here, w.place[p + 1]]
                detour = there + on - w.leg[p]
                if detour > spare or detour + setup > w.spare[p]:
                    continue
                # As in `room`, whose sums stand here again since this is where the time goes.
                back = st.done[s, p] - on
                seconds = min(closes, back) - max(st.rested[s, p] + there, opens)
                if rest > 0:
                    reach = st.unrested[s, p] + there
                    later = min(closes, st.owed[s, p] - on) - max(reach, opens)
                    before = min(closes, back) - max(reach + rest, opens)
                    last = min(closes, back - rest) - max(reach, opens)
                    seconds = max(seconds, later, before, last)
                seconds -= setup
                if seconds < 0:
                    continue
                doors, lasts = most, all_last
                if seconds < all_last:
                    doors = seconds * den // num
                    lasts = doors * num // den
                if doors < low or (doors == 0 and not needed):
                    continue
                worth = gain * paid[doors]
                if needed:
                    worth += REQUIRED
                score = worth / max(detour_worth * detour + setup + lasts, 1.0)
                if score > best:
                    best, where, offer = score, p, doors
        w.score[s, v] = best
        if best > 0.0:
            w.position[s, v], w.offer[s, v] = where, offer
            if only < 0:
                w.offered[s, kept] = v
                kept += 1
                if kept == w.offered.shape[1]:
                    break
    if only < 0:
        w.offers[s] = kept


@inlined
def recreate(t: Tables, st: State, w: Work, detour_worth: float, paid: NDArray[np.float64]) -> None:
    """Fill the touched shifts: doors where there is room, then the visits that pay best."""
    for k in range(w.size[0]):
        time_shift(t, st, w.order[k])
    for k in range(w.size[0]):
        fill(t, st, w.order[k])
    for k in range(w.size[0]):
        look(t, st, w, w.order[k], -1, -1, detour_worth, paid)
    while True:
        shift, village, score = -1, -1, 0.0
        for k in range(w.size[0]):
            s = w.order[k]
            for c in range(w.offers[s]):
                v = w.offered[s, c]
                if w.score[s, v] > score:
                    score, shift, village = w.score[s, v], s, v
        if shift < 0:
            break
        at = w.position[shift, village]
        put_in(t, st, shift, at, village, w.offer[shift, village])
        time_shift(t, st, shift)
        look(t, st, w, shift, at, -1, detour_worth, paid)
        for k in range(w.size[0]):
            s = w.order[k]
            if s != shift and w.score[s, village] > 0.0:
                look(t, st, w, s, -1, village, detour_worth, paid)
    for k in range(w.size[0]):
        fill(t, st, w.order[k])
