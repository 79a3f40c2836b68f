"""Tags of ways and nodes that matter to driving, access and directions, some by date."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CONDITIONAL = ":conditional"

ACCESS_HIERARCHY = ("access", "vehicle", "motor_vehicle", "motorcar")
"""From the general to the particular; the last one that is tagged decides."""

DIRECTIONS = ("forward", "backward")

ACCESS_KEYS = frozenset(
    (*ACCESS_HIERARCHY, *(f"{key}:{way}" for key in ACCESS_HIERARCHY for way in DIRECTIONS))
)
"""Tags of access, in both directions or in one."""

ATTRIBUTES = (
    *("4wd_only", "impassable", "winter_service", "snowplowing", "ice_road"),
    *("abandoned", "disused", "demolished", "razed", "removed", "proposed", "construction"),
)
"""Other tags of ways that the table of speeds may have rows for, each with its value."""

FERRY = "ferry"
"""Class of the roads that are ferries, and their tag ``route``."""

FERRY_KMH = "ferry:kmh"
"""Tag that the reader gives a ferry whose duration is mapped: its length over that."""

IMPLIED_LIMITS = ("zone:maxspeed", "maxspeed:type", "source:maxspeed", "zone:traffic")
"""Tags that name the limit in force (``KZ:urban``) where no sign is mapped."""

_WAY_KEYS = frozenset(
    {
        *("highway", "area", "junction", "oneway", "service", "name", "ref", "lanes", "bridge"),
        *("oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle"),
        *ACCESS_KEYS,
        *ATTRIBUTES,
        *("surface", "tracktype", "smoothness"),
        *("maxspeed", "maxspeed:forward", "maxspeed:backward"),
        *IMPLIED_LIMITS,
        *("ford", "depth", "intermittent", "seasonal", "winter_road", "ice_road"),
        *("route", "duration", "hgv", FERRY_KMH),
    }
)
_NODE_KEYS = frozenset(
    {
        *("barrier", "ford", "highway", "locked", *ACCESS_HIERARCHY),
        *("depth", "intermittent", "seasonal", "bollard"),
    }
)


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
    found = {key: text for key, text in tags if key in _NODE_KEYS or key.endswith(CONDITIONAL)}
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


def has_access(
    tags: Mapping[str, str], rules: AccessRules, direction: str | None = None
) -> bool | None:
    """Return whether access tags let a car in; None where there are none.

    The most particular of access, vehicle, motor_vehicle and motorcar decides, and of each the tag
    of the direction, if one is given. A list of values lets cars in if any of them does.
    """
    key = access_key(tags, direction)
    return None if key is None else not set(split_values(tags[key])) <= rules.blocked


def access_key(tags: Mapping[str, str], direction: str | None = None) -> str | None:
    """Return the access tag that decides, perhaps for one direction; None where there is none."""
    for key in reversed(ACCESS_HIERARCHY):
        if direction is not None and f"{key}:{direction}" in tags:
            return f"{key}:{direction}"
        if key in tags:
            return key
    return None


def has_own_permit(tags: Mapping[str, str], rules: AccessRules) -> bool:
    """Return whether a tag permits cars in particular, as a path needs it."""
    text = tags.get("motorcar", tags.get("motor_vehicle", ""))
    return not rules.permitted.isdisjoint(split_values(text))


def oneway_key(tags: Mapping[str, str]) -> str:
    """Return the tag that decides in which direction a car drives a way."""
    keys = ("oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle", "oneway", "junction")
    return next((key for key in keys if key in tags), "highway")


def directions(tags: Mapping[str, str]) -> tuple[bool, bool]:
    """Return whether a way may be driven along its points, and against them.

    Motorways and roundabouts are one-way unless they say otherwise. A reversible way is open in
    neither direction, since its hours are unknown.
    """
    key = oneway_key(tags)
    match tags.get(key, "") if key.startswith("oneway") else "":
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


def winter_tag(tags: Mapping[str, str]) -> str | None:
    """Return the tag by which a way is a road over snow or ice, if one does."""
    for key in ("winter_road", "ice_road"):
        if tags.get(key, "") not in ("", "no"):
            return f"{key}={tags[key]}"
        if tags.get("highway") == key:
            return f"highway={key}"
    return None


def is_ferry(tags: Mapping[str, str]) -> bool:
    """Return whether a way is the route of a ferry."""
    return tags.get("route") == FERRY


def ice_road_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of the ice road that a ferry's way is in winter."""
    kept = {key: text for key, text in tags.items() if key in ACCESS_KEYS or key in ("name", "ref")}
    return kept | {"highway": "ice_road"}


