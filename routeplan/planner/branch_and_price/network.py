"""The pricing network of one shift: nodes are visits, arcs are drives.

Of a village there are several nodes where its visits have unlike coefficients in the master
problem. The reversed network drives the day backward, for completion bounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.planner.branch_and_price.branching import least_counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from routeplan.planner.branch_and_price.cuts import SubsetRowCut
    from routeplan.planner.native_instance import NativeInstance

# Below the value of any route, and still a number.
NO_VALUE = -1e300
# Villages in the ng-set of each, before it is enlarged.
NG_SIZE = 8
# A village whose visit brings more than this share of what its households bring is in every
# ng-set: routes would visit it again and again, and forbidding cycle after cycle took minutes.
VISIT_SHARE = 0.5


class Prizes(NamedTuple):
    """What visits bring in a pricing problem: weights less dual values.

    Each household that is reached, shape (villages,), each visit that counts, shape (villages,),
    and each cut of positive dual value.
    """

    household: NDArray[np.float64]
    visit: NDArray[np.float64]
    cuts: Sequence[tuple[SubsetRowCut, float]] = ()

    def most_of_visits(self, t: NativeInstance) -> NDArray[np.float64]:
        """Return the most that a visit to each village can bring, shape (villages,).

        Without bonuses, unless the instance is of one shift alone.
        """
        most: NDArray[np.float64] = np.maximum(self.household, 0.0) * t.most
        return most + np.maximum(self.visit, 0.0) + _bonuses(t)

    def are_mostly_of_visits(self, t: NativeInstance) -> NDArray[np.bool_]:
        """Return where a visit counts much beside all its households, shape (villages,)."""
        of_households = np.maximum(self.household, 0.0) * t.most
        mostly: NDArray[np.bool_] = self.visit + _bonuses(t) > VISIT_SHARE * of_households
        return mostly


class Terminals(NamedTuple):
    """Places where a day may begin and end, and what that brings; -inf where it may not end."""

    starts: NDArray[np.int64]
    start_prizes: NDArray[np.float64]
    ends: NDArray[np.int64]
    end_prizes: NDArray[np.float64]


class Nodes(NamedTuple):
    """The nodes of a network, arrays of shape (nodes,); of each village, the first ones in order.

    Where visits bring anything, one that reaches fewer households than a visit must (a remainder)
    has a node of its own; so has, of a village in a cut, one that reaches its majority. `least` and
    `most` are the households reached; cuts may cover only majorities.
    """

    village: NDArray[np.int64]
    least: NDArray[np.int64]
    most: NDArray[np.int64]
    is_counted: NDArray[np.bool_]
    is_majority: NDArray[np.bool_]


class Network(NamedTuple):
    """The pricing network of one shift; field by field the structure of ``routeplan.h``.

    Shapes and units are given there. Of a village there may be several nodes, see `Nodes`.
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
    rest_from: float
    rest_until: float
    drive_limit: float
    drive_cost: float
    door: float


def make_nodes(
    t: NativeInstance, villages: NDArray[np.int64], prizes: Prizes, *, metric: bool
) -> Nodes:
    """Return the nodes of villages: their visits, in order, then remainders, then majorities.

    The instance is of one shift alone. Unless no drive is shorter by way of another village
    (`metric`), visits without households, on the way, are nodes too.
    """
    most = t.most[villages]
    # A remainder may be a single household.
    fewest = np.minimum(1 if metric else 0, most)
    plain = np.where(t.whole[villages], most, fewest)
    low = np.where(prizes.visit[villages] == 0.0, plain, least_counted(t)[villages])
    below = np.where(t.whole[villages], 0, low - 1)
    small = (fewest < low) & (fewest <= below)
    village = np.concatenate([villages, villages[small]])
    least, most = np.concatenate([low, fewest[small]]), np.concatenate([most, below[small]])
    is_counted = np.arange(len(village)) < len(villages)
    half = t.households[village] // 2
    in_cut = np.isin(village, [v for cut, _ in prizes.cuts for v in cut.villages])
    split = in_cut & (least <= half) & (most > half)
    return Nodes(
        np.concatenate([village, village[split]]),
        np.concatenate([least, half[split] + 1]),
        np.concatenate([np.where(split, half, most), most[split]]),
        np.concatenate([is_counted, is_counted[split]]),
        np.concatenate([in_cut & (least > half), np.ones(split.sum(), dtype=np.bool_)]),
    )


