"""One shift's timing, compiled: what `routeplan.planner.timing` does, incrementally.

Before every stop two readinesses are kept, of a team that has not rested yet and of one that has;
and after it two latest arrivals, with the rest still owed and with the rest done. Whether a visit
fits, and how many doors, is then a matter of a few sums for each place of the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from routeplan.planner.kernels import FAR, inlined, kernel, zeros

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from routeplan.planner.tables import Tables

__all__ = [
    "State",
    "book",
    "clear",
    "empty_state",
    "fill",
    "share_out",
    "start_of",
    "stop_at",
    "time_shift",
]

# Where doors take time, days are far shorter than this.
MOST_STOPS = 160


class State(NamedTuple):
    """A plan in the making, changed in place by kernels.

    Parameters
    ----------
    route, doors
        Shape (shifts, stops): villages in their order and households reached there.
    stops, end
        Shape (shifts,): how many stops, and the place where the shift ends.
    reached
        Shape (days, villages).
    left, visits
        Shape (villages,): households that no visit reaches, and how many visits there are.
    visitors
        Shape (villages, shifts): the shifts that visit a village come first in its row.
    used
        Shape (places, days): beds taken in the night after a day, but for those at home.
    unrested, rested
        Shape (shifts, stops + 1): when a team is ready to leave for each stop, at the earliest.
    owed, done
        Shape (shifts, stops + 1): when it must arrive at each stop, or at the end, at the latest,
        with the rest still owed or done.
    driven
        Shape (shifts,).
    """

    route: NDArray[np.int64]
    doors: NDArray[np.int64]
    stops: NDArray[np.int64]
    end: NDArray[np.int64]
    reached: NDArray[np.int64]
    left: NDArray[np.int64]
    visits: NDArray[np.int64]
    visitors: NDArray[np.int64]
    used: NDArray[np.int64]
    unrested: NDArray[np.int64]
    rested: NDArray[np.int64]
    owed: NDArray[np.int64]
    done: NDArray[np.int64]
    driven: NDArray[np.int64]


def empty_state(t: Tables) -> State:
    """Return a state without visits in which every shift ends at home."""
    shifts, villages = t.opens.shape
    stops = min(villages, MOST_STOPS)
    days = int(t.limits[2])

    return State(
        route=zeros(shifts, stops),
        doors=zeros(shifts, stops),
        stops=zeros(shifts),
        end=t.home.copy(),
        reached=zeros(days, villages),
        left=t.households.copy(),
        visits=zeros(villages),
        visitors=zeros(villages, shifts),
        used=zeros(len(t.room), days),
        unrested=zeros(shifts, stops + 1),
        rested=zeros(shifts, stops + 1),
        owed=zeros(shifts, stops + 1),
        done=zeros(shifts, stops + 1),
        driven=zeros(shifts),
    )


@inlined
def start_of(t: Tables, st: State, s: int) -> int:
    """Return the place where a shift starts."""
    return t.start[s] if t.first[s] else st.end[s - 1]


@inlined
def door_seconds(t: Tables, s: int, v: int, households: int) -> int:
    """Return how long doors take."""
    return -((-households * t.num[t.team[s], v]) // t.den[t.team[s], v])


@inlined
def doors_within(t: Tables, s: int, v: int, seconds: int, most: int) -> int:
    """Return how many doors fit, -1 where the time is below 0."""
    if seconds < 0:
        return -1
    num = t.num[t.team[s], v]
    if num == 0:
        return most
    return min(most, seconds * t.den[t.team[s], v] // num)


@inlined
def room(t: Tables, st: State, s: int, p: int, q: int, v: int, there: int, on: int) -> int:
    """Return the most seconds that doors at a village may take, or below 0.

    The village comes before what is stop p now, or in its stead; what comes next is stop q, which
    is as many seconds on.
    """
    opens, closes, rest = t.opens[s, v], t.closes[s, v], t.limits[0]
    back = st.done[s, q] - on
    best = min(closes, back) - max(st.rested[s, p] + there, opens)
    if rest > 0:
        reach = st.unrested[s, p] + there
        later = min(closes, st.owed[s, q] - on) - max(reach, opens)
        before = min(closes, back) - max(reach + rest, opens)
        after = min(closes, back - rest) - max(reach, opens)
        best = max(best, later, before, after)
    return best - t.setup[v]


@inlined
def time_shift(t: Tables, st: State, s: int) -> bool:
    """Time a shift forward and backward, and tell whether it can be kept."""
    n, rest = st.stops[s], t.limits[0]
    drive = t.drive[t.vehicle[s]]
    unrested, rested = FAR, t.work_start[s]
    if rest > 0:
        unrested, rested = rested, FAR
    st.unrested[s, 0], st.rested[s, 0] = unrested, rested
    place, driven = start_of(t, st, s), 0
    for p in range(n):
        v = st.route[s, p]
        there = drive[place, t.at[v]]
        lasts = t.setup[v] + door_seconds(t, s, v, st.doors[s, p])
        opens, closes = t.opens[s, v], t.closes[s, v]
        plain = max(unrested + there, opens) + lasts
        best = max(rested + there, opens) + lasts
        if best > closes:
            best = FAR
        if rest > 0:
            before = max(unrested + there + rest, opens) + lasts
            if before <= closes:
                best = min(best, before)
            if plain <= closes:
                best = min(best, plain + rest)
        unrested = plain if plain <= closes else FAR
        rested = best
        st.unrested[s, p + 1], st.rested[s, p + 1] = unrested, rested
        driven += there
        place = t.at[v]
    on = drive[place, st.end[s]]
    driven += on
    st.driven[s] = driven
    ready = rested if n > 0 else t.work_start[s]
    kept = ready + on <= t.work_end[s] and driven <= t.limits[1]
    owed, done = -FAR, t.work_end[s]
    st.owed[s, n], st.done[s, n] = owed, done
    for p in range(n - 1, -1, -1):
        v = st.route[s, p]
        lasts = t.setup[v] + door_seconds(t, s, v, st.doors[s, p])
        opens, closes = t.opens[s, v], t.closes[s, v]
        latest = min(closes, done - on) - lasts
        best = -FAR
        if rest > 0:
            later = min(closes, owed - on) - lasts
            after = min(closes, done - on - rest) - lasts
            if later >= opens:
                best = later
            if after >= opens:
                best = max(best, after)
            if latest >= opens:
                best = max(best, latest - rest)
        owed, done = best, latest if latest >= opens else -FAR
        st.owed[s, p], st.done[s, p] = owed, done
        if p > 0:
            on = drive[t.at[st.route[s, p - 1]], t.at[v]]
    return kept


@inlined
def book(t: Tables, st: State, s: int, v: int, households: int, visits: int) -> None:
    """Count households and visits of a shift in or out."""
    st.reached[t.day[s], v] += households
    st.left[v] -= households
    if visits > 0:
        st.visitors[v, st.visits[v]] = s
    elif visits < 0:
        n = 0
        while st.visitors[v, n] != s:
            n += 1
        st.visitors[v, n] = st.visitors[v, st.visits[v] - 1]
    st.visits[v] += visits


@inlined
def stop_at(st: State, s: int, v: int) -> int:
    """Return the position of a shift's visit to a village, which it must visit."""
    p = 0
    while st.route[s, p] != v:
        p += 1
    return p


