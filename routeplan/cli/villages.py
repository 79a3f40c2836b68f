"""The villages of a scenario, and a table of villages matched by name."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from routeplan.cli import options
from routeplan.cli.output import Terminal, counted
from routeplan.cli.terminal import write_json
from routeplan.errors import InputError
from routeplan.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from routeplan.cli.output import Output
    from routeplan.roads import Snap
    from routeplan.villages import MatchedTable
    from routeplan.workflow.prepare import Located

# Of villages without a known population, so many are named.
MAX_NAMES = 20


@options.command()
@options.paths("scenario")
def villages(out: Output, scenario: Path) -> None:
    """List villages and where they meet the roads."""
    from routeplan.workflow.prepare import locate
    from routeplan.workflow.roads import condition_notes

    with out.steps() as steps:
        located = locate(scenario, on_step=steps.on_step)
        for remark in condition_notes(located.graph, located.conditions):
            steps.note(remark)
    _show_villages(out, located)


@options.command()
@options.paths("table")
@options.path("--osm --places osm", "FILE", "Map or table, whose places give positions.")
@options.path("--register", "FILE", "Register of codes (КАТО).")
@options.path("--districts", "FILE", "Polygons of districts, for positions.")
@options.output("MATCHED", "matched.xlsx, with all matches.")
def match(
    out: Output,
    table: Path,
    osm: Path | None,
    register: Path | None,
    districts: Path | None,
    output: Path | None,
) -> None:
    """Find positions and register codes of villages by name.

    TABLE is CSV or XLSX, with names.
    """
    from routeplan.villages import match_table
    from routeplan.workflow.villages import read_reference

    if osm is None and register is None:
        hint = "name a map (--osm) for positions, the register (--register) for codes, or both"
        raise InputError(f"nothing to match {table.name} with; {hint}")
    if output is not None and output.suffix.lower() != ".xlsx":
        raise InputError(f"{output} is no workbook by its name; let it end in .xlsx")
    options.check_output(output, table, osm, register, districts)
    with out.steps() as steps:
        sources = read_reference(osm, register, districts, on_step=steps.on_step)
        steps.on_step("matching names")
        answers = match_table(table, sources)
    if output is not None:
        write_whole({output: answers.workbook()})
    _show_matches(out, answers, {} if output is None else {"matched": output})


def _show_villages(out: Output, located: Located) -> None:
    rows = _village_rows(located)
    if out.as_json:
        write_json({"villages": rows, "without_population": list(located.unplaced)})
        return
    console = Terminal()
    columns = ("id", "name", "households", "unsigned", "to the road", "remarks")
    console.table("Villages", columns, map(_cells, rows))
    unsigned = counted(sum(row["unsigned"] for row in rows), "unsigned household")
    console.bold(f"{counted(len(rows), 'village')}, {unsigned}")
    if located.unplaced:
        names = ", ".join(located.unplaced[:MAX_NAMES])
        console.lines(f"left out, because the map gives no population of them: {names}")


def _cells(row: Mapping[str, Any]) -> tuple[object, ...]:
    roads = row["roads"].values()
    metres = {f"{road['metres']:.0f} m" for road in roads if road["metres"] is not None}
    # What is the same for several vehicles is printed once.
    remarks = {(r["trouble"], r["metres"]): r["remark"] for r in roads if r["remark"]}
    return (
        *(row["id"], row["name"], row["households"], row["unsigned"]),
        " / ".join(sorted(metres)),
        "; ".join([*row["notes"], *remarks.values()]),
    )


def _village_rows(located: Located) -> list[dict[str, Any]]:
    snaps_by_id = {
        vehicle: {snap.place.id: snap for snap in snaps} for vehicle, snaps in located.snaps.items()
    }
    fields = ("id", "name", "lat", "lon", "households", "unsigned")
    return [
        {name: getattr(row, name) for name in fields}
        | {
            "notes": list(row.notes),
            "roads": {name: _snap_values(snaps[row.id]) for name, snaps in snaps_by_id.items()},
        }
        for row in located.rows
    ]


def _snap_values(snap: Snap) -> dict[str, object]:
    return {
        "metres": snap.metres,
        "trouble": snap.failure,
        "remark": snap.detail or snap.note,
    }


def _show_matches(out: Output, answers: MatchedTable, written: dict[str, Path]) -> None:
    """Show how many villages were matched how, and those to be checked."""
    parts = {"place": "places of the map", "code": "the register"}
    if out.as_json:
        write_json(
            {
                "counts": {part: answers.counts(part) for part in parts},
                "rows": [dataclasses.asdict(row) for row in answers.rows],
                "files": {name: str(path) for name, path in written.items()},
            }
        )
        return
    console = Terminal()
    for part, title in parts.items():
        counts = answers.counts(part)
        if not counts:
            continue
        console.table(
            f"With {title}: to look at",
            ("id", "village", "why", "detail"),
            _doubtful_rows((row, getattr(row, part)) for row in answers.rows),
        )
        figures = ", ".join(f"{count} {how}" for how, count in counts.items())
        console.bold(f"with {title}: {figures}")
    placed = sum(row.position is not None for row in answers.rows)
    console.bold(f"{counted(len(answers.rows), 'village')}, {placed} with a position")
    console.files(written)


def _doubtful_rows(matches: Iterable[tuple[Any, Any]]) -> Iterator[tuple[object, ...]]:
    for row, match in matches:
        if match is not None and match.how in {"near", "ambiguous", "unmatched"}:
            candidates = "; ".join(f"{one.key} {one.name}" for one in match.candidates[:3])
            yield row.source, row.name, match.how.value, f"{match.note} {candidates}".strip()
