"""The network that labels of one day run through, and the same turned round."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.planner.branch_and_price.branching import fewest_counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from routeplan.planner.branch_and_price.cuts import Cut
    from routeplan.planner.native_instance import NativeInstance

__all__ = [
    "NOTHING",
    "Ends",
    "Network",
    "Nodes",
    "Worth",
    "itself",
    "make_network",
    "make_nodes",
    "turned",
    "words",
]

# Less than any route brings, and still a number.
NOTHING = -1e300
NEIGHBOURS = 8
# Where a visit brings more than this share of what its doors do, a day would come back from afar,
# again and again. All remember such a village: cycles round it, forbidden one by one, took minutes.
LURE = 0.5


class Worth(NamedTuple):
    """What villages bring, and what cuts cost.

    Parameters
    ----------
    prizes, visits
        Shape (villages,): what a household reached and a visit made bring.
    cuts
        Cuts that cost anything, and what.
    """

    prizes: NDArray[np.float64]
    visits: NDArray[np.float64]
    cuts: Sequence[tuple[Cut, float]] = ()


class Ends(NamedTuple):
    """Where a day may begin and end.

    Parameters
    ----------
    starts, bonus
        Shape (starts,): the places, and what a route from there brings beside its visits.
    places, ending
        Shape (places,): the same of where it ends; -inf where it may not.
    """

    starts: NDArray[np.int64]
    bonus: NDArray[np.float64]
    places: NDArray[np.int64]
    ending: NDArray[np.float64]


class Nodes(NamedTuple):
    """Visits that labels are made of; a village is several, the first of them in order.

    Where visits are worth anything, one that reaches fewer doors than it must, a remainder if
    anything, is told from others; and of a village in a cut it is known which visits count.

    Parameters
    ----------
    village, least, most
        Shape (nodes,): of each the village, and the fewest and most doors.
    is_visit, is_major
        Shape (nodes,): whether it counts where visits do, and in cuts.
    """

    village: NDArray[np.int64]
    least: NDArray[np.int64]
    most: NDArray[np.int64]
    is_visit: NDArray[np.bool_]
    is_major: NDArray[np.bool_]


class Network(NamedTuple):
    """The pricing network of one day, field by field the structure of ``routeplan.h``.

    Nodes are visits that may pay, see `Nodes`.

    Parameters
    ----------
    nodes, starts, ends, ng_words, cut_words, cuts, steps
        How many there are.
    drive, out, back
        Shapes (nodes, nodes), (starts, nodes) and (nodes, ends): seconds.
    home
        Shape (nodes,): seconds to the nearest end, by way of other nodes where that is shorter.
    bonus
        Shape (starts,): what a route from there brings beside its visits.
    opens, closes, lasts
        Shape (nodes,): door window, and seconds of setup and the fewest doors.
    prize, rate, length
        Shape (nodes,): prize of the fewest doors; of a second of further doors, and how many
        seconds of them there are.
    bit
        Shape (nodes,): the bit of each node's village; a village may be several nodes.
    near
        Shape (nodes, ng_words): villages in the ng-set of each node, as bits.
    major, cost
        Shapes (nodes, cut_words) and (cuts,): the cuts whose members nodes are, as bits, and what
        every second member of a cut on a route costs.
    completion, threshold, bounded
        Shape (2, nodes, steps): no more than this can be brought from leaving each node on, by
        whether the rest was taken and by what is left of the day, in steps; and labels that cannot
        bring as much as `threshold` are not wanted, where `bounded`.
    work_start, work_end, rest, drive_limit
        Seconds.
    door
        Seconds of one door where doors last alike everywhere, else 0.
    """

    nodes: int
    starts: int
    ends: int
    ng_words: int
    cut_words: int
    cuts: int
    steps: int
    drive: NDArray[np.float64]
    out: NDArray[np.float64]
    back: NDArray[np.float64]
    home: NDArray[np.float64]
    bonus: NDArray[np.float64]
    opens: NDArray[np.float64]
    closes: NDArray[np.float64]
    lasts: NDArray[np.float64]
    prize: NDArray[np.float64]
    rate: NDArray[np.float64]
    length: NDArray[np.float64]
    bit: NDArray[np.int32]
    near: NDArray[np.uint64]
    major: NDArray[np.uint64]
    cost: NDArray[np.float64]
    completion: NDArray[np.float64]
    threshold: float
    bounded: bool
    work_start: float
    work_end: float
    rest: float
    drive_limit: float
    door: float


def make_nodes(
    t: NativeInstance, villages: NDArray[np.int64], worth: Worth, *, metric: bool
) -> Nodes:
    """Return the visits to villages, in order, then remainders, then what cuts tell apart."""
    most = t.most[villages]
    # A remainder may be a single household; where the way may lead by a village, none at all.
    fewest = np.minimum(1 if metric else 0, most)
    plain = np.where(t.whole[villages], most, fewest)
    low = np.where(worth.visits[villages] == 0.0, plain, fewest_counted(t)[villages])
    below = np.where(t.whole[villages], 0, low - 1)
    small = (fewest < low) & (fewest <= below)
    village = np.concatenate([villages, villages[small]])
    least, most = np.concatenate([low, fewest[small]]), np.concatenate([most, below[small]])
    is_visit = np.arange(len(village)) < len(villages)
    half = t.households[village] // 2
    cut = np.isin(village, [v for cut, _ in worth.cuts for v in cut.villages])
    split = cut & (least <= half) & (most > half)
    return Nodes(
        np.concatenate([village, village[split]]),
        np.concatenate([least, half[split] + 1]),
        np.concatenate([np.where(split, half, most), most[split]]),
        np.concatenate([is_visit, is_visit[split]]),
        np.concatenate([cut & (least > half), np.ones(split.sum(), dtype=np.bool_)]),
    )


def make_network(
    t: NativeInstance, nodes: Nodes, ends: Ends, worth: Worth, ng: Mapping[int, set[int]]
) -> Network:
    """Return the network of the only shift of some tables.

    Parameters
    ----------
    t, nodes, ends, worth
        The shift, and what is priced.
    ng
        Villages that others remember beside those near to them.
    """
    villages, least, most, is_visit, is_major = nodes
    drive, at = t.drive[t.vehicle[0]].astype(float), t.at[villages]
    paces, windows = t.paces[t.pace_set[0], villages], t.windows[t.window_set[0], villages]
    num, den = paces["num"].astype(np.int64), paces["den"].astype(np.int64)
    whole, prizes = t.whole[villages], worth.prizes[villages]
    least = np.where((num == 0) & (prizes > 0.0), most, least)
    door = num / den
    lasts = np.where(whole, -(-least * num // den), least * door)
    length = (most - least) * door
    doors = np.unique(door[length > 0])
    between = np.ascontiguousarray(drive[np.ix_(at, at)])
    back = np.ascontiguousarray(drive[np.ix_(at, ends.places)])
    known, bit = np.unique(villages, return_inverse=True)
    by_doors = np.maximum(worth.prizes[known], 0.0) * t.most[known]
    prize, inside, cost = prizes * least + worth.visits[villages] * is_visit, [], []
    for cut, price in worth.cuts:
        members = is_major & np.isin(villages, cut.villages)
        if len(cut.villages) == 1:
            prize[members] -= price
        else:
            inside.append(members)
            cost.append(price)
    near = _ng_sets(villages, known, between, ng, worth.visits[known] > LURE * by_doors)
    major = _bits(np.array(inside, dtype=np.bool_).reshape(len(cost), len(villages)).T)
    return Network(
        nodes=len(villages),
        starts=len(ends.starts),
        ends=len(ends.places),
        ng_words=near.shape[1],
        cut_words=major.shape[1],
        cuts=len(cost),
        steps=1,
        drive=between,
        out=np.ascontiguousarray(drive[np.ix_(ends.starts, at)]),
        back=back,
        home=_nearest_end(between, back),
        bonus=ends.bonus,
        opens=windows["opens"].astype(float),
        closes=windows["closes"].astype(float),
        lasts=t.setup[villages] + lasts,
        prize=prize,
        rate=np.divide(prizes, door, out=np.zeros(len(villages)), where=door > 0),
        length=length,
        bit=bit.astype(np.int32),
        near=near,
        major=major,
        cost=np.array(cost, dtype=float),
        completion=np.empty((2, 1, 1)),
        threshold=NOTHING,
        bounded=False,
        work_start=float(t.work_start[0]),
        work_end=float(t.work_end[0]),
        rest=float(t.rest),
        drive_limit=float(t.drive_limit),
        door=float(doors[0]) if len(doors) == 1 else 0.0,
    )


def turned(n: Network, ending: NDArray[np.float64]) -> Network:
    """Return the network of the day driven backward, from its ends; without limit of driving."""
    both = n.work_start + n.work_end
    drive, back = np.ascontiguousarray(n.drive.T), np.ascontiguousarray(n.out.T)
    return n._replace(
        starts=n.ends,
        ends=n.starts,
        drive=drive,
        out=np.ascontiguousarray(n.back.T),
        back=back,
        home=_nearest_end(drive, back),
        # Kernels count with what is no number of a route, but not with what is none at all.
        bonus=np.maximum(ending, NOTHING / 2),
        opens=both - n.closes,
        closes=both - n.opens,
        drive_limit=np.inf,
    )


def itself(bit: NDArray[np.int32]) -> NDArray[np.uint64]:
    """Return ng-sets that hold nothing but each node's own village, given its bits."""
    return _bits(bit[:, None] == np.arange(bit.max() + 1))


