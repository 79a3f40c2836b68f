"""The road graph: edges between junctions, its components, and a report on what it holds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from routeplan.display import counted, one_line
from routeplan.errors import Fault, InputError, nearest
from routeplan.language import gettext as _
from routeplan.model.road_notes import RoadLine, SnapFailure
from routeplan.roads.graphml import to_networkx
from routeplan.roads.tags import CONDITIONAL, FERRY, winter_tag
from routeplan.roads.turns import open_arcs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    import networkx as nx
    from numpy.typing import NDArray

    from routeplan.roads.edge_speed import SpeedProfile
    from routeplan.roads.extract import Extract

MICROSECONDS = 1_000_000  # in a second
MILLIMETRES = 1_000  # in a metre
SECONDS_PER_METRE = 3.6  # at 1 km/h


@dataclass(frozen=True, slots=True, eq=False)
class EdgeCosts:
    """Costs of one vehicle on each edge, from its first point to its last (row 0) and back (row 1).

    Costs are whole numbers in floats, so that sums are exact in any order.
    """

    open: NDArray[np.bool_]  # (2, edges), whether it passes
    microseconds: NDArray[np.float64]  # (2, edges); meaningless where it does not pass
    millimetres: NDArray[np.float64]  # (edges,)

    @property
    def seconds(self) -> NDArray[np.float64]:
        """Shape (2, edges)."""
        return self.microseconds / MICROSECONDS

    @property
    def metres(self) -> NDArray[np.float64]:
        """Shape (edges,)."""
        return self.millimetres / MILLIMETRES


@dataclass(frozen=True, slots=True, eq=False)
class RoadGraph:
    """Edges between junctions and dead ends.

    Segment i runs from point i to point i + 1 of its edge; the last point of an edge has a segment
    too, of profile -1 and no length, so that points and segments share one numbering. All segments
    of an edge are open to the same vehicles in the same directions, now and on a dry day; an edge
    may be closed to all of them now.
    """

    vehicles: tuple[str, ...]  # in the order of each profile's speeds
    off_road_kmh: tuple[float, ...]  # of each vehicle, between a road and a village
    profiles: tuple[SpeedProfile, ...]
    names: tuple[str, ...]  # name or number of each way of the extract, or empty
    way_ids: NDArray[np.int64]  # (ways,), OpenStreetMap's numbers
    node_count: int  # junctions and dead ends
    edge_nodes: NDArray[np.int64]  # (edges, 2), at the first and last point of each edge
    offsets: NDArray[np.int64]  # (edges + 1,), where the points and segments of each edge begin
    points: NDArray[np.float64]  # (n, 2), lat and lon, degrees
    segment_profile: NDArray[np.int32]  # (n,), into `profiles`
    segment_way: NDArray[np.int32]  # (n,), into the ways of the extract
    segment_flipped: NDArray[np.bool_]  # (n,), whether the edge runs against its way
    segment_metres: NDArray[np.float64]  # (n,)
    tags: tuple[Mapping[str, str], ...]  # distinct ones of ways, without names, and of obstacles
    segment_tags: NDArray[np.int32]  # (n,), into `tags`
    segment_obstacle: NDArray[np.bool_]  # (n,), whether it is a barrier, ford or landing
    segment_settlement: NDArray[np.bool_]  # (n,), whether it lies inside a settlement
    turn_edges: NDArray[np.int64]  # (m,), of all forbidden turns, see `routeplan.roads.turns`
    turn_offsets: NDArray[np.int64]  # (turns + 1,), where those of each begin
    turn_vehicles: NDArray[np.int64]  # (turns,), a bit for each vehicle; the higher, on a dry day
    ignored_barriers: int  # at junctions: on an unknown one of the roads
    ignored_values: Mapping[str, int]  # ways by tag that the table of speeds does not know

    def __repr__(self) -> str:
        km = float(self.segment_metres.sum()) / 1000
        figures = (f"{km:,.0f} km", counted(self.edge_count, "edge"))
        return one_line("RoadGraph", "", *figures, f"for {', '.join(self.vehicles)}")

    @property
    def is_ferry(self) -> NDArray[np.bool_]:
        """Whether each segment is a ferry, shape (n,)."""
        ferries = [profile.road_class == FERRY for profile in self.profiles]
        # The last one is that of profile -1.
        return np.array([*ferries, False])[self.segment_profile]

    @property
    def edge_count(self) -> int:
        """Number of edges."""
        return len(self.edge_nodes)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """South, west, north and east of all points, degrees."""
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
            message = _("no speeds for a vehicle {vehicle!r}", vehicle=vehicle)
            raise InputError([Fault("", message, nearest(vehicle, self.vehicles))])
        return self.vehicles.index(vehicle)

    def segment_seconds(self, vehicle: str) -> NDArray[np.float64]:
        """Return the seconds for each segment, shape (2, n): along its edge, and against it."""
        table = self._speeds(vehicle)
        along = self.segment_flipped.astype(np.intp)
        return np.stack(
            [
                table["pace"][direction, self.segment_profile] * self.segment_metres
                + table["delay"][direction, self.segment_profile]
                for direction in (along, 1 - along)
            ]
        )

    def edge_costs(self, vehicle: str) -> EdgeCosts:
        """Return what each edge costs a vehicle."""
        starts = self.offsets[:-1]
        profile, along = self.segment_profile[starts], self.segment_flipped[starts].astype(np.intp)
        passes = self._speeds(vehicle)["passes"]
        seconds = np.add.reduceat(self.segment_seconds(vehicle), starts, axis=1)
        metres = np.add.reduceat(self.segment_metres, starts)
        return EdgeCosts(
            open=np.stack([passes[along, profile], passes[1 - along, profile]]),
            microseconds=np.round(seconds * MICROSECONDS),
            millimetres=np.round(metres * MILLIMETRES),
        )

    def _speeds(self, vehicle: str) -> NDArray[np.void]:
        """Return what each profile costs, along the way and against, shape (2, profiles + 1)."""
        number = self.vehicle_index(vehicle)
        rows = [
            [
                (speed.passes, SECONDS_PER_METRE / speed.kmh if speed.kmh else 0.0, speed.seconds)
                for speed in profile.speeds[number]
            ]
            for profile in self.profiles
        ]
        # The last column is that of profile -1: the point at the end of an edge costs nothing.
        rows.append([(False, 0.0, 0.0)] * 2)
        fields = [("passes", np.bool_), ("pace", np.float64), ("delay", np.float64)]
        return np.array(rows, dtype=fields).T

    def on_a_dry_day(self) -> RoadGraph:
        """Return the same roads without seasons, dates, overrides and closed barriers."""
        profiles = tuple(replace(one, speeds=one.dry_speeds) for one in self.profiles)
        count = len(self.vehicles)
        dry = self.turn_vehicles >> count
        return replace(self, profiles=profiles, turn_vehicles=dry | dry << count)

    def lines(self) -> Iterator[RoadLine]:
        """Yield all roads for a base map, as lines of one class, paved or not."""
        labels = [(profile.road_class, profile.paved) for profile in self.profiles]
        distinct = list(dict.fromkeys(labels))
        codes = np.array([*map(distinct.index, labels), -1])
        code = codes[self.segment_profile]
        starts = np.ones(len(code), dtype=np.bool_)
        starts[1:] = code[1:] != code[:-1]
        starts[self.offsets[:-1]] = True
        first = np.flatnonzero(starts & (code >= 0))
        last = np.append(np.flatnonzero(starts), len(code))
        last = last[np.searchsorted(last, first, side="right")]
        for begin, end in zip(first, last, strict=True):
            # A closed barrier is an edge of no length.
            if self.segment_metres[begin:end].any():
                road_class, paved = distinct[code[begin]]
                yield RoadLine(road_class, paved, self.points[begin : end + 1])

    def to_networkx(self, vehicle: str) -> nx.MultiDiGraph[int]:
        """Return the roads that a vehicle drives as a street network of osmnx.

        Nodes are junctions and dead ends, with ``x``, ``y`` (degrees) and ``street_count``. Edges
        are there for each direction in which the vehicle passes, with ``length`` (metres),
        ``travel_time`` (seconds, not rounded up; equal to those of the matrix of travel times),
        ``speed_kph``, ``geometry``, ``oneway``, ``reversed``, and ``osmid``, ``highway``,
        ``surface`` and ``name`` as far as they are known: the list of them where there are
        several. A barrier is an edge of no length. The graph's ``crs`` is ``epsg:4326``. What
        `from_networkx` needs to build the same roads again is in ``sections``: the
        tags of each part of an edge, whether it lies in a settlement, and what is passed there.

        Where turns are forbidden, nodes have copies, with their number as ``copy_of``, which only
        the permitted edges leave. Paths begin at the node itself, and end at any of them.

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
        return to_networkx(self, vehicle)


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """The strongly connected components of the roads that one vehicle drives."""

    open: NDArray[np.bool_]  # (edges,), whether the vehicle passes
    usable: NDArray[np.bool_]  # (edges,), whether they are in a chosen component
    reached: NDArray[np.bool_]  # (edges,), whether a drive from a chosen component leads there
    returns: NDArray[np.bool_]  # (edges,), whether a drive leads back to a chosen component
    component: NDArray[np.int64]  # (edges,), the one that each edge is in; -1 for none
    metres: NDArray[np.float64]  # of road inside each component
    open_metres: float  # of all roads that the vehicle drives

    def failure(self, edge: int) -> SnapFailure | None:
        """Return why no place can be snapped to an edge; None where it is in a chosen one."""
        if not self.open[edge]:
            return SnapFailure.CLOSED
        if self.usable[edge]:
            return None
        if self.reached[edge]:
            return SnapFailure.TRAP_IN
        return SnapFailure.TRAP_OUT if self.returns[edge] else SnapFailure.ISLAND


