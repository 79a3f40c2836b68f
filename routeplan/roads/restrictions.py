"""Turn restrictions of OpenStreetMap: relations, the nodes they lead over, and the edges there."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise, product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from routeplan.roads.tags import CONDITIONAL, directions, split_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from routeplan.roads.turns import Path

RESTRICTION = "restriction"

MODES = ("vehicle", "motor_vehicle", "motorcar")
"""Kinds of vehicles that ours belong to, from the general to the particular."""

_NO, _ONLY = "no_", "only_"
_SEVERAL = {"from": "no_entry", "to": "no_exit"}
_OLD_TIMES = ("day_on", "day_off", "hour_on", "hour_off")


class Relation(NamedTuple):
    """A relation as the file has it."""

    tags: Mapping[str, str]
    members: tuple[tuple[str, int, str], ...]  # type (``n``, ``w``, ``r``), number and role of each


@dataclass(frozen=True, slots=True)
class Restriction:
    """A turn that is forbidden, or the only one that is not."""

    # Each from the last node before the turn, over those where one turns, to the first one behind.
    paths: tuple[tuple[int, ...], ...]
    tags: Mapping[str, str]  # ``restriction`` and ``except`` of any kind


def restriction_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of a turn restriction in today's form."""
    found = {key: text for key, text in tags.items() if key.split(":")[0] in (RESTRICTION, "except")}
    kind, _, mode = tags.get("type", "").partition(":")
    if mode and RESTRICTION in found:
        found[f"{kind}:{mode}"] = found.pop(RESTRICTION)
    if RESTRICTION in found and any(key in tags for key in _OLD_TIMES):
        first, last, begin, end = (tags.get(key, "") for key in _OLD_TIMES)
        days = f"{(first or last)[:2]}-{(last or first)[:2]}" if first or last else ""
        hours = f"{begin}-{end}" if begin or end else ""
        condition = f"{days} {hours}".strip().lower()
        found[RESTRICTION + CONDITIONAL] = f"{found.pop(RESTRICTION)} @ ({condition})"
    return found


def whom_it_binds(
    tags: Mapping[str, str],
    vehicles: Sequence[str],
    days: Sequence[Callable[[str], str | None]],
) -> tuple[int, int]:
    """Return whom a turn is forbidden, and who is forced to it, on one of some days at least.

    A bit for each vehicle; the days are given as `value_on` of `kind_in_force`.
    """
    forbidden = forced = 0
    for place, vehicle in enumerate(vehicles):
        kinds = {kind_in_force(tags, vehicle, value_on) for value_on in days}
        forbidden |= any(kind.startswith(_NO) for kind in kinds) << place
        forced |= any(kind.startswith(_ONLY) for kind in kinds) << place
    return forbidden, forced


def restriction_keys(*vehicles: str) -> tuple[str, ...]:
    """Return the tags that may restrict some vehicles, from the general to the particular."""
    return (RESTRICTION, *(f"{RESTRICTION}:{mode}" for mode in (*MODES, *vehicles)))


def kind_in_force(
    tags: Mapping[str, str], vehicle: str, value_on: Callable[[str], str | None]
) -> str:
    """Return what a restriction is for a vehicle: ``no_…``, ``only_…``, or empty for nothing.

    Parameters
    ----------
    tags
        Of the restriction.
    vehicle
        Its name counts as a kind of vehicle of OpenStreetMap, beside those that all ours are of.
    value_on
        Gives the value of a conditional tag that is in force, if any.
    """
    if not set(split_values(tags.get("except", ""))).isdisjoint((*MODES, vehicle)):
        return ""
    found = ""
    for key in restriction_keys(vehicle):
        found = tags.get(key, found)
        if key + CONDITIONAL in tags:
            found = value_on(tags[key + CONDITIONAL]) or found
    return found if found.startswith((_NO, _ONLY)) else ""


# ---- From members to nodes ----


