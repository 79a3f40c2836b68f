"""Turn restrictions of OpenStreetMap: whom they bind, and the nodes that they lead over."""

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

RESTRICTION = "restriction"

MODES = ("vehicle", "motor_vehicle", "motorcar")
"""Kinds of vehicles that ours belong to, from the general to the particular."""

_NO, _ONLY = "no_", "only_"
_SEVERAL = {"from": "no_entry", "to": "no_exit"}
# A restriction leads over one way or two; all orders of very many could not be tried.
_MOST_WAYS = 6
_OLD_TIMES = ("day_on", "day_off", "hour_on", "hour_off")


class Relation(NamedTuple):
    """A relation as the file has it."""

    tags: Mapping[str, str]
    members: tuple[tuple[str, int, str], ...]  # type (``n``, ``w``, ``r``), number and role of each

    def ways(self) -> Iterator[int]:
        """Yield the numbers of its ways."""
        return (number for kind, number, _ in self.members if kind == "w")


@dataclass(frozen=True, slots=True)
class Restriction:
    """A turn that is forbidden, or the only one that is not."""

    # Each from the last node before the turn, over those where one turns, to the first one behind.
    paths: tuple[tuple[int, ...], ...]
    tags: Mapping[str, str]  # ``restriction`` and ``except`` of any kind


def restriction_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of a turn restriction in today's form."""
    known = (RESTRICTION, "except")
    found = {key: text for key, text in tags.items() if key.split(":")[0] in known}
    kind, _, mode = tags.get("type", "").partition(":")
    if mode and RESTRICTION in found:
        found[f"{kind}:{mode}"] = found.pop(RESTRICTION)
    condition = _old_condition(*(tags.get(key, "") for key in _OLD_TIMES))
    if RESTRICTION in found and condition:
        found[RESTRICTION + CONDITIONAL] = f"{found.pop(RESTRICTION)} @ ({condition})"
    return found


def _old_condition(first_day: str, last_day: str, begin: str, end: str) -> str:
    """Return as a condition what was once written as ``day_on=Monday``, ``hour_on=07:00``."""
    days, hours = f"{first_day[:2]}-{last_day[:2]}".strip("-"), f"{begin}-{end}".strip("-")
    return f"{days} {hours}".strip().lower()


def vehicles_bound(
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
    here = [one for one in relations if elsewhere.isdisjoint(one.ways())]
    members = np.array([number for one in here for number in one.ways()], dtype=np.int64)
    ways = np.flatnonzero(np.isin(way_ids, members)).tolist()
    resolver = _Resolver(
        (int(way_ids[way]), way_tags[way], node_ids[slice(*offsets[way : way + 2])].tolist())
        for way in ways
    )
    found = [resolver.restriction(one) for one in here]
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
        if not _is_whole(kinds, members):
            return None
        turns = [
            self._turn(first, members["via"], last, kinds)
            for (_, first), (_, last) in product(members["from"], members["to"])
        ]
        if not all(turns):
            return None
        return Restriction(tuple(path for turn in turns for path in sorted(turn)), tags)

    def _turn(
        self, first: int, via: list[tuple[str, int]], last: int, kinds: set[str]
    ) -> set[tuple[int, ...]]:
        """Return the path from one way to another: none where it is not clear, seldom two."""
        found = self._paths(first, via, last)
        at_node = [kind for kind, _ in via] == ["n"]
        if at_node and first == last and all(kind.endswith("u_turn") for kind in kinds):
            # One may be about to turn round on either side of the node.
            return {path for path in found if path[0] == path[-1]}
        return found if len(found) == 1 else set()

    def _paths(self, first: int, via: list[tuple[str, int]], last: int) -> set[tuple[int, ...]]:
        kinds = [kind for kind, _ in via]
        if kinds == ["n"]:
            node = via[0][1]
            before, after = self._beside(first, node, leaving=False), self._beside(last, node)
            return {(start, node, end) for start, end in product(before, after)}
        if set(kinds) != {"w"} or len(kinds) > _MOST_WAYS:
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
            for section in self._sections(way, path[-1]):
                for size, node in enumerate(section, start=1):
                    if node in ends:
                        yield from self._over(path + section[:size], left, last)

    def _sections(self, way: int, node: int) -> Iterator[tuple[int, ...]]:
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


def _is_whole(kinds: set[str], members: Mapping[str, list[tuple[str, int]]]) -> bool:
    """Return whether kinds are known, and ways named to come from and to go to."""
    if not kinds or not all(kind.startswith((_NO, _ONLY)) for kind in kinds):
        return False
    return all(
        {kind for kind, _ in members.get(role, ())} == {"w"}
        and (len(members[role]) == 1 or kinds == {allowed})
        for role, allowed in _SEVERAL.items()
    )


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