def find_components(
    graph: RoadGraph, vehicle: str, chosen: Collection[int] | None = None
) -> Components:
    """Find the strongly connected components, and the roads that lead to some of them and back.

    Those are the `chosen` ones, by their numbers; None for the largest, with the most metres.
    """
    costs = graph.edge_costs(vehicle)
    along, against = costs.open
    arcs = open_arcs(graph, vehicle, costs.open)
    ones = np.ones(len(arcs.edge), dtype=np.int8)
    matrix = csr_array((ones, (arcs.tail, arcs.head)), shape=(len(arcs.node),) * 2)
    _, label = connected_components(matrix, connection="strong")
    inside = np.flatnonzero(label[arcs.tail] == label[arcs.head])
    part = np.full(costs.open.shape, -1)
    part[arcs.direction[inside], arcs.edge[inside]] = label[arcs.tail[inside]]
    # Each road counts once in a component, whatever its directions.
    part[1, part[1] == part[0]] = -1
    lengths = np.zeros(int(label.max()) + 1)
    for row in part:
        np.add.at(lengths, row[row >= 0], costs.metres[row >= 0])
    back = matrix.T.tocsr()
    usable, reached, returns = np.zeros((3, graph.edge_count), dtype=np.bool_)
    for number in [int(lengths.argmax())] if chosen is None else chosen:
        source = int((label == number).argmax())
        there, home = _reachable(matrix, source)[arcs.tail], _reachable(back, source)[arcs.head]
        leads_there, leads_home = np.zeros((2, graph.edge_count), dtype=np.bool_)
        leads_there[arcs.edge[there]] = True
        # A drive that begins on an edge leaves it as one that arrives from anywhere.
        leads_home[arcs.edge[: arcs.free][home[: arcs.free]]] = True
        usable |= leads_there & leads_home
        reached |= leads_there
        returns |= leads_home
    return Components(
        open=along | against,
        usable=usable,
        reached=reached,
        returns=returns,
        component=part.max(axis=0),
        metres=lengths,
        open_metres=float(costs.metres[along | against].sum()),
    )


