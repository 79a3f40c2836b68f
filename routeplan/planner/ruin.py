"""Ruin and recreate on whole plans, compiled.

Slack induction by string removal (Christiaens and Vanden Berghe 2020, Transportation Science 54,
sections 4.1 and 5) recast for prizes: what is ruined is refilled by what pays best for the time it
takes, doors included, with gains shaken at random in place of blinks, and nights are chosen anew
on the way. A worse plan is gone on from as in simulated annealing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.planner.daykernel import MOST_STOPS, book, clear, fill, start_of, time_shift
from routeplan.planner.kernels import FAR, below, inlined, kernel, uniform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from routeplan.planner.daykernel import State
    from routeplan.planner.tables import Tables

__all__ = [
    "Harvest",
    "Score",
    "Tuning",
    "Work",
    "anneal",
    "make_harvest",
    "make_work",
    "take_stock",
]

# What a required village that nobody visits counts for, over all households.
REQUIRED = 1e7
# So many villages are offered to one shift at once.
OFFERS = 120


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
        Gains are raised to this power at the least, and to half a power more at the most.
    nights
        Share of the chances to choose a night anew that are taken.
    driving
        What a second of driving costs, in weighted households.
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
    shake
        Shape (villages,): this round's random factors.
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
    shake: NDArray[np.float64]


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


def make_work(t: Tables) -> Work:
    """Make room to work in."""
    shifts, villages = t.opens.shape
    stops = min(villages, MOST_STOPS)

    def zeros(*shape: int) -> NDArray[np.int64]:
        return np.zeros(shape, dtype=np.int64)

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
        offered=zeros(shifts, min(villages, OFFERS)),
        offers=zeros(shifts),
        shake=np.ones(villages),
    )


def make_harvest(t: Tables, size: int) -> Harvest:
    """Make room for so many routes at once; hashes of those taken away stay."""
    longest = min(t.opens.shape[1], MOST_STOPS)

    def zeros(*shape: int) -> NDArray[np.int64]:
        return np.zeros(shape, dtype=np.int64)

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
    left = t.households[v]
    for d in range(t.day[s]):
        left -= st.reached[d, v]
    return min(t.fewest[v], left)


@inlined
def look(
    t: Tables, st: State, w: Work, s: int, at: int, only: int, detour_worth: float, power: float
) -> None:
    """Look for the best way to put villages into a shift.

    `at` is where a stop has just been put in, so that only what it changes is looked at anew; -1
    where nothing is known yet. `only` is a village to look at alone, or -1.
    """
    n = st.stops[s]
    if only < 0 and (t.fixed[s] or n == st.route.shape[1]):
        w.offers[s] = 0
        return
    start, drive, rest = start_of(t, st, s), t.drive[t.vehicle[s]], t.limits[0]
    spare = t.limits[1] - st.driven[s]
    team = t.team[s]
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
        gain = t.weight[v] * w.shake[v]
        best, where, offer = 0.0, -1, 0
        for scan in range(2):
            # What has changed, then, where nothing of it fits, all positions.
            if scan == 1 and (best > 0.0 or old < 0):
                break
            for p in range(n + 1):
                if scan == 0 and old >= 0 and p != old and p != at and p != at + 1:
                    continue
                place = start if p == 0 else t.at[st.route[s, p - 1]]
                after = t.at[st.route[s, p]] if p < n else st.end[s]
                there, on = drive[place, here], drive[here, after]
                detour = there + on - drive[place, after]
                if detour > spare:
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
                doors, lasts = most, 0
                if num > 0:
                    doors = min(most, seconds * den // num)
                    lasts = -((-doors * num) // den)
                if doors < low or (doors == 0 and not needed):
                    continue
                worth = gain * doors
                if needed:
                    worth += REQUIRED
                if power != 1.0:
                    worth = worth**power
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
def recreate(t: Tables, st: State, w: Work, detour_worth: float, power: float) -> None:
    """Fill the touched shifts: doors where there is room, then the visits that pay best."""
    for k in range(w.size[0]):
        time_shift(t, st, w.order[k])
    for k in range(w.size[0]):
        fill(t, st, w.order[k])
    for k in range(w.size[0]):
        look(t, st, w, w.order[k], -1, -1, detour_worth, power)
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
        look(t, st, w, shift, at, -1, detour_worth, power)
        for k in range(w.size[0]):
            s = w.order[k]
            if s != shift and w.score[s, village] > 0.0:
                look(t, st, w, s, -1, village, detour_worth, power)
    for k in range(w.size[0]):
        fill(t, st, w.order[k])


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
        for s in range(len(t.day) if st.visits[x] > 0 else 0):
            for p in range(0 if t.fixed[s] else st.stops[s]):
                if st.route[s, p] == x:
                    if uniform(rng) < chance:
                        touch(st, w, s)
                        take_out(t, st, s, p)
                    break


@inlined
def ruin_strings(t: Tables, st: State, w: Work, u: Tuning, rng: NDArray[np.uint64]) -> None:
    """Take strings of stops out of shifts that come near a village."""
    v = below(rng, len(t.at))
    strings, longest = 1 + below(rng, u.most_strings), 1.0 + uniform(rng) * u.longest
    for c in range(t.near.shape[1]):
        x = t.near[v, c]
        for s in range(len(t.day) if st.visits[x] > 0 else 0):
            if strings == 0:
                return
            if t.fixed[s] or w.touched[s]:
                continue
            for p in range(st.stops[s]):
                if st.route[s, p] == x:
                    length = min(st.stops[s], 1 + int(uniform(rng) * longest))
                    low, high = max(0, p - length + 1), min(p, st.stops[s] - length)
                    begin = low + below(rng, high - low + 1)
                    touch(st, w, s)
                    for _ in range(length):
                        take_out(t, st, s, begin)
                    strings -= 1
                    break


@inlined
def take_out_too_small(t: Tables, st: State, w: Work) -> None:
    """Take out visits that reach fewer than they may, since earlier days now leave more."""
    again = True
    while again:
        again = False
        for s in range(len(t.day)):
            for p in range(st.stops[s] - 1, -1, -1):
                v, doors = st.route[s, p], st.doors[s, p]
                small = doors < t.fewest[v] and not t.fixed[s]
                if small and doors < fewest(t, st, s, v):
                    touch(st, w, s)
                    take_out(t, st, s, p)
                    again = True


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
    for v in range(len(t.at)):
        if t.required[v] and st.visits[v] == 0:
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
        dice = uniform(rng)
        if dice < u.whole_shifts:
            ruin_shifts(t, st, w, u, rng)
        elif dice < u.whole_shifts + u.near_villages:
            ruin_near(t, st, w, u, rng)
        else:
            ruin_strings(t, st, w, u, rng)
        if w.size[0] == 0:
            continue
        take_out_too_small(t, st, w)
        for v in range(len(t.at)):
            w.shake[v] = uniform(rng) ** u.shake
        detour_worth = math.exp((2.0 * uniform(rng) - 1.0) * u.detour)
        recreate(t, st, w, detour_worth, u.power + 0.5 * uniform(rng))
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
