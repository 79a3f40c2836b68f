"""A scenario with its roads and villages read: what `routeplan.workflow.prepare` prepares."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from routeplan.model.problem import Problem
    from routeplan.roads import Conditions, RoadGraph, Snap
    from routeplan.scenario import Scenario
    from routeplan.villages import VillageRow

__all__ = ["Located", "Prepared"]


@dataclass(frozen=True, eq=False, slots=True)
class Located:
    """A scenario with its villages on its roads, without travel times.

    Parameters
    ----------
    scenario, conditions, graph, rows, unplaced, snaps
        As of `Prepared`.

    Examples
    --------
    >>> from routeplan.workflow.prepare import locate
    >>> sorted(locate(scenario).snaps)
    ['car', 'four_wheel_drive']
    """

    scenario: Scenario
    conditions: Conditions
    graph: RoadGraph
    rows: tuple[VillageRow, ...]
    unplaced: tuple[str, ...]
    snaps: Mapping[str, tuple[Snap, ...]]


@dataclass(frozen=True, eq=False, slots=True)
class Prepared(Located):
    """A scenario with its roads and villages read: all that planning and drawing need.

    Parameters
    ----------
    scenario
        What was asked for.
    conditions
        The days with their seasons, and the overrides, under which the roads are judged.
    graph
        The roads.
    rows
        The villages.
    unplaced
        Names of places of the map that tell no population, where villages are taken from it.
    snaps
        By vehicle: where each place of the problem meets the roads.
    problem
        What the planner is told.

    Examples
    --------
    >>> prepared.problem.villages[0].households, sorted(prepared.snaps)
    (51, ['car', 'four_wheel_drive'])
    """

    problem: Problem

    def replace(self, **changes: object) -> Prepared:
        """Return it with some fields changed: the problem with more crews, on the same roads."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]

    def _repr_html_(self) -> str:
        return self.problem.to_html(line.points.tolist() for line in self.graph.lines())
