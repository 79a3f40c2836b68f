"""Edits of the board of a plan: what was moved by hand, checked at once, as pins of a search.

The edits of a board mean what the same edits of a workbook mean: see `routeplan.workflow.edits`.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from routeplan.errors import Fault, InputError
from routeplan.handouts.workbook_edits import Visit
from routeplan.language import date_label, message_language
from routeplan.language import gettext as _
from routeplan.model.plan import Stop
from routeplan.planner import Pins, timed_days
from routeplan.workflow.edits import (
    CheckedEdits,
    Edit,
    EditedStops,
    check_together,
    untouched_days,
)
from routeplan.workflow.trials import inserted, least_visit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from routeplan.audit import Violation
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem

    TeamDay = tuple[str, int]

EditKind: TypeAlias = Literal["move", "strike", "keep", "skip", "visit", "release"]


@dataclass(frozen=True, slots=True)
class BoardEdit:
    """One edit of a board; days are indices into those of the problem.

    Parameters
    ----------
    kind
        ``move`` a stop; ``strike`` it out, its day staying without it; ``keep`` a day as it is;
        ``skip`` a village; ``visit`` one on a day; ``release`` what was said of a stop, of a
        village or of a day before.
    place
        The village; empty for a day.
    team, day
        Of the stop, as planned, or of the day; empty and -1 for a village.
    to_team, to_day
        Where a stop is moved, or a village visited.
    """

    kind: EditKind
    place: str = ""
    team: str = ""
    day: int = -1
    to_team: str = ""
    to_day: int = -1

    @property
    def stop(self) -> tuple[str, str, int]:
        """What it is about."""
        return self.place, self.team, self.day

    @property
    def target(self) -> TeamDay:
        """The team and the day where a stop is moved, or a village visited."""
        return self.to_team, self.to_day

    def replaces(self, other: BoardEdit) -> bool:
        """Return whether nothing is left of another edit after this one."""
        if not self.place:
            return other.kind == "keep" and other.stop == self.stop
        of_villages = self.kind in {"skip", "visit"} or not self.team
        is_general = of_villages or other.kind in {"skip", "visit"}
        return other.place == self.place and (is_general or other.stop == self.stop)


@dataclass(frozen=True, slots=True)
class Board:
    """A plan with edits, as far as they are possible.

    Parameters
    ----------
    plan
        With every edit, whether it breaks a rule or not; days with edits have new times.
    edits
        Those in force, in their order, those of earlier plans first.
    checked
        The edits that a search is to keep, as pins.
    faults
        By the edit: why no plan can keep it, in plain words.
    violations
        By team and day with edits: the rules that the day breaks as it is shown. A search makes
        room by shortening or moving other stops.
    """

    plan: Plan
    edits: tuple[BoardEdit, ...]
    checked: CheckedEdits
    faults: Mapping[BoardEdit, tuple[str, ...]]
    violations: Mapping[TeamDay, tuple[Violation, ...]]


def in_force(edits: Sequence[BoardEdit]) -> tuple[BoardEdit, ...]:
    """Return the edits that later ones have not replaced.

    Examples
    --------
    >>> there, back = BoardEdit("move", "v1", "A", 0, "B", 1), BoardEdit("release", "v1", "A", 0)
    >>> in_force([there, back])
    ()
    """
    found: list[BoardEdit] = []
    for edit in edits:
        found = [each for each in found if not edit.replaces(each)]
        is_back = edit.kind == "move" and edit.target == (edit.team, edit.day)
        if edit.kind != "release" and not is_back:
            found.append(edit)
    return tuple(found)


def check_known(problem: Problem, plan: Plan, edit: BoardEdit) -> None:
    """Refuse an edit that names a stop, village, team or day that there is not, by InputError."""
    tours = {(tour.team, tour.day): tour for tour in plan.tours}
    tour = tours.get((edit.team, edit.day))
    is_known = edit.place in problem.village_at if edit.place else tour is not None
    if edit.place and edit.team:
        is_known &= tour is not None and edit.place in tour.places[1:-1]
    if edit.kind in {"move", "visit"}:
        is_known &= edit.target in tours
    if not is_known:
        message = _("the plan has no such stop, crew or day")
        raise InputError([Fault("", message, _("load the page again"))])


def check_board(
    problem: Problem, plan: Plan, edits: Sequence[BoardEdit], held: Sequence[BoardEdit] = ()
) -> Board:
    """Apply the edits of a board to a plan, and check them without a search.

    Parameters
    ----------
    problem, plan
        A problem and its plan.
    edits
        In the order in which they were made; each is as `check_known` wants it.
    held
        Of earlier plans: they go on to hold, but do not open the days that they are about.

    Raises
    ------
    InputError
        As `check_known` does.
    """
    for edit in (*held, *edits):
        check_known(problem, plan, edit)
    forced = in_force([*held, *edits])
    kept, own, faults = _kept_together(problem, plan, forced)
    new = {label for edit, label in own.items() if edit not in held}
    opened = [edit for edit in kept.edits if not new.isdisjoint(edit.cells)]
    untouched = untouched_days(problem, plan, kept.start, opened)
    shown = _edited_plan(problem, plan, forced)
    timed = timed_days(problem, shown, [*_edited_days(plan, shown)])
    tours = (timed.get((tour.team, tour.day), (tour, ()))[0] for tour in shown.tours)
    return Board(
        plan=shown.replace(tours=tuple(tours)),
        edits=forced,
        checked=replace(kept, untouched=untouched),
        faults=faults,
        violations={day: broken for day, (_tour, broken) in timed.items() if broken},
    )


def _kept_together(
    problem: Problem, plan: Plan, edits: Sequence[BoardEdit]
) -> tuple[CheckedEdits, dict[BoardEdit, str], dict[BoardEdit, tuple[str, ...]]]:
    """Return the pins of the edits that can be kept together; these with labels; and the faults.

    What cannot be kept is no part of what a search begins from.
    """
    labels = {each: _("change {n}", n=n) for n, each in enumerate(edits, start=1)}
    faults = _refusals(problem, plan, edits)
    broken: tuple[Fault, ...] = ()
    while True:
        own = {each: label for each, label in labels.items() if each not in faults}
        start = _edited_plan(problem, plan, [*own])
        checked, found = check_together(problem, start, _pins_of(problem, plan, own))
        if not found:
            return CheckedEdits(start, checked, broken), own, faults
        broken += found
        faults |= {each: texts for each in own if (texts := _texts_at(own[each], found))}


def _texts_at(label: str, faults: Sequence[Fault]) -> tuple[str, ...]:
    """Return what is wrong with the edit of a label."""
    own = (fault for fault in faults if label in fault.where.split(", "))
    return tuple(dict.fromkeys(map(_without_rule, own)))


def edits_to_hold(plan: Plan, edits: Sequence[BoardEdit]) -> tuple[BoardEdit, ...]:
    """Return what goes on to hold of edits once a plan keeps them."""
    counts = Counter(stop.place for tour in plan.tours for stop in tour.stops)
    held = []
    for edit in edits:
        if edit.kind == "move" and counts[edit.place] == 1:
            held.append(BoardEdit("visit", edit.place, to_team=edit.to_team, to_day=edit.to_day))
        elif edit.kind == "move":
            held.append(BoardEdit("keep", team=edit.to_team, day=edit.to_day))
        elif edit.kind == "strike":
            held.append(BoardEdit("keep", team=edit.team, day=edit.day))
        else:
            held.append(edit)
    return in_force(held)


# ---- In words ----


def edit_text(edit: BoardEdit, problem: Problem) -> str:
    """Return in words what an edit does."""
    name = problem.place(edit.place).name if edit.place else ""
    values = {"village": name, "team": edit.to_team, "date": _date(problem, edit.to_day)}
    if edit.kind == "move":
        return _("{village} moves to {team}, {date}", **values)
    if edit.kind == "visit":
        return _("{village} is visited by {team}, {date}", **values)
    if edit.kind == "skip":
        return _("{village} is not visited", village=name)
    own = {"team": edit.team, "date": _date(problem, edit.day)}
    if edit.kind == "strike":
        return _("{village} is taken out of the day of {team}, {date}", village=name, **own)
    return _("the day of {team}, {date}, stays as it is", **own)


def _date(problem: Problem, day: int) -> str:
    return "" if day < 0 else date_label(problem.days[day].date, message_language())


def _refusals(
    problem: Problem, plan: Plan, edits: Sequence[BoardEdit]
) -> dict[BoardEdit, tuple[str, ...]]:
    left = {edit.stop for edit in edits if edit.kind in {"move", "strike"}}
    stays = {(s.place, t.team, t.day) for t in plan.tours for s in t.stops} - left
    faults: dict[BoardEdit, tuple[str, ...]] = {}
    for each in edits:
        if text := _refusal(problem, each):
            faults[each] = (text,)
        if each.kind == "move" and (each.place, *each.target) in stays:
            name = problem.place(each.place).name
            faults[each] = (_("{village} would be visited twice on this day", village=name),)
    return faults


def _refusal(problem: Problem, edit: BoardEdit) -> str:
    """Return why no team can visit a village on the day that is chosen, whatever the plan is."""
    if edit.kind not in {"move", "visit"}:
        return ""
    village, name = problem.village_at[edit.place], problem.place(edit.place).name
    date = _date(problem, edit.to_day)
    if edit.to_day in village.closed_days:
        return _("{village} takes no visits on {date}", village=name, date=date)
    if problem.days[edit.to_day].doors.narrowed(village.knock) is None:
        return _("no doors may be knocked in {village} on {date}", village=name, date=date)
    return ""


def _without_rule(fault: Fault) -> str:
    """Return what is wrong without the name that its rule has in files."""
    return re.sub(r"^[a-z_]+: ", "", fault.message)


# ---- Edits as pins, and as a plan ----


def _pins_of(problem: Problem, plan: Plan, own: Mapping[BoardEdit, str]) -> list[Edit]:
    """Return the pins of edits, each with the labels of its edits as cells."""
    visits = list(_visits(plan, own))
    others = (_pin_of(edit, label) for edit, label in own.items())
    return [*EditedStops(problem, plan, visits).edits(), *filter(None, others)]


def _visits(plan: Plan, own: Mapping[BoardEdit, str]) -> Iterator[Visit]:
    """Yield the visits of a plan with edits, as rows of a workbook."""
    by_stop = {edit.stop: edit for edit in own if edit.kind in {"move", "strike"}}
    skipped = {edit.place for edit in own if edit.kind == "skip"}
    for tour in plan.tours:
        for number, stop in enumerate(tour.stops, start=1):
            if stop.place in skipped:
                continue
            edit = by_stop.get((stop.place, tour.team, tour.day))
            was = (tour.team, tour.day, number, stop.households)
            if edit is None:
                yield Visit(stop.place, *was, was, {})
                continue
            cells = dict.fromkeys(_CELLS, own[edit])
            is_struck = edit.kind == "strike"
            now = was[:2] if is_struck else edit.target
            yield Visit(stop.place, *now, *was[2:], was, cells, struck=is_struck)


def _pin_of(edit: BoardEdit, label: str) -> Edit | None:
    """Return the pin of an edit that is not of a stop."""
    if edit.kind == "keep":
        pins = Pins(tours=((edit.team, edit.day),))
        return Edit(f"pin {edit.team}:{edit.day + 1}", (label,), pins)
    if edit.kind == "skip":
        return Edit(f"skip-village {edit.place}", (label,), Pins(skipped=(edit.place,)))
    if edit.kind == "visit":
        text = f"pin-village {edit.place}:{edit.to_day + 1}:{edit.to_team}"
        pins = Pins(visits_by=((edit.place, edit.to_day, edit.to_team),))
        return Edit(text, (label,), pins)
    return None


_CELLS = ("row", "team", "date", "number", "households", "strike")


def _edited_plan(problem: Problem, plan: Plan, edits: Sequence[BoardEdit]) -> Plan:
    """Return a plan with edits; stops that come to a day are where they cost least driving."""
    editing = _Editing(problem, plan)
    # First all are taken out, so that it does not matter which edit was made first.
    moved = [(edit.target, stop) for edit in edits if (stop := editing.taken_out(edit))]
    for day, stop in moved:
        tour = editing.tours[day]
        editing.tours[day] = replace(tour, stops=inserted(problem, tour, stop))
    return plan.replace(tours=tuple(editing.tours.values()))


class _Editing:
    """The tours of a plan, while stops are taken out of them."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem = problem
        self.tours = {(tour.team, tour.day): tour for tour in plan.tours}

    def taken_out(self, edit: BoardEdit) -> Stop | None:
        """Take out the stops that an edit is about; return the one that is to be put in again."""
        if edit.kind in {"move", "strike"}:
            stop = self._taken(edit.place, (edit.team, edit.day))
            return stop if edit.kind == "move" else None
        if edit.kind == "skip":
            self._taken_everywhere(edit.place, [*self.tours])
        if edit.kind != "visit":
            return None
        found = self._taken_everywhere(edit.place, [d for d in self.tours if d != edit.target])
        if edit.place in self.tours[edit.target].places[1:-1]:
            return None
        households = max(least_visit(self.problem, edit.place), found)
        return Stop(edit.place, 0, 0, 0, households)

    def _taken_everywhere(self, place: str, days: Sequence[TeamDay]) -> int:
        """Take a village out of days; return the households that were to be reached there."""
        stops = [self._taken(place, day) for day in days]
        return sum(stop.households for stop in stops if stop is not None)

    def _taken(self, place: str, day: TeamDay) -> Stop | None:
        tour = self.tours[day]
        found = next((stop for stop in tour.stops if stop.place == place), None)
        if found is not None:
            stops = tuple(stop for stop in tour.stops if stop is not found)
            self.tours[day] = replace(tour, stops=stops)
        return found


def _edited_days(plan: Plan, edited: Plan) -> Iterator[TeamDay]:
    """Yield the days whose stops are others than before."""
    before = {(tour.team, tour.day): tour.stops for tour in plan.tours}
    for tour in edited.tours:
        if tour.stops != before[tour.team, tour.day]:
            yield tour.team, tour.day
