"""The counts of a sheet or of a part of it, and the checks of all who type them in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from routeplan.errors import Fault, Faults, InputError
from routeplan.language import gettext as _
from routeplan.recording.visits import COUNTS, make_result

if TYPE_CHECKING:
    from collections.abc import Iterable

    from routeplan.recording.planned import PlannedVisits, Visit

__all__ = [
    "COUNTS",
    "Counts",
    "check_answered",
    "check_come_back",
    "check_doors",
    "check_sums",
    "check_visit",
    "count_labels",
    "total_of",
]


class Counts(NamedTuple):
    """Counts of a part of a sheet, in the order of its columns."""

    reached: int = 0
    signed: int = 0
    not_home: int = 0
    refused: int = 0
    come_back: int = 0

    def __str__(self) -> str:
        return " ".join(map(str, self))


def count_labels() -> dict[str, str]:
    """Return what the counts are called, by their names in `COUNTS`."""
    return {
        "reached": _("reached"),
        "signed": _("signed"),
        "not_home": _("not home"),
        "refused": _("refused"),
        "come_back": _("come back"),
    }


def total_of(lines: Iterable[Counts]) -> Counts:
    """Return the sum of the lines of a sheet."""
    return Counts(*map(sum, zip(Counts(), *lines, strict=True)))


def check_answered(counts: Counts, hint: str = "") -> None:
    """Refuse counts by which more households answered than were reached."""
    answered = counts.signed + counts.refused + counts.come_back
    if answered > counts.reached:
        message = _(
            "{reached} were reached, but {answered} signed, refused or asked to come back",
            reached=counts.reached,
            answered=answered,
        )
        raise InputError([Fault("reached", message, hint)])


def check_visit(visit: Visit, planned: PlannedVisits, total: Counts) -> None:
    """Refuse totals that contradict one another, or are more than the village has."""
    make_result(visit, total._asdict())
    planned.check_counts(visit.place, total.reached, total.not_home)


def check_sums(stated: Counts, total: Counts) -> Faults:
    """Return the fault of each of a sheet's own totals that its lines do not come to."""
    labels = count_labels()
    faults = Faults()
    for name, own, ours in zip(COUNTS, stated, total, strict=True):
        if own != ours:
            message = _(
                "{column}: the sheet says {stated}, its lines come to {total}",
                column=labels[name],
                stated=own,
                total=ours,
            )
            faults.add(name, message)
    return faults


def check_doors(doors: int | None, counts: Counts) -> None:
    """Refuse a sheet's number of all doors that is not that of its counts."""
    knocked = counts.reached + counts.not_home
    if doors is not None and doors != knocked:
        message = _(
            "the sheet says {doors} doors in all, but those reached and not home are {knocked}",
            doors=doors,
            knocked=knocked,
        )
        raise InputError([Fault("doors", message, _("compare it with the sheet"))])


def check_come_back(after: int | None, total: Counts, hint: str = "") -> None:
    """Refuse a time to come back where nobody asked for it."""
    if after is not None and not total.come_back:
        message = _("says when to come back, but nobody asked for it")
        raise InputError([Fault("come_back_after", message, hint)])
