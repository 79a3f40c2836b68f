"""The sheets of the workbook as plain values.

Their layout, by which a workbook is read back, is that of `workbook_layout`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from routeplan.handouts.view_builder import total_km
from routeplan.handouts.visits import begins_with_visit, drive_off
from routeplan.handouts.workbook_layout import (
    SPARE_ROWS,
    Column,
    Formula,
    Sheet,
    day_fraction,
    labels_of,
    row_key,
)
from routeplan.handouts.workbook_results import make_results
from routeplan.language import translation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from routeplan.handouts.map_view import MapView
    from routeplan.handouts.workbook_layout import Cell, Row
    from routeplan.model.plan import Plan, Stop, Tour
    from routeplan.model.problem import Problem

PLANNED = ("team", "date", "number", "households")
"""What may be edited of a visit."""


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
        make_results(problem, plan, labels, view.language),
        villages,
        _left_out(view, labels, _),
        _lists(problem, labels),
    )


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
    spare: list[Row] = [{} for _n in range(SPARE_ROWS)]
    fixed = frozenset({"village"})
    return Sheet("stops", _("Stops"), note, columns, (*rows, *spare), fixed=fixed)


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
        "key": row_key(tour.team, tour.day, stop.place),
        "team": tour.team,
        "date": problem.days[tour.day].date,
        "number": number + 1,
        "village": labels[stop.place],
        "households": stop.households,
        "there": problem.village_at[stop.place].households,
        "arrive": day_fraction(stop.arrive),
        "begin": day_fraction(stop.start),
        "finish": day_fraction(stop.end),
        "drive": day_fraction(int(seconds[problem.index[leg[0]], problem.index[leg[1]]])),
        "km": None if metres is None else metres / 1000,
    }
    return row | {f"planned_{name}": row[name] for name in (*PLANNED, "village")}


def _rest_times(tour: Tour, stop: Stop) -> dict[str, Cell]:
    rest = next((rest for rest in tour.rests if rest.place == stop.place), None)
    if rest is None:
        return {"rest": None, "rest_end": None}
    return {"rest": day_fraction(rest.start), "rest_end": day_fraction(rest.end)}


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
        Column("left", _("Left"), "count", 10, wrong="={left}<0"),
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
            "key": row_key(place),
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
            "key": row_key(tour.team, tour.day),
            "team": tour.team,
            "date": problem.days[tour.day].date,
            "start": problem.place(tour.start).name,
            "end": problem.place(tour.end).name,
            **_start(problem, tour),
            "arrive": day_fraction(tour.arrive),
            "drive": day_fraction(tour.drive_seconds),
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
        return {"begin": day_fraction(tour.depart), "depart": day_fraction(tour.depart)}
    leaves = drive_off(problem, tour)
    starts = day_fraction(tour.stops[0].start)
    return {"begin": starts, "depart": None if leaves is None else day_fraction(leaves)}


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
    groups = [(row_key(team), team, own) for team in problem.team_of]
    for key, team, condition in (*groups, (row_key(), _("All crews"), "")):
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
                "drive": day_fraction(sum(tour.drive_seconds for tour in some)),
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
            "key": row_key(village.place),
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
