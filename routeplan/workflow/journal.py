"""The ledger of a campaign, as the results of one plan are recorded in it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from routeplan.errors import Fault, Faults, InputError
from routeplan.language import gettext as _
from routeplan.ledger import LedgerVillage, RecordedVisit, open_ledger
from routeplan.recording import PlannedVisits
from routeplan.recording.counts import COUNTS, count_labels
from routeplan.recording.visits import check_together
from routeplan.villages.columns import personal_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from routeplan.ledger import Entry, Ledger
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.model.results import VisitResult
    from routeplan.recording import VisitRow
    from routeplan.scenario import Scenario

TYPED = "typed"
"""Source of what was typed in, in the ledger."""

TIMES = ("come_back_after", "door_seconds", "drive_seconds")


class SortedRows(NamedTuple):
    """Rows by what becomes of them: new ones, ones that are recorded already, and corrections."""

    new: list[VisitRow]
    same: list[VisitRow]
    corrections: list[tuple[Entry, VisitRow]]
    faults: Faults


@contextlib.contextmanager
def open_journal(
    where: Path | str,
    problem: Problem,
    plan: Plan,
    *,
    name: str,
    recorder: str = "",
    passphrase: str | None = None,
) -> Iterator[Journal]:
    """Open a ledger, to look at or record results of a plan of a name."""
    with open_ledger(where, recorder=recorder, passphrase=passphrase) as ledger:
        yield Journal(ledger, PlannedVisits(problem, plan), name)


class Journal:
    """The part of a ledger that is about one plan.

    Parameters
    ----------
    ledger
        The ledger, open.
    planned
        The visits of the plan.
    name
        Of the plan, which is added to the ledger with its first results if it is not there.
    """

    def __init__(self, ledger: Ledger, planned: PlannedVisits, name: str) -> None:
        self.planned = planned
        self._ledger = ledger
        self._name = name

    def entries(self) -> list[Entry]:
        """Return what is recorded of the plan's days."""
        dates = [day.date for day in self.planned.problem.days]
        return self._ledger.entries(min(dates), max(dates))

    def counted(self) -> list[VisitResult]:
        """Return the results that count against the households of the plan's problem."""
        first = self.planned.problem.days[self.planned.plan.first_day].date
        return [entry.result for entry in self.entries() if entry.result.date >= first]

    def entry(self, number: int) -> Entry:
        """Return an entry of the plan's days; InputError where there is none of this number."""
        entries = {entry.id: entry for entry in self.entries()}
        if number not in entries:
            message = _("no entry of this plan's days has the number {number}", number=number)
            raise InputError([Fault("", message, _("--look shows the entries of a village"))])
        return entries[number]

    def look(self, text: str) -> list[Entry]:
        """Return what is recorded of a village, by name or id, or of a sheet, by code or number.

        Raises InputError where there is no such village or sheet in the plan.
        """
        planned = self.planned
        if text[:1].isdigit() and planned.find_village(text) is None:
            visit = planned.numbered_sheet(text)
            return [entry for entry in self.entries() if entry.result.key == visit.key]
        return self._ledger.entries(place=planned.village(text))

    def sort(self, rows: Sequence[VisitRow], corrected: Sequence[Entry] = ()) -> SortedRows:
        """Sort rows by what becomes of them.

        One that is recorded with other numbers is a fault, unless its entry is to be corrected.
        """
        known = {entry.result.key: entry for entry in self.entries()}
        wanted = {entry.id for entry in corrected}
        found = SortedRows([], [], [], Faults())
        for row in rows:
            entry = known.get(row.result.key)
            if entry is None:
                found.new.append(row)
            elif entry.id in wanted:
                wanted.remove(entry.id)
                found.corrections.append((entry, row))
            elif _is_same(row.result, entry.result):
                found.same.append(row)
            else:
                found.faults.append(self._conflict(row, entry))
        for entry in corrected:
            if entry.id in wanted:
                message = _("no row is of {label}", label=self.planned.label(entry.result))
                found.faults.add(_("entry {number}", number=entry.id), message)
        return found

    def record(self, rows: Sequence[VisitRow], *, source: str) -> list[int]:
        """Record new rows in one transaction; return the ids of their entries.

        Raises InputError where another process recorded one of them otherwise in the meantime.
        """
        if not rows:
            return []
        planned = self.planned
        plan = self._ledger.add_plan(planned.problem, planned.plan, name=self._name)
        visits = [RecordedVisit(row.result, row.sheet, plan) for row in rows]
        recorded = self._ledger.record(visits, source=source)
        by_key = {row.result.key: row for row in rows}
        faults = Faults(
            self._conflict(by_key[conflict.visit.result.key], conflict.entry)
            for conflict in recorded.conflicting
        )
        faults.raise_any()
        return list(recorded.added)

    def record_typed(self, row: VisitRow) -> int | None:
        """Record one sheet; return its entry, None where it was recorded before and says the same.

        Raises InputError where it is recorded with other numbers, or where more households of the
        village would have answered than it has.
        """
        rows = self.sort([row])
        Faults([*self._check_total(row), *rows.faults]).raise_any()
        return None if rows.same else self.record(rows.new, source=TYPED)[0]

    def correct_typed(self, entry: Entry, row: VisitRow, *, why: str = "") -> int:
        """Replace an entry by a sheet that was typed; return the id of the new one.

        Raises InputError where more households of the village would have answered than it has.
        """
        self._check_total(row).raise_any()
        return self.correct(entry, row.result, why=why or TYPED)

    def correct(self, entry: Entry, result: VisitResult | None, *, why: str) -> int:
        """Replace an entry, or withdraw it; return the id of the new one."""
        return self._ledger.correct(entry.id, result, why=why)

    def _check_total(self, row: VisitRow) -> Faults:
        """Return the fault of a village of which more would have answered than it has."""
        return check_together([row], self.planned, self.counted())[1]

    def _conflict(self, row: VisitRow, entry: Entry) -> Fault:
        names = {"label": self.planned.label(entry.result), "number": entry.id}
        message = _(
            "{label} is recorded with other numbers: {numbers} (entry {number})",
            numbers=counts_text(entry.result),
            **names,
        )
        if _counts(row.result) == _counts(entry.result):
            message = _("{label} is recorded with other times (entry {number})", **names)
        hint = _("to correct it: --correct {number}", number=entry.id)
        return Fault(row.source, message, hint)