def _reachable(matrix: csr_array[np.int8], source: int) -> NDArray[np.bool_]:
    found = np.zeros(matrix.shape[0], dtype=np.bool_)
    found[breadth_first_order(matrix, source, return_predecessors=False)] = True
    return found


@dataclass(frozen=True, slots=True)
class VehicleRoads:
    """The roads of one vehicle and their strongly connected components."""

    vehicle: str
    km: float  # of all roads that it drives, in one direction at least
    parts: int  # components that hold any road
    main_km: float  # inside the largest component


@dataclass(frozen=True, slots=True)
class RoadReport:
    """Kilometres of road that some vehicle drives, and what is uncertain about them."""

    ways: int  # of the file, footpaths too
    cut_ways: int  # that name nodes outside the file
    places: int
    km: float
    km_by_class: Mapping[str, float]  # the longest first
    km_by_surface: Mapping[str, float]  # empty where only the track type is known
    vehicles: tuple[VehicleRoads, ...]
    assumed_surface_km: float  # whose surface is assumed by its class
    seasonal_km: float  # of road that is there in some seasons only, or on ice
    conditional_km: float  # with a rule for certain hours or dates
    ignored_barriers: int  # at junctions
    restrictions: int  # of turns, those that are ignored too
    ignored_restrictions: int  # that make no sense, or whose hours are unknown
    ignored_values: Mapping[str, int]  # ways by tag that the table of speeds does not know
    unread_limits: int  # ways with a speed limit that cannot be read


