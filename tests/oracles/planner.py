"""Twins in plain Python of functions of the planner's native library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from routeplan import native

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from routeplan.planner.branch_and_price.labelling import LabelPool
    from routeplan.planner.branch_and_price.network import Network
    from routeplan.planner.native_instance import NativeInstance
    from routeplan.planner.ruin_and_recreate.native_solution import NativeSolution

__all__ = [
    "Counts",
    "Label",
    "count",
    "most_after",
    "near_villages",
    "read_labels",
    "villages_between",
]

INFINITE = native.constant("INFINITE_SECONDS")


# ---- Villages by distance ----


def near_villages(drive: NDArray[np.int32], at: Sequence[int], count: int) -> list[list[int]]:
    """Return the villages nearest to each by driving there and back, itself first.

    Parameters
    ----------
    drive
        Shape (vehicles, places, places): seconds. The fastest vehicle counts.
    at
        The villages' places.
    count
        How many are returned for each.
    """

    def apart(village: int, other: int) -> int:
        if village == other:
            return -1
        go, back = drive[:, at[village], at[other]], drive[:, at[other], at[village]]
        return min(int(a) + int(b) for a, b in zip(go, back, strict=True))

    every = range(len(at))
    return [sorted(every, key=lambda other: (apart(v, other), other))[:count] for v in every]


def villages_between(
    t: NativeInstance, vehicle: int, start: int, end: int, count: int
) -> list[int]:
    """Return the villages by the drive from a place by way of them to another place."""
    drive = t.drive[vehicle].tolist()
    length = [drive[start][place] + drive[place][end] for place in t.at.tolist()]
    return sorted(range(t.villages), key=lambda village: (length[village], village))[:count]


# ---- Solutions ----


class Counts(NamedTuple):
    """What is counted of a solution.

    Parameters
    ----------
    left, visitors
        Of each village the households that no visit reaches, and the shifts that visit it.
    reached_on, beds_used
        Households reached, by village and day; beds used, by place and day, home aside.
    driven
        Seconds of driving of each shift.
    """

    left: list[int]
    visitors: list[list[int]]
    reached_on: list[list[int]]
    beds_used: list[list[int]]
    driven: list[int]


def count(t: NativeInstance, arrays: NativeSolution) -> Counts:
    """Count a solution."""
    left = t.households.tolist()
    visitors: list[list[int]] = [[] for _ in left]
    reached_on = [[0] * t.days for _ in left]
    beds_used = [[0] * t.days for _ in range(t.places)]
    driven = []
    for shift in range(t.shifts):
        place = int(t.start[shift] if t.first[shift] else arrays.end[shift - 1])
        end, seconds, legs = int(arrays.end[shift]), 0, t.drive[t.vehicle[shift]]
        for stop in range(arrays.stops[shift]):
            village, households = arrays.village[shift, stop], arrays.reached[shift, stop]
            left[village] -= int(households)
            visitors[village].append(shift)
            reached_on[village][t.day[shift]] += int(households)
            seconds += int(legs[place, t.at[village]])
            place = int(t.at[village])
        driven.append(seconds + int(legs[place, end]))
        if not t.last[shift] and end != t.home[shift]:
            for day in range(t.day[shift], t.until[shift]):
                beds_used[end][day] += 1
    return Counts(left, visitors, reached_on, beds_used, driven)


# ---- Completion bounds ----


class Label(NamedTuple):
    """A partial route.

    Parameters
    ----------
    node, rested
        Its last node, and whether the rest was taken.
    ready, reward
        When it can be left at the earliest, and what has been brought by then.
    pieces
        Further households: the reward of a second of them, and how many seconds they take.
    """

    node: int
    rested: bool
    ready: float
    reward: float
    pieces: list[tuple[float, float]]

    def within(self, seconds: float) -> float:
        """Return the reward with so many seconds of further households."""
        reward = self.reward
        for rate, length in self.pieces:
            reward += rate * min(seconds, length)
            seconds = max(0.0, seconds - length)
        return reward


def read_labels(network: Network, pool: LabelPool, made: int) -> list[Label]:
    """Return the labels in a pool that no other dominates."""
    rows = pool.labels.view(_label_type(network))[:made]
    return [
        Label(
            int(row["node"]),
            bool(row["rested"]),
            float(row["ready"]),
            float(row["reward"]),
            row["piece"][: row["pieces"]].tolist(),
        )
        for row in rows[rows["dominated"] == 0]
    ]


def _label_type(network: Network) -> np.dtype[Any]:
    """Return a label as ``label.h`` lays it out."""
    numbers = [(name, "f8") for name in ("ready", "reward", "total", "driven")]
    links = [(name, "i4") for name in ("node", "parent", "stops", "next")]
    small = [("rested", "i1"), ("dominated", "i1"), ("pieces", "i2")]
    bits = [("visited", "u8", network.ng_words), ("odd", "u8", network.cut_words)]
    pieces = ("piece", [("rate", "f8"), ("length", "f8")], native.constant("PIECES"))
    return np.dtype([*numbers, *links, *small, *bits, pieces], align=True)


def most_after(
    network: Network, labels: Sequence[Label], node: int, *, rested: bool, seconds: float
) -> float:
    """Return the most that the rest of a day brings after leaving a node.

    Parameters
    ----------
    network, labels
        The day driven backward, and its labels.
    node
        That is left, in the direction of the day.
    rested
        Whether the rest was taken before; else it is still to come.
    seconds
        How many there are until the day's end.
    """
    found = [-np.inf]
    if rested:
        ends = network.bonus - network.drive_cost * network.out[:, node]
        found += ends[network.out[:, node] <= seconds].tolist()
    for label in labels:
        spent = label.ready - network.work_start + network.drive[label.node, node]
        if label.node != node and (rested or label.rested) and spent <= seconds:
            cost = network.drive_cost * network.drive[label.node, node]
            found.append(label.within(seconds - spent) - cost)
    return float(max(found))
