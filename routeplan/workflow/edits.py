"""The edits of a workbook checked, and the plan computed again around them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.errors import Fault, InputError, PlanError
from routeplan.formats import plan_to_json
from routeplan.planner import PinConflict, Pins, check_pins, solve
from routeplan.workflow.edit_pins import Edit, EditedStops

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from routeplan.handouts.workbook_edits import Edits
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.planner import Options, Progress

    TeamDay = tuple[str, int]


@dataclass(frozen=True, slots=True)
class CheckedEdits:
    """The edits of a workbook that break no rule, also together, and the faults of all others.

    `start` is the plan as it is in the workbook, valid or not.
    """

    start: Plan
    edits: tuple[Edit, ...]
    faults: tuple[Fault, ...]

    @property
    def pins(self) -> Pins:
        """The pins of all edits."""
        return _joined_pins(self.edits)


def fingerprint_of(plan: Plan) -> str:
    """Return a hash of a plan, independent of the layout of its file."""
    # Version 1, so that workbooks that were written with such a plan still belong to it.
    return hashlib.sha256(plan_to_json(plan, version=1).encode()).hexdigest()


def check_edits(problem: Problem, plan: Plan, edits: Edits) -> CheckedEdits:
    """Check the edits of a workbook, which was written for a problem and a plan.

    Every edit is a pin of the result, or a fault that names its cells and the rule.
    """
    skipped = dict(edits.skipped)
    # A village that is struck out loses its visits, except those that were edited.
    visits = [v for v in edits.visits if v.edited or v.place not in skipped]
    stops = EditedStops(problem, plan, visits)
    start = plan.replace(tours=tuple(map(stops.tour, plan.tours)))
    faults = [*edits.faults, *stops.faults]
    checked: list[Edit] = []
    for edit in (*stops.edits(), *_village_edits(edits)):
        if edit.pins in [other.pins for other in checked]:
            continue
        together = [*checked, edit]
        try:
            check_pins(problem, _joined_pins(together), start)
        except InputError as error:
            faults += [edit.fault(_message(fault, together), fault.hint) for fault in error.faults]
        else:
            checked = together
    return CheckedEdits(start, tuple(checked), tuple(faults))


def replan(
    problem: Problem,
    checked: CheckedEdits,
    options: Options | None = None,
    *,
    report: Callable[[Progress], None] | None = None,
    sha256: str | None = None,
) -> tuple[Plan, CheckedEdits]:
    """Plan again around the edits of a workbook, with the parameters of `routeplan.planner.solve`.

    Return the plan, and the edits that it keeps: those that are valid alone, but that the search
    could not fit beside the others, are among the faults. Raise PlanError if no plan is found even
    without edits.
    """
    while True:
        try:
            plan = solve(
                *(problem, options),
                start=checked.start,
                pins=checked.pins,
                report=report,
                sha256=sha256,
            )
        except PlanError as error:
            remaining = _without_unfit(checked, error)
            if len(remaining.edits) == len(checked.edits):
                raise
            checked = remaining
        else:
            return plan, checked


def _message(fault: Fault, edits: Iterable[Edit]) -> str:
    """Return what is wrong with an edit; one that it contradicts is named by its cells."""
    if not isinstance(fault, PinConflict):
        return fault.message
    other = next(edit for edit in edits if fault.tour in edit.pins.tours)
    return fault.contradicting(", ".join(other.cells))


def _joined_pins(edits: Iterable[Edit]) -> Pins:
    every = [edit.pins for edit in edits]
    return Pins(
        tours=tuple(tour for pins in every for tour in pins.tours),
        visits=tuple(visit for pins in every for visit in pins.visits),
        skipped=tuple(place for pins in every for place in pins.skipped),
        visits_by=tuple(visit for pins in every for visit in pins.visits_by),
    )


def _without_unfit(checked: CheckedEdits, error: PlanError) -> CheckedEdits:
    """Move the edits that a search could not fit to the faults."""
    by_place = {fault.where: fault for fault in error.faults}
    kept, faults = [], list(checked.faults)
    for edit in checked.edits:
        places = [place for place, *_ in (*edit.pins.visits, *edit.pins.visits_by)]
        unfit = [by_place[place] for place in places if place in by_place]
        faults += [edit.fault(fault.message, fault.hint) for fault in unfit]
        if not unfit:
            kept.append(edit)
    return CheckedEdits(checked.start, tuple(kept), tuple(faults))


def _village_edits(edits: Edits) -> Iterator[Edit]:
    """Yield the edits of the sheet of villages."""
    for pinned in edits.pins:
        text = f"pin-village {pinned.place}:{pinned.day + 1}"
        if pinned.team is None:
            yield Edit(text, (pinned.cell,), Pins(visits=((pinned.place, pinned.day),)))
        else:
            pins = Pins(visits_by=((pinned.place, pinned.day, pinned.team),))
            yield Edit(f"{text}:{pinned.team}", (pinned.cell,), pins)
    for place, cell in edits.skipped:
        yield Edit(f"skip-village {place}", (cell,), Pins(skipped=(place,)))
