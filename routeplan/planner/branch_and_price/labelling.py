"""Labelling: extending labels through a pricing network, and the memory that they take.

Labels are partial routes with dominance and the ng-route relaxation (Baldacci, Mingozzi and
Roberti 2011, Operations Research 59, Section 4); the native library extends them.
"""

from __future__ import annotations

import contextlib
import queue
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan import native

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from routeplan.planner.branch_and_price.network import Network

FIRST_LABELS, MOST_LABELS = 100_000, 1_600_000
# Extensions that are tried for each label that may be kept, at most.
TRIED = 200
# Of ``routeplan.h``.
BUCKETS = 64
# In place of a number of labels: more than there is memory for.
FULL = -1


class LabelPool(NamedTuple):
    """Labels and where they lead, field by field the structure of ``routeplan.h``."""

    stride: int
    capacity: int
    block_capacity: int
    labels: NDArray[np.uint8]
    blocks: NDArray[np.uint8]
    head: NDArray[np.int32]
    most_before: NDArray[np.float64]
    least_after: NDArray[np.float64]
    filled: NDArray[np.uint64]
    value: NDArray[np.float64]
    best: NDArray[np.int32]

    def trace(self, label: int) -> tuple[int, list[int]]:
        """Return the number of the start of a label's route, and its nodes in order."""
        nodes = np.empty(self.value.shape[1] + 1, dtype=np.int32)
        count = native.call("trace_label", self, label, len(nodes), nodes)
        return int(nodes[count]), nodes[:count][::-1].tolist()


class LabelMemory:
    """Memory for label pools, lent to one labelling at a time and kept between them.

    A labelling that would take more than `most` labels is given up, as is one that tries far more;
    and all labelling where `stop`, shape (1,), is set to 1.
    """

    def __init__(self, most: int = MOST_LABELS) -> None:
        self._most = most
        self._free: queue.SimpleQueue[NDArray[np.uint8]] = queue.SimpleQueue()
        self.stop = np.zeros(1, dtype=np.int8)

    @contextlib.contextmanager
    def extend(self, network: Network, *, exact: bool) -> Iterator[tuple[int, LabelPool]]:
        """Yield how many labels there are, below 0 where the labelling was given up, and these."""
        count, memory = FULL, np.empty(0, dtype=np.uint8)
        with contextlib.suppress(queue.Empty):
            memory = self._free.get_nowait()
        try:
            while count == FULL:
                pool = _make_pool(network, memory, self._most)
                most = TRIED * self._most
                with contextlib.suppress(native.CapacityError):
                    count = native.call("extend_labels", network, pool, exact, most, self.stop)
                if count == FULL:
                    if pool.capacity == self._most:
                        break
                    more = max(2 * pool.capacity, min(FIRST_LABELS, self._most))
                    memory = np.empty(_bytes(network, more + 2), dtype=np.uint8)
            yield count, pool
        finally:
            self._free.put(memory)


def _bytes(network: Network, labels: int) -> int:
    """Return the memory that so many labels take, and the blocks that list them."""
    label = native.call("label_bytes", network.ng_words, network.cut_words)
    blocks = native.call("blocks_for", network.nodes, labels)
    return int(labels * label + blocks * native.call("block_bytes"))


def _make_pool(network: Network, memory: NDArray[np.uint8], most: int) -> LabelPool:
    """Return a pool of as many labels as there is memory for, `most` at the most."""
    stride = native.call("label_bytes", network.ng_words, network.cut_words)
    fixed, some = _bytes(network, 0), 1000
    each = (_bytes(network, some) - fixed) / some
    capacity = max(0, min(int((len(memory) - fixed) / each) - 1, most))
    blocks = native.call("blocks_for", network.nodes, capacity) if capacity else 0
    ends, lists = (network.ends, network.nodes), (network.nodes, 2, BUCKETS)
    return LabelPool(
        *(stride, capacity, blocks),
        *(memory[: capacity * stride], memory[capacity * stride :]),
        np.empty(lists, dtype=np.int32),
        *(np.empty(lists), np.empty(lists)),
        np.empty((network.nodes, 2), dtype=np.uint64),
        np.empty(ends),
        np.empty(ends, dtype=np.int32),
    )
