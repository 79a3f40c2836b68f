"""Ruin and recreate on whole plans, compiled.

Slack induction by string removal (Christiaens and Vanden Berghe 2020, Transportation Science 54,
sections 4.1 and 5) recast for prizes: what is ruined is refilled by what pays best for the time it
takes, doors included, with gains shaken at random in place of blinks, and nights are chosen anew
on the way. Where days have many stops, villages are forced in too, tails of days are swapped, and
the order of stops is shortened. A worse plan is gone on from as in simulated annealing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from routeplan.planner.daykernel import book, clear, fill, start_of, time_shift
from routeplan.planner.kernels import below, inlined, kernel, uniform
from routeplan.planner.overfill import force_in, swap_tails
from routeplan.planner.recreate import recreate
from routeplan.planner.ruin import ruin_near, ruin_shifts, ruin_strings, take_out_too_small
from routeplan.planner.shorten import shorten
from routeplan.planner.workspace import REQUIRED, away_is_kept, bed_is_free, touch, use_bed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from routeplan.planner.daykernel import State
    from routeplan.planner.tables import Tables
    from routeplan.planner.workspace import Harvest, Score, Tuning, Work


__all__ = ["anneal", "take_stock"]


@inlined
def disturb(t: Tables, st: State, w: Work, u: Tuning, rng: NDArray[np.uint64]) -> None:
    """Take something out of the plan, one way or another."""
    dice = uniform(rng)
    if dice < u.forced:
        force_in(t, st, w, u, rng)
    elif dice < u.forced + u.tails:
        swap_tails(t, st, w, u, rng)
    elif dice < u.forced + u.tails + u.whole_shifts:
        ruin_shifts(t, st, w, u, rng)
    elif dice < u.forced + u.tails + u.whole_shifts + u.near_villages:
        ruin_near(t, st, w, u, rng)
    else:
        ruin_strings(t, st, w, u, rng)


@inlined
def shorten_touched(t: Tables, st: State, w: Work) -> bool:
    """Shorten the touched shifts; tell whether any was."""
    shorter = False
    for k in range(w.size[0]):
        s = w.order[k]
        if not t.fixed[s] and time_shift(t, st, s) and shorten(t, st, s):
            shorter = True
    return shorter


@inlined
def settle_night(t: Tables, st: State, s: int) -> bool:
    """Choose the nearest place for the night between two shifts as they are; tell if it is new."""
    if t.last[s] or len(t.beds) == 0 or t.fixed[s] or t.fixed[s + 1]:
        return False
    drive, old = t.drive[t.vehicle[s]], st.end[s]
    before, after = start_of(t, st, s), st.end[s + 1]
    if st.stops[s] > 0:
        before = t.at[st.route[s, st.stops[s] - 1]]
    if st.stops[s + 1] > 0:
        after = t.at[st.route[s + 1, 0]]
    shortest, chosen = drive[before, old] + drive[old, after], old
    use_bed(t, st, s, -1)
    for k in range(len(t.beds) + 1):
        place = t.home[s] if k == len(t.beds) else t.beds[k]
        length = drive[before, place] + drive[place, after]
        if length < shortest and bed_is_free(t, st, s, place):
            st.end[s] = place
            if away_is_kept(t, st, s) and time_shift(t, st, s) and time_shift(t, st, s + 1):
                shortest, chosen = length, place
    st.end[s] = chosen
    use_bed(t, st, s, 1)
    time_shift(t, st, s)
    time_shift(t, st, s + 1)
    return chosen != old


@inlined
def settle_nights(t: Tables, st: State, w: Work, chance: float, rng: NDArray[np.uint64]) -> None:
    """Choose nights after touched shifts anew, and fill what that makes room for."""
    for k in range(w.size[0]):
        s = w.order[k]
        if not t.last[s] and uniform(rng) < chance:
            touch(st, w, s + 1)
            if settle_night(t, st, s):
                fill(t, st, s)
                fill(t, st, s + 1)


@inlined
def judge(t: Tables, st: State, w: Work, score: Score) -> tuple[float, float, float, bool]:
    """Return weighted households, driving, required villages missing; and whether days are kept."""
    worth, driven, missing, kept = score.now[0], score.now[1], 0, True
    for k in range(w.size[0]):
        s = w.order[k]
        kept = kept and time_shift(t, st, s)
        driven += st.driven[s] - w.driven[s]
        for p in range(st.stops[s]):
            worth += t.weight[st.route[s, p]] * st.doors[s, p]
        for p in range(w.stops[s]):
            worth -= t.weight[w.route[s, p]] * w.doors[s, p]
    for n in range(len(t.needed)):
        if st.visits[t.needed[n]] == 0:
            missing += 1
    return worth, driven, float(missing), kept


@inlined
def put_back(t: Tables, st: State, w: Work) -> None:
    """Make the touched shifts as they were."""
    for k in range(w.size[0]):
        s = w.order[k]
        clear(t, st, s)
        use_bed(t, st, s, -1)
        st.end[s] = w.end[s]
        use_bed(t, st, s, 1)
        st.stops[s] = w.stops[s]
        for p in range(w.stops[s]):
            st.route[s, p], st.doors[s, p] = w.route[s, p], w.doors[s, p]
            book(t, st, s, st.route[s, p], st.doors[s, p], 1)
    for k in range(w.size[0]):
        s = w.order[k]
        time_shift(t, st, s)
        if not t.last[s]:
            time_shift(t, st, s + 1)


@inlined
def mixed(code: np.uint64, part: int) -> np.uint64:
    """Return a hash with one more number mixed in (after Fowler, Noll and Vo)."""
    code = (code ^ np.uint64(part)) * np.uint64(1099511628211)
    return code ^ (code >> np.uint64(29))


@inlined
def gather(t: Tables, st: State, w: Work, h: Harvest) -> None:
    """Keep the routes of the touched shifts that were not seen before."""
    for k in range(w.size[0]):
        s = w.order[k]
        n, start = st.stops[s], start_of(t, st, s)
        if n == 0 or h.size[0] == len(h.shift):
            continue
        code = np.uint64(1469598103934665603)
        for part in (t.kind[s], start, st.end[s]):
            code = mixed(code, part)
        for p in range(n):
            code = mixed(mixed(code, st.route[s, p]), st.doors[s, p])
        slot = code & np.uint64(len(h.seen) - 1)
        if h.seen[slot] == code:
            continue
        h.seen[slot] = code
        row = h.size[0]
        h.size[0] += 1
        h.shift[row], h.start[row], h.end[row], h.stops[row] = s, start, st.end[s], n
        for p in range(n):
            h.route[row, p], h.doors[row, p] = st.route[s, p], st.doors[s, p]


@inlined
def keep_best(st: State, best: State) -> None:
    """Copy what a state is made of."""
    for s in range(len(st.stops)):
        best.stops[s], best.end[s] = st.stops[s], st.end[s]
        for p in range(st.stops[s]):
            best.route[s, p], best.doors[s, p] = st.route[s, p], st.doors[s, p]


@kernel
def take_stock(t: Tables, st: State) -> None:
    """Count and time the routes and nights that a state has been given."""
    for s in range(len(st.stops)):
        use_bed(t, st, s, 1)
        for p in range(st.stops[s]):
            book(t, st, s, st.route[s, p], st.doors[s, p], 1)
    for s in range(len(st.stops)):
        time_shift(t, st, s)


@kernel
def anneal(
    t: Tables,
    st: State,
    best: State,
    w: Work,
    h: Harvest,
    score: Score,
    u: Tuning,
    rng: NDArray[np.uint64],
    rounds: int,
    heat: float,
    margin: float,
) -> None:
    """Ruin and recreate so many times at one heat, in weighted households.

    Routes of plans within a margin of the best one are gathered in the harvest.
    """
    for _ in range(rounds):
        w.size[0] = 0
        w.turn[0] = below(rng, len(w.shake))
        disturb(t, st, w, u, rng)
        if w.size[0] == 0:
            continue
        take_out_too_small(t, st, w)
        detour_worth = math.exp((2.0 * uniform(rng) - 1.0) * u.detour)
        paid = w.paid[below(rng, len(w.paid))]
        for again in range(2):
            recreate(t, st, w, detour_worth, paid)
            if again or uniform(rng) >= u.shortened or not shorten_touched(t, st, w):
                break
        settle_nights(t, st, w, u.nights, rng)
        worth, driven, missing, kept = judge(t, st, w, score)
        loss = score.now[0] - worth + u.driving * (driven - score.now[1])
        loss += REQUIRED * (missing - score.now[2])
        if kept and (loss <= 0.0 or uniform(rng) < math.exp(-loss / heat)):
            score.now[0], score.now[1], score.now[2] = worth, driven, missing
            fewer = missing < score.best[2]
            more = missing == score.best[2] and worth > score.best[0] + 1e-7
            nearer = missing == score.best[2] and worth > score.best[0] - 1e-7
            if fewer or more or (nearer and driven < score.best[1]):
                score.best[0], score.best[1], score.best[2] = worth, driven, missing
                keep_best(st, best)
            if worth >= score.best[0] - margin:
                gather(t, st, w, h)
        else:
            put_back(t, st, w)
        for k in range(w.size[0]):
            w.touched[w.order[k]] = False