@inlined
def clear(t: Tables, st: State, s: int) -> None:
    """Take all visits out of a shift."""
    for p in range(st.stops[s]):
        book(t, st, s, st.route[s, p], -st.doors[s, p], -1)
    st.stops[s] = 0


@inlined
def room_at(t: Tables, st: State, s: int, p: int) -> int:
    """Return the most seconds that the doors of a stop may take, the others as they are."""
    drive, v = t.drive[t.vehicle[s]], st.route[s, p]
    before = start_of(t, st, s) if p == 0 else t.at[st.route[s, p - 1]]
    after = st.end[s] if p == st.stops[s] - 1 else t.at[st.route[s, p + 1]]
    return room(t, st, s, p, p + 1, v, drive[before, t.at[v]], drive[t.at[v], after])


@inlined
def fill(t: Tables, st: State, s: int) -> None:
    """Reach more households at the visits of a shift, one after the other.

    One that reaches all or none may reach none, where it is required and that is enough.
    """
    if t.fixed[s]:
        return
    for p in range(st.stops[s]):
        v, now = st.route[s, p], st.doors[s, p]
        most = min(t.most[v], now + st.left[v])
        if most > now:
            doors = doors_within(t, s, v, room_at(t, st, s, p), most)
            if doors > now and (not t.whole[v] or doors == t.households[v]):
                book(t, st, s, v, doors - now, 0)
                st.doors[s, p] = doors
                time_shift(t, st, s)


@inlined
def least_of(t: Tables, v: int) -> int:
    """Return the fewest doors of a first visit, none more than a visit may reach."""
    return t.households[v] if t.whole[v] else min(max(t.fewest[v], 1), t.most[v])


@kernel
def share_out(t: Tables, st: State, s: int, prize: NDArray[np.float64]) -> bool:
    """Give the stops of a shift their fewest doors, then more where they pay best.

    `prize` is that of a door, shape (villages,). Tells whether the shift can be kept at all.
    """
    n = st.stops[s]
    for p in range(n):
        v = st.route[s, p]
        st.doors[s, p] = least_of(t, v)
    if not time_shift(t, st, s):
        return False
    for _ in range(n):
        best, paid = -1, 0.0
        for p in range(n):
            v = st.route[s, p]
            least = least_of(t, v)
            if st.doors[s, p] == least and least < t.most[v]:
                num, den = t.num[t.team[s], v], t.den[t.team[s], v]
                pay = prize[v] * den / max(num, 1)
                if pay > paid and doors_within(t, s, v, room_at(t, st, s, p), t.most[v]) > least:
                    best, paid = p, pay
        if best < 0:
            break
        v = st.route[s, best]
        st.doors[s, best] = doors_within(t, s, v, room_at(t, st, s, best), t.most[v])
        time_shift(t, st, s)
    return True