_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)(?::([0-5]\d))?")
_ISO_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_MINUTES = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:min|mins|minutes?|m)?")


def duration_seconds(text: str) -> float | None:
    """Read a ``duration``: hours and minutes, ISO 8601, or minutes; None where it is no time.

    Examples
    --------
    >>> duration_seconds("01:30"), duration_seconds("PT15M"), duration_seconds("20")
    (5400.0, 900.0, 1200.0)
    """
    text = text.strip()
    seconds = 0.0
    if match := _CLOCK.fullmatch(text):
        hours, minutes, rest = (int(part or 0) for part in match.groups())
        seconds = hours * 3600.0 + minutes * 60 + rest
    elif match := _ISO_DURATION.fullmatch(text.upper()):
        days, hours, minutes, rest = (int(part or 0) for part in match.groups())
        seconds = days * 86_400.0 + hours * 3600 + minutes * 60 + rest
    elif match := _MINUTES.fullmatch(text):
        seconds = float(match[1].replace(",", ".")) * 60
    return seconds or None


_DRY_DEPTH = re.compile(r"0+(?:[.,]0*)?\s*(?:m|cm|)")


def carries_water(tags: Mapping[str, str], seasons: Mapping[str, bool], *, seasonal: bool) -> bool:
    """Return whether a ford has water in a season; an intermittent one has it in wet seasons only.

    Parameters
    ----------
    tags
        Of the ford.
    seasons
        As in `tags_on`; empty on a dry day, when an intermittent ford is dry.
    seasonal
        Whether the tag ``seasonal`` is one of the water, and not of a road through it.
    """
    if _DRY_DEPTH.fullmatch(tags.get("depth", "")):
        return False
    when = split_values(tags.get("seasonal", "")) if seasonal else []
    if "yes" in (tags.get("intermittent"), *when) or tags.get("ford") in (
        "intermittent",
        "seasonal",
    ):
        return seasons.get("wet", False)
    known = [name for name in when if name in _SEASON_NAMES]
    return not known or any(seasons.get(name, False) for name in known)


# ---- Conditional tags, by date ----

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
_SEASON_NAMES = frozenset(
    ("spring", "summer", "autumn", "winter", "wet_season", "wet", "dry_season", "dry")
)
_DATED = frozenset(
    f"{key}{CONDITIONAL}"
    for key in (
        *(*ACCESS_KEYS, "maxspeed", "maxspeed:forward", "maxspeed:backward"),
        *("oneway", "oneway:vehicle", "oneway:motor_vehicle", "oneway:motorcar", "locked"),
    )
)
_CLAUSE = re.compile(r"\s*([^@;]+?)\s*@\s*(?:\(([^()]*)\)|([^;()]+))\s*(?:;|$)")
_DAY = r"(?:([0-9]{4}) )?([a-z]{3})[a-z]*(?: ([0-9]{1,2}))?"
_RANGE = re.compile(rf"{_DAY}(?: ?- ?(?:(?:{_DAY})|([0-9]{{1,2}})))?")
_WEEK = re.compile("([a-z]{2})(?: ?- ?([a-z]{2}))?")