def make_network(
    t: NativeInstance,
    nodes: Nodes,
    terminals: Terminals,
    prizes: Prizes,
    ng_sets: Mapping[int, set[int]],
) -> Network:
    """Return the pricing network of the instance of one shift alone.

    `ng_sets` are the members of a village's ng-set beside the nearest villages.
    """
    villages, least, most, is_counted, is_majority = nodes
    drive, at = t.drive[t.vehicle[0]].astype(float), t.at[villages]
    paces, windows = t.paces[t.pace_set[0], villages], t.windows[t.window_set[0], villages]
    num, den = paces["num"].astype(np.int64), paces["den"].astype(np.int64)
    of_household = prizes.household[villages]
    least = np.where((num == 0) & (of_household > 0.0), most, least)
    seconds = num / den
    lasts = np.where(t.whole[villages], -(-least * num // den), least * seconds)
    length = (most - least) * seconds
    unlike = np.unique(seconds[length > 0])
    between = np.ascontiguousarray(drive[np.ix_(at, at)])
    back = np.ascontiguousarray(drive[np.ix_(at, terminals.ends)])
    distinct, bit = np.unique(villages, return_inverse=True)
    prize = of_household * least + prizes.visit[villages] * is_counted + _bonuses(t)[villages]
    in_cuts, costs = [], []
    for cut, price in prizes.cuts:
        members = is_majority & np.isin(villages, cut.villages)
        if len(cut.villages) == 1:
            prize[members] -= price
        else:
            in_cuts.append(members)
            costs.append(price)
    everywhere = prizes.are_mostly_of_visits(t)[distinct]
    near = _make_ng_sets(villages, distinct, between, ng_sets, everywhere)
    major = _as_bits(np.array(in_cuts, dtype=np.bool_).reshape(len(costs), len(villages)).T)
    return Network(
        nodes=len(villages),
        starts=len(terminals.starts),
        ends=len(terminals.ends),
        ng_words=near.shape[1],
        cut_words=major.shape[1],
        cuts=len(costs),
        steps=1,
        drive=between,
        out=np.ascontiguousarray(drive[np.ix_(terminals.starts, at)]),
        back=back,
        home=_seconds_to_end(between, back),
        bonus=terminals.start_prizes,
        opens=windows["opens"].astype(float),
        closes=windows["closes"].astype(float),
        lasts=t.setup[villages] + lasts,
        prize=prize,
        rate=np.divide(of_household, seconds, out=np.zeros(len(villages)), where=seconds > 0),
        length=length,
        bit=bit.astype(np.int32),
        near=near,
        major=major,
        cost=np.array(costs, dtype=float),
        completion=np.empty((2, 1, 1)),
        threshold=NO_VALUE,
        bounded=False,
        work_start=float(t.work_start[0]),
        work_end=float(t.work_end[0]),
        rest=float(t.rest),
        rest_from=float(t.rest_from),
        rest_until=float(t.rest_until),
        drive_limit=float(t.drive_limit),
        drive_cost=t.drive_cost,
        door=float(unlike[0]) if len(unlike) == 1 else 0.0,
    )


def reverse_network(n: Network, end_prizes: NDArray[np.float64]) -> Network:
    """Return the network of the day driven backward from its ends, without a drive limit."""
    both = n.work_start + n.work_end
    drive, back = np.ascontiguousarray(n.drive.T), np.ascontiguousarray(n.out.T)
    return n._replace(
        starts=n.ends,
        ends=n.starts,
        drive=drive,
        out=np.ascontiguousarray(n.back.T),
        back=back,
        home=_seconds_to_end(drive, back),
        # The native library adds numbers, not infinities.
        bonus=np.maximum(end_prizes, NO_VALUE / 2),
        opens=both - n.closes,
        closes=both - n.opens,
        rest_from=both - n.rest_until - n.rest,
        rest_until=both - n.rest_from - n.rest,
        drive_limit=np.inf,
    )


def singleton_ng_sets(bit: NDArray[np.int32]) -> NDArray[np.uint64]:
    """Return ng-sets that hold each node's own village alone, given the bits of the villages."""
    return _as_bits(bit[:, None] == np.arange(bit.max() + 1))


def word_count(bits: int) -> int:
    """Return how many words so many bits take."""
    return max(1, -(-bits // 64))


def _bonuses(t: NativeInstance) -> NDArray[np.float64]:
    """Return the bonus of a visit to each village in an instance of one shift alone."""
    is_given = t.shifts == 1 and t.bonus_set[0] >= 0
    return t.bonus[t.bonus_set[0]] if is_given else np.zeros(t.villages)


def _make_ng_sets(
    villages: NDArray[np.int64],
    distinct: NDArray[np.int64],
    between: NDArray[np.float64],
    ng_sets: Mapping[int, set[int]],
    everywhere: NDArray[np.bool_],
) -> NDArray[np.uint64]:
    """Return the ng-set of each node as bits: itself, the nearest, given ones, those everywhere."""
    both = (between + between.T)[:, np.searchsorted(villages[: len(distinct)], distinct)]
    near = np.argsort(both, axis=1, kind="stable")[:, :NG_SIZE]
    member = np.zeros(both.shape, dtype=np.bool_)
    np.put_along_axis(member, near, values=True, axis=1)
    member[:, everywhere] = True
    number = {int(v): n for n, v in enumerate(distinct)}
    for n, village in enumerate(villages.tolist()):
        member[n, number[village]] = True
        member[n, [number[v] for v in ng_sets.get(village, ()) if v in number]] = True
    return _as_bits(member)


def _as_bits(member: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Return rows of marks as the bits of whole words."""
    rows, columns = member.shape
    wide = np.zeros((rows, 64 * word_count(columns)), dtype=np.bool_)
    wide[:, :columns] = member
    packed = np.packbits(wide, axis=1, bitorder="little")
    return np.ascontiguousarray(packed).view("<u8").astype(np.uint64)


def _seconds_to_end(between: NDArray[np.float64], back: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the shortest drives to any end, by way of other villages where that is shorter."""
    nearest: NDArray[np.float64] = back.min(axis=1)
    shorter = (between + nearest).min(axis=1)
    while (shorter < nearest).any():
        nearest = np.minimum(nearest, shorter)
        shorter = (between + nearest).min(axis=1)
    return nearest
