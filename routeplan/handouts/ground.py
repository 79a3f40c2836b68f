"""What a plan is drawn on and told with, beside the plan itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from routeplan.handouts.values import Telling
from routeplan.handouts.view import build_view

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from routeplan.handouts.values import MapView, RoadLine
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

__all__ = ["Ground"]

TITLE = "routeplan"
"""Of what belongs to a problem without a name."""


@dataclass(frozen=True, eq=False, slots=True)
class Ground:
    """What a plan is drawn on and told with; nothing, where only problem and plan are known.

    Parameters
    ----------
    lines
        By vehicle, place from and place to: the leg as it is driven, shape (n, 2), lat, lon.
    roads
        Of the district.
    telling
        The language, and what else is known of legs and villages.
    """

    lines: Mapping[tuple[str, str, str], NDArray[np.float64]] = field(default_factory=dict)
    roads: Sequence[RoadLine] = ()
    telling: Telling = field(default_factory=Telling)

    def view(self, problem: Problem, plan: Plan) -> MapView:
        """Return what a map of the plan shows; raises what `build_view` does."""
        return build_view(
            *(problem, plan),
            lines=self.lines,
            roads=self.roads,
            title=problem.name or TITLE,
            telling=self.telling,
        )
