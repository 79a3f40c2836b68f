"""Sections of an edge: what a street network of osmnx keeps of each part of a road."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

from routeplan.roads.tags import driving_tags, obstacle_tags

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from routeplan.roads.graph import RoadGraph

SECTIONS = "sections"
"""Attribute of an edge that holds the list of them."""


class Part(NamedTuple):
    """Successive segments of a road that have the same tags, those of a node at an obstacle."""

    segments: int
    way_id: int
    tags: Mapping[str, str]
    is_obstacle: bool = False
    settlement: int = -1  # as in `Extract`


def read_section(section: Mapping[str, Any], oneway: Mapping[str, str], *, against: bool) -> Part:
    """Read a section of an edge as `sections_of` makes it; turned round if the edge is."""
    size = int(section["segments"])
    if "node" in section:
        return Part(size, 0, obstacle_tags(section["node"].items()), is_obstacle=True)
    tags = driving_tags(section["tags"].items())
    # Edges say in which direction one drives.
    kept = {key: text for key, text in tags.items() if not key.startswith("oneway")}
    kept = _turned(kept) if against else kept
    return Part(
        size, int(section["way"]), {**kept, **oneway}, settlement=int(section["settlement"])
    )


def _turned(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of a way as if its points were in the opposite order."""
    other = {"forward": "backward", "backward": "forward"}
    return {
        ":".join(other.get(part, part) for part in key.split(":")): text
        for key, text in tags.items()
    }


def sections_of(graph: RoadGraph, edge: int) -> list[dict[str, Any]]:
    """Return the parts of an edge that have the same tags, and its obstacles, along its points."""
    segments = slice(graph.offsets[edge], graph.offsets[edge + 1] - 1)
    rows = zip(
        graph.segment_way[segments].tolist(),
        graph.segment_tags[segments].tolist(),
        graph.segment_obstacle[segments].tolist(),
        graph.segment_settlement[segments].tolist(),
        graph.segment_flipped[segments].tolist(),
        strict=True,
    )
    sections: list[dict[str, Any]] = []
    for (way, number, is_obstacle, settlement, flipped), same in itertools.groupby(rows):
        size, tags = sum(1 for _ in same), dict(graph.tags[number])
        if is_obstacle:
            sections.append({"segments": size, "node": tags})
            continue
        tags = _turned(tags) if flipped else tags
        if graph.names[way]:
            tags["name"] = graph.names[way]
        known = {"way": int(graph.way_ids[way]), "settlement": settlement, "tags": tags}
        sections.append({"segments": size, **known})
    return sections


def turned_round(sections: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the sections of an edge as those of its opposite."""
    return [
        {**one, "tags": _turned(one["tags"])} if "tags" in one else one for one in sections[::-1]
    ]
