"""Queries of a ledger and checks of what is to be added, on a connection."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from routeplan.errors import Fault, Faults, InputError, nearest
from routeplan.language import gettext as _
from routeplan.ledger.entries import Entry, LedgerVillage
from routeplan.ledger.schema import PLAN, VILLAGE, VISIT, is_current
from routeplan.model.problem import Place
from routeplan.model.results import VisitResult

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from sqlalchemy import Connection

    from routeplan.ledger.entries import RecordedVisit
    from routeplan.model.problem import Problem

COUNTS = ("reached", "signed", "refused", "come_back", "not_home")
# What may be left out where nobody wrote it down.
OPTIONAL = ("come_back_after", "door_seconds", "drive_seconds", "from_place")
RESULT = ("team", "date", "place", *COUNTS, *OPTIONAL)
OF_VILLAGE = ("place", "name", "lat", "lon", "households", "unsigned")


def now() -> dt.datetime:
    """Return the time at which something is recorded, in UTC and whole seconds."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def fields(value: object, names: Iterable[str]) -> dict[str, Any]:
    """Return fields of an object by their names."""
    return {name: getattr(value, name) for name in names}


def villages_by_place(connection: Connection) -> dict[str, tuple[int, LedgerVillage]]:
    """Return the current row of each village, with its number, by the id of its place."""
    columns = [VILLAGE.c[name] for name in OF_VILLAGE]
    query = sa.select(VILLAGE.c.id, *columns).where(is_current(VILLAGE))
    return {row[1]: (row[0], LedgerVillage(*row[1:])) for row in connection.execute(query)}


def villages_of(problem: Problem) -> Iterator[LedgerVillage]:
    """Yield the villages of a problem; all their households are taken as unsigned."""
    for village in problem.villages:
        place = problem.place(village.place)
        counts = village.households, village.households
        yield LedgerVillage(place.id, place.name, place.lat, place.lon, *counts)


def check_villages(villages: Collection[LedgerVillage]) -> None:
    """Raise InputError with each wrong position or count, and each place that is there twice."""
    faults = Faults()
    seen: set[str] = set()
    for village in villages:
        where = village.place or village.name
        try:
            Place(village.place, village.name, village.lat, village.lon)
        except InputError as error:
            faults.adopt(error, where)
        if not 0 <= village.unsigned <= village.households:
            message = _(
                "{unsigned} of {households} households cannot be unsigned",
                unsigned=village.unsigned,
                households=village.households,
            )
            faults.add(where, message)
        if village.place in seen:
            faults.add(where, _("is there more than once"))
        seen.add(village.place)
    faults.raise_any()


def check_known(connection: Connection, visits: Iterable[RecordedVisit]) -> None:
    """Raise InputError with each village and plan of visits that is not in the ledger."""
    faults = Faults()
    places = villages_by_place(connection)
    plans = set(connection.scalars(sa.select(PLAN.c.id)))
    for visit in visits:
        where = _name(visit.result)
        _check_place(visit.result, places, where, faults)
        if visit.plan is not None and visit.plan not in plans:
            faults.add(where, _("there is no plan {number}", number=visit.plan))
    faults.raise_any()


def check_correction(connection: Connection, old: Entry, result: VisitResult) -> None:
    """Raise InputError where a result cannot replace that of an entry."""
    faults = Faults()
    _check_place(result, villages_by_place(connection), _name(result), faults)
    key = [VISIT.c[name] == getattr(result, name) for name in ("team", "date", "place")]
    for other in entries_where(connection, is_current(VISIT), VISIT.c.id != old.id, *key):
        message = _("is recorded already, as entry {number}", number=other.id)
        faults.add(_name(result), message, _("correct that one, or withdraw one of the two"))
    faults.raise_any()


def _check_place(result: VisitResult, places: Collection[str], where: str, faults: Faults) -> None:
    if not result.team.strip():
        faults.add(where, _("names no team"))
    if result.place not in places:
        message = _("no village has the id {id!r}", id=result.place)
        faults.add(where, message, nearest(result.place, places))


def _name(result: VisitResult) -> str:
    return f"{result.team} {result.date} {result.place}"


def entries_where(connection: Connection, *conditions: sa.ColumnElement[bool]) -> list[Entry]:
    """Return visits, in the order of their numbers."""
    query = sa.select(VISIT).where(*conditions).order_by(VISIT.c.id)
    return [
        Entry(
            id=row["id"],
            result=VisitResult(**{name: row[name] for name in RESULT}),
            when=row["recorded"],
            by=row["recorder"],
            **{name: row[name] for name in _OF_ENTRY},
        )
        for row in connection.execute(query).mappings()
    ]


_OF_ENTRY = ("sheet", "plan", "source", "corrects", "why", "withdrawn")


def visit_row(entry: Entry) -> dict[str, Any]:
    """Return the row of an entry."""
    row = {"id": entry.id, "recorded": entry.when, "recorder": entry.by}
    return row | fields(entry.result, RESULT) | fields(entry, _OF_ENTRY)


def is_same(new: VisitResult, old: VisitResult) -> bool:
    """Return whether a visit brings nothing that the recorded one has not."""
    counts = all(getattr(new, name) == getattr(old, name) for name in COUNTS)
    times = (getattr(new, name) in {None, getattr(old, name)} for name in OPTIONAL)
    return counts and all(times)


def check_row(connection: Connection, table: sa.Table, number: int) -> None:
    """Raise InputError where there is no row of this number."""
    if connection.scalar(sa.select(table.c.id).where(table.c.id == number)) is None:
        message = _("there is no entry {number}", number=number)
        raise InputError([Fault("", message, _("'routeplan ledger show --visits' lists them"))])


def check_current(connection: Connection, table: sa.Table, number: int) -> None:
    """Raise InputError where there is no row of this number, or it was replaced or withdrawn."""
    check_row(connection, table, number)
    later = connection.scalar(sa.select(table.c.id).where(table.c.corrects == number))
    if later is not None:
        message = _("entry {number} was replaced by entry {later}", number=number, later=later)
        raise InputError([Fault("", message, _("correct that one"))])
    if connection.scalar(sa.select(table.c.withdrawn).where(table.c.id == number)):
        message = _("entry {number} withdraws a visit", number=number)
        raise InputError([Fault("", message, _("record the visit again"))])