def resolve(
    relations: Sequence[Relation],
    way_ids: NDArray[np.int64],
    way_tags: Sequence[Mapping[str, str]],
    offsets: NDArray[np.int64],
    node_ids: NDArray[np.int64],
    elsewhere: set[int],
) -> tuple[tuple[Restriction, ...], int]:
    """Return the restrictions of some relations, and the number of those that make no sense.

    Ways are those of an extract; a relation with ways that are known to be `elsewhere`, far from
    the region, is left out.
    """
    members = {number for one in relations for kind, number, _ in one.members if kind == "w"}
    ways = np.flatnonzero(np.isin(way_ids, np.array([*members], dtype=np.int64))).tolist()
    resolver = _Resolver(
        (int(way_ids[way]), way_tags[way], node_ids[slice(*offsets[way : way + 2])].tolist())
        for way in ways
    )
    found = [
        resolver.restriction(one)
        for one in relations
        if elsewhere.isdisjoint(number for kind, number, _ in one.members if kind == "w")
    ]
    kept = tuple(one for one in found if one is not None)
    return kept, len(found) - len(kept)


class _Resolver:
    """Finds the nodes that restrictions lead over.

    Parameters
    ----------
    ways
        Number, tags and nodes of each way that may be a member; the parts of a way that was cut
        have the same number.
    """

    def __init__(self, ways: Iterable[tuple[int, Mapping[str, str], Sequence[int]]]) -> None:
        self._runs: dict[int, list[tuple[int, ...]]] = defaultdict(list)
        self._open: dict[int, tuple[bool, bool]] = {}
        for number, tags, nodes in ways:
            self._runs[number].append(tuple(nodes))
            along, against = directions(tags)
            # Which way a closed road was driven does not matter.
            self._open[number] = (along or not against, against or not along)

    def restriction(self, relation: Relation) -> Restriction | None:
        """Return a restriction; None where it is incomplete, of no known kind, or ambiguous."""
        tags = restriction_tags(relation.tags)
        kinds = _kinds(tags)
        members: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for kind, number, role in relation.members:
            members[role.strip()].append((kind, number))
        if not kinds or not all(kind.startswith((_NO, _ONLY)) for kind in kinds):
            return None
        for role, allowed in _SEVERAL.items():
            several = len(members[role]) > 1 and kinds != {allowed}
            if several or {kind for kind, _ in members[role]} != {"w"}:
                return None
        turns_round = all(kind.endswith("u_turn") for kind in kinds)
        paths: list[tuple[int, ...]] = []
        for (_, first), (_, last) in product(members["from"], members["to"]):
            found = self._paths(first, members["via"], last)
            if len(found) > 1 and first == last and turns_round:
                # One may be about to turn round on either side of the node.
                found = {path for path in found if path[0] == path[-1]}
            elif len(found) > 1:
                return None
            if not found:
                return None
            paths += sorted(found)
        return Restriction(tuple(paths), tags)

    def _paths(self, first: int, via: list[tuple[str, int]], last: int) -> set[tuple[int, ...]]:
        kinds = [kind for kind, _ in via]
        if kinds == ["n"]:
            node = via[0][1]
            before, after = self._beside(first, node, leaving=False), self._beside(last, node)
            return {(start, node, end) for start, end in product(before, after)}
        if not via or set(kinds) != {"w"}:
            return set()
        ways = frozenset(number for _, number in via)
        return {
            path
            for node in self._nodes([first]) & self._nodes(ways)
            for before in self._beside(first, node, leaving=False)
            for path in self._over((before, node), ways, last)
        }

    def _over(
        self, path: tuple[int, ...], ways: frozenset[int], last: int
    ) -> Iterator[tuple[int, ...]]:
        """Yield the continuations of a path over all of some ways, in any order, to the last."""
        if not ways:
            yield from ((*path, node) for node in self._beside(last, path[-1]))
        for way in ways:
            left = ways - {way}
            ends = self._nodes(left or [last])
            for stretch in self._stretches(way, path[-1]):
                for size, node in enumerate(stretch, start=1):
                    if node in ends:
                        yield from self._over(path + stretch[:size], left, last)

    def _stretches(self, way: int, node: int) -> Iterator[tuple[int, ...]]:
        """Yield the nodes behind one of a way in each direction in which it is driven."""
        for run in self._runs.get(way, ()):
            for is_open, nodes in zip(self._open[way], (run, run[::-1]), strict=True):
                if is_open and node in nodes:
                    at = nodes.index(node)
                    closed = nodes[0] == nodes[-1]
                    yield nodes[at + 1 :] + (nodes[1:at] if closed else ())

    def _beside(self, way: int, node: int, *, leaving: bool = True) -> set[int]:
        """Return the nodes next to one on a way, by which one leaves it, or arrives."""
        along, against = self._open.get(way, (False, False))
        found = set()
        for run in self._runs.get(way, ()):
            for one, other in pairwise(run):
                if one == node and (along if leaving else against):
                    found.add(other)
                if other == node and (against if leaving else along):
                    found.add(one)
        return found - {node}

    def _nodes(self, ways: Iterable[int]) -> set[int]:
        return {node for way in ways for run in self._runs.get(way, ()) for node in run}


