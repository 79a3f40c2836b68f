"""What passes between the engine `routing` and the process in which OR-Tools searches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["RoutingAnswer", "RoutingTask"]


@dataclass(frozen=True, slots=True)
class RoutingTask:
    """A routing problem with fixed ends: nodes are blocks of doors, then places where days end.

    Parameters
    ----------
    drive, spans
        By class of team: shape (nodes, nodes), driving seconds; and from the end of one node's
        doors to the end of the next one's.
    way
        By class: shape (nodes, nodes), whether there is a way.
    prizes
        Shape (blocks,): what leaving a block out costs, in seconds of driving.
    windows
        By block: disjoint and ascending, when its doors may end.
    vehicles
        By block: the vehicles that may serve it.
    classes, starts, ends, opening, closing
        By vehicle: its class, the nodes where its day begins and ends, and when.
    drive_limit
        Of every vehicle, None for no limit.
    routes
        By vehicle: blocks of the plan to begin with.
    seconds, solutions
        When to stop; None for no limit.
    """

    drive: tuple[NDArray[np.int64], ...]
    spans: tuple[NDArray[np.int64], ...]
    way: tuple[NDArray[np.bool_], ...]
    prizes: tuple[int, ...]
    windows: tuple[tuple[tuple[int, int], ...], ...]
    vehicles: tuple[tuple[int, ...], ...]
    classes: tuple[int, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    opening: tuple[int, ...]
    closing: tuple[int, ...]
    drive_limit: int | None
    routes: tuple[tuple[int, ...], ...]
    seconds: float | None
    solutions: int | None


@dataclass(frozen=True, slots=True)
class RoutingAnswer:
    """Blocks by vehicle in their order, and how many solutions were seen so far."""

    routes: tuple[tuple[int, ...], ...]
    solutions: int
    last: bool
