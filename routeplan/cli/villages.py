"""``villages``: list those of a scenario; match a table by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routeplan.cli import options
from routeplan.cli.output import Output, check_output
from routeplan.cli.terminal import counted
from routeplan.errors import InputError
from routeplan.files import write_whole

if TYPE_CHECKING:
    from routeplan.roads import Snap
    from routeplan.workflow.prepare import Located

# Of villages without a known population, so many are named.
MAX_NAMES = 20


@options.command()
@options.paths("scenario")
def villages(out: Output, scenario: Path) -> None:
    """List villages and where they meet the roads."""
    from routeplan.workflow.inputs import condition_notes
    from routeplan.workflow.prepare import locate

    with out.steps() as steps:
        located = locate(scenario, on_step=steps.on_step)
        for remark in condition_notes(located.graph, located.conditions, located.snaps):
            steps.note(remark)
    rows = _village_rows(located)
    console = out.console({"villages": rows, "without_population": located.unplaced})
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
    remark = snap.detail or snap.note
    return {"metres": snap.metres, "trouble": snap.failure, "remark": remark}


@options.command()
@options.paths("table")
@options.path("--osm --places osm", "FILE", "Map or table, whose places give positions.")
@options.path("--register", "FILE", "Register of codes (КАТО).")
@options.path("--districts", "FILE", "Polygons of districts, for positions.")
@options.output("MATCHED", "matched.xlsx, with all matches.")
def villages_match(
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
    from routeplan.workflow.inputs import read_reference

    if osm is None and register is None:
        hint = "name a map (--osm) for positions, the register (--register) for codes, or both"
        raise InputError(f"nothing to match {table.name} with; {hint}")
    if output is not None and output.suffix.lower() != ".xlsx":
        raise InputError(f"{output} is no workbook by its name; let it end in .xlsx")
    check_output(output, table, osm, register, districts)
    with out.steps() as steps:
        sources = read_reference(osm, register, districts, on_step=steps.on_step)
        steps.on_step("matching names")
        answers = match_table(table, sources)
    if output is not None:
        write_whole({output: answers.workbook()})
    parts = {"place": "places of the map", "code": "the register"}
    counts = {part: answers.counts(part) for part in parts}
    rows = list(map(dataclasses.asdict, answers.rows))
    written = {} if output is None else {"matched": output}
    console = out.console({"counts": counts, "rows": rows, "files": written})
    for part, title in parts.items():
        if not counts[part]:
            continue
        console.table(
            f"With {title}: to look at",
            ("id", "village", "why", "detail"),
            _doubtful_rows((row, getattr(row, part)) for row in answers.rows),
        )
        figures = ", ".join(f"{count} {how}" for how, count in counts[part].items())
        console.bold(f"with {title}: {figures}")
    placed = sum(row.position is not None for row in answers.rows)
    console.bold(f"{counted(len(answers.rows), 'village')}, {placed} with a position")
    console.files(written)


def _doubtful_rows(matches: Iterable[tuple[Any, Any]]) -> Iterator[tuple[object, ...]]:
    for row, match in matches:
        if match is not None and match.how in {"near", "ambiguous", "unmatched"}:
            candidates = "; ".join(f"{one.key} {one.name}" for one in match.candidates[:3])
            yield row.source, row.name, match.how.value, f"{match.note} {candidates}".strip()
