"""Simplification of the road graph: contract all nodes where a road merely goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["SimplifiedEdges", "simplify"]


@dataclass(frozen=True, slots=True, eq=False)
class SimplifiedEdges:
    """Edges from junction to junction, each a run of segments, one edge after the other."""

    offsets: NDArray[np.int64]  # (edges + 1,), where each edge begins
    points: NDArray[np.int64]  # (n,), indices of the points of each edge in order
    segments: NDArray[np.int64]  # (n,), segment behind each point; repeated at the last of an edge
    flipped: NDArray[np.bool_]  # (n,), whether the segment runs against its own direction


def simplify(
    node: NDArray[np.int64], profile: NDArray[np.int32], access: NDArray[np.int64]
) -> SimplifiedEdges:
    """Contract every node of degree two whose segments let the same vehicles through.

    Most such nodes lie inside a way, where the segments are in order already: ways are first
    split into pieces at the nodes that stay, all at once; only pieces are then joined one by one.

    Parameters
    ----------
    node
        Shape (n,), node at each point; segment i runs from point i to point i + 1.
    profile
        Shape (n,), profile of each segment, below 0 where there is none.
    access
        Shape (2, profiles), bits of who passes along and against a segment of each profile.
    """
    contracted = _contractible(node, profile, access)
    real = profile >= 0
    starts = real.copy()
    starts[1:] &= ~(real[:-1] & contracted[node[1:]])
    ends = np.zeros_like(real)
    ends[1:] = real[:-1] & (~real[1:] | starts[1:])
    first, last = np.flatnonzero(starts), np.flatnonzero(ends)
    return _join_pieces(first, last, _runs(_partners(node, first, last, contracted)))


def _contractible(
    node: NDArray[np.int64], profile: NDArray[np.int32], access: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return for each node whether an edge runs through it."""
    segments = np.flatnonzero(profile >= 0)
    along, against = access[:, profile[segments]]
    # Both ends of each segment: its node, who leaves by it and who arrives by it.
    at = np.concatenate((node[segments], node[segments + 1]))
    leaves = np.concatenate((along, against))
    arrives = np.concatenate((against, along))
    degree = np.bincount(at, minlength=int(node.max()) + 1)
    order = np.argsort(at, kind="stable")
    order = order[degree[at[order]] == 2]  # noqa: PLR2004
    one, other = order[::2], order[1::2]
    same = (leaves[one] == arrives[other]) & (arrives[one] == leaves[other])
    contracted = np.zeros(len(degree), dtype=np.bool_)
    contracted[at[one[same]]] = True
    return contracted


def _partners(
    node: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    contracted: NDArray[np.bool_],
) -> list[int]:
    """Return for both ends of each piece the end that it is joined to, -1 where to none.

    End 2 * i is the first point of piece i, end 2 * i + 1 its last.
    """
    at = node[np.stack((first, last), axis=1).ravel()]
    order = np.argsort(at, kind="stable")
    order = order[contracted[at[order]]]
    partners = np.full(len(at), -1)
    partners[order[::2]] = order[1::2]
    partners[order[1::2]] = order[::2]
    return partners.tolist()


def _runs(partners: Sequence[int]) -> list[list[int]]:
    """Follow joined pieces; each run lists the ends by which its pieces are entered."""
    loose = [end for end, partner in enumerate(partners) if partner < 0]
    seen = bytearray(len(partners) // 2)
    runs = []
    # Pieces that no loose end leads to form a ring, which may be entered anywhere.
    for start in [*loose, *range(0, len(partners), 2)]:
        run, end = [], start
        while end >= 0 and not seen[end // 2]:
            seen[end // 2] = True
            run.append(end)
            end = partners[end ^ 1]
        if run:
            runs.append(run)
    return runs


def _join_pieces(
    first: NDArray[np.int64], last: NDArray[np.int64], runs: Sequence[Sequence[int]]
) -> SimplifiedEdges:
    entered = np.concatenate([np.array(run) for run in runs])
    closes = np.cumsum([len(run) for run in runs]) - 1
    piece, back = entered // 2, entered % 2 == 1
    # Each piece gives its points but the last, which the next piece or the end of the edge gives.
    sizes = (last - first)[piece]
    sizes[closes] += 1
    begins = np.cumsum(sizes) - sizes
    step = np.arange(sizes.sum()) - np.repeat(begins, sizes)
    flipped = np.repeat(back, sizes)
    lows, highs = np.repeat(first[piece], sizes), np.repeat(last[piece], sizes)
    return SimplifiedEdges(
        offsets=np.concatenate(([0], (begins + sizes)[closes])).astype(np.int64),
        points=np.where(flipped, highs - step, lows + step),
        segments=np.where(
            flipped, np.maximum(highs - 1 - step, lows), np.minimum(lows + step, highs - 1)
        ),
        flipped=flipped,
    )
