"""Joining segments of road into chains that run from junction to junction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Chains", "chains"]


@dataclass(frozen=True, slots=True, eq=False)
class Chains:
    """Chains of segments, one after the other.

    Parameters
    ----------
    offsets
        Shape (chains + 1,); chain i holds what lies between ``offsets[i]`` and ``offsets[i + 1]``.
    points
        Shape (n,), indices of the points of each chain in order.
    segments
        Shape (n,), index of the segment behind each point; repeated at a chain's last point.
    flipped
        Shape (n,), whether the segment is run against its own direction.
    """

    offsets: NDArray[np.int64]
    points: NDArray[np.int64]
    segments: NDArray[np.int64]
    flipped: NDArray[np.bool_]


def chains(
    node: NDArray[np.int64], kind: NDArray[np.int32], open_bits: NDArray[np.int64]
) -> Chains:
    """Join segments at every node where two of them meet that let the same vehicles through.

    Most joints lie inside a way, where the segments already stand in order: ways are first broken
    into pieces at the nodes that stay, all at once; only pieces are then walked one by one.

    Parameters
    ----------
    node
        Shape (n,), node at each point; segment i runs from point i to point i + 1.
    kind
        Shape (n,), kind of each segment, below 0 where there is none.
    open_bits
        Shape (2, kinds), who passes along and against a segment of each kind.
    """
    joins = _joins(node, kind, open_bits)
    first, last = _pieces(node, kind, joins)
    walked = _walk(_partners(node, first, last, joins))
    return _assemble(first, last, walked)


def _joins(
    node: NDArray[np.int64], kind: NDArray[np.int32], open_bits: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Tell for each node whether a chain runs through it."""
    segments = np.flatnonzero(kind >= 0)
    along, against = open_bits[:, kind[segments]]
    # Both ends of each segment: where it touches, who leaves by it and who arrives by it.
    touched = np.concatenate((node[segments], node[segments + 1]))
    leaves = np.concatenate((along, against))
    arrives = np.concatenate((against, along))
    degree = np.bincount(touched, minlength=int(node.max()) + 1)
    order = np.argsort(touched, kind="stable")
    order = order[degree[touched[order]] == 2]  # noqa: PLR2004
    one, other = order[::2], order[1::2]
    same = (leaves[one] == arrives[other]) & (arrives[one] == leaves[other])
    joins = np.zeros(len(degree), dtype=np.bool_)
    joins[touched[one[same]]] = True
    return joins


def _pieces(
    node: NDArray[np.int64], kind: NDArray[np.int32], joins: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first and last point of each run of segments joined inside one way."""
    real = kind >= 0
    starts = real.copy()
    starts[1:] &= ~(real[:-1] & joins[node[1:]])
    ends = np.zeros_like(real)
    ends[1:] = real[:-1] & (~real[1:] | starts[1:])
    return np.flatnonzero(starts), np.flatnonzero(ends)


def _partners(
    node: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    joins: NDArray[np.bool_],
) -> list[int]:
    """Return for the two ends of each piece the end that it is joined to, -1 where to none.

    End 2 * i is the first point of piece i, end 2 * i + 1 its last.
    """
    at = node[np.stack((first, last), axis=1).ravel()]
    order = np.argsort(at, kind="stable")
    order = order[joins[at[order]]]
    partners = np.full(len(at), -1)
    partners[order[::2]] = order[1::2]
    partners[order[1::2]] = order[::2]
    return partners.tolist()


def _walk(partners: Sequence[int]) -> list[list[int]]:
    """Follow joined pieces; each chain lists the ends by which its pieces are entered."""
    loose = [end for end, partner in enumerate(partners) if partner < 0]
    seen = bytearray(len(partners) // 2)
    found = []
    # What no loose end leads to is a ring, and may be entered anywhere.
    for start in [*loose, *range(0, len(partners), 2)]:
        chain, end = [], start
        while end >= 0 and not seen[end // 2]:
            seen[end // 2] = True
            chain.append(end)
            end = partners[end ^ 1]
        if chain:
            found.append(chain)
    return found


def _assemble(
    first: NDArray[np.int64], last: NDArray[np.int64], walked: Sequence[Sequence[int]]
) -> Chains:
    """List the points and segments of the walked chains."""
    entered = np.concatenate([np.array(chain) for chain in walked])
    closes = np.cumsum([len(chain) for chain in walked]) - 1
    piece, back = entered // 2, entered % 2 == 1
    # Each piece gives its points but the last one, which the next piece or the chain's end gives.
    sizes = (last - first)[piece]
    sizes[closes] += 1
    begins = np.cumsum(sizes) - sizes
    step = np.arange(sizes.sum()) - np.repeat(begins, sizes)
    flipped = np.repeat(back, sizes)
    lows, highs = np.repeat(first[piece], sizes), np.repeat(last[piece], sizes)
    return Chains(
        offsets=np.concatenate(([0], (begins + sizes)[closes])).astype(np.int64),
        points=np.where(flipped, highs - step, lows + step),
        segments=np.where(
            flipped, np.maximum(highs - 1 - step, lows), np.minimum(lows + step, highs - 1)
        ),
        flipped=flipped,
    )
