"""What a ledger holds and what it answers, as plain values."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from routeplan.formats import plan_from_json, problem_from_json

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.model.results import VisitResult

EVENING_SECONDS = 18 * 3600
"""Seconds after midnight from which a revisit counts as one in the evening."""


@dataclass(frozen=True, slots=True)
class LedgerVillage:
    """A village of the campaign, as it was before the first visit of the ledger.

    Parameters
    ----------
    place, name
        Id and name of its place.
    lat, lon
        WGS 84, in degrees.
    households, unsigned
        All households, and those that had not signed.
    """

    place: str
    name: str
    lat: float
    lon: float
    households: int
    unsigned: int


@dataclass(frozen=True, slots=True)
class RecordedVisit:
    """A visit that is to be recorded, with the number of its tally sheet and of its plan."""

    result: VisitResult
    sheet: int | None = None
    plan: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A recorded visit.

    Parameters
    ----------
    id
        Number of its row, from 1 without gaps.
    result
        Its counts.
    sheet, plan
        Number of the tally sheet, and the id of the plan that announced the visit, if known.
    when, by
        When it was recorded (UTC), and who recorded it; empty where the recorder gave no name.
    source
        Where the counts were read, as the recorder named it.
    corrects, why
        The entry that this one replaces, and the reason.
    withdrawn
        Whether this row says that the visit it names did not happen; its counts are those of the
        visit.
    """

    id: int
    result: VisitResult
    sheet: int | None
    plan: int | None
    when: dt.datetime
    by: str
    source: str = ""
    corrects: int | None = None
    why: str = ""
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """A visit that was not recorded: an entry has the same team, date and place, other counts."""

    visit: RecordedVisit
    entry: Entry


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of visits.

    Parameters
    ----------
    added
        Ids of the new entries.
    same
        Ids of entries that were there already with the same counts: they are counted once.
    conflicting
        Visits that were not recorded.
    """

    added: tuple[int, ...]
    same: tuple[int, ...]
    conflicting: tuple[Conflict, ...]


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left to do in a village, in households.

    Parameters
    ----------
    households
        All of them.
    unsigned
        Those that neither signed nor refused for good: before the first visit, less those that did
        so since; never below 0.
    signed, refused
        Those that did so in the visits of the ledger.
    come_back, not_home
        Those that asked for another visit or did not open, and were not revisited: see
        `pending_households`. At most `unsigned`.
    evening
        Of `come_back`, those that are at home only from `EVENING_SECONDS` on.
    """

    households: int
    unsigned: int
    signed: int
    refused: int
    come_back: int
    not_home: int
    evening: int


@dataclass(frozen=True, slots=True)
class RoadReport:
    """The reported time of one drive.

    Parameters
    ----------
    start, end
        Ids or names of places.
    seconds
        Driving time.
    vehicle
        As the scenario names it.
    date
        Of the drive.
    id
        Number of its row, None before it is recorded; not compared.
    """

    start: str
    end: str
    seconds: int
    vehicle: str
    date: dt.date
    id: int | None = None

    @property
    def values(self) -> tuple[str, str, int, str, dt.date]:
        """All but the number of its row."""
        return self.start, self.end, self.seconds, self.vehicle, self.date


@dataclass(frozen=True)
class LedgerPlan:
    """A plan as it was announced.

    Parameters
    ----------
    id, name
        Number of its row, from 1, and what it was called.
    first, last
        Dates of its first and last day.
    problem_sha256, plan_sha256
        Of the problem's file, as the plan names it, and of the plan's file.
    when, by
        When it was recorded (UTC), and who recorded it.
    documents
        ``problem.json`` and ``plan.json``, compressed.
    """

    id: int
    name: str
    first: dt.date
    last: dt.date
    problem_sha256: str
    plan_sha256: str
    when: dt.datetime
    by: str
    documents: tuple[bytes, bytes]

    @cached_property
    def problem(self) -> Problem:
        """The problem that it was made for."""
        return problem_from_json(zlib.decompress(self.documents[0]))

    @cached_property
    def plan(self) -> Plan:
        """The plan itself."""
        return plan_from_json(zlib.decompress(self.documents[1]))


@dataclass(frozen=True, slots=True)
class VillageDay:
    """Sums over the visits of a village on one day, in households."""

    reached: int = 0
    signed: int = 0
    refused: int = 0
    come_back: int = 0
    not_home: int = 0
    evening: int = 0


def pending_households(days: Iterable[VillageDay]) -> tuple[int, int, int]:
    """Return the households that asked to come back, of these in the evening, and not at home.

    Tallies name no household, so it is assumed that whoever returns on a later day goes first to
    those that were noted before: each household reached then is one of those that asked for
    another visit (evening ones last), and each one knocked at is one that was not at home.

    Parameters
    ----------
    days
        The days of a village with a visit, in their order.

    Examples
    --------
    >>> pending_households([VillageDay(reached=9, come_back=5, evening=2, not_home=4)])
    (5, 2, 4)
    >>> later = VillageDay(reached=4, not_home=1)
    >>> pending_households([VillageDay(reached=9, come_back=5, evening=2, not_home=4), later])
    (1, 1, 1)
    """
    come_back = evening = not_home = 0
    for day in days:
        left = max(0, come_back - day.reached)
        come_back, evening = left + day.come_back, min(evening, left) + day.evening
        not_home = max(0, not_home - day.reached - day.not_home) + day.not_home
    return come_back, evening, not_home


def what_remains(village: LedgerVillage, days: Iterable[VillageDay]) -> Remaining:
    """Return what is left to do in a village after its visits, day by day."""
    days = tuple(days)
    signed, refused = sum(day.signed for day in days), sum(day.refused for day in days)
    unsigned = max(0, village.unsigned - signed - refused)
    come_back, evening, not_home = (min(n, unsigned) for n in pending_households(days))
    return Remaining(village.households, unsigned, signed, refused, come_back, not_home, evening)
