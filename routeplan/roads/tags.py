"""What the tags of a way or a node say: who may drive there, which way, how fast at most."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "ACCESS_HIERARCHY",
    "CONDITIONAL",
    "IMPLIED_LIMITS",
    "AccessRules",
    "access",
    "directions",
    "kept",
    "kept_at_node",
    "listed",
    "permitted",
    "population",
    "speed_limit",
]

CONDITIONAL = ":conditional"

IMPLIED_LIMITS = ("zone:maxspeed", "maxspeed:type", "source:maxspeed", "zone:traffic")
"""Tags that tell by name which limit holds (``KZ:urban``) where no sign is mapped."""

_WAY_KEYS = frozenset(
    {
        *("highway", "area", "junction", "oneway", "service", "name", "ref", "lanes", "bridge"),
        *("access", "vehicle", "motor_vehicle", "motorcar"),
        *("surface", "tracktype", "smoothness"),
        *("maxspeed", "maxspeed:forward", "maxspeed:backward"),
        *IMPLIED_LIMITS,
        *("ford", "seasonal", "winter_road", "ice_road"),
    }
)
_NODE_KEYS = frozenset(
    {"barrier", "ford", "highway", "locked", "access", "vehicle", "motor_vehicle", "motorcar"}
)
# From the general to the particular; the last one that is tagged decides.
ACCESS_HIERARCHY = ("access", "vehicle", "motor_vehicle", "motorcar")
_KMH_PER_UNIT = {
    **dict.fromkeys(("", "km/h", "kmh", "kph"), 1.0),
    "mph": 1.609344,
    "knots": 1.852,
}
_LIMIT = re.compile(r"(\d+(?:[.,]\d+)?)\s*([a-z/]*)")


@dataclass(frozen=True, slots=True)
class AccessRules:
    """Which access values close a way.

    Parameters
    ----------
    blocked
        Values that close it: no, private and others.
    permitted
        Values that open a way of a class that is closed without them.
    only_permitted
        Classes that are closed unless cars are permitted by a tag of their own.
    """

    blocked: frozenset[str]
    permitted: frozenset[str]
    only_permitted: frozenset[str]


def kept(tags: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return those tags of a way that bear on driving; conditional ones are all kept."""
    return {key: text for key, text in tags if key in _WAY_KEYS or key.endswith(CONDITIONAL)}


def kept_at_node(tags: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the tags of a node that may stop or slow a car; empty where nothing there does."""
    found = {key: text for key, text in tags if key in _NODE_KEYS}
    matters = "barrier" in found or "ford" in found or found.get("highway") == "ford"
    return found if matters else {}


def listed(text: str) -> list[str]:
    """Split a list of values as OpenStreetMap writes it.

    Examples
    --------
    >>> listed("gravel; ground")
    ['gravel', 'ground']
    """
    return [part for part in (part.strip() for part in text.split(";")) if part]


def access(tags: Mapping[str, str], rules: AccessRules) -> bool | None:
    """Tell whether access tags let a car in; None where there are none.

    The most particular of access, vehicle, motor_vehicle and motorcar decides. A list of values
    lets cars in if any of them does.
    """
    for key in reversed(ACCESS_HIERARCHY):
        if key in tags:
            return not set(listed(tags[key])) <= rules.blocked
    return None


def permitted(tags: Mapping[str, str], rules: AccessRules) -> bool:
    """Tell whether cars in particular are let in, as a path must say to be driven."""
    text = tags.get("motorcar", tags.get("motor_vehicle", ""))
    return not rules.permitted.isdisjoint(listed(text))


def directions(tags: Mapping[str, str]) -> tuple[bool, bool]:
    """Tell whether a way may be driven along its points, and against them.

    Motorways and roundabouts are one-way unless they say otherwise. A reversible way is open in
    neither direction, for it is not known in which at what hour.
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


def speed_limit(text: str, named: Mapping[str, float]) -> float | None:
    """Read a ``maxspeed`` value.

    Parameters
    ----------
    text
        Kilometres per hour, or with a unit (``mph``, ``knots``), or a name; of a list the lowest.
    named
        Limits by name (``walk``, ``RU:urban``), in km/h; infinite where the name sets none.

    Returns
    -------
    float or None
        In km/h, infinite where there is no limit; None where it cannot be read.

    Examples
    --------
    >>> speed_limit("60; 40 mph", {})
    60.0
    """
    limits = [_one_limit(part, named) for part in listed(text)]
    return min((limit for limit in limits if limit is not None), default=None)


def _one_limit(text: str, named: Mapping[str, float]) -> float | None:
    if text in named:
        return named[text]
    match = _LIMIT.fullmatch(text.lower())
    if match is None or match[2] not in _KMH_PER_UNIT:
        return None
    kmh = float(match[1].replace(",", ".")) * _KMH_PER_UNIT[match[2]]
    return kmh if 0 < kmh < math.inf else None


def population(text: str) -> int | None:
    """Read a ``population`` value: digits, perhaps grouped, perhaps with a year in brackets.

    Examples
    --------
    >>> population("1 240 (2009)")
    1240
    """
    digits = re.sub(r"[\s,.'~]", "", text.partition("(")[0])
    return int(digits) if digits.isdecimal() and digits.isascii() else None