def _kinds(tags: Mapping[str, str]) -> set[str]:
    """Return all that a restriction may be on some day to some vehicle."""
    values = (
        clause.split("@")[0].strip()
        for key, text in tags.items()
        if key.startswith(RESTRICTION)
        # Conditions are in brackets where they hold semicolons.
        for clause in (split_values(_without_brackets(text)))
    )
    return {value for value in values if value not in ("", "no", "none", "no_restriction")}


def _without_brackets(text: str) -> str:
    return "".join(part.partition(")")[2] if n else part for n, part in enumerate(text.split("(")))


# ---- From nodes to edges ----


class Turns(NamedTuple):
    """Paths over nodes of the segments, and whom they concern: a bit for each vehicle.

    The higher bits are those of a dry day.
    """

    paths: list[tuple[int, ...]]
    forbidden: list[int]
    forced: list[int]  # to go on along the path, once on it


class Roads(NamedTuple):
    """Segments between nodes, and the edges that they make up."""

    node: NDArray[np.int64]  # (points,), at the beginning of the segment behind each point
    profile: NDArray[np.int32]  # (points,), -1 where there is no segment
    base: NDArray[np.int64]  # (nodes,), the node itself, or the one that it is a double of
    offsets: NDArray[np.int64]  # (edges + 1,), where each edge begins in the next two
    segments: NDArray[np.int64]
    flipped: NDArray[np.bool_]
    edge_nodes: NDArray[np.int64]  # (edges, 2)
    access: NDArray[np.int64]  # (2, profiles), who passes along a way, and against it


def turns_at(
    restrictions: Iterable[Restriction],
    node_ids: NDArray[np.int64],
    bits: Callable[[Mapping[str, str]], tuple[int, int]],
) -> Turns:
    """Return the turns whose nodes are all among those of some sorted numbers in OpenStreetMap.

    `bits` gives whom the tags forbid a turn, and whom they force to it.
    """
    turns = Turns([], [], [])
    for restriction in restrictions:
        forbidden, forced = bits(restriction.tags)
        for path in restriction.paths if forbidden or forced else ():
            at = np.searchsorted(node_ids, path)
            if at.max() < len(node_ids) and (node_ids[at] == path).all():
                turns.paths.append(tuple(at.tolist()))
                turns.forbidden.append(forbidden)
                turns.forced.append(forced)
    return turns


def nodes_to_keep(turns: Turns) -> list[int]:
    """Return the nodes at which edges must end, also where only two roads meet.

    At such a node nobody turns round, and one goes on as one is forced to.
    """
    kept = []
    for path, forbidden in zip(turns.paths, turns.forbidden, strict=True):
        if len(path) > 3 or (forbidden and path[0] != path[2]):  # noqa: PLR2004  # at one node
            kept += [path[1], path[-2]]
    return kept


