"""Day routes by labels, compiled: the best from any start to every end, at given prizes.

A label is a sequence of villages. What its doors bring is kept as a function of the time at which
the team is ready to leave the last village: a point (earliest readiness, prize of the fewest doors
everywhere) and concave pieces, the doors that could still be knocked at villages of the sequence,
the best paid first. So one label stands for all ways to share out the doors, and labels are
compared as functions. Cycles are kept out by ng-sets (Baldacci, Mingozzi and Roberti 2011,
Operations Research 59, section 4), so that the best value is never below that of the best route:
what is found is a bound, and what repeats no village is a route.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.planner.kernels import inlined, kernel
from routeplan.planner.network import words
from routeplan.planner.onward import NOTHING, may_reach, prize_within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from routeplan.planner.network import Network

__all__ = ["BUCKETS", "FULL", "STOPPED", "Labels", "grow", "make_labels"]

# Pieces that a label keeps apart; beyond, the two that pay worst are taken for one.
PIECES = 10
# Labels of a village are looked through by the time of readiness, in so many steps.
BUCKETS = 64
# What `grow` returns in place of a number of labels.
FULL, STOPPED = -1, -2
TINY = 1e-9


class Labels(NamedTuple):
    """Room for labels; what each holds, and lists that run through them.

    Parameters
    ----------
    ready, prize, total, driven
        Earliest readiness, prize there, prize with all doors, driving so far.
    rested, dead
        Whether the rest was taken; whether another label is as good.
    node, parent, stops
        Last village, the label before it (-1 - n for none after start n), and how many villages.
    pieces, rates, lengths
        Pieces: how many, prize per second and seconds.
    seen, odd
        Bits of villages that may not come again, and of cuts of which a member waits for another.
    beside, head
        Labels of one node and bucket: the next, and the first by (node, bucket).
    after, first, last
        Labels of one bucket: the next, and the ends of the list.
    value, best
        Shape (ends, nodes): prize of the best route by its last village, and its label.
    """

    ready: NDArray[np.float64]
    prize: NDArray[np.float64]
    total: NDArray[np.float64]
    driven: NDArray[np.float64]
    rested: NDArray[np.int8]
    dead: NDArray[np.int8]
    node: NDArray[np.int32]
    parent: NDArray[np.int32]
    stops: NDArray[np.int32]
    pieces: NDArray[np.int32]
    rates: NDArray[np.float64]
    lengths: NDArray[np.float64]
    seen: NDArray[np.uint64]
    odd: NDArray[np.uint64]
    beside: NDArray[np.int32]
    head: NDArray[np.int32]
    after: NDArray[np.int32]
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    value: NDArray[np.float64]
    best: NDArray[np.int32]


def make_labels(size: int, nodes: int, ends: int, cuts: int) -> Labels:
    """Make room for so many labels."""

    def real(*shape: int) -> NDArray[np.float64]:
        return np.empty(shape)

    def whole(*shape: int) -> NDArray[np.int32]:
        return np.empty(shape, dtype=np.int32)

    return Labels(
        ready=real(size),
        prize=real(size),
        total=real(size),
        driven=real(size),
        rested=np.empty(size, dtype=np.int8),
        dead=np.empty(size, dtype=np.int8),
        node=whole(size),
        parent=whole(size),
        stops=whole(size),
        pieces=whole(size),
        rates=real(size, PIECES),
        lengths=real(size, PIECES),
        seen=np.empty((size, words(nodes)), dtype=np.uint64),
        odd=np.empty((size, words(cuts)), dtype=np.uint64),
        beside=whole(size),
        head=whole(nodes, BUCKETS),
        after=whole(size),
        first=whole(BUCKETS),
        last=whole(BUCKETS),
        value=real(ends, nodes),
        best=whole(ends, nodes),
    )


@inlined
def whole_doors(seconds: float, door: float) -> float:
    """Return the part of a time in which doors can be finished, where all last alike."""
    return np.floor(seconds / door + TINY) * door if door > 0.0 else seconds


@inlined
def charge(n: Network, bits: int, word: int) -> float:
    """Return the cost of cuts, given as the bits of a word."""
    cost = 0.0
    if bits != 0:
        for c in range(64 * word, min(len(n.cost), 64 * word + 64)):
            if (bits >> np.uint64(c - 64 * word)) & np.uint64(1):
                cost += n.cost[c]
    return cost


@inlined
def dominates(n: Network, la: Labels, a: int, b: int, exact: bool) -> bool:
    """Tell whether label a leaves nothing to gain by label b, at the same village.

    Where it need not be exact, villages seen and driving are left out of account.
    """
    if la.ready[a] > la.ready[b] + TINY or la.rested[a] < la.rested[b]:
        return False
    if la.total[a] < la.total[b] - TINY:
        return False
    if exact:
        if la.driven[a] > la.driven[b] + TINY:
            # Driving more is no drawback where not even driving on until the end is too much.
            if la.driven[a] + n.work_end - la.ready[a] > n.drive_limit:
                return False
        for word in range(n.near.shape[1]):
            if la.seen[a, word] & ~la.seen[b, word]:
                return False
    have, want = la.prize[a], la.prize[b]
    if exact:
        # Cuts that a may yet pay for, and b not.
        for word in range(n.major.shape[1]):
            have -= charge(n, la.odd[a, word] & ~la.odd[b, word], word)
    # Both functions are concave: a is no lower anywhere if it is no lower where b's bends.
    step = whole_doors(la.ready[b] - la.ready[a], n.door)
    k, used = 0, 0.0
    for bend in range(la.pieces[b] + 1):
        while step > 0.0 and k < la.pieces[a]:
            part = min(step, la.lengths[a, k] - used)
            have += la.rates[a, k] * part
            used += part
            step -= part
            if used >= la.lengths[a, k] - 1e-12:
                k, used = k + 1, 0.0
        if have < want - TINY:
            return False
        if bend < la.pieces[b]:
            step = la.lengths[b, bend]
            want += la.rates[b, bend] * step
    return True


@inlined
def inherit(n: Network, la: Labels, parent: int, label: int, free: float) -> int:
    """Hand the pieces of a label on; doors knocked while it would wait anyway cost no time."""
    if parent < 0:
        return 0
    if free > 0.0 and n.door > 0.0:
        # A door may be begun while waiting and finished afterwards: counted as one for nothing.
        free = np.ceil(free / n.door - TINY) * n.door
    count = 0
    for k in range(la.pieces[parent]):
        length = la.lengths[parent, k]
        if free > 0.0:
            part = min(free, length)
            la.prize[label] += la.rates[parent, k] * part
            free -= part
            length -= part
        if length > 1e-12:
            la.rates[label, count], la.lengths[label, count] = la.rates[parent, k], length
            count += 1
    return count


@inlined
def add_piece(n: Network, la: Labels, label: int, count: int, j: int) -> int:
    """Put the further doors of a village among the pieces, the best paid first."""
    if n.length[j] <= 0.0 or n.rate[j] <= 0.0:
        return count
    if count == PIECES:
        # The worst is taken to pay as well as the one before it: a bound, never too low.
        la.lengths[label, count - 2] += la.lengths[label, count - 1]
        count -= 1
    k = count
    while k > 0 and la.rates[label, k - 1] < n.rate[j]:
        la.rates[label, k] = la.rates[label, k - 1]
        la.lengths[label, k] = la.lengths[label, k - 1]
        k -= 1
    la.rates[label, k], la.lengths[label, k] = n.rate[j], n.length[j]
    return count + 1


@inlined
def cut_pieces(n: Network, la: Labels, label: int, count: int, spare: float) -> None:
    """Keep no more further doors than there is time for, and sum up what they bring."""
    spare, kept, total = whole_doors(spare, n.door), 0, la.prize[label]
    for k in range(count):
        if spare <= 1e-12:
            break
        part = min(spare, la.lengths[label, k])
        la.lengths[label, k] = part
        total += la.rates[label, k] * part
        spare -= part
        kept += 1
    la.pieces[label], la.total[label] = kept, total


@inlined
def is_beaten(n: Network, la: Labels, label: int, bucket: int, exact: bool) -> bool:
    """Tell whether a label is dominated; else take out those that it dominates."""
    j = la.node[label]
    for b in range(bucket + 1):
        other = la.head[j, b]
        while other >= 0:
            if dominates(n, la, other, label, exact):
                return True
            other = la.beside[other]
    for b in range(bucket, BUCKETS):
        other, before = la.head[j, b], -1
        while other >= 0:
            following = la.beside[other]
            if dominates(n, la, label, other, exact):
                la.dead[other] = 1
                if before < 0:
                    la.head[j, b] = following
                else:
                    la.beside[before] = following
            else:
                before = other
            other = following
    return False


@inlined
def enlist(la: Labels, label: int, bucket: int) -> None:
    """Put a label into its lists."""
    j = la.node[label]
    la.beside[label], la.head[j, bucket] = la.head[j, bucket], label
    la.after[label] = -1
    if la.first[bucket] < 0:
        la.first[bucket] = label
    else:
        la.after[la.last[bucket]] = label
    la.last[bucket] = label


@inlined
def finish(n: Network, la: Labels, label: int) -> None:
    """Let a label end its day at every end, and keep what is best there."""
    j = la.node[label]
    for b in range(n.back.shape[1]):
        spare = n.work_end - n.back[j, b] - la.ready[label]
        if spare >= -TINY and la.driven[label] + n.back[j, b] <= n.drive_limit:
            got = prize_within(la, label, whole_doors(spare, n.door))
            if got > la.value[b, j]:
                la.value[b, j], la.best[b, j] = got, label


@kernel
def grow(n: Network, la: Labels, exact: bool, most: int, stop: NDArray[np.int8]) -> int:
    """Make all labels, but try no more than `most`.

    Returns
    -------
    int
        How many; `FULL` where there is no room for them, `STOPPED` where told to stop or where too
        many were tried.
    """
    nodes, ends = n.back.shape
    width = max((n.work_end - n.work_start) / (BUCKETS - 1), 1e-9)
    for b in range(BUCKETS):
        la.first[b], la.last[b] = -1, -1
        for j in range(nodes):
            la.head[j, b] = -1
    for j in range(nodes):
        for b in range(ends):
            la.value[b, j], la.best[b, j] = NOTHING, -1
    made, tried, current, bucket = 0, 0, -len(n.bonus), -1
    while True:
        if stop[0] != 0 or tried > most:
            return STOPPED
        for j in range(nodes):
            if current < 0:
                ready, prize, stops = n.work_start, n.bonus[-1 - current], 0
                leg = n.out[-1 - current, j]
                driven, rested = leg, 0 if n.rest > 0.0 else 1
            else:
                if la.dead[current] == 1:
                    break
                if (la.seen[current, n.bit[j] // 64] >> np.uint64(n.bit[j] % 64)) & np.uint64(1):
                    continue
                leg = n.drive[la.node[current], j]
                ready, prize = la.ready[current], la.prize[current]
                driven, stops = la.driven[current] + leg, la.stops[current]
                rested = la.rested[current]
            if driven + n.home[j] > n.drive_limit or stops == nodes:
                continue
            latest = n.work_end - n.home[j]
            # Without a rest here, with one before the doors, and with one after them.
            for rest in range(1 if rested == 1 else 3):
                reach = ready + leg + (n.rest if rest == 1 else 0.0)
                begin = max(reach, n.opens[j])
                done = begin + n.lasts[j]
                leave = done + (n.rest if rest == 2 else 0.0)
                if done > n.closes[j] + TINY or leave > latest + TINY:
                    continue
                if made == len(la.ready):
                    return FULL
                tried += 1
                la.ready[made], la.driven[made], la.prize[made] = leave, driven, prize
                la.node[made], la.parent[made], la.stops[made] = j, current, stops + 1
                la.rested[made], la.dead[made] = (1 if rested == 1 or rest > 0 else 0), 0
                count = inherit(n, la, current, made, begin - reach)
                la.prize[made] += n.prize[j]
                for word in range(n.major.shape[1]):
                    odd = la.odd[current, word] if current >= 0 else np.uint64(0)
                    la.prize[made] -= charge(n, odd & n.major[j, word], word)
                    la.odd[made, word] = odd ^ n.major[j, word]
                count = add_piece(n, la, made, count, j)
                cut_pieces(n, la, made, count, min(n.closes[j] - done, latest - leave))
                for word in range(n.near.shape[1]):
                    seen = la.seen[current, word] if current >= 0 else np.uint64(0)
                    la.seen[made, word] = seen & n.near[j, word]
                la.seen[made, n.bit[j] // 64] |= np.uint64(1) << np.uint64(n.bit[j] % 64)
                place = min(BUCKETS - 1, int((leave - n.work_start) / width))
                if n.floor > NOTHING and not may_reach(n, la, made):
                    continue
                if is_beaten(n, la, made, place, exact):
                    continue
                enlist(la, made, place)
                if la.rested[made] == 1:
                    finish(n, la, made)
                made += 1
        current = la.after[current] if current >= 0 else current + 1
        if current == 0 and bucket < 0:
            # All starts are done: labels follow by the time of readiness.
            current = -1
        elif current < 0 and bucket < 0:
            continue
        while current < 0:
            bucket += 1
            if bucket == BUCKETS:
                return made
            current = la.first[bucket]
