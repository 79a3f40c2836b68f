"""Visits of a plan as somebody wrote them down, checked against the plan.

A visit is named by the number of its tally sheet or by team, day and village; where both are
written, they must agree. Counts only are read, never a person.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.errors import Faults
from routeplan.language import gettext as _
from routeplan.model.results import VisitResult
from routeplan.recording.planned import LONGEST_NUMBER
from routeplan.tally import Outcome
from routeplan.villages import cells

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from routeplan.recording.planned import PlannedVisits, Visit
    from routeplan.villages.cells import TableRow

COUNTS = tuple(outcome.value for outcome in Outcome)
"""Columns of counts, in the order in which tally sheets have them."""

NAMES = ("sheet", "code", "team", "date", "village")
MEASURES = ("come_back_after", "door_minutes", "drive_minutes")


@dataclass(frozen=True, slots=True)
class VisitRow:
    """What one visit brought, as it was written down.

    Parameters
    ----------
    result
        Its counts.
    sheet
        Number of its tally sheet; None for a visit that was not planned.
    source
        Where it was written: ``results.csv:4``.
    """

    result: VisitResult
    sheet: int | None
    source: str


def read_visit(row: TableRow, planned: PlannedVisits) -> VisitRow | None:
    """Return what a row says of a visit; None where it says nothing, or has faults."""
    if not any(row.text(column) for column in (*COUNTS, *MEASURES)):
        return None
    visit = _visit_of(row, planned)
    counts = {
        column: row.require(column, cells.parse_count, 0)
        if column in {"reached", "signed"}
        else row.read(column, cells.parse_count, 0)
        for column in COUNTS
    }
    after = row.read("come_back_after", cells.parse_clock, None)
    doors = row.read("door_minutes", cells.parse_minutes, None)
    drive = row.read("drive_minutes", cells.parse_minutes, None)
    if after is not None and not counts["come_back"]:
        message = _("says when to come back, but nobody asked for it")
        row.fault("come_back_after", message, _("empty it, or write how many asked for it"))
    if visit is None or not row.sound:
        return None

    def make() -> VisitResult:
        planned.check_counts(visit.place, counts["reached"], counts["not_home"])
        return make_result(visit, counts, (after, doors, drive))

    result = row.build(make, None)
    return None if result is None else VisitRow(result, visit.sheet, row.source)


def make_result(
    visit: Visit,
    counts: Mapping[str, int],
    measures: tuple[int | None, int | None, int | None] = (None, None, None),
) -> VisitResult:
    """Return the result of a visit.

    Measures are when to come back (seconds after midnight), time at the doors, and of the drive
    (seconds), None where they were not written down. Raises InputError where counts contradict one
    another.
    """
    after, doors, drive = measures
    return VisitResult(
        *visit.key,
        reached=counts["reached"],
        signed=counts["signed"],
        refused=counts["refused"],
        come_back=counts["come_back"],
        not_home=counts["not_home"],
        come_back_after=after,
        door_seconds=doors,
        drive_seconds=drive,
        from_place=None if drive is None else visit.from_place,
    )


def _visit_of(row: TableRow, planned: PlannedVisits) -> Visit | None:
    """Return the visit that a row is about; None with a fault where it is not clear."""
    by_code = row.read("code", planned.coded_sheet, None)
    by_number = row.read("sheet", planned.numbered_sheet, None)
    team = row.read("team", planned.team, None)
    date = row.read("date", planned.date, None)
    place = row.read("village", planned.village, None)
    if not row.sound:
        return None
    if by_code and by_number and by_code != by_number:
        message = _("is not the sheet of the code {code!r}", code=row.text("code"))
        row.fault("sheet", message, _("compare it with the sheet"))
        return None
    visit = by_code or by_number
    if visit is not None:
        others = {"team": team, "date": date, "village": place}
        return visit if _agrees(row, visit, others, planned) else None
    for column in ("team", "date", "village"):
        if not row.text(column):
            hint = _("name crew, day and village, or the sheet by its code")
            row.fault(column, _("is empty"), hint)
    return planned.visit(team, date, place) if team and date and place else None


def _agrees(
    row: TableRow, visit: Visit, others: Mapping[str, object], planned: PlannedVisits
) -> bool:
    """Return whether all that a row says of a planned visit is true of it."""
    own = {"team": visit.team, "date": visit.date, "village": visit.place}
    wrong = [name for name, value in others.items() if value is not None and value != own[name]]
    bare = not row.text("code") and len(row.text("sheet")) <= LONGEST_NUMBER
    if wrong:
        names = {"sheet": visit.sheet, "label": planned.label(visit)}
        message = _("sheet {sheet:03} is that of {label}", **names)
        hint = _("compare it with the sheet; leave the sheet out where the visit was another one")
        row.fault(wrong[0], message, hint)
    elif bare and not any(others.values()):
        message = _("is a number without a check digit, and nothing to compare it with")
        hint = _("write the whole code of the sheet, or name the village, too")
        row.fault("sheet", message, hint)
    return row.sound


def check_together(
    rows: Sequence[VisitRow], planned: PlannedVisits, earlier: Iterable[VisitResult] = ()
) -> tuple[list[VisitRow], Faults]:
    """Return rows that can be true together, and the faults of the others.

    A visit that is written twice counts once where both rows say the same, and not at all where
    they differ. No more households of a village answer for good than it has, over all its visits
    with those of `earlier`, but for visits that are written again.
    """
    faults = Faults()
    first: dict[tuple[str, dt.date, str], VisitRow] = {}
    differing = set()
    for row in rows:
        same = first.setdefault(row.result.key, row)
        if same is row:
            continue
        names = {"label": planned.label(row.result), "row": same.source}
        message = _("{label} is in {row}, too", **names)
        hint = _("keep one of the rows")
        if row.result != same.result:
            differing.add(row.result.key)
            message = _("{label} is in {row}, too, with other numbers", **names)
            hint = _("compare them with the sheet, and keep one of the rows")
        faults.add(row.source, message, hint)
    for key in differing:
        message = _(
            "{label} is written twice, with other numbers", label=planned.label(first[key].result)
        )
        faults.add(
            first[key].source, message, _("compare them with the sheet, and keep one of the rows")
        )
    good = [row for key, row in first.items() if key not in differing]
    return _within_villages(good, planned, earlier, faults), faults


def _within_villages(
    rows: Iterable[VisitRow],
    planned: PlannedVisits,
    earlier: Iterable[VisitResult],
    faults: Faults,
) -> list[VisitRow]:
    rows = list(rows)
    again = {row.result.key for row in rows}
    answered: Counter[str] = Counter()
    for result in earlier:
        if result.key not in again:
            answered[result.place] += result.signed + result.refused
    kept = []
    for row in rows:
        place = row.result.place
        total = answered[place] + row.result.signed + row.result.refused
        there = planned.households[place]
        if total > there:
            message = _(
                "{n} households of {village} signed or refused in all, but it has {there}",
                n=total,
                village=planned.labels[place],
                there=there,
            )
            faults.add(row.source, message, _("compare the sheets of its visits"))
        else:
            answered[place] = total
            kept.append(row)
    return kept