def words(bits: int) -> int:
    """Return how many words so many bits take."""
    return max(1, -(-bits // 64))


def _ng_sets(
    villages: NDArray[np.int64],
    known: NDArray[np.int64],
    between: NDArray[np.float64],
    ng: Mapping[int, set[int]],
    always: NDArray[np.bool_],
) -> NDArray[np.uint64]:
    """Return for each node which villages it remembers, as bits.

    Itself, those near, those that are `always` remembered, and more.
    """
    both = (between + between.T)[:, np.searchsorted(villages[: len(known)], known)]
    near = np.argsort(both, axis=1, kind="stable")[:, :NEIGHBOURS]
    member = np.zeros(both.shape, dtype=np.bool_)
    np.put_along_axis(member, near, values=True, axis=1)
    member[:, always] = True
    number = {int(v): n for n, v in enumerate(known)}
    for n, village in enumerate(villages.tolist()):
        member[n, number[village]] = True
        member[n, [number[v] for v in ng.get(village, ()) if v in number]] = True
    return _bits(member)


def _bits(member: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Return rows of marks as the bits of whole words."""
    rows, columns = member.shape
    wide = np.zeros((rows, 64 * words(columns)), dtype=np.bool_)
    wide[:, :columns] = member
    packed = np.packbits(wide, axis=1, bitorder="little")
    return np.ascontiguousarray(packed).view("<u8").astype(np.uint64)


def _nearest_end(between: NDArray[np.float64], back: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the shortest ways to any end, by way of other villages where those are shorter."""
    nearest: NDArray[np.float64] = back.min(axis=1)
    shorter = (between + nearest).min(axis=1)
    while (shorter < nearest).any():
        nearest = np.minimum(nearest, shorter)
        shorter = (between + nearest).min(axis=1)
    return nearest
