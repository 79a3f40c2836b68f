"""The road graph: links between junctions, each a line of points with all that is known of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.errors import Fault, InputError, nearest
from routeplan.model.road_notes import RoadLine
from routeplan.roads.units import MICROSECONDS, MILLIMETRES, SECONDS_PER_METRE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import networkx as nx
    from numpy.typing import NDArray

    from routeplan.roads.judge import Kind

__all__ = [
    "EARTH_RADIUS_METRES",
    "LinkCosts",
    "RoadGraph",
    "haversine_metres",
]

EARTH_RADIUS_METRES = 6_371_009.0


@dataclass(frozen=True, slots=True, eq=False)
class LinkCosts:
    """What each link costs one vehicle, from its first point to its last (row 0) and back (row 1).

    Costs are whole numbers held as floats, so that sums are exact in any order.

    Parameters
    ----------
    open
        Shape (2, links), whether it passes.
    microseconds
        Shape (2, links); means nothing where it does not pass.
    millimetres
        Shape (links,).
    """

    open: NDArray[np.bool_]
    microseconds: NDArray[np.float64]
    millimetres: NDArray[np.float64]


class _KindCosts(NamedTuple):
    """What each kind of road costs one vehicle; shape (2, kinds + 1), along the way and against."""

    passes: NDArray[np.bool_]
    paces: NDArray[np.float64]  # seconds per metre
    delays: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class RoadGraph:
    """Links between junctions and ends of roads.

    Segment i runs from point i to point i + 1 of its link; the last point of a link has a segment
    too, of kind -1 and no length, so that points and segments share one numbering. All segments of
    a link are open to the same vehicles in the same directions, now and on a dry day; a link may be
    closed to all of them now.

    Parameters
    ----------
    vehicles
        Names of the vehicles, in the order of each kind's verdicts.
    off_road_kmh
        Of each vehicle, between a road and the middle of a village.
    kinds
        The kinds of road that there are.
    names
        Name or number of each way of the extract, empty where it has none.
    way_ids
        Shape (ways,), number in OpenStreetMap of each way of the extract.
    node_count
        How many junctions and ends there are.
    link_nodes
        Shape (links, 2), nodes at the first and last point of each link.
    offsets
        Shape (links + 1,); link i holds the points and segments from ``offsets[i]`` on.
    points
        Shape (n, 2), lat and lon, degrees.
    segment_kind, segment_way
        Shape (n,), into `kinds` and into the ways of the extract.
    segment_flipped
        Shape (n,), whether the link runs against the points of the way.
    segment_metres
        Shape (n,).
    ignored_barriers
        Barriers and fords at junctions: it is not known which of the roads they are on.
    ignored_values
        Tags of driven ways that were passed over because the table of speeds does not know them,
        and on how many ways each stands.
    """

    vehicles: tuple[str, ...]
    off_road_kmh: tuple[float, ...]
    kinds: tuple[Kind, ...]
    names: tuple[str, ...]
    way_ids: NDArray[np.int64]
    node_count: int
    link_nodes: NDArray[np.int64]
    offsets: NDArray[np.int64]
    points: NDArray[np.float64]
    segment_kind: NDArray[np.int32]
    segment_way: NDArray[np.int32]
    segment_flipped: NDArray[np.bool_]
    segment_metres: NDArray[np.float64]
    ignored_barriers: int
    ignored_values: Mapping[str, int]

    @property
    def link_count(self) -> int:
        """How many links there are."""
        return len(self.link_nodes)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Southernmost, westernmost, northernmost and easternmost degree."""
        south, west = self.points.min(axis=0)
        north, east = self.points.max(axis=0)
        return float(south), float(west), float(north), float(east)

    def vehicle_index(self, vehicle: str) -> int:
        """Return the position of a vehicle in `vehicles`.

        Raises
        ------
        InputError
            Where the table of speeds does not know it.
        """
        if vehicle not in self.vehicles:
            hint = nearest(vehicle, self.vehicles)
            raise InputError([Fault("", f"no speeds for a vehicle {vehicle!r}", hint)])
        return self.vehicles.index(vehicle)

    def segment_seconds(self, vehicle: str) -> NDArray[np.float64]:
        """Return the seconds for each segment, shape (2, n): along its link, and against it."""
        costs = self._kind_costs(vehicle)
        along = self.segment_flipped.astype(np.intp)
        return np.stack(
            [
                costs.paces[way, self.segment_kind] * self.segment_metres
                + costs.delays[way, self.segment_kind]
                for way in (along, 1 - along)
            ]
        )

    def link_costs(self, vehicle: str) -> LinkCosts:
        """Return what each link costs a vehicle."""
        starts = self.offsets[:-1]
        kind, along = self.segment_kind[starts], self.segment_flipped[starts].astype(np.intp)
        passes = self._kind_costs(vehicle).passes
        seconds = np.add.reduceat(self.segment_seconds(vehicle), starts, axis=1)
        metres = np.add.reduceat(self.segment_metres, starts)
        return LinkCosts(
            open=np.stack([passes[along, kind], passes[1 - along, kind]]),
            microseconds=np.round(seconds * MICROSECONDS),
            millimetres=np.round(metres * MILLIMETRES),
        )

    def _kind_costs(self, vehicle: str) -> _KindCosts:
        number = self.vehicle_index(vehicle)
        verdicts = [kind.verdicts[number] for kind in self.kinds]
        # The last column stands for kind -1: the point at the end of a link, which costs nothing.
        ends = [[False, 0.0, 0.0]] * 2
        table = np.array(
            [
                *(
                    [
                        [v.passes, SECONDS_PER_METRE / v.kmh if v.kmh else 0.0, v.seconds]
                        for v in pair
                    ]
                    for pair in verdicts
                ),
                ends,
            ]
        )
        passes, paces, delays = table.transpose(2, 1, 0)
        return _KindCosts(passes.astype(np.bool_), paces, delays)

    def on_a_dry_day(self) -> RoadGraph:
        """Return the same roads without seasons, dates, overrides and closed barriers."""
        kinds = tuple(replace(kind, verdicts=kind.otherwise) for kind in self.kinds)
        return replace(self, kinds=kinds)

    def lines(self) -> Iterator[RoadLine]:
        """Yield every road as lines of one class and one kind of surface each, for a base map."""
        labels = [(kind.road_class, kind.paved) for kind in self.kinds]
        codes = {label: code for code, label in enumerate(dict.fromkeys(labels))}
        code = np.array([*(codes[label] for label in labels), -1])[self.segment_kind]
        starts = np.ones(len(code), dtype=np.bool_)
        starts[1:] = code[1:] != code[:-1]
        starts[self.offsets[:-1]] = True
        first = np.flatnonzero(starts & (code >= 0))
        last = np.append(np.flatnonzero(starts), len(code))
        last = last[np.searchsorted(last, first, side="right")]
        known = list(codes)
        for begin, end in zip(first, last, strict=True):
            road_class, paved = known[code[begin]]
            # A closed barrier is a link of no length.
            if self.segment_metres[begin:end].any():
                yield RoadLine(road_class, paved, self.points[begin : end + 1])

    def to_networkx(self, vehicle: str) -> nx.MultiDiGraph[int]:
        """Return the roads that a vehicle drives as a street network of osmnx.

        Nodes are junctions and ends of roads, with ``x``, ``y`` (degrees) and ``street_count``.
        Edges are links in each direction in which the vehicle passes, with ``length`` (metres),
        ``travel_time`` (seconds, not rounded up; equal to those of the matrix of travel times),
        ``speed_kph``, ``geometry``, ``oneway``, ``reversed``, and ``osmid``, ``highway``,
        ``surface`` and ``name`` as far as they are known: the list of them where there are
        several. A barrier is an edge of no length. The graph's ``crs`` is ``epsg:4326``.

        Raises
        ------
        InputError
            Where the table of speeds does not know the vehicle.

        Examples
        --------
        >>> roads = graph.to_networkx("car")                                # doctest: +SKIP
        >>> node = osmnx.nearest_nodes(roads, X=77.0, Y=43.0)               # doctest: +SKIP
        >>> networkx.shortest_path(roads, node, 7, weight="travel_time")    # doctest: +SKIP
        """
        # Loading networkx takes time that who plans tours need not wait for.
        from routeplan.roads.multigraph import to_networkx  # noqa: PLC0415

        return to_networkx(self, vehicle)


def haversine_metres(
    points: NDArray[np.float64], others: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return great-circle distances between points, both of shape (n, 2) as lat, lon in degrees."""
    lats, lons = np.radians(points).T
    other_lats, other_lons = np.radians(others).T
    half = (
        np.sin((other_lats - lats) / 2) ** 2
        + np.cos(lats) * np.cos(other_lats) * np.sin((other_lons - lons) / 2) ** 2
    )
    distances: NDArray[np.float64] = 2 * EARTH_RADIUS_METRES * np.arcsin(np.sqrt(half))
    return distances
