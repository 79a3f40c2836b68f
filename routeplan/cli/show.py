"""Answers on standard output: tables for people, JSON for machines; progress is in `steps`."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import TYPE_CHECKING, Any

from rich.table import Table

from routeplan.cli.console import Terminal
from routeplan.cli.steps import Steps
from routeplan.cli.terminal import write_json
from routeplan.formats import requirement_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from routeplan.audit import Violation
    from routeplan.model.plan import Plan
    from routeplan.model.problem import Problem
    from routeplan.planner import Explanation
    from routeplan.roads import RoadReport, Snap
    from routeplan.villages import MatchedTable
    from routeplan.workflow.prepare import Located

__all__ = [
    "Steps",
    "answer",
    "audited",
    "explained",
    "files",
    "list_files",
    "make_table",
    "matched",
    "roads",
    "tables",
    "villages",
]


def roads(found: RoadReport, *, as_json: bool) -> None:
    """Show what was read from a file of roads."""
    if as_json:
        write_json(dataclasses.asdict(found))
        return
    console = Terminal()
    for title, totals in (("class", found.km_by_class), ("surface", found.km_by_surface)):
        table = make_table(f"Roads by {title}", title, "km")
        for label, km in totals.items():
            table.add_row(label or "not known", f"{km:.0f}")
        console.print(table)
    table = make_table("What each vehicle drives", "vehicle", "km", "parts", "km in the largest")
    for part in found.vehicles:
        table.add_row(part.vehicle, f"{part.km:.0f}", str(part.parts), f"{part.main_km:.0f}")
    console.print(table)
    console.print(
        f"{found.km:.0f} km of roads; {_count(found.places, 'place')}; "
        f"{_count(found.cut_ways, 'way')} cut at the edge of the file",
        style="bold",
    )
    for remark in _road_remarks(found):
        console.print(remark, highlight=False)


def villages(located: Located, *, as_json: bool) -> None:
    """Show the villages and where they meet the roads."""
    rows = _village_rows(located)
    if as_json:
        write_json({"villages": rows, "without_population": list(located.unplaced)})
        return
    console = Terminal()
    table = make_table("Villages", "id", "name", "households", "unsigned", "to the road", "remarks")
    for row in rows:
        roads_of = row["roads"].values()
        metres = {f"{r['metres']:.0f} m" for r in roads_of if r["metres"] is not None}
        # Vehicles that meet the same road in the same way are spoken of once.
        alike = {(r["trouble"], r["metres"]): r["remark"] for r in roads_of if r["remark"]}
        table.add_row(
            row["id"],
            row["name"],
            str(row["households"]),
            str(row["unsigned"]),
            " / ".join(sorted(metres)),
            "; ".join([*row["notes"], *alike.values()]),
        )
    console.print(table)
    unsigned = sum(row["unsigned"] for row in rows)
    households = _count(unsigned, "unsigned household")
    console.print(f"{_count(len(rows), 'village')}, {households}", style="bold")
    if located.unplaced:
        names = ", ".join(located.unplaced[:20])
        console.print(f"left out, because the map tells no population of them: {names}")


def matched(answers: MatchedTable, written: Path | None, *, as_json: bool) -> None:
    """Show how many villages were matched how, and those that need a look."""
    parts = {"place": "places of the map", "code": "the register"}
    if as_json:
        values = {
            "counts": {part: answers.counts(part) for part in parts},
            "rows": [dataclasses.asdict(row) for row in answers.rows],
            "files": {} if written is None else {"matched": str(written)},
        }
        write_json(values)
        return
    console = Terminal()
    for part, title in parts.items():
        counts = answers.counts(part)
        if not counts:
            continue
        table = make_table(f"With {title}: to look at", "id", "village", "why", "detail")
        for row in answers.rows:
            match = getattr(row, part)
            if match is not None and match.how in {"near", "ambiguous", "unmatched"}:
                like = "; ".join(f"{one.key} {one.name}" for one in match.candidates[:3])
                table.add_row(row.source, row.name, match.how.value, f"{match.note} {like}".strip())
        console.print(table)
        figures = ", ".join(f"{count} {how}" for how, count in counts.items())
        console.print(f"with {title}: {figures}", style="bold", highlight=False)
    placed = sum(row.position is not None for row in answers.rows)
    villages = _count(len(answers.rows), "village")
    console.print(f"{villages}, {placed} with a position", style="bold", highlight=False)
    if written is not None:
        list_files(console, {"matched": written})


def audited(made: Plan, violations: Sequence[Violation], *, as_json: bool) -> None:
    """Show which rules a plan breaks."""
    if as_json:
        write_json({"violations": [dataclasses.asdict(v) for v in violations]})
        return
    console = Terminal()
    for violation in violations:
        console.print(str(violation), highlight=False)
    if not violations:
        tours = _count(len(made.tours), "tour")
        households = _count(made.summary.households, "household")
        console.print(f"the plan keeps every rule: {tours}, {households} reached")


def explained(problem: Problem, found: Explanation, *, as_json: bool) -> None:
    """Show why a village is left out, what it would take, and what forcing it in costs."""
    if as_json:
        values = dataclasses.asdict(dataclasses.replace(found, forced=None))
        if found.forced is not None:
            forced = {
                f.name: getattr(found.forced, f.name) for f in dataclasses.fields(found.forced)
            }
            values["forced"] = {name: value for name, value in forced.items() if name != "plan"}
        write_json(values)
        return
    console = Terminal()
    name = found.name if found.name.strip() else found.place
    reached = f"{name}: {found.reached} of {_count(found.households, 'household')} reached"
    console.print(reached, style="bold", highlight=False)
    for team, day, households in found.visits:
        date = f"{problem.days[day].date:%a %d %b}"
        console.print(f"  team {team} on {date}: {households}", highlight=False)
    if found.reason is not None:
        console.print(f"why not more: {found.reason}, {found.detail}", highlight=False)
    for each in found.requirements[1:]:  # the first one is part of the detail
        text = requirement_text(each, visited=bool(found.visits), problem=problem)
        console.print(f"  or: {text}", highlight=False)
    if found.forced is not None and found.forced.stopped_by == "interrupt":
        console.print("stopped with Ctrl-C: this is what was found until then", style="bold")
    console.print(found.verdict, style="bold", highlight=False)


def answer(values: Mapping[str, Any], lines: Iterable[str], *, as_json: bool) -> None:
    """Show values to machines, and lines to people."""
    if as_json:
        write_json(values)
        return
    console = Terminal()
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True)


def tables(
    shown: Mapping[str, pd.DataFrame],
    written: Mapping[str, Path],
    *,
    data: Mapping[str, pd.DataFrame] | None = None,
    note: str = "",
    as_json: bool,
) -> None:
    """Show tables under their titles; `data` is what machines are told instead."""
    if as_json:
        values: dict[str, Any] = {
            title.lower().replace(" ", "_"): json.loads(frame.to_json(orient="records"))
            for title, frame in (data or shown).items()
        }
        if note:
            values["note"] = note
        write_json({**values, "files": {name: str(path) for name, path in written.items()}})
        return
    console = Terminal()
    for title, frame in shown.items():
        table = make_table(title)
        for column in frame.columns:
            is_text = any(isinstance(value, str) for value in frame[column])
            table.add_column(str(column), justify="left" if is_text else "right")
        for row in frame.itertuples(index=False):
            table.add_row(*map(_figure, row))
        console.print(table)
    if note:
        console.print(note, style="bold", highlight=False)
    list_files(console, written)


def _figure(value: object) -> str:
    if isinstance(value, float):
        return "–" if math.isnan(value) else f"{value:.4f}".rstrip("0").rstrip(".")
    if isinstance(value, bool):
        return "yes" if value else ""
    return str(value)


def files(written: Mapping[str, Path], *, as_json: bool) -> None:
    """Show where files are."""
    if as_json:
        write_json({"files": {name: str(path) for name, path in written.items()}})
    else:
        list_files(Terminal(), written)


def make_table(title: str, *columns: str) -> Table:
    """Make a table without rows; columns of words are flush left, those of figures flush right."""
    table = Table(title=title, title_justify="left", title_style="bold")
    words = {
        "vehicle",
        "surface",
        "class",
        "id",
        "name",
        "remarks",
        "team",
        "date",
        "night",
        "village",
        "why",
        "detail",
    }
    for column in columns:
        table.add_column(column, justify="left" if column in words else "right")
    return table


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _road_remarks(found: RoadReport) -> list[str]:
    remarks = [
        (found.assumed_surface_km, f"surface assumed by class: {found.assumed_surface_km:.0f} km"),
        (found.seasonal_km, f"there in some seasons only: {found.seasonal_km:.0f} km"),
        (found.conditional_km, f"with rules by date or hour: {found.conditional_km:.0f} km"),
        (
            found.unread_limits,
            f"speed limits that cannot be read: {_count(found.unread_limits, 'way')}",
        ),
        (found.ignored_barriers, f"barriers at junctions, left aside: {found.ignored_barriers}"),
    ]
    return [text for figure, text in remarks if figure]


def _village_rows(located: Located) -> list[dict[str, Any]]:
    by_id = {
        vehicle: {found.place.id: found for found in snaps}
        for vehicle, snaps in located.snaps.items()
    }
    return [
        {
            "id": row.id,
            "name": row.name,
            "lat": row.lat,
            "lon": row.lon,
            "households": row.households,
            "unsigned": row.unsigned,
            "notes": list(row.notes),
            "roads": {vehicle: _road_row(snaps[row.id]) for vehicle, snaps in by_id.items()},
        }
        for row in located.rows
    ]


def _road_row(found: Snap) -> dict[str, Any]:
    trouble = None if found.failure is None else found.failure.value
    return {
        "metres": found.metres,
        "trouble": trouble,
        "remark": found.detail or found.note,
    }


def list_files(console: Terminal, written: Mapping[str, Path]) -> None:
    """Show where files were written to."""
    for name, path in written.items():
        console.print(f"{name}: {path}", highlight=False, soft_wrap=True)
