"""A ledger in memory, with the methods by which results are recorded, and results in files."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Self

from routeplan.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.model.results import VisitResult

COUNTS = ("reached", "signed", "refused", "come_back", "not_home")
NOON = dt.datetime(2027, 5, 4, 12, tzinfo=dt.UTC)


@dataclass(frozen=True)
class RecordedVisit:
    result: VisitResult
    sheet: int | None = None
    plan: int | None = None


@dataclass(frozen=True)
class Entry:
    id: int
    result: VisitResult
    sheet: int | None
    plan: int | None
    when: dt.datetime = NOON
    by: str = ""
    source: str = ""
    corrects: int | None = None
    why: str = ""


@dataclass(frozen=True)
class Conflict:
    visit: RecordedVisit
    entry: Entry


@dataclass(frozen=True)
class Recorded:
    added: tuple[int, ...]
    same: tuple[int, ...]
    conflicting: tuple[Conflict, ...]


@dataclass
class MemoryLedger:
    """Rows are appended; a correction is a row that names the old one."""

    recorder: str = ""
    rows: list[Entry] = field(default_factory=list)
    withdrawn: set[int] = field(default_factory=set)
    plans: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def add_plan(self, problem: Problem, plan: Plan, *, name: str) -> int:
        del problem, name
        if plan.problem_sha256 not in self.plans:
            self.plans.append(plan.problem_sha256)
        return 1 + self.plans.index(plan.problem_sha256)

    def entries(
        self,
        first: dt.date | None = None,
        last: dt.date | None = None,
        team: str | None = None,
        place: str | None = None,
    ) -> list[Entry]:
        old = {row.corrects for row in self.rows} | self.withdrawn
        return [
            row
            for row in self.rows
            if row.id not in old
            if (first or dt.date.min) <= row.result.date <= (last or dt.date.max)
            if team in {None, row.result.team}
            if place in {None, row.result.place}
        ]

    def record(self, results: Sequence[RecordedVisit], *, source: str) -> Recorded:
        added: list[int] = []
        same: list[int] = []
        conflicting: list[Conflict] = []
        for visit in results:
            known = next((e for e in self.entries() if e.result.key == visit.result.key), None)
            if known is None:
                added.append(self._append(Entry(0, visit.result, visit.sheet, visit.plan), source))
            elif all(getattr(known.result, n) == getattr(visit.result, n) for n in COUNTS):
                same.append(known.id)
            else:
                conflicting.append(Conflict(visit, known))
        return Recorded(tuple(added), tuple(same), tuple(conflicting))

    def correct(self, entry: int, result: VisitResult | None, *, why: str) -> int:
        old = next((each for each in self.entries() if each.id == entry), None)
        if old is None:
            raise InputError(f"there is no entry {entry}")
        if result is None:
            self.withdrawn.add(entry)
            return entry
        return self._append(replace(old, result=result, corrects=entry, why=why), old.source)

    def _append(self, entry: Entry, source: str) -> int:
        number = len(self.rows) + 1
        self.rows.append(replace(entry, id=number, by=self.recorder, source=source))
        return number


def stand_in(patch: pytest.MonkeyPatch) -> dict[str, MemoryLedger]:
    """Let commands open ledgers in memory; return them by their names."""
    ledgers: dict[str, MemoryLedger] = {}

    def open_ledger(
        where: Path | str,
        *,
        recorder: str = "",
        passphrase: str | None = None,
        create: bool = False,
    ) -> MemoryLedger:
        del passphrase, create
        ledger = ledgers.setdefault(Path(where).name, MemoryLedger())
        ledger.recorder = recorder
        return ledger

    module = ModuleType("routeplan.ledger")
    vars(module).update(open_ledger=open_ledger, RecordedVisit=RecordedVisit)
    patch.setitem(sys.modules, "routeplan.ledger", module)
    return ledgers
