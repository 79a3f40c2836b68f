"""Tags of ways and nodes: those that matter to driving, access and directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "ACCESS_HIERARCHY",
    "CONDITIONAL",
    "IMPLIED_LIMITS",
    "AccessRules",
    "directions",
    "driving_tags",
    "has_access",
    "has_own_permit",
    "obstacle_tags",
    "split_values",
]

CONDITIONAL = ":conditional"

ACCESS_HIERARCHY = ("access", "vehicle", "motor_vehicle", "motorcar")
"""From the general to the particular; the last one that is tagged decides."""

IMPLIED_LIMITS = ("zone:maxspeed", "maxspeed:type", "source:maxspeed", "zone:traffic")
"""Tags that name the limit in force (``KZ:urban``) where no sign is mapped."""

_WAY_KEYS = frozenset(
    {
        *("highway", "area", "junction", "oneway", "service", "name", "ref", "lanes", "bridge"),
        *ACCESS_HIERARCHY,
        *("surface", "tracktype", "smoothness"),
        *("maxspeed", "maxspeed:forward", "maxspeed:backward"),
        *IMPLIED_LIMITS,
        *("ford", "seasonal", "winter_road", "ice_road"),
    }
)
_NODE_KEYS = frozenset({"barrier", "ford", "highway", "locked", *ACCESS_HIERARCHY})


@dataclass(frozen=True, slots=True)
class AccessRules:
    """Which access values close a way."""

    blocked: frozenset[str]  # values that close it: no, private and others
    permitted: frozenset[str]  # values that open a way of a class that is closed without them
    only_permitted: frozenset[str]  # classes closed unless a tag of their own permits cars


def driving_tags(tags: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the tags of a way that matter to driving, with all conditional ones."""
    return {key: text for key, text in tags if key in _WAY_KEYS or key.endswith(CONDITIONAL)}


def obstacle_tags(tags: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the tags of a node that may stop or slow a car; empty where it is no obstacle."""
    found = {key: text for key, text in tags if key in _NODE_KEYS}
    is_obstacle = "barrier" in found or "ford" in found or found.get("highway") == "ford"
    return found if is_obstacle else {}


def split_values(text: str) -> list[str]:
    """Split a list of values as OpenStreetMap writes it.

    Examples
    --------
    >>> split_values("gravel; ground")
    ['gravel', 'ground']
    """
    return [part for part in (part.strip() for part in text.split(";")) if part]


def has_access(tags: Mapping[str, str], rules: AccessRules) -> bool | None:
    """Return whether access tags let a car in; None where there are none.

    The most particular of access, vehicle, motor_vehicle and motorcar decides. A list of values
    lets cars in if any of them does.
    """
    for key in reversed(ACCESS_HIERARCHY):
        if key in tags:
            return not set(split_values(tags[key])) <= rules.blocked
    return None


def has_own_permit(tags: Mapping[str, str], rules: AccessRules) -> bool:
    """Return whether a tag permits cars in particular, as a path needs it."""
    text = tags.get("motorcar", tags.get("motor_vehicle", ""))
    return not rules.permitted.isdisjoint(split_values(text))


def directions(tags: Mapping[str, str]) -> tuple[bool, bool]:
    """Return whether a way may be driven along its points, and against them.

    Motorways and roundabouts are one-way unless they say otherwise. A reversible way is open in
    neither direction, since its hours are unknown.
    """
    match tags.get("oneway", ""):
        case "yes" | "true" | "1":
            return True, False
        case "-1" | "reverse":
            return False, True
        case "reversible":
            return False, False
        case "":
            round_about = tags.get("junction") in ("roundabout", "circular")
            return True, not (round_about or tags.get("highway") == "motorway")
    return True, True
