"""Cross references of a problem: ids that are there once, and references to ids that exist.

A problem and a file with faults are checked alike: what could not be read is None, and what
depends on it is not checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from routeplan.errors import nearest
from routeplan.language import gettext as _
from routeplan.language import ngettext

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from routeplan.errors import Faults

T = TypeVar("T")

NOT_EMPTY = ("places", "travel", "teams", "days")
KEYS = {"places": "id", "villages": "place", "sleeps": "place", "teams": "id", "districts": "id"}
TO_PLACES = (("villages", "place"), ("sleeps", "place"), ("teams", "start"), ("teams", "end"))
DAY_LISTS = (("villages", "closed_days"), ("teams", "days"))


def check_references(
    lists: Mapping[str, Sequence[T] | None], get: Callable[[T, str], Any], faults: Faults
) -> None:
    """Note every empty list, repeated id, unknown reference and day that there is not.

    `lists` are those of a problem by their names, with the names of vehicles as ``travel``, and
    `get` returns a field of an item; both are None where it could not be read.
    """
    for name in NOT_EMPTY:
        if lists[name] is not None and not lists[name]:
            faults.add(name, _("is empty; at least one is needed"))
    items = {name: lists[name] or () for name in lists}

    def values(*keys: tuple[str, str]) -> dict[str, Any]:
        return {
            f"{name}[{n}].{key}": get(item, key)
            for name, key in keys
            for n, item in enumerate(items[name])
        }

    def ids(name: str) -> Iterable[str | None] | None:
        return None if lists[name] is None else values((name, KEYS[name])).values()

    for name, key in KEYS.items():
        check_unique(name, key, values((name, key)).values(), faults)
    check_known(values(*TO_PLACES), ids("places"), _("no place has the id {id!r}"), faults)
    vehicles = values(("teams", "vehicle"))
    check_known(vehicles, lists["travel"], _("no travel times for {id!r}"), faults)  # type: ignore[arg-type]  # keys are vehicles
    check_known(values(("announced", "team")), ids("teams"), _("no team has the id {id!r}"), faults)
    members = _members(values(("districts", "places")))
    visited = values(("announced", "place")) | members
    check_known(visited, ids("villages"), _("no village is at {id!r}"), faults)
    _check_repeated(members, faults)
    _check_repeated(_visits(items["announced"], get), faults)
    households = {get(item, "place"): get(item, "households") for item in items["villages"]}
    _check_floors(items["districts"], get, households, faults)
    _check_dates(values(("days", "date")), faults)
    if items["days"]:
        days = {where: _listed(day) for where, day in values(("announced", "day")).items()}
        _check_days(values(*DAY_LISTS) | days, len(items["days"]), faults)
        paces = values(("teams", "households_per_hour_by_day"))
        _check_lengths(paces, len(items["days"]), faults)


def check_unique(name: str, key: str, values: Iterable[str | None], faults: Faults) -> None:
    """Note each value of a key that is in a list more than once."""
    first: dict[str, int] = {}
    for n, value in enumerate(values):
        if value in first:
            where = f"{name}[{first[value]}]"
            message = _("{value!r} is already at {where}", value=value, where=where)
            faults.add(f"{name}[{n}].{key}", message)
        elif value:
            first[value] = n


def check_known(
    references: Mapping[str, str | None],
    known: Iterable[str | None] | None,
    message: str,
    faults: Faults,
) -> None:
    """Note each reference, by its path, to an id that is not known; none where some are None.

    The message has a field ``{id!r}``, which is still to be filled.
    """
    ids = {None} if known is None else dict.fromkeys(known)
    for where, value in references.items() if None not in ids else ():
        if value is not None and value not in ids:
            faults.add(where, message.format(id=value), nearest(value, filter(None, ids)))


def _members(lists: Mapping[str, Sequence[str] | None]) -> dict[str, str]:
    """Return each item of some lists by its path."""
    return {
        f"{where}[{n}]": place
        for where, places in lists.items()
        for n, place in enumerate(places or ())
    }


def _visits(announced: Sequence[T], get: Callable[[T, str], Any]) -> dict[str, tuple[Any, ...]]:
    """Return the team, day and place of each announced visit that could be read, by its path."""
    keys = ("team", "day", "place")
    visits = {f"announced[{n}]": item for n, item in enumerate(announced)}
    found = {where: tuple(get(item, key) for key in keys) for where, item in visits.items()}
    return {where: visit for where, visit in found.items() if None not in visit}


def _check_repeated(values: Mapping[str, object], faults: Faults) -> None:
    first: dict[object, str] = {}
    for where, value in values.items():
        if value in first:
            other = first[value]
            if isinstance(value, str):
                message = _("{value!r} is already in {where}", value=value, where=other)
            else:
                message = _("this visit is already announced in {where}", where=other)
            faults.add(where, message)
        first.setdefault(value, where)


def _check_floors(
    districts: Sequence[T],
    get: Callable[[T, str], Any],
    households: Mapping[str | None, int | None],
    faults: Faults,
) -> None:
    for n, district in enumerate(districts):
        floor, places = get(district, "min_households"), get(district, "places")
        numbers = [households.get(place) for place in dict.fromkeys(places or ())]
        if floor is None or places is None or None in numbers:
            continue
        there = sum(filter(None, numbers))
        if floor > there:
            message = _(
                "{floor} are more than the {there} households of its villages together",
                floor=floor,
                there=there,
            )
            faults.add(f"districts[{n}].min_households", message)


def _check_dates(dates: Mapping[str, dt.date | None], faults: Faults) -> None:
    last: dt.date | None = None
    for where, date in dates.items():
        if date is not None and last is not None and date <= last:
            faults.add(where, _("{date} does not come after {last}", date=date, last=last))
        last = date or last


def _listed(day: int | None) -> tuple[int, ...]:
    return () if day is None else (day,)


def _check_days(lists: Mapping[str, Sequence[int] | None], days: int, faults: Faults) -> None:
    for where, indices in lists.items():
        wrong = [index for index in indices or () if not 0 <= index < days]
        if wrong:
            listed = ", ".join(map(str, wrong))
            message = ngettext(
                "{numbers} is no day; they count from 0 to {last}",
                "{numbers} are no days; they count from 0 to {last}",
                len(wrong),
                numbers=listed,
                last=days - 1,
            )
            faults.add(where, message)


def _check_lengths(lists: Mapping[str, Sequence[object] | None], days: int, faults: Faults) -> None:
    for where, paces in lists.items():
        if paces is not None and len(paces) != days:
            message = _("has {n} numbers, but there are {days} days", n=len(paces), days=days)
            faults.add(where, message)