def forbidden_paths(turns: Turns, roads: Roads) -> dict[Path, int]:
    """Return the paths over edges that are forbidden, and to whom.

    Nobody is forced to where the vehicle may not go: a sign means those whom the road is open to.
    """
    if not turns.paths:
        return {}
    finder = _EdgeFinder(roads, {node for path in turns.paths for node in path})
    found: dict[Path, int] = defaultdict(int)
    for path, forbidden, forced in zip(*turns, strict=True):
        for edges in finder.paths(path):
            found[edges] |= forbidden
            # Else one would turn round on the way between, twice, and then be free of all.
            for size in range(2, len(edges)):
                found[(*edges[:size], edges[size - 1] ^ 1)] |= forbidden
            for arc in edges[1:]:
                forced &= finder.passes(arc)
            for size in range(1, len(edges)) if forced else ():
                for other in finder.leaving(edges[size - 1]):
                    if other != edges[size]:
                        found[(*edges[:size], other)] |= forced
    return {edges: bits for edges, bits in found.items() if bits}


class _EdgeFinder:
    """The segments near some nodes, and the edges that they belong to."""

    def __init__(self, roads: Roads, nodes: set[int]) -> None:
        self.roads = roads
        near = np.isin(roads.base[roads.node], [*nodes])
        segments = np.flatnonzero(near[:-1] & near[1:] & (roads.profile[:-1] >= 0))
        # By node: the directed segments that leave it, twice their number or one more.
        self._out: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for segment in segments.tolist():
            one, other = roads.node[segment : segment + 2].tolist()
            self._out[one].append((2 * segment, other))
            self._out[other].append((2 * segment + 1, one))
        is_last = np.zeros(len(roads.segments), dtype=np.bool_)
        is_last[roads.offsets[1:] - 1] = True
        self._at = dict.fromkeys(segments.tolist(), 0)
        at = np.flatnonzero(np.isin(roads.segments, segments) & ~is_last)
        self._at.update(zip(roads.segments[at].tolist(), at.tolist(), strict=True))

    def paths(self, path: tuple[int, ...]) -> Iterator[Path]:
        """Yield the paths over edges that lead over some nodes; several by parallel roads."""
        base = self.roads.base
        for node, steps in [*self._out.items()]:
            for arc, other in steps if base[node] == path[0] else ():
                if base[other] == path[1]:
                    for arcs in self._walks((arc,), other, path[2:]):
                        edges = self._edges(arcs)
                        if len(edges) > 1:
                            yield edges

    def _walks(
        self, arcs: tuple[int, ...], node: int, left: tuple[int, ...], passed: tuple[int, ...] = ()
    ) -> Iterator[tuple[int, ...]]:
        """Yield the directed segments from a node over others, across barriers at each of them."""
        if not left:
            yield arcs
            return
        base = self.roads.base
        for arc, other in self._out[node]:
            if base[other] == left[0]:
                yield from self._walks((*arcs, arc), other, left[1:])
            elif base[other] == base[node] and other not in passed:
                yield from self._walks((*arcs, arc), other, left, (*passed, node))

    def _edges(self, arcs: tuple[int, ...]) -> Path:
        """Return the directed edges of directed segments; none where they turn inside an edge."""
        roads, found = self.roads, list[int]()
        before = at_end = 0
        for arc in arcs:
            at = self._at[arc // 2]
            edge = int(np.searchsorted(roads.offsets, at, side="right")) - 1
            against = arc % 2 ^ int(roads.flipped[at])
            first, last = int(roads.offsets[edge]), int(roads.offsets[edge + 1]) - 2
            if against:
                first, last, at = -last, -first, -at
            if not found or found[-1] != 2 * edge + against or at <= before:
                if found and not (at_end and at == first):
                    return ()
                found.append(2 * edge + against)
            before, at_end = at, at == last
        return tuple(found)

    def passes(self, arc: int) -> int:
        """Return who passes an edge."""
        at = self.roads.offsets[arc // 2]
        direction = arc % 2 ^ int(self.roads.flipped[at])
        return int(self.roads.access[direction, self.roads.profile[self.roads.segments[at]]])

    def leaving(self, arc: int) -> list[int]:
        """Return the directed edges that leave the end of one, also back along it."""
        edge_nodes = self.roads.edge_nodes
        edges, ends = np.nonzero(edge_nodes == edge_nodes[arc // 2, 1 - arc % 2])
        return (2 * edges + ends).tolist()
