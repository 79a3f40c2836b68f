"""How a plan is shown: its tours, and what it leaves out."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from routeplan.cli.console import Terminal
from routeplan.cli.show import list_files, make_table
from routeplan.cli.terminal import write_json
from routeplan.formats import detail_of
from routeplan.model.plan import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rich.table import Table

    from routeplan.model.plan import Plan, Tour
    from routeplan.model.problem import Problem

__all__ = ["plan"]

# Villages that only lack time are shown so many of.
FEW = 5
# Rows of a table: more take seconds to be laid out, and nobody reads them.
MOST_ROWS = 500


def plan(problem: Problem, made: Plan, written: Mapping[str, Path], *, as_json: bool) -> None:
    """Show what a plan reaches, what it leaves out, and where its files are."""
    if as_json:
        values = {
            "summary": dataclasses.asdict(made.summary),
            "run": dataclasses.asdict(made.run),
            "left_out": [dataclasses.asdict(left) for left in made.left_out],
            "files": {name: str(path) for name, path in written.items()},
        }
        write_json(values)
        return
    console = Terminal()
    listed = _tours_table if len(made.tours) <= MOST_ROWS else _teams_table
    console.print(listed(problem, made))
    if made.left_out:
        console.print(_left_out_table(problem, made))
    total = sum(village.households for village in problem.villages)
    console.print(f"{made.summary.households} of {total} households reached", style="bold")
    if made.summary.upper_bound is not None:
        gap = 100 * (made.summary.upper_bound / max(made.summary.weighted, 1e-9) - 1)
        bound = f"no plan reaches more than {made.summary.upper_bound:.1f}"
        console.print(f"{bound} (weighted): {max(gap, 0):.1f} % more than this one")
    if made.run.stopped_by == "interrupt":
        console.print("stopped with Ctrl-C: this is the best plan found until then", style="bold")
    list_files(console, written)


def _tours_table(problem: Problem, made: Plan) -> Table:
    table = make_table(
        "Tours", "team", "date", "villages", "households", "km", "at the wheel", "night"
    )
    for team, tours in _by_team(problem, made).items():
        for tour in tours:
            table.add_row(
                team,
                f"{problem.days[tour.day].date:%a %d %b}",
                str(len(tour.stops)),
                str(tour.households),
                _km(problem, tour),
                _hours(tour.drive_seconds),
                "" if tour is tours[-1] else problem.place(tour.end).name,
            )
        table.add_section()
    return table


def _teams_table(problem: Problem, made: Plan) -> Table:
    """Add up the tours of each team: too many to be read one by one."""
    table = make_table("Tours", "team", "days", "villages", "households", "km", "at the wheel")
    for team, tours in _by_team(problem, made).items():
        table.add_row(
            team,
            str(len(tours)),
            str(sum(len(tour.stops) for tour in tours)),
            str(sum(tour.households for tour in tours)),
            _km(problem, *tours),
            _hours(sum(tour.drive_seconds for tour in tours)),
        )
    return table


def _by_team(problem: Problem, made: Plan) -> dict[str, list[Tour]]:
    """Return the tours of each team in the order of the days."""
    tours: dict[str, list[Tour]] = {team.id: [] for team in problem.teams}
    for tour in sorted(made.tours, key=lambda tour: tour.day):
        tours[tour.team].append(tour)
    return tours


def _left_out_table(problem: Problem, made: Plan) -> Table:
    """List what is left out, the largest first; of what only lacks time, a few."""
    table = make_table("Left out", "village", "households", "why", "detail")
    order = sorted(made.left_out, key=lambda left: -left.households)
    few = [left for left in order if left.reason is Reason.NO_TIME]
    others = [left for left in order if left.reason is not Reason.NO_TIME]
    visited = {stop.place for tour in made.tours for stop in tour.stops}
    for left in (*others[:MOST_ROWS], *few[:FEW]):
        name = problem.place(left.place).name
        detail = detail_of(left, visited=left.place in visited, problem=problem)
        table.add_row(name, str(left.households), left.reason.value, detail)
    more: dict[Reason, list[int]] = {}
    for left in (*others[MOST_ROWS:], *few[FEW:]):
        more.setdefault(left.reason, []).append(left.households)
    for reason, households in more.items():
        row = f"{len(households)} more", str(sum(households)), reason.value, "see the plan"
        table.add_row(*row)
    return table


def _km(problem: Problem, *tours: Tour) -> str:
    metres = [problem.metres(tour.team, tour.places) for tour in tours]
    known = [length for length in metres if length is not None]
    return f"{sum(known) / 1000:.0f}" if len(known) == len(metres) > 0 else ""


def _hours(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds % 3600 // 60:02d}"