def report(extract: Extract, graph: RoadGraph) -> RoadReport:
    """Report on the roads of an extract and the graph built from it."""
    ways = len(extract.way_tags)
    km_of_way = np.bincount(graph.segment_way, graph.segment_metres, minlength=ways) / 1000
    # The last column takes the points at the ends of edges, which have no length.
    column = graph.segment_profile % (len(graph.profiles) + 1)
    km = np.bincount(column, graph.segment_metres, minlength=len(graph.profiles)) / 1000
    return RoadReport(
        ways=len(np.unique(extract.way_ids)),
        cut_ways=extract.cut_ways,
        places=len(extract.places),
        km=float(km_of_way.sum()),
        km_by_class=_totals((profile.road_class for profile in graph.profiles), km),
        km_by_surface=_totals((profile.surface for profile in graph.profiles), km),
        vehicles=tuple(
            VehicleRoads(
                vehicle,
                km=found.open_metres / 1000,
                parts=int((found.metres > 0).sum()),
                main_km=float(found.metres.max()) / 1000,
            )
            for vehicle in graph.vehicles
            for found in [find_components(graph, vehicle)]
        ),
        assumed_surface_km=_sum((profile.surface_assumed for profile in graph.profiles), km),
        seasonal_km=_sum(map(_is_seasonal, extract.way_tags), km_of_way),
        conditional_km=_sum(
            (any(key.endswith(CONDITIONAL) for key in tags) for tags in extract.way_tags), km_of_way
        ),
        ignored_barriers=graph.ignored_barriers,
        restrictions=len(extract.restrictions) + extract.ignored_restrictions,
        ignored_restrictions=extract.ignored_restrictions + _ways_with(graph, "restriction"),
        ignored_values=graph.ignored_values,
        unread_limits=_ways_with(graph, "maxspeed"),
    )


def _ways_with(graph: RoadGraph, key: str) -> int:
    """Count the ways, or restrictions, whose tag with such a key is ignored."""
    return sum(count for value, count in graph.ignored_values.items() if value.startswith(key))


def _totals(labels: Iterable[str], km: NDArray[np.float64]) -> dict[str, float]:
    totals: Counter[str] = Counter()
    for label, length in zip(labels, km.tolist(), strict=False):
        totals[label] += length
    return dict(sorted(totals.items(), key=lambda item: (-item[1], item[0])))


def _sum(chosen: Iterable[bool], km: NDArray[np.float64]) -> float:
    mask = np.array([*chosen], dtype=np.bool_)
    return float(km[: len(mask)][mask].sum())


def _is_seasonal(tags: Mapping[str, str]) -> bool:
    return tags.get("seasonal", "") not in ("", "no") or winter_tag(tags) is not None
