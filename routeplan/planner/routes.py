"""Day routes and their visits, the shifts that drive them, and what of them is decided before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


class Visit(NamedTuple):
    """A village, by its position in the problem, and the households reached there."""

    village: int
    households: int


class DayRoute(NamedTuple):
    """What one team does on one day: the places where it starts and ends, by position; visits."""

    start: int
    end: int
    visits: tuple[Visit, ...] = ()

    def with_visit(self, position: int, visit: Visit) -> DayRoute:
        """Return the route with one visit more, before the one at a position."""
        visits = self.visits
        return self._replace(visits=(*visits[:position], visit, *visits[position:]))

    def with_households(self, position: int, households: int) -> DayRoute:
        """Return the route with other households reached by the visit at a position."""
        visits, changed = self.visits, Visit(self.visits[position].village, households)
        return self._replace(visits=(*visits[:position], changed, *visits[position + 1 :]))


@dataclass(frozen=True, slots=True)
class Shift:
    """One team's working day, from `start` to `end`.

    The `index` is among all shifts; those of one team follow each other in the order of days.
    Setup begins and the last household is left in a time window, from `opens` to `closes`, where a
    village is `open` for a visit at all; shapes are (villages,).
    """

    index: int
    team: int
    day: int
    start: int
    end: int
    opens: Ints
    closes: Ints
    open: NDArray[np.bool_]


class Night(NamedTuple):
    """The indices of the days that end with a night in one bed, and how many nights these are."""

    days: range
    nights: int


class InstancePins(NamedTuple):
    """What of a plan is decided before the search.

    By shift, the routes that stay as they are. By village, the only days on which it may and must
    be visited (none where it is left out), and the position of the only team that may visit it.
    """

    routes: Mapping[int, DayRoute]
    days: Mapping[int, frozenset[int]]
    teams: Mapping[int, int]
