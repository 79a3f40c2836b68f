"""The sheets of the workbook as plain values.

The first row and the first column of every sheet are hidden and the same in every language: the row
names the sheet and its columns, the column holds the key of each row. By them a workbook is read
back in any language, with sheets renamed and rows sorted.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from xlsxwriter.utility import xl_col_to_name

from routeplan.handouts.labels import SECONDS_PER_DAY
from routeplan.handouts.view_builder import total_km
from routeplan.handouts.visits import begins_with_visit, drive_off
from routeplan.language import translation

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from routeplan.handouts.map_view import MapView
    from routeplan.model.plan import Plan, Stop, Tour
    from routeplan.model.problem import Problem

MARK = "routeplan:"
"""Before the name of a sheet in its first cell."""

VERSION = 1
"""Of the workbook's layout; a reader refuses any other."""

FIRST_ROW = 5
"""Number of the first row with values, as a spreadsheet counts."""

PLANNED = ("team", "date", "number", "households")
"""What may be edited of a visit."""

# Empty rows below the stops, for visits that somebody adds.
SPARE_ROWS = 20


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula, with ``{row}`` for the number of its row, and its value."""

    text: str
    value: float


Cell: TypeAlias = "str | int | float | dt.date | Formula | None"
Row: TypeAlias = "Mapping[str, Cell]"
Kind: TypeAlias = Literal["text", "number", "count", "date", "time", "km", "share"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet.

    Parameters
    ----------
    name, heading
        The same in every language; a column without a heading is hidden.
    kind, width
        The format of its cells, and its width in characters.
    choices
        Where cells may be edited: the list from which they are chosen, ``number``, or ``mark`` for
        a cross; else empty.
    """

    name: str
    heading: str
    kind: Kind = "text"
    width: int = 12
    choices: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet.

    Parameters
    ----------
    name, title
        The same in every language, and on its tab.
    note, below
        Lines above and below the table.
    rows
        Cells by column, and the key of the row under ``key``.
    """

    name: str
    title: str
    note: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    below: tuple[str, ...] = ()

    def letter(self, column: str) -> str:
        """Return the letter of a column."""
        return str(xl_col_to_name(1 + [each.name for each in self.columns].index(column)))

    @property
    def last_row(self) -> int:
        """The number of the last row of the table, as a spreadsheet counts."""
        return FIRST_ROW + max(len(self.rows), 1) - 1

    def span(self, column: str) -> str:
        """Return the range of a column as other sheets refer to it."""
        letter = self.letter(column)
        return f"'{self.title}'!${letter}${FIRST_ROW}:${letter}${self.last_row}"


def make_sheets(problem: Problem, plan: Plan, view: MapView) -> tuple[Sheet, ...]:
    """Return all sheets; the last one is hidden and has the lists that cells are chosen from."""
    _ = translation(view.language).gettext
    labels = labels_of(problem)
    tours = [tour for team in problem.teams for tour in plan.tours_of(team.id)]
    stops = _stops(problem, tours, view, labels)
    villages = _villages(problem, view, labels, stops)
    stops = _with_counted(stops, villages)
    plan_sheet = _plan(problem, tours, stops, _)
    return (
        _summary(problem, tours, view, plan_sheet, villages),
        plan_sheet,
        stops,
        villages,
        _left_out(view, labels, _),
        _lists(problem, labels),
    )


def labels_of(problem: Problem) -> dict[str, str]:
    """Return the names of villages in the workbook, by place; with the id where names are equal."""
    names = {v.place: problem.place(v.place).name.strip() or v.place for v in problem.villages}
    counts = Counter(name.casefold() for name in names.values())
    return {
        place: name if counts[name.casefold()] == 1 else f"{name} ({place})"
        for place, name in names.items()
    }


def _key(*parts: object) -> str:
    return json.dumps(parts, ensure_ascii=False)


def _time(seconds: int) -> float:
    """Return a time of day, or a duration, as a spreadsheet counts: in days."""
    return seconds / SECONDS_PER_DAY


def _stops(
    problem: Problem, tours: Sequence[Tour], view: MapView, labels: Mapping[str, str]
) -> Sheet:
    _ = translation(view.language).gettext
    announced = [Column("announced", _("Announced"), width=12)] if problem.announced else []
    rests = [Column("rest", _("Rest from"), "time"), Column("rest_end", _("Rest to"), "time")]
    if problem.rules.rest_between is None:
        rests = []  # it interrupts no visit
    columns = (
        Column("team", _("Crew"), width=10, choices="team"),
        Column("date", _("Date"), "date", 16, "date"),
        Column("number", _("No."), "number", 6, "number"),
        Column("village", _("Village"), width=24, choices="village"),
        Column("households", _("Households"), "count", 13, "number"),
        Column("strike", _("Strike out"), width=13, choices="mark"),
        Column("there", _("Households there"), "count", 14),
        Column("arrive", _("Arrives"), "time"),
        Column("begin", _("Starts"), "time"),
        Column("finish", _("Ends"), "time"),
        *rests,
        *announced,
        Column("drive", _("Drive"), "time"),
        Column("km", _("km"), "km", 8),
        *(Column(f"planned_{name}", "") for name in (*PLANNED, "village")),
        Column("counted", "", "count"),
    )
    rows = _stop_rows(problem, tours, view, labels, columns)
    note = _("Yellow cells may be edited. A cross strikes a visit out; empty rows take new ones.")
    return Sheet("stops", _("Stops"), note, columns, (*rows, *({} for _n in range(SPARE_ROWS))))


def _stop_rows(
    problem: Problem,
    tours: Sequence[Tour],
    view: MapView,
    labels: Mapping[str, str],
    columns: Sequence[Column],
) -> list[Row]:
    _ = translation(view.language).gettext
    names = {column.name for column in columns}
    seen = (stop for tour in view.tours for stop in tour.stops)
    every = ((tour, number) for tour in tours for number in range(len(tour.stops)))
    rows: list[Row] = []
    for (tour, number), stop in zip(every, seen, strict=True):
        row = _stop(problem, tour, number, labels) | _rest_times(tour, tour.stops[number])
        row["announced"] = _("kept") if stop.announced else None
        rows.append({name: cell for name, cell in row.items() if name in {"key", *names}})
    return rows


def _stop(problem: Problem, tour: Tour, number: int, labels: Mapping[str, str]) -> dict[str, Cell]:
    stop = tour.stops[number]
    leg = tour.places[number], stop.place
    seconds = problem.travel[problem.team_of[tour.team].vehicle].seconds
    metres = problem.metres(tour.team, leg)
    row: dict[str, Cell] = {
        "key": _key(tour.team, tour.day, stop.place),
        "team": tour.team,
        "date": problem.days[tour.day].date,
        "number": number + 1,
        "village": labels[stop.place],
        "households": stop.households,
        "there": problem.village_at[stop.place].households,
        "arrive": _time(stop.arrive),
        "begin": _time(stop.start),
        "finish": _time(stop.end),
        "drive": _time(int(seconds[problem.index[leg[0]], problem.index[leg[1]]])),
        "km": None if metres is None else metres / 1000,
    }
    return row | {f"planned_{name}": row[name] for name in (*PLANNED, "village")}


def _rest_times(tour: Tour, stop: Stop) -> dict[str, Cell]:
    rest = next((rest for rest in tour.rests if rest.place == stop.place), None)
    if rest is None:
        return {"rest": None, "rest_end": None}
    return {"rest": _time(rest.start), "rest_end": _time(rest.end)}


def _with_counted(stops: Sheet, villages: Sheet) -> Sheet:
    """Add the households of each stop that count: none where it or its village is struck out."""
    strike, village, households = (
        f"{stops.letter(name)}{{row}}" for name in ("strike", "village", "households")
    )
    struck = f'({villages.span("name")}={village})*({villages.span("strike")}<>"")'
    text = f'=IF({strike}<>"",0,IF(SUMPRODUCT({struck})>0,0,{households}))'
    rows: list[Row] = []
    for row in stops.rows:
        reached = row.get("households")
        rows.append({**row, "counted": Formula(text, reached if isinstance(reached, int) else 0)})
    return replace(stops, rows=tuple(rows))


def _villages(problem: Problem, view: MapView, labels: Mapping[str, str], stops: Sheet) -> Sheet:
    _ = translation(view.language).gettext
    announced = {village.place: "; ".join(village.announced) for village in view.villages}
    columns = (
        Column("name", _("Village"), width=24),
        Column("households", _("Households"), "count", 13),
        Column("planned", _("Planned"), "count", 13),
        Column("now", _("Now"), "count", 10),
        Column("left", _("Left"), "count", 10),
        Column("date", _("Visit on"), "date", 16, "date"),
        Column("team", _("By crew"), width=10, choices="team"),
        Column("strike", _("Strike out"), width=13, choices="mark"),
        Column("reason", _("Why not all"), width=48),
        *([Column("announced", _("Announced"), width=40)] if problem.announced else []),
    )
    reached = {village.place: village.reached for village in view.villages}
    reasons = {village.place: village.reason for village in view.villages}
    now = f"=SUMPRODUCT(--({stops.span('village')}=B{{row}}),{stops.span('counted')})"
    rows: tuple[Row, ...] = tuple(
        {
            "key": _key(place),
            "name": labels[place],
            "households": village.households,
            "planned": reached.get(place, 0),
            "now": Formula(now, reached.get(place, 0)),
            "left": Formula("=C{row}-E{row}", village.households - reached.get(place, 0)),
            "reason": reasons.get(place),
            **({"announced": announced.get(place) or None} if problem.announced else {}),
        }
        for place, village in problem.village_at.items()
    )
    note = _(
        "Yellow cells may be edited: a day (and a crew) holds a village, a cross strikes it out."
    )
    return Sheet("villages", _("Villages"), note, columns, rows)


def _plan(problem: Problem, tours: Sequence[Tour], stops: Sheet, _: Callable[[str], str]) -> Sheet:
    columns = (
        Column("team", _("Crew"), width=10),
        Column("date", _("Date"), "date", 16),
        Column("start", _("From"), width=20),
        Column("end", _("To"), width=20),
        Column("begin", _("Work starts"), "time"),
        Column("depart", _("Leaves"), "time"),
        Column("arrive", _("Arrives"), "time"),
        Column("drive", _("At the wheel"), "time"),
        Column("km", _("km"), "km", 8),
        Column("planned_stops", _("Stops planned"), "count"),
        Column("stops", _("Stops now"), "count"),
        Column("planned", _("Households planned"), "count", 14),
        Column("households", _("Households now"), "count", 14),
        Column("change", _("Change"), "count"),
    )
    own = f"--({stops.span('team')}=B{{row}}),--({stops.span('date')}=C{{row}})"
    counted = stops.span("counted")
    rows: list[Row] = [
        {
            "key": _key(tour.team, tour.day),
            "team": tour.team,
            "date": problem.days[tour.day].date,
            "start": problem.place(tour.start).name,
            "end": problem.place(tour.end).name,
            **_start(problem, tour),
            "arrive": _time(tour.arrive),
            "drive": _time(tour.drive_seconds),
            "km": total_km(problem, [tour]),
            "planned_stops": len(tour.stops),
            "stops": Formula(f"=SUMPRODUCT({own},--({counted}>0))", len(tour.stops)),
            "planned": tour.households,
            "households": Formula(f"=SUMPRODUCT({own},{counted})", tour.households),
            "change": Formula("=N{row}-M{row}", 0),
        }
        for tour in tours
    ]
    note = _("Counts follow the sheet of stops while it is edited; times are those of the plan.")
    return Sheet("plan", _("Plan"), note, columns, tuple(rows))


def _start(problem: Problem, tour: Tour) -> dict[str, Cell]:
    """Return when work starts and when the team drives off, if it does."""
    if not begins_with_visit(tour):
        return {"begin": _time(tour.depart), "depart": _time(tour.depart)}
    leaves = drive_off(problem, tour)
    starts = _time(tour.stops[0].start)
    return {"begin": starts, "depart": None if leaves is None else _time(leaves)}


def _summary(
    problem: Problem, tours: Sequence[Tour], view: MapView, plan: Sheet, villages: Sheet
) -> Sheet:
    _ = translation(view.language).gettext
    columns = (
        Column("team", _("Crew"), width=22),
        Column("days", _("Days"), "count"),
        Column("stops", _("Stops now"), "count"),
        Column("planned", _("Households planned"), "count", 14),
        Column("households", _("Households now"), "count", 14),
        Column("share", _("Share, %"), "share"),
        Column("drive", _("At the wheel"), "time"),
        Column("km", _("km"), "km", 10),
    )
    total, planned = f"SUM({villages.span('households')})", max(view.households, 1)
    share = f"=IF({total}=0,0,F{{row}}/{total})"
    own = f"--({plan.span('team')}=B{{row}}),"
    rows: list[Row] = []
    groups = [(_key(team), team, own) for team in problem.team_of]
    for key, team, condition in (*groups, (_key(), _("All crews"), "")):
        some = [tour for tour in tours if tour.team == team or not condition]
        reached = sum(tour.households for tour in some)
        stops_now = f"=SUMPRODUCT({condition}{plan.span('stops')})"
        households_now = f"=SUMPRODUCT({condition}{plan.span('households')})"
        rows.append(
            {
                "key": key,
                "team": team,
                "days": len(some),
                "stops": Formula(stops_now, sum(len(tour.stops) for tour in some)),
                "planned": reached,
                "households": Formula(households_now, reached),
                "share": Formula(share, reached / planned),
                "drive": _time(sum(tour.drive_seconds for tour in some)),
                "km": total_km(problem, some),
            }
        )
    below = (
        _("How to change the plan"),
        _("1. Edit yellow cells only: in the sheets of stops and of villages."),
        _("2. A stop moves to another crew or day by choosing that crew or day in its row."),
        _("3. The order within a day is that of the numbers. Households say how many to reach."),
        _("4. Save this file and have it read back: routeplan workbook read"),
        _("What is edited is kept where no rule forbids it; all else is planned anew around it."),
        _("Write no names or phones of people into this file."),
    )
    note = f"{view.title}  {view.dates}"
    return Sheet("summary", _("Summary"), note, columns, tuple(rows), below)


def _left_out(view: MapView, labels: Mapping[str, str], _: Callable[[str], str]) -> Sheet:
    columns = (
        Column("name", _("Village"), width=24),
        Column("households", _("Households"), "count", 13),
        Column("reason", _("Why not all"), width=48),
        Column("detail", _("Detail"), width=80),
    )
    rows: tuple[Row, ...] = tuple(
        {
            "key": _key(village.place),
            "name": labels[village.place],
            "households": village.missed,
            "reason": village.reason,
            "detail": "; ".join(filter(None, (village.detail, *village.requirements))),
        }
        for village in view.villages
        if village.missed
    )
    note = _("Households that nobody reaches, and what it would take.")
    return Sheet("left_out", _("Left out"), note, columns, rows)


def _lists(problem: Problem, labels: Mapping[str, str]) -> Sheet:
    lists: dict[str, Sequence[Cell]] = {
        "team": list(problem.team_of),
        "date": [day.date for day in problem.days],
        "village": list(labels.values()),
        "place": list(labels),
    }
    length = max(map(len, lists.values()), default=0)
    rows: tuple[Row, ...] = tuple(
        {name: cells[n] for name, cells in lists.items() if n < len(cells)} for n in range(length)
    )
    columns = tuple(Column(name, name, "date" if name == "date" else "text") for name in lists)
    return Sheet("lists", "routeplan", "", columns, rows)
