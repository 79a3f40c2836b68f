"""Conditional tags by date: ``motor_vehicle:conditional=no @ (Mar 15-Apr 20)``.

Read are months, days of months, years, weekdays and the names that the table's seasons give. What
depends on hours, weights or the weather of the day cannot be judged for a plan's days.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.roads.tags import ACCESS_HIERARCHY, CONDITIONAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["DatedTags", "holds", "tags_on", "unread_conditions"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
_JUDGED = frozenset(
    f"{key}{CONDITIONAL}"
    for key in (*ACCESS_HIERARCHY, "maxspeed", "maxspeed:forward", "maxspeed:backward")
)
# Of other conditional tags, for lorries or lanes, nothing is asked.
_BEARING = _JUDGED | {f"oneway{CONDITIONAL}"}
_CLAUSE = re.compile(r"\s*([^@;]+?)\s*@\s*(?:\(([^()]*)\)|([^;()]+))\s*(?:;|$)")
_DAY = r"(?:([0-9]{4}) )?([a-z]{3})[a-z]*(?: ([0-9]{1,2}))?"
_RANGE = re.compile(rf"{_DAY}(?: ?- ?(?:(?:{_DAY})|([0-9]{{1,2}})))?")
_WEEK = re.compile("([a-z]{2})(?: ?- ?([a-z]{2}))?")


@dataclass(frozen=True, slots=True)
class DatedTags:
    """The tags of a way on one date, and which conditional tags were put in force.

    Parameters
    ----------
    tags
        With the values that hold on the date in place of the general ones.
    in_force
        By the key whose value they set: ``motor_vehicle:conditional=no @ (Mar 15-Apr 20)``.
    """

    tags: Mapping[str, str]
    in_force: Mapping[str, str]


def tags_on(tags: Mapping[str, str], date: dt.date, words: Mapping[str, bool]) -> DatedTags:
    """Put those values of conditional tags into force that hold on a date.

    Of several that hold the last one counts, as OpenStreetMap has it.

    Parameters
    ----------
    tags
        Of a way.
    date
        The date.
    words
        Names of seasons that are known, and whether each names the season of the date.
    """
    found, in_force = dict(tags), {}
    for key in _JUDGED & tags.keys():
        for value, condition in _clauses(tags[key]) or ():
            if _all_hold(condition, date, words):
                found[key.removesuffix(CONDITIONAL)] = value
                in_force[key.removesuffix(CONDITIONAL)] = f"{key}={tags[key]}"
    return DatedTags(found, in_force)


def unread_conditions(tags: Mapping[str, str], words: Iterable[str]) -> list[str]:
    """Return the conditional tags that bear on driving and that no date decides."""
    known = dict.fromkeys(words, False)
    return [
        f"{key}={text}"
        for key, text in tags.items()
        if key in _BEARING and not (key in _JUDGED and _is_read(text, known))
    ]


def _is_read(text: str, words: Mapping[str, bool]) -> bool:
    clauses = _clauses(text)
    return clauses is not None and all(
        holds(part, dt.date.min, words) is not None
        for _, condition in clauses
        for part in _conjuncts(condition)
    )


def _clauses(text: str) -> list[tuple[str, str]] | None:
    """Split into values and conditions; None where the text is no list of them."""
    matches = list(_CLAUSE.finditer(text))
    if "".join(match[0] for match in matches) != text or not matches:
        return None
    return [(match[1], (match[2] or match[3] or "").strip()) for match in matches]


def _conjuncts(condition: str) -> list[str]:
    return re.split(r"\s+and\s+", condition.lower())


def _all_hold(condition: str, date: dt.date, words: Mapping[str, bool]) -> bool:
    # A condition that cannot be read puts nothing into force.
    return all(holds(part, date, words) is True for part in _conjuncts(condition))


def holds(condition: str, date: dt.date, words: Mapping[str, bool]) -> bool | None:
    """Tell whether a condition without AND holds on a date; None where it cannot be judged.

    Examples
    --------
    >>> holds("nov 15-mar", dt.date(2027, 1, 5), {})
    True
    >>> holds("22:00-06:00", dt.date(2027, 1, 5), {}) is None
    True
    """
    parts = [part.strip() for part in re.split("[,;]", condition.lower()) if part.strip()]
    found = [_part_holds(part, date, words) for part in parts]
    if not found or None in found:
        return None
    return any(found)


def _part_holds(part: str, date: dt.date, words: Mapping[str, bool]) -> bool | None:
    if part in words:
        return words[part]
    week = _WEEK.fullmatch(part)
    if week and {week[1], week[2] or week[1]} <= set(_WEEKDAYS):
        first = _WEEKDAYS.index(week[1])
        last = _WEEKDAYS.index(week[2] or week[1])
        return _within(date.weekday(), first, last)
    match = _RANGE.fullmatch(part)
    return None if match is None else _in_range(match, date)


def _in_range(match: re.Match[str], date: dt.date) -> bool | None:
    """Judge a range of months or days, perhaps over New Year, perhaps in one year only."""
    year, month, day, last_year, last_month, last_day, day_only = match.groups()
    last_month, last_day = last_month or month, day_only or last_day
    if month not in _MONTHS or last_month not in _MONTHS:
        return None
    is_range = "-" in match[0]
    first = (_MONTHS.index(month) + 1, int(day or 1))
    last = (_MONTHS.index(last_month) + 1, int((last_day if is_range else day) or 31))
    today = (date.month, date.day)
    if year is None:
        return _within(today, first, last)
    end_year = int(last_year or year) + (last_year is None and last < first)
    return (int(year), *first) <= (date.year, *today) <= (end_year, *last)


def _within(value: object, first: object, last: object) -> bool:
    """Tell whether a value lies in a range that may run over the end of the year or week."""
    if first <= last:  # type: ignore[operator]
        return bool(first <= value <= last)  # type: ignore[operator]
    return bool(value >= first or value <= last)  # type: ignore[operator]
