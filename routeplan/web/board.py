"""What the board of the plan shows: teams by days, with edits and what they break."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routeplan.errors import RouteplanError
from routeplan.language import date_label, message_language
from routeplan.language import gettext as _
from routeplan.web.changes import PlanEdits, read_edits, undo, write_edits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from routeplan.model.plan import Plan, Stop, Tour
    from routeplan.model.problem import Problem
    from routeplan.web.office import Office
    from routeplan.workflow.board import Board, BoardEdit

    TeamDay = tuple[str, int]
    StopKey = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Current:
    """The plan that holds, in its folder, with what the organizer changed of it; None for none."""

    folder: Path
    problem: Problem
    plan: Plan
    changes: PlanEdits
    board: Board | None

    @property
    def shown(self) -> Plan:
        """The plan with the edits."""
        return self.plan if self.board is None else self.board.plan

    @property
    def edits(self) -> tuple[BoardEdit, ...]:
        """The edits in force."""
        return () if self.board is None else self.board.edits


MOST_BOARDS = 4
"""So many are kept."""


class Boards:
    """The board of the plan that holds, which is made again when plan, edits or language change.

    Parameters
    ----------
    office
        The campaign.
    """

    def __init__(self, office: Office) -> None:
        self.office = office
        self._writing = threading.Lock()
        self._checked: dict[object, tuple[Plan, Board | None]] = {}

    def current(self) -> Current:
        """Return the plan with its edits; InputError where there is none or work is going on."""
        if self.office.running:
            message = _("Other work is going on; this can be done after that.")
            raise RouteplanError(message)
        where, read = self.office.plan_folder, self.office.plan()
        if read is None:
            raise RouteplanError(_("There is no plan of this week yet."))
        problem, plan = read
        changes = read_edits(where)
        return Current(where, problem, plan, changes, self.check(problem, plan, changes))

    def check(self, problem: Problem, plan: Plan, changes: PlanEdits) -> Board | None:
        """Return the board of a plan with edits, which is kept for a while; None without edits."""
        if not (changes.edits or changes.held):
            return None
        key = id(plan), changes, message_language()
        if key not in self._checked:
            from routeplan.workflow.board import check_board  # noqa: PLC0415  # it loads the planner

            made = check_board(problem, plan, changes.edits, changes.held)
            # The plan is kept with its board, so that no other one gets its id.
            last = list(self._checked.items())[1 - MOST_BOARDS :]
            self._checked = dict([*last, (key, (plan, made))])
        return self._checked[key][1]

    def add(self, edit: BoardEdit) -> None:
        """Add an edit."""
        from routeplan.workflow.board import check_known  # noqa: PLC0415  # it loads the planner

        with self._writing:
            now = self.current()
            check_known(now.problem, now.plan, edit)
            changes = PlanEdits((*now.changes.edits, edit), now.changes.held)
            write_edits(now.folder, changes)

    def undo(self) -> None:
        """Take the last edit or search back."""
        with self._writing:
            undo(self.current().folder)


@dataclass(frozen=True, slots=True)
class ShownStop:
    """A stop of the board: its number and its key in forms, its text, and what is wrong with it.

    `faults` are those of an edit that no plan can keep, `breaches` those of the day as it is shown.
    """

    number: int
    key: str
    name: str
    households: int
    span: str
    mark: str = ""
    faults: tuple[str, ...] = ()
    breaches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownDay:
    """A team's day; `is_off` where the team does not work, `marks` say what was edited.

    `breaches` are those of the whole day.
    """

    anchor: str
    target: str
    stops: tuple[ShownStop, ...] = ()
    figures: str = ""
    night: str = ""
    marks: tuple[str, ...] = ()
    breaches: tuple[str, ...] = ()
    is_off: bool = False


@dataclass(frozen=True, slots=True)
class ShownEdit:
    """An edit in words, what is wrong with it, and the values of the form that takes it back."""

    text: str
    faults: tuple[str, ...]
    subject: str
    is_held: bool


def stop_keys(plan: Plan, edits: Sequence[BoardEdit]) -> list[StopKey]:
    """Return what each number of a stop means: planned stops, then villages that edits bring in."""
    keys = [(s.place, tour.team, tour.day) for tour in _in_order(plan) for s in tour.stops]
    known = set(keys)
    forced = (e for e in edits if e.kind == "visit" and (e.place, *e.target) not in known)
    return [*keys, *((edit.place, "", -1) for edit in forced)]


def anchor_of(problem: Problem, team: str, day: int) -> str:
    """Return the id of a cell: by numbers, since names are in no address."""
    return f"day-{list(problem.team_of).index(team) + 1}-{day + 1}"


def span_of(stop: Stop) -> str:
    """Return from when to when a team is at a stop."""
    times = stop.arrive, stop.end
    return "–".join(f"{seconds // 3600}:{seconds // 60 % 60:02d}" for seconds in times)


def board_rows(
    problem: Problem, plan: Plan, board: Board | None, changed: Iterable[TeamDay] = ()
) -> list[tuple[str, list[ShownDay]]]:
    """Return each team with its days; `changed` are days that the last search changed."""
    shown = plan if board is None else board.plan
    edits = () if board is None else board.edits
    cells = _Cells(problem, plan, board, edits, set(changed))
    tours = {(tour.team, tour.day): tour for tour in shown.tours}
    last = {tour.team: tour.day for tour in sorted(shown.tours, key=lambda tour: tour.day)}
    return [
        (
            team.id,
            [
                cells.day((team.id, day), tours.get((team.id, day)), is_last=last[team.id] == day)
                for day in range(len(problem.days))
            ],
        )
        for team in problem.teams
        if team.id in last
    ]


class _Cells:
    """Makes the cells of a board."""

    def __init__(
        self,
        problem: Problem,
        plan: Plan,
        board: Board | None,
        edits: Sequence[BoardEdit],
        changed: set[TeamDay],
    ) -> None:
        self.problem, self.board, self.changed = problem, board, changed
        self._numbers = {key: n for n, key in enumerate(stop_keys(plan, edits))}
        self._by_target = {(e.place, *e.target): e for e in edits if e.kind in {"move", "visit"}}
        self._kept = {(e.team, e.day) for e in edits if e.kind == "keep"}

    def day(self, key: TeamDay, tour: Tour | None, *, is_last: bool) -> ShownDay:
        anchor, target = anchor_of(self.problem, *key), json.dumps(key)
        if tour is None:
            return ShownDay(anchor, target, is_off=True)
        marks = []
        if key in self._kept:
            marks.append(_("stays as it is"))
        if key in self.changed:
            marks.append(_("changed by the last planning"))
        breaches = self._breaches(key)
        night = "" if is_last else self.problem.place(tour.end).name
        stops = tuple(self._stop(tour, stop, breaches.get(stop.place, ())) for stop in tour.stops)
        figures = figures_of(self.problem, tour) if stops or tour.drive_seconds else ""
        values = stops, figures, night, tuple(marks), breaches.get("", ())
        return ShownDay(anchor, target, *values)

    def _breaches(self, key: TeamDay) -> dict[str, tuple[str, ...]]:
        """Return what a day breaks in plain words, by the village; empty for the whole day."""
        if self.board is None or key not in self.board.violations:
            return {}
        from routeplan.workflow.trials import breach_text  # noqa: PLC0415  # it loads the planner

        found: dict[str, tuple[str, ...]] = {}
        for violation in self.board.violations[key]:
            texts = *found.get(violation.place or "", ()), breach_text(violation, self.problem)
            found[violation.place or ""] = tuple(dict.fromkeys(texts))
        return found

    def _stop(self, tour: Tour, stop: Stop, breaches: tuple[str, ...]) -> ShownStop:
        here = stop.place, tour.team, tour.day
        edit = self._by_target.get(here)
        key = here
        mark: str = ""
        if edit is not None and here not in self._numbers:
            key = edit.stop
            mark = _("moved here") if edit.kind == "move" else _("put in by you")
        elif edit is not None:
            mark = _("your choice")
        faults = () if edit is None or self.board is None else self.board.faults.get(edit, ())
        name = self.problem.place(stop.place).name
        values = self._numbers[key], json.dumps(key), name, stop.households
        return ShownStop(*values, span_of(stop), mark, faults, breaches)


def figures_of(problem: Problem, tour: Tour) -> str:
    """Return households, km and time at the wheel of a day."""
    metres = problem.metres(tour.team, tour.places)
    minutes = tour.drive_seconds // 60
    wheel = f"{minutes // 60}:{minutes % 60:02d}"
    if metres is None:
        return _("{n} hh., {wheel} h at the wheel", n=tour.households, wheel=wheel)
    return _(
        "{n} hh., {km:.0f} km, {wheel} h at the wheel",
        n=tour.households,
        km=metres / 1000,
        wheel=wheel,
    )


def shown_edits(problem: Problem, board: Board | None, changes: PlanEdits) -> list[ShownEdit]:
    """Return the edits in force, those of this plan first."""
    if board is None:
        return []
    from routeplan.workflow.board import edit_text  # noqa: PLC0415  # it loads the planner

    rows = [
        ShownEdit(
            edit_text(edit, problem),
            board.faults.get(edit, ()),
            json.dumps(edit.stop),
            is_held=edit in changes.held and edit not in changes.edits,
        )
        for edit in board.edits
    ]
    return sorted(rows, key=lambda row: row.is_held)


def dates_of(problem: Problem) -> list[str]:
    """Return the days as they are shown."""
    return [date_label(day.date, message_language()) for day in problem.days]


def _in_order(plan: Plan) -> list[Tour]:
    return sorted(plan.tours, key=lambda tour: (tour.team, tour.day))
