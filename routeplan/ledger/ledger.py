"""A ledger: rows are added, and every answer is a query."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import zlib
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa

from routeplan.errors import Fault, InputError
from routeplan.formats import plan_to_json, problem_to_json
from routeplan.handouts import check_references
from routeplan.language import gettext as _
from routeplan.ledger.entries import (
    EVENING_SECONDS,
    Conflict,
    Entry,
    LedgerPlan,
    Recorded,
    Remaining,
    RoadReport,
    VillageDay,
    what_remains,
)
from routeplan.ledger.marks import is_sealed_name
from routeplan.ledger.opening import open_storage, write_new
from routeplan.ledger.queries import (
    COUNTS,
    OF_VILLAGE,
    check_correction,
    check_current,
    check_known,
    check_row,
    check_villages,
    entries_where,
    fields,
    is_same,
    now,
    villages_by_place,
    villages_of,
    visit_row,
)
from routeplan.ledger.schema import PLAN, ROAD_REPORT, VILLAGE, VISIT, append, is_current, next_id
from routeplan.ledger.storage import SealedFile

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from routeplan.ledger.entries import LedgerVillage, RecordedVisit
    from routeplan.ledger.storage import Storage
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.model.results import VisitResult

_REPORT = ("start", "end", "seconds", "vehicle", "date")


def open_ledger(
    where: Path | str, *, recorder: str = "", passphrase: str | None = None, create: bool = False
) -> Ledger:
    """Open a ledger, or make one.

    Parameters
    ----------
    where
        A file; or the address of a PostgreSQL database, ``postgresql://name@host/database``. A file
        whose name ends in ``.age`` is sealed: it is opened into memory, and written back whole
        after each recording.
    recorder
        Who records from now on; empty if nobody is to be named.
    passphrase
        Of a sealed file.
    create
        Whether to make a new one; what is there already is never replaced.

    Raises
    ------
    InputError
        Where it is no ledger, locked, sealed with another passphrase, or of a newer version, which
        is left as it is; where there is one already that would be made; or where the disk is full,
        or the server does not answer.

    Examples
    --------
    >>> import datetime as dt
    >>> from routeplan.ledger import LedgerVillage, RecordedVisit, open_ledger
    >>> from routeplan.model.results import VisitResult
    >>> with open_ledger(folder / "campaign.sqlite", create=True) as ledger:
    ...     ledger.add_villages([LedgerVillage("v01", "Aqbulaq", 43.1, 79.3, 50, 40)])
    ...     visit = VisitResult("A", dt.date(2027, 5, 3), "v01", reached=12, signed=9, refused=1)
    ...     recorded = ledger.record([RecordedVisit(visit)], source="typed")
    ...     recorded.added, ledger.remaining()["v01"].unsigned
    ((1,), 30)
    """
    return Ledger(open_storage(where, passphrase, create=create), recorder)


class Ledger:
    """The record of a campaign, opened by `open_ledger`; close it, or use it in a ``with``."""

    def __init__(self, storage: Storage, recorder: str) -> None:
        self._storage = storage
        self._recorder = recorder

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, or the connection to the server."""
        self._storage.close()

    @property
    def name(self) -> str:
        """Its path or address, without a password."""
        return self._storage.name

    def add_villages(self, villages: Iterable[LedgerVillage]) -> None:
        """Add villages as they were before the first visit of the ledger.

        One that is there with other values is corrected. Raises InputError with each wrong value.
        """
        villages = list(villages)
        check_villages(villages)
        with self._storage.recording() as connection:
            self._add_villages(connection, villages)

    def villages(self) -> list[LedgerVillage]:
        """Return the villages as they were before the first visit, in the order of their ids."""
        with self._storage.reading() as connection:
            found = [village for _, village in villages_by_place(connection).values()]
        return sorted(found, key=lambda village: village.place)

    def add_plan(self, problem: Problem, plan: Plan, *, name: str) -> int:
        """Keep a plan as it was announced; return its id, which is the same for the same plan.

        Villages of the problem that the ledger does not know are added, with the households of the
        problem. Raises InputError where the plan is not one for the problem.
        """
        check_references(problem, plan)
        documents = problem_to_json(problem).encode(), plan_to_json(plan).encode()
        sha256 = {
            "problem_sha256": plan.problem_sha256,
            "plan_sha256": hashlib.sha256(documents[1]).hexdigest(),
        }
        days = [day.date for day in problem.days]
        compressed = dict(zip(("problem", "plan"), map(zlib.compress, documents), strict=True))
        row = {"name": name, "first": min(days), "last": max(days), **sha256, **compressed}
        with self._storage.recording() as connection:
            same = [PLAN.c[column] == value for column, value in sha256.items()]
            known = connection.scalar(sa.select(PLAN.c.id).where(*same))
            if known is not None:
                return int(known)
            there = villages_by_place(connection)
            new = [each for each in villages_of(problem) if each.place not in there]
            self._add_villages(connection, new)
            (number,) = self._append(connection, PLAN, [row])
            return number

    def plans(self) -> list[LedgerPlan]:
        """Return the plans that were announced, the first one first."""
        with self._storage.reading() as connection:
            rows = connection.execute(sa.select(PLAN).order_by(PLAN.c.id)).mappings().all()
        plain = ("id", "name", "first", "last", "problem_sha256", "plan_sha256")
        return [
            LedgerPlan(
                **{name: row[name] for name in plain},
                when=row["recorded"],
                by=row["recorder"],
                documents=(row["problem"], row["plan"]),
            )
            for row in rows
        ]

    def record(self, results: Sequence[RecordedVisit], *, source: str) -> Recorded:
        """Record visits, in one transaction.

        A visit that is there already with the same counts is counted once: times that the new one
        leaves out do not matter. One with other counts is a conflict, and not recorded; all others
        are.

        Parameters
        ----------
        results
            The visits.
        source
            Where they were read.

        Raises
        ------
        InputError
            Where a village or a plan is not in the ledger; then nothing is recorded.
        """
        with self._storage.recording() as connection:
            check_known(connection, results)
            dates = {visit.result.date for visit in results}
            there = {
                entry.result.key: entry
                for entry in entries_where(connection, is_current(VISIT), VISIT.c.date.in_(dates))
            }
            numbers = itertools.count(next_id(connection, VISIT))
            added: list[Entry] = []
            same: list[int] = []
            conflicting: list[Conflict] = []
            for visit in results:
                known = there.get(visit.result.key)
                if known is None:
                    entry = Entry(
                        *(next(numbers), visit.result, visit.sheet, visit.plan),
                        *(now(), self._recorder, source),
                    )
                    added.append(entry)
                    there[visit.result.key] = entry
                elif is_same(visit.result, known.result):
                    same.append(known.id)
                else:
                    conflicting.append(Conflict(visit, known))
            append(connection, VISIT, list(map(visit_row, added)))
        return Recorded(tuple(e.id for e in added), tuple(same), tuple(conflicting))

    def correct(self, entry: int, result: VisitResult | None, *, why: str) -> int:
        """Replace a recorded visit; return the id of the new entry, which names the old one.

        Parameters
        ----------
        entry
            Id of the entry.
        result
            What the visit really brought; None withdraws it. Nothing is added where it is equal.
        why
            The reason.

        Raises
        ------
        InputError
            Where there is no such entry, it was replaced or withdrawn before, the village is not in
            the ledger, or another entry is of the same team, date and place.
        """
        with self._storage.recording() as connection:
            check_current(connection, VISIT, entry)
            (old,) = entries_where(connection, VISIT.c.id == entry)
            if result == old.result:
                return entry
            if result is not None:
                check_correction(connection, old, result)
            new = dataclasses.replace(
                old,
                id=next_id(connection, VISIT),
                result=result or old.result,
                when=now(),
                by=self._recorder,
                corrects=entry,
                why=why,
                withdrawn=result is None,
            )
            append(connection, VISIT, [visit_row(new)])
            return new.id

    def entries(
        self,
        first: dt.date | None = None,
        last: dt.date | None = None,
        team: str | None = None,
        place: str | None = None,
    ) -> list[Entry]:
        """Return the current entries by date, team and id: neither replaced nor withdrawn.

        Parameters
        ----------
        first, last
            First and last date; all if left out.
        team, place
            Ids; any if left out.
        """
        wanted = {"team": team, "place": place}
        conditions = [VISIT.c[name] == value for name, value in wanted.items() if value is not None]
        if first is not None:
            conditions.append(VISIT.c.date >= first)
        if last is not None:
            conditions.append(VISIT.c.date <= last)
        with self._storage.reading() as connection:
            found = entries_where(connection, is_current(VISIT), *conditions)
        return sorted(found, key=lambda entry: (entry.result.date, entry.result.team, entry.id))

    def results(
        self, first: dt.date | None = None, last: dt.date | None = None
    ) -> list[VisitResult]:
        """Return what the visits from a first to a last date brought, as they stand now."""
        return [entry.result for entry in self.entries(first, last)]

    def history(self, entry: int) -> list[Entry]:
        """Return an entry with those that it replaces and that replace it, the oldest first.

        Raises InputError where there is no such entry.
        """
        with self._storage.reading() as connection:
            check_row(connection, VISIT, entry)
            chain = entries_where(connection, VISIT.c.id == entry)
            while (before := chain[0].corrects) is not None:
                chain = entries_where(connection, VISIT.c.id == before) + chain
            while later := entries_where(connection, VISIT.c.corrects == chain[-1].id):
                chain += later
        return chain

    def remaining(self) -> dict[str, Remaining]:
        """Return what is left to do in each village, by the id of its place."""
        days: dict[str, list[VillageDay]] = {}
        evening = sa.case((VISIT.c.come_back_after >= EVENING_SECONDS, VISIT.c.come_back), else_=0)
        sums = [*(sa.func.sum(VISIT.c[name]) for name in COUNTS), sa.func.sum(evening)]
        by_day = (VISIT.c.place, VISIT.c.date)
        query = sa.select(VISIT.c.place, *sums).where(is_current(VISIT))
        with self._storage.reading() as connection:
            villages = villages_by_place(connection)
            for place, *counts in connection.execute(query.group_by(*by_day).order_by(*by_day)):
                days.setdefault(place, []).append(VillageDay(*map(int, counts)))
        return {
            place: what_remains(village, days.get(place, ()))
            for place, (_, village) in sorted(villages.items())
        }

    def add_road_report(self, report: RoadReport) -> int:
        """Record the time of a drive; return the number of its row.

        An equal report that is there already is counted once.
        """
        values = dict(zip(_REPORT, report.values, strict=True))
        same = [ROAD_REPORT.c[name] == value for name, value in values.items()]
        query = sa.select(ROAD_REPORT.c.id).where(is_current(ROAD_REPORT), *same)
        with self._storage.recording() as connection:
            known = connection.scalar(query)
            if known is not None:
                return int(known)
            row = {**values, "corrects": None, "withdrawn": False, "why": ""}
            (number,) = self._append(connection, ROAD_REPORT, [row])
            return number

    def correct_road_report(self, number: int, report: RoadReport | None, *, why: str) -> int:
        """Replace a reported drive, as `correct` does a visit; None withdraws it."""
        with self._storage.recording() as connection:
            check_current(connection, ROAD_REPORT, number)
            query = sa.select(*(ROAD_REPORT.c[name] for name in _REPORT))
            old = connection.execute(query.where(ROAD_REPORT.c.id == number)).one()
            values = tuple(old) if report is None else report.values
            if report is not None and values == tuple(old):
                return number
            row = dict(zip(_REPORT, values, strict=True))
            row |= {"corrects": number, "withdrawn": report is None, "why": why}
            (new,) = self._append(connection, ROAD_REPORT, [row])
            return new

    def road_reports(self) -> list[RoadReport]:
        """Return the current reports of drives, each with the number of its row."""
        columns = [ROAD_REPORT.c[name] for name in (*_REPORT, "id")]
        query = sa.select(*columns).where(is_current(ROAD_REPORT)).order_by(ROAD_REPORT.c.id)
        with self._storage.reading() as connection:
            return [RoadReport(*row) for row in connection.execute(query)]

    def backup(self, path: Path, *, passphrase: str | None = None) -> None:
        """Write the whole ledger into a new file, from which `restore` makes one anywhere.

        The file is an SQLite ledger itself, and sealed if its name ends in ``.age``: a sealed
        ledger is backed up so alone, with its own passphrase if none is given.

        Raises InputError where there is such a file, or it cannot be written.
        """
        if isinstance(self._storage, SealedFile):
            if not is_sealed_name(path):
                message = _("would lie open, and the ledger is sealed")
                raise InputError([Fault(str(path), message, _("let its name end in .age"))])
            passphrase = passphrase or self._storage.passphrase
        write_new(path, self._storage.image(), passphrase)

    def _add_villages(self, connection: Connection, villages: Iterable[LedgerVillage]) -> None:
        there = villages_by_place(connection)
        new = [each for each in villages if there.get(each.place, (0, None))[1] != each]
        rows = [
            {**fields(each, OF_VILLAGE), "corrects": there.get(each.place, (None,))[0]}
            for each in new
        ]
        self._append(connection, VILLAGE, rows)

    def _append(
        self, connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]
    ) -> range:
        """Add rows with their numbers, the time and the recorder; return the numbers."""
        first = next_id(connection, table)
        numbers = range(first, first + len(rows))
        common = {"recorded": now(), "recorder": self._recorder}
        append(
            connection,
            table,
            [{**row, "id": n, **common} for n, row in zip(numbers, rows, strict=True)],
        )
        return numbers