def counts_text(result: VisitResult) -> str:
    """Return the counts of a visit with their names."""
    labels = count_labels()
    return ", ".join(f"{labels[name]} {getattr(result, name)}" for name in COUNTS)


def _is_same(new: VisitResult, old: VisitResult) -> bool:
    """Return whether a result says nothing that is not recorded already."""
    times = all(getattr(new, name) in {None, getattr(old, name)} for name in TIMES)
    return times and _counts(new) == _counts(old)


def _counts(result: VisitResult) -> list[int]:
    return [getattr(result, name) for name in COUNTS]


def check_texts(texts: Mapping[str, str]) -> None:
    """Refuse phones and numbers of persons in texts that the ledger keeps, by their names."""
    found = {name: personal_value(text) for name, text in texts.items()}
    faults = Faults(
        Fault(name, fault.message, fault.hint) for name, fault in found.items() if fault
    )
    faults.raise_any()


def make_ledger(
    where: Path | str,
    scenario: Scenario | Path,
    *,
    recorder: str = "",
    passphrase: str | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> tuple[str, int]:
    """Make the ledger of a campaign with a scenario's villages; return its name, and their number.

    Raises
    ------
    InputError, RoadError
        As `routeplan.workflow.prepare.locate` and `routeplan.ledger.open_ledger` do.
    """
    from routeplan.workflow.prepare import locate  # noqa: PLC0415  # it loads the roads

    located = locate(scenario, on_step=on_step)
    villages = [
        LedgerVillage(row.id, row.name, row.lat, row.lon, row.households, row.unsigned)
        for row in located.rows
    ]
    on_step(_("making the ledger"))
    with open_ledger(where, recorder=recorder, passphrase=passphrase, create=True) as made:
        made.add_villages(villages)
        return made.name, len(villages)