def tags_on(
    tags: Mapping[str, str], date: dt.date | None, seasons: Mapping[str, bool]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the tags of a way or node on a date; and by the keys that changed, the tag in force.

    Without a date none is in force. Of several conditional values that hold the last one counts, as
    OpenStreetMap has it.
    `seasons` are the known names of seasons, and whether each names the season of the date.
    """
    dated, in_force = dict(tags), {}
    for key in _DATED & tags.keys():
        for value, conditions in _clauses(tags[key]) or ():
            # A condition that cannot be read puts nothing into force.
            if date and all(condition_holds(one, date, seasons) for one in conditions):
                dated[key.removesuffix(CONDITIONAL)] = value
                in_force[key.removesuffix(CONDITIONAL)] = f"{key}={tags[key]}"
    return dated, in_force


def unread_conditions(tags: Mapping[str, str], seasons: Iterable[str]) -> list[str]:
    """Return the conditional tags that matter to driving and that no date decides."""
    known = dict.fromkeys(seasons, False)

    def is_read(key: str) -> bool:
        clauses = _clauses(tags[key]) if key in _DATED else None
        return clauses is not None and all(
            condition_holds(one, dt.date.min, known) is not None
            for _, conditions in clauses
            for one in conditions
        )

    # Other conditional tags, for lorries or lanes, are of no interest.
    keys = [key for key in tags if key in _DATED]
    return [f"{key}={tags[key]}" for key in keys if not is_read(key)]


def value_on(text: str, date: dt.date, seasons: Mapping[str, bool]) -> str | None:
    """Return the value of a conditional tag that is in force on a date; None for none."""
    values = [
        value
        for value, conditions in _clauses(text) or ()
        if all(condition_holds(one, date, seasons) for one in conditions)
    ]
    return values[-1] if values else None


def is_dated(text: str, seasons: Iterable[str]) -> bool:
    """Return whether the date alone decides the value of a conditional tag."""
    known = dict.fromkeys(seasons, False)
    clauses = _clauses(text) or [("", [""])]
    return all(
        condition_holds(one, dt.date.min, known) is not None
        for _, conditions in clauses
        for one in conditions
    )


def _clauses(text: str) -> list[tuple[str, list[str]]] | None:
    """Split into values and the conditions of each; None where the text is no list of them."""
    matches = list(_CLAUSE.finditer(text))
    if "".join(match[0] for match in matches) != text or not matches:
        return None
    return [
        (match[1], re.split(r"\s+and\s+", (match[2] or match[3] or "").strip().lower()))
        for match in matches
    ]


def condition_holds(condition: str, date: dt.date, seasons: Mapping[str, bool]) -> bool | None:
    """Return whether a condition without AND holds on a date; None where it cannot be read.

    Examples
    --------
    >>> condition_holds("nov 15-mar", dt.date(2027, 1, 5), {})
    True
    >>> condition_holds("22:00-06:00", dt.date(2027, 1, 5), {}) is None
    True
    """
    parts = [part.strip() for part in re.split("[,;]", condition.lower()) if part.strip()]
    found = [_selector_holds(part, date, seasons) for part in parts]
    if not found or None in found:
        return None
    return any(found)


def _selector_holds(text: str, date: dt.date, seasons: Mapping[str, bool]) -> bool | None:
    if text in seasons:
        return seasons[text]
    week = _WEEK.fullmatch(text)
    if week and {week[1], week[2] or week[1]} <= set(_WEEKDAYS):
        first = _WEEKDAYS.index(week[1])
        last = _WEEKDAYS.index(week[2] or week[1])
        return _is_within((date.weekday(), 0), (first, 0), (last, 0))
    match = _RANGE.fullmatch(text)
    return None if match is None else _is_in_range(match, date)


def _is_in_range(match: re.Match[str], date: dt.date) -> bool | None:
    """Return whether a date is in a range, perhaps over New Year, perhaps in one year only."""
    year, month, day, last_year, last_month, last_day, day_only = match.groups()
    last_month = last_month or month
    last_day = day_only or last_day if "-" in match[0] else day
    if not {month, last_month} <= set(_MONTHS):
        return None
    first = (_MONTHS.index(month) + 1, int(day or 1))
    last = (_MONTHS.index(last_month) + 1, int(last_day or 31))
    if year is None:
        return _is_within((date.month, date.day), first, last)
    end_year = int(last_year or year) + (last_year is None and last < first)
    return (int(year), *first) <= (date.year, date.month, date.day) <= (end_year, *last)


def _is_within(value: tuple[int, int], first: tuple[int, int], last: tuple[int, int]) -> bool:
    """Return whether a value lies in a range that may run over the end of the year or week."""
    if first <= last:
        return first <= value <= last
    return value >= first or value <= last
